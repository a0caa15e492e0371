import type { Caller, RecordClass, Verb } from '@toeverlaat/access';
import type {
  activateRetentionRules,
  CommandReply,
  CommandRequest,
  liftLegalHold,
  placeLegalHold,
  proposeRetentionRules,
  replayYear,
  RequestContext,
  reviewLegalHold,
  simulateRetentionChange,
  withdrawRetentionProposal,
  CommandData,
  CommandHandler,
} from '@toeverlaat/contracts';
import { plainText, type Rejection } from '@toeverlaat/event-log';
import { lawfulTerms, lawVersion, type RetentionTerms } from '@toeverlaat/legal';
import { commandContext, deny, ownPseudonyms, partOf, replyOf, refused } from '@toeverlaat/service-kit';
import { createdIdOf, localDateOf, ok, type OrganisationId, type Result } from '@toeverlaat/values';
import { RULES_ID, type Named, type RulesCommand } from '../domain/retention-rules/index.js';
import type { HoldCommand } from '../domain/legal-hold/index.js';
import type { ReplayedChange } from '../domain/replay.js';
import { rulesOf, upToDate, type KeptRow, type RetentionCore } from './core.js';
import { admitOwn } from './guard.js';
import { markHold } from './holds.js';
import type { Replays } from './replays.js';
import { simulateProposal } from './simulation.js';

/** A rule of a file, with what the law says where it says nothing. */
const termsOf = (rules: CommandData<typeof proposeRetentionRules>['rules']): readonly RetentionTerms[] =>
  rules.map(({ recordClass, trigger, period, action, motive, reviewOn }) => {
    const law = lawfulTerms(recordClass);
    return {
      recordClass,
      trigger: trigger ?? law.trigger,
      period,
      action: action ?? law.action,
      ...(motive === undefined ? {} : { motive }),
      ...(reviewOn === undefined ? {} : { reviewOn }),
    };
  });

export const createRetentionCommands = (core: RetentionCore, replays: Replays) => {
  const { runtime } = core;

  const admitted = async (
    context: RequestContext,
    verb: Verb,
    recordClass: RecordClass,
    record: string,
    query: string,
  ): Promise<Result<Caller, Rejection>> => {
    const allowed = await admitOwn(runtime, context, verb, recordClass, record, query);
    return allowed.ok ? ok(allowed.value.caller) : allowed;
  };

  /** What turns out not to be there is an attempt like any other (design rule 7). */
  const attempted = async (
    context: RequestContext,
    caller: Caller,
    what: { readonly recordClass: RecordClass; readonly record: string; readonly query: string },
    reply: CommandReply,
  ): Promise<CommandReply> => {
    if (reply.ok || reply.rejection.kind !== 'NotFound') return reply;
    return refused((await deny(runtime, context, caller, what)).error);
  };

  const rowsOf = (organisation: OrganisationId, keptIds: readonly string[]): readonly KeptRow[] =>
    keptIds.flatMap((keptId) => {
      const row = core.kept.get<KeptRow>('SELECT * FROM kept WHERE organisation = ? AND kept_id = ?', [
        organisation,
        keptId,
      ]);
      return row === undefined ? [] : [row];
    });
  const namedOf = (organisation: OrganisationId, keptIds: readonly string[]): readonly Named[] =>
    rowsOf(organisation, keptIds)
      .filter(({ destroyed }) => destroyed === 0)
      .map((row) => ({
        keptId: row.kept_id,
        recordClass: row.record_class,
        open: row.start_on === null,
        held: row.held === 1,
      }));

  const onRules = async (
    context: RequestContext,
    caller: Caller,
    request: CommandRequest<unknown>,
    id: string,
    command: Omit<RulesCommand, 'meta'>,
  ): Promise<CommandReply> =>
    attempted(
      context,
      caller,
      { recordClass: 'retention_rule', record: id, query: command.type },
      replyOf(id, await core.rules.execute(RULES_ID, command, commandContext(context, request))),
    );

  const propose: CommandHandler<typeof proposeRetentionRules> = async (context, request) => {
    const caller = await admitted(context, 'create', 'retention_rule', '-', 'records.proposeRetentionRules');
    if (!caller.ok) return refused(caller.error);
    const seen = await upToDate(core);
    if (!seen.ok) return refused(seen.error);
    const { organisation } = caller.value;
    const { rules, scope, selected = [], validFrom, motive } = request.data;
    const proposalId = createdIdOf(organisation, request.commandId, 'retention proposal');
    return onRules(context, caller.value, request, proposalId, {
      type: 'ProposeRules',
      data: {
        proposalId,
        rules: termsOf(rules),
        scope,
        selected,
        named: namedOf(organisation, selected),
        validFrom,
        motive: plainText(motive),
      },
    });
  };

  const simulate: CommandHandler<typeof simulateRetentionChange> = async (context, request) => {
    const { proposalId, on } = request.data;
    const caller = await admitted(context, 'act', 'retention_rule', proposalId, 'records.simulateRetentionChange');
    if (!caller.ok) return refused(caller.error);
    const { organisation } = caller.value;
    const seen = await upToDate(core);
    if (!seen.ok) return refused(seen.error);
    const rules = await rulesOf(core, organisation);
    if (!rules.ok) return refused(rules.error);
    const proposal = rules.value.proposals.get(proposalId);
    if (proposal === undefined)
      return attempted(
        context,
        caller.value,
        { recordClass: 'retention_rule', record: proposalId, query: 'records.simulateRetentionChange' },
        refused({ kind: 'NotFound' }),
      );
    const today = localDateOf(runtime.clock.now());
    if (on < today) return refused({ kind: 'InvalidInput', field: 'on', rule: 'date_in_past' });
    const counted = simulateProposal(core, organisation, rules.value, proposal, { on, today, lawVersion });
    return onRules(context, caller.value, request, proposalId, {
      type: 'RecordSimulation',
      data: { proposalId, ...counted },
    });
  };

  const activate: CommandHandler<typeof activateRetentionRules> = async (context, request) => {
    const { proposalId } = request.data;
    const caller = await admitted(context, 'act', 'retention_rule', proposalId, 'records.activateRetentionRules');
    if (!caller.ok) return refused(caller.error);
    const { organisation } = caller.value;
    const own = await ownPseudonyms(runtime, context, caller.value);
    if (!own.ok) return refused(own.error);
    const seen = await upToDate(core);
    if (!seen.ok) return refused(seen.error);
    const rules = await rulesOf(core, organisation);
    if (!rules.ok) return refused(rules.error);
    const selected = rules.value.proposals.get(proposalId)?.selected ?? [];
    return onRules(context, caller.value, request, proposalId, {
      type: 'ActivateRules',
      data: { proposalId, ownPseudonyms: own.value, named: namedOf(organisation, selected) },
    });
  };

  const withdraw: CommandHandler<typeof withdrawRetentionProposal> = async (context, request) => {
    const { proposalId } = request.data;
    const caller = await admitted(context, 'act', 'retention_rule', proposalId, 'records.withdrawRetentionProposal');
    if (!caller.ok) return refused(caller.error);
    return onRules(context, caller.value, request, proposalId, { type: 'WithdrawProposal', data: { proposalId } });
  };

  const onHold = async (
    context: RequestContext,
    caller: Caller,
    request: CommandRequest<unknown>,
    holdId: string,
    command: Omit<HoldCommand, 'meta'>,
  ): Promise<CommandReply> =>
    attempted(
      context,
      caller,
      { recordClass: 'legal_hold', record: holdId, query: command.type },
      replyOf(holdId, await core.holds.execute(holdId, command, commandContext(context, request))),
    );

  const place: CommandHandler<typeof placeLegalHold> = async (context, request) => {
    const caller = await admitted(context, 'create', 'legal_hold', '-', 'records.placeLegalHold');
    if (!caller.ok) return refused(caller.error);
    const { organisation } = caller.value;
    const { scope, kept = [], home, person, site, begunFrom, begunTo, reviewOn, reason } = request.data;
    if (home !== undefined && person === undefined)
      return refused({ kind: 'InvalidInput', field: 'home', rule: 'not_of_scope' });
    const seen = await upToDate(core);
    if (!seen.ok) return refused(seen.error);
    const holdId = createdIdOf(organisation, request.commandId, 'legal hold');
    const reply = await onHold(context, caller.value, request, holdId, {
      type: 'PlaceHold',
      data: {
        scope,
        kept,
        found: rowsOf(organisation, kept).map((row) => ({
          keptId: row.kept_id,
          erased: row.destroyed === 1,
          destroying: row.destroyed === 0 && row.erasure_id !== null,
        })),
        person: person === undefined ? undefined : { organisation: home ?? organisation, person },
        site,
        begunFrom,
        begunTo,
        reviewOn,
        reason: plainText(reason),
      },
    });
    // Before it is answered, so that it stops destruction from then on; the reaction completes what a crash leaves.
    if (reply.ok && scope === 'records') {
      const context_ = partOf(commandContext(context, request), 'mark');
      const marked = await markHold(core, holdId, 'Hold', kept, context_);
      if (!marked.ok) return refused(marked.error);
    }
    return reply;
  };

  const review: CommandHandler<typeof reviewLegalHold> = async (context, request) => {
    const { holdId, reviewOn, finding } = request.data;
    const caller = await admitted(context, 'act', 'legal_hold', holdId, 'records.reviewLegalHold');
    if (!caller.ok) return refused(caller.error);
    return onHold(context, caller.value, request, holdId, {
      type: 'ReviewHold',
      data: { reviewOn, finding: plainText(finding) },
    });
  };

  const lift: CommandHandler<typeof liftLegalHold> = async (context, request) => {
    const { holdId, motive } = request.data;
    const caller = await admitted(context, 'act', 'legal_hold', holdId, 'records.liftLegalHold');
    if (!caller.ok) return refused(caller.error);
    return onHold(context, caller.value, request, holdId, { type: 'LiftHold', data: { motive: plainText(motive) } });
  };

  const changeOf = ({
    rules,
    hearingDays,
    withoutAccessRules,
    accessPolicy,
  }: CommandData<typeof replayYear>): ReplayedChange | undefined => {
    if ([rules, hearingDays, withoutAccessRules, accessPolicy].filter((one) => one !== undefined).length !== 1)
      return undefined;
    if (rules !== undefined) return { kind: 'retention', rules: [...termsOf(rules)] };
    if (hearingDays !== undefined) return { kind: 'deadline', deadline: 'hearing', days: hearingDays };
    if (accessPolicy !== undefined) return { kind: 'access_policy', policy: accessPolicy };
    return withoutAccessRules === undefined ? undefined : { kind: 'access', without: withoutAccessRules };
  };

  const replay: CommandHandler<typeof replayYear> = async (context, request) => {
    const { year } = request.data;
    const caller = await admitted(context, 'create', 'kept_record', '-', 'records.replayYear');
    if (!caller.ok) return refused(caller.error);
    const { organisation } = caller.value;
    const change = changeOf(request.data);
    if (change === undefined) return refused({ kind: 'InvalidInput', field: 'rules', rule: 'exactly_one_change' });
    const replayed = await replays(organisation, year, change);
    if (!replayed.ok) return refused(replayed.error);
    const replayId = createdIdOf(organisation, request.commandId, 'year replay');
    return replyOf(
      replayId,
      await core.counterfactuals.execute(
        replayId,
        { type: 'ReplayYear', data: replayed.value },
        commandContext(context, request),
      ),
    );
  };

  return { propose, simulate, activate, withdraw, place, review, lift, replay };
};
export type RetentionCommands = ReturnType<typeof createRetentionCommands>;
