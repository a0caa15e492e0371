import type { ObjectRef } from '@pothos/core';
import type { CommandDef, QueryDef } from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import { err, InvariantBroken, ok, type Result } from '@toeverlaat/values';
import type { z } from 'zod';
import type { RequestScope } from '../scope.js';
import type { Builder } from './builder.js';
import { createFromZod, fieldOf, inputFieldMap, outputField, pascal, type FromZod, type Types } from './from-zod.js';
import { commandResultOf, defineResults, refusalOf, type Results } from './results.js';

/** What the file of a service adds its fields to. */
export type SchemaFrame = {
  readonly builder: Builder;
  readonly zod: FromZod;
  readonly results: Results;
  /** Names of mutations so far; without one there is no Mutation type. */
  readonly mutations: Set<string>;
  readonly queries: Set<string>;
};

/** A service's part of the schema: one function in `schema/<service>.ts`. */
export type SchemaPart = (frame: SchemaFrame) => void;

export const createFrame = (builder: Builder): SchemaFrame => ({
  builder,
  zod: createFromZod(builder),
  results: defineResults(builder),
  mutations: new Set(),
  queries: new Set(),
});

/** `case.openCase` → `openCase`. */
const lastOf = (pattern: string): string => pattern.slice(pattern.indexOf('.') + 1);

const once = (names: Set<string>, name: string): string => {
  if (names.has(name)) throw new InvariantBroken(`two GraphQL fields are called ${name}`);
  names.add(name);
  return name;
};

export type CommandFieldOptions = {
  /** What the command does, for whoever reads the schema. */
  readonly description: string;
  /** The mutation's name; the last part of the pattern when left out. */
  readonly name?: string;
};

/**
 * A mutation that sends one command. Its input is the contract's data with `idempotencyKey` (the command id, design
 * rule 8: required, so that a repeat after a lost answer has no second effect) and `expectedRevision`.
 */
export const commandField = <I extends z.ZodType>(
  frame: SchemaFrame,
  def: CommandDef<I>,
  options: CommandFieldOptions,
): void => {
  const { builder, zod, results } = frame;
  if (frame.mutations.size === 0) builder.mutationType({ description: 'What this capacity may do.' });
  const name = once(frame.mutations, options.name ?? lastOf(def.pattern));
  const { fields, convert } = zod.inputFields(def.data, pascal(name));
  if (fields.has('idempotencyKey') || fields.has('expectedRevision'))
    throw new InvariantBroken(`${def.pattern}: the data of a command has no field idempotencyKey or expectedRevision`);
  const input = builder.inputType(`${pascal(name)}Input`, {
    fields: (t) => ({
      ...inputFieldMap(fields, (mapped) => fieldOf(t, mapped)),
      idempotencyKey: t.field({
        type: 'UUID',
        required: true,
        description:
          'Made by the client, once per intention: a repeat with the same key and content has no second effect.',
      }),
      expectedRevision: t.int({
        description: 'The revision that the caller saw; refused as StaleVersion when it has changed.',
      }),
    }),
  });
  builder.mutationField(name, (t) =>
    t.field({
      type: results.commandResult,
      description: options.description,
      args: { input: t.arg({ type: input, required: true }) },
      resolve: async (_root, args, scope) => {
        const { idempotencyKey, expectedRevision, ...data } = args.input as Record<string, unknown> & {
          idempotencyKey: string;
          expectedRevision?: number | null;
        };
        const reply = await scope.command(def, {
          commandId: idempotencyKey,
          expectedRevision: expectedRevision ?? undefined,
          // The contract's own schema checks this before it is sent.
          data: convert(data) as z.input<I>,
        });
        return commandResultOf(reply, def.service, scope);
      },
    }),
  );
};

export type QueryFieldOptions = {
  readonly description: string;
  readonly name?: string;
  /** GraphQL name of the answer's type; nested types are named after it. The name of the field when left out. */
  readonly type?: string;
};

/**
 * A question to one service. It answers `<Type>Result`: the contract's answer or one of the typed refusals. An answer of
 * `null` is `NotFound`: a client cannot tell a thing that is not there from one that is not for it (design rule 10).
 */
export const queryField = <I extends z.ZodType, O extends z.ZodType>(
  frame: SchemaFrame,
  def: QueryDef<I, O>,
  options: QueryFieldOptions,
): void => {
  const { builder, zod, results } = frame;
  const name = once(frame.queries, options.name ?? lastOf(def.pattern));
  const typeName = options.type ?? pascal(name);
  const { fields, convert } = zod.inputFields(def.input, pascal(name));
  const output = zod.output(def.output, typeName);
  // A union has object members only: a bare list or scalar is put into one.
  const wrapped = !output.object;
  const member = wrapped
    ? builder.objectRef<{ readonly value: unknown }>(`${typeName}${output.list ? 'List' : 'Value'}`).implement({
        fields: (t) => {
          const value = outputField(t, output, (row: { readonly value: unknown }) => output.convert(row.value));
          return (output.list ? { items: value } : { value }) as never;
        },
      })
    : output.type;
  const memberName = nameOfRef(member) ?? typeName;
  const result = builder.unionType(once(frame.queries, `${pascal(name)}Result`), {
    types: [member as ObjectRef<Types, unknown>, ...results.questionRefusals] as never,
    resolveType: (value) => {
      const answered = value as { readonly __typename?: string };
      return answered.__typename ?? memberName;
    },
  });
  const cursors = cursorsOf(def.pattern, fields);
  builder.queryField(name, (t) =>
    t.field({
      type: result,
      description: options.description,
      args: inputFieldMap(fields, (mapped) => argOf(t, mapped)) as never,
      resolve: async (_root, args, scope) => {
        const input = cursors.open(convert(args), scope);
        if (!input.ok) return refusalOf(input.error, scope) as never;
        const reply = await scope.query(def, input.value as z.input<I>);
        if (!reply.ok) return refusalOf(reply.rejection, scope) as never;
        if (reply.value === null || reply.value === undefined) return refusalOf({ kind: 'NotFound' }, scope) as never;
        return (wrapped ? { value: reply.value } : cursors.seal(reply.value, scope)) as never;
      },
    }),
  );
};

type Row = Readonly<Record<string, unknown>>;
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Cursors on their way through the gateway: a service's own inside, sealed for this caller and list outside. A list takes
 * its cursor as `after`, by itself or in `page`, and gives the next one as `next`.
 */
const cursorsOf = (pattern: string, fields: ReadonlyMap<string, unknown>) => {
  const inPage = fields.has('page');
  const paged = inPage || fields.has('after');
  return {
    open: (input: unknown, scope: RequestScope): Result<unknown, Rejection> => {
      const holder = inPage && isRow(input) ? input['page'] : input;
      if (!paged || !isRow(input) || !isRow(holder) || typeof holder['after'] !== 'string') return ok(input);
      const after = scope.openCursor(pattern, holder['after']);
      if (after === undefined)
        return err({ kind: 'InvalidInput', field: inPage ? 'page.after' : 'after', rule: 'invalid_format' });
      return ok(inPage ? { ...input, page: { ...holder, after } } : { ...input, after });
    },
    seal: (value: unknown, scope: RequestScope): unknown =>
      paged && isRow(value) && typeof value['next'] === 'string'
        ? { ...value, next: scope.cursorOf(pattern, value['next']) }
        : value,
  };
};

const argOf = (t: { readonly arg: unknown }, mapped: Parameters<typeof fieldOf>[1]): unknown =>
  fieldOf({ field: t.arg as object }, mapped);

const nameOfRef = (ref: unknown): string | undefined =>
  typeof ref === 'object' && ref !== null && 'name' in ref && typeof ref.name === 'string' ? ref.name : undefined;
