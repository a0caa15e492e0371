import { purposesOf, type Caller, type Purpose } from '@toeverlaat/access';
import {
  type CommandDef,
  type CommandReply,
  type CommandRequest,
  type Identity,
  type Language,
  type QueryDef,
  type QueryReply,
  type RequestContext,
  type RpcClient,
  type ServiceName,
} from '@toeverlaat/contracts';
import type { Position } from '@toeverlaat/event-log';
import type { z } from 'zod';
import type { PageCursors } from './page-cursors.js';
import type { PositionTokens } from './position-tokens.js';
import { GatewayProblem } from './problems.js';
import type { SchemaRole } from './schema-roles.js';
import { steadyEvery, type Steady } from './steady.js';

/** What was found out about a request before anything is asked of a service: see `auth/authenticate.ts`. */
export type Authenticated = {
  readonly role: SchemaRole;
  /** Undefined in the base schema: nobody acts yet. */
  readonly caller: Caller | undefined;
  /** The signed-in subject's directory entries; undefined without a bearer token. */
  readonly identity: Identity | undefined;
};

/**
 * What every resolver starts from; built once per request. There is no other way from a resolver to a service, so that
 * none can forget who asks, for what purpose, in what language and after which position.
 */
export type RequestScope = Authenticated & {
  readonly requestId: string;
  readonly language: Language;
  readonly purpose: Purpose | undefined;
  readonly command: <I extends z.ZodType>(
    def: CommandDef<I>,
    request: CommandRequest<z.input<I>>,
  ) => Promise<CommandReply>;
  readonly query: <I extends z.ZodType, O extends z.ZodType>(
    def: QueryDef<I, O>,
    input: z.input<I>,
  ) => Promise<QueryReply<z.output<O>>>;
  /** The resume token of a position in a service's log, for this caller's organisation. */
  readonly tokenOf: (service: ServiceName, position: Position) => string;
  /** A service's page cursor as this caller may hold it. */
  readonly cursorOf: (pattern: string, cursor: string) => string;
  /** The service's own cursor again; undefined for one that was not given to this caller for this list. */
  readonly openCursor: (pattern: string, token: string) => string | undefined;
  /** For what is asked of a service in another way than by command or query: its "not found" too tells nothing by its time. */
  readonly steady: Steady;
  /** True once a service said that its answer may be older than what the caller wrote. */
  readonly stale: () => boolean;
  /** Who asks, for what, in what language, after which positions: for what does not go over RPC. */
  readonly context: () => RequestContext;
  /** A sub-request of this one, such as a service's health; for the base schema that has no caller. */
  readonly health: () => Promise<'ok' | 'degraded'>;
};

export type ScopeOptions = {
  readonly authenticated: Authenticated;
  readonly requestId: string;
  readonly language: Language;
  readonly purpose: string | undefined;
  /** Tokens of the header `toeverlaat-after`. */
  readonly after: readonly string[];
  readonly rpc: RpcClient;
  readonly tokens: PositionTokens;
  readonly cursors: PageCursors;
  readonly timeoutMs: number;
  readonly notFoundAnswerMs: number;
  readonly health: () => Promise<'ok' | 'degraded'>;
};

/** Most tokens one request may bring: one per service is enough, a few more do no harm. */
const MAX_TOKENS = 12;

const purposeFor = (role: SchemaRole, given: string | undefined): Purpose | undefined => {
  if (role === 'base') return undefined;
  const allowed = purposesOf[role];
  if (given === undefined) return allowed[0];
  const found = allowed.find((purpose) => purpose === given);
  if (found === undefined) throw new GatewayProblem('PURPOSE_NOT_ALLOWED', { allowed: allowed.join(', ') });
  return found;
};

const afterOf = (tokens: PositionTokens, caller: Caller | undefined, given: readonly string[]) => {
  if (given.length === 0) return undefined;
  if (given.length > MAX_TOKENS) throw new GatewayProblem('BAD_POSITION_TOKEN');
  const after: Partial<Record<ServiceName, Position>> = {};
  for (const token of given) {
    const opened = tokens.open(token);
    if (opened === undefined || opened.organisation !== caller?.organisation)
      throw new GatewayProblem('BAD_POSITION_TOKEN');
    const known = after[opened.service];
    if (known === undefined || known < opened.position) after[opened.service] = opened.position;
  }
  return after;
};

const unavailable = (detail: string) => ({ ok: false, rejection: { kind: 'Unavailable', detail } }) as const;

/** Gives up waiting, not the work: a command that was on its way may still be carried out, and its repeat says so. */
const within = async <T>(work: Promise<T>, timeoutMs: number, late: T): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      work,
      new Promise<T>((resolve) => {
        timer = setTimeout(resolve, timeoutMs, late);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
};

/** @throws GatewayProblem for a purpose that the capacity does not have or a position token that is not the caller's */
export const createScope = (options: ScopeOptions): RequestScope => {
  const { authenticated, requestId, language, rpc, tokens, timeoutMs } = options;
  const { caller, role } = authenticated;
  const steady = steadyEvery(options.notFoundAnswerMs);
  const purpose = purposeFor(role, options.purpose);
  const after = afterOf(tokens, caller, options.after);
  let stale = false;

  const context = (): RequestContext => {
    if (caller === undefined || purpose === undefined) throw new GatewayProblem('NO_SUCH_CAPACITY');
    return {
      requestId,
      correlationId: requestId,
      caller,
      purpose,
      language,
      ...(after === undefined ? {} : { after }),
    };
  };

  return {
    ...authenticated,
    requestId,
    language,
    purpose,
    command: (def, request) =>
      steady<CommandReply>(
        () =>
          within<CommandReply>(
            rpc.command(def, context(), request),
            timeoutMs,
            unavailable(`${def.pattern}: no answer in time`),
          ),
        (reply) => !reply.ok && reply.rejection.kind === 'NotFound',
      ),
    query: async (def, input) => {
      const reply = await steady<QueryReply<z.output<typeof def.output>>>(
        () =>
          within<QueryReply<z.output<typeof def.output>>>(
            rpc.query(def, context(), input),
            timeoutMs,
            unavailable(`${def.pattern}: no answer in time`),
          ),
        // An answer of null is shown as "not found" too.
        (given) => (given.ok ? given.value === null || given.value === undefined : given.rejection.kind === 'NotFound'),
      );
      if (reply.ok && reply.stale) stale = true;
      return reply;
    },
    tokenOf: (service, position) => {
      if (caller === undefined) throw new GatewayProblem('NO_SUCH_CAPACITY');
      return tokens.seal({ service, position, organisation: caller.organisation });
    },
    cursorOf: (pattern, cursor) => options.cursors.seal(cursor, { pattern, caller }),
    openCursor: (pattern, token) => options.cursors.open(token, { pattern, caller }),
    stale: () => stale,
    steady,
    context,
    health: options.health,
  };
};
