import { kindOfFacts, language } from '@toeverlaat/legal';
import { createdIdOf, INSTANT, UUID, type OrganisationId } from '@toeverlaat/values';
import { z } from 'zod';
import { localDateSchema, localIdSchema, pageInputSchema, pageOf, personIdSchema } from './core.js';
import { keptUntilSchema } from './kept.js';
import { inclusionSchema, publishedKeySchema } from './evidence.js';
import { AUTHENTICATOR, LOOKUP_ID } from './identity.js';
import { defineCommand, defineQuery } from './rpc.js';

/** What intake may refuse with, translated at the edge. */
export const intakeRuleCodes = [
  'counsellor_absent',
  'second_counsellor_is_the_first',
  'request_exists',
  'request_ended',
  'request_already_accepted',
  'request_has_a_counsellor',
  'counsellor_stepped_back',
  'appointment_already_answered',
  'appointment_passed',
  'earlier_request_not_claimed',
  'earlier_request_already_linked',
  'worker_not_heard_yet',
  'conversation_full',
  'contact_already_asked',
  'receipt_in_use',
] as const;
export type IntakeRuleCode = (typeof intakeRuleCodes)[number];

const instant = z.string().regex(INSTANT);
const uuid = z.string().regex(UUID);
const line = z.string().trim().min(1).max(300);
const words = z.string().trim().min(1).max(20_000);

/** The verifier is a hash of the authenticator; the code itself never travels (design §4). */
export const receiptSchema = z.strictObject({
  lookupId: z.string().regex(LOOKUP_ID),
  verifier: z.string().regex(AUTHENTICATOR),
  publicKey: z.string().regex(AUTHENTICATOR),
});

export const requestWaySchema = z.enum(['signed_in', 'named', 'anonymous']);
export const escalationSchema = z.enum(['nobody', 'second_counsellor', 'prevention_adviser']);
export const requestStatusSchema = z.enum(['waiting', 'choosing', 'accepted', 'ended']);
export const hearingStateSchema = z.enum(['awaited', 'heard', 'offered', 'missed']);

/** A worker sends a contact request: signed in, by name without an account, or anonymously. The reply's id is the request's. */
export const sendRequestCommand = defineCommand(
  'intake.sendRequest',
  z.strictObject({
    way: requestWaySchema,
    site: localIdSchema,
    /** The counsellor's card that the worker chose. */
    designationId: localIdSchema,
    name: line.optional(),
    safeChannel: line.optional(),
    safeHours: line.optional(),
    language: language.schema,
    interpreter: z.string().trim().min(1).max(60).optional(),
    kindOfFacts: kindOfFacts.schema.optional(),
    message: words.optional(),
    /** Who may be told, without content, when time runs short. */
    escalation: escalationSchema,
    secondDesignationId: localIdSchema.optional(),
    receipt: receiptSchema.optional(),
    /** The wording of what the worker was told; must be the current one. */
    wordingVersion: z.string().min(1).max(20),
    /** In the worker's words: which earlier request, whose code is lost, this one goes on from. */
    earlierRequest: words.optional(),
  }),
);

const onRequest = { requestId: uuid };

export const withdrawRequestCommand = defineCommand('intake.withdrawRequest', z.strictObject(onRequest));
export const chooseCounsellorCommand = defineCommand(
  'intake.chooseCounsellor',
  z.strictObject({ ...onRequest, designationId: localIdSchema }),
);
export const claimEarlierRequestCommand = defineCommand(
  'intake.claimEarlierRequest',
  z.strictObject({ ...onRequest, words }),
);
export const linkEarlierRequestCommand = defineCommand(
  'intake.linkEarlierRequest',
  z.strictObject({ ...onRequest, earlierRequestId: uuid }),
);
export const replaceReceiptCommand = defineCommand(
  'intake.replaceReceipt',
  z.strictObject({ ...onRequest, receipt: receiptSchema }),
);
export const acceptRequestCommand = defineCommand('intake.acceptRequest', z.strictObject(onRequest));
export const stepBackCommand = defineCommand(
  'intake.stepBack',
  z.strictObject({ ...onRequest, ground: z.enum(['conflict_of_interest', 'unavailable']) }),
);
export const proposeAppointmentsCommand = defineCommand(
  'intake.proposeAppointments',
  z.strictObject({
    ...onRequest,
    options: z
      .array(z.strictObject({ startsAt: instant, channel: z.enum(['in_person', 'phone', 'video']) }))
      .min(1)
      .max(8),
    place: line.optional(),
  }),
);
export const pickAppointmentCommand = defineCommand(
  'intake.pickAppointment',
  z.strictObject({ ...onRequest, proposalId: uuid, optionId: uuid }),
);
export const declineAppointmentsCommand = defineCommand(
  'intake.declineAppointments',
  z.strictObject({ ...onRequest, proposalId: uuid, wish: line.optional() }),
);
export const sendMessageCommand = defineCommand('intake.sendMessage', z.strictObject({ ...onRequest, words }));
export const markSeenCommand = defineCommand('intake.markSeen', z.strictObject(onRequest));
/** A successor whom the applicant has not chosen asks, in a fixed wording, to be contacted. */
export const askContactCommand = defineCommand('intake.askContact', z.strictObject(onRequest));

export const messageSchema = z.strictObject({
  messageId: uuid,
  kind: z.enum(['message', 'contact_asked']),
  from: z.enum(['worker', 'counsellor']),
  sentAt: instant,
  /** Null for the fixed, content-free question, and for words that are erased. */
  words: z.string().nullable(),
  seen: z.boolean(),
});

/** What the applicant sees of a message: the words, and the same words as they are stored. */
export const ownMessageSchema = messageSchema.extend({
  /** The sealed words as stored, as JSON, for a reader who holds `replyKey`; null for older messages and without a receipt. */
  sealed: z.string().nullable(),
});

/** The key of this conversation, wrapped for the key pair that follows from the receipt's code (design §4). */
export const readerWrapSchema = z.strictObject({
  v: z.literal(1),
  organisation: z.string(),
  subject: z.string(),
  keyId: z.string(),
  key: z.strictObject({
    v: z.literal(1),
    alg: z.literal('X25519-A256GCM'),
    epk: z.string(),
    iv: z.string(),
    ct: z.string(),
  }),
});

const proposalSchema = z.strictObject({
  proposalId: uuid,
  place: z.string().nullable(),
  options: z.array(
    z.strictObject({ optionId: uuid, startsAt: instant, channel: z.enum(['in_person', 'phone', 'video']) }),
  ),
  answer: z.enum(['open', 'declined', 'picked']),
  pickedOptionId: uuid.nullable(),
  wish: z.string().nullable(),
});

/** Signed by intake's key: this event (and its leaf) stands in the organisation's tree by `includedBy` (design §4). */
export const promiseSchema = z.strictObject({
  v: z.literal(1),
  alg: z.literal('Ed25519'),
  keyId: z.string(),
  promise: z.strictObject({
    organisation: z.string(),
    eventId: uuid,
    leaf: z.string().regex(/^[0-9a-f]{64}$/u),
    includedBy: instant,
  }),
  signature: z.string(),
  /** SubjectPublicKeyInfo, DER, base64. */
  publicKey: z.string(),
});

/** What the worker sees of their own request. */
export const ownRequestSchema = z.strictObject({
  requestId: uuid,
  revision: z.number().int(),
  status: requestStatusSchema,
  endedHow: z.enum(['withdrawn', 'closed', 'linked']).nullable(),
  way: requestWaySchema,
  sentAt: instant,
  /** You will be heard by this date. */
  hearingDueOn: localDateSchema,
  hearing: hearingStateSchema,
  designationId: localIdSchema.nullable(),
  /** Once it was accepted: the case that the worker follows from then on. */
  caseId: uuid.nullable(),
  /** To which function the content was released, and when first. */
  released: z.array(z.strictObject({ capacity: z.string(), at: instant })),
  /** Who was told that time runs short, and when. */
  warnings: z.array(
    z.strictObject({ kind: z.enum(['time_running_short', 'escalated', 'nobody_to_tell', 'term_missed']), at: instant }),
  ),
  proposals: z.array(proposalSchema),
  messages: z.array(ownMessageSchema),
  /** For who came with a receipt and has messages to open; only the holder of the code can use it. */
  replyKey: readerWrapSchema.nullable(),
  promise: promiseSchema.nullable(),
  /** Until when the request and its conversation are kept; null until that is known. */
  kept: keptUntilSchema.nullable(),
});

export const ownRequestQuery = defineQuery(
  'intake.ownRequest',
  z.strictObject({
    ...onRequest,
    /** True: the server opens no message, `words` is null wherever `sealed` is there, and the reader opens them. */
    openMyself: z.boolean().optional(),
  }),
  ownRequestSchema,
);
/**
 * The receipt of one's own request: the signed promise, null where none was asked for, and the proof that it was kept, null
 * until a checkpoint covers the request's first event. Neither says anything of what was written.
 */
export const ownReceiptQuery = defineQuery(
  'intake.ownReceipt',
  z.strictObject(onRequest),
  z.strictObject({
    promise: promiseSchema.nullable(),
    inclusion: inclusionSchema.nullable(),
    /** Until when the code opens the request. */
    kept: keptUntilSchema.nullable(),
  }),
);
/** A signed-in worker's own requests, newest first. */
export const ownRequestsQuery = defineQuery(
  'intake.ownRequests',
  z.strictObject({}),
  z.strictObject({
    rows: z.array(
      z.strictObject({
        requestId: uuid,
        status: requestStatusSchema,
        sentAt: instant,
        hearingDueOn: localDateSchema,
        hearing: hearingStateSchema,
      }),
    ),
  }),
);

/** A row of the counsellor's list of requests: no content. */
export const requestRowSchema = z.strictObject({
  requestId: uuid,
  status: requestStatusSchema,
  hearingDueOn: localDateSchema,
  hearing: hearingStateSchema,
  recordedAt: instant,
  /** True for one that was escalated to the caller: it may not be opened. */
  escalated: z.boolean(),
  unseenMessages: z.number().int(),
});
export const requestsQuery = defineQuery('intake.requests', pageInputSchema, pageOf(requestRowSchema));

/** A request as the chosen counsellor reads it, after the access record. */
export const requestContentSchema = z.strictObject({
  requestId: uuid,
  revision: z.number().int(),
  status: requestStatusSchema,
  way: requestWaySchema,
  site: localIdSchema,
  firstContactOn: localDateSchema,
  hearingDueOn: localDateSchema,
  hearing: hearingStateSchema,
  name: z.string().nullable(),
  safeChannel: z.string().nullable(),
  safeHours: z.string().nullable(),
  language: language.schema,
  interpreter: z.string().nullable(),
  kindOfFacts: kindOfFacts.schema.nullable(),
  message: z.string().nullable(),
  escalation: escalationSchema,
  earlierRequest: z.string().nullable(),
  earlierRequestId: uuid.nullable(),
  caseId: uuid.nullable(),
  proposals: z.array(proposalSchema),
  messages: z.array(messageSchema),
  /** Private to this counsellor: the applicant takes part in another of their cases. */
  /** Null while it cannot be known: not the same as none. */
  conflictWarning: z.boolean().nullable(),
  /** Until when the request and its conversation are kept; null until that is known. */
  kept: keptUntilSchema.nullable(),
});
export const requestQuery = defineQuery('intake.request', z.strictObject(onRequest), requestContentSchema);

/** The case that an accepted request leads to: both services can work out its id, so neither has to tell the other. */
export const caseIdOfRequest = (organisation: OrganisationId, requestId: string): string =>
  createdIdOf(organisation, requestId, 'case of request');

/** For `case`, when a request was accepted: what the case takes over. Delivered once per accepted request, idempotent. */
export const requestForCaseQuery = defineQuery(
  'intake.requestForCase',
  z.strictObject(onRequest),
  z.strictObject({
    requestId: uuid,
    handler: z.string(),
    designationId: localIdSchema,
    applicantParticipantId: uuid,
    way: requestWaySchema,
    site: localIdSchema,
    firstContactOn: localDateSchema,
    person: personIdSchema.nullable(),
    name: z.string().nullable(),
    language: language.schema,
    kindOfFacts: kindOfFacts.schema.nullable(),
    message: z.string().nullable(),
    receipt: z.strictObject({ lookupId: z.string(), publicKey: z.string() }).nullable(),
  }),
);

/** What a worker is told before sending, by step and kind of facts, in their language. */
export const beforeSendingQuery = defineQuery(
  'intake.beforeSending',
  z.strictObject({ kindOfFacts: kindOfFacts.schema.optional(), language: language.schema }),
  z.strictObject({
    wordingVersion: z.string(),
    hearingDueOn: localDateSchema,
    texts: z.array(z.strictObject({ key: z.string(), text: z.string() })),
  }),
);

/** By `case` alone: what became of the hearing, of the handler, of the case. Repeats decide to nothing. */
export const noteHearingCommand = defineCommand(
  'intake.noteHearing',
  z.strictObject({ ...onRequest, state: z.enum(['heard', 'offered', 'missed']) }),
);
export const followHandlerCommand = defineCommand(
  'intake.followHandler',
  z.strictObject({ ...onRequest, handler: z.string().min(1).max(80), designationId: localIdSchema }),
);
export const noteCaseClosedCommand = defineCommand('intake.noteCaseClosed', z.strictObject(onRequest));

/** The key that promises to reporters are signed with. Nobody's record: whoever asks may know it. */
export const promiseKeyQuery = defineQuery('intake.promiseKey', z.strictObject({}), publishedKeySchema);
