import { policyVersion } from '@toeverlaat/access';
import {
  readersOverQueries,
  type couldHaveReadQuery,
  type PossibleReader,
  type RequestContext,
  type QueryInput,
  type QueryAnswer,
} from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import { serviceCaller } from '@toeverlaat/service-kit';
import { err, ok, sha256Hex, type OrganisationId, type Result } from '@toeverlaat/values';
import type { ViewReader } from '@toeverlaat/views';
import type { AccessCore } from './core.js';
import type { Guard } from './guard.js';
import { pageOfList } from './pages.js';
import type { Visible } from './visible.js';

type Period = { readonly from: string; readonly to: string };

export type ReplayedReaders = {
  readonly known: boolean;
  readonly readers: readonly PossibleReader[];
  readonly events: readonly string[];
  readonly policyVersions: readonly string[];
  readonly keyRecipients: readonly string[];
};

/** Asks every service that keeps confidential records who could read this one; most know no such record. */
export const replayReaders = async (
  core: Pick<AccessCore, 'runtime'>,
  context: RequestContext,
  record: string,
  { from, to }: Period,
): Promise<Result<ReplayedReaders, Rejection>> => {
  const { after: _, ...plain } = context;
  const asking: RequestContext = {
    ...plain,
    purpose: 'operate',
    caller: serviceCaller('records', context.caller.organisation),
  };
  const answers = await Promise.all(
    readersOverQueries.map((definition) => core.runtime.rpc.query(definition, asking, { record, from, to })),
  );
  const found: ReplayedReaders[] = [];
  for (const answer of answers) {
    // Who cannot be asked may know of a reader: an answer without them would be wrong.
    if (!answer.ok) return err(answer.rejection);
    if (answer.value.known) found.push(answer.value);
  }
  return ok({
    known: found.length > 0,
    readers: found.flatMap(({ readers }) => readers),
    events: [...new Set(found.flatMap(({ events }) => events))],
    policyVersions: [...new Set(found.flatMap(({ policyVersions }) => policyVersions))].toSorted(),
    keyRecipients: [...new Set(found.flatMap(({ keyRecipients }) => keyRecipients))].toSorted(),
  });
};

/** Whether any of these pseudonyms looked at a record in a period, by the history. */
export const hasRead = (
  history: ViewReader,
  organisation: OrganisationId,
  record: string,
  pseudonyms: readonly string[],
  { from, to }: Period,
): boolean =>
  pseudonyms.length > 0 &&
  history.get(
    `SELECT 1 FROM access_of_record CROSS JOIN access USING (organisation, recorded_at, event_id)
       WHERE organisation = ? AND record = ? AND recorded_at >= ? AND recorded_at < ?
         AND who IN (${pseudonyms.map(() => '?').join(', ')}) LIMIT 1`,
    [organisation, record, from, to, ...pseudonyms],
  ) !== undefined;

const keyOf = (reader: PossibleReader): string =>
  sha256Hex([reader.from, reader.to, reader.role, reader.relation, reader.recordClass, ...reader.pseudonyms].join(' '));

/** The third question: who could have read this, and did not. */
export const createCouldHaveRead = (core: AccessCore, history: ViewReader, guard: Guard, visible: Visible) => {
  const answer = (
    context: RequestContext,
    { record, from, to, page }: QueryInput<typeof couldHaveReadQuery>,
  ): Promise<Result<QueryAnswer<typeof couldHaveReadQuery>, Rejection>> =>
    guard(
      context,
      {
        query: 'couldHaveRead',
        records: [record],
        fields: ['readers'],
        about: { record },
        outcome: 'listed',
      },
      async ({ scope }) => {
        if (from >= to) return err({ kind: 'InvalidInput', field: 'to', rule: 'not_after_from' });
        // What is about a record that they take part in is for them as if it were not there.
        const excluded = await visible.excludedAmong(context, new Set([record]));
        if (!excluded.ok) return excluded;
        const replayed: Result<ReplayedReaders, Rejection> = excluded.value.has(record)
          ? ok({ known: false, readers: [], events: [], policyVersions: [], keyRecipients: [] })
          : await replayReaders(core, context, record, { from, to });
        if (!replayed.ok) return replayed;
        const { organisation } = context.caller;
        const asked = replayed.value.readers.filter(
          ({ pseudonyms }) =>
            scope.kind === 'all' ||
            scope.records.includes(record) ||
            pseudonyms.some((pseudonym) => scope.handlers.includes(pseudonym)),
        );
        const silent = asked
          .filter((reader) => !hasRead(history, organisation, record, reader.pseudonyms, { from, to }))
          .toSorted((a, b) => (a.from + keyOf(a) < b.from + keyOf(b) ? -1 : 1));
        const found = pageOfList(silent, keyOf, page);
        if (!found.ok) return found;
        const policyVersions = [...replayed.value.policyVersions];
        return ok({
          rows: found.value.rows.map((row) => ({ ...row, policyVersion, policyVersions })),
          next: found.value.next,
        });
      },
    );
  return { answer };
};
