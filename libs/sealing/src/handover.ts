import type { SubjectId } from '@toeverlaat/event-log';
import { err, ok, type OrganisationId, type Result } from '@toeverlaat/values';
import { createHash, createHmac } from 'node:crypto';
import type { Keyring } from './keyring.js';
import { erase, KEY_BYTES, randomKey, unwrapBytes, wrapBytes } from './keys.js';
import { wrapForReader, type ReaderWrap } from './readers.js';
import {
  epochOf,
  epochRecipient,
  KeyStoreUnavailable,
  wrapAad,
  type LedgerEntry,
  type NewKey,
  type Vault,
  type VaultKey,
} from './vault.js';

/*
 * Keys that leave one installation for another (design §4, Leaving): wrapped for whoever is competent for what they open, and
 * taken up there under the ids they have, so that what is stored opens as it stands.
 */

/** The key stores of one installation. Whoever holds them holds everything: commands that hand over, and nothing else. */
export type KeyStores = { readonly vault: Vault; readonly keyring: Keyring };

/** A data key on its way in: 32 bytes, overwritten once it is taken up. */
export type AdoptedKey = { readonly subject: SubjectId; readonly keyId: string; readonly material: Uint8Array };

/** The subject has another key already, or was destroyed here: this vault is of another history. */
export type AdoptRefused = { readonly kind: 'AdoptRefused'; readonly subject: SubjectId };

/** Epochs are numbered from 1, so that every key is not under this one. */
const NO_EPOCH = 0;
const BATCH = 500;

/** Every key of an organisation that was not destroyed. @throws KeyStoreUnavailable */
export const liveKeysOf = ({ vault }: Pick<KeyStores, 'vault'>, organisation: OrganisationId) =>
  vault.notUnderEpoch(organisation, NO_EPOCH, Number.MAX_SAFE_INTEGER);

/** What a data key is used for while it lies open; it is overwritten after that. @throws KeyStoreUnavailable */
const withMaterial = async <T>(
  { keyring }: Pick<KeyStores, 'keyring'>,
  organisation: OrganisationId,
  { subject, keyId, wraps }: VaultKey,
  use: (material: Uint8Array) => Promise<T>,
): Promise<T> => {
  for (const { recipient, wrapped } of wraps) {
    const epoch = epochOf(recipient);
    const key = epoch === undefined ? undefined : await keyring.key(organisation, epoch);
    if (epoch === undefined || key === undefined) continue;
    const material = unwrapBytes(key, wrapped, wrapAad(organisation, subject, keyId, epoch));
    if (material === undefined) continue;
    try {
      return await use(material);
    } finally {
      erase(material);
    }
  }
  throw new KeyStoreUnavailable('the keyring does not open a key that is to be handed over');
};

/**
 * A data key wrapped for the public key of who receives it.
 * @throws KeyStoreUnavailable when the keyring does not open it; TypeError or DOMException for bytes that are no X25519 key
 */
export const wrapKeyFor = (
  stores: Pick<KeyStores, 'keyring'>,
  organisation: OrganisationId,
  key: VaultKey,
  publicKey: Uint8Array,
): Promise<ReaderWrap> =>
  withMaterial(stores, organisation, key, (material) =>
    wrapForReader(publicKey, { organisation, subject: key.subject, keyId: key.keyId }, material),
  );

/**
 * That somebody has these keys and opens them: the same at both hosts for the same keys and challenge, and made by nobody who lacks
 * one. It tells nothing of a key.
 * @param challenge what it is made for, so that the proof of one handover is none of another
 * @throws KeyStoreUnavailable
 */
export const proveKeys = async (
  stores: Pick<KeyStores, 'keyring'>,
  organisation: OrganisationId,
  keys: readonly VaultKey[],
  challenge: string,
): Promise<string> => {
  const proof = createHash('sha256');
  for (const key of keys.toSorted((a, b) => (a.keyId < b.keyId ? -1 : 1)))
    proof.update(
      await withMaterial(stores, organisation, key, (material) =>
        Promise.resolve(
          createHmac('sha256', material).update(`toeverlaat key held v1\n${challenge}\n${key.keyId}`).digest(),
        ),
      ),
    );
  return proof.digest('hex');
};

const currentEpoch = async ({ vault, keyring }: KeyStores, organisation: OrganisationId): Promise<number> => {
  const standing = await vault.epoch(organisation);
  if (standing !== undefined) return standing;
  await keyring.start(organisation, 1);
  await vault.startEpoch(organisation, 1);
  return 1;
};

/**
 * Takes keys up under the ids they have, wrapped for this installation's epoch. A key that is there already is taken for done, so
 * that what was cut off goes on.
 * @throws KeyStoreUnavailable
 */
export const adoptKeys = async (
  stores: KeyStores,
  organisation: OrganisationId,
  keys: readonly AdoptedKey[],
): Promise<Result<undefined, AdoptRefused>> => {
  const epoch = await currentEpoch(stores, organisation);
  const kek = await stores.keyring.key(organisation, epoch);
  if (kek === undefined) throw new KeyStoreUnavailable(`epoch ${epoch} is not in the keyring`);
  for (let from = 0; from < keys.length; from += BATCH) {
    const batch = keys.slice(from, from + BATCH);
    const rows = batch.map(({ subject, keyId, material }): NewKey => {
      if (material.length !== KEY_BYTES) throw new RangeError(`a data key has ${KEY_BYTES} bytes`);
      const wrapped = wrapBytes(kek, material, wrapAad(organisation, subject, keyId, epoch));
      erase(material);
      return { subject, keyId, wrap: { recipient: epochRecipient(epoch), wrapped } };
    });
    const created = await stores.vault.create(organisation, epoch, rows);
    if (created.kind === 'stale_epoch') throw new KeyStoreUnavailable('the organisation is changing its epoch');
    for (const [at, { subject, keyId }] of rows.entries()) {
      const state = created.states[at];
      if (state?.kind !== 'live' || state.key.keyId !== keyId) return err({ kind: 'AdoptRefused', subject });
    }
  }
  return ok(undefined);
};

/**
 * Takes the ledger of what was destroyed over, so that it reads `Erased` here too and never comes back. Each key is a random one
 * under the old id that is destroyed at once: what it opened nobody has. Done twice it is done once.
 * @throws KeyStoreUnavailable
 */
export const adoptLedger = async (
  stores: KeyStores,
  organisation: OrganisationId,
  entries: readonly LedgerEntry[],
): Promise<Result<undefined, AdoptRefused>> => {
  for (const { subject, keyIds, by, reason, at } of entries) {
    const [state] = await stores.vault.findBySubject(organisation, [subject]);
    if (state?.kind === 'destroyed') continue;
    // A record was destroyed together with its participants; whose each was the ledger does not say, and need not.
    const adopted = await adoptKeys(
      stores,
      organisation,
      keyIds.map((keyId, index) => ({
        subject: index === 0 ? subject : `${subject}#gone-${index}`,
        keyId,
        material: randomKey(),
      })),
    );
    if (!adopted.ok) return adopted;
    await stores.vault.destroy(organisation, subject, { by, reason, at });
  }
  return ok(undefined);
};
