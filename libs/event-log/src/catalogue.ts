import { z } from 'zod';
import type { Upcast } from './codec.js';
import type { EventType, FieldClass, SubjectSelector } from './fields.js';

/** A JSON Schema (draft 2020-12) as plain JSON. */
export type JsonSchema = { readonly [keyword: string]: unknown };

export type FieldDescription = {
  readonly class: FieldClass;
  readonly optional: boolean;
  /** Whose keys seal it: `record`, and `participant:<field>` for the participant that a clear field names. */
  readonly subjects: readonly string[];
  /** Of the value as stored; for a sealed field, of what is inside the seal. */
  readonly schema: JsonSchema;
};

export type EventCatalogue = {
  /** By storage name with version. */
  readonly types: { readonly [type: string]: { readonly [field: string]: FieldDescription } };
  /** Stored types that are lifted on reading, and to which. */
  readonly upcasts: { readonly [from: string]: string };
};

const subjectName = (subject: SubjectSelector): string =>
  subject === 'record' ? 'record' : `participant:${subject.participant}`;

const schemaOf = (schema: z.ZodType): JsonSchema => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema);
  return JSON.parse(JSON.stringify(rest)) as JsonSchema;
};

const sortedEntries = <T>(entries: readonly (readonly [string, T])[]): Record<string, T> =>
  Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));

/**
 * What is stored of each event type, as plain JSON in a fixed order: committed beside the code, so that a change of the
 * storage format shows in review and `compareCatalogue` can refuse one that old events do not survive.
 * @throws Error for a schema that JSON Schema cannot express (a transform, a date object): it has no place in storage
 */
export const describeEventTypes = (events: readonly EventType[], upcasts: readonly Upcast[] = []): EventCatalogue => ({
  types: sortedEntries(
    events.map((event) => [
      event.type,
      sortedEntries(
        Object.entries(event.fields).map(([name, field]): [string, FieldDescription] => [
          name,
          {
            class: field.class,
            optional: field.optional,
            subjects: field.subjects.map(subjectName),
            schema: schemaOf(field.schema),
          },
        ]),
      ),
    ]),
  ),
  upcasts: sortedEntries(upcasts.map(({ from, to }) => [from, to])),
});

export type CatalogueBreak = {
  readonly kind:
    | 'TypeRemoved'
    | 'FieldRemoved'
    | 'RequiredFieldAdded'
    | 'FieldBecameRequired'
    | 'ClassChanged'
    | 'SubjectsChanged'
    | 'SchemaNarrowed';
  readonly type: string;
  readonly field?: string;
  readonly detail?: string;
};

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listOf = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined);

const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) => (isSchema(member) ? sortedEntries(Object.entries(member)) : member));

/** Keywords that only limit: without them more is allowed. The sign tells in which direction a number allows more. */
const LIMITS: Readonly<Record<string, 1 | -1>> = {
  maxLength: 1,
  maximum: 1,
  exclusiveMaximum: 1,
  maxItems: 1,
  maxProperties: 1,
  minLength: -1,
  minimum: -1,
  exclusiveMinimum: -1,
  minItems: -1,
  minProperties: -1,
};
const HANDLED = new Set(['type', 'enum', 'const', 'anyOf', 'items', 'properties', 'required', 'title', 'description']);

const allowedValues = (schema: JsonSchema): readonly unknown[] | undefined =>
  'const' in schema ? [schema['const']] : listOf(schema['enum']);

/** Of a union. A discriminated one is written `oneOf`: a constant keeps its branches apart, so that it is read as `anyOf`. */
const branchesOf = (schema: JsonSchema): readonly JsonSchema[] | undefined =>
  (listOf(schema['anyOf']) ?? listOf(schema['oneOf']))?.filter(isSchema);

/**
 * Whether every value that `older` allows is allowed by `newer`. Knows what event fields use; anything else must be
 * equal to count.
 */
const widens = (older: JsonSchema, newer: JsonSchema): boolean => {
  if (same(older, newer)) return true;
  const olderBranches = branchesOf(older);
  if (olderBranches !== undefined) return olderBranches.every((branch) => widens(branch, newer));
  const newerBranches = branchesOf(newer);
  if (newerBranches !== undefined) return newerBranches.some((branch) => widens(older, branch));

  const newerValues = allowedValues(newer);
  const olderValues = allowedValues(older);
  if (newerValues !== undefined)
    return olderValues !== undefined && olderValues.every((value) => newerValues.some((other) => same(value, other)));
  if (
    newer['type'] !== undefined &&
    !same(older['type'], newer['type']) &&
    !(older['type'] === 'integer' && newer['type'] === 'number')
  )
    return false;
  // Of values listed one by one only the type was looked at, so a limit of the new schema must not be new.
  for (const [keyword, limit] of Object.entries(newer)) {
    const direction = LIMITS[keyword];
    if (direction !== undefined) {
      const before = older[keyword];
      if (typeof before !== 'number' || typeof limit !== 'number' || (limit - before) * direction < 0) return false;
    } else if (!HANDLED.has(keyword) && !same(older[keyword], limit)) return false;
  }
  const { items: newerItems } = newer as { items?: unknown };
  if (isSchema(newerItems)) {
    const olderItems = older['items'];
    if (!isSchema(olderItems) || !widens(olderItems, newerItems)) return false;
  }
  const newerProperties = newer['properties'];
  const olderProperties = older['properties'];
  if (isSchema(newerProperties) || isSchema(olderProperties)) {
    if (!isSchema(newerProperties) || !isSchema(olderProperties)) return false;
    for (const [name, property] of Object.entries(olderProperties)) {
      const other = newerProperties[name];
      if (!isSchema(other) || !isSchema(property) || !widens(property, other)) return false;
    }
    const olderRequired = listOf(older['required']) ?? [];
    if ((listOf(newer['required']) ?? []).some((name) => !olderRequired.includes(name))) return false;
  }
  return true;
};

/**
 * What in a new catalogue keeps events stored under the old one from being read as they were meant. Empty when every
 * old event is still good. A type may go when an upcast lifts it; a field never goes within a version.
 */
export const compareCatalogue = (older: EventCatalogue, newer: EventCatalogue): readonly CatalogueBreak[] => {
  const breaks: CatalogueBreak[] = [];
  for (const from of Object.keys(older.upcasts)) {
    if (newer.upcasts[from] === undefined && newer.types[from] === undefined)
      breaks.push({ kind: 'TypeRemoved', type: from, detail: 'its upcast is gone' });
  }
  for (const [type, olderFields] of Object.entries(older.types)) {
    const newerFields = newer.types[type];
    if (newerFields === undefined) {
      if (newer.upcasts[type] === undefined) breaks.push({ kind: 'TypeRemoved', type });
      continue;
    }
    for (const [field, before] of Object.entries(olderFields)) {
      const now = newerFields[field];
      if (now === undefined) {
        breaks.push({ kind: 'FieldRemoved', type, field });
        continue;
      }
      if (before.class !== now.class)
        breaks.push({ kind: 'ClassChanged', type, field, detail: `${before.class} to ${now.class}` });
      else if (!widens(before.schema, now.schema)) breaks.push({ kind: 'SchemaNarrowed', type, field });
      if (before.class === now.class && !same(before.subjects, now.subjects))
        breaks.push({
          kind: 'SubjectsChanged',
          type,
          field,
          detail: `${before.subjects.join()} to ${now.subjects.join()}`,
        });
      if (before.optional && !now.optional) breaks.push({ kind: 'FieldBecameRequired', type, field });
    }
    for (const [field, now] of Object.entries(newerFields)) {
      if (olderFields[field] === undefined && !now.optional) breaks.push({ kind: 'RequiredFieldAdded', type, field });
    }
  }
  return breaks;
};
