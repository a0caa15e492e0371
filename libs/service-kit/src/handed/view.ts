import { defineView, type ViewDefinition } from '@toeverlaat/views';
import { handedNoticeCategory, handedNoticeCodec } from './index.js';

export const HANDED_VIEW = 'handed_files';

/** A row per file of a service that nobody works on here, because it is at the next host. Commands are held against it. */
export const handedFilesView = (service: string): ViewDefinition =>
  defineView({
    name: HANDED_VIEW,
    version: 1,
    mode: 'async',
    categories: [handedNoticeCategory(service)],
    codecs: [handedNoticeCodec(service)],
    tables: [
      {
        name: 'handed',
        columns: { organisation: 'TEXT NOT NULL', record: 'TEXT NOT NULL' },
        primaryKey: ['organisation', 'record'],
        indexes: [],
      },
    ],
    handlers: {
      FilesHandedOver: ({ data }, tx) => {
        for (const record of data.records) tx.upsert('handed', { record });
      },
      FilesReopened: ({ data }, tx) => {
        if (data.records === undefined) tx.delete('handed', {});
        else for (const record of data.records) tx.delete('handed', { record });
      },
    },
  });
