import {
  appendToFrontier,
  emptyFrontier,
  nodeHasher,
  nodeSha256,
  rootOfFrontier,
  type Frontier,
} from '@toeverlaat/merkle';
import type { Finding } from './findings.js';
import { isObject, isText, parsed, readRecords, type Manifest } from './folder.js';
import { recordAt, type RecordView } from './record.js';

/** A new name after a restore, and the old head that it names. */
export type OriginBegun = {
  readonly index: number;
  readonly at: string;
  readonly origin: string;
  readonly signers: readonly string[];
  readonly previous: { readonly origin: string; readonly size: number; readonly root: string | undefined };
};

/** A checkpoint as the log itself holds it, and the name and keys it began with. */
export type InLog = {
  readonly checkpoints: readonly { readonly index: number; readonly size: number; readonly note: string }[];
  readonly opened: { readonly origin: string; readonly salt: string; readonly signers: readonly string[] } | undefined;
  readonly origins: readonly OriginBegun[];
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

const BATCH = 4_096;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const dataOf = (chunk: Buffer, { dataFrom, dataTo }: RecordView): unknown =>
  parsed(chunk.toString('utf8', dataFrom, dataTo));

/** Goes once over all records: hashes each, joins the hashes, and looks at where each says it stands. */
export const walk = (folder: string, manifest: Manifest, sizes: readonly number[]): Walk => {
  const { organisation } = manifest;
  const wanted = [...new Set(sizes)].toSorted((a, b) => a - b);
  const roots = new Map<number, string>();
  let frontier: Frontier = emptyFrontier;
  let batch: Uint8Array[] = [];
  let nextSize = wanted.shift();
  const flush = (): void => {
    frontier = appendToFrontier(nodeHasher, frontier, batch);
    batch = [];
  };

  const owner = `-${organisation}_`;
  const inMetadata = Buffer.from(`"organisation":"${organisation}"`);
  const evidence = `records.evidence-${organisation}_log`;
  const revisions = new Map<string, number>();
  const checkpoints: { index: number; size: number; note: string }[] = [];
  let opened: InLog['opened'];
  const origins: OriginBegun[] = [];
  let finding: Finding | undefined;
  let records = 0;
  let bytes = 0;
  let accesses = 0;
  let denied = 0;

  const remember = (index: number, chunk: Buffer, record: RecordView): void => {
    const data = dataOf(chunk, record);
    if (!isObject(data)) return;
    const { size, note, origin, salt, signers, at, previousOrigin, previousSize, previousRoot } = data;
    if (isText(note) && typeof size === 'number') checkpoints.push({ index, size, note });
    else if (isText(origin) && isText(salt) && Array.isArray(signers) && signers.every(isText))
      opened ??= { origin, salt, signers };
    else if (
      isText(origin) &&
      isText(at) &&
      isText(previousOrigin) &&
      typeof previousSize === 'number' &&
      Array.isArray(signers) &&
      signers.every(isText)
    ) {
      const root = isText(previousRoot) ? previousRoot : undefined;
      origins.push({ index, at, origin, signers, previous: { origin: previousOrigin, size: previousSize, root } });
    }
  };

  const odd = readRecords(folder, manifest, (index, chunk, from, to) => {
    batch.push(nodeSha256(chunk.subarray(from, to)));
    records += 1;
    bytes += to - from;
    if (records === nextSize || batch.length === BATCH) {
      flush();
      if (records === nextSize) {
        roots.set(records, hex(rootOfFrontier(nodeHasher, frontier)));
        nextSize = wanted.shift();
      }
    }
    const record = recordAt(chunk, from, to);
    if (record === undefined) {
      finding ??= { code: 'record_malformed', record: { index } };
      return;
    }
    const { stream, revision, metadataFrom, metadataTo } = record;
    const place = { index, stream, revision };
    const dash = stream.indexOf('-');
    const named = chunk.indexOf(inMetadata, metadataFrom);
    if (!stream.startsWith(owner, dash) || named < 0 || named >= metadataTo)
      finding ??= { code: 'record_of_another', record: place };
    const expected = revisions.get(stream) ?? 0;
    if (revision !== expected) finding ??= { code: 'revision_missing', record: place };
    revisions.set(stream, revision + 1);
    if (dash > 6 && stream.startsWith('.access', dash - 7)) {
      const type = chunk.indexOf('.Access', metadataFrom, 'latin1');
      if (type > 0 && type < metadataTo && chunk.toString('latin1', type, type + 16) === '.AccessRecorded.')
        accesses += 1;
      else denied += 1;
    } else if (stream === evidence) remember(index, chunk, record);
  });
  if (odd !== undefined) finding ??= { code: 'file_malformed', file: odd };
  flush();
  roots.set(records, hex(rootOfFrontier(nodeHasher, frontier)));
  return {
    records,
    bytes,
    streams: revisions.size,
    accesses,
    denied,
    roots,
    inLog: { checkpoints, opened, origins },
    finding,
  };
};
