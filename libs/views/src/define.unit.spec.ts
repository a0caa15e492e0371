import { createCodec, eventType, clear } from '@toeverlaat/event-log';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineView, InvalidView, type TableDefinition } from './define.js';
import { sampleCodec, SAMPLE_CATEGORY } from './fixtures/sample.js';
import { toSql } from './rows.js';

const good = {
  name: 'things',
  columns: { organisation: 'TEXT NOT NULL', thing: 'TEXT NOT NULL', number: 'INTEGER' },
  primaryKey: ['organisation', 'thing'],
} as const;

const define = (
  change: Partial<TableDefinition>,
  rest: { name?: string; version?: number; categories?: string[] } = {},
) =>
  defineView({
    name: 'view',
    version: 1,
    mode: 'async',
    categories: [SAMPLE_CATEGORY],
    codecs: [sampleCodec],
    tables: [{ ...good, ...change }],
    handle: () => undefined,
    ...rest,
  });

describe('defineView', () => {
  it('takes a view whose tables start with their organisation', () => {
    expect(define({}).fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(define({}).fingerprint).not.toBe(define({ primaryKey: ['organisation', 'thing', 'number'] }).fingerprint);
  });

  it.each([
    [
      'first column not organisation',
      { columns: { thing: 'TEXT NOT NULL', organisation: 'TEXT NOT NULL' } },
      /columns: the first column must be organisation/,
    ],
    ['no organisation at all', { columns: { thing: 'TEXT' }, primaryKey: ['thing'] }, /must be organisation/],
    [
      'key without organisation first',
      { primaryKey: ['thing', 'organisation'] },
      /primaryKey: must start with organisation/,
    ],
    ['nullable organisation', { columns: { organisation: 'TEXT', thing: 'TEXT' } }, /must be TEXT NOT NULL/],
    ['a fraction', { columns: { ...good.columns, share: 'REAL' } }, /share: type must be TEXT or INTEGER/],
    ['a statement in a type', { columns: { ...good.columns, x: 'TEXT; DROP TABLE y' } }, /x: type must be/],
    ['an unknown key column', { primaryKey: ['organisation', 'nothing'] }, /no column nothing/],
    [
      'an unknown index column',
      { indexes: [{ columns: ['organisation', 'nothing DESC'] }] },
      /indexes: no column nothing/,
    ],
    ['the checkpoint’s name', { name: 'view_checkpoint' }, /name:/],
  ] as const)('refuses %s', (_case, change, message) => {
    expect(() => define(change)).toThrow(InvalidView);
    expect(() => define(change)).toThrow(message);
  });

  it('refuses a bad name, version or category', () => {
    expect(() => define({}, { name: 'Bad-Name' })).toThrow(/name/);
    expect(() => define({}, { version: 0 })).toThrow(/version/);
    expect(() => define({}, { categories: [] })).toThrow(/categories/);
    expect(() => define({}, { categories: ['case.case-gentia'] })).toThrow(/not a stream category/);
  });

  it('refuses handlers by name when two codecs have an event of that name', () => {
    const twin = createCodec({
      events: [eventType('twin', 'FileClosed', 1, { why: clear(z.string()) })],
      recordSubject: (id) => id,
    });
    const options = { name: 'view', version: 1, mode: 'live', categories: [SAMPLE_CATEGORY], tables: [good] } as const;
    expect(() =>
      defineView({ ...options, codecs: [sampleCodec, twin], handlers: { FileClosed: () => undefined } }),
    ).toThrow(/two codecs have this event/);
    expect(() => defineView({ ...options, codecs: [sampleCodec, twin], handle: () => undefined })).not.toThrow();
  });

  it('types events, tables, columns and keys', () => {
    const typed = defineView({
      name: 'typed',
      version: 1,
      mode: 'live',
      categories: [SAMPLE_CATEGORY],
      codecs: [sampleCodec],
      tables: [good],
      handlers: {
        ContactAdded: ({ data, meta }, tx) => {
          tx.insert('things', { thing: data.contact, number: data.minutes });
          // @ts-expect-error a key column is required
          tx.insert('things', { number: 1 });
          // @ts-expect-error no such column
          tx.upsert('things', { thing: meta.streamId, colour: 'red' });
          // @ts-expect-error no such table
          tx.delete('nothings', {});
          // @ts-expect-error the organisation comes from the event
          tx.update('things', { organisation: 'zorgnet' }, { number: 1 });
          // @ts-expect-error not a field of this event
          void data.outcome;
        },
      },
    });
    const whole = defineView({
      name: 'typed',
      version: 1,
      mode: 'live',
      categories: [SAMPLE_CATEGORY],
      codecs: [sampleCodec],
      tables: [good],
      handle: (event) => {
        if (event.type === 'FileClosed') void event.data.outcome.ct;
        // @ts-expect-error not every event has it
        void event.data.outcome;
      },
    });
    expect(typed.handles).toEqual(new Set(['ContactAdded']));
    expect(whole.handles).toBeUndefined();
  });
});

describe('toSql', () => {
  it('keeps what has one form and refuses the rest', () => {
    expect([true, false, null, undefined, 'x', 7].map(toSql)).toEqual([1, 0, null, null, 'x', 7]);
    expect(toSql({ b: 1, a: [2] })).toBe('{"a":[2],"b":1}');
    expect(() => toSql(1.5)).toThrow(/safe integers/);
    expect(() => toSql({ a: 1.5 })).toThrow(/safe integers/);
  });

  it('writes a sealed value canonically, in whatever order its members stand', () => {
    const ctx = { organisation: 'gentia', stream: 's', eventId: 'e', type: 't', path: 'p' };
    const sealed = { v: 1, alg: 'A256GCM', keys: ['k'], ctx, iv: 'AAAA', ct: 'BBBB' } as const;
    const canonical =
      '{"alg":"A256GCM","ct":"BBBB","ctx":{"eventId":"e","organisation":"gentia","path":"p","stream":"s","type":"t"},"iv":"AAAA","keys":["k"],"v":1}';
    expect(toSql(sealed)).toBe(canonical);
    expect(toSql(JSON.parse(canonical) as object)).toBe(canonical);
    expect(toSql({ ...(JSON.parse(canonical) as object), ctx })).toBe(canonical);
  });
});
