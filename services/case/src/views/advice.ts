import { erasedRecord, erasurePartCategory, erasurePartCodec } from '@toeverlaat/service-kit';
import { defineView } from '@toeverlaat/views';
import { adviceCategory, adviceCodec } from '../domain/advice-contact/index.js';

/** A row per one-off advice, for its giver. */
export const adviceView = defineView({
  name: 'advice_contacts',
  version: 2,
  mode: 'async',
  categories: [adviceCategory, erasurePartCategory('case')],
  codecs: [adviceCodec, erasurePartCodec('case')],
  tables: [
    {
      name: 'advice',
      columns: {
        organisation: 'TEXT NOT NULL',
        advice_id: 'TEXT NOT NULL',
        handler: 'TEXT NOT NULL',
        recorded_at: 'TEXT NOT NULL',
        fact_pending: 'INTEGER NOT NULL',
        held_on: 'TEXT NOT NULL',
        channel: 'TEXT NOT NULL',
        site: 'TEXT NOT NULL',
        topic: 'TEXT',
      },
      primaryKey: ['organisation', 'advice_id'],
      indexes: [
        { columns: ['organisation', 'handler', 'recorded_at', 'advice_id'] },
        { columns: ['organisation', 'advice_id'], where: 'fact_pending = 1' },
      ],
    },
  ],
  handlers: {
    AdviceGiven: ({ data, meta }, tx) =>
      tx.insert('advice', {
        advice_id: meta.streamId,
        handler: data.handler,
        recorded_at: meta.recordedAt,
        fact_pending: 1,
        held_on: data.heldOn,
        channel: data.channel,
        site: data.site,
        topic: data.topic,
      }),
    ErasureBegun: ({ data }, tx) => {
      const erased = erasedRecord(data.subject, 'advice');
      if (erased !== undefined) tx.delete('advice', { advice_id: erased });
    },
    AdviceFactReleased: ({ meta }, tx) => {
      tx.update('advice', { advice_id: meta.streamId }, { fact_pending: 0 });
    },
  },
});

export type AdviceRow = {
  readonly advice_id: string;
  readonly handler: string;
  readonly recorded_at: string;
  readonly held_on: string;
  readonly channel: string;
  readonly site: string;
  readonly topic: string | null;
};
