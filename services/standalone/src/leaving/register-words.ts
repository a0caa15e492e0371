import type { RegisterCopy } from '@toeverlaat/contracts';
import { renderPdf } from '@toeverlaat/documents';
import {
  formatDate,
  labelOf,
  thirdPartyCapacity,
  thirdPartyFact,
  type Labels,
  type Language,
  type RenderedBlock,
} from '@toeverlaat/legal';
import { canonicalJson, sha256Hex } from '@toeverlaat/values';

const w = (nl: string, fr: string, de: string, en: string): Labels => ({ nl, fr, de, en });

const words = {
  title: w(
    'Register van feiten van derden',
    'Registre de faits de tiers',
    'Register der Taten Dritter',
    'Register of facts by third parties',
  ),
  what: w(
    '{organisation}, op {day}: {entries} verklaringen waarvan de bewaartermijn loopt. Wie dit heeft, bewaart elke verklaring tot de dag die erbij staat en vernietigt ze daarna (Codex art. I.3-3).',
    '{organisation}, au {day} : {entries} déclarations dont le délai de conservation court. Qui détient ceci conserve chaque déclaration jusqu’au jour indiqué, puis la détruit (Code art. I.3-3).',
    '{organisation}, am {day}: {entries} Erklärungen, deren Aufbewahrungsfrist läuft. Wer dies hat, bewahrt jede Erklärung bis zum angegebenen Tag auf und vernichtet sie danach (Kodex Art. I.3-3).',
    '{organisation}, on {day}: {entries} statements whose term runs. Whoever has this keeps each statement until the day beside it and destroys it then (Codex art. I.3-3).',
  ),
  statement: w('Verklaring van', 'Déclaration du', 'Erklärung vom', 'Statement of'),
  until: w('Bewaren tot en met', 'À conserver jusqu’au', 'Aufzubewahren bis einschließlich', 'To be kept until'),
  facts: w('Feiten', 'Faits', 'Taten', 'Facts'),
  kinds: w('Soort', 'Nature', 'Art', 'Kind'),
  site: w('Vestiging', 'Site', 'Standort', 'Site'),
  place: w('Plaats', 'Lieu', 'Ort', 'Place'),
  capacity: w(
    'Hoedanigheid van de derde',
    'Qualité du tiers',
    'Eigenschaft des Dritten',
    'Capacity of the third party',
  ),
  description: w('Beschrijving', 'Description', 'Beschreibung', 'Description'),
  worker: w('Werknemer', 'Travailleur', 'Arbeitnehmer', 'Worker'),
  unnamed: w('niet genoemd', 'non nommé', 'nicht genannt', 'not named'),
  erased: w('vernietigd', 'effacé', 'gelöscht', 'erased'),
  followUps: w('Opvolging', 'Suivi', 'Folgemaßnahmen', 'Follow-up'),
} as const;

const blocksOf = (entry: RegisterCopy['entries'][number], language: Language): readonly RenderedBlock[] => {
  const day = (date: string): string => formatDate(date, language);
  const field = (label: Labels, value: string): RenderedBlock => ({ kind: 'field', label: label[language], value });
  const { factsFrom, factsTo, keptUntil, place, followUps } = entry;
  return [
    field(words.statement, `${day(entry.statementOn)} (${entry.entryId})`),
    ...(keptUntil === null ? [] : [field(words.until, day(keptUntil))]),
    field(words.facts, factsTo === null ? day(factsFrom) : `${day(factsFrom)} – ${day(factsTo)}`),
    field(words.kinds, entry.kinds.map((kind) => labelOf(thirdPartyFact, kind, language)).join(', ')),
    field(words.site, entry.site),
    ...(place === null ? [] : [field(words.place, place)]),
    field(words.capacity, labelOf(thirdPartyCapacity, entry.capacity, language)),
    field(words.worker, entry.workerName ?? words.unnamed[language]),
    { kind: 'paragraph', text: `${words.description[language]}: ${entry.description ?? words.erased[language]}` },
    ...(followUps.length === 0
      ? []
      : [
          {
            kind: 'list' as const,
            label: words.followUps[language],
            items: followUps.map(({ notedOn, words: said }) => `${day(notedOn)}: ${said ?? words.erased[language]}`),
          },
        ]),
  ];
};

/** The register on paper, every entry with the day until which it is kept; the foot names the values it was made of. */
export const registerPdf = (copy: RegisterCopy, language: Language): Promise<Uint8Array> =>
  renderPdf({
    document: {
      templateVersion: '2026.1',
      language,
      notice: null,
      title: words.title[language],
      blocks: [
        {
          kind: 'paragraph',
          text: words.what[language]
            .replace('{organisation}', copy.organisation)
            .replace('{day}', formatDate(copy.asOf, language))
            .replace('{entries}', String(copy.entries.length)),
        },
        ...copy.entries.flatMap((entry) => blocksOf(entry, language)),
      ],
      signatures: [],
    },
    hash: sha256Hex(canonicalJson(copy)),
    madeOn: copy.asOf,
  });
