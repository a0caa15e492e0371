/** A stored record names an edition (of law data, wordings or templates) that this build does not carry. */
export class UnknownLawVersion extends Error {
  override readonly name = 'UnknownLawVersion';
  constructor(
    readonly version: string,
    known: readonly string[],
  ) {
    super(`law version: ${version} is not one of ${known.join(', ')}`);
  }
}
