import { directoryRuleCodes, type DirectoryRuleCode } from '@toeverlaat/contracts';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, expectTypeOf, it } from 'vitest';
import { commonSites, overlap, type DirectoryRule } from './common.js';

it('every rule a decider may refuse with is in the contract, and none beside', () => {
  expectTypeOf<DirectoryRule>().toEqualTypeOf<DirectoryRuleCode>();
});

it('every rule of the contract is used by a decider or a command', () => {
  const source = join(import.meta.dirname, '..');
  const text = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => /(decide|commands)\.ts$/.test(file))
    .map((file) => readFileSync(join(source, file), 'utf8'))
    .join();
  expect(directoryRuleCodes.filter((code) => !text.includes(`'${code}'`))).toEqual([]);
});

it('periods that touch do not overlap', () => {
  expect(overlap({ from: '2026-01-01', to: '2026-02-01' }, { from: '2026-02-01' })).toBe(false);
  expect(overlap({ from: '2026-01-01', to: '2026-02-02' }, { from: '2026-02-01' })).toBe(true);
});

it('scopes have in common what both name', () => {
  expect(commonSites('all', ['ghent'])).toEqual(['ghent']);
  expect(commonSites(['ghent', 'liege'], ['liege'])).toEqual(['liege']);
  expect(commonSites(['ghent'], ['liege'])).toBeUndefined();
});
