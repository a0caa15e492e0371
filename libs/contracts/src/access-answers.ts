import { actorKindSchema, recordClasses, roleSchema } from '@toeverlaat/access';
import { INSTANT, PSEUDONYM } from '@toeverlaat/values';
import { z } from 'zod';
import {
  localDateSchema,
  localIdSchema,
  organisationIdSchema,
  pageInputSchema,
  pageOf,
  personIdSchema,
} from './core.js';
import { defineCommand, defineQuery } from './rpc.js';

/**
 * The access history, answered: under which mandate an auditor may ask, who could have read and did not, what was unusual,
 * and that somebody had no access at all (design §5).
 */

const instantSchema = z.string().regex(INSTANT);
const pseudonymSchema = z.string().regex(PSEUDONYM);
const words = z.string().trim().min(1).max(4_000);

/** Most records or handlers one mandate names: more than that is an audit of the organisation. */
export const MAX_IN_SCOPE = 200;

// ── who may ask, of what, until when ──

export const auditScopes = ['organisation', 'records', 'handlers'] as const;
export const auditMandateStates = ['to_come', 'running', 'ended'] as const;

export const auditMandateSchema = z.strictObject({
  mandateId: z.uuid(),
  scope: z.enum(auditScopes),
  /** With scope `records`; for somebody whom the mandate covers: of these, the ones they looked at themselves. */
  records: z.array(z.string()),
  /** With scope `handlers`: pseudonyms; for somebody whom it covers, their own. */
  handlers: z.array(z.string()),
  from: localDateSchema,
  /** First day on which nothing may be asked under it any more. */
  to: localDateSchema,
  state: z.enum(auditMandateStates),
  /** As what whoever gave it acted. */
  givenAs: actorKindSchema,
  /** Why, for those who oversee; null for somebody whom it covers, or once erased. */
  motive: z.string().nullable(),
});
export type AuditMandateRow = z.infer<typeof auditMandateSchema>;

/** Lets one auditor ask, of what it names, from a day until another. The data protection officer gives it (ADR 46). */
export const giveAuditMandate = defineCommand(
  'records.giveAuditMandate',
  z.strictObject({
    /** The auditor: an entry of `home`'s directory, of this organisation's where left out. */
    person: personIdSchema,
    home: organisationIdSchema.optional(),
    scope: z.enum(auditScopes),
    records: z.array(localIdSchema).min(1).max(MAX_IN_SCOPE).optional(),
    handlers: z.array(pseudonymSchema).min(1).max(MAX_IN_SCOPE).optional(),
    from: localDateSchema,
    to: localDateSchema,
    motive: words,
  }),
);
/** Ends it today, before its last day. */
export const endAuditMandate = defineCommand(
  'records.endAuditMandate',
  z.strictObject({ mandateId: z.uuid(), motive: words }),
);

/** Every mandate that was given, newest first; an auditor sees their own. */
export const auditMandatesQuery = defineQuery(
  'records.auditMandates',
  z.strictObject({ page: pageInputSchema }),
  pageOf(auditMandateSchema),
);
/** For whoever works cases: every mandate under which their own reading can be, could be or was looked at. */
export const auditMandatesOnMeQuery = defineQuery(
  'records.auditMandatesOnMe',
  z.strictObject({ page: pageInputSchema }),
  pageOf(auditMandateSchema),
);

// ── who could have read ──

const period = { from: instantSchema, to: instantSchema };

/** Somebody who could read a record for a time, as policy, capacities, scopes and exclusions stood then. */
export const possibleReaderSchema = z.strictObject({
  /** Of staff one per year; of applicants and participants the one they have in this record. */
  pseudonyms: z.array(pseudonymSchema),
  role: actorKindSchema,
  /** What they were to the record. */
  relation: z.string(),
  recordClass: z.enum(recordClasses),
  /** Under a mandate: where they come from. */
  home: organisationIdSchema.nullable(),
  from: instantSchema,
  to: instantSchema,
  /** What they could have given as their reason. */
  purposes: z.array(z.string()),
  sees: z.array(z.string()),
  rule: z.string(),
  because: z.string(),
  source: z.string(),
});
export type PossibleReader = z.infer<typeof possibleReaderSchema>;

const replayed = z.strictObject({
  /** False: this service keeps no such record. */
  known: z.boolean(),
  readers: z.array(possibleReaderSchema),
  /** Events that the replay went through, for whoever wants to check it. */
  events: z.array(z.uuid()),
  /** Versions of the policy under which what happened to the record was recorded. */
  policyVersions: z.array(z.string()),
  /** For whom the key of the record is wrapped: `epoch:<n>` is the organisation, for its services. */
  keyRecipients: z.array(z.string().max(80)),
});
const replayAsked = z.strictObject({ record: localIdSchema, ...period });

/**
 * By `records`, of each service that keeps confidential records: who was what to a record at each moment of a period, and could
 * read it. Whom a service does not know by pseudonym it does not name. `referral` asks the case so too, and is told of its
 * handlers alone: they read what was handed over from it.
 */
export const readersOverQueries = [
  defineQuery('case.readersOver', replayAsked, replayed),
  defineQuery('intake.readersOver', replayAsked, replayed),
  defineQuery('referral.readersOver', replayAsked, replayed),
] as const;
export const [caseReadersQuery, requestReadersQuery, referralReadersQuery] = readersOverQueries;

/**
 * For `intake` and `referral` themselves: when a case excluded each of these people, by what it knew then. What was asked for or
 * handed over from a case is kept from whom the case excludes (design rule 10, ADR 17); a case that is not there excluded nobody.
 */
export const exclusionsOverQuery = defineQuery(
  'case.exclusionsOver',
  z.strictObject({
    caseId: localIdSchema,
    people: z.array(z.strictObject({ home: organisationIdSchema, person: personIdSchema })).max(200),
    ...period,
  }),
  z.strictObject({
    spans: z.array(z.strictObject({ home: organisationIdSchema, person: personIdSchema, ...period })),
  }),
);

const standingParts = {
  /** In the caller's organisation, this year's first. */
  pseudonyms: z.array(pseudonymSchema),
  spans: z.array(
    z.strictObject({
      role: actorKindSchema,
      sites: z.union([z.literal('all'), z.array(localIdSchema)]),
      home: organisationIdSchema.nullable(),
      ...period,
    }),
  ),
};
/** Between services: in which capacities somebody could act in the caller's organisation, at each moment of a period. */
export const standingOverQuery = defineQuery(
  'directory.standingOver',
  z.strictObject({ home: organisationIdSchema, person: personIdSchema, ...period }),
  z.strictObject({ ...standingParts, events: z.array(z.uuid()) }),
);
/**
 * For `case`, which keeps a register that is the organisation's: everybody who could act in one of these roles in the caller's
 * organisation at a moment of a period, by pseudonym, with when.
 */
export const holdersOverQuery = defineQuery(
  'directory.holdersOver',
  z.strictObject({ roles: z.array(roleSchema).min(1).max(20), ...period }),
  z.strictObject({ holders: z.array(z.strictObject(standingParts)), events: z.array(z.uuid()) }),
);

/** One who could have read and did not, with the policy that says so. */
export const silentReaderSchema = possibleReaderSchema.extend({
  /** The policy that the answer was worked out with: rules are code, and a changed rule is another version. */
  policyVersion: z.string(),
  /** Those under which the record's events were recorded; where another stands here, ask what it gave. */
  policyVersions: z.array(z.string()),
});

/** Who could have read this record between two moments, and did not. */
export const couldHaveReadQuery = defineQuery(
  'records.couldHaveRead',
  z.strictObject({ record: localIdSchema, ...period, page: pageInputSchema }),
  pageOf(silentReaderSchema),
);

// ── that somebody could not read, and what it takes to check an answer ──

const spanSchema = z.strictObject({ role: actorKindSchema, relation: z.string(), rule: z.string(), ...period });

/**
 * Whether somebody, as one who works cases, had a scope on a record in a period or a key to it. For who handles the case, who
 * audits it under a mandate, who protects the data or manages the records; only of a record that they know of.
 */
export const accessLackQuery = defineQuery(
  'records.accessLack',
  z.strictObject({
    record: localIdSchema,
    /** An entry of `home`'s directory, of this organisation's where left out. */
    person: personIdSchema,
    home: organisationIdSchema.optional(),
    ...period,
  }),
  z.strictObject({
    record: z.string(),
    ...period,
    /** Of that person here, one a year: none of them stands in the record or in its access history as one who could read. */
    pseudonyms: z.array(pseudonymSchema),
    hadScope: z.boolean(),
    /** When and as what, where they had. */
    spans: z.array(spanSchema),
    /** Whether they did read it in that period. */
    hasRead: z.boolean(),
    /** For whom the key of the record is wrapped: the organisation's epochs, for its services, and for no person. */
    keyRecipients: z.array(z.string()),
    keyOfTheirs: z.boolean(),
    policyVersion: z.string(),
    /** The answer in a sentence, in the asker's language. */
    sentence: z.string(),
  }),
);

export const accessEvidenceKinds = ['record', 'handler', 'lack'] as const;

/**
 * What an answer stands on, event by event, as stored and with its proof: the access records that answer who read a record or
 * what somebody read, or everything that was recorded of a record (ciphertext). `verify answer` checks it offline.
 */
export const accessEvidenceQuery = defineQuery(
  'records.accessEvidence',
  z.strictObject({
    kind: z.enum(accessEvidenceKinds),
    /** With `record` and `lack`. */
    record: localIdSchema.optional(),
    /** With `handler`. */
    pseudonyms: z.array(pseudonymSchema).min(1).max(40).optional(),
    ...period,
    page: pageInputSchema,
  }),
  pageOf(
    z.strictObject({
      eventId: z.uuid(),
      index: z.number().int().min(0),
      /** The bytes that the leaf is the hash of, base64: stream, revision, metadata, data. */
      record: z.string(),
      /** C2SP tlog-proof; null until a checkpoint covers it. */
      proof: z.string().max(20_000).nullable(),
      /** Name and keys of the log that the proof is under: another one after a restore (ADR 56). */
      origin: z.string().max(200),
      signers: z.array(z.string().max(500)),
    }),
  ),
);

// ── what is unusual ──

export const accessAlarmKinds = ['outside_hours', 'bulk_reading', 'no_open_task', 'before_role_end'] as const;
export const accessAlarmStates = ['open', 'dismissed'] as const;

export const accessAlarmSchema = z.strictObject({
  alarmId: z.uuid(),
  kind: z.enum(accessAlarmKinds),
  pseudonym: pseudonymSchema,
  role: actorKindSchema,
  /** When the readings were that it is about; half-open. */
  ...period,
  /** Some of what was read; the access history between these moments has all of it. */
  records: z.array(z.string()),
  firstEventId: z.uuid(),
  raisedAt: instantSchema,
  state: z.enum(accessAlarmStates),
  /** What was unusual and by which threshold, in the asker's language. */
  explanation: z.string(),
  dismissedAt: instantSchema.nullable(),
  dismissedAs: actorKindSchema.nullable(),
  /** Null while it is open, or once erased. */
  motive: z.string().nullable(),
});
export type AccessAlarmRow = z.infer<typeof accessAlarmSchema>;

/** For who audits under a mandate and who protects the data: newest first. Never for the employer. */
export const accessAlarmsQuery = defineQuery(
  'records.accessAlarms',
  z.strictObject({ state: z.enum(accessAlarmStates).optional(), page: pageInputSchema }),
  pageOf(accessAlarmSchema),
);
/** For whoever works cases: the alarms about their own reading, and what became of them. */
export const accessAlarmsAboutMeQuery = defineQuery(
  'records.accessAlarmsAboutMe',
  z.strictObject({ page: pageInputSchema }),
  pageOf(accessAlarmSchema),
);
/** Says why an alarm is none, or what was done about it. */
export const dismissAccessAlarm = defineCommand(
  'records.dismissAccessAlarm',
  z.strictObject({ alarmId: z.uuid(), motive: words }),
);

/** By `records` alone: whose role as counsellor or adviser ended, or was recorded to have, in these days; by pseudonym. */
export const rolesEndedQuery = defineQuery(
  'directory.rolesEnded',
  /** Both days belong to it. */
  z.strictObject({ from: localDateSchema, to: localDateSchema }),
  z.array(
    z.strictObject({
      pseudonyms: z.array(pseudonymSchema),
      role: actorKindSchema,
      endedOn: localDateSchema,
      /** Until then doors were open: the day it took effect, or later when it was entered later. */
      knownAt: instantSchema,
    }),
  ),
);

/**
 * By `records` alone: entries of people who left the organisation by today, in the order of their ids, so that each is kept as long as a
 * rule says (domain.md §5). No public event says so: Kafka carries no person (design rule 6).
 */
export const MAX_ENTRIES_ENDED = 500;
export const entriesEndedQuery = defineQuery(
  'directory.entriesEnded',
  z.strictObject({ after: personIdSchema.optional() }),
  z.array(z.strictObject({ person: personIdSchema, leftOn: localDateSchema })).max(MAX_ENTRIES_ENDED),
);

export const accessRuleCodes = [
  'audit_mandate_needed',
  'outside_audit_mandate',
  'audit_mandate_reversed',
  'audit_mandate_too_long',
  'audit_mandate_past',
  'audit_mandate_over',
  'audit_mandate_of_own',
  'audit_scope_not_named',
  'not_an_auditor',
  'access_alarm_dismissed',
  'access_alarm_of_own',
] as const;
export type AccessRuleCode = (typeof accessRuleCodes)[number];
