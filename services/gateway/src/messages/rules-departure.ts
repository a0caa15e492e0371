import type { DepartureRuleCode, HandedRuleCode } from '@toeverlaat/contracts';
import type { Message } from './fill.js';

/** Why a departure is refused, and what to do. */
export const departureRules: Readonly<Record<DepartureRuleCode | HandedRuleCode, Message>> = {
  handed_over: {
    nl: 'Dit dossier is overgedragen aan de nieuwe host van uw organisatie en verandert hier niet meer. Er werd niets bewaard: doe dit daar. Uw vertrouwenspersoon zegt u waar; een nieuwe contactvraag wordt hier nog altijd gehoord.',
    fr: 'Ce dossier a été transféré au nouvel hébergeur de votre organisation et ne change plus ici. Rien n’a été conservé : faites-le là-bas. Votre personne de confiance vous dit où ; une nouvelle demande de contact est toujours entendue ici.',
    de: 'Diese Akte wurde an den neuen Anbieter Ihrer Organisation übergeben und ändert sich hier nicht mehr. Es wurde nichts gespeichert: Tun Sie es dort. Ihre Vertrauensperson sagt Ihnen, wo; eine neue Kontaktanfrage wird hier weiter gehört.',
    en: 'This file was handed over to your organisation’s next host and changes here no more. Nothing was kept: do it there. Your confidential counsellor tells you where; a new contact request is still heard here.',
  },
  departure_under_way: {
    nl: 'Er is al een vertrek gevraagd. Rond het af of trek het in.',
    fr: 'Un départ est déjà demandé. Menez-le à terme ou retirez-le.',
    de: 'Ein Weggang ist schon beantragt. Schließen Sie ihn ab oder ziehen Sie ihn zurück.',
    en: 'A departure was asked for already. Finish it or withdraw it.',
  },
  departure_withdrawn: {
    nl: 'Dit vertrek werd ingetrokken. Vraag een nieuw als het toch nodig is.',
    fr: 'Ce départ a été retiré. Demandez-en un nouveau s’il reste nécessaire.',
    de: 'Dieser Weggang wurde zurückgezogen. Beantragen Sie einen neuen, wenn er doch nötig ist.',
    en: 'This departure was withdrawn. Ask for a new one if it is needed after all.',
  },
  departure_second_person: {
    nl: 'Een vertrek wordt door een tweede persoon goedgekeurd. U hebt het zelf gevraagd.',
    fr: 'Un départ est approuvé par une seconde personne. Vous l’avez demandé vous-même.',
    de: 'Ein Weggang wird von einer zweiten Person genehmigt. Sie haben ihn selbst beantragt.',
    en: 'A departure is approved by a second person. You asked for it yourself.',
  },
  departure_counsellor_needed: {
    nl: 'Een van de twee moet een vertrouwenspersoon zijn: de dossiers zijn niet van het bedrijf.',
    fr: 'L’une des deux doit être une personne de confiance : les dossiers n’appartiennent pas à l’entreprise.',
    de: 'Eine der beiden muss eine Vertrauensperson sein: Die Akten gehören nicht dem Betrieb.',
    en: 'One of the two must be a confidential counsellor: the files are not the company’s.',
  },
  departure_too_soon: {
    nl: 'Vóór {bound} wordt niets overgedragen: wie betrokken is, heeft tot dan tijd om bezwaar te maken.',
    fr: 'Rien n’est transféré avant le {bound} : les personnes concernées ont jusque-là pour s’opposer.',
    de: 'Vor dem {bound} wird nichts übergeben: Bis dahin können die Betroffenen widersprechen.',
    en: 'Nothing is handed over before {bound}: until then whoever is concerned may object.',
  },
  departure_not_approved: {
    nl: 'Dit vertrek is nog niet goedgekeurd, of er werd nog niets overgedragen.',
    fr: 'Ce départ n’est pas encore approuvé, ou rien n’a encore été transféré.',
    de: 'Dieser Weggang ist noch nicht genehmigt, oder es wurde noch nichts übergeben.',
    en: 'This departure is not approved yet, or nothing was handed over yet.',
  },
  departure_confirmation_term: {
    nl: 'De nieuwe host bevestigt binnen 1 tot {bound} dagen.',
    fr: 'Le nouvel hébergeur confirme dans un délai de 1 à {bound} jours.',
    de: 'Der neue Anbieter bestätigt binnen 1 bis {bound} Tagen.',
    en: 'The next host confirms within 1 to {bound} days.',
  },
  transfer_begun: {
    nl: 'De overdracht is al begonnen. Dit kan niet meer.',
    fr: 'Le transfert a déjà commencé. Ce n’est plus possible.',
    de: 'Die Übergabe hat schon begonnen. Das geht nicht mehr.',
    en: 'The handover has begun already. This is not possible any more.',
  },
  receiver_missing: {
    nl: 'Noem minstens één vertrouwenspersoon en de nieuwe host als ontvanger.',
    fr: 'Désignez au moins une personne de confiance et le nouvel hébergeur comme destinataires.',
    de: 'Nennen Sie mindestens eine Vertrauensperson und den neuen Anbieter als Empfänger.',
    en: 'Name at least one confidential counsellor and the next host as receivers.',
  },
  receiver_key_twice: {
    nl: 'Twee ontvangers hebben dezelfde sleutel. Elke ontvanger maakt een eigen sleutel.',
    fr: 'Deux destinataires ont la même clé. Chaque destinataire fait la sienne.',
    de: 'Zwei Empfänger haben denselben Schlüssel. Jeder Empfänger macht einen eigenen.',
    en: 'Two receivers have the same key. Each receiver makes their own.',
  },
  receiver_not_competent: {
    nl: 'Een genoemde ontvanger is hier vandaag geen vertrouwenspersoon of preventieadviseur.',
    fr: 'Un destinataire désigné n’est pas aujourd’hui personne de confiance ou conseiller en prévention ici.',
    de: 'Ein genannter Empfänger ist hier heute keine Vertrauensperson und kein Gefahrenverhütungsberater.',
    en: 'A receiver who is named is no confidential counsellor or prevention adviser here today.',
  },
  keys_withheld: {
    nl: 'De sleutel van deze ontvanger wordt tegengehouden. De dossiers blijven waar ze zijn.',
    fr: 'La clé de ce destinataire est retenue. Les dossiers restent où ils sont.',
    de: 'Der Schlüssel dieses Empfängers wird zurückgehalten. Die Akten bleiben, wo sie sind.',
    en: 'The key of this receiver is held back. The files stay where they are.',
  },
  handover_unknown: {
    nl: 'Hiervan werd niets overgedragen, of de nieuwe host heeft het niet bevestigd.',
    fr: 'Rien de ceci n’a été transféré, ou le nouvel hébergeur ne l’a pas confirmé.',
    de: 'Hiervon wurde nichts übergeben, oder der neue Anbieter hat es nicht bestätigt.',
    en: 'Nothing of this was handed over, or the next host has not confirmed it.',
  },
  confirmation_differs: {
    nl: 'De bevestiging past niet bij wat werd overgedragen. Er werd niets vernietigd.',
    fr: 'La confirmation ne correspond pas à ce qui a été transféré. Rien n’a été effacé.',
    de: 'Die Bestätigung passt nicht zu dem, was übergeben wurde. Es wurde nichts gelöscht.',
    en: 'The confirmation does not fit what was handed over. Nothing was destroyed.',
  },
};
