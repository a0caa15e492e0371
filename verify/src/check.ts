import { openNote, type TreeHead } from '@toeverlaat/merkle';
import { diagnose, tilesLeadTo } from './diagnose.js';
import { Found, type Finding, type Verdict } from './findings.js';
import {
  readCheckpoints,
  readKeyIds,
  readKeys,
  readManifest,
  readSalt,
  readSeals,
  readText,
  type CheckpointLine,
  type Keys,
  type LogKeys,
  type Manifest,
} from './folder.js';
import { checkSeals, compareAnchor, openedUnder, readAnchorFile, verifiersOf } from './seals.js';
import { walk, type Walk } from './walk.js';

export type VerifyOptions = {
  /** Keys one trusts for the organisation's log, got from elsewhere; without them those of the folder are taken. */
  readonly keys?: readonly string[];
  /** The same for the installation's log. */
  readonly installationKeys?: readonly string[];
  /** Copies of anchors that somebody else kept. */
  readonly anchors?: readonly string[];
  /** Threads that go through the records; as many as there are processors, one for a small export, when left out. */
  readonly threads?: number;
};

const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');

/** The key itself, without the name that it signs under: after a restore the same key signs under another name. */
const materialOf = (key: string): string => /\+[0-9a-f]{8}\+(.+)$/.exec(key)?.[1] ?? key;

/** The text of an announcement, as the format's page has it (ADR 67). */
const announcedIn = (text: string): { readonly origin: string; readonly signers: readonly string[] } | undefined => {
  const [title, origin = '', time = '', ...signers] = text.slice(0, -1).split('\n');
  return title === 'toeverlaat signers v1' && time.startsWith('time ') && text.endsWith('\n')
    ? { origin, signers }
    : undefined;
};

/** Whether the keys before announced these, and both sides signed it. */
const isAnnounced = async (before: LogKeys, { origin, signers, announced }: LogKeys): Promise<boolean> => {
  if (announced === undefined || before.origin !== origin) return false;
  for (const keys of [before.signers, signers]) {
    const opened = await openNote(announced, verifiersOf(keys));
    if (!opened.ok || opened.value.signedBy.length < keys.length) return false;
    const said = announcedIn(opened.value.text);
    if (said?.origin !== origin || said.signers.join(' ') !== signers.join(' ')) return false;
  }
  return true;
};

/**
 * The folder's keys, as long as they are among those one trusts, or are of a chain with such: who knows an old key follows.
 * @throws Found `wrong_key`, `signer_unannounced`
 */
const trustedKeys = async (folder: string, options: VerifyOptions): Promise<Keys> => {
  const keys = readKeys(folder);
  const known = (given: readonly string[] | undefined, { signers }: LogKeys): boolean =>
    given === undefined || signers.every((key) => given.some((one) => materialOf(one) === materialOf(key)));
  const checked = async (given: readonly string[] | undefined, logs: readonly LogKeys[]): Promise<void> => {
    // Keys that announce each other vouch for each other: of each such chain one is enough.
    const chains: LogKeys[][] = [];
    for (const log of logs) {
      const chain = chains.at(-1);
      const before = chain?.at(-1);
      if (log.announced === undefined) chains.push([log]);
      else if (chain !== undefined && before !== undefined && (await isAnnounced(before, log))) chain.push(log);
      else throw new Found({ code: 'signer_unannounced', file: 'keys.json' });
    }
    if (!chains.every((chain) => chain.some((log) => known(given, log))))
      throw new Found({ code: 'wrong_key', file: 'keys.json' });
  };
  await checked(options.keys, namesOf(keys));
  await checked(options.installationKeys, [...keys.earlier.installation, keys.installation]);
  return keys;
};

/** Every name of the organisation's log, and all keys under each, oldest first. */
const namesOf = ({ organisation, earlier }: Keys): readonly LogKeys[] => [...earlier.organisation, organisation];

/**
 * Signatures, names, order and times of all checkpoints; nothing of the tree yet.
 * @returns of each, which of the names and keys signed it
 */
const checkSignatures = async (
  folder: string,
  manifest: Manifest,
  keys: Keys,
  checkpoints: readonly CheckpointLine[],
): Promise<readonly number[]> => {
  const under: number[] = [];
  const names = namesOf(keys).map(({ origin, signers }) => ({ origin, verifiers: verifiersOf(signers) }));
  let reached = 0;
  const malformed = (): Found => new Found({ code: 'file_malformed', file: 'checkpoints.jsonl' });
  if (keys.organisation.origin !== manifest.origin) throw new Found({ code: 'wrong_key', file: 'keys.json' });
  if (checkpoints.length !== manifest.checkpoints) throw malformed();
  let before: CheckpointLine | undefined;
  for (const checkpoint of checkpoints) {
    const { size, root, at, note } = checkpoint;
    const found = await openedUnder(names, reached, note);
    if (found === undefined) throw new Found({ code: 'wrong_key', file: 'checkpoints.jsonl', size });
    const { opened } = found;
    reached = found.named;
    under.push(reached);
    if (!opened.ok) {
      const unknown = opened.error === 'no_known_signer' || opened.error === 'other_origin';
      throw new Found({ code: unknown ? 'wrong_key' : 'signature_false', file: 'checkpoints.jsonl', size });
    }
    const { value } = opened;
    if (value.size !== size || Buffer.from(value.root).toString('hex') !== root || value.extensions[0] !== `time ${at}`)
      throw new Found({ code: 'signature_false', file: 'checkpoints.jsonl', size });
    if (before !== undefined && (before.size > size || before.at > at))
      throw new Found({ code: 'checkpoint_time', size });
    before = checkpoint;
  }
  if (before === undefined || before.size !== manifest.size || before.root !== manifest.root) throw malformed();
  if (readText(folder, 'checkpoint') !== before.note) throw new Found({ code: 'file_malformed', file: 'checkpoint' });
  return under;
};

/** Do all signed heads belong to one tree, that of the records? */
const checkHeads = (
  folder: string,
  manifest: Manifest,
  checkpoints: readonly CheckpointLine[],
  seen: Walk,
): Finding | undefined => {
  const holds = ({ size, root }: CheckpointLine): boolean => seen.roots.get(size) === root;
  const newest = checkpoints.at(-1);
  if (newest === undefined) return { code: 'file_malformed', file: 'checkpoints.jsonl' };
  if (seen.records === manifest.size && holds(newest)) {
    const fork = checkpoints.find((checkpoint) => !holds(checkpoint));
    return fork === undefined ? undefined : { code: 'checkpoint_forked', size: fork.size };
  }
  const firstBad = checkpoints.findIndex((checkpoint) => !holds(checkpoint));
  const bounds = {
    from: checkpoints[firstBad - 1]?.size ?? 0,
    to: checkpoints[firstBad]?.size ?? manifest.size,
  };
  const head: TreeHead = { size: newest.size, root: bytes(newest.root) };
  const found = diagnose(folder, manifest, head, bounds);
  const root = seen.roots.get(manifest.size);
  // Tiles and records agree, so that only the signed head stands apart.
  const alone =
    root !== undefined && firstBad === checkpoints.length - 1 && tilesLeadTo(folder, manifest.size, bytes(root));
  return found.code === 'rewritten' && alone ? { code: 'checkpoint_forked', size: manifest.size } : found;
};

const same = (one: LogKeys | undefined, other: LogKeys): boolean =>
  one !== undefined && one.origin === other.origin && one.signers.join(' ') === other.signers.join(' ');

/** Every name and every change of keys but the first was begun in the log itself, which no key can be slipped past. */
const checkNames = (
  names: readonly LogKeys[],
  checkpoints: readonly CheckpointLine[],
  under: readonly number[],
  { inLog, roots }: Walk,
): void => {
  const later = inLog.names;
  const unannounced = names.findIndex(
    (name, at) => name.announced !== undefined && later[at - 1]?.kind !== 'signers_changed',
  );
  if (unannounced >= 0) throw new Found({ code: 'signer_unannounced', file: 'keys.json' });
  if (inLog.opened !== undefined && later.length !== names.length - 1)
    throw new Found({ code: 'origin_differs', origin: names.at(-1)?.origin ?? '' });
  for (const [at, begun] of later.entries()) {
    const name = names[at + 1];
    switch (begun.kind) {
      case 'restored': {
        // It names the head that the log had by then.
        const head = inLog.checkpoints.findLast(({ index }) => index < begun.index);
        const root = head === undefined ? undefined : roots.get(head.size);
        const { previous } = begun;
        const holds =
          previous.size === (head?.size ?? 0) && previous.root === root && previous.origin === names[at]?.origin;
        if (!same(name, begun) || !holds) throw new Found({ code: 'origin_differs', origin: begun.origin });
        break;
      }
      case 'signers_changed': {
        if (!same(name, begun) || name?.announced !== begun.announcement)
          throw new Found({ code: 'signer_unannounced', file: 'keys.json' });
        // The old keys sign nothing in which they have announced others already.
        const old = checkpoints.find(({ size }, nth) => size > begun.index && (under[nth] ?? 0) <= at);
        if (old !== undefined) throw new Found({ code: 'wrong_key', file: 'checkpoints.jsonl', size: old.size });
        break;
      }
    }
  }
};

/** The log's own word about itself: its names, its keys, and every checkpoint but the newest. */
const checkInLog = (
  keys: Keys,
  salt: string,
  checkpoints: readonly CheckpointLine[],
  under: readonly number[],
  seen: Walk,
): void => {
  const { opened } = seen.inLog;
  const names = namesOf(keys);
  if (opened !== undefined) {
    if (!same(names[0], opened)) throw new Found({ code: 'wrong_key', file: 'keys.json' });
    if (opened.salt !== salt) throw new Found({ code: 'salt_differs' });
  }
  checkNames(names, checkpoints, under, seen);
  const listed = new Map(checkpoints.map(({ size, note }) => [size, note]));
  const held = new Set<number>();
  for (const { size, note } of seen.inLog.checkpoints) {
    if (listed.get(size) !== note) throw new Found({ code: 'checkpoint_withheld', size });
    held.add(size);
  }
  // The newest one is recorded after the last record it covers.
  for (const { size } of checkpoints.slice(0, -1))
    if (!held.has(size)) throw new Found({ code: 'checkpoint_unrecorded', size });
};

const verify = async (folder: string, options: VerifyOptions, tell: (records: number) => void): Promise<Verdict> => {
  const manifest = readManifest(folder);
  const keys = await trustedKeys(folder, options);
  const salt = readSalt(folder);
  const checkpoints = readCheckpoints(folder);
  const seals = readSeals(folder);
  if (seals.length !== manifest.seals) throw new Found({ code: 'file_malformed', file: 'seals.jsonl' });
  const under = await checkSignatures(folder, manifest, keys, checkpoints);

  const sizes = [...checkpoints.map(({ size }) => size), ...seals.flatMap(({ head }) => head?.size ?? [])];
  let seen: Walk;
  try {
    seen = await walk(folder, manifest, sizes, options.threads);
  } catch (error) {
    if (!(error instanceof Found)) throw error;
    // A file that ends early: a record before its end may be wrong already.
    const newest = { size: manifest.size, root: bytes(manifest.root) };
    throw new Found(
      error.finding.code === 'truncated' || error.finding.code === 'record_malformed'
        ? diagnose(folder, manifest, newest, { from: 0, to: manifest.size })
        : error.finding,
      { cause: error },
    );
  }
  tell(seen.records);
  const found = checkHeads(folder, manifest, checkpoints, seen) ?? seen.finding;
  if (found !== undefined) throw new Found(found);
  checkInLog(keys, salt, checkpoints, under, seen);

  const facts = await checkSeals({
    seals,
    logs: [...keys.earlier.installation, keys.installation],
    organisation: manifest.organisation,
    salt,
    rootAt: (size) => seen.roots.get(size),
    checkpoints: checkpoints.map(({ at, note }) => ({ origin: note.slice(0, note.indexOf('\n')), at })),
  });
  let anchored = 0;
  let anchorNewer = 0;
  for (const file of options.anchors ?? []) {
    const { confirmed, newer } = compareAnchor(file, readAnchorFile(file), seals, checkpoints.at(-1)?.at ?? '');
    anchored += confirmed;
    anchorNewer += newer;
  }
  const keyIds = readKeyIds(folder);
  const restores = seen.inLog.names.filter((one) => one.kind === 'restored');
  const begun = restores.at(-1);
  const unsealed = keyIds.filter((id) => !facts.ledger.has(id)).length;
  return {
    ok: true,
    facts: {
      organisation: manifest.organisation,
      origin: manifest.origin,
      records: seen.records,
      streams: seen.streams,
      bytes: seen.bytes,
      root: manifest.root,
      checkpoints: checkpoints.length,
      firstAt: checkpoints[0]?.at ?? '',
      lastAt: checkpoints.at(-1)?.at ?? '',
      accesses: seen.accesses,
      denied: seen.denied,
      seals: seals.length,
      sealed: facts.sealed,
      keyIds: keyIds.length,
      keyIdsUnsealed: unsealed,
      keys: keys.organisation.signers,
      keyKnown: options.keys !== undefined,
      signerChanges: seen.inLog.names.length - restores.length,
      sealerChanges: [...keys.earlier.installation, keys.installation].filter(
        ({ announced }) => announced !== undefined,
      ).length,
      restores: restores.length,
      restoredAt: begun?.at ?? '',
      previousOrigin: begun?.previous.origin ?? '',
      previousSize: begun?.previous.size ?? 0,
      recovered: facts.recovered,
      copies: options.anchors?.length ?? 0,
      anchored,
      anchorNewer,
    },
  };
};

/**
 * Recomputes everything an exported folder claims. Needs no key that opens content, no network and nothing of the product.
 * @returns what holds, or the first thing that is wrong
 */
export const verifyFolder = async (folder: string, options: VerifyOptions = {}): Promise<Verdict> => {
  let checked = 0;
  try {
    return await verify(folder, options, (records) => {
      checked = records;
    });
  } catch (error) {
    if (error instanceof Found) return { ok: false, finding: error.finding, checked };
    throw error;
  }
};
