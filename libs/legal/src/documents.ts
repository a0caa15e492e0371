import { z } from 'zod';
import { accessRefusal, type CodeList, type DocumentKind, informalType, referralReceiver } from './codes.js';
import { accessAnswerTemplate, accessRefusalTemplate } from './access-documents.js';
import { formatDate, type Labels, type Language } from './languages.js';
import { lawSet, lawVersion, UnknownLawVersion } from './versions.js';

/** Editions of the templates; a signed document stores its own, so a later wording never changes what was signed. */
export const documentTemplateVersions = ['2026.1'] as const;
export const documentTemplateVersion: (typeof documentTemplateVersions)[number] = '2026.1';

const line = z.string().min(1).max(500);
const date = z.iso.date();
const secrecy = z.enum(['penal_code_458', 'penal_code_352']);

/** What each document is filled with. Names and texts are plain here: rendering happens after the record is opened. */
export const documentDataSchemas = {
  interview_confirmation: z.strictObject({
    organisation: line,
    site: line,
    applicant: line,
    interviewer: line,
    interviewerFunction: line,
    interviewDate: date,
    secrecyReference: secrecy,
    issuedOn: date,
  }),
  informal_choice: z.strictObject({
    organisation: line,
    site: line,
    applicant: line,
    interveningPerson: line,
    interveningPersonFunction: line,
    informalType: informalType.schema,
    /** Exactly what may be told, and to whom; empty for interviews and advice. */
    mayBeTold: z.array(z.string().min(1).max(2000)).max(20),
    /** Who else agreed to take part, with the date (reconciliation). */
    agreements: z.array(line).max(20),
    secrecyReference: secrecy,
    madeOn: date,
  }),
  hand_over_letter: z.strictObject({
    organisation: line,
    site: line,
    applicant: line,
    counsellor: line,
    receiver: line,
    receiverKind: referralReceiver.schema,
    /** The records that go along, each by its name. */
    records: z.array(line).min(1).max(50),
    consentGivenOn: date,
    consentWordingVersion: line,
    answerBy: date,
    secrecyReference: secrecy,
    sentOn: date,
  }),
  access_answer: z.strictObject({
    organisation: line,
    person: line,
    answeredBy: line,
    answeredByFunction: line,
    receivedOn: date,
    /** One line for each thing that the person may see; empty where there is nothing that they already know of. */
    shown: z.array(z.string().min(1).max(4500)).max(1000),
    secrecyReference: secrecy,
    madeOn: date,
  }),
  access_refusal: z.strictObject({
    organisation: line,
    person: line,
    answeredBy: line,
    answeredByFunction: line,
    receivedOn: date,
    ground: accessRefusal.schema,
    madeOn: date,
  }),
} as const satisfies { readonly [K in DocumentKind]: z.ZodType };
export type DocumentData = { readonly [K in DocumentKind]: z.infer<(typeof documentDataSchemas)[K]> };

/** How a value is put into words. */
export type Format = 'text' | 'date' | 'secrecy' | CodeList<string>;

export type TemplateBlock<Field extends string> =
  | { readonly kind: 'paragraph'; readonly text: Labels }
  | { readonly kind: 'field'; readonly field: Field; readonly label: Labels }
  | { readonly kind: 'list'; readonly field: Field; readonly label: Labels; readonly whenEmpty: Labels | null };

export const signatureRoles = ['applicant', 'intervening_person', 'counsellor'] as const;
export type SignatureRole = (typeof signatureRoles)[number];
export type SignatureBlock = { readonly role: SignatureRole; readonly label: Labels };

/** A document as data: blanks are named in `{}`; every blank is a field of the document's data. */
export type DocumentTemplate<Data extends object> = {
  readonly version: string;
  readonly title: Labels;
  /** A letter to one person in their own language: an English one translates nothing that binds. */
  readonly letter?: true;
  readonly formats: { readonly [F in keyof Data]: Format };
  readonly body: readonly TemplateBlock<keyof Data & string>[];
  readonly signatures: readonly SignatureBlock[];
};

const w = (nl: string, fr: string, de: string, en: string): Labels => ({ nl, fr, de, en });
const organisationLabel = w('Organisatie', 'Organisation', 'Organisation', 'Organisation');
const siteLabel = w('Vestiging', 'Site', 'Standort', 'Site');
const applicantLabel = w('Verzoeker', 'Demandeur', 'Antragsteller', 'Applicant');
const counsellorLabel = w('Vertrouwenspersoon', 'Personne de confiance', 'Vertrauensperson', 'Confidential counsellor');
const secrecyParagraph = w(
  'Wie dit document opmaakt, is gebonden door het beroepsgeheim ({secrecyReference}). De werkgever krijgt geen kopie.',
  "L'auteur de ce document est tenu au secret professionnel ({secrecyReference}). L'employeur n'en reçoit pas de copie.",
  'Wer dieses Dokument ausstellt, unterliegt dem Berufsgeheimnis ({secrecyReference}). Der Arbeitgeber erhält keine Kopie.',
  'Whoever makes this document is bound by professional secrecy ({secrecyReference}). The employer gets no copy.',
);

export const documentTemplates: { readonly [K in DocumentKind]: DocumentTemplate<DocumentData[K]> } = {
  interview_confirmation: {
    version: documentTemplateVersion,
    title: w(
      'Bevestiging van een persoonlijk onderhoud',
      "Attestation d'entretien personnel",
      'Bestätigung eines persönlichen Gesprächs',
      'Confirmation of a personal interview',
    ),
    formats: {
      organisation: 'text',
      site: 'text',
      applicant: 'text',
      interviewer: 'text',
      interviewerFunction: 'text',
      interviewDate: 'date',
      secrecyReference: 'secrecy',
      issuedOn: 'date',
    },
    body: [
      { kind: 'field', field: 'organisation', label: organisationLabel },
      { kind: 'field', field: 'site', label: siteLabel },
      {
        kind: 'paragraph',
        text: w(
          'Op vraag van de verzoeker bevestigt {interviewer}, {interviewerFunction}, dat op {interviewDate} een persoonlijk onderhoud heeft plaatsgevonden met {applicant}.',
          "À la demande du demandeur, {interviewer}, {interviewerFunction}, atteste qu'un entretien personnel a eu lieu le {interviewDate} avec {applicant}.",
          'Auf Wunsch des Antragstellers bestätigt {interviewer}, {interviewerFunction}, dass am {interviewDate} ein persönliches Gespräch mit {applicant} stattgefunden hat.',
          'At the request of the applicant, {interviewer}, {interviewerFunction}, confirms that a personal interview with {applicant} took place on {interviewDate}.',
        ),
      },
      {
        kind: 'paragraph',
        text: w(
          'Tijdens dit onderhoud werd de verzoeker gehoord en geïnformeerd over de mogelijkheden van informele en formele psychosociale interventie.',
          "Lors de cet entretien, le demandeur a été entendu et informé des possibilités d'intervention psychosociale informelle et formelle.",
          'Bei diesem Gespräch wurde der Antragsteller angehört und über die Möglichkeiten der informellen und formellen psychosozialen Intervention informiert.',
          'In this interview the applicant was heard and informed about informal and formal psychosocial intervention.',
        ),
      },
      {
        kind: 'paragraph',
        text: w(
          'Dit document zegt niets over de inhoud van het gesprek.',
          "Ce document ne dit rien du contenu de l'entretien.",
          'Dieses Dokument sagt nichts über den Inhalt des Gesprächs.',
          'This document says nothing about the content of the interview.',
        ),
      },
      { kind: 'paragraph', text: secrecyParagraph },
      { kind: 'field', field: 'issuedOn', label: w('Datum', 'Date', 'Datum', 'Date') },
    ],
    signatures: [{ role: 'intervening_person', label: w('Handtekening', 'Signature', 'Unterschrift', 'Signature') }],
  },
  informal_choice: {
    version: documentTemplateVersion,
    title: w(
      'Keuze van het type informele psychosociale interventie',
      "Choix du type d'intervention psychosociale informelle",
      'Wahl der Art der informellen psychosozialen Intervention',
      'Choice of the type of informal psychosocial intervention',
    ),
    formats: {
      organisation: 'text',
      site: 'text',
      applicant: 'text',
      interveningPerson: 'text',
      interveningPersonFunction: 'text',
      informalType,
      mayBeTold: 'text',
      agreements: 'text',
      secrecyReference: 'secrecy',
      madeOn: 'date',
    },
    body: [
      { kind: 'field', field: 'organisation', label: organisationLabel },
      { kind: 'field', field: 'site', label: siteLabel },
      { kind: 'field', field: 'applicant', label: applicantLabel },
      {
        kind: 'field',
        field: 'interveningPerson',
        label: w('Wie tussenkomt', 'Intervenant', 'Intervenierende Person', 'Intervening person'),
      },
      {
        kind: 'field',
        field: 'interveningPersonFunction',
        label: w('Functie', 'Fonction', 'Funktion', 'Function'),
      },
      {
        kind: 'paragraph',
        text: w(
          'De verzoeker werd gehoord en geïnformeerd en vraagt een informele psychosociale interventie van dit type: {informalType}.',
          'Le demandeur a été entendu et informé et demande une intervention psychosociale informelle de ce type : {informalType}.',
          'Der Antragsteller wurde angehört und informiert und bittet um eine informelle psychosoziale Intervention dieser Art: {informalType}.',
          'The applicant was heard and informed and asks for an informal psychosocial intervention of this type: {informalType}.',
        ),
      },
      {
        kind: 'list',
        field: 'mayBeTold',
        label: w(
          'Wat precies mag worden gezegd, en aan wie',
          'Ce qui peut être dit exactement, et à qui',
          'Was genau gesagt werden darf, und wem',
          'Exactly what may be told, and to whom',
        ),
        whenEmpty: w('Niets, aan niemand.', 'Rien, à personne.', 'Nichts, niemandem.', 'Nothing, to nobody.'),
      },
      {
        kind: 'list',
        field: 'agreements',
        label: w(
          'Akkoord van de andere deelnemers',
          'Accord des autres participants',
          'Einverständnis der anderen Teilnehmer',
          'Agreement of the other participants',
        ),
        whenEmpty: null,
      },
      {
        kind: 'paragraph',
        text: w(
          'Er wordt niets ondernomen voordat beiden dit document hebben gedateerd en ondertekend. De verzoeker krijgt een kopie en kan op elk ogenblik stoppen of een formeel verzoek indienen.',
          "Rien n'est entrepris avant que les deux aient daté et signé ce document. Le demandeur en reçoit une copie et peut à tout moment arrêter ou introduire une demande formelle.",
          'Nichts wird unternommen, bevor beide dieses Dokument datiert und unterzeichnet haben. Der Antragsteller erhält eine Kopie und kann jederzeit aufhören oder einen formellen Antrag stellen.',
          'Nothing is done before both have dated and signed this document. The applicant gets a copy and can stop or file a formal request at any time.',
        ),
      },
      {
        kind: 'paragraph',
        text: w(
          'Een informele interventie geeft geen bescherming onder de Welzijnswet. Voor ongewenst seksueel gedrag, en voor geweld of pesterijen die samenhangen met een discriminatiecriterium, beschermt de antidiscriminatiewetgeving ook bij een informele stap.',
          "Une intervention informelle ne donne pas de protection selon la loi sur le bien-être. Pour le harcèlement sexuel, et pour la violence ou le harcèlement moral liés à un critère de discrimination, la législation antidiscrimination protège aussi lors d'une démarche informelle.",
          'Eine informelle Intervention gibt keinen Schutz nach dem Wohlbefindensgesetz. Bei unerwünschtem sexuellem Verhalten und bei Gewalt oder Mobbing, die mit einem Diskriminierungskriterium zusammenhängen, schützt das Antidiskriminierungsrecht auch bei einem informellen Schritt.',
          'An informal intervention gives no protection under the Welfare Act. For unwanted sexual behaviour, and for violence or bullying tied to a discrimination criterion, anti-discrimination law protects at an informal step too.',
        ),
      },
      { kind: 'paragraph', text: secrecyParagraph },
      { kind: 'field', field: 'madeOn', label: w('Opgemaakt op', 'Établi le', 'Ausgestellt am', 'Made on') },
    ],
    signatures: [
      {
        role: 'applicant',
        label: w(
          'De verzoeker: datum en handtekening',
          'Le demandeur : date et signature',
          'Der Antragsteller: Datum und Unterschrift',
          'The applicant: date and signature',
        ),
      },
      {
        role: 'intervening_person',
        label: w(
          'Wie tussenkomt: datum en handtekening',
          "L'intervenant : date et signature",
          'Die intervenierende Person: Datum und Unterschrift',
          'The intervening person: date and signature',
        ),
      },
    ],
  },
  hand_over_letter: {
    version: documentTemplateVersion,
    title: w(
      'Brief bij doorverwijzing',
      "Lettre d'orientation",
      'Begleitschreiben zur Weiterverweisung',
      'Hand-over letter',
    ),
    formats: {
      organisation: 'text',
      site: 'text',
      applicant: 'text',
      counsellor: 'text',
      receiver: 'text',
      receiverKind: referralReceiver,
      records: 'text',
      consentGivenOn: 'date',
      consentWordingVersion: 'text',
      answerBy: 'date',
      secrecyReference: 'secrecy',
      sentOn: 'date',
    },
    body: [
      { kind: 'field', field: 'organisation', label: organisationLabel },
      { kind: 'field', field: 'site', label: siteLabel },
      { kind: 'field', field: 'sentOn', label: w('Datum', 'Date', 'Datum', 'Date') },
      { kind: 'field', field: 'receiver', label: w('Aan', 'À', 'An', 'To') },
      { kind: 'field', field: 'receiverKind', label: w('Hoedanigheid', 'Qualité', 'Eigenschaft', 'Capacity') },
      { kind: 'field', field: 'counsellor', label: counsellorLabel },
      {
        kind: 'paragraph',
        text: w(
          'Met het akkoord van {applicant}, gegeven op {consentGivenOn} (tekstversie {consentWordingVersion}), verwijs ik deze persoon naar u door. De volgende stukken gaan mee; andere stukken en persoonlijke notities niet.',
          "Avec l'accord de {applicant}, donné le {consentGivenOn} (version du texte {consentWordingVersion}), j'oriente cette personne vers vous. Les pièces suivantes sont jointes ; aucune autre pièce ni note personnelle.",
          'Mit dem Einverständnis von {applicant} vom {consentGivenOn} (Textfassung {consentWordingVersion}) verweise ich diese Person an Sie. Folgende Unterlagen liegen bei; andere Unterlagen und persönliche Notizen nicht.',
          'With the agreement of {applicant}, given on {consentGivenOn} (wording version {consentWordingVersion}), I refer this person to you. The following records go along; other records and personal notes do not.',
        ),
      },
      {
        kind: 'list',
        field: 'records',
        label: w('Meegegeven stukken', 'Pièces jointes', 'Beigefügte Unterlagen', 'Records that go along'),
        whenEmpty: null,
      },
      {
        kind: 'paragraph',
        text: w(
          'Gelieve uiterlijk op {answerBy} te antwoorden of u de doorverwijzing aanvaardt. De betrokkene kan het akkoord intrekken; u hebt dan geen verdere toegang.',
          "Veuillez répondre au plus tard le {answerBy} si vous acceptez l'orientation. La personne peut retirer son accord ; vous n'aurez alors plus accès.",
          'Bitte antworten Sie bis spätestens {answerBy}, ob Sie die Weiterverweisung annehmen. Die betroffene Person kann ihr Einverständnis widerrufen; Sie haben dann keinen weiteren Zugang.',
          'Please answer by {answerBy} whether you accept the referral. The person may withdraw the agreement; you then have no further access.',
        ),
      },
      {
        kind: 'paragraph',
        text: w(
          'De afzender is gebonden door het beroepsgeheim ({secrecyReference}). Gebruik deze gegevens alleen voor het doel van de doorverwijzing.',
          "L'expéditeur est tenu au secret professionnel ({secrecyReference}). N'utilisez ces données que pour le but de l'orientation.",
          'Der Absender unterliegt dem Berufsgeheimnis ({secrecyReference}). Verwenden Sie diese Angaben nur für den Zweck der Weiterverweisung.',
          'The sender is bound by professional secrecy ({secrecyReference}). Use these data only for the purpose of the referral.',
        ),
      },
    ],
    signatures: [{ role: 'counsellor', label: w('Handtekening', 'Signature', 'Unterschrift', 'Signature') }],
  },
  access_answer: accessAnswerTemplate,
  access_refusal: accessRefusalTemplate,
};

export type RenderedBlock =
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'field'; readonly label: string; readonly value: string }
  | { readonly kind: 'list'; readonly label: string; readonly items: readonly string[] };

/** A document in words, ready to be laid out; holds nothing that is not printed. */
export type RenderedDocument = {
  readonly kind: DocumentKind;
  readonly templateVersion: string;
  readonly language: Language;
  /** Printed on top when the language does not bind (English). */
  readonly notice: string | null;
  readonly title: string;
  readonly blocks: readonly RenderedBlock[];
  readonly signatures: readonly { readonly role: SignatureRole; readonly label: string }[];
};

const translationNotice =
  'Translation, for information only: the document in Dutch, French or German is the one that binds.';

const worded = (value: unknown, format: Format, language: Language): string => {
  if (typeof value !== 'string') throw new RangeError('document: a value is not text');
  if (format === 'text') return value;
  if (format === 'date') return formatDate(value, language);
  if (format === 'secrecy') {
    const reference = lawSet(lawVersion).secrecyReferences.find((each) => each.id === value);
    if (reference === undefined) throw new RangeError('document: unknown secrecy reference');
    return reference.value[language];
  }
  const labels = format.labels[value];
  if (labels === undefined) throw new RangeError(`document: ${format.name} has no such code`);
  return labels[language];
};

/**
 * Fills a template. Pure and free of Node, so that it can one day run in the browser (design rule 3).
 * @throws z.ZodError when the data does not fit the document @throws UnknownLawVersion for an edition not carried
 */
export const renderDocument = <K extends DocumentKind>(
  kind: K,
  language: Language,
  data: DocumentData[K],
  version: string = documentTemplateVersion,
): RenderedDocument => {
  if (!documentTemplateVersions.some((each) => each === version))
    throw new UnknownLawVersion(version, documentTemplateVersions);
  const values: Readonly<Record<string, unknown>> = Object.fromEntries(
    Object.entries(z.record(z.string(), z.unknown()).parse(documentDataSchemas[kind].parse(data))),
  );
  const template: {
    readonly version: string;
    readonly title: Labels;
    readonly letter?: true;
    readonly formats: Readonly<Record<string, Format>>;
    readonly body: readonly TemplateBlock<string>[];
    readonly signatures: readonly SignatureBlock[];
  } = documentTemplates[kind];
  const word = (field: string, value: unknown = values[field]): string => {
    const format = template.formats[field];
    if (format === undefined) throw new RangeError(`document ${kind}: no field {${field}}`);
    return worded(value, format, language);
  };
  const blocks = template.body.flatMap((block): readonly RenderedBlock[] => {
    switch (block.kind) {
      case 'paragraph':
        return [
          {
            kind: 'paragraph',
            text: block.text[language].replaceAll(/\{(\w+)\}/g, (_, field: string) => word(field)),
          },
        ];
      case 'field':
        return [{ kind: 'field', label: block.label[language], value: word(block.field) }];
      case 'list': {
        const value = values[block.field];
        const items = Array.isArray(value) ? value.map((item: unknown) => word(block.field, item)) : [];
        if (items.length > 0) return [{ kind: 'list', label: block.label[language], items }];
        return block.whenEmpty === null
          ? []
          : [{ kind: 'list', label: block.label[language], items: [block.whenEmpty[language]] }];
      }
    }
  });
  return {
    kind,
    templateVersion: template.version,
    language,
    notice: language === 'en' && template.letter === undefined ? translationNotice : null,
    title: template.title[language],
    blocks,
    signatures: template.signatures.map(({ role, label }) => ({ role, label: label[language] })),
  };
};
