import type { AccessRuleCode } from '@toeverlaat/contracts';
import type { Message } from './fill.js';

/** Why a question about the access history is refused, and what to do. */
export const accessRules: Readonly<Record<AccessRuleCode, Message>> = {
  audit_mandate_needed: {
    nl: 'U hebt vandaag geen mandaat om de inzagegeschiedenis te bekijken. De functionaris voor gegevensbescherming geeft het.',
    fr: 'Vous n’avez pas aujourd’hui de mandat pour consulter l’historique des accès. Le délégué à la protection des données le donne.',
    de: 'Sie haben heute kein Mandat, den Zugriffsverlauf einzusehen. Der Datenschutzbeauftragte erteilt es.',
    en: 'You have no mandate to see the access history today. The data protection officer gives it.',
  },
  outside_audit_mandate: {
    nl: 'Uw mandaat gaat hier niet over. Bekijk in uw mandaten waarover wel.',
    fr: 'Votre mandat ne porte pas sur ceci. Voyez dans vos mandats sur quoi il porte.',
    de: 'Ihr Mandat betrifft dies nicht. Sehen Sie in Ihren Mandaten nach, was es betrifft.',
    en: 'Your mandate is not about this. See in your mandates what it is about.',
  },
  audit_mandate_reversed: {
    nl: 'Een mandaat eindigt na de dag waarop het begint.',
    fr: 'Un mandat prend fin après le jour où il commence.',
    de: 'Ein Mandat endet nach dem Tag, an dem es beginnt.',
    en: 'A mandate ends after the day on which it begins.',
  },
  audit_mandate_too_long: {
    nl: 'Een mandaat duurt hoogstens {months} maanden. Geef daarna een nieuw.',
    fr: 'Un mandat dure au plus {months} mois. Donnez-en un nouveau ensuite.',
    de: 'Ein Mandat dauert höchstens {months} Monate. Erteilen Sie danach ein neues.',
    en: 'A mandate lasts {months} months at the most. Give a new one after that.',
  },
  audit_mandate_past: {
    nl: 'Dit mandaat zou al voorbij zijn.',
    fr: 'Ce mandat serait déjà terminé.',
    de: 'Dieses Mandat wäre schon abgelaufen.',
    en: 'This mandate would be over already.',
  },
  audit_mandate_over: {
    nl: 'Dit mandaat is al voorbij.',
    fr: 'Ce mandat est déjà terminé.',
    de: 'Dieses Mandat ist schon abgelaufen.',
    en: 'This mandate is over already.',
  },
  audit_mandate_of_own: {
    nl: 'U kunt uzelf geen mandaat geven.',
    fr: 'Vous ne pouvez pas vous donner un mandat à vous-même.',
    de: 'Sie können sich nicht selbst ein Mandat erteilen.',
    en: 'You cannot give yourself a mandate.',
  },
  audit_scope_not_named: {
    nl: 'Noem waarover het mandaat gaat: dossiers of behandelaars, en niets anders dan dat.',
    fr: 'Indiquez sur quoi porte le mandat : des dossiers ou des intervenants, et rien d’autre.',
    de: 'Nennen Sie, was das Mandat betrifft: Akten oder Bearbeitende, und nichts anderes.',
    en: 'Name what the mandate is about: records or handlers, and nothing but that.',
  },
  not_an_auditor: {
    nl: 'Deze persoon is hier op de eerste dag van het mandaat geen auditor.',
    fr: 'Cette personne n’est pas auditrice ici le premier jour du mandat.',
    de: 'Diese Person ist hier am ersten Tag des Mandats nicht als Prüfer bestellt.',
    en: 'This person is no auditor here on the first day of the mandate.',
  },
  access_alarm_dismissed: {
    nl: 'Over dit signaal is al beslist. Lees het motief erbij.',
    fr: 'Cette alerte a déjà été traitée. Lisez le motif indiqué.',
    de: 'Über diesen Hinweis wurde schon entschieden. Lesen Sie die Begründung dazu.',
    en: 'This alarm was dismissed already. Read the motive with it.',
  },
  access_alarm_of_own: {
    nl: 'Dit signaal gaat over wat u zelf hebt bekeken. Iemand anders beslist erover.',
    fr: 'Cette alerte porte sur ce que vous avez consulté vous-même. Quelqu’un d’autre en décide.',
    de: 'Dieser Hinweis betrifft, was Sie selbst eingesehen haben. Jemand anders entscheidet darüber.',
    en: 'This alarm is about what you looked at yourself. Somebody else decides on it.',
  },
};
