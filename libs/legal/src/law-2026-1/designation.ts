import type { Datum } from '../datum.js';
import type { Labels } from '../languages.js';
import { source } from '../sources.js';
import { MANDATORY_2023, REFORM_2014 } from './dates.js';

/** Functions that matter for a designation; a person may hold several. */
export const designationFunctions = [
  'occupational_physician',
  'employer_representative_works_council',
  'worker_representative_works_council',
  'employer_representative_committee',
  'worker_representative_committee',
  'union_delegate',
  'leading_personnel',
  'election_candidate',
  'hr',
  'prevention_adviser',
] as const;
export type DesignationFunction = (typeof designationFunctions)[number];

export type Incompatibility = {
  readonly effect: 'refused' | 'warning';
  /** `staff_only`: the rule does not touch a counsellor from outside the organisation. */
  readonly appliesTo: 'everyone' | 'staff_only';
  readonly label: Labels;
};
export type IncompatibilityDatum = Datum<DesignationFunction, Incompatibility>;

/** The article number is from memory; the pages carry the rule itself. */
const ARTICLE = 'Welfare Act of 4 August 1996, art. 32sexies (number from memory)';

const refusedForStaff = (id: DesignationFunction, label: Labels): IncompatibilityDatum => ({
  id,
  value: { effect: 'refused', appliesTo: 'staff_only', label },
  source: source(ARTICLE, 's36', 's37'),
  status: 'sourced',
  effectiveFrom: REFORM_2014,
});

export const incompatibilities: readonly IncompatibilityDatum[] = [
  {
    id: 'occupational_physician',
    value: {
      effect: 'refused',
      appliesTo: 'everyone',
      label: {
        nl: 'preventieadviseur-arbeidsarts',
        fr: 'conseiller en prévention-médecin du travail',
        de: 'Gefahrenverhütungsberater-Arbeitsarzt',
        en: 'occupational physician',
      },
    },
    source: source(ARTICLE, 's36', 's37'),
    status: 'sourced',
    effectiveFrom: REFORM_2014,
  },
  refusedForStaff('employer_representative_works_council', {
    nl: 'werkgeversvertegenwoordiger in de ondernemingsraad',
    fr: "représentant de l'employeur au conseil d'entreprise",
    de: 'Arbeitgebervertreter im Betriebsrat',
    en: 'employer representative in the works council',
  }),
  refusedForStaff('worker_representative_works_council', {
    nl: 'werknemersvertegenwoordiger in de ondernemingsraad',
    fr: "représentant des travailleurs au conseil d'entreprise",
    de: 'Arbeitnehmervertreter im Betriebsrat',
    en: 'worker representative in the works council',
  }),
  refusedForStaff('employer_representative_committee', {
    nl: 'werkgeversvertegenwoordiger in het CPBW',
    fr: "représentant de l'employeur au CPPT",
    de: 'Arbeitgebervertreter im Ausschuss für Gefahrenverhütung und Schutz',
    en: 'employer representative in the committee',
  }),
  refusedForStaff('worker_representative_committee', {
    nl: 'werknemersvertegenwoordiger in het CPBW',
    fr: 'représentant des travailleurs au CPPT',
    de: 'Arbeitnehmervertreter im Ausschuss für Gefahrenverhütung und Schutz',
    en: 'worker representative in the committee',
  }),
  refusedForStaff('union_delegate', {
    nl: 'vakbondsafgevaardigde',
    fr: 'délégué syndical',
    de: 'Gewerkschaftsvertreter',
    en: 'union delegate',
  }),
  refusedForStaff('leading_personnel', {
    nl: 'leidinggevend personeel (dagelijks bestuur en wie er rechtstreeks onder staat met zulke taken)',
    fr: 'personnel de direction (gestion journalière et subordonnés directs avec de telles tâches)',
    de: 'leitendes Personal (tägliche Geschäftsführung und direkt Unterstellte mit solchen Aufgaben)',
    en: 'leading personnel (daily management and direct subordinates with such tasks)',
  }),
  {
    id: 'election_candidate',
    value: {
      effect: 'warning',
      appliesTo: 'staff_only',
      label: {
        nl: 'kandidaat bij de sociale verkiezingen',
        fr: 'candidat aux élections sociales',
        de: 'Kandidat bei den Sozialwahlen',
        en: 'candidate in the social elections',
      },
    },
    source: source('One law firm adds election candidates; other pages do not', 's38'),
    status: 'sourced',
    effectiveFrom: MANDATORY_2023,
  },
  {
    id: 'hr',
    value: {
      effect: 'warning',
      appliesTo: 'everyone',
      label: {
        nl: 'personeelsdienst: toegelaten, maar risico op rolconflict',
        fr: 'ressources humaines : permis, mais risque de conflit de rôles',
        de: 'Personaldienst: erlaubt, aber Gefahr eines Rollenkonflikts',
        en: 'human resources: allowed, with a risk of role conflict',
      },
    },
    source: source('Public guidance: legal, role-conflict risk', 's39'),
    status: 'sourced',
    effectiveFrom: REFORM_2014,
  },
  {
    id: 'prevention_adviser',
    value: {
      effect: 'warning',
      appliesTo: 'everyone',
      label: {
        nl: 'preventieadviseur: toegelaten, maar risico op rolconflict',
        fr: 'conseiller en prévention : permis, mais risque de conflit de rôles',
        de: 'Gefahrenverhütungsberater: erlaubt, aber Gefahr eines Rollenkonflikts',
        en: 'prevention adviser: allowed, with a risk of role conflict',
      },
    },
    source: source('Public guidance: legal, role-conflict risk', 's39'),
    status: 'sourced',
    effectiveFrom: REFORM_2014,
  },
];

/** Rules about how many and with whose agreement; the numbers are in the settings. */
export const designationRules = {
  mandatory: {
    id: 'mandatory',
    value: 'from 50 workers (heads, legal entity); below, on request of all union delegates or all workers',
    source: source('FPS Employment', 's1', 's2', 's34'),
    status: 'sourced',
    effectiveFrom: MANDATORY_2023,
  },
  internal: {
    id: 'internal',
    value: 'at least one counsellor is staff from 50 workers, or from 20 with an external prevention adviser',
    source: source('FPS Employment', 's1'),
    status: 'sourced',
    effectiveFrom: MANDATORY_2023,
  },
  agreement: {
    id: 'agreement',
    value: 'prior agreement of all worker members of the committee, else of the union delegation, else of the workers',
    source: source('Public guidance', 's2'),
    status: 'sourced',
    effectiveFrom: MANDATORY_2023,
  },
  removal: {
    id: 'removal',
    value: 'removal needs the same prior agreement',
    source: source('from memory'),
    status: 'from-memory',
    effectiveFrom: REFORM_2014,
  },
} as const satisfies Readonly<Record<string, Datum<string, string>>>;
export type DesignationRuleId = keyof typeof designationRules;
