import { canonicalText } from '@toeverlaat/event-log';
import { InvariantBroken, type OrganisationId } from '@toeverlaat/values';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SqlValue, TableDefinition, ViewDefinition, ViewTx, ViewValue } from './define.js';

const quoted = (name: string): string => `"${name}"`;

/** @throws TypeError for a value that has no canonical form (a fraction, a function) */
export const toSql = (value: ViewValue): SqlValue => {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      if (!Number.isSafeInteger(value)) throw new TypeError('a view keeps safe integers only');
      return value;
    case 'boolean':
      return value ? 1 : 0;
    case 'undefined':
      return null;
    case 'object':
      if (value === null) return null;
      return canonicalText(value);
    default:
      throw new TypeError(`a view cannot keep a ${typeof value}`);
  }
};

type Row = Readonly<Record<string, ViewValue>>;

/** The statements of one table, prepared once per set of columns. */
type TableStatements = {
  readonly table: TableDefinition;
  readonly insert: Map<string, StatementSync>;
  readonly upsert: Map<string, StatementSync>;
  readonly update: Map<string, StatementSync>;
  readonly delete: Map<string, StatementSync>;
  readonly select: Map<string, StatementSync>;
};

/** The transaction's face to a handler, and the organisation of the event at hand. */
export type BoundTx = { readonly tx: ViewTx; readonly bind: (organisation: OrganisationId) => void };

/** How SQLite says that it finds rows by the organisation and at least one column more; anything else reads too many. */
const BY_KEY = /^SEARCH .*\([^)]*=\? AND /;

/**
 * @param needIndexes called before a statement is used for which the key of a table is not enough, when the indexes may
 * not have been made yet
 */
export const createTx = (db: DatabaseSync, view: ViewDefinition, needIndexes: () => void): BoundTx => {
  let organisation: string | undefined;
  const tables = new Map<string, TableStatements>(
    view.tables.map((table) => [
      table.name,
      { table, insert: new Map(), upsert: new Map(), update: new Map(), delete: new Map(), select: new Map() },
    ]),
  );
  const raw = new Map<string, StatementSync>();

  const of = (name: string): TableStatements => {
    const statements = tables.get(name);
    if (statements === undefined) throw new InvariantBroken(`view ${view.name} has no table ${name}`);
    return statements;
  };
  const bound = (): string => {
    if (organisation === undefined) throw new InvariantBroken('a view writes only while it handles an event');
    return organisation;
  };
  const prepared = (cache: Map<string, StatementSync>, shape: string, sql: () => string): StatementSync => {
    let statement = cache.get(shape);
    if (statement === undefined) {
      const text = sql();
      if (!text.startsWith('INSERT ')) {
        const steps = db.prepare(`EXPLAIN QUERY PLAN ${text}`).all();
        if (!steps.every((step) => BY_KEY.test(String(step['detail'])))) needIndexes();
      }
      statement = db.prepare(text);
      cache.set(shape, statement);
    }
    return statement;
  };
  const shapeOf = (statements: TableStatements, row: Row): readonly string[] => {
    const columns = Object.keys(row);
    if ('organisation' in row) throw new InvariantBroken('a row takes its organisation from the event');
    for (const column of columns)
      if (!(column in statements.table.columns))
        throw new InvariantBroken(`${view.name}.${statements.table.name} has no column ${column}`);
    return columns;
  };
  const values = (row: Row): SqlValue[] => {
    const out: SqlValue[] = [bound()];
    for (const column in row) out.push(toSql(row[column]));
    return out;
  };
  const shape = (row: Row): string => {
    let key = '';
    for (const column in row) key += `${column},`;
    return key;
  };
  const whereClause = (columns: readonly string[]): string =>
    ['organisation', ...columns].map((column) => `${quoted(column)} IS ?`).join(' AND ');
  const insertInto = (table: TableDefinition, columns: readonly string[]): string =>
    `INSERT INTO ${quoted(table.name)} (${['organisation', ...columns].map(quoted).join(', ')}) VALUES (?${', ?'.repeat(columns.length)})`;
  const select = (name: string, where: Row): StatementSync => {
    const statements = of(name);
    return prepared(
      statements.select,
      shape(where),
      () =>
        `SELECT * FROM ${quoted(name)} WHERE ${whereClause(shapeOf(statements, where))} ORDER BY ${statements.table.primaryKey.map(quoted).join(', ')}`,
    );
  };

  const tx: ViewTx = {
    insert: (name, row: Row) => {
      const statements = of(name);
      prepared(statements.insert, shape(row), () => insertInto(statements.table, shapeOf(statements, row))).run(
        ...values(row),
      );
    },
    upsert: (name, row: Row) => {
      const statements = of(name);
      prepared(statements.upsert, shape(row), () => {
        const columns = shapeOf(statements, row);
        const key = new Set(statements.table.primaryKey);
        const set = columns
          .filter((column) => !key.has(column))
          .map((column) => `${quoted(column)} = excluded.${quoted(column)}`);
        const conflict = `ON CONFLICT (${statements.table.primaryKey.map(quoted).join(', ')})`;
        return `${insertInto(statements.table, columns)} ${conflict} DO ${set.length === 0 ? 'NOTHING' : `UPDATE SET ${set.join(', ')}`}`;
      }).run(...values(row));
    },
    update: (name, where: Row, set: Row) => {
      const statements = of(name);
      const changes: SqlValue[] = [];
      for (const column in set) changes.push(toSql(set[column]));
      if (changes.length === 0) throw new InvariantBroken(`${view.name}: an update of ${name} sets nothing`);
      const statement = prepared(statements.update, `${shape(set)}|${shape(where)}`, () => {
        const assignments = shapeOf(statements, set).map((column) => `${quoted(column)} = ?`);
        return `UPDATE ${quoted(name)} SET ${assignments.join(', ')} WHERE ${whereClause(shapeOf(statements, where))}`;
      });
      return Number(statement.run(...changes, ...values(where)).changes);
    },
    delete: (name, where: Row) => {
      const statements = of(name);
      const statement = prepared(
        statements.delete,
        shape(where),
        () => `DELETE FROM ${quoted(name)} WHERE ${whereClause(shapeOf(statements, where))}`,
      );
      return Number(statement.run(...values(where)).changes);
    },
    // The columns are the table's own, so a row has the stored row's shape.
    get: (name, where: Row) => select(name, where).get(...values(where)) as never,
    all: (name, where: Row) => select(name, where).all(...values(where)) as never,
    run: (sql, params) => {
      const statement = prepared(raw, sql, () => {
        if (!sql.includes(':organisation'))
          throw new InvariantBroken(`${view.name}: a statement must name :organisation`);
        return sql;
      });
      const named: Record<string, SqlValue> = { organisation: bound() };
      for (const [name, value] of Object.entries(params ?? {})) named[name] = toSql(value);
      named['organisation'] = bound();
      return Number(statement.run(named).changes);
    },
  };
  return {
    tx,
    bind: (next) => {
      organisation = next;
    },
  };
};
