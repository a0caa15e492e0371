import { source, type Source } from '@toeverlaat/legal';

const own = null;

/** Every rule a decider of this service may refuse with, and where it comes from; null: a rule of procedure of our own. */
export const referralRules = {
  referral_exists: own,
  referral_already_sent: own,
  referral_not_sent: own,
  referral_ended: own,
  referral_already_answered: own,
  receiver_is_sender: own,
  receiver_takes_part: source('Role conflict of an intervening person', 's39'),
  receiver_answers_at_their_desk: own,
  sender_no_longer_handles: own,
  more_only_when_the_worker_picked_it: source(
    "FPS: the prevention adviser's file takes the first-interview document and the informal-type document",
    's9',
  ),
  consent_required: source(
    'Professional secrecy: nothing is handed over without the agreement of the applicant',
    's3',
    's10',
  ),
  consent_to_another_list: own,
  consent_needs_current_wording: own,
  consent_needs_evidence: own,
  consent_evidence_not_in_case: own,
  paper_consent_needs_holder: own,
  physician_needs_written_consent: source(
    'from memory: exchange with the physician needs the written consent of the worker',
  ),
  further_access_ended: own,
} as const satisfies Readonly<Record<string, Source | null>>;

export type ReferralRuleCode = keyof typeof referralRules;
export const referralRuleCodes = Object.keys(referralRules) as readonly ReferralRuleCode[];

/** Words a person can quote; undefined for a rule of our own. */
export const sourceOf = (rule: ReferralRuleCode): string | undefined => referralRules[rule]?.cite;
