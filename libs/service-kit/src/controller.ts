import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  commandMessageSchema,
  invalidInput,
  queryMessageSchema,
  type CommandDef,
  type CommandReply,
  type CommandRequest,
  type QueryDef,
  type QueryReply,
  type RequestContext,
} from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import { noTelemetry, type Outcome, type Telemetry } from '@toeverlaat/telemetry';
import type { Result } from '@toeverlaat/values';
import type { z } from 'zod';
import { outcomeOfReply, secondsSince } from './observe.js';
import type { ServiceRuntime } from './runtime.js';

/** One pattern this service answers. */
export type Served = {
  readonly pattern: string;
  readonly handle: (message: unknown) => Promise<CommandReply | QueryReply<unknown>>;
};

/** Serves a command: the message is validated before the handler sees it, and refused with the field and the rule. */
export const serveCommand = <I extends z.ZodType>(
  def: CommandDef<I>,
  handler: (context: RequestContext, request: CommandRequest<z.output<I>>) => Promise<CommandReply>,
): Served => ({
  pattern: def.pattern,
  handle: async (message): Promise<CommandReply> => {
    const envelope = commandMessageSchema.safeParse(message);
    if (!envelope.success) return { ok: false, rejection: invalidInput(envelope.error, 'message') };
    const data = def.data.safeParse(envelope.data.data);
    if (!data.success) return { ok: false, rejection: invalidInput(data.error) };
    const { context, commandId, expectedRevision } = envelope.data;
    return handler(context, { commandId, expectedRevision, data: data.data });
  },
});

/** What a query needs of this service's views to keep the promise of a resume token (design rule 9). */
export type Awaitable = {
  readonly whenProcessed: (position: string, timeoutMs: number) => Promise<'processed' | 'stale'>;
};

/** Milliseconds a query waits for the position its caller wrote; then it answers with `stale: true`. */
export const READ_YOUR_WRITES_MS = 2_000;

/** Serves a query: waits for what the caller has written, bounded, and says so when it could not. */
export const serveQuery = <I extends z.ZodType, O extends z.ZodType>(
  def: QueryDef<I, O>,
  handler: (context: RequestContext, input: z.output<I>) => Promise<Result<z.input<O>, Rejection>>,
  views?: Awaitable,
): Served => ({
  pattern: def.pattern,
  handle: async (message): Promise<QueryReply<unknown>> => {
    const envelope = queryMessageSchema.safeParse(message);
    if (!envelope.success) return { ok: false, rejection: invalidInput(envelope.error, 'message') };
    const input = def.input.safeParse(envelope.data.input);
    if (!input.success) return { ok: false, rejection: invalidInput(input.error) };
    const { context } = envelope.data;
    const position = context.after?.[def.service];
    const stale =
      position !== undefined &&
      views !== undefined &&
      (await views.whenProcessed(position, READ_YOUR_WRITES_MS)) === 'stale';
    const answer = await handler(context, input.data);
    return answer.ok ? { ok: true, value: answer.value, stale } : { ok: false, rejection: answer.error };
  },
});

/** Who asks, of a message that is not validated yet; telemetry withholds what has not the form of an organisation id. */
const organisationOf = (message: unknown): string | undefined => {
  const organisation = (message as { context?: { caller?: { organisation?: unknown } } } | null)?.context?.caller
    ?.organisation;
  return typeof organisation === 'string' ? organisation : undefined;
};

/** Answers seen by the service's telemetry: by pattern and by how they ended. */
const observedAnswer = ({ pattern, handle }: Served, telemetry: Telemetry): Served['handle'] => {
  if (!telemetry.on) return handle;
  return (message) => {
    const started = performance.now();
    const attributes = { pattern, organisation: organisationOf(message) };
    return telemetry.span({ name: 'rpc.server', attributes }, async (span) => {
      let outcome: Outcome = 'failed';
      try {
        const reply = await handle(message);
        outcome = outcomeOfReply(reply);
        return reply;
      } finally {
        span.end(outcome);
        telemetry.meter.time('toeverlaat_rpc_server_seconds', { pattern, outcome }, secondsSince(started));
      }
    });
  };
};

type RpcController = Record<string, (message: unknown) => Promise<unknown>>;

/**
 * A Nest controller that answers the given patterns. The decorators are applied here once instead of on a hand-written
 * method per pattern that would only pass its argument through.
 */
export const createRpcController = (
  name: string,
  served: readonly Served[],
  { telemetry }: Pick<ServiceRuntime, 'telemetry'> = { telemetry: noTelemetry },
): new () => RpcController => {
  const methods = served.map(
    (item) => [item.pattern.replaceAll('.', '_'), { ...item, handle: observedAnswer(item, telemetry) }] as const,
  );
  const controller = {
    [name]: class {
      [pattern: string]: (message: unknown) => Promise<unknown>;
    },
  }[name];
  if (controller === undefined) throw new TypeError('controller name');
  for (const [method, item] of methods) {
    Object.defineProperty(controller.prototype, method, {
      value: (message: unknown) => item.handle(message),
      writable: true,
      configurable: true,
      enumerable: false,
    });
    const descriptor = Object.getOwnPropertyDescriptor(controller.prototype, method);
    if (descriptor === undefined) throw new TypeError(method);
    MessagePattern(item.pattern)(controller.prototype as object, method, descriptor);
    Payload()(controller.prototype as object, method, 0);
  }
  Controller()(controller);
  return controller;
};
