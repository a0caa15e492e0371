import { canonicalJson, err, InvariantBroken, ok, type Result } from '@toeverlaat/values';
import { createHash } from 'node:crypto';
import type { SqlValue } from './define.js';
import type { SqlRow, ViewReader } from './reader.js';

/** A column that pages are ordered by. Together the columns must be unique within the condition, and none may be null. */
export type OrderColumn = { readonly column: string; readonly direction: 'asc' | 'desc' };

export type PageError = { readonly kind: 'InvalidInput'; readonly field: 'cursor' | 'limit'; readonly rule: string };

/** Most rows of one page. */
export const MAX_PAGE = 200;
const MAX_CURSOR = 2_000;
const COLUMN = /^[a-z][a-z0-9_]*$/;

/** A cursor of one ordering is refused by another. */
const orderTag = (order: readonly OrderColumn[]): string =>
  createHash('sha256').update(canonicalJson(order)).digest('base64url').slice(0, 8);

/** Where a page ended, opaque to a client. It holds the ordering columns of the last row, so only the clear list may order. */
export const encodeCursor = (order: readonly OrderColumn[], row: SqlRow): string => {
  const last = order.map(({ column }) => {
    const value = row[column];
    if (typeof value !== 'string' && typeof value !== 'number')
      throw new InvariantBroken(`a page is ordered by ${column}, which must be selected and not null`);
    return value;
  });
  return Buffer.from(canonicalJson([1, orderTag(order), ...last]), 'utf8').toString('base64url');
};

/** @returns the ordering columns of the last row of the page before, or why the cursor is none of this ordering */
export const decodeCursor = (
  order: readonly OrderColumn[],
  cursor: string,
): Result<readonly (string | number)[], PageError> => {
  const refused = (rule: string): Result<never, PageError> => err({ kind: 'InvalidInput', field: 'cursor', rule });
  if (cursor.length > MAX_CURSOR || !/^[A-Za-z0-9_-]+$/.test(cursor)) return refused('not a cursor');
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return refused('not a cursor');
  }
  if (!Array.isArray(parsed) || parsed[0] !== 1) return refused('not a cursor');
  const [, tag, ...values]: unknown[] = parsed;
  if (tag !== orderTag(order)) return refused('cursor of another ordering');
  const last = values.filter(
    (value): value is string | number =>
      typeof value === 'string' || (typeof value === 'number' && Number.isSafeInteger(value)),
  );
  if (last.length !== order.length || values.length !== order.length) return refused('not a cursor');
  return ok(last);
};

/** The condition for rows after `last`, with one `?` per parameter. */
const afterCondition = (
  order: readonly OrderColumn[],
  last: readonly (string | number)[],
): { readonly sql: string; readonly params: readonly (string | number)[] } => {
  const [first] = order;
  const columns = order.map(({ column }) => column);
  if (first !== undefined && order.every(({ direction }) => direction === first.direction)) {
    // A row value lets SQLite seek in an index over these columns.
    const sign = first.direction === 'asc' ? '>' : '<';
    return { sql: `(${columns.join(', ')}) ${sign} (${columns.map(() => '?').join(', ')})`, params: last };
  }
  const params: (string | number)[] = [];
  const alternatives = order.map(({ column, direction }, index) => {
    const equal = columns.slice(0, index).map((name) => `${name} = ?`);
    params.push(...last.slice(0, index + 1));
    return `(${[...equal, `${column} ${direction === 'asc' ? '>' : '<'} ?`].join(' AND ')})`;
  });
  return { sql: `(${alternatives.join(' OR ')})`, params };
};

export type PageQuery = {
  /** `SELECT … FROM …` without condition; selects every ordering column under its own name. */
  readonly select: string;
  /** The condition, with `?` parameters; tests its organisation. */
  readonly where: string;
  readonly params: readonly SqlValue[];
  readonly order: readonly OrderColumn[];
  /** 1 to 200. */
  readonly limit: number;
  /** Where the page before ended; the first page when left out. */
  readonly cursor?: string | undefined;
};

export type Page<T> = {
  readonly rows: readonly T[];
  /** Where the next page starts; undefined on the last page. */
  readonly next: string | undefined;
};

/**
 * One page by key, never by offset: a row that comes or goes between two pages repeats or hides no other.
 * @returns InvalidInput for a limit out of bounds or a cursor that is damaged or of another ordering
 */
export const readPage = <T extends SqlRow>(reader: ViewReader, query: PageQuery): Result<Page<T>, PageError> => {
  const { order, limit, cursor } = query;
  if (order.length === 0 || order.some(({ column }) => !COLUMN.test(column)))
    throw new InvariantBroken('a page is ordered by plain columns');
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_PAGE)
    return err({ kind: 'InvalidInput', field: 'limit', rule: `1 to ${MAX_PAGE}` });
  const last = cursor === undefined ? ok(undefined) : decodeCursor(order, cursor);
  if (!last.ok) return last;
  const after = last.value === undefined ? undefined : afterCondition(order, last.value);
  const where = after === undefined ? query.where : `(${query.where}) AND ${after.sql}`;
  const orderBy = order.map(({ column, direction }) => `${column} ${direction}`).join(', ');
  // One row more than asked says whether there is a next page without counting.
  const rows = reader.all<T>(`${query.select} WHERE ${where} ORDER BY ${orderBy} LIMIT ?`, [
    ...query.params,
    ...(after?.params ?? []),
    limit + 1,
  ]);
  const page = rows.slice(0, limit);
  const end = page.at(-1);
  return ok({ rows: page, next: rows.length > limit && end !== undefined ? encodeCursor(order, end) : undefined });
};
