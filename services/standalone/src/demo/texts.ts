import type { CodeOf, kindOfFacts } from '@toeverlaat/legal';

type Kind = CodeOf<typeof kindOfFacts>;
type Words = Readonly<Record<'nl' | 'fr' | 'de', readonly [string, string]>>;

/** What workers of the demonstration write, by kind of facts and language. */
export const messages: Readonly<Record<Kind, Words>> = {
  conflict: {
    nl: [
      'Met een collega uit mijn ploeg loopt elk overleg uit op ruzie.',
      'Mijn leidinggevende en ik zijn het over alles oneens, ik sta er alleen voor.',
    ],
    fr: [
      'Avec une collègue, chaque réunion tourne à la dispute.',
      'Mon responsable et moi ne sommes plus d’accord sur rien.',
    ],
    de: [
      'Mit einem Kollegen endet jede Besprechung im Streit.',
      'Mein Vorgesetzter und ich sind uns über nichts mehr einig.',
    ],
  },
  burn_out: {
    nl: ['Ik slaap niet meer en zie op tegen elke maandag.', 'Ik ben op, maar durf niet thuis te blijven.'],
    fr: ['Je ne dors plus et je redoute chaque lundi.', 'Je suis à bout, mais je n’ose pas m’arrêter.'],
    de: [
      'Ich schlafe nicht mehr und fürchte jeden Montag.',
      'Ich kann nicht mehr, traue mich aber nicht, auszusetzen.',
    ],
  },
  bullying: {
    nl: ['Al maanden word ik overal buiten gehouden.', 'Mijn spullen verdwijnen en iedereen lacht.'],
    fr: ['Depuis des mois, on m’exclut de tout.', 'Mes affaires disparaissent et tout le monde rit.'],
    de: ['Seit Monaten werde ich von allem ausgeschlossen.', 'Meine Sachen verschwinden, und alle lachen.'],
  },
  violence: {
    nl: ['Ik kreeg een duw tegen de machine.', 'Er werd gedreigd mij na het werk op te wachten.'],
    fr: ['On m’a poussé contre la machine.', 'On m’a menacé de m’attendre à la sortie.'],
    de: ['Ich wurde gegen die Maschine gestoßen.', 'Man drohte, nach der Schicht auf mich zu warten.'],
  },
  unwanted_sexual_behaviour: {
    nl: ['Iemand raakt mij telkens aan, ik heb al nee gezegd.', 'Ik krijg berichten die ik niet wil.'],
    fr: ['Quelqu’un me touche sans cesse, j’ai dit non.', 'Je reçois des messages que je ne veux pas.'],
    de: ['Jemand fasst mich immer wieder an, ich habe nein gesagt.', 'Ich bekomme Nachrichten, die ich nicht will.'],
  },
  workload: {
    nl: ['Ik doe het werk van drie mensen.', 'De roosters wisselen elke week, ik krijg het niet meer rond.'],
    fr: ['Je fais le travail de trois personnes.', 'Les horaires changent chaque semaine, je n’y arrive plus.'],
    de: ['Ich mache die Arbeit von drei Leuten.', 'Die Dienstpläne wechseln jede Woche, ich schaffe es nicht mehr.'],
  },
  discrimination_related: {
    nl: ['Ik krijg opmerkingen over mijn afkomst.', 'Sinds mijn zwangerschap word ik overal voor gepasseerd.'],
    fr: ['On fait des remarques sur mes origines.', 'Depuis ma grossesse, on m’écarte de tout.'],
    de: ['Ich höre Bemerkungen über meine Herkunft.', 'Seit meiner Schwangerschaft werde ich übergangen.'],
  },
  other: {
    nl: ['Ik wil met iemand praten, het is moeilijk uit te leggen.', 'Er is iets gebeurd dat ik kwijt moet.'],
    fr: ['Je voudrais parler à quelqu’un, c’est difficile à expliquer.', 'Il s’est passé quelque chose.'],
    de: ['Ich möchte mit jemandem reden, es ist schwer zu erklären.', 'Es ist etwas vorgefallen.'],
  },
};

export const topics: Readonly<Record<'nl' | 'fr' | 'de', readonly [string, string, string]>> = {
  nl: ['Eerste gesprek: wat er gebeurde en sinds wanneer.', 'Hoe het intussen gaat.', 'Afspraken overlopen.'],
  fr: ['Premier entretien : les faits et depuis quand.', 'Comment cela évolue.', 'Revue de ce qui est convenu.'],
  de: ['Erstes Gespräch: was geschah und seit wann.', 'Wie es inzwischen geht.', 'Absprachen durchgegangen.'],
};

export const points: Readonly<Record<'nl' | 'fr' | 'de', string>> = {
  nl: 'De verzoeker wil duidelijke afspraken over het dagelijkse werk.',
  fr: 'Le demandeur souhaite des accords clairs sur le travail quotidien.',
  de: 'Der Antragsteller wünscht klare Absprachen über die tägliche Arbeit.',
};

export const givenNames = [
  'Amber',
  'Bram',
  'Chloé',
  'Daan',
  'Elif',
  'Femke',
  'Gilles',
  'Hanne',
  'Ines',
  'Jonas',
  'Karim',
  'Laura',
  'Mehdi',
  'Nele',
  'Oscar',
  'Paulina',
  'Quinten',
  'Rachida',
  'Simon',
  'Tineke',
  'Ugo',
  'Vera',
  'Wout',
  'Xavier',
  'Yara',
  'Zoé',
] as const satisfies readonly [string, ...string[]];
