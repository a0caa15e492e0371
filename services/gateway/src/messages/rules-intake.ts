import type { IntakeRuleCode } from '@toeverlaat/contracts';
import type { Message } from './fill.js';

/** Why intake refuses, and what to do where something can be done. */
export const intakeRules: Readonly<Record<IntakeRuleCode, Message>> = {
  counsellor_absent: {
    nl: 'Deze vertrouwenspersoon is afwezig en neemt nu geen nieuwe vragen aan. Kies een andere.',
    fr: 'Cette personne de confiance est absente et ne prend pas de nouvelles demandes. Choisissez-en une autre.',
    de: 'Diese Vertrauensperson ist abwesend und nimmt derzeit keine neuen Anfragen an. Wählen Sie eine andere.',
    en: 'This counsellor is absent and takes no new requests now. Choose another.',
  },
  second_counsellor_is_the_first: {
    nl: 'De tweede vertrouwenspersoon moet iemand anders zijn dan de eerste.',
    fr: 'La seconde personne de confiance doit être une autre que la première.',
    de: 'Die zweite Vertrauensperson muss eine andere sein als die erste.',
    en: 'The second counsellor must be somebody else than the first.',
  },
  request_exists: {
    nl: 'Deze contactvraag werd al verstuurd.',
    fr: 'Cette demande de contact a déjà été envoyée.',
    de: 'Diese Kontaktanfrage wurde bereits gesendet.',
    en: 'This contact request was sent already.',
  },
  request_ended: {
    nl: 'Deze contactvraag is afgesloten. U kunt een nieuwe sturen.',
    fr: 'Cette demande de contact est terminée. Vous pouvez en envoyer une nouvelle.',
    de: 'Diese Kontaktanfrage ist beendet. Sie können eine neue senden.',
    en: 'This contact request has ended. You can send a new one.',
  },
  request_already_accepted: {
    nl: 'Deze contactvraag werd al aanvaard.',
    fr: 'Cette demande de contact a déjà été acceptée.',
    de: 'Diese Kontaktanfrage wurde bereits angenommen.',
    en: 'This contact request was accepted already.',
  },
  request_has_a_counsellor: {
    nl: 'Deze contactvraag heeft een vertrouwenspersoon.',
    fr: 'Cette demande de contact a une personne de confiance.',
    de: 'Diese Kontaktanfrage hat eine Vertrauensperson.',
    en: 'This contact request has a counsellor.',
  },
  counsellor_stepped_back: {
    nl: 'Deze vertrouwenspersoon is voor deze vraag niet beschikbaar. Kies een andere.',
    fr: "Cette personne de confiance n'est pas disponible pour cette demande. Choisissez-en une autre.",
    de: 'Diese Vertrauensperson ist für diese Anfrage nicht verfügbar. Wählen Sie eine andere.',
    en: 'This counsellor is not available for this request. Choose another.',
  },
  appointment_already_answered: {
    nl: 'Op dit voorstel werd al geantwoord.',
    fr: 'Il a déjà été répondu à cette proposition.',
    de: 'Auf diesen Vorschlag wurde bereits geantwortet.',
    en: 'This proposal was answered already.',
  },
  appointment_passed: {
    nl: 'Dit tijdstip is voorbij. Kies een ander of vraag een nieuw voorstel.',
    fr: 'Ce moment est passé. Choisissez-en un autre ou demandez une nouvelle proposition.',
    de: 'Dieser Zeitpunkt ist vorbei. Wählen Sie einen anderen oder bitten Sie um einen neuen Vorschlag.',
    en: 'This time has passed. Pick another or ask for a new proposal.',
  },
  earlier_request_not_claimed: {
    nl: 'De werknemer heeft niet gezegd dat deze vraag op een eerdere verdergaat.',
    fr: "Le travailleur n'a pas dit que cette demande fait suite à une autre.",
    de: 'Der Arbeitnehmer hat nicht gesagt, dass diese Anfrage eine frühere fortsetzt.',
    en: 'The worker has not said that this request goes on from an earlier one.',
  },
  earlier_request_already_linked: {
    nl: 'De eerdere vraag is al verbonden.',
    fr: 'La demande antérieure est déjà liée.',
    de: 'Die frühere Anfrage ist bereits verbunden.',
    en: 'The earlier request is linked already.',
  },
  worker_not_heard_yet: {
    nl: 'Dit kan pas nadat de werknemer gehoord is.',
    fr: "Ceci n'est possible qu'après avoir entendu le travailleur.",
    de: 'Das geht erst, nachdem der Arbeitnehmer angehört wurde.',
    en: 'This is possible only after the worker has been heard.',
  },
  conversation_full: {
    nl: 'Dit gesprek heeft het grootste aantal berichten bereikt. Spreek een onderhoud af.',
    fr: 'Cette conversation a atteint le nombre maximal de messages. Convenez d’un entretien.',
    de: 'Dieses Gespräch hat die Höchstzahl an Nachrichten erreicht. Vereinbaren Sie ein Gespräch.',
    en: 'This conversation has reached the most messages it can hold. Arrange to talk.',
  },
  contact_already_asked: {
    nl: 'Deze vraag om contact werd al gesteld; het antwoord is aan de werknemer.',
    fr: 'Ce contact a déjà été demandé ; la réponse appartient au travailleur.',
    de: 'Um Kontakt wurde bereits gebeten; die Antwort liegt beim Arbeitnehmer.',
    en: 'Contact was asked for already; the answer is up to the worker.',
  },
  receipt_in_use: {
    nl: 'Dit ontvangstbewijs is al in gebruik. Maak een nieuw.',
    fr: 'Cet accusé de réception est déjà utilisé. Créez-en un nouveau.',
    de: 'Diese Empfangsbestätigung ist bereits in Gebrauch. Erstellen Sie eine neue.',
    en: 'This receipt is in use already. Make a new one.',
  },
};
