/** What a call that may be refused gives back: a caller must look before it can use the value. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });
export const err = <E>(error: E): { readonly ok: false; readonly error: E } => ({ ok: false, error });

/** Marks the branch of a switch that cannot be reached; a new union member makes it a type error. */
export const assertNever = (value: never): never => {
  throw new InvariantBroken(`unexpected value of kind ${typeof value}`);
};

/** A rule the code itself relies on does not hold. Never caused by input; thrown before any event exists. */
export class InvariantBroken extends Error {
  override readonly name = 'InvariantBroken';
}
