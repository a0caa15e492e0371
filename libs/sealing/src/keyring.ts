import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Clock, Instant, OrganisationId } from '@toeverlaat/values';
import { erase, randomKey, takeKey } from './keys.js';
import type { RootKey } from './root-key.js';
import { KeyStoreUnavailable } from './vault.js';

export type EpochRow = { readonly epoch: number; readonly wrapped: Uint8Array; readonly createdAt: Instant };
export type SigningRow = {
  readonly keyId: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly wrapped: Uint8Array;
  readonly createdAt: Instant;
};

/** Rows of a keyring, every one wrapped by the root key. Organisation is the first part of every row key. Rejects when it cannot answer. */
export type KeyringStore = {
  /** Ascending. */
  readonly epochs: (organisation: OrganisationId) => Promise<readonly EpochRow[]>;
  /** Adds unless the epoch is there; answers the row that stands. */
  readonly addEpoch: (organisation: OrganisationId, row: EpochRow) => Promise<EpochRow>;
  /** Leaves no copy of the row in the store's own files. */
  readonly dropEpoch: (organisation: OrganisationId, epoch: number) => Promise<void>;
  readonly signingKey: (organisation: OrganisationId, name: string) => Promise<SigningRow | undefined>;
  readonly addSigningKey: (organisation: OrganisationId, name: string, row: SigningRow) => Promise<SigningRow>;
  /** Any epoch of any organisation, to try the root key on; undefined when the keyring is empty. */
  readonly sample: () => Promise<(EpochRow & { readonly organisation: OrganisationId }) | undefined>;
  readonly close: () => Promise<void>;
};

export type SigningKey = { readonly keyId: string; readonly publicKey: Uint8Array; readonly privateKey: KeyObject };

/** Key-encryption keys per organisation and epoch, kept apart from the vault (design §4). Rejects when it cannot answer. */
export type Keyring = {
  /** Epoch numbers, ascending. */
  readonly epochs: (organisation: OrganisationId) => Promise<readonly number[]>;
  /** When the newest epoch was made; undefined before the organisation's first key. */
  readonly newestSince: (organisation: OrganisationId) => Promise<Instant | undefined>;
  /** The key of an epoch; undefined when the keyring does not hold it. */
  readonly key: (organisation: OrganisationId, epoch: number) => Promise<KeyObject | undefined>;
  /** Makes the key of an epoch unless it is there. */
  readonly start: (organisation: OrganisationId, epoch: number) => Promise<void>;
  /** Removes an epoch: what is still wrapped under it, in a backup of the vault for one, opens no more. */
  readonly drop: (organisation: OrganisationId, epoch: number) => Promise<void>;
  /** The Ed25519 key of that name, made when it is first asked for. It outlives epochs: a promise stays checkable. */
  readonly signingKey: (organisation: OrganisationId, name: string) => Promise<SigningKey>;
  readonly close: () => Promise<void>;
};

const epochContext = (organisation: string, epoch: number): readonly string[] => [
  'epoch key',
  organisation,
  String(epoch),
];

/** True when the root key opens what the keyring holds, or when it holds nothing yet. */
export const rootKeyFits = async (store: KeyringStore, root: RootKey): Promise<boolean> => {
  const row = await store.sample();
  if (row === undefined) return true;
  const material = await root.unwrap(row.wrapped, epochContext(row.organisation, row.epoch));
  if (material === undefined) return false;
  erase(material);
  return true;
};

export const createKeyring = (store: KeyringStore, root: RootKey, clock: Clock): Keyring => ({
  epochs: async (organisation) => (await store.epochs(organisation)).map((row) => row.epoch),
  newestSince: async (organisation) => (await store.epochs(organisation)).at(-1)?.createdAt,
  key: async (organisation, epoch) => {
    const row = (await store.epochs(organisation)).find((candidate) => candidate.epoch === epoch);
    if (row === undefined) return undefined;
    const material = await root.unwrap(row.wrapped, epochContext(organisation, epoch));
    if (material === undefined) throw new KeyStoreUnavailable('the root key does not open the keyring');
    return takeKey(material);
  },
  start: async (organisation, epoch) => {
    const material = randomKey();
    try {
      const wrapped = await root.wrap(material, epochContext(organisation, epoch));
      await store.addEpoch(organisation, { epoch, wrapped, createdAt: clock.now() });
    } finally {
      erase(material);
    }
  },
  drop: (organisation, epoch) => store.dropEpoch(organisation, epoch),
  signingKey: async (organisation, name) => {
    const context = (keyId: string): readonly string[] => ['signing key', organisation, name, keyId];
    let row = await store.signingKey(organisation, name);
    if (row === undefined) {
      const pair = generateKeyPairSync('ed25519');
      const publicKey = pair.publicKey.export({ type: 'spki', format: 'der' });
      const keyId = createHash('sha256').update(publicKey).digest('hex').slice(0, 32);
      const material = pair.privateKey.export({ type: 'pkcs8', format: 'der' });
      const wrapped = await root.wrap(material, context(keyId));
      erase(material);
      row = await store.addSigningKey(organisation, name, { keyId, publicKey, wrapped, createdAt: clock.now() });
    }
    const material = await root.unwrap(row.wrapped, context(row.keyId));
    if (material === undefined) throw new KeyStoreUnavailable('the root key does not open the signing key');
    const privateKey = createPrivateKey({ key: Buffer.from(material), type: 'pkcs8', format: 'der' });
    erase(material);
    return { keyId: row.keyId, publicKey: row.publicKey, privateKey };
  },
  close: () => store.close(),
});
