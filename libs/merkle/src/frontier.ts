import { copyOf, half, isHash, isOdd, isSize, type TreeHasher } from './hash.js';

/**
 * The right edge of a tree: the roots of its complete subtrees, largest first (a "compact range" from 0). As many as
 * `size` has one bits; enough to append and to give the root, without the leaves.
 */
export type Frontier = { readonly size: number; readonly hashes: readonly Uint8Array[] };

export const emptyFrontier: Frontier = { size: 0, hashes: [] };

/** Told of every complete subtree as it comes to be, the leaf (level 0) first, in order of index on each level. */
export type OnNode = (level: number, hash: Uint8Array) => void;

/**
 * Appends leaf hashes: one node hash a leaf on average, at most log2(size) for one leaf.
 * @returns a new frontier; the given one stays as it was
 * @throws TypeError for a leaf that is not 32 bytes, RangeError beyond 2^53 − 1 leaves
 */
export const appendToFrontier = (
  hasher: TreeHasher,
  frontier: Frontier,
  leaves: Iterable<Uint8Array>,
  onNode: OnNode = () => undefined,
): Frontier => {
  const hashes = [...frontier.hashes];
  let size = frontier.size;
  for (const leaf of leaves) {
    if (!isHash(leaf)) throw new TypeError(`leaf ${size}: a leaf hash has 32 bytes, not ${leaf.length}`);
    if (!isSize(size + 1)) throw new RangeError('a tree has at most 2^53 - 1 leaves');
    let hash = leaf;
    let level = 0;
    onNode(level, hash);
    for (let rest = size; isOdd(rest); rest = half(rest)) {
      const left = hashes.pop();
      if (left === undefined) throw new TypeError(`a frontier of ${frontier.size} leaves lacks a subtree`);
      hash = hasher.node(left, hash);
      level += 1;
      onNode(level, hash);
    }
    hashes.push(hash === leaf ? copyOf(leaf) : hash);
    size += 1;
  }
  return { size, hashes };
};

/**
 * Appends the root of a complete subtree of 2^level leaves, as its leaves one by one would: who hashed them elsewhere has
 * nothing left to do here but to join.
 * @returns a new frontier; the given one stays as it was
 * @throws TypeError for a hash that is not 32 bytes, RangeError where such a subtree does not begin or beyond 2^53 − 1 leaves
 */
export const appendSubtree = (hasher: TreeHasher, frontier: Frontier, level: number, root: Uint8Array): Frontier => {
  if (!isHash(root)) throw new TypeError(`a subtree's hash has 32 bytes, not ${root.length}`);
  const leaves = 2 ** level;
  if (frontier.size % leaves !== 0) throw new RangeError(`no subtree of ${leaves} leaves begins at ${frontier.size}`);
  if (!isSize(frontier.size + leaves)) throw new RangeError('a tree has at most 2^53 - 1 leaves');
  const hashes = [...frontier.hashes];
  let hash: Uint8Array = copyOf(root);
  for (let rest = frontier.size / leaves; isOdd(rest); rest = half(rest)) {
    const left = hashes.pop();
    if (left === undefined) throw new TypeError(`a frontier of ${frontier.size} leaves lacks a subtree`);
    hash = hasher.node(left, hash);
  }
  return { size: frontier.size + leaves, hashes: [...hashes, hash] };
};

/** The root: at most log2(size) node hashes. */
export const rootOfFrontier = (hasher: TreeHasher, { hashes }: Frontier): Uint8Array =>
  hashes.length === 0 ? hasher.empty : joinSubtrees(hasher, hashes);

/** The hash of complete subtrees that stand side by side, largest first. @param hashes at least one */
export const joinSubtrees = (hasher: TreeHasher, hashes: readonly Uint8Array[]): Uint8Array => {
  const last = hashes.at(-1);
  if (last === undefined) throw new TypeError('nothing to join');
  let joined = last;
  for (let at = hashes.length - 2; at >= 0; at -= 1) joined = hasher.node(hashes[at] ?? last, joined);
  return joined;
};

/** The root of a tree given all its leaf hashes; keeps log2 of them at a time. */
export const rootOfLeaves = (hasher: TreeHasher, leaves: Iterable<Uint8Array>): Uint8Array =>
  rootOfFrontier(hasher, appendToFrontier(hasher, emptyFrontier, leaves));
