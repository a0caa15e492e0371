import { HASH_BYTES } from '@toeverlaat/merkle';
import { hash } from 'node:crypto';
import { Found, type Finding } from './findings.js';
import { isObject, parsed, readRecordFile } from './folder.js';
import { recordAt, type RecordView } from './record.js';

/*
 * What one file of records gives by itself, so that several threads can go through several files: every record is hashed and
 * looked at here, and what depends on the files before it (its index, the revision a stream had reached) is left to the walk,
 * which joins the parts in their order.
 */

/** Records of the organisation's own evidence stream: what the log says of its name, keys and checkpoints. */
export type KeptRecord = { readonly nth: number; readonly data: Readonly<Record<string, unknown>> };

/** A stream's records in one file: its name, how many came before the first of them, that one's revision and the next one due. */
export type StreamInPart = readonly [name: string, nth: number, revision: number, next: number];

export type Part = {
  readonly records: number;
  readonly bytes: number;
  readonly accesses: number;
  readonly denied: number;
  /** Hashes of the complete subtrees of the file by itself: all of level 0, the leaves, then all of level 1, and so on. */
  readonly nodes: Uint8Array<ArrayBuffer>;
  readonly streams: readonly StreamInPart[];
  readonly kept: readonly KeptRecord[];
  /** The first record that is wrong, whatever the tree says; the index is within the file. */
  readonly finding: Finding | undefined;
  /** Where the file could not be read on; the index is within the file. */
  readonly broken: Finding | undefined;
};

/** Room for the leaves of a file of this many records; more are taken as they come. */
const ROOM = 4_096;

export const evidenceStream = (organisation: string): string => `records.evidence-${organisation}_log`;

const dataOf = (chunk: Buffer, { dataFrom, dataTo }: RecordView): unknown =>
  parsed(chunk.toString('utf8', dataFrom, dataTo));

const pair = Buffer.allocUnsafeSlow(1 + 2 * HASH_BYTES);
pair[0] = 1;

/**
 * Where each level of the complete subtrees over `count` leaves begins, in hashes; the last number is where they end.
 * Level n has floor(count / 2^n) of them.
 */
export const levelsOf = (count: number): readonly number[] => {
  const begins = [0];
  let end = 0;
  for (let width = count; width > 0; width = Math.floor(width / 2)) {
    end += width;
    begins.push(end);
  }
  return begins;
};

/** Joins the leaves at the front of `nodes` in place. Node's own hash as text, as for the leaves, without an array for each. */
const joinUp = (nodes: Buffer, begins: readonly number[]): void => {
  for (let level = 1; level + 1 < begins.length; level += 1) {
    const below = begins[level - 1] ?? 0;
    const from = begins[level] ?? 0;
    const width = (begins[level + 1] ?? from) - from;
    for (let at = 0; at < width; at += 1) {
      const left = (below + 2 * at) * HASH_BYTES;
      nodes.copy(pair, 1, left, left + 2 * HASH_BYTES);
      nodes.write(hash('sha256', pair, 'binary'), (from + at) * HASH_BYTES, 'latin1');
    }
  }
};

/** Goes once over a file of records: hashes each, and looks at where each says it stands. Throws nothing that the file causes. */
export const partOf = (folder: string, organisation: string, number: number): Part => {
  const owner = `-${organisation}_`;
  const inMetadata = Buffer.from(`"organisation":"${organisation}"`);
  const evidence = evidenceStream(organisation);
  // Twice the leaves: all levels above them take less than they do.
  let nodes = Buffer.allocUnsafeSlow(2 * ROOM * HASH_BYTES);
  const streams = new Map<string, { readonly nth: number; readonly revision: number; next: number }>();
  const kept: KeptRecord[] = [];
  let finding: Finding | undefined;
  let broken: Finding | undefined;
  let records = 0;
  let bytes = 0;
  let accesses = 0;
  let denied = 0;

  const look = (nth: number, chunk: Buffer, from: number, to: number): void => {
    if (2 * (nth + 1) * HASH_BYTES > nodes.length) {
      const more = Buffer.allocUnsafeSlow(2 * nodes.length);
      nodes.copy(more);
      nodes = more;
    }
    // As text: Node hands out a short string in less than half the time of a Buffer.
    nodes.write(hash('sha256', chunk.subarray(from, to), 'binary'), nth * HASH_BYTES, 'latin1');
    records += 1;
    bytes += to - from;
    const record = recordAt(chunk, from, to);
    if (record === undefined) {
      finding ??= { code: 'record_malformed', record: { index: nth } };
      return;
    }
    const { stream, revision, metadataFrom, metadataTo } = record;
    const wrong = (code: 'record_of_another' | 'revision_missing'): void => {
      finding ??= { code, record: { index: nth, stream, revision } };
    };
    const dash = stream.indexOf('-');
    if (finding === undefined) {
      const named = chunk.indexOf(inMetadata, metadataFrom);
      if (!stream.startsWith(owner, dash) || named < 0 || named >= metadataTo) wrong('record_of_another');
    }
    const seen = streams.get(stream);
    if (seen === undefined) streams.set(stream, { nth, revision, next: revision + 1 });
    else {
      if (revision !== seen.next) wrong('revision_missing');
      seen.next = revision + 1;
    }
    if (dash > 6 && stream.startsWith('.access', dash - 7)) {
      const type = chunk.indexOf('.Access', metadataFrom, 'latin1');
      if (type > 0 && type < metadataTo && chunk.toString('latin1', type, type + 16) === '.AccessRecorded.')
        accesses += 1;
      else denied += 1;
    } else if (stream === evidence) {
      const data = dataOf(chunk, record);
      if (isObject(data)) kept.push({ nth, data });
    }
  };

  try {
    readRecordFile(folder, number, look);
  } catch (error) {
    if (!(error instanceof Found)) throw error;
    broken = error.finding;
  }
  const begins = levelsOf(records);
  joinUp(nodes, begins);
  return {
    records,
    bytes,
    accesses,
    denied,
    nodes: nodes.subarray(0, (begins.at(-1) ?? 0) * HASH_BYTES),
    streams: [...streams].map(([name, { nth, revision, next }]) => [name, nth, revision, next]),
    kept,
    finding,
    broken,
  };
};
