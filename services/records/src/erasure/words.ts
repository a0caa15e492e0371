import type { PdfInput } from '@toeverlaat/documents';
import { formatDate, retentionRule, retentionRuleIds, type Language } from '@toeverlaat/legal';
import { assertNever, localDateOf } from '@toeverlaat/values';
import type { ErasureCertificate } from '../domain/erasure-vocabulary.js';
import type { SignedCertificate } from './certificate.js';

/** The certificate's own edition of words: what is signed is the data, and the words only say it. */
const WORDS_VERSION = '2026.1';

type Words = {
  readonly title: string;
  readonly organisation: string;
  readonly record: string;
  readonly ground: string;
  readonly grounds: Readonly<Record<ErasureCertificate['ground'], string>>;
  readonly rule: (rule: string, version: number) => string;
  readonly keptUntil: string;
  readonly requestedBy: string;
  readonly approvedBy: string;
  readonly keys: string;
  readonly unreadableHere: string;
  readonly unreadableInBackups: string;
  readonly cited: string;
  readonly event: Readonly<Record<ErasureCertificate['events'][number]['what'], string>>;
  readonly leaf: (index: number) => string;
  readonly checkpointBefore: string;
  readonly checkpointAfter: string;
  readonly none: string;
  readonly kept: string;
  readonly keeps: Readonly<Record<ErasureCertificate['kept'][number], string>>;
  readonly signature: string;
  readonly check: string;
};

const words: Readonly<Record<Language, Words>> = {
  nl: {
    title: 'Verklaring van vernietiging',
    organisation: 'Organisatie',
    record: 'Dossier of persoon in het dossier (pseudoniem)',
    ground: 'Grond',
    grounds: {
      retention_rule: 'bewaarregel',
      data_subject_request: 'vraag van de betrokkene',
      transferred: 'overgedragen aan wie nu bevoegd is',
      erasure_ledger:
        'eerder gewist: opnieuw vernietigd na het terugzetten van een reservekopie, volgens het verankerde register',
    },
    rule: (rule, version) => `${rule}, versie ${version} van de regels van de organisatie`,
    keptUntil: 'Bewaard tot en met',
    requestedBy: 'Gevraagd door (pseudoniem)',
    approvedBy: 'Goedgekeurd door een tweede persoon (pseudoniem)',
    keys: 'Vernietigde sleutels',
    unreadableHere: 'Hier onleesbaar sinds',
    unreadableInBackups: 'Uit geen enkele reservekopie nog leesbaar vanaf',
    cited: 'Gebeurtenissen in het logboek',
    event: { key_destroyed: 'sleutel vernietigd', derived_dropped: 'afgeleide gegevens verwijderd' },
    leaf: (index) => `blad ${index}`,
    checkpointBefore: 'Ondertekend hoofd van het logboek ervoor',
    checkpointAfter: 'Ondertekend hoofd van het logboek erna',
    none: 'geen',
    kept: 'Wat blijft',
    keeps: {
      ids_states_and_dates: 'willekeurige nummers, statussen en termijnen, zonder inhoud',
      access_history: 'wie wanneer inzage had, tot de eigen termijn daarvan verstrijkt',
      counted_facts: 'getelde feiten zonder verband met een dossier of persoon',
      mentions_by_others: 'wat anderen in hun eigen dossiers over de persoon schreven, kan er nog staan',
    },
    signature: 'Handtekening (Ed25519)',
    check:
      'Deze verklaring kan zonder toegang tot het systeem worden nagekeken met het bestand dat erbij hoort: verify certificate.',
  },
  fr: {
    title: "Attestation d'effacement",
    organisation: 'Organisation',
    record: 'Dossier ou personne dans le dossier (pseudonyme)',
    ground: 'Fondement',
    grounds: {
      retention_rule: 'règle de conservation',
      data_subject_request: 'demande de la personne concernée',
      transferred: 'transféré à qui est désormais compétent',
      erasure_ledger:
        "effacé auparavant : détruit à nouveau après la restauration d'une sauvegarde, selon le registre ancré",
    },
    rule: (rule, version) => `${rule}, version ${version} des règles de l'organisation`,
    keptUntil: "Conservé jusqu'au",
    requestedBy: 'Demandé par (pseudonyme)',
    approvedBy: 'Approuvé par une seconde personne (pseudonyme)',
    keys: 'Clés détruites',
    unreadableHere: 'Illisible ici depuis',
    unreadableInBackups: 'Illisible dans toute copie de sauvegarde à partir du',
    cited: 'Événements du journal',
    event: { key_destroyed: 'clé détruite', derived_dropped: 'données dérivées supprimées' },
    leaf: (index) => `feuille ${index}`,
    checkpointBefore: 'Tête signée du journal, avant',
    checkpointAfter: 'Tête signée du journal, après',
    none: 'aucune',
    kept: 'Ce qui reste',
    keeps: {
      ids_states_and_dates: 'des numéros aléatoires, des états et des délais, sans contenu',
      access_history: "qui a consulté et quand, jusqu'au terme propre de cet historique",
      counted_facts: 'des faits comptés, sans lien avec un dossier ni une personne',
      mentions_by_others: "ce que d'autres ont écrit sur la personne dans leurs propres dossiers peut y figurer encore",
    },
    signature: 'Signature (Ed25519)',
    check:
      "Cette attestation peut être vérifiée sans accès au système, avec le fichier qui l'accompagne : verify certificate.",
  },
  de: {
    title: 'Löschbescheinigung',
    organisation: 'Organisation',
    record: 'Akte oder Person in der Akte (Pseudonym)',
    ground: 'Grund',
    grounds: {
      retention_rule: 'Aufbewahrungsregel',
      data_subject_request: 'Antrag der betroffenen Person',
      transferred: 'an die nun zuständige Stelle übergeben',
      erasure_ledger:
        'früher gelöscht: nach dem Zurückspielen einer Sicherung erneut vernichtet, nach dem verankerten Verzeichnis',
    },
    rule: (rule, version) => `${rule}, Fassung ${version} der Regeln der Organisation`,
    keptUntil: 'Aufbewahrt bis einschließlich',
    requestedBy: 'Beantragt von (Pseudonym)',
    approvedBy: 'Genehmigt von einer zweiten Person (Pseudonym)',
    keys: 'Vernichtete Schlüssel',
    unreadableHere: 'Hier unlesbar seit',
    unreadableInBackups: 'Aus keiner Sicherungskopie mehr lesbar ab',
    cited: 'Ereignisse im Protokoll',
    event: { key_destroyed: 'Schlüssel vernichtet', derived_dropped: 'abgeleitete Daten entfernt' },
    leaf: (index) => `Blatt ${index}`,
    checkpointBefore: 'Signierter Kopf des Protokolls davor',
    checkpointAfter: 'Signierter Kopf des Protokolls danach',
    none: 'keiner',
    kept: 'Was bleibt',
    keeps: {
      ids_states_and_dates: 'zufällige Nummern, Zustände und Fristen, ohne Inhalt',
      access_history: 'wer wann Einsicht hatte, bis zum Ende der eigenen Frist dieser Angaben',
      counted_facts: 'gezählte Tatsachen ohne Bezug zu einer Akte oder Person',
      mentions_by_others: 'was andere in ihren eigenen Akten über die Person schrieben, kann dort noch stehen',
    },
    signature: 'Signatur (Ed25519)',
    check:
      'Diese Bescheinigung lässt sich ohne Zugang zum System mit der zugehörigen Datei prüfen: verify certificate.',
  },
  en: {
    title: 'Certificate of erasure',
    organisation: 'Organisation',
    record: 'Record, or person in the record (pseudonym)',
    ground: 'Ground',
    grounds: {
      retention_rule: 'retention rule',
      data_subject_request: 'request of the data subject',
      transferred: 'transferred to who is now competent',
      erasure_ledger: 'erased before: destroyed again after a backup was put back, by the anchored ledger',
    },
    rule: (rule, version) => `${rule}, version ${version} of the organisation's rules`,
    keptUntil: 'Kept until and including',
    requestedBy: 'Requested by (pseudonym)',
    approvedBy: 'Approved by a second person (pseudonym)',
    keys: 'Destroyed keys',
    unreadableHere: 'Unreadable here since',
    unreadableInBackups: 'Readable from no backup as of',
    cited: 'Events in the log',
    event: { key_destroyed: 'key destroyed', derived_dropped: 'derived data dropped' },
    leaf: (index) => `leaf ${index}`,
    checkpointBefore: 'Signed head of the log before',
    checkpointAfter: 'Signed head of the log after',
    none: 'none',
    kept: 'What stays',
    keeps: {
      ids_states_and_dates: 'random ids, states and terms, without content',
      access_history: 'who looked and when, until the term of that history itself is over',
      counted_facts: 'counted facts that lead to no record and no person',
      mentions_by_others: 'what others wrote about the person in their own records may still stand there',
    },
    signature: 'Signature (Ed25519)',
    check:
      'This certificate can be checked without access to the system, with the file that belongs to it: verify certificate.',
  },
};

/** The name of a retention rule as the law data has it; a rule that is none of them keeps its code. */
export const ruleLabel = (rule: string, language: Language): string => {
  const known = retentionRuleIds.find((id) => id === rule);
  return known === undefined ? rule : retentionRule(known).value.label[language];
};

const groundOf = (certificate: ErasureCertificate, say: Words, language: Language): string => {
  const { ground, rule, ruleVersion } = certificate;
  switch (ground) {
    case 'retention_rule':
      return rule === null
        ? say.grounds[ground]
        : `${say.grounds[ground]}: ${say.rule(ruleLabel(rule, language), ruleVersion ?? 0)}`;
    case 'data_subject_request':
    case 'transferred':
    case 'erasure_ledger':
      return say.grounds[ground];
    default:
      return assertNever(ground);
  }
};

/** A certificate in words, ready to be laid out: a pure function of what was signed. */
export const certificateDocument = (
  { certificate, signature }: SignedCertificate,
  language: Language,
): PdfInput['document'] => {
  const say = words[language];
  const field = (label: string, value: string) => ({ kind: 'field' as const, label, value });
  return {
    templateVersion: WORDS_VERSION,
    language,
    notice: null,
    title: say.title,
    blocks: [
      field(say.organisation, certificate.organisation),
      field(say.record, certificate.subject),
      field(say.ground, groundOf(certificate, say, language)),
      ...(certificate.keptUntil === null ? [] : [field(say.keptUntil, formatDate(certificate.keptUntil, language))]),
      field(say.requestedBy, certificate.requestedBy),
      field(say.approvedBy, certificate.approvedBy),
      field(
        say.unreadableHere,
        `${formatDate(localDateOf(certificate.unreadableHereSince), language)} (${certificate.unreadableHereSince})`,
      ),
      field(say.unreadableInBackups, formatDate(certificate.unreadableInBackupsFrom, language)),
      { kind: 'list', label: say.keys, items: certificate.keyIds.length === 0 ? [say.none] : certificate.keyIds },
      {
        kind: 'list',
        label: say.cited,
        items: certificate.events.map(
          ({ what, service, eventId, leafIndex }) =>
            `${service}: ${say.event[what]}, ${eventId}${leafIndex === null ? '' : `, ${say.leaf(leafIndex)}`}`,
        ),
      },
      { kind: 'list', label: say.kept, items: certificate.kept.map((what) => say.keeps[what]) },
      field(say.checkpointBefore, certificate.checkpointBefore ?? say.none),
      field(say.checkpointAfter, certificate.checkpointAfter ?? say.none),
      field(say.signature, signature),
      { kind: 'paragraph', text: say.check },
    ],
    signatures: [],
  };
};
