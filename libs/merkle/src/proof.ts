import { half, isHash, isOdd, isSize, sameBytes, splitOf, type TreeHasher } from './hash.js';
import { err, ok, type Result } from './result.js';

/** What a checkpoint says of a tree: number of leaves, and root. */
export type TreeHead = { readonly size: number; readonly root: Uint8Array };

/** Half-open: leaves from `from` up to, not including, `to`. */
export type LeafRange = { readonly from: number; readonly to: number };

/** A complete subtree: 2^level leaves, from `index` × 2^level. */
export type Subtree = { readonly level: number; readonly index: number };

/**
 * The ranges whose hashes make the inclusion proof PATH(index, D[size]) (RFC 9162 §2.1.3.1), from the leaf's sibling up.
 * @throws RangeError when the index is not in the tree
 */
export const inclusionRanges = (index: number, size: number): readonly LeafRange[] => {
  if (!isSize(index) || !isSize(size) || index >= size) throw new RangeError(`no leaf ${index} in a tree of ${size}`);
  const down: LeafRange[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    if (index < middle) {
      down.push({ from: middle, to });
      to = middle;
    } else {
      down.push({ from, to: middle });
      from = middle;
    }
  }
  return down.toReversed();
};

/**
 * The ranges whose hashes make the consistency proof PROOF(older, D[newer]) (RFC 9162 §2.1.4.1). None when the sizes are
 * equal or the older tree is empty.
 * @throws RangeError when the older size is above the newer
 */
export const consistencyRanges = (older: number, newer: number): readonly LeafRange[] => {
  if (!isSize(older) || !isSize(newer) || older > newer) throw new RangeError(`a tree of ${older} is not in ${newer}`);
  if (older === 0 || older === newer) return [];
  const down: LeafRange[] = [];
  let [from, to] = [0, newer];
  while (older !== to) {
    const middle = from + splitOf(to - from);
    if (older <= middle) {
      down.push({ from: middle, to });
      to = middle;
    } else {
      down.push({ from, to: middle });
      from = middle;
    }
  }
  // Where the whole older tree is a subtree, its root is what the verifier has already.
  if (from > 0) down.push({ from, to });
  return down.toReversed();
};

/** The complete subtrees of a range that RFC 6962's split can yield, largest first. */
export const subtreesOf = ({ from, to }: LeafRange): readonly Subtree[] => {
  const subtrees: Subtree[] = [];
  let at = from;
  while (at < to) {
    let level = 0;
    let width = 1;
    while (width * 2 <= to - at && at % (width * 2) === 0) {
      width *= 2;
      level += 1;
    }
    subtrees.push({ level, index: at / width });
    at += width;
  }
  return subtrees;
};

/** Why a proof proves nothing. */
export type ProofFault =
  | 'not_a_size' // a size or an index is no integer from 0 to 2^53 - 1
  | 'not_a_hash' // a leaf, root or proof element is not 32 bytes
  | 'index_not_in_tree'
  | 'sizes_out_of_order' // the older tree is larger than the newer
  | 'proof_too_short'
  | 'proof_too_long'
  | 'root_differs' // inclusion: leads to another root
  | 'older_root_differs'
  | 'newer_root_differs';

export type InclusionClaim = {
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly proof: readonly Uint8Array[];
  readonly head: TreeHead;
};

/** Does the proof show that `leaf` is the leaf at `index` of the tree with this head? (RFC 9162 §2.1.3.2) */
export const verifyInclusion = (hasher: TreeHasher, claim: InclusionClaim): Result<true, ProofFault> => {
  const { leaf, index, proof, head } = claim;
  if (!isSize(index) || !isSize(head.size)) return err('not_a_size');
  if (![leaf, head.root, ...proof].every(isHash)) return err('not_a_hash');
  if (index >= head.size) return err('index_not_in_tree');
  let [at, last, hash] = [index, head.size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return err('proof_too_long');
    if (isOdd(at) || at === last) {
      hash = hasher.node(sibling, hash);
      while (!isOdd(at)) [at, last] = [half(at), half(last)];
    } else hash = hasher.node(hash, sibling);
    [at, last] = [half(at), half(last)];
  }
  if (last !== 0) return err('proof_too_short');
  return sameBytes(hash, head.root) ? ok(true) : err('root_differs');
};

export type ConsistencyClaim = {
  readonly older: TreeHead;
  readonly newer: TreeHead;
  readonly proof: readonly Uint8Array[];
};

/**
 * Does the proof show that the older tree is a prefix of the newer? (RFC 9162 §2.1.4.2) The empty tree is a prefix of
 * every tree, by an empty proof; its root must be the hash of nothing.
 */
export const verifyConsistency = (hasher: TreeHasher, claim: ConsistencyClaim): Result<true, ProofFault> => {
  const { older, newer, proof } = claim;
  if (!isSize(older.size) || !isSize(newer.size)) return err('not_a_size');
  if (![older.root, newer.root, ...proof].every(isHash)) return err('not_a_hash');
  if (older.size > newer.size) return err('sizes_out_of_order');
  if (older.size === 0 && !sameBytes(older.root, hasher.empty)) return err('older_root_differs');
  if (older.size === 0 || older.size === newer.size) {
    if (proof.length > 0) return err('proof_too_long');
    if (newer.size === 0 || older.size === newer.size)
      return sameBytes(older.root, newer.root) ? ok(true) : err('newer_root_differs');
    return ok(true);
  }
  let [at, last] = [older.size - 1, newer.size - 1];
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  // A power of two: the older root itself is the first node.
  const path = at === 0 ? [older.root, ...proof] : proof;
  const [first, ...rest] = path;
  if (first === undefined) return err('proof_too_short');
  let [olderHash, newerHash] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return err('proof_too_long');
    if (isOdd(at) || at === last) {
      olderHash = hasher.node(sibling, olderHash);
      newerHash = hasher.node(sibling, newerHash);
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else newerHash = hasher.node(newerHash, sibling);
    [at, last] = [half(at), half(last)];
  }
  if (last !== 0) return err('proof_too_short');
  if (!sameBytes(olderHash, older.root)) return err('older_root_differs');
  return sameBytes(newerHash, newer.root) ? ok(true) : err('newer_root_differs');
};
