import type { Rejection } from '@toeverlaat/event-log';
import type { Result } from '@toeverlaat/values';
import { z } from 'zod';
import {
  commandReplySchema,
  rejectionSchema,
  requestContextSchema,
  serviceNameSchema,
  type CommandReply,
  type CommandRequest,
  type QueryReply,
  type RequestContext,
  type ServiceName,
} from './core.js';

/** A command one service takes from others: `service.verb`, with the schema of its data. */
export type CommandDef<I extends z.ZodType = z.ZodType> = {
  readonly kind: 'command';
  readonly pattern: string;
  readonly service: ServiceName;
  readonly data: I;
};

/** A question one service answers: the schemas of what is asked and of the answer. */
export type QueryDef<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> = {
  readonly kind: 'query';
  readonly pattern: string;
  readonly service: ServiceName;
  readonly input: I;
  readonly output: O;
};

export type RpcDef = CommandDef | QueryDef;

/** What a command carries, once it is validated. */
export type CommandData<D> = D extends CommandDef<infer I> ? z.output<I> : never;
/** What a question asks, once it is validated. */
export type QueryInput<D> = D extends QueryDef<infer I, infer _O> ? z.output<I> : never;
/** What a question is answered with, before it is validated. */
export type QueryAnswer<D> = D extends QueryDef<infer _I, infer O> ? z.input<O> : never;
export type CommandHandler<D> = (
  context: RequestContext,
  request: CommandRequest<CommandData<D>>,
) => Promise<CommandReply>;
export type QueryHandler<D> = (
  context: RequestContext,
  input: QueryInput<D>,
) => Promise<Result<QueryAnswer<D>, Rejection>>;

const serviceOf = (pattern: string): ServiceName => serviceNameSchema.parse(pattern.split('.')[0]);

export const defineCommand = <I extends z.ZodType>(pattern: string, data: I): CommandDef<I> => ({
  kind: 'command',
  pattern,
  service: serviceOf(pattern),
  data,
});

export const defineQuery = <I extends z.ZodType, O extends z.ZodType>(
  pattern: string,
  input: I,
  output: O,
): QueryDef<I, O> => ({
  kind: 'query',
  pattern,
  service: serviceOf(pattern),
  input,
  output,
});

export const commandMessageSchema = z.strictObject({
  context: requestContextSchema,
  commandId: z.uuid(),
  expectedRevision: z.number().int().min(-1).optional(),
  data: z.unknown(),
});
export const queryMessageSchema = z.strictObject({ context: requestContextSchema, input: z.unknown() });
export const queryReplySchema = z.union([
  z.strictObject({ ok: z.literal(true), value: z.unknown(), stale: z.boolean() }),
  z.strictObject({ ok: z.literal(false), rejection: rejectionSchema }),
]);

/** How one service asks another. Never throws for a refusal; an unreachable service is `Unavailable`. */
export type RpcClient = {
  readonly command: <I extends z.ZodType>(
    def: CommandDef<I>,
    context: RequestContext,
    request: CommandRequest<z.input<I>>,
  ) => Promise<CommandReply>;
  readonly query: <I extends z.ZodType, O extends z.ZodType>(
    def: QueryDef<I, O>,
    context: RequestContext,
    input: z.input<I>,
  ) => Promise<QueryReply<z.output<O>>>;
};

/** The first thing wrong with a value, as the rejection that names the field and the rule. */
export const invalidInput = (
  error: z.ZodError,
  prefix = '',
): { readonly kind: 'InvalidInput'; readonly field: string; readonly rule: string } => {
  const [issue] = error.issues;
  const field = [prefix, ...(issue?.path ?? []).map(String)].filter((part) => part !== '').join('.');
  return { kind: 'InvalidInput', field: field === '' ? 'input' : field, rule: issue?.code ?? 'invalid' };
};

/**
 * Makes an RPC client of a transport that delivers one message and gives the answer. Both the message and the answer are
 * validated; an answer that does not fit its contract is a fault of the other service, not of the caller.
 */
export const createRpcClient = (send: (pattern: string, message: unknown) => Promise<unknown>): RpcClient => ({
  command: async (def, context, request) => {
    const data = def.data.safeParse(request.data);
    if (!data.success) return { ok: false, rejection: invalidInput(data.error) };
    const message = {
      context,
      commandId: request.commandId,
      expectedRevision: request.expectedRevision,
      data: request.data,
    };
    try {
      return commandReplySchema.parse(await send(def.pattern, message));
    } catch (error) {
      return {
        ok: false,
        rejection: {
          kind: 'Unavailable',
          detail: `${def.pattern}: ${error instanceof z.ZodError ? 'answer breaks its contract' : 'unreachable'}`,
        },
      };
    }
  },
  query: async (def, context, input) => {
    const checked = def.input.safeParse(input);
    if (!checked.success) return { ok: false, rejection: invalidInput(checked.error) };
    try {
      const reply = queryReplySchema.parse(await send(def.pattern, { context, input }));
      return reply.ok ? { ok: true, value: def.output.parse(reply.value), stale: reply.stale } : reply;
    } catch (error) {
      return {
        ok: false,
        rejection: {
          kind: 'Unavailable',
          detail: `${def.pattern}: ${error instanceof z.ZodError ? 'answer breaks its contract' : 'unreachable'}`,
        },
      };
    }
  },
});
