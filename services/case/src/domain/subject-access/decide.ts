import { accept, reject, type Command, type ConfidentialText, type Decider } from '@toeverlaat/event-log';
import { assertNever, type LocalDate } from '@toeverlaat/values';
import { termPassed } from '@toeverlaat/legal';
import { accessTerms, extendedAccessTerm } from '../law.js';
import { sourceOf, type CaseRuleCode } from '../rules.js';
import { refusedParts, type SecrecyReference } from '../vocabulary.js';
import type * as v from '../vocabulary.js';
import type { SubjectAccessEvent } from './events.js';
import { evolve, initialSubjectAccess, type FoundFile, type SubjectAccessState } from './state.js';

type Letter = {
  readonly documentId: string;
  readonly documentHash: string;
  readonly templateVersion: string;
  readonly handedOutOn: LocalDate;
  readonly content: ConfidentialText;
};

export type SubjectAccessCommand =
  | Command<
      'RequestSubjectAccess',
      {
        readonly handler: { readonly pseudonym: string; readonly participantId: string; readonly person: v.PersonRef };
        readonly subject: { readonly participantId: string; readonly person: v.PersonRef };
        readonly receivedOn: LocalDate;
        readonly way: v.AccessWay;
        readonly language: v.Language;
        readonly words?: ConfidentialText | undefined;
      }
    >
  | Command<'RecordSubjectSearch', { readonly searchId: string; readonly found: readonly FoundFile[] }>
  | Command<'ExtendSubjectAccessTerm', { readonly ground: v.AccessExtensionGround; readonly toldOn: LocalDate }>
  | Command<'AnswerSubjectAccess', Letter & { readonly secrecyReference: SecrecyReference }>
  | Command<'RefuseSubjectAccess', Letter & { readonly ground: v.AccessRefusal }>
  | Command<'NoteSubjectAccessTermPassed', { readonly dueOn: LocalDate }>;

const refuse = (code: CaseRuleCode) => {
  const source = sourceOf(code);
  return reject({ kind: 'RuleRefused', code, ...(source === undefined ? {} : { source }) });
};

/**
 * An extension is told to who asked. Where all that was found is what they do not know of, being told that the request is
 * complex would tell them that there is something (design rule 10); that they ask much tells nothing.
 */
const extensionWouldTell = (ground: v.AccessExtensionGround, found: readonly FoundFile[]): boolean => {
  switch (ground) {
    case 'many_requests':
      return false;
    case 'complex':
      return !found.some(({ knowsOfIt }) => knowsOfIt);
    default:
      return assertNever(ground);
  }
};

export const subjectAccessDecider: Decider<SubjectAccessCommand, SubjectAccessEvent, SubjectAccessState> = {
  initial: initialSubjectAccess,
  decide: (command, state) => {
    const { today, lawVersion } = command.meta;
    if (command.type === 'RequestSubjectAccess') {
      const { handler, subject, ...rest } = command.data;
      if (state.status !== 'none') return refuse('access_request_exists');
      if (rest.receivedOn > today) return reject({ kind: 'InvalidInput', field: 'receivedOn', rule: 'in_future' });
      if (
        handler.person.organisation === subject.person.organisation &&
        handler.person.person === subject.person.person
      )
        return refuse('access_request_to_oneself');
      const { due, handedOutOn } = accessTerms(lawVersion, rest.receivedOn);
      return accept<SubjectAccessEvent>({
        type: 'SubjectAccessRequested',
        data: {
          ...rest,
          handler: handler.pseudonym,
          handlerParticipantId: handler.participantId,
          handlerPerson: handler.person,
          subjectParticipantId: subject.participantId,
          subjectPerson: subject.person,
          dueOn: due,
          handedOutOn,
          lawVersion,
        },
      });
    }
    if (state.status === 'none') return reject({ kind: 'NotFound' });
    if (command.type === 'NoteSubjectAccessTermPassed') {
      const { dueOn } = command.data;
      // Extended, answered or noted meanwhile: nothing passed.
      if (state.status !== 'open' || state.termPassed || state.dueOn !== dueOn || !termPassed(dueOn, today))
        return accept();
      return accept<SubjectAccessEvent>({ type: 'SubjectAccessTermPassed', data: { dueOn } });
    }
    if (state.status !== 'open') return refuse('access_request_answered');
    switch (command.type) {
      case 'RecordSubjectSearch':
        return accept<SubjectAccessEvent>({
          type: 'SubjectSearched',
          data: { searchId: command.data.searchId, searchedOn: today, found: [...command.data.found] },
        });
      case 'ExtendSubjectAccessTerm': {
        const { ground, toldOn } = command.data;
        if (toldOn > today) return reject({ kind: 'InvalidInput', field: 'toldOn', rule: 'in_future' });
        if (state.extended) return refuse('access_term_extended_once');
        // Told within the month, with the reason (GDPR art. 12(3)).
        if (termPassed(state.dueOn, toldOn) || termPassed(state.dueOn, today)) return refuse('access_term_over');
        if (extensionWouldTell(ground, state.found ?? [])) return refuse('access_extension_would_tell');
        return accept<SubjectAccessEvent>({
          type: 'SubjectAccessTermExtended',
          data: { dueOn: extendedAccessTerm(state.lawVersion, state.receivedOn).due, ground, toldOn },
        });
      }
      case 'AnswerSubjectAccess': {
        const { secrecyReference, ...letter } = command.data;
        if (state.found === undefined) return refuse('access_answer_needs_search');
        return accept<SubjectAccessEvent>(
          {
            type: 'SubjectAccessAnswered',
            data: {
              ...letter,
              subjectParticipantId: state.subject.participantId,
              language: state.language,
              answeredOn: today,
            },
          },
          {
            type: 'SubjectAccessPartsRefused',
            data: { documentId: letter.documentId, parts: [...refusedParts], secrecyReference },
          },
        );
      }
      case 'RefuseSubjectAccess':
        // Having looked, one would refuse in the light of what there is.
        if (state.found !== undefined) return refuse('access_refusal_after_search');
        return accept<SubjectAccessEvent>({
          type: 'SubjectAccessRefused',
          data: {
            ...command.data,
            subjectParticipantId: state.subject.participantId,
            language: state.language,
            refusedOn: today,
          },
        });
      default:
        return assertNever(command);
    }
  },
  evolve,
};
