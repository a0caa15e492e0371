import { actorOf, policyVersion, type Caller } from '@toeverlaat/access';
import type { CommandReply, CommandRequest, RequestContext, ServiceName } from '@toeverlaat/contracts';
import type { Actor, CommandContext, CommandOutcome, Rejection } from '@toeverlaat/event-log';
import { lawVersion } from '@toeverlaat/legal';
import type { PublicEvent } from '@toeverlaat/messaging';
import { reactionCommandId, uuidV5, type CommandId, type OrganisationId } from '@toeverlaat/values';

/** What enters the envelope of a command that a person gave. `actor` when it is not the caller's own pseudonym (per-record ones). */
export const commandContext = (
  context: RequestContext,
  request: CommandRequest<unknown>,
  actor: Actor = actorOf(context.caller),
): CommandContext => ({
  organisation: context.caller.organisation,
  commandId: request.commandId as CommandId,
  actor,
  purpose: context.purpose,
  correlationId: context.correlationId,
  causationId: context.requestId,
  policyVersion,
  lawVersion,
  expectedRevision: request.expectedRevision,
  body: request.data,
});

/** An id that a shell gives to something a command makes: derived, so that a repeat gives the same (design rule 8). */
export const derivedId = (commandId: string, kind: string): string => uuidV5('derived', commandId, kind);

const SYSTEM: Actor = { pseudonym: 'system', capacity: 'system' };

/** What enters the envelope of a command that another service's event gave: a duplicate has the same command id (design rule 8). */
export const reactionContext = (reaction: string, event: PublicEvent): CommandContext => ({
  organisation: event.organisation,
  commandId: reactionCommandId(reaction, event.eventId),
  actor: SYSTEM,
  purpose: 'reaction',
  correlationId: event.correlationId,
  causationId: event.eventId,
  policyVersion,
  lawVersion,
  body: { reaction, event: event.eventId },
});

/**
 * One of several commands that come of one: each record it reaches, or each step it takes, has a command id of its own,
 * because event ids are made of it and are never given twice. A repeat of the whole repeats each, and completes what a
 * crash left (design rule 8).
 */
export const partOf = (context: CommandContext, part: number | string): CommandContext => ({
  ...context,
  commandId: uuidV5('step', context.commandId, String(part)) as CommandId,
  expectedRevision: undefined,
});

/**
 * What enters the envelope of a command that nobody gives as a person. The id is derived from what is done wherever a repeat must be
 * the same command (design rule 8).
 * @param by the process it is a step of, as correlation and causation; the command itself when left out
 */
export const systemContext = (
  organisation: OrganisationId,
  purpose: string,
  commandId: string,
  { by = commandId, body }: { readonly by?: string; readonly body?: CommandContext['body'] } = {},
): CommandContext => ({
  organisation,
  commandId: commandId as CommandId,
  actor: SYSTEM,
  purpose,
  correlationId: by,
  causationId: by,
  policyVersion,
  lawVersion,
  ...(body === undefined ? {} : { body }),
});

/** What enters the envelope of a command that a date gave: any replica may send it, and it is one command (design rule 8). */
export const timerContext = (
  timer: string,
  organisation: OrganisationId,
  record: string,
  due: string,
): CommandContext =>
  systemContext(organisation, 'timer', uuidV5('timer', timer, organisation, record, due), {
    body: { timer, record, due },
  });

/** The request context a service acts under when no person asks: reactions and timers that call another service. */
export const systemRequest = (caller: Caller, from: CommandContext): RequestContext => ({
  requestId: from.causationId,
  correlationId: from.correlationId,
  caller,
  purpose: from.purpose,
  language: 'nl',
});

/** The answer to a command that is not admitted. */
export const refused = (rejection: Rejection): CommandReply => ({ ok: false, rejection });

/** The answer to a command, from the runner's outcome. */
export const replyOf = (id: string, outcome: CommandOutcome): CommandReply =>
  outcome.ok
    ? { ok: true, id, revision: outcome.revision, position: outcome.position ?? null, repeated: outcome.repeated }
    : refused(outcome.rejection);

/**
 * A service that asks another by itself: in a reaction, for a timer, or to complete an answer. It is no capacity of
 * anybody and stands in the access history as what it is; year pseudonyms hold no `-`, so none is mistaken for a service.
 * The policy gives it nothing: what a service answers another, it answers by asking `isService`.
 */
export const serviceCaller = (service: ServiceName, organisation: OrganisationId): Caller => ({
  role: 'service',
  organisation,
  pseudonym: `service-${service}`,
  capacityId: `service-${service}`,
  sites: [],
});

/** True when this very service asks. Who may claim it is for the transport to prove: in one process by construction, else by certificate. */
export const isService = (caller: Caller, service: ServiceName): boolean =>
  caller.role === 'service' && caller.capacityId === `service-${service}` && caller.pseudonym === `service-${service}`;

/** The context of such a question, tied to what caused it. */
export const serviceRequest = (service: ServiceName, from: CommandContext): RequestContext =>
  systemRequest(serviceCaller(service, from.organisation), from);
