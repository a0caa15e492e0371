import type { LocalDate } from '@toeverlaat/values';
import { addMonths } from './calendar.js';
import { type DataStatus, type Source, statusSentence } from './datum.js';
import { formatDate, type Labels, type Language } from './languages.js';
import {
  type Retention,
  type RetentionAction,
  retentionActions,
  type RetentionController,
  retentionControllers,
  type RetentionDatum,
  type RetentionRuleId,
  retentionRuleIds,
  type RetentionStart,
  retentionStarts,
} from './law-2026-1/retention.js';
import { lawSet, lawVersion } from './versions.js';

export {
  type Retention,
  type RetentionAction,
  retentionActions,
  type RetentionController,
  retentionControllers,
  type RetentionDatum,
  type RetentionRuleId,
  retentionRuleIds,
  type RetentionStart,
  retentionStarts,
};

/** The rule of a record class in an edition. @throws UnknownLawVersion @throws RangeError when the edition lacks it */
export const retentionRule = (id: RetentionRuleId, version: string = lawVersion): RetentionDatum => {
  const found = lawSet(version).retentionRules.find((each) => each.id === id);
  if (found === undefined) throw new RangeError(`retention rule: ${id} is not in law version ${version}`);
  return found;
};

/** Why a record is kept until a day, as data. */
export type KeptUntil = {
  readonly until: LocalDate;
  readonly rule: RetentionRuleId;
  readonly start: LocalDate;
  readonly unit: Retention['unit'];
  readonly amount: number;
  readonly source: Source;
  readonly status: DataStatus;
  readonly lawVersion: string;
};

/**
 * The last day a record is kept. `amount` is an organisation's own choice within the rule's bounds.
 * @throws RangeError when the amount lies outside them @throws UnknownLawVersion
 */
export const keptUntil = (
  id: RetentionRuleId,
  start: LocalDate,
  options: { readonly amount?: number } = {},
  version: string = lawVersion,
): KeptUntil => {
  const { value, source, status } = retentionRule(id, version);
  const amount = options.amount ?? value.amount;
  if (!Number.isInteger(amount) || amount < value.min || amount > value.max)
    throw new RangeError(`retention ${id}: ${value.min} to ${value.max} ${value.unit}`);
  const until = addMonths(start, value.unit === 'years' ? amount * 12 : amount);
  return { until, rule: id, start, unit: value.unit, amount, source, status, lawVersion: version };
};

/** From which fact a term runs, as words after "na", "après", "nach", "after". */
export const retentionStartWords: Readonly<Record<RetentionStart, Labels>> = {
  closed: { nl: 'de afsluiting', fr: 'la clôture', de: 'dem Abschluss', en: 'closing' },
  submitted: { nl: 'de indiening', fr: "l'introduction", de: 'der Einreichung', en: 'submission' },
  statement: { nl: 'de verklaring', fr: 'la déclaration', de: 'der Erklärung', en: 'the statement' },
  last_message: {
    nl: 'het laatste bericht',
    fr: 'le dernier message',
    de: 'der letzten Nachricht',
    en: 'the last message',
  },
  designation_ended: {
    nl: 'het einde van de aanstelling',
    fr: 'la fin de la désignation',
    de: 'dem Ende der Bestellung',
    en: 'the end of the designation',
  },
  year_end: { nl: 'het einde van het jaar', fr: "la fin de l'année", de: 'dem Jahresende', en: 'the end of the year' },
  recorded: { nl: 'de registratie', fr: "l'enregistrement", de: 'der Erfassung', en: 'recording' },
  ended: { nl: 'het einde ervan', fr: 'sa fin', de: 'deren Ende', en: 'its end' },
  contract_ended: {
    nl: 'het einde van het contract',
    fr: 'la fin du contrat',
    de: 'dem Vertragsende',
    en: 'the end of the contract',
  },
};

/** Why a record is kept until then, in words. */
export const explainKeptUntil = (kept: KeptUntil, language: Language): string => {
  const { value } = retentionRule(kept.rule, kept.lawVersion);
  const label = value.label[language];
  const from = retentionStartWords[value.from][language];
  const start = formatDate(kept.start, language);
  const until = formatDate(kept.until, language);
  const count = kept.amount;
  const one = count === 1;
  const years = kept.unit === 'years';
  const text = {
    nl: `${label}: bewaard tot en met ${until}, ${count} ${years ? 'jaar' : one ? 'maand' : 'maanden'} na ${from} (${start}). Bron: ${kept.source.cite}. Versie van de wetsgegevens: ${kept.lawVersion}.`,
    fr: `${label} : conservé jusqu'au ${until} inclus, ${count} ${years ? (one ? 'an' : 'ans') : 'mois'} après ${from} (${start}). Source : ${kept.source.cite}. Version des données légales : ${kept.lawVersion}.`,
    de: `${label}: aufbewahrt bis einschließlich ${until}, ${count} ${years ? (one ? 'Jahr' : 'Jahre') : one ? 'Monat' : 'Monate'} nach ${from} (${start}). Quelle: ${kept.source.cite}. Version der Rechtsdaten: ${kept.lawVersion}.`,
    en: `${label}: kept up to and including ${until}, ${count} ${years ? 'year' : 'month'}${one ? '' : 's'} after ${from} (${start}). Source: ${kept.source.cite}. Law data version: ${kept.lawVersion}.`,
  }[language];
  return `${text.charAt(0).toLocaleUpperCase(language)}${text.slice(1)}${statusSentence(kept.status, language)}`;
};
