import type { ReportingRuleCode } from '@toeverlaat/contracts';
import type { Message } from './fill.js';

/** Why the reporting service refuses, and what to do where something can be done. */
export const reportingRules: Readonly<Record<ReportingRuleCode, Message>> = {
  fact_differs: {
    nl: 'Dit werd al anders geteld.',
    fr: 'Ceci a déjà été compté autrement.',
    de: 'Dies wurde bereits anders gezählt.',
    en: 'This was counted otherwise before.',
  },
  period_too_short: {
    nl: 'De periode is te kort. Cijfers worden per {months} maanden of langer vrijgegeven.',
    fr: 'La période est trop courte. Les chiffres sont publiés par {months} mois au moins.',
    de: 'Der Zeitraum ist zu kurz. Zahlen werden für mindestens {months} Monate freigegeben.',
    en: 'The period is too short. Figures are released for {months} months or more.',
  },
  period_not_closed: {
    nl: 'Deze periode is nog niet voorbij. Geef de cijfers vrij zodra de laatste maand om is.',
    fr: 'Cette période n’est pas terminée. Publiez les chiffres une fois le dernier mois écoulé.',
    de: 'Dieser Zeitraum ist noch nicht vorbei. Geben Sie die Zahlen frei, sobald der letzte Monat um ist.',
    en: 'This period is not over yet. Release its figures once the last month has passed.',
  },
  period_already_released: {
    nl: 'De cijfers van deze periode werden al vrijgegeven; ze blijven zoals ze zijn.',
    fr: 'Les chiffres de cette période ont déjà été publiés ; ils restent tels quels.',
    de: 'Die Zahlen dieses Zeitraums wurden bereits freigegeben; sie bleiben, wie sie sind.',
    en: 'The figures of this period were released already; they stay as they are.',
  },
  period_overlaps_older_layout: {
    nl: 'Deze periode overlapt met cijfers in een oudere indeling. Kies een periode die er niet mee overlapt.',
    fr: 'Cette période chevauche des chiffres d’une ancienne présentation. Choisissez-en une qui ne les chevauche pas.',
    de: 'Dieser Zeitraum überschneidet sich mit Zahlen einer älteren Gliederung. Wählen Sie einen ohne Überschneidung.',
    en: 'This period overlaps figures of an older layout. Choose one that does not overlap them.',
  },
  too_many_overlapping_releases: {
    nl: 'Te veel vrijgegeven periodes overlappen met deze. Kies een periode die minder overlapt.',
    fr: 'Trop de périodes publiées chevauchent celle-ci. Choisissez-en une qui en chevauche moins.',
    de: 'Zu viele freigegebene Zeiträume überschneiden sich mit diesem. Wählen Sie einen mit weniger Überschneidung.',
    en: 'Too many released periods overlap this one. Choose one that overlaps fewer.',
  },
  difference_reveals_small_cell: {
    nl: 'Naast eerder vrijgegeven cijfers zou een klein getal hieruit af te leiden zijn. Verberg meer, of kies een periode die niet overlapt.',
    fr: 'Comparés aux chiffres déjà publiés, ceux-ci révéleraient un petit nombre. Masquez-en davantage ou choisissez une période sans chevauchement.',
    de: 'Neben früher freigegebenen Zahlen ließe sich hieraus eine kleine Zahl ableiten. Verbergen Sie mehr oder wählen Sie einen Zeitraum ohne Überschneidung.',
    en: 'Beside figures released earlier, these would give a small number away. Hide more, or choose a period that does not overlap.',
  },
  year_not_over: {
    nl: 'Dit jaar is nog niet voorbij. Het jaarverslag kan worden vastgelegd vanaf 1 januari.',
    fr: 'Cette année n’est pas terminée. Le rapport annuel peut être figé à partir du 1er janvier.',
    de: 'Dieses Jahr ist noch nicht vorbei. Der Jahresbericht kann ab dem 1. Januar festgeschrieben werden.',
    en: 'This year is not over yet. The annual report can be frozen from 1 January.',
  },
};
