import { retentionRuleIds, retentionStarts, retentionTermsSchema } from '@toeverlaat/legal';
import {
  LOCAL_DATE,
  LOCAL_ID,
  ORGANISATION_ID,
  PSEUDONYM,
  VERSION,
  type OrganisationId,
  type PersonId,
} from '@toeverlaat/values';
import { z } from 'zod';

/* Shapes of stored fields. Codes are storage format: added to, never renamed (design rule 4). */

export const idSchema = z.uuid();
export const localIdSchema = z.string().regex(LOCAL_ID);
export const dateSchema = z.string().regex(LOCAL_DATE);
export const versionSchema = z.string().regex(VERSION);
export const pseudonymSchema = z.string().regex(PSEUDONYM);
export const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);
export const countSchema = z.number().int().min(0);
/** A directory entry. Equal ids in two directories are two people. */
export type PersonRef = { readonly organisation: OrganisationId; readonly person: PersonId };
export const personSchema: z.ZodType<PersonRef> = z.strictObject({
  organisation: z.string().regex(ORGANISATION_ID) as z.ZodType<string> as z.ZodType<OrganisationId>,
  person: z.string().regex(LOCAL_ID) as z.ZodType<string> as z.ZodType<PersonId>,
});
/** A subject of a key: `case/<id>`, `case/<id>#<participant>`, `actors/2026`. */
export const subjectSchema = z.string().regex(/^[a-z_]{1,30}\/[a-z0-9-]{1,64}(?:#[a-z0-9-]{1,64})?$/);
/** The service that holds a record. */
export const owners = ['directory', 'intake', 'case', 'referral', 'reporting', 'records'] as const;
export type Owner = (typeof owners)[number];

export const recordClassSchema = z.enum(retentionRuleIds);
export const triggerSchema = z.enum(retentionStarts);
export { retentionTermsSchema };
export const periodSchema = retentionTermsSchema.shape.period;

export const MAX_MOTIVE = 4_000;
export const MAX_NAMED = 200;
export const MAX_RULES = retentionRuleIds.length;

/** Which records a change of rules is for: those begun since, those begun before as well, or those named. */
export const ruleScopes = ['new', 'all', 'selected'] as const;
export type RuleScope = (typeof ruleScopes)[number];

/** What a hold is on. */
export const holdScopes = ['records', 'person', 'site', 'period'] as const;
export type HoldScope = (typeof holdScopes)[number];

/** Why the day until which a record is kept moved. */
export const moveCauses = [
  'closed',
  'reopened',
  'new_message',
  'reclassified',
  'hold_placed',
  'hold_lifted',
  'rules_changed',
] as const;
export type MoveCause = (typeof moveCauses)[number];

export const destructionOutcomes = ['destroyed', 'abandoned'] as const;
export type DestructionOutcome = (typeof destructionOutcomes)[number];
