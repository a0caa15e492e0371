import { nodeHasher, noteVerifier, openCheckpoint, rootOfLeaves, sameBytes, signCheckpoint } from '@toeverlaat/merkle';
import type { Clock, OrganisationId } from '@toeverlaat/values';
import { originOfNote } from '../domain/evidence/index.js';
import { INSTALLATION, type Seal, type SealedHead } from '../domain/installation/index.js';
import type { Anchor, AnchorRecord } from './anchors/port.js';
import {
  blindedHead,
  entryLeaf,
  entryText,
  headsInSeal,
  installationHead,
  ledgerRootOf,
  rootOfHexes,
} from './blinding.js';
import { EvidenceStopped, type EvidenceFault } from './faults.js';
import type { Publisher } from './publisher.js';
import type { Signers } from './signers.js';
import type { EvidenceStreams } from './streams.js';

/** Key ids of everything that was erased, in any order: the seals give them theirs (design §4, Backups). */
export type ErasureLedger = { readonly keyIds: (organisation: OrganisationId) => Promise<readonly string[]> };

const MOST_KEY_IDS = 5_000;

export const anchorRecordOf = (seal: Seal): AnchorRecord => ({
  v: 1,
  sequence: seal.sequence,
  entry: entryText(seal),
  note: seal.note,
  keyIds: seal.keyIds,
});

export type AnchorState = {
  readonly name: string;
  /** Sequence of the newest seal it holds; -1 for none, undefined while it has not been reached. */
  readonly sequence: number | undefined;
  readonly reached: boolean;
};

/** Seals the heads of all organisations and brings the seals to every anchor. */
export type HeadSealing = {
  /**
   * Makes a seal, now. Resolves when it is durable here; anchors that are out of reach are brought up to date later.
   * @throws EvidenceStopped: nothing was signed
   */
  readonly seal: (organisations: readonly OrganisationId[]) => Promise<Seal>;
  /** Reads every anchor and compares it with this log; what differs stands against all signing from then on. */
  readonly checkAnchors: () => Promise<void>;
  /** Whether the ledger lacks a key id that this log itself sealed. */
  readonly ledgerLost: (organisations: readonly OrganisationId[]) => Promise<boolean>;
  /** Whether the ledger has key ids that stand in no seal yet. */
  readonly ledgerWaits: (organisations: readonly OrganisationId[]) => Promise<boolean>;
  readonly bringToAnchors: () => Promise<void>;
  readonly standing: () => EvidenceFault | undefined;
  readonly anchors: () => readonly AnchorState[];
};

export type HeadSealingOptions = {
  readonly clock: Clock;
  readonly streams: EvidenceStreams;
  readonly signers: Signers;
  readonly publisher: () => Pick<Publisher, 'installation' | 'opened' | 'checkSealed' | 'publish'>;
  readonly ledger: ErasureLedger;
  readonly anchors: readonly Anchor[];
  readonly onAnchorFault: (anchor: string, error: unknown) => void;
};

export const createHeadSealing = (options: HeadSealingOptions): HeadSealing => {
  const { clock, streams, signers, ledger, anchors, onAnchorFault } = options;
  const states = new Map<string, AnchorState>(
    anchors.map(({ name }) => [name, { name, sequence: undefined, reached: false }]),
  );
  let against: EvidenceFault | undefined;

  const entriesOf = (seals: readonly Seal[]): readonly string[] => seals.map(entryText);

  /** Does the anchor's newest record continue to hold here? */
  const compare = async (record: AnchorRecord, seals: readonly Seal[]): Promise<EvidenceFault | undefined> => {
    const installation = await streams.installation();
    if (installation.status === 'none' || record.sequence >= seals.length) return 'anchor_is_newer';
    // Signed under the name that the installation has, or had before a restore.
    const named = originOfNote(record.note);
    const keys = [installation.log, ...installation.earlier].filter(({ origin }) => origin === named);
    if (keys.length === 0) return 'inconsistent_with_anchor';
    // Under one name keys may have been changed (ADR 88): what each of them sealed stands.
    const verifiers = keys
      .flatMap(({ signers: own }) => own)
      .flatMap((key) => {
        const verifier = noteVerifier(key);
        return verifier.ok ? [verifier.value] : [];
      });
    const opened = await openCheckpoint(record.note, named, verifiers);
    if (!opened.ok || opened.value.size !== record.sequence + 1) return 'inconsistent_with_anchor';
    const leaves = entriesOf(seals).slice(0, opened.value.size).map(entryLeaf);
    return sameBytes(rootOfLeaves(nodeHasher, leaves), opened.value.root) ? undefined : 'inconsistent_with_anchor';
  };

  const onEach = async (work: (anchor: Anchor) => Promise<number>): Promise<void> => {
    for (const anchor of anchors) {
      try {
        const sequence = await work(anchor);
        states.set(anchor.name, { name: anchor.name, sequence, reached: true });
      } catch (error) {
        const before = states.get(anchor.name);
        states.set(anchor.name, { name: anchor.name, sequence: before?.sequence, reached: false });
        onAnchorFault(anchor.name, error);
      }
    }
  };

  const checkAnchors = async (): Promise<void> => {
    const seals = await streams.seals();
    let found: EvidenceFault | undefined;
    await onEach(async (anchor) => {
      const newest = await anchor.newest();
      if (newest === undefined) return -1;
      found = (await compare(newest, seals)) ?? found;
      return newest.sequence;
    });
    // An anchor that was found to differ and is now out of reach does not agree by that.
    against = found ?? ([...states.values()].every(({ reached }) => reached) ? undefined : against);
  };

  const bringToAnchors = async (): Promise<void> => {
    const seals = await streams.seals();
    const last = seals.length - 1;
    await onEach(async (anchor) => {
      const known = states.get(anchor.name);
      const from = (known?.reached === true ? known.sequence : (await anchor.newest())?.sequence) ?? -1;
      if (from < last) await anchor.append(seals.slice(from + 1).map(anchorRecordOf));
      return Math.max(from, last);
    });
  };

  /** Key ids in the ledger now, and whether it still has all that this log sealed. */
  const ledgerNow = async (organisations: readonly OrganisationId[], seals: readonly Seal[]) => {
    const all = new Set((await Promise.all(organisations.map(ledger.keyIds))).flat());
    // The ledger only grows: one that lost a line comes from an old backup, and what was erased may open again. A key of a seal
    // that was recovered may have been made and destroyed in what was lost: this vault never had it.
    const own = seals.filter((seal) => seal.heads.length > 0).flatMap((seal) => seal.keyIds);
    return { all, lost: !own.every((id) => all.has(id)) };
  };

  const sealOnce = async (organisations: readonly OrganisationId[]): Promise<Seal> => {
    if (against !== undefined) throw new EvidenceStopped(against);
    const publisher = options.publisher();
    const log = await publisher.installation();
    const seals = await streams.seals();
    const newest = seals.at(-1);
    const sequence = seals.length;
    const state = await streams.installation();
    const sealed = state.status === 'open' ? state.sealed : undefined;
    const now = clock.now();
    if (newest !== undefined && now < newest.at) throw new EvidenceStopped('clock_went_back');
    const heads: SealedHead[] = [];
    for (const organisation of organisations) {
      const checkpoint = await publisher.publish(organisation);
      const evidence = await publisher.opened(organisation);
      const { size, root } = checkpoint;
      if (sealed !== undefined)
        await publisher.checkSealed(organisation, evidence, { size, root: Buffer.from(root, 'hex') }, sealed);
      const leaf = blindedHead(evidence.log.salt, sequence, { origin: evidence.log.origin, size, root });
      heads.push({ organisation, size, leaf });
    }
    const { all, lost } = await ledgerNow(organisations, seals);
    if (lost) throw new EvidenceStopped('ledger_lost');
    const before = seals.flatMap((seal) => seal.keyIds);
    for (const id of before) all.delete(id);
    const keyIds = [...all].toSorted().slice(0, MOST_KEY_IDS);
    const known = [...before, ...keyIds];
    const leaves = headsInSeal(
      heads.map(({ leaf }) => leaf),
      log.salt,
      sequence,
    );
    const entry = {
      sequence,
      at: now,
      width: leaves.length,
      headsRoot: rootOfHexes(leaves),
      ledgerSize: known.length,
      ledgerRoot: ledgerRootOf(known),
    };
    const head = installationHead([...entriesOf(seals), entryText(entry)]);
    const keys = await signers.known(
      INSTALLATION,
      log.origin,
      log.signers,
      state.status === 'open' ? state.changes : 0,
    );
    const note = await signCheckpoint({ origin: log.origin, ...head, extensions: [`time ${now}`] }, keys);
    const seal: Seal = { ...entry, heads, keyIds, note };
    await streams.tellInstallation({ type: 'SealHeads', data: seal });
    return keyIds.length < all.size ? sealOnce(organisations) : seal;
  };

  return {
    seal: sealOnce,
    checkAnchors,
    ledgerLost: async (organisations) => (await ledgerNow(organisations, await streams.seals())).lost,
    ledgerWaits: async (organisations) => {
      const seals = await streams.seals();
      const { all } = await ledgerNow(organisations, seals);
      for (const id of seals.flatMap(({ keyIds }) => keyIds)) all.delete(id);
      return all.size > 0;
    },
    bringToAnchors,
    standing: () => against,
    anchors: () => [...states.values()],
  };
};
