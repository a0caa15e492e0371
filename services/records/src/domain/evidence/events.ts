import { clear, eventType, type EventOf } from '@toeverlaat/event-log';
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

export const evidenceEvents = [EvidenceLogOpened, CheckpointPublished] as const;
export type EvidenceEvent = EventOf<typeof evidenceEvents>;
