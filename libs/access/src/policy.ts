import { canonicalJson } from '@toeverlaat/values';
import { createHash } from 'node:crypto';
import { roles, type ActorKind, type Role } from './roles.js';

/** What is asked of a record. `create` starts one; `act` is any other command on it. */
export const verbs = ['list', 'open', 'create', 'act', 'take_over', 'ask'] as const;
export type Verb = (typeof verbs)[number];

/** Kinds of record a permission is about; finer than aggregates where the law is. */
export const recordClasses = [
  // directory
  'organisation',
  'site',
  'person',
  'capacity',
  'designation',
  'designation_card',
  'absence',
  'service_contract',
  'mandate',
  // intake
  'request',
  'conversation',
  // case
  'case',
  'handover',
  'advice_contact',
  'personal_note',
  'case_document',
  'attachment',
  'told_item',
  'disclosure',
  'subject_access',
  'third_party_entry',
  // referral
  'referral_sent',
  'referral_received',
  // reporting
  'statutory_figures',
  'released_figures',
  // records
  'access_history',
  'audit_mandate',
  'access_alarm',
  'permissions',
  'retention_rule',
  'kept_record',
  'legal_hold',
  'erasure',
  'departure',
  'proof',
  // the installation itself
  'operation',
] as const;
export type RecordClass = (typeof recordClasses)[number];

/**
 * Published by law at an accessible place (domain.md §4, source [41]): reading a card is not recorded, because a record
 * of it would tell who looked for help.
 */
export const unrecordedClasses: readonly RecordClass[] = ['designation_card'];
export const needsAccessRecord = (recordClass: RecordClass): boolean => !unrecordedClasses.includes(recordClass);

/** What the caller is to the record. */
export const relations = [
  /** The entry is about the caller, or the caller starts a record of their own. */
  'self',
  'applicant',
  'author',
  /** Works the record now. */
  'handler',
  /** Was chosen by the worker and has not recused. */
  'chosen_counsellor',
  /** The second person the worker agreed may be told when time runs short. */
  'backup_named',
  /** Proposed after the handler left; the applicant has not decided. */
  'successor',
  'receiver',
  'sender',
  'participant',
  'same_organisation',
  /** Conflict of interest: beats every other relation (design rule 10). */
  'excluded',
  'none',
] as const;
export type Relation = (typeof relations)[number];

/** What part of a record a scope gives. */
export const fieldGroups = [
  /** State, terms and their dates, pseudonymous ids. */
  'metadata',
  /** Names and functions as the directory holds them, tied to no confidential record. */
  'directory',
  /** What was said and written, who is involved, kind of facts, site, outcome. */
  'content',
  /** The items that were agreed may be told to this very person. */
  'told',
  'figures_exact',
  'figures_suppressed',
  /** Access history, hashes, checkpoints, certificates. */
  'proof',
] as const;
export type FieldGroup = (typeof fieldGroups)[number];

export type Rule = {
  readonly id: string;
  readonly roles: readonly Role[];
  readonly verbs: readonly Verb[];
  readonly recordClasses: readonly RecordClass[];
  readonly relations: readonly Relation[];
  readonly fields: readonly FieldGroup[];
  readonly why: string;
  /** Section of domain.md or design.md, with its own source number where it has one. */
  readonly source: string;
};

const interveners = ['counsellor', 'prevention_adviser'] as const satisfies readonly Role[];
const applicants = ['worker', 'anonymous_worker'] as const satisfies readonly Role[];
const read = ['list', 'open'] as const satisfies readonly Verb[];

/** The whole policy. What no rule gives is denied. */
export const rules = [
  // ── directory ──
  {
    id: 'DIR-CARD',
    roles,
    verbs: read,
    recordClasses: ['designation_card'],
    relations: ['self', 'same_organisation', 'none'],
    fields: ['directory'],
    why: 'The contact details of counsellors are published for everyone who works there.',
    source: 'domain.md §4 [41]',
  },
  {
    id: 'DIR-PLACE',
    roles: roles.filter((role) => role !== 'anonymous_worker' && role !== 'platform_operator'),
    verbs: read,
    recordClasses: ['organisation', 'site'],
    relations: ['same_organisation'],
    fields: ['directory'],
    why: 'Whoever acts for an organisation may see its name and its sites.',
    source: 'design.md §2',
  },
  {
    id: 'DIR-SELF',
    roles: roles.filter((role) => role !== 'anonymous_worker'),
    verbs: read,
    recordClasses: ['person', 'capacity', 'mandate', 'designation'],
    relations: ['self'],
    fields: ['metadata', 'directory'],
    why: 'Everyone may see their own entry and the capacities they hold.',
    source: 'domain.md §5, access to personnel data [7]',
  },
  {
    id: 'DIR-ADMINISTER',
    roles: ['administrator'],
    verbs: ['list', 'open', 'create', 'act'],
    recordClasses: [
      'organisation',
      'site',
      'person',
      'capacity',
      'designation',
      'absence',
      'service_contract',
      'mandate',
    ],
    relations: ['self', 'same_organisation'],
    fields: ['metadata', 'directory'],
    why: 'The administrator keeps the directory of the organisation and has no access to confidential records.',
    source: 'design.md §2',
  },
  {
    id: 'DIR-FIND-PERSON',
    roles: interveners,
    verbs: read,
    recordClasses: ['person'],
    relations: ['same_organisation'],
    fields: ['directory'],
    why: 'Whoever intervenes must be able to name the people involved, so that conflicts of interest are found.',
    source: 'design.md §3 rule 10',
  },
  {
    id: 'DIR-OWN-ABSENCE',
    roles: interveners,
    verbs: ['list', 'open', 'create', 'act'],
    recordClasses: ['absence'],
    relations: ['self'],
    fields: ['metadata', 'directory'],
    why: 'An absence that the counsellor enters stops new requests at the card.',
    source: 'domain.md §2 [6]',
  },
  {
    id: 'DIR-DESIGNATE',
    roles: ['employer'],
    verbs: ['list', 'open', 'create', 'act'],
    recordClasses: ['designation'],
    relations: ['same_organisation'],
    fields: ['metadata', 'directory'],
    why: 'The employer designates counsellors, with prior agreement.',
    source: 'domain.md §4 [1][2]',
  },
  {
    id: 'DIR-AGREE',
    roles: ['committee_member'],
    verbs: ['list', 'open', 'act'],
    recordClasses: ['designation'],
    relations: ['same_organisation'],
    fields: ['metadata', 'directory'],
    why: 'The worker members of the committee agree to a designation beforehand.',
    source: 'domain.md §4 [2]',
  },
  {
    id: 'DIR-OVERSEE',
    roles: ['auditor', 'data_protection_officer', 'records_manager'],
    verbs: read,
    recordClasses: ['permissions', 'designation', 'capacity', 'mandate', 'service_contract'],
    relations: ['same_organisation'],
    fields: ['metadata'],
    why: 'Whoever checks access must see which capacities were held when.',
    source: 'design.md §3 rule 11',
  },

  // ── intake ──
  {
    id: 'INT-ASK',
    roles: applicants,
    verbs: ['create'],
    recordClasses: ['request'],
    relations: ['self'],
    fields: ['metadata', 'content'],
    why: 'Every worker may ask a counsellor for help, named or not.',
    source: 'domain.md §2 [6]',
  },
  {
    id: 'INT-OWN',
    roles: applicants,
    verbs: ['list', 'open', 'act'],
    recordClasses: ['request', 'conversation'],
    relations: ['applicant'],
    fields: ['metadata', 'content'],
    why: 'It is the applicant’s own request and conversation.',
    source: 'domain.md §1 [6]',
  },
  {
    id: 'INT-CHOSEN',
    roles: interveners,
    verbs: ['list', 'open', 'act'],
    recordClasses: ['request', 'conversation'],
    relations: ['chosen_counsellor', 'handler'],
    fields: ['metadata', 'content'],
    why: 'The worker chose this person, who hears them under professional secrecy.',
    source: 'domain.md §1, §2 [6]; Penal Code art. 458',
  },
  {
    id: 'INT-BACKUP',
    roles: interveners,
    verbs: ['list', 'open', 'take_over'],
    recordClasses: ['request'],
    relations: ['backup_named'],
    fields: ['metadata'],
    why: 'The worker agreed that this person is told when the term runs short: the term, not the content.',
    source: 'domain.md §8 scenario 2',
  },

  // ── case ──
  {
    id: 'CASE-START',
    roles: interveners,
    verbs: ['create'],
    recordClasses: ['case', 'advice_contact'],
    relations: ['self', 'chosen_counsellor', 'handler'],
    fields: ['metadata', 'content'],
    why: 'Whoever was contacted opens the file, or records a single advice.',
    source: 'domain.md §2 [5][6]',
  },
  {
    id: 'CASE-HANDLE',
    roles: interveners,
    verbs: ['list', 'open', 'act'],
    recordClasses: ['case', 'advice_contact', 'case_document', 'attachment', 'told_item', 'disclosure'],
    relations: ['handler'],
    fields: ['metadata', 'content'],
    why: 'This person handles the case, under professional secrecy.',
    source: 'domain.md §1; Penal Code art. 458',
  },
  {
    id: 'CASE-ADD',
    roles: interveners,
    verbs: ['create'],
    recordClasses: ['case_document', 'attachment', 'told_item', 'disclosure', 'personal_note'],
    relations: ['handler'],
    fields: ['metadata', 'content'],
    why: 'The handler adds to the file and keeps personal notes beside it.',
    source: 'domain.md §2 [5]',
  },
  {
    id: 'CASE-NOTE',
    roles: interveners,
    verbs: ['list', 'open', 'act'],
    recordClasses: ['personal_note'],
    relations: ['author'],
    fields: ['metadata', 'content'],
    why: 'Personal notes are the author’s alone: neither party, no successor, no later handler.',
    source: 'domain.md §3 [5][7]',
  },
  {
    id: 'CASE-APPLICANT',
    roles: applicants,
    verbs: read,
    recordClasses: ['case'],
    relations: ['applicant'],
    fields: ['metadata', 'told'],
    why: 'The applicant may follow where their case stands; not the notes.',
    source: 'domain.md §1 [5][6][7]',
  },
  {
    id: 'CASE-APPLICANT-DOCUMENT',
    roles: applicants,
    verbs: ['list', 'open', 'act'],
    recordClasses: ['case_document'],
    relations: ['applicant'],
    fields: ['metadata', 'content'],
    why: 'The applicant gets the confirmation of the interview and a copy of what they sign.',
    source: 'domain.md §1 [3][5][6]',
  },
  {
    id: 'CASE-ASK-ACCESS',
    roles: ['worker'],
    verbs: ['create'],
    recordClasses: ['subject_access'],
    relations: ['self'],
    fields: ['metadata'],
    why: 'Everybody may ask a counsellor or an adviser which data are kept about them.',
    source: 'domain.md §5 [7], GDPR art. 15',
  },
  {
    id: 'CASE-OWN-ACCESS',
    roles: ['worker'],
    verbs: ['open'],
    recordClasses: ['subject_access'],
    relations: ['applicant'],
    fields: ['metadata', 'told'],
    why: 'Whoever asked gets the answer that was made for them.',
    source: 'domain.md §5 [7], GDPR art. 12(3) and 15',
  },
  {
    id: 'CASE-ANSWER-ACCESS',
    roles: interveners,
    verbs: ['create'],
    recordClasses: ['subject_access'],
    relations: ['self'],
    fields: ['metadata'],
    why: 'A request that came by letter or in person is registered by the one it was put to.',
    source: 'domain.md §5 [7], GDPR art. 15',
  },
  {
    id: 'CASE-SEARCH-SUBJECT',
    roles: interveners,
    verbs: ['list', 'open', 'act'],
    recordClasses: ['subject_access'],
    relations: ['handler'],
    fields: ['metadata', 'content'],
    why: 'Only the counsellor or the adviser looks for a person in their own files: nobody else may know whether there is one.',
    source: 'domain.md §8 scenario 10; Penal Code art. 458',
  },
  {
    id: 'REGISTER-KEEP',
    roles: interveners,
    verbs: ['list', 'open', 'create', 'act'],
    recordClasses: ['third_party_entry'],
    relations: ['same_organisation'],
    fields: ['metadata', 'content'],
    why: 'The counsellor, or the prevention adviser of the internal service, keeps the register of facts by third parties.',
    source: 'domain.md §3 [8][28]; Codex art. I.3-3',
  },
  {
    id: 'REGISTER-EMPLOYER',
    roles: ['employer'],
    verbs: read,
    recordClasses: ['third_party_entry'],
    relations: ['same_organisation'],
    fields: ['metadata', 'content'],
    why: 'The employer has access to the register, which names a worker only with their consent, and shows it to the inspection.',
    source: 'domain.md §3 [28]; Codex art. I.3-3',
  },
  {
    id: 'CASE-TOLD',
    roles: ['participant'],
    verbs: ['list', 'open', 'act'],
    recordClasses: ['told_item'],
    relations: ['participant'],
    fields: ['told'],
    why: 'A participant in an agreed intervention sees exactly what was agreed may be told to them.',
    source: 'domain.md §1 [3]',
  },
  {
    id: 'CASE-BACKUP',
    roles: interveners,
    verbs: ['list', 'open', 'take_over'],
    recordClasses: ['case'],
    relations: ['backup_named'],
    fields: ['metadata'],
    why: 'The worker agreed that this person is told when the term runs short: the term, not the content.',
    source: 'domain.md §8 scenario 2',
  },
  {
    id: 'CASE-SUCCESSOR',
    roles: interveners,
    verbs: ['list', 'ask'],
    recordClasses: ['case', 'request'],
    relations: ['successor'],
    fields: ['metadata'],
    why: 'A successor may ask the applicant, without content, whether they want to go on; nothing moves before they answer.',
    source: 'domain.md §3, §8 scenario 8',
  },

  {
    id: 'CASE-CONTINUE',
    roles: applicants,
    verbs: ['act'],
    recordClasses: ['handover'],
    relations: ['applicant'],
    fields: ['metadata'],
    why: 'The applicant decides who goes on with their case when its counsellor leaves it.',
    source: 'domain.md §3, §8 scenario 8',
  },
  {
    id: 'CASE-CONTINUE-ENTER',
    roles: interveners,
    verbs: ['act'],
    recordClasses: ['handover'],
    relations: ['handler', 'successor'],
    fields: ['metadata'],
    why: 'The counsellor who leaves the case, or the proposed successor, enters what the applicant answered.',
    source: 'domain.md §3, §8 scenario 8',
  },
  {
    id: 'CASE-APPLICANT-SIGNATURE',
    roles: applicants,
    verbs: ['create'],
    recordClasses: ['attachment'],
    relations: ['applicant'],
    fields: ['metadata'],
    why: 'The applicant signs with something they made, such as a drawing; they put it in and cannot look through the rest.',
    source: 'domain.md §1 [5]; design.md §3 rule 3',
  },

  // ── referral ──
  {
    id: 'REF-SEND',
    roles: interveners,
    verbs: ['list', 'open', 'create', 'act'],
    recordClasses: ['referral_sent'],
    relations: ['handler', 'sender'],
    fields: ['metadata', 'content'],
    why: 'The handler refers with the worker’s consent and answers for what went along.',
    source: 'domain.md §2 [9]',
  },
  {
    id: 'REF-CONSENT',
    roles: applicants,
    verbs: ['list', 'open', 'act'],
    recordClasses: ['referral_sent'],
    relations: ['applicant'],
    fields: ['metadata', 'content'],
    why: 'The applicant consents to, or withdraws, the hand-over of their own records.',
    source: 'domain.md §2, §8 scenario 5',
  },
  {
    id: 'REF-RECEIVE',
    roles: ['prevention_adviser'],
    verbs: ['list', 'open', 'act'],
    recordClasses: ['referral_received'],
    relations: ['receiver'],
    fields: ['metadata', 'content'],
    why: 'The prevention adviser received these documents with the worker’s consent, under professional secrecy.',
    source: 'domain.md §2 [9]',
  },

  // ── reporting ──
  {
    id: 'FIG-STATUTORY',
    roles: ['head_internal_service'],
    verbs: ['list', 'open', 'create', 'act'],
    recordClasses: ['statutory_figures'],
    relations: ['same_organisation'],
    fields: ['figures_exact'],
    why: 'The annual report needs the statutory counts, and nothing of the cases behind them.',
    source: 'domain.md §3 [31]; design.md §7',
  },
  {
    id: 'FIG-RELEASED',
    roles: ['employer', 'committee_member', 'head_internal_service'],
    verbs: read,
    recordClasses: ['released_figures'],
    relations: ['same_organisation'],
    fields: ['figures_suppressed'],
    why: 'Figures of closed periods, with small numbers suppressed.',
    source: 'design.md §7',
  },

  // ── records ──
  {
    id: 'REC-AUDIT',
    roles: ['auditor'],
    verbs: read,
    recordClasses: ['access_history', 'erasure', 'legal_hold', 'retention_rule', 'kept_record', 'proof'],
    relations: ['same_organisation'],
    fields: ['metadata', 'proof'],
    why: 'The auditor checks who looked at what, when and why, without seeing any of it.',
    source: 'domain.md §5; design.md §5',
  },
  {
    id: 'REC-OVERSEE',
    roles: ['records_manager', 'data_protection_officer'],
    verbs: read,
    recordClasses: ['access_history', 'erasure', 'legal_hold', 'retention_rule', 'kept_record', 'proof'],
    relations: ['same_organisation'],
    fields: ['metadata', 'proof'],
    why: 'Retention, destruction and the use of the records, the auditor’s reading included, can be checked.',
    source: 'design.md §2',
  },
  {
    id: 'REC-MANDATE-GIVE',
    roles: ['data_protection_officer'],
    verbs: ['create', 'act'],
    recordClasses: ['audit_mandate'],
    relations: ['same_organisation'],
    fields: ['metadata'],
    why: 'The data protection officer, whom nobody may instruct, decides what an auditor may ask and until when.',
    source: 'GDPR art. 38(3), 39(1)(b); design.md §5',
  },
  {
    id: 'REC-MANDATE-SEE',
    roles: ['auditor', 'records_manager', 'data_protection_officer'],
    verbs: read,
    recordClasses: ['audit_mandate'],
    relations: ['same_organisation'],
    fields: ['metadata'],
    why: 'Under which mandates the access history is read can be checked.',
    source: 'design.md §5',
  },
  {
    id: 'REC-MANDATE-COVERED',
    roles: interveners,
    verbs: ['list'],
    recordClasses: ['audit_mandate'],
    relations: ['self'],
    fields: ['metadata'],
    why: 'Whoever works cases sees every mandate under which their own reading is looked at.',
    source: 'design.md §5; domain.md §5 (A)',
  },
  {
    id: 'REC-ALARM',
    roles: ['auditor', 'data_protection_officer'],
    verbs: ['list', 'open', 'act'],
    recordClasses: ['access_alarm'],
    relations: ['same_organisation'],
    fields: ['metadata'],
    why: 'What is unusual in the access history is for who audits it and who protects the data, never for the employer.',
    source: 'design.md §5; domain.md §5 (A)',
  },
  {
    id: 'REC-ALARM-SELF',
    roles: interveners,
    verbs: ['list'],
    recordClasses: ['access_alarm'],
    relations: ['self'],
    fields: ['metadata'],
    why: 'Whoever an alarm is about is told of it, and of what became of it.',
    source: 'GDPR art. 13, 15; design.md §5',
  },
  {
    id: 'REC-LACK',
    roles: ['auditor', 'records_manager', 'data_protection_officer'],
    verbs: ['ask'],
    recordClasses: ['access_history'],
    relations: ['same_organisation'],
    fields: ['metadata', 'proof'],
    why: 'That somebody had no access to a record one knows of can be stated, with what it takes to check it.',
    source: 'design.md §5',
  },
  {
    id: 'REC-LACK-HANDLER',
    roles: interveners,
    verbs: ['ask'],
    recordClasses: ['access_history'],
    relations: ['handler'],
    fields: ['metadata', 'proof'],
    why: 'The handler of a case can show that somebody, such as a manager, could not read it.',
    source: 'design.md §5',
  },
  {
    id: 'REC-RULES-SEE',
    roles: ['committee_member', 'administrator'],
    verbs: ['list'],
    recordClasses: ['retention_rule'],
    relations: ['same_organisation'],
    fields: ['metadata'],
    why: 'How long records are kept concerns those who keep them, and the committee is informed of each change.',
    source: 'domain.md §5 [4][42]',
  },
  {
    id: 'REC-RULES-JUDGE',
    roles: interveners,
    verbs: read,
    recordClasses: ['retention_rule'],
    relations: ['same_organisation'],
    fields: ['metadata'],
    why: 'Who answers for the files judges a change by what it would destroy: by exact numbers, which others do not see.',
    source: 'domain.md §5 [4]; design.md §7',
  },
  {
    id: 'REC-RULES-SET',
    roles: ['records_manager', 'counsellor', 'prevention_adviser', 'administrator'],
    verbs: ['create', 'act'],
    recordClasses: ['retention_rule'],
    relations: ['same_organisation'],
    fields: ['metadata'],
    why: 'Two people change a rule of retention; which two, the controller of the record class decides.',
    source: 'design.md §2; domain.md §5 [4]',
  },
  {
    id: 'REC-HOLD',
    roles: ['records_manager'],
    verbs: ['create', 'act'],
    recordClasses: ['legal_hold'],
    relations: ['same_organisation'],
    fields: ['metadata'],
    why: 'The records manager stops destruction where an inspection or a court needs the records, without reading them.',
    source: 'domain.md §5',
  },
  {
    id: 'REC-HOLD-WHY',
    roles: ['records_manager', 'data_protection_officer'],
    verbs: ['ask'],
    recordClasses: ['legal_hold'],
    relations: ['same_organisation'],
    fields: ['metadata'],
    why: 'Keeping longer than the rule needs a ground that the data protection officer can judge.',
    source: 'domain.md §5, GDPR art. 5(1)(e)',
  },
  {
    id: 'REC-REPLAY',
    roles: ['records_manager'],
    verbs: ['create'],
    recordClasses: ['kept_record'],
    relations: ['same_organisation'],
    fields: ['metadata'],
    why: 'What another rule would have given is asked before it is proposed; it changes nothing.',
    source: 'design.md §3 rule 12',
  },
  {
    id: 'REC-ERASE',
    roles: ['records_manager', 'data_protection_officer'],
    verbs: ['create', 'act'],
    recordClasses: ['erasure'],
    relations: ['same_organisation'],
    fields: ['metadata', 'proof'],
    why: 'Two people decide that a record is destroyed: one asks for it, another approves it. Neither opens it.',
    source: 'design.md §4',
  },
  {
    id: 'REC-LEAVE',
    roles: ['records_manager', 'counsellor'],
    verbs: ['create', 'act'],
    recordClasses: ['departure'],
    relations: ['same_organisation'],
    fields: ['metadata'],
    why: 'Two people decide that the organisation goes to another host, one of them a counsellor: their files are not the company’s.',
    source: 'design.md §4; Penal Code art. 458',
  },
  {
    id: 'REC-LEAVE-KEY',
    roles: interveners,
    verbs: ['ask'],
    recordClasses: ['departure'],
    relations: ['same_organisation'],
    fields: ['metadata'],
    why: 'Whoever keeps files under professional secrecy may hold their key back; an adviser alone lets the dossiers go.',
    source: 'design.md §4; domain.md §3',
  },
  {
    id: 'REC-LEAVE-SEE',
    roles: ['records_manager', 'data_protection_officer', 'counsellor', 'prevention_adviser'],
    verbs: ['open'],
    recordClasses: ['departure'],
    relations: ['same_organisation'],
    fields: ['metadata'],
    why: 'Those who decide on it, who protect the data and whose files would go see what would go to whom.',
    source: 'design.md §4; GDPR art. 28, 39',
  },
  {
    id: 'OPS-OPERATE',
    roles: ['platform_operator'],
    verbs: read,
    recordClasses: ['operation'],
    relations: ['none', 'same_organisation'],
    fields: ['metadata'],
    why: 'The operator keeps the installation running and sees its health, not its records.',
    source: 'design.md, threat model',
  },
  {
    id: 'OPS-REGISTER',
    roles: ['platform_operator'],
    verbs: ['create'],
    recordClasses: ['organisation'],
    relations: ['none'],
    fields: ['metadata'],
    why: 'The operator lets an organisation in with its first administrator, and does not act in it.',
    source: 'design.md §2',
  },
] as const satisfies readonly Rule[];

export type RuleId = (typeof rules)[number]['id'];

/** A year and a digest of the rules: a changed rule is another version by itself. At most 20 characters (envelope v1). */
export const policyVersion: string = `2026.${createHash('sha256').update(canonicalJson(rules)).digest('hex').slice(0, 10)}`;

export type Asked = {
  /** A `service` may ask; no rule gives it anything. */
  readonly role: ActorKind;
  readonly verb: Verb;
  readonly recordClass: RecordClass;
  readonly relation: Relation;
};
export type AskedMany = Omit<Asked, 'relation'> & { readonly relations: readonly Relation[] };

export type Scope = { readonly fields: readonly FieldGroup[] };

export type AccessDecision =
  | { readonly allowed: true; readonly scope: Scope; readonly rules: readonly RuleId[]; readonly policyVersion: string }
  | { readonly allowed: false; readonly reason: 'excluded' | 'no_rule'; readonly policyVersion: string };

const key = (role: ActorKind, verb: Verb, recordClass: RecordClass, relation: Relation): string =>
  `${role} ${verb} ${recordClass} ${relation}`;

type Granted = { readonly rules: readonly RuleId[]; readonly fields: readonly FieldGroup[] };

const granted: ReadonlyMap<string, Granted> = (() => {
  const table = new Map<string, Granted>();
  for (const rule of rules as readonly (Rule & { readonly id: RuleId })[])
    for (const role of rule.roles)
      for (const verb of rule.verbs)
        for (const recordClass of rule.recordClasses)
          for (const relation of rule.relations) {
            const at = key(role, verb, recordClass, relation);
            const before = table.get(at) ?? { rules: [], fields: [] };
            table.set(at, {
              rules: [...before.rules, rule.id],
              fields: fieldGroups.filter((group) => before.fields.includes(group) || rule.fields.includes(group)),
            });
          }
  return table;
})();

/** May this role do this to such a record, being this to it? Pure; what no rule gives is denied, and exclusion beats all. */
export const decide = ({ role, verb, recordClass, relation }: Asked): AccessDecision =>
  decideAll({ role, verb, recordClass, relations: [relation] });

/** The same for someone who is several things to a record: the scopes add up, one exclusion denies all. */
export const decideAll = ({ role, verb, recordClass, relations: held }: AskedMany): AccessDecision => {
  if (held.includes('excluded')) return { allowed: false, reason: 'excluded', policyVersion };
  const found = held
    .map((relation) => granted.get(key(role, verb, recordClass, relation)))
    .filter((one) => one !== undefined);
  if (found.length === 0) return { allowed: false, reason: 'no_rule', policyVersion };
  return {
    allowed: true,
    scope: { fields: fieldGroups.filter((group) => found.some(({ fields }) => fields.includes(group))) },
    rules: [...new Set(found.flatMap((one) => one.rules))],
    policyVersion,
  };
};

/** True when the decision gives this part of the record. */
export const gives = (decision: AccessDecision, group: FieldGroup): boolean =>
  decision.allowed && decision.scope.fields.includes(group);

export const ruleById = (id: RuleId): Rule => {
  const found = (rules as readonly Rule[]).find((rule) => rule.id === id);
  if (found === undefined) throw new TypeError(`no access rule ${id}`);
  return found;
};

export type Explanation = {
  readonly policyVersion: string;
  readonly allowed: boolean;
  /** Empty when nothing allows it. */
  readonly because: readonly { readonly rule: RuleId; readonly why: string; readonly source: string }[];
  readonly text: string;
};

/**
 * Why may, or may not, X see this (design rule 12). An exclusion is told as any other refusal, for whoever is excluded
 * must not learn that a record about them exists (rule 10).
 */
export const explain = (decision: AccessDecision): Explanation => {
  if (!decision.allowed)
    return { policyVersion: decision.policyVersion, allowed: false, because: [], text: 'No rule allows this.' };
  const because = decision.rules.map((id) => {
    const { why, source } = ruleById(id);
    return { rule: id, why, source };
  });
  return {
    policyVersion: decision.policyVersion,
    allowed: true,
    because,
    text: because.map(({ why }) => why).join(' '),
  };
};
