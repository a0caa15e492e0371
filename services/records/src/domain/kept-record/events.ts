import { clear, eventType, optional, type EventOf, type Upcast } from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../retention-vocabulary.js';

/*
 * These names are storage format: never renamed (design rule 4). What records knows of a record that another service holds:
 * its class, its state and the dates of its term, as that service made them public. Nothing here is sealed, and nothing here
 * is more than the clear list (rule 6).
 */

export const KeepingBegun = eventType('records', 'KeepingBegun', 2, {
  service: clear(z.enum(v.owners)),
  recordClass: clear(v.recordClassSchema),
  /** The record's own id in its service. */
  record: clear(v.localIdSchema),
  /** Whose key ends it. */
  subject: clear(v.subjectSchema),
  begunOn: clear(v.dateSchema),
  /** The edition of the law it began under (rule 12). */
  lawVersion: clear(v.versionSchema),
});

/** The part of a request that its receipt is: its owner ends it while the request goes on being kept. */
export const receiptSubject = (request: string): string => `request/${request}#receipt`;

/** The fact a term runs from was recorded. */
export const TermStarted = eventType('records', 'TermStarted', 1, {
  trigger: clear(v.triggerSchema),
  start: clear(v.dateSchema),
  /** Day on which this was recorded: since when the record is not open. */
  settledOn: clear(v.dateSchema),
});

/** The record is open again: no term runs. */
export const TermStopped = eventType('records', 'TermStopped', 1, {
  stoppedOn: clear(v.dateSchema),
});

/** What led to nothing led to a case after all: another rule keeps it. */
export const RecordReclassified = eventType('records', 'RecordReclassified', 1, {
  recordClass: clear(v.recordClassSchema),
});

export const RecordHeld = eventType('records', 'RecordHeld', 1, {
  holdId: clear(v.idSchema),
  heldOn: clear(v.dateSchema),
});

export const RecordHoldEnded = eventType('records', 'RecordHoldEnded', 1, {
  holdId: clear(v.idSchema),
  endedOn: clear(v.dateSchema),
});

/** What both sides of the record are told, by the service that holds it. */
export const KeptUntilMoved = eventType('records', 'KeptUntilMoved', 2, {
  /** Which record, once more: its owner hears of this event alone. */
  service: clear(z.enum(v.owners)),
  recordClass: clear(v.recordClassSchema),
  record: clear(v.localIdSchema),
  because: clear(z.enum(v.moveCauses)),
  keptUntil: optional(clear(v.dateSchema)),
  held: clear(z.boolean()),
  ruleVersion: clear(v.countSchema),
  /** What the day comes of, for who explains it; version 1 did not say. */
  start: optional(clear(v.dateSchema)),
  period: optional(clear(v.periodSchema)),
  lawVersion: optional(clear(v.versionSchema)),
});

/**
 * Receipts alone began without a subject: they have one by now (ADR 77). Version 1 of what is told gave the day and the version of
 * the rules without what the day comes of.
 */
export const keptUpcasts: readonly Upcast[] = [
  {
    from: 'records.KeepingBegun.v1',
    to: KeepingBegun.type,
    up: (data) => ({ ...data, subject: data['subject'] ?? receiptSubject(String(data['record'])) }),
  },
  { from: 'records.KeptUntilMoved.v1', to: 'records.KeptUntilMoved.v2', up: (data) => data },
];

/** Its last day has passed: it is to be destroyed, transferred or held. */
export const RecordFellDue = eventType('records', 'RecordFellDue', 1, {
  keptUntil: clear(v.dateSchema),
  ruleVersion: clear(v.countSchema),
});

/** Alarm: it fell due and nothing was done with it in time. */
export const RecordOverdue = eventType('records', 'RecordOverdue', 1, {
  keptUntil: clear(v.dateSchema),
  days: clear(v.countSchema),
});

export const DestructionBegun = eventType('records', 'DestructionBegun', 1, {
  erasureId: clear(v.idSchema),
});

export const DestructionEnded = eventType('records', 'DestructionEnded', 1, {
  erasureId: clear(v.idSchema),
  outcome: clear(z.enum(v.destructionOutcomes)),
});

export const keptEvents = [
  KeepingBegun,
  TermStarted,
  TermStopped,
  RecordReclassified,
  RecordHeld,
  RecordHoldEnded,
  KeptUntilMoved,
  RecordFellDue,
  RecordOverdue,
  DestructionBegun,
  DestructionEnded,
] as const;
export type KeptEvent = EventOf<typeof keptEvents>;
