import type { OrganisationId } from '@toeverlaat/values';
import {
  epochOf,
  KeyStoreUnavailable,
  recordOf,
  type KeyState,
  type LedgerEntry,
  type Vault,
  type VaultKey,
  type Wrap,
} from './vault.js';

type Row = { readonly subject: string; readonly keyId: string; wraps: readonly Wrap[] };
type Shelf = { epoch: number | undefined; readonly keys: Map<string, Row>; readonly ledger: Map<string, LedgerEntry> };

/** A vault in memory: the model the other adapters are compared with. */
export const createMemoryVault = (): Vault => {
  const shelves = new Map<OrganisationId, Shelf>();
  let closed = false;

  const shelf = (organisation: OrganisationId): Shelf => {
    if (closed) throw new KeyStoreUnavailable('the vault is closed');
    const found = shelves.get(organisation);
    if (found !== undefined) return found;
    const made: Shelf = { epoch: undefined, keys: new Map(), ledger: new Map() };
    shelves.set(organisation, made);
    return made;
  };
  const copy = (row: Row): VaultKey => ({ subject: row.subject, keyId: row.keyId, wraps: [...row.wraps] });
  const bySubject = ({ keys, ledger }: Shelf, subject: string): KeyState => {
    if (ledger.has(subject) || ledger.has(recordOf(subject))) return { kind: 'destroyed', subject };
    const row = keys.get(subject);
    return row === undefined ? { kind: 'none' } : { kind: 'live', key: copy(row) };
  };

  return {
    findBySubject: async (organisation, subjects) => {
      const from = shelf(organisation);
      return subjects.map((subject) => bySubject(from, subject));
    },
    findById: async (organisation, keyIds) => {
      const { keys, ledger } = shelf(organisation);
      return keyIds.map((keyId): KeyState => {
        for (const row of keys.values()) if (row.keyId === keyId) return { kind: 'live', key: copy(row) };
        for (const entry of ledger.values())
          if (entry.keyIds.includes(keyId)) return { kind: 'destroyed', subject: entry.subject };
        return { kind: 'none' };
      });
    },
    create: async (organisation, epoch, keys) => {
      const into = shelf(organisation);
      if (into.epoch !== epoch) return { kind: 'stale_epoch', epoch: into.epoch };
      const states = () => keys.map((key) => bySubject(into, key.subject));
      if (states().some((state) => state.kind === 'destroyed')) return { kind: 'states', states: states() };
      for (const { subject, keyId, wrap } of keys)
        if (!into.keys.has(subject)) into.keys.set(subject, { subject, keyId, wraps: [wrap] });
      return { kind: 'states', states: states() };
    },
    destroy: async (organisation, subject, note) => {
      const from = shelf(organisation);
      const before = from.ledger.get(subject);
      if (before !== undefined) return { destroyedKeys: before.keyIds };
      const rows = [...from.keys.values()].filter(
        (row) => row.subject === subject || recordOf(row.subject) === subject,
      );
      for (const row of rows) from.keys.delete(row.subject);
      const keyIds = rows.map((row) => row.keyId).toSorted();
      from.ledger.set(subject, { subject, by: note.by, reason: note.reason, at: note.at, keyIds });
      return { destroyedKeys: keyIds };
    },
    ledger: async (organisation) => [...shelf(organisation).ledger.values()],
    epoch: async (organisation) => shelf(organisation).epoch,
    startEpoch: async (organisation, epoch) => {
      const of = shelf(organisation);
      of.epoch = Math.max(of.epoch ?? 0, epoch);
    },
    notUnderEpoch: async (organisation, epoch, limit) => {
      const old = (wrap: Wrap): boolean => ![undefined, epoch].includes(epochOf(wrap.recipient));
      return [...shelf(organisation).keys.values()]
        .filter((row) => row.wraps.some(old))
        .slice(0, limit)
        .map((row) => ({ subject: row.subject, keyId: row.keyId, wraps: row.wraps.filter(old) }));
    },
    rewrap: async (organisation, wraps) => {
      for (const { keyId, from, wrap } of wraps)
        for (const row of shelf(organisation).keys.values())
          if (row.keyId === keyId && row.wraps.some((old) => old.recipient === from))
            row.wraps = [
              ...row.wraps.filter((old) => old.recipient !== from && old.recipient !== wrap.recipient),
              wrap,
            ];
    },
    scrub: async () => {},
    close: async () => {
      closed = true;
    },
  };
};
