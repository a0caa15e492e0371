import {
  decideAll,
  needsAccessRecord,
  verifyCaller,
  type AccessOutcome,
  type Caller,
  type FieldGroup,
  type RecordClass,
  type Relation,
  type Verb,
} from '@toeverlaat/access';
import type { RequestContext } from '@toeverlaat/contracts';
import type { Opened, Rejection, SealedValue } from '@toeverlaat/event-log';
import { err, ok, type Json, type OrganisationId, type Result } from '@toeverlaat/values';
import type { ServiceRuntime } from './runtime.js';

type Asks = Pick<ServiceRuntime, 'authority' | 'recorder' | 'clock'>;

export type Ask = {
  readonly verb: Verb;
  readonly recordClass: RecordClass;
  /** Id of the aggregate as asked for. */
  readonly record: string;
  /** Name of the command or query, for the access history. */
  readonly query: string;
  /** Everything the caller is to the record; empty when there is no such record. */
  readonly relations: readonly Relation[];
};

/** What somebody was after, as an attempt is recorded. */
export type Attempt = Pick<Ask, 'recordClass' | 'record' | 'query'>;

/**
 * The caller with authority that is seconds old at the most; fails closed (design rule 11). A capacity that is no longer
 * held is refused, and the attempt recorded like any other (design rule 7): whoever lost it between two seconds too.
 */
export const freshCaller = async (
  runtime: Asks,
  context: RequestContext,
  attempt: Attempt,
): Promise<Result<Caller, Rejection>> => {
  const verified = await verifyCaller(runtime.authority, context.caller, runtime.clock.now());
  if (verified.ok) return ok(verified.value.caller);
  return verified.error.kind === 'AuthorityUnavailable'
    ? err({ kind: 'Unavailable', detail: 'authority' })
    : deny(runtime, context, context.caller, attempt, { kind: 'NotAllowed', verb: 'act_in_capacity' });
};

export type Admitted = { readonly caller: Caller; readonly fields: readonly FieldGroup[] };

/**
 * Lets a caller through or answers `NotFound`, the same for what is not there and for what is not theirs, and records the
 * attempt (design rules 7 and 10). `caller` is the one `freshCaller` gave.
 */
export const admit = async (
  runtime: Asks,
  context: RequestContext,
  caller: Caller,
  ask: Ask,
): Promise<Result<Admitted, Rejection>> => {
  const decision = decideAll({
    role: caller.role,
    verb: ask.verb,
    recordClass: ask.recordClass,
    relations: ask.relations,
  });
  return decision.allowed ? ok({ caller, fields: decision.scope.fields }) : deny(runtime, context, caller, ask);
};

/**
 * Refuses somebody further on than at the gate, such as for a part of a record that is not there: recorded like any other
 * attempt (design rule 7), and the same `NotFound` unless the caller may know more.
 */
export const deny = async (
  runtime: Pick<Asks, 'recorder'>,
  context: RequestContext,
  caller: Caller,
  { recordClass, record, query }: Attempt,
  rejection: Rejection = { kind: 'NotFound' },
): Promise<{ readonly ok: false; readonly error: Rejection }> => {
  const { requestId, correlationId, purpose } = context;
  const recorded = await runtime.recorder.denied({
    caller,
    purpose,
    recordClass,
    record,
    query,
    requestId,
    correlationId,
  });
  return { ok: false, error: recorded.ok ? rejection : recorded.error };
};

export type Release = {
  readonly recordClass: RecordClass;
  readonly organisation: OrganisationId;
  /** Ids of the aggregates whose content is released; a list names each row. */
  readonly records: readonly string[];
  /** Names of the fields that are opened. */
  readonly fields: readonly string[];
  readonly query: string;
  readonly outcome: AccessOutcome;
  /** The caller's participant id in the record, when they read as applicant or participant. */
  readonly participant?: string | undefined;
};

/** No record, no read: `open` runs only once the access record is durable (design rule 7). */
export const release = async <T>(
  runtime: Asks,
  context: RequestContext,
  caller: Caller,
  what: Release,
  open: () => Promise<Result<T, Rejection>>,
): Promise<Result<T, Rejection>> => {
  if (what.records.length > 0 && needsAccessRecord(what.recordClass)) {
    const recorded = await runtime.recorder.record({
      organisation: what.organisation,
      caller,
      purpose: context.purpose,
      recordClass: what.recordClass,
      record: what.records,
      fields: what.fields,
      query: what.query,
      requestId: context.requestId,
      correlationId: context.correlationId,
      outcome: what.outcome,
      ...(what.participant === undefined ? {} : { participant: what.participant }),
    });
    if (!recorded.ok) return recorded;
  }
  return open();
};

/** What an opened text is to a reader: its words, or null once they are erased. */
export const openTexts = async (
  runtime: Pick<ServiceRuntime, 'sealing'>,
  organisation: OrganisationId,
  sealed: readonly (SealedValue | undefined)[],
): Promise<Result<readonly (string | null)[], Rejection>> => {
  const present = sealed.filter((value) => value !== undefined);
  const opened = await runtime.sealing.open(organisation, present);
  const texts = opened.map(textOf);
  for (const text of texts) if (!text.ok) return text;
  let next = 0;
  return ok(
    sealed.map((value) => {
      if (value === undefined) return null;
      const text = texts[next];
      next += 1;
      return text?.ok === true ? text.value : null;
    }),
  );
};

const textOf = (opened: Opened): Result<string | null, Rejection> => {
  switch (opened.kind) {
    case 'opened':
      return ok(textValue(opened.value));
    case 'erased':
      return ok(null);
    case 'unavailable':
      return err({ kind: 'Unavailable', detail: 'key' });
    case 'tampered':
      return err({ kind: 'Unavailable', detail: 'damaged' });
  }
};

const textValue = (value: Json): string | null => (typeof value === 'string' ? value : null);
