import * as contracts from '@toeverlaat/contracts';
import { describe, expect, it } from 'vitest';
import { pageMessages } from './messages/page.js';
import { problemMessages } from './messages/problems.js';
import { inputMessages, rejectionMessages, rejectionText } from './messages/rejections.js';
import { ruleMessages } from './messages/rules.js';

const languages = contracts.languageSchema.options;
const catalogues = { pageMessages, problemMessages, inputMessages, rejectionMessages, ruleMessages };
const parametersOf = (text: string): string[] =>
  [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').toSorted();

/** `<service>RuleCodes` of each service's contract. */
const ruleCodes = Object.entries(contracts).flatMap(([name, value]) =>
  name.endsWith('RuleCodes') && Array.isArray(value) ? value.map((code: unknown) => String(code)) : [],
);

describe('messages', () => {
  it.each(Object.entries(catalogues))(
    '%s: every message exists in four languages with the same parameters',
    (_name, catalogue) => {
      for (const [key, message] of Object.entries(catalogue)) {
        const expected = parametersOf(message.en);
        for (const language of languages) {
          expect([key, language, message[language].trim() === '']).toEqual([key, language, false]);
          expect([key, language, parametersOf(message[language])]).toEqual([key, language, expected]);
        }
      }
    },
  );

  it('explains every rule code that a contract names, and no other', () => {
    expect([...new Set(ruleCodes)].filter((code) => !Object.hasOwn(ruleMessages, code))).toEqual([]);
    expect(Object.keys(ruleMessages).filter((code) => !ruleCodes.includes(code))).toEqual([]);
  });

  it('has a message for a refusal nobody has written one for', () => {
    for (const language of languages) {
      expect(rejectionText({ kind: 'RuleRefused', code: 'toString' }, language)).toBe(
        rejectionMessages.RuleRefused[language],
      );
      expect(rejectionText({ kind: 'InvalidInput', field: 'note', rule: 'constructor' }, language)).toContain('note');
    }
  });

  it('says of a rule file which rule, of which kind of record, and the bound in words', () => {
    const of = (code: string, bound?: string) =>
      languages.map((language) =>
        rejectionText(
          {
            kind: 'RuleRefused',
            code,
            params: {
              rule: 1,
              field: 'period',
              recordClass: 'informal_case',
              ...(bound === undefined ? {} : { bound }),
            },
          },
          language,
        ),
      );
    expect(of('shorter_than_law', 'P5Y')).toEqual([
      'Regel 2 (informeel dossier): dit is korter dan mag: minstens 5 jaar.',
      'Règle 2 (dossier informel) : c’est plus court que permis : au moins 5 ans.',
      'Regel 2 (informelle Akte): Das ist kürzer als erlaubt: mindestens 5 Jahre.',
      'Rule 2 (informal case): this is shorter than allowed: 5 years at least.',
    ]);
    for (const code of ['rules_overlap', 'rules_contradict'])
      expect(of(code).map((text) => text.startsWith('Regel 2') || /^(?:Règle|Rule) 2/u.test(text))).toEqual(
        languages.map(() => true),
      );
  });
});
