import type { Relation, Verb } from '@toeverlaat/access';
import type {
  acceptRequestCommand,
  chooseCounsellorCommand,
  claimEarlierRequestCommand,
  CommandReply,
  CommandRequest,
  declineAppointmentsCommand,
  linkEarlierRequestCommand,
  markSeenCommand,
  pickAppointmentCommand,
  proposeAppointmentsCommand,
  replaceReceiptCommand,
  RequestContext,
  sendMessageCommand,
  sendRequestCommand,
  stepBackCommand,
  withdrawRequestCommand,
  askContactCommand,
  CommandHandler,
} from '@toeverlaat/contracts';
import { isOfCommand, metadataOf, plainText, type Actor, type Rejection } from '@toeverlaat/event-log';
import { wordingVersion } from '@toeverlaat/legal';
import {
  admit,
  commandContext,
  deny,
  derivedId,
  freshCaller,
  ownPseudonyms,
  replyOf,
  refused,
} from '@toeverlaat/service-kit';
import { createdIdOf, err, ok, type CommandId, type Result } from '@toeverlaat/values';
import type { RequestCommand } from '../domain/request/index.js';
import {
  designationOf,
  handlerPseudonym,
  isApplicant,
  loadRequest,
  relationsNow,
  tagSubject,
  type Core,
  type Designation,
  type LoadedRequest,
} from './core.js';

const textOf = (words: string | undefined) => (words === undefined ? undefined : plainText(words));

/** A counsellor who takes requests of this site today. */
const availableFor = (designation: Designation, site: string | undefined): Rejection | undefined => {
  if (!designation.inEffect) return { kind: 'InvalidInput', field: 'designationId', rule: 'not_in_effect' };
  if (site !== undefined && !designation.sites.includes(site))
    return { kind: 'InvalidInput', field: 'designationId', rule: 'not_of_this_site' };
  return undefined;
};

const unknownDesignation = (rejection: Rejection, field: string): Rejection =>
  rejection.kind === 'NotFound' ? { kind: 'InvalidInput', field, rule: 'unknown' } : rejection;

export const createCommands = (core: Core) => {
  const { runtime, requests, conversations, views } = core;
  const { sealing } = runtime;

  type Onto = LoadedRequest & {
    readonly relations: readonly Relation[];
    /** The caller's pseudonym in this record. */
    readonly actor: Actor;
    readonly handler: string;
  };

  /** Loads the request a command acts on, for a caller who may do this to it. */
  const onto = async (
    context: RequestContext,
    requestId: string,
    query: string,
    verb: Verb,
    recordClass: 'request' | 'conversation' = 'request',
    commandId?: string,
  ): Promise<Result<Onto, Rejection>> => {
    const caller = await freshCaller(runtime, context, { recordClass, record: requestId, query });
    if (!caller.ok) return caller;
    const pseudonyms = await ownPseudonyms(core.runtime, context, caller.value);
    if (!pseudonyms.ok) return pseudonyms;
    const found = await loadRequest(core, caller.value.organisation, requestId);
    if (!found.ok && found.error.kind !== 'NotFound') return found;
    const held = found.ok
      ? await relationsNow(core, context, requestId, found.value.request, caller.value, pseudonyms.value)
      : ok<readonly Relation[]>([]);
    if (!held.ok) return held;
    const relations = held.value;
    // Who gave this very command gets its answer again, though it may have ended their part in the request (design rule 8).
    const repeated =
      found.ok &&
      commandId !== undefined &&
      found.value.loaded.events.some(
        (event) =>
          isOfCommand(event, commandId as CommandId) && pseudonyms.value.includes(metadataOf(event).actor.pseudonym),
      );
    if (!repeated) {
      const admitted = await admit(runtime, context, caller.value, {
        verb,
        recordClass,
        record: requestId,
        query,
        relations,
      });
      if (!admitted.ok) return admitted;
    }
    if (!found.ok) return found;
    const { request } = found.value;
    const handler = handlerPseudonym(request, pseudonyms.value);
    const pseudonym = relations.includes('applicant')
      ? request.applicantParticipantId
      : (pseudonyms.value[0] ?? handler);
    return ok({ ...found.value, relations, handler, actor: { pseudonym, capacity: caller.value.role } });
  };

  const decideOn = async (
    context: RequestContext,
    request: CommandRequest<{ readonly requestId: string }>,
    query: string,
    command: (
      onto: Onto,
    ) => Promise<Result<Omit<RequestCommand, 'meta'>, Rejection>> | Result<Omit<RequestCommand, 'meta'>, Rejection>,
    who: 'applicant' | 'staff',
  ): Promise<CommandReply> => {
    const { requestId } = request.data;
    const target = await onto(context, requestId, query, 'act', 'request', request.commandId);
    if (!target.ok) return refused(target.error);
    // What the applicant does and what the counsellor does are different acts on one record.
    if (target.value.relations.includes('applicant') !== (who === 'applicant')) {
      const attempt = { recordClass: 'request' as const, record: requestId, query };
      const { error } = await deny(runtime, context, context.caller, attempt, { kind: 'NotAllowed', verb: query });
      return refused(error);
    }
    const decided = await command(target.value);
    if (!decided.ok) return refused(decided.error);
    const outcome = await requests.execute(
      requestId,
      decided.value as Omit<RequestCommand, 'meta'>,
      commandContext(context, request, target.value.actor),
    );
    return replyOf(requestId, outcome);
  };

  const receiptInUse = (lookupId: string): boolean =>
    views
      .query('requests')
      .acrossOrganisations<{ request_id: string }>(
        'SELECT request_id FROM requests WHERE receipt_lookup_id = ? LIMIT 1',
        [lookupId],
      ).length > 0;

  /** The tag for a signed-in worker's next request: the first one that none of theirs carries. */
  const nextTag = async (context: RequestContext, person: string): Promise<string> => {
    const { organisation } = context.caller;
    for (let n = 0; ; n += 1) {
      const tag = await sealing.lookupTag(organisation, tagSubject(person), n);
      const row = views
        .query('requests')
        .get('SELECT request_id FROM requests WHERE organisation = ? AND lookup_tag = ?', [organisation, tag]);
      if (row === undefined) return tag;
    }
  };

  const sendRequest: CommandHandler<typeof sendRequestCommand> = async (context, request) => {
    const { data, commandId } = request;
    const { organisation } = context.caller;
    const fresh = await freshCaller(runtime, context, { recordClass: 'request', record: '-', query: 'sendRequest' });
    if (!fresh.ok) return refused(fresh.error);
    const caller = fresh.value;
    const requestId = createdIdOf(organisation, commandId, 'request');
    const admitted = await admit(runtime, context, caller, {
      verb: 'create',
      recordClass: 'request',
      record: requestId,
      query: 'sendRequest',
      relations: ['self'],
    });
    if (!admitted.ok) return refused(admitted.error);
    if (data.way === 'signed_in' && caller.role !== 'worker')
      return refused({ kind: 'InvalidInput', field: 'way', rule: 'needs_an_account' });
    if (data.way !== 'signed_in' && caller.role !== 'anonymous_worker')
      return refused({ kind: 'InvalidInput', field: 'way', rule: 'must_not_be_signed_in' });
    if (data.wordingVersion !== wordingVersion)
      return refused({
        kind: 'InvalidInput',
        field: 'wordingVersion',
        rule: 'not_current',
        params: { current: wordingVersion },
      });

    const applicantParticipantId = derivedId(commandId, 'applicant');
    const envelope = commandContext(context, request, { pseudonym: applicantParticipantId, capacity: caller.role });
    // A repeat must find what the first attempt did, whatever has changed since.
    const designation = await designationOf(core, context, data.designationId);
    if (!designation.ok) return refused(unknownDesignation(designation.error, 'designationId'));
    const repeats = (await requests.load(organisation, requestId)).kind !== 'absent';
    const unfit = availableFor(designation.value, data.site);
    if (unfit !== undefined && !repeats) return refused(unfit);
    const second =
      data.secondDesignationId === undefined ? undefined : await designationOf(core, context, data.secondDesignationId);
    if (second !== undefined && !second.ok) return refused(unknownDesignation(second.error, 'secondDesignationId'));
    const unfitSecond = second === undefined ? undefined : availableFor(second.value, undefined);
    if (unfitSecond !== undefined && !repeats)
      return refused({ kind: 'InvalidInput', field: 'secondDesignationId', rule: 'not_in_effect' });
    if (data.receipt !== undefined && !repeats && receiptInUse(data.receipt.lookupId))
      return refused({ kind: 'RuleRefused', code: 'receipt_in_use' });

    const outcome = await requests.execute(
      requestId,
      {
        type: 'SendRequest',
        data: {
          way: data.way,
          handler: designation.value.pseudonyms[0] ?? '',
          designationId: data.designationId,
          counsellorAvailable: !designation.value.absent,
          site: data.site,
          applicantParticipantId,
          lookupTag: caller.person === undefined ? undefined : await nextTag(context, caller.person),
          person: caller.person,
          name: textOf(data.name),
          safeChannel: textOf(data.safeChannel),
          safeHours: textOf(data.safeHours),
          language: data.language,
          interpreter: data.interpreter,
          kindOfFacts: data.kindOfFacts,
          message: textOf(data.message),
          escalation: data.escalation,
          second:
            second === undefined || data.secondDesignationId === undefined
              ? undefined
              : { handler: second.value.pseudonyms[0] ?? '', designationId: data.secondDesignationId },
          receipt: data.receipt,
          wordingVersion: data.wordingVersion,
          earlierRequest: textOf(data.earlierRequest),
        },
      },
      envelope,
    );
    return replyOf(requestId, outcome);
  };

  const withdrawRequest: CommandHandler<typeof withdrawRequestCommand> = (context, request) =>
    decideOn(context, request, 'withdrawRequest', () => ok({ type: 'WithdrawRequest', data: {} }), 'applicant');

  const chooseCounsellor: CommandHandler<typeof chooseCounsellorCommand> = (context, request) =>
    decideOn(
      context,
      request,
      'chooseCounsellor',
      async (target) => {
        const { designationId } = request.data;
        const designation = await designationOf(core, context, designationId);
        if (!designation.ok) return err(unknownDesignation(designation.error, 'designationId'));
        const unfit = availableFor(designation.value, target.request.site);
        if (unfit !== undefined) return err(unfit);
        const handler = designation.value.pseudonyms[0] ?? '';
        return ok({
          type: 'ChooseCounsellor',
          data: { handler, designationId, counsellorAvailable: !designation.value.absent },
        });
      },
      'applicant',
    );

  const claimEarlierRequest: CommandHandler<typeof claimEarlierRequestCommand> = (context, request) =>
    decideOn(
      context,
      request,
      'claimEarlierRequest',
      () => ok({ type: 'ClaimEarlierRequest', data: { words: plainText(request.data.words) } }),
      'applicant',
    );

  const linkEarlierRequest: CommandHandler<typeof linkEarlierRequestCommand> = (context, request) =>
    decideOn(
      context,
      request,
      'linkEarlierRequest',
      async (target) => {
        const { requestId, earlierRequestId } = request.data;
        if (earlierRequestId === requestId)
          return err({ kind: 'InvalidInput', field: 'earlierRequestId', rule: 'same_request' });
        // The counsellor links only what was theirs to read: anything else does not exist for them.
        const earlier = await onto(context, earlierRequestId, 'linkEarlierRequest', 'act');
        if (!earlier.ok) return err(unknownDesignation(earlier.error, 'earlierRequestId'));
        const { firstContactOn } = earlier.value.request;
        return ok({ type: 'LinkEarlierRequest', data: { by: target.handler, earlierRequestId, firstContactOn } });
      },
      'staff',
    );

  const replaceReceipt: CommandHandler<typeof replaceReceiptCommand> = (context, request) =>
    decideOn(
      context,
      request,
      'replaceReceipt',
      (target) => {
        const { receipt } = request.data;
        return target.request.receipt?.lookupId !== receipt.lookupId && receiptInUse(receipt.lookupId)
          ? err({ kind: 'RuleRefused', code: 'receipt_in_use' })
          : ok({ type: 'ReplaceReceipt', data: { receipt } });
      },
      'applicant',
    );

  const acceptRequest: CommandHandler<typeof acceptRequestCommand> = (context, request) =>
    decideOn(
      context,
      request,
      'acceptRequest',
      ({ handler }) => ok({ type: 'AcceptRequest', data: { by: handler } }),
      'staff',
    );

  const stepBack: CommandHandler<typeof stepBackCommand> = (context, request) =>
    decideOn(
      context,
      request,
      'stepBack',
      ({ handler }) => ok({ type: 'StepBack', data: { handler, ground: request.data.ground } }),
      'staff',
    );

  const proposeAppointments: CommandHandler<typeof proposeAppointmentsCommand> = (context, request) =>
    decideOn(
      context,
      request,
      'proposeAppointments',
      ({ handler }) => {
        const { options, place } = request.data;
        return ok({
          type: 'ProposeAppointments',
          data: {
            by: handler,
            proposalId: derivedId(request.commandId, 'proposal'),
            options: options.map((option, index) => ({
              ...option,
              optionId: derivedId(request.commandId, `option ${index}`),
            })),
            place: textOf(place),
          },
        });
      },
      'staff',
    );

  const pickAppointment: CommandHandler<typeof pickAppointmentCommand> = (context, request) => {
    const { proposalId, optionId } = request.data;
    return decideOn(
      context,
      request,
      'pickAppointment',
      () => ok({ type: 'PickAppointment', data: { proposalId, optionId } }),
      'applicant',
    );
  };

  const declineAppointments: CommandHandler<typeof declineAppointmentsCommand> = (context, request) => {
    const { proposalId, wish } = request.data;
    return decideOn(
      context,
      request,
      'declineAppointments',
      () => ok({ type: 'DeclineAppointments', data: { proposalId, wish: textOf(wish) } }),
      'applicant',
    );
  };

  const sendMessage: CommandHandler<typeof sendMessageCommand> = async (context, request) => {
    const { requestId, words } = request.data;
    const target = await onto(context, requestId, 'sendMessage', 'act', 'conversation');
    if (!target.ok) return refused(target.error);
    const { actor, relations } = target.value;
    const outcome = await conversations.execute(
      requestId,
      {
        type: 'SendMessage',
        data: {
          messageId: derivedId(request.commandId, 'message'),
          from: relations.includes('applicant') ? 'worker' : 'counsellor',
          sender: actor.pseudonym,
          words: plainText(words),
          open: target.value.request.status !== 'ended',
        },
      },
      commandContext(context, request, actor),
    );
    return replyOf(requestId, outcome);
  };

  const markSeen: CommandHandler<typeof markSeenCommand> = async (context, request) => {
    const { requestId } = request.data;
    const target = await onto(context, requestId, 'markSeen', 'act', 'conversation');
    if (!target.ok) return refused(target.error);
    const { actor, relations } = target.value;
    const by = relations.includes('applicant') ? 'worker' : 'counsellor';
    const outcome = await conversations.execute(
      requestId,
      { type: 'MarkSeen', data: { by } },
      commandContext(context, request, actor),
    );
    return replyOf(requestId, outcome);
  };

  /** A named successor asks the applicant, without content, to get in touch. */
  const askContact: CommandHandler<typeof askContactCommand> = async (context, request) => {
    const { requestId } = request.data;
    const caller = await freshCaller(runtime, context, {
      recordClass: 'request',
      record: requestId,
      query: 'askContact',
    });
    if (!caller.ok) return refused(caller.error);
    const pseudonyms = await ownPseudonyms(core.runtime, context, caller.value);
    if (!pseudonyms.ok) return refused(pseudonyms.error);
    const found = await loadRequest(core, caller.value.organisation, requestId);
    if (!found.ok && found.error.kind !== 'NotFound') return refused(found.error);
    const relations = found.ok ? await successorRelation(context, found.value, pseudonyms.value) : [];
    const admitted = await admit(runtime, context, caller.value, {
      verb: 'ask',
      recordClass: 'request',
      record: requestId,
      query: 'askContact',
      relations,
    });
    if (!admitted.ok) return refused(admitted.error);
    const by = pseudonyms.value[0] ?? '';
    const outcome = await conversations.execute(
      requestId,
      { type: 'AskContact', data: { messageId: derivedId(request.commandId, 'message'), by } },
      commandContext(context, request, { pseudonym: by, capacity: caller.value.role }),
    );
    return replyOf(requestId, outcome);
  };

  /** The caller follows, by the directory, a counsellor who stepped back or left, and is not the applicant. */
  const successorRelation = async (
    context: RequestContext,
    { request }: LoadedRequest,
    pseudonyms: readonly string[],
  ): Promise<readonly Relation[]> => {
    if (request.status !== 'choosing' || request.lastDesignationId === undefined) return [];
    const left = await designationOf(core, context, request.lastDesignationId);
    if (!left.ok) return [];
    for (const successorId of left.value.successors) {
      const successor = await designationOf(core, context, successorId);
      if (!successor.ok || !successor.value.inEffect) continue;
      const follows = successor.value.pseudonyms.some((pseudonym) => pseudonyms.includes(pseudonym));
      if (follows)
        return isApplicant(request, successor.value, context.caller.organisation) ? ['excluded'] : ['successor'];
    }
    return [];
  };

  return {
    sendRequest,
    withdrawRequest,
    chooseCounsellor,
    claimEarlierRequest,
    linkEarlierRequest,
    replaceReceipt,
    acceptRequest,
    stepBack,
    proposeAppointments,
    pickAppointment,
    declineAppointments,
    sendMessage,
    markSeen,
    askContact,
  };
};
export type Commands = ReturnType<typeof createCommands>;
