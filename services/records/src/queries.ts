import { decide, homeOf, purposeAllowed, releaseOpened, verifyCaller } from '@toeverlaat/access';
import { excludedRecordsQueries, type AccessRow, type DeniedRow, type RequestContext } from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import { serviceCaller, type ServiceRuntime } from '@toeverlaat/service-kit';
import { err, ok, type Result } from '@toeverlaat/values';
import { ViewNotReady, type ViewReader } from '@toeverlaat/views';
import {
  accessHistory,
  deniedHistory,
  type HistoryQuestion,
  type OpenPage,
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

type Needs = Pick<ServiceRuntime, 'authority' | 'clock' | 'recorder' | 'rpc'>;

/** What names a confidential record; the rest of the history is of lists, periods and the directory. */
const RECORD = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

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
    read: () => Promise<Result<PageOf<T>, Rejection>>,
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
        return await read();
      } catch (error) {
        if (error instanceof ViewNotReady)
          return err<Rejection>({ kind: 'Unavailable', detail: 'history is being built' });
        throw error;
      }
    });
    return released.ok ? released.value : released;
  };

  /** Which of these records the caller takes part in, or is excluded from, as those who keep them say now. */
  const excludedAmong = async (
    context: RequestContext,
    records: ReadonlySet<string>,
  ): Promise<Result<ReadonlySet<string>, Rejection>> => {
    const { caller } = context;
    const asked = [...records].filter((record) => RECORD.test(record));
    if (asked.length === 0 || caller.person === undefined) return ok(new Set());
    const from = { ...context, purpose: 'operate', caller: serviceCaller('records', caller.organisation) };
    const input = { home: homeOf(caller), person: caller.person, records: asked };
    const { after: _, ...plain } = from;
    const answers = await Promise.all(
      excludedRecordsQueries.map((definition) => runtime.rpc.query(definition, plain, input)),
    );
    const excluded = new Set<string>();
    for (const answer of answers) {
      // Who cannot be asked cannot have said that nobody is excluded.
      if (!answer.ok) return err({ kind: 'Unavailable', detail: 'exclusions' });
      for (const record of answer.value.excluded) excluded.add(record);
    }
    return ok(excluded);
  };

  /**
   * A page of what the caller may see: the history of a record that they take part in, or are excluded from, is not there for
   * them (design rule 10). Pages are filled up from what follows, so that a short one tells nothing.
   */
  const visible = async <T extends { readonly record: string | null }>(
    context: RequestContext,
    input: PageInput,
    read: (input: PageInput) => Result<OpenPage<T>, Rejection>,
  ): Promise<Result<PageOf<T>, Rejection>> => {
    const kept: { readonly row: T; readonly end: string }[] = [];
    let { after } = input;
    for (;;) {
      const found = read({ ...input, after });
      if (!found.ok) return found;
      const named = found.value.rows.map(({ row }) => row.record).filter((record) => record !== null);
      const excluded = await excludedAmong(context, new Set(named));
      if (!excluded.ok) return excluded;
      kept.push(...found.value.rows.filter(({ row }) => row.record === null || !excluded.value.has(row.record)));
      const last = kept[input.first - 1];
      if (kept.length > input.first && last !== undefined)
        return ok({ rows: kept.slice(0, input.first).map(({ row }) => row), next: last.end });
      if (found.value.next === null) return ok({ rows: kept.map(({ row }) => row), next: null });
      after = found.value.next;
    }
  };

  return {
    accessHistory: (context, query, question, period, page) =>
      guarded(context, query, question, () =>
        visible(context, page, (input) => accessHistory(reader, context.caller.organisation, question, period, input)),
      ),
    deniedAttempts: (context, query, period, page) =>
      guarded(context, query, { by: 'denied' }, () =>
        visible(context, page, (input) => deniedHistory(reader, context.caller.organisation, period, input)),
      ),
  };
};
