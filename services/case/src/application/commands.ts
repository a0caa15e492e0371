import type { Caller, RecordClass, Relation, Verb } from '@toeverlaat/access';
import * as c from '@toeverlaat/contracts';
import type { CommandReply, CommandRequest, RequestContext } from '@toeverlaat/contracts';
import {
  isOfCommand,
  metadataOf,
  plainText,
  type CommandContext,
  type ConfidentialText,
  type Rejection,
} from '@toeverlaat/event-log';
import {
  documentLanguage,
  documentTemplateVersion,
  glossary,
  labelOf,
  otherPartyCapacity,
  professionalSecrecyOn,
  type BindingLanguage,
  type DocumentData,
} from '@toeverlaat/legal';
import {
  commandContext,
  deny,
  derivedId,
  freshCaller,
  isService,
  admit,
  release,
  replyOf,
  serveCommand,
  type Served,
  refused,
} from '@toeverlaat/service-kit';
import {
  createdIdOf,
  err,
  ok,
  type CommandId,
  type OrganisationId,
  type PersonId,
  type Result,
} from '@toeverlaat/values';
import type { z } from 'zod';
import { documentHash, modelOf } from '../documents/document.js';
import type { CaseCommand } from '../domain/case/index.js';
import { personOf } from '../domain/case/index.js';
import type { PersonRef } from '../domain/vocabulary.js';
import {
  authorise,
  envelopeActor,
  openTexts,
  refOf,
  unavailable,
  type Authorised,
  type CaseCore,
  type ExistingCase,
} from './core.js';
import type { Attachments } from './attachments.js';
import { newFactId } from './facts.js';

type Bare<C> = C extends { readonly type: infer T; readonly data: infer D }
  ? { readonly type: T; readonly data: D }
  : never;
type BareCommand = Bare<CaseCommand>;

const textOf = (words: string | undefined): ConfidentialText | undefined =>
  words === undefined ? undefined : plainText(words);

/** What a command is built from once its caller was let through. */
type Build<T> = {
  readonly context: RequestContext;
  readonly request: CommandRequest<T>;
  readonly data: T;
  readonly authorised: Authorised;
  readonly state: ExistingCase;
  /** The caller's directory entry; commands of the handler carry it, so that the decider checks it against the fold. */
  readonly by: PersonRef;
  readonly id: (kind: string) => string;
};
type Built = BareCommand | Result<BareCommand, Rejection>;

const isResult = (built: Built): built is Result<BareCommand, Rejection> => 'ok' in built;

/** An anonymous worker is no entry of a directory: `-` is no person's id, so no rule for a person ever fits it. */
const nobody = (organisation: OrganisationId): PersonRef => ({ organisation, person: '-' as PersonId });

export type CaseCommands = ReturnType<typeof createCommands>;

export const createCommands = (core: CaseCore, attachments: Attachments) => {
  const { runtime } = core;

  const execute = async (caseId: string, command: BareCommand, context: CommandContext): Promise<CommandReply> =>
    // A member of the union keeps its pairing of type and data; the compiler loses it on the way through the generic.
    replyOf(caseId, await core.cases.execute(caseId, command as Omit<CaseCommand, 'meta'>, context));

  /** A command on an existing case: who may give it, as what kind of act, and what the decider is asked. */
  const onCase = <I extends z.ZodType<{ readonly caseId: string }>>(
    def: c.CommandDef<I>,
    who: readonly Relation[],
    build: (on: Build<z.output<I>>) => Built | Promise<Built>,
    act: { readonly verb: Verb; readonly recordClass: RecordClass } = { verb: 'act', recordClass: 'case' },
  ): Served =>
    serveCommand(def, async (context, request) => {
      const data = request.data as z.output<I> & { readonly caseId: string };
      // By pseudonym of the year or of the record: who gave the command then gives it now.
      const repeats = (loaded: Authorised['loaded']): boolean =>
        loaded.events.some(
          (event) =>
            isOfCommand(event, request.commandId as CommandId) &&
            metadataOf(event).actor.pseudonym === context.caller.pseudonym,
        );
      const authorised = await authorise(core, context, { ...act, name: def.pattern }, data.caseId, repeats);
      if (!authorised.ok) return refused(authorised.error);
      const { state, caller, relations, loaded } = authorised.value;
      const notAllowed = async (by: Caller): Promise<CommandReply> => {
        const attempt = { recordClass: act.recordClass, record: data.caseId, query: def.pattern };
        const { error } = await deny(runtime, context, by, attempt, { kind: 'NotAllowed', verb: def.pattern });
        return refused(error);
      };
      // What the applicant does and what the handler does are different acts on one record.
      // Whose part has ended since still gets the first answer to what they did while it lasted (design rule 8).
      if (!relations.includes('excluded') && !who.some((relation) => relations.includes(relation)) && !repeats(loaded))
        return notAllowed(caller);
      const by = refOf(caller) ?? nobody(caller.organisation);
      const built = await build({
        context,
        request: { ...request, data },
        data,
        authorised: authorised.value,
        state,
        by,
        id: (kind) => derivedId(request.commandId, kind),
      });
      const command = isResult(built) ? built : ok(built);
      if (!command.ok) return command.error.kind === 'NotAllowed' ? notAllowed(caller) : refused(command.error);
      return execute(data.caseId, command.value, commandContext(context, request, envelopeActor(state, caller)));
    });

  const handler = ['handler'] as const;

  const profileOf = async (context: RequestContext) => {
    const answer = await runtime.rpc.query(c.organisationProfileQuery, context, {});
    return answer.ok ? ok(answer.value) : err(answer.rejection);
  };

  /** The counsellor of a designation in effect, as a new handler of one case. */
  const handlerOf = async (
    context: RequestContext,
    designationId: string,
    field: string,
    participantId: string,
  ): Promise<Result<{ pseudonym: string; participantId: string; person: PersonRef }, Rejection>> => {
    const answer = await runtime.rpc.query(c.designationQuery, context, { designationId });
    if (!answer.ok)
      return err(
        answer.rejection.kind === 'NotFound' ? { kind: 'InvalidInput', field, rule: 'unknown' } : answer.rejection,
      );
    const { inEffect, home, person, pseudonyms } = answer.value;
    const [pseudonym] = pseudonyms;
    if (!inEffect || pseudonym === undefined) return err({ kind: 'InvalidInput', field, rule: 'not_in_effect' });
    return ok({ pseudonym, participantId, person: { organisation: home, person } });
  };

  // ---- opening ----

  const openCase = serveCommand(c.openCaseCommand, async (context, request) => {
    const { data } = request;
    const fresh = await freshCaller(runtime, context, {
      recordClass: 'case',
      record: '-',
      query: c.openCaseCommand.pattern,
    });
    if (!fresh.ok) return refused(fresh.error);
    const caller = fresh.value;
    const id = createdIdOf(caller.organisation, request.commandId, 'case');
    const admitted = await admit(runtime, context, caller, {
      verb: 'create',
      recordClass: 'case',
      record: id,
      query: c.openCaseCommand.pattern,
      relations: ['self'],
    });
    if (!admitted.ok) return refused(admitted.error);
    const person = refOf(caller);
    if (person === undefined) return refused({ kind: 'NotFound' });
    if ((data.heardOn === undefined) !== (data.heardThrough === undefined))
      return refused({
        kind: 'InvalidInput',
        field: data.heardOn === undefined ? 'heardOn' : 'heardThrough',
        rule: 'required',
      });
    const profile = await profileOf(context);
    if (!profile.ok) return refused(profile.error);
    // A site of another organisation is no site at all.
    if (!profile.value.sites.some(({ siteId }) => siteId === data.site))
      return refused({ kind: 'InvalidInput', field: 'site', rule: 'unknown' });
    return execute(
      id,
      {
        type: 'OpenCase',
        data: {
          handler: { pseudonym: caller.pseudonym, participantId: derivedId(request.commandId, 'handler'), person },
          applicant: {
            participantId: derivedId(request.commandId, 'applicant'),
            identity: data.identity,
            person:
              data.applicant === undefined ? undefined : { organisation: caller.organisation, person: data.applicant },
            name: textOf(data.applicantName),
          },
          origin: 'counsellor',
          site: data.site,
          firstContactOn: data.firstContactOn,
          language: data.language,
          kindOfFacts: data.kindOfFacts,
          summary: textOf(data.summary),
          writtenCounts: profile.value.settings.writtenMessagesCount,
          heard:
            data.heardOn === undefined || data.heardThrough === undefined
              ? undefined
              : { heldOn: data.heardOn, channel: data.heardThrough },
          factId: newFactId(),
        },
      },
      commandContext(context, request),
    );
  });

  const recordAdvice = serveCommand(c.recordAdviceCommand, async (context, request) => {
    const { data } = request;
    const fresh = await freshCaller(runtime, context, {
      recordClass: 'advice_contact',
      record: '-',
      query: c.recordAdviceCommand.pattern,
    });
    if (!fresh.ok) return refused(fresh.error);
    const caller = fresh.value;
    const id = createdIdOf(caller.organisation, request.commandId, 'advice');
    const admitted = await admit(runtime, context, caller, {
      verb: 'create',
      recordClass: 'advice_contact',
      record: id,
      query: c.recordAdviceCommand.pattern,
      relations: ['self'],
    });
    if (!admitted.ok) return refused(admitted.error);
    const person = refOf(caller);
    if (person === undefined) return refused({ kind: 'NotFound' });
    const profile = await profileOf(context);
    if (!profile.ok) return refused(profile.error);
    if (!profile.value.sites.some(({ siteId }) => siteId === data.site))
      return refused({ kind: 'InvalidInput', field: 'site', rule: 'unknown' });
    const outcome = await core.advice.execute(
      id,
      {
        type: 'RecordAdvice',
        data: {
          ...data,
          topic: textOf(data.topic),
          handler: { pseudonym: caller.pseudonym, participantId: derivedId(request.commandId, 'handler'), person },
          factId: newFactId(),
        },
      },
      commandContext(context, request),
    );
    return replyOf(id, outcome);
  });

  // ---- documents ----

  type Names = {
    readonly organisation: string;
    readonly site: string;
    readonly applicant: string;
    readonly handler: string;
  };
  type Prepared<D> = { readonly language: BindingLanguage; readonly data: D };

  const func = (language: BindingLanguage): string =>
    glossary.find(({ term }) => term === 'ConfidentialCounsellor')?.[language] ?? '';

  /**
   * Opens what a document names and gathers the rest from the directory; the opening is recorded first. The language is
   * the one that binds at the site: another would make the document null.
   */
  const gather = async <D>(
    on: Build<{ readonly caseId: string; readonly language?: BindingLanguage | undefined }>,
    name: string,
    texts: readonly (ConfidentialText | undefined)[],
    compose: (
      names: Names,
      language: BindingLanguage,
      opened: (text: ConfidentialText | undefined) => string | null,
    ) => D,
  ): Promise<Result<Prepared<D>, Rejection>> => {
    const { context, state, data, authorised } = on;
    const profile = await profileOf(context);
    if (!profile.ok) return profile;
    const site = profile.value.sites.find(({ siteId }) => siteId === state.site);
    if (site === undefined) return err(unavailable('site'));
    const spoken = state.language === 'other' ? 'en' : state.language;
    const { binding } = documentLanguage(site.regime, spoken);
    if (data.language !== undefined && data.language !== binding)
      return err({
        kind: 'InvalidInput',
        field: 'language',
        rule: 'not_the_binding_language',
        params: { language: binding },
      });
    const applicantRef = personOf(state.applicant.person);
    const handlerRef = personOf(state.handler.person);
    const people = [applicantRef, handlerRef].filter((ref) => ref !== undefined);
    const named = await runtime.rpc.query(c.personNamesQuery, context, {
      people: people.map(({ organisation, person }) => ({ home: organisation, person })),
    });
    if (!named.ok) return err(named.rejection);
    const nameOf = (ref: PersonRef | undefined): string | undefined =>
      named.value.find((each) => each.home === ref?.organisation && each.person === ref.person)?.name ?? undefined;
    const released = await release(
      runtime,
      context,
      authorised.caller,
      {
        recordClass: 'case_document',
        organisation: authorised.caller.organisation,
        records: [data.caseId],
        fields: ['applicantName', 'participants', 'points'],
        query: name,
        outcome: 'opened',
      },
      () => openTexts(core, authorised.caller.organisation, [state.applicant.name, ...texts]),
    );
    if (!released.ok) return released;
    const applicant = released.value.of(state.applicant.name) ?? nameOf(applicantRef);
    const handlerName = nameOf(handlerRef);
    if (applicant === undefined) return err({ kind: 'RuleRefused', code: 'signed_request_needs_known_name' });
    if (handlerName === undefined) return err(unavailable('name of the counsellor'));
    const names: Names = { organisation: profile.value.legalName, site: site.name, applicant, handler: handlerName };
    return ok({ language: binding, data: compose(names, binding, released.value.of) });
  };

  const prepareInformalDocument = onCase(c.prepareInformalDocumentCommand, handler, async (on) => {
    const { state, data, by, id } = on;
    const points = Object.values(state.points).filter((point) => point.withdrawnOn === undefined);
    const participants = Object.entries(state.participants);
    const informalType = state.informal.status === 'none' ? undefined : state.informal.informalType;
    if (informalType === undefined) return err({ kind: 'RuleRefused', code: 'informal_type_not_chosen' });
    if (points.length > 20)
      return err({ kind: 'InvalidInput', field: 'points', rule: 'too_big', params: { limit: 20 } });
    const gathered = await gather(
      on,
      c.prepareInformalDocumentCommand.pattern,
      [...points.map(({ words }) => words), ...participants.map(([, { name }]) => name)],
      (names, language, opened): DocumentData['informal_choice'] => {
        const nameOf = (participantId: string): string => {
          const participant = state.participants[participantId];
          return participant === undefined
            ? ''
            : (opened(participant.name) ?? labelOf(otherPartyCapacity, participant.capacity, language));
        };
        return {
          organisation: names.organisation,
          site: names.site,
          applicant: names.applicant,
          interveningPerson: names.handler,
          interveningPersonFunction: func(language),
          informalType,
          mayBeTold: points.map((point) => `${nameOf(point.participantId)}: ${opened(point.words) ?? ''}`),
          agreements: participants
            .filter(([, { reconciliation }]) => reconciliation.status === 'agreed')
            .map(([participantId]) => nameOf(participantId)),
          secrecyReference: professionalSecrecyOn(data.madeOn, undefined, state.lawVersion).id,
          madeOn: data.madeOn,
        };
      },
    );
    if (!gathered.ok) return gathered;
    const content = modelOf('informal_choice', gathered.value.language, gathered.value.data);
    return {
      type: 'PrepareInformalDocument',
      data: {
        by,
        documentId: id('document'),
        documentHash: documentHash(content),
        templateVersion: documentTemplateVersion,
        language: gathered.value.language,
        content: plainText(content),
      },
    };
  });

  const issueInterviewConfirmation = onCase(c.issueInterviewConfirmationCommand, handler, async (on) => {
    const { state, data, by, id } = on;
    const held =
      state.hearing.status !== 'due' && state.hearing.held?.channel === 'in_person'
        ? state.hearing.held.heldOn
        : Object.values(state.contacts).find(({ channel }) => channel === 'in_person')?.heldOn;
    if (held === undefined) return err({ kind: 'RuleRefused', code: 'confirmation_needs_personal_interview' });
    const gathered = await gather(
      on,
      c.issueInterviewConfirmationCommand.pattern,
      [],
      (names, language): DocumentData['interview_confirmation'] => ({
        organisation: names.organisation,
        site: names.site,
        applicant: names.applicant,
        interviewer: names.handler,
        interviewerFunction: func(language),
        interviewDate: held,
        secrecyReference: professionalSecrecyOn(data.issuedOn, undefined, state.lawVersion).id,
        issuedOn: data.issuedOn,
      }),
    );
    if (!gathered.ok) return gathered;
    const content = modelOf('interview_confirmation', gathered.value.language, gathered.value.data);
    return {
      type: 'IssueInterviewConfirmation',
      data: {
        by,
        documentId: id('document'),
        documentHash: documentHash(content),
        templateVersion: documentTemplateVersion,
        language: gathered.value.language,
        issuedOn: data.issuedOn,
        content: plainText(content),
      },
    };
  });

  // ---- everything else is the decider's ----

  /** The data without the case's id. */
  const rest = <T extends { readonly caseId: string }>({ caseId: _caseId, ...data }: T): Omit<T, 'caseId'> => data;

  const byHandler = onCase(c.noteReferralCommand, handler, ({ data }) => ({ type: 'NoteReferral', data: rest(data) }));
  const byService = serveCommand(c.noteReferralCommand, (context, request) =>
    execute(
      request.data.caseId,
      { type: 'NoteReferral', data: rest(request.data) },
      commandContext(context, request, { pseudonym: 'system', capacity: 'system' }),
    ),
  );
  /** In the handler's name, or by the referral service itself once the referral went. */
  const noteReferral: Served = {
    pattern: c.noteReferralCommand.pattern,
    handle: (message) => {
      const envelope = c.commandMessageSchema.safeParse(message);
      const own = envelope.success && isService(envelope.data.context.caller, 'referral');
      return (own ? byService : byHandler).handle(message);
    },
  };

  const served: readonly Served[] = [
    openCase,
    recordAdvice,
    prepareInformalDocument,
    issueInterviewConfirmation,
    onCase(c.offerHearingCommand, handler, ({ data, by, id }) => ({
      type: 'OfferHearing',
      data: { ...rest(data), by, attemptId: id('attempt'), note: textOf(data.note) },
    })),
    onCase(c.recordHearingCommand, handler, ({ data, by }) => ({ type: 'RecordHearing', data: { ...rest(data), by } })),
    onCase(
      c.requestInterviewConfirmationCommand,
      ['handler', 'applicant'],
      ({ data }) => ({
        type: 'RequestInterviewConfirmation',
        data: { requestedOn: data.requestedOn },
      }),
      { verb: 'act', recordClass: 'case_document' },
    ),
    onCase(c.recordContactCommand, handler, ({ data, by, id }) => ({
      type: 'RecordContact',
      data: {
        ...rest(data),
        by,
        contactId: id('contact'),
        topic: textOf(data.topic),
        nextStep: textOf(data.nextStep),
      },
    })),
    onCase(c.writeCaseNoteCommand, handler, ({ data, by, id }) => ({
      type: 'WriteCaseNote',
      data: { by, noteId: id('note'), note: plainText(data.note) },
    })),
    onCase(
      c.writePersonalNoteCommand,
      handler,
      ({ data, by, id }) => ({
        type: 'WritePersonalNote',
        data: { by, noteId: id('note'), note: plainText(data.note) },
      }),
      { verb: 'create', recordClass: 'personal_note' },
    ),
    onCase(c.chooseInformalTypeCommand, handler, ({ data, by, id }) => ({
      type: 'ChooseInformalType',
      data: { ...rest(data), by, choiceId: id('choice'), factId: newFactId() },
    })),
    onCase(
      c.signDocumentCommand,
      ['handler', 'applicant'],
      async ({ data, by, authorised, state }) => {
        // An applicant signs for themselves; the handler also enters the paper that the applicant signed.
        if (data.signer === 'counsellor' && !authorised.relations.includes('handler'))
          return err({ kind: 'NotAllowed', verb: c.signDocumentCommand.pattern });
        const { signer, ...signature } = rest(data);
        const evidence =
          data.evidenceBlob === undefined
            ? ok(false)
            : await attachments.known(authorised.caller.organisation, data.caseId, state, data.evidenceBlob);
        if (!evidence.ok) return evidence;
        return {
          type: 'SignDocument',
          data: {
            ...signature,
            evidenceKnown: evidence.value,
            signer: signer === 'counsellor' ? { as: 'counsellor', by } : { as: 'applicant' },
          },
        };
      },
      { verb: 'act', recordClass: 'case_document' },
    ),
    onCase(c.giveDocumentCopyCommand, handler, ({ data, by }) => ({
      type: 'GiveDocumentCopy',
      data: { ...rest(data), by },
    })),
    onCase(c.makeNameKnownCommand, handler, ({ data, authorised }) => ({
      type: 'MakeNameKnown',
      data: {
        name: plainText(data.name),
        person:
          data.person === undefined ? undefined : { organisation: authorised.caller.organisation, person: data.person },
      },
    })),
    onCase(c.addParticipantCommand, handler, ({ data, by, id, authorised }) => ({
      type: 'AddParticipant',
      data: {
        by,
        participantId: id('participant'),
        role: data.role,
        capacity: data.capacity,
        person:
          data.person === undefined ? undefined : { organisation: authorised.caller.organisation, person: data.person },
        name: textOf(data.name),
      },
    })),
    onCase(c.agreeTellingCommand, handler, ({ data, by, id }) => ({
      type: 'AgreeTelling',
      data: { ...rest(data), by, pointId: id('point'), words: plainText(data.words) },
    })),
    onCase(c.withdrawTellingCommand, handler, ({ data, by }) => ({
      type: 'WithdrawTelling',
      data: { ...rest(data), by },
    })),
    onCase(c.tellParticipantCommand, handler, ({ data, by, id }) => ({
      type: 'TellParticipant',
      data: { ...rest(data), by, tellingId: id('telling'), words: plainText(data.words) },
    })),
    onCase(c.agreeToReconciliationCommand, handler, ({ data, by }) => ({
      type: 'AgreeToReconciliation',
      data: { ...rest(data), by },
    })),
    onCase(c.recordReconciliationMeetingCommand, handler, ({ data, by, id }) => ({
      type: 'RecordReconciliationMeeting',
      data: { ...rest(data), by, meetingId: id('meeting'), note: textOf(data.note) },
    })),
    onCase(c.withdrawFromReconciliationCommand, handler, ({ data, by }) => ({
      type: 'WithdrawFromReconciliation',
      data: { ...rest(data), by },
    })),
    onCase(c.carryOutInterventionCommand, handler, ({ data, by, id }) => ({
      type: 'CarryOutIntervention',
      data: { ...rest(data), by, interventionId: id('intervention'), note: textOf(data.note) },
    })),
    onCase(c.recordOutcomeCommand, handler, ({ data, by }) => ({
      type: 'RecordOutcome',
      data: { ...rest(data), by, note: textOf(data.note), factId: newFactId() },
    })),
    onCase(c.closeCaseCommand, handler, ({ data, by }) => ({
      type: 'CloseCase',
      data: { ...rest(data), by, retentionClass: 'informal_case' },
    })),
    onCase(c.reopenCaseCommand, handler, ({ data, by }) => ({
      type: 'ReopenCase',
      data: { by, motive: plainText(data.motive) },
    })),
    onCase(c.linkCasesCommand, handler, async ({ data, by, context }) => {
      // One may only link cases that one may open: the other one's existence is a secret otherwise.
      const other = await authorise(
        core,
        context,
        { verb: 'open', recordClass: 'case', name: c.linkCasesCommand.pattern },
        data.otherCase,
      );
      if (!other.ok) return other;
      return { type: 'LinkCases', data: { by, caseId: data.caseId, otherCase: data.otherCase, kind: data.kind } };
    }),
    onCase(c.recuseCommand, handler, async ({ data, by, id, context }) => {
      const successor =
        data.successorDesignationId === undefined
          ? ok(undefined)
          : await handlerOf(context, data.successorDesignationId, 'successorDesignationId', id('successor'));
      if (!successor.ok) return successor;
      return {
        type: 'RecuseCounsellor',
        data: { by, reason: data.reason, handoverId: id('handover'), successor: successor.value },
      };
    }),
    onCase(
      c.askContinuationCommand,
      ['successor'],
      ({ data, by, id, state }) => ({
        type: 'AskContinuation',
        data: {
          by,
          handoverId: state.handover.status === 'none' ? '' : state.handover.handoverId,
          askId: id('ask'),
          askedOn: data.askedOn,
        },
      }),
      { verb: 'ask', recordClass: 'case' },
    ),
    onCase(
      c.decideContinuationCommand,
      ['applicant', 'handler', 'successor'],
      async ({ data, id, context, state }) => {
        const handoverId =
          state.handover.status === 'none'
            ? (Object.keys(state.handoverDecisions).at(-1) ?? '')
            : state.handover.handoverId;
        switch (data.decision) {
          case 'successor':
          case 'close':
            return {
              type: 'DecideContinuation',
              data: { handoverId, decidedOn: data.decidedOn, choice: { decision: data.decision } },
            };
          case 'another': {
            if (data.designationId === undefined)
              return err({ kind: 'InvalidInput', field: 'designationId', rule: 'required' });
            const counsellor = await handlerOf(context, data.designationId, 'designationId', id('counsellor'));
            if (!counsellor.ok) return counsellor;
            return {
              type: 'DecideContinuation',
              data: {
                handoverId,
                decidedOn: data.decidedOn,
                choice: { decision: 'another', counsellor: counsellor.value },
              },
            };
          }
        }
      },
      // An applicant decides about their own case; who leaves it or would come enters what they answered.
      { verb: 'act', recordClass: 'handover' },
    ),
    onCase(c.addExclusionCommand, handler, ({ data, by, id, authorised }) => ({
      type: 'AddExclusion',
      data: {
        by,
        excludedParticipantId: id('excluded'),
        person: {
          organisation: data.excluded.home ?? authorised.caller.organisation,
          person: data.excluded.person,
        },
        reason: data.reason,
      },
    })),
    onCase(
      c.makeDisclosureCommand,
      handler,
      ({ data, by, id }) => ({
        type: 'MakeDisclosure',
        data: {
          ...rest(data),
          by,
          disclosureId: id('disclosure'),
          recipient: plainText(data.recipient),
          words: plainText(data.words),
        },
      }),
      { verb: 'create', recordClass: 'disclosure' },
    ),
    noteReferral,
    onCase(c.markForFormalCommand, handler, ({ data, by }) => ({ type: 'MarkForFormal', data: { ...rest(data), by } })),
    onCase(
      c.addAttachmentCommand,
      handler,
      async ({ data, by, id, authorised, state }) => {
        const { organisation } = authorised.caller;
        const stored = await attachments.known(organisation, data.caseId, state, data.blob, data.size);
        if (!stored.ok) return stored;
        const attachmentId = id('attachment');
        return {
          type: 'AddAttachment',
          data: { ...rest(data), by, attachmentId, blobKnown: stored.value, name: textOf(data.name) },
        };
      },
      { verb: 'create', recordClass: 'attachment' },
    ),
  ];

  return { served };
};
