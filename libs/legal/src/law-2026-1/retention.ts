import type { Datum } from '../datum.js';
import type { Labels } from '../languages.js';
import { source } from '../sources.js';
import { REFORM_2014, THIS_VERSION } from './dates.js';

export const retentionRuleIds = [
  'informal_case',
  'formal_request',
  'third_party_entry',
  'contact_request_unanswered',
  'personal_notes_of_a_leaver',
  'access_log',
] as const;
export type RetentionRuleId = (typeof retentionRuleIds)[number];

export const retentionStarts = [
  'closed',
  'submitted',
  'statement',
  'last_message',
  'designation_ended',
  'year_end',
] as const;
export type RetentionStart = (typeof retentionStarts)[number];

/** How long a record class is kept, from which fact, and the bounds an organisation may choose within. */
export type Retention = {
  readonly from: RetentionStart;
  readonly unit: 'months' | 'years';
  readonly amount: number;
  readonly min: number;
  readonly max: number;
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
      label: { nl: 'toegangsregister', fr: 'registre des accès', de: 'Zugriffsprotokoll', en: 'access history' },
    },
    source: source('A public Belgian specification asks for at least ten years', 's33'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
];
