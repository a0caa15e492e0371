import {
  appendSubtree,
  emptyFrontier,
  HASH_BYTES,
  nodeHasher,
  rootOfFrontier,
  type Frontier,
} from '@toeverlaat/merkle';
import { Found, type Finding } from './findings.js';
import { isText, movedBy, recordFile, type Manifest } from './folder.js';
import { levelsOf, type KeptRecord, type Part } from './part.js';
import { partsOf } from './parts.js';

/** A new name after a restore, and the old head that it names. */
export type OriginBegun = {
  readonly kind: 'restored';
  readonly index: number;
  readonly at: string;
  readonly origin: string;
  readonly signers: readonly string[];
  readonly previous: { readonly origin: string; readonly size: number; readonly root: string | undefined };
};

/** Other keys under the same name, and the note in which the old ones announce them. */
export type SignersChanged = {
  readonly kind: 'signers_changed';
  readonly index: number;
  readonly origin: string;
  readonly signers: readonly string[];
  readonly announcement: string;
};

/** A checkpoint as the log itself holds it, and the name and keys it began with. */
export type InLog = {
  readonly checkpoints: readonly { readonly index: number; readonly size: number; readonly note: string }[];
  readonly opened: { readonly origin: string; readonly salt: string; readonly signers: readonly string[] } | undefined;
  /** In the order of the log. */
  readonly names: readonly (OriginBegun | SignersChanged)[];
};

export type Walk = {
  readonly records: number;
  readonly bytes: number;
  readonly streams: number;
  readonly accesses: number;
  readonly denied: number;
  /** Roots over the first leaves, for the sizes that were asked for; hexadecimal. */
  readonly roots: ReadonlyMap<number, string>;
  readonly inLog: InLog;
  /** The first record whose place or owner is wrong, whatever the tree says. */
  readonly finding: Finding | undefined;
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** What the log says of itself, record by record. */
const createInLog = () => {
  const checkpoints: { index: number; size: number; note: string }[] = [];
  const later: InLog['names'][number][] = [];
  let opened: InLog['opened'];
  const take = (index: number, data: KeptRecord['data']): void => {
    const { size, note, origin, salt, signers, at, announcement, previousOrigin, previousSize, previousRoot } = data;
    if (isText(note) && typeof size === 'number') checkpoints.push({ index, size, note });
    else if (isText(origin) && isText(salt) && Array.isArray(signers) && signers.every(isText))
      opened ??= { origin, salt, signers };
    else if (isText(origin) && isText(announcement) && Array.isArray(signers) && signers.every(isText))
      later.push({ kind: 'signers_changed', index, origin, signers, announcement });
    else if (
      isText(origin) &&
      isText(at) &&
      isText(previousOrigin) &&
      typeof previousSize === 'number' &&
      Array.isArray(signers) &&
      signers.every(isText)
    ) {
      const root = isText(previousRoot) ? previousRoot : undefined;
      const previous = { origin: previousOrigin, size: previousSize, root };
      later.push({ kind: 'restored', index, at, origin, signers, previous });
    }
  };
  return { take, all: (): InLog => ({ checkpoints, opened, names: later }) };
};

/** The roots over the first leaves, at the sizes that are asked for. */
const createRoots = (sizes: readonly number[]) => {
  const wanted = [...new Set(sizes)].toSorted((a, b) => a - b);
  const roots = new Map<number, string>();
  let frontier: Frontier = emptyFrontier;
  const note = (): void => {
    roots.set(frontier.size, hex(rootOfFrontier(nodeHasher, frontier)));
  };
  /** Joins the leaves of a part up to, not including, `to`, by the largest of its subtrees that stand where the tree has such. */
  const join = (nodes: Uint8Array, begins: readonly number[], base: number, to: number): void => {
    while (frontier.size < base + to) {
      const at = frontier.size - base;
      let level = 0;
      for (let width = 2; frontier.size % width === 0 && at % width === 0 && at + width <= to; width *= 2) level += 1;
      const from = ((begins[level] ?? 0) + at / 2 ** level) * HASH_BYTES;
      frontier = appendSubtree(nodeHasher, frontier, level, nodes.subarray(from, from + HASH_BYTES));
    }
  };
  return {
    take: ({ records, nodes }: Part): void => {
      const base = frontier.size;
      const begins = levelsOf(records);
      for (let next = wanted[0]; next !== undefined && next <= base + records; next = wanted[0]) {
        wanted.shift();
        join(nodes, begins, base, next - base);
        note();
      }
      join(nodes, begins, base, records);
    },
    all: (): ReadonlyMap<number, string> => {
      note();
      return roots;
    },
  };
};

/** The first of both; the given one where both are of the same record. */
const earlier = (one: Finding | undefined, other: Finding): Finding => {
  const at = (finding: Finding): number => ('record' in finding ? finding.record.index : Number.POSITIVE_INFINITY);
  return one !== undefined && at(one) <= at(other) ? one : other;
};

/**
 * Goes once over all records: each is hashed and looked at (`part.ts`), the hashes are joined, and what depends on the files
 * before is looked at here. What is found first is what stands first, however many threads there are.
 * @throws Found `truncated`, `file_unreadable`, `record_malformed`: the rest cannot be read
 */
export const walk = async (
  folder: string,
  manifest: Manifest,
  sizes: readonly number[],
  threads?: number,
): Promise<Walk> => {
  const roots = createRoots(sizes);
  const inLog = createInLog();
  const revisions = new Map<string, number>();
  let finding: Finding | undefined;
  let odd: string | undefined;
  let records = 0;
  let bytes = 0;
  let accesses = 0;
  let denied = 0;

  /** What is wrong in a part, seen beside the parts before it. */
  const wrongIn = (part: Part): Finding | undefined => {
    let found = part.finding;
    for (const [stream, nth, revision, next] of part.streams) {
      if (revision !== (revisions.get(stream) ?? 0))
        found = earlier(found, { code: 'revision_missing', record: { index: nth, stream, revision } });
      revisions.set(stream, next);
    }
    return found === undefined ? undefined : movedBy(found, records);
  };

  let number = 0;
  for await (const part of partsOf(folder, manifest, threads)) {
    if (part.broken !== undefined) throw new Found(movedBy(part.broken, records));
    const wrong = wrongIn(part);
    finding ??= wrong;
    for (const { nth, data } of part.kept) inLog.take(records + nth, data);
    roots.take(part);
    if (part.records !== Math.min(manifest.recordsPerFile, manifest.size - records)) odd ??= recordFile(number);
    number += 1;
    records += part.records;
    bytes += part.bytes;
    accesses += part.accesses;
    denied += part.denied;
  }
  if (odd !== undefined) finding ??= { code: 'file_malformed', file: odd };
  return {
    records,
    bytes,
    streams: revisions.size,
    accesses,
    denied,
    roots: roots.all(),
    inLog: inLog.all(),
    finding,
  };
};
