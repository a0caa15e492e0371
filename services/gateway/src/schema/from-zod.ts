import type { InputFieldMap, InputFieldRef, InputType, OutputType } from '@pothos/core';
import { INSTANT, InvariantBroken, LOCAL_DATE, UUID } from '@toeverlaat/values';
import type * as core from 'zod/v4/core';
import type { Builder } from './builder.js';

/** The Pothos type information of our builder. */
export type Types = Builder['$inferSchemaTypes'];
type Output = OutputType<Types>;
type Input = InputType<Types>;
type Zod = core.$ZodType;
type Row = Readonly<Record<string, unknown>>;

/** A contract's schema as a GraphQL type, with what has to happen to a value on its way. */
export type MappedOutput = {
  readonly type: Output;
  /** Only an object can be a member of a GraphQL union. */
  readonly object: boolean;
  readonly list: boolean;
  /** Nullable items of a list do not occur in contracts. */
  readonly nullable: boolean;
  readonly convert: (value: unknown) => unknown;
};
export type MappedInput = {
  readonly type: Input;
  readonly list: boolean;
  readonly required: boolean;
  readonly convert: (value: unknown) => unknown;
};

const same = (value: unknown): unknown => value;
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);
export const pascal = (name: string): string =>
  name
    .split(/[^A-Za-z0-9]+/)
    .filter((part) => part !== '')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
const ENUM_VALUE = /^[A-Za-z][A-Za-z0-9_]*$/;

/** `_zod.def` of a schema, as the union that can be switched on. */
const defOf = (schema: Zod) => (schema as core.$ZodTypes)._zod.def;
/** The schema without what does not show in GraphQL; and whether nothing may stand in its place. */
const peel = (
  schema: Zod,
): { readonly inner: Zod; readonly optional: boolean; readonly nullable: boolean; readonly defaulted: boolean } => {
  let inner = schema;
  let optional = false;
  let nullable = false;
  let defaulted = false;
  for (;;) {
    const def = defOf(inner);
    switch (def.type) {
      case 'optional':
        optional = true;
        inner = def.innerType;
        break;
      case 'nullable':
        nullable = true;
        inner = def.innerType;
        break;
      case 'default':
      case 'prefault':
      case 'catch':
        defaulted = true;
        inner = def.innerType;
        break;
      case 'readonly':
      case 'nonoptional':
        inner = def.innerType;
        break;
      case 'pipe':
        inner = def.in;
        break;
      case 'lazy':
        inner = def.getter();
        break;
      case 'union': {
        const rest = def.options.filter((option) => defOf(option).type !== 'null');
        const [only] = rest;
        if (rest.length === def.options.length || rest.length !== 1 || only === undefined)
          return { inner, optional, nullable, defaulted };
        nullable = true;
        inner = only;
        break;
      }
      default:
        return { inner, optional, nullable, defaulted };
    }
  }
};

const checksOf = (schema: Zod): readonly { readonly def: object }[] =>
  (schema._zod.def.checks ?? []).map((check) => ({ def: check._zod.def }));

/** Contracts say a date, a moment or a UUID by its pattern. */
const byPattern = (schema: Zod): 'UUID' | 'Date' | 'Instant' | undefined => {
  for (const { def } of checksOf(schema)) {
    const source = 'pattern' in def && def.pattern instanceof RegExp ? def.pattern.source : undefined;
    if (source === UUID.source) return 'UUID';
    if (source === LOCAL_DATE.source) return 'Date';
    if (source === INSTANT.source) return 'Instant';
  }
  return undefined;
};

/** Stands for "all of them" where a contract takes one word or a list: no id can be this. */
export const ALL = '*';

/** A union of one word and a list of strings, such as `'all' | string[]`: a list in which `*` stands for the word. */
const wordOrList = (options: readonly Zod[]): { readonly word: string; readonly list: Zod } | undefined => {
  if (options.length !== 2) return undefined;
  const word = options.map((option) => literalText(peel(option).inner)).find((found) => found?.length === 1)?.[0];
  const list = options.map((option) => peel(option).inner).find((option) => defOf(option).type === 'array');
  return word === undefined || list === undefined ? undefined : { word, list };
};

type Variant = { readonly tag: string; readonly schema: core.$ZodObject };

/** A union of objects told apart by one literal field; undefined for any other union. */
const variantsOf = (
  options: readonly Zod[],
): { readonly discriminator: string; readonly variants: readonly Variant[] } | undefined => {
  const objects = options
    .map((option) => peel(option).inner)
    .filter((option): option is core.$ZodObject => defOf(option).type === 'object');
  const [first] = objects;
  if (first === undefined || objects.length !== options.length) return undefined;
  for (const [key, field] of Object.entries(first._zod.def.shape)) {
    if (defOf(field).type !== 'literal') continue;
    const variants: Variant[] = [];
    for (const schema of objects) {
      const tag = schema._zod.def.shape[key];
      const def = tag === undefined ? undefined : defOf(tag);
      if (def?.type === 'literal' && def.values.length === 1) variants.push({ tag: String(def.values[0]), schema });
    }
    if (variants.length === objects.length && new Set(variants.map(({ tag }) => tag)).size === variants.length)
      return { discriminator: key, variants };
  }
  return undefined;
};

const stringEnum = (schema: Zod): readonly string[] | undefined => {
  const def = defOf(schema);
  if (def.type === 'enum') return Object.values(def.entries).map(String);
  if (def.type === 'literal' && def.values.length > 1 && def.values.every((value) => typeof value === 'string'))
    return def.values.map(String);
  if (def.type === 'union') {
    const values = def.options.map((option) => stringEnum(option) ?? literalText(option));
    if (values.every((value): value is readonly string[] => value !== undefined)) return [...new Set(values.flat())];
  }
  return undefined;
};
const literalText = (schema: Zod): readonly string[] | undefined => {
  const def = defOf(schema);
  return def.type === 'literal' && def.values.every((value) => typeof value === 'string')
    ? def.values.map(String)
    : undefined;
};

const unsupported = (path: string, kind: string): never => {
  throw new InvariantBroken(`${path}: a contract's ${kind} has no GraphQL form; write this field by hand`);
};

export type FromZod = {
  /** Gives a contract's schema its GraphQL name, wherever it occurs. Schemas without one are named by where they stand. */
  readonly name: (schema: Zod, name: string) => void;
  /** Gives every enum of exactly these values its GraphQL name. */
  readonly nameEnum: (values: readonly string[], name: string) => void;
  /** Reads and writes a contract's schema as a scalar of the builder. */
  readonly scalar: (schema: Zod, scalar: 'UUID' | 'Date' | 'Instant' | 'String') => void;
  /** After everything is built. @throws InvariantBroken naming every enum that stands in two places without a name */
  readonly finish: () => void;
  readonly output: (schema: Zod, name: string) => MappedOutput;
  readonly input: (schema: Zod, name: string) => MappedInput;
  /** The fields of an object schema as arguments or input fields. */
  readonly inputFields: (
    schema: Zod,
    name: string,
  ) => {
    readonly fields: ReadonlyMap<string, MappedInput>;
    readonly convert: (value: unknown) => unknown;
  };
};

/**
 * Makes GraphQL types of contract schemas, so that a field is described once. Objects become types named after where they
 * stand (`Case`, `CaseContact`), unions told apart by a literal become GraphQL unions (input: `@oneOf`), enums become
 * enums, and what GraphQL cannot say is an error when the schema is built, not at run time.
 */
export const createFromZod = (builder: Builder): FromZod => {
  const names = new Map<Zod, string>();
  /** Enums are known by their values: contracts say the same list in several ways. */
  const enumNames = new Map<string, string>();
  const scalars = new Map<Zod, 'UUID' | 'Date' | 'Instant' | 'String'>();
  const outputs = new Map<Zod, Output>();
  const inputs = new Map<Zod, { readonly type: Input; readonly convert: (value: unknown) => unknown }>();
  const enums = new Map<string, { readonly ref: Output & Input; readonly values: string }>();
  const taken = new Map<string, Zod>();

  const places = new Map<Zod, string>();
  const unnamed = new Set<string>();
  /** An enum at its second place needs a name of its own, or the first place would name it for both. */
  const placed = (schema: Zod, fallback: string): void => {
    const first = places.get(schema) ?? fallback;
    places.set(schema, first);
    if (first !== fallback) unnamed.add(`${first} and ${fallback}`);
  };

  const nameOf = (schema: Zod, fallback: string): string => {
    const name = names.get(schema) ?? fallback;
    const other = taken.get(name);
    if (other !== undefined && other !== schema)
      throw new InvariantBroken(`two contract schemas want the GraphQL name ${name}`);
    taken.set(name, schema);
    return name;
  };

  const enumOf = (schema: Zod, values: readonly string[], fallback: string): Output & Input => {
    const key = values.join('|');
    const agreed = names.get(schema) ?? enumNames.get(key);
    if (agreed === undefined) placed(schema, fallback);
    const name = agreed ?? fallback;
    const known = enums.get(name);
    if (known !== undefined) {
      if (known.values !== key) throw new InvariantBroken(`two contract enums want the GraphQL name ${name}`);
      return known.ref;
    }
    // A hyphen cannot stand in a GraphQL name; the value that services see keeps it.
    const members = new Map(values.map((value) => [value.replaceAll('-', '_'), { value }] as const));
    const bad = [...members.keys()].find((member) => !ENUM_VALUE.test(member));
    if (bad !== undefined || members.size !== values.length)
      throw new InvariantBroken(`${name}: ${bad ?? 'two equal values'} cannot be a GraphQL enum value`);
    const ref = builder.enumType(name, { values: Object.fromEntries(members) });
    enums.set(name, { ref, values: key });
    return ref;
  };

  const scalarOf = (
    schema: Zod,
    path: string,
  ): 'UUID' | 'Date' | 'Instant' | 'String' | 'Int' | 'Float' | 'Boolean' | undefined => {
    const named = scalars.get(schema);
    if (named !== undefined) return named;
    const def = defOf(schema);
    switch (def.type) {
      case 'string':
        switch ('format' in def ? def.format : undefined) {
          case 'uuid':
            return 'UUID';
          case 'date':
            return 'Date';
          case 'datetime':
            return 'Instant';
          default:
            return byPattern(schema) ?? 'String';
        }
      case 'template_literal':
        return 'String';
      case 'number':
        return ('format' in def && def.format !== undefined) || checksOf(schema).some((check) => 'format' in check.def)
          ? 'Int'
          : 'Float';
      case 'boolean':
        return 'Boolean';
      case 'literal':
        switch (typeof def.values[0]) {
          case 'string':
            return 'String';
          case 'boolean':
            return 'Boolean';
          case 'number':
            return 'Int';
          default:
            return unsupported(path, 'literal');
        }
      default:
        return undefined;
    }
  };

  const objectOutput = (schema: core.$ZodObject, name: string, without?: string): Output => {
    const known = outputs.get(schema);
    if (known !== undefined) return known;
    const typeName = nameOf(schema, name);
    const ref = builder.objectRef<Row>(typeName);
    outputs.set(schema, ref);
    ref.implement({
      fields: (t): never =>
        Object.fromEntries(
          Object.entries(schema._zod.def.shape)
            .filter(([key]) => key !== without)
            .map(([key, field]) => {
              const mapped = output(field, `${typeName}${pascal(key)}`);
              return [key, outputField(t, mapped, (row: Row) => mapped.convert(row[key]))];
            }),
        ) as never,
    });
    return ref;
  };

  const output = (given: Zod, name: string): MappedOutput => {
    const { inner, optional, nullable } = peel(given);
    const blank = optional || nullable;
    const named = scalars.get(given);
    if (named !== undefined)
      return { type: named, object: false, list: false, nullable: optional || nullable, convert: same };
    const values = stringEnum(inner);
    if (values !== undefined && values.length > 0)
      return { type: enumOf(inner, values, name), object: false, list: false, nullable: blank, convert: same };
    const scalar = scalarOf(inner, name);
    if (scalar !== undefined) return { type: scalar, object: false, list: false, nullable: blank, convert: same };
    const def = defOf(inner);
    switch (def.type) {
      case 'object':
        return {
          type: objectOutput(inner as core.$ZodObject, name),
          object: true,
          list: false,
          nullable: blank,
          convert: same,
        };
      case 'array': {
        const element = output(def.element, singular(name));
        if (element.list || element.nullable) return unsupported(name, 'list of lists or of nothing');
        return {
          type: element.type,
          object: false,
          list: true,
          nullable: blank,
          convert:
            element.convert === same ? same : (value) => (Array.isArray(value) ? value.map(element.convert) : value),
        };
      }
      case 'record': {
        const element = output(def.valueType, `${name}Value`);
        if (element.list) return unsupported(name, 'record of lists');
        const entry = outputs.get(inner) ?? recordEntry(inner, `${singular(name)}Entry`, element);
        return {
          type: entry,
          object: false,
          list: true,
          nullable: blank,
          convert: (value) =>
            isRow(value) ? Object.entries(value).map(([key, item]) => ({ key, value: item })) : value,
        };
      }
      case 'union': {
        const scope = wordOrList(def.options);
        if (scope !== undefined)
          return {
            ...output(scope.list, name),
            nullable: blank,
            convert: (value) => (value === scope.word ? [ALL] : value),
          };
        const found = variantsOf(def.options);
        if (found === undefined) return unsupported(name, 'union');
        const known = outputs.get(inner);
        if (known !== undefined) return { type: known, object: false, list: false, nullable: blank, convert: same };
        const unionName = nameOf(inner, name);
        const members = new Map(
          found.variants.map(({ tag, schema }) => [tag, names.get(schema) ?? `${unionName}${pascal(tag)}`] as const),
        );
        const union = builder.unionType(unionName, {
          types: found.variants.map(
            ({ tag, schema }) => objectOutput(schema, members.get(tag) ?? unionName, found.discriminator) as never,
          ),
          resolveType: (value) => (isRow(value) ? members.get(String(value[found.discriminator])) : undefined),
        });
        outputs.set(inner, union);
        return { type: union, object: false, list: false, nullable: blank, convert: same };
      }
      default:
        return unsupported(name, def.type);
    }
  };

  const recordEntry = (schema: Zod, name: string, element: MappedOutput): Output => {
    const ref = builder.objectRef<{ readonly key: string; readonly value: unknown }>(name);
    outputs.set(schema, ref);
    ref.implement({
      fields: (t) => ({
        key: t.exposeString('key'),
        value: outputField(t, element, (row: { readonly value: unknown }) => element.convert(row.value)) as never,
      }),
    });
    return ref;
  };

  /** GraphQL's null for "not given" becomes an absent member; a contract that means null says `nullable`. */
  const cleaned =
    (fields: ReadonlyMap<string, MappedInput>, keepsNull: ReadonlySet<string>) =>
    (value: unknown): unknown => {
      if (!isRow(value)) return value;
      const out: Record<string, unknown> = {};
      for (const [key, item] of Object.entries(value)) {
        if (item === undefined || (item === null && !keepsNull.has(key))) continue;
        out[key] = item === null ? null : (fields.get(key)?.convert(item) ?? item);
      }
      return out;
    };

  const inputFields: FromZod['inputFields'] = (schema, name) => {
    const { inner } = peel(schema);
    if (defOf(inner).type !== 'object') return unsupported(name, 'input that is no object');
    const fields = new Map<string, MappedInput>();
    const keepsNull = new Set<string>();
    for (const [key, field] of Object.entries((inner as core.$ZodObject)._zod.def.shape)) {
      fields.set(key, input(field, `${name}${pascal(key)}`));
      if (peel(field).nullable) keepsNull.add(key);
    }
    return { fields, convert: cleaned(fields, keepsNull) };
  };

  const inputObject = (
    schema: Zod,
    name: string,
  ): { readonly type: Input; readonly convert: (value: unknown) => unknown } => {
    const known = inputs.get(schema);
    if (known !== undefined) return known;
    const typeName = `${names.get(schema) ?? name}Input`;
    const ref = builder.inputRef<Record<string, unknown>>(typeName);
    let convert: (value: unknown) => unknown = same;
    const made = { type: ref as Input, convert: (value: unknown) => convert(value) };
    inputs.set(schema, made);
    const described = inputFields(schema, names.get(schema) ?? name);
    convert = described.convert;
    ref.implement({ fields: (t) => inputFieldMap(described.fields, (mapped) => fieldOf(t, mapped)) as never });
    return made;
  };

  const input = (given: Zod, name: string): MappedInput => {
    const { inner, optional, nullable, defaulted } = peel(given);
    const required = !(optional || nullable || defaulted);
    const named = scalars.get(given);
    if (named !== undefined) return { type: named, list: false, required, convert: same };
    const values = stringEnum(inner);
    if (values !== undefined && values.length > 0)
      return { type: enumOf(inner, values, name), list: false, required, convert: same };
    const scalar = scalarOf(inner, name);
    if (scalar !== undefined) return { type: scalar, list: false, required, convert: same };
    const def = defOf(inner);
    switch (def.type) {
      case 'object': {
        const made = inputObject(inner, name);
        return { type: made.type, list: false, required, convert: made.convert };
      }
      case 'array': {
        const element = input(def.element, singular(name));
        if (element.list || !element.required) return unsupported(name, 'list of lists or of nothing');
        return {
          type: element.type,
          list: true,
          required,
          convert: (value) => (Array.isArray(value) ? value.map(element.convert) : value),
        };
      }
      case 'union': {
        const scope = wordOrList(def.options);
        if (scope !== undefined)
          return {
            ...input(scope.list, name),
            required,
            convert: (value) => (Array.isArray(value) && value.length === 1 && value[0] === ALL ? scope.word : value),
          };
        const found = variantsOf(def.options);
        if (found === undefined) return unsupported(name, 'union');
        const known = inputs.get(inner);
        if (known !== undefined) return { type: known.type, list: false, required, convert: known.convert };
        const base = names.get(inner) ?? name;
        const variants = new Map(
          found.variants.map(
            ({ tag, schema }) => [tag, inputVariant(schema, `${base}${pascal(tag)}`, found.discriminator)] as const,
          ),
        );
        const ref = builder.inputRef<Record<string, unknown>>(`${base}Input`);
        ref.implement({
          isOneOf: true,
          fields: (t) =>
            inputFieldMap(
              new Map([...variants].map(([tag, made]) => [tag, { ...made, list: false, required: false }])),
              (mapped) => fieldOf(t, mapped),
            ) as never,
        });
        const convert = (value: unknown): unknown => {
          if (!isRow(value)) return value;
          const [tag, content] = Object.entries(value).find(([, item]) => item !== null && item !== undefined) ?? [];
          if (tag === undefined) return value;
          const converted = variants.get(tag)?.convert(content);
          return isRow(converted) ? { ...converted, [found.discriminator]: tag } : { [found.discriminator]: tag };
        };
        inputs.set(inner, { type: ref, convert });
        return { type: ref, list: false, required, convert };
      }
      default:
        return unsupported(name, def.type);
    }
  };

  /** A variant of a `@oneOf` input; one that says nothing but its name is a Boolean, since no input type may be empty. */
  const inputVariant = (schema: core.$ZodObject, name: string, discriminator: string) => {
    const described = inputFields(schema, name);
    const fields = new Map([...described.fields].filter(([key]) => key !== discriminator));
    if (fields.size === 0) return { type: 'Boolean' as Input, convert: (): unknown => ({}) };
    const ref = builder.inputRef<Record<string, unknown>>(`${names.get(schema) ?? name}Input`);
    ref.implement({ fields: (t) => inputFieldMap(fields, (mapped) => fieldOf(t, mapped)) as never });
    return { type: ref as Input, convert: described.convert };
  };

  return {
    name: (schema, name) => {
      const { inner } = peel(schema);
      names.set(inner, name);
      const values = stringEnum(inner);
      if (values !== undefined) enumNames.set(values.join('|'), name);
    },
    finish: () => {
      if (unnamed.size > 0)
        throw new InvariantBroken(`schema/names.ts: one enum stands at ${[...unnamed].join('; at ')}: name it`);
    },
    nameEnum: (values, name) => {
      enumNames.set(values.join('|'), name);
    },
    scalar: (schema, scalar) => {
      scalars.set(schema, scalar);
      scalars.set(peel(schema).inner, scalar);
    },
    output,
    input,
    inputFields,
  };
};

const singular = (name: string): string =>
  name.endsWith('ies')
    ? `${name.slice(0, -3)}y`
    : name.endsWith('s') && !name.endsWith('ss')
      ? name.slice(0, -1)
      : name;

type OutputFieldMaker = {
  readonly field: (options: {
    readonly type: Output | readonly [Output];
    readonly nullable: boolean;
    readonly resolve: (row: never) => unknown;
  }) => unknown;
};
/** Like `fieldOf`, for a field of an answer. */
export const outputField = (
  t: object,
  mapped: Pick<MappedOutput, 'type' | 'list' | 'nullable'>,
  resolve: (row: never) => unknown,
): unknown =>
  (t as OutputFieldMaker).field({
    type: mapped.list ? [mapped.type] : mapped.type,
    nullable: mapped.nullable,
    resolve,
  });

type FieldMaker = {
  readonly field: (options: { readonly type: Input | readonly [Input]; readonly required: boolean }) => unknown;
};
/** Pothos types an input field by its literal options; ours come from data, so the call is typed by hand. */
export const fieldOf = (t: object, mapped: Pick<MappedInput, 'type' | 'list' | 'required'>): unknown =>
  (t as FieldMaker).field({ type: mapped.list ? [mapped.type] : mapped.type, required: mapped.required });

export const inputFieldMap = (
  fields: ReadonlyMap<string, MappedInput>,
  make: (mapped: MappedInput) => unknown,
): InputFieldMap => {
  const out: Record<string, unknown> = {};
  for (const [key, mapped] of fields) out[key] = make(mapped);
  return out as Record<string, InputFieldRef<Types, unknown>>;
};
