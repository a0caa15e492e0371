import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compareCatalogue, describeEventTypes, type CatalogueBreak } from './catalogue.js';
import { clear, code, eventType, optional, participantCode, text, type Fields } from './fields.js';
import { sampleEvents, sampleUpcasts } from './sample.js';

const BASE = {
  who: clear(z.string().max(40)),
  kind: clear(z.enum(['a', 'b'])),
  secret: code(z.enum(['x', 'y'])),
  words: text(100),
  maybe: optional(clear(z.number().int().min(1).max(9))),
  list: code(z.array(z.strictObject({ n: z.number().int() })).max(3)),
} satisfies Fields;

const catalogue = (fields: Fields) => describeEventTypes([eventType('sample', 'Thing', 1, fields)]);
const change = (fields: Fields): readonly CatalogueBreak[] =>
  compareCatalogue(catalogue(BASE), catalogue({ ...BASE, ...fields }));
const { maybe: _, ...WITHOUT_MAYBE } = BASE;

describe('describeEventTypes', () => {
  it('says of each field its class, subjects and schema, as plain JSON', () => {
    const described = describeEventTypes(sampleEvents, sampleUpcasts);
    expect(JSON.parse(JSON.stringify(described))).toEqual(described);
    expect(Object.keys(described.types)).toEqual([
      'sample.LoanClosed.v1',
      'sample.LoanExtended.v1',
      'sample.LoanOpened.v2',
    ]);
    expect(described.types['sample.LoanOpened.v2']).toEqual({
      borrowerId: { class: 'clear', optional: false, subjects: [], schema: { type: 'string', maxLength: 40 } },
      note: {
        class: 'text',
        optional: true,
        subjects: ['record'],
        schema: { type: 'string', minLength: 1, maxLength: 2000 },
      },
      person: {
        class: 'code',
        optional: false,
        subjects: ['record', 'participant:borrowerId'],
        schema: { type: 'string', maxLength: 40 },
      },
      shelf: {
        class: 'code',
        optional: false,
        subjects: ['record'],
        schema: { type: 'string', enum: ['north', 'south'] },
      },
    });
    expect(described.upcasts).toEqual({
      'sample.LoanOpened.v0': 'sample.LoanOpened.v1',
      'sample.LoanOpened.v1': 'sample.LoanOpened.v2',
    });
  });

  it('refuses a schema that storage cannot hold', () => {
    expect(() => catalogue({ when: clear(z.date()) })).toThrow('Date');
  });
});

describe('compareCatalogue', () => {
  it('finds nothing between a catalogue and itself', () => {
    expect(compareCatalogue(catalogue(BASE), catalogue(BASE))).toEqual([]);
  });

  it.each<[string, Fields]>([
    ['a new optional field', { extra: optional(clear(z.string())) }],
    ['one more value', { kind: clear(z.enum(['a', 'b', 'c'])), secret: code(z.enum(['y', 'x', 'z'])) }],
    [
      'a wider limit',
      { who: clear(z.string().max(80)), words: text(500), maybe: optional(clear(z.number().int().min(0).max(20))) },
    ],
    ['no limit', { who: clear(z.string()) }],
    ['an alternative', { who: clear(z.union([z.string().max(40), z.number()])) }],
    [
      'a list of more',
      { list: code(z.array(z.strictObject({ n: z.number().int(), m: z.string().optional() })).max(5)) },
    ],
  ])('allows %s', (_name, fields) => {
    expect(change(fields)).toEqual([]);
  });

  it.each<[string, Fields, CatalogueBreak['kind'], string]>([
    ['a new required field', { extra: clear(z.string()) }, 'RequiredFieldAdded', 'extra'],
    ['another type', { who: clear(z.number()) }, 'SchemaNarrowed', 'who'],
    ['a value less', { kind: clear(z.enum(['a'])) }, 'SchemaNarrowed', 'kind'],
    ['a sealed value less', { secret: code(z.enum(['x'])) }, 'SchemaNarrowed', 'secret'],
    ['a tighter limit', { words: text(10) }, 'SchemaNarrowed', 'words'],
    ['a new pattern', { who: clear(z.string().max(40).regex(/^a/)) }, 'SchemaNarrowed', 'who'],
    [
      'a required member',
      { list: code(z.array(z.strictObject({ n: z.number().int(), m: z.string() })).max(3)) },
      'SchemaNarrowed',
      'list',
    ],
    ['a code that becomes clear', { secret: clear(z.enum(['x', 'y'])) }, 'ClassChanged', 'secret'],
    ['other subjects', { secret: participantCode(z.enum(['x', 'y']), 'who') }, 'SubjectsChanged', 'secret'],
    [
      'an optional field made required',
      { maybe: clear(z.number().int().min(1).max(9)) },
      'FieldBecameRequired',
      'maybe',
    ],
  ])('finds %s', (_name, fields, kind, field) => {
    expect(change(fields)).toMatchObject([{ kind, type: 'sample.Thing.v1', field }]);
  });

  it('reads the branches of a discriminated union one by one', () => {
    const union = (names: readonly [string, ...string[]], more: readonly z.ZodObject[] = []) =>
      catalogue({
        one: clear(
          z.discriminatedUnion('is', [
            z.strictObject({ is: z.literal('named'), name: z.enum(names) }),
            z.strictObject({ is: z.literal('counted'), n: z.number() }),
            ...more,
          ]) as z.ZodType<unknown>,
        ),
      });
    const wider = union(['a', 'b'], [z.strictObject({ is: z.literal('none') })]);
    expect(compareCatalogue(union(['a']), wider)).toEqual([]);
    expect(compareCatalogue(wider, union(['a']))).toMatchObject([{ kind: 'SchemaNarrowed', field: 'one' }]);
  });

  it('finds a field that went', () => {
    expect(compareCatalogue(catalogue(BASE), catalogue(WITHOUT_MAYBE))).toMatchObject([
      { kind: 'FieldRemoved', field: 'maybe' },
    ]);
  });

  it('finds a type that went, unless an upcast lifts it', () => {
    const older = catalogue(BASE);
    const next = eventType('sample', 'Thing', 2, BASE);
    expect(compareCatalogue(older, describeEventTypes([next]))).toEqual([
      { kind: 'TypeRemoved', type: 'sample.Thing.v1' },
    ]);
    const upcast = {
      from: 'sample.Thing.v1',
      to: 'sample.Thing.v2',
      up: (data: Readonly<Record<string, unknown>>) => ({ ...data }),
    };
    const lifted = describeEventTypes([next], [upcast]);
    expect(compareCatalogue(older, lifted)).toEqual([]);
    expect(compareCatalogue(lifted, describeEventTypes([next]))).toMatchObject([
      { kind: 'TypeRemoved', type: 'sample.Thing.v1' },
    ]);
  });
});
