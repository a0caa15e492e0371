import { belgianHolidays, holidayLabels, holidaySource } from './calendar.js';
import { codeLists } from './codes.js';
import type { DataStatus, Source } from './datum.js';
import { languageRuleSource } from './document-language.js';
import { documentTemplates, documentTemplateVersion } from './documents.js';
import { glossary } from './glossary.js';
import { languages } from './languages.js';
import { procedureSteps } from './law-2026-1/protection.js';
import { blanksOf, textKeys, texts, wordingVersion } from './texts.js';
import { lawSet, lawVersion } from './versions.js';

const cell = (text: string | number | boolean): string => String(text).replaceAll('|', '\\|');
const row = (...cells: readonly (string | number | boolean)[]): string => `| ${cells.map(cell).join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly (string | number | boolean)[])[]): string =>
  [row(...head), `|${'---|'.repeat(head.length)}`, ...rows.map((cells) => row(...cells))].join('\n');

const quantity = (amount: number, unit: string): string =>
  `${amount} ${(amount === 1 ? unit.replace(/s$/, '') : unit).replace('_', ' ')}`;

const sourceText = (source: Source): string =>
  source.urls.length === 0
    ? source.cite
    : `${source.cite} (${source.urls.map((url, n) => (url.startsWith('http') ? `[${n + 1}](<${url}>)` : url)).join(', ')})`;
const statusText: Readonly<Record<DataStatus, string>> = {
  sourced: 'sourced',
  'from-memory': '**from memory**',
  'own-analysis': 'own analysis',
};
const period = (datum: { readonly effectiveFrom: string; readonly effectiveTo?: string }): string =>
  `${datum.effectiveFrom} – ${datum.effectiveTo ?? ''}`.trim();

/** The whole of the data in an edition as a page for a lawyer to check: `docs/law-data.md` is this text. */
export const lawDataMarkdown = (version: string = lawVersion): string => {
  const law = lawSet(version);
  const sections = [
    `# The law as data, version ${version}`,
    'Generated from `libs/legal`; a test fails when this page is stale (`UPDATE=1 npx vitest run libs/legal` rewrites it). Every number, date and reference the product acts on is here with its source. **From memory** means that a Belgian lawyer must confirm it before a release; *own analysis* means that no rule was found and we chose. "From" is the first day a datum applies; where no page gives one it is the entry into force of the 2014 reform (from memory).',
    '## Terms',
    'The first day is not counted, the last one is; an act on the last day is in time. A term that ends on a weekend day or holiday is not prolonged.',
    table(
      ['id', 'what', 'runs from', 'length', 'status', 'applies', 'source'],
      law.deadlines.map((datum) => [
        `\`${datum.id}\``,
        datum.value.label.en,
        datum.value.startsAt.en,
        quantity(datum.value.amount, datum.value.unit),
        statusText[datum.status],
        period(datum),
        `${sourceText(datum.source)}${datum.note === undefined ? '' : `. ${datum.note}`}`,
      ]),
    ),
    '## Settings',
    table(
      ['id', 'value', 'an organisation may set it', 'status', 'applies', 'source'],
      Object.values(law.settings).map((datum) => [
        `\`${datum.id}\``,
        datum.value,
        datum.settable ? 'yes' : 'no',
        statusText[datum.status],
        period(datum),
        sourceText(datum.source),
      ]),
    ),
    '## Who may be counsellor',
    table(
      ['function', 'effect', 'for', 'status', 'applies', 'source'],
      law.incompatibilities.map((datum) => [
        `\`${datum.id}\`: ${datum.value.label.en}`,
        datum.value.effect,
        datum.value.appliesTo === 'everyone' ? 'everyone' : 'staff only',
        statusText[datum.status],
        period(datum),
        sourceText(datum.source),
      ]),
    ),
    table(
      ['rule', 'says', 'status', 'applies', 'source'],
      Object.values(law.designationRules).map((datum) => [
        `\`${datum.id}\``,
        datum.value,
        statusText[datum.status],
        period(datum),
        sourceText(datum.source),
      ]),
    ),
    '## Protection against reprisals',
    table(
      ['step', 'kind of facts', 'protects', 'status', 'source'],
      procedureSteps.flatMap((step) =>
        Object.entries(law.protection[step]).map(([kind, rule]) => [
          `\`${step}\``,
          `\`${kind}\``,
          rule.protects.replaceAll('_', ' '),
          statusText[rule.status],
          sourceText(rule.source),
        ]),
      ),
    ),
    '## Retention',
    table(
      ['rule', 'kept', 'from', 'may be set between', 'then', 'decided by', 'status', 'applies', 'source'],
      law.retentionRules.map((datum) => [
        `\`${datum.id}\`: ${datum.value.label.en}`,
        quantity(datum.value.amount, datum.value.unit),
        datum.value.from.replaceAll('_', ' '),
        `${datum.value.min === datum.value.max ? 'fixed' : `${datum.value.min} and ${datum.value.max} ${datum.value.unit}`}${datum.value.neverAllowed ? ', or never ending' : ''}`,
        datum.value.action.replaceAll('_', ' '),
        datum.value.controller,
        statusText[datum.status],
        period(datum),
        sourceText(datum.source),
      ]),
    ),
    `What fell due is destroyed, transferred or held within ${law.destructionTerm.value} days (${statusText[law.destructionTerm.status]}: ${sourceText(law.destructionTerm.source)}).`,
    '## Professional secrecy',
    'The reference printed in documents follows their date and can be configured.',
    table(
      ['id', 'reference', 'status', 'applies', 'source'],
      law.secrecyReferences.map((datum) => [
        `\`${datum.id}\``,
        datum.value.en,
        statusText[datum.status],
        period(datum),
        `${sourceText(datum.source)}${datum.note === undefined ? '' : `. ${datum.note}`}`,
      ]),
    ),
    '## Holidays and working days',
    `Working days are Monday to Friday without the ten legal holidays. Source: ${holidaySource.cite}. As an example, 2026:`,
    table(
      ['holiday', 'nl', 'fr', 'de', '2026'],
      belgianHolidays(2026).map(({ id, date }) => {
        const labels = holidayLabels[id];
        return [labels.en, labels.nl, labels.fr, labels.de, date];
      }),
    ),
    '## Language of documents',
    `Flanders Dutch, Wallonia French, German-speaking area German, Brussels the worker's language; English is only a translation. Source: ${sourceText(languageRuleSource)}.`,
    '## Codes',
    ...codeLists.flatMap((list) => [
      `### ${list.name}`,
      table(
        ['code', 'nl', 'fr', 'de', 'en'],
        list.values.map((code) => {
          const labels = list.labels[code];
          return labels === undefined ? [code] : [`\`${code}\``, labels.nl, labels.fr, labels.de, labels.en];
        }),
      ),
    ]),
    '## Glossary',
    'German is from memory; English is a translation.',
    table(
      ['code term', 'nl', 'fr', 'de', 'en', 'meaning'],
      glossary.map((entry) => [entry.term, entry.nl, entry.fr, entry.de, entry.en, entry.meaning]),
    ),
    `## Wordings, version ${wordingVersion}`,
    ...textKeys.flatMap((key) => {
      const blanks = blanksOf(key).length === 0 ? [] : [`Blanks: ${blanksOf(key).join(', ')}`];
      return [`### ${key}`].concat(
        blanks,
        languages.map((language) => `- ${language}: ${texts[key][language]}`),
      );
    }),
    `## Document templates, version ${documentTemplateVersion}`,
    table(
      ['document', 'nl', 'fr', 'de', 'signed by'],
      Object.entries(documentTemplates).map(([kind, template]) => [
        `\`${kind}\``,
        template.title.nl,
        template.title.fr,
        template.title.de,
        template.signatures.map((signature) => signature.role.replaceAll('_', ' ')).join(' and '),
      ]),
    ),
  ];
  return `${sections.join('\n\n').replaceAll('\n\n- ', '\n- ')}\n`;
};
