import { decide, type RecordClass, type Verb } from '@toeverlaat/access';
import type {
  keptRecordQuery,
  KeptRecordRow,
  keptRecordsQuery,
  legalHoldsQuery,
  RequestContext,
  retentionChangesQuery,
  retentionChecksQuery,
  retentionReportQuery,
  retentionRulesQuery,
  yearReplayQuery,
  QueryInput,
  QueryAnswer,
} from '@toeverlaat/contracts';
import type { ConfidentialText, Rejection, SealedValue } from '@toeverlaat/event-log';
import {
  explainDue,
  lawVersion,
  retentionBounds,
  retentionRule,
  retentionRuleIds,
  type RetentionTerms,
} from '@toeverlaat/legal';
import { deny, openTexts, release, type Admitted } from '@toeverlaat/service-kit';
import { err, localDateOf, ok, type LocalDate, type Result } from '@toeverlaat/values';
import { readPage, sealedColumn, ViewNotReady, type SqlRow } from '@toeverlaat/views';
import { dueUnder, isDue, termsFor, type RuleVersion } from '../domain/terms.js';
import { holdsOf } from '../views/retention.js';
import { itemOfRow, rulesOf, versionsOf, type KeptRow, type RetentionCore } from './core.js';
import { explainRow, latestStart, rowOf } from './destruction.js';
import { admitOwn } from './guard.js';
import { keptPage } from './kept-page.js';
import { reportDocument } from './simulation.js';

type Handler<D> = (context: RequestContext, input: QueryInput<D>) => Promise<Result<QueryAnswer<D>, Rejection>>;

const ruleAnswer = (terms: RetentionTerms) => ({
  recordClass: terms.recordClass,
  trigger: terms.trigger,
  period: terms.period,
  action: terms.action,
  motive: terms.motive ?? null,
  reviewOn: terms.reviewOn ?? null,
});

const sealedOf = (text: ConfidentialText): SealedValue | undefined => ('ct' in text ? text : undefined);

const NEWEST_PLACED = [
  { column: 'placed_at', direction: 'desc' },
  { column: 'hold_id', direction: 'desc' },
] as const;

/** Where a record stands on a day. */
const stateOf = (row: KeptRow, keptUntil: LocalDate | null, today: LocalDate): KeptRecordRow['state'] => {
  if (row.erasure_id !== null) return 'being_destroyed';
  if (row.held === 1) return 'held';
  if (row.start_on === null) return 'open';
  if (row.overdue === 1) return 'overdue';
  return keptUntil !== null && keptUntil < today ? 'due' : 'running';
};

const keptAnswer = (row: KeptRow, versions: readonly RuleVersion[], today: LocalDate): KeptRecordRow => {
  const { terms, ruleVersion } = termsFor(itemOfRow(row), versions, today);
  const due = dueUnder(terms, row.start_on ?? undefined);
  const keptUntil = due.kind === 'until' ? due.keptUntil : null;
  return {
    keptId: row.kept_id,
    service: row.service,
    recordClass: row.record_class,
    record: row.record,
    begunOn: row.begun_on,
    state: stateOf(row, keptUntil, today),
    start: row.start_on,
    keptUntil,
    held: row.held === 1,
    ruleVersion,
  };
};

export const createRetentionQueries = (core: RetentionCore) => {
  const { runtime } = core;
  const today = (): LocalDate => localDateOf(runtime.clock.now());

  const admitted = (
    context: RequestContext,
    verb: Verb,
    recordClass: RecordClass,
    record: string,
    query: string,
  ): Promise<Result<Admitted, Rejection>> => admitOwn(runtime, context, verb, recordClass, record, query);

  /** A view that is still being built is no fault of who asks. */
  const reading = <T>(read: () => Result<T, Rejection>): Result<T, Rejection> => {
    try {
      return read();
    } catch (error) {
      if (error instanceof ViewNotReady) return err({ kind: 'Unavailable', detail: 'what is kept is being read' });
      throw error;
    }
  };

  const rules: Handler<typeof retentionRulesQuery> = async (context) => {
    const asker = await admitted(context, 'list', 'retention_rule', '-', 'records.retentionRules');
    if (!asker.ok) return asker;
    const { organisation } = asker.value.caller;
    const versions = await versionsOf(core, organisation);
    if (!versions.ok) return versions;
    const on = today();
    return ok({
      version: versions.value.findLast(({ validFrom }) => validFrom <= on)?.version ?? 0,
      lawVersion,
      rules: retentionRuleIds.map((recordClass) => {
        const nothing = { keptId: '', recordClass, begunOn: on, lawVersion, settled: [], held: [] };
        const { terms, ruleVersion } = termsFor(nothing, versions.value, on);
        const { shortest, longest, neverAllowed, source } = retentionBounds(recordClass);
        const set = versions.value.find(({ version }) => version === ruleVersion);
        return {
          ...ruleAnswer(terms),
          version: ruleVersion,
          validFrom: set?.validFrom ?? retentionRule(recordClass).effectiveFrom,
          shortest,
          longest,
          neverAllowed,
          controller: retentionRule(recordClass).value.controller,
          basis: source.cite,
          explanation: explainDue({ terms, ruleVersion, lawVersion }, context.language),
        };
      }),
    });
  };

  const changes: Handler<typeof retentionChangesQuery> = async (context) => {
    const query = 'records.retentionChanges';
    const asker = await admitted(context, 'list', 'retention_rule', '-', query);
    if (!asker.ok) return asker;
    const { caller } = asker.value;
    const state = await rulesOf(core, caller.organisation);
    if (!state.ok) return state;
    const proposals = [...state.value.proposals.values()].toReversed();
    const mayOpen = decide({
      role: caller.role,
      verb: 'open',
      recordClass: 'retention_rule',
      relation: 'same_organisation',
    }).allowed;
    return release(
      runtime,
      context,
      caller,
      {
        recordClass: 'retention_rule',
        organisation: caller.organisation,
        records: proposals.map(({ proposalId }) => proposalId),
        fields: ['motive'],
        query,
        outcome: 'listed',
      },
      async () => {
        const motives = await openTexts(
          runtime,
          caller.organisation,
          proposals.map(({ motive }) => sealedOf(motive)),
        );
        if (!motives.ok) return motives;
        return ok(
          proposals.map((proposal, at) => {
            const activation = proposal.status === 'activated' ? proposal.activation : undefined;
            return {
              proposalId: proposal.proposalId,
              status: proposal.status,
              scope: proposal.scope,
              rules: proposal.rules.map(ruleAnswer),
              // Ids of records are for who may look at one.
              selected: mayOpen ? [...(proposal.selected ?? [])] : [],
              validFrom: activation?.validFrom ?? proposal.validFrom ?? null,
              proposedAs: proposal.proposedAs,
              activatedAs: activation?.activatedAs ?? null,
              version: activation?.version ?? null,
              reportHash: proposal.simulated?.reportHash ?? null,
              motive: motives.value[at] ?? null,
            };
          }),
        );
      },
    );
  };

  const report: Handler<typeof retentionReportQuery> = async (context, { proposalId }) => {
    const asker = await admitted(context, 'open', 'retention_rule', proposalId, 'records.retentionReport');
    if (!asker.ok) return asker;
    const state = await rulesOf(core, asker.value.caller.organisation);
    if (!state.ok) return state;
    const simulated = state.value.proposals.get(proposalId)?.simulated;
    if (simulated === undefined)
      return deny(runtime, context, asker.value.caller, {
        recordClass: 'retention_rule',
        record: proposalId,
        query: 'records.retentionReport',
      });
    const { report: counted, reportHash: hash } = simulated;
    return ok({
      ...counted,
      lines: counted.lines.map((line) => ({
        ...line,
        before: ruleAnswer(line.before),
        after: ruleAnswer(line.after),
      })),
      hash,
      document: reportDocument(counted),
    });
  };

  const keptRecords: Handler<typeof keptRecordsQuery> = async (context, { recordClass, dueBy, page }) => {
    const asker = await admitted(context, 'list', 'kept_record', '-', 'records.keptRecords');
    if (!asker.ok) return asker;
    const { organisation } = asker.value.caller;
    const versions = await versionsOf(core, organisation);
    if (!versions.ok) return versions;
    const on = today();
    const latest = dueBy === undefined ? undefined : latestStart(recordClass, versions.value, dueBy);
    // Under no rule is anything of this class due by then.
    if (dueBy !== undefined && latest === undefined) return ok({ rows: [], next: null });
    const fallsDue = (row: KeptRow): boolean =>
      dueBy === undefined ||
      isDue(dueUnder(termsFor(itemOfRow(row), versions.value, on).terms, row.start_on ?? undefined), dueBy);
    return reading(() => {
      const found = keptPage(
        core,
        { organisation, recordClass, latest, limit: page.first, cursor: page.after },
        (row) => (fallsDue(row) ? keptAnswer(row, versions.value, on) : undefined),
      );
      if (!found.ok) return err({ kind: 'InvalidInput', field: 'page.after', rule: found.error.rule });
      return ok({ rows: [...found.value.rows], next: found.value.next ?? null });
    });
  };

  const keptRecord: Handler<typeof keptRecordQuery> = async (context, { record }) => {
    const query = 'records.keptRecord';
    const asker = await admitted(context, 'open', 'kept_record', record, query);
    if (!asker.ok) return asker;
    const { caller } = asker.value;
    const { organisation } = caller;
    const versions = await versionsOf(core, organisation);
    if (!versions.ok) return versions;
    const found = reading(() =>
      ok(
        rowOf(core, organisation, record) ??
          core.kept.get<KeptRow>(
            'SELECT * FROM kept WHERE organisation = ? AND record = ? ORDER BY destroyed, record_class LIMIT 1',
            [organisation, record],
          ),
      ),
    );
    if (!found.ok) return found;
    const row = found.value;
    if (row === undefined) return deny(runtime, context, caller, { recordClass: 'kept_record', record, query });
    if (row.destroyed === 1) return err({ kind: 'Erased' });
    return release(
      runtime,
      context,
      caller,
      {
        recordClass: 'kept_record',
        organisation,
        records: [record],
        fields: ['keptUntil', 'explanation', 'holds'],
        query,
        outcome: 'opened',
      },
      () => {
        const on = today();
        return Promise.resolve(
          ok({
            ...keptAnswer(row, versions.value, on),
            explanation: explainRow(row, versions.value, on, context.language),
            holds: holdsOf(row.holds).flatMap(([holdId, , to]) => (to === null ? [holdId] : [])),
          }),
        );
      },
    );
  };

  type CheckRow = SqlRow & {
    readonly checked_on: string;
    readonly recorded_at: string;
    readonly kept: number;
    readonly open: number;
    readonly held: number;
    readonly due: number;
    readonly overdue: number;
    readonly rule_version: number;
    readonly due_digest: string;
  };
  const checks: Handler<typeof retentionChecksQuery> = async (context, { year }) => {
    const asker = await admitted(context, 'list', 'kept_record', '-', 'records.retentionChecks');
    if (!asker.ok) return asker;
    return reading(() =>
      ok(
        core.kept
          .all<CheckRow>(
            'SELECT * FROM checks WHERE organisation = ? AND checked_on >= ? AND checked_on <= ? ORDER BY checked_on DESC',
            [asker.value.caller.organisation, `${year}-01-01`, `${year}-12-31`],
          )
          .map((row) => ({
            checkedOn: row.checked_on,
            recordedAt: row.recorded_at,
            kept: row.kept,
            open: row.open,
            held: row.held,
            due: row.due,
            overdue: row.overdue,
            ruleVersion: row.rule_version,
            dueDigest: row.due_digest,
          })),
      ),
    );
  };

  type HoldRow = SqlRow & {
    readonly hold_id: string;
    readonly placed_at: string;
    readonly placed_as: string;
    readonly scope: 'records' | 'person' | 'site' | 'period';
    readonly kept: string;
    readonly review_on: string;
    readonly review_due: number;
    readonly lifted: number;
    readonly reason: string;
  };
  const holds: Handler<typeof legalHoldsQuery> = async (context, page) => {
    const query = 'records.legalHolds';
    const asker = await admitted(context, 'list', 'legal_hold', '-', query);
    if (!asker.ok) return asker;
    const { caller } = asker.value;
    const { organisation } = caller;
    const found = reading(() => {
      const read = readPage<HoldRow>(core.kept, {
        select: 'SELECT * FROM holds',
        where: 'organisation = ?',
        params: [organisation],
        order: NEWEST_PLACED,
        limit: page.first,
        cursor: page.after,
      });
      return read.ok ? read : err<Rejection>({ kind: 'InvalidInput', field: 'after', rule: read.error.rule });
    });
    if (!found.ok) return found;
    const { rows, next } = found.value;
    // Why a hold was placed may name somebody: an auditor checks that there is one, and not why.
    const mayRead = decide({
      role: caller.role,
      verb: 'ask',
      recordClass: 'legal_hold',
      relation: 'same_organisation',
    }).allowed;
    const answers = (reasons: readonly (string | null)[]) => ({
      rows: rows.map((row, at) => ({
        holdId: row.hold_id,
        status: row.lifted === 1 ? ('lifted' as const) : ('placed' as const),
        scope: row.scope,
        kept: JSON.parse(row.kept) as string[],
        placedAt: row.placed_at,
        placedAs: row.placed_as,
        reviewOn: row.review_on,
        reviewDue: row.review_due === 1,
        reason: reasons[at] ?? null,
      })),
      next: next ?? null,
    });
    return release(
      runtime,
      context,
      caller,
      {
        recordClass: 'legal_hold',
        organisation,
        records: rows.map(({ hold_id }) => hold_id),
        fields: mayRead ? ['scope', 'reason'] : ['scope'],
        query,
        outcome: 'listed',
      },
      async () => {
        if (!mayRead) return ok(answers([]));
        const reasons = await openTexts(
          runtime,
          organisation,
          rows.map(({ reason }) => sealedColumn(reason)),
        );
        return reasons.ok ? ok(answers(reasons.value)) : reasons;
      },
    );
  };

  const yearReplay: Handler<typeof yearReplayQuery> = async (context, { replayId }) => {
    const asker = await admitted(context, 'open', 'kept_record', replayId, 'records.yearReplay');
    if (!asker.ok) return asker;
    const loaded = await core.counterfactuals.load(asker.value.caller.organisation, replayId);
    if (loaded.kind === 'unavailable') return err({ kind: 'Unavailable', detail: loaded.detail });
    if (loaded.kind !== 'loaded' || loaded.state.status === 'none')
      return deny(runtime, context, asker.value.caller, {
        recordClass: 'kept_record',
        record: replayId,
        query: 'records.yearReplay',
      });
    const { replay, replayHash } = loaded.state;
    return ok({
      year: replay.year,
      kind: replay.change.kind,
      examined: replay.examined,
      differing: replay.differing,
      differences: replay.differences.map((difference) => ({ ...difference })),
      hash: replayHash,
    });
  };

  return { rules, changes, report, keptRecords, keptRecord, checks, holds, yearReplay };
};
export type RetentionQueries = ReturnType<typeof createRetentionQueries>;
