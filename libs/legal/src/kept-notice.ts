import { statusSentence } from './datum.js';
import { formatDate, type Labels, type Language } from './languages.js';
import { retentionRule, retentionStartWords, type RetentionRuleId } from './retention.js';
import { monthsOfPeriod, periodWords, ruleWords } from './retention-rules.js';
import { lawVersion } from './versions.js';

/** Why a day moved, as both sides are told; `hold_…` only to the controller's. */
export type KeptNoticeCause =
  'closed' | 'reopened' | 'new_message' | 'reclassified' | 'rules_changed' | 'hold_placed' | 'hold_lifted';

export type KeptNotice = {
  readonly recordClass: RetentionRuleId;
  readonly because: KeptNoticeCause;
  /** Last day, and the day and period it comes of; none while no term runs. */
  readonly keptUntil?: string | undefined;
  readonly start?: string | undefined;
  readonly period?: string | undefined;
  readonly ruleVersion: number;
  readonly lawVersion?: string | undefined;
};

const causes: Readonly<Record<KeptNoticeCause, Labels>> = {
  closed: {
    nl: 'De termijn is beginnen te lopen.',
    fr: 'Le délai a commencé à courir.',
    de: 'Die Frist hat begonnen.',
    en: 'The term began to run.',
  },
  reopened: {
    nl: 'Het werd heropend: de termijn loopt niet meer.',
    fr: 'Il a été rouvert : le délai ne court plus.',
    de: 'Sie wurde wieder geöffnet: die Frist läuft nicht mehr.',
    en: 'It was opened again: the term no longer runs.',
  },
  new_message: {
    nl: 'Een nieuw bericht verschoof de dag.',
    fr: 'Un nouveau message a déplacé le jour.',
    de: 'Eine neue Nachricht hat den Tag verschoben.',
    en: 'A new message moved the day.',
  },
  reclassified: {
    nl: 'Het leidde tot een casus: een andere regel geldt.',
    fr: 'Elle a mené à un dossier : une autre règle vaut.',
    de: 'Daraus wurde ein Fall: eine andere Regel gilt.',
    en: 'It led to a case: another rule holds.',
  },
  rules_changed: {
    nl: 'De bewaarregels zijn gewijzigd.',
    fr: 'Les règles de conservation ont changé.',
    de: 'Die Aufbewahrungsregeln wurden geändert.',
    en: 'The rules of retention changed.',
  },
  hold_placed: {
    nl: 'Er werd een bewaarplicht opgelegd.',
    fr: 'Une suspension de destruction a été décidée.',
    de: 'Es wurde eine Löschsperre verhängt.',
    en: 'A legal hold was placed.',
  },
  hold_lifted: {
    nl: 'Een bewaarplicht werd opgeheven.',
    fr: 'Une suspension de destruction a été levée.',
    de: 'Eine Löschsperre wurde aufgehoben.',
    en: 'A legal hold was lifted.',
  },
};

/** What a hold does; never whom or what it is about, nor why. */
const heldWords: Labels = {
  nl: 'Zolang er een bewaarplicht op rust, wordt het niet vernietigd.',
  fr: 'Tant qu’une suspension de destruction pèse sur lui, il n’est pas détruit.',
  de: 'Solange eine Löschsperre darauf liegt, wird nichts vernichtet.',
  en: 'As long as a legal hold lies on it, it is not destroyed.',
};

/**
 * Said to whoever is told of no hold, with and without one. It must be true of both, so that nobody can read from it that there
 * is an investigation.
 */
const longerWords: Labels = {
  nl: 'Het kan langer blijven: tot twee personen het lieten vernietigen, of omdat de wet of een rechter het eist. Waarom wordt dan hier niet gezegd.',
  fr: 'Cela peut durer plus longtemps : jusqu’à ce que deux personnes l’aient fait détruire, ou parce que la loi ou un juge l’exige. Le motif n’est alors pas dit ici.',
  de: 'Es kann länger dauern: bis zwei Personen die Vernichtung veranlasst haben, oder weil das Gesetz oder ein Gericht es verlangt. Warum, steht dann nicht hier.',
  en: 'It can stay longer: until two people have had it destroyed, or because the law or a court demands it. Why is then not said here.',
};

const headOf = (notice: KeptNotice, language: Language, least: boolean): string => {
  const { value } = retentionRule(notice.recordClass, notice.lawVersion ?? lawVersion);
  const label = value.label[language];
  const { keptUntil, start, period } = notice;
  if (keptUntil === undefined)
    return {
      nl: `${label}: er loopt geen bewaartermijn.`,
      fr: `${label} : aucun délai de conservation ne court.`,
      de: `${label}: es läuft keine Aufbewahrungsfrist.`,
      en: `${label}: no term of retention runs.`,
    }[language];
  const day = formatDate(keptUntil, language);
  const months = period === undefined ? undefined : monthsOfPeriod(period);
  const trigger = retentionStartWords[value.from][language];
  const reason =
    start === undefined || months === undefined
      ? ''
      : {
          nl: `, ${periodWords(months, language)} na ${trigger} (${formatDate(start, language)})`,
          fr: `, ${periodWords(months, language)} après ${trigger} (${formatDate(start, language)})`,
          de: `, ${periodWords(months, language)} nach ${trigger} (${formatDate(start, language)})`,
          en: `, ${periodWords(months, language)} after ${trigger} (${formatDate(start, language)})`,
        }[language];
  const until = {
    nl: `${label}: bewaard ${least ? 'minstens ' : ''}tot en met ${day}`,
    fr: `${label} : conservé ${least ? 'au moins ' : ''}jusqu'au ${day} inclus`,
    de: `${label}: aufbewahrt ${least ? 'mindestens ' : ''}bis einschließlich ${day}`,
    en: `${label}: kept ${least ? 'at least ' : ''}up to and including ${day}`,
  }[language];
  return `${until}${reason}.`;
};

/**
 * "Kept until, and why", in words, for one side of a record. The side that is told of no hold gets the same words whether or
 * not one lies on it (design rule 10).
 * @param told `held` for the controller's side; left out for the other
 * @throws UnknownLawVersion for an edition that is not there
 */
export const explainKeptNotice = (
  notice: KeptNotice,
  told: { readonly held: boolean } | undefined,
  language: Language,
): string => {
  const { source, status } = retentionRule(notice.recordClass, notice.lawVersion ?? lawVersion);
  const head = headOf(notice, language, told === undefined);
  const more = told === undefined ? [longerWords[language]] : told.held ? [heldWords[language]] : [];
  const tail = ruleWords(notice.ruleVersion, source, notice.lawVersion ?? lawVersion, language);
  return `${[
    `${head.charAt(0).toLocaleUpperCase(language)}${head.slice(1)}`,
    causes[notice.because][language],
    ...more,
    tail,
  ].join(' ')}${statusSentence(status, language)}`;
};
