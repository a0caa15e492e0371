import { clear, eventType, optional, type EventOf } from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../vocabulary.js';

/** The installation's own log, of which alone something leaves the operator's reach (design §5). */
export const InstallationLogOpened = eventType('records', 'InstallationLogOpened', 1, {
  origin: clear(v.originSchema),
  /** Makes the leaves that fill the list up, so that it does not tell how many organisations there are. */
  salt: clear(v.hashSchema),
  signers: clear(v.signersSchema),
});

const headSchema = z.strictObject({ organisation: v.organisationSchema, size: v.sizeSchema, leaf: v.hashSchema });
export type SealedHead = z.infer<typeof headSchema>;

/** All organisations' newest heads, blinded, as one leaf of the installation's log; with the key ids destroyed since the last one. */
export const HeadsSealed = eventType('records', 'HeadsSealed', 1, {
  /** 0, 1, 2, …: index of the leaf. */
  sequence: clear(v.sizeSchema),
  at: clear(v.instantSchema),
  heads: clear(z.array(headSchema).max(5_000)),
  /** Leaves of the list of heads, fillers included: a power of two. */
  width: clear(z.number().int().min(1)),
  headsRoot: clear(v.hashSchema),
  /** Key ids that entered the erasure ledger since the seal before (design §4, Backups). */
  keyIds: clear(z.array(v.keyIdSchema).max(5_000)),
  ledgerSize: clear(v.sizeSchema),
  ledgerRoot: clear(v.hashSchema),
  note: clear(v.noteSchema),
});

/** A seal that the restored log had lost, as an anchor kept it: its heads are known to nobody here, the key ids are. */
export const SealRecovered = eventType('records', 'SealRecovered', 1, {
  sequence: clear(v.sizeSchema),
  at: clear(v.instantSchema),
  width: clear(z.number().int().min(1)),
  headsRoot: clear(v.hashSchema),
  keyIds: clear(z.array(v.keyIdSchema).max(5_000)),
  ledgerSize: clear(v.sizeSchema),
  ledgerRoot: clear(v.hashSchema),
  note: clear(v.noteSchema),
});

/** After a restore the installation's log too goes on under another name; its seals go on from the newest that is known. */
export const InstallationOriginBegun = eventType('records', 'InstallationOriginBegun', 1, {
  origin: clear(v.originSchema),
  signers: clear(v.signersSchema),
  at: clear(v.instantSchema),
  restore: clear(z.uuid()),
  previousOrigin: clear(v.originSchema),
  /** Seals under the old name that are known here, recovered ones included. */
  previousSeals: clear(v.sizeSchema),
  /** The old head, as it was signed. */
  previousNote: optional(clear(v.noteSchema)),
});

/**
 * Other keys sign seals from here on, under the same name (ADR 88). `announcement` is a note that names them, signed by the old
 * keys and by the new: it goes into every export, so that who knows the old ones can follow.
 */
export const InstallationSignersChanged = eventType('records', 'InstallationSignersChanged', 1, {
  origin: clear(v.originSchema),
  previousSigners: clear(v.signersSchema),
  signers: clear(v.signersSchema),
  at: clear(v.instantSchema),
  announcement: clear(v.noteSchema),
});

export const installationEvents = [
  InstallationLogOpened,
  HeadsSealed,
  SealRecovered,
  InstallationOriginBegun,
  InstallationSignersChanged,
] as const;
export type InstallationEvent = EventOf<typeof installationEvents>;
