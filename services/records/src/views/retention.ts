import { erasedRecord, erasurePartCategory, erasurePartCodec } from '@toeverlaat/service-kit';
import { defineView, type ViewDefinition } from '@toeverlaat/views';
import { checkCategory, checkCodec } from '../domain/retention-check/index.js';
import { keptCategory, keptCodec } from '../domain/kept-record/index.js';
import { holdCategory, holdCodec } from '../domain/legal-hold/index.js';

/** A stretch of days as the view keeps it: from, to (null while it lasts). */
export type StoredSpan = readonly [from: string, to: string | null];
/** The same with the hold that lay on the record. */
export type StoredHold = readonly [holdId: string, from: string, to: string | null];

/**
 * One row per kept record. No last day stands in it: that is the answer of the rules to class and start, and a change of rules
 * would have to write every row. What is due is found by one day per rule (`lastStartDue`).
 */
const kept = {
  name: 'kept',
  columns: {
    organisation: 'TEXT NOT NULL',
    kept_id: 'TEXT NOT NULL',
    service: 'TEXT NOT NULL',
    record_class: 'TEXT NOT NULL',
    record: 'TEXT NOT NULL',
    subject: 'TEXT NOT NULL',
    begun_on: 'TEXT NOT NULL',
    law_version: 'TEXT NOT NULL',
    /** The day the term runs from; null while the record is open. */
    start_on: 'TEXT',
    settled: 'TEXT NOT NULL',
    holds: 'TEXT NOT NULL',
    held: 'INTEGER NOT NULL',
    /** What both sides were last told; where the rules say otherwise by now, they are told again. */
    told_until: 'TEXT',
    fell_due: 'TEXT',
    overdue: 'INTEGER NOT NULL',
    erasure_id: 'TEXT',
    destroyed: 'INTEGER NOT NULL',
  },
  primaryKey: ['organisation', 'kept_id'],
  indexes: [
    {
      columns: ['organisation', 'record_class', 'start_on', 'kept_id'],
      where: 'destroyed = 0 AND start_on IS NOT NULL',
    },
    { columns: ['organisation', 'record'] },
    { columns: ['organisation', 'subject'] },
    { columns: ['organisation', 'kept_id'], where: 'held = 1' },
  ],
} as const;

const holds = {
  name: 'holds',
  columns: {
    organisation: 'TEXT NOT NULL',
    hold_id: 'TEXT NOT NULL',
    placed_at: 'TEXT NOT NULL',
    placed_as: 'TEXT NOT NULL',
    scope: 'TEXT NOT NULL',
    kept: 'TEXT NOT NULL',
    review_on: 'TEXT NOT NULL',
    review_due: 'INTEGER NOT NULL',
    lifted: 'INTEGER NOT NULL',
    reason: 'TEXT NOT NULL',
  },
  primaryKey: ['organisation', 'hold_id'],
  indexes: [
    { columns: ['organisation', 'placed_at', 'hold_id'] },
    { columns: ['organisation', 'hold_id'], where: 'lifted = 0' },
  ],
} as const;

const checks = {
  name: 'checks',
  columns: {
    organisation: 'TEXT NOT NULL',
    checked_on: 'TEXT NOT NULL',
    recorded_at: 'TEXT NOT NULL',
    kept: 'INTEGER NOT NULL',
    open: 'INTEGER NOT NULL',
    held: 'INTEGER NOT NULL',
    due: 'INTEGER NOT NULL',
    overdue: 'INTEGER NOT NULL',
    rule_version: 'INTEGER NOT NULL',
    due_digest: 'TEXT NOT NULL',
  },
  primaryKey: ['organisation', 'checked_on'],
} as const;

export const spansOf = (column: unknown): readonly StoredSpan[] => JSON.parse(String(column)) as readonly StoredSpan[];
export const holdsOf = (column: unknown): readonly StoredHold[] => JSON.parse(String(column)) as readonly StoredHold[];

/** Everything that is kept, what holds it, and the daily proofs. Rebuilt from the log of records alone. */
export const retentionView: ViewDefinition = defineView({
  name: 'retention',
  version: 4,
  mode: 'async',
  categories: [keptCategory, holdCategory, checkCategory, erasurePartCategory('records')],
  codecs: [keptCodec, holdCodec, checkCodec, erasurePartCodec('records')],
  tables: [kept, holds, checks],
  handle: (event, tx) => {
    const { streamId } = event.meta;
    const row = { kept_id: streamId };
    const setHolds = (change: (known: readonly StoredHold[]) => readonly StoredHold[]): void => {
      const found = tx.get('kept', row);
      if (found === undefined) return;
      const next = change(holdsOf(found.holds));
      tx.update('kept', row, { holds: next, held: next.some(([, , to]) => to === null) ? 1 : 0 });
    };
    switch (event.type) {
      case 'KeepingBegun': {
        const { data } = event;
        tx.insert('kept', {
          ...row,
          service: data.service,
          record_class: data.recordClass,
          record: data.record,
          subject: data.subject,
          begun_on: data.begunOn,
          law_version: data.lawVersion,
          start_on: null,
          settled: [],
          holds: [],
          held: 0,
          told_until: null,
          fell_due: null,
          overdue: 0,
          erasure_id: null,
          destroyed: 0,
        });
        return;
      }
      case 'TermStarted': {
        const { start, settledOn } = event.data;
        const found = tx.get('kept', row);
        if (found === undefined) return;
        const spans = spansOf(found.settled);
        const settled: readonly StoredSpan[] = found.start_on === null ? [...spans, [settledOn, null]] : spans;
        tx.update('kept', row, { start_on: start, settled });
        return;
      }
      case 'TermStopped': {
        const { stoppedOn } = event.data;
        const found = tx.get('kept', row);
        if (found === undefined) return;
        const settled = spansOf(found.settled).map(([from, to]): StoredSpan => [from, to ?? stoppedOn]);
        tx.update('kept', row, { start_on: null, settled });
        return;
      }
      case 'RecordReclassified':
        tx.update('kept', row, { record_class: event.data.recordClass });
        return;
      case 'RecordHeld': {
        const { holdId, heldOn } = event.data;
        setHolds((known) => [...known, [holdId, heldOn, null]]);
        return;
      }
      case 'RecordHoldEnded': {
        const { holdId, endedOn } = event.data;
        setHolds((known) =>
          known.map(([id, from, to]): StoredHold => [id, from, id === holdId ? (to ?? endedOn) : to]),
        );
        return;
      }
      case 'KeptUntilMoved': {
        const found = tx.get('kept', row);
        const told = { told_until: event.data.keptUntil ?? null };
        if (found !== undefined)
          tx.update('kept', row, found.fell_due === told.told_until ? told : { ...told, fell_due: null, overdue: 0 });
        return;
      }
      case 'RecordFellDue':
        tx.update('kept', row, { fell_due: event.data.keptUntil });
        return;
      case 'RecordOverdue':
        tx.update('kept', row, { overdue: 1 });
        return;
      case 'DestructionBegun':
        tx.update('kept', row, { erasure_id: event.data.erasureId });
        return;
      case 'DestructionEnded':
        tx.update('kept', row, event.data.outcome === 'destroyed' ? { destroyed: 1 } : { erasure_id: null });
        return;
      case 'LegalHoldPlaced':
        tx.insert('holds', {
          hold_id: streamId,
          placed_at: event.meta.recordedAt,
          placed_as: event.meta.actor.capacity,
          scope: event.data.scope,
          kept: event.data.kept ?? [],
          review_on: event.data.reviewOn,
          review_due: 0,
          lifted: 0,
          reason: event.data.reason,
        });
        return;
      case 'LegalHoldReviewFellDue':
        tx.update('holds', { hold_id: streamId }, { review_due: 1 });
        return;
      case 'LegalHoldReviewed':
        tx.update('holds', { hold_id: streamId }, { review_on: event.data.reviewOn, review_due: 0 });
        return;
      case 'LegalHoldLifted':
        tx.update('holds', { hold_id: streamId }, { lifted: 1, review_due: 0 });
        return;
      case 'ErasureBegun': {
        const erased = erasedRecord(event.data.subject, 'legal_hold');
        if (erased !== undefined) tx.delete('holds', { hold_id: erased });
        return;
      }
      case 'RetentionChecked': {
        const { data, meta } = event;
        tx.insert('checks', {
          checked_on: data.checkedOn,
          recorded_at: meta.recordedAt,
          kept: data.kept,
          open: data.open,
          held: data.held,
          due: data.due,
          overdue: data.overdue,
          rule_version: data.ruleVersion,
          due_digest: data.dueDigest,
        });
        return;
      }
    }
  },
});
