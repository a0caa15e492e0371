/** A name under which heads or seals are signed, and the keys that sign; with the note that announced them, where others signed before. */
export type SignedName = {
  readonly origin: string;
  readonly signers: readonly string[];
  readonly announced?: string | undefined;
};

type Named<Log extends SignedName> = { readonly log: Log; readonly earlier: readonly SignedName[] };

/** A log under another name or other keys from here on; the ones it had are kept, oldest first. */
export const renamed = <Log extends SignedName>(
  { log, earlier }: Named<Log>,
  { origin, signers, announced }: SignedName,
): Named<Log> => ({
  log: { ...log, origin, signers, announced },
  earlier: [...earlier, { origin: log.origin, signers: log.signers, announced: log.announced }],
});
