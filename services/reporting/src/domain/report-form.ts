import { source, thirdPartyFact, type DataStatus, type Labels, type Source } from '@toeverlaat/legal';
import { codesOf, countedFunctions, formalKinds, type CountedFunction } from './vocabulary.js';
import type { Counts } from './tables.js';

/*
 * The fields of the statutory annual report of the internal service, as far as it concerns psychosocial risks. The text
 * of the form was not found: the list is from memory and from public pages, a Belgian lawyer must confirm it before a
 * release. It is data with an edition; a frozen report names the edition it was made with.
 */
export type ReportLine = {
  readonly id: string;
  readonly section: 'collective_measures' | 'informal' | 'formal' | 'measures' | 'register';
  readonly label: Labels;
  /** What is counted; undefined for a number that the head of the internal service enters. */
  readonly counts?: readonly Counts[];
};
export type ReportForm = {
  readonly version: string;
  readonly source: Source;
  readonly status: DataStatus;
  readonly effectiveFrom: string;
  readonly lines: readonly ReportLine[];
};

const labels = (nl: string, fr: string, de: string, en: string): Labels => ({ nl, fr, de, en });

const byFunction: Readonly<Record<CountedFunction, Labels>> = {
  counsellor: labels('vertrouwenspersoon', 'personne de confiance', 'Vertrauensperson', 'confidential counsellor'),
  prevention_adviser: labels(
    'preventieadviseur psychosociale aspecten',
    'conseiller en prévention aspects psychosociaux',
    'Gefahrenverhütungsberater für psychosoziale Aspekte',
    'prevention adviser for psychosocial aspects',
  ),
};
const informal: Readonly<Record<(typeof codesOf.informal_type)[number], Labels>> = {
  advice: labels('onthaal en advies', 'accueil et conseil', 'Empfang und Rat', 'reception and advice'),
  intervention_with_another_person: labels('interventie', 'intervention', 'Intervention', 'intervention'),
  reconciliation: labels('verzoening', 'conciliation', 'Schlichtung', 'reconciliation'),
};
const formal: Readonly<Record<(typeof formalKinds)[number], Labels>> = {
  collective: labels(
    'formele verzoeken, hoofdzakelijk collectief',
    'demandes formelles, principalement collectives',
    'formelle Anträge, hauptsächlich kollektiv',
    'formal requests, mainly collective',
  ),
  individual: labels(
    'formele verzoeken, hoofdzakelijk individueel',
    'demandes formelles, principalement individuelles',
    'formelle Anträge, hauptsächlich individuell',
    'formal requests, mainly individual',
  ),
  violence: labels(
    'formele verzoeken wegens geweld',
    'demandes formelles pour violence',
    'formelle Anträge wegen Gewalt',
    'formal requests for violence',
  ),
  bullying: labels(
    'formele verzoeken wegens pesterijen',
    'demandes formelles pour harcèlement moral',
    'formelle Anträge wegen Mobbing',
    'formal requests for bullying',
  ),
  sexual: labels(
    'formele verzoeken wegens ongewenst seksueel gedrag',
    'demandes formelles pour harcèlement sexuel',
    'formelle Anträge wegen unerwünschten sexuellen Verhaltens',
    'formal requests for unwanted sexual behaviour',
  ),
};
const measures: Readonly<Record<(typeof codesOf.formal_measures)[number], Labels>> = {
  individual: labels(
    'individuele maatregelen',
    'mesures individuelles',
    'individuelle Maßnahmen',
    'individual measures',
  ),
  collective: labels('collectieve maatregelen', 'mesures collectives', 'kollektive Maßnahmen', 'collective measures'),
  none: labels('geen maatregelen', 'aucune mesure', 'keine Maßnahmen', 'no measures'),
};

const joined = (a: Labels, b: Labels): Labels => ({
  nl: `${a.nl}: ${b.nl}`,
  fr: `${a.fr} : ${b.fr}`,
  de: `${a.de}: ${b.de}`,
  en: `${a.en}: ${b.en}`,
});

const form2026_1: ReportForm = {
  version: '2026.1',
  source: source(
    'Annual report of the internal service (Codex annex II.1-3); the list of fields is from memory',
    's31',
  ),
  status: 'from-memory',
  effectiveFrom: '2026-01-01',
  lines: [
    {
      id: 'collective_measures.general',
      section: 'collective_measures',
      label: labels(
        'collectieve maatregelen, algemeen',
        'mesures collectives, en général',
        'kollektive Maßnahmen, allgemein',
        'collective measures, general',
      ),
    },
    {
      id: 'collective_measures.after_specific_analysis',
      section: 'collective_measures',
      label: labels(
        'collectieve maatregelen na specifieke risicoanalyses',
        'mesures collectives après analyses de risques spécifiques',
        'kollektive Maßnahmen nach spezifischen Risikoanalysen',
        'collective measures after specific risk analyses',
      ),
    },
    ...countedFunctions.flatMap((by) =>
      codesOf.informal_type.map((code): ReportLine => ({
        id: `informal.${by}.${code}`,
        section: 'informal',
        label: joined(byFunction[by], informal[code]),
        counts: [
          { what: 'informal_type', code, by },
          ...(code === 'advice' ? [{ what: 'advice', code, by } as const] : []),
        ],
      })),
    ),
    ...formalKinds.map((code): ReportLine => ({
      id: `formal.${code}`,
      section: 'formal',
      label: formal[code],
      counts: [{ what: 'formal_request', code }],
    })),
    ...codesOf.formal_measures.map((code): ReportLine => ({
      id: `measures.${code}`,
      section: 'measures',
      label: measures[code],
      counts: [{ what: 'formal_measures', code }],
    })),
    ...thirdPartyFact.values.map((code): ReportLine => ({
      id: `register.${code}`,
      section: 'register',
      label: thirdPartyFact.labels[code],
      counts: [{ what: 'register_fact', code }],
    })),
  ],
};

/** Editions, oldest first. One that a frozen report names is never changed again. */
export const reportForms: readonly ReportForm[] = [form2026_1];
export const currentForm: ReportForm = form2026_1;
