import { accessRefusal } from './codes.js';
import type { DocumentData, DocumentTemplate } from './documents.js';
import type { Labels } from './languages.js';

/*
 * The letters that answer a person who asks which data are kept about them (GDPR art. 15). The answer has the same words
 * whether or not a file exists: what is refused is named as kinds of data that no such letter ever gives, and never as
 * something that was found (design rule 10).
 */

const w = (nl: string, fr: string, de: string, en: string): Labels => ({ nl, fr, de, en });

const organisationLabel = w('Organisatie', 'Organisation', 'Organisation', 'Organisation');
const personLabel = w('Aan', 'À', 'An', 'To');
const answeredByLabel = w('Antwoord van', 'Réponse de', 'Antwort von', 'Answer from');
const madeOnLabel = w('Datum', 'Date', 'Datum', 'Date');

const complaint = w(
  'Bent u het niet eens met dit antwoord, dan kunt u klacht indienen bij de Gegevensbeschermingsautoriteit, Drukpersstraat 35, 1000 Brussel (AVG, artikel 77), of naar de rechter stappen (AVG, artikel 79).',
  "Si vous n'êtes pas d'accord avec cette réponse, vous pouvez introduire une réclamation auprès de l'Autorité de protection des données, rue de la Presse 35, 1000 Bruxelles (RGPD, article 77), ou saisir le juge (RGPD, article 79).",
  'Sind Sie mit dieser Antwort nicht einverstanden, so können Sie Beschwerde bei der Datenschutzbehörde, Rue de la Presse 35, 1000 Brüssel, einlegen (DSGVO, Artikel 77) oder das Gericht anrufen (DSGVO, Artikel 79).',
  'If you do not agree with this answer, you may complain to the Data Protection Authority, rue de la Presse 35, 1000 Brussels (GDPR, article 77), or go to court (GDPR, article 79).',
);

export const accessAnswerTemplate: DocumentTemplate<DocumentData['access_answer']> = {
  version: '2026.1',
  letter: true,
  title: w(
    'Antwoord op uw verzoek om inzage',
    "Réponse à votre demande d'accès",
    'Antwort auf Ihren Auskunftsantrag',
    'Answer to your access request',
  ),
  formats: {
    organisation: 'text',
    person: 'text',
    answeredBy: 'text',
    answeredByFunction: 'text',
    receivedOn: 'date',
    shown: 'text',
    secrecyReference: 'secrecy',
    madeOn: 'date',
  },
  body: [
    { kind: 'field', field: 'organisation', label: organisationLabel },
    { kind: 'field', field: 'person', label: personLabel },
    { kind: 'field', field: 'answeredBy', label: answeredByLabel },
    { kind: 'field', field: 'madeOn', label: madeOnLabel },
    {
      kind: 'paragraph',
      text: w(
        'Op {receivedOn} vroeg u welke persoonsgegevens over u worden bewaard door {answeredBy}, {answeredByFunction} (AVG, artikel 15). Dit antwoord gaat over wat deze persoon bewaart en over niets anders; elke vertrouwenspersoon en elke preventieadviseur antwoordt zelf.',
        'Le {receivedOn}, vous avez demandé quelles données à caractère personnel vous concernant sont conservées par {answeredBy}, {answeredByFunction} (RGPD, article 15). Cette réponse porte sur ce que conserve cette personne et sur rien d’autre ; chaque personne de confiance et chaque conseiller en prévention répond pour soi.',
        'Am {receivedOn} haben Sie gefragt, welche personenbezogenen Daten über Sie bei {answeredBy}, {answeredByFunction}, aufbewahrt werden (DSGVO, Artikel 15). Diese Antwort betrifft, was diese Person aufbewahrt, und nichts anderes; jede Vertrauensperson und jeder Gefahrenverhütungsberater antwortet selbst.',
        'On {receivedOn} you asked which personal data about you are kept by {answeredBy}, {answeredByFunction} (GDPR, article 15). This answer is about what this person keeps and about nothing else; every confidential counsellor and every prevention adviser answers for themselves.',
      ),
    },
    {
      kind: 'list',
      field: 'shown',
      label: w('Wat u kunt inzien', 'Ce que vous pouvez consulter', 'Was Sie einsehen können', 'What you may see'),
      whenEmpty: w(
        'Er is niets dat u mag worden getoond.',
        "Il n'y a rien qui puisse vous être montré.",
        'Es gibt nichts, was Ihnen gezeigt werden darf.',
        'There is nothing that you may be shown.',
      ),
    },
    {
      kind: 'paragraph',
      text: w(
        'Nooit meegedeeld worden: de notities van een vertrouwenspersoon of preventieadviseur, gegevens over andere personen, en wat iemand anders hun heeft toevertrouwd. Zij zijn gebonden door het beroepsgeheim (Welzijnswet, artikel 32quinquiesdecies; {secrecyReference}); inzage mag geen afbreuk doen aan de rechten en vrijheden van anderen (AVG, artikel 15, lid 4), en geen van de partijen heeft toegang tot de notities.',
        "Ne sont jamais communiqués : les notes d'une personne de confiance ou d'un conseiller en prévention, les données relatives à d'autres personnes et ce qu'une autre personne leur a confié. Ils sont tenus au secret professionnel (loi sur le bien-être, article 32quinquiesdecies ; {secrecyReference}) ; l'accès ne peut porter atteinte aux droits et libertés d'autrui (RGPD, article 15, paragraphe 4) et aucune des parties n'a accès aux notes.",
        'Nie mitgeteilt werden: die Notizen einer Vertrauensperson oder eines Gefahrenverhütungsberaters, Angaben über andere Personen und was jemand anders ihnen anvertraut hat. Sie unterliegen dem Berufsgeheimnis (Gesetz über das Wohlbefinden, Artikel 32quinquiesdecies; {secrecyReference}); die Auskunft darf die Rechte und Freiheiten anderer nicht beeinträchtigen (DSGVO, Artikel 15 Absatz 4), und keine der Parteien hat Zugang zu den Notizen.',
        'Never given are: the notes of a confidential counsellor or prevention adviser, data about other people, and what somebody else confided to them. They are bound by professional secrecy (Welfare Act, article 32quinquiesdecies; {secrecyReference}); access may not harm the rights and freedoms of others (GDPR, article 15(4)), and neither party has access to the notes.',
      ),
    },
    {
      kind: 'paragraph',
      text: w(
        'Om dezelfde reden wordt niet bevestigd en niet ontkend of er iets bestaat waarvan u nog niet op de hoogte bent. Deze brief luidt in elk geval gelijk.',
        "Pour la même raison, il n'est ni confirmé ni infirmé qu'il existe quelque chose dont vous n'avez pas encore connaissance. Cette lettre est libellée de la même manière dans tous les cas.",
        'Aus demselben Grund wird weder bestätigt noch verneint, ob es etwas gibt, wovon Sie noch keine Kenntnis haben. Dieses Schreiben lautet in jedem Fall gleich.',
        'For the same reason it is neither confirmed nor denied whether anything exists that you do not know of yet. This letter has the same words in every case.',
      ),
    },
    {
      kind: 'paragraph',
      text: w(
        'Doel en grondslag van wat wordt bewaard: psychosociale hulp op het werk volgens de Welzijnswet (AVG, artikel 6, lid 1, c). De gegevens komen van wie hulp vroeg en van wie daarbij betrokken werd, en gaan alleen naar wie de wet of de verzoeker aanduidt. Zij worden bewaard volgens de bewaarregels van de organisatie en daarna vernietigd. Er wordt niets geautomatiseerd beslist. U kunt verbetering, wissing of beperking vragen en bezwaar maken (AVG, artikelen 16 tot 18 en 21).',
        "Finalité et base de ce qui est conservé : l'aide psychosociale au travail selon la loi sur le bien-être (RGPD, article 6, paragraphe 1, c). Les données proviennent de qui a demandé de l'aide et de qui y a été associé, et ne vont qu'à qui la loi ou le demandeur désigne. Elles sont conservées selon les règles de conservation de l'organisation, puis détruites. Aucune décision n'est automatisée. Vous pouvez demander rectification, effacement ou limitation, et vous opposer (RGPD, articles 16 à 18 et 21).",
        'Zweck und Grundlage dessen, was aufbewahrt wird: psychosoziale Hilfe am Arbeitsplatz nach dem Gesetz über das Wohlbefinden (DSGVO, Artikel 6 Absatz 1 Buchstabe c). Die Angaben stammen von denen, die um Hilfe baten, und von denen, die einbezogen wurden; sie gehen nur an die vom Gesetz oder vom Antragsteller Bezeichneten. Sie werden nach den Aufbewahrungsregeln der Organisation aufbewahrt und danach vernichtet. Nichts wird automatisiert entschieden. Sie können Berichtigung, Löschung oder Einschränkung verlangen und widersprechen (DSGVO, Artikel 16 bis 18 und 21).',
        'Purpose and basis of what is kept: psychosocial help at work under the Welfare Act (GDPR, article 6(1)(c)). The data come from those who asked for help and those who were involved, and go only to whom the law or the applicant names. They are kept by the retention rules of the organisation and then destroyed. Nothing is decided automatically. You may ask for rectification, erasure or restriction, and object (GDPR, articles 16 to 18 and 21).',
      ),
    },
    { kind: 'paragraph', text: complaint },
  ],
  signatures: [],
};

export const accessRefusalTemplate: DocumentTemplate<DocumentData['access_refusal']> = {
  version: '2026.1',
  letter: true,
  title: w('Uw verzoek om inzage', "Votre demande d'accès", 'Ihr Auskunftsantrag', 'Your access request'),
  formats: {
    organisation: 'text',
    person: 'text',
    answeredBy: 'text',
    answeredByFunction: 'text',
    receivedOn: 'date',
    ground: accessRefusal,
    madeOn: 'date',
  },
  body: [
    { kind: 'field', field: 'organisation', label: organisationLabel },
    { kind: 'field', field: 'person', label: personLabel },
    { kind: 'field', field: 'answeredBy', label: answeredByLabel },
    { kind: 'field', field: 'madeOn', label: madeOnLabel },
    {
      kind: 'paragraph',
      text: w(
        'Aan uw verzoek om inzage van {receivedOn}, gericht aan {answeredBy}, {answeredByFunction}, wordt geen gevolg gegeven: {ground}. Of er iets over u bestaat, is daarvoor niet nagegaan.',
        "Il n'est pas donné suite à votre demande d'accès du {receivedOn}, adressée à {answeredBy}, {answeredByFunction} : {ground}. Il n'a pas été recherché s'il existe quelque chose à votre sujet.",
        'Ihrem Auskunftsantrag vom {receivedOn} an {answeredBy}, {answeredByFunction}, wird nicht entsprochen: {ground}. Ob es etwas über Sie gibt, wurde dafür nicht geprüft.',
        'No action is taken on your access request of {receivedOn} to {answeredBy}, {answeredByFunction}: {ground}. Whether anything about you exists was not looked for.',
      ),
    },
    { kind: 'paragraph', text: complaint },
  ],
  signatures: [],
};
