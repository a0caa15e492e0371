import type { Language } from '@toeverlaat/contracts';

type Texts = Readonly<Record<Language, string>>;

/**
 * What a start that refuses says to the person at the terminal: what is wrong and what to do. The exact words of the error,
 * with the file, stand beside it, in English, for whoever looks them up.
 */
export const refusalTexts: Readonly<Record<string, Texts>> = {
  LogIntegrityError: {
    nl: 'Het logboek is beschadigd. Er werd niets gestart of gewijzigd. `npm run log:check` bekijkt elk stuk en noemt het eerste foute; zet het logboek terug uit een reservekopie.',
    fr: 'Le journal est endommagé. Rien n’a été démarré ni modifié. `npm run log:check` examine chaque enregistrement et nomme le premier mauvais ; restaurez le journal depuis une sauvegarde.',
    de: 'Das Protokoll ist beschädigt. Es wurde nichts gestartet oder geändert. `npm run log:check` prüft jeden Eintrag und nennt den ersten falschen; stellen Sie das Protokoll aus einer Sicherung wieder her.',
    en: 'The log is damaged. Nothing was started or changed. `npm run log:check` looks at every record and names the first bad one; restore the log from a backup.',
  },
  LogFormatTooNew: {
    nl: 'Een nieuwere versie schreef dit logboek. Start die versie; er werd niets gewijzigd.',
    fr: 'Une version plus récente a écrit ce journal. Démarrez celle-ci ; rien n’a été modifié.',
    de: 'Eine neuere Version hat dieses Protokoll geschrieben. Starten Sie jene; es wurde nichts geändert.',
    en: 'A newer version wrote this log. Start that one; nothing was changed.',
  },
  LogNotRecognised: {
    nl: 'Dit bestand is geen logboek. Kies een andere map met --data, of zet het logboek terug.',
    fr: 'Ce fichier n’est pas un journal. Choisissez un autre dossier avec --data, ou remettez le journal en place.',
    de: 'Diese Datei ist kein Protokoll. Wählen Sie mit --data einen anderen Ordner, oder legen Sie das Protokoll zurück.',
    en: 'This file is no log. Choose another folder with --data, or put the log back.',
  },
  RootKeyMissing: {
    nl: 'Het bestand met de hoofdsleutel ontbreekt. Zet het terug, of wijs het aan met --root-key; zonder kan niets geopend worden.',
    fr: 'Le fichier de la clé racine manque. Remettez-le en place, ou indiquez-le avec --root-key ; sans lui, rien ne peut être ouvert.',
    de: 'Die Datei mit dem Hauptschlüssel fehlt. Legen Sie sie zurück, oder nennen Sie sie mit --root-key; ohne sie lässt sich nichts öffnen.',
    en: 'The file of the root key is missing. Put it back, or name it with --root-key; without it nothing can be opened.',
  },
  RootKeyUnusable: {
    nl: 'De hoofdsleutel past niet of het bestand ervan kan niet gebruikt worden. Wijs de juiste aan met --root-key.',
    fr: 'La clé racine ne convient pas, ou son fichier est inutilisable. Indiquez la bonne avec --root-key.',
    de: 'Der Hauptschlüssel passt nicht, oder seine Datei ist nicht brauchbar. Nennen Sie den richtigen mit --root-key.',
    en: 'The root key does not fit, or its file cannot be used. Name the right one with --root-key.',
  },
  KeyFileUnusable: {
    nl: 'Een sleutelbestand kan niet gebruikt worden zoals het is. Zet het juiste terug uit een reservekopie.',
    fr: 'Un fichier de clés est inutilisable en l’état. Restaurez le bon depuis une sauvegarde.',
    de: 'Eine Schlüsseldatei ist so nicht brauchbar. Stellen Sie die richtige aus einer Sicherung wieder her.',
    en: 'A key file cannot be used as it is. Restore the right one from a backup.',
  },
  KeyringMissing: {
    nl: 'De sleutelring van dit logboek ontbreekt. Zet hem terug; een nieuwe zou niets openen.',
    fr: 'Le trousseau de ce journal manque. Remettez-le en place ; un nouveau n’ouvrirait rien.',
    de: 'Der Schlüsselbund dieses Protokolls fehlt. Legen Sie ihn zurück; ein neuer würde nichts öffnen.',
    en: 'The keyring of this log is missing. Put it back; a new one would open nothing.',
  },
  GatewayKeyUnusable: {
    nl: 'De sleutel van de toegang kan niet gebruikt worden. Verwijder het bestand: er wordt een nieuwe gemaakt.',
    fr: 'La clé de la passerelle est inutilisable. Supprimez le fichier : une nouvelle sera créée.',
    de: 'Der Schlüssel des Gateways ist nicht brauchbar. Löschen Sie die Datei: Es wird ein neuer gemacht.',
    en: 'The key of the gateway cannot be used. Delete the file: a new one is made.',
  },
  CannotListen: {
    nl: 'Op dit adres kan niet geluisterd worden. Kies een andere poort met --port (0 neemt een vrije).',
    fr: 'Impossible d’écouter à cette adresse. Choisissez un autre port avec --port (0 en prend un libre).',
    de: 'An dieser Adresse kann nicht gelauscht werden. Wählen Sie mit --port einen anderen Port (0 nimmt einen freien).',
    en: 'Nothing can listen at this address. Choose another port with --port (0 takes a free one).',
  },
  DataFolderInUse: {
    nl: 'Een ander proces gebruikt deze map. Stop het, of kies een andere map met --data.',
    fr: 'Un autre processus utilise ce dossier. Arrêtez-le, ou choisissez un autre dossier avec --data.',
    de: 'Ein anderer Prozess benutzt diesen Ordner. Beenden Sie ihn, oder wählen Sie mit --data einen anderen.',
    en: 'Another process uses this folder. Stop it, or choose another folder with --data.',
  },
  EvidenceStopped: {
    nl: 'Er werd niets ondertekend of gewijzigd; docs/how-to/audit.md zegt wat dit vraagt.',
    fr: 'Rien n’a été signé ni modifié ; docs/how-to/audit.md dit ce qu’il faut faire.',
    de: 'Es wurde nichts signiert oder geändert; docs/how-to/audit.md sagt, was zu tun ist.',
    en: 'Nothing was signed or changed; docs/how-to/audit.md says what this asks for.',
  },
  ExportRefused: {
    nl: 'De map werd gelaten zoals ze was; kies een lege met --out.',
    fr: 'Le dossier a été laissé tel quel ; choisissez-en un vide avec --out.',
    de: 'Der Ordner blieb, wie er war; wählen Sie mit --out einen leeren.',
    en: 'The folder was left as it is; choose an empty one with --out.',
  },
};

/** A setting that is wrong: its name and the rule are the same in every language. */
export const settingText: Texts = {
  nl: 'De instelling {setting} is fout ({rule}). Er werd niets gestart.',
  fr: 'Le réglage {setting} est incorrect ({rule}). Rien n’a été démarré.',
  de: 'Die Einstellung {setting} ist falsch ({rule}). Es wurde nichts gestartet.',
  en: 'The setting {setting} is wrong ({rule}). Nothing was started.',
};

/** The language of the terminal, as POSIX has it: LC_ALL before LC_MESSAGES before LANG; English where it says another. */
export const terminalLanguage = (environment: Readonly<Record<string, string | undefined>>): Language => {
  const said = [environment['LC_ALL'], environment['LC_MESSAGES'], environment['LANG']].find(
    (value) => value !== undefined && value !== '',
  );
  const code = said?.slice(0, 2).toLowerCase();
  return code === 'nl' || code === 'fr' || code === 'de' ? code : 'en';
};
