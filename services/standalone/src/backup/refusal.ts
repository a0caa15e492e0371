/** Why a backup was not made, is not taken for one, or is not put back. Each has its words in four languages. */
export type BackupRule =
  /** The folder for the backup holds something. */
  | 'out_not_empty'
  /** Somebody else writes this very backup. */
  | 'being_written'
  /** There is no installation in the data folder. */
  | 'nothing_to_back_up'
  /** The keyring would lie beside a vault, and nobody said that it may. */
  | 'keyring_beside_vault'
  | 'no_backup'
  /** A file is missing, cut, changed, or the list of them is. */
  | 'damaged'
  | 'newer_format'
  /** The vault was taken out, as it is when its time is over. */
  | 'without_vault'
  | 'no_keyring'
  /** The keyring does not hold an epoch that the vault is wrapped under: it is too old, or the vault is. */
  | 'wrong_epoch'
  | 'target_not_empty'
  /** Another restore was begun in this folder. */
  | 'other_restore'
  | 'ledger_missing'
  | 'ledger_too_old'
  /** It is not signed by this installation, or not whole. */
  | 'ledger_false'
  | 'anchor_not_reached'
  /** A restore was begun here and not ended: nothing opens before it is. */
  | 'restore_unfinished'
  /** Put back by hand: an anchor knows of more than this log, or the ledger of what was erased lost a line. */
  | 'old_copy'
  | 'disk_full';

/** A backup or a restore that refuses, for a reason we know. Nothing that stood before was changed. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused';
  constructor(
    readonly rule: BackupRule,
    /** Which file, folder or place; never content. */
    readonly where: string,
    options?: ErrorOptions,
  ) {
    super(`${rule}: ${where}`, options);
  }
}
