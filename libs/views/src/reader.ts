import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { SealedValue } from '@toeverlaat/event-log';
import { isSealedValue } from '@toeverlaat/event-log';
import { InvariantBroken } from '@toeverlaat/values';
import type { SqlValue } from './define.js';

export type SqlParams = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** Reads the rows of one view; cannot write. */
export type ViewReader = {
  /**
   * Every row of the answer. The statement must test its organisation (`organisation = ?`, `organisation IN (…)`):
   * a predicate without it is refused before it runs (design rule 5). `T` is what the caller selects.
   */
  readonly all: <T extends SqlRow>(sql: string, params?: SqlParams) => readonly T[];
  /** The first row of the answer. */
  readonly get: <T extends SqlRow>(sql: string, params?: SqlParams) => T | undefined;
  /** For the product's own work over all organisations (timers, checks), never for a caller's request. */
  readonly acrossOrganisations: <T extends SqlRow>(sql: string, params?: SqlParams) => readonly T[];
};

const STATEMENTS = 200;
const ORGANISATION_PREDICATE = /\borganisation\s*(=|IN\b|IS\b)|\(\s*organisation\s*,/i;

/** @throws InvariantBroken for a statement without a predicate on its organisation */
const demandOrganisation = (sql: string): void => {
  if (!ORGANISATION_PREDICATE.test(sql)) throw new InvariantBroken('a query of a view must test its organisation');
};

export type OpenReader = ViewReader & { readonly db: DatabaseSync; readonly close: () => void };

/** `location`: a file, or the URI of a live view. */
export const openReader = (location: string): OpenReader => {
  const db = new DatabaseSync(location, { timeout: 5_000 });
  db.exec('PRAGMA query_only = ON');
  // Least recently used first: Map keeps the order in which keys came in.
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string, checked: boolean): StatementSync => {
    const key = checked ? sql : `*${sql}`;
    let statement = statements.get(key);
    if (statement === undefined) {
      if (checked) demandOrganisation(sql);
      statement = db.prepare(sql);
      if (statements.size >= STATEMENTS) {
        const [oldest] = statements.keys();
        if (oldest !== undefined) statements.delete(oldest);
      }
    } else {
      statements.delete(key);
    }
    statements.set(key, statement);
    return statement;
  };
  const isList = (params: SqlParams): params is readonly SqlValue[] => Array.isArray(params);
  const rows = <T extends SqlRow>(statement: StatementSync, params: SqlParams): readonly T[] =>
    (isList(params) ? statement.all(...params) : statement.all(params)) as unknown[] as T[];

  return {
    db,
    all: <T extends SqlRow>(sql: string, params: SqlParams = []) => rows<T>(prepare(sql, true), params),
    get: <T extends SqlRow>(sql: string, params: SqlParams = []) => {
      const statement = prepare(sql, true);
      const row: unknown = isList(params) ? statement.get(...params) : statement.get(params);
      return row as T | undefined;
    },
    acrossOrganisations: <T extends SqlRow>(sql: string, params: SqlParams = []) =>
      rows<T>(prepare(sql, false), params),
    close: () => db.close(),
  };
};

/**
 * The sealed value of a column, as stored; for the query edge, which opens it after the access record.
 * @throws InvariantBroken when the column holds something else
 */
export const sealedColumn = (column: SqlValue | undefined): SealedValue => {
  const value: unknown = typeof column === 'string' ? JSON.parse(column) : column;
  if (!isSealedValue(value)) throw new InvariantBroken('the column holds no sealed value');
  return value;
};
