import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openCheckpoint, signCheckpoint } from './checkpoint.js';
import { noteVerifier, parseSignerKey } from './ed25519.js';
import { rootOfLeaves } from './frontier.js';
import { HASH_BYTES } from './hash.js';
import { createMemoryTileStore } from './memory-tile-store.js';
import { nodeHasher, nodeSha256 } from './node-hasher.js';
import { tilePath, tilesOf } from './tiles.js';
import { emptyTree, headOf, integrate, proveConsistency, proveInclusion } from './tree.js';

type Golden = {
  readonly roots: Readonly<Record<string, string>>;
  readonly inclusion: readonly { readonly index: number; readonly size: number; readonly proof: readonly string[] }[];
  readonly consistency: readonly {
    readonly older: number;
    readonly newer: number;
    readonly proof: readonly string[];
  }[];
  readonly tiles: Readonly<Record<string, string>>;
  readonly signerKey: string;
  readonly verifierKey: string;
  readonly checkpoint: string;
};
const golden = JSON.parse(
  readFileSync(new URL('../fixtures/x-mod-tlog/golden.json', import.meta.url), 'utf8'),
) as Golden;

const SIZE = 70_000;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const leaves = Array.from({ length: SIZE }, (_, i) => nodeHasher.leaf(new TextEncoder().encode(`leaf ${i}`)));
const headAt = (size: number) => ({ size, root: Uint8Array.from(Buffer.from(golden.roots[size] ?? '', 'hex')) });
const stored = async () => {
  const store = createMemoryTileStore();
  return { store, tree: await integrate(store, nodeHasher, emptyTree, leaves) };
};

describe('golang.org/x/mod/sumdb, an implementation of others, over the same 70,000 leaves', () => {
  it('has the same roots', () => {
    const sizes = Object.keys(golden.roots);
    const roots = sizes.map((size) => [size, hex(rootOfLeaves(nodeHasher, leaves.slice(0, Number(size))))]);
    expect(Object.fromEntries(roots)).toEqual(golden.roots);
  });

  it('has the same proofs', async () => {
    const { store } = await stored();
    for (const { index, size, proof } of golden.inclusion)
      expect((await proveInclusion(store, nodeHasher, index, headAt(size))).proof.map(hex)).toEqual(proof);
    for (const { older, newer, proof } of golden.consistency)
      expect((await proveConsistency(store, nodeHasher, headAt(older), headAt(newer))).map(hex)).toEqual(proof);
  });

  it('has the same tiles', async () => {
    const { store } = await stored();
    const tiles: Record<string, string> = {};
    for (const tile of tilesOf(SIZE)) {
      const bytes = await store.read(tile);
      tiles[tilePath(tile)] = hex(nodeSha256((bytes ?? new Uint8Array()).subarray(0, tile.width * HASH_BYTES)));
    }
    expect(tiles).toEqual(golden.tiles);
  });

  it('signs the same checkpoint, byte for byte', async () => {
    const { tree } = await stored();
    const signer = parseSignerKey(golden.signerKey);
    const verifier = noteVerifier(golden.verifierKey);
    expect(signer.ok && signer.value.verifierKey).toBe(golden.verifierKey);
    const checkpoint = { origin: 'gentia.example/evidence', extensions: [], ...headOf(nodeHasher, tree) };
    expect(signer.ok && (await signCheckpoint(checkpoint, [signer.value]))).toBe(golden.checkpoint);
    expect(verifier.ok && (await openCheckpoint(golden.checkpoint, checkpoint.origin, [verifier.value]))).toMatchObject(
      { ok: true, value: { size: SIZE } },
    );
  });
});
