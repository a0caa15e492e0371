import type {
  releasedFiguresQuery,
  RequestContext,
  statutoryFiguresQuery,
  QueryInput,
  QueryAnswer,
} from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import { admit, freshCaller, release } from '@toeverlaat/service-kit';
import { err, ok, type Result } from '@toeverlaat/values';
import { readPage, ViewNotReady } from '@toeverlaat/views';
import { currentForm } from '../domain/report-form.js';
import { linesOf, type Edition } from '../domain/report/index.js';
import { figuresView } from '../views/index.js';
import { factsOf, type Core } from './core.js';

type Handler<D> = (context: RequestContext, input: QueryInput<D>) => Promise<Result<QueryAnswer<D>, Rejection>>;

type ReleaseRow = {
  release_id: string;
  from_month: string;
  to_month: string;
  released_at: string;
  threshold: number;
  layout_version: string;
  law_version: string;
  tables: string;
};
type EditionRow = { edition: number; frozen_at: string; content: string };

const NEWEST_FIRST = [
  { column: 'to_month', direction: 'desc' },
  { column: 'released_at', direction: 'desc' },
  { column: 'release_id', direction: 'desc' },
] as const;

export const createQueries = (core: Core) => {
  const { runtime, views } = core;

  /** A view that is still being built is no fault of who asks. */
  const reading = <T>(read: () => Result<T, Rejection>): Result<T, Rejection> => {
    try {
      return read();
    } catch (error) {
      if (error instanceof ViewNotReady) return err({ kind: 'Unavailable', detail: 'figures are being read' });
      throw error;
    }
  };

  /** Exact counts: the head of the internal service, and nobody else. */
  const statutoryFigures: Handler<typeof statutoryFiguresQuery> = async (context, { year }) => {
    const fresh = await freshCaller(runtime, context, {
      recordClass: 'statutory_figures',
      record: '-',
      query: 'reporting.statutoryFigures',
    });
    if (!fresh.ok) return fresh;
    const caller = fresh.value;
    const { organisation } = caller;
    const query = 'reporting.statutoryFigures';
    const admitted = await admit(runtime, context, caller, {
      verb: 'open',
      recordClass: 'statutory_figures',
      record: year,
      query,
      relations: ['same_organisation'],
    });
    if (!admitted.ok) return admitted;
    return release(
      runtime,
      context,
      caller,
      {
        recordClass: 'statutory_figures',
        organisation,
        records: [year],
        fields: ['lines', 'editions'],
        query,
        outcome: 'opened',
      },
      () =>
        Promise.resolve(
          reading(() => {
            const facts = factsOf(core, organisation, { from: `${year}-01`, to: `${year}-12` });
            const counted = linesOf(currentForm, facts, []);
            const editions = views
              .query(figuresView.name)
              .all<EditionRow>(
                'SELECT edition, frozen_at, content FROM editions WHERE organisation = ? AND year = ? ORDER BY edition',
                [organisation, year],
              );
            return ok({
              year,
              formVersion: currentForm.version,
              source: currentForm.source.cite,
              status: currentForm.status,
              lines: currentForm.lines.map(({ id, section, label, counts }, at) => ({
                line: id,
                section,
                label: label[context.language],
                counted: counts !== undefined,
                value: counted[at]?.value ?? null,
              })),
              editions: editions.map(({ edition, frozen_at, content }) => {
                const frozen = JSON.parse(content) as Edition;
                const { facts: number, factsDigest, viewVersion, lawVersion, formVersion, lines } = frozen;
                return {
                  edition,
                  formVersion,
                  frozenAt: frozen_at,
                  lines: lines.map(({ line, value }) => ({ line, value })),
                  lineage: { facts: number, factsDigest, viewVersion, lawVersion },
                };
              }),
            });
          }),
        ),
    );
  };

  /** What was released, as it was released. What it was counted from is not part of it: an exact total would be a figure. */
  const releasedFigures: Handler<typeof releasedFiguresQuery> = async (context, page) => {
    const fresh = await freshCaller(runtime, context, {
      recordClass: 'released_figures',
      record: '-',
      query: 'reporting.releasedFigures',
    });
    if (!fresh.ok) return fresh;
    const caller = fresh.value;
    const { organisation } = caller;
    const query = 'reporting.releasedFigures';
    const admitted = await admit(runtime, context, caller, {
      verb: 'list',
      recordClass: 'released_figures',
      record: '-',
      query,
      relations: ['same_organisation'],
    });
    if (!admitted.ok) return admitted;
    const found = reading(() => {
      const rows = readPage<ReleaseRow>(views.query(figuresView.name), {
        select: 'SELECT * FROM releases',
        where: 'organisation = ?',
        params: [organisation],
        order: NEWEST_FIRST,
        limit: page.first,
        cursor: page.after,
      });
      if (rows.ok) return rows;
      const { field, rule } = rows.error;
      return err<Rejection>({ kind: 'InvalidInput', field: field === 'cursor' ? 'after' : 'first', rule });
    });
    if (!found.ok) return found;
    const { rows, next } = found.value;
    return release(
      runtime,
      context,
      caller,
      {
        recordClass: 'released_figures',
        organisation,
        records: rows.map((row) => row.release_id),
        fields: ['tables'],
        query,
        outcome: 'listed',
      },
      () =>
        Promise.resolve(
          ok({
            rows: rows.map((row) => ({
              releaseId: row.release_id,
              from: row.from_month,
              to: row.to_month,
              releasedAt: row.released_at,
              threshold: row.threshold,
              layoutVersion: row.layout_version,
              lawVersion: row.law_version,
              tables: JSON.parse(row.tables) as QueryAnswer<typeof releasedFiguresQuery>['rows'][number]['tables'],
            })),
            next: next ?? null,
          }),
        ),
    );
  };

  return { statutoryFigures, releasedFigures };
};
export type Queries = ReturnType<typeof createQueries>;
