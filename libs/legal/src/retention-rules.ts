import type { LocalDate, Result } from '@toeverlaat/values';
import { z } from 'zod';
import { addCalendarDays, addMonths } from './calendar.js';
import { statusSentence, type Source } from './datum.js';
import { formatDate, type Labels, type Language } from './languages.js';
import {
  retentionActions,
  retentionRule,
  retentionRuleIds,
  retentionStarts,
  retentionStartWords,
  type RetentionRuleId,
} from './retention.js';
import { lawSet, lawVersion } from './versions.js';

/** Why a record may be kept without an end: a few names, because a rule stands in the clear. */
export const neverMotives = ['only_proof_of_destruction', 'pending_change_of_law', 'public_archive'] as const;
export type NeverMotive = (typeof neverMotives)[number];

const PERIOD = /^P(?!$)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?$/;

/**
 * An ISO 8601 period of whole years and months, in months; undefined for any other text. Days and weeks are no periods of
 * retention: no law counts so, and they have no fixed relation to a month by which a bound could be judged.
 */
export const monthsOfPeriod = (period: string): number | undefined => {
  const found = PERIOD.exec(period);
  if (found === null) return undefined;
  return Number(found[1] ?? 0) * 12 + Number(found[2] ?? 0);
};

/** Months as an ISO 8601 period, years first: 18 is `P1Y6M`. @throws RangeError for less than one month */
export const periodOfMonths = (months: number): string => {
  if (!Number.isInteger(months) || months < 1) throw new RangeError('period: a whole number of months from 1');
  const years = Math.floor(months / 12);
  const rest = months % 12;
  return `P${years === 0 ? '' : `${years}Y`}${rest === 0 ? '' : `${rest}M`}`;
};

const isRealDate = (text: string): boolean => z.iso.date().safeParse(text).success;

/** One rule as data: what is kept, from which fact on, how long, and what then. */
export const retentionTermsSchema = z.strictObject({
  recordClass: z.enum(retentionRuleIds),
  trigger: z.enum(retentionStarts),
  /** ISO 8601, whole years and months; `never`: no end, with the two members below. */
  period: z.string().regex(/^(?:never|P(?!$)(?:\d{1,3}Y)?(?:\d{1,4}M)?)$/),
  action: z.enum(retentionActions),
  motive: z.enum(neverMotives).exactOptional(),
  /** Day on which "never" is looked at again. */
  reviewOn: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/)
    .refine(isRealDate, 'a real calendar date')
    .exactOptional(),
});
export type RetentionTerms = z.infer<typeof retentionTermsSchema>;

const NEVER = 'never';

const monthsOf = ({ amount, unit }: { readonly amount: number; readonly unit: 'months' | 'years' }): number =>
  unit === 'years' ? amount * 12 : amount;

/** The terms that an edition of the law sets for a class where nobody decided otherwise. @throws UnknownLawVersion */
export const lawfulTerms = (recordClass: RetentionRuleId, version: string = lawVersion): RetentionTerms => {
  const { value } = retentionRule(recordClass, version);
  return { recordClass, trigger: value.from, period: periodOfMonths(monthsOf(value)), action: value.action };
};

/** The default rule set of an edition, one rule per record class. @throws UnknownLawVersion */
export const defaultRetentionRules = (version: string = lawVersion): readonly RetentionTerms[] =>
  retentionRuleIds.map((id) => lawfulTerms(id, version));

/** Shortest and longest period of a class, as the law bounds an organisation's own choice. */
export const retentionBounds = (
  recordClass: RetentionRuleId,
  version: string = lawVersion,
): { readonly shortest: string; readonly longest: string; readonly neverAllowed: boolean; readonly source: Source } => {
  const { value, source } = retentionRule(recordClass, version);
  return {
    shortest: periodOfMonths(monthsOf({ amount: value.min, unit: value.unit })),
    longest: periodOfMonths(monthsOf({ amount: value.max, unit: value.unit })),
    neverAllowed: value.neverAllowed,
    source,
  };
};

/** What is wrong with a rule file, by the rule (from 0) and the field. */
export type RetentionRuleFault = {
  readonly at: number;
  readonly field: keyof RetentionTerms;
  readonly fault:
    | 'overlaps'
    | 'contradicts'
    | 'trigger_not_of_class'
    | 'action_not_of_class'
    | 'not_a_period'
    | 'shorter_than_law'
    | 'longer_than_law'
    | 'never_not_allowed'
    | 'never_without_motive'
    | 'never_without_review'
    | 'review_not_in_future'
    | 'motive_without_never';
  readonly bound?: string;
};

const faultOf = (
  terms: RetentionTerms,
  at: number,
  today: LocalDate,
  version: string,
): RetentionRuleFault | undefined => {
  const { value } = retentionRule(terms.recordClass, version);
  const { shortest, longest, neverAllowed } = retentionBounds(terms.recordClass, version);
  if (terms.trigger !== value.from) return { at, field: 'trigger', fault: 'trigger_not_of_class', bound: value.from };
  if (!value.actions.includes(terms.action)) return { at, field: 'action', fault: 'action_not_of_class' };
  if (terms.period === NEVER) {
    if (!neverAllowed) return { at, field: 'period', fault: 'never_not_allowed', bound: longest };
    if (terms.motive === undefined) return { at, field: 'motive', fault: 'never_without_motive' };
    if (terms.reviewOn === undefined) return { at, field: 'reviewOn', fault: 'never_without_review' };
    if (terms.reviewOn <= today) return { at, field: 'reviewOn', fault: 'review_not_in_future', bound: today };
    return undefined;
  }
  if (terms.motive !== undefined) return { at, field: 'motive', fault: 'motive_without_never' };
  if (terms.reviewOn !== undefined) return { at, field: 'reviewOn', fault: 'motive_without_never' };
  const months = monthsOfPeriod(terms.period);
  if (months === undefined || months === 0) return { at, field: 'period', fault: 'not_a_period' };
  if (months < (monthsOfPeriod(shortest) ?? 0))
    return { at, field: 'period', fault: 'shorter_than_law', bound: shortest };
  if (months > (monthsOfPeriod(longest) ?? 0)) return { at, field: 'period', fault: 'longer_than_law', bound: longest };
  return undefined;
};

/**
 * Whether rules may stand together and each within the law's bounds: never shorter than the law allows, never longer than
 * its maximum, one rule per class, "never" with a motive and a day of review.
 * @returns the first fault, by rule and field @throws UnknownLawVersion
 */
export const checkRetentionRules = (
  rules: readonly RetentionTerms[],
  today: LocalDate,
  version: string = lawVersion,
): Result<undefined, RetentionRuleFault> => {
  for (const [at, terms] of rules.entries()) {
    const earlier = rules.slice(0, at).find(({ recordClass }) => recordClass === terms.recordClass);
    if (earlier !== undefined) {
      const same =
        earlier.period === terms.period && earlier.action === terms.action && earlier.trigger === terms.trigger;
      return { ok: false, error: { at, field: 'recordClass', fault: same ? 'overlaps' : 'contradicts' } };
    }
    const fault = faultOf(terms, at, today, version);
    if (fault !== undefined) return { ok: false, error: fault };
  }
  return { ok: true, value: undefined };
};

/**
 * The last day a record is kept; undefined for a rule without an end. Counted from date to date in Belgium: no zone and no
 * hour enters, and a day that a month lacks becomes its last (29 February + 1 year = 28 February).
 * @throws RangeError for a text that is no period
 */
export const keptUntilUnder = (period: string, from: LocalDate): LocalDate | undefined => {
  if (period === NEVER) return undefined;
  const months = monthsOfPeriod(period);
  if (months === undefined) throw new RangeError('period: ISO 8601 in years and months');
  return addMonths(from, months);
};

/**
 * The latest start whose record is no longer kept on a day: what starts on or before it is due, what starts later is not.
 * Undefined for a rule without an end. Terms keep the order of their starts, so one day divides them all.
 */
export const lastStartDue = (period: string, on: LocalDate): LocalDate | undefined => {
  if (period === NEVER) return undefined;
  const months = monthsOfPeriod(period);
  if (months === undefined) throw new RangeError('period: ISO 8601 in years and months');
  // The day before `on` is the last one a due record was kept. Clamping moves a term by three days at the most.
  const last = addCalendarDays(on, -1);
  let start = addCalendarDays(addMonths(last, -months), 4);
  while (addMonths(start, months) > last) start = addCalendarDays(start, -1);
  return start;
};

/** Days within which what fell due must be dealt with. @throws UnknownLawVersion */
export const destructionDays = (version: string = lawVersion): number => lawSet(version).destructionTerm.value;

const actionWords: Readonly<Record<RetentionTerms['action'], Labels>> = {
  destroy: { nl: 'vernietigd', fr: 'effacé', de: 'gelöscht', en: 'destroyed' },
  keep_counts: {
    nl: 'vernietigd; wat geteld werd, blijft',
    fr: 'effacé ; ce qui a été compté reste',
    de: 'gelöscht; was gezählt wurde, bleibt',
    en: 'destroyed; what was counted stays',
  },
  transfer: {
    nl: 'overgedragen aan wie de wet aanwijst',
    fr: 'transmis à qui la loi désigne',
    de: 'an die gesetzlich bestimmte Stelle übergeben',
    en: 'handed to whom the law names',
  },
};

const motiveWords: Readonly<Record<NeverMotive, Labels>> = {
  only_proof_of_destruction: {
    nl: 'het enige bewijs van vernietiging',
    fr: "la seule preuve de l'effacement",
    de: 'der einzige Nachweis der Löschung',
    en: 'the only proof of destruction',
  },
  pending_change_of_law: {
    nl: 'een wetswijziging is hangende',
    fr: 'une modification de la loi est en cours',
    de: 'eine Gesetzesänderung steht bevor',
    en: 'a change of the law is pending',
  },
  public_archive: { nl: 'openbaar archief', fr: 'archives publiques', de: 'öffentliches Archiv', en: 'public archive' },
};

/** Months in words: `18` → `1 year and 6 months`. */
export const periodWords = (months: number, language: Language): string => {
  const years = Math.floor(months / 12);
  const rest = months % 12;
  const parts = {
    nl: [`${years} jaar`, `${rest} ${rest === 1 ? 'maand' : 'maanden'}`],
    fr: [`${years} ${years === 1 ? 'an' : 'ans'}`, `${rest} mois`],
    de: [`${years} ${years === 1 ? 'Jahr' : 'Jahre'}`, `${rest} ${rest === 1 ? 'Monat' : 'Monate'}`],
    en: [`${years} ${years === 1 ? 'year' : 'years'}`, `${rest} ${rest === 1 ? 'month' : 'months'}`],
  }[language];
  const and = { nl: ' en ', fr: ' et ', de: ' und ', en: ' and ' }[language];
  return [years > 0 ? parts[0] : '', rest > 0 ? parts[1] : ''].filter((part) => part !== '').join(and);
};

/** What an explanation is made of: the rule, the day it runs from, and which version of the rules said so. */
export type DueReason = {
  readonly terms: RetentionTerms;
  /** Undefined while the record is open: no term runs. */
  readonly start?: LocalDate | undefined;
  /** Version of the organisation's rule set; 0 is the law's own. */
  readonly ruleVersion: number;
  readonly lawVersion: string;
};

/** Which rules said so, on what ground and by which edition of the law: the end of every explanation. */
export const ruleWords = (ruleVersion: number, source: Source, edition: string, language: Language): string => {
  const own = {
    nl: ruleVersion === 0 ? 'Regel van de wetsgegevens' : `Eigen regel, versie ${ruleVersion}`,
    fr: ruleVersion === 0 ? 'Règle des données légales' : `Règle propre, version ${ruleVersion}`,
    de: ruleVersion === 0 ? 'Regel der Rechtsdaten' : `Eigene Regel, Version ${ruleVersion}`,
    en: ruleVersion === 0 ? 'Rule of the law data' : `Own rule, version ${ruleVersion}`,
  }[language];
  return {
    nl: `${own}. Bron: ${source.cite}. Versie van de wetsgegevens: ${edition}.`,
    fr: `${own}. Source : ${source.cite}. Version des données légales : ${edition}.`,
    de: `${own}. Quelle: ${source.cite}. Version der Rechtsdaten: ${edition}.`,
    en: `${own}. Source: ${source.cite}. Law data version: ${edition}.`,
  }[language];
};

/** "Why this date", in words (design rule 12). */
export const explainDue = (
  { terms, start, ruleVersion, lawVersion: edition }: DueReason,
  language: Language,
): string => {
  const { value, source, status } = retentionRule(terms.recordClass, edition);
  const label = value.label[language];
  const trigger = retentionStartWords[terms.trigger][language];
  const months = terms.period === NEVER ? 0 : (monthsOfPeriod(terms.period) ?? 0);
  const period = periodWords(months, language);
  const then = actionWords[terms.action][language];
  const until = start === undefined ? undefined : keptUntilUnder(terms.period, start);
  const day = until === undefined ? '' : formatDate(until, language);
  const from = start === undefined ? '' : formatDate(start, language);
  const review = terms.reviewOn === undefined ? '' : formatDate(terms.reviewOn, language);
  const motive = terms.motive === undefined ? '' : motiveWords[terms.motive][language];
  const tail = ruleWords(ruleVersion, source, edition, language);
  const head =
    terms.period === NEVER
      ? {
          nl: `${label}: zonder einde bewaard (${motive}); opnieuw te bekijken op ${review}.`,
          fr: `${label} : conservé sans fin (${motive}) ; à revoir le ${review}.`,
          de: `${label}: ohne Ende aufbewahrt (${motive}); wieder zu prüfen am ${review}.`,
          en: `${label}: kept without an end (${motive}); to be looked at again on ${review}.`,
        }[language]
      : until === undefined
        ? {
            nl: `${label}: nog open, er loopt geen termijn. Daarna ${period} na ${trigger}, dan ${then}.`,
            fr: `${label} : encore ouvert, aucun délai ne court. Ensuite ${period} après ${trigger}, puis ${then}.`,
            de: `${label}: noch offen, es läuft keine Frist. Danach ${period} nach ${trigger}, dann ${then}.`,
            en: `${label}: still open, no term runs. Then ${period} after ${trigger}, and then ${then}.`,
          }[language]
        : {
            nl: `${label}: bewaard tot en met ${day}, ${period} na ${trigger} (${from}), dan ${then}.`,
            fr: `${label} : conservé jusqu'au ${day} inclus, ${period} après ${trigger} (${from}), puis ${then}.`,
            de: `${label}: aufbewahrt bis einschließlich ${day}, ${period} nach ${trigger} (${from}), dann ${then}.`,
            en: `${label}: kept up to and including ${day}, ${period} after ${trigger} (${from}), and then ${then}.`,
          }[language];
  return `${head.charAt(0).toLocaleUpperCase(language)}${head.slice(1)} ${tail}${statusSentence(status, language)}`;
};
