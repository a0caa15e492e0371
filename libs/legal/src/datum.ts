import { z } from 'zod';
import type { Labels, Language } from './languages.js';

/**
 * How far a datum can be trusted. `sourced`: a public source says so. `from-memory`: a Belgian lawyer must confirm it
 * before a release. `own-analysis`: no rule found; our choice, usually a setting.
 */
export const dataStatuses = ['sourced', 'from-memory', 'own-analysis'] as const;
export type DataStatus = (typeof dataStatuses)[number];

/** Where a datum comes from: words a person can quote, and the pages behind them (none when from memory). */
export type Source = { readonly cite: string; readonly urls: readonly string[] };
export const sourceSchema = z.strictObject({ cite: z.string().min(1), urls: z.array(z.string().min(1)).readonly() });

const localDate = z.iso.date();

/** One piece of law as data. `effectiveFrom` is the first day it applies, `effectiveTo` the last one. */
export type Datum<Id extends string, Value> = {
  readonly id: Id;
  readonly value: Value;
  readonly source: Source;
  readonly status: DataStatus;
  readonly effectiveFrom: string;
  readonly effectiveTo?: string;
  readonly note?: string;
};

/** The shape every datum has; a datum that is said to be sourced must name a page. */
export const datumSchema = z
  .object({
    id: z.string().regex(/^[a-zA-Z][a-zA-Z0-9_.]*$/),
    value: z.unknown(),
    source: sourceSchema,
    status: z.enum(dataStatuses),
    effectiveFrom: localDate,
    effectiveTo: localDate.optional(),
    note: z.string().min(1).optional(),
  })
  .refine((datum) => datum.status !== 'sourced' || datum.source.urls.length > 0, {
    message: 'a sourced datum names at least one page',
    path: ['source', 'urls'],
  })
  .refine((datum) => datum.effectiveTo === undefined || datum.effectiveTo >= datum.effectiveFrom, {
    message: 'effectiveTo lies before effectiveFrom',
    path: ['effectiveTo'],
  });

/** True when the datum applies on the date (both ends included). */
export const inForceOn = (
  datum: { readonly effectiveFrom: string; readonly effectiveTo?: string },
  date: string,
): boolean => datum.effectiveFrom <= date && (datum.effectiveTo === undefined || date <= datum.effectiveTo);

const statusWords: Readonly<Record<DataStatus, Labels>> = {
  sourced: { nl: '', fr: '', de: '', en: '' },
  'from-memory': {
    nl: 'Nog te bevestigen door een Belgische jurist.',
    fr: 'À confirmer par un juriste belge.',
    de: 'Noch von einem belgischen Juristen zu bestätigen.',
    en: 'To be confirmed by a Belgian lawyer.',
  },
  'own-analysis': {
    nl: 'Eigen keuze: geen wettelijke regel gevonden.',
    fr: 'Choix propre : aucune règle légale trouvée.',
    de: 'Eigene Wahl: keine gesetzliche Regel gefunden.',
    en: 'Our own choice: no legal rule found.',
  },
};

/** What an explanation adds, with a leading space, when a datum is not sourced; empty when it is. */
export const statusSentence = (status: DataStatus, language: Language): string => {
  const words = statusWords[status][language];
  return words === '' ? '' : ` ${words}`;
};
