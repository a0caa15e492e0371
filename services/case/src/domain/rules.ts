import { source, type Source } from '@toeverlaat/legal';

const own = null;

/**
 * Every rule a decider of this service may refuse with, and where it comes from; null: a rule of procedure of our own.
 * The codes are translated at the edge.
 */
export const caseRules = {
  access_answer_needs_search: own,
  access_extension_would_tell: source('Professional secrecy: even that a file exists is secret', 's10', 's15'),
  access_refusal_after_search: own,
  access_request_answered: own,
  access_request_exists: own,
  access_request_to_oneself: own,
  access_term_extended_once: source('GDPR art. 12(3): extended by two further months, once'),
  access_term_over: source('GDPR art. 12(3): an extension is told within one month of receipt'),
  already_signed: own,
  advice_exists: own,
  advice_needs_no_document: source('FPS, informal request: interviews and advice need no document', 's5'),
  applicant_is_participant: own,
  case_closed: own,
  case_exists: own,
  case_linked_to_itself: own,
  closing_needs_outcome: own,
  confirmation_needs_personal_interview: source(
    'FPS: confirmation of a personal interview, when the worker asks for it',
    's6',
    's18',
  ),
  confirmation_not_requested: source(
    'FPS: confirmation of a personal interview, when the worker asks for it',
    's6',
    's18',
  ),
  copy_only_of_signed_document: source('FPS, informal request: the applicant gets a copy of the signed document', 's5'),
  counsellor_is_applicant: source('Role conflict of a counsellor', 's39'),
  document_of_earlier_choice: own,
  document_takes_no_signature: own,
  handler_is_participant: source('Role conflict of a counsellor', 's39'),
  handover_already_decided: own,
  handover_waits_for_applicant: source('No succession rule found: nothing moves before the applicant decides', 's7'),
  hearing_already_held: own,
  informal_type_not_chosen: source('FPS, informal request: the type is chosen by the applicant', 's5'),
  name_needs_consent: source(
    'Register of facts by third parties: the worker is not identified unless they consent (Codex art. I.3-3)',
    's8',
  ),
  no_handover_pending: own,
  no_successor_named: own,
  not_the_chosen_type: source('FPS, informal request: the type is chosen by the applicant', 's5'),
  nothing_before_both_signatures: source(
    'FPS, informal request: the type stands in a document dated and signed by the intervening person and the applicant',
    's5',
  ),
  only_agreed_points_may_be_told: source(
    'Professional secrecy: only what is relevant and agreed reaches the participants',
    's3',
  ),
  own_conflict_is_recusal: own,
  paper_signature_needs_holder: own,
  reconciliation_ended: source('FPS, informal request: reconciliation rests on the agreement of everyone', 's5'),
  reconciliation_needs_every_agreement: source(
    'FPS, informal request: reconciliation rests on the agreement of everyone',
    's5',
  ),
  register_entry_exists: own,
  register_kept_internally: source(
    'Register of facts by third parties: kept by the counsellor, or the prevention adviser of the internal service',
    's8',
  ),
  signature_needs_evidence: own,
  signature_over_another_document: own,
  signed_request_needs_known_name: source(
    'FPS, informal request: a document signed by the applicant needs a name known to the counsellor',
    's5',
  ),
  successor_is_excluded: own,
  successor_is_handler: own,
  tick_is_no_signature: source('FPS, informal request: a document dated and signed', 's5'),
  written_message_is_no_hearing: source('FPS: the worker is heard and informed, by telephone if need be', 's6', 's18'),
} as const satisfies Readonly<Record<string, Source | null>>;

export type CaseRuleCode = keyof typeof caseRules;
export const caseRuleCodes = Object.keys(caseRules) as readonly CaseRuleCode[];

/** Words a person can quote; undefined for a rule of our own. */
export const sourceOf = (rule: CaseRuleCode): string | undefined => caseRules[rule]?.cite;
