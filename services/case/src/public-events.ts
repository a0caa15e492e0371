import { definePublicEvents } from '@toeverlaat/messaging';
import { adviceCategory, adviceCodec } from './domain/advice-contact/index.js';
import { caseCategory, caseCodec } from './domain/case/index.js';
import { subjectAccessCategory, subjectAccessCodec } from './domain/subject-access/index.js';
import { thirdPartyCategory, thirdPartyCodec } from './domain/third-party-entry/index.js';

/** What leaves the case service: ids, states and dates of terms; no person, no kind of facts, no text (design §6). */
export const casePublicEvents = [
  definePublicEvents('case', caseCategory, caseCodec, {
    CaseOpened: ({ hearingDueOn }) => ({ hearingDueOn }),
    HearingOffered: () => ({}),
    HearingHeld: ({ judgement }) => ({ judgement }),
    HearingTermMissed: ({ dueOn }) => ({ dueOn }),
    HearingNotTakenUp: ({ dueOn }) => ({ dueOn }),
    CaseClosed: ({ retentionClass, closedOn }) => ({ retentionClass, closedOn }),
    CaseReopened: () => ({}),
    HandoverProposed: ({ cause }) => ({ cause }),
    // No pseudonym: beside other cases it would tell who works which.
    HandlerChanged: () => ({}),
    PersonalNotesDestructionScheduled: ({ authorParticipantId, destroyOn }) => ({ authorParticipantId, destroyOn }),
  }),
  definePublicEvents('case', adviceCategory, adviceCodec, {
    AdviceGiven: () => ({}),
  }),
  // For the terms of keeping: that somebody asked is no secret of a file, and what was found leaves with none of these.
  definePublicEvents('case', subjectAccessCategory, subjectAccessCodec, {
    SubjectAccessRequested: ({ dueOn }) => ({ dueOn }),
    SubjectAccessAnswered: () => ({}),
    SubjectAccessRefused: () => ({}),
  }),
  // The five years run from the statement.
  definePublicEvents('case', thirdPartyCategory, thirdPartyCodec, {
    ThirdPartyEntryRecorded: ({ statementOn }) => ({ statementOn }),
  }),
] as const;
