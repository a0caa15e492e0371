import { definePublicEvents, type PublicEventSource } from '@toeverlaat/messaging';
import { departureCategory, departureCodec } from './domain/departure/index.js';
import { keptCategory, keptCodec } from './domain/kept-record/index.js';
import { holdCategory, holdCodec } from './domain/legal-hold/index.js';

/**
 * What leaves records: that the day until which a record is kept moved, to who holds it; and that a hold was placed or lifted, by
 * its own id. On whom or where, and why, stays. That files which were handed to another host are worked on here again.
 */
export const recordsPublicEvents: readonly PublicEventSource[] = [
  definePublicEvents(
    'records',
    keptCategory,
    keptCodec,
    {
      KeptUntilMoved: ({
        service,
        recordClass,
        record,
        because,
        keptUntil,
        held,
        ruleVersion,
        start,
        period,
        lawVersion,
      }) => ({
        service,
        recordClass,
        record,
        because,
        keptUntil: keptUntil ?? null,
        held,
        ruleVersion,
        start: start ?? null,
        period: period ?? null,
        lawVersion: lawVersion ?? null,
      }),
    },
    { KeptUntilMoved: ['ruleVersion', 'start', 'period', 'lawVersion'] },
  ),
  definePublicEvents('records', holdCategory, holdCodec, {
    LegalHoldPlaced: ({ scope }) => ({ scope }),
    LegalHoldLifted: () => ({}),
  }),
  definePublicEvents('records', departureCategory, departureCodec, {
    FilesReopened: ({ handoverId }) => ({ handoverId }),
  }),
];
