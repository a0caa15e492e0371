import { fromBase64, toBase64 } from './base64.js';
import { isHash, isSize } from './hash.js';
import { openNote, signNote, type NoteFault, type NoteSigner, type NoteVerifier, type OpenedNote } from './note.js';
import type { TreeHead } from './proof.js';
import { err, ok, type Result } from './result.js';

/** A tree head under the name of its log (C2SP tlog-checkpoint). */
export type Checkpoint = TreeHead & {
  /** Names the log for good: another log, another origin. */
  readonly origin: string;
  /** Lines for which the format has no meaning; signed along. None of them is empty. */
  readonly extensions: readonly string[];
};

/** Why the text of a note is no checkpoint. */
export type CheckpointFault =
  'too_few_lines' | 'line_not_ended' | 'empty_line' | 'malformed_size' | 'malformed_root' | 'other_origin';

/** The text that is signed. @throws TypeError for what no checkpoint can say */
export const checkpointText = ({ origin, size, root, extensions }: Checkpoint): string => {
  if (!isSize(size)) throw new TypeError(`${size} is no size of a tree`);
  if (!isHash(root)) throw new TypeError('a root has 32 bytes');
  const lines = [origin, String(size), toBase64(root), ...extensions];
  if (lines.some((line) => line === '' || line.includes('\n')))
    throw new TypeError('origin and extensions are single lines that are not empty');
  return `${lines.join('\n')}\n`;
};

/** Reads what `checkpointText` writes, and nothing else. Says nothing of who signed. */
export const parseCheckpointText = (text: string): Result<Checkpoint, CheckpointFault> => {
  if (!text.endsWith('\n')) return err('line_not_ended');
  const [origin = '', size = '', root = '', ...extensions] = text.slice(0, -1).split('\n');
  if (text.split('\n').length < 4) return err('too_few_lines');
  if ([origin, size, root, ...extensions].includes('')) return err('empty_line');
  if (!/^(0|[1-9]\d{0,15})$/.test(size) || !isSize(Number(size))) return err('malformed_size');
  const bytes = fromBase64(root);
  if (bytes === undefined || !isHash(bytes)) return err('malformed_root');
  return ok({ origin, size: Number(size), root: bytes, extensions });
};

/**
 * Signs a checkpoint. Who calls this has shown by a consistency proof that the tree only grew since the last one that
 * was signed under this origin (`proveConsistency`).
 * @throws TypeError for what no checkpoint can say; whatever a signer throws
 */
export const signCheckpoint = (checkpoint: Checkpoint, signers: readonly NoteSigner[]): Promise<string> =>
  signNote(checkpointText(checkpoint), signers);

export type OpenedCheckpoint = Checkpoint & Pick<OpenedNote, 'signedBy' | 'unknown'>;

/** Verifies a signed checkpoint of the log `origin` under the keys one trusts for it; see `openNote` for the rule. */
export const openCheckpoint = async (
  note: string | Uint8Array,
  origin: string,
  verifiers: readonly NoteVerifier[],
): Promise<Result<OpenedCheckpoint, NoteFault | CheckpointFault>> => {
  const opened = await openNote(note, verifiers);
  if (!opened.ok) return opened;
  const { text, signedBy, unknown } = opened.value;
  const checkpoint = parseCheckpointText(text);
  if (!checkpoint.ok) return checkpoint;
  return checkpoint.value.origin === origin ? ok({ ...checkpoint.value, signedBy, unknown }) : err('other_origin');
};
