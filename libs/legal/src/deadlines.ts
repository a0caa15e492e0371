import type { LocalDate } from '@toeverlaat/values';
import { z } from 'zod';
import {
  addCalendarDays,
  addMonths,
  addWorkingDays,
  holidayIds,
  holidayLabels,
  type HolidayId,
  type SkippedDay,
} from './calendar.js';
import { dataStatuses, type DataStatus, type Source, sourceSchema, statusSentence } from './datum.js';
import { formatDate, type Labels, type Language } from './languages.js';
import {
  type DeadlineDatum,
  type DeadlineId,
  deadlineIds,
  type Term,
  type TermUnit,
  termUnits,
} from './law-2026-1/deadlines.js';
import { lawSet, lawVersion } from './versions.js';

export { type DeadlineDatum, type DeadlineId, deadlineIds, type Term, type TermUnit, termUnits };

/** Why a date is what it is, as data: it can be stored, sent, and put into words in any language. */
export type Explanation = {
  readonly deadline: DeadlineId;
  readonly start: LocalDate;
  readonly unit: TermUnit;
  readonly amount: number;
  readonly due: LocalDate;
  /** Days passed over because they are no working days; empty for calendar terms. */
  readonly skipped: readonly SkippedDay[];
  readonly source: Source;
  readonly status: DataStatus;
  readonly lawVersion: string;
};
export const explanationSchema: z.ZodType<Explanation> = z.strictObject({
  deadline: z.enum(deadlineIds),
  start: z.iso.date(),
  unit: z.enum(termUnits),
  amount: z.int().positive(),
  due: z.iso.date(),
  skipped: z
    .array(z.strictObject({ date: z.iso.date(), why: z.enum(['saturday', 'sunday', ...holidayIds]) }))
    .readonly(),
  source: sourceSchema,
  status: z.enum(dataStatuses),
  lawVersion: z.string().min(1),
});

/** The datum of a deadline in an edition. @throws UnknownLawVersion @throws RangeError when the edition lacks it */
export const deadline = (id: DeadlineId, version: string = lawVersion): DeadlineDatum => {
  const found = lawSet(version).deadlines.find((each) => each.id === id);
  if (found === undefined) throw new RangeError(`deadline: ${id} is not in law version ${version}`);
  return found;
};

const ending = (
  start: LocalDate,
  term: Term,
): { readonly date: LocalDate; readonly skipped: readonly SkippedDay[] } => {
  switch (term.unit) {
    case 'calendar_days':
      return { date: addCalendarDays(start, term.amount), skipped: [] };
    case 'working_days':
      return addWorkingDays(start, term.amount);
    case 'months':
      return { date: addMonths(start, term.amount), skipped: [] };
    case 'years':
      return { date: addMonths(start, term.amount * 12), skipped: [] };
  }
};

/**
 * The last day of a term. The first day is not counted: ten calendar days from D end on D+10; months and years run
 * from date to date. A term that ends on a Sunday or holiday is not prolonged (domain, clock rules).
 * @throws RangeError when start is no calendar date @throws UnknownLawVersion
 */
export const dueDate = (
  id: DeadlineId,
  start: LocalDate,
  version: string = lawVersion,
): { readonly due: LocalDate; readonly explain: Explanation } => {
  const { value: term, source, status } = deadline(id, version);
  const { date: due, skipped } = ending(start, term);
  const explain: Explanation = {
    deadline: id,
    start,
    unit: term.unit,
    amount: term.amount,
    due,
    skipped,
    source,
    status,
    lawVersion: version,
  };
  return { due, explain };
};

/** A term is met by an act on its last day at the latest. */
export const termMet = (due: LocalDate, actedOn: LocalDate): boolean => actedOn <= due;

/** A term has passed when today lies after its last day. */
export const termPassed = (due: LocalDate, today: LocalDate): boolean => today > due;

const unitWords: Readonly<Record<TermUnit, { readonly one: Labels; readonly many: Labels }>> = {
  calendar_days: {
    one: { nl: 'kalenderdag', fr: 'jour calendrier', de: 'Kalendertag', en: 'calendar day' },
    many: { nl: 'kalenderdagen', fr: 'jours calendrier', de: 'Kalendertagen', en: 'calendar days' },
  },
  working_days: {
    one: { nl: 'werkdag', fr: 'jour ouvrable', de: 'Werktag', en: 'working day' },
    many: { nl: 'werkdagen', fr: 'jours ouvrables', de: 'Werktagen', en: 'working days' },
  },
  months: {
    one: { nl: 'maand', fr: 'mois', de: 'Monat', en: 'month' },
    many: { nl: 'maanden', fr: 'mois', de: 'Monaten', en: 'months' },
  },
  years: {
    one: { nl: 'jaar', fr: 'an', de: 'Jahr', en: 'year' },
    many: { nl: 'jaar', fr: 'ans', de: 'Jahren', en: 'years' },
  },
};

const weekendWords: Readonly<Record<'saturday' | 'sunday', Labels>> = {
  saturday: { nl: 'zaterdag', fr: 'samedi', de: 'Samstag', en: 'Saturday' },
  sunday: { nl: 'zondag', fr: 'dimanche', de: 'Sonntag', en: 'Sunday' },
};
const reasonWord = (why: 'saturday' | 'sunday' | HolidayId, language: Language): string =>
  why === 'saturday' || why === 'sunday' ? weekendWords[why][language] : holidayLabels[why][language];

/** An explanation in words. */
export const explainText = (explanation: Explanation, language: Language): string => {
  const { value: term } = deadline(explanation.deadline, explanation.lawVersion);
  const unit = unitWords[explanation.unit][explanation.amount === 1 ? 'one' : 'many'][language];
  const length = `${explanation.amount} ${unit}`;
  const due = formatDate(explanation.due, language);
  const start = formatDate(explanation.start, language);
  const label = term.label[language];
  const from = term.startsAt[language];
  const skipped = explanation.skipped
    .map((day) => `${formatDate(day.date, language)} (${reasonWord(day.why, language)})`)
    .join(', ');
  const latest = term.means === 'latest';
  const sentences = {
    nl: [
      `${label}: ${latest ? 'ten laatste op' : 'op'} ${due}.`,
      `De termijn is ${length} te rekenen vanaf ${from} op ${start}; de eerste dag telt niet mee, de laatste wel.`,
      skipped === '' ? '' : `Niet meegeteld: ${skipped}.`,
      `Bron: ${explanation.source.cite}. Versie van de wetsgegevens: ${explanation.lawVersion}.`,
    ],
    fr: [
      `${label} : ${latest ? 'au plus tard le' : 'le'} ${due}.`,
      `Le délai est de ${length} à compter de : ${from}, le ${start} ; le premier jour n'est pas compté, le dernier l'est.`,
      skipped === '' ? '' : `Jours non comptés : ${skipped}.`,
      `Source : ${explanation.source.cite}. Version des données légales : ${explanation.lawVersion}.`,
    ],
    de: [
      `${label}: ${latest ? 'spätestens am' : 'am'} ${due}.`,
      `Die Frist läuft ab ${from} am ${start} und endet nach ${length}; der erste Tag zählt nicht, der letzte zählt.`,
      skipped === '' ? '' : `Nicht mitgezählt: ${skipped}.`,
      `Quelle: ${explanation.source.cite}. Version der Rechtsdaten: ${explanation.lawVersion}.`,
    ],
    en: [
      latest ? `${label}: by ${due} at the latest.` : `${label}: on ${due}.`,
      `The term is ${length} from ${from} on ${start}; the first day is not counted, the last one is.`,
      skipped === '' ? '' : `Not counted: ${skipped}.`,
      `Source: ${explanation.source.cite}. Law data version: ${explanation.lawVersion}.`,
    ],
  }[language];
  const text = sentences.filter((sentence) => sentence !== '').join(' ') + statusSentence(explanation.status, language);
  return text.charAt(0).toLocaleUpperCase(language) + text.slice(1);
};
