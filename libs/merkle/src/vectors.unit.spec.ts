import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rootOfLeaves } from './frontier.js';
import { createMemoryTileStore } from './memory-tile-store.js';
import { nodeHasher } from './node-hasher.js';
import { verifyConsistency, verifyInclusion, type ConsistencyClaim, type InclusionClaim } from './proof.js';
import { emptyTree, integrate, proveConsistency, proveInclusion } from './tree.js';

type Vectors = {
  readonly someHash: string;
  readonly emptyRoot: string;
  readonly leafInputs: readonly string[];
  readonly roots: readonly string[];
  readonly inclusion: readonly { readonly index: number; readonly size: number; readonly proof: readonly string[] }[];
  readonly consistency: readonly {
    readonly older: number;
    readonly newer: number;
    readonly proof: readonly string[];
  }[];
  readonly inclusionCases: readonly string[];
  readonly consistencyCases: readonly string[];
};
const vectors = JSON.parse(
  readFileSync(new URL('../fixtures/transparency-dev-merkle.json', import.meta.url), 'utf8'),
) as Vectors;

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex');
const none = new Uint8Array(0);
const leaves = vectors.leafInputs.map((input) => nodeHasher.leaf(bytes(input)));
const root = (size: number): Uint8Array => bytes(vectors.roots[size - 1] ?? '');
const head = (size: number) => ({ size, root: root(size) });
const someHash = bytes(vectors.someHash);
const emptyRoot = bytes(vectors.emptyRoot);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const flipped = (proof: readonly Uint8Array[], at: number, bit: number): readonly Uint8Array[] =>
  proof.map((hash, i) => (i === at ? Uint8Array.from(hash, (byte, j) => (j === 0 ? byte ^ bit : byte)) : hash));

describe('the reference tree', () => {
  it('has the published roots', () => {
    expect(hex(nodeHasher.empty)).toBe(vectors.emptyRoot);
    expect(leaves.map((_, at) => hex(rootOfLeaves(nodeHasher, leaves.slice(0, at + 1))))).toEqual(vectors.roots);
  });
});

/** As testdata/inclusion corrupts a proof; undefined where a case needs a longer proof than this one. */
const corruptInclusion = (claim: InclusionClaim, name: string): InclusionClaim | undefined => {
  const {
    index,
    head: { size, root: right },
    proof,
  } = claim;
  const cases: Readonly<Record<string, InclusionClaim>> = {
    'leafIndex - 1': { ...claim, index: index - 1 },
    'leafIndex + 1': { ...claim, index: index + 1 },
    'leafIndex ^ 2': { ...claim, index: index ^ 2 },
    'treeSize * 2': { ...claim, head: { size: size * 2, root: right } },
    'treeSize div 2': { ...claim, head: { size: Math.floor(size / 2), root: right } },
    'wrong leaf': { ...claim, leaf: text('WrongLeaf') },
    'empty root': { ...claim, head: { size, root: emptyRoot } },
    'random root': { ...claim, head: { size, root: someHash } },
    'trailing garbage': { ...claim, proof: [...proof, none] },
    'trailing root': { ...claim, proof: [...proof, right] },
    'preceding garbage': { ...claim, proof: [none, ...proof] },
    'preceding root': { ...claim, proof: [right, ...proof] },
    ...Object.fromEntries(
      proof.map((_, at) => [`modified proof[${at}] bit 3`, { ...claim, proof: flipped(proof, at, 8) }]),
    ),
    ...(proof.length > 0 ? { 'removed component': { ...claim, proof: proof.slice(0, -1) } } : {}),
    ...(proof.length > 1
      ? { 'inserted component': { ...claim, proof: [proof[0] ?? none, someHash, ...proof.slice(1)] } }
      : {}),
  };
  return cases[name];
};

const corruptConsistency = (claim: ConsistencyClaim, name: string): ConsistencyClaim | undefined => {
  const { older, newer, proof } = claim;
  const cases: Readonly<Record<string, ConsistencyClaim>> = {
    'size1 - 1': { ...claim, older: { ...older, size: older.size - 1 } },
    'size1 + 1': { ...claim, older: { ...older, size: older.size + 1 } },
    'size1 ^ 2': { ...claim, older: { ...older, size: older.size ^ 2 } },
    'size2 * 2': { ...claim, newer: { ...newer, size: newer.size * 2 } },
    'size2 div 2': { ...claim, newer: { ...newer, size: Math.floor(newer.size / 2) } },
    'wrong root1': { ...claim, older: { ...older, root: text('WrongRoot') } },
    'wrong root2': { ...claim, newer: { ...newer, root: text('WrongRoot') } },
    'swapped roots': { ...claim, older: { ...older, root: newer.root }, newer: { ...newer, root: older.root } },
    'empty proof': { ...claim, proof: [] },
    'trailing garbage': { ...claim, proof: [...proof, none] },
    'trailing root1': { ...claim, proof: [...proof, older.root] },
    'trailing root2': { ...claim, proof: [...proof, newer.root] },
    'preceding garbage': { ...claim, proof: [none, ...proof] },
    'preceding root1': { ...claim, proof: [older.root, ...proof] },
    'preceding root2': { ...claim, proof: [newer.root, ...proof] },
    'preceding proof[0]': { ...claim, proof: [proof[0] ?? none, ...proof] },
    'truncated proof': { ...claim, proof: proof.slice(0, -1) },
    ...Object.fromEntries(
      proof.map((_, at) => [`modified proof[${at}] bit 4`, { ...claim, proof: flipped(proof, at, 16) }]),
    ),
  };
  return cases[name];
};

describe.each(vectors.inclusion)('inclusion of $index in $size', ({ index, size, proof }) => {
  const claim = { leaf: leaves[index] ?? none, index, proof: proof.map(bytes), head: head(size) };

  it('is proved as published', async () => {
    expect(verifyInclusion(nodeHasher, claim)).toEqual({ ok: true, value: true });
    const store = createMemoryTileStore();
    await integrate(store, nodeHasher, emptyTree, leaves);
    const made = await proveInclusion(store, nodeHasher, index, head(size));
    expect(made.proof.map(hex)).toEqual(proof);
  });

  const cases = vectors.inclusionCases.filter((name) => corruptInclusion(claim, name) !== undefined);
  it.each(cases)('is not proved: %s', (name) => {
    expect(verifyInclusion(nodeHasher, corruptInclusion(claim, name) ?? claim).ok).toBe(false);
  });
});

describe.each(vectors.consistency)('consistency of $older and $newer', ({ older, newer, proof }) => {
  const claim = { older: head(older), newer: head(newer), proof: proof.map(bytes) };

  it('is proved as published', async () => {
    expect(verifyConsistency(nodeHasher, claim)).toEqual({ ok: true, value: true });
    const store = createMemoryTileStore();
    await integrate(store, nodeHasher, emptyTree, leaves);
    expect((await proveConsistency(store, nodeHasher, head(older), head(newer))).map(hex)).toEqual(proof);
  });

  // As published, only proofs that are not empty are corrupted: swapping two equal roots changes nothing.
  const cases = proof.length === 0 ? [] : vectors.consistencyCases;
  it.each(cases.filter((name) => corruptConsistency(claim, name) !== undefined))('is not proved: %s', (name) => {
    expect(verifyConsistency(nodeHasher, corruptConsistency(claim, name) ?? claim).ok).toBe(false);
  });
});

describe('heads without leaves, and sizes out of order', () => {
  const included = (index: number, size: number, leaf: Uint8Array, right: Uint8Array) =>
    verifyInclusion(nodeHasher, { leaf, index, proof: [], head: { size, root: right } });
  it.each([
    [0, 0],
    [0, 1],
    [1, 0],
    [2, 1],
  ])('nothing is included at %i of %i under a root that is not its own', (index, size) => {
    expect(included(index, size, someHash, none).ok).toBe(false);
    expect(included(index, size, none, emptyRoot).ok).toBe(false);
    expect(included(index, size, someHash, emptyRoot).ok).toBe(false);
  });

  it('a tree of one leaf has that leaf as its root', () => {
    const hash = nodeHasher.leaf(text('data'));
    expect(included(0, 1, hash, hash).ok).toBe(true);
    expect(included(0, 1, hash, none).ok).toBe(false);
    expect(included(0, 1, none, hash).ok).toBe(false);
    expect(included(0, 1, none, none).ok).toBe(false);
  });

  const consistent = (
    older: number,
    newer: number,
    first: Uint8Array,
    second: Uint8Array,
    proof: readonly Uint8Array[] = [],
  ) =>
    verifyConsistency(nodeHasher, { older: { size: older, root: first }, newer: { size: newer, root: second }, proof });
  it('the empty tree is a prefix of every tree; published cases take any root for it, we only the hash of nothing', () => {
    expect(consistent(0, 0, emptyRoot, emptyRoot).ok).toBe(true);
    expect(consistent(0, 1, emptyRoot, someHash).ok).toBe(true);
    expect(consistent(0, 1, someHash, root(1))).toEqual({ ok: false, error: 'older_root_differs' });
    expect(consistent(1, 1, someHash, someHash).ok).toBe(true);
  });

  it.each([
    [0, 0, emptyRoot, someHash, [], 'newer_root_differs'],
    [1, 1, root(1), someHash, [], 'newer_root_differs'],
    [1, 0, root(1), emptyRoot, [], 'sizes_out_of_order'],
    [2, 1, root(2), root(1), [], 'sizes_out_of_order'],
    [1, 2, root(1), root(2), [], 'proof_too_short'],
    [0, 0, emptyRoot, emptyRoot, [emptyRoot], 'proof_too_long'],
    [0, 1, emptyRoot, root(1), [emptyRoot], 'proof_too_long'],
    [1, 1, root(1), root(1), [emptyRoot], 'proof_too_long'],
    [-1, 1, root(1), root(1), [], 'not_a_size'],
    [1, 1.5, root(1), root(1), [], 'not_a_size'],
    [1, 2 ** 53, root(1), root(1), [], 'not_a_size'],
  ] as const)('%i to %i is refused', (older, newer, first, second, proof, error) => {
    expect(consistent(older, newer, first, second, proof)).toEqual({ ok: false, error });
  });
});
