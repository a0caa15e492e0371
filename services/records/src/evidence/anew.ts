import type { EventLog } from '@toeverlaat/event-log';
import { noteVerifier, openCheckpoint, sameBytes } from '@toeverlaat/merkle';
import type { SealingService } from '@toeverlaat/sealing';
import type { Clock, OrganisationId } from '@toeverlaat/values';
import { randomBytes } from 'node:crypto';
import { evidenceCategory, originOfNote } from '../domain/evidence/index.js';
import { INSTALLATION } from '../domain/installation/index.js';
import type { SignedName } from '../domain/signed-name.js';
import type { AnchorRecord } from './anchors/port.js';
import { announceNext } from './announcing.js';
import { entryText, installationHead, ledgerRootOf, type SealEntry } from './blinding.js';
import { ORIGIN_PREFIX } from './publisher.js';
import { createSigners, type Signers } from './signers.js';
import { createStreams, type EvidenceStreams } from './streams.js';

/** Why a copy of the anchored ledger is not taken for the ledger of this installation. */
export type LedgerFault =
  /** Not signed by this installation, cut in the middle, or of another history than the log's. */
  | 'ledger_false'
  /** It ends before the log does: the log itself knows of seals that it lacks. */
  | 'ledger_too_old';

export type AnewParts = {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly sealing: SealingService;
};

const ENTRY =
  /^toeverlaat seal v1\n(\d{1,15})\n(\S{1,40})\nheads (\d{1,9}) ([0-9a-f]{64})\nledger (\d{1,15}) ([0-9a-f]{64})\n$/;

const entryOf = (text: string): SealEntry | undefined => {
  const [, sequence, at = '', width, headsRoot = '', ledgerSize, ledgerRoot = ''] = ENTRY.exec(text) ?? [];
  if (sequence === undefined) return undefined;
  const entry = {
    sequence: Number(sequence),
    at,
    width: Number(width),
    headsRoot,
    ledgerSize: Number(ledgerSize),
    ledgerRoot,
  };
  return entryText(entry) === text ? entry : undefined;
};

/** So many changes of keys may be lost with what a restore lost. */
const MOST_LOST_CHANGES = 4;

/**
 * The keys that the keyring has for changes of which a log that was put back knows nothing: seals that an anchor kept may be signed
 * with them (ADR 88). One that was never used is made by this, and is the one that the next change takes.
 */
const lostKeys = async (signers: Signers, present: SignedName, changes: number): Promise<readonly SignedName[]> => {
  const found: SignedName[] = [];
  for (let more = 1; more <= MOST_LOST_CHANGES; more += 1) {
    const own = await signers.of(INSTALLATION, present.origin, changes + more);
    found.push({ origin: present.origin, signers: own.map(({ verifierKey }) => verifierKey) });
  }
  return found;
};

/** The names that notes of this installation may stand under, with the keys; what an empty log does not say, the keyring does. */
const namesOf = async (
  streams: EvidenceStreams,
  signers: Signers,
  records: readonly AnchorRecord[],
): Promise<readonly SignedName[]> => {
  const state = await streams.installation();
  if (state.status === 'open') return [...state.earlier, state.log];
  const [first] = records;
  if (first === undefined) return [];
  const origin = originOfNote(first.note);
  const own = await signers.of(INSTALLATION, origin);
  return [{ origin, signers: own.map(({ verifierKey }) => verifierKey) }];
};

/** Opened with any of the keys under its name; undefined where that name is none of these. */
const openedBy = async (names: readonly SignedName[], note: string) => {
  const named = originOfNote(note);
  const keys = names.filter(({ origin }) => origin === named).flatMap(({ signers }) => signers);
  if (keys.length === 0) return undefined;
  const verifiers = keys.flatMap((key) => {
    const verifier = noteVerifier(key);
    return verifier.ok ? [verifier.value] : [];
  });
  return openCheckpoint(note, named, verifiers);
};

/**
 * A change of keys that the log lost is announced again before the first seal that the new keys signed: by the same keys, from the
 * keyring, dated as that seal.
 */
const announceLost = async (streams: EvidenceStreams, signers: Signers, note: string, at: string): Promise<void> => {
  for (let more = 0; more < MOST_LOST_CHANGES; more += 1) {
    const state = await streams.installation();
    if (state.status === 'none' || originOfNote(note) !== state.log.origin) return;
    if ((await openedBy([state.log], note))?.ok === true) return;
    const data = await announceNext(signers, INSTALLATION, { ...state.log, changes: state.changes }, at);
    await streams.tellInstallation({ type: 'ChangeInstallationSigners', data });
  }
};

const noteHolds = async (
  names: readonly SignedName[],
  records: readonly AnchorRecord[],
  at: number,
): Promise<boolean> => {
  const note = records[at]?.note ?? '';
  const opened = await openedBy(names, note);
  if (opened === undefined) return false;
  const head = installationHead(records.slice(0, at + 1).map(({ entry }) => entry));
  return opened.ok && opened.value.size === head.size && sameBytes(opened.value.root, head.root);
};

/**
 * Whether records that an anchor kept are the ledger of the installation whose log this is, whole, and at least as new as the
 * log. Every key id is under the signature of the newest one.
 * @returns what stands against it; undefined for nothing
 */
export const ledgerFault = async (
  { log, clock, sealing }: AnewParts,
  records: readonly AnchorRecord[],
): Promise<LedgerFault | undefined> => {
  const streams = createStreams({ log, clock, sealing });
  const signers = createSigners(sealing);
  const names = [...(await namesOf(streams, signers, records))];
  const state = await streams.installation();
  const own = await streams.seals();
  const entries = records.map(({ entry }) => entryOf(entry));
  if (entries.some((entry, at) => entry?.sequence !== at || records[at]?.sequence !== at)) return 'ledger_false';
  const shorter = Math.min(own.length, records.length);
  if (own.slice(0, shorter).some((seal, at) => entryText(seal) !== records[at]?.entry)) return 'ledger_false';
  // What the log has lost is taken over from here, so that each of those has to be signed.
  for (let at = Math.max(0, Math.min(own.length, records.length - 1)); at < records.length; at += 1)
    if (!(await noteHolds(names, records, at))) {
      const present = names.at(-1);
      if (present === undefined || originOfNote(records[at]?.note ?? '') !== present.origin) return 'ledger_false';
      names.push(...(await lostKeys(signers, present, state.status === 'open' ? state.changes : 0)));
      if (!(await noteHolds(names, records, at))) return 'ledger_false';
    }
  const keyIds = records.flatMap((record) => record.keyIds);
  const newest = entries.at(-1);
  if (newest !== undefined && (newest.ledgerSize !== keyIds.length || newest.ledgerRoot !== ledgerRootOf(keyIds)))
    return 'ledger_false';
  return records.length < own.length ? 'ledger_too_old' : undefined;
};

const organisationsWithEvidence = async (log: EventLog): Promise<readonly OrganisationId[]> => {
  const found = new Set<OrganisationId>();
  for (let after; ;) {
    const slice = await log.readAll({
      categories: [evidenceCategory],
      limit: 1_000,
      ...(after === undefined ? {} : { after }),
    });
    for (const { organisation } of slice.events) found.add(organisation);
    after = slice.next;
    if (slice.atEnd) return [...found].toSorted();
  }
};

/**
 * Goes on after a restore (design §4, Backups): seals that the log lost come back from the ledger, and every log gets another
 * name that names the old head. Done twice for one restore it is done once, wherever it was cut off.
 * @param restore id of the restore
 * @param records the ledger, without a fault
 * @throws EvidenceStopped
 */
export const beginAnew = async (
  { log, clock, sealing }: AnewParts,
  { restore, records }: { readonly restore: string; readonly records: readonly AnchorRecord[] },
): Promise<{ readonly recovered: number; readonly organisations: readonly OrganisationId[] }> => {
  const streams = createStreams({ log, clock, sealing });
  const signers = createSigners(sealing);
  const [first] = records;
  if ((await streams.installation()).status === 'none') {
    // The log ends before anything was sealed: there is a name to go on from only if an anchor has one.
    if (first === undefined) return { recovered: 0, organisations: [] };
    const [old] = await namesOf(streams, signers, records);
    if (old === undefined) return { recovered: 0, organisations: [] };
    const { origin, signers: keys } = old;
    await streams.tellInstallation({
      type: 'OpenInstallationLog',
      data: { origin, salt: randomBytes(32).toString('hex'), signers: [...keys] },
    });
  }
  const known = (await streams.seals()).length;
  for (const { entry: text, note, keyIds, sequence } of records.slice(known)) {
    const entry = entryOf(text);
    if (entry === undefined) throw new TypeError(`seal ${sequence} is not one`);
    await announceLost(streams, signers, note, entry.at);
    await streams.tellInstallation({ type: 'RecoverSeal', data: { ...entry, note, keyIds: [...keyIds] } });
  }
  const at = clock.now();
  const name = `${ORIGIN_PREFIX}/${randomBytes(8).toString('hex')}`;
  const before = await streams.installation();
  const own = await signers.of(INSTALLATION, name, before.status === 'open' ? before.changes : 0);
  await streams.tellInstallation({
    type: 'BeginInstallationOrigin',
    data: { origin: name, signers: own.map(({ verifierKey }) => verifierKey), at, restore },
  });
  // Where it was begun before, that name stands.
  const state = await streams.installation();
  if (state.status === 'none') throw new TypeError('the log of the installation was opened');
  const organisations = await organisationsWithEvidence(log);
  for (const organisation of organisations) {
    const origin = `${state.log.origin}/${organisation}`;
    const evidence = await streams.evidence(organisation);
    const keys = await signers.of(organisation, origin, evidence.status === 'open' ? evidence.changes : 0);
    await streams.tell(organisation, {
      type: 'BeginEvidenceOrigin',
      data: { origin, signers: keys.map(({ verifierKey }) => verifierKey), at, restore },
    });
  }
  return { recovered: records.length - known, organisations };
};

/**
 * Goes on at another host: the log of an organisation that came over gets a name of this installation, which names the old head.
 * The key that signed there stayed there; the new one is in the record that begins the name. Done twice it is done once.
 * @param arrival id of the handover
 * @throws EvidenceStopped
 */
export const beginElsewhere = async (
  { log, clock, sealing }: AnewParts,
  { organisation, arrival }: { readonly organisation: OrganisationId; readonly arrival: string },
): Promise<void> => {
  const streams = createStreams({ log, clock, sealing });
  const signers = createSigners(sealing);
  const evidence = await streams.evidence(organisation);
  if (evidence.status === 'none') return;
  if ((await streams.installation()).status === 'none') {
    const origin = `${ORIGIN_PREFIX}/${randomBytes(8).toString('hex')}`;
    const own = await signers.of(INSTALLATION, origin);
    await streams.tellInstallation({
      type: 'OpenInstallationLog',
      data: { origin, salt: randomBytes(32).toString('hex'), signers: own.map(({ verifierKey }) => verifierKey) },
    });
  }
  const state = await streams.installation();
  if (state.status === 'none') throw new TypeError('the log of the installation was opened');
  const origin = `${state.log.origin}/${organisation}`;
  const keys = await signers.of(organisation, origin, evidence.changes);
  await streams.tell(organisation, {
    type: 'BeginEvidenceOrigin',
    data: { origin, signers: keys.map(({ verifierKey }) => verifierKey), at: clock.now(), restore: arrival },
  });
};
