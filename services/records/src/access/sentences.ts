import type { Language } from '@toeverlaat/contracts';
import { accessThresholds } from '../domain/access-thresholds.js';
import type { AlarmKind } from '../domain/access-alarm/index.js';

/* What the access history shows, in sentences of the language of whoever asks. Ids and times are not translated. */

type Texts = Readonly<Record<Language, string>>;

const fill = (texts: Texts, language: Language, values: Readonly<Record<string, string | number>>): string =>
  texts[language].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));

const ALARMS: Readonly<Record<AlarmKind, Texts>> = {
  outside_hours: {
    nl: 'Gelezen buiten de werkuren van wie las: op een wettelijke feestdag, of buiten de uren die voor de organisatie of de vestiging zijn ingesteld; waar er geen zijn ingesteld: in het weekend, vóór {from} uur of vanaf {until} uur ({zone}).',
    fr: 'Consultation en dehors des heures de travail de la personne : un jour férié légal, ou hors des heures fixées pour l’organisation ou le site ; où rien n’est fixé : le week-end, avant {from} h ou à partir de {until} h ({zone}).',
    de: 'Einsicht außerhalb der Arbeitszeit der Person: an einem gesetzlichen Feiertag, oder außerhalb der Zeiten, die für die Organisation oder den Standort festgelegt sind; wo keine festgelegt sind: am Wochenende, vor {from} Uhr oder ab {until} Uhr ({zone}).',
    en: 'Read outside the working hours of whoever read: on a legal holiday, or outside the hours set for the organisation or the site; where none are set: at the weekend, before {from}:00 or from {until}:00 on ({zone}).',
  },
  bulk_reading: {
    nl: 'Meer dan {records} verschillende dossiers geopend binnen {minutes} minuten.',
    fr: 'Plus de {records} dossiers différents ouverts en {minutes} minutes.',
    de: 'Mehr als {records} verschiedene Akten innerhalb von {minutes} Minuten geöffnet.',
    en: 'More than {records} different records opened within {minutes} minutes.',
  },
  no_open_task: {
    nl: 'Een dossier geopend dat al meer dan {closing} dagen afgesloten was.',
    fr: 'Ouverture d’un dossier clôturé depuis plus de {closing} jours.',
    de: 'Eine Akte geöffnet, die seit mehr als {closing} Tagen geschlossen war.',
    en: 'A record opened that had been closed for more than {closing} days.',
  },
  before_role_end: {
    nl: 'Dossiers geopend in de laatste {ending} dagen voor het einde van de functie.',
    fr: 'Dossiers ouverts dans les {ending} derniers jours avant la fin de la fonction.',
    de: 'Akten in den letzten {ending} Tagen vor dem Ende der Funktion geöffnet.',
    en: 'Records opened in the last {ending} days before the role ended.',
  },
};

/** What was unusual, with the number it was held against. */
export const alarmSentence = (language: Language, kind: AlarmKind): string => {
  const t = accessThresholds;
  return fill(ALARMS[kind], language, {
    from: t.workingFrom.value,
    until: t.workingUntil.value,
    zone: t.zone,
    records: t.bulkRecords.value,
    minutes: t.bulkMinutes.value,
    closing: t.afterClosingDays.value,
    ending: t.beforeEndDays.value,
  });
};

const NO_SCOPE: Texts = {
  nl: 'Tussen {from} en {to} kon deze persoon dit dossier niet lezen: geen recht erop in enige functie, en geen sleutel ervan. Uitsluitingen zijn meegeteld, ook die van de casus achter een contactvraag of doorverwijzing.',
  fr: 'Entre le {from} et le {to}, cette personne ne pouvait pas lire ce dossier : aucun droit dans aucune fonction, et aucune clé. Les exclusions sont comptées, y compris celles du dossier à l’origine d’une demande de contact ou d’une orientation.',
  de: 'Zwischen {from} und {to} konnte diese Person diese Akte nicht lesen: kein Recht darauf in irgendeiner Funktion und kein Schlüssel. Ausschlüsse sind mitgezählt, auch die des Falls hinter einer Kontaktanfrage oder Weiterverweisung.',
  en: 'Between {from} and {to} this person could not read this record: no right to it in any function, and no key of it. Exclusions are counted, those of the case behind a request or a referral too.',
};
const NO_SCOPE_BUT_KEYS: Texts = {
  nl: 'Tussen {from} en {to} had deze persoon in geen enkele functie recht op dit dossier; een sleutel ervan is aan iemand bij naam gegeven.',
  fr: 'Entre le {from} et le {to}, cette personne n’avait aucun droit sur ce dossier ; une clé en a été remise à quelqu’un nommément.',
  de: 'Zwischen {from} und {to} hatte diese Person in keiner Funktion ein Recht auf diese Akte; ein Schlüssel wurde jemandem namentlich gegeben.',
  en: 'Between {from} and {to} this person had no right to this record in any function; a key of it was given to somebody by name.',
};
const HAD_SCOPE: Texts = {
  nl: 'Tussen {from} en {to} kon deze persoon dit dossier een tijd lang lezen.',
  fr: 'Entre le {from} et le {to}, cette personne a pu lire ce dossier pendant un certain temps.',
  de: 'Zwischen {from} und {to} konnte diese Person diese Akte zeitweise lesen.',
  en: 'Between {from} and {to} this person could read this record for some time.',
};

export const lackSentence = (
  language: Language,
  asked: { readonly hadScope: boolean; readonly keyOfTheirs: boolean; readonly from: string; readonly to: string },
): string =>
  fill(asked.hadScope ? HAD_SCOPE : asked.keyOfTheirs ? NO_SCOPE_BUT_KEYS : NO_SCOPE, language, {
    from: asked.from,
    to: asked.to,
  });
