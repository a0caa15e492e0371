import { encodeCursor, readPage, type PageError } from '@toeverlaat/views';
import { ok, type Result } from '@toeverlaat/values';
import type { KeptRow, RetentionCore } from './core.js';

const FROM_START = [
  { column: 'start_on', direction: 'asc' },
  { column: 'kept_id', direction: 'asc' },
] as const;

/** Rows read at a time while looking for those that count: the most a page of a view gives. */
const CHUNK = 200;

export type KeptPage<T> = { readonly rows: readonly T[]; readonly next: string | undefined };

/**
 * A page of kept records of one class, by the day their term runs from. Whether one counts is a question to the rules and not
 * to a column (ADR 44), so rows are read on until the page is full: a page that is not the last is never short, and `next` is
 * there only where at least one more counts. `latest` is the last start that can count under any rule: the index ends there.
 * @param count what a row gives; undefined for one that does not count
 */
export const keptPage = <T>(
  core: Pick<RetentionCore, 'kept'>,
  asked: {
    readonly organisation: string;
    readonly recordClass: string;
    readonly latest?: string | undefined;
    /** A further condition on the columns, without parameters. */
    readonly and?: string;
    readonly limit: number;
    readonly cursor?: string | undefined;
  },
  count: (row: KeptRow) => T | undefined,
): Result<KeptPage<T>, PageError> => {
  const { organisation, recordClass, latest, and, limit } = asked;
  const rows: T[] = [];
  let last: KeptRow | undefined;
  let cursor = asked.cursor;
  for (;;) {
    const read = readPage<KeptRow>(core.kept, {
      select: 'SELECT * FROM kept',
      where: [
        'organisation = ? AND record_class = ? AND destroyed = 0 AND start_on IS NOT NULL',
        ...(latest === undefined ? [] : ['start_on <= ?']),
        ...(and === undefined ? [] : [and]),
      ].join(' AND '),
      params: [organisation, recordClass, ...(latest === undefined ? [] : [latest])],
      order: FROM_START,
      limit: CHUNK,
      cursor,
    });
    if (!read.ok) return read;
    for (const row of read.value.rows) {
      const counted = count(row);
      if (counted === undefined) continue;
      if (rows.length === limit && last !== undefined) return ok({ rows, next: encodeCursor(FROM_START, last) });
      rows.push(counted);
      last = row;
    }
    cursor = read.value.next;
    if (cursor === undefined) return ok({ rows, next: undefined });
  }
};
