import type { Facts, Finding, Place } from './findings.js';
import type { ReceiptFault, ReceiptVerdict } from './receipt.js';

export const languages = ['en', 'nl', 'fr', 'de'] as const;
export type Language = (typeof languages)[number];

/** One sentence in each language; `{name}` is filled in. */
type Texts = Readonly<Record<Language, string>>;
type Values = Readonly<Record<string, string | number>>;

const fill = (texts: Texts, language: Language, values: Values = {}): string =>
  texts[language].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));

const HOLDS = {
  complete: {
    en: 'All {records} records of {organisation}, in {streams} streams, are there, in their order and unchanged: recomputed, they lead to the signed root {root}.',
    nl: 'Alle {records} stukken van {organisation}, in {streams} reeksen, zijn er, in hun volgorde en ongewijzigd: opnieuw berekend leiden ze tot de ondertekende wortel {root}.',
    fr: 'Les {records} enregistrements de {organisation}, en {streams} suites, sont tous là, dans leur ordre et inchangés : recalculés, ils mènent à la racine signée {root}.',
    de: 'Alle {records} Einträge von {organisation}, in {streams} Folgen, sind da, in ihrer Reihenfolge und unverändert: neu berechnet führen sie zur signierten Wurzel {root}.',
  },
  checkpoints: {
    en: 'All {checkpoints} checkpoints, signed from {firstAt} to {lastAt}, are of this one tree: nothing that was once signed was changed or taken out later.',
    nl: 'Alle {checkpoints} controlepunten, ondertekend van {firstAt} tot {lastAt}, horen bij deze ene boom: niets wat ooit ondertekend werd, is later gewijzigd of weggenomen.',
    fr: 'Les {checkpoints} points de contrôle, signés du {firstAt} au {lastAt}, appartiennent à ce seul arbre : rien de ce qui a été signé n’a été modifié ni retiré ensuite.',
    de: 'Alle {checkpoints} Prüfpunkte, signiert von {firstAt} bis {lastAt}, gehören zu diesem einen Baum: nichts, was einmal signiert war, wurde später geändert oder entfernt.',
  },
  accesses: {
    en: '{accesses} readings and {denied} refused or counted attempts stand among the records, in the same order and under the same signatures.',
    nl: '{accesses} inzages en {denied} geweigerde of getelde pogingen staan tussen de stukken, in dezelfde volgorde en onder dezelfde handtekeningen.',
    fr: '{accesses} consultations et {denied} tentatives refusées ou comptées figurent parmi les enregistrements, dans le même ordre et sous les mêmes signatures.',
    de: '{accesses} Einsichten und {denied} abgelehnte oder gezählte Versuche stehen unter den Einträgen, in derselben Reihenfolge und unter denselben Signaturen.',
  },
  seals: {
    en: '{sealed} of {seals} seals of the installation hold a head of this organisation, and each is one of this tree.',
    nl: '{sealed} van {seals} verzegelingen van de installatie bevatten een stand van deze organisatie, en elk ervan hoort bij deze boom.',
    fr: '{sealed} des {seals} scellés de l’installation contiennent un état de cette organisation, et chacun est de cet arbre.',
    de: '{sealed} von {seals} Siegeln der Installation enthalten einen Stand dieser Organisation, und jeder gehört zu diesem Baum.',
  },
  anchored: {
    en: '{anchored} seals are the same in the copy that you brought.',
    nl: '{anchored} verzegelingen zijn dezelfde in de kopie die u meebracht.',
    fr: '{anchored} scellés sont identiques dans la copie que vous avez apportée.',
    de: '{anchored} Siegel sind in der Kopie, die Sie mitgebracht haben, dieselben.',
  },
  erased: {
    en: '{keyIds} keys are listed as destroyed; {keyIdsUnsealed} of them since the newest seal.',
    nl: '{keyIds} sleutels staan als vernietigd vermeld; {keyIdsUnsealed} daarvan sinds de jongste verzegeling.',
    fr: '{keyIds} clés sont indiquées comme détruites, dont {keyIdsUnsealed} depuis le dernier scellé.',
    de: '{keyIds} Schlüssel sind als vernichtet aufgeführt; {keyIdsUnsealed} davon seit dem neuesten Siegel.',
  },
  signersChanged: {
    en: 'The keys that sign were changed {signerChanges} time(s); each time the old ones announced the new in the log, under their own signature.',
    nl: 'De sleutels die ondertekenen werden {signerChanges} keer vervangen; telkens kondigden de oude de nieuwe aan in het logboek, onder hun eigen handtekening.',
    fr: 'Les clés qui signent ont été changées {signerChanges} fois ; chaque fois, les anciennes ont annoncé les nouvelles dans le journal, sous leur propre signature.',
    de: 'Die signierenden Schlüssel wurden {signerChanges}-mal gewechselt; jedes Mal kündigten die alten die neuen im Protokoll an, unter ihrer eigenen Signatur.',
  },
  sealersChanged: {
    en: 'The keys that sign the installation’s seals were changed {sealerChanges} time(s); each time the old ones announced the new under their own signature.',
    nl: 'De sleutels die de verzegelingen van de installatie ondertekenen, werden {sealerChanges} keer vervangen; telkens kondigden de oude de nieuwe aan onder hun eigen handtekening.',
    fr: 'Les clés qui signent les scellés de l’installation ont été changées {sealerChanges} fois ; chaque fois, les anciennes ont annoncé les nouvelles sous leur propre signature.',
    de: 'Die Schlüssel, die die Siegel der Installation signieren, wurden {sealerChanges}-mal gewechselt; jedes Mal kündigten die alten die neuen unter ihrer eigenen Signatur an.',
  },
  restored: {
    en: 'The log was begun anew under another name {restores} time(s) after a restore, last at {restoredAt}; it names the old head of {previousSize} records ({previousOrigin}), and that head is of this tree.',
    nl: 'Het logboek werd na een terugzetting {restores} keer onder een andere naam hervat, het laatst op {restoredAt}; het noemt de oude stand van {previousSize} stukken ({previousOrigin}), en die stand hoort bij deze boom.',
    fr: 'Après une restauration, le journal a été repris {restores} fois sous un autre nom, la dernière le {restoredAt} ; il nomme l’ancien état de {previousSize} enregistrements ({previousOrigin}), et cet état est de cet arbre.',
    de: 'Das Protokoll wurde nach einer Wiederherstellung {restores}-mal unter einem anderen Namen neu begonnen, zuletzt am {restoredAt}; es nennt den alten Stand von {previousSize} Einträgen ({previousOrigin}), und dieser Stand gehört zu diesem Baum.',
  },
  keyKnown: {
    en: 'The signatures are of the key that you gave.',
    nl: 'De handtekeningen zijn van de sleutel die u opgaf.',
    fr: 'Les signatures sont de la clé que vous avez donnée.',
    de: 'Die Signaturen stammen von dem Schlüssel, den Sie angegeben haben.',
  },
} as const satisfies Readonly<Record<string, Texts>>;

const OUTSIDE = {
  keyTaken: {
    en: 'You gave no key, so the one in the folder was taken. Compare it with the one your organisation was given when it began: {keys}',
    nl: 'U gaf geen sleutel op, dus werd die uit de map genomen. Vergelijk hem met de sleutel die uw organisatie bij het begin kreeg: {keys}',
    fr: 'Vous n’avez pas donné de clé ; celle du dossier a été prise. Comparez-la avec celle que votre organisation a reçue au début : {keys}',
    de: 'Sie haben keinen Schlüssel angegeben, daher wurde der aus dem Ordner genommen. Vergleichen Sie ihn mit dem, den Ihre Organisation zu Beginn erhielt: {keys}',
  },
  noAnchor: {
    en: 'You brought no copy of an anchor. Without one, whoever holds the signing keys could have written a whole history anew.',
    nl: 'U bracht geen kopie van een anker mee. Zonder zo’n kopie kan wie de ondertekensleutels heeft een hele geschiedenis opnieuw hebben geschreven.',
    fr: 'Vous n’avez apporté aucune copie d’un ancrage. Sans elle, qui détient les clés de signature peut avoir récrit toute une histoire.',
    de: 'Sie haben keine Kopie eines Ankers mitgebracht. Ohne sie könnte, wer die Signaturschlüssel hat, eine ganze Geschichte neu geschrieben haben.',
  },
  anchorNewer: {
    en: 'Your copy has {anchorNewer} seals that are newer than this export; ask for a newer export to have them checked.',
    nl: 'Uw kopie heeft {anchorNewer} verzegelingen die jonger zijn dan deze uitvoer; vraag een nieuwere uitvoer om ze te laten nagaan.',
    fr: 'Votre copie contient {anchorNewer} scellés plus récents que cette exportation ; demandez-en une plus récente pour les vérifier.',
    de: 'Ihre Kopie hat {anchorNewer} Siegel, die neuer sind als dieser Export; verlangen Sie einen neueren, um sie prüfen zu lassen.',
  },
  lost: {
    en: 'What was recorded between the backup and the restore of {restoredAt} is lost and not in this export. A checkpoint under the old name of more than {previousSize} records, if somebody holds one, is of that lost end.',
    nl: 'Wat tussen de reservekopie en de terugzetting van {restoredAt} werd vastgelegd, is verloren en staat niet in deze uitvoer. Een controlepunt onder de oude naam van meer dan {previousSize} stukken, als iemand er een heeft, hoort bij dat verloren einde.',
    fr: 'Ce qui a été enregistré entre la sauvegarde et la restauration du {restoredAt} est perdu et n’est pas dans cette exportation. Un point de contrôle sous l’ancien nom de plus de {previousSize} enregistrements, si quelqu’un en détient un, est de cette fin perdue.',
    de: 'Was zwischen der Sicherung und der Wiederherstellung vom {restoredAt} aufgezeichnet wurde, ist verloren und nicht in diesem Export. Ein Prüfpunkt unter dem alten Namen von mehr als {previousSize} Einträgen, falls jemand einen hat, gehört zu diesem verlorenen Ende.',
  },
  recovered: {
    en: '{recovered} seals came back from an anchor: which head of this organisation they held cannot be checked any more.',
    nl: '{recovered} verzegelingen kwamen terug uit een anker: welke stand van deze organisatie ze bevatten, kan niet meer worden nagegaan.',
    fr: '{recovered} scellés sont revenus d’un ancrage : l’état de cette organisation qu’ils contenaient ne peut plus être vérifié.',
    de: '{recovered} Siegel kamen aus einem Anker zurück: Welchen Stand dieser Organisation sie enthielten, lässt sich nicht mehr prüfen.',
  },
  truth: {
    en: 'It does not show that what was recorded is true, nor what happened outside the product: on paper, by telephone, or by somebody with the root key on a running server.',
    nl: 'Het toont niet dat wat werd vastgelegd waar is, noch wat buiten het product gebeurde: op papier, per telefoon, of door iemand met de hoofdsleutel op een draaiende server.',
    fr: 'Cela ne montre pas que ce qui a été enregistré est vrai, ni ce qui s’est passé hors du produit : sur papier, par téléphone, ou par quelqu’un qui détient la clé racine sur un serveur en marche.',
    de: 'Es zeigt nicht, dass das Aufgezeichnete wahr ist, noch was außerhalb des Produkts geschah: auf Papier, am Telefon oder durch jemanden mit dem Hauptschlüssel auf einem laufenden Server.',
  },
  after: {
    en: 'It says nothing of what was recorded after {lastAt}. The times are those of the operator’s clock.',
    nl: 'Het zegt niets over wat na {lastAt} werd vastgelegd. De tijden zijn die van de klok van de beheerder.',
    fr: 'Cela ne dit rien de ce qui a été enregistré après le {lastAt}. Les heures sont celles de l’horloge de l’exploitant.',
    de: 'Es sagt nichts über das, was nach {lastAt} aufgezeichnet wurde. Die Zeiten sind die der Uhr des Betreibers.',
  },
} as const satisfies Readonly<Record<string, Texts>>;

const RECORD: Texts = {
  en: 'record {index}{named}',
  nl: 'stuk {index}{named}',
  fr: 'l’enregistrement {index}{named}',
  de: 'Eintrag {index}{named}',
};

const FOUND: Readonly<Record<Finding['code'], Texts>> = {
  no_manifest: {
    en: 'There is no manifest: the export was cut short, or this folder is no export.',
    nl: 'Er is geen manifest: de uitvoer werd afgebroken, of deze map is geen uitvoer.',
    fr: 'Il n’y a pas de manifeste : l’exportation a été interrompue, ou ce dossier n’en est pas une.',
    de: 'Es gibt kein Manifest: Der Export wurde abgebrochen, oder dieser Ordner ist keiner.',
  },
  file_unreadable: {
    en: '{file} is missing or cannot be read.',
    nl: '{file} ontbreekt of kan niet worden gelezen.',
    fr: '{file} manque ou ne peut être lu.',
    de: '{file} fehlt oder kann nicht gelesen werden.',
  },
  file_malformed: {
    en: '{file} is not what the format asks (line {line}).',
    nl: '{file} is niet wat het formaat vraagt (regel {line}).',
    fr: '{file} n’est pas conforme au format (ligne {line}).',
    de: '{file} entspricht nicht dem Format (Zeile {line}).',
  },
  truncated: {
    en: '{file} ends in the midst of {record}: the file was cut.',
    nl: '{file} eindigt midden in {record}: het bestand werd afgesneden.',
    fr: '{file} se termine au milieu de {record} : le fichier a été coupé.',
    de: '{file} endet mitten in {record}: Die Datei wurde abgeschnitten.',
  },
  record_changed: {
    en: 'The first bad one is {record}: its bytes were changed.',
    nl: 'Het eerste foute is {record}: de bytes ervan werden gewijzigd.',
    fr: 'Le premier fautif est {record} : ses octets ont été modifiés.',
    de: 'Der erste falsche ist {record}: Seine Bytes wurden geändert.',
  },
  record_removed: {
    en: 'The first bad one is {record}: it was taken out.',
    nl: 'Het eerste foute is {record}: het werd weggenomen.',
    fr: 'Le premier fautif est {record} : il a été retiré.',
    de: 'Der erste falsche ist {record}: Er wurde entfernt.',
  },
  record_inserted: {
    en: 'The first bad one is {record}: it was put in and is not of the signed tree.',
    nl: 'Het eerste foute is {record}: het werd ingevoegd en hoort niet bij de ondertekende boom.',
    fr: 'Le premier fautif est {record} : il a été inséré et n’est pas de l’arbre signé.',
    de: 'Der erste falsche ist {record}: Er wurde eingefügt und gehört nicht zum signierten Baum.',
  },
  record_reordered: {
    en: 'The first bad one is {record}: it stands in another place than in the signed tree.',
    nl: 'Het eerste foute is {record}: het staat op een andere plaats dan in de ondertekende boom.',
    fr: 'Le premier fautif est {record} : il n’est pas à sa place dans l’arbre signé.',
    de: 'Der erste falsche ist {record}: Er steht an einer anderen Stelle als im signierten Baum.',
  },
  rewritten: {
    en: 'A record from {from} up to {last} was changed and its hashes were made anew: the records do not lead to the signed root any more.',
    nl: 'Een stuk van {from} tot en met {last} werd gewijzigd en de hashes werden opnieuw gemaakt: de stukken leiden niet meer tot de ondertekende wortel.',
    fr: 'Un enregistrement entre {from} et {last} a été modifié et ses empreintes refaites : les enregistrements ne mènent plus à la racine signée.',
    de: 'Ein Eintrag von {from} bis {last} wurde geändert und seine Hashes neu gemacht: Die Einträge führen nicht mehr zur signierten Wurzel.',
  },
  record_malformed: {
    en: 'The first bad one is {record}: it is no record at all.',
    nl: 'Het eerste foute is {record}: het is helemaal geen stuk.',
    fr: 'Le premier fautif est {record} : ce n’est pas un enregistrement.',
    de: 'Der erste falsche ist {record}: Es ist gar kein Eintrag.',
  },
  record_of_another: {
    en: 'The first bad one is {record}: it belongs to another organisation.',
    nl: 'Het eerste foute is {record}: het hoort bij een andere organisatie.',
    fr: 'Le premier fautif est {record} : il appartient à une autre organisation.',
    de: 'Der erste falsche ist {record}: Er gehört zu einer anderen Organisation.',
  },
  revision_missing: {
    en: 'Before {record} a record of the same stream is missing: the log itself left it out before it was signed.',
    nl: 'Vóór {record} ontbreekt een stuk van dezelfde reeks: het logboek zelf liet het weg vóór de ondertekening.',
    fr: 'Avant {record}, un enregistrement de la même suite manque : le journal lui-même l’a omis avant la signature.',
    de: 'Vor {record} fehlt ein Eintrag derselben Folge: Das Protokoll selbst ließ ihn vor der Signatur aus.',
  },
  wrong_key: {
    en: '{file} is signed with, or names, another key than the one that is trusted{of}.',
    nl: '{file} is ondertekend met, of noemt, een andere sleutel dan de vertrouwde{of}.',
    fr: '{file} est signé avec, ou nomme, une autre clé que celle qui est de confiance{of}.',
    de: '{file} ist mit einem anderen Schlüssel signiert, oder nennt einen anderen, als dem vertrauten{of}.',
  },
  signer_unannounced: {
    en: '{file} names a key that the keys before it never announced, or whose announcement the log does not hold{of}: it may be anybody’s.',
    nl: '{file} noemt een sleutel die de vorige nooit aankondigden, of waarvan de aankondiging niet in het logboek staat{of}: hij kan van wie dan ook zijn.',
    fr: '{file} nomme une clé que les précédentes n’ont jamais annoncée, ou dont l’annonce ne figure pas au journal{of} : elle peut être à n’importe qui.',
    de: '{file} nennt einen Schlüssel, den die vorigen nie ankündigten oder dessen Ankündigung nicht im Protokoll steht{of}: Er kann irgendwem gehören.',
  },
  signature_false: {
    en: 'In {file} a signature is false: the text under it was changed{of}.',
    nl: 'In {file} is een handtekening vals: de tekst eronder werd gewijzigd{of}.',
    fr: 'Dans {file}, une signature est fausse : le texte signé a été modifié{of}.',
    de: 'In {file} ist eine Signatur falsch: Der Text darunter wurde geändert{of}.',
  },
  checkpoint_forked: {
    en: 'The checkpoint of {size} records is signed and of another tree than these records: two histories were signed.',
    nl: 'Het controlepunt van {size} stukken is ondertekend en van een andere boom dan deze stukken: er werden twee geschiedenissen ondertekend.',
    fr: 'Le point de contrôle de {size} enregistrements est signé et d’un autre arbre que ceux-ci : deux histoires ont été signées.',
    de: 'Der Prüfpunkt von {size} Einträgen ist signiert und von einem anderen Baum als diese Einträge: Es wurden zwei Geschichten signiert.',
  },
  checkpoint_withheld: {
    en: 'The log holds a checkpoint of {size} records that the list of checkpoints lacks or has otherwise.',
    nl: 'Het logboek bevat een controlepunt van {size} stukken dat in de lijst ontbreekt of er anders staat.',
    fr: 'Le journal contient un point de contrôle de {size} enregistrements qui manque dans la liste ou y diffère.',
    de: 'Das Protokoll enthält einen Prüfpunkt von {size} Einträgen, der in der Liste fehlt oder anders lautet.',
  },
  checkpoint_unrecorded: {
    en: 'The checkpoint of {size} records was signed and never recorded in the log.',
    nl: 'Het controlepunt van {size} stukken werd ondertekend en nooit in het logboek vastgelegd.',
    fr: 'Le point de contrôle de {size} enregistrements a été signé et jamais inscrit au journal.',
    de: 'Der Prüfpunkt von {size} Einträgen wurde signiert und nie im Protokoll festgehalten.',
  },
  checkpoint_time: {
    en: 'The checkpoint of {size} records is older, or of fewer records, than the one before it.',
    nl: 'Het controlepunt van {size} stukken is ouder, of van minder stukken, dan het vorige.',
    fr: 'Le point de contrôle de {size} enregistrements est plus ancien, ou plus petit, que le précédent.',
    de: 'Der Prüfpunkt von {size} Einträgen ist älter, oder von weniger Einträgen, als der vorige.',
  },
  origin_differs: {
    en: 'The name {origin} was not begun in this log, or names another old head than the log has: a restore was claimed that the records do not show.',
    nl: 'De naam {origin} werd niet in dit logboek begonnen, of noemt een andere oude stand dan het logboek heeft: er wordt een terugzetting beweerd die de stukken niet tonen.',
    fr: 'Le nom {origin} n’a pas été commencé dans ce journal, ou nomme un autre ancien état que le sien : une restauration est affirmée que les enregistrements ne montrent pas.',
    de: 'Der Name {origin} wurde in diesem Protokoll nicht begonnen, oder nennt einen anderen alten Stand als es hat: Behauptet wird eine Wiederherstellung, die die Einträge nicht zeigen.',
  },
  salt_differs: {
    en: 'The salt in the folder is not the one that the log began with.',
    nl: 'Het zout in de map is niet dat waarmee het logboek begon.',
    fr: 'Le sel du dossier n’est pas celui avec lequel le journal a commencé.',
    de: 'Das Salz im Ordner ist nicht das, mit dem das Protokoll begann.',
  },
  seal_differs: {
    en: 'Seal {sequence} is of another history: a record from {from} up to {last} was changed after it was sealed.',
    nl: 'Verzegeling {sequence} is van een andere geschiedenis: een stuk van {from} tot en met {last} werd na de verzegeling gewijzigd.',
    fr: 'Le scellé {sequence} est d’une autre histoire : un enregistrement entre {from} et {last} a été modifié après le scellement.',
    de: 'Siegel {sequence} ist von einer anderen Geschichte: Ein Eintrag von {from} bis {last} wurde nach dem Versiegeln geändert.',
  },
  seal_without_head: {
    en: 'Seal {sequence} holds no head of this organisation, although it had signed checkpoints by then: what binds the records to the anchors was left out.',
    nl: 'Verzegeling {sequence} bevat geen stand van deze organisatie, hoewel die toen al ondertekende controlepunten had: wat de stukken aan de ankers bindt, werd weggelaten.',
    fr: 'Le scellé {sequence} ne contient aucun état de cette organisation, qui avait pourtant déjà des points de contrôle signés : ce qui lie les enregistrements aux ancrages a été omis.',
    de: 'Siegel {sequence} enthält keinen Stand dieser Organisation, obwohl sie damals schon signierte Prüfpunkte hatte: Was die Einträge an die Anker bindet, wurde weggelassen.',
  },
  seal_withheld: {
    en: 'Seal {sequence} stands in your copy {file}, is older than the end of this export, and is missing from it: it was left out, or the history was replaced after it was anchored.',
    nl: 'Verzegeling {sequence} staat in uw kopie {file}, is ouder dan het einde van deze uitvoer en ontbreekt erin: ze werd weggelaten, of de geschiedenis werd na de verankering vervangen.',
    fr: 'Le scellé {sequence} figure dans votre copie {file}, est antérieur à la fin de cette exportation et y manque : il a été omis, ou l’histoire a été remplacée après l’ancrage.',
    de: 'Siegel {sequence} steht in Ihrer Kopie {file}, ist älter als das Ende dieses Exports und fehlt darin: Es wurde weggelassen, oder die Geschichte wurde nach dem Verankern ersetzt.',
  },
  ledger_differs: {
    en: 'The key ids of seal {sequence} are not those whose hash it carries.',
    nl: 'De sleutelnummers van verzegeling {sequence} zijn niet die waarvan zij de hash draagt.',
    fr: 'Les identifiants de clés du scellé {sequence} ne sont pas ceux dont il porte l’empreinte.',
    de: 'Die Schlüsselnummern von Siegel {sequence} sind nicht die, deren Hash es trägt.',
  },
  anchor_differs: {
    en: 'Seal {sequence} says something else in your copy {file}: history was replaced after it was anchored.',
    nl: 'Verzegeling {sequence} zegt iets anders in uw kopie {file}: de geschiedenis werd na de verankering vervangen.',
    fr: 'Le scellé {sequence} dit autre chose dans votre copie {file} : l’histoire a été remplacée après l’ancrage.',
    de: 'Siegel {sequence} sagt in Ihrer Kopie {file} etwas anderes: Die Geschichte wurde nach dem Verankern ersetzt.',
  },
};

const nameOf = (place: Place, language: Language): string => {
  const named =
    place.stream === undefined ? '' : ` (${place.stream}${place.revision === undefined ? '' : `, ${place.revision}`})`;
  return fill(RECORD, language, { index: place.index, named });
};

/** What is wrong, as one sentence. Records are counted from 0, as the tree counts them. */
export const findingSentence = (finding: Finding, language: Language): string => {
  const of = 'size' in finding && finding.size !== undefined ? ` (${finding.size})` : '';
  return fill(FOUND[finding.code], language, {
    ...('file' in finding ? { file: finding.file } : {}),
    ...('line' in finding && finding.line !== undefined ? { line: finding.line } : { line: 1 }),
    ...('record' in finding ? { record: nameOf(finding.record, language) } : {}),
    ...('size' in finding && finding.size !== undefined ? { size: finding.size } : {}),
    ...('sequence' in finding ? { sequence: finding.sequence } : {}),
    ...('origin' in finding ? { origin: finding.origin } : {}),
    ...('from' in finding ? { from: finding.from, last: Math.max(finding.from, finding.to - 1) } : {}),
    of,
  });
};

/** What holds. */
export const holdingSentences = (facts: Facts, language: Language): readonly string[] => {
  const { keys: _, ...plain } = facts;
  const values: Values = { ...plain, keyKnown: '' };
  return [
    HOLDS.complete,
    HOLDS.checkpoints,
    HOLDS.accesses,
    ...(facts.seals > 0 ? [HOLDS.seals] : []),
    ...(facts.anchored > 0 ? [HOLDS.anchored] : []),
    ...(facts.signerChanges > 0 ? [HOLDS.signersChanged] : []),
    ...(facts.sealerChanges > 0 ? [HOLDS.sealersChanged] : []),
    ...(facts.restores > 0 ? [HOLDS.restored] : []),
    HOLDS.erased,
    ...(facts.keyKnown ? [HOLDS.keyKnown] : []),
  ].map((texts) => fill(texts, language, values));
};

/** What it does not show: the threat model's limits, in each answer. */
export const outsideSentences = (facts: Facts, language: Language): readonly string[] =>
  [
    ...(facts.keyKnown ? [] : [OUTSIDE.keyTaken]),
    ...(facts.copies === 0 ? [OUTSIDE.noAnchor] : []),
    ...(facts.anchorNewer > 0 ? [OUTSIDE.anchorNewer] : []),
    ...(facts.restores > 0 ? [OUTSIDE.lost] : []),
    ...(facts.recovered > 0 ? [OUTSIDE.recovered] : []),
    OUTSIDE.truth,
    OUTSIDE.after,
  ].map((texts) =>
    fill(texts, language, {
      keys: facts.keys.join(' '),
      lastAt: facts.lastAt,
      anchorNewer: facts.anchorNewer,
      restoredAt: facts.restoredAt,
      previousSize: facts.previousSize,
      recovered: facts.recovered,
    }),
  );

const RECEIPT_FAULTS: Readonly<Record<ReceiptFault, Texts>> = {
  receipt_malformed: {
    en: 'This is no receipt, or part of it is missing.',
    nl: 'Dit is geen ontvangstbewijs, of er ontbreekt een deel van.',
    fr: 'Ceci n’est pas un accusé de réception, ou il est incomplet.',
    de: 'Das ist keine Empfangsbestätigung, oder ein Teil fehlt.',
  },
  promise_signature_false: {
    en: 'The promise was changed: its signature is false.',
    nl: 'De belofte werd gewijzigd: de handtekening is vals.',
    fr: 'La promesse a été modifiée : sa signature est fausse.',
    de: 'Das Versprechen wurde geändert: Seine Signatur ist falsch.',
  },
  promise_key_unknown: {
    en: 'The promise is signed with another key than the one you gave.',
    nl: 'De belofte is ondertekend met een andere sleutel dan de opgegeven.',
    fr: 'La promesse est signée avec une autre clé que celle que vous avez donnée.',
    de: 'Das Versprechen ist mit einem anderen Schlüssel signiert als dem angegebenen.',
  },
  proof_key_unknown: {
    en: 'The proof is signed with another key than the one that is trusted.',
    nl: 'Het bewijs is ondertekend met een andere sleutel dan de vertrouwde.',
    fr: 'La preuve est signée avec une autre clé que celle qui est de confiance.',
    de: 'Der Beweis ist mit einem anderen Schlüssel signiert als dem vertrauten.',
  },
  proof_of_another_organisation: {
    en: 'The proof is of the log of another organisation.',
    nl: 'Het bewijs is van het logboek van een andere organisatie.',
    fr: 'La preuve est du journal d’une autre organisation.',
    de: 'Der Beweis ist vom Protokoll einer anderen Organisation.',
  },
  proof_signature_false: {
    en: 'The checkpoint of the proof was changed: its signature is false.',
    nl: 'Het controlepunt van het bewijs werd gewijzigd: de handtekening is vals.',
    fr: 'Le point de contrôle de la preuve a été modifié : sa signature est fausse.',
    de: 'Der Prüfpunkt des Beweises wurde geändert: Seine Signatur ist falsch.',
  },
  proof_false: {
    en: 'The proof does not show that what was promised is in the tree.',
    nl: 'Het bewijs toont niet dat wat beloofd werd in de boom staat.',
    fr: 'La preuve ne montre pas que ce qui a été promis est dans l’arbre.',
    de: 'Der Beweis zeigt nicht, dass das Versprochene im Baum steht.',
  },
};

const RECEIPT = {
  promised: {
    en: 'It was promised, and signed, that record {eventId} is in the organisation’s tree by {includedBy}. The promise key is {promiseKey}.',
    nl: 'Er werd beloofd, en ondertekend, dat stuk {eventId} uiterlijk op {includedBy} in de boom van de organisatie staat. De beloftesleutel is {promiseKey}.',
    fr: 'Il a été promis, et signé, que l’enregistrement {eventId} est dans l’arbre de l’organisation au plus tard le {includedBy}. La clé de promesse est {promiseKey}.',
    de: 'Es wurde versprochen und signiert, dass Eintrag {eventId} spätestens am {includedBy} im Baum der Organisation steht. Der Versprechensschlüssel ist {promiseKey}.',
  },
  keysTaken: {
    en: 'You did not give every key (--published-keys), so what lacked was taken from the file: it shows that nothing was changed, not who signed it. Compare the keys with those that the organisation published.',
    nl: 'U gaf niet elke sleutel op (--published-keys), dus werd wat ontbrak uit het bestand genomen: dat toont dat niets gewijzigd werd, niet wie ondertekende. Vergelijk de sleutels met die van de organisatie.',
    fr: 'Vous n’avez pas donné toutes les clés (--published-keys) ; celles qui manquaient ont été prises dans le fichier : cela montre que rien n’a été modifié, pas qui a signé. Comparez-les avec celles que l’organisation a publiées.',
    de: 'Sie haben nicht jeden Schlüssel angegeben (--published-keys), also wurden die fehlenden der Datei genommen: Das zeigt, dass nichts geändert wurde, nicht wer signiert hat. Vergleichen Sie sie mit den veröffentlichten.',
  },
  none: {
    en: 'There is no proof of it in this receipt yet. Ask for one after that time: if it cannot be given, the signed promise shows that it was broken.',
    nl: 'Er zit nog geen bewijs van in dit ontvangstbewijs. Vraag er na dat tijdstip een: kan het niet worden gegeven, dan toont de ondertekende belofte dat ze gebroken is.',
    fr: 'Cet accusé n’en contient pas encore la preuve. Demandez-la après ce moment : si elle ne peut être donnée, la promesse signée montre qu’elle a été rompue.',
    de: 'Diese Bestätigung enthält noch keinen Beweis dafür. Verlangen Sie ihn nach dieser Zeit: Kann er nicht gegeben werden, zeigt das signierte Versprechen, dass es gebrochen wurde.',
  },
  kept: {
    en: 'It was kept: the record is number {index} of the {size} under a checkpoint signed at {at}. Nothing of what you said had to be shown for this.',
    nl: 'Ze werd gehouden: het stuk is nummer {index} van de {size} onder een controlepunt dat op {at} werd ondertekend. Niets van wat u zei hoefde hiervoor te worden getoond.',
    fr: 'Elle a été tenue : l’enregistrement est le numéro {index} des {size} sous un point de contrôle signé le {at}. Rien de ce que vous avez dit n’a dû être montré.',
    de: 'Es wurde gehalten: Der Eintrag ist Nummer {index} der {size} unter einem Prüfpunkt, der am {at} signiert wurde. Nichts von dem, was Sie sagten, musste dafür gezeigt werden.',
  },
  late: {
    en: 'It is there, as number {index} of {size}, under a checkpoint of {at}, which is after the promised time. An earlier checkpoint may cover it too; this proof does not show that.',
    nl: 'Het is er, als nummer {index} van {size}, onder een controlepunt van {at}, en dat is na het beloofde tijdstip. Een eerder controlepunt kan het ook dekken; dit bewijs toont dat niet.',
    fr: 'Il est là, numéro {index} de {size}, sous un point de contrôle du {at}, après le moment promis. Un point antérieur peut aussi le couvrir ; cette preuve ne le montre pas.',
    de: 'Er ist da, als Nummer {index} von {size}, unter einem Prüfpunkt von {at}, also nach der versprochenen Zeit. Ein früherer Prüfpunkt kann ihn auch decken; dieser Beweis zeigt das nicht.',
  },
} as const satisfies Readonly<Record<string, Texts>>;

/** What a receipt shows, or why it shows nothing. */
export const receiptSentences = (verdict: ReceiptVerdict, language: Language): readonly string[] => {
  if (!verdict.ok) return [fill(RECEIPT_FAULTS[verdict.code], language)];
  const { eventId, includedBy, promiseKey, inclusion, keysKnown } = verdict;
  const taken = keysKnown ? [] : [fill(RECEIPT.keysTaken, language)];
  const promised = fill(RECEIPT.promised, language, { eventId, includedBy, promiseKey });
  switch (inclusion.kind) {
    case 'none':
      return [promised, fill(RECEIPT.none, language), ...taken];
    case 'proved': {
      const { index, size, at } = inclusion;
      return [promised, fill(inclusion.inTime ? RECEIPT.kept : RECEIPT.late, language, { index, size, at }), ...taken];
    }
  }
};
