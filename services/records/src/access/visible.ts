import { homeOf } from '@toeverlaat/access';
import { excludedRecordsQueries, type RequestContext } from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import { serviceCaller, type ServiceRuntime } from '@toeverlaat/service-kit';
import { err, ok, type Result } from '@toeverlaat/values';
import type { OpenPage, PageInput, PageOf } from '../history.js';

/** What names a confidential record; the rest of the history is of lists, periods and the directory. */
export const RECORD = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export type Visible = ReturnType<typeof createVisible>;

/** Leaves out what is about a record that the one who asks takes part in, or is excluded from (design rule 10). */
export const createVisible = (runtime: Pick<ServiceRuntime, 'rpc'>) => {
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
  const visible = async <T>(
    context: RequestContext,
    input: PageInput,
    read: (input: PageInput) => Result<OpenPage<T>, Rejection>,
    recordsOf: (row: T) => readonly string[],
  ): Promise<Result<PageOf<T>, Rejection>> => {
    const kept: { readonly row: T; readonly end: string }[] = [];
    let { after } = input;
    for (;;) {
      const found = read({ ...input, after });
      if (!found.ok) return found;
      const named = found.value.rows.flatMap(({ row }) => recordsOf(row));
      const excluded = await excludedAmong(context, new Set(named));
      if (!excluded.ok) return excluded;
      kept.push(...found.value.rows.filter(({ row }) => !recordsOf(row).some((record) => excluded.value.has(record))));
      const last = kept[input.first - 1];
      if (kept.length > input.first && last !== undefined)
        return ok({ rows: kept.slice(0, input.first).map(({ row }) => row), next: last.end });
      if (found.value.next === null) return ok({ rows: kept.map(({ row }) => row), next: null });
      after = found.value.next;
    }
  };

  return { excludedAmong, visible };
};
