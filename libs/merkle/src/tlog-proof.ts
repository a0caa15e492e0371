import { fromBase64, toBase64 } from './base64.js';
import { openCheckpoint, type CheckpointFault, type OpenedCheckpoint } from './checkpoint.js';
import { isHash, isSize, type TreeHasher } from './hash.js';
import type { NoteFault, NoteVerifier } from './note.js';
import { verifyInclusion, type ProofFault } from './proof.js';
import { err, ok, type Result } from './result.js';

/** A proof that can be handed to somebody: index, inclusion proof and signed checkpoint in one text (C2SP tlog-proof). */
export type TlogProof = {
  readonly index: number;
  readonly proof: readonly Uint8Array[];
  /** The signed note, verbatim. */
  readonly checkpoint: string;
  /** Not signed and not to be trusted. */
  readonly extra?: Uint8Array;
};

export type TlogProofFault = 'malformed_proof';

const FIRST = 'c2sp.org/tlog-proof@v1';

/** Writes the text; file extension `.tlog-proof`. */
export const formatTlogProof = ({ index, proof, checkpoint, extra }: TlogProof): string =>
  [
    FIRST,
    ...(extra === undefined ? [] : [`extra ${toBase64(extra)}`]),
    `index ${index}`,
    ...proof.map(toBase64),
    '',
    checkpoint,
  ].join('\n');

/** Reads what `formatTlogProof` writes, and nothing else; the checkpoint is not looked at. */
export const parseTlogProof = (text: string): Result<TlogProof, TlogProofFault> => {
  const cut = text.indexOf('\n\n');
  if (cut < 0) return err('malformed_proof');
  const [first, second = '', ...rest] = text.slice(0, cut).split('\n');
  const extra = second.startsWith('extra ') ? fromBase64(second.slice('extra '.length)) : undefined;
  const [indexLine = '', ...hashes] = extra === undefined ? [second, ...rest] : rest;
  const index = /^index (0|[1-9]\d{0,15})$/.exec(indexLine)?.[1];
  const proof = hashes
    .map(fromBase64)
    .filter((hash) => hash !== undefined)
    .filter(isHash);
  if (first !== FIRST || index === undefined || !isSize(Number(index)) || proof.length < hashes.length)
    return err('malformed_proof');
  const parsed = { index: Number(index), proof, checkpoint: text.slice(cut + 2) };
  return ok(extra === undefined ? parsed : { ...parsed, extra });
};

/**
 * Does this text prove that `leaf` is in the log `origin`, whose keys one trusts? Gives the place of the leaf and the
 * checkpoint it was checked against.
 */
export const verifyTlogProof = async (
  hasher: TreeHasher,
  text: string,
  claim: { readonly leaf: Uint8Array; readonly origin: string; readonly verifiers: readonly NoteVerifier[] },
): Promise<
  Result<
    { readonly index: number; readonly checkpoint: OpenedCheckpoint },
    TlogProofFault | NoteFault | CheckpointFault | ProofFault
  >
> => {
  const parsed = parseTlogProof(text);
  if (!parsed.ok) return parsed;
  const { index, proof } = parsed.value;
  const checkpoint = await openCheckpoint(parsed.value.checkpoint, claim.origin, claim.verifiers);
  if (!checkpoint.ok) return checkpoint;
  const included = verifyInclusion(hasher, { leaf: claim.leaf, index, proof, head: checkpoint.value });
  return included.ok ? ok({ index, checkpoint: checkpoint.value }) : included;
};
