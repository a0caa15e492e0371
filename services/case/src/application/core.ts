import {
  actorOf,
  homeOf,
  isStaffRole,
  type Caller,
  type RecordClass,
  type Relation,
  type Verb,
} from '@toeverlaat/access';
import { pseudonymsQuery, type RequestContext } from '@toeverlaat/contracts';
import {
  createRunner,
  isSealedValue,
  type Actor,
  type ConfidentialText,
  type Opened,
  type Rejection,
  type Runner,
  type SealedValue,
} from '@toeverlaat/event-log';
import {
  admit,
  createHandedNotices,
  createKeptNotices,
  freshCaller,
  runnerParts,
  type KeptNotices,
  type ServiceRuntime,
} from '@toeverlaat/service-kit';
import { err, InvariantBroken, ok, type OrganisationId, type Result } from '@toeverlaat/values';
import type { Views } from '@toeverlaat/views';
import {
  adviceCategory,
  adviceCodec,
  adviceDecider,
  type AdviceCommand,
  type AdviceState,
} from '../domain/advice-contact/index.js';
import {
  caseCategory,
  caseCodec,
  caseDecider,
  isExcluded,
  isPerson,
  type CaseCommand,
  type CaseState,
  type ClosedCase,
  type OpenCase,
} from '../domain/case/index.js';
import {
  subjectAccessCategory,
  subjectAccessCodec,
  subjectAccessDecider,
  type SubjectAccessCommand,
  type SubjectAccessState,
} from '../domain/subject-access/index.js';
import {
  thirdPartyCategory,
  thirdPartyCodec,
  thirdPartyDecider,
  type ThirdPartyCommand,
  type ThirdPartyState,
} from '../domain/third-party-entry/index.js';
import type { PersonRef } from '../domain/vocabulary.js';
import type { DeskRow } from '../views/index.js';

export type ExistingCase = OpenCase | ClosedCase;
export type LoadedCase = Extract<Awaited<ReturnType<Runner<CaseCommand, CaseState>['load']>>, { kind: 'loaded' }>;

export type CaseCore = {
  readonly runtime: ServiceRuntime;
  readonly views: Views;
  readonly cases: Runner<CaseCommand, CaseState>;
  readonly advice: Runner<AdviceCommand, AdviceState>;
  readonly subjectAccess: Runner<SubjectAccessCommand, SubjectAccessState>;
  readonly thirdParty: Runner<ThirdPartyCommand, ThirdPartyState>;
  /** Until when each file is kept, as this service was told. */
  readonly notices: KeptNotices;
  /** Which files are at the next host, as this service was told. */
  readonly handed: Pick<ReturnType<typeof createHandedNotices>, 'reactions'>;
  /** The caller's pseudonyms of every year in this organisation: what the desk's rows are found by. */
  readonly pseudonymsOf: (context: RequestContext) => Promise<Result<readonly string[], Rejection>>;
};

/** How long a caller's list of pseudonyms is remembered, in milliseconds: it grows once a year. */
const PSEUDONYMS_MS = 60_000;
const MAX_REMEMBERED = 10_000;

export const createCore = (runtime: ServiceRuntime, views: Views): CaseCore => {
  const { clock } = runtime;
  const handed = createHandedNotices(runtime, () => views);
  const shared = { ...runnerParts(runtime), mayChange: handed.mayChange };
  const remembered = new Map<string, { readonly until: number; readonly pseudonyms: readonly string[] }>();
  return {
    runtime,
    views,
    cases: createRunner({ ...shared, category: caseCategory, codec: caseCodec, decider: caseDecider }),
    advice: createRunner({ ...shared, category: adviceCategory, codec: adviceCodec, decider: adviceDecider }),
    subjectAccess: createRunner({
      ...shared,
      category: subjectAccessCategory,
      codec: subjectAccessCodec,
      decider: subjectAccessDecider,
    }),
    thirdParty: createRunner({
      ...shared,
      category: thirdPartyCategory,
      codec: thirdPartyCodec,
      decider: thirdPartyDecider,
    }),
    notices: createKeptNotices(runtime),
    handed,
    pseudonymsOf: async (context) => {
      const { caller } = context;
      const key = `${caller.organisation} ${homeOf(caller)} ${caller.person ?? ''} ${caller.pseudonym}`;
      const now = Date.parse(clock.now());
      const known = remembered.get(key);
      if (known !== undefined && known.until > now) return ok(known.pseudonyms);
      const answer = await runtime.rpc.query(pseudonymsQuery, context, {});
      if (!answer.ok) return err(answer.rejection);
      const pseudonyms = [...new Set([caller.pseudonym, ...answer.value])];
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(key, { until: now + PSEUDONYMS_MS, pseudonyms });
      return ok(pseudonyms);
    },
  };
};

export const NOT_FOUND: Rejection = { kind: 'NotFound' };
export const unavailable = (detail: string): Rejection => ({ kind: 'Unavailable', detail });

/** The directory entry that a caller is; undefined for an anonymous worker. */
export const refOf = (caller: Caller): PersonRef | undefined =>
  caller.person === undefined ? undefined : { organisation: homeOf(caller), person: caller.person };

/** What a caller is to a case, from today's fold; an exclusion stands beside whatever else (design rule 10). */
export const relationsOf = (state: ExistingCase, caller: Caller): readonly Relation[] => {
  const ref = refOf(caller);
  const { applicant, handler, handover } = state;
  switch (caller.role) {
    case 'anonymous_worker': {
      const lookupId = caller.receipt?.lookupId;
      return lookupId !== undefined && applicant.receiptLookupId === lookupId ? ['applicant'] : ['none'];
    }
    case 'worker':
      return ref !== undefined && isPerson(applicant.person, ref) ? ['applicant'] : ['none'];
    case 'participant':
      return ref !== undefined && participantIdsOf(state, ref).length > 0 ? ['participant'] : ['none'];
    default: {
      if (ref === undefined) return ['none'];
      if (isExcluded(state, ref)) return ['excluded'];
      const relations: Relation[] = [];
      // Personal notes are the handler's own as long as they handle: a leaver's notes have no reader.
      if (isPerson(handler.person, ref)) relations.push('handler', 'author');
      if (handover.status !== 'none' && isPerson(handover.successor?.person, ref)) relations.push('successor');
      return relations.length === 0 ? ['none'] : relations;
    }
  }
};

export const participantIdsOf = (state: ExistingCase, ref: PersonRef): readonly string[] =>
  Object.entries(state.participants)
    .filter(([, participant]) => isPerson(participant.person, ref))
    .map(([id]) => id);

/** The pseudonym a caller has in this record: staff theirs of the year, everyone else an id of this case alone. */
export const participantOf = (state: ExistingCase, caller: Caller): string | undefined => {
  if (isStaffRole(caller.role)) return undefined;
  if (caller.role !== 'participant') return state.applicant.participantId;
  const ref = refOf(caller);
  return ref === undefined ? undefined : participantIdsOf(state, ref)[0];
};
export const envelopeActor = (state: ExistingCase, caller: Caller): Actor => {
  const participant = participantOf(state, caller);
  return participant === undefined ? actorOf(caller) : { pseudonym: participant, capacity: caller.role };
};

export type Asking = {
  readonly verb: Verb;
  readonly recordClass: RecordClass;
  /** Name of the command or query, for the access history. */
  readonly name: string;
};

export type Authorised = {
  readonly caller: Caller;
  readonly state: ExistingCase;
  readonly loaded: LoadedCase;
  readonly relations: readonly Relation[];
};

/**
 * The way to every case: fresh authority → load → relation → policy. What is denied is recorded as a denied attempt and
 * answered as if there were nothing (design rules 7, 10, 11).
 * @param repeats true when this very command was carried out before by this caller: the runner then answers as the first
 * time, though what the command did may have ended the caller's part in the case
 */
export const authorise = async (
  core: CaseCore,
  context: RequestContext,
  asking: Asking,
  caseId: string,
  repeats: (loaded: LoadedCase) => boolean = () => false,
): Promise<Result<Authorised, Rejection>> => {
  const { runtime } = core;
  const fresh = await freshCaller(runtime, context, {
    recordClass: asking.recordClass,
    record: caseId,
    query: asking.name,
  });
  if (!fresh.ok) return fresh;
  const caller = fresh.value;
  const ask = (relations: readonly Relation[]) =>
    admit(runtime, context, caller, {
      verb: asking.verb,
      recordClass: asking.recordClass,
      record: caseId,
      query: asking.name,
      relations,
    });
  const nothing = async (): Promise<Result<never, Rejection>> => {
    const admitted = await ask([]);
    return err(admitted.ok ? NOT_FOUND : admitted.error);
  };
  const loaded = await core.cases.load(caller.organisation, caseId);
  switch (loaded.kind) {
    case 'absent':
      return nothing();
    case 'unavailable':
      return err(unavailable('key'));
    case 'erased': {
      // Told only to whom the case was known: what is left of it carries the handler's pseudonym in the clear.
      const row = core.views.query('case_desk').get<Pick<DeskRow, 'handler'>>(
        `SELECT handler FROM erased WHERE organisation = ? AND case_id = ?
           UNION ALL SELECT handler FROM desk WHERE organisation = ? AND case_id = ?`,
        [caller.organisation, caseId, caller.organisation, caseId],
      );
      const own = await core.pseudonymsOf(context);
      if (!own.ok) return own;
      return row !== undefined && own.value.includes(row.handler) ? err({ kind: 'Erased' }) : nothing();
    }
    case 'loaded': {
      const { state } = loaded;
      if (state.status === 'absent') return nothing();
      const relations = relationsOf(state, caller);
      if (repeats(loaded)) return ok({ caller, state, loaded, relations });
      const admitted = await ask(relations);
      return admitted.ok ? ok({ caller, state, loaded, relations }) : admitted;
    }
  }
};

/** Opened values by the sealed value they were asked for; null is erased. */
export type OpenedTexts = { readonly of: (text: ConfidentialText | undefined) => string | null };

const answerOf = (opened: Opened | undefined): Result<unknown, Rejection> => {
  switch (opened?.kind) {
    case 'opened':
      return ok(opened.value);
    case 'erased':
      return ok(null);
    case 'unavailable':
      return err(unavailable('key'));
    case 'tampered':
    case undefined:
      throw new InvariantBroken('a sealed value does not authenticate');
  }
};

/** Opens what a query shows, all at once; call it after the access record only. */
export const openAll = async (
  core: CaseCore,
  organisation: OrganisationId,
  values: readonly SealedValue[],
): Promise<Result<ReadonlyMap<SealedValue, unknown>, Rejection>> => {
  const opened = values.length === 0 ? [] : await core.runtime.sealing.open(organisation, values);
  const map = new Map<SealedValue, unknown>();
  for (const [index, value] of values.entries()) {
    const answer = answerOf(opened[index]);
    if (!answer.ok) return answer;
    map.set(value, answer.value);
  }
  return ok(map);
};

export const openTexts = async (
  core: CaseCore,
  organisation: OrganisationId,
  texts: readonly (ConfidentialText | undefined)[],
): Promise<Result<OpenedTexts, Rejection>> => {
  const sealed = texts.filter((text): text is SealedValue => text !== undefined && isSealedValue(text));
  const opened = await openAll(core, organisation, sealed);
  if (!opened.ok) return opened;
  return ok({
    of: (text) => {
      const value = text !== undefined && isSealedValue(text) ? opened.value.get(text) : undefined;
      return typeof value === 'string' ? value : null;
    },
  });
};

/** Readable, and not consecutive: it tells nothing of how many cases there are (design rule 10). */
export const caseNumberOf = (caseId: string): string => `${caseId.slice(0, 4)}-${caseId.slice(4, 8)}`.toUpperCase();
