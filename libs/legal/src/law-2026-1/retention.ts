import type { Datum } from '../datum.js';
import type { Labels } from '../languages.js';
import { source } from '../sources.js';
import { REFORM_2014, THIS_VERSION } from './dates.js';

/** What is kept under one rule: the record classes of retention. */
export const retentionRuleIds = [
  'informal_case',
  'formal_request',
  'third_party_entry',
  'advice_contact',
  'contact_request',
  'contact_request_unanswered',
  'receipt',
  'referral_sent',
  'referral_received',
  'personal_notes_of_a_leaver',
  'directory_entry',
  'access_log',
  'access_alarm',
  'audit_mandate',
  'legal_hold',
  'departure',
  'erasure_certificate',
  'subject_access',
] as const;
export type RetentionRuleId = (typeof retentionRuleIds)[number];

export const retentionStarts = [
  'closed',
  'submitted',
  'statement',
  'last_message',
  'designation_ended',
  'year_end',
  'recorded',
  'ended',
  'contract_ended',
] as const;
export type RetentionStart = (typeof retentionStarts)[number];

/**
 * What is done with a record at the end. `destroy`: its key is destroyed and nothing is counted of it. `keep_counts`: its
 * key is destroyed, what was counted of it before stays (design §7). `transfer`: it goes to the controller whom the law
 * names next.
 */
export const retentionActions = ['destroy', 'keep_counts', 'transfer'] as const;
export type RetentionAction = (typeof retentionActions)[number];

/**
 * Who decides on the term within the law's bounds: the counsellors, for what stands under their secrecy; the prevention
 * advisers' service alone, for its dossiers; the organisation, for what it keeps itself.
 */
export const retentionControllers = ['counsellor', 'adviser', 'organisation'] as const;
export type RetentionController = (typeof retentionControllers)[number];

/** How long a record class is kept, from which fact, and the bounds an organisation may choose within. */
export type Retention = {
  readonly from: RetentionStart;
  readonly unit: 'months' | 'years';
  readonly amount: number;
  readonly min: number;
  readonly max: number;
  readonly action: RetentionAction;
  /** Among which the controller may choose; the first is not preferred over the others. */
  readonly actions: readonly RetentionAction[];
  readonly controller: RetentionController;
  /** May be kept without an end, with a motive and a day on which that is looked at again. */
  readonly neverAllowed: boolean;
  readonly label: Labels;
};
export type RetentionDatum = Datum<RetentionRuleId, Retention>;

export const retentionRules: readonly RetentionDatum[] = [
  {
    id: 'informal_case',
    value: {
      from: 'closed',
      unit: 'years',
      amount: 10,
      min: 5,
      max: 20,
      action: 'keep_counts',
      actions: ['keep_counts', 'destroy'],
      controller: 'counsellor',
      neverAllowed: false,
      label: { nl: 'informeel dossier', fr: 'dossier informel', de: 'informelle Akte', en: 'informal case' },
    },
    source: source('No law sets a period; own choice within the 5 to 20 years experts name', 's4', 's42'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
  {
    id: 'formal_request',
    value: {
      from: 'submitted',
      unit: 'years',
      amount: 20,
      min: 20,
      max: 20,
      action: 'keep_counts',
      actions: ['keep_counts', 'destroy', 'transfer'],
      controller: 'adviser',
      neverAllowed: false,
      label: {
        nl: 'individueel dossier van de PAPA',
        fr: 'dossier individuel du CPAP',
        de: 'individuelle Akte des Gefahrenverhütungsberaters',
        en: "prevention adviser's individual file",
      },
    },
    source: source('Twenty years; that they run from submission is from memory', 's4'),
    status: 'from-memory',
    effectiveFrom: REFORM_2014,
  },
  {
    id: 'third_party_entry',
    value: {
      from: 'statement',
      unit: 'years',
      amount: 5,
      min: 5,
      max: 5,
      action: 'keep_counts',
      actions: ['keep_counts', 'destroy'],
      controller: 'organisation',
      neverAllowed: false,
      label: {
        nl: 'register van feiten van derden',
        fr: 'registre de faits de tiers',
        de: 'Register der Taten Dritter',
        en: 'third-party register',
      },
    },
    source: source('Five years from the statement', 's28'),
    status: 'sourced',
    effectiveFrom: REFORM_2014,
  },
  {
    id: 'contact_request_unanswered',
    value: {
      from: 'last_message',
      unit: 'months',
      amount: 12,
      min: 3,
      max: 60,
      action: 'destroy',
      actions: ['destroy'],
      controller: 'counsellor',
      neverAllowed: false,
      label: {
        nl: 'contactvraag zonder vervolg',
        fr: 'demande de contact sans suite',
        de: 'Kontaktanfrage ohne Folge',
        en: 'contact request that led to no case',
      },
    },
    source: source('own choice'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
  {
    id: 'personal_notes_of_a_leaver',
    value: {
      from: 'designation_ended',
      unit: 'months',
      amount: 3,
      min: 1,
      max: 12,
      action: 'destroy',
      actions: ['destroy'],
      controller: 'counsellor',
      neverAllowed: false,
      label: {
        nl: 'persoonlijke notities van een vertrekkende vertrouwenspersoon',
        fr: "notes personnelles d'une personne de confiance qui part",
        de: 'persönliche Notizen einer ausscheidenden Vertrauensperson',
        en: "a leaving counsellor's personal notes",
      },
    },
    source: source('No succession rule found: not transferred by default; own choice'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
  {
    id: 'access_log',
    value: {
      from: 'year_end',
      unit: 'years',
      amount: 10,
      min: 10,
      max: 20,
      action: 'destroy',
      actions: ['destroy'],
      controller: 'organisation',
      neverAllowed: false,
      label: { nl: 'toegangsregister', fr: 'registre des accès', de: 'Zugriffsprotokoll', en: 'access history' },
    },
    source: source('A public Belgian specification asks for at least ten years', 's33'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
  {
    id: 'access_alarm',
    value: {
      from: 'year_end',
      unit: 'years',
      amount: 10,
      min: 10,
      max: 20,
      action: 'destroy',
      actions: ['destroy'],
      controller: 'organisation',
      neverAllowed: false,
      label: {
        nl: 'alarm over inzage',
        fr: 'alerte sur des accès',
        de: 'Alarm über Zugriffe',
        en: 'alarm about access',
      },
    },
    source: source('No law sets a period; as the access history that it was raised from', 's33'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
  {
    id: 'audit_mandate',
    value: {
      from: 'ended',
      unit: 'years',
      amount: 10,
      min: 10,
      max: 20,
      action: 'destroy',
      actions: ['destroy'],
      controller: 'organisation',
      neverAllowed: false,
      label: {
        nl: 'mandaat om het toegangsregister in te zien',
        fr: "mandat pour consulter l'historique des accès",
        de: 'Auftrag zur Einsicht in das Zugriffsprotokoll',
        en: 'mandate to look at the access history',
      },
    },
    source: source('No law sets a period; as the access history that it opened', 's33'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
  {
    id: 'legal_hold',
    value: {
      from: 'ended',
      unit: 'years',
      amount: 5,
      min: 1,
      max: 10,
      action: 'destroy',
      actions: ['destroy'],
      controller: 'organisation',
      neverAllowed: false,
      label: {
        nl: 'opgeheven bewaarbevel',
        fr: 'gel levé',
        de: 'aufgehobene Löschsperre',
        en: 'legal hold that was lifted',
      },
    },
    source: source(
      'No law sets a period; GDPR art. 5(2): as long as keeping records beyond their term may have to be accounted for',
    ),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
  {
    id: 'departure',
    value: {
      from: 'ended',
      unit: 'years',
      amount: 20,
      min: 5,
      max: 20,
      action: 'destroy',
      actions: ['destroy'],
      controller: 'organisation',
      neverAllowed: false,
      label: {
        nl: 'vertrek naar een andere host',
        fr: 'départ vers un autre hébergeur',
        de: 'Weggang zu einem anderen Anbieter',
        en: 'departure to another host',
      },
    },
    source: source(
      'No law sets a period; GDPR art. 5(2): to whom files went and on which ground may have to be said as long as the longest of them is kept',
    ),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
  {
    id: 'advice_contact',
    value: {
      from: 'recorded',
      unit: 'years',
      amount: 10,
      min: 5,
      max: 20,
      action: 'keep_counts',
      actions: ['keep_counts', 'destroy'],
      controller: 'counsellor',
      neverAllowed: false,
      label: {
        nl: 'eenmalig advies',
        fr: 'conseil ponctuel',
        de: 'einmaliger Rat',
        en: 'single advice',
      },
    },
    source: source('No law sets a period; as the informal file', 's4', 's42'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
  {
    id: 'contact_request',
    value: {
      from: 'closed',
      unit: 'years',
      amount: 10,
      min: 5,
      max: 20,
      action: 'keep_counts',
      actions: ['keep_counts', 'destroy'],
      controller: 'counsellor',
      neverAllowed: false,
      label: {
        nl: 'contactvraag die tot een casus leidde',
        fr: 'demande de contact qui a mené à un dossier',
        de: 'Kontaktanfrage, aus der ein Fall wurde',
        en: 'contact request that led to a case',
      },
    },
    source: source('No law sets a period; as the informal file it led to', 's4', 's42'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
  {
    id: 'receipt',
    value: {
      from: 'closed',
      unit: 'months',
      amount: 12,
      min: 3,
      max: 60,
      action: 'destroy',
      actions: ['destroy'],
      controller: 'counsellor',
      neverAllowed: false,
      label: {
        nl: 'ontvangstbewijs',
        fr: 'accusé de réception',
        de: 'Empfangsbestätigung',
        en: 'receipt',
      },
    },
    source: source('own choice'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
  {
    id: 'referral_sent',
    value: {
      from: 'ended',
      unit: 'years',
      amount: 10,
      min: 5,
      max: 20,
      action: 'destroy',
      actions: ['destroy'],
      controller: 'counsellor',
      neverAllowed: false,
      label: {
        nl: 'doorverwijzing, kant van de verzender',
        fr: 'orientation, côté de celui qui oriente',
        de: 'Weiterverweisung, Seite des Absenders',
        en: 'referral, sender’s side',
      },
    },
    source: source('No law sets a period; as the informal file it left', 's4', 's42'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
  {
    id: 'referral_received',
    value: {
      from: 'ended',
      unit: 'years',
      amount: 20,
      min: 20,
      max: 20,
      action: 'destroy',
      actions: ['destroy', 'transfer'],
      controller: 'adviser',
      neverAllowed: false,
      label: {
        nl: 'doorverwijzing, kant van de ontvanger',
        fr: 'orientation, côté de celui qui reçoit',
        de: 'Weiterverweisung, Seite des Empfängers',
        en: 'referral, receiver’s side',
      },
    },
    source: source(
      'The two documents that go along are part of the individual file: twenty years; that they run from the answer is our reading',
      's4',
      's9',
    ),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
  {
    id: 'directory_entry',
    value: {
      from: 'contract_ended',
      unit: 'years',
      amount: 5,
      min: 1,
      max: 10,
      action: 'destroy',
      actions: ['destroy'],
      controller: 'organisation',
      neverAllowed: false,
      label: {
        nl: 'gegevens van wie er niet meer werkt',
        fr: 'données de qui n’y travaille plus',
        de: 'Daten von Personen, die nicht mehr dort arbeiten',
        en: 'entry of somebody who no longer works there',
      },
    },
    source: source('own choice'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
  {
    id: 'erasure_certificate',
    value: {
      from: 'recorded',
      unit: 'years',
      amount: 20,
      min: 20,
      max: 100,
      action: 'destroy',
      actions: ['destroy'],
      controller: 'organisation',
      neverAllowed: true,
      label: {
        nl: 'bewijs van vernietiging',
        fr: 'certificat d’effacement',
        de: 'Löschbescheinigung',
        en: 'certificate of erasure',
      },
    },
    source: source('The only proof that a record was destroyed: as long as the longest record at least; own choice'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
  {
    id: 'subject_access',
    value: {
      from: 'closed',
      unit: 'years',
      amount: 5,
      min: 1,
      max: 10,
      action: 'destroy',
      actions: ['destroy'],
      controller: 'counsellor',
      neverAllowed: false,
      label: {
        nl: 'verzoek om inzage',
        fr: "demande d'accès",
        de: 'Auskunftsantrag',
        en: 'access request',
      },
    },
    source: source('No law sets a period; GDPR art. 5(2): as long as the answer may have to be accounted for'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
];

/**
 * Days within which what fell due must be destroyed, transferred or held. Later is overdue, which is an alarm. No rule
 * names a period; the work of two people fits in it.
 */
export const destructionTerm: Datum<'destruction_term', number> = {
  id: 'destruction_term',
  value: 30,
  source: source('own choice'),
  status: 'own-analysis',
  effectiveFrom: THIS_VERSION,
};
