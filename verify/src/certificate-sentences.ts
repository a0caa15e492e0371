import type { CertificateFault, CertificateVerdict } from './certificate.js';
import type { Language } from './sentences.js';

type Texts = Readonly<Record<Language, string>>;

const FAULTS: Readonly<Record<CertificateFault, Texts>> = {
  certificate_malformed: {
    en: 'This is no certificate of erasure, or a part of it is missing.',
    nl: 'Dit is geen verklaring van vernietiging, of er ontbreekt een deel van.',
    fr: 'Ceci n’est pas une attestation d’effacement, ou il en manque une partie.',
    de: 'Dies ist keine Löschbescheinigung, oder ein Teil davon fehlt.',
  },
  certificate_signature_false: {
    en: 'The certificate was changed after it was signed: its signature is false.',
    nl: 'De verklaring werd na de ondertekening gewijzigd: de handtekening is vals.',
    fr: 'L’attestation a été modifiée après sa signature : la signature est fausse.',
    de: 'Die Bescheinigung wurde nach der Signatur geändert: Die Signatur ist falsch.',
  },
  certificate_key_unknown: {
    en: 'The certificate is signed with another key than the one that is trusted.',
    nl: 'De verklaring is ondertekend met een andere sleutel dan de vertrouwde.',
    fr: 'L’attestation est signée avec une autre clé que celle qui est de confiance.',
    de: 'Die Bescheinigung ist mit einem anderen Schlüssel signiert als dem vertrauten.',
  },
  certificate_one_person: {
    en: 'One person asked for the erasure and approved it.',
    nl: 'Eén persoon vroeg de vernietiging en keurde ze goed.',
    fr: 'Une seule personne a demandé et approuvé l’effacement.',
    de: 'Eine einzige Person hat die Löschung beantragt und genehmigt.',
  },
  certificate_dates_false: {
    en: 'The day from which no backup can be read comes too soon for the terms the certificate names.',
    nl: 'De dag vanaf wanneer geen reservekopie leesbaar is, komt te vroeg voor de termijnen die de verklaring noemt.',
    fr: 'Le jour à partir duquel aucune copie n’est lisible vient trop tôt au vu des délais que l’attestation indique.',
    de: 'Der Tag, ab dem keine Sicherung lesbar ist, liegt für die genannten Fristen zu früh.',
  },
  certificate_checkpoint_false: {
    en: 'A checkpoint that the certificate cites is not of this organisation’s log, or its signature is false.',
    nl: 'Een controlepunt in de verklaring is niet van het logboek van deze organisatie, of de handtekening is vals.',
    fr: 'Un point de contrôle cité n’est pas du journal de cette organisation, ou sa signature est fausse.',
    de: 'Ein angeführter Prüfpunkt gehört nicht zum Protokoll dieser Organisation, oder seine Signatur ist falsch.',
  },
  certificate_order_false: {
    en: 'An event that the certificate cites does not lie between its two checkpoints.',
    nl: 'Een gebeurtenis in de verklaring ligt niet tussen de twee controlepunten.',
    fr: 'Un événement cité ne se trouve pas entre les deux points de contrôle.',
    de: 'Ein angeführtes Ereignis liegt nicht zwischen den beiden Prüfpunkten.',
  },
};

const HELD: Texts = {
  en: 'Two people had {subject} erased: {keys} keys were destroyed; it cannot be read here since {since}, and from no backup as of {from}. Signed with key {key}.',
  nl: 'Twee personen lieten {subject} vernietigen: {keys} sleutels werden vernietigd; hier onleesbaar sinds {since}, en vanaf {from} uit geen enkele reservekopie meer leesbaar. Ondertekend met sleutel {key}.',
  fr: 'Deux personnes ont fait effacer {subject} : {keys} clés ont été détruites ; illisible ici depuis {since}, et dans toute copie de sauvegarde à partir du {from}. Signé avec la clé {key}.',
  de: 'Zwei Personen ließen {subject} löschen: {keys} Schlüssel wurden vernichtet; hier unlesbar seit {since}, und aus keiner Sicherung mehr lesbar ab {from}. Signiert mit Schlüssel {key}.',
};

const CHECKPOINTS: Readonly<Record<'none' | 'unchecked' | 'checked', Texts>> = {
  none: {
    en: 'No checkpoint of a log is cited.',
    nl: 'Er wordt geen controlepunt van een logboek vermeld.',
    fr: 'Aucun point de contrôle d’un journal n’est cité.',
    de: 'Es wird kein Prüfpunkt eines Protokolls angeführt.',
  },
  unchecked: {
    en: 'What it cites lies between its two checkpoints; give the log’s key (--key) to check who signed those.',
    nl: 'Wat ze vermeldt ligt tussen de twee controlepunten; geef de sleutel van het logboek (--key) om na te gaan wie die ondertekende.',
    fr: 'Ce qu’elle cite se trouve entre ses deux points de contrôle ; donnez la clé du journal (--key) pour vérifier qui les a signés.',
    de: 'Was sie anführt, liegt zwischen den beiden Prüfpunkten; geben Sie den Schlüssel des Protokolls an (--key), um deren Signatur zu prüfen.',
  },
  checked: {
    en: 'What it cites lies between its two checkpoints, and those are signed with a trusted key of the log.',
    nl: 'Wat ze vermeldt ligt tussen de twee controlepunten, en die zijn ondertekend met een vertrouwde sleutel van het logboek.',
    fr: 'Ce qu’elle cite se trouve entre ses deux points de contrôle, signés avec une clé de confiance du journal.',
    de: 'Was sie anführt, liegt zwischen den beiden Prüfpunkten, die mit einem vertrauten Schlüssel des Protokolls signiert sind.',
  },
};

export const PAPER: Texts = {
  en: 'The paper that belongs to it has this SHA-256 at the foot of each page: {sha256}',
  nl: 'Het papier dat erbij hoort, heeft onderaan elke bladzijde deze SHA-256: {sha256}',
  fr: 'Le document papier qui y correspond porte ce SHA-256 au bas de chaque page : {sha256}',
  de: 'Das zugehörige Papier trägt am Fuß jeder Seite diesen SHA-256: {sha256}',
};

export const CERTIFICATE_KEY_TAKEN: Texts = {
  en: 'You gave no key for certificates, so the one in the file was taken: compare it with the one that the organisation published.',
  nl: 'U gaf geen sleutel voor verklaringen op, dus werd die uit het bestand genomen: vergelijk hem met die van de organisatie.',
  fr: 'Vous n’avez pas donné de clé pour les attestations ; celle du fichier a été prise : comparez-la avec celle que l’organisation a publiée.',
  de: 'Sie gaben keinen Schlüssel für Bescheinigungen an, also wurde der aus der Datei genommen: Vergleichen Sie ihn mit dem veröffentlichten.',
};

const OUTSIDE: Texts = {
  en: 'It does not show that no copy was made before by who could read it, nor what others wrote about the person in their own records.',
  nl: 'Ze toont niet dat wie het kon lezen er voordien geen kopie van maakte, noch wat anderen in hun eigen dossiers over de persoon schreven.',
  fr: 'Elle ne montre pas qu’aucune copie n’a été faite auparavant par qui pouvait lire, ni ce que d’autres ont écrit dans leurs propres dossiers.',
  de: 'Sie zeigt nicht, dass vorher niemand, der lesen konnte, eine Kopie gemacht hat, noch was andere in ihren eigenen Akten schrieben.',
};

/** What is wrong with a certificate, as one sentence. */
export const certificateFault = (code: CertificateFault, language: Language): string => FAULTS[code][language];

/** Of a part of a record, which goes on being kept itself. */
const PARTS: Readonly<Record<'receipt' | 'part', Texts>> = {
  receipt: {
    en: 'It was the receipt of a request: its code opens nothing any more. What was said stays until its own term, and the file that a reporter kept goes on showing that the request was recorded.',
    nl: 'Het was het ontvangstbewijs van een contactvraag: de code opent niets meer. Wat gezegd werd, blijft tot de eigen termijn, en het bestand dat een melder bewaarde, blijft tonen dat de vraag werd vastgelegd.',
    fr: 'C’était l’accusé de réception d’une demande : son code n’ouvre plus rien. Ce qui a été dit reste jusqu’à son propre terme, et le fichier gardé par l’auteur continue de montrer que la demande a été enregistrée.',
    de: 'Es war die Empfangsbestätigung einer Anfrage: Ihr Code öffnet nichts mehr. Was gesagt wurde, bleibt bis zum Ende der eigenen Frist, und die aufbewahrte Datei zeigt weiterhin, dass die Anfrage erfasst wurde.',
  },
  part: {
    en: 'It was one person, or what one person wrote for themselves, in a record that goes on being kept.',
    nl: 'Het was één persoon, of wat één persoon voor zichzelf schreef, in een dossier dat verder bewaard wordt.',
    fr: 'C’était une personne, ou ce qu’une personne avait écrit pour elle-même, dans un dossier qui reste conservé.',
    de: 'Es war eine Person, oder was eine Person für sich schrieb, in einer Akte, die weiter aufbewahrt wird.',
  },
};

const NO_KEY: Texts = {
  en: 'It had no key of its own left: what is gone is what was derived from it and the use of it; what stood in the clear in the log stands there still.',
  nl: 'Er was geen eigen sleutel meer: weg is wat ervan werd afgeleid en het gebruik ervan; wat onverzegeld in het logboek stond, staat er nog.',
  fr: 'Il n’en restait pas de clé propre : ce qui a disparu, c’est ce qui en était dérivé et son usage ; ce qui figurait en clair dans le journal y figure encore.',
  de: 'Ein eigener Schlüssel war nicht mehr da: Fort ist, was daraus abgeleitet war, und sein Gebrauch; was unversiegelt im Protokoll stand, steht dort noch.',
};

/** What a certificate shows and what it does not, or why it shows nothing. */
export const certificateSentences = (verdict: CertificateVerdict, language: Language): readonly string[] => {
  if (!verdict.ok) return [FAULTS[verdict.code][language]];
  const { subject, keys, unreadableHereSince, unreadableInBackupsFrom, certificateKey, checkpoints, sha256, keyKnown } =
    verdict;
  const held = HELD[language]
    .replace('{subject}', subject)
    .replace('{keys}', String(keys))
    .replace('{since}', unreadableHereSince)
    .replace('{from}', unreadableInBackupsFrom)
    .replace('{key}', certificateKey);
  const part = subject.endsWith('#receipt') ? PARTS.receipt : subject.includes('#') ? PARTS.part : undefined;
  return [
    held,
    ...(part === undefined ? [] : [part[language]]),
    ...(keys === 0 ? [NO_KEY[language]] : []),
    CHECKPOINTS[checkpoints][language],
    PAPER[language].replace('{sha256}', sha256),
    ...(keyKnown ? [] : [CERTIFICATE_KEY_TAKEN[language]]),
    OUTSIDE[language],
  ];
};
