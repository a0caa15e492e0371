import type { Datum } from '../datum.js';
import type { Labels } from '../languages.js';
import { source } from '../sources.js';

/** The article on professional secrecy, by date. */
export const secrecyReferences: readonly Datum<'penal_code_458' | 'penal_code_352', Labels>[] = [
  {
    id: 'penal_code_458',
    value: {
      nl: 'artikel 458 van het Strafwetboek',
      fr: "l'article 458 du Code pénal",
      de: 'Artikel 458 des Strafgesetzbuches',
      en: 'article 458 of the Penal Code',
    },
    source: source('Welfare Act art. 32quinquiesdecies; Penal Code art. 458', 's10', 's14'),
    status: 'sourced',
    effectiveFrom: '1867-10-15',
    effectiveTo: '2026-04-07',
    note: 'The first day is from memory; the last one follows the new code and is not sure.',
  },
  {
    id: 'penal_code_352',
    value: {
      nl: 'artikel 352 van het nieuwe Strafwetboek',
      fr: "l'article 352 du nouveau Code pénal",
      de: 'Artikel 352 des neuen Strafgesetzbuches',
      en: 'article 352 of the new Penal Code',
    },
    source: source('New Penal Code, Book II, published 8 April 2024; number and date in force are from memory', 's16'),
    status: 'from-memory',
    effectiveFrom: '2026-04-08',
    note: 'Check for a postponement before a release.',
  },
];
