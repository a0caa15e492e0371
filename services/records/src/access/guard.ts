import {
  decide,
  homeOf,
  purposeAllowed,
  releaseOpened,
  verifyCaller,
  type AccessOutcome,
  type RecordClass,
  type Verb,
} from '@toeverlaat/access';
import type { RequestContext } from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import type { ServiceRuntime } from '@toeverlaat/service-kit';
import { err, localDateOf, ok, type OrganisationId, type Result } from '@toeverlaat/values';
import { ViewNotReady } from '@toeverlaat/views';
import { mandatesOf, scopeOn, type AuditMandatesState, type Scope } from '../domain/audit-mandates/index.js';
import type { RecordsRule } from '../domain/rules.js';

/** Every mandate of an organisation, folded from the log now: one that was ended a moment ago is ended. */
export type MandatesSource = (organisation: OrganisationId) => Promise<Result<AuditMandatesState, Rejection>>;

/** What a question is about, where it is about something in particular. */
export type About = { readonly record?: string; readonly handlers?: readonly string[] };

export type GuardedAsk = {
  readonly query: string;
  /** Ids under which this reading stands in the history. */
  readonly records: readonly string[];
  readonly fields: readonly string[];
  readonly about: About;
  readonly outcome: AccessOutcome;
  /** Of the access history, unless said: `list`. */
  readonly verb?: Verb;
  readonly recordClass?: Extract<RecordClass, 'access_history' | 'access_alarm' | 'proof'>;
};

export type Guard = <T>(
  context: RequestContext,
  ask: GuardedAsk,
  read: (granted: { readonly scope: Scope }) => Promise<Result<T, Rejection>>,
) => Promise<Result<T, Rejection>>;

const ALL: Scope = { kind: 'all' };

/** Whether a mandate of this scope has anything to say about what is asked; ids alone are compared, nothing is looked up. */
export const reaches = (scope: Scope, { record, handlers }: About): boolean => {
  if (scope.kind === 'all') return true;
  // Of a record the rows of the handlers in scope may be shown, and of a handler those of the records in scope.
  if (record !== undefined) return scope.records.includes(record) || scope.handlers.length > 0;
  if (handlers !== undefined)
    return scope.records.length > 0 || handlers.every((pseudonym) => scope.handlers.includes(pseudonym));
  return true;
};

/**
 * The scope of an auditor's mandates on a day, or why there is none. Others who oversee do so by their function, and need no
 * mandate (ADR 46).
 */
export const scopeFor = async (
  mandates: MandatesSource,
  { caller }: Pick<RequestContext, 'caller'>,
  now: string,
): Promise<Result<Scope | undefined, Rejection>> => {
  if (caller.role !== 'auditor') return ok(ALL);
  if (caller.person === undefined) return ok(undefined);
  const state = await mandates(caller.organisation);
  if (!state.ok) return state;
  const own = mandatesOf(state.value, { organisation: homeOf(caller), person: caller.person });
  return ok(scopeOn(own, localDateOf(now)));
};

/**
 * The way to the access history: authority that is fresh, the policy, for an auditor a mandate that runs today and reaches
 * what is asked; then the reading itself is recorded, and only then anything is read (design rules 7 and 11). What is refused
 * is recorded as an attempt.
 */
export const createGuard =
  (runtime: Pick<ServiceRuntime, 'authority' | 'clock' | 'recorder'>, mandates: MandatesSource): Guard =>
  async (context, ask, read) => {
    const { caller, purpose, requestId, correlationId } = context;
    const { query, records, fields, about, outcome, verb = 'list', recordClass = 'access_history' } = ask;
    if (!purposeAllowed(caller.role, purpose))
      return err({ kind: 'InvalidInput', field: 'purpose', rule: 'not_of_this_role' });
    const asked = { caller, purpose, recordClass, query, requestId, correlationId };
    const refused = async (rejection: Rejection = { kind: 'NotFound' }): Promise<Result<never, Rejection>> => {
      const denied = await runtime.recorder.denied({ ...asked, record: records[0] ?? '-' });
      return err(denied.ok ? rejection : denied.error);
    };
    const rule = (code: RecordsRule): Promise<Result<never, Rejection>> => refused({ kind: 'RuleRefused', code });

    const now = runtime.clock.now();
    const verified = await verifyCaller(runtime.authority, caller, now);
    if (!verified.ok)
      return verified.error.kind === 'AuthorityUnavailable'
        ? err({ kind: 'Unavailable', detail: 'authority' })
        : refused();
    if (!decide({ role: caller.role, verb, recordClass, relation: 'same_organisation' }).allowed) return refused();
    const scope = await scopeFor(mandates, context, now);
    if (!scope.ok) return scope;
    if (scope.value === undefined) return rule('audit_mandate_needed');
    if (!reaches(scope.value, about)) return rule('outside_audit_mandate');
    const granted = { scope: scope.value };

    const entry = { ...asked, organisation: caller.organisation, record: records, fields, outcome };
    const released = await releaseOpened(runtime.recorder, entry, async () => {
      try {
        return await read(granted);
      } catch (error) {
        if (error instanceof ViewNotReady)
          return err<Rejection>({ kind: 'Unavailable', detail: 'history is being built' });
        throw error;
      }
    });
    if (!released.ok) return released;
    // What turns out not to be there is an attempt like any other (design rule 7).
    const answer = released.value;
    return !answer.ok && answer.error.kind === 'NotFound' ? refused() : answer;
  };
