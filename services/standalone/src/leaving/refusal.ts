/** Why an organisation was not handed over, or is not taken in. Each has its words in four languages. */
export type LeavingRule =
  /** The folder for the handover holds something. */
  | 'out_not_empty'
  /** There is no such organisation in this installation. */
  | 'no_organisation'
  /** A reaction of this organisation failed and is parked: it would be lost. */
  | 'reactions_parked'
  /** The list of receivers is not one; the place says which field and rule. */
  | 'receivers_malformed'
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
  | 'target_not_empty'
  /** Another restore or import was begun in this folder. */
  | 'other_import'
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
