import { LOCAL_ID, ORGANISATION_ID, PSEUDONYM, type OrganisationId, type PersonId } from '@toeverlaat/values';
import { z } from 'zod';

/** Capacities a person can act in (domain.md §1). The occupational physician receives referrals but has no desk here. */
export const roles = [
  'worker',
  'anonymous_worker',
  'counsellor',
  'prevention_adviser',
  'participant',
  'head_internal_service',
  'employer',
  'committee_member',
  'administrator',
  'records_manager',
  'data_protection_officer',
  'auditor',
  'platform_operator',
] as const;
export type Role = (typeof roles)[number];
export const roleSchema = z.enum(roles);

/**
 * Who stands behind a request or in the history: a person in a capacity, or a service that asks by itself, which no person
 * can be made and which no rule of the policy gives anything.
 */
export const actorKinds = [...roles, 'service'] as const;
export type ActorKind = (typeof actorKinds)[number];
export const actorKindSchema = z.enum(actorKinds);

/** English names, for generated documents; screens take theirs from the glossary. */
export const roleLabels: Readonly<Record<Role, string>> = {
  worker: 'Worker',
  anonymous_worker: 'Anonymous worker',
  counsellor: 'Confidential counsellor',
  prevention_adviser: 'Prevention adviser (psychosocial aspects)',
  participant: 'Participant',
  head_internal_service: 'Head of the internal service',
  employer: 'Employer',
  committee_member: 'Member of the committee',
  administrator: 'Administrator of the organisation',
  records_manager: 'Records manager',
  data_protection_officer: 'Data protection officer',
  auditor: 'Auditor',
  platform_operator: 'Platform operator',
};

/**
 * Those who come to be helped or are involved in a record. They are known by a pseudonym of that one record and appear
 * in no by-person query (design rule 7).
 */
export const perRecordRoles = ['worker', 'anonymous_worker', 'participant'] as const satisfies readonly Role[];
export type PerRecordRole = (typeof perRecordRoles)[number];
export type StaffRole = Exclude<Role, PerRecordRole>;
/** Those known by a pseudonym per organisation and year. */
export const staffRoles: readonly StaffRole[] = roles.filter(
  (role): role is StaffRole => !(perRecordRoles as readonly Role[]).includes(role),
);
export const isStaffRole = (role: ActorKind): role is StaffRole => (staffRoles as readonly ActorKind[]).includes(role);
/** A service is neither these nor staff. */
export const isPerRecordRole = (role: ActorKind): role is PerRecordRole =>
  (perRecordRoles as readonly ActorKind[]).includes(role);

/** Why someone reads or acts; recorded with every access and every event. */
export const purposes = [
  'choose_counsellor',
  'ask_for_help',
  'follow_own_request',
  'hear_worker',
  'handle_case',
  'watch_term',
  'hand_over',
  'refer',
  'receive_referral',
  'take_part',
  'administer',
  'designate',
  'annual_report',
  'follow_figures',
  'keep_register',
  'audit',
  'manage_records',
  'protect_data',
  'operate',
] as const;
export type Purpose = (typeof purposes)[number];
export const purposeSchema = z.enum(purposes);

/** What a capacity may give as its purpose. The first is what a request means that names none. */
export const purposesOf: Readonly<Record<Role, readonly [Purpose, ...Purpose[]]>> = {
  worker: ['follow_own_request', 'choose_counsellor', 'ask_for_help'],
  anonymous_worker: ['follow_own_request', 'choose_counsellor', 'ask_for_help'],
  counsellor: ['handle_case', 'hear_worker', 'watch_term', 'hand_over', 'refer', 'keep_register', 'manage_records'],
  prevention_adviser: [
    'receive_referral',
    'hear_worker',
    'handle_case',
    'watch_term',
    'hand_over',
    'refer',
    'keep_register',
    'manage_records',
  ],
  participant: ['take_part'],
  head_internal_service: ['annual_report', 'follow_figures'],
  employer: ['follow_figures', 'designate', 'keep_register'],
  committee_member: ['follow_figures', 'designate'],
  administrator: ['administer', 'designate', 'manage_records'],
  records_manager: ['manage_records'],
  data_protection_officer: ['protect_data'],
  auditor: ['audit'],
  platform_operator: ['operate'],
};

/** What a service does on its own has no purpose of a person. */
export const purposeAllowed = (role: ActorKind, purpose: string): purpose is Purpose =>
  role !== 'service' && (purposesOf[role] as readonly string[]).includes(purpose);

/** What a request means that names no purpose. */
export const usualPurposeOf = (role: ActorKind): Purpose => (role === 'service' ? 'operate' : purposesOf[role][0]);

const organisationSchema = z
  .string()
  .regex(ORGANISATION_ID)
  .transform((value) => value as OrganisationId);
const personSchema = z
  .string()
  .regex(LOCAL_ID)
  .transform((value) => value as PersonId);

/** `'all'`, or the sites the capacity is limited to. */
export const sitesSchema = z.union([z.literal('all'), z.array(z.string().regex(LOCAL_ID)).max(2000).readonly()]);
export type Sites = z.infer<typeof sitesSchema>;

/**
 * Who asks: one capacity, chosen by the person and verified by the service (design rule 11). `organisation` is the one
 * acted in. Under a mandate `person` is an entry of `mandate.home`'s directory, else of `organisation`'s.
 */
export const callerSchema = z.strictObject({
  /** `service`: another service by itself; answered where `isService` is asked, and by nothing of the policy. */
  role: actorKindSchema,
  organisation: organisationSchema,
  person: personSchema.exactOptional(),
  pseudonym: z.string().regex(PSEUDONYM),
  capacityId: z.string().regex(LOCAL_ID),
  sites: sitesSchema,
  mandate: z
    .strictObject({
      id: z.string().regex(LOCAL_ID),
      home: organisationSchema,
      from: z.string(),
      to: z.string().exactOptional(),
    })
    .exactOptional(),
  onBehalfOf: z.string().regex(PSEUDONYM).exactOptional(),
  receipt: z.strictObject({ lookupId: z.string().min(1).max(120) }).exactOptional(),
});
export type Caller = z.infer<typeof callerSchema>;
/** A caller in a capacity of a person. */
export type PersonCaller = Caller & { readonly role: Role };

/** The directory in which the caller's person id is to be looked up: equal ids in two directories are two people. */
export const homeOf = (caller: Pick<Caller, 'organisation' | 'mandate'>): OrganisationId =>
  caller.mandate?.home ?? caller.organisation;

/** True when the capacity reaches a site. */
export const coversSite = (sites: Sites, site: string): boolean => sites === 'all' || sites.includes(site);

/** The actor of an envelope: the caller's pseudonym and role; never a person (design §4). */
export const actorOf = (caller: {
  readonly pseudonym: string;
  readonly role: ActorKind;
  readonly onBehalfOf?: string | undefined;
}): { readonly pseudonym: string; readonly capacity: string; readonly onBehalfOf?: string } => ({
  pseudonym: caller.pseudonym,
  capacity: caller.role,
  ...(caller.onBehalfOf === undefined ? {} : { onBehalfOf: caller.onBehalfOf }),
});
