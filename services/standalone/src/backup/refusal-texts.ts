import type { Language } from '@toeverlaat/contracts';
import type { BackupRule } from './refusal.js';

/** What is wrong and what to do, for the person at the terminal; the place stands beside it. */
export const backupTexts: Readonly<Record<BackupRule, Readonly<Record<Language, string>>>> = {
  out_not_empty: {
    nl: 'De map voor de reservekopie bestaat al en is niet leeg. Er werd niets geschreven; kies een andere.',
    fr: 'Le dossier de la sauvegarde existe déjà et n’est pas vide. Rien n’a été écrit ; choisissez-en un autre.',
    de: 'Der Ordner für die Sicherung ist schon da und nicht leer. Es wurde nichts geschrieben; wählen Sie einen anderen.',
    en: 'The folder for the backup is there already and not empty. Nothing was written; choose another.',
  },
  being_written: {
    nl: 'Een ander proces schrijft deze reservekopie. Wacht tot het klaar is.',
    fr: 'Un autre processus écrit cette sauvegarde. Attendez qu’il ait fini.',
    de: 'Ein anderer Prozess schreibt diese Sicherung. Warten Sie, bis er fertig ist.',
    en: 'Another process writes this backup. Wait until it is done.',
  },
  nothing_to_back_up: {
    nl: 'In deze map staat geen installatie. Wijs de juiste aan met --data.',
    fr: 'Il n’y a pas d’installation dans ce dossier. Indiquez le bon avec --data.',
    de: 'In diesem Ordner ist keine Installation. Nennen Sie den richtigen mit --data.',
    en: 'There is no installation in this folder. Name the right one with --data.',
  },
  keyring_beside_vault: {
    nl: 'De sleutelring zou naast de kluis liggen: een dief had dan beide. Kies een andere plaats, of vraag het uitdrukkelijk met --keyring-beside-the-vault.',
    fr: 'Le trousseau se trouverait à côté du coffre : un voleur aurait les deux. Choisissez un autre lieu, ou demandez-le expressément avec --keyring-beside-the-vault.',
    de: 'Der Schlüsselbund läge neben dem Tresor: Ein Dieb hätte beide. Wählen Sie einen anderen Ort, oder verlangen Sie es ausdrücklich mit --keyring-beside-the-vault.',
    en: 'The keyring would lie beside the vault: a thief would have both. Choose another place, or ask for it outright with --keyring-beside-the-vault.',
  },
  no_backup: {
    nl: 'In deze map staat geen reservekopie, of ze werd niet afgemaakt. Kies een andere.',
    fr: 'Il n’y a pas de sauvegarde dans ce dossier, ou elle n’a pas été terminée. Choisissez-en une autre.',
    de: 'In diesem Ordner ist keine Sicherung, oder sie wurde nicht beendet. Wählen Sie eine andere.',
    en: 'There is no backup in this folder, or it was not finished. Choose another.',
  },
  damaged: {
    nl: 'De reservekopie is beschadigd of onvolledig bij dit bestand. Er werd niets geopend; neem een andere kopie.',
    fr: 'La sauvegarde est endommagée ou incomplète à ce fichier. Rien n’a été ouvert ; prenez une autre copie.',
    de: 'Die Sicherung ist bei dieser Datei beschädigt oder unvollständig. Es wurde nichts geöffnet; nehmen Sie eine andere.',
    en: 'The backup is damaged or incomplete at this file. Nothing was opened; take another copy.',
  },
  newer_format: {
    nl: 'Een andere versie maakte deze reservekopie. Gebruik die versie om ze terug te zetten.',
    fr: 'Une autre version a fait cette sauvegarde. Utilisez-la pour la restaurer.',
    de: 'Eine andere Version hat diese Sicherung gemacht. Stellen Sie sie mit jener wieder her.',
    en: 'Another version made this backup. Put it back with that one.',
  },
  without_vault: {
    nl: 'De kluis werd uit deze reservekopie genomen: ze bewijst de geschiedenis, maar opent niets. Neem een jongere kopie.',
    fr: 'Le coffre a été retiré de cette sauvegarde : elle prouve l’histoire mais n’ouvre rien. Prenez-en une plus récente.',
    de: 'Der Tresor wurde aus dieser Sicherung genommen: Sie beweist die Geschichte, öffnet aber nichts. Nehmen Sie eine neuere.',
    en: 'The vault was taken out of this backup: it proves history and opens nothing. Take a newer one.',
  },
  no_keyring: {
    nl: 'Hier is geen sleutelring. Wijs de reservekopie van de sleutelring aan met --keyring.',
    fr: 'Il n’y a pas de trousseau ici. Indiquez la sauvegarde du trousseau avec --keyring.',
    de: 'Hier ist kein Schlüsselbund. Nennen Sie die Sicherung des Schlüsselbunds mit --keyring.',
    en: 'There is no keyring here. Name the backup of the keyring with --keyring.',
  },
  wrong_epoch: {
    nl: 'Deze sleutelring past niet bij de kluis: een van beide is te oud. Neem een sleutelring die kort na de kluis werd bewaard. Er werd niets teruggezet.',
    fr: 'Ce trousseau ne convient pas au coffre : l’un des deux est trop ancien. Prenez un trousseau sauvegardé peu après le coffre. Rien n’a été restauré.',
    de: 'Dieser Schlüsselbund passt nicht zum Tresor: Einer der beiden ist zu alt. Nehmen Sie einen, der kurz nach dem Tresor gesichert wurde. Es wurde nichts wiederhergestellt.',
    en: 'This keyring does not fit the vault: one of the two is too old. Take a keyring that was backed up shortly after the vault. Nothing was put back.',
  },
  target_not_empty: {
    nl: 'De doelmap is niet leeg. Er werd niets overschreven; kies een lege met --data.',
    fr: 'Le dossier cible n’est pas vide. Rien n’a été écrasé ; choisissez-en un vide avec --data.',
    de: 'Der Zielordner ist nicht leer. Es wurde nichts überschrieben; wählen Sie mit --data einen leeren.',
    en: 'The target folder is not empty. Nothing was overwritten; choose an empty one with --data.',
  },
  other_restore: {
    nl: 'In deze map werd een andere reservekopie voor een deel teruggezet. Maak die af, of leeg de map.',
    fr: 'Une autre sauvegarde a été restaurée en partie dans ce dossier. Terminez-la, ou videz le dossier.',
    de: 'In diesem Ordner wurde eine andere Sicherung zum Teil wiederhergestellt. Beenden Sie das, oder leeren Sie den Ordner.',
    en: 'Another backup was put back in part in this folder. Finish that, or empty the folder.',
  },
  ledger_missing: {
    nl: 'Zonder het jongste register van wat gewist werd, gaat niets open: het gewiste zou weer leesbaar zijn. Stel het anker in waarmee de installatie liep (--anchor-file, --anchor-git, --anchor-outbox), of geef een kopie met --ledger.',
    fr: 'Sans le registre le plus récent de ce qui a été effacé, rien ne s’ouvre : l’effacé redeviendrait lisible. Indiquez l’ancrage de l’installation (--anchor-file, --anchor-git, --anchor-outbox), ou donnez-en une copie avec --ledger.',
    de: 'Ohne das neueste Verzeichnis des Gelöschten öffnet sich nichts: Gelöschtes wäre wieder lesbar. Nennen Sie den Anker der Installation (--anchor-file, --anchor-git, --anchor-outbox), oder geben Sie eine Kopie mit --ledger.',
    en: 'Without the newest ledger of what was erased nothing opens: what was erased could be read again. Name the anchor that the installation ran with (--anchor-file, --anchor-git, --anchor-outbox), or give a copy with --ledger.',
  },
  ledger_too_old: {
    nl: 'Het register van wat gewist werd is ouder dan de reservekopie of dan het anker. Geef een jonger met --ledger.',
    fr: 'Le registre de ce qui a été effacé est plus ancien que la sauvegarde ou que l’ancrage. Donnez-en un plus récent avec --ledger.',
    de: 'Das Verzeichnis des Gelöschten ist älter als die Sicherung oder der Anker. Geben Sie ein neueres mit --ledger.',
    en: 'The ledger of what was erased is older than the backup, or than the anchor. Give a newer one with --ledger.',
  },
  ledger_false: {
    nl: 'Dit register van wat gewist werd is niet van deze installatie, of niet volledig. Er werd niets toegepast.',
    fr: 'Ce registre de ce qui a été effacé n’est pas de cette installation, ou n’est pas complet. Rien n’a été appliqué.',
    de: 'Dieses Verzeichnis des Gelöschten ist nicht von dieser Installation, oder nicht vollständig. Es wurde nichts angewandt.',
    en: 'This ledger of what was erased is not of this installation, or not whole. Nothing was applied.',
  },
  anchor_not_reached: {
    nl: 'Een anker is niet bereikbaar; het kan een jonger register hebben. Herstel de verbinding en probeer opnieuw.',
    fr: 'Un ancrage est injoignable ; il peut avoir un registre plus récent. Rétablissez la connexion et réessayez.',
    de: 'Ein Anker ist nicht erreichbar; er kann ein neueres Verzeichnis haben. Stellen Sie die Verbindung her und versuchen Sie es erneut.',
    en: 'An anchor cannot be reached; it may have a newer ledger. Restore the connection and try again.',
  },
  restore_unfinished: {
    nl: 'Hier werd een reservekopie teruggezet en niet afgemaakt. Er gaat niets open; voer dezelfde `npm run restore` opnieuw uit.',
    fr: 'Une restauration a été commencée ici et n’est pas terminée. Rien ne s’ouvre ; relancez le même `npm run restore`.',
    de: 'Hier wurde eine Wiederherstellung begonnen und nicht beendet. Es öffnet sich nichts; führen Sie dasselbe `npm run restore` noch einmal aus.',
    en: 'A restore was begun here and not finished. Nothing opens; run the same `npm run restore` again.',
  },
  old_copy: {
    nl: 'Hier staat een oude kopie: het anker, of het logboek zelf, weet van meer dat gewist werd. Er gaat niets open; `npm run restore -- --by-hand` past het jongste register toe.',
    fr: 'C’est une ancienne copie : l’ancrage, ou le journal lui-même, en sait plus sur ce qui a été effacé. Rien ne s’ouvre ; `npm run restore -- --by-hand` applique le registre le plus récent.',
    de: 'Hier liegt eine alte Kopie: Der Anker, oder das Protokoll selbst, weiß von mehr Gelöschtem. Es öffnet sich nichts; `npm run restore -- --by-hand` wendet das neueste Verzeichnis an.',
    en: 'This is an old copy: the anchor, or the log itself, knows of more that was erased. Nothing opens; `npm run restore -- --by-hand` applies the newest ledger.',
  },
  disk_full: {
    nl: 'De schijf is vol. Maak plaats en voer hetzelfde opnieuw uit; er staat geen halve reservekopie.',
    fr: 'Le disque est plein. Faites de la place et relancez la même commande ; il n’y a pas de sauvegarde à moitié faite.',
    de: 'Der Datenträger ist voll. Schaffen Sie Platz und führen Sie dasselbe noch einmal aus; es gibt keine halbe Sicherung.',
    en: 'The disk is full. Make room and run the same again; no half of a backup is left.',
  },
};
