import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { HASH_BYTES, tilePath, tilesOf } from '@toeverlaat/merkle';
import { Found, type Finding } from './findings.js';

/* Reads an export (format toeverlaat-evidence/1, ADR 41). Nothing in it is believed. */

export const FORMAT = 'toeverlaat-evidence/1';

export type Manifest = {
  readonly organisation: string;
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly recordsPerFile: number;
  readonly checkpoints: number;
  readonly seals: number;
};
export type LogKeys = {
  readonly origin: string;
  readonly signers: readonly string[];
  /** The note that announced these keys, signed by those before them and by themselves; none where the name began. */
  readonly announced?: string;
};
export type Keys = {
  readonly organisation: LogKeys;
  readonly installation: LogKeys;
  /** Names from before restores (ADR 56) and keys from before changes (ADR 67), oldest first. */
  readonly earlier: { readonly organisation: readonly LogKeys[]; readonly installation: readonly LogKeys[] };
};
export type CheckpointLine = {
  readonly size: number;
  readonly root: string;
  readonly at: string;
  readonly note: string;
};
export type SealLine = {
  readonly sequence: number;
  readonly entry: string;
  readonly note: string;
  readonly keyIds: readonly string[];
  readonly head: { readonly size: number; readonly index: number; readonly proof: readonly string[] } | undefined;
};

type Json = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isHex = (value: unknown): value is string => isText(value) && /^[0-9a-f]{64}$/.test(value);
const isListOf = <T>(value: unknown, is: (one: unknown) => one is T): value is readonly T[] =>
  Array.isArray(value) && value.every(is);

/** Whether it has these names and no others: a name that was changed must not pass for one that is left out. */
const only = (value: Json, ...names: readonly string[]): boolean =>
  Object.keys(value).every((name) => names.includes(name));

/** @throws Found `file_unreadable` */
export const readText = (folder: string, file: string): string => {
  try {
    return readFileSync(join(folder, file), 'utf8');
  } catch {
    throw new Found({ code: 'file_unreadable', file });
  }
};

/** JSON, or undefined. */
export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

export const readManifest = (folder: string): Manifest => {
  let text: string;
  try {
    text = readFileSync(join(folder, 'manifest.json'), 'utf8');
  } catch {
    throw new Found({ code: 'no_manifest' });
  }
  const value = parsed(text);
  const names = ['format', 'organisation', 'origin', 'size', 'root', 'recordsPerFile', 'checkpoints', 'seals'];
  if (!isObject(value) || value['format'] !== FORMAT || !only(value, ...names))
    throw new Found({ code: 'file_malformed', file: 'manifest.json' });
  const { organisation, origin, size, root, recordsPerFile, checkpoints, seals } = value;
  if (
    !isText(organisation) ||
    !/^[a-z][a-z0-9]{1,39}$/.test(organisation) ||
    !isText(origin) ||
    !isCount(size) ||
    !isHex(root) ||
    !isCount(recordsPerFile) ||
    recordsPerFile === 0 ||
    !isCount(checkpoints) ||
    !isCount(seals)
  )
    throw new Found({ code: 'file_malformed', file: 'manifest.json' });
  return { organisation, origin, size, root, recordsPerFile, checkpoints, seals };
};

const logKeys = (value: unknown): LogKeys => {
  if (!isObject(value) || !only(value, 'origin', 'signers', 'announced'))
    throw new Found({ code: 'file_malformed', file: 'keys.json' });
  const { origin, signers, announced } = value;
  if (!isText(origin) || !isListOf(signers, isText) || signers.length === 0)
    throw new Found({ code: 'file_malformed', file: 'keys.json' });
  if (announced === undefined) return { origin, signers };
  if (!isText(announced)) throw new Found({ code: 'file_malformed', file: 'keys.json' });
  return { origin, signers, announced };
};

export const readKeys = (folder: string): Keys => {
  const value = parsed(readText(folder, 'keys.json'));
  const malformed = (): Found => new Found({ code: 'file_malformed', file: 'keys.json' });
  if (!isObject(value)) throw malformed();
  const { earlier = { organisation: [], installation: [] } } = value;
  const known =
    value['earlier'] === undefined ? ['organisation', 'installation'] : ['organisation', 'installation', 'earlier'];
  if (!only(value, ...known) || !isObject(earlier) || !only(earlier, 'organisation', 'installation')) throw malformed();
  const { organisation, installation } = earlier;
  if (!Array.isArray(organisation) || !Array.isArray(installation)) throw malformed();
  return {
    organisation: logKeys(value['organisation']),
    installation: logKeys(value['installation']),
    earlier: { organisation: organisation.map(logKeys), installation: installation.map(logKeys) },
  };
};

export const readSalt = (folder: string): string => {
  const value = parsed(readText(folder, 'salt.json'));
  if (!isObject(value) || !isHex(value['salt']) || !only(value, 'salt'))
    throw new Found({ code: 'file_malformed', file: 'salt.json' });
  return value['salt'];
};

export const readKeyIds = (folder: string): readonly string[] =>
  readText(folder, 'key-ids.txt')
    .split('\n')
    .filter((line) => line !== '');

/** Lines of a file, each read by `take`; every line ends with a line feed. */
const readLines = <T>(folder: string, file: string, take: (value: Json) => T | undefined): readonly T[] => {
  const text = readText(folder, file);
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new Found({ code: 'file_malformed', file, line: lines.length + 1 });
  return lines.map((line, at) => {
    const value = parsed(line);
    const taken = isObject(value) ? take(value) : undefined;
    if (taken === undefined) throw new Found({ code: 'file_malformed', file, line: at + 1 });
    return taken;
  });
};

export const readCheckpoints = (folder: string): readonly CheckpointLine[] =>
  readLines(folder, 'checkpoints.jsonl', (value) => {
    const { size, root, at, note } = value;
    return isCount(size) && isHex(root) && isText(at) && isText(note) && only(value, 'size', 'root', 'at', 'note')
      ? { size, root, at, note }
      : undefined;
  });

const headOfSeal = (value: unknown): SealLine['head'] | null => {
  if (value === undefined) return undefined;
  if (!isObject(value)) return null;
  const { size, index, proof } = value;
  return isCount(size) && isCount(index) && isListOf(proof, isHex) && only(value, 'size', 'index', 'proof')
    ? { size, index, proof }
    : null;
};

export const sealOf = (value: Json): SealLine | undefined => {
  const { v, sequence, entry, note, keyIds } = value;
  if (v !== 1 || !only(value, 'v', 'sequence', 'entry', 'note', 'keyIds', 'head')) return undefined;
  const head = headOfSeal(value['head']);
  return isCount(sequence) && isText(entry) && isText(note) && isListOf(keyIds, isText) && head !== null
    ? { sequence, entry, note, keyIds, head }
    : undefined;
};

export const readSeals = (folder: string): readonly SealLine[] => readLines(folder, 'seals.jsonl', sealOf);

export const recordFile = (number: number): string => `records/${String(number).padStart(8, '0')}.bin`;

const CHUNK = 512 * 1024;
/** Kept between files: its pages are there already. A call of `take` that read records itself would write over it. */
let kept: Buffer | undefined;

/**
 * Every record of one file, in order: the bytes that its leaf is the hash of, as a window that is good until the next one.
 * `take` gets how many came before it in the file, and may throw.
 * @returns how many records the file holds
 * @throws Found `truncated`, `file_unreadable`, `record_malformed`, each with its index within the file
 */
export const readRecordFile = (
  folder: string,
  number: number,
  take: (nth: number, chunk: Buffer, from: number, to: number) => void,
): number => {
  const file = recordFile(number);
  let handle: number;
  try {
    handle = openSync(join(folder, file), 'r');
  } catch {
    throw new Found({ code: 'file_unreadable', file });
  }
  let chunk = kept ?? Buffer.allocUnsafeSlow(CHUNK);
  kept = undefined;
  let nth = 0;
  try {
    let held = 0;
    for (;;) {
      const read = readSync(handle, chunk, held, chunk.length - held, null);
      const end = held + read;
      let at = 0;
      while (end - at >= 4) {
        const length = chunk.readUInt32BE(at);
        if (end - at - 4 < length) break;
        take(nth, chunk, at + 4, at + 4 + length);
        nth += 1;
        at += 4 + length;
      }
      held = end - at;
      if (read === 0) {
        if (held > 0) throw new Found({ code: 'truncated', file, record: { index: nth } });
        return nth;
      }
      if (at === 0 && held === chunk.length) {
        // Larger than any event may be: the length itself was changed.
        if (chunk.length > 4 * CHUNK) throw new Found({ code: 'record_malformed', record: { index: nth } });
        chunk = Buffer.concat([chunk, Buffer.allocUnsafe(chunk.length)]);
      } else chunk.copyWithin(0, at, end);
    }
  } finally {
    closeSync(handle);
    if (chunk.length === CHUNK) kept = chunk;
  }
};

/** How many files the records of an export stand in. */
export const recordFiles = ({ size, recordsPerFile }: Pick<Manifest, 'size' | 'recordsPerFile'>): number =>
  Math.ceil(size / recordsPerFile);

/** Of a finding that counts within a file: the same, counted from the first record of all. */
export const movedBy = (finding: Finding, before: number): Finding =>
  'record' in finding ? { ...finding, record: { ...finding.record, index: finding.record.index + before } } : finding;

/**
 * Every record, in order, as `readRecordFile` gives those of one file; `take` gets the index.
 * @throws Found `truncated`, `file_unreadable`, `record_malformed`
 */
export const readRecords = (
  folder: string,
  manifest: Pick<Manifest, 'size' | 'recordsPerFile'>,
  take: (index: number, chunk: Buffer, from: number, to: number) => void,
): void => {
  let before = 0;
  for (let number = 0; number < recordFiles(manifest); number += 1) {
    const first = before;
    try {
      before += readRecordFile(folder, number, (nth, chunk, from, to) => take(first + nth, chunk, from, to));
    } catch (error) {
      throw error instanceof Found ? new Found(movedBy(error.finding, first), { cause: error }) : error;
    }
  }
};

/** Leaf hashes as the tiles have them; stops where a tile is missing or too short. */
export const tileLeaves = function* (folder: string, size: number): Generator<Buffer> {
  for (const tile of tilesOf(size)) {
    if (tile.level > 0) return;
    let bytes: Buffer;
    try {
      bytes = readFileSync(join(folder, tilePath(tile)));
    } catch {
      return;
    }
    for (let at = 0; at < tile.width && (at + 1) * HASH_BYTES <= bytes.length; at += 1)
      yield bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
  }
};
