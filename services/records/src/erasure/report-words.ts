import type { PdfInput } from '@toeverlaat/documents';
import { formatDate, type Language } from '@toeverlaat/legal';
import type { LeftOut } from '../domain/erasure-vocabulary.js';
import type { SignedReport } from './report.js';
import { ruleLabel } from './words.js';

/** The report's own edition of words: what is signed is the data, and the words only say it. */
const WORDS_VERSION = '2026.1';

type Words = {
  readonly title: string;
  readonly organisation: string;
  readonly batch: string;
  readonly asOf: string;
  readonly requestedBy: string;
  readonly confirmedBy: string;
  readonly listHash: string;
  readonly lines: string;
  readonly line: (label: string, counts: SignedReport['report']['lines'][number]) => string;
  readonly leftOut: string;
  readonly because: Readonly<Record<LeftOut['because'], string>>;
  readonly none: string;
  readonly certificates: string;
  readonly certificatesHash: string;
  readonly key: string;
  readonly signature: string;
  readonly check: string;
};

const words: Readonly<Record<Language, Words>> = {
  nl: {
    title: 'Verslag van vernietiging van wat samen verviel',
    organisation: 'Organisatie',
    batch: 'Lijst',
    asOf: 'Wat vervallen was op',
    requestedBy: 'Gevraagd door (pseudoniem)',
    confirmedBy: 'Bevestigd door een tweede persoon (pseudoniem)',
    listHash: 'SHA-256 van de bevestigde lijst',
    lines: 'Per bewaarregel',
    line: (label, { listed, destroyed, heldBack, leftOut }) =>
      `${label}: ${listed} op de lijst, ${destroyed} vernietigd met elk een verklaring, ${heldBack} tegengehouden, ${leftOut} weggelaten`,
    leftOut: 'Waarom weggelaten',
    because: {
      to_be_transferred: 'wordt overgedragen in plaats van vernietigd',
      unknown_to_owner: 'de bewarende dienst kent het niet',
      not_erasable: 'heeft geen eigen sleutel',
      declined_before: 'de vernietiging werd eerder geweigerd',
      erasure_under_way: 'een vernietiging liep al',
      record_on_hold: 'er lag een bewaarplicht op',
      record_open: 'werd opnieuw behandeld',
      not_due: 'was niet meer vervallen',
      destroyed_before: 'was al vernietigd',
      refused: 'geweigerd door wie het bewaart',
    },
    none: 'niets',
    certificates: 'Verklaringen',
    certificatesHash: 'SHA-256 over hun handtekeningen',
    key: 'Sleutel van de handtekening',
    signature: 'Handtekening (Ed25519)',
    check:
      'Dit verslag kan zonder toegang tot het systeem worden nagekeken met het bestand dat erbij hoort: verify report.',
  },
  fr: {
    title: "Rapport d'effacement de ce qui était échu ensemble",
    organisation: 'Organisation',
    batch: 'Liste',
    asOf: 'Ce qui était échu le',
    requestedBy: 'Demandé par (pseudonyme)',
    confirmedBy: 'Confirmé par une seconde personne (pseudonyme)',
    listHash: 'SHA-256 de la liste confirmée',
    lines: 'Par règle de conservation',
    line: (label, { listed, destroyed, heldBack, leftOut }) =>
      `${label} : ${listed} sur la liste, ${destroyed} effacés avec une attestation chacun, ${heldBack} retenus, ${leftOut} omis`,
    leftOut: 'Pourquoi omis',
    because: {
      to_be_transferred: "est transféré au lieu d'être effacé",
      unknown_to_owner: 'inconnu du service qui devrait le conserver',
      not_erasable: "n'a pas de clé propre",
      declined_before: "l'effacement avait été refusé",
      erasure_under_way: 'un effacement était déjà en cours',
      record_on_hold: 'était gelé',
      record_open: 'était à nouveau traité',
      not_due: "n'était plus échu",
      destroyed_before: 'était déjà effacé',
      refused: 'refusé par qui le conserve',
    },
    none: 'rien',
    certificates: 'Attestations',
    certificatesHash: 'SHA-256 sur leurs signatures',
    key: 'Clé de la signature',
    signature: 'Signature (Ed25519)',
    check: "Ce rapport peut être vérifié sans accès au système, avec le fichier qui l'accompagne : verify report.",
  },
  de: {
    title: 'Bericht über die Löschung von gemeinsam Fälligem',
    organisation: 'Organisation',
    batch: 'Liste',
    asOf: 'Was fällig war am',
    requestedBy: 'Beantragt von (Pseudonym)',
    confirmedBy: 'Bestätigt von einer zweiten Person (Pseudonym)',
    listHash: 'SHA-256 der bestätigten Liste',
    lines: 'Je Aufbewahrungsregel',
    line: (label, { listed, destroyed, heldBack, leftOut }) =>
      `${label}: ${listed} auf der Liste, ${destroyed} gelöscht mit je einer Bescheinigung, ${heldBack} zurückgehalten, ${leftOut} ausgelassen`,
    leftOut: 'Warum ausgelassen',
    because: {
      to_be_transferred: 'wird übergeben statt gelöscht',
      unknown_to_owner: 'der aufbewahrende Dienst kennt es nicht',
      not_erasable: 'hat keinen eigenen Schlüssel',
      declined_before: 'die Löschung wurde zuvor abgelehnt',
      erasure_under_way: 'eine Löschung lief bereits',
      record_on_hold: 'unterlag einer Aufbewahrungspflicht',
      record_open: 'wurde wieder bearbeitet',
      not_due: 'war nicht mehr fällig',
      destroyed_before: 'war schon gelöscht',
      refused: 'abgelehnt von der aufbewahrenden Stelle',
    },
    none: 'nichts',
    certificates: 'Bescheinigungen',
    certificatesHash: 'SHA-256 über ihre Signaturen',
    key: 'Schlüssel der Signatur',
    signature: 'Signatur (Ed25519)',
    check: 'Dieser Bericht lässt sich ohne Zugang zum System mit der zugehörigen Datei prüfen: verify report.',
  },
  en: {
    title: 'Report of the erasure of what fell due together',
    organisation: 'Organisation',
    batch: 'List',
    asOf: 'What was due on',
    requestedBy: 'Requested by (pseudonym)',
    confirmedBy: 'Confirmed by a second person (pseudonym)',
    listHash: 'SHA-256 of the list that was confirmed',
    lines: 'By retention rule',
    line: (label, { listed, destroyed, heldBack, leftOut }) =>
      `${label}: ${listed} listed, ${destroyed} destroyed with a certificate each, ${heldBack} held back, ${leftOut} left out`,
    leftOut: 'Why left out',
    because: {
      to_be_transferred: 'is handed over instead of destroyed',
      unknown_to_owner: 'the service that should keep it does not know it',
      not_erasable: 'has no key of its own',
      declined_before: 'its erasure was declined before',
      erasure_under_way: 'an erasure was under way already',
      record_on_hold: 'was on hold',
      record_open: 'was being worked on again',
      not_due: 'was not due any more',
      destroyed_before: 'was destroyed already',
      refused: 'refused by who keeps it',
    },
    none: 'nothing',
    certificates: 'Certificates',
    certificatesHash: 'SHA-256 over their signatures',
    key: 'Key of the signature',
    signature: 'Signature (Ed25519)',
    check: 'This report can be checked without access to the system, with the file that belongs to it: verify report.',
  },
};

/** A report in words, ready to be laid out: a pure function of what was signed. */
export const reportDocument = (
  { report, signedWith, signature }: SignedReport,
  language: Language,
): PdfInput['document'] => {
  const say = words[language];
  const field = (label: string, value: string) => ({ kind: 'field' as const, label, value });
  const list = (label: string, items: readonly string[]) => ({
    kind: 'list' as const,
    label,
    items: items.length === 0 ? [say.none] : [...items],
  });
  return {
    templateVersion: WORDS_VERSION,
    language,
    notice: null,
    title: say.title,
    blocks: [
      field(say.organisation, report.organisation),
      field(say.batch, report.batchId),
      field(say.asOf, formatDate(report.asOf, language)),
      field(say.requestedBy, report.requestedBy),
      field(say.confirmedBy, report.confirmedBy),
      field(say.listHash, report.listHash),
      list(
        say.lines,
        report.lines.map((line) => say.line(ruleLabel(line.recordClass, language), line)),
      ),
      list(
        say.leftOut,
        report.leftOut.map(({ because, count }) => `${say.because[because]}: ${count}`),
      ),
      field(say.certificates, String(report.certificates)),
      field(say.certificatesHash, report.certificatesHash),
      field(say.key, signedWith.keyId),
      field(say.signature, signature),
      { kind: 'paragraph', text: say.check },
    ],
    signatures: [],
  };
};
