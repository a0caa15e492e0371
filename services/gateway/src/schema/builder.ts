import SchemaBuilder from '@pothos/core';
import { INSTANT, LOCAL_DATE, UUID } from '@toeverlaat/values';
import { Kind, GraphQLError, type ValueNode } from 'graphql';
import type { RequestScope } from '../scope.js';

type Scalars = {
  UUID: { Input: string; Output: string };
  Date: { Input: string; Output: string };
  Instant: { Input: string; Output: string };
};

/** Refuses without repeating the value: an error must not quote what somebody wrote (brief rule: never echo content). */
const textScalar = (name: string, test: (value: string) => boolean, form: string) => {
  const parse = (value: unknown): string => {
    if (typeof value === 'string' && test(value)) return value;
    throw new GraphQLError(`${name}: expected ${form}`);
  };
  return {
    serialize: (value: unknown): string => String(value),
    parseValue: parse,
    parseLiteral: (node: ValueNode): string => parse(node.kind === Kind.STRING ? node.value : undefined),
  };
};

const exists = (date: string): boolean =>
  LOCAL_DATE.test(date) &&
  !Number.isNaN(Date.parse(`${date}T00:00:00Z`)) &&
  new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);

/** A new definition of the whole schema: every capacity's fields together, to be pruned by `prune.ts`. */
export const createBuilder = () => {
  const builder = new SchemaBuilder<{ Context: RequestScope; Scalars: Scalars; DefaultFieldNullability: false }>({
    defaultFieldNullability: false,
  });
  builder.scalarType('UUID', {
    description: 'A UUID (RFC 9562) in lower case.',
    ...textScalar('UUID', (value) => UUID.test(value), 'a UUID in lower case'),
  });
  builder.scalarType('Date', {
    description: 'A calendar date in Belgium, YYYY-MM-DD.',
    ...textScalar('Date', exists, 'an existing date, YYYY-MM-DD'),
  });
  builder.scalarType('Instant', {
    description: 'A moment in UTC, ISO 8601 with milliseconds and Z.',
    ...textScalar('Instant', (value) => INSTANT.test(value), 'a UTC moment such as 2026-03-02T09:00:00.000Z'),
  });
  builder.queryType({ description: 'What this capacity may ask.' });
  return builder;
};
export type Builder = ReturnType<typeof createBuilder>;
