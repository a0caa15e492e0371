import type { GraphQLSchema } from 'graphql';
import { baseFields } from './base.js';
import { createBuilder } from './builder.js';
import { createFrame, type SchemaPart } from './fields.js';

/** Each service's part of the schema; a service is added by its line here and its lines in `permissions.ts`. */
export const schemaParts: readonly SchemaPart[] = [baseFields];

/** Builds the one full schema that every capacity's schema is pruned from. */
export const buildFullSchema = (parts: readonly SchemaPart[] = schemaParts): GraphQLSchema => {
  const builder = createBuilder();
  const frame = createFrame(builder);
  for (const part of parts) part(frame);
  return builder.toSchema();
};
