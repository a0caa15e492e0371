import type { Message } from './fill.js';

/** Words of the start page. */
export const pageMessages = {
  what: {
    nl: 'Het vertrouwelijke werk van vertrouwenspersonen: een werknemer vraagt hulp, wordt binnen de termijn gehoord, en niemand leest mee die dat niet mag.',
    fr: "Le travail confidentiel des personnes de confiance : un travailleur demande de l'aide, est entendu dans le délai, et personne ne lit ce qu'il ne peut pas lire.",
    de: 'Die vertrauliche Arbeit der Vertrauenspersonen: Ein Arbeitnehmer bittet um Hilfe, wird fristgerecht angehört, und niemand liest mit, der das nicht darf.',
    en: 'The confidential work of workplace counsellors: a worker asks for help, is heard in time, and nobody reads along who may not.',
  },
  api: { nl: 'De API', fr: "L'API", de: 'Die API', en: 'The API' },
  apiWhere: {
    nl: 'GraphQL, één vraag per verzoek, als JSON:',
    fr: 'GraphQL, une requête par envoi, en JSON :',
    de: 'GraphQL, eine Abfrage je Anfrage, als JSON:',
    en: 'GraphQL, one query a request, as JSON:',
  },
  apiCapacity: {
    nl: 'Elke hoedanigheid heeft een eigen schema. Kies er een met de header toeverlaat-capacity; zonder account geeft toeverlaat-organisation de vertrouwenspersonen van een organisatie.',
    fr: "Chaque qualité a son propre schéma. Choisissez-en une avec l'en-tête toeverlaat-capacity ; sans compte, toeverlaat-organisation donne les personnes de confiance d'une organisation.",
    de: 'Jede Eigenschaft hat ein eigenes Schema. Wählen Sie eine mit dem Header toeverlaat-capacity; ohne Konto gibt toeverlaat-organisation die Vertrauenspersonen einer Organisation.',
    en: 'Each capacity has its own schema. Choose one with the header toeverlaat-capacity; without an account, toeverlaat-organisation gives the counsellors of an organisation.',
  },
  demo: { nl: 'Demonstratie', fr: 'Démonstration', de: 'Vorführung', en: 'Demonstration' },
  demoSignIn: {
    nl: 'Een token voor een demopersoon, en wat die mag:',
    fr: 'Un jeton pour une personne de démonstration, et ce qu’elle peut :',
    de: 'Ein Token für eine Demoperson und was sie darf:',
    en: 'A token for a demo person, and what that person may do:',
  },
  demoCapacity: {
    nl: 'Stuur daarna een van de gevonden id’s mee als toeverlaat-capacity.',
    fr: "Envoyez ensuite l'un des identifiants trouvés comme toeverlaat-capacity.",
    de: 'Senden Sie danach eine der gefundenen Ids als toeverlaat-capacity mit.',
    en: 'Then send one of the ids found along as toeverlaat-capacity.',
  },
  demoBrowser: {
    nl: 'Aanmelden in de browser',
    fr: 'Se connecter dans le navigateur',
    de: 'Im Browser anmelden',
    en: 'Sign in in the browser',
  },
  limits: {
    nl: 'Wat dit wel en niet beschermt',
    fr: 'Ce que ceci protège ou non',
    de: 'Was dies schützt und was nicht',
    en: 'What this does and does not protect',
  },
  limitsText: {
    nl: 'Beschermd tegen buitenstaanders, andere organisaties, collega’s, de aangeklaagde, de leiding van de werkgever, een gestolen schijf of back-up, een nieuwsgierige auditor en een beheerder zonder de hoofdsleutel. Niet tegen wie de hoofdsleutel heeft op een draaiende server: tot vrije tekst in de browser wordt verzegeld.',
    fr: "Protégé contre les personnes extérieures, les autres organisations, les collègues, la personne mise en cause, la direction de l'employeur, un disque ou une sauvegarde volés, un auditeur curieux et un opérateur sans la clé racine. Pas contre qui détient la clé racine sur un serveur en marche : tant que le texte libre n'est pas scellé dans le navigateur.",
    de: 'Geschützt gegen Außenstehende, andere Organisationen, Kollegen, die beschuldigte Person, die Leitung des Arbeitgebers, gestohlene Datenträger oder Sicherungen, neugierige Prüfer und Betreiber ohne den Hauptschlüssel. Nicht gegen den, der auf einem laufenden Server den Hauptschlüssel hält: bis freier Text im Browser versiegelt wird.',
    en: 'Protected against outsiders, other organisations, colleagues, the accused, the employer’s managers, a stolen disk, a stolen backup, a curious auditor and a curious operator without the root key. Not against whoever holds the root key on a running server: until free text is sealed in the browser.',
  },
} as const satisfies Record<string, Message>;
