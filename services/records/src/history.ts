import type { AccessRow, DeniedRow } from '@toeverlaat/contracts';
import type { Scope } from './domain/audit-mandates/index.js';
import type { Rejection } from '@toeverlaat/event-log';
import { err, ok, type OrganisationId, type Result } from '@toeverlaat/values';
import {
  encodeCursor,
  readPage,
  type OrderColumn,
  type SqlRow,
  type SqlValue,
  type ViewReader,
} from '@toeverlaat/views';

/** Half-open: `from` belongs to it, `to` does not. */
export type Period = { readonly from?: string | undefined; readonly to?: string | undefined };
export type PageInput = { readonly first: number; readonly after?: string | undefined };
export type PageOf<T> = { readonly rows: T[]; readonly next: string | null };
/** A page whose end may still be moved: each row says where a page that ended with it would go on. */
export type OpenPage<T> = {
  readonly rows: readonly { readonly row: T; readonly end: string }[];
  readonly next: string | null;
};

/** Which rows of the history; every one names what it looks by. */
export type HistoryQuestion =
  | { readonly by: 'record'; readonly record: string }
  | { readonly by: 'handler'; readonly pseudonyms: readonly string[] }
  | { readonly by: 'period'; readonly role?: string | undefined }
  | { readonly by: 'denied' };

type Condition = { readonly sql: string; readonly params: readonly SqlValue[] };

const all = (...conditions: readonly (Condition | undefined)[]): Condition => {
  const held = conditions.filter((one) => one !== undefined);
  return { sql: held.map(({ sql }) => sql).join(' AND '), params: held.flatMap(({ params }) => params) };
};

const within = (organisation: OrganisationId, { from, to }: Period): Condition =>
  all(
    { sql: 'organisation = ?', params: [organisation] },
    from === undefined ? undefined : { sql: 'recorded_at >= ?', params: [from] },
    to === undefined ? undefined : { sql: 'recorded_at < ?', params: [to] },
  );

const named = (column: string, values: readonly string[]): string =>
  `${column} IN (${values.map(() => '?').join(', ')})`;

/** What somebody may ask about: of a mandate that names records or handlers, the rows of these (and of staff alone). */
const inScope = (scope: Scope, handlers: string): Condition | undefined => {
  if (scope.kind === 'all') return undefined;
  const { records, handlers: pseudonyms } = scope;
  const either = [
    ...(records.length === 0 ? [] : [named('record', records)]),
    ...(pseudonyms.length === 0 ? [] : [`(${handlers} AND ${named('who', pseudonyms)})`]),
  ];
  // A mandate that names nothing gives nothing.
  return { sql: either.length === 0 ? '0' : `(${either.join(' OR ')})`, params: [...records, ...pseudonyms] };
};

const conditionOf = (question: Exclude<HistoryQuestion, { by: 'denied' }>): Condition | undefined => {
  switch (question.by) {
    case 'record':
      return { sql: 'record = ?', params: [question.record] };
    case 'handler':
      // Only staff: the pseudonym of an applicant or participant finds what an unknown one finds (design rule 7).
      return {
        sql: `staff = 1 AND who IN (${question.pseudonyms.map(() => '?').join(', ')})`,
        params: question.pseudonyms,
      };
    case 'period':
      return question.role === undefined ? undefined : { sql: 'role = ?', params: [question.role] };
  }
};

const newestFirst = (...columns: readonly string[]): readonly OrderColumn[] =>
  columns.map((column) => ({ column, direction: 'desc' as const }));

const BY_RECORD = newestFirst('recorded_at', 'event_id');
const BY_TIME = newestFirst('recorded_at', 'event_id', 'record');

const text = (row: SqlRow, column: string): string => String(row[column]);
const textOrNull = (row: SqlRow, column: string): string | null => {
  const value = row[column];
  return value === null || value === undefined ? null : String(value);
};

const accessorOf = (row: SqlRow): AccessRow['accessor'] => ({
  pseudonym: text(row, 'who'),
  role: text(row, 'role') as AccessRow['accessor']['role'],
  capacity: textOrNull(row, 'capacity'),
  mandate: textOrNull(row, 'mandate'),
  onBehalfOf: textOrNull(row, 'on_behalf_of'),
  home: textOrNull(row, 'home'),
});

const common = (row: SqlRow) => ({
  eventId: text(row, 'event_id'),
  recordedAt: text(row, 'recorded_at'),
  service: text(row, 'service') as AccessRow['service'],
  accessor: accessorOf(row),
});

const accessRow = (row: SqlRow): AccessRow => ({
  ...common(row),
  purpose: text(row, 'purpose'),
  recordClass: text(row, 'record_class') as AccessRow['recordClass'],
  record: text(row, 'record'),
  fields: JSON.parse(text(row, 'fields')) as string[],
  query: text(row, 'query'),
  requestId: text(row, 'request_id'),
  outcome: text(row, 'outcome') as AccessRow['outcome'],
});

const deniedRow = (row: SqlRow): DeniedRow => ({
  ...common(row),
  kind: text(row, 'kind') as DeniedRow['kind'],
  purpose: textOrNull(row, 'purpose'),
  recordClass: textOrNull(row, 'record_class') as DeniedRow['recordClass'],
  record: textOrNull(row, 'record'),
  query: textOrNull(row, 'query'),
  requestId: textOrNull(row, 'request_id'),
  count: Number(row['attempts']),
  since: textOrNull(row, 'since'),
});

/** Where accesses are read from, a row for each record of each: by the record itself, or by when it was and who looked. */
const OF_RECORD = 'SELECT * FROM access_of_record JOIN access USING (organisation, recorded_at, event_id)';
const OF_ALL = 'SELECT access.*, one.value AS record FROM access, json_each(access.records) AS one';
/** Left alone, SQLite walks everybody's accesses in the order of time rather than sort those of one handler. */
const OF_HANDLER =
  'SELECT access.*, one.value AS record FROM access INDEXED BY access_index_1, json_each(access.records) AS one';

const page = <T>(
  reader: ViewReader,
  select: string,
  condition: Condition,
  order: readonly OrderColumn[],
  input: PageInput,
  toRow: (row: SqlRow) => T,
): Result<OpenPage<T>, Rejection> => {
  const found = readPage<SqlRow>(reader, {
    select,
    where: condition.sql,
    params: condition.params,
    order,
    limit: input.first,
    cursor: input.after,
  });
  if (!found.ok) {
    const { field, rule } = found.error;
    return err({ kind: 'InvalidInput', field: field === 'cursor' ? 'page.after' : 'page.first', rule });
  }
  const rows = found.value.rows.map((row) => ({ row: toRow(row), end: encodeCursor(order, row) }));
  return ok({ rows, next: found.value.next ?? null });
};

/** One page of who opened what, newest first. */
export const accessHistory = (
  reader: ViewReader,
  organisation: OrganisationId,
  question: Exclude<HistoryQuestion, { by: 'denied' }>,
  period: Period,
  scope: Scope,
  input: PageInput,
): Result<OpenPage<AccessRow>, Rejection> => {
  const condition = all(within(organisation, period), conditionOf(question), inScope(scope, 'staff = 1'));
  switch (question.by) {
    case 'record':
      return page(reader, OF_RECORD, condition, BY_RECORD, input, accessRow);
    case 'handler':
      return page(reader, OF_HANDLER, condition, BY_TIME, input, accessRow);
    case 'period':
      return page(reader, OF_ALL, condition, BY_TIME, input, accessRow);
  }
};

/** One page of refused attempts, newest first. */
export const deniedHistory = (
  reader: ViewReader,
  organisation: OrganisationId,
  period: Period,
  scope: Scope,
  input: PageInput,
): Result<OpenPage<DeniedRow>, Rejection> =>
  page(
    reader,
    'SELECT * FROM denied',
    all(within(organisation, period), inScope(scope, 'staff = 1')),
    BY_RECORD,
    input,
    deniedRow,
  );
