import {
  accessRefusal,
  channel,
  disclosureGround,
  informalType,
  kindOfFacts,
  languages,
  bindingLanguages,
  optionExplained,
  otherPartyCapacity,
  outcome,
  referralReceiver,
  riskSource,
  signatureMethod,
  thirdPartyCapacity,
  thirdPartyFact,
  type AccessRefusal,
  type BindingLanguage,
  type Channel,
  type DisclosureGround,
  type InformalType,
  type KindOfFacts,
  type Language,
  type OptionExplained,
  type OtherPartyCapacity,
  type Outcome,
  type ReferralReceiver,
  type RetentionRuleId,
  type RiskSource,
  type SecrecyReferenceId,
  type SignatureMethod,
  type ThirdPartyCapacity,
  type ThirdPartyFact,
} from '@toeverlaat/legal';
import {
  LOCAL_DATE,
  LOCAL_ID,
  ORGANISATION_ID,
  PSEUDONYM,
  UUID,
  VERSION,
  type LocalDate,
  type OrganisationId,
  type PersonId,
} from '@toeverlaat/values';
import { z } from 'zod';

/*
 * The codes of the case service's events. They are storage format: a value may be added, never renamed. What the law
 * names comes from `libs/legal`; what only this service needs stands here, and again in `libs/contracts`, which may not
 * know this folder: a test keeps the two equal.
 */
export {
  accessRefusal,
  bindingLanguages,
  channel,
  disclosureGround,
  informalType,
  kindOfFacts,
  languages,
  optionExplained,
  otherPartyCapacity,
  outcome,
  referralReceiver,
  riskSource,
  signatureMethod,
  thirdPartyCapacity,
  thirdPartyFact,
};
export type {
  AccessRefusal,
  BindingLanguage,
  Channel,
  DisclosureGround,
  InformalType,
  KindOfFacts,
  Language,
  OptionExplained,
  OtherPartyCapacity,
  Outcome,
  ReferralReceiver,
  RiskSource,
  SignatureMethod,
  ThirdPartyCapacity,
  ThirdPartyFact,
};

export const origins = ['accepted_request', 'counsellor'] as const;
export const applicantIdentities = ['account', 'named', 'anonymous'] as const;
/** What a contact was held in: a worker language outside the product's own is `other`. */
export const spokenLanguages = [...languages, 'other'] as const;
export const documentKinds = ['interview_confirmation', 'informal_choice'] as const;
export const paperHolders = ['counsellor', 'applicant', 'both'] as const;
export const copyWays = ['handed_over', 'post', 'secure_message'] as const;
export const participantRoles = [
  'directly_involved',
  'reconciliation_partner',
  'hierarchical_line',
  'witness',
  'support',
] as const;
/** No finer than the rule of retention: a class in the clear must not tell the kind of facts (design rule 6). */
export const retentionClasses = ['informal_case'] as const satisfies readonly RetentionRuleId[];
export const linkKinds = ['same_applicant', 'same_situation', 'claimed_request'] as const;
export const handoverCauses = ['designation_ended', 'recusal'] as const;
export const handoverDecisions = ['successor', 'another', 'close'] as const;
export const recusalReasons = [
  'personal_relation',
  'same_department',
  'involved_in_situation',
  'asked_by_applicant',
  'other',
] as const;
export const exclusionReasons = ['directly_involved', 'conflict_of_interest', 'asked_by_applicant'] as const;
export const attachmentKinds = ['signed_document', 'evidence', 'letter', 'other'] as const;
export const hearingJudgements = ['in_time', 'late', 'explains_missed_term'] as const;
export const missedCauses = ['not_heard', 'entered_late'] as const;

/** How an access request came in. */
export const accessWays = ['account', 'letter', 'email', 'in_person'] as const;
/** What the person who asks is in a file. */
export const accessParts = ['applicant', 'participant'] as const;
export const accessExtensionGrounds = ['complex', 'many_requests'] as const;
/** Kinds of data that no answer ever gives, whether there are any or not. */
export const refusedParts = ['notes', 'third_parties', 'confidences_of_others'] as const;
export const secrecyReferences = ['penal_code_458', 'penal_code_352'] as const satisfies readonly SecrecyReferenceId[];
/** Most files of one counsellor that one search lists. */
export const MAX_FOUND = 500;

/** Who keeps the register of facts by third parties (Codex art. I.3-3). */
export const registerKeepers = ['counsellor', 'prevention_adviser'] as const;
export type RegisterKeeper = (typeof registerKeepers)[number];

export type AccessWay = (typeof accessWays)[number];
export type AccessPart = (typeof accessParts)[number];
export type AccessExtensionGround = (typeof accessExtensionGrounds)[number];
export type RefusedPart = (typeof refusedParts)[number];
export type SecrecyReference = (typeof secrecyReferences)[number];

export type Origin = (typeof origins)[number];
export type ApplicantIdentity = (typeof applicantIdentities)[number];
export type SpokenLanguage = (typeof spokenLanguages)[number];
export type DocumentKind = (typeof documentKinds)[number];
export type PaperHolder = (typeof paperHolders)[number];
export type CopyWay = (typeof copyWays)[number];
export type ParticipantRole = (typeof participantRoles)[number];
export type RetentionClass = (typeof retentionClasses)[number];
export type LinkKind = (typeof linkKinds)[number];
export type HandoverCause = (typeof handoverCauses)[number];
export type HandoverDecision = (typeof handoverDecisions)[number];
export type RecusalReason = (typeof recusalReasons)[number];
export type ExclusionReason = (typeof exclusionReasons)[number];
export type AttachmentKind = (typeof attachmentKinds)[number];
export type HearingJudgement = (typeof hearingJudgements)[number];
export type MissedCause = (typeof missedCauses)[number];

/** A date that exists: `2026-02-30` does not. */
export const dateSchema: z.ZodType<LocalDate> = z
  .string()
  .regex(LOCAL_DATE)
  .refine((value) => {
    const date = new Date(`${value}T00:00:00.000Z`);
    return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
  }, 'not a date');
/** Ids of this service's own making carry no time and no order (design rule 10). */
export const idSchema: z.ZodType<string> = z.string().regex(UUID);
/** A directory entry. Equal ids in two directories are two people: a counsellor may come from an external service. */
export type PersonRef = { readonly organisation: OrganisationId; readonly person: PersonId };
export const personSchema: z.ZodType<PersonRef> = z.strictObject({
  organisation: z.string().regex(ORGANISATION_ID) as z.ZodType<string> as z.ZodType<OrganisationId>,
  person: z.string().regex(LOCAL_ID) as z.ZodType<string> as z.ZodType<PersonId>,
});
export const localIdSchema: z.ZodType<string> = z.string().regex(LOCAL_ID);
export const versionSchema: z.ZodType<string> = z.string().regex(VERSION);
export const pseudonymSchema: z.ZodType<string> = z.string().regex(PSEUDONYM);
export const hashSchema: z.ZodType<string> = z.string().regex(/^[0-9a-f]{64}$/);
export const minutesSchema: z.ZodType<number> = z
  .number()
  .int()
  .min(1)
  .max(24 * 60);

/** Lengths of text, in UTF-16 units. */
export const MAX_NAME = 200;
export const MAX_WORDS = 4000;
export const MAX_NOTE = 16_000;
export const MAX_DOCUMENT = 60_000;
