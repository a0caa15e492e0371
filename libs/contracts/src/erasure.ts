import { INSTANT, LOCAL_ID, PSEUDONYM } from '@toeverlaat/values';
import { z } from 'zod';
import { languageSchema, pageInputSchema, pageOf, serviceNameSchema, type ServiceName } from './core.js';
import { defineCommand, defineQuery } from './rpc.js';

/**
 * What is erased: a record with everything in it, or one participant in one record (design §4). Never a person across
 * records. The part before `/` is the class of keys, and says whose record it is.
 */
export const subjectIdSchema = z
  .string()
  .regex(/^[a-z][a-z_]{0,39}\/[a-z0-9][a-z0-9-]{0,63}(#[a-z0-9][a-z0-9-]{0,63})?$/);

/** Which service keeps the records of a class of keys, and therefore destroys them. */
export const erasableClasses = {
  request: 'intake',
  case: 'case',
  advice: 'case',
  subject_access: 'case',
  third_party_entry: 'case',
  referral_sent: 'referral',
  referral_received: 'referral',
  /** The mapping from the pseudonyms of a year to people: how the access history of that year ends (design §4). */
  actors: 'records',
  /** An entry of the directory, of somebody who left. */
  person: 'directory',
  access_alarm: 'records',
  /** `audit_mandate/all#<mandate>`: one mandate of an organisation's. */
  audit_mandate: 'records',
  legal_hold: 'records',
  /** `departure/all#<departure>`: who received what when the organisation left. */
  departure: 'records',
  /** The certificate of an erasure. */
  erasure: 'records',
} as const satisfies Readonly<Record<string, ServiceName>>;
export type ErasableClass = keyof typeof erasableClasses;

export type SubjectParts = {
  readonly keyClass: ErasableClass;
  readonly service: ServiceName;
  readonly recordId: string;
  readonly participantId: string | undefined;
};

/** The parts of a subject id; undefined for one that nothing erases, such as the keys behind the access history. */
export const subjectParts = (subject: string): SubjectParts | undefined => {
  if (!subjectIdSchema.safeParse(subject).success) return undefined;
  const slash = subject.indexOf('/');
  const keyClass = subject.slice(0, slash);
  if (!Object.hasOwn(erasableClasses, keyClass)) return undefined;
  const known = keyClass as ErasableClass;
  const [recordId = '', participantId] = subject.slice(slash + 1).split('#');
  if (!LOCAL_ID.test(recordId)) return undefined;
  return { keyClass: known, service: erasableClasses[known], recordId, participantId };
};

/** Why something is erased. `rule` and its version, where a retention rule says so. */
export const erasureGrounds = ['retention_rule', 'data_subject_request', 'transferred'] as const;
export type ErasureGround = (typeof erasureGrounds)[number];
/** What somebody may ask for. */
export const askedErasureGroundSchema = z.enum(erasureGrounds);
/**
 * What an erasure may stand on: besides what is asked for, the ledger of destroyed keys, after a backup was put back that is
 * older than the erasure (design §4, Backups).
 */
export const recordedErasureGrounds = [...erasureGrounds, 'erasure_ledger'] as const;

/** A ground, or a retention rule with its version. */
export const erasureReasonSchema = z.string().regex(/^[a-z][a-z_]{0,39}(@[0-9]{1,9})?$/);

const erasureData = z.strictObject({
  erasureId: z.uuid(),
  subject: subjectIdSchema,
  /** Short code for the ledger of the vault, such as a rule with its version; never free text about a person. */
  reason: erasureReasonSchema,
});
export type ErasureData = z.output<typeof erasureData>;

const everyService = <T>(make: (service: ServiceName) => T): Readonly<Record<ServiceName, T>> => ({
  directory: make('directory'),
  intake: make('intake'),
  case: make('case'),
  referral: make('referral'),
  reporting: make('reporting'),
  records: make('records'),
});

/**
 * Asked of the service that keeps the subject, by records alone: destroys its key and what was derived from it. It may be
 * asked again until it is done; the second time it finds what the first one did.
 */
export const eraseSubjectCommands = everyService((service) => defineCommand(`${service}.eraseSubject`, erasureData));

/** Asked of every other service: drops what it derived from the subject, and says so in its own stream. */
export const dropDerivedCommands = everyService((service) => defineCommand(`${service}.dropDerived`, erasureData));

/** May this be destroyed at all? Asked before anybody is asked to approve, and changes nothing. */
export const checkErasureCommands = everyService((service) =>
  defineCommand(
    `${service}.checkErasure`,
    z.strictObject({ subject: subjectIdSchema, reason: erasureReasonSchema.optional() }),
  ),
);

export const allServices: readonly ServiceName[] = serviceNameSchema.options;

/** Every rule with which a service may refuse to destroy what it keeps. */
export const erasureRuleCodes = ['erasure_of_open_record', 'erasure_of_handler', 'erasure_differs'] as const;
export type ErasureRuleCode = (typeof erasureRuleCodes)[number];

/** Most erasures that one person approves at once: what fell due together is decided together. */
export const MAX_APPROVED_AT_ONCE = 500;

/**
 * Asks for the erasure of one record, or of one participant in it, which a second person must approve. Under a retention
 * rule the record must be due; for a data subject or after a transfer only a hold stands in the way.
 */
export const requestErasureCommand = defineCommand(
  'records.requestErasure',
  z.strictObject({ subject: subjectIdSchema, ground: askedErasureGroundSchema }),
);

/** The second person: from here on it is carried out. Those that are not waiting for approval are left as they are. */
export const approveErasuresCommand = defineCommand(
  'records.approveErasures',
  z.strictObject({ erasureIds: z.array(z.uuid()).min(1).max(MAX_APPROVED_AT_ONCE) }),
);

export const erasureDeclineReasons = ['not_due', 'wrong_subject', 'still_needed', 'other'] as const;
export const declineErasureCommand = defineCommand(
  'records.declineErasure',
  z.strictObject({ erasureId: z.uuid(), reason: z.enum(erasureDeclineReasons) }),
);

export const erasureStatuses = ['requested', 'declined', 'approved', 'started', 'destroyed', 'completed'] as const;
const instant = z.string().regex(INSTANT);
const pseudonym = z.string().regex(PSEUDONYM);

/** An erasure as its overseers see it: pseudonymous ids and times, nothing of what was in the record. */
export const erasureRowSchema = z.strictObject({
  erasureId: z.uuid(),
  subject: subjectIdSchema,
  service: serviceNameSchema,
  ground: z.enum(recordedErasureGrounds),
  rule: z.string().nullable(),
  ruleVersion: z.number().int().nullable(),
  keptUntil: z.string().nullable(),
  status: z.enum(erasureStatuses),
  /** Why it could not be carried out when it was last tried. */
  heldBack: z.string().nullable(),
  requestedBy: pseudonym,
  requestedAt: instant,
  approvedBy: pseudonym.nullable(),
  completedAt: instant.nullable(),
});
export type ErasureRow = z.input<typeof erasureRowSchema>;

/** The register of erasures, newest first. */
export const erasuresQuery = defineQuery(
  'records.erasures',
  z.strictObject({ status: z.enum(erasureStatuses).optional(), page: pageInputSchema }),
  pageOf(erasureRowSchema),
);

/** The certificate of a completed erasure: what was signed, the signature, and the same in words as a PDF. */
export const erasureCertificateQuery = defineQuery(
  'records.erasureCertificate',
  z.strictObject({ erasureId: z.uuid(), language: languageSchema.optional() }),
  z.strictObject({
    erasureId: z.uuid(),
    fileName: z.string(),
    /** Canonical JSON of certificate, signature and key, to be checked with `verify certificate`. */
    signed: z.string(),
    /** The PDF, base64. */
    pdf: z.base64(),
  }),
);

/** Every rule with which records may refuse an erasure. */
export const erasureOrderRuleCodes = [
  'erasure_second_person',
  'erasure_under_way',
  'erasure_declined',
  'erasure_not_asked',
] as const;
export type ErasureOrderRuleCode = (typeof erasureOrderRuleCodes)[number];
