import type { AnswerFault, AnswerVerdict } from './answer.js';
import type { Language } from './sentences.js';

type Texts = Readonly<Record<Language, string>>;
const fill = (texts: Texts, language: Language, values: Readonly<Record<string, string | number>> = {}): string =>
  texts[language].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));

const FAULTS: Readonly<Record<AnswerFault, Texts>> = {
  answer_malformed: {
    en: 'This is no answer of the access history, or a part of it is missing or changed. {event}',
    nl: 'Dit is geen antwoord van de inzagegeschiedenis, of een deel ervan ontbreekt of is gewijzigd. {event}',
    fr: 'Ceci n’est pas une réponse de l’historique des accès, ou une partie manque ou a été modifiée. {event}',
    de: 'Dies ist keine Antwort des Zugriffsverlaufs, oder ein Teil fehlt oder wurde geändert. {event}',
  },
  answer_key_unknown: {
    en: 'The proofs are signed with another key than the one that is trusted. {event}',
    nl: 'De bewijzen zijn ondertekend met een andere sleutel dan de vertrouwde. {event}',
    fr: 'Les preuves sont signées avec une autre clé que celle qui est de confiance. {event}',
    de: 'Die Nachweise sind mit einem anderen Schlüssel signiert als dem vertrauten. {event}',
  },
  answer_of_another_organisation: {
    en: 'Something in it is of another organisation. {event}',
    nl: 'Iets erin is van een andere organisatie. {event}',
    fr: 'Un élément est d’une autre organisation. {event}',
    de: 'Etwas darin gehört zu einer anderen Organisation. {event}',
  },
  answer_proof_false: {
    en: 'An event is not in the signed tree as it stands here: it was changed, or never recorded. {event}',
    nl: 'Een gebeurtenis staat niet zo in de ondertekende boom: ze werd gewijzigd of nooit vastgelegd. {event}',
    fr: 'Un événement ne figure pas tel quel dans l’arbre signé : il a été modifié ou jamais enregistré. {event}',
    de: 'Ein Ereignis steht nicht so im signierten Baum: Es wurde geändert oder nie aufgezeichnet. {event}',
  },
  answer_not_to_the_question: {
    en: 'An event does not belong into the answer to this question. {event}',
    nl: 'Een gebeurtenis hoort niet in het antwoord op deze vraag. {event}',
    fr: 'Un événement n’a pas sa place dans la réponse à cette question. {event}',
    de: 'Ein Ereignis gehört nicht in die Antwort auf diese Frage. {event}',
  },
  answer_repeats: {
    en: 'An event stands in it twice. {event}',
    nl: 'Een gebeurtenis staat er twee keer in. {event}',
    fr: 'Un événement y figure deux fois. {event}',
    de: 'Ein Ereignis steht zweimal darin. {event}',
  },
  answer_gap: {
    en: 'The record is not there whole: an event between two others is missing. {event}',
    nl: 'Het dossier is niet volledig: een gebeurtenis tussen twee andere ontbreekt. {event}',
    fr: 'Le dossier n’est pas entier : un événement manque entre deux autres. {event}',
    de: 'Die Akte ist nicht vollständig: Ein Ereignis zwischen zwei anderen fehlt. {event}',
  },
  answer_names_them: {
    en: 'The statement says that they had no scope, and the record names them as its handler in that period. {event}',
    nl: 'De verklaring zegt dat deze persoon geen recht had, en het dossier noemt die als behandelaar in die periode. {event}',
    fr: 'La déclaration dit que cette personne n’avait aucun droit, or le dossier la nomme comme intervenante dans cette période. {event}',
    de: 'Die Erklärung sagt, diese Person habe kein Recht gehabt, doch die Akte nennt sie in dieser Zeit als Bearbeiterin. {event}',
  },
  answer_incomplete: {
    en: 'The export holds an event that belongs into the answer and is not in it, or that the statement denies. {event}',
    nl: 'De uitvoer bevat een gebeurtenis die in het antwoord hoort en er niet in staat, of die de verklaring ontkent. {event}',
    fr: 'L’exportation contient un événement qui devrait figurer dans la réponse et n’y est pas, ou que la déclaration nie. {event}',
    de: 'Der Export enthält ein Ereignis, das in die Antwort gehört und fehlt, oder das die Erklärung bestreitet. {event}',
  },
  answer_export_false: {
    en: 'The export beside it does not hold, or is of another organisation: check it by itself first.',
    nl: 'De uitvoer ernaast klopt niet, of is van een andere organisatie: controleer die eerst op zich.',
    fr: 'L’exportation jointe ne tient pas, ou est d’une autre organisation : vérifiez-la d’abord séparément.',
    de: 'Der beigelegte Export stimmt nicht oder gehört zu einer anderen Organisation: Prüfen Sie ihn zuerst für sich.',
  },
};

const KINDS: Readonly<Record<'record' | 'handler' | 'lack', Texts>> = {
  record: {
    en: '{events} readings of this record between {from} and {to}, by {people} readers, are in the signed tree as they stand here.',
    nl: '{events} inzages van dit dossier tussen {from} en {to}, door {people} lezers, staan zo in de ondertekende boom.',
    fr: '{events} consultations de ce dossier entre le {from} et le {to}, par {people} lecteurs, figurent telles quelles dans l’arbre signé.',
    de: '{events} Einsichten in diese Akte zwischen {from} und {to}, durch {people} Lesende, stehen so im signierten Baum.',
  },
  handler: {
    en: '{events} readings by this person between {from} and {to} are in the signed tree as they stand here.',
    nl: '{events} inzages door deze persoon tussen {from} en {to} staan zo in de ondertekende boom.',
    fr: '{events} consultations par cette personne entre le {from} et le {to} figurent telles quelles dans l’arbre signé.',
    de: '{events} Einsichten durch diese Person zwischen {from} und {to} stehen so im signierten Baum.',
  },
  lack: {
    en: 'The record is there without a gap ({events} events), and none of the person’s {people} pseudonyms is its handler between {from} and {to}.',
    nl: 'Het dossier is zonder leemte aanwezig ({events} gebeurtenissen), en geen van de {people} pseudoniemen van de persoon is behandelaar tussen {from} en {to}.',
    fr: 'Le dossier est là sans lacune ({events} événements), et aucun des {people} pseudonymes de la personne n’en est l’intervenant entre le {from} et le {to}.',
    de: 'Die Akte ist lückenlos da ({events} Ereignisse), und keines der {people} Pseudonyme der Person bearbeitet sie zwischen {from} und {to}.',
  },
};
const UNPROVED: Texts = {
  en: '{unproved} of them are under no checkpoint yet: ask again later.',
  nl: '{unproved} ervan vallen nog onder geen controlepunt: vraag het later opnieuw.',
  fr: '{unproved} d’entre eux ne sont encore sous aucun point de contrôle : redemandez plus tard.',
  de: '{unproved} davon stehen noch unter keinem Prüfpunkt: Fragen Sie später noch einmal.',
};
const OTHERWISE: Texts = {
  en: '{namedOtherwise} events name one of the pseudonyms in a part that had ended, or not as handler: look at these yourself.',
  nl: '{namedOtherwise} gebeurtenissen noemen een van de pseudoniemen in een rol die voorbij was, of niet als behandelaar: bekijk ze zelf.',
  fr: '{namedOtherwise} événements nomment un des pseudonymes dans un rôle terminé, ou pas comme intervenant : regardez-les vous-même.',
  de: '{namedOtherwise} Ereignisse nennen eines der Pseudonyme in einer beendeten Rolle oder nicht als Bearbeitende: Sehen Sie sie selbst an.',
};
/** What the clear fields let an outsider check, and what stands sealed and is the operator's word. */
const LIMITS: Readonly<Record<'record' | 'handler' | 'lack', Texts>> = {
  record: {
    en: 'Not checked, because it is sealed: who stands behind a pseudonym.',
    nl: 'Niet gecontroleerd, want verzegeld: wie achter een pseudoniem staat.',
    fr: 'Non vérifié, car scellé : qui se trouve derrière un pseudonyme.',
    de: 'Nicht geprüft, weil versiegelt: wer hinter einem Pseudonym steht.',
  },
  handler: {
    en: 'Not checked, because it is sealed: that these are the pseudonyms of that person, and all of them.',
    nl: 'Niet gecontroleerd, want verzegeld: dat dit de pseudoniemen van die persoon zijn, en allemaal.',
    fr: 'Non vérifié, car scellé : que ce sont les pseudonymes de cette personne, et tous.',
    de: 'Nicht geprüft, weil versiegelt: dass dies die Pseudonyme dieser Person sind, und alle.',
  },
  lack: {
    en: 'Not checked, because it is sealed: that these are all pseudonyms of the person, whether they applied or take part themselves, and whom {keepingOut} events of the record, or the case behind it, keep out. Keeping out takes reading away and gives none, so it cannot make the statement false. For the rest the statement is the operator’s word over events that are proved.',
    nl: 'Niet gecontroleerd, want verzegeld: dat dit alle pseudoniemen van de persoon zijn, of die zelf verzoeker of deelnemer is, en wie {keepingOut} gebeurtenissen van het dossier, of de casus erachter, uitsluiten. Uitsluiten neemt inzage weg en geeft er geen, en kan de verklaring dus niet onwaar maken. Voor het overige is de verklaring het woord van de exploitant over gebeurtenissen die bewezen zijn.',
    fr: 'Non vérifié, car scellé : que ce sont tous les pseudonymes de la personne, si elle est elle-même demandeuse ou participante, et qui {keepingOut} événements du dossier, ou le dossier d’où il provient, excluent. Une exclusion retire la consultation et n’en donne aucune ; elle ne peut donc rendre la déclaration fausse. Pour le reste, la déclaration est la parole de l’exploitant sur des événements prouvés.',
    de: 'Nicht geprüft, weil versiegelt: dass dies alle Pseudonyme der Person sind, ob sie selbst Antragstellerin oder beteiligt ist, und wen {keepingOut} Ereignisse der Akte, oder der Fall dahinter, ausschließen. Ein Ausschluss nimmt Einsicht und gibt keine, kann die Erklärung also nicht falsch machen. Im Übrigen ist die Erklärung das Wort des Betreibers über Ereignisse, die bewiesen sind.',
  },
};
const COMPLETE: Readonly<Record<'checked' | 'unchecked', Texts>> = {
  checked: {
    en: 'Beside the whole export nothing is missing from it.',
    nl: 'Naast de volledige uitvoer ontbreekt er niets aan.',
    fr: 'Face à l’exportation entière, il n’y manque rien.',
    de: 'Neben dem ganzen Export fehlt nichts daran.',
  },
  unchecked: {
    en: 'That nothing is missing from it cannot be seen without the whole export: bring it with --folder.',
    nl: 'Dat er niets aan ontbreekt, is zonder de volledige uitvoer niet te zien: geef die mee met --folder.',
    fr: 'Qu’il n’y manque rien ne se voit pas sans l’exportation entière : fournissez-la avec --folder.',
    de: 'Dass nichts daran fehlt, ist ohne den ganzen Export nicht zu sehen: Geben Sie ihn mit --folder an.',
  },
};
const KEY_TAKEN: Texts = {
  en: 'You gave no key, so those in the file were taken. Compare them with the one your organisation was given when it began.',
  nl: 'U gaf geen sleutel op, dus werden die uit het bestand genomen. Vergelijk ze met de sleutel die uw organisatie bij het begin kreeg.',
  fr: 'Vous n’avez pas donné de clé ; celles du fichier ont été prises. Comparez-les avec celle que votre organisation a reçue au début.',
  de: 'Sie haben keinen Schlüssel angegeben, daher wurden die aus der Datei genommen. Vergleichen Sie sie mit dem, den Ihre Organisation zu Beginn erhielt.',
};

/** What the check of an answer found, in sentences. */
export const answerSentences = (verdict: AnswerVerdict, language: Language): readonly string[] => {
  if (!verdict.ok) return [fill(FAULTS[verdict.code], language, { event: verdict.eventId ?? '' }).trimEnd()];
  return [
    fill(KINDS[verdict.kind], language, {
      events: verdict.events,
      people: verdict.people,
      from: verdict.from,
      to: verdict.to,
    }),
    ...(verdict.unproved > 0 ? [fill(UNPROVED, language, { unproved: verdict.unproved })] : []),
    ...(verdict.namedOtherwise > 0 ? [fill(OTHERWISE, language, { namedOtherwise: verdict.namedOtherwise })] : []),
    fill(COMPLETE[verdict.complete], language),
    fill(LIMITS[verdict.kind], language, { keepingOut: verdict.keepingOut }),
    ...(verdict.keyKnown ? [] : [fill(KEY_TAKEN, language)]),
  ];
};
