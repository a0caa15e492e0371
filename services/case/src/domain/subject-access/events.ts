import {
  clear,
  code,
  eventType,
  optional,
  participantCode,
  participantText,
  partText,
  type EventOf,
} from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../vocabulary.js';

/*
 * A person asks which data are kept about them (GDPR art. 15), and one counsellor or adviser answers for their own files.
 * These names are storage format: never renamed. Clear is what every such request has, whether or not a file exists: state
 * and terms. What was found is sealed, and so is whether the person knows of it (design rules 6 and 10).
 */

const id = () => clear(v.idSchema);
const date = () => code(v.dateSchema);

export const SubjectAccessRequested = eventType('case', 'SubjectAccessRequested', 1, {
  handler: clear(v.pseudonymSchema),
  handlerParticipantId: id(),
  handlerPerson: participantCode(v.personSchema, 'handlerParticipantId'),
  subjectParticipantId: id(),
  subjectPerson: participantCode(v.personSchema, 'subjectParticipantId'),
  /** One month after receipt (GDPR art. 12(3)). */
  dueOn: clear(v.dateSchema),
  /** The one day on which every answer to a request of that day is handed out. */
  handedOutOn: clear(v.dateSchema),
  lawVersion: clear(v.versionSchema),
  receivedOn: date(),
  way: code(z.enum(v.accessWays)),
  language: code(z.enum(v.languages)),
  words: optional(participantText(v.MAX_WORDS, 'subjectParticipantId')),
});

export const SubjectSearched = eventType('case', 'SubjectSearched', 1, {
  searchId: id(),
  searchedOn: date(),
  /** Files of this counsellor in which the person stands, and whether they know of it. */
  found: code(
    z
      .array(
        z.strictObject({
          caseId: v.idSchema,
          participantId: v.idSchema,
          part: z.enum(v.accessParts),
          knowsOfIt: z.boolean(),
        }),
      )
      .max(v.MAX_FOUND),
  ),
});

export const SubjectAccessTermExtended = eventType('case', 'SubjectAccessTermExtended', 1, {
  dueOn: clear(v.dateSchema),
  ground: code(z.enum(v.accessExtensionGrounds)),
  toldOn: date(),
});

export const SubjectAccessAnswered = eventType('case', 'SubjectAccessAnswered', 1, {
  documentId: id(),
  subjectParticipantId: id(),
  handedOutOn: clear(v.dateSchema),
  documentHash: code(v.hashSchema),
  templateVersion: clear(v.versionSchema),
  language: code(z.enum(v.languages)),
  answeredOn: date(),
  /** The values the document is a function of, as canonical JSON: under the person's own key and no other. */
  content: partText(v.MAX_DOCUMENT, 'subjectParticipantId'),
});

/** The part of the answer that is a refusal. It stands beside every answer, whatever was found. */
export const SubjectAccessPartsRefused = eventType('case', 'SubjectAccessPartsRefused', 1, {
  documentId: id(),
  parts: code(z.array(z.enum(v.refusedParts)).min(1).max(v.refusedParts.length)),
  secrecyReference: code(z.enum(v.secrecyReferences)),
});

/** The request as a whole is not acted on (GDPR art. 12(5) and (6)); nothing was looked for. */
export const SubjectAccessRefused = eventType('case', 'SubjectAccessRefused', 1, {
  documentId: id(),
  subjectParticipantId: id(),
  handedOutOn: clear(v.dateSchema),
  ground: code(v.accessRefusal.schema),
  documentHash: code(v.hashSchema),
  templateVersion: clear(v.versionSchema),
  language: code(z.enum(v.languages)),
  refusedOn: date(),
  content: partText(v.MAX_DOCUMENT, 'subjectParticipantId'),
});

export const SubjectAccessTermPassed = eventType('case', 'SubjectAccessTermPassed', 1, {
  dueOn: clear(v.dateSchema),
});

export const subjectAccessEvents = [
  SubjectAccessRequested,
  SubjectSearched,
  SubjectAccessTermExtended,
  SubjectAccessAnswered,
  SubjectAccessPartsRefused,
  SubjectAccessRefused,
  SubjectAccessTermPassed,
] as const;
export type SubjectAccessEvent = EventOf<typeof subjectAccessEvents>;
