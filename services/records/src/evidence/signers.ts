import { ed25519Signer, type NoteSigner } from '@toeverlaat/merkle';
import type { SealingService } from '@toeverlaat/sealing';
import type { OrganisationId } from '@toeverlaat/values';
import { EvidenceStopped } from './faults.js';

/** Name of the keys that sign checkpoints, in the keyring under the root key: others after each change (ADR 67). */
const keyName = (changes: number): string => `evidence/checkpoint${changes === 0 ? '' : `-${changes}`}`;

/** One signer per algorithm; Ed25519 today, and the list is what stands in the log and in every note. */
export type Signers = {
  /** @throws EvidenceStopped `keys_unavailable` */
  readonly of: (organisation: OrganisationId, origin: string, changes?: number) => Promise<readonly NoteSigner[]>;
  /**
   * The same, but only keys that the log was opened with: a keyring that was lost makes new keys without a word.
   * @throws EvidenceStopped `signer_key_missing`, `keys_unavailable`
   */
  readonly known: (
    organisation: OrganisationId,
    origin: string,
    verifierKeys: readonly string[],
    changes?: number,
  ) => Promise<readonly NoteSigner[]>;
};

export const createSigners = (sealing: Pick<SealingService, 'signingKey'>): Signers => {
  const signersOf: Signers['of'] = async (organisation, origin, changes = 0) => {
    try {
      const { privateKey } = await sealing.signingKey(organisation, keyName(changes));
      return [ed25519Signer(origin, privateKey)];
    } catch (error) {
      throw new EvidenceStopped('keys_unavailable', organisation, { cause: error });
    }
  };
  return {
    of: signersOf,
    known: async (organisation, origin, verifierKeys, changes = 0) => {
      const signers = await signersOf(organisation, origin, changes);
      const held = new Set(signers.map(({ verifierKey }) => verifierKey));
      if (!verifierKeys.every((key) => held.has(key))) throw new EvidenceStopped('signer_key_missing', organisation);
      return signers.filter(({ verifierKey }) => verifierKeys.includes(verifierKey));
    },
  };
};
