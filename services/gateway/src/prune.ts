import { MapperKind, mapSchema, pruneSchema } from '@graphql-tools/utils';
import { isInterfaceType, isObjectType, lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import type { SchemaRole } from './schema-roles.js';

/** `Type.field` → who may see it. A field that stands nowhere is seen by nobody, and a test names it. */
export type PermissionTable = Readonly<Record<string, readonly SchemaRole[]>>;

/** Every field of an object or interface type of this product, as `Type.field`. */
export const fieldsOf = (schema: GraphQLSchema): readonly string[] =>
  Object.values(schema.getTypeMap())
    .filter((type) => (isObjectType(type) || isInterfaceType(type)) && !type.name.startsWith('__'))
    .flatMap((type) =>
      isObjectType(type) || isInterfaceType(type)
        ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`)
        : [],
    )
    .toSorted();

export type TableGaps = {
  /** Fields of the schema that the table does not list. */
  readonly missing: readonly string[];
  /** Lines of the table for fields that do not exist. */
  readonly extra: readonly string[];
};

export const tableGaps = (schema: GraphQLSchema, table: PermissionTable): TableGaps => {
  const fields = new Set(fieldsOf(schema));
  return {
    missing: [...fields].filter((field) => !Object.hasOwn(table, field)),
    extra: Object.keys(table).filter((field) => !fields.has(field)),
  };
};

/**
 * The schema of one capacity: fields it may not see are taken out, then every type that nothing leads to. What is not in
 * it does not exist for it, to introspection as to a query (ADR 0007).
 */
export const schemaForRole = (full: GraphQLSchema, table: PermissionTable, role: SchemaRole): GraphQLSchema => {
  const allowed = (type: string, field: string): boolean => {
    const key = `${type}.${field}`;
    return Object.hasOwn(table, key) && (table[key]?.includes(role) ?? false);
  };
  const filtered = mapSchema(full, {
    [MapperKind.COMPOSITE_FIELD]: (config, field, type) => (allowed(type, field) ? config : null),
  });
  return lexicographicSortSchema(pruneSchema(filtered));
};

/** The text committed as `sdl/<role>.graphql`. */
export const sdlOf = (schema: GraphQLSchema): string => `${printSchema(schema)}\n`;
