import { nodeHasher, nodeSha256, rootOfLeaves, sameBytes, type TreeHead } from '@toeverlaat/merkle';
import { Found, type Finding, type Place } from './findings.js';
import { readRecords, tileLeaves, type Manifest } from './folder.js';
import { recordAt } from './record.js';

const text = (hash: Uint8Array): string => Buffer.from(hash).toString('latin1');

/** Heads between which the records were still those of the signed tree, and were no more. */
export type Bounds = { readonly from: number; readonly to: number };

/** Whether all leaf hashes of the tiles are there and lead to this root. */
export const tilesLeadTo = (folder: string, size: number, root: Uint8Array): boolean => {
  const leaves = [...tileLeaves(folder, size)];
  return leaves.length === size && sameBytes(rootOfLeaves(nodeHasher, leaves), root);
};

/**
 * The records do not lead to the signed head: which of them is the first, and what happened to it? The tiles tell, as long
 * as they lead to that head themselves; where they were changed too, only the heads before and after are known.
 */
export const diagnose = (folder: string, manifest: Manifest, head: TreeHead, bounds: Bounds): Finding => {
  const wanted = [...tileLeaves(folder, head.size)].map(text);
  const trusted = tilesLeadTo(folder, head.size, head.root);
  const got: string[] = [];
  const places: Place[] = [];
  let broken: Finding | undefined;
  try {
    readRecords(folder, manifest, (index, chunk, from, to) => {
      got.push(text(nodeSha256(chunk.subarray(from, to))));
      const record = recordAt(chunk, from, to);
      places.push(record === undefined ? { index } : { index, stream: record.stream, revision: record.revision });
    });
  } catch (error) {
    if (!(error instanceof Found)) throw error;
    // A file that ends early, unless a record before its end is wrong already.
    broken = error.finding;
  }
  if (!trusted) return broken ?? { code: 'rewritten', ...bounds };
  const at = wanted.findIndex((hash, index) => hash !== got[index]);
  const place = (index: number): Place => places[index] ?? { index };
  if (at < 0)
    return got.length > wanted.length
      ? { code: 'record_inserted', record: place(wanted.length) }
      : (broken ?? { code: 'rewritten', ...bounds });
  if (at >= got.length) return broken ?? { code: 'record_removed', record: { index: at } };
  const wantedLater = got.includes(wanted[at] ?? '', at + 1);
  const gotLater = wanted.includes(got[at] ?? '', at + 1);
  if (wantedLater && gotLater) return { code: 'record_reordered', record: place(at) };
  if (wantedLater) return { code: 'record_inserted', record: place(at) };
  if (gotLater) return { code: 'record_removed', record: { index: at } };
  return { code: 'record_changed', record: place(at) };
};
