import { CERTIFICATE_KEY_TAKEN, PAPER } from './certificate-sentences.js';
import type { ReportFault, ReportVerdict } from './report.js';
import type { Language } from './sentences.js';

type Texts = Readonly<Record<Language, string>>;

const FAULTS: Readonly<Record<ReportFault, Texts>> = {
  report_malformed: {
    en: 'This is no report of a batch of erasures, or a part of it is missing.',
    nl: 'Dit is geen verslag van een lijst van vernietigingen, of er ontbreekt een deel van.',
    fr: 'Ceci n’est pas un rapport d’une liste d’effacements, ou il en manque une partie.',
    de: 'Dies ist kein Bericht über eine Liste von Löschungen, oder ein Teil davon fehlt.',
  },
  report_signature_false: {
    en: 'The report was changed after it was signed: its signature is false.',
    nl: 'Het verslag werd na de ondertekening gewijzigd: de handtekening is vals.',
    fr: 'Le rapport a été modifié après sa signature : la signature est fausse.',
    de: 'Der Bericht wurde nach der Signatur geändert: Die Signatur ist falsch.',
  },
  report_key_unknown: {
    en: 'The report is signed with another key than the one that is trusted.',
    nl: 'Het verslag is ondertekend met een andere sleutel dan de vertrouwde.',
    fr: 'Le rapport est signé avec une autre clé que celle qui est de confiance.',
    de: 'Der Bericht ist mit einem anderen Schlüssel signiert als dem vertrauten.',
  },
  report_one_person: {
    en: 'One person asked for the list and confirmed it.',
    nl: 'Eén persoon vroeg de lijst en bevestigde ze.',
    fr: 'Une seule personne a demandé la liste et l’a confirmée.',
    de: 'Eine einzige Person hat die Liste beantragt und bestätigt.',
  },
  report_sums_false: {
    en: 'The report does not add up: what became of the records are more or fewer than were listed.',
    nl: 'Het verslag klopt niet op: wat er van de dossiers werd, is meer of minder dan er op de lijst stonden.',
    fr: 'Le rapport ne tombe pas juste : les dossiers traités sont plus ou moins nombreux que ceux de la liste.',
    de: 'Der Bericht geht nicht auf: Was aus den Akten wurde, sind mehr oder weniger, als auf der Liste standen.',
  },
};

const HELD: Texts = {
  en: 'Two people had a list of {listed} records of {organisation} erased ({batchId}): {destroyed} were destroyed with a certificate each, {heldBack} are held back, {leftOut} were left out. Signed with key {certificateKey}.',
  nl: 'Twee personen lieten een lijst van {listed} dossiers van {organisation} vernietigen ({batchId}): {destroyed} werden vernietigd met elk een verklaring, {heldBack} worden tegengehouden, {leftOut} werden weggelaten. Ondertekend met sleutel {certificateKey}.',
  fr: 'Deux personnes ont fait effacer une liste de {listed} dossiers de {organisation} ({batchId}) : {destroyed} ont été effacés avec une attestation chacun, {heldBack} sont retenus, {leftOut} ont été omis. Signé avec la clé {certificateKey}.',
  de: 'Zwei Personen ließen eine Liste von {listed} Akten von {organisation} löschen ({batchId}): {destroyed} wurden mit je einer Bescheinigung gelöscht, {heldBack} werden zurückgehalten, {leftOut} wurden ausgelassen. Signiert mit Schlüssel {certificateKey}.',
};

const OUTSIDE: Texts = {
  en: 'Whether those certificates are in the log, an exported folder shows: verify erasures <folder>.',
  nl: 'Of die verklaringen in het logboek staan, toont een uitgevoerde map: verify erasures <map>.',
  fr: 'Un dossier exporté montre si ces attestations figurent au journal : verify erasures <dossier>.',
  de: 'Ob diese Bescheinigungen im Protokoll stehen, zeigt ein exportierter Ordner: verify erasures <Ordner>.',
};

/** What is wrong with a report, as one sentence. */
export const reportFault = (code: ReportFault, language: Language): string => FAULTS[code][language];

/** What a report shows and what it does not, or why it shows nothing. */
export const reportSentences = (verdict: ReportVerdict, language: Language): readonly string[] => {
  if (!verdict.ok) return [FAULTS[verdict.code][language]];
  const { ok: _, keyKnown, ...facts } = verdict;
  const values: Readonly<Record<string, string | number>> = facts;
  const fill = (texts: Texts): string =>
    texts[language].replaceAll(/\{(\w+)\}/g, (__, name: string) => String(values[name] ?? ''));
  return [HELD, PAPER, ...(keyKnown ? [] : [CERTIFICATE_KEY_TAKEN]), OUTSIDE].map(fill);
};
