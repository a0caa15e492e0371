import type { Language } from '@toeverlaat/contracts';
import type { LeavingRule } from './refusal.js';

/** What is wrong and what to do, for the person at the terminal; the place stands beside it. */
export const leavingTexts: Readonly<Record<LeavingRule, Readonly<Record<Language, string>>>> = {
  out_not_empty: {
    nl: 'De map voor de overdracht bestaat al en is niet leeg. Er werd niets geschreven; kies een andere.',
    fr: 'Le dossier du transfert existe déjà et n’est pas vide. Rien n’a été écrit ; choisissez-en un autre.',
    de: 'Der Ordner für die Übergabe ist schon da und nicht leer. Es wurde nichts geschrieben; wählen Sie einen anderen.',
    en: 'The folder for the handover is there already and not empty. Nothing was written; choose another.',
  },
  no_organisation: {
    nl: 'Deze organisatie is niet in deze installatie. Controleer --organisation en --data.',
    fr: 'Cette organisation n’est pas dans cette installation. Vérifiez --organisation et --data.',
    de: 'Diese Organisation ist nicht in dieser Installation. Prüfen Sie --organisation und --data.',
    en: 'This organisation is not in this installation. Check --organisation and --data.',
  },
  reactions_parked: {
    nl: 'Iets van deze organisatie is nog niet afgehandeld. Doe het eerst met: npm run parked',
    fr: 'Quelque chose de cette organisation n’est pas encore traité. Faites-le d’abord avec : npm run parked',
    de: 'Etwas von dieser Organisation ist noch nicht erledigt. Tun Sie es zuerst mit: npm run parked',
    en: 'Something of this organisation is not dealt with yet. Do it first with: npm run parked',
  },
  departure_not_approved: {
    nl: 'Dit vertrek werd niet door twee personen beslist. Vraag en keur het eerst goed in het product.',
    fr: 'Ce départ n’a pas été décidé par deux personnes. Demandez-le et approuvez-le d’abord dans le produit.',
    de: 'Dieser Weggang wurde nicht von zwei Personen beschlossen. Beantragen und genehmigen Sie ihn zuerst im Produkt.',
    en: 'Two people did not decide this departure. Ask for it and approve it in the product first.',
  },
  departure_too_soon: {
    nl: 'De dag waarop mag worden overgedragen is nog niet gekomen. Er werd niets overgedragen.',
    fr: 'Le jour à partir duquel on peut transférer n’est pas encore venu. Rien n’a été transféré.',
    de: 'Der Tag, ab dem übergeben werden darf, ist noch nicht gekommen. Es wurde nichts übergeben.',
    en: 'The day from which it may be handed over has not come. Nothing was handed over.',
  },
  transfer_begun: {
    nl: 'Deze overdracht is al bevestigd. Er wordt niets meer overgedragen.',
    fr: 'Ce transfert est déjà confirmé. Plus rien n’est transféré.',
    de: 'Diese Übergabe ist schon bestätigt. Es wird nichts mehr übergeben.',
    en: 'This handover is confirmed already. Nothing more is handed over.',
  },
  departure_unreadable: {
    nl: 'Het vertrek kan nu niet worden gelezen. Controleer de sleutels en probeer opnieuw.',
    fr: 'Le départ ne peut être lu maintenant. Vérifiez les clés et réessayez.',
    de: 'Der Weggang kann jetzt nicht gelesen werden. Prüfen Sie die Schlüssel und versuchen Sie es erneut.',
    en: 'The departure cannot be read now. Check the keys and try again.',
  },
  no_receiver: {
    nl: 'Niemand is aangewezen om dit te ontvangen. Wijs een bevoegde ontvanger aan; er werd niets overgedragen.',
    fr: 'Personne n’est désigné pour recevoir ceci. Désignez un destinataire compétent ; rien n’a été transféré.',
    de: 'Niemand ist als Empfänger hierfür bestimmt. Bestimmen Sie einen zuständigen; es wurde nichts übergeben.',
    en: 'Nobody is named to receive this. Name who is competent; nothing was handed over.',
  },
  unusable_key: {
    nl: 'De openbare sleutel van deze ontvanger is er geen. Vraag een nieuwe, gemaakt met: npm run leave -- key',
    fr: 'La clé publique de ce destinataire n’en est pas une. Demandez-en une nouvelle, faite avec : npm run leave -- key',
    de: 'Der öffentliche Schlüssel dieses Empfängers ist keiner. Verlangen Sie einen neuen, gemacht mit: npm run leave -- key',
    en: 'The public key of this receiver is none. Ask for a new one, made with: npm run leave -- key',
  },
  no_handover: {
    nl: 'In deze map staat geen overdracht, of ze werd niet afgemaakt. Kies een andere, of maak ze af.',
    fr: 'Il n’y a pas de transfert dans ce dossier, ou il n’a pas été terminé. Choisissez-en un autre, ou terminez-le.',
    de: 'In diesem Ordner ist keine Übergabe, oder sie wurde nicht beendet. Wählen Sie eine andere, oder beenden Sie sie.',
    en: 'There is no handover in this folder, or it was not finished. Choose another, or finish it.',
  },
  damaged: {
    nl: 'De overdracht is beschadigd of onvolledig bij dit bestand. Er werd niets ingevoerd; vraag een nieuwe kopie.',
    fr: 'Le transfert est endommagé ou incomplet à ce fichier. Rien n’a été importé ; demandez une nouvelle copie.',
    de: 'Die Übergabe ist bei dieser Datei beschädigt oder unvollständig. Es wurde nichts eingeführt; verlangen Sie eine neue Kopie.',
    en: 'The handover is damaged or incomplete at this file. Nothing was imported; ask for another copy.',
  },
  newer_format: {
    nl: 'Een andere versie maakte deze overdracht. Gebruik die versie om ze in te voeren.',
    fr: 'Une autre version a fait ce transfert. Utilisez-la pour l’importer.',
    de: 'Eine andere Version hat diese Übergabe gemacht. Führen Sie sie mit jener ein.',
    en: 'Another version made this handover. Import it with that one.',
  },
  wrong_receiver_key: {
    nl: 'Deze sleutel hoort bij geen ontvanger van deze overdracht. Er werd niets geschreven; neem de juiste sleutel.',
    fr: 'Cette clé n’est celle d’aucun destinataire de ce transfert. Rien n’a été écrit ; prenez la bonne clé.',
    de: 'Dieser Schlüssel gehört keinem Empfänger dieser Übergabe. Es wurde nichts geschrieben; nehmen Sie den richtigen.',
    en: 'This key belongs to no receiver of this handover. Nothing was written; take the right key.',
  },
  receiver_missing: {
    nl: 'De sleutel van deze ontvanger ontbreekt. Geef hem mee met --key; er werd niets ingevoerd.',
    fr: 'La clé de ce destinataire manque. Donnez-la avec --key ; rien n’a été importé.',
    de: 'Der Schlüssel dieses Empfängers fehlt. Geben Sie ihn mit --key an; es wurde nichts eingeführt.',
    en: 'The key of this receiver is missing. Give it with --key; nothing was imported.',
  },
  register_damaged: {
    nl: 'Dit is geen register van feiten van derden, of het werd gewijzigd. Vraag een andere kopie.',
    fr: 'Ceci n’est pas un registre de faits de tiers, ou il a été modifié. Demandez une autre copie.',
    de: 'Dies ist kein Register der Taten Dritter, oder es wurde geändert. Verlangen Sie eine andere Kopie.',
    en: 'This is no register of facts by third parties, or it was changed. Ask for another copy.',
  },
  target_not_empty: {
    nl: 'In deze map staat al iets. Kies met --data een lege map; er werd niets veranderd.',
    fr: 'Il y a déjà quelque chose dans ce dossier. Choisissez avec --data un dossier vide ; rien n’a été modifié.',
    de: 'In diesem Ordner ist schon etwas. Wählen Sie mit --data einen leeren; es wurde nichts geändert.',
    en: 'There is something in this folder already. Choose an empty one with --data; nothing was changed.',
  },
  other_import: {
    nl: 'In deze map werd iets anders begonnen. Maak dat eerst af, of kies een lege map.',
    fr: 'Autre chose a été commencé dans ce dossier. Terminez-le d’abord, ou choisissez un dossier vide.',
    de: 'In diesem Ordner wurde etwas anderes begonnen. Beenden Sie das zuerst, oder wählen Sie einen leeren.',
    en: 'Something else was begun in this folder. Finish that first, or choose an empty folder.',
  },
  views_differ: {
    nl: 'Een overzicht is hier niet zoals het was. Voer in met dezelfde versie; er wordt niets bevestigd.',
    fr: 'Une vue n’est pas ici comme elle était. Importez avec la même version ; rien n’est confirmé.',
    de: 'Eine Übersicht ist hier nicht, wie sie war. Führen Sie mit derselben Version ein; es wird nichts bestätigt.',
    en: 'A view is not here as it was. Import with the same version; nothing is confirmed.',
  },
  confirmation_damaged: {
    nl: 'Dit is geen bevestiging, of ze werd gewijzigd. Er werd niets vernietigd; vraag ze opnieuw.',
    fr: 'Ceci n’est pas une confirmation, ou elle a été modifiée. Rien n’a été effacé ; redemandez-la.',
    de: 'Dies ist keine Bestätigung, oder sie wurde geändert. Es wurde nichts gelöscht; verlangen Sie sie erneut.',
    en: 'This is no confirmation, or it was changed. Nothing was destroyed; ask for it again.',
  },
  handover_unknown: {
    nl: 'Deze bevestiging hoort bij geen overdracht van hier. Er werd niets vernietigd.',
    fr: 'Cette confirmation ne correspond à aucun transfert fait ici. Rien n’a été effacé.',
    de: 'Diese Bestätigung gehört zu keiner Übergabe von hier. Es wurde nichts gelöscht.',
    en: 'This confirmation is of no handover that was made here. Nothing was destroyed.',
  },
  confirmation_differs: {
    nl: 'Wat de nieuwe host bevestigt, is niet wat werd overgedragen. Er werd niets vernietigd.',
    fr: 'Ce que le nouvel hébergeur confirme n’est pas ce qui a été transféré. Rien n’a été effacé.',
    de: 'Was der neue Anbieter bestätigt, ist nicht, was übergeben wurde. Es wurde nichts gelöscht.',
    en: 'What the next host confirms is not what was handed over. Nothing was destroyed.',
  },
  disk_full: {
    nl: 'De schijf is vol. Maak plaats en geef dezelfde opdracht opnieuw.',
    fr: 'Le disque est plein. Faites de la place et redonnez le même ordre.',
    de: 'Die Platte ist voll. Schaffen Sie Platz und geben Sie denselben Befehl erneut.',
    en: 'The disk is full. Make room and give the same command again.',
  },
};
