import type {
  BatchRow,
  dueErasuresQuery,
  erasureBatchesQuery,
  erasureBatchQuery,
  erasureBatchRecordsQuery,
  erasureBatchReportQuery,
  RequestContext,
  QueryInput,
  QueryAnswer,
} from '@toeverlaat/contracts';
import { renderPdf } from '@toeverlaat/documents';
import type { Rejection, Runner } from '@toeverlaat/event-log';
import type { ServiceRuntime } from '@toeverlaat/service-kit';
import { canonicalJson, err, localDateOf, ok, sha256Hex, type OrganisationId, type Result } from '@toeverlaat/values';
import { readPage, type OrderColumn, type SqlRow, type ViewReader } from '@toeverlaat/views';
import { pageOfList } from '../access/pages.js';
import { upToDate, versionsOf, type RetentionCore } from '../application/core.js';
import { rowOf } from '../application/destruction.js';
import type { BatchCommand, BatchState } from '../domain/erasure-batch/index.js';
import { erasureIdOf } from '../domain/erasure/index.js';
import { dueList } from './due-list.js';
import { guardedErasures, ofCaller } from './guarded.js';
import { reportBytes, type SignedReport } from './report.js';
import { reportDocument } from './report-words.js';

export type BatchQueriesNeeds = Pick<ServiceRuntime, 'authority' | 'recorder' | 'clock'> & {
  readonly core: RetentionCore;
  readonly batches: Runner<BatchCommand, BatchState>;
  readonly register: ViewReader;
};

type Batch = Exclude<BatchState, { readonly status: 'none' }>;

const NEWEST_FIRST: readonly OrderColumn[] = [
  { column: 'requested_at', direction: 'desc' },
  { column: 'batch_id', direction: 'desc' },
];

type BatchSqlRow = SqlRow & {
  readonly batch_id: string;
  readonly status: BatchRow['status'];
  readonly as_of: string;
  readonly record_class: BatchRow['recordClass'];
  readonly listed: number;
  readonly requested_by: string;
  readonly requested_at: string;
  readonly confirmed_by: string | null;
  readonly completed_at: string | null;
};

const linesOf = (lines: Batch['counted']) =>
  lines.map((line) => ({ ...line, excluded: line.excluded.map((one) => ({ ...one })) }));

/** What is due, and the batches that were asked for, for those who oversee them; what they read is recorded. */
export const createBatchQueries = (needs: BatchQueriesNeeds) => {
  const { core, batches, register, clock } = needs;
  const guarded = guardedErasures(needs);

  const batchOf =
    (batchId: string) =>
    async (organisation: OrganisationId): Promise<{ organisation: OrganisationId; batch: Batch } | undefined> => {
      const loaded = await batches.load(organisation, batchId);
      return loaded.kind === 'loaded' && loaded.state.status !== 'none'
        ? { organisation, batch: loaded.state }
        : undefined;
    };

  /** There once the batch is completed; one from before reports were signed has none. */
  const signedReportOf =
    (batchId: string) =>
    async (organisation: OrganisationId): Promise<SignedReport | undefined> => {
      const batch = (await batchOf(batchId)(organisation))?.batch;
      if (batch?.status !== 'completed') return undefined;
      const { report: completed, signedWith, signature } = batch;
      return signedWith === undefined || signature === undefined
        ? undefined
        : { report: completed, signedWith, signature };
    };

  const due = (
    context: RequestContext,
    { recordClass }: QueryInput<typeof dueErasuresQuery>,
  ): Promise<Result<QueryAnswer<typeof dueErasuresQuery>, Rejection>> =>
    guarded(context, 'list', 'due', 'records.dueErasures', ofCaller, async (organisation) => {
      const seen = await upToDate(core);
      if (!seen.ok) return seen;
      const versions = await versionsOf(core, organisation);
      if (!versions.ok) return versions;
      const asOf = localDateOf(clock.now());
      const { lines, list, more } = dueList(core, register, organisation, versions.value, asOf, recordClass);
      return ok({ asOf, listed: list.length, more, lines: linesOf(lines) });
    });

  const list = (
    context: RequestContext,
    { page }: QueryInput<typeof erasureBatchesQuery>,
  ): Promise<Result<QueryAnswer<typeof erasureBatchesQuery>, Rejection>> =>
    guarded(context, 'list', 'batches', 'records.erasureBatches', ofCaller, (organisation) => {
      const found = readPage<BatchSqlRow>(register, {
        select: 'SELECT * FROM erasure_batches',
        where: 'organisation = ?',
        params: [organisation],
        order: NEWEST_FIRST,
        limit: page.first,
        cursor: page.after,
      });
      return Promise.resolve(
        found.ok
          ? ok({
              rows: found.value.rows.map((row): BatchRow => ({
                batchId: row.batch_id,
                status: row.status,
                asOf: row.as_of,
                recordClass: row.record_class,
                listed: row.listed,
                requestedBy: row.requested_by,
                requestedAt: row.requested_at,
                confirmedBy: row.confirmed_by,
                completedAt: row.completed_at,
              })),
              next: found.value.next ?? null,
            })
          : err<Rejection>({ kind: 'InvalidInput', field: 'page.after', rule: found.error.rule }),
      );
    });

  const one = (
    context: RequestContext,
    { batchId }: QueryInput<typeof erasureBatchQuery>,
  ): Promise<Result<QueryAnswer<typeof erasureBatchQuery>, Rejection>> =>
    guarded(context, 'open', batchId, 'records.erasureBatch', batchOf(batchId), ({ batch }) => {
      const taken = batch.status === 'confirmed' || batch.status === 'completed' ? batch : undefined;
      const ended = batch.status === 'completed' ? batch : undefined;
      return Promise.resolve(
        ok({
          batchId,
          status: batch.status,
          asOf: batch.asOf,
          recordClass: batch.recordClass ?? null,
          requestedBy: batch.requestedBy,
          confirmedBy: taken?.confirmedBy ?? null,
          lines: linesOf(batch.counted),
          listed: batch.list.length,
          more: batch.more,
          listHash: batch.listHash,
          taken: taken?.upTo ?? 0,
          leftOut: taken?.leftOut.length ?? 0,
          report: ended === undefined ? null : canonicalJson(ended.report),
          reportHash: ended?.reportHash ?? null,
        }),
      );
    });

  const report = (
    context: RequestContext,
    { batchId, language }: QueryInput<typeof erasureBatchReportQuery>,
  ): Promise<Result<QueryAnswer<typeof erasureBatchReportQuery>, Rejection>> =>
    guarded(context, 'open', batchId, 'records.erasureBatchReport', signedReportOf(batchId), async (signed) => {
      const pdf = await renderPdf({
        document: reportDocument(signed, language ?? context.language),
        hash: sha256Hex(Buffer.from(reportBytes(signed)).toString('utf8')),
        madeOn: signed.report.asOf,
      });
      return ok({
        batchId,
        fileName: `erasure-report-${batchId.slice(0, 8)}`,
        signed: canonicalJson(signed),
        pdf: Buffer.from(pdf).toString('base64'),
      });
    });

  const records = (
    context: RequestContext,
    { batchId, page }: QueryInput<typeof erasureBatchRecordsQuery>,
  ): Promise<Result<QueryAnswer<typeof erasureBatchRecordsQuery>, Rejection>> =>
    guarded(context, 'list', batchId, 'records.erasureBatchRecords', batchOf(batchId), ({ organisation, batch }) => {
      const taken = batch.status === 'confirmed' || batch.status === 'completed' ? batch : undefined;
      const leftOut = new Map(taken?.leftOut.map(({ keptId, because }) => [keptId, because]));
      const found = pageOfList(
        batch.list.map((record, at) => ({ ...record, turn: at < (taken?.upTo ?? 0) })),
        ({ keptId }) => keptId,
        page,
      );
      if (!found.ok) return Promise.resolve(found);
      const rows = found.value.rows.map(({ keptId, recordClass, turn }) => {
        const because = leftOut.get(keptId) ?? null;
        const subject = turn && because === null ? rowOf(core, organisation, keptId)?.subject : undefined;
        return {
          keptId,
          recordClass,
          erasureId: subject === undefined ? null : erasureIdOf(organisation, subject),
          leftOut: because,
        };
      });
      return Promise.resolve(ok({ rows, next: found.value.next }));
    });

  return { due, list, one, report, records };
};
