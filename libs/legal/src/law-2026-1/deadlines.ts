import type { Datum } from '../datum.js';
import type { Labels } from '../languages.js';
import { source } from '../sources.js';
import { GDPR_APPLIES, REFORM_2014, THIS_VERSION } from './dates.js';

export const deadlineIds = [
  'hearing',
  'mandatory_interview',
  'acceptance_decision',
  'registered_letter_received',
  'collective_decision',
  'collective_decision_with_analysis',
  'advice',
  'advice_extended',
  'employer_measures',
  'employer_decision',
  'union_objection',
  'training',
  'supervision',
  'referral_acceptance',
  'referral_expiry',
  'access_answer',
  'access_answer_extended',
  'access_answer_handed_out',
] as const;
export type DeadlineId = (typeof deadlineIds)[number];

export const termUnits = ['calendar_days', 'working_days', 'months', 'years'] as const;
export type TermUnit = (typeof termUnits)[number];

/** A term: so many units after a starting fact; the first day is not counted, the last one is. */
export type Term = {
  readonly unit: TermUnit;
  readonly amount: number;
  /** `latest`: the last day to act. `happens_on`: on that day it is so by itself. */
  readonly means: 'latest' | 'happens_on';
  /** What must be done in time, or what is so on the day. */
  readonly label: Labels;
  /** The fact the term runs from. */
  readonly startsAt: Labels;
};
export type DeadlineDatum = Datum<DeadlineId, Term>;

const adviceStart: Labels = {
  nl: 'de aanvaarding van het verzoek',
  fr: "l'acceptation de la demande",
  de: 'der Annahme des Antrags',
  en: 'acceptance of the request',
};
const adviceGiven: Labels = { nl: 'het advies', fr: "l'avis", de: 'der Stellungnahme', en: 'the advice' };
const requestReceived: Labels = {
  nl: 'de ontvangst van het verzoek',
  fr: 'la réception de la demande',
  de: 'dem Empfang des Antrags',
  en: 'receipt of the request',
};
const designated: Labels = { nl: 'de aanstelling', fr: 'la désignation', de: 'der Bestellung', en: 'designation' };
const referralSent: Labels = {
  nl: 'de doorverwijzing',
  fr: "l'orientation",
  de: 'der Weiterverweisung',
  en: 'the referral',
};
const accessRequested: Labels = {
  nl: 'de ontvangst van het verzoek om inzage',
  fr: "la réception de la demande d'accès",
  de: 'dem Eingang des Auskunftsantrags',
  en: 'receipt of the access request',
};
const collectiveStart: Labels = {
  nl: 'de schriftelijke mededeling aan de werkgever',
  fr: "l'information écrite de l'employeur",
  de: 'der schriftlichen Mitteilung an den Arbeitgeber',
  en: 'the written notice to the employer',
};

export const deadlines: readonly DeadlineDatum[] = [
  {
    id: 'hearing',
    value: {
      unit: 'calendar_days',
      amount: 10,
      means: 'latest',
      label: {
        nl: 'horen en informeren',
        fr: 'entendre et informer',
        de: 'Anhörung und Information',
        en: 'hear and inform',
      },
      startsAt: { nl: 'het eerste contact', fr: 'le premier contact', de: 'dem Erstkontakt', en: 'the first contact' },
    },
    source: source('FPS Employment: first contact and information', 's6', 's18'),
    status: 'sourced',
    effectiveFrom: REFORM_2014,
  },
  {
    id: 'mandatory_interview',
    value: {
      unit: 'calendar_days',
      amount: 10,
      means: 'latest',
      label: {
        nl: 'verplicht persoonlijk onderhoud met de PAPA',
        fr: 'entretien personnel obligatoire avec le CPAP',
        de: 'persönliches Pflichtgespräch mit dem Gefahrenverhütungsberater',
        en: 'mandatory personal interview with the prevention adviser',
      },
      startsAt: {
        nl: 'de dag waarop de wens is geuit een verzoek in te dienen',
        fr: "le jour où la volonté d'introduire une demande est exprimée",
        de: 'dem Tag, an dem der Wunsch nach einem Antrag geäußert wurde',
        en: 'the day the wish to file a request was stated',
      },
    },
    source: source('FPS Employment: the mandatory personal interview', 's19'),
    status: 'sourced',
    effectiveFrom: REFORM_2014,
  },
  {
    id: 'acceptance_decision',
    value: {
      unit: 'calendar_days',
      amount: 10,
      means: 'latest',
      label: {
        nl: 'aanvaarden of weigeren van het verzoek (stilzwijgen is aanvaarding)',
        fr: 'accepter ou refuser la demande (le silence vaut acceptation)',
        de: 'Annahme oder Ablehnung des Antrags (Schweigen gilt als Annahme)',
        en: 'accept or refuse the request (silence is acceptance)',
      },
      startsAt: requestReceived,
    },
    source: source('FPS Employment: acceptance or refusal; the number of days is from memory', 's21', 's22'),
    status: 'from-memory',
    effectiveFrom: REFORM_2014,
  },
  {
    id: 'registered_letter_received',
    value: {
      unit: 'working_days',
      amount: 3,
      means: 'happens_on',
      label: {
        nl: 'aangetekende brief geacht ontvangen',
        fr: 'lettre recommandée réputée reçue',
        de: 'Einschreiben gilt als empfangen',
        en: 'registered letter deemed received',
      },
      startsAt: { nl: 'de afgifte bij de post', fr: 'le dépôt à la poste', de: 'der Aufgabe zur Post', en: 'posting' },
    },
    source: source('FPS Employment: filing the request', 's20'),
    status: 'sourced',
    effectiveFrom: REFORM_2014,
    note: 'Monday to Friday without legal holidays; that a Saturday does not count is our own reading.',
  },
  {
    id: 'collective_decision',
    value: {
      unit: 'months',
      amount: 3,
      means: 'latest',
      label: {
        nl: 'beslissing van de werkgever over een collectief verzoek',
        fr: "décision de l'employeur sur une demande collective",
        de: 'Entscheidung des Arbeitgebers über einen kollektiven Antrag',
        en: "employer's decision on a collective request",
      },
      startsAt: collectiveStart,
    },
    source: source('FPS Employment: mainly collective request; the three months are from memory', 's12'),
    status: 'from-memory',
    effectiveFrom: REFORM_2014,
  },
  {
    id: 'collective_decision_with_analysis',
    value: {
      unit: 'months',
      amount: 6,
      means: 'latest',
      label: {
        nl: 'beslissing van de werkgever over een collectief verzoek, met risicoanalyse',
        fr: "décision de l'employeur sur une demande collective, avec analyse des risques",
        de: 'Entscheidung des Arbeitgebers über einen kollektiven Antrag, mit Risikoanalyse',
        en: "employer's decision on a collective request, with a risk analysis",
      },
      startsAt: collectiveStart,
    },
    source: source('FPS Employment: mainly collective request; the six months are from memory', 's12'),
    status: 'from-memory',
    effectiveFrom: REFORM_2014,
  },
  {
    id: 'advice',
    value: {
      unit: 'months',
      amount: 3,
      means: 'latest',
      label: { nl: 'advies van de PAPA', fr: 'avis du CPAP', de: 'Stellungnahme', en: "prevention adviser's advice" },
      startsAt: adviceStart,
    },
    source: source('FPS Employment: individual request and its file; the three months are from memory', 's9'),
    status: 'from-memory',
    effectiveFrom: REFORM_2014,
  },
  {
    id: 'advice_extended',
    value: {
      unit: 'months',
      amount: 6,
      means: 'latest',
      label: {
        nl: 'advies van de PAPA, met de langst mogelijke gemotiveerde verlenging (3 + 3 maanden)',
        fr: 'avis du CPAP, avec la plus longue prolongation motivée (3 + 3 mois)',
        de: 'Stellungnahme, mit der längsten begründeten Verlängerung (3 + 3 Monate)',
        en: "prevention adviser's advice, with the longest reasoned extension (3 + 3 months)",
      },
      startsAt: adviceStart,
    },
    source: source('FPS Employment: the extension document is in the file; its length is from memory', 's9'),
    status: 'from-memory',
    effectiveFrom: REFORM_2014,
  },
  {
    id: 'employer_measures',
    value: {
      unit: 'months',
      amount: 1,
      means: 'latest',
      label: {
        nl: 'mededeling van de individuele maatregelen door de werkgever',
        fr: "communication des mesures individuelles par l'employeur",
        de: 'Mitteilung der individuellen Maßnahmen durch den Arbeitgeber',
        en: 'employer announces individual measures',
      },
      startsAt: adviceGiven,
    },
    source: source('from memory: one month after the advice'),
    status: 'from-memory',
    effectiveFrom: REFORM_2014,
  },
  {
    id: 'employer_decision',
    value: {
      unit: 'months',
      amount: 2,
      means: 'latest',
      label: {
        nl: 'gemotiveerde schriftelijke beslissing van de werkgever',
        fr: "décision écrite et motivée de l'employeur",
        de: 'begründete schriftliche Entscheidung des Arbeitgebers',
        en: "employer's reasoned written decision",
      },
      startsAt: adviceGiven,
    },
    source: source('from memory: two months after the advice'),
    status: 'from-memory',
    effectiveFrom: REFORM_2014,
  },
  {
    id: 'union_objection',
    value: {
      unit: 'calendar_days',
      amount: 15,
      means: 'latest',
      label: {
        nl: 'opmerkingen van de werknemers bij de aanstelling',
        fr: 'observations des travailleurs sur la désignation',
        de: 'Bemerkungen der Arbeitnehmer zur Bestellung',
        en: "workers' comments on the designation",
      },
      startsAt: {
        nl: 'de aanplakking van het bericht',
        fr: "l'affichage de l'avis",
        de: 'dem Aushang der Mitteilung',
        en: 'posting of the notice',
      },
    },
    source: source('FPS Employment: status of the prevention stakeholders (page older than 2023)', 's35'),
    status: 'sourced',
    effectiveFrom: REFORM_2014,
    note: 'Applies where there is neither a committee nor a union delegation. Calendar days is our reading.',
  },
  {
    id: 'training',
    value: {
      unit: 'years',
      amount: 2,
      means: 'latest',
      label: {
        nl: 'basisopleiding van 30 uur',
        fr: 'formation de base de 30 heures',
        de: 'Grundausbildung von 30 Stunden',
        en: 'basic training of 30 hours',
      },
      startsAt: designated,
    },
    source: source('Public guidance: at least 30 hours (5 days) within two years of designation', 's40', 's0'),
    status: 'sourced',
    effectiveFrom: '2023-12-01',
  },
  {
    id: 'supervision',
    value: {
      unit: 'years',
      amount: 1,
      means: 'latest',
      label: {
        nl: 'jaarlijkse supervisie',
        fr: 'supervision annuelle',
        de: 'jährliche Supervision',
        en: 'yearly supervision',
      },
      startsAt: {
        nl: 'de aanstelling of de vorige supervisie',
        fr: 'la désignation ou la supervision précédente',
        de: 'der Bestellung oder der vorigen Supervision',
        en: 'designation or the previous supervision',
      },
    },
    source: source('Liantis names supervision; that it is yearly is from memory', 's0'),
    status: 'from-memory',
    effectiveFrom: REFORM_2014,
  },
  {
    id: 'referral_acceptance',
    value: {
      unit: 'calendar_days',
      amount: 10,
      means: 'latest',
      label: {
        nl: 'antwoord op de doorverwijzing',
        fr: "réponse à l'orientation",
        de: 'Antwort auf die Weiterverweisung',
        en: 'answer to the referral',
      },
      startsAt: referralSent,
    },
    source: source('own choice, modelled on the hearing term'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
  {
    id: 'referral_expiry',
    value: {
      unit: 'calendar_days',
      amount: 14,
      means: 'happens_on',
      label: {
        nl: 'vervallen van een onbeantwoorde doorverwijzing',
        fr: "expiration d'une orientation restée sans réponse",
        de: 'Verfall einer unbeantworteten Weiterverweisung',
        en: 'expiry of an unanswered referral',
      },
      startsAt: referralSent,
    },
    source: source('own choice: a few days after the term for an answer'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
  {
    id: 'access_answer',
    value: {
      unit: 'months',
      amount: 1,
      means: 'latest',
      label: {
        nl: 'antwoord op het verzoek om inzage',
        fr: "réponse à la demande d'accès",
        de: 'Antwort auf den Auskunftsantrag',
        en: 'answer to the access request',
      },
      startsAt: accessRequested,
    },
    source: source('GDPR art. 12(3): within one month of receipt', 's7'),
    status: 'sourced',
    effectiveFrom: GDPR_APPLIES,
  },
  {
    id: 'access_answer_extended',
    value: {
      unit: 'months',
      amount: 3,
      means: 'latest',
      label: {
        nl: 'antwoord op het verzoek om inzage, verlengd',
        fr: "réponse à la demande d'accès, délai prolongé",
        de: 'Antwort auf den Auskunftsantrag, verlängert',
        en: 'answer to the access request, extended',
      },
      startsAt: accessRequested,
    },
    source: source('GDPR art. 12(3): one month, and two further months where necessary', 's7'),
    status: 'sourced',
    effectiveFrom: GDPR_APPLIES,
  },
  {
    id: 'access_answer_handed_out',
    value: {
      unit: 'calendar_days',
      amount: 21,
      means: 'happens_on',
      label: {
        nl: 'dag waarop een antwoord op een verzoek om inzage wordt meegedeeld',
        fr: "jour où la réponse à une demande d'accès est communiquée",
        de: 'Tag, an dem die Antwort auf einen Auskunftsantrag mitgeteilt wird',
        en: 'day on which an answer to an access request is handed out',
      },
      startsAt: accessRequested,
    },
    source: source('own choice: one day for every answer, so that its moment does not tell whether a file exists'),
    status: 'own-analysis',
    effectiveFrom: THIS_VERSION,
  },
];
