import type { OrganisationId } from '@toeverlaat/values';
import type { EpochRow, KeyringStore, SigningRow } from './keyring.js';
import { KeyStoreUnavailable } from './vault.js';

type Ring = { readonly epochs: Map<number, EpochRow>; readonly signing: Map<string, SigningRow> };

export const createMemoryKeyringStore = (): KeyringStore => {
  const rings = new Map<OrganisationId, Ring>();
  let closed = false;
  const ring = (organisation: OrganisationId): Ring => {
    if (closed) throw new KeyStoreUnavailable('the keyring is closed');
    const found = rings.get(organisation) ?? { epochs: new Map(), signing: new Map() };
    rings.set(organisation, found);
    return found;
  };
  return {
    epochs: async (organisation) => [...ring(organisation).epochs.values()].toSorted((a, b) => a.epoch - b.epoch),
    addEpoch: async (organisation, row) => {
      const { epochs } = ring(organisation);
      const standing = epochs.get(row.epoch) ?? row;
      epochs.set(row.epoch, standing);
      return standing;
    },
    dropEpoch: async (organisation, epoch) => {
      ring(organisation).epochs.delete(epoch);
    },
    signingKey: async (organisation, name) => ring(organisation).signing.get(name),
    addSigningKey: async (organisation, name, row) => {
      const { signing } = ring(organisation);
      const standing = signing.get(name) ?? row;
      signing.set(name, standing);
      return standing;
    },
    sample: async () => {
      for (const [organisation, { epochs }] of rings)
        for (const row of epochs.values()) return { ...row, organisation };
      return undefined;
    },
    close: async () => {
      closed = true;
    },
  };
};
