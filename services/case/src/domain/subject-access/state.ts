import type { ConfidentialText, Erasable } from '@toeverlaat/event-log';
import { assertNever, InvariantBroken, type LocalDate } from '@toeverlaat/values';
import type * as v from '../vocabulary.js';
import type { SubjectAccessEvent } from './events.js';

export type FoundFile = {
  readonly caseId: string;
  readonly participantId: string;
  readonly part: v.AccessPart;
  readonly knowsOfIt: boolean;
};

/** What is handed out: the answer, or the refusal of the whole request. */
export type AccessLetter = {
  readonly documentId: string;
  readonly hash: string;
  readonly language: v.Language;
  readonly handedOutOn: LocalDate;
  readonly content: ConfidentialText;
};

type Body = {
  readonly handler: {
    readonly pseudonym: string;
    readonly participantId: string;
    readonly person: Erasable<v.PersonRef>;
  };
  readonly subject: { readonly participantId: string; readonly person: Erasable<v.PersonRef> };
  readonly receivedOn: LocalDate;
  readonly dueOn: LocalDate;
  readonly handedOutOn: LocalDate;
  readonly lawVersion: string;
  readonly way: v.AccessWay;
  readonly language: v.Language;
  readonly words?: ConfidentialText | undefined;
  /** What the last search found; undefined before the first. */
  readonly found?: readonly FoundFile[] | undefined;
  readonly extended: boolean;
  /** The term passed without an answer, which stays so (design rule 13). */
  readonly termPassed: boolean;
};

export type ExistingSubjectAccess = Body &
  ({ readonly status: 'open' } | { readonly status: 'answered' | 'refused'; readonly letter: AccessLetter });
export type SubjectAccessState = { readonly status: 'none' } | ExistingSubjectAccess;

export const initialSubjectAccess: SubjectAccessState = { status: 'none' };

const known = (state: SubjectAccessState): ExistingSubjectAccess => {
  if (state.status === 'none') throw new InvariantBroken('an access request that was never made');
  return state;
};

export const evolve = (state: SubjectAccessState, event: SubjectAccessEvent): SubjectAccessState => {
  switch (event.type) {
    case 'SubjectAccessRequested': {
      const { handler, handlerParticipantId, handlerPerson, subjectParticipantId, subjectPerson, ...rest } = event.data;
      return {
        status: 'open',
        ...rest,
        handler: { pseudonym: handler, participantId: handlerParticipantId, person: handlerPerson },
        subject: { participantId: subjectParticipantId, person: subjectPerson },
        extended: false,
        termPassed: false,
      };
    }
    case 'SubjectSearched':
      return { ...known(state), found: event.data.found };
    case 'SubjectAccessTermExtended':
      return { ...known(state), dueOn: event.data.dueOn, extended: true };
    case 'SubjectAccessAnswered':
    case 'SubjectAccessRefused': {
      const { documentId, documentHash, language, handedOutOn, content } = event.data;
      return {
        ...known(state),
        status: event.type === 'SubjectAccessAnswered' ? 'answered' : 'refused',
        letter: { documentId, hash: documentHash, language, handedOutOn, content },
      };
    }
    case 'SubjectAccessPartsRefused':
      return known(state);
    case 'SubjectAccessTermPassed':
      return { ...known(state), termPassed: true };
    default:
      return assertNever(event);
  }
};
