import {
  createMemoryTileStore,
  emptyTree,
  headOf,
  integrate,
  nodeHasher,
  proveInclusion,
  rootOfLeaves,
  type TreeHead,
} from '@toeverlaat/merkle';
import { createHmac } from 'node:crypto';

/*
 * What an anchor outside may show (design §5, ADR 40). The verifier writes these forms out a second time; a change here is
 * a new first line there.
 */

const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
const hex = (raw: Uint8Array): string => Buffer.from(raw).toString('hex');
const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');

export type HeadInSeal = { readonly origin: string; readonly size: number; readonly root: string };

/**
 * The leaf that stands for an organisation's head in seal `sequence`: another one in each seal, also when nothing happened
 * between them, because its salt is made from the organisation's salt and the number of the seal.
 */
export const blindedHead = (salt: string, sequence: number, { origin, size, root }: HeadInSeal): string => {
  const own = createHmac('sha256', bytes(salt)).update(`seal ${sequence}`).digest('hex');
  return hex(nodeHasher.leaf(utf8(`toeverlaat blinded head v1\n${own}\n${origin}\n${size}\n${root}\n`)));
};

/** Fewer organisations than this look like this many. */
const LEAST_WIDTH = 8;

/** The heads in the order of their blinded leaves, filled up to a power of two: neither order nor number tells anything. */
export const headsInSeal = (leaves: readonly string[], salt: string, sequence: number): readonly string[] => {
  let width = LEAST_WIDTH;
  while (width < leaves.length) width *= 2;
  const fillers = Array.from({ length: width - leaves.length }, (_, at) =>
    createHmac('sha256', bytes(salt)).update(`filler ${sequence} ${at}`).digest('hex'),
  );
  return [...leaves, ...fillers].toSorted();
};

export const rootOfHexes = (leaves: readonly string[]): string => hex(rootOfLeaves(nodeHasher, leaves.map(bytes)));

/** Where a blinded head stands among those of its seal, and the proof. */
export const pathInSeal = async (
  leaves: readonly string[],
  leaf: string,
): Promise<{ readonly index: number; readonly proof: readonly string[] }> => {
  const store = createMemoryTileStore();
  const tree = await integrate(store, nodeHasher, emptyTree, leaves.map(bytes));
  const { index, proof } = await proveInclusion(store, nodeHasher, leaves.indexOf(leaf), headOf(nodeHasher, tree));
  return { index, proof: proof.map(hex) };
};

/** The root over all key ids of the erasure ledger, in its order. */
export const ledgerRootOf = (keyIds: readonly string[]): string =>
  hex(
    rootOfLeaves(
      nodeHasher,
      keyIds.map((id) => nodeHasher.leaf(utf8(id))),
    ),
  );

export type SealEntry = {
  readonly sequence: number;
  readonly at: string;
  readonly width: number;
  readonly headsRoot: string;
  readonly ledgerSize: number;
  readonly ledgerRoot: string;
};

/** The text of one leaf of the installation's log. */
export const entryText = ({ sequence, at, width, headsRoot, ledgerSize, ledgerRoot }: SealEntry): string =>
  `toeverlaat seal v1\n${sequence}\n${at}\nheads ${width} ${headsRoot}\nledger ${ledgerSize} ${ledgerRoot}\n`;

export const entryLeaf = (entry: string): Uint8Array => nodeHasher.leaf(utf8(entry));

/** Head of the installation's log over its first entries. */
export const installationHead = (entries: readonly string[]): TreeHead => ({
  size: entries.length,
  root: rootOfLeaves(nodeHasher, entries.map(entryLeaf)),
});
