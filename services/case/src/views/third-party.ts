import { erasedRecord, erasurePartCategory, erasurePartCodec } from '@toeverlaat/service-kit';
import { defineView } from '@toeverlaat/views';
import { thirdPartyCategory, thirdPartyCodec } from '../domain/third-party-entry/index.js';

/** The register of facts by third parties: a row per entry, for whoever may read the register at all. */
export const thirdPartyView = defineView({
  name: 'third_party_register',
  version: 1,
  mode: 'async',
  categories: [thirdPartyCategory, erasurePartCategory('case')],
  codecs: [thirdPartyCodec, erasurePartCodec('case')],
  tables: [
    {
      name: 'register',
      columns: {
        organisation: 'TEXT NOT NULL',
        entry_id: 'TEXT NOT NULL',
        recorded_at: 'TEXT NOT NULL',
        statement_on: 'TEXT NOT NULL',
        facts_pending: 'INTEGER NOT NULL',
        facts_from: 'TEXT NOT NULL',
        facts_to: 'TEXT',
        site: 'TEXT NOT NULL',
        capacity: 'TEXT NOT NULL',
        kinds: 'TEXT NOT NULL',
      },
      primaryKey: ['organisation', 'entry_id'],
      indexes: [
        { columns: ['organisation', 'statement_on DESC', 'entry_id'] },
        { columns: ['organisation', 'entry_id'], where: 'facts_pending = 1' },
      ],
    },
  ],
  handlers: {
    ThirdPartyEntryRecorded: ({ data, meta }, tx) =>
      tx.insert('register', {
        entry_id: meta.streamId,
        recorded_at: meta.recordedAt,
        statement_on: data.statementOn,
        facts_pending: 1,
        facts_from: data.factsFrom,
        facts_to: data.factsTo,
        site: data.site,
        capacity: data.capacity,
        kinds: data.kinds,
      }),
    ThirdPartyFactsReleased: ({ meta }, tx) => {
      tx.update('register', { entry_id: meta.streamId }, { facts_pending: 0 });
    },
    ErasureBegun: ({ data }, tx) => {
      const erased = erasedRecord(data.subject, 'third_party_entry');
      if (erased !== undefined) tx.delete('register', { entry_id: erased });
    },
  },
});

export type RegisterRow = {
  readonly entry_id: string;
  readonly recorded_at: string;
  readonly statement_on: string;
  readonly facts_from: string;
  readonly facts_to: string | null;
  readonly site: string;
  readonly capacity: string;
  readonly kinds: string;
};
