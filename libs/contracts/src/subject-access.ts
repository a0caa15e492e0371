import { accessRefusal, explanationSchema } from '@toeverlaat/legal';
import { z } from 'zod';
import {
  languageSchema,
  localDateSchema,
  localIdSchema,
  organisationIdSchema,
  pageInputSchema,
  pageOf,
  personIdSchema,
} from './core.js';
import { defineCommand, defineQuery } from './rpc.js';

export const accessWaySchema = z.enum(['account', 'letter', 'email', 'in_person']);
export const accessPartSchema = z.enum(['applicant', 'participant']);
export const accessExtensionGroundSchema = z.enum(['complex', 'many_requests']);
/** `handed_out`: the day has come and there is a letter. Before that day nobody outside learns whether there is one. */
export const accessStatusSchema = z.enum(['open', 'answered', 'refused']);
export const ownAccessStatusSchema = z.enum(['waiting', 'handed_out']);

const words = z.string().trim().min(1).max(4000);
const onRequest = { accessRequestId: z.uuid() };

/** A worker asks one counsellor or adviser which data are kept about them (GDPR art. 15). */
export const askSubjectAccessCommand = defineCommand(
  'case.askSubjectAccess',
  z.strictObject({ designationId: localIdSchema, words: words.optional() }),
);
/** The counsellor or adviser registers a request that reached them otherwise, from whoever is in the directory. */
export const registerSubjectAccessCommand = defineCommand(
  'case.registerSubjectAccess',
  z.strictObject({
    home: organisationIdSchema.optional(),
    person: personIdSchema,
    receivedOn: localDateSchema,
    way: accessWaySchema.exclude(['account']),
    language: languageSchema,
    words: words.optional(),
  }),
);
/** Looks for the person in the files of the one who was asked, and in no other. */
export const searchForSubjectCommand = defineCommand(
  'case.searchForSubject',
  z.strictObject({
    ...onRequest,
    /** Where the person stands without a link to the directory: the counsellor knows who is meant. */
    alsoNamed: z
      .array(z.strictObject({ caseId: z.uuid(), participantId: z.uuid() }))
      .max(50)
      .optional(),
  }),
);
export const extendSubjectAccessTermCommand = defineCommand(
  'case.extendSubjectAccessTerm',
  z.strictObject({ ...onRequest, ground: accessExtensionGroundSchema, toldOn: localDateSchema }),
);
/** Compiles what may be shown into one document. Which words it has follows from what the person already knows of. */
export const answerSubjectAccessCommand = defineCommand('case.answerSubjectAccess', z.strictObject(onRequest));
export const refuseSubjectAccessCommand = defineCommand(
  'case.refuseSubjectAccess',
  z.strictObject({ ...onRequest, ground: accessRefusal.schema }),
);

export const subjectAccessRowSchema = z.strictObject({
  ...onRequest,
  status: accessStatusSchema,
  recordedAt: z.string(),
  dueOn: localDateSchema,
  handedOutOn: localDateSchema,
  termPassed: z.boolean(),
});
/** A file in which the person stands. */
export const subjectAccessFoundSchema = z.strictObject({
  caseId: z.uuid(),
  caseNumber: z.string(),
  part: accessPartSchema,
  knowsOfIt: z.boolean(),
});
/** Requests put to the one who asks, nearest term first. */
export const subjectAccessRequestsQuery = defineQuery(
  'case.subjectAccessRequests',
  pageInputSchema,
  pageOf(subjectAccessRowSchema),
);

/** One request, for the one it was put to: who asks, what was found, and why it is due when it is. */
export const subjectAccessRequestQuery = defineQuery(
  'case.subjectAccessRequest',
  z.strictObject(onRequest),
  z.strictObject({
    ...subjectAccessRowSchema.shape,
    revision: z.number().int(),
    home: organisationIdSchema.nullable(),
    person: personIdSchema.nullable(),
    way: accessWaySchema,
    language: languageSchema,
    receivedOn: localDateSchema,
    words: z.string().nullable(),
    dueExplanation: explanationSchema,
    dueWhy: z.string(),
    /** Null before the first search. */
    found: z.array(subjectAccessFoundSchema).nullable(),
    documentId: z.uuid().nullable(),
  }),
);

/** Where one's own request stands: nothing that depends on whether a file exists. */
export const ownSubjectAccessQuery = defineQuery(
  'case.ownSubjectAccess',
  z.strictObject(onRequest),
  z.strictObject({
    ...onRequest,
    status: ownAccessStatusSchema,
    dueOn: localDateSchema,
    dueWhy: z.string(),
    handedOutOn: localDateSchema,
  }),
);

/** The letter, for the one who made it and, from the day it is handed out, for the one who asked. */
export const subjectAccessLetterQuery = defineQuery(
  'case.subjectAccessLetter',
  z.strictObject(onRequest),
  z.strictObject({
    ...onRequest,
    documentId: z.uuid(),
    fileName: z.string(),
    documentHash: z.string().regex(/^[0-9a-f]{64}$/u),
    language: languageSchema,
    /** The same as values: canonical JSON, of which the hash is made. */
    json: z.string(),
    /** The PDF, base64. */
    pdf: z.base64(),
  }),
);
