import { actorOf, homeOf, type Caller, type Relation, type Verb } from '@toeverlaat/access';
import {
  isAttachedQuery,
  noteReferralCommand,
  preventionAdvisersQuery,
  recordsForReferralQuery,
  takesPartQuery,
  type acceptReferralCommand,
  type changeReferralRecordsCommand,
  type CommandReply,
  type CommandRequest,
  type declineReferralCommand,
  type deliverReferralCommand,
  type giveReferralConsentCommand,
  type noteReferralAnswerCommand,
  type prepareReferralCommand,
  type recordReferralConsentCommand,
  type RequestContext,
  type sendReferralCommand,
  type withdrawReferralCommand,
  type CommandHandler,
} from '@toeverlaat/contracts';
import {
  isErased,
  isSealedValue,
  plainText,
  type Actor,
  type CommandContext,
  type CommandOutcome,
  type ConfidentialText,
  type Position,
  type Rejection,
} from '@toeverlaat/event-log';
import {
  admit,
  commandContext,
  derivedId,
  freshCaller,
  openTexts,
  ownPseudonyms,
  replyOf,
  serviceRequest,
  refused,
} from '@toeverlaat/service-kit';
import {
  createdIdOf,
  err,
  localDateOf,
  ok,
  sha256Hex,
  type CommandId,
  type OrganisationId,
  type PersonId,
  type Result,
} from '@toeverlaat/values';
import type { output } from 'zod';
import type { CopyToDeliver } from '../domain/received/index.js';
import type { LivingSent, SentCommand } from '../domain/sent/index.js';
import {
  hasDesk,
  lawfulKinds,
  MAX_NAME,
  type ListedRecord,
  type PersonRef,
  type ReferralReceiver,
} from '../domain/vocabulary.js';
import type { Copies } from './copies.js';
import {
  loadReceived,
  loadSent,
  referralsOfCase,
  relationsToCase,
  relationsToReceived,
  settleSides,
  type Core,
  type LoadedReceived,
  type LoadedSent,
} from './core.js';

type CaseRecords = output<typeof recordsForReferralQuery.output>;

const plain = (words: string | undefined): ConfidentialText | undefined =>
  words === undefined ? undefined : plainText(words);

export const createCommands = (core: Core, copies: Pick<Copies, 'take'>) => {
  const { runtime, sent, received } = core;
  const { rpc } = runtime;

  type Acting = LoadedSent & { readonly caller: Caller; readonly actor: Actor; readonly as: 'applicant' | 'handler' };

  /** The caller's way to the sender's side, or the same `NotFound` as for what is not there. */
  const actOnSent = async (
    context: RequestContext,
    referralId: string,
    query: string,
    needs: readonly ('applicant' | 'handler')[],
  ): Promise<Result<Acting, Rejection>> => {
    const fresh = await freshCaller(runtime, context, { recordClass: 'referral_sent', record: referralId, query });
    if (!fresh.ok) return fresh;
    const caller = fresh.value;
    const found = await loadSent(core, caller.organisation, referralId);
    if (!found.ok && found.error.kind !== 'NotFound') return found;
    const held = found.ok
      ? await relationsToCase(core, context, caller, found.value.state.caseId)
      : ok<readonly Relation[]>([]);
    if (!held.ok) return held;
    const relations = held.value.filter((relation) => (needs as readonly Relation[]).includes(relation));
    const admitted = await admit(runtime, context, caller, {
      verb: 'act',
      recordClass: 'referral_sent',
      record: referralId,
      query,
      relations,
    });
    if (!admitted.ok) return admitted;
    if (!found.ok) return found;
    if (relations.includes('applicant'))
      return ok({
        ...found.value,
        caller,
        actor: { pseudonym: found.value.state.applicantParticipantId, capacity: caller.role },
        as: 'applicant',
      });
    const taken = await takeOver(context, caller, referralId, found.value);
    return taken.ok ? ok({ ...taken.value, caller, actor: actorOf(caller), as: 'handler' }) : taken;
  };

  /** Who took over the case becomes the sender of its referrals by acting on them. */
  const takeOver = async (
    context: RequestContext,
    caller: Caller,
    referralId: string,
    found: LoadedSent,
  ): Promise<Result<LoadedSent, Rejection>> => {
    const own = await ownPseudonyms(core.runtime, context, caller);
    if (!own.ok) return own;
    const [pseudonym] = own.value;
    const { sender } = found.state;
    if (caller.person === undefined || pseudonym === undefined || (sender !== undefined && own.value.includes(sender)))
      return ok(found);
    const outcome = await sent.execute(
      referralId,
      {
        type: 'ChangeSender',
        data: {
          because: 'handed_over',
          sender: {
            pseudonym,
            participantId: derivedId(context.requestId, 'sender'),
            person: { organisation: homeOf(caller), person: caller.person },
          },
        },
      },
      commandContext(context, { commandId: derivedId(context.requestId, 'take over'), data: { referralId } }),
    );
    return outcome.ok ? loadSent(core, caller.organisation, referralId) : err(outcome.rejection);
  };

  /** Runs a command on the sender's side for who may. */
  const onSent = async (
    context: RequestContext,
    request: CommandRequest<{ readonly referralId: string }>,
    query: string,
    needs: readonly ('applicant' | 'handler')[],
    commandOf: (acting: Acting) => Omit<SentCommand, 'meta'>,
  ): Promise<CommandReply> => {
    const { referralId } = request.data;
    const acting = await actOnSent(context, referralId, query, needs);
    if (!acting.ok) return refused(acting.error);
    return replyOf(
      referralId,
      await sent.execute(referralId, commandOf(acting.value), commandContext(context, request, acting.value.actor)),
    );
  };

  /** Adds what follows for the other side to an answer; the position is then that of the later of the two. */
  const thenSettle = async (
    organisation: OrganisationId,
    id: string,
    outcome: CommandOutcome,
  ): Promise<CommandReply> => {
    if (!outcome.ok) return replyOf(id, outcome);
    const settled = await settleSides(core, organisation, id);
    // The first half stands. Retryable: the same command is then a repeat and settles again.
    if (!settled.ok) return refused(settled.error);
    return replyOf(id, later(outcome, settled.value));
  };
  const later = (outcome: CommandOutcome & { ok: true }, position: Position | undefined): CommandOutcome =>
    position === undefined || (outcome.position !== undefined && outcome.position > position)
      ? outcome
      : { ...outcome, position };

  // ── the records of the case ──

  const recordsOf = async (
    context: RequestContext,
    caseId: string,
    recordIds: readonly string[] | undefined,
  ): Promise<Result<CaseRecords, Rejection>> => {
    const answer = await rpc.query(recordsForReferralQuery, context, {
      caseId,
      ...(recordIds === undefined ? {} : { recordIds: [...recordIds] }),
    });
    return answer.ok ? ok(answer.value) : err(answer.rejection);
  };

  /** The list that goes along: to an adviser the two documents, and to anyone what the worker picked. */
  const listOf = async (
    context: RequestContext,
    caseId: string,
    receiverKind: ReferralReceiver,
    picked: readonly string[],
  ): Promise<Result<readonly ListedRecord[], Rejection>> => {
    const byItself = receiverKind === 'prevention_adviser' ? await recordsOf(context, caseId, undefined) : undefined;
    if (byItself !== undefined && !byItself.ok) return byItself;
    const chosen = byItself !== undefined && picked.length === 0 ? undefined : await recordsOf(context, caseId, picked);
    if (chosen !== undefined && !chosen.ok) return chosen;
    const asked = chosen?.value.records ?? [];
    if (picked.some((id) => !asked.some(({ recordId }) => recordId === id)))
      return err({ kind: 'InvalidInput', field: 'pickedByWorker', rule: 'unknown' });
    const documents = (byItself?.value.records ?? []).filter(({ kind }) => lawfulKinds.includes(kind));
    const own = new Set(documents.map(({ recordId }) => recordId));
    return ok([
      ...documents.map(({ recordId, kind }) => ({ recordId, kind, picked: false })),
      ...asked
        .filter(({ recordId }) => !own.has(recordId))
        .map(({ recordId, kind }) => ({ recordId, kind, picked: true })),
    ]);
  };

  /** A prevention adviser of the organisation, by directory entry. */
  const adviserOf = async (
    context: RequestContext,
    receiver: { readonly home?: OrganisationId | undefined; readonly person: PersonId },
  ): Promise<Result<{ readonly pseudonym: string; readonly person: PersonRef }, Rejection>> => {
    const home = receiver.home ?? context.caller.organisation;
    const answer = await rpc.query(preventionAdvisersQuery, context, {});
    if (!answer.ok) return err(answer.rejection);
    const found = answer.value.find((one) => one.home === home && one.person === receiver.person);
    const [pseudonym] = found?.pseudonyms ?? [];
    return found === undefined || pseudonym === undefined
      ? err({ kind: 'InvalidInput', field: 'receiver', rule: 'no_prevention_adviser' })
      : ok({ pseudonym, person: { organisation: found.home, person: found.person } });
  };

  /** Whether the case is about this person: asked of the case, in the name of its handler. */
  const takesPart = async (
    context: RequestContext,
    caseId: string,
    { organisation, person }: PersonRef,
  ): Promise<Result<boolean, Rejection>> => {
    const answer = await rpc.query(takesPartQuery, context, { caseId, home: organisation, person });
    return answer.ok ? ok(answer.value.takesPart) : err(answer.rejection);
  };

  const prepare: CommandHandler<typeof prepareReferralCommand> = async (context, request) => {
    const { data, commandId } = request;
    const fresh = await freshCaller(runtime, context, {
      recordClass: 'referral_sent',
      record: data.caseId,
      query: 'referral.prepare',
    });
    if (!fresh.ok) return refused(fresh.error);
    const caller = fresh.value;
    const { organisation, person } = caller;
    const asked = { ...context, caller };
    const records = await listOf(asked, data.caseId, data.receiverKind, data.pickedByWorker ?? []);
    const isHandler = records.ok || records.error.kind === 'InvalidInput';
    if (!records.ok && !['NotFound', 'NotAllowed', 'InvalidInput'].includes(records.error.kind))
      return refused(records.error);
    const verb: Verb = 'create';
    const admitted = await admit(runtime, asked, caller, {
      verb,
      recordClass: 'referral_sent',
      record: data.caseId,
      query: 'referral.prepare',
      relations: isHandler ? ['handler'] : [],
    });
    if (!admitted.ok) return refused(admitted.error);
    if (!records.ok) return refused(records.error);
    if (person === undefined) return refused({ kind: 'NotFound' });

    const own = await ownPseudonyms(core.runtime, asked, caller);
    if (!own.ok) return refused(own.error);
    let receiver: { pseudonym: string; participantId: string; person: PersonRef } | undefined;
    let receiverTakesPart = false;
    if (data.receiver !== undefined && hasDesk(data.receiverKind)) {
      const adviser = await adviserOf(asked, data.receiver);
      if (!adviser.ok) return refused(adviser.error);
      receiver = { ...adviser.value, participantId: derivedId(commandId, 'receiver') };
      const involved = await takesPart(asked, data.caseId, receiver.person);
      if (!involved.ok) return refused(involved.error);
      receiverTakesPart = involved.value;
    } else if (data.receiver !== undefined) {
      return refused({ kind: 'InvalidInput', field: 'receiver', rule: 'only_with_a_desk' });
    }
    const { nextTag } = await referralsOfCase(core, organisation, data.caseId);
    const id = createdIdOf(organisation, commandId, 'referral');
    const outcome = await sent.execute(
      id,
      {
        type: 'PrepareReferral',
        data: {
          sender: {
            pseudonym: own.value[0] ?? caller.pseudonym,
            participantId: derivedId(commandId, 'sender'),
            person: { organisation: homeOf(caller), person },
          },
          applicantParticipantId: derivedId(commandId, 'applicant'),
          caseTag: nextTag,
          caseId: data.caseId,
          receiverKind: data.receiverKind,
          receiver,
          receiverName: plain(data.receiverName),
          records: records.value,
          receiverTakesPart,
          message: plain(data.message),
        },
      },
      commandContext(asked, request),
    );
    return replyOf(id, outcome);
  };

  const changeRecords: CommandHandler<typeof changeReferralRecordsCommand> = async (context, request) => {
    const { referralId, pickedByWorker } = request.data;
    const acting = await actOnSent(context, referralId, 'referral.changeRecords', ['handler']);
    if (!acting.ok) return refused(acting.error);
    const { caller, state, actor } = acting.value;
    const records = await listOf({ ...context, caller }, state.caseId, state.receiverKind, pickedByWorker);
    if (!records.ok) return refused(records.error);
    return replyOf(
      referralId,
      await sent.execute(
        referralId,
        { type: 'ChangeRecords', data: { records: records.value } },
        commandContext(context, request, actor),
      ),
    );
  };

  const recordConsent: CommandHandler<typeof recordReferralConsentCommand> = async (context, request) => {
    const { referralId, ...consent } = request.data;
    const acting = await actOnSent(context, referralId, 'referral.recordConsent', ['handler']);
    if (!acting.ok) return refused(acting.error);
    const { caller, state, actor } = acting.value;
    let evidenceAttached = false;
    if (consent.evidenceBlob !== undefined) {
      // A signature that nobody can look at again is none: the case must have it.
      const asked = { caseId: state.caseId, blob: consent.evidenceBlob };
      const answer = await rpc.query(isAttachedQuery, { ...context, caller }, asked);
      if (!answer.ok) return refused(answer.rejection);
      evidenceAttached = answer.value.attached;
    }
    const consentId = derivedId(request.commandId, 'consent');
    const outcome = await sent.execute(
      referralId,
      { type: 'GiveConsent', data: { ...consent, consentId, evidenceAttached } },
      commandContext(context, request, actor),
    );
    return replyOf(referralId, outcome);
  };

  const giveConsent: CommandHandler<typeof giveReferralConsentCommand> = (context, request) => {
    const { referralId: _, ...consent } = request.data;
    return onSent(context, request, 'referral.giveConsent', ['applicant'], ({ caller }) => ({
      type: 'GiveConsent',
      data: {
        ...consent,
        consentId: derivedId(request.commandId, 'consent'),
        method: caller.role === 'anonymous_worker' || caller.receipt !== undefined ? 'own_receipt' : 'own_account',
        givenOn: localDateOf(runtime.clock.now()),
      },
    }));
  };

  // ── sending ──

  /** The listed records, opened by their owner in the name of the handler; all of them or a refusal. */
  const contentsOf = async (context: RequestContext, state: LivingSent): Promise<Result<CaseRecords, Rejection>> => {
    const ids = state.records.map(({ recordId }) => recordId);
    const opened = await recordsOf(context, state.caseId, ids);
    if (!opened.ok) return opened;
    return ids.every((id) => opened.value.records.some(({ recordId }) => recordId === id))
      ? opened
      : err({ kind: 'InvalidInput', field: 'records', rule: 'gone' });
  };

  const messageOf = async (
    organisation: OrganisationId,
    message: ConfidentialText | undefined,
  ): Promise<Result<ConfidentialText | undefined, Rejection>> => {
    if (message === undefined || !isSealedValue(message)) return ok(undefined);
    const opened = await openTexts(runtime, organisation, [message]);
    if (!opened.ok) return opened;
    return ok(plain(opened.value[0] ?? undefined));
  };

  /** The copies on the receiver's stream, sealed under its own keys. Once: what arrived is left as it is. */
  const deliverTo = async (
    context: RequestContext,
    commandId: string,
    referralId: string,
    state: LivingSent,
    contents: CaseRecords,
  ): Promise<Result<Position | undefined, Rejection>> => {
    const { organisation } = context.caller;
    const { receiver, senderPerson, consent } = state;
    if (state.status !== 'sent' || receiver === undefined || consent === undefined) return ok(undefined);
    const { answerDueOn, expiresOn } = state;
    if (answerDueOn === undefined || expiresOn === undefined) return ok(undefined);
    if (isErased(receiver.person) || isErased(senderPerson)) return err({ kind: 'Erased' });
    const there = await loadReceived(core, organisation, referralId);
    if (there.ok || there.error.kind === 'Erased') return settleSides(core, organisation, referralId);
    if (there.error.kind === 'Unavailable') return there;
    const expected = new Map(state.copies.map(({ recordId, contentHash }) => [recordId, contentHash]));
    const going: CopyToDeliver[] = [];
    for (const { recordId, kind, title, content } of contents.records) {
      // What goes is what was sent out, even when a delivery is made up for later.
      if (expected.get(recordId) !== sha256Hex(content)) continue;
      const file =
        kind === 'attachment'
          ? await copies.take(context, referralId, state.caseId, { recordId, content })
          : ok(undefined);
      if (!file.ok) return file;
      going.push({
        copyId: derivedId(referralId, `copy ${recordId}`),
        recordId,
        kind,
        title: title.slice(0, MAX_NAME),
        content,
        file: file.value,
      });
    }
    if (going.length !== expected.size) return err({ kind: 'InvalidInput', field: 'records', rule: 'changed' });
    const message = await messageOf(organisation, state.message);
    if (!message.ok) return message;
    // Bytes take their time: what was withdrawn or expired meanwhile is not delivered any more.
    const now = await loadSent(core, organisation, referralId);
    if (!now.ok) return now;
    if (now.value.state.status !== 'sent') return ok(undefined);
    const base = commandContext(context, { commandId: derivedId(commandId, 'deliver'), data: { referralId } });
    const outcome = await received.execute(
      referralId,
      {
        type: 'Deliver',
        data: {
          receiver: { ...receiver, person: receiver.person },
          sender: { participantId: state.senderParticipantId, person: senderPerson },
          answerDueOn,
          expiresOn,
          site: contents.site,
          consent: { method: consent.method, wordingVersion: consent.wordingVersion, givenOn: consent.givenOn },
          message: message.value,
          copies: going,
        },
      },
      base,
    );
    if (!outcome.ok) return err(outcome.rejection);
    // Withdrawn while the copies were on their way.
    const settled = await settleSides(core, organisation, referralId);
    if (!settled.ok) return settled;
    return ok(settled.value ?? outcome.position);
  };

  /** Tells the case that it was referred. A case that refuses, because it was closed meanwhile, changes nothing here. */
  const tellCase = async (
    context: RequestContext,
    commandId: string,
    referralId: string,
    state: LivingSent,
    notedOn: string,
  ): Promise<Result<undefined, Rejection>> => {
    const asking = serviceRequest('referral', commandContext(context, { commandId, data: {} }));
    const answer = await rpc.command(noteReferralCommand, asking, {
      commandId: derivedId(commandId, 'note'),
      data: { caseId: state.caseId, referralId, receiverKind: state.receiverKind, notedOn },
    });
    if (answer.ok) return ok(undefined);
    if (answer.rejection.kind === 'Unavailable') return err(answer.rejection);
    runtime.logger.warn('case did not note a referral', { reason: answer.rejection.kind });
    return ok(undefined);
  };

  /**
   * Sends: the records are opened by the case first, so that nothing is sent that cannot be; then it stands that it
   * went out, then the copies follow. Each step is found done when the same command comes again.
   */
  const send: CommandHandler<typeof sendReferralCommand> = async (context, request) => {
    const { referralId, words, handedOverOn } = request.data;
    const acting = await actOnSent(context, referralId, 'referral.send', ['handler']);
    if (!acting.ok) return refused(acting.error);
    const { caller, state, actor } = acting.value;
    const asked = { ...context, caller };
    const contents = await contentsOf(asked, state);
    if (!contents.ok) return refused(contents.error);
    const outcome = await sent.execute(
      referralId,
      {
        type: 'SendReferral',
        data: {
          copies: contents.value.records.map(({ recordId, content }) => ({
            recordId,
            contentHash: sha256Hex(content),
          })),
          words: plain(words),
          handedOverOn,
        },
      },
      commandContext(context, request, actor),
    );
    if (!outcome.ok) return replyOf(referralId, outcome);
    const now = await loadSent(core, caller.organisation, referralId);
    if (!now.ok) return refused(now.error);
    const delivered = await deliverTo(asked, request.commandId, referralId, now.value.state, contents.value);
    if (!delivered.ok) return refused(delivered.error);
    const told = await tellCase(
      asked,
      request.commandId,
      referralId,
      now.value.state,
      localDateOf(runtime.clock.now()),
    );
    if (!told.ok) return refused(told.error);
    return replyOf(referralId, later(outcome, delivered.value));
  };

  const deliver: CommandHandler<typeof deliverReferralCommand> = async (context, request) => {
    const { referralId } = request.data;
    const acting = await actOnSent(context, referralId, 'referral.deliver', ['handler']);
    if (!acting.ok) return refused(acting.error);
    const { caller, state, revision } = acting.value;
    if (state.status === 'prepared') return refused({ kind: 'RuleRefused', code: 'referral_not_sent' });
    const asked = { ...context, caller };
    const contents = await contentsOf(asked, state);
    if (!contents.ok) return refused(contents.error);
    const delivered = await deliverTo(asked, request.commandId, referralId, state, contents.value);
    if (!delivered.ok) return refused(delivered.error);
    return { ok: true, id: referralId, revision, position: delivered.value ?? null, repeated: false };
  };

  const noteAnswer: CommandHandler<typeof noteReferralAnswerCommand> = (context, request) => {
    const { answer, on, reason, note } = request.data;
    if (answer === 'declined' && reason === undefined)
      return Promise.resolve(refused({ kind: 'InvalidInput', field: 'reason', rule: 'required' }));
    if (answer === 'accepted' && reason !== undefined)
      return Promise.resolve(refused({ kind: 'InvalidInput', field: 'reason', rule: 'only_when_declined' }));
    return onSent(context, request, 'referral.noteAnswer', ['handler'], () =>
      reason === undefined
        ? { type: 'NoteAccepted', data: { from: 'sender', on, note: plain(note) } }
        : { type: 'NoteDeclined', data: { from: 'sender', on, reason, note: plain(note) } },
    );
  };

  const withdraw: CommandHandler<typeof withdrawReferralCommand> = async (context, request) => {
    const { referralId } = request.data;
    const acting = await actOnSent(context, referralId, 'referral.withdraw', ['applicant', 'handler']);
    if (!acting.ok) return refused(acting.error);
    const { caller, actor, as } = acting.value;
    const outcome = await sent.execute(
      referralId,
      { type: 'WithdrawReferral', data: { by: as === 'applicant' ? 'applicant' : 'sender' } },
      commandContext(context, request, actor),
    );
    return thenSettle(caller.organisation, referralId, outcome);
  };

  // ── the receiver ──

  const actOnReceived = async (
    context: RequestContext,
    referralId: string,
    query: string,
  ): Promise<Result<LoadedReceived & { readonly caller: Caller }, Rejection>> => {
    const fresh = await freshCaller(runtime, context, { recordClass: 'referral_received', record: referralId, query });
    if (!fresh.ok) return fresh;
    const caller = fresh.value;
    const own = await ownPseudonyms(core.runtime, context, caller);
    if (!own.ok) return own;
    const found = await loadReceived(core, caller.organisation, referralId);
    if (!found.ok && found.error.kind !== 'NotFound') return found;
    const relations = await relationsToReceived(core, context, caller, referralId, found, own.value);
    if (!relations.ok) return relations;
    const admitted = await admit(runtime, context, caller, {
      verb: 'act',
      recordClass: 'referral_received',
      record: referralId,
      query,
      relations: relations.value,
    });
    if (!admitted.ok) return admitted;
    if (!found.ok) return found;
    // A withdrawal comes before an answer to what was withdrawn.
    const settled = await settleSides(core, caller.organisation, referralId);
    if (!settled.ok) return settled;
    return ok({ ...found.value, caller });
  };

  const accept: CommandHandler<typeof acceptReferralCommand> = async (context, request) => {
    const { referralId } = request.data;
    const acting = await actOnReceived(context, referralId, 'referral.accept');
    if (!acting.ok) return refused(acting.error);
    const outcome = await received.execute(
      referralId,
      { type: 'AcceptReceived', data: {} },
      commandContext(context, request),
    );
    return thenSettle(acting.value.caller.organisation, referralId, outcome);
  };

  const decline: CommandHandler<typeof declineReferralCommand> = async (context, request) => {
    const { referralId, reason } = request.data;
    const acting = await actOnReceived(context, referralId, 'referral.decline');
    if (!acting.ok) return refused(acting.error);
    const outcome = await received.execute(
      referralId,
      { type: 'DeclineReceived', data: { reason } },
      commandContext(context, request),
    );
    return thenSettle(acting.value.caller.organisation, referralId, outcome);
  };

  return { prepare, changeRecords, recordConsent, giveConsent, send, deliver, noteAnswer, withdraw, accept, decline };
};
export type Commands = ReturnType<typeof createCommands>;

/** For a reading that leaves a mark: one command per request, so that a repeat of the request leaves none. */
export const readingContext = (context: RequestContext, referralId: string): CommandContext =>
  commandContext(context, {
    commandId: derivedId(context.requestId, 'open-copies') as CommandId,
    data: { referralId },
  });
