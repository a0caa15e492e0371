import { certificateFault } from './certificate-sentences.js';
import type { ErasureEntry, ErasureFault, ErasuresVerdict } from './erasures.js';
import { reportFault } from './report-sentences.js';
import { isReportFault } from './report.js';
import { findingSentence, type Language } from './sentences.js';

type Texts = Readonly<Record<Language, string>>;
const fill = (texts: Texts, language: Language, values: Readonly<Record<string, string | number>>): string =>
  texts[language].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));

const HOLDS: Texts = {
  en: 'The whole export of {organisation} holds ({all} records, signed up to {lastAt}). It holds {erasures} erasure(s) with a certificate and {underWay} under way, all listed here, of {keys} key(s). Every certificate is signed, names the keys that a service said it destroyed, and lies between two signed heads of this log.',
  nl: 'De hele uitvoer van {organisation} klopt ({all} stukken, ondertekend tot {lastAt}). Erin staan {erasures} vernietiging(en) met een verklaring en {underWay} die nog loopt of lopen, alle hier vermeld, van {keys} sleutel(s). Elke verklaring is ondertekend, noemt de sleutels die een dienst zegt te hebben vernietigd, en ligt tussen twee ondertekende standen van dit logboek.',
  fr: 'L’ensemble de l’export de {organisation} est exact ({all} enregistrements, signés jusqu’au {lastAt}). Y figurent {erasures} effacement(s) avec attestation et {underWay} en cours, tous listés ici, portant sur {keys} clé(s). Chaque attestation est signée, nomme les clés qu’un service dit avoir détruites, et se situe entre deux états signés de ce journal.',
  de: 'Der ganze Export von {organisation} stimmt ({all} Einträge, signiert bis {lastAt}). Darin stehen {erasures} Löschung(en) mit Bescheinigung und {underWay} laufende, alle hier aufgeführt, von {keys} Schlüssel(n). Jede Bescheinigung ist signiert, nennt die Schlüssel, die ein Dienst vernichtet zu haben angibt, und liegt zwischen zwei signierten Ständen dieses Protokolls.',
};
const ANCHORED: Texts = {
  en: 'The ledger under the seals names every key that was destroyed up to the newest of them; {unanchored} erasure(s) are younger, and {later} listed key(s) are named by no record up to the end of this export.',
  nl: 'Het register onder de verzegelingen noemt elke sleutel die tot de jongste ervan werd vernietigd; {unanchored} vernietiging(en) zijn jonger, en {later} vermelde sleutel(s) noemt geen stuk tot het einde van deze uitvoer.',
  fr: 'Le registre sous les scellés nomme chaque clé détruite jusqu’au plus récent ; {unanchored} effacement(s) sont plus récents, et {later} clé(s) de la liste ne sont nommées par aucun enregistrement jusqu’à la fin de cette exportation.',
  de: 'Das Verzeichnis unter den Siegeln nennt jeden Schlüssel, der bis zum neuesten vernichtet wurde; {unanchored} Löschung(en) sind jünger, und {later} aufgeführte(n) Schlüssel nennt kein Eintrag bis zum Ende dieses Exports.',
};
const BATCHES: Texts = {
  en: '{batches} signed report(s) of what fell due together are each of exactly the certificates that stand here.',
  nl: '{batches} ondertekend(e) verslag(en) van wat samen verviel, zijn elk van precies de verklaringen die hier staan.',
  fr: '{batches} rapport(s) signé(s) de ce qui était échu ensemble portent chacun exactement sur les attestations qui figurent ici.',
  de: '{batches} signierte(r) Bericht(e) über gemeinsam Fälliges betreffen je genau die Bescheinigungen, die hier stehen.',
};
const NO_SEALS: Texts = {
  en: 'No seal of this export holds a head of the organisation: that the keys are in a ledger outside the operator’s reach cannot be seen.',
  nl: 'Geen verzegeling in deze uitvoer bevat een stand van de organisatie: dat de sleutels in een register buiten bereik van de beheerder staan, is niet te zien.',
  fr: 'Aucun scellé de cette exportation ne contient un état de l’organisation : on ne voit pas si les clés sont dans un registre hors de portée de l’exploitant.',
  de: 'Kein Siegel dieses Exports enthält einen Stand der Organisation: Ob die Schlüssel in einem Verzeichnis außerhalb der Reichweite des Betreibers stehen, ist nicht zu sehen.',
};
const NO_ANCHOR: Texts = {
  en: 'You brought no copy of an anchor (--anchor): the seals are those of the folder.',
  nl: 'U bracht geen kopie van een anker mee (--anchor): de verzegelingen zijn die van de map.',
  fr: 'Vous n’avez apporté aucune copie d’un ancrage (--anchor) : les scellés sont ceux du dossier.',
  de: 'Sie haben keine Kopie eines Ankers mitgebracht (--anchor): Die Siegel sind die des Ordners.',
};
const KEY_TAKEN: Texts = {
  en: 'You gave no key for certificates, so those in the certificates were taken: compare them with what the organisation published: {certificateKeys}',
  nl: 'U gaf geen sleutel voor verklaringen op, dus werden die uit de verklaringen genomen: vergelijk ze met wat de organisatie publiceerde: {certificateKeys}',
  fr: 'Vous n’avez pas donné de clé pour les attestations ; celles des attestations ont été prises : comparez-les avec ce que l’organisation a publié : {certificateKeys}',
  de: 'Sie gaben keinen Schlüssel für Bescheinigungen an, also wurden die der Bescheinigungen genommen: Vergleichen Sie sie mit den veröffentlichten: {certificateKeys}',
};
const LIMIT: Texts = {
  en: 'It shows that keys were destroyed and that everybody concerned said so under a signature. It does not show that no copy of a key or of what was read was made before, nor what others wrote about a person in their own records. The date for backups rests on backups being thrown away when their days are over.',
  nl: 'Dit toont dat sleutels vernietigd zijn en dat elke dienst dat onder een handtekening zegt. Het toont niet dat er voordien geen kopie van een sleutel of van het gelezene werd gemaakt, noch wat anderen in hun eigen dossiers over iemand schreven. De datum voor reservekopieën veronderstelt dat ze worden weggegooid als hun dagen om zijn.',
  fr: 'Cela montre que des clés ont été détruites et que chaque service l’a dit sous une signature. Cela ne montre pas qu’aucune copie d’une clé ou de ce qui a été lu n’a été faite avant, ni ce que d’autres ont écrit dans leurs propres dossiers. La date pour les sauvegardes suppose qu’elles sont jetées au terme prévu.',
  de: 'Es zeigt, dass Schlüssel vernichtet wurden und dass jeder Dienst dies unter einer Signatur sagt. Es zeigt nicht, dass vorher keine Kopie eines Schlüssels oder des Gelesenen gemacht wurde, noch was andere in ihren eigenen Akten schrieben. Das Datum für Sicherungen setzt voraus, dass sie nach Ablauf ihrer Tage weggeworfen werden.',
};

const FAULTS: Readonly<Record<ErasureFault, Texts>> = {
  certificate_missing: {
    en: 'Erasure {of} has no certificate: a service destroyed its keys (record {index}) more than a day before the export ends, and nobody certified it.',
    nl: 'Vernietiging {of} heeft geen verklaring: een dienst vernietigde de sleutels (stuk {index}) meer dan een dag voor het einde van de uitvoer, en niemand verklaarde het.',
    fr: 'L’effacement {of} n’a pas d’attestation : un service a détruit ses clés (enregistrement {index}) plus d’un jour avant la fin de l’exportation, et personne ne l’a attesté.',
    de: 'Löschung {of} hat keine Bescheinigung: Ein Dienst vernichtete ihre Schlüssel (Eintrag {index}) mehr als einen Tag vor dem Ende des Exports, und niemand bescheinigte es.',
  },
  destruction_missing: {
    en: 'The certificate of erasure {of} (record {index}) is of a destruction that no service ever recorded.',
    nl: 'De verklaring van vernietiging {of} (stuk {index}) is van een vernietiging die geen dienst ooit vastlegde.',
    fr: 'L’attestation de l’effacement {of} (enregistrement {index}) porte sur une destruction qu’aucun service n’a enregistrée.',
    de: 'Die Bescheinigung der Löschung {of} (Eintrag {index}) betrifft eine Vernichtung, die kein Dienst je festhielt.',
  },
  certificate_differs: {
    en: 'The certificate of erasure {of} (record {index}) names other keys, another subject, time or place than the record of the destruction.',
    nl: 'De verklaring van vernietiging {of} (stuk {index}) noemt andere sleutels, een ander onderwerp, tijdstip of andere plaats dan het stuk over de vernietiging.',
    fr: 'L’attestation de l’effacement {of} (enregistrement {index}) nomme d’autres clés, un autre objet, moment ou emplacement que l’enregistrement de la destruction.',
    de: 'Die Bescheinigung der Löschung {of} (Eintrag {index}) nennt andere Schlüssel, einen anderen Gegenstand, Zeitpunkt oder Ort als der Eintrag der Vernichtung.',
  },
  people_differ: {
    en: 'The certificate of erasure {of} (record {index}) names other people than those who asked and approved in the log.',
    nl: 'De verklaring van vernietiging {of} (stuk {index}) noemt andere personen dan wie in het logboek vroeg en goedkeurde.',
    fr: 'L’attestation de l’effacement {of} (enregistrement {index}) nomme d’autres personnes que celles qui ont demandé et approuvé dans le journal.',
    de: 'Die Bescheinigung der Löschung {of} (Eintrag {index}) nennt andere Personen als die, die im Protokoll beantragten und genehmigten.',
  },
  certificate_false: {
    en: 'The certificate of erasure {of} (record {index}) is false. {because}',
    nl: 'De verklaring van vernietiging {of} (stuk {index}) is vals. {because}',
    fr: 'L’attestation de l’effacement {of} (enregistrement {index}) est fausse. {because}',
    de: 'Die Bescheinigung der Löschung {of} (Eintrag {index}) ist falsch. {because}',
  },
  key_not_anchored: {
    en: 'Keys of erasure {of} (record {index}) are missing from the ledger that was sealed after they were destroyed: a restore would not destroy them again.',
    nl: 'Sleutels van vernietiging {of} (stuk {index}) ontbreken in het register dat na hun vernietiging werd verzegeld: een terugzetting zou ze niet opnieuw vernietigen.',
    fr: 'Des clés de l’effacement {of} (enregistrement {index}) manquent dans le registre scellé après leur destruction : une restauration ne les détruirait pas à nouveau.',
    de: 'Schlüssel der Löschung {of} (Eintrag {index}) fehlen im Verzeichnis, das nach ihrer Vernichtung versiegelt wurde: Eine Wiederherstellung würde sie nicht erneut vernichten.',
  },
  key_unlisted: {
    en: 'Keys of erasure {of} (record {index}) are missing from the folder’s list of destroyed keys.',
    nl: 'Sleutels van vernietiging {of} (stuk {index}) ontbreken in de lijst van vernietigde sleutels in de map.',
    fr: 'Des clés de l’effacement {of} (enregistrement {index}) manquent dans la liste des clés détruites du dossier.',
    de: 'Schlüssel der Löschung {of} (Eintrag {index}) fehlen in der Liste vernichteter Schlüssel im Ordner.',
  },
  report_false: {
    en: 'The report of batch {of} (record {index}) is false. {because}',
    nl: 'Het verslag van lijst {of} (stuk {index}) is vals. {because}',
    fr: 'Le rapport de la liste {of} (enregistrement {index}) est faux. {because}',
    de: 'Der Bericht der Liste {of} (Eintrag {index}) ist falsch. {because}',
  },
  report_differs: {
    en: 'The report of batch {of} (record {index}) is of other certificates than the log holds of that batch.',
    nl: 'Het verslag van lijst {of} (stuk {index}) is van andere verklaringen dan het logboek van die lijst bevat.',
    fr: 'Le rapport de la liste {of} (enregistrement {index}) porte sur d’autres attestations que celles de cette liste au journal.',
    de: 'Der Bericht der Liste {of} (Eintrag {index}) betrifft andere Bescheinigungen, als das Protokoll von dieser Liste enthält.',
  },
  key_unexplained: {
    en: 'Key {of} is listed and sealed as destroyed, and no record says that it was.',
    nl: 'Sleutel {of} staat als vernietigd vermeld en verzegeld, en geen stuk zegt dat hij dat is.',
    fr: 'La clé {of} est indiquée et scellée comme détruite, et aucun enregistrement ne le dit.',
    de: 'Schlüssel {of} ist als vernichtet aufgeführt und versiegelt, und kein Eintrag sagt es.',
  },
};

/** One erasure as a line: codes, ids and dates, the same in every language. */
export const erasureLine = (entry: ErasureEntry): string =>
  [
    entry.unreadableHereSince,
    entry.subject,
    entry.ground === '' ? 'under way' : entry.ground,
    ...(entry.rule === undefined ? [] : [`${entry.rule}@${entry.ruleVersion ?? 0}`]),
    `backups ${entry.unreadableInBackupsFrom ?? '-'}`,
    `certificate ${entry.unreadableInBackupsFrom === undefined ? '-' : entry.erasureId}`,
    entry.anchored ? 'anchored' : 'not anchored yet',
    `keys ${entry.keyIds.join(',')}`,
    `#${entry.index}`,
  ].join('  ');

/** What the list is, and what it does not show; or the first thing that is wrong. */
export const erasuresSentences = (verdict: ErasuresVerdict, language: Language): readonly string[] => {
  if (!verdict.ok) {
    if ('finding' in verdict) return [findingSentence(verdict.finding, language)];
    const { fault, of, index, because } = verdict;
    const why =
      because === undefined
        ? ''
        : isReportFault(because)
          ? reportFault(because, language)
          : certificateFault(because, language);
    return [fill(FAULTS[fault], language, { of, index: index ?? '', because: why })];
  }
  const { checked, certificateKeys, keyKnown, ...facts } = verdict.facts;
  const values = {
    ...facts,
    keyKnown: '',
    certificateKeys: certificateKeys.join(' '),
    all: checked.records,
    lastAt: checked.lastAt,
  };
  return [
    HOLDS,
    ...(facts.batches > 0 ? [BATCHES] : []),
    checked.sealed > 0 ? ANCHORED : NO_SEALS,
    ...(checked.copies > 0 ? [] : [NO_ANCHOR]),
    ...(keyKnown || certificateKeys.length === 0 ? [] : [KEY_TAKEN]),
    LIMIT,
  ].map((texts) => fill(texts, language, values));
};
