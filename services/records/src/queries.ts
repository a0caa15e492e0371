import { decide, purposeAllowed, releaseOpened, verifyCaller } from '@toeverlaat/access';
import type { AccessRow, DeniedRow, RequestContext } from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import type { ServiceRuntime } from '@toeverlaat/service-kit';
import { err, type Result } from '@toeverlaat/values';
import { ViewNotReady, type ViewReader } from '@toeverlaat/views';
import {
  accessHistory,
  deniedHistory,
  type HistoryQuestion,
  type PageInput,
  type PageOf,
  type Period,
} from './history.js';

export type RecordsQueries = {
  readonly accessHistory: (
    context: RequestContext,
    query: string,
    question: Exclude<HistoryQuestion, { by: 'denied' }>,
    period: Period,
    page: PageInput,
  ) => Promise<Result<PageOf<AccessRow>, Rejection>>;
  readonly deniedAttempts: (
    context: RequestContext,
    query: string,
    period: Period,
    page: PageInput,
  ) => Promise<Result<PageOf<DeniedRow>, Rejection>>;
};

type Needs = Pick<ServiceRuntime, 'authority' | 'clock' | 'recorder'>;

/** Under which ids a reading of the history stands in the history: the record or handler looked at, or what it was of. */
const lookedAt = (question: HistoryQuestion): readonly string[] => {
  switch (question.by) {
    case 'record':
      return [question.record];
    case 'handler':
      return [...new Set(question.pseudonyms)];
    case 'period':
      return ['period'];
    case 'denied':
      return ['denied-attempts'];
  }
};

const FIELDS = ['accessor', 'purpose', 'recordClass', 'record', 'fields', 'query', 'outcome'];

/**
 * Reads the history for those who may (auditor, data protection officer, records manager), in their own organisation,
 * with authority that is checked now. Their reading is recorded first and stands in the same history (rivals row 83).
 */
export const createQueries = (runtime: Needs, reader: ViewReader): RecordsQueries => {
  const guarded = async <T>(
    context: RequestContext,
    query: string,
    question: HistoryQuestion,
    read: () => Result<PageOf<T>, Rejection>,
  ): Promise<Result<PageOf<T>, Rejection>> => {
    const { caller, purpose, requestId, correlationId } = context;
    if (!purposeAllowed(caller.role, purpose))
      return err({ kind: 'InvalidInput', field: 'purpose', rule: 'not_of_this_role' });
    const asked = { caller, purpose, recordClass: 'access_history' as const, query, requestId, correlationId };
    const records = lookedAt(question);
    const refused = async (): Promise<Result<never, Rejection>> => {
      const denied = await runtime.recorder.denied({ ...asked, record: records[0] ?? '-' });
      return err(denied.ok ? { kind: 'NotFound' } : denied.error);
    };

    const verified = await verifyCaller(runtime.authority, caller, runtime.clock.now());
    if (!verified.ok)
      return verified.error.kind === 'AuthorityUnavailable'
        ? err({ kind: 'Unavailable', detail: 'authority' })
        : refused();
    const decision = decide({
      role: caller.role,
      verb: 'list',
      recordClass: 'access_history',
      relation: 'same_organisation',
    });
    if (!decision.allowed) return refused();

    const entry = {
      ...asked,
      organisation: caller.organisation,
      record: records,
      fields: FIELDS,
      outcome: 'listed' as const,
    };
    const released = await releaseOpened(runtime.recorder, entry, async () => {
      try {
        return read();
      } catch (error) {
        if (error instanceof ViewNotReady)
          return err<Rejection>({ kind: 'Unavailable', detail: 'history is being built' });
        throw error;
      }
    });
    return released.ok ? released.value : released;
  };

  return {
    accessHistory: (context, query, question, period, page) =>
      guarded(context, query, question, () =>
        accessHistory(reader, context.caller.organisation, question, period, page),
      ),
    deniedAttempts: (context, query, period, page) =>
      guarded(context, query, { by: 'denied' }, () => deniedHistory(reader, context.caller.organisation, period, page)),
  };
};
