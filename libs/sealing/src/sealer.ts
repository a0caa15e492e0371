import { createHmac, randomUUID, type KeyObject } from 'node:crypto';
import type { Opened, SealedValue, SealError, SealItem, Sealer, SubjectId } from '@toeverlaat/event-log';
import { err, InvariantBroken, ok, type Instant, type OrganisationId, type Result } from '@toeverlaat/values';
import { createAssociated, openField, plaintextOf, sameIds, sealField, type Plaintext } from './field.js';
import type { Keyring, SigningKey } from './keyring.js';
import { base32, deriveKey, erase, randomKey, takeKey, unwrapBytes, wrapBytes, type Purpose } from './keys.js';
import { createPromiseSigner, type PromiseSigner } from './promise.js';
import { wrapForReader, type ReaderWrap } from './readers.js';
import {
  epochOf,
  epochRecipient,
  recordOf,
  wrapAad,
  type KeyState,
  type LedgerEntry,
  type NewKey,
  type Rewrap,
  type Vault,
  type VaultKey,
} from './vault.js';

/** A refusal of sealing where the answer has no room for one: pseudonyms, tags, keys. `error` says which. */
export class SealingError extends Error {
  override readonly name = 'SealingError';
  readonly error: SealError;
  constructor(error: SealError) {
    super(error.kind === 'KeyUnavailable' ? `${error.kind}: ${error.detail}` : error.kind);
    this.error = error;
  }
}

export type DestroyRequest = {
  /** Pseudonym of who destroys. */
  readonly by: string;
  /** A short code, such as a retention rule with its version; never free text about a person. */
  readonly reason: string;
  readonly at: Instant;
};

/** Bytes that are no X25519 public key: whoever registered them reads nothing with them. */
export type UnusableReaderKey = { readonly kind: 'UnusableReaderKey' };

export type DerivedKey = { readonly keyIds: readonly string[]; readonly key: KeyObject };
export type FoundKey =
  | { readonly kind: 'found'; readonly key: KeyObject }
  | { readonly kind: 'erased' }
  | { readonly kind: 'unavailable'; readonly detail: string };

export type Rotation = { readonly epoch: number; readonly rewrapped: number; readonly dropped: readonly number[] };

/** Sealed values, pseudonyms and keys of one installation (design §4). */
export type SealingService = Sealer & {
  /**
   * Destroys the key of a subject, and with a record those of its participants: every value sealed under it is
   * unreadable from now on, here. Idempotent; the first note stands. An error means: ask again, it may be half purged,
   * never half recorded.
   */
  readonly destroy: (
    organisation: OrganisationId,
    subject: SubjectId,
    request: DestroyRequest,
  ) => Promise<Result<{ readonly destroyedKeys: readonly string[] }, SealError>>;
  /**
   * A key that another process destroyed, and its log says so: nothing here serves it from memory any more, neither it nor
   * what was derived from it (design §4). Without it that ends with the time of the key, 60 seconds at the most.
   */
  readonly forget: (organisation: OrganisationId, subject: SubjectId, keyIds: readonly string[]) => void;
  /** @throws SealingError when the vault cannot answer */
  readonly isDestroyed: (organisation: OrganisationId, subject: SubjectId) => Promise<boolean>;
  /**
   * For whom the data key of a subject is wrapped now (`epoch:<n>`: the organisation); none for a subject without a live key.
   * @throws SealingError
   */
  readonly recipients: (organisation: OrganisationId, subject: SubjectId) => Promise<readonly string[]>;
  /** All that was destroyed, oldest first: anchored with every checkpoint. @throws SealingError */
  readonly ledger: (organisation: OrganisationId) => Promise<readonly LedgerEntry[]>;
  /** Of these key ids, those whose key is still there, with whose they are: for a ledger that is newer than the vault. @throws SealingError */
  readonly liveAmong: (
    organisation: OrganisationId,
    keyIds: readonly string[],
  ) => Promise<readonly { readonly keyId: string; readonly subject: SubjectId }[]>;
  /**
   * Starts a new epoch and wraps every data key anew. The keyring keeps the epoch before, so that the last backup of
   * the vault can still be restored, and drops it at the next rotation, or at once with `dropPrevious`. A rotation that
   * was interrupted is finished first.
   */
  readonly rotate: (
    organisation: OrganisationId,
    options?: { readonly dropPrevious?: boolean },
  ) => Promise<Result<Rotation, SealError>>;
  /** When the organisation's newest epoch was made; undefined before its first key. @throws SealingError */
  readonly epochSince: (organisation: OrganisationId) => Promise<Instant | undefined>;
  /**
   * Who acts, without a name: 26 characters, keyed by the subject `actors/<scope>` (the scope is a year, e.g. `2026`).
   * Destroying that subject ends the mapping for ever. @throws SealingError `KeyDestroyed` for an ended scope
   */
  readonly pseudonym: (organisation: OrganisationId, scope: string, name: string) => Promise<string>;
  /**
   * The n-th look-up tag of a subject: rows that carry different tags of one person cannot be linked without its key;
   * the owner finds them by trying n = 0, 1, 2… @throws SealingError
   */
  readonly lookupTag: (organisation: OrganisationId, subject: SubjectId, n: number) => Promise<string>;
  /** The HMAC key of command fingerprints (subject `fingerprints/commands`), 32 bytes. @throws SealingError */
  readonly fingerprintKey: (organisation: OrganisationId) => Promise<Uint8Array>;
  /** A content key under the keys of all these subjects, made if they have none: for blobs. */
  readonly contentKey: (
    organisation: OrganisationId,
    subjects: readonly SubjectId[],
  ) => Promise<Result<DerivedKey, SealError>>;
  /** The content key of these key ids. */
  readonly findContentKey: (organisation: OrganisationId, keyIds: readonly string[]) => Promise<FoundKey>;
  /**
   * The data key of one subject, wrapped for a reader's own public key (X25519, 32 bytes), to be handed to that reader:
   * it opens what is sealed under this subject alone. Refused for a destroyed subject; nothing of it is stored.
   */
  readonly wrapForReader: (
    organisation: OrganisationId,
    subject: SubjectId,
    publicKey: Uint8Array,
  ) => Promise<Result<ReaderWrap, SealError | UnusableReaderKey>>;
  /** Signs promises with the organisation's key of that name (`<record class>/<name>`), made on first use. @throws SealingError */
  readonly promiseSigner: (organisation: OrganisationId, name: string) => Promise<PromiseSigner>;
  /**
   * The organisation's Ed25519 key of that name (`<record class>/<name>`), made on first use, for signatures of another
   * form than promises; compare its public key with the one that was published, for a lost keyring makes a new one.
   * @throws SealingError
   */
  readonly signingKey: (organisation: OrganisationId, name: string) => Promise<SigningKey>;
  /**
   * The same keys, seen with the credentials of one service: subjects of other record classes are out of reach
   * (design §2). It cannot rotate and its `close` closes nothing.
   */
  readonly forService: (credentials: { readonly classes: readonly string[] }) => SealingService;
  readonly close: () => Promise<void>;
};

export type SealerOptions = {
  readonly vault: Vault;
  readonly keyring: Keyring;
  /** How long a key may stay in memory, in milliseconds; 60,000 at the most. */
  readonly cacheMs?: number;
  /** Milliseconds that never go back. */
  readonly monotonic?: () => number;
};

/** Milliseconds that a key may stay in the memory of a process, whatever it hears (design §4). */
export const MAX_KEY_MS = 60_000;
/** Entries per cache; a flood of subjects empties it rather than growing it. */
const MAX_CACHED = 50_000;
const MAX_SUBJECTS = 8;
const REWRAP_BATCH = 500;
const SUBJECT = /^[A-Za-z][A-Za-z0-9_-]{0,39}\/[A-Za-z0-9][A-Za-z0-9._:-]{0,119}(#[A-Za-z0-9][A-Za-z0-9._:-]{0,119})?$/;

const classOf = (subject: SubjectId): string => subject.slice(0, subject.indexOf('/'));

const NO_CREDENTIAL = 'no credential for record class';

type CachedKey = {
  readonly keyId: string;
  readonly subject: SubjectId;
  readonly material: KeyObject;
  readonly expires: number;
};
type CachedDerived = { readonly key: KeyObject; readonly keyIds: readonly string[]; readonly expires: number };

type Resolved =
  | { readonly kind: 'live'; readonly key: CachedKey }
  | { readonly kind: 'destroyed'; readonly subject: SubjectId }
  | { readonly kind: 'unavailable'; readonly detail: string };

const unavailable = (detail: string): { readonly kind: 'KeyUnavailable'; readonly detail: string } => ({
  kind: 'KeyUnavailable',
  detail,
});

/** Turns whatever a port threw into a refusal that is retryable; a broken invariant stays one. */
const refusalOf = (error: unknown): SealError => {
  if (error instanceof InvariantBroken) throw error;
  if (error instanceof SealingError) return error.error;
  return unavailable(error instanceof Error ? error.message : 'the key store does not answer');
};

export const createSealer = (options: SealerOptions): SealingService => {
  const { vault, keyring } = options;
  const cacheMs = Math.min(options.cacheMs ?? MAX_KEY_MS, MAX_KEY_MS);
  const monotonic = options.monotonic ?? (() => performance.now());

  // Nested by organisation first: no key of one organisation can be found under the name of another.
  const byId = new Map<string, CachedKey>();
  const bySubject = new Map<string, CachedKey>();
  const derivedKeys = new Map<string, CachedDerived>();
  const pseudonyms = new WeakMap<KeyObject, Map<string, string>>();
  const epochKeys = new Map<string, { readonly key: KeyObject; readonly expires: number }>();
  const newestEpochs = new Map<string, { readonly epoch: number; readonly expires: number }>();
  /** Key ids and subjects known to be destroyed: that does not change any more. */
  const goneKeys = new Map<string, SubjectId>();
  const goneSubjects = new Set<string>();
  const toldOf: ((organisation: OrganisationId, keyIds: readonly string[]) => void)[] = [];
  let sweeper: NodeJS.Timeout | undefined;
  let closed = false;

  const at = (organisation: string, ...rest: readonly string[]): string => `${organisation}\n${rest.join('\n')}`;

  const sweep = (): void => {
    const now = monotonic();
    for (const cache of [byId, bySubject, derivedKeys, epochKeys, newestEpochs])
      for (const [name, entry] of cache) if (entry.expires <= now) cache.delete(name);
  };
  /** A key that nobody asks for any more must leave memory too. */
  const scheduleSweep = (): void => {
    if (sweeper !== undefined || closed) return;
    sweeper = setTimeout(() => {
      sweeper = undefined;
      sweep();
      if (byId.size + derivedKeys.size + epochKeys.size > 0) scheduleSweep();
    }, cacheMs);
    sweeper.unref();
  };
  const remember = <T extends { readonly expires: number }>(cache: Map<string, T>, name: string, entry: T): void => {
    if (closed || cacheMs <= 0) return;
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(name, entry);
    scheduleSweep();
  };
  const recall = <T extends { readonly expires: number }>(
    cache: Map<string, T>,
    name: string,
    now: number,
  ): T | undefined => {
    const entry = cache.get(name);
    return entry === undefined || entry.expires <= now ? undefined : entry;
  };

  const forget = (organisation: OrganisationId, subject: SubjectId, keyIds: readonly string[]): void => {
    if (goneKeys.size >= MAX_CACHED) goneKeys.clear();
    if (goneSubjects.size >= MAX_CACHED) goneSubjects.clear();
    goneSubjects.add(at(organisation, subject));
    for (const keyId of keyIds) {
      goneKeys.set(at(organisation, keyId), subject);
      const cached = byId.get(at(organisation, keyId));
      byId.delete(at(organisation, keyId));
      if (cached !== undefined) bySubject.delete(at(organisation, cached.subject));
    }
    for (const [name, cached] of bySubject)
      if (name.startsWith(at(organisation, '')) && (cached.subject === subject || recordOf(cached.subject) === subject))
        bySubject.delete(name);
    for (const [name, cached] of derivedKeys)
      if (name.startsWith(at(organisation, '')) && cached.keyIds.some((keyId) => keyIds.includes(keyId)))
        derivedKeys.delete(name);
    for (const forgotten of toldOf) forgotten(organisation, keyIds);
  };

  const isGone = (organisation: string, subject: SubjectId): boolean =>
    goneSubjects.has(at(organisation, subject)) || goneSubjects.has(at(organisation, recordOf(subject)));

  const epochKey = async (organisation: OrganisationId, epoch: number): Promise<KeyObject | undefined> => {
    const now = monotonic();
    const name = at(organisation, String(epoch));
    const cached = recall(epochKeys, name, now);
    if (cached !== undefined) return cached.key;
    const key = await keyring.key(organisation, epoch);
    if (key !== undefined) remember(epochKeys, name, { key, expires: now + cacheMs });
    return key;
  };

  /** The epoch new keys are wrapped under; makes the first one of an organisation that has neither keyring nor vault. */
  const currentEpoch = async (organisation: OrganisationId): Promise<number> => {
    const name = at(organisation);
    const now = monotonic();
    // A number, and no key; the vault refuses a new key under an epoch that has passed.
    const known = recall(newestEpochs, name, now);
    if (known !== undefined) return known.epoch;
    const standing = await vault.epoch(organisation);
    if (standing !== undefined) {
      remember(newestEpochs, name, { epoch: standing, expires: now + cacheMs });
      return standing;
    }
    const newest = (await keyring.epochs(organisation)).at(-1) ?? 1;
    await keyring.start(organisation, newest);
    await vault.startEpoch(organisation, newest);
    return (await vault.epoch(organisation)) ?? newest;
  };

  const unwrap = async (organisation: OrganisationId, key: VaultKey): Promise<Buffer | string> => {
    let why = 'the vault holds no wrap of this key';
    for (const { recipient, wrapped } of key.wraps) {
      const epoch = epochOf(recipient);
      if (epoch === undefined) continue;
      const kek = await epochKey(organisation, epoch);
      if (kek === undefined) {
        why = `epoch ${epoch} is not in the keyring`;
        continue;
      }
      const material = unwrapBytes(kek, wrapped, wrapAad(organisation, key.subject, key.keyId, epoch));
      if (material !== undefined) return material;
      why = 'a wrapped key does not authenticate';
    }
    return why;
  };

  const resolve = async (
    organisation: OrganisationId,
    state: KeyState,
    since: number,
  ): Promise<Resolved | undefined> => {
    switch (state.kind) {
      case 'destroyed':
        return { kind: 'destroyed', subject: state.subject };
      case 'none':
        return undefined;
      case 'live': {
        const { keyId, subject } = state.key;
        const material = await unwrap(organisation, state.key);
        if (typeof material === 'string') return { kind: 'unavailable', detail: material };
        // Destroyed while the vault answered: the answer is older than the destruction.
        if (goneKeys.has(at(organisation, keyId)) || isGone(organisation, subject)) {
          erase(material);
          return { kind: 'destroyed', subject };
        }
        const key: CachedKey = { keyId, subject, material: takeKey(material), expires: since + cacheMs };
        remember(byId, at(organisation, keyId), key);
        remember(bySubject, at(organisation, subject), key);
        return { kind: 'live', key };
      }
    }
  };

  /** Resolves states; where an epoch was missing, asks once more: a rotation may have wrapped the key anew meanwhile. */
  const resolveAll = async (
    organisation: OrganisationId,
    read: () => Promise<readonly KeyState[]>,
  ): Promise<readonly (Resolved | undefined)[]> => {
    for (let attempt = 0; ; attempt += 1) {
      const since = monotonic();
      const states = await read();
      const resolved: (Resolved | undefined)[] = [];
      for (const state of states) resolved.push(await resolve(organisation, state, since));
      if (attempt > 0 || !resolved.some((one) => one?.kind === 'unavailable')) return resolved;
    }
  };

  const keysById = async (
    organisation: OrganisationId,
    wanted: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, Resolved>> => {
    const found = new Map<string, Resolved>();
    const missing: string[] = [];
    const now = monotonic();
    for (const keyId of wanted) {
      const cached = recall(byId, at(organisation, keyId), now);
      const gone = goneKeys.get(at(organisation, keyId));
      if (cached !== undefined) found.set(keyId, { kind: 'live', key: cached });
      else if (gone !== undefined) found.set(keyId, { kind: 'destroyed', subject: gone });
      else missing.push(keyId);
    }
    if (missing.length === 0) return found;
    try {
      const resolved = await resolveAll(organisation, () => vault.findById(organisation, missing));
      for (const [index, keyId] of missing.entries()) {
        const one = resolved[index];
        if (one?.kind === 'destroyed') goneKeys.set(at(organisation, keyId), one.subject);
        found.set(
          keyId,
          one ?? { kind: 'unavailable', detail: 'a key is neither in the vault nor in the ledger of destroyed keys' },
        );
      }
    } catch (error) {
      const refusal = refusalOf(error);
      const detail = refusal.kind === 'KeyUnavailable' ? refusal.detail : refusal.kind;
      for (const keyId of missing) found.set(keyId, { kind: 'unavailable', detail });
    }
    // As in `keysOf`: destroyed while the vault answered.
    for (const [keyId, one] of found)
      if (one.kind === 'live' && goneKeys.has(at(organisation, keyId)))
        found.set(keyId, { kind: 'destroyed', subject: one.key.subject });
    return found;
  };

  /** Keys of subjects, made where there is none. All or a refusal. */
  const keysOf = async (
    organisation: OrganisationId,
    subjects: ReadonlySet<SubjectId>,
    allows: (subject: SubjectId) => boolean,
  ): Promise<Result<ReadonlyMap<SubjectId, CachedKey>, SealError>> => {
    const found = new Map<SubjectId, CachedKey>();
    const missing: SubjectId[] = [];
    const now = monotonic();
    for (const subject of subjects) {
      if (!SUBJECT.test(subject))
        throw new InvariantBroken('a subject is <record class>/<id> or <record class>/<id>#<participant>');
      if (!allows(subject)) return err(unavailable(`${NO_CREDENTIAL} ${classOf(subject)}`));
      if (isGone(organisation, subject)) return err({ kind: 'KeyDestroyed', subject });
      const cached = recall(bySubject, at(organisation, subject), now);
      if (cached === undefined) missing.push(subject);
      else found.set(subject, cached);
    }
    if (missing.length === 0) return ok(found);
    /** What was in memory when this began may have been destroyed while the vault answered for the rest. */
    const unlessGone = (): Result<ReadonlyMap<SubjectId, CachedKey>, SealError> => {
      for (const [subject, { keyId }] of found)
        if (goneKeys.has(at(organisation, keyId)) || isGone(organisation, subject))
          return err({ kind: 'KeyDestroyed', subject });
      return ok(found);
    };

    const take = (subject: SubjectId, one: Resolved): SealError | undefined => {
      switch (one.kind) {
        case 'live':
          found.set(subject, one.key);
          return undefined;
        case 'destroyed':
          goneSubjects.add(at(organisation, subject));
          return { kind: 'KeyDestroyed', subject };
        case 'unavailable':
          return unavailable(one.detail);
      }
    };
    const absent: SubjectId[] = [];
    const resolved = await resolveAll(organisation, () => vault.findBySubject(organisation, missing));
    for (const [index, subject] of missing.entries()) {
      const one = resolved[index];
      if (one === undefined) {
        absent.push(subject);
        continue;
      }
      const refusal = take(subject, one);
      if (refusal !== undefined) return err(refusal);
    }
    if (absent.length === 0) return unlessGone();

    // A rotation between reading the epoch and adding the key is refused by the vault; the next round sees the new one.
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const epoch = await currentEpoch(organisation);
      const kek = await epochKey(organisation, epoch);
      if (kek === undefined) return err(unavailable(`epoch ${epoch} is not in the keyring`));
      const since = monotonic();
      const keys = absent.map((subject): NewKey => {
        const keyId = randomUUID();
        const material = randomKey();
        const wrapped = wrapBytes(kek, material, wrapAad(organisation, subject, keyId, epoch));
        erase(material);
        return { subject, keyId, wrap: { recipient: epochRecipient(epoch), wrapped } };
      });
      const created = await vault.create(organisation, epoch, keys);
      if (created.kind === 'stale_epoch') {
        newestEpochs.delete(at(organisation));
        continue;
      }
      for (const [index, subject] of absent.entries()) {
        const state = created.states[index];
        const one = state === undefined ? undefined : await resolve(organisation, state, since);
        const refusal = one === undefined ? unavailable('the vault did not keep a new key') : take(subject, one);
        if (refusal !== undefined) return err(refusal);
      }
      return unlessGone();
    }
    return err(unavailable('the organisation is changing its epoch'));
  };

  const derived = (organisation: OrganisationId, purpose: Purpose, keys: readonly CachedKey[]): KeyObject => {
    const keyIds = keys.map((key) => key.keyId);
    const name = at(organisation, purpose, ...keyIds);
    const cached = recall(derivedKeys, name, monotonic());
    if (cached !== undefined) return cached.key;
    const key = deriveKey(organisation, purpose, keys);
    // No longer than the shortest-lived of what it is made of, and not at all once one of them is destroyed.
    const expires = Math.min(...keys.map((one) => one.expires));
    if (!keyIds.some((keyId) => goneKeys.has(at(organisation, keyId))))
      remember(derivedKeys, name, { key, keyIds, expires });
    return key;
  };

  const guarded = async <T>(work: () => Promise<Result<T, SealError>>): Promise<Result<T, SealError>> => {
    try {
      if (closed) return err(unavailable('sealing is closed'));
      return await work();
    } catch (error) {
      return err(refusalOf(error));
    }
  };
  const orThrow = <T>(result: Result<T, SealError>): T => {
    if (!result.ok) throw new SealingError(result.error);
    return result.value;
  };

  const moveTo = async (organisation: OrganisationId, epoch: number): Promise<number> => {
    const kek = await epochKey(organisation, epoch);
    if (kek === undefined) throw new SealingError(unavailable(`epoch ${epoch} is not in the keyring`));
    let moved = 0;
    for (;;) {
      const page = await vault.notUnderEpoch(organisation, epoch, REWRAP_BATCH);
      if (page.length === 0) return moved;
      const changes: Rewrap[] = [];
      for (const key of page) {
        const material = await unwrap(organisation, key);
        if (typeof material === 'string') throw new SealingError(unavailable(material));
        const wrap = {
          recipient: epochRecipient(epoch),
          wrapped: wrapBytes(kek, material, wrapAad(organisation, key.subject, key.keyId, epoch)),
        };
        erase(material);
        for (const old of key.wraps) changes.push({ keyId: key.keyId, from: old.recipient, wrap });
      }
      await vault.rewrap(organisation, changes);
      moved += page.length;
    }
  };

  const dropBelow = async (organisation: OrganisationId, lowest: number): Promise<readonly number[]> => {
    const old = (await keyring.epochs(organisation)).filter((epoch) => epoch < lowest);
    for (const epoch of old) {
      await keyring.drop(organisation, epoch);
      epochKeys.delete(at(organisation, String(epoch)));
    }
    return old;
  };

  const service = (classes: ReadonlySet<string> | undefined): SealingService => {
    const allows = (subject: SubjectId): boolean => classes === undefined || classes.has(classOf(subject));

    const keyFor = async (organisation: OrganisationId, subject: SubjectId, purpose: Purpose): Promise<KeyObject> => {
      const found = orThrow(await guarded(() => keysOf(organisation, new Set([subject]), allows)));
      return derived(organisation, purpose, [...found.values()]);
    };

    const signingKeyOf = async (organisation: OrganisationId, name: string): Promise<SigningKey> =>
      orThrow(
        await guarded(async () => {
          if (!SUBJECT.test(name)) throw new InvariantBroken('a signing key is named <record class>/<name>');
          if (!allows(name)) return err(unavailable(`${NO_CREDENTIAL} ${classOf(name)}`));
          return ok(await keyring.signingKey(organisation, name));
        }),
      );

    /** What the keys of one value, all of them, come to. */
    const together = (
      keyIds: readonly string[],
      found: ReadonlyMap<string, Resolved>,
    ): readonly CachedKey[] | Opened => {
      const keys: CachedKey[] = [];
      let erased = false;
      let missing: string | undefined;
      for (const keyId of keyIds) {
        const one = found.get(keyId);
        const subject = one?.kind === 'live' ? one.key.subject : one?.kind === 'destroyed' ? one.subject : undefined;
        if (subject !== undefined && !allows(subject))
          return { kind: 'unavailable', detail: `${NO_CREDENTIAL} ${classOf(subject)}` };
        if (one?.kind === 'live') keys.push(one.key);
        else if (one?.kind === 'destroyed') erased = true;
        else missing = one?.detail ?? 'a key was not looked up';
      }
      if (erased) return { kind: 'erased' };
      return missing === undefined ? keys : { kind: 'unavailable', detail: missing };
    };

    return {
      seal: (items) =>
        guarded(async () => {
          const byOrganisation = new Map<OrganisationId, Set<SubjectId>>();
          for (const { organisation, context, subjects } of items) {
            if (context.organisation !== organisation)
              throw new InvariantBroken('a value is sealed for its own organisation only');
            if (subjects.length === 0 || new Set(subjects).size > MAX_SUBJECTS)
              throw new InvariantBroken(`a value has 1 to ${MAX_SUBJECTS} subjects`);
            const wanted = byOrganisation.get(organisation) ?? new Set();
            for (const subject of subjects) wanted.add(subject);
            byOrganisation.set(organisation, wanted);
          }
          const plaintexts: Plaintext[] = [];
          for (const { value, context } of items) {
            const plaintext = plaintextOf(value);
            if ('limit' in plaintext) return err({ kind: 'ValueTooLarge', path: context.path, ...plaintext } as const);
            plaintexts.push(plaintext);
          }
          const found = new Map<OrganisationId, ReadonlyMap<SubjectId, CachedKey>>();
          for (const [organisation, subjects] of byOrganisation) {
            const keys = await keysOf(organisation, subjects, allows);
            if (!keys.ok) return keys;
            found.set(organisation, keys.value);
          }
          const boundTo = createAssociated();
          // The fields of one event mostly have the same subjects: their key is found once for each run of them.
          let run: { readonly item: SealItem; readonly keyIds: readonly string[]; readonly key: KeyObject } | undefined;
          const sealed = items.map((item, index): SealedValue => {
            const { organisation, subjects, context } = item;
            const plaintext = plaintexts[index];
            if (plaintext === undefined) throw new InvariantBroken('a value was not padded');
            if (run?.item.organisation !== organisation || !sameIds(run.item.subjects, subjects)) {
              const keys = [...new Set(subjects)].map((subject) => {
                const key = found.get(organisation)?.get(subject);
                if (key === undefined) throw new InvariantBroken('a subject was not resolved');
                return key;
              });
              run = { item, keyIds: keys.map((key) => key.keyId), key: derived(organisation, 'field', keys) };
            }
            return sealField(context, run.keyIds, run.key, plaintext, boundTo(context, run.keyIds));
          });
          return ok(sealed);
        }),

      open: async (organisation, values) => {
        if (closed) return values.map((): Opened => ({ kind: 'unavailable', detail: 'sealing is closed' }));
        const wanted = new Set<string>();
        for (const value of values)
          if (value.ctx.organisation === organisation) for (const keyId of value.keys) wanted.add(keyId);
        const found = await keysById(organisation, wanted);
        // The fields of one event and the events of one record share their keys: found once for each run of them.
        let ids: readonly string[] = [];
        let shared: KeyObject | Opened | undefined;
        const boundTo = createAssociated();
        return values.map((value): Opened => {
          if (value.ctx.organisation !== organisation || value.v !== 1 || value.alg !== 'A256GCM')
            return { kind: 'tampered' };
          if (shared === undefined || !sameIds(ids, value.keys)) {
            const keys = together(value.keys, found);
            ids = value.keys;
            shared = 'kind' in keys ? keys : derived(organisation, 'field', keys);
          }
          return 'kind' in shared ? shared : openField(value, shared, boundTo(value.ctx, value.keys));
        });
      },

      holds: (organisation, keyIds) => {
        const now = monotonic();
        for (const keyId of keyIds) {
          const name = at(organisation, keyId);
          if (goneKeys.has(name) || recall(byId, name, now) === undefined) return false;
        }
        return !closed;
      },

      onForgotten: (forgotten) => {
        toldOf.push(forgotten);
      },

      destroy: (organisation, subject, request) =>
        guarded(async () => {
          if (!SUBJECT.test(subject))
            throw new InvariantBroken('a subject is <record class>/<id> or <record class>/<id>#<participant>');
          if (!allows(subject)) return err(unavailable(`${NO_CREDENTIAL} ${classOf(subject)}`));
          try {
            const { destroyedKeys } = await vault.destroy(organisation, subject, request);
            forget(organisation, subject, destroyedKeys);
            return ok({ destroyedKeys });
          } catch (error) {
            // It may have been destroyed before the store failed: nothing here may serve it from memory.
            for (const cache of [byId, bySubject, derivedKeys]) cache.clear();
            throw error;
          }
        }),

      forget: (organisation, subject, keyIds) => {
        if (!closed && allows(subject)) forget(organisation, subject, keyIds);
      },

      isDestroyed: async (organisation, subject) =>
        orThrow(
          await guarded(async () => {
            if (isGone(organisation, subject)) return ok(true);
            const [state] = await vault.findBySubject(organisation, [subject]);
            return ok(state?.kind === 'destroyed');
          }),
        ),

      recipients: async (organisation, subject) =>
        orThrow(
          await guarded(async () => {
            if (!allows(subject)) return err(unavailable(`${NO_CREDENTIAL} ${classOf(subject)}`));
            const [state] = await vault.findBySubject(organisation, [subject]);
            return ok(state?.kind === 'live' ? state.key.wraps.map(({ recipient }) => recipient).toSorted() : []);
          }),
        ),

      ledger: async (organisation) =>
        orThrow(
          await guarded(async () => ok((await vault.ledger(organisation)).filter((entry) => allows(entry.subject)))),
        ),

      liveAmong: async (organisation, keyIds) =>
        orThrow(
          await guarded(async () => {
            const states = await vault.findById(organisation, keyIds);
            return ok(
              states.flatMap((state) =>
                state.kind === 'live' && allows(state.key.subject)
                  ? [{ keyId: state.key.keyId, subject: state.key.subject }]
                  : [],
              ),
            );
          }),
        ),

      rotate: (organisation, { dropPrevious = false } = {}) =>
        guarded(async () => {
          if (classes !== undefined) return err(unavailable('no credential to rotate'));
          newestEpochs.delete(at(organisation));
          const standing = await currentEpoch(organisation);
          const newest = (await keyring.epochs(organisation)).at(-1);
          if (newest === undefined || newest < standing)
            return err(unavailable(`epoch ${standing} is not in the keyring`));
          const dropped: number[] = [];
          let next = newest;
          if (newest === standing) {
            // Whatever still hangs on an older epoch moves first: the keyring never holds more than two.
            await moveTo(organisation, newest);
            dropped.push(...(await dropBelow(organisation, newest)));
            next = newest + 1;
            await keyring.start(organisation, next);
          }
          await vault.startEpoch(organisation, next);
          newestEpochs.delete(at(organisation));
          const rewrapped = await moveTo(organisation, next);
          await vault.scrub();
          if (dropPrevious) dropped.push(...(await dropBelow(organisation, next)));
          return ok({ epoch: next, rewrapped, dropped });
        }),

      epochSince: async (organisation) =>
        orThrow(await guarded(async () => ok(await keyring.newestSince(organisation)))),

      pseudonym: async (organisation, scope, name) => {
        const key = await keyFor(organisation, `actors/${scope}`, 'pseudonym');
        // Kept beside the key itself, so no longer than it: every access record names the capacity it was made in.
        let made = pseudonyms.get(key);
        if (made === undefined || made.size >= MAX_CACHED) {
          made = new Map();
          pseudonyms.set(key, made);
        }
        let pseudonym = made.get(name);
        if (pseudonym === undefined) {
          pseudonym = base32(createHmac('sha256', key).update(name).digest(), 26);
          made.set(name, pseudonym);
        }
        return pseudonym;
      },

      lookupTag: async (organisation, subject, n) => {
        if (!Number.isSafeInteger(n) || n < 0) throw new InvariantBroken('look-up tags are numbered from 0');
        const key = await keyFor(organisation, subject, 'lookup');
        return base32(createHmac('sha256', key).update(String(n)).digest(), 26);
      },

      fingerprintKey: async (organisation) =>
        new Uint8Array((await keyFor(organisation, 'fingerprints/commands', 'fingerprint')).export()),

      contentKey: (organisation, subjects) =>
        guarded(async () => {
          const unique = new Set(subjects);
          if (unique.size === 0 || unique.size > MAX_SUBJECTS)
            throw new InvariantBroken(`content has 1 to ${MAX_SUBJECTS} subjects`);
          const found = await keysOf(organisation, unique, allows);
          if (!found.ok) return found;
          const keys = [...unique].flatMap((subject) => found.value.get(subject) ?? []);
          return ok({ keyIds: keys.map((key) => key.keyId), key: derived(organisation, 'blob', keys) });
        }),

      findContentKey: async (organisation, keyIds) => {
        if (closed) return { kind: 'unavailable', detail: 'sealing is closed' };
        const keys = together(keyIds, await keysById(organisation, new Set(keyIds)));
        if (!('kind' in keys)) return { kind: 'found', key: derived(organisation, 'blob', keys) };
        return keys.kind === 'erased'
          ? keys
          : { kind: 'unavailable', detail: keys.kind === 'unavailable' ? keys.detail : keys.kind };
      },

      wrapForReader: async (organisation, subject, publicKey) => {
        const found = await guarded(() => keysOf(organisation, new Set([subject]), allows));
        if (!found.ok) return found;
        const key = found.value.get(subject);
        if (key === undefined) throw new InvariantBroken('a subject was not resolved');
        const material = key.material.export();
        try {
          return ok(await wrapForReader(publicKey, { organisation, subject, keyId: key.keyId }, material));
        } catch {
          return err({ kind: 'UnusableReaderKey' });
        } finally {
          erase(material);
        }
      },

      promiseSigner: async (organisation, name) =>
        createPromiseSigner(organisation, await signingKeyOf(organisation, name)),

      signingKey: signingKeyOf,

      forService: (credentials) =>
        service(
          new Set(credentials.classes.filter((recordClass) => classes === undefined || classes.has(recordClass))),
        ),

      close: async () => {
        if (classes !== undefined || closed) return;
        closed = true;
        clearTimeout(sweeper);
        for (const cache of [byId, bySubject, derivedKeys, epochKeys, newestEpochs]) cache.clear();
        await vault.close();
        await keyring.close();
      },
    };
  };

  return service(undefined);
};
