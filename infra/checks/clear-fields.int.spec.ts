import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { aggregates } from './inventory.js';
import { readJson } from './workspace.js';

/**
 * Design rule 6: what stands in the clear is a short list. A clear field cannot be sealed afterwards: it stays readable in
 * every copy of the log there ever was. So somebody says why it may be, in a file of its own that a review sees change.
 */
const FILE = 'docs/events/clear-fields.json';
const listSchema = z.strictObject({
  /** Short name of a reason, and the reason. */
  reasons: z.record(z.string(), z.string().min(20)),
  /** By type without its version: a field that turns clear in a later version is reviewed then. */
  fields: z.record(z.string(), z.record(z.string(), z.string())),
});
const list = listSchema.parse(readJson(FILE));

const events = (await aggregates()).flatMap(({ codec }) => [...codec.events]);
const nameOf = (type: string): string => type.replace(/\.v\d+$/, '');
const clearFields = events.flatMap((event) =>
  Object.entries(event.fields).flatMap(([name, field]) =>
    field.class === 'clear' ? [`${nameOf(event.type)}.${name}`] : [],
  ),
);
const listed = Object.entries(list.fields).flatMap(([type, fields]) =>
  Object.keys(fields).map((name) => `${type}.${name}`),
);

/** A string of any content, at any depth: whoever fills it may write a name or a sentence. */
const holdsWords = (schema: unknown): boolean => {
  if (Array.isArray(schema)) return schema.some(holdsWords);
  if (typeof schema !== 'object' || schema === null) return false;
  if ('type' in schema && schema.type === 'string')
    return !('enum' in schema || 'const' in schema || 'pattern' in schema || 'format' in schema);
  return Object.values(schema).some(holdsWords);
};

describe('what stands in the clear', () => {
  it('is on the reviewed list, field by field', () => {
    const known = new Set(listed);
    expect(
      clearFields.filter((field) => !known.has(field)),
      `seal it, or say in ${FILE} why it may stand in the clear`,
    ).toEqual([]);
  });

  it('is not listed when no event has it', () => {
    const present = new Set(clearFields);
    expect(listed.filter((field) => !present.has(field))).toEqual([]);
  });

  it('has a reason, and no reason is left over', () => {
    const used = new Set(Object.values(list.fields).flatMap((fields) => Object.values(fields)));
    expect([...used].toSorted()).toEqual(Object.keys(list.reasons).toSorted());
  });

  it('holds no words: what is clear is an id, a date, a number or one of a few names', () => {
    const open = events.flatMap((event) =>
      Object.entries(event.fields).flatMap(([name, field]) => {
        const reason = list.fields[nameOf(event.type)]?.[name];
        return field.class === 'clear' && reason !== 'public_fact' && holdsWords(z.toJSONSchema(field.schema))
          ? [`${event.type}.${name}`]
          : [];
      }),
    );
    expect(open, 'give it a pattern or an enum, or seal it').toEqual([]);
  });

  it('has no field that holds a value of any class: every field says what it is', () => {
    for (const event of events)
      for (const [name, field] of Object.entries(event.fields)) {
        expect(['clear', 'code', 'text'], `${event.type}.${name}`).toContain(field.class);
        expect(field.subjects.length > 0, `${event.type}.${name}: sealed under somebody's key`).toBe(
          field.class !== 'clear',
        );
      }
  });
});
