import type { Rejection } from '@toeverlaat/event-log';
import { err, ok, type Result } from '@toeverlaat/values';

type PageInput = { readonly first: number; readonly after?: string | undefined };

/**
 * A page of what is folded or replayed and not in a view: from the one after the key that the last page ended with. A key that
 * is not there any more ends the list, as a row that was deleted would.
 */
export const pageOfList = <T>(
  all: readonly T[],
  keyOf: (one: T) => string,
  { first, after }: PageInput,
): Result<{ readonly rows: readonly T[]; readonly next: string | null }, Rejection> => {
  const begins = after === undefined ? 0 : all.findIndex((one) => keyOf(one) === after) + 1;
  if (after !== undefined && begins === 0)
    return err({ kind: 'InvalidInput', field: 'page.after', rule: 'not_a_cursor' });
  const rows = all.slice(begins, begins + first);
  const last = rows.at(-1);
  return ok({ rows, next: last !== undefined && begins + first < all.length ? keyOf(last) : null });
};
