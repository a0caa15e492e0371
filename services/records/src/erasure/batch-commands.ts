import type {
  CommandReply,
  confirmErasureBatchCommand,
  declineErasureBatchCommand,
  requestDueErasuresCommand,
  RpcClient,
  CommandHandler,
} from '@toeverlaat/contracts';
import type { Runner } from '@toeverlaat/event-log';
import type { RetentionRuleId } from '@toeverlaat/legal';
import {
  commandContext,
  ownPseudonyms,
  replyOf,
  timerContext,
  type ServiceRuntime,
  refused,
} from '@toeverlaat/service-kit';
import { createdIdOf, localDateOf, type LocalDate, type OrganisationId } from '@toeverlaat/values';
import { ViewNotReady, type ViewReader } from '@toeverlaat/views';
import { upToDate, versionsOf, type RetentionCore } from '../application/core.js';
import { PREPARED_BY_RUN } from '../domain/erasure-vocabulary.js';
import type { BatchCommand, BatchState } from '../domain/erasure-batch/index.js';
import { erasureAdmission } from './admission.js';
import { dueList, type DueList } from './due-list.js';

export type BatchCommandsNeeds = Pick<ServiceRuntime, 'authority' | 'recorder' | 'clock' | 'logger'> & {
  readonly rpc: RpcClient;
  readonly core: RetentionCore;
  readonly batches: Runner<BatchCommand, BatchState>;
  /** The register of erasures and batches. */
  readonly register: ViewReader;
  /** Told of a batch that was confirmed: it is carried out now instead of at the next look. */
  readonly onConfirmed: (organisation: OrganisationId, batchId: string) => void;
};

/** Who may ask for, confirm and decline what fell due together; and the daily run, where it prepares that. */
export const createBatchCommands = (needs: BatchCommandsNeeds) => {
  const { rpc, core, batches, register, clock, logger } = needs;
  const { admitted, answered } = erasureAdmission(needs);

  /** What a batch of today holds, over everything that was recorded before. */
  const listed = async (
    organisation: OrganisationId,
    today: LocalDate,
    recordClass?: RetentionRuleId,
  ): Promise<DueList | CommandReply> => {
    const seen = await upToDate(core);
    if (!seen.ok) return refused(seen.error);
    const versions = await versionsOf(core, organisation);
    if (!versions.ok) return refused(versions.error);
    try {
      return dueList(core, register, organisation, versions.value, today, recordClass);
    } catch (error) {
      if (error instanceof ViewNotReady) return refused({ kind: 'Unavailable', detail: 'register is being built' });
      throw error;
    }
  };

  const requestDue: CommandHandler<typeof requestDueErasuresCommand> = async (context, request) => {
    const query = 'records.requestDueErasures';
    const caller = await admitted(context, 'create', '-', query);
    if (!caller.ok) return refused(caller.error);
    const { organisation, pseudonym } = caller.value;
    const { recordClass } = request.data;
    const asOf = localDateOf(clock.now());
    const due = await listed(organisation, asOf, recordClass);
    if ('ok' in due) return due;
    const { lines: counted, list, more, listHash } = due;
    const batchId = createdIdOf(organisation, request.commandId, 'erasure batch');
    return replyOf(
      batchId,
      await batches.execute(
        batchId,
        {
          type: 'RequestBatch',
          data: { asOf, recordClass, counted, list, more, listHash, requestedBy: pseudonym },
        },
        commandContext(context, request),
      ),
    );
  };

  const confirm: CommandHandler<typeof confirmErasureBatchCommand> = async (context, request) => {
    const query = 'records.confirmErasureBatch';
    const { batchId, listHash } = request.data;
    const caller = await admitted(context, 'act', batchId, query);
    if (!caller.ok) return refused(caller.error);
    const own = await ownPseudonyms({ rpc }, context, caller.value);
    if (!own.ok) return refused(own.error);
    const { organisation, pseudonym } = caller.value;
    const outcome = await batches.execute(
      batchId,
      { type: 'ConfirmBatch', data: { listHash, confirmedBy: pseudonym, ownPseudonyms: own.value } },
      commandContext(context, request),
    );
    if (!outcome.ok) return answered(context, caller.value, batchId, query, outcome.rejection);
    needs.onConfirmed(organisation, batchId);
    return replyOf(batchId, outcome);
  };

  const decline: CommandHandler<typeof declineErasureBatchCommand> = async (context, request) => {
    const query = 'records.declineErasureBatch';
    const { batchId, reason } = request.data;
    const caller = await admitted(context, 'act', batchId, query);
    if (!caller.ok) return refused(caller.error);
    const outcome = await batches.execute(
      batchId,
      { type: 'DeclineBatch', data: { reason } },
      commandContext(context, request),
    );
    return outcome.ok ? replyOf(batchId, outcome) : answered(context, caller.value, batchId, query, outcome.rejection);
  };

  /**
   * What the daily run does where the installation says so: prepares a batch of what is due, once a day and never while another
   * one waits. It decides nothing: two people still do. Twice on a day is once, whoever runs it (design rule 8).
   */
  const prepare = async (organisation: OrganisationId, today: LocalDate): Promise<void> => {
    const waiting = register.get(
      `SELECT batch_id FROM erasure_batches
       WHERE organisation = ? AND status <> 'declined' AND status <> 'completed' LIMIT 1`,
      [organisation],
    );
    if (waiting !== undefined) return;
    const due = await listed(organisation, today);
    if ('ok' in due || due.list.length === 0) return;
    const { lines: counted, list, more, listHash } = due;
    const context = timerContext('prepare due erasures', organisation, 'all', today);
    const outcome = await batches.execute(
      createdIdOf(organisation, context.commandId, 'erasure batch'),
      {
        type: 'RequestBatch',
        data: { asOf: today, counted, list, more, listHash, requestedBy: PREPARED_BY_RUN },
      },
      context,
    );
    if (!outcome.ok) logger.warn('what is due was not prepared', { organisation, reason: outcome.rejection.kind });
  };

  return { requestDue, confirm, decline, prepare };
};
