import type { Rejection } from '@toeverlaat/event-log';
import type { Language } from '@toeverlaat/contracts';
import { monthsOfPeriod, periodWords, retentionRule, retentionRuleIds } from '@toeverlaat/legal';
import { fill, type Message, type Params } from './fill.js';
import { ruleMessages } from './rules.js';

/** One message per kind of refusal a service gives. */
export const rejectionMessages: Readonly<Record<Rejection['kind'], Message>> = {
  NotFound: {
    nl: 'Niet gevonden.',
    fr: 'Introuvable.',
    de: 'Nicht gefunden.',
    en: 'Not found.',
  },
  NotAllowed: {
    nl: 'Dit mag niet in de hoedanigheid die u gekozen hebt.',
    fr: "Ceci n'est pas permis dans la qualité que vous avez choisie.",
    de: 'Dies ist in der gewählten Eigenschaft nicht erlaubt.',
    en: 'This is not allowed in the capacity you have chosen.',
  },
  InvalidInput: {
    nl: 'Het veld {field} klopt niet.',
    fr: "Le champ {field} n'est pas correct.",
    de: 'Das Feld {field} stimmt nicht.',
    en: 'The field {field} is not right.',
  },
  RuleRefused: {
    nl: 'Een regel staat dit niet toe.',
    fr: 'Une règle ne le permet pas.',
    de: 'Eine Regel lässt dies nicht zu.',
    en: 'A rule does not allow this.',
  },
  StaleVersion: {
    nl: 'Ondertussen is dit gewijzigd. Lees opnieuw en beslis dan.',
    fr: 'Ceci a changé entre-temps. Relisez, puis décidez.',
    de: 'Dies wurde inzwischen geändert. Lesen Sie erneut und entscheiden Sie dann.',
    en: 'This has changed in the meantime. Read it again, then decide.',
  },
  CommandIdReused: {
    nl: 'Deze idempotencyKey werd al voor iets anders gebruikt. Neem een nieuwe.',
    fr: 'Cette idempotencyKey a déjà servi à autre chose. Prenez-en une nouvelle.',
    de: 'Dieser idempotencyKey wurde bereits für etwas anderes verwendet. Nehmen Sie einen neuen.',
    en: 'This idempotencyKey was used for something else before. Take a new one.',
  },
  Erased: {
    nl: 'Dit werd vernietigd en kan niet meer worden gelezen.',
    fr: 'Ceci a été effacé et ne peut plus être lu.',
    de: 'Dies wurde gelöscht und kann nicht mehr gelesen werden.',
    en: 'This was erased and can no longer be read.',
  },
  Unavailable: {
    nl: 'Dat lukt nu even niet. Er is niets half gedaan; probeer het zo dadelijk opnieuw.',
    fr: "Ce n'est pas possible pour l'instant. Rien n'a été fait à moitié ; réessayez dans un instant.",
    de: 'Das ist gerade nicht möglich. Es ist nichts halb getan; versuchen Sie es gleich noch einmal.',
    en: 'That does not work right now. Nothing is half done; try again in a moment.',
  },
};

/** What is wrong with a field, by the rule that says so; rules without a line here get the general one. */
export const inputMessages: Readonly<Record<string, Message>> = {
  required: {
    nl: 'Het veld {field} ontbreekt.',
    fr: 'Le champ {field} manque.',
    de: 'Das Feld {field} fehlt.',
    en: 'The field {field} is missing.',
  },
  too_big: {
    nl: 'Het veld {field} is te lang of te groot.',
    fr: 'Le champ {field} est trop long ou trop grand.',
    de: 'Das Feld {field} ist zu lang oder zu groß.',
    en: 'The field {field} is too long or too large.',
  },
  too_small: {
    nl: 'Het veld {field} is te kort of te klein.',
    fr: 'Le champ {field} est trop court ou trop petit.',
    de: 'Das Feld {field} ist zu kurz oder zu klein.',
    en: 'The field {field} is too short or too small.',
  },
  invalid_type: {
    nl: 'Het veld {field} ontbreekt of is van de verkeerde soort.',
    fr: "Le champ {field} manque ou n'est pas du bon type.",
    de: 'Das Feld {field} fehlt oder ist von der falschen Art.',
    en: 'The field {field} is missing or of the wrong kind.',
  },
  invalid_value: {
    nl: 'Het veld {field} heeft een waarde die niet bestaat.',
    fr: "Le champ {field} a une valeur qui n'existe pas.",
    de: 'Das Feld {field} hat einen Wert, den es nicht gibt.',
    en: 'The field {field} has a value that does not exist.',
  },
  invalid_format: {
    nl: 'Het veld {field} heeft niet de verwachte vorm.',
    fr: "Le champ {field} n'a pas la forme attendue.",
    de: 'Das Feld {field} hat nicht die erwartete Form.',
    en: 'The field {field} does not have the expected form.',
  },
  unknown: {
    nl: 'Wat het veld {field} noemt, is hier niet bekend.',
    fr: "Ce que nomme le champ {field} n'est pas connu ici.",
    de: 'Was das Feld {field} nennt, ist hier nicht bekannt.',
    en: 'What the field {field} names is not known here.',
  },
  no_hours: {
    nl: 'Werkuren eindigen op een ander uur dan waarop ze beginnen.',
    fr: 'Les heures de travail se terminent à une autre heure que celle où elles commencent.',
    de: 'Arbeitszeiten enden zu einer anderen Stunde als der, zu der sie beginnen.',
    en: 'Working hours end at another hour than they begin.',
  },
  too_many_hours: {
    nl: 'Werkuren duren ten hoogste {limit} uur na elkaar, ook wanneer ze over middernacht gaan.',
    fr: 'Les heures de travail durent au plus {limit} heures d’affilée, même si elles passent minuit.',
    de: 'Arbeitszeiten dauern höchstens {limit} Stunden am Stück, auch wenn sie über Mitternacht gehen.',
    en: 'Working hours last {limit} hours in a row at the most, also when they pass midnight.',
  },
  in_future: {
    nl: 'De datum in {field} ligt in de toekomst.',
    fr: 'La date dans {field} se situe dans le futur.',
    de: 'Das Datum in {field} liegt in der Zukunft.',
    en: 'The date in {field} lies in the future.',
  },
};

/** A rule of a rule file, as people count them. */
const ruleOfFile: Message = {
  nl: 'Regel {number} ({recordClass}): {text}',
  fr: 'Règle {number} ({recordClass}) : {text}',
  de: 'Regel {number} ({recordClass}): {text}',
  en: 'Rule {number} ({recordClass}): {text}',
};

/** Parameters as they are said: a kind of record by its name, a period in words. */
const spoken = (params: Params, language: Language): Params =>
  Object.fromEntries(
    Object.entries(params).map(([name, value]): [string, string | number] => {
      const recordClass = name === 'recordClass' ? retentionRuleIds.find((id) => id === value) : undefined;
      if (recordClass !== undefined) return [name, retentionRule(recordClass).value.label[language]];
      const months = typeof value === 'string' ? monthsOfPeriod(value) : undefined;
      return [name, months === undefined ? value : periodWords(months, language)];
    }),
  );

const lowered = (text: string, language: Language): string =>
  // German keeps its capitals, and what begins with a name of a field keeps its own.
  language === 'de' ? text : `${text.charAt(0).toLocaleLowerCase(language)}${text.slice(1)}`;

const ruleRefusedText = (message: Message, given: Params, language: Language): string => {
  const params = spoken(given, language);
  const text = fill(message[language], params);
  const { rule } = given;
  if (typeof rule !== 'number' || given['recordClass'] === undefined || given['recordClass'] === '') return text;
  return fill(ruleOfFile[language], { ...params, number: rule + 1, text: lowered(text, language) });
};

/** The refusal in the caller's language. */
export const rejectionText = (rejection: Rejection, language: Language): string => {
  switch (rejection.kind) {
    case 'InvalidInput': {
      const params: Params = { ...rejection.params, field: rejection.field };
      const message = Object.hasOwn(inputMessages, rejection.rule) ? inputMessages[rejection.rule] : undefined;
      return fill((message ?? rejectionMessages.InvalidInput)[language], params);
    }
    case 'RuleRefused': {
      const message = Object.hasOwn(ruleMessages, rejection.code) ? ruleMessages[rejection.code] : undefined;
      return ruleRefusedText(message ?? rejectionMessages.RuleRefused, rejection.params ?? {}, language);
    }
    default:
      return rejectionMessages[rejection.kind][language];
  }
};
