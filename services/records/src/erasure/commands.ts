import {
  checkErasureCommands,
  subjectParts,
  type approveErasuresCommand,
  type CommandReply,
  type declineErasureCommand,
  type requestErasureCommand,
  type RpcClient,
  type CommandHandler,
} from '@toeverlaat/contracts';
import { isOfCommand, type Rejection, type Runner } from '@toeverlaat/event-log';
import {
  commandContext,
  ownPseudonyms,
  partOf,
  replyOf,
  serviceRequest,
  type ServiceRuntime,
  refused,
} from '@toeverlaat/service-kit';
import { uuidV5, type Result } from '@toeverlaat/values';
import type { Caller } from '@toeverlaat/access';
import { erasureAdmission } from './admission.js';
import { erasureIdOf, type ErasureCommand, type ErasureState } from '../domain/erasure/index.js';
import type { Keeping, KeptUnder } from './ports.js';

export type ErasureCommandsNeeds = Pick<ServiceRuntime, 'authority' | 'recorder' | 'clock'> & {
  readonly rpc: RpcClient;
  readonly erasures: Runner<ErasureCommand, ErasureState>;
  readonly keeping: Keeping;
  /** Whether the next host has confirmed that it has this record and opens it. */
  readonly isTransferred: (
    organisation: Caller['organisation'],
    subject: string,
  ) => Promise<Result<boolean, Rejection>>;
  /** Told of what was approved: the process begins with it now instead of at the next look. */
  readonly onApproved: (organisation: Caller['organisation'], erasureId: string) => void;
};

/** Who may ask for, approve and decline erasures: two people, and a service that agrees. */
export const createErasureCommands = (needs: ErasureCommandsNeeds) => {
  const { rpc, erasures, keeping } = needs;

  const { admitted, answered } = erasureAdmission(needs);

  const requestErasure: CommandHandler<typeof requestErasureCommand> = async (context, request) => {
    const { subject, ground } = request.data;
    const parts = subjectParts(subject);
    const caller = await admitted(context, 'create', parts?.recordId ?? subject, 'records.requestErasure');
    if (!caller.ok) return refused(caller.error);
    if (parts === undefined) return refused({ kind: 'InvalidInput', field: 'subject', rule: 'not_erasable' });
    const refusal = (rejection: Rejection): Promise<CommandReply> =>
      answered(context, caller.value, parts.recordId, 'records.requestErasure', rejection);
    const { organisation } = caller.value;
    const erasureId = erasureIdOf(organisation, subject);
    const envelope = commandContext(context, request);
    const ask = async (under: KeptUnder): Promise<CommandReply> => {
      const { pseudonym } = caller.value;
      const data = { subject, service: parts.service, ground, ...under, requestedBy: pseudonym };
      return replyOf(erasureId, await erasures.execute(erasureId, { type: 'RequestErasure', data }, envelope));
    };
    // A repeat is answered as the first time, also when the record is gone by now (design rule 8): the runner knows it by its id,
    // and decides nothing.
    const earlier = await erasures.load(organisation, erasureId);
    if (earlier.kind === 'loaded' && earlier.events.some((event) => isOfCommand(event, envelope.commandId)))
      return ask({});
    // A year's mapping is everybody's of that year, and what records keep of reading and erasing is what they answer for with: it ends by
    // its rule, and on nobody's own request.
    if (parts.service === 'records' && ground !== 'retention_rule')
      return refusal({ kind: 'RuleRefused', code: 'not_due' });
    const known = await keeping.mayBegin(organisation, subject, ground);
    if (!known.ok) return refusal(known.error);
    if (ground === 'transferred') {
      // What nobody else has proved to have is not destroyed as something that went elsewhere.
      const transferred = await needs.isTransferred(organisation, subject);
      if (!transferred.ok) return refusal(transferred.error);
      if (!transferred.value) return refusal({ kind: 'RuleRefused', code: 'handover_unknown', source: 'design.md §4' });
    }
    const checked = await rpc.command(checkErasureCommands[parts.service], serviceRequest('records', envelope), {
      commandId: uuidV5('check-erasure', organisation, subject, request.commandId),
      data: { subject, reason: ground },
    });
    if (!checked.ok) return refusal(checked.rejection);
    return ask(known.value);
  };

  const approveErasures: CommandHandler<typeof approveErasuresCommand> = async (context, request) => {
    const erasureIds = [...new Set(request.data.erasureIds)];
    const caller = await admitted(context, 'act', erasureIds[0] ?? '-', 'records.approveErasures');
    if (!caller.ok) return refused(caller.error);
    const own = await ownPseudonyms({ rpc }, context, caller.value);
    if (!own.ok) return refused(own.error);
    const { organisation, pseudonym } = caller.value;
    const envelope = commandContext(context, request);
    let last: CommandReply = refused({ kind: 'NotFound' });
    for (const erasureId of erasureIds) {
      const outcome = await erasures.execute(
        erasureId,
        { type: 'ApproveErasure', data: { approvedBy: pseudonym, ownPseudonyms: own.value } },
        partOf(envelope, erasureId),
      );
      // What was approved before it stays approved: the repeat of this command goes on here.
      if (!outcome.ok) return answered(context, caller.value, erasureId, 'records.approveErasures', outcome.rejection);
      needs.onApproved(organisation, erasureId);
      last = replyOf(erasureId, outcome);
    }
    return last;
  };

  const declineErasure: CommandHandler<typeof declineErasureCommand> = async (context, request) => {
    const { erasureId, reason } = request.data;
    const caller = await admitted(context, 'act', erasureId, 'records.declineErasure');
    if (!caller.ok) return refused(caller.error);
    const outcome = await erasures.execute(
      erasureId,
      { type: 'DeclineErasure', data: { reason } },
      commandContext(context, request),
    );
    return outcome.ok
      ? replyOf(erasureId, outcome)
      : answered(context, caller.value, erasureId, 'records.declineErasure', outcome.rejection);
  };

  return { requestErasure, approveErasures, declineErasure };
};
