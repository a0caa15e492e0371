import { openCheckpoint, type TreeHead } from '@toeverlaat/merkle';
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
import { checkSeals, compareAnchor, readAnchorFile, verifiersOf } from './seals.js';
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

/** The folder's keys, as long as they are among those one trusts. @throws Found `wrong_key` */
const trustedKeys = (folder: string, options: VerifyOptions): Keys => {
  const keys = readKeys(folder);
  const all = (given: readonly string[] | undefined, found: readonly string[]): boolean =>
    given === undefined || found.every((key) => given.some((one) => materialOf(one) === materialOf(key)));
  const { organisation, installation, earlier } = keys;
  const signersOf = (logs: readonly LogKeys[]): readonly string[] => logs.flatMap(({ signers }) => signers);
  if (
    !all(options.keys, signersOf([organisation, ...earlier.organisation])) ||
    !all(options.installationKeys, signersOf([installation, ...earlier.installation]))
  )
    throw new Found({ code: 'wrong_key', file: 'keys.json' });
  return keys;
};

/** Every name of the organisation's log, oldest first. */
const namesOf = ({ organisation, earlier }: Keys): readonly LogKeys[] => [...earlier.organisation, organisation];

/** Signatures, names, order and times of all checkpoints; nothing of the tree yet. */
const checkSignatures = async (
  folder: string,
  manifest: Manifest,
  keys: Keys,
  checkpoints: readonly CheckpointLine[],
): Promise<void> => {
  const names = namesOf(keys).map(({ origin, signers }) => ({ origin, verifiers: verifiersOf(signers) }));
  let reached = 0;
  const malformed = (): Found => new Found({ code: 'file_malformed', file: 'checkpoints.jsonl' });
  if (keys.organisation.origin !== manifest.origin) throw new Found({ code: 'wrong_key', file: 'keys.json' });
  if (checkpoints.length !== manifest.checkpoints) throw malformed();
  let before: CheckpointLine | undefined;
  for (const checkpoint of checkpoints) {
    const { size, root, at, note } = checkpoint;
    const named = names.findIndex(({ origin }) => note.startsWith(`${origin}\n`));
    const name = names[named];
    // An old name signs nothing after the new one has begun.
    if (name === undefined || named < reached) throw new Found({ code: 'wrong_key', file: 'checkpoints.jsonl', size });
    reached = named;
    const opened = await openCheckpoint(note, name.origin, name.verifiers);
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

/** The log's own word about itself: its name, its keys, and every checkpoint but the newest. */
const checkInLog = (keys: Keys, salt: string, checkpoints: readonly CheckpointLine[], seen: Walk): void => {
  const { opened } = seen.inLog;
  const names = namesOf(keys);
  const same = (one: LogKeys | undefined, other: LogKeys): boolean =>
    one !== undefined && one.origin === other.origin && one.signers.join(' ') === other.signers.join(' ');
  if (opened !== undefined) {
    if (!same(names[0], opened)) throw new Found({ code: 'wrong_key', file: 'keys.json' });
    if (opened.salt !== salt) throw new Found({ code: 'salt_differs' });
  }
  // Every name but the first was begun in the log itself, and names the head that the log had by then.
  const { origins } = seen.inLog;
  if (opened !== undefined && origins.length !== names.length - 1)
    throw new Found({ code: 'origin_differs', origin: keys.organisation.origin });
  for (const [at, begun] of origins.entries()) {
    const head = seen.inLog.checkpoints.findLast(({ index }) => index < begun.index);
    const root = head === undefined ? undefined : seen.roots.get(head.size);
    const { previous } = begun;
    const holds =
      previous.size === (head?.size ?? 0) && previous.root === root && previous.origin === names[at]?.origin;
    if (!same(names[at + 1], begun) || !holds) throw new Found({ code: 'origin_differs', origin: begun.origin });
  }
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
  const keys = trustedKeys(folder, options);
  const salt = readSalt(folder);
  const checkpoints = readCheckpoints(folder);
  const seals = readSeals(folder);
  if (seals.length !== manifest.seals) throw new Found({ code: 'file_malformed', file: 'seals.jsonl' });
  await checkSignatures(folder, manifest, keys, checkpoints);

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
  checkInLog(keys, salt, checkpoints, seen);

  const facts = await checkSeals({
    seals,
    logs: [...keys.earlier.installation, keys.installation],
    organisation: manifest.organisation,
    salt,
    rootAt: (size) => seen.roots.get(size),
  });
  let anchored = 0;
  let anchorNewer = 0;
  for (const file of options.anchors ?? []) {
    const { confirmed, newer } = compareAnchor(file, readAnchorFile(file), seals);
    anchored += confirmed;
    anchorNewer += newer;
  }
  const keyIds = readKeyIds(folder);
  const begun = seen.inLog.origins.at(-1);
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
      restores: seen.inLog.origins.length,
      restoredAt: begun?.at ?? '',
      previousOrigin: begun?.previous.origin ?? '',
      previousSize: begun?.previous.size ?? 0,
      recovered: facts.recovered,
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
