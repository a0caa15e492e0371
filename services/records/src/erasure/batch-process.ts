import { checkErasureCommands, type RpcClient } from '@toeverlaat/contracts';
import { metadataOf, type CommandContext, type Rejection, type Runner } from '@toeverlaat/event-log';
import type { SealingService } from '@toeverlaat/sealing';
import { serviceRequest, systemContext } from '@toeverlaat/service-kit';
import { canonicalJson, localDateOf, sha256Hex, uuidV5, type OrganisationId } from '@toeverlaat/values';
import type { ViewReader } from '@toeverlaat/views';
import { upToDate, versionsOf, type RetentionCore } from '../application/core.js';
import { rowOf } from '../application/destruction.js';
import {
  MAX_STEP,
  storedLeftOut,
  type BatchReport,
  type LeftOut,
  type LeftOutReason,
} from '../domain/erasure-vocabulary.js';
import type { BatchCommand, BatchState, ListedRecord } from '../domain/erasure-batch/index.js';
import { erasureIdOf, type ErasureCommand, type ErasureState } from '../domain/erasure/index.js';
import type { RuleVersion } from '../domain/terms.js';
import { batchable } from './due-list.js';
import { signReport } from './report.js';

export type BatchProcessOptions = {
  readonly core: RetentionCore;
  readonly batches: Runner<BatchCommand, BatchState>;
  readonly erasures: Runner<ErasureCommand, ErasureState>;
  /** The register of erasures. */
  readonly register: ViewReader;
  readonly rpc: RpcClient;
  readonly sealing: Pick<SealingService, 'signingKey'>;
  /** Told of each erasure that the batch ordered. */
  readonly onApproved: (organisation: OrganisationId, erasureId: string) => void;
  /** Called before each step, for crash injection. */
  readonly at?: (step: string) => void;
};

export type BatchAdvanced = { readonly kind: 'completed' } | { readonly kind: 'waiting'; readonly because: string };
const waiting = (because: string): BatchAdvanced => ({ kind: 'waiting', because });

type Confirmed = Extract<BatchState, { readonly status: 'confirmed' }>;
/** What became of one record of the list; `retry`: it cannot be known now, and is asked again. */
type Taken =
  | { readonly kind: 'ordered'; readonly erasureId: string }
  | { readonly kind: 'retry'; readonly because: string }
  | ({ readonly kind: 'left_out' } & LeftOut);

/** Records taken up at the same time: the log groups their appends. */
const AT_ONCE = 25;

/** Why a record is left out, of a refusal to erase it; undefined where it is to be tried again. */
const leftOutFor = (rejection: Rejection): LeftOutReason | undefined => {
  switch (rejection.kind) {
    case 'Unavailable':
    case 'StaleVersion':
      return undefined;
    case 'Erased':
      return 'destroyed_before';
    case 'NotFound':
      return 'unknown_to_owner';
    case 'RuleRefused':
      switch (rejection.code) {
        case 'erasure_of_open_record':
          return 'record_open';
        case 'erasure_under_way':
          return 'erasure_under_way';
        case 'erasure_declined':
          return 'declined_before';
        default:
          return 'refused';
      }
    default:
      return 'refused';
  }
};

/**
 * Carries out a confirmed batch: each record of the list, in its order, gets an erasure of its own in the names of the two who
 * decided, which the process of erasing carries out. Every step is recorded before the next, and each order is a command whose id
 * is made from batch and record: killed anywhere it goes on, and two that do it at once do it once. What is held, open or no
 * longer due by then is left out with the reason; a hold placed after that stops the erasure itself.
 */
export const createBatchProcess = (options: BatchProcessOptions) => {
  const { core, batches, erasures, register, rpc, sealing, onApproved } = options;
  const at = options.at ?? ((): void => undefined);
  const { clock } = core.runtime;

  const contextOf = (organisation: OrganisationId, batchId: string, step: string): CommandContext =>
    systemContext(organisation, 'erase', uuidV5('erasure-batch', organisation, batchId, step), {
      by: batchId,
      // A step is what it is, whatever a second attempt at it would find.
      body: { batchId, step },
    });

  const order = async (
    organisation: OrganisationId,
    batchId: string,
    batch: Confirmed,
    versions: readonly RuleVersion[],
    { keptId }: ListedRecord,
  ): Promise<Taken> => {
    const left = (because: LeftOutReason): Taken => ({ kind: 'left_out', keptId, because });
    const context = contextOf(organisation, batchId, `order ${keptId}`);
    const row = rowOf(core, organisation, keptId);
    if (row === undefined) return left('unknown_to_owner');
    const found = batchable(row, versions, localDateOf(clock.now()));
    if ('because' in found) {
      // Ordered by this batch before a crash: it may be under way, gone or held by now, and is this batch's all the same.
      const ordered = await orderedBefore(organisation, row.subject, batchId);
      return ordered === undefined ? left(found.because) : { kind: 'ordered', erasureId: ordered };
    }
    const { subject, parts } = found;
    const checked = await rpc.command(checkErasureCommands[parts.service], serviceRequest('records', context), {
      commandId: uuidV5('check-erasure', context.commandId),
      data: { subject, reason: 'retention_rule' },
    });
    if (!checked.ok) return refusedAs(left, checked.rejection);
    const erasureId = erasureIdOf(organisation, subject);
    at(`order ${keptId}`);
    const outcome = await erasures.execute(
      erasureId,
      {
        type: 'OrderErasure',
        data: {
          subject,
          service: parts.service,
          ground: 'retention_rule',
          rule: found.recordClass,
          ruleVersion: found.ruleVersion,
          keptUntil: found.keptUntil,
          requestedBy: batch.requestedBy,
          approvedBy: batch.confirmedBy,
        },
      },
      context,
    );
    return outcome.ok ? { kind: 'ordered', erasureId } : refusedAs(left, outcome.rejection);
  };

  const refusedAs = (left: (because: LeftOutReason) => Taken, rejection: Rejection): Taken => {
    const because = leftOutFor(rejection);
    return because === undefined ? { kind: 'retry', because: rejection.kind } : left(because);
  };

  /** The erasure of a subject that this batch ordered, if it did. */
  const orderedBefore = async (
    organisation: OrganisationId,
    subject: string,
    batchId: string,
  ): Promise<string | undefined> => {
    const erasureId = erasureIdOf(organisation, subject);
    const loaded = await erasures.load(organisation, erasureId);
    return loaded.kind === 'loaded' && loaded.events.some((event) => metadataOf(event).correlationId === batchId)
      ? erasureId
      : undefined;
  };

  /** Takes up the next records of the list. */
  const take = async (
    organisation: OrganisationId,
    batchId: string,
    batch: Confirmed,
  ): Promise<BatchAdvanced | undefined> => {
    at('take');
    const seen = await upToDate(core);
    if (!seen.ok) return waiting(seen.error.kind);
    const versions = await versionsOf(core, organisation);
    if (!versions.ok) return waiting(versions.error.kind);
    const upTo = Math.min(batch.upTo + MAX_STEP, batch.list.length);
    const taken: Taken[] = [];
    for (let from = batch.upTo; from < upTo; from += AT_ONCE)
      taken.push(
        ...(await Promise.all(
          batch.list
            .slice(from, Math.min(from + AT_ONCE, upTo))
            .map((record) => order(organisation, batchId, batch, versions.value, record)),
        )),
      );
    // All or nothing of a step: what was ordered stays so, and is found the next time.
    const retry = taken.find((one) => one.kind === 'retry');
    if (retry !== undefined) return waiting(retry.because);
    at('advance');
    const outcome = await batches.execute(
      batchId,
      {
        type: 'AdvanceBatch',
        data: {
          upTo,
          leftOut: taken.flatMap((one) =>
            one.kind === 'left_out' ? [{ keptId: one.keptId, because: one.because }] : [],
          ),
        },
      },
      contextOf(organisation, batchId, `advance ${upTo}`),
    );
    if (!outcome.ok) return waiting(outcome.rejection.kind);
    for (const one of taken) if (one.kind === 'ordered') onApproved(organisation, one.erasureId);
    return undefined;
  };

  const complete = async (
    organisation: OrganisationId,
    batchId: string,
    batch: Confirmed,
  ): Promise<BatchAdvanced | undefined> => {
    const became = await outcomesOf(organisation, batch);
    if (became === undefined) return waiting('under_way');
    const report = reportOf(organisation, batchId, batch, became);
    at('complete');
    const { signature, signedWith } = await signReport(sealing, organisation, report);
    const reportHash = sha256Hex(canonicalJson(report));
    const outcome = await batches.execute(
      batchId,
      { type: 'CompleteBatch', data: { report, reportHash, signature, signedWith } },
      contextOf(organisation, batchId, 'complete'),
    );
    return outcome.ok ? undefined : waiting(outcome.rejection.kind);
  };

  /** What became of every erasure that the batch ordered; undefined while one of them is being carried out. */
  const outcomesOf = async (organisation: OrganisationId, batch: Confirmed): Promise<Outcomes | undefined> => {
    const seen = await upToDate(core);
    if (!seen.ok) return undefined;
    const leftOut = new Set(batch.leftOut.map(({ keptId }) => keptId));
    const signatures = new Map<string, string>();
    const destroyed = new Set<string>();
    for (const { keptId } of batch.list) {
      if (leftOut.has(keptId)) continue;
      const subject = rowOf(core, organisation, keptId)?.subject;
      const erasureId = subject === undefined ? undefined : erasureIdOf(organisation, subject);
      const found =
        erasureId === undefined
          ? undefined
          : register.get<{ status: string; held_back: string | null; signature: string | null }>(
              'SELECT status, held_back, signature FROM erasures WHERE organisation = ? AND erasure_id = ?',
              [organisation, erasureId],
            );
      if (found === undefined || erasureId === undefined) return undefined;
      if (found.status === 'completed') {
        destroyed.add(keptId);
        signatures.set(erasureId, found.signature ?? '');
      } else if (found.status !== 'approved' || found.held_back === null) return undefined;
    }
    return { destroyed, leftOut, signatures };
  };

  /** Takes a batch as far as it goes now. Throws only what a broken invariant, the log or a view that is being built throws. */
  const advance = async (organisation: OrganisationId, batchId: string): Promise<BatchAdvanced> => {
    for (;;) {
      const loaded = await batches.load(organisation, batchId);
      if (loaded.kind !== 'loaded') return waiting('unavailable');
      const { state } = loaded;
      if (state.status === 'completed') return { kind: 'completed' };
      if (state.status !== 'confirmed') return waiting(state.status);
      const stopped =
        state.upTo < state.list.length
          ? await take(organisation, batchId, state)
          : await complete(organisation, batchId, state);
      if (stopped !== undefined) return stopped;
    }
  };

  return { advance };
};
export type BatchProcess = ReturnType<typeof createBatchProcess>;

type Outcomes = {
  readonly destroyed: ReadonlySet<string>;
  readonly leftOut: ReadonlySet<string>;
  /** Of the certificates, by erasure. */
  readonly signatures: ReadonlyMap<string, string>;
};

const reportOf = (
  organisation: OrganisationId,
  batchId: string,
  batch: Confirmed,
  { destroyed, leftOut, signatures }: Outcomes,
): BatchReport => {
  const { asOf, listHash, requestedBy, confirmedBy, list } = batch;
  const classes = [...new Set(list.map(({ recordClass }) => recordClass))];
  return {
    v: 1,
    organisation,
    batchId,
    asOf,
    listHash,
    requestedBy,
    confirmedBy,
    lines: classes.map((recordClass) => {
      const ofClass = list.filter((record) => record.recordClass === recordClass);
      const gone = ofClass.filter(({ keptId }) => destroyed.has(keptId)).length;
      const left = ofClass.filter(({ keptId }) => leftOut.has(keptId)).length;
      return {
        recordClass,
        listed: ofClass.length,
        destroyed: gone,
        heldBack: ofClass.length - gone - left,
        leftOut: left,
      };
    }),
    leftOut: storedLeftOut.flatMap((because) => {
      const count = batch.leftOut.filter((one) => one.because === because).length;
      return count === 0 ? [] : [{ because, count }];
    }),
    certificates: signatures.size,
    certificatesHash: sha256Hex(
      [...signatures]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([erasureId, signature]) => `${erasureId} ${signature}\n`)
        .join(''),
    ),
  };
};
