import type { ReferralRuleCode } from '@toeverlaat/contracts';
import type { Message } from './fill.js';

/** Why the referral service refuses, and what to do where something can be done. */
export const referralRules: Readonly<Record<ReferralRuleCode, Message>> = {
  referral_exists: {
    nl: 'Deze doorverwijzing bestaat al.',
    fr: 'Cette orientation existe déjà.',
    de: 'Diese Weiterverweisung gibt es bereits.',
    en: 'This referral exists already.',
  },
  referral_already_sent: {
    nl: 'Deze doorverwijzing werd al verstuurd.',
    fr: 'Cette orientation a déjà été envoyée.',
    de: 'Diese Weiterverweisung wurde bereits gesendet.',
    en: 'This referral was sent already.',
  },
  referral_not_sent: {
    nl: 'Deze doorverwijzing werd nog niet verstuurd.',
    fr: 'Cette orientation n’a pas encore été envoyée.',
    de: 'Diese Weiterverweisung wurde noch nicht gesendet.',
    en: 'This referral has not been sent yet.',
  },
  referral_ended: {
    nl: 'Deze doorverwijzing is beëindigd.',
    fr: 'Cette orientation a pris fin.',
    de: 'Diese Weiterverweisung ist beendet.',
    en: 'This referral has ended.',
  },
  referral_already_answered: {
    nl: 'Op deze doorverwijzing werd al geantwoord.',
    fr: 'Il a déjà été répondu à cette orientation.',
    de: 'Auf diese Weiterverweisung wurde bereits geantwortet.',
    en: 'This referral was answered already.',
  },
  receiver_is_sender: {
    nl: 'Ontvanger en verzender kunnen niet dezelfde persoon zijn.',
    fr: 'Le destinataire et l’expéditeur ne peuvent être la même personne.',
    de: 'Empfänger und Absender können nicht dieselbe Person sein.',
    en: 'Receiver and sender cannot be the same person.',
  },
  receiver_takes_part: {
    nl: 'Deze ontvanger kan dit niet ontvangen. Kies een andere.',
    fr: 'Ce destinataire ne peut recevoir ceci. Choisissez-en un autre.',
    de: 'Dieser Empfänger kann dies nicht erhalten. Wählen Sie einen anderen.',
    en: 'This receiver cannot receive this. Choose another.',
  },
  receiver_answers_at_their_desk: {
    nl: 'Deze ontvanger antwoordt zelf, aan de eigen balie.',
    fr: 'Ce destinataire répond lui-même, à son propre poste.',
    de: 'Dieser Empfänger antwortet selbst, am eigenen Platz.',
    en: 'This receiver answers at their own desk.',
  },
  sender_no_longer_handles: {
    nl: 'U behandelt deze casus niet meer.',
    fr: 'Vous ne traitez plus ce dossier.',
    de: 'Sie bearbeiten diesen Fall nicht mehr.',
    en: 'You no longer handle this case.',
  },
  more_only_when_the_worker_picked_it: {
    nl: 'Meer dan de twee documenten gaat alleen mee als de werknemer het zelf koos.',
    fr: 'Au-delà des deux documents, rien n’est transmis sans le choix du travailleur.',
    de: 'Mehr als die beiden Dokumente geht nur mit, wenn der Arbeitnehmer es selbst gewählt hat.',
    en: 'More than the two documents goes along only when the worker picked it.',
  },
  consent_required: {
    nl: 'Zonder toestemming van de werknemer gaat er niets mee.',
    fr: 'Sans le consentement du travailleur, rien n’est transmis.',
    de: 'Ohne Einwilligung des Arbeitnehmers geht nichts mit.',
    en: 'Nothing goes along without the worker’s consent.',
  },
  consent_to_another_list: {
    nl: 'De toestemming gold voor een andere lijst. Vraag ze opnieuw.',
    fr: 'Le consentement portait sur une autre liste. Demandez-le à nouveau.',
    de: 'Die Einwilligung galt für eine andere Liste. Bitten Sie erneut darum.',
    en: 'The consent was to another list. Ask for it again.',
  },
  consent_needs_current_wording: {
    nl: 'De tekst van de toestemming is vernieuwd. Toon de huidige tekst en vraag opnieuw.',
    fr: 'Le texte du consentement a changé. Montrez le texte actuel et redemandez.',
    de: 'Der Text der Einwilligung wurde erneuert. Zeigen Sie den aktuellen Text und fragen Sie erneut.',
    en: 'The wording of the consent was renewed. Show the current one and ask again.',
  },
  consent_needs_evidence: {
    nl: 'Voeg het bewijs van de toestemming toe.',
    fr: 'Ajoutez la preuve du consentement.',
    de: 'Fügen Sie den Nachweis der Einwilligung bei.',
    en: 'Add the evidence of the consent.',
  },
  consent_evidence_not_in_case: {
    nl: 'Dit bewijs zit niet in het dossier. Voeg het eerst als bijlage toe en noem dan die bijlage.',
    fr: 'Cette preuve ne figure pas au dossier. Ajoutez-la d’abord en annexe, puis indiquez cette annexe.',
    de: 'Dieser Nachweis ist nicht in der Akte. Fügen Sie ihn zuerst als Anlage bei und nennen Sie dann diese Anlage.',
    en: 'This evidence is not in the case. Attach it to the case first, then name that attachment.',
  },
  paper_consent_needs_holder: {
    nl: 'Zeg wie de ondertekende toestemming bewaart.',
    fr: 'Indiquez qui conserve le consentement signé.',
    de: 'Sagen Sie, wer die unterzeichnete Einwilligung aufbewahrt.',
    en: 'Say who keeps the signed consent.',
  },
  physician_needs_written_consent: {
    nl: 'Voor de arbeidsarts is schriftelijke toestemming nodig.',
    fr: 'Pour le médecin du travail, un consentement écrit est requis.',
    de: 'Für den Arbeitsarzt ist eine schriftliche Einwilligung nötig.',
    en: 'For the physician a written consent is needed.',
  },
  further_access_ended: {
    nl: 'De toegang tot deze stukken is beëindigd.',
    fr: 'L’accès à ces pièces a pris fin.',
    de: 'Der Zugang zu diesen Unterlagen ist beendet.',
    en: 'Access to these records has ended.',
  },
};
