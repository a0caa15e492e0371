import type { BatchRuleCode, ErasureOrderRuleCode, ErasureRuleCode } from '@toeverlaat/contracts';
import type { Message } from './fill.js';

/** Why an erasure is refused, by records or by the service that keeps the record, and what to do. */
export const erasureRules: Readonly<Record<ErasureOrderRuleCode | ErasureRuleCode | BatchRuleCode, Message>> = {
  erasure_second_person: {
    nl: 'Een vernietiging wordt door een tweede persoon goedgekeurd. U hebt ze zelf gevraagd.',
    fr: 'Un effacement est approuvé par une seconde personne. Vous l’avez demandé vous-même.',
    de: 'Eine Löschung wird von einer zweiten Person genehmigt. Sie haben sie selbst beantragt.',
    en: 'An erasure is approved by a second person. You asked for it yourself.',
  },
  erasure_under_way: {
    nl: 'Deze vernietiging is al gevraagd of goedgekeurd. Kijk in het register hoe ver ze staat.',
    fr: 'Cet effacement est déjà demandé ou approuvé. Consultez le registre pour voir où il en est.',
    de: 'Diese Löschung ist bereits beantragt oder genehmigt. Sehen Sie im Register, wie weit sie ist.',
    en: 'This erasure was asked for or approved already. See the register for how far it is.',
  },
  erasure_declined: {
    nl: 'Deze vernietiging werd geweigerd. Vraag ze opnieuw als ze toch nodig is.',
    fr: 'Cet effacement a été refusé. Demandez-le à nouveau s’il reste nécessaire.',
    de: 'Diese Löschung wurde abgelehnt. Beantragen Sie sie neu, wenn sie doch nötig ist.',
    en: 'This erasure was declined. Ask for it again if it is needed after all.',
  },
  erasure_not_asked: {
    nl: 'Deze vernietiging werd nog niet gevraagd en goedgekeurd.',
    fr: 'Cet effacement n’a pas encore été demandé et approuvé.',
    de: 'Diese Löschung wurde noch nicht beantragt und genehmigt.',
    en: 'This erasure was not asked for and approved yet.',
  },
  erasure_of_open_record: {
    nl: 'Dit dossier is nog open. Het kan pas vernietigd worden als het afgesloten is.',
    fr: 'Ce dossier est encore ouvert. Il ne peut être effacé qu’une fois clôturé.',
    de: 'Diese Akte ist noch offen. Sie kann erst gelöscht werden, wenn sie geschlossen ist.',
    en: 'This record is still open. It can be erased once it is closed.',
  },
  erasure_of_handler: {
    nl: 'Deze persoon behandelt het dossier. Draag het eerst over.',
    fr: 'Cette personne traite le dossier. Transmettez-le d’abord.',
    de: 'Diese Person bearbeitet die Akte. Übergeben Sie sie zuerst.',
    en: 'This person handles the record. Hand it over first.',
  },
  erasure_differs: {
    nl: 'Onder dit nummer werd iets anders vernietigd. Er is niets gebeurd.',
    fr: 'Sous ce numéro, autre chose a été effacé. Rien n’a été fait.',
    de: 'Unter dieser Nummer wurde etwas anderes gelöscht. Es ist nichts geschehen.',
    en: 'Something else was erased under this number. Nothing was done.',
  },
  nothing_due: {
    nl: 'Er is niets te vernietigen: geen dossier is over zijn laatste dag en vrij.',
    fr: 'Il n’y a rien à effacer : aucun dossier n’a dépassé son dernier jour en étant libre.',
    de: 'Es ist nichts zu löschen: keine Akte ist über ihren letzten Tag hinaus und frei.',
    en: 'There is nothing to erase: no record is past its last day and free.',
  },
  batch_second_person: {
    nl: 'Een lijst van vernietigingen wordt door een tweede persoon bevestigd. U hebt ze zelf gevraagd.',
    fr: 'Une liste d’effacements est confirmée par une seconde personne. Vous l’avez demandée vous-même.',
    de: 'Eine Liste von Löschungen wird von einer zweiten Person bestätigt. Sie haben sie selbst beantragt.',
    en: 'A list of erasures is confirmed by a second person. You asked for it yourself.',
  },
  batch_declined: {
    nl: 'Deze lijst werd geweigerd. Vraag een nieuwe als er nog iets vervallen is.',
    fr: 'Cette liste a été refusée. Demandez-en une nouvelle s’il reste quelque chose d’échu.',
    de: 'Diese Liste wurde abgelehnt. Beantragen Sie eine neue, wenn noch etwas fällig ist.',
    en: 'This list was declined. Ask for a new one if something is still due.',
  },
  batch_differs: {
    nl: 'Dit is niet de lijst van deze aanvraag. Bekijk ze opnieuw voor u ze bevestigt.',
    fr: 'Ce n’est pas la liste de cette demande. Consultez-la à nouveau avant de la confirmer.',
    de: 'Das ist nicht die Liste dieses Antrags. Sehen Sie sie erneut an, bevor Sie sie bestätigen.',
    en: 'This is not the list of this request. Look at it again before you confirm it.',
  },
  batch_under_way: {
    nl: 'Deze lijst is al bevestigd en wordt uitgevoerd.',
    fr: 'Cette liste est déjà confirmée et en cours d’exécution.',
    de: 'Diese Liste ist bereits bestätigt und wird ausgeführt.',
    en: 'This list was confirmed already and is being carried out.',
  },
};
