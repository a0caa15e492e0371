import { clear, eventType, optional, type EventOf } from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../erasure-vocabulary.js';
import { noteSchema } from '../vocabulary.js';

/*
 * These names are storage format: never renamed (design rule 4). An erasure is one subject's, for good: everything is clear,
 * pseudonymous ids and times, because this is what must still be readable when the record is not.
 */

const service = () => clear(v.serviceSchema);

export const ErasureRequested = eventType('records', 'ErasureRequested', 1, {
  subject: clear(v.subjectSchema),
  service: service(),
  ground: clear(z.enum(v.grounds)),
  /** The retention rule and the version of the organisation's rules, where a rule is the ground. */
  rule: optional(clear(v.ruleSchema)),
  ruleVersion: optional(clear(v.versionSchema)),
  /** Last day the record was kept, under that rule. */
  keptUntil: optional(clear(v.dateSchema)),
  /** Of whoever asks, of the year; the second person must be another. */
  requestedBy: clear(v.pseudonymSchema),
});

/** Somebody else agreed: from here on it is carried out, and only a hold stops it. */
export const ErasureApproved = eventType('records', 'ErasureApproved', 1, { approvedBy: clear(v.pseudonymSchema) });

export const ErasureDeclined = eventType('records', 'ErasureDeclined', 1, { reason: clear(z.enum(v.declineReasons)) });

/**
 * It was destroyed before, in what a restore lost: the anchored ledger has its key. Nobody decides anew; the two who did are not
 * known here. It is carried out again, and a hold stops nothing that is gone (design §4, Backups).
 */
export const ErasureRepeated = eventType('records', 'ErasureRepeated', 1, {
  subject: clear(v.subjectSchema),
  service: service(),
  /** Of the restore. */
  restore: clear(z.uuid()),
  /** The seal up to which the ledger was applied. */
  seal: clear(z.number().int().min(0)),
});

/** A hold was found, or the record is worked on again. Nothing was destroyed; it goes on once that ends. */
export const ErasureHeldBack = eventType('records', 'ErasureHeldBack', 1, {
  because: clear(z.enum(v.heldBackReasons)),
});

/** The last moment before: what the log held then, where a checkpoint is kept. */
export const ErasureStarted = eventType('records', 'ErasureStarted', 1, {
  checkpointBefore: optional(clear(noteSchema)),
});

export const KeyDestructionNoted = eventType('records', 'KeyDestructionNoted', 1, {
  service: service(),
  keyIds: clear(v.keyIdsSchema),
  destroyedAt: clear(v.instantSchema),
  /** The event with which the service says so, in its own stream. */
  eventId: clear(z.uuid()),
});

export const DropNoted = eventType('records', 'DropNoted', 1, { service: service(), eventId: clear(z.uuid()) });

export const ErasureCompleted = eventType('records', 'ErasureCompleted', 1, {
  certificate: clear(v.certificateSchema),
  /** Ed25519 over the canonical bytes of the certificate, base64. */
  signature: clear(v.signatureSchema),
});

export const erasureEvents = [
  ErasureRequested,
  ErasureApproved,
  ErasureDeclined,
  ErasureRepeated,
  ErasureHeldBack,
  ErasureStarted,
  KeyDestructionNoted,
  DropNoted,
  ErasureCompleted,
] as const;
export type ErasureEvent = EventOf<typeof erasureEvents>;
