import * as fc from 'fast-check';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor, readPage, type OrderColumn } from './paging.js';
import type { SqlRow, ViewReader } from './reader.js';

const over = (rows: readonly (readonly [string, string, number])[]): ViewReader => {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE t (organisation TEXT, id TEXT, due INTEGER, PRIMARY KEY (organisation, id)) STRICT');
  const insert = db.prepare('INSERT OR IGNORE INTO t VALUES (?, ?, ?)');
  for (const row of rows) insert.run(...row);
  const all = <T extends SqlRow>(sql: string, params: unknown = []) =>
    db.prepare(sql).all(...(params as readonly string[])) as unknown[] as T[];
  return { all, get: (sql, params) => all(sql, params)[0] as never, acrossOrganisations: all };
};

const orders: readonly (readonly OrderColumn[])[] = [
  [
    { column: 'due', direction: 'asc' },
    { column: 'id', direction: 'asc' },
  ],
  [
    { column: 'due', direction: 'desc' },
    { column: 'id', direction: 'desc' },
  ],
  [
    { column: 'due', direction: 'desc' },
    { column: 'id', direction: 'asc' },
  ],
];
const table = fc.array(
  fc.tuple(fc.constantFrom('gentia', 'zorgnet'), fc.string({ maxLength: 4 }), fc.integer({ min: 0, max: 3 })),
  { maxLength: 30 },
);

describe('paging by key', () => {
  it('gives every row of the organisation once, in order, whatever the page size', () => {
    fc.assert(
      fc.property(table, fc.constantFrom(...orders), fc.integer({ min: 1, max: 7 }), (rows, order, limit) => {
        const reader = over(rows);
        const query = { select: 'SELECT id, due FROM t', where: 'organisation = ?', params: ['gentia'], order, limit };
        const whole = reader.all(
          `SELECT id, due FROM t WHERE organisation = 'gentia' ORDER BY ${order.map((o) => `${o.column} ${o.direction}`).join(', ')}`,
        );
        const seen: SqlRow[] = [];
        let cursor: string | undefined;
        do {
          const page = readPage(reader, { ...query, cursor });
          if (!page.ok) throw new Error(page.error.rule);
          expect(page.value.rows.length).toBeLessThanOrEqual(limit);
          seen.push(...page.value.rows);
          cursor = page.value.next;
        } while (cursor !== undefined);
        expect(seen).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  const [order = [], other = []] = orders;

  it('refuses a cursor that is damaged, of another ordering, or not of the client’s making', () => {
    const cursor = encodeCursor(order, { due: 1, id: 'a' });
    expect(decodeCursor(order, cursor)).toEqual({ ok: true, value: [1, 'a'] });
    expect(decodeCursor(other, cursor)).toMatchObject({ ok: false, error: { rule: 'cursor of another ordering' } });
    const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const tag: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())[1];
    for (const bad of [
      '',
      'x',
      '%',
      'a'.repeat(3_000),
      forged({}),
      forged([1, tag, 1]),
      forged([1, tag, 1, 'a', 2]),
      forged([1, tag, 1, null]),
      forged([1, tag, 1.5, 'a']),
    ])
      expect(decodeCursor(order, bad)).toMatchObject({ ok: false, error: { kind: 'InvalidInput', field: 'cursor' } });
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(decodeCursor(order, text).ok).toBe(false);
      }),
    );
  });

  it('refuses a limit out of bounds, and never takes an ordering that is no column', () => {
    const reader = over([]);
    const query = { select: 'SELECT id, due FROM t', where: 'organisation = ?', params: ['gentia'], order, limit: 20 };
    for (const limit of [0, -1, 1.5, 201])
      expect(readPage(reader, { ...query, limit })).toMatchObject({ ok: false, error: { field: 'limit' } });
    expect(() => readPage(reader, { ...query, order: [{ column: 'due; DROP TABLE t', direction: 'asc' }] })).toThrow(
      /plain columns/,
    );
    expect(() => encodeCursor(order, { due: null, id: 'a' })).toThrow(/not null/);
  });
});
