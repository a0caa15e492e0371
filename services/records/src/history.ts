import type { AccessRow, DeniedRow } from '@toeverlaat/contracts';
import type { Scope } from './domain/audit-mandates/index.js';
import { isSeldom } from './views/access-index.js';
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

const equal = (column: string, value: string): Condition => ({ sql: `${column} = ?`, params: [value] });
const among = (column: string, values: readonly string[]): Condition => ({
  sql: `${column} IN (${values.map(() => '?').join(', ')})`,
  params: values,
});
/** Only staff: the pseudonym of an applicant or participant finds what an unknown one finds (design rule 7). */
const STAFF: Condition = { sql: 'staff = 1', params: [] };

/** One walk through one index, newest first: rows of several are merged, so that none is sorted. */
type Walk = { readonly along: 'record' | 'handler' | 'time'; readonly condition: Condition };

const ofRecord = (record: string, ...more: readonly Condition[]): Walk => ({
  along: 'record',
  condition: all(equal('record', record), ...more),
});
const ofHandler = (pseudonym: string): Walk => ({ along: 'handler', condition: all(STAFF, equal('who', pseudonym)) });

/**
 * Where the rows of a question are. Of a mandate that names records or handlers: the rows of these and no others; several
 * handlers or records are as many walks.
 */
const walksOf = (question: Exclude<HistoryQuestion, { by: 'denied' }>, scope: Scope): readonly Walk[] => {
  switch (question.by) {
    case 'record': {
      const { record } = question;
      if (scope.kind === 'all' || scope.records.includes(record)) return [ofRecord(record)];
      return scope.handlers.length === 0 ? [] : [ofRecord(record, STAFF, among('who', scope.handlers))];
    }
    case 'handler': {
      const pseudonyms = [...new Set(question.pseudonyms)];
      if (scope.kind === 'all') return pseudonyms.map(ofHandler);
      const others = pseudonyms.filter((one) => !scope.handlers.includes(one));
      return [
        ...pseudonyms.filter((one) => scope.handlers.includes(one)).map(ofHandler),
        ...(others.length === 0 ? [] : scope.records.map((record) => ofRecord(record, STAFF, among('who', others)))),
      ];
    }
    case 'period': {
      const { role } = question;
      const ofRole: readonly Condition[] = role === undefined ? [] : [equal('role', role)];
      if (scope.kind === 'all')
        return [
          {
            along: 'time',
            // Who seldom looks is found by an index of their own; the others soon, by going back in time.
            condition: all(
              ...ofRole,
              role !== undefined && isSeldom(role) ? { sql: 'seldom = 1', params: [] } : undefined,
            ),
          },
        ];
      const { handlers } = scope;
      return [
        ...handlers.map((one): Walk => ({ ...ofHandler(one), condition: all(ofHandler(one).condition, ...ofRole) })),
        ...scope.records.map((record) => ofRecord(record, ...ofRole)),
      ];
    }
  }
};

const newestFirst = (...columns: readonly string[]): readonly OrderColumn[] =>
  columns.map((column) => ({ column, direction: 'desc' as const }));

const BY_EVENT = newestFirst('recorded_at', 'event_id');
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
const SELECT: Readonly<Record<Walk['along'], string>> = {
  // Never the other way round: SQLite keeps the order of a cross join, and few look at one record.
  record: 'SELECT * FROM access_of_record CROSS JOIN access USING (organisation, recorded_at, event_id)',
  time: 'SELECT access.*, one.value AS record FROM access, json_each(access.records) AS one',
  // Left alone, SQLite walks everybody's accesses in the order of time rather than sort those of one handler.
  handler:
    'SELECT access.*, one.value AS record FROM access INDEXED BY access_index_1, json_each(access.records) AS one',
};
const SELDOM =
  'SELECT access.*, one.value AS record FROM access INDEXED BY access_index_2, json_each(access.records) AS one';

const selectOf = ({ along, condition }: Walk): string =>
  along === 'time' && condition.sql.includes('seldom = 1') ? SELDOM : SELECT[along];

/** Equal when the later of two rows in the order of pages is not the earlier. */
const before = (order: readonly OrderColumn[], a: SqlRow, b: SqlRow): number => {
  for (const { column } of order) {
    const [left, right] = [String(a[column]), String(b[column])];
    if (left !== right) return left > right ? -1 : 1;
  }
  return 0;
};

type Found = { readonly select: string; readonly condition: Condition };

/** One page over several walks, each row once: as many rows of each as the page has room for, merged, cut. */
const page = <T>(
  reader: ViewReader,
  walks: readonly Found[],
  order: readonly OrderColumn[],
  input: PageInput,
  toRow: (row: SqlRow) => T,
): Result<OpenPage<T>, Rejection> => {
  const rows: SqlRow[] = [];
  let more = false;
  // A page of nothing still says whether its cursor is one.
  const asked =
    walks.length === 0 ? [{ select: SELECT.time, condition: { sql: 'organisation IN ()', params: [] } }] : walks;
  for (const { select, condition } of asked) {
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
    rows.push(...found.value.rows);
    more ||= found.value.next !== undefined;
  }
  const sorted = walks.length > 1 ? rows.toSorted((a, b) => before(order, a, b)) : rows;
  const once = sorted.filter((row, at) => at === 0 || before(order, sorted[at - 1] ?? row, row) !== 0);
  const shown = once.slice(0, input.first);
  const last = shown.at(-1);
  const ends = shown.map((row) => ({ row: toRow(row), end: encodeCursor(order, row) }));
  return ok({
    rows: ends,
    next: last !== undefined && (more || once.length > input.first) ? encodeCursor(order, last) : null,
  });
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
  const walks = walksOf(question, scope).map((walk) => ({
    select: selectOf(walk),
    condition: all(within(organisation, period), walk.condition.sql === '' ? undefined : walk.condition),
  }));
  return page(reader, walks, BY_TIME, input, accessRow);
};

/** One page of refused attempts, newest first. */
export const deniedHistory = (
  reader: ViewReader,
  organisation: OrganisationId,
  period: Period,
  scope: Scope,
  input: PageInput,
): Result<OpenPage<DeniedRow>, Rejection> => {
  const walks: readonly Found[] =
    scope.kind === 'all'
      ? [{ select: 'SELECT * FROM denied', condition: within(organisation, period) }]
      : [
          ...scope.handlers.map((one) => ({
            select: 'SELECT * FROM denied INDEXED BY denied_index_1',
            condition: all(within(organisation, period), STAFF, equal('who', one)),
          })),
          ...scope.records.map((record) => ({
            select: 'SELECT * FROM denied INDEXED BY denied_index_2',
            condition: all(within(organisation, period), equal('record', record)),
          })),
        ];
  return page(reader, walks, BY_EVENT, input, deniedRow);
};
