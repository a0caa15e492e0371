import { clear, eventType, optional, type EventOf } from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../vocabulary.js';

/**
 * The organisation's Merkle log has a name and keys from here on. `salt` blinds its heads in what is anchored outside
 * (design §5): who holds the log knows the heads themselves, so nothing is lost by its standing here.
 */
export const EvidenceLogOpened = eventType('records', 'EvidenceLogOpened', 1, {
  origin: clear(v.originSchema),
  salt: clear(v.hashSchema),
  signers: clear(v.signersSchema),
});

/** A head was signed. It is published by standing here: no note leaves the service before this event is durable. */
export const CheckpointPublished = eventType('records', 'CheckpointPublished', 1, {
  size: clear(v.sizeSchema),
  root: clear(v.hashSchema),
  /** Signed along, as a line of the note. */
  at: clear(v.instantSchema),
  note: clear(v.noteSchema),
});

/**
 * After a restore the log goes on under another name (design §4, Backups): what was signed under the old one beyond the head named
 * here is lost, and nothing is ever signed under it again. The tree itself goes on from that head.
 */
export const EvidenceOriginBegun = eventType('records', 'EvidenceOriginBegun', 1, {
  origin: clear(v.originSchema),
  signers: clear(v.signersSchema),
  at: clear(v.instantSchema),
  /** Of the restore, so that it is begun once. */
  restore: clear(z.uuid()),
  previousOrigin: clear(v.originSchema),
  /** The newest head under the old name that this log holds; 0 and no root where there was none. */
  previousSize: clear(v.sizeSchema),
  previousRoot: optional(clear(v.hashSchema)),
});

/**
 * Other keys sign from here on, under the same name (ADR 67). `announcement` is a note that names them, signed by the old keys and
 * by the new: who knows the old ones can follow, and a key that was never announced is none.
 */
export const EvidenceSignersChanged = eventType('records', 'EvidenceSignersChanged', 1, {
  origin: clear(v.originSchema),
  previousSigners: clear(v.signersSchema),
  signers: clear(v.signersSchema),
  at: clear(v.instantSchema),
  announcement: clear(v.noteSchema),
});

export const evidenceEvents = [
  EvidenceLogOpened,
  CheckpointPublished,
  EvidenceOriginBegun,
  EvidenceSignersChanged,
] as const;
export type EvidenceEvent = EventOf<typeof evidenceEvents>;
