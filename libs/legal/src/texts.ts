import { z } from 'zod';
import { type Labels, labelsSchema, type Language } from './languages.js';
import { UnknownLawVersion } from './law-version-error.js';

/** Editions of the wordings, oldest first. A consent stores its edition; a changed wording is a new edition beside it. */
export const wordingVersions = ['2026.1'] as const;
export type WordingVersion = (typeof wordingVersions)[number];
/** The edition shown today. */
export const wordingVersion: WordingVersion = '2026.1';

/** What the worker is told, and what is asked, word for word. */
const wordings = {
  'contact.who_will_know': {
    nl: 'Alleen de vertrouwenspersoon die u kiest, leest wat u schrijft. Uw leidinggevende, uw collega’s, de personeelsdienst en de werkgever zien uw vraag niet, ook niet dát er een vraag is.',
    fr: 'Seule la personne de confiance que vous choisissez lit ce que vous écrivez. Votre responsable, vos collègues, les ressources humaines et l’employeur ne voient pas votre demande, ni même qu’elle existe.',
    de: 'Nur die Vertrauensperson, die Sie wählen, liest, was Sie schreiben. Ihr Vorgesetzter, Ihre Kollegen, der Personaldienst und der Arbeitgeber sehen Ihre Anfrage nicht, auch nicht, dass es sie gibt.',
    en: 'Only the confidential counsellor you choose reads what you write. Your manager, your colleagues, human resources and the employer do not see your request, nor even that there is one.',
  },
  'contact.what_employer_learns': {
    nl: 'De werkgever verneemt niets over u. Die krijgt enkel anonieme aantallen; kleine aantallen worden niet getoond. Bij een afgesproken tussenkomst hoort de andere betrokkene alleen wat met u is afgesproken. Dient u later een formeel verzoek in, dan verneemt de werkgever wie u bent zodra het is aanvaard, behalve bij een collectief verzoek.',
    fr: 'L’employeur n’apprend rien à votre sujet. Celui-ci ne reçoit que des chiffres anonymes ; les petits nombres ne sont pas montrés. Lors d’une intervention convenue, l’autre personne n’entend que ce qui a été convenu avec vous. Si vous introduisez plus tard une demande formelle, l’employeur apprend votre identité dès qu’elle est acceptée, sauf si la demande est collective.',
    de: 'Der Arbeitgeber erfährt nichts über Sie. Dieser erhält nur anonyme Zahlen; kleine Zahlen werden nicht gezeigt. Bei einer vereinbarten Intervention hört die andere Person nur, was mit Ihnen vereinbart wurde. Stellen Sie später einen formellen Antrag, erfährt der Arbeitgeber Ihre Identität, sobald er angenommen ist, außer bei einem kollektiven Antrag.',
    en: 'The employer learns nothing about you. It gets anonymous counts only; small numbers are not shown. In an intervention you agreed to, the other person hears only what was agreed with you. If you file a formal request later, the employer learns who you are once it is accepted, except when the request is collective.',
  },
  'contact.which_clock_starts': {
    nl: 'Uw vraag is het eerste contact. De vertrouwenspersoon moet u binnen tien kalenderdagen horen en informeren. De uiterste datum staat op uw ontvangstbewijs.',
    fr: 'Votre demande est le premier contact. La personne de confiance doit vous entendre et vous informer dans les dix jours calendrier. La date limite figure sur votre accusé de réception.',
    de: 'Ihre Anfrage ist der Erstkontakt. Die Vertrauensperson muss Sie innerhalb von zehn Kalendertagen anhören und informieren. Das späteste Datum steht auf Ihrer Empfangsbestätigung.',
    en: 'Your request is the first contact. The counsellor must hear and inform you within ten calendar days. The last date is on your receipt.',
  },
  'contact.professional_secrecy': {
    nl: 'De vertrouwenspersoon is gebonden door het beroepsgeheim ({reference}). Die spreekt alleen met uw akkoord of in de uitzonderingen van de wet: noodtoestand, getuigenis in rechte, hulp aan een kwetsbare persoon.',
    fr: 'La personne de confiance est tenue au secret professionnel ({reference}). Elle ne parle qu’avec votre accord ou dans les exceptions de la loi : état de nécessité, témoignage en justice, aide à une personne vulnérable.',
    de: 'Die Vertrauensperson unterliegt dem Berufsgeheimnis ({reference}). Sie spricht nur mit Ihrem Einverständnis oder in den Ausnahmen des Gesetzes: Notstand, Zeugenaussage vor Gericht, Hilfe für eine schutzbedürftige Person.',
    en: 'The counsellor is bound by professional secrecy ({reference}). The counsellor speaks only with your agreement or in the exceptions of the law: necessity, testimony in court, help to a vulnerable person.',
  },
  'contact.who_is_told_when_late': {
    nl: 'Als de termijn dreigt te verstrijken: wie mag dat weten? Niemand, een tweede vertrouwenspersoon die u kiest, of de preventieadviseur psychosociale aspecten. U hoort het eerst. Zij vernemen dat er een termijn loopt, niet wat u schreef.',
    fr: 'Si le délai risque d’expirer : qui peut le savoir ? Personne, une deuxième personne de confiance de votre choix, ou le conseiller en prévention aspects psychosociaux. Vous êtes averti en premier. Ils apprennent qu’un délai court, pas ce que vous avez écrit.',
    de: 'Wenn die Frist abzulaufen droht: Wer darf es wissen? Niemand, eine zweite Vertrauensperson Ihrer Wahl oder der Gefahrenverhütungsberater für psychosoziale Aspekte. Sie erfahren es zuerst. Diese Personen erfahren, dass eine Frist läuft, nicht, was Sie geschrieben haben.',
    en: 'If time runs short, who may know? Nobody, a second counsellor you choose, or the prevention adviser for psychosocial aspects. You hear first. They learn that a term is running, not what you wrote.',
  },
  'contact.anonymous_limits': {
    nl: 'U kunt anoniem blijven voor gesprekken en advies. Een ondertekende keuze (interventie of verzoening) en een formeel verzoek vragen een naam die de vertrouwenspersoon kent.',
    fr: 'Vous pouvez rester anonyme pour des entretiens et des conseils. Un choix signé (intervention ou conciliation) et une demande formelle exigent un nom connu de la personne de confiance.',
    de: 'Für Gespräche und Rat können Sie anonym bleiben. Eine unterzeichnete Wahl (Intervention oder Schlichtung) und ein formeller Antrag erfordern einen Namen, den die Vertrauensperson kennt.',
    en: 'You can stay anonymous for interviews and advice. A signed choice (intervention or reconciliation) and a formal request need a name known to the counsellor.',
  },
  'contact.keep_the_code': {
    nl: 'Bewaar uw code. Wij kunnen ze niet terugvinden. Wie de code heeft, leest het antwoord. Bent u ze kwijt, dan doet u een nieuwe vraag en vertelt u de vertrouwenspersoon dat er al een eerdere was; de datum van het eerste contact blijft gelden.',
    fr: 'Gardez votre code. Nous ne pouvons pas le retrouver. Qui possède le code lit la réponse. Si vous le perdez, faites une nouvelle demande et dites à la personne de confiance qu’il y en avait une autre ; la date du premier contact reste valable.',
    de: 'Bewahren Sie Ihren Code auf. Wir können ihn nicht wiederfinden. Wer den Code hat, liest die Antwort. Haben Sie ihn verloren, stellen Sie eine neue Anfrage und sagen der Vertrauensperson, dass es schon eine gab; das Datum des Erstkontakts gilt weiter.',
    en: 'Keep your code. We cannot recover it. Whoever has the code reads the answer. If you lose it, send a new request and tell the counsellor that there was an earlier one; the date of first contact stands.',
  },
  'contact.without_javascript': {
    nl: 'Uw browser voert geen scripts uit. De server ziet uw code daarom heel even, op het ogenblik dat u ze ingeeft.',
    fr: 'Votre navigateur n’exécute pas de scripts. Le serveur voit donc votre code un bref instant, au moment où vous le saisissez.',
    de: 'Ihr Browser führt keine Skripte aus. Der Server sieht Ihren Code deshalb einen kurzen Moment, wenn Sie ihn eingeben.',
    en: 'Your browser runs no scripts. The server therefore sees your code for a moment, when you enter it.',
  },
  'contact.device_advice': {
    nl: 'Gebruik liever geen toestel of netwerk van het werk: de werkgever kan daarop meekijken, en wij kunnen dat niet zien of verhinderen.',
    fr: 'Évitez un appareil ou un réseau du travail : l’employeur peut y avoir un regard, et nous ne pouvons ni le voir ni l’empêcher.',
    de: 'Benutzen Sie möglichst kein Gerät oder Netz des Arbeitgebers: Er kann dort mitlesen, und wir können das weder sehen noch verhindern.',
    en: 'Rather do not use a device or network from work: the employer may be able to watch it, and we can neither see nor prevent that.',
  },
  'contact.not_whistleblowing': {
    nl: 'Dit is geen klokkenluidersmelding. Wilt u een inbreuk op de wet melden, gebruik dan het interne meldkanaal; de vertrouwenspersoon kan u de weg wijzen.',
    fr: 'Ceci n’est pas un signalement de lanceur d’alerte. Pour signaler une infraction, utilisez le canal interne de signalement ; la personne de confiance peut vous l’indiquer.',
    de: 'Dies ist keine Hinweisgebermeldung. Wollen Sie einen Rechtsverstoß melden, benutzen Sie den internen Meldekanal; die Vertrauensperson kann Ihnen den Weg zeigen.',
    en: 'This is not a whistleblowing report. To report a breach of the law, use the internal reporting channel; the counsellor can show you the way.',
  },
  'protection.yes': {
    nl: 'Deze stap beschermt u tegen represailles vanaf de ontvangst van het verzoek: geen ontslag en geen nadelige maatregel om deze reden. Bewaar het bewijs van de datum.',
    fr: 'Cette étape vous protège contre les représailles dès la réception de la demande : ni licenciement ni mesure préjudiciable pour ce motif. Conservez la preuve de la date.',
    de: 'Dieser Schritt schützt Sie ab dem Empfang des Antrags vor Vergeltung: keine Entlassung und keine nachteilige Maßnahme aus diesem Grund. Bewahren Sie den Beweis des Datums auf.',
    en: 'This step protects you against reprisals from receipt of the request: no dismissal and no adverse measure for this reason. Keep the proof of the date.',
  },
  'protection.no': {
    nl: 'Deze stap geeft geen bijzondere bescherming tegen represailles.',
    fr: 'Cette étape ne donne pas de protection particulière contre les représailles.',
    de: 'Dieser Schritt gibt keinen besonderen Schutz vor Vergeltung.',
    en: 'This step gives no special protection against reprisals.',
  },
  'protection.yes_by_anti_discrimination_law': {
    nl: 'De Welzijnswet beschermt u bij deze stap niet, maar de antidiscriminatiewetgeving wel, ook als u de feiten informeel aankaart. Schrijf op wanneer en aan wie u ze hebt verteld.',
    fr: 'La loi sur le bien-être ne vous protège pas à cette étape, mais la législation antidiscrimination oui, même si vous évoquez les faits de manière informelle. Notez quand et à qui vous en avez parlé.',
    de: 'Das Wohlbefindensgesetz schützt Sie bei diesem Schritt nicht, wohl aber das Antidiskriminierungsrecht, auch wenn Sie die Taten informell ansprechen. Notieren Sie, wann und wem Sie davon erzählt haben.',
    en: 'The Welfare Act does not protect you at this step, but anti-discrimination law does, also when you raise the facts informally. Write down when and whom you told.',
  },
  'protection.only_with_discrimination_criterion': {
    nl: 'De Welzijnswet beschermt u bij deze stap niet. Houden de feiten verband met een discriminatiecriterium (bijvoorbeeld afkomst, geloof, handicap, leeftijd, geslacht), dan beschermt de antidiscriminatiewetgeving u wel, ook informeel. Anders begint de bescherming pas bij een formeel verzoek.',
    fr: 'La loi sur le bien-être ne vous protège pas à cette étape. Si les faits sont liés à un critère de discrimination (par exemple origine, conviction, handicap, âge, sexe), la législation antidiscrimination vous protège, même de manière informelle. Sinon, la protection ne commence qu’avec une demande formelle.',
    de: 'Das Wohlbefindensgesetz schützt Sie bei diesem Schritt nicht. Hängen die Taten mit einem Diskriminierungskriterium zusammen (zum Beispiel Herkunft, Glaube, Behinderung, Alter, Geschlecht), schützt Sie das Antidiskriminierungsrecht, auch informell. Sonst beginnt der Schutz erst mit einem formellen Antrag.',
    en: 'The Welfare Act does not protect you at this step. If the facts are tied to a discrimination criterion (origin, belief, disability, age, sex, for example), anti-discrimination law protects you, informally too. Otherwise protection starts only with a formal request.',
  },
  'protection.in_listed_cases': {
    nl: 'Een klacht bij inspectie of politie beschermt u alleen in de gevallen die de wet opsomt. Vraag het na voordat u beslist.',
    fr: 'Une plainte auprès de l’inspection ou de la police ne vous protège que dans les cas énumérés par la loi. Renseignez-vous avant de décider.',
    de: 'Eine Klage bei Inspektion oder Polizei schützt Sie nur in den Fällen, die das Gesetz aufzählt. Erkundigen Sie sich, bevor Sie entscheiden.',
    en: 'A complaint to inspection or police protects you only in the cases the law lists. Ask before you decide.',
  },
  'limits.threat_model': {
    nl: 'Beschermd tegen buitenstaanders, andere organisaties, collega’s, de aangeklaagde, de leidinggevenden van de werkgever, een gestolen schijf, een gestolen back-up, een nieuwsgierige auditor en een nieuwsgierige beheerder zonder de hoofdsleutel. Niet beschermd tegen wie op een draaiende server de hoofdsleutel heeft, zolang vrije tekst niet in de browser wordt verzegeld. De toegangsgeschiedenis omvat de toegang via dit product.',
    fr: 'Protégé contre les personnes extérieures, les autres organisations, les collègues, la personne mise en cause, les responsables chez l’employeur, un disque volé, une sauvegarde volée, un auditeur curieux et un opérateur curieux sans la clé racine. Non protégé contre qui détient la clé racine sur un serveur en marche, tant que le texte libre n’est pas scellé dans le navigateur. L’historique des accès couvre les accès passés par ce produit.',
    de: 'Geschützt gegen Außenstehende, andere Organisationen, Kollegen, die beschuldigte Person, Vorgesetzte beim Arbeitgeber, eine gestohlene Festplatte, eine gestohlene Sicherung, einen neugierigen Auditor und einen neugierigen Betreiber ohne den Hauptschlüssel. Nicht geschützt gegen den, der auf einem laufenden Server den Hauptschlüssel hat, solange freier Text nicht im Browser versiegelt wird. Die Zugriffsgeschichte umfasst die Zugriffe über dieses Produkt.',
    en: "Against outsiders, other organisations, colleagues, the accused, the employer's managers, a stolen disk, a stolen backup, a curious auditor and a curious operator without the root key: protected. Against whoever holds the root key on a running server: until free text is sealed in the browser, not protected; the access history covers access through the product.",
  },
  'limits.retention': {
    nl: 'Uw informele dossier wordt na de afsluiting {years} jaar bewaard en daarna onleesbaar gemaakt. Geen wet legt die termijn vast; uw organisatie koos hem.',
    fr: 'Votre dossier informel est conservé {years} ans après sa clôture, puis rendu illisible. Aucune loi ne fixe ce délai ; votre organisation l’a choisi.',
    de: 'Ihre informelle Akte wird nach dem Abschluss {years} Jahre aufbewahrt und dann unlesbar gemacht. Kein Gesetz legt diese Frist fest; Ihre Organisation hat sie gewählt.',
    en: 'Your informal case is kept for {years} years after it is closed and then made unreadable. No law sets this period; your organisation chose it.',
  },
  'consent.referral.prevention_adviser': {
    nl: 'Ik ga ermee akkoord dat mijn vertrouwenspersoon mijn dossier doorgeeft aan de preventieadviseur psychosociale aspecten. Doorgegeven worden: het document van het eerste gesprek en het document met mijn keuze van informele interventie, en verder alleen wat ik hier zelf aanduid. Persoonlijke notities gaan niet mee. Ik kan dit intrekken; wat al gelezen is, blijft onder het beroepsgeheim van de ontvanger.',
    fr: 'Je suis d’accord que ma personne de confiance transmette mon dossier au conseiller en prévention aspects psychosociaux. Sont transmis : le document du premier entretien et le document de mon choix d’intervention informelle, et pour le reste uniquement ce que je coche ici. Les notes personnelles ne sont pas transmises. Je peux retirer cet accord ; ce qui a déjà été lu reste couvert par le secret professionnel du destinataire.',
    de: 'Ich bin einverstanden, dass meine Vertrauensperson meine Akte an den Gefahrenverhütungsberater für psychosoziale Aspekte weitergibt. Weitergegeben werden: das Dokument des Erstgesprächs und das Dokument über meine Wahl der informellen Intervention, sonst nur, was ich hier selbst angebe. Persönliche Notizen werden nicht weitergegeben. Ich kann dies widerrufen; was schon gelesen wurde, bleibt unter dem Berufsgeheimnis des Empfängers.',
    en: 'I agree that my counsellor passes my file to the prevention adviser for psychosocial aspects. Passed on are the document of the first interview and the document of my choice of informal intervention, and beyond that only what I mark here myself. Personal notes do not go along. I can withdraw this; what was already read stays under the receiver’s professional secrecy.',
  },
  'consent.referral.physician': {
    nl: 'Ik geef schriftelijk mijn toestemming dat mijn vertrouwenspersoon met de preventieadviseur-arbeidsarts spreekt en alleen de gegevens doorgeeft die ik hier aanduid. De arts is gebonden door zijn medisch beroepsgeheim. Ik kan dit intrekken; wat al gelezen is, blijft onder dat geheim.',
    fr: 'Je consens par écrit à ce que ma personne de confiance s’entretienne avec le conseiller en prévention-médecin du travail et ne transmette que les données que j’indique ici. Le médecin est tenu au secret médical. Je peux retirer ce consentement ; ce qui a déjà été lu reste couvert par ce secret.',
    de: 'Ich stimme schriftlich zu, dass meine Vertrauensperson mit dem Gefahrenverhütungsberater-Arbeitsarzt spricht und nur die Angaben weitergibt, die ich hier angebe. Der Arzt unterliegt der ärztlichen Schweigepflicht. Ich kann dies widerrufen; was schon gelesen wurde, bleibt unter dieser Schweigepflicht.',
    en: 'I consent in writing that my counsellor speaks with the occupational physician and passes on only the data I mark here. The physician is bound by medical secrecy. I can withdraw this; what was already read stays under that secrecy.',
  },
  'consent.referral.other': {
    nl: 'Ik ga ermee akkoord dat mijn vertrouwenspersoon mij doorverwijst naar {receiver} en alleen doorgeeft wat ik hier aanduid. Deze ontvanger is misschien niet door een beroepsgeheim gebonden. Ik kan dit intrekken; wat al gelezen is, kan niet ongelezen worden gemaakt.',
    fr: 'Je suis d’accord que ma personne de confiance m’oriente vers {receiver} et ne transmette que ce que j’indique ici. Ce destinataire n’est peut-être pas tenu à un secret professionnel. Je peux retirer cet accord ; ce qui a déjà été lu ne peut plus ne pas avoir été lu.',
    de: 'Ich bin einverstanden, dass meine Vertrauensperson mich an {receiver} weiterverweist und nur weitergibt, was ich hier angebe. Dieser Empfänger unterliegt vielleicht keinem Berufsgeheimnis. Ich kann dies widerrufen; was schon gelesen wurde, lässt sich nicht ungelesen machen.',
    en: 'I agree that my counsellor refers me to {receiver} and passes on only what I mark here. This receiver may not be bound by professional secrecy. I can withdraw this; what was already read cannot be unread.',
  },
  'consent.participant_disclosure': {
    nl: 'Ik ga ermee akkoord dat de vertrouwenspersoon aan de genoemde persoon precies het volgende zegt, en niets anders.',
    fr: 'Je suis d’accord que la personne de confiance dise à la personne désignée exactement ce qui suit, et rien d’autre.',
    de: 'Ich bin einverstanden, dass die Vertrauensperson der genannten Person genau das Folgende sagt und nichts anderes.',
    en: 'I agree that the counsellor tells the person named exactly the following, and nothing else.',
  },
} as const satisfies Readonly<Record<string, Labels>>;

export type TextKey = keyof typeof wordings;
export const textKeys = Object.keys(wordings) as readonly TextKey[];
export const textKeySchema = z.enum(textKeys);

/** Every wording with its version. */
export const texts: Readonly<Record<TextKey, Labels>> = z.record(textKeySchema, labelsSchema).parse(wordings);

const editions: Readonly<Record<WordingVersion, Readonly<Record<TextKey, Labels>>>> = { '2026.1': texts };

/** The wordings of an edition that a stored consent names. @throws UnknownLawVersion */
export const textsOf = (version: string): Readonly<Record<TextKey, Labels>> => {
  const known = wordingVersions.find((each) => each === version);
  if (known === undefined) throw new UnknownLawVersion(version, wordingVersions);
  return editions[known];
};

/** What a worker is told before a contact request is sent, in this order; the protection text of the step follows. */
export const beforeContactRequest: readonly TextKey[] = [
  'contact.who_will_know',
  'contact.what_employer_learns',
  'contact.which_clock_starts',
  'contact.professional_secrecy',
  'contact.who_is_told_when_late',
  'contact.device_advice',
  'contact.not_whistleblowing',
  'limits.threat_model',
];

/**
 * A wording with its blanks filled: `{name}` is replaced by the value of `name`.
 * @throws RangeError when a blank has no value @throws UnknownLawVersion for an edition that is not there
 */
export const lawText = (
  key: TextKey,
  language: Language,
  values: Readonly<Record<string, string>> = {},
  version: string = wordingVersion,
): string =>
  textsOf(version)[key][language].replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new RangeError(`text ${key}: no value for {${name}}`);
    return value;
  });

/** The blanks of a wording. */
export const blanksOf = (key: TextKey): readonly string[] =>
  [...texts[key].en.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
