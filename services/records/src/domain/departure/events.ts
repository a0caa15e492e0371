import {
  clear,
  eventType,
  optional,
  participantCode,
  participantText,
  type EventOf,
  type Upcast,
} from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../departure-vocabulary.js';
import { idSchema, personSchema } from '../retention-vocabulary.js';

/*
 * These names are storage format: never renamed (design rule 4). One stream per organisation: it leaves one host at a time. Clear:
 * how far it is, who decided by pseudonym, ids of records, public keys, hashes and dates, because it must be readable where the
 * records are gone. Who receives, on which ground, and where it all goes is sealed for that one departure, which ends by itself (ADR 78).
 */

const departureId = () => clear(idSchema);
const words = () => participantText(v.MAX_WORDS, 'departureId');
const records = () => clear(z.array(v.recordSchema).min(1).max(v.MAX_RECORDS));

export const DepartureRequested = eventType('records', 'DepartureRequested', 2, {
  departureId: departureId(),
  /** `all`: of version 1, sealed under the one key of all departures of the organisation. */
  sealedFor: clear(z.enum(['departure', 'all'])),
  nextHost: words(),
  /** First day on which anything may be handed over. */
  notBefore: clear(v.dateSchema),
  /** Days that the next host has to confirm, from the handover on. */
  confirmWithinDays: clear(z.number().int().min(v.CONFIRM_DAYS.least).max(v.CONFIRM_DAYS.most)),
  requestedBy: clear(v.pseudonymSchema),
  requestedAs: clear(v.staffCapacitySchema),
});

/** One of those who are to receive keys; told together with the request. */
export const ReceiverNamed = eventType('records', 'ReceiverNamed', 2, {
  departureId: departureId(),
  capacity: clear(v.capacitySchema),
  key: clear(v.fingerprintSchema),
  publicKey: clear(v.publicKeySchema),
  /** Only these; left out: every record of this capacity that no other receiver names. */
  records: optional(records()),
  /** Who answers for the files from then on. */
  controller: words(),
  ground: words(),
  /** Who that is in the directory, where they are in it. */
  person: optional(participantCode(personSchema, 'departureId')),
});

/**
 * Who gets the register of facts by third parties for the company, which keeps it by law; told together with the request. No key of
 * a record is wrapped for this key.
 */
export const RegisterReceiverNamed = eventType('records', 'RegisterReceiverNamed', 2, {
  departureId: departureId(),
  key: clear(v.fingerprintSchema),
  publicKey: clear(v.publicKeySchema),
  controller: words(),
  ground: words(),
});

export const DepartureApproved = eventType('records', 'DepartureApproved', 1, {
  departureId: departureId(),
  approvedBy: clear(v.pseudonymSchema),
  approvedAs: clear(v.staffCapacitySchema),
});

/** Before anything was handed over: nothing left. */
export const DepartureWithdrawn = eventType('records', 'DepartureWithdrawn', 1, {
  departureId: departureId(),
  withdrawnBy: clear(v.pseudonymSchema),
});

/** A counsellor or an adviser objects: what this key would open stays; without a key, everything of the capacity. */
export const KeysWithheld = eventType('records', 'KeysWithheld', 1, {
  departureId: departureId(),
  capacity: clear(v.capacitySchema),
  key: optional(clear(v.fingerprintSchema)),
  withheldBy: clear(v.pseudonymSchema),
});

/** Whoever objected does no longer; and an adviser lets the dossiers go, which nobody else may (design §4, Leaving). */
export const KeysReleased = eventType('records', 'KeysReleased', 1, {
  departureId: departureId(),
  capacity: clear(v.capacitySchema),
  key: optional(clear(v.fingerprintSchema)),
  releasedBy: clear(v.pseudonymSchema),
  /** Whose objection ends: their own, of this year or another. */
  withheldBy: optional(clear(v.pseudonymSchema)),
});

/** A transfer, recorded before a key is wrapped for whoever receives it. */
export const KeysHandedOver = eventType('records', 'KeysHandedOver', 2, {
  departureId: departureId(),
  capacity: clear(v.capacitySchema),
  key: clear(v.fingerprintSchema),
  records: records(),
  controller: words(),
  ground: words(),
  /** Signed note over everything that was recorded before. */
  checkpoint: clear(v.checkpointSchema),
});

/** The register as a file that this key alone opens: recorded before the file is written. */
export const RegisterHandedOver = eventType('records', 'RegisterHandedOver', 1, {
  departureId: departureId(),
  key: clear(v.fingerprintSchema),
  /** SHA-256 of the sealed file: what the company checks it against without opening it. */
  fileHash: clear(v.hashSchema),
});

/** The folder is whole: its signed list was written and has its name. */
export const HandoverMade = eventType('records', 'HandoverMade', 1, {
  departureId: departureId(),
  handoverId: clear(idSchema),
  /** Of the organisation, in the log that goes along. */
  events: clear(v.countSchema),
  digest: clear(v.hashSchema),
  /** SHA-256 over the signed list, and over the hashes of every view built from the log that goes along. */
  listHash: clear(v.hashSchema),
  viewsHash: clear(v.hashSchema),
  /** Last day on which the next host may confirm before it is an alarm. */
  confirmBy: clear(v.dateSchema),
});

export const ConfirmationFellDue = eventType('records', 'ConfirmationFellDue', 1, {
  departureId: departureId(),
  confirmBy: clear(v.dateSchema),
});

/**
 * Files that were handed over are worked on here again: because somebody asked for it, or because no confirmation came. Until then
 * nobody changes them here.
 */
export const FilesReopened = eventType('records', 'FilesReopened', 1, {
  departureId: departureId(),
  handoverId: clear(idSchema),
  because: clear(z.enum(v.reopenedBecause)),
  reopenedBy: optional(clear(v.pseudonymSchema)),
});

/** Recorded by the next host, of the departure that came along with the log: it is over, and another may be asked for. */
export const OrganisationArrived = eventType('records', 'OrganisationArrived', 1, {
  departureId: departureId(),
  handoverId: clear(idSchema),
});

/** The next host has it, opens it, and its views are the same. From here on the local copies are destroyed. */
export const HandoverConfirmed = eventType('records', 'HandoverConfirmed', 1, {
  departureId: departureId(),
  handoverId: clear(idSchema),
  /** SHA-256 of the key that the confirmation is signed with, and of the confirmation. */
  signer: clear(v.fingerprintSchema),
  confirmationHash: clear(v.hashSchema),
  /** How many records the next host proved that it opens. */
  confirmed: clear(v.countSchema),
});

/** Records that stay: they went on after they were handed over, or the next host does not open them. */
export const TransferUnproved = eventType('records', 'TransferUnproved', 1, {
  departureId: departureId(),
  records: records(),
});

/** Every local copy of what was confirmed is destroyed, each with a certificate. */
export const DepartureCompleted = eventType('records', 'DepartureCompleted', 1, {
  departureId: departureId(),
  erased: clear(v.countSchema),
});

/** A sealed value says itself which keys open it: those of version 1 stay as they are. */
export const departureUpcasts: readonly Upcast[] = [
  {
    from: 'records.DepartureRequested.v1',
    to: DepartureRequested.type,
    up: (data) => ({ ...data, sealedFor: 'all' }),
  },
  { from: 'records.ReceiverNamed.v1', to: ReceiverNamed.type, up: (data) => data },
  { from: 'records.RegisterReceiverNamed.v1', to: RegisterReceiverNamed.type, up: (data) => data },
  { from: 'records.KeysHandedOver.v1', to: KeysHandedOver.type, up: (data) => data },
];

export const departureEvents = [
  DepartureRequested,
  ReceiverNamed,
  RegisterReceiverNamed,
  DepartureApproved,
  DepartureWithdrawn,
  KeysWithheld,
  KeysReleased,
  KeysHandedOver,
  RegisterHandedOver,
  HandoverMade,
  ConfirmationFellDue,
  FilesReopened,
  OrganisationArrived,
  HandoverConfirmed,
  TransferUnproved,
  DepartureCompleted,
] as const;
export type DepartureEvent = EventOf<typeof departureEvents>;
