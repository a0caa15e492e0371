import { homeOf, isStaffRole, type Caller, type Relation } from '@toeverlaat/access';
import { applicantViewQuery, isExcludedQuery, takesPartQuery, type RequestContext } from '@toeverlaat/contracts';
import { createRunner, type CommandContext, type Position, type Rejection } from '@toeverlaat/event-log';
import {
  createHandedNotices,
  createKeptNotices,
  existing,
  openServiceViews,
  runnerParts,
  serviceCaller,
  timerContext,
  type ServiceRuntime,
} from '@toeverlaat/service-kit';
import { err, ok, type OrganisationId, type PersonId, type Result } from '@toeverlaat/values';
import { receivedCategory, receivedCodec, receivedDecider, type LivingReceived } from '../domain/received/index.js';
import { sentCategory, sentCodec, sentDecider, type LivingSent } from '../domain/sent/index.js';
import type { Ending } from '../domain/vocabulary.js';
import { referralViews } from '../views/index.js';

/** The shell around the deciders of both sides. */
export const createCore = (runtime: ServiceRuntime) => {
  const handed = createHandedNotices(runtime, () => views);
  const common = { ...runnerParts(runtime), mayChange: handed.mayChange };
  const sent = createRunner({ ...common, category: sentCategory, codec: sentCodec, decider: sentDecider });
  const received = createRunner({
    ...common,
    category: receivedCategory,
    codec: receivedCodec,
    decider: receivedDecider,
  });
  const views = openServiceViews(runtime, referralViews);
  return { runtime, sent, received, views, handed, notices: createKeptNotices(runtime) };
};
export type Core = ReturnType<typeof createCore>;

export type LoadedSent = { readonly state: LivingSent; readonly revision: number };
export type LoadedReceived = { readonly state: LivingReceived; readonly revision: number };

export const loadSent = async (
  core: Core,
  organisation: OrganisationId,
  id: string,
): Promise<Result<LoadedSent, Rejection>> => existing(await core.sent.load(organisation, id));
export const loadReceived = async (
  core: Core,
  organisation: OrganisationId,
  id: string,
): Promise<Result<LoadedReceived, Rejection>> => existing(await core.received.load(organisation, id));

/** Whether the case says that the caller is its applicant. The link to a person stays with the case alone. */
const isApplicantOf = async (
  core: Core,
  context: RequestContext,
  caller: Caller,
  caseId: string,
): Promise<Result<boolean, Rejection>> => {
  if (caller.role !== 'worker' && caller.role !== 'anonymous_worker') return ok(false);
  const answer = await core.runtime.rpc.query(applicantViewQuery, { ...context, caller }, { caseId });
  if (answer.ok) return ok(true);
  return answer.rejection.kind === 'NotFound' || answer.rejection.kind === 'NotAllowed'
    ? ok(false)
    : err(answer.rejection);
};

/**
 * Whether the case says that the caller handles it, now: who recused or handed over is out at once, who took over is in.
 * Asked with the one question that the case answers to its handler alone and without content.
 */
const handles = async (
  core: Core,
  context: RequestContext,
  caller: Caller,
  caseId: string,
): Promise<Result<boolean, Rejection>> => {
  const { person } = caller;
  if (person === undefined || (caller.role !== 'counsellor' && caller.role !== 'prevention_adviser')) return ok(false);
  const answer = await core.runtime.rpc.query(
    takesPartQuery,
    { ...context, caller },
    { caseId, home: homeOf(caller), person },
  );
  if (answer.ok) return ok(true);
  return answer.rejection.kind === 'NotFound' || answer.rejection.kind === 'NotAllowed'
    ? ok(false)
    : err(answer.rejection);
};

/** What the caller is to a case, and so to every hand-over from it. */
export const relationsToCase = async (
  core: Core,
  context: RequestContext,
  caller: Caller,
  caseId: string,
): Promise<Result<readonly Relation[], Rejection>> => {
  if (isStaffRole(caller.role)) {
    const handler = await handles(core, context, caller, caseId);
    return handler.ok ? ok(handler.value ? ['handler'] : []) : handler;
  }
  const applicant = await isApplicantOf(core, context, caller, caseId);
  return applicant.ok ? ok(applicant.value ? ['applicant'] : []) : applicant;
};

/**
 * Whether the case behind a referral excludes the caller, as it says now. A sender's side or a case that is not there any
 * more excludes nobody: then the copies are all there is, and they are the receiver's to answer for.
 */
export const excludedFromCaseOf = async (
  core: Core,
  context: RequestContext,
  caller: Caller,
  referralId: string,
): Promise<Result<boolean, Rejection>> => {
  const { organisation, person } = caller;
  if (person === undefined) return ok(false);
  return caseOfReferralExcludes(core, context, organisation, referralId, { home: homeOf(caller), person });
};

/** The same of anybody. */
export const caseOfReferralExcludes = async (
  core: Core,
  context: RequestContext,
  organisation: OrganisationId,
  referralId: string,
  ref: { readonly home: OrganisationId; readonly person: PersonId },
): Promise<Result<boolean, Rejection>> => {
  const sent = await loadSent(core, organisation, referralId);
  if (!sent.ok) return sent.error.kind === 'Unavailable' ? sent : ok(false);
  const answer = await core.runtime.rpc.query(
    isExcludedQuery,
    { ...context, purpose: 'operate', caller: serviceCaller('referral', organisation) },
    { caseId: sent.value.state.caseId, ...ref },
  );
  return answer.ok ? ok(answer.value.excluded) : err(answer.rejection);
};

/**
 * What the caller is to the receiver's side. An exclusion from the case binds the reading of its copies too (design rule 10,
 * ADR 17), also when it came after they were delivered.
 */
export const relationsToReceived = async (
  core: Core,
  context: RequestContext,
  caller: Caller,
  referralId: string,
  found: Result<LoadedReceived, Rejection>,
  pseudonyms: readonly string[],
): Promise<Result<readonly Relation[], Rejection>> => {
  if (!found.ok || !pseudonyms.includes(found.value.state.receiver)) return ok([]);
  const excluded = await excludedFromCaseOf(core, context, caller, referralId);
  return excluded.ok ? ok(excluded.value ? ['excluded'] : ['receiver']) : excluded;
};

// ── referrals of a case ──

const TAGS_AT_ONCE = 8;
const tagSubject = (caseId: string): string => `referral_sent/of-case.${caseId}`;

/** Ids of the referrals of a case, and the first tag that none of them has. */
export const referralsOfCase = async (
  core: Core,
  organisation: OrganisationId,
  caseId: string,
): Promise<{ readonly ids: readonly string[]; readonly nextTag: string }> => {
  const ids: string[] = [];
  for (let from = 0; ; from += TAGS_AT_ONCE) {
    const tags = await Promise.all(
      Array.from({ length: TAGS_AT_ONCE }, (_, index) =>
        core.runtime.sealing.lookupTag(organisation, tagSubject(caseId), from + index),
      ),
    );
    const rows = core.views.query('sent').all<{ referral_id: string; case_tag: string }>(
      `SELECT referral_id, case_tag FROM sent WHERE organisation = ? AND case_tag IN (${tags.map(() => '?').join(', ')})
         ORDER BY prepared_at, referral_id`,
      [organisation, ...tags],
    );
    ids.push(...rows.map((row) => row.referral_id));
    const used = new Set(rows.map((row) => row.case_tag));
    const free = tags.find((tag) => !used.has(tag));
    if (free !== undefined) return { ids, nextTag: free };
  }
};

// ── the two sides brought into agreement ──

/** What follows from one side for the other: one command per pair and fact, whoever sends it and how often. */
const between = (organisation: OrganisationId, referralId: string, fact: string): CommandContext => ({
  ...timerContext('referral-sides', organisation, referralId, fact),
  purpose: 'reaction',
});

const endedBecause = (state: LivingSent): Ending | undefined =>
  state.status === 'withdrawn' || state.status === 'expired' ? state.status : undefined;

/**
 * Tells each side what the other decided: a withdrawal or expiry ends the receiver's access, the receiver's answer
 * reaches the sender. Decides to nothing when they agree already. Run after each such command, again by the reactor in
 * case the process died between, and before a receiver reads.
 * @returns the position of the last thing it wrote
 */
export const settleSides = async (
  core: Core,
  organisation: OrganisationId,
  referralId: string,
): Promise<Result<Position | undefined, Rejection>> => {
  const sent = await loadSent(core, organisation, referralId);
  const received = await loadReceived(core, organisation, referralId);
  // One side erased or not there yet: the other stands by itself.
  if (!sent.ok || !received.ok) {
    const unavailable = [sent, received].find((one) => !one.ok && one.error.kind === 'Unavailable');
    return unavailable !== undefined && !unavailable.ok ? unavailable : ok(undefined);
  }
  const { state: there } = received.value;
  const because = endedBecause(sent.value.state);
  if (because !== undefined) {
    if (there.status !== 'pending' && there.status !== 'accepted') return ok(undefined);
    const outcome = await core.received.execute(
      referralId,
      { type: 'EndFurtherAccess', data: { because } },
      between(organisation, referralId, because),
    );
    return outcome.ok ? ok(outcome.position) : err(outcome.rejection);
  }
  if (sent.value.state.status !== 'sent') return ok(undefined);
  switch (there.status) {
    case 'accepted': {
      const outcome = await core.sent.execute(
        referralId,
        { type: 'NoteAccepted', data: { from: 'desk', on: there.acceptedOn } },
        between(organisation, referralId, 'accepted'),
      );
      return outcome.ok ? ok(outcome.position) : err(outcome.rejection);
    }
    case 'declined': {
      const outcome = await core.sent.execute(
        referralId,
        { type: 'NoteDeclined', data: { from: 'desk', on: there.declinedOn, reason: there.reason } },
        between(organisation, referralId, 'declined'),
      );
      return outcome.ok ? ok(outcome.position) : err(outcome.rejection);
    }
    case 'pending':
    case 'ended':
      return ok(undefined);
  }
};
