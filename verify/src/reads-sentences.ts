import type { Reading, ReadsVerdict } from './reads.js';
import { findingSentence, type Language } from './sentences.js';

type Texts = Readonly<Record<Language, string>>;
const fill = (texts: Texts, language: Language, values: Readonly<Record<string, string | number>>): string =>
  texts[language].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));

const HOLDS: Texts = {
  en: 'The whole export of {organisation} holds ({all} records, signed up to {lastAt}). In it stand the {readings} readings of {records} records by {readers} readers, and {refused} refused attempts, that are listed here; {byServices} of the readings are of services on their own, in which no person looked.',
  nl: 'De hele uitvoer van {organisation} klopt ({all} stukken, ondertekend tot {lastAt}). Erin staan de {readings} inzages van {records} dossiers door {readers} lezers, en {refused} geweigerde pogingen, die hier vermeld zijn; {byServices} van de inzages zijn van diensten op zichzelf, waarbij geen persoon keek.',
  fr: 'L’ensemble de l’export de {organisation} est exact ({all} enregistrements, signés jusqu’au {lastAt}). Y figurent les {readings} consultations de {records} dossiers par {readers} lecteurs, et les {refused} tentatives refusées, qui sont listées ici ; {byServices} des consultations sont de services agissant seuls, sans qu’une personne ait regardé.',
  de: 'Der ganze Export von {organisation} stimmt ({all} Einträge, signiert bis {lastAt}). Darin stehen die {readings} Einsichten in {records} Akten durch {readers} Leser und die {refused} abgelehnten Versuche, die hier aufgeführt sind; {byServices} der Einsichten sind von Diensten von sich aus, bei denen keine Person hinsah.',
};

/** What such a list cannot show, said with every list. */
const LIMITS: readonly Texts[] = [
  {
    en: 'Readers stand by pseudonym, another one in each year; who is behind one, the organisation tells an auditor under a mandate, until that mapping is destroyed at its own term. Applicants and participants have an id in each record, so nobody can be followed from one record to another by it.',
    nl: 'Lezers staan onder een pseudoniem, elk jaar een ander; wie erachter zit, zegt de organisatie aan een auditor onder een mandaat, tot die koppeling op haar eigen termijn vernietigd wordt. Aanvragers en betrokkenen hebben in elk dossier een eigen nummer, zodat niemand daarmee van het ene dossier naar het andere te volgen is.',
    fr: 'Les lecteurs figurent sous un pseudonyme, différent chaque année ; qui est derrière, l’organisation le dit à un auditeur sous mandat, jusqu’à ce que ce lien soit détruit à son propre terme. Demandeurs et participants ont un identifiant par dossier, si bien que nul ne peut être suivi d’un dossier à l’autre.',
    de: 'Leser stehen unter einem Pseudonym, in jedem Jahr einem anderen; wer dahinter steht, sagt die Organisation einem Prüfer mit Mandat, bis diese Zuordnung zu ihrer eigenen Frist vernichtet wird. Antragstellende und Beteiligte haben in jeder Akte eine eigene Kennung, sodass niemand dadurch von einer Akte zur anderen verfolgt werden kann.',
  },
  {
    en: 'It lists readings through the product. Whoever holds the root key on the server, or a copy of what was opened, can read without leaving a record here.',
    nl: 'Dit vermeldt inzages via het product. Wie de hoofdsleutel op de server heeft, of een kopie van wat geopend werd, kan lezen zonder hier een spoor na te laten.',
    fr: 'Ceci liste les consultations par le produit. Qui détient la clé racine sur le serveur, ou une copie de ce qui a été ouvert, peut lire sans laisser de trace ici.',
    de: 'Aufgeführt sind Einsichten über das Produkt. Wer den Wurzelschlüssel auf dem Server hat oder eine Kopie des Geöffneten, kann lesen, ohne hier eine Spur zu hinterlassen.',
  },
  {
    en: 'It ends with the newest signed checkpoint, {lastAt}. Refused attempts are counted beyond a cap, and say nothing of whether the record exists.',
    nl: 'Het eindigt bij het jongste ondertekende controlepunt, {lastAt}. Geweigerde pogingen worden boven een grens geteld, en zeggen niets over het bestaan van het dossier.',
    fr: 'Cela s’arrête au dernier point de contrôle signé, {lastAt}. Au-delà d’un seuil, les tentatives refusées sont comptées, et ne disent rien de l’existence du dossier.',
    de: 'Es endet mit dem neuesten signierten Prüfpunkt, {lastAt}. Abgelehnte Versuche werden über einer Grenze gezählt und sagen nichts darüber, ob es die Akte gibt.',
  },
];

/** One reading as a line: codes and ids, the same in every language. */
export const readingLine = (reading: Reading): string =>
  [
    reading.recordedAt,
    reading.kind,
    reading.records.length > 0 ? reading.records.join(',') : `${reading.count} attempts`,
    `by ${reading.who} (${reading.role})`,
    ...(reading.onBehalfOf === undefined ? [] : [`for ${reading.onBehalfOf}`]),
    ...(reading.home === undefined ? [] : [`from ${reading.home}`]),
    ...(reading.purpose === '' ? [] : [reading.purpose]),
    ...(reading.query === '' ? [] : [reading.query]),
    `#${reading.index}`,
  ].join('  ');

/** What the list is, and what it does not show; or what is wrong with the folder. */
export const readsSentences = (verdict: ReadsVerdict, language: Language): readonly string[] => {
  if (!verdict.ok) return [findingSentence(verdict.finding, language)];
  const { checked, ...facts } = verdict.facts;
  const values = { ...facts, all: checked.records, lastAt: checked.lastAt };
  return [HOLDS, ...LIMITS].map((texts) => fill(texts, language, values));
};
