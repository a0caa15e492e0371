import { z } from 'zod';
import type { Labels, Language } from './languages.js';

/** A closed list of codes with a wording per language. Codes are storage format: never renamed. */
export type CodeList<Code extends string> = {
  readonly name: string;
  readonly values: readonly Code[];
  readonly schema: z.ZodType<Code>;
  readonly labels: { readonly [C in Code]: Labels };
};
/** The union of a list's codes. */
export type CodeOf<List> = List extends CodeList<infer Code> ? Code : never;

const codeList = <Code extends string>(name: string, labels: Record<Code, Labels>): CodeList<Code> => {
  const values = Object.keys(labels) as Code[];
  return { name, values, schema: z.enum(values), labels };
};

const w = (nl: string, fr: string, de: string, en: string): Labels => ({ nl, fr, de, en });

/** The wording of a code. */
export const labelOf = <Code extends string>(list: CodeList<Code>, code: Code, language: Language): string =>
  list.labels[code][language];

export const language = codeList('language', {
  nl: w('Nederlands', 'néerlandais', 'Niederländisch', 'Dutch'),
  fr: w('Frans', 'français', 'Französisch', 'French'),
  de: w('Duits', 'allemand', 'Deutsch', 'German'),
  en: w('Engels', 'anglais', 'Englisch', 'English'),
});

/** The language area of the seat of exploitation, which decides the language of documents. */
export const languageRegime = codeList('languageRegime', {
  dutch: w(
    'Nederlands taalgebied',
    'région de langue néerlandaise',
    'niederländisches Sprachgebiet',
    'Dutch language area',
  ),
  french: w('Frans taalgebied', 'région de langue française', 'französisches Sprachgebiet', 'French language area'),
  german: w('Duits taalgebied', 'région de langue allemande', 'deutsches Sprachgebiet', 'German language area'),
  brussels: w('Brussel-Hoofdstad', 'Bruxelles-Capitale', 'Brüssel-Hauptstadt', 'Brussels-Capital'),
});
export type LanguageRegime = CodeOf<typeof languageRegime>;

export const kindOfFacts = codeList('kindOfFacts', {
  violence: w('geweld', 'violence', 'Gewalt', 'violence'),
  bullying: w('pesterijen', 'harcèlement moral', 'Mobbing', 'bullying'),
  unwanted_sexual_behaviour: w(
    'ongewenst seksueel gedrag',
    'harcèlement sexuel',
    'unerwünschtes sexuelles Verhalten',
    'unwanted sexual behaviour',
  ),
  conflict: w('conflict', 'conflit', 'Konflikt', 'conflict'),
  workload: w('werkdruk', 'charge de travail', 'Arbeitsdruck', 'workload'),
  burn_out: w('stress of burn-out', 'stress ou burn-out', 'Stress oder Burn-out', 'stress or burn-out'),
  discrimination_related: w(
    'feiten die samenhangen met een discriminatiecriterium',
    'faits liés à un critère de discrimination',
    'Taten im Zusammenhang mit einem Diskriminierungskriterium',
    'facts linked to a discrimination criterion',
  ),
  other: w('iets anders', 'autre chose', 'etwas anderes', 'something else'),
});
export type KindOfFacts = CodeOf<typeof kindOfFacts>;

/** The five risk sources of the risk analysis. */
export const riskSource = codeList('riskSource', {
  organisation: w('arbeidsorganisatie', 'organisation du travail', 'Arbeitsorganisation', 'work organisation'),
  content: w('arbeidsinhoud', 'contenu du travail', 'Arbeitsinhalt', 'work content'),
  conditions: w('arbeidsvoorwaarden', 'conditions de travail', 'Arbeitsbedingungen', 'terms of employment'),
  circumstances: w(
    'arbeidsomstandigheden',
    'conditions de vie au travail',
    'Lebensbedingungen bei der Arbeit',
    'working circumstances',
  ),
  relations: w(
    'interpersoonlijke relaties op het werk',
    'relations interpersonnelles au travail',
    'zwischenmenschliche Beziehungen bei der Arbeit',
    'relations at work',
  ),
});
export type RiskSource = CodeOf<typeof riskSource>;

export const channel = codeList('channel', {
  in_person: w('persoonlijk gesprek', 'en personne', 'persönlich', 'in person'),
  phone: w('telefoon', 'téléphone', 'Telefon', 'telephone'),
  video: w('videogesprek', 'visioconférence', 'Videogespräch', 'video call'),
  written_message: w('geschreven bericht', 'message écrit', 'schriftliche Nachricht', 'written message'),
  letter: w('brief', 'lettre', 'Brief', 'letter'),
});
export type Channel = CodeOf<typeof channel>;

/** The types of informal intervention the law knows. */
export const informalType = codeList('informalType', {
  advice: w(
    'gesprekken: onthaal, luisteren, advies',
    'entretiens : accueil, écoute, conseil',
    'Gespräche: Empfang, Zuhören, Rat',
    'interviews: welcome, listening, advice',
  ),
  intervention_with_another_person: w(
    'interventie bij een andere persoon',
    "intervention auprès d'une autre personne de l'entreprise",
    'Intervention bei einer anderen Person',
    'intervention with another person',
  ),
  reconciliation: w('verzoening', 'conciliation', 'Schlichtung', 'reconciliation'),
});
export type InformalType = CodeOf<typeof informalType>;

export const outcome = codeList('outcome', {
  resolved: w('opgelost', 'résolu', 'gelöst', 'resolved'),
  improved: w('verbeterd', 'amélioré', 'verbessert', 'improved'),
  withdrawn: w('stopgezet door de verzoeker', 'arrêté par le demandeur', 'vom Antragsteller beendet', 'withdrawn'),
  formal: w(
    'naar een formeel verzoek',
    'vers une demande formelle',
    'Übergang zum formellen Antrag',
    'went on to a formal request',
  ),
  referred: w('doorverwezen', 'orienté', 'weiterverwiesen', 'referred'),
  left: w(
    'heeft de organisatie verlaten',
    "a quitté l'organisation",
    'hat die Organisation verlassen',
    'left the organisation',
  ),
});
export type Outcome = CodeOf<typeof outcome>;

export const referralReceiver = codeList('referralReceiver', {
  prevention_adviser: w(
    'preventieadviseur psychosociale aspecten',
    'conseiller en prévention aspects psychosociaux',
    'Gefahrenverhütungsberater für psychosoziale Aspekte',
    'prevention adviser for psychosocial aspects',
  ),
  physician: w(
    'preventieadviseur-arbeidsarts',
    'conseiller en prévention-médecin du travail',
    'Gefahrenverhütungsberater-Arbeitsarzt',
    'occupational physician',
  ),
  hr: w('personeelsdienst', 'ressources humaines', 'Personaldienst', 'human resources'),
  eap: w(
    'hulpprogramma voor werknemers',
    "programme d'aide aux travailleurs",
    'Hilfsprogramm für Arbeitnehmer',
    'employee assistance programme',
  ),
  caw: w(
    'centrum algemeen welzijnswerk',
    "centre d'aide sociale",
    'Sozialhilfezentrum',
    'centre for general welfare work',
  ),
  police: w('politie', 'police', 'Polizei', 'police'),
  gp: w('huisarts', 'médecin traitant', 'Hausarzt', 'general practitioner'),
  psychologist: w('psycholoog', 'psychologue', 'Psychologe', 'psychologist'),
  union: w('vakbond', 'syndicat', 'Gewerkschaft', 'union'),
  inspection: w(
    'Toezicht Welzijn op het Werk',
    'Contrôle du bien-être au travail',
    'Kontrolle des Wohlbefindens bei der Arbeit',
    'labour inspection (well-being at work)',
  ),
});
export type ReferralReceiver = CodeOf<typeof referralReceiver>;

/** What the worker was told he can do; recorded per contact. */
export const optionExplained = codeList('optionExplained', {
  informal_advice: w('gesprekken en advies', 'entretiens et conseil', 'Gespräche und Rat', 'interviews and advice'),
  informal_intervention: w(
    'informele interventie bij een andere persoon',
    "intervention informelle auprès d'une autre personne",
    'informelle Intervention bei einer anderen Person',
    'informal intervention with another person',
  ),
  informal_reconciliation: w('verzoening', 'conciliation', 'Schlichtung', 'reconciliation'),
  formal_individual: w(
    'formeel verzoek, hoofdzakelijk individueel',
    'demande formelle, principalement individuelle',
    'formeller Antrag, hauptsächlich individuell',
    'formal request, mainly individual',
  ),
  formal_collective: w(
    'formeel verzoek, hoofdzakelijk collectief',
    'demande formelle, principalement collective',
    'formeller Antrag, hauptsächlich kollektiv',
    'formal request, mainly collective',
  ),
  formal_violence_bullying_sexual: w(
    'formeel verzoek voor geweld, pesterijen of ongewenst seksueel gedrag',
    'demande formelle pour violence, harcèlement moral ou sexuel',
    'formeller Antrag wegen Gewalt, Mobbing oder unerwünschtem sexuellem Verhalten',
    'formal request for violence, bullying or unwanted sexual behaviour',
  ),
  third_party_register: w(
    'register van feiten van derden',
    'registre de faits de tiers',
    'Register der Taten Dritter',
    'third-party register',
  ),
  hierarchical_line: w(
    'hiërarchische lijn, CPBW-lid of vakbondsafgevaardigde',
    'ligne hiérarchique, membre du CPPT ou délégué syndical',
    'hierarchische Linie, Ausschussmitglied oder Gewerkschaftsvertreter',
    'line management, committee member or union delegate',
  ),
  inspection: w('inspectie', 'inspection', 'Inspektion', 'inspection'),
  court: w('arbeidsrechtbank', 'tribunal du travail', 'Arbeitsgericht', 'labour court'),
  medical: w('arbeidsarts of huisarts', 'médecin du travail ou traitant', 'Arbeitsarzt oder Hausarzt', 'physician'),
  whistleblowing: w(
    'intern meldkanaal (klokkenluiders), een aparte weg',
    'canal interne de signalement, une voie distincte',
    'interner Meldekanal, ein getrennter Weg',
    'internal whistleblowing channel, a separate route',
  ),
});
export type OptionExplained = CodeOf<typeof optionExplained>;

/** In what capacity the other person stands to the applicant, inside the organisation or out. */
export const otherPartyCapacity = codeList('otherPartyCapacity', {
  colleague: w('collega', 'collègue', 'Kollege', 'colleague'),
  line_manager: w('leidinggevende', 'responsable hiérarchique', 'Vorgesetzter', 'line manager'),
  subordinate: w('medewerker', 'subordonné', 'Untergebener', 'subordinate'),
  employer: w('werkgever', 'employeur', 'Arbeitgeber', 'employer'),
  group: w('groep', 'groupe', 'Gruppe', 'group'),
  organisation: w(
    'de organisatie zelf',
    "l'organisation elle-même",
    'die Organisation selbst',
    'the organisation itself',
  ),
  third_party: w('derde', 'tiers', 'Dritter', 'third party'),
});
export type OtherPartyCapacity = CodeOf<typeof otherPartyCapacity>;

/** Capacity of the third party in the register. */
export const thirdPartyCapacity = codeList('thirdPartyCapacity', {
  customer: w('klant', 'client', 'Kunde', 'customer'),
  patient_or_resident: w('patiënt of bewoner', 'patient ou résident', 'Patient oder Bewohner', 'patient or resident'),
  relative: w('familielid of bezoeker', 'proche ou visiteur', 'Angehöriger oder Besucher', 'relative or visitor'),
  pupil_or_student: w('leerling of student', 'élève ou étudiant', 'Schüler oder Student', 'pupil or student'),
  parent: w('ouder', 'parent', 'Elternteil', 'parent'),
  passenger: w('reiziger', 'voyageur', 'Fahrgast', 'passenger'),
  supplier: w('leverancier', 'fournisseur', 'Lieferant', 'supplier'),
  worker_of_another_employer: w(
    'werknemer van een andere werkgever',
    "travailleur d'un autre employeur",
    'Arbeitnehmer eines anderen Arbeitgebers',
    "another employer's worker",
  ),
  passer_by: w('voorbijganger', 'passant', 'Passant', 'passer-by'),
  other: w('andere', 'autre', 'andere', 'other'),
});
export type ThirdPartyCapacity = CodeOf<typeof thirdPartyCapacity>;

/** The kinds of fact the annual report counts from the third-party register. */
export const thirdPartyFact = codeList('thirdPartyFact', {
  physical_violence: w('lichamelijk geweld', 'violence physique', 'körperliche Gewalt', 'physical violence'),
  psychological_violence: w('psychisch geweld', 'violence psychique', 'psychische Gewalt', 'psychological violence'),
  bullying: w('pesterijen', 'harcèlement moral', 'Mobbing', 'bullying'),
  sexual: w(
    'ongewenst seksueel gedrag',
    'harcèlement sexuel',
    'unerwünschtes sexuelles Verhalten',
    'unwanted sexual behaviour',
  ),
  other: w('andere', 'autre', 'andere', 'other'),
});
export type ThirdPartyFact = CodeOf<typeof thirdPartyFact>;

/** How a document was signed. A tick is no signature. */
export const signatureMethod = codeList('signatureMethod', {
  paper: w('op papier', 'sur papier', 'auf Papier', 'on paper'),
  drawn: w('getekend op het scherm', "tracée à l'écran", 'am Bildschirm gezeichnet', 'drawn on screen'),
  qualified: w(
    'gekwalificeerde e-handtekening',
    'signature électronique qualifiée',
    'qualifizierte elektronische Signatur',
    'qualified electronic signature',
  ),
});
export type SignatureMethod = CodeOf<typeof signatureMethod>;

/** The general grounds on which a holder of professional secrecy may or must speak. */
export const disclosureGround = codeList('disclosureGround', {
  necessity: w('noodtoestand', 'état de nécessité', 'Notstand', 'necessity'),
  testimony_in_court: w(
    'getuigenis in rechte',
    'témoignage en justice',
    'Zeugenaussage vor Gericht',
    'testimony in court',
  ),
  help_to_vulnerable_person: w(
    'hulp aan een kwetsbare persoon',
    'aide à une personne vulnérable',
    'Hilfe für eine schutzbedürftige Person',
    'help to a vulnerable person',
  ),
  shared_secrecy: w(
    'gedeeld beroepsgeheim',
    'secret professionnel partagé',
    'geteiltes Berufsgeheimnis',
    'shared professional secrecy',
  ),
});
export type DisclosureGround = CodeOf<typeof disclosureGround>;

/** How the hearing term ended. */
export const hearingResult = codeList('hearingResult', {
  met: w('gehoord binnen de termijn', 'entendu dans le délai', 'fristgerecht angehört', 'heard in time'),
  offered_not_taken_up: w(
    'aangeboden, niet op ingegaan',
    'proposé, sans suite',
    'angeboten, nicht angenommen',
    'offered, not taken up',
  ),
  missed: w('termijn overschreden', 'délai dépassé', 'Frist versäumt', 'missed'),
});
export type HearingResult = CodeOf<typeof hearingResult>;

/** Who may be told when the hearing term runs short: the worker's choice. */
export const tellWhenLate = codeList('tellWhenLate', {
  nobody: w('niemand', 'personne', 'niemand', 'nobody'),
  second_counsellor: w(
    'een tweede vertrouwenspersoon die ik kies',
    'une deuxième personne de confiance que je choisis',
    'eine zweite Vertrauensperson meiner Wahl',
    'a second counsellor I choose',
  ),
  prevention_adviser: w(
    'de preventieadviseur psychosociale aspecten',
    'le conseiller en prévention aspects psychosociaux',
    'der Gefahrenverhütungsberater für psychosoziale Aspekte',
    'the prevention adviser for psychosocial aspects',
  ),
});
export type TellWhenLate = CodeOf<typeof tellWhenLate>;

/** How a contact request comes in. */
export const requestWay = codeList('requestWay', {
  signed_in: w('aangemeld', 'connecté', 'angemeldet', 'signed in'),
  named_without_account: w(
    'met naam, zonder account',
    'avec nom, sans compte',
    'mit Namen, ohne Konto',
    'named, without an account',
  ),
  anonymous: w('anoniem', 'anonyme', 'anonym', 'anonymous'),
});
export type RequestWay = CodeOf<typeof requestWay>;

export const formalRequestClass = codeList('formalRequestClass', {
  mainly_individual: w(
    'hoofdzakelijk individueel',
    'principalement individuel',
    'hauptsächlich individuell',
    'mainly individual',
  ),
  mainly_collective: w(
    'hoofdzakelijk collectief',
    'principalement collectif',
    'hauptsächlich kollektiv',
    'mainly collective',
  ),
});
export type FormalRequestClass = CodeOf<typeof formalRequestClass>;

/** The measures the annual report counts for a formal request. */
export const formalMeasures = codeList('formalMeasures', {
  individual: w('individuele maatregelen', 'mesures individuelles', 'individuelle Maßnahmen', 'individual measures'),
  collective: w('collectieve maatregelen', 'mesures collectives', 'kollektive Maßnahmen', 'collective measures'),
  none: w('geen maatregelen', 'aucune mesure', 'keine Maßnahmen', 'no measures'),
});
export type FormalMeasures = CodeOf<typeof formalMeasures>;

/** How a formal request arrives. E-mail counts only with an electronic signature, and never for violence and harassment. */
export const filingMethod = codeList('filingMethod', {
  by_hand: w('persoonlijk overhandigd', 'remis en mains propres', 'persönlich übergeben', 'handed over'),
  letter: w('gewone brief', 'lettre ordinaire', 'gewöhnlicher Brief', 'ordinary letter'),
  registered_letter: w('aangetekende brief', 'lettre recommandée', 'Einschreiben', 'registered letter'),
  signed_email: w(
    'e-mail met elektronische handtekening',
    'courriel avec signature électronique',
    'E-Mail mit elektronischer Signatur',
    'e-mail with an electronic signature',
  ),
});
export type FilingMethod = CodeOf<typeof filingMethod>;

/** Who gives the agreement before a designation. */
export const agreementBody = codeList('agreementBody', {
  committee_worker_members: w(
    'alle werknemersvertegenwoordigers in het CPBW',
    'tous les représentants des travailleurs au CPPT',
    'alle Arbeitnehmervertreter im Ausschuss',
    'all worker members of the committee',
  ),
  union_delegation: w('vakbondsafvaardiging', 'délégation syndicale', 'Gewerkschaftsvertretung', 'union delegation'),
  workers: w('de werknemers zelf', 'les travailleurs eux-mêmes', 'die Arbeitnehmer selbst', 'the workers themselves'),
});
export type AgreementBody = CodeOf<typeof agreementBody>;

/** How often the facts happened. */
export const repetition = codeList('repetition', {
  once: w('eenmalig', 'une seule fois', 'einmalig', 'once'),
  several_times: w('meermaals', 'plusieurs fois', 'mehrmals', 'several times'),
  ongoing: w('het duurt nog voort', 'toujours en cours', 'dauert noch an', 'still going on'),
});
export type Repetition = CodeOf<typeof repetition>;

/** The documents the product makes from templates. */
export const documentKind = codeList('documentKind', {
  interview_confirmation: w(
    'bevestiging van het persoonlijk onderhoud',
    "attestation de l'entretien personnel",
    'Bestätigung des persönlichen Gesprächs',
    'interview confirmation',
  ),
  informal_choice: w(
    'keuze van het type informele interventie',
    "choix du type d'intervention informelle",
    'Wahl der Art der informellen Intervention',
    'choice of the type of informal intervention',
  ),
  hand_over_letter: w(
    'brief bij doorverwijzing',
    "lettre d'orientation",
    'Begleitschreiben zur Weiterverweisung',
    'hand-over letter',
  ),
  access_answer: w(
    'antwoord op een verzoek om inzage',
    "réponse à une demande d'accès",
    'Antwort auf einen Auskunftsantrag',
    'answer to an access request',
  ),
  access_refusal: w(
    'weigering van een verzoek om inzage',
    "refus d'une demande d'accès",
    'Ablehnung eines Auskunftsantrags',
    'refusal of an access request',
  ),
});
export type DocumentKind = CodeOf<typeof documentKind>;

/** Why an access request is not acted on at all (GDPR art. 12(5) and (6)). */
export const accessRefusal = codeList('accessRefusal', {
  identity_not_shown: w(
    'uw identiteit is niet aangetoond (AVG, artikel 12, lid 6)',
    "votre identité n'est pas établie (RGPD, article 12, paragraphe 6)",
    'Ihre Identität ist nicht nachgewiesen (DSGVO, Artikel 12 Absatz 6)',
    'your identity was not shown (GDPR, article 12(6))',
  ),
  manifestly_unfounded: w(
    'het verzoek is kennelijk ongegrond (AVG, artikel 12, lid 5)',
    'la demande est manifestement infondée (RGPD, article 12, paragraphe 5)',
    'der Antrag ist offenkundig unbegründet (DSGVO, Artikel 12 Absatz 5)',
    'the request is manifestly unfounded (GDPR, article 12(5))',
  ),
  excessive: w(
    'het verzoek is buitensporig (AVG, artikel 12, lid 5)',
    'la demande est excessive (RGPD, article 12, paragraphe 5)',
    'der Antrag ist exzessiv (DSGVO, Artikel 12 Absatz 5)',
    'the request is excessive (GDPR, article 12(5))',
  ),
});
export type AccessRefusal = CodeOf<typeof accessRefusal>;

/** Every list, for generated documents and tests. */
export const codeLists: readonly CodeList<string>[] = [
  language,
  languageRegime,
  kindOfFacts,
  riskSource,
  channel,
  informalType,
  outcome,
  referralReceiver,
  optionExplained,
  otherPartyCapacity,
  thirdPartyCapacity,
  thirdPartyFact,
  signatureMethod,
  disclosureGround,
  hearingResult,
  tellWhenLate,
  requestWay,
  formalRequestClass,
  formalMeasures,
  filingMethod,
  agreementBody,
  repetition,
  documentKind,
  accessRefusal,
] as readonly CodeList<string>[];
