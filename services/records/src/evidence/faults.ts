/**
 * Why the evidence stands still. Each is found before anything is signed, leaves nothing half done, and is tried again at
 * the next look; those of `isAlarm` need a person.
 */
export type EvidenceFault =
  /** The log does not hold what was sequenced: it was replaced, or restored to before. */
  | 'sequence_differs'
  /** Tiles or frontier give another tree than the one integrated before, also after building it again. */
  | 'tree_differs'
  | 'inconsistent_with_checkpoint'
  | 'inconsistent_with_anchor'
  /** An anchor outside holds a newer seal than this log: history was lost. */
  | 'anchor_is_newer'
  /** The erasure ledger lacks a key id that was sealed: the vault is an old one. */
  | 'ledger_lost'
  /** The keyring has another key, or none, than the one the log was opened with. */
  | 'signer_key_missing'
  | 'clock_went_back'
  | 'disk_full'
  | 'log_unavailable'
  /** The order is still being made of a long log, as after the index was deleted. */
  | 'catching_up'
  | 'keys_unavailable'
  /** The thread that sequences and integrates ended by itself; it is begun again. */
  | 'thread_ended'
  /** Another replica was first; nothing is wrong. */
  | 'overtaken';

const passing: ReadonlySet<EvidenceFault> = new Set([
  'disk_full',
  'log_unavailable',
  'catching_up',
  'keys_unavailable',
  'overtaken',
]);
export const isAlarm = (fault: EvidenceFault): boolean => !passing.has(fault);

/** Carries a fault through the shell; `organisation` when it is of one only. */
export class EvidenceStopped extends Error {
  override readonly name = 'EvidenceStopped';
  constructor(
    readonly fault: EvidenceFault,
    readonly organisation?: string,
    options?: ErrorOptions,
  ) {
    super(`evidence stopped: ${fault}${organisation === undefined ? '' : ` (${organisation})`}`, options);
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
const SQLITE_FULL = 13;

/** True for a disk, quota or SQLite page limit that is reached. */
export const isFull = (error: unknown): boolean =>
  codeOf(error) === 'ENOSPC' ||
  codeOf(error) === 'EDQUOT' ||
  (error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    (error.errcode & 0xff) === SQLITE_FULL);

/** The fault behind an error of sequencing, integrating or publishing. */
export const faultOf = (error: unknown): EvidenceFault => {
  if (error instanceof EvidenceStopped) return error.fault;
  return isFull(error) ? 'disk_full' : 'log_unavailable';
};
