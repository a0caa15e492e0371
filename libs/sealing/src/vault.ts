import type { SubjectId } from '@toeverlaat/event-log';
import type { Instant, OrganisationId } from '@toeverlaat/values';
import { associated } from './keys.js';

/** A data key wrapped for one recipient: today an epoch of the organisation (`epoch:<n>`), later a reader's public key. */
export type Wrap = { readonly recipient: string; readonly wrapped: Uint8Array };
export type VaultKey = { readonly subject: SubjectId; readonly keyId: string; readonly wraps: readonly Wrap[] };
export type NewKey = { readonly subject: SubjectId; readonly keyId: string; readonly wrap: Wrap };

export type KeyState =
  | { readonly kind: 'live'; readonly key: VaultKey }
  /** The ledger has it: it was destroyed, by decision, and does not come back. */
  | { readonly kind: 'destroyed'; readonly subject: SubjectId }
  /** Neither a key nor a line in the ledger. */
  | { readonly kind: 'none' };

/** Who destroyed what, and why; `reason` is a short code such as a retention rule with its version, never free text. */
export type DestroyNote = { readonly by: string; readonly reason: string; readonly at: Instant };
export type LedgerEntry = DestroyNote & { readonly subject: SubjectId; readonly keyIds: readonly string[] };

export type Rewrap = { readonly keyId: string; readonly from: string; readonly wrap: Wrap };

/**
 * Where wrapped data keys and the ledger of destroyed ones live (design §4). Organisation is the first part of every
 * row key. Every method rejects with KeyStoreUnavailable when the store cannot answer; an empty answer always
 * means "not there".
 *
 * A subject has one key for its whole life. A participant (`case/1#p2`) belongs to its record (`case/1`): destroying
 * the record destroys its participants' keys too, and no new one can be made.
 */
export type Vault = {
  /** One state per subject, in order. */
  readonly findBySubject: (
    organisation: OrganisationId,
    subjects: readonly SubjectId[],
  ) => Promise<readonly KeyState[]>;
  /** One state per key id, in order. */
  readonly findById: (organisation: OrganisationId, keyIds: readonly string[]) => Promise<readonly KeyState[]>;
  /**
   * Adds keys wrapped under `epoch`; all or nothing. Where two creators race, the first stands and both are told it.
   * Nothing is added when a subject is destroyed, or when the organisation has moved on to another epoch.
   */
  readonly create: (
    organisation: OrganisationId,
    epoch: number,
    keys: readonly NewKey[],
  ) => Promise<
    | { readonly kind: 'states'; readonly states: readonly KeyState[] }
    | { readonly kind: 'stale_epoch'; readonly epoch: number | undefined }
  >;
  /**
   * Deletes every wrap of the subject and writes the ledger, in one transaction; resolves when no copy of the bytes
   * is left in the store's own files. A repeat finishes what was interrupted and answers the same; the first note stands.
   */
  readonly destroy: (
    organisation: OrganisationId,
    subject: SubjectId,
    note: DestroyNote,
  ) => Promise<{ readonly destroyedKeys: readonly string[] }>;
  /** All that was destroyed, oldest first. */
  readonly ledger: (organisation: OrganisationId) => Promise<readonly LedgerEntry[]>;
  /** The epoch new keys must be wrapped under; undefined before the organisation's first key. */
  readonly epoch: (organisation: OrganisationId) => Promise<number | undefined>;
  /** Moves on to an epoch, never back; from then on `create` refuses the one before. */
  readonly startEpoch: (organisation: OrganisationId, epoch: number) => Promise<void>;
  /** Some keys that still have a wrap of an epoch other than `epoch`, with those wraps only; empty when there are none. */
  readonly notUnderEpoch: (organisation: OrganisationId, epoch: number, limit: number) => Promise<readonly VaultKey[]>;
  /** Replaces wraps, in one transaction; a key destroyed meanwhile stays destroyed. */
  readonly rewrap: (organisation: OrganisationId, wraps: readonly Rewrap[]) => Promise<void>;
  /** Leaves no bytes of replaced or deleted wraps in the store's own files. */
  readonly scrub: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export const epochRecipient = (epoch: number): string => `epoch:${epoch}`;

/** What a data key is bound to where an epoch wraps it. */
export const wrapAad = (organisation: string, subject: SubjectId, keyId: string, epoch: number): Buffer =>
  associated('data key', organisation, subject, keyId, epochRecipient(epoch));

/** The epoch of a recipient, or undefined when the recipient is of another kind. */
export const epochOf = (recipient: string): number | undefined => {
  const match = /^epoch:([1-9]\d{0,8})$/.exec(recipient);
  return match === null ? undefined : Number(match[1]);
};

/** The record a participant belongs to; a record belongs to itself. */
export const recordOf = (subject: SubjectId): SubjectId => {
  const at = subject.indexOf('#');
  return at < 0 ? subject : subject.slice(0, at);
};

/** A key store that cannot answer now. Never means that something was erased. */
export class KeyStoreUnavailable extends Error {
  override readonly name = 'KeyStoreUnavailable';
}

/** A key file that must not be used as it is; `rule` says why. */
export class KeyFileUnusable extends Error {
  override readonly name = 'KeyFileUnusable';
  readonly file: string;
  readonly rule: 'not_a_key_file' | 'newer_version' | 'keyring_missing';
  constructor(file: string, rule: KeyFileUnusable['rule'], advice: string) {
    super(`${file} cannot be used (${rule}): ${advice}`);
    this.file = file;
    this.rule = rule;
  }
}
