import type { AccessRow, DeniedRow, RequestContext } from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import type { ServiceRuntime } from '@toeverlaat/service-kit';
import type { Result } from '@toeverlaat/values';
import type { ViewReader } from '@toeverlaat/views';
import type { About, Guard } from './access/guard.js';
import { createVisible } from './access/visible.js';
import {
  accessHistory,
  deniedHistory,
  type HistoryQuestion,
  type PageInput,
  type PageOf,
  type Period,
} from './history.js';
import type { Scope } from './domain/audit-mandates/index.js';

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

const recordsOf = ({ record }: { readonly record: string | null }): readonly string[] =>
  record === null ? [] : [record];

const FIELDS = ['accessor', 'purpose', 'recordClass', 'record', 'fields', 'query', 'outcome'];

/** What a question is about, for the mandate to be held against; nothing in particular is answered by what is in scope. */
const aboutOf = (question: HistoryQuestion): About => {
  switch (question.by) {
    case 'record':
      return { record: question.record };
    case 'handler':
      return { handlers: question.pseudonyms };
    case 'period':
    case 'denied':
      return {};
  }
};

/**
 * Reads the history for those who may (auditor under a mandate, data protection officer, records manager), in their own
 * organisation, with authority that is checked now. Their reading is recorded first and stands in the same history (rivals
 * row 83).
 */
export const createQueries = (runtime: Needs, reader: ViewReader, guard: Guard): RecordsQueries => {
  const guarded = <T>(
    context: RequestContext,
    query: string,
    question: HistoryQuestion,
    read: (scope: Scope) => Promise<Result<T, Rejection>>,
  ): Promise<Result<T, Rejection>> =>
    guard(
      context,
      { query, records: lookedAt(question), fields: FIELDS, about: aboutOf(question), outcome: 'listed' },
      ({ scope }) => read(scope),
    );

  const { visible } = createVisible(runtime);

  return {
    accessHistory: (context, query, question, period, page) =>
      guarded(context, query, question, (scope) =>
        visible(
          context,
          page,
          (input) => accessHistory(reader, context.caller.organisation, question, period, scope, input),
          recordsOf,
        ),
      ),
    deniedAttempts: (context, query, period, page) =>
      guarded(context, query, { by: 'denied' }, (scope) =>
        visible(
          context,
          page,
          (input) => deniedHistory(reader, context.caller.organisation, period, scope, input),
          recordsOf,
        ),
      ),
  };
};
