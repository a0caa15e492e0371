/** Why an organisation was not handed over, or is not taken in. Each has its words in four languages. */
export type LeavingRule =
  /** The folder for the handover holds something. */
  | 'out_not_empty'
  /** There is no such organisation in this installation. */
  | 'no_organisation'
  /** A reaction of this organisation failed and is parked: it would be lost. */
  | 'reactions_parked'
  /** Two people did not decide it, or not yet. */
  | 'departure_not_approved'
  /** The day before which nothing goes has not come. */
  | 'departure_too_soon'
  /** It was confirmed: nothing more is handed over. */
  | 'transfer_begun'
  /** What decides or proves cannot be read now. */
  | 'departure_unreadable'
  /** A record has nobody named to receive its key. */
  | 'no_receiver'
  /** A receiver's public key is none. */
  | 'unusable_key'
  /** The folder has no list of its files: it was cut short. */
  | 'no_handover'
  /** A file is missing, cut, changed, or the list of them is. */
  | 'damaged'
  | 'newer_format'
  /** A private key opens nothing of this handover. */
  | 'wrong_receiver_key'
  /** A receiver whose key is needed has not given it. */
  | 'receiver_missing'
  /** A file of the company's register is none, or was changed. */
  | 'register_damaged'
  | 'target_not_empty'
  /** Another restore or import was begun in this folder. */
  | 'other_import'
  /** A view built here is not what it was at the host that was left. */
  | 'views_differ'
  /** The confirmation is none, or was changed. */
  | 'confirmation_damaged'
  /** It is of no handover that was made here. */
  | 'handover_unknown'
  /** It is of one, and says something else. */
  | 'confirmation_differs'
  | 'disk_full';

/** A handover or an import that refuses, for a reason we know. */
export class LeavingRefused extends Error {
  override readonly name = 'LeavingRefused';
  constructor(
    readonly rule: LeavingRule,
    /** Which file, folder, record or receiver; never content. */
    readonly where: string,
    options?: ErrorOptions,
  ) {
    super(`${rule}: ${where}`, options);
  }
}
