import { z } from 'zod';
import { sealedValueSchema, type ConfidentialText, type Erasable, type SealedValue } from './sealed.js';

/** Design rule 3 and 6: what a field is in storage. `clear` is a short list; a `code` the owner's fold may open; `text` only the query edge. */
export type FieldClass = 'clear' | 'code' | 'text';

/** Whose keys: the record itself, or the participant whose id stands in the (clear) field named here. */
export type SubjectSelector = 'record' | { readonly participant: string };

/** Domain: what deciders see. Stored: what the log and every view hold. */
export type Field<Domain = unknown, Stored = unknown, Optional extends boolean = boolean> = {
  readonly class: FieldClass;
  readonly optional: Optional;
  readonly schema: z.ZodType;
  readonly subjects: readonly SubjectSelector[];
  /** Types only. */
  readonly _domain?: Domain;
  readonly _stored?: Stored;
};

export const clear = <T>(schema: z.ZodType<T>): Field<T, T, false> => ({
  class: 'clear',
  optional: false,
  schema,
  subjects: [],
});

/** A sealed enum, date, number, flag, list of these, or link to a person, under the record's own key. */
export const code = <T>(schema: z.ZodType<T>): Field<T, SealedValue, false> => ({
  class: 'code',
  optional: false,
  schema,
  subjects: ['record'],
});

/** A sealed code that concerns a participant too: destroying the participant's key alone erases it. */
export const participantCode = <T>(
  schema: z.ZodType<T>,
  participant: string,
): Field<Erasable<T>, SealedValue, false> => ({
  class: 'code',
  optional: false,
  schema,
  subjects: ['record', { participant }],
});

export const MAX_TEXT_BYTES = 64 * 1024;

const textSchema = (maxLength: number) => z.string().min(1).max(maxLength);

/** Sealed text under the record's own key. `maxLength` in UTF-16 units; 64 KiB of UTF-8 at the most. */
export const text = (maxLength: number): Field<ConfidentialText, SealedValue, false> => ({
  class: 'text',
  optional: false,
  schema: textSchema(maxLength),
  subjects: ['record'],
});

/** Sealed text that concerns participants too, e.g. a personal note: case + author. */
export const participantText = (
  maxLength: number,
  ...participants: readonly string[]
): Field<ConfidentialText, SealedValue, false> => ({
  class: 'text',
  optional: false,
  schema: textSchema(maxLength),
  subjects: ['record', ...participants.map((participant) => ({ participant }))],
});

/**
 * Sealed text under the key of a part of the record alone, whose id stands in the (clear) field named here: that one key
 * may be given to a reader of this part without opening anything else. It is destroyed with the record like any other.
 */
export const partText = (maxLength: number, part: string): Field<ConfidentialText, SealedValue, false> => ({
  class: 'text',
  optional: false,
  schema: textSchema(maxLength),
  subjects: [{ participant: part }],
});

export const optional = <D, S>(field: Field<D, S, false>): Field<D, S, true> => ({ ...field, optional: true });

export type Fields = { readonly [name: string]: Field };

type OptionalNames<F extends Fields> = {
  [K in keyof F]: F[K] extends Field<unknown, unknown, true> ? K : never;
}[keyof F];
type DomainOf<F> = F extends Field<infer D, unknown, boolean> ? D : never;
type StoredOf<F> = F extends Field<unknown, infer S, boolean> ? S : never;
type Simplify<T> = { [K in keyof T]: T[K] } & {};

export type DomainData<F extends Fields> = Simplify<
  { readonly [K in Exclude<keyof F, OptionalNames<F>>]: DomainOf<F[K]> } & {
    readonly [K in OptionalNames<F>]?: DomainOf<F[K]> | undefined;
  }
>;
export type StoredData<F extends Fields> = Simplify<
  { readonly [K in Exclude<keyof F, OptionalNames<F>>]: StoredOf<F[K]> } & {
    readonly [K in OptionalNames<F>]?: StoredOf<F[K]> | undefined;
  }
>;

/** One version of one event: its name is storage format and never renamed (design rule 4). */
export type EventType<Name extends string = string, F extends Fields = Fields> = {
  readonly name: Name;
  readonly version: number;
  /** Storage name: `<service>.<Name>.v<version>`. */
  readonly type: string;
  readonly fields: F;
  readonly storedSchema: z.ZodType;
};

export const eventType = <const Name extends string, const F extends Fields>(
  service: string,
  name: Name,
  version: number,
  fields: F,
): EventType<Name, F> => {
  const stored: Record<string, z.ZodType> = {};
  for (const [key, field] of Object.entries(fields)) {
    for (const subject of field.subjects) {
      if (subject !== 'record' && fields[subject.participant]?.class !== 'clear')
        throw new TypeError(
          `${name}.${key}: participant field ${subject.participant} must be a clear field of the event`,
        );
    }
    const schema = field.class === 'clear' ? field.schema : sealedValueSchema;
    stored[key] = field.optional ? schema.optional() : schema;
  }
  return { name, version, type: `${service}.${name}.v${version}`, fields, storedSchema: z.strictObject(stored) };
};

/** The union of domain events of a list of event types. */
export type EventOf<T> = T extends readonly (infer E)[]
  ? EventOf<E>
  : T extends EventType<infer Name, infer F>
    ? { readonly type: Name; readonly data: DomainData<F> }
    : never;

/** The union of events as views see them: sealed fields verbatim. */
export type StoredEventOf<T> = T extends readonly (infer E)[]
  ? StoredEventOf<E>
  : T extends EventType<infer Name, infer F>
    ? { readonly type: Name; readonly data: StoredData<F> }
    : never;
