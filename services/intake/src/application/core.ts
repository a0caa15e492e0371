import { homeOf, relationByInvolvement, type Caller, type Relation } from '@toeverlaat/access';
import {
  caseIdOfRequest,
  designationQuery,
  excludedCasesQuery,
  isExcludedQuery,
  type RequestContext,
} from '@toeverlaat/contracts';
import { createRunner, isErased, type Loaded, type Rejection } from '@toeverlaat/event-log';
import {
  createHandedNotices,
  createKeptNotices,
  existing,
  openServiceViews,
  runnerParts,
  serviceCaller,
  type ServiceRuntime,
} from '@toeverlaat/service-kit';
import { err, InvariantBroken, ok, type OrganisationId, type PersonId, type Result } from '@toeverlaat/values';
import type { output } from 'zod';
import { conversationCategory, conversationCodec, conversationDecider } from '../domain/conversation/index.js';
import {
  requestCategory,
  requestCodec,
  requestDecider,
  type LivingRequest,
  type RequestState,
} from '../domain/request/index.js';
import { intakeViews } from '../views/requests.js';

export type Designation = output<typeof designationQuery.output>;

/** The shell around intake's deciders. */
export const createCore = (runtime: ServiceRuntime) => {
  const handed = createHandedNotices(runtime, () => views);
  const common = { ...runnerParts(runtime), mayChange: handed.mayChange };
  const requests = createRunner({ ...common, category: requestCategory, codec: requestCodec, decider: requestDecider });
  const conversations = createRunner({
    ...common,
    category: conversationCategory,
    codec: conversationCodec,
    decider: conversationDecider,
  });
  const views = openServiceViews(runtime, intakeViews);
  return { runtime, requests, conversations, views, handed, notices: createKeptNotices(runtime) };
};
export type Core = ReturnType<typeof createCore>;

export type LoadedRequest = {
  readonly request: LivingRequest;
  readonly revision: number;
  readonly loaded: Extract<Loaded<RequestState>, { kind: 'loaded' }>;
};

/** A request that is there; `NotFound` says nothing of why it is not. */
export const loadRequest = async (
  core: Core,
  organisation: OrganisationId,
  requestId: string,
): Promise<Result<LoadedRequest, Rejection>> => {
  const loaded = await core.requests.load(organisation, requestId);
  const found = existing(loaded);
  if (!found.ok) return found;
  if (loaded.kind !== 'loaded') throw new InvariantBroken('what exists is loaded');
  return ok({ request: found.value.state, revision: found.value.revision, loaded });
};

/** Everything the caller is to a request. Who takes part in it is nothing else to it (design rule 10). */
export const relationsTo = (
  request: LivingRequest,
  caller: Caller,
  pseudonyms: readonly string[],
): readonly Relation[] => {
  if (caller.role === 'anonymous_worker')
    return request.receipt !== undefined && request.receipt.lookupId === caller.receipt?.lookupId ? ['applicant'] : [];
  const involved = relationByInvolvement(caller, {
    organisation: caller.organisation,
    participants: [{ participantId: request.applicantParticipantId, person: request.person, part: 'applicant' }],
  });
  if (involved !== undefined) return [involved];
  const relations: Relation[] = [];
  if ((request.status === 'waiting' || request.status === 'accepted') && pseudonyms.includes(request.handler))
    relations.push(request.status === 'waiting' ? 'chosen_counsellor' : 'handler');
  if (request.escalatedTo !== undefined && pseudonyms.includes(request.escalatedTo)) relations.push('backup_named');
  return relations;
};

/**
 * Whether somebody is excluded from the case of a request. Who takes part in a case, and who is excluded from it, is known
 * to the case alone; until a request is accepted there is none (design rule 10: exclusions bind escalation too).
 */
export const excludedFromCase = async (
  core: Core,
  from: Pick<RequestContext, 'requestId' | 'correlationId' | 'language'>,
  organisation: OrganisationId,
  requestId: string,
  ref: { readonly home: OrganisationId; readonly person: PersonId },
): Promise<Result<boolean, Rejection>> => {
  const { requestId: askedIn, correlationId, language } = from;
  const answer = await core.runtime.rpc.query(
    isExcludedQuery,
    { requestId: askedIn, correlationId, language, purpose: 'operate', caller: serviceCaller('intake', organisation) },
    { caseId: caseIdOfRequest(organisation, requestId), ...ref },
  );
  return answer.ok ? ok(answer.value.excluded) : err(answer.rejection);
};

/**
 * Which of these requests exclude somebody by their case, as `excludedFromCase`: for a page of a list, asked at once.
 * @param requestIds of accepted requests; 200 at the most
 */
export const excludedByCases = async (
  core: Core,
  from: Pick<RequestContext, 'requestId' | 'correlationId' | 'language'>,
  organisation: OrganisationId,
  requestIds: readonly string[],
  ref: { readonly home: OrganisationId; readonly person: PersonId },
): Promise<Result<ReadonlySet<string>, Rejection>> => {
  if (requestIds.length === 0) return ok(new Set());
  const { requestId: askedIn, correlationId, language } = from;
  const answer = await core.runtime.rpc.query(
    excludedCasesQuery,
    { requestId: askedIn, correlationId, language, purpose: 'operate', caller: serviceCaller('intake', organisation) },
    { records: [...requestIds], ...ref },
  );
  return answer.ok ? ok(new Set(answer.value.excluded)) : err(answer.rejection);
};

/** What somebody is to a request as one who works: its case may exclude them from it, who handles it like any other (design rule 10). */
const working: ReadonlySet<Relation> = new Set(['handler', 'backup_named']);
/** Whether the case behind an accepted request binds whoever stands so to it: live (`relationsNow`) as in the replay. */
export const isBoundByCase = (relation: Relation): boolean => working.has(relation);

/** `relationsTo`, less what the case of an accepted request excludes the caller from. */
export const relationsNow = async (
  core: Core,
  context: RequestContext,
  requestId: string,
  request: LivingRequest,
  caller: Caller,
  pseudonyms: readonly string[],
): Promise<Result<readonly Relation[], Rejection>> => {
  const relations = relationsTo(request, caller, pseudonyms);
  if (!relations.some(isBoundByCase) || request.status !== 'accepted' || caller.person === undefined)
    return ok(relations);
  const ref = { home: homeOf(caller), person: caller.person };
  const excluded = await excludedFromCase(core, context, caller.organisation, requestId, ref);
  if (!excluded.ok) return excluded;
  return ok(excluded.value ? ['excluded'] : relations);
};

/** The pseudonym under which the caller is this request's handler; this year's when they are not (yet). */
export const handlerPseudonym = (request: LivingRequest, pseudonyms: readonly string[]): string =>
  (request.status === 'waiting' || request.status === 'accepted') && pseudonyms.includes(request.handler)
    ? request.handler
    : (pseudonyms[0] ?? '');

/** A designation of the caller's organisation, as the directory has it now. */
export const designationOf = async (
  core: Core,
  context: RequestContext,
  designationId: string,
): Promise<Result<Designation, Rejection>> => {
  const answer = await core.runtime.rpc.query(designationQuery, context, { designationId });
  return answer.ok ? ok(answer.value) : err(answer.rejection);
};

/** Subject of a directory entry, whose key makes the look-up tags of that person's own requests (ADR 4). */
export const tagSubject = (person: string): string => `person/${person}`;

/** The tags of the first `n` requests of a person, and the one for the next. */
export const lookupTags = (
  core: Core,
  organisation: OrganisationId,
  person: string,
  n: number,
): Promise<readonly string[]> =>
  Promise.all(
    Array.from({ length: n }, (_, index) => core.runtime.sealing.lookupTag(organisation, tagSubject(person), index)),
  );

/** Whether the caller of a request is the applicant's own person under another hat. */
export const isApplicant = (
  request: LivingRequest,
  designation: Pick<Designation, 'person' | 'home'>,
  organisation: OrganisationId,
): boolean =>
  request.person !== undefined &&
  !isErased(request.person) &&
  designation.home === organisation &&
  designation.person === request.person;
