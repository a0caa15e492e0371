import * as contracts from '@toeverlaat/contracts';
import { describe, expect, it } from 'vitest';
import { isTestFile } from './imports.js';
import { filesBelow, readText } from './workspace.js';

/* Who may call whom between processes is data (libs/contracts/src/peers.ts); here it is held against what services do call. */

const patternsIn = (value: unknown): readonly string[] => {
  if (typeof value !== 'object' || value === null) return [];
  return 'pattern' in value && typeof value.pattern === 'string' ? [value.pattern] : [];
};
/** By name; one name may stand for the same question to every service. */
const definitions = new Map<string, readonly string[]>(
  Object.entries(contracts).flatMap(([name, value]) => {
    const one = patternsIn(value);
    const many = one.length > 0 || typeof value !== 'object' ? one : Object.values(value).flatMap(patternsIn);
    return many.length === 0 ? [] : [[name, many] as const];
  }),
);

const CALL = /\brpc\s*\.(?:query|command)\(\s*(?:c\.|contracts\.)?(\w+)/gu;
/** The same question to several services: `list.map((one) => rpc.query(one, …))`. */
const EACH = /\b(\w+)\s*\.map\(\s*\((\w+)\)\s*=>\s*[\w.]*\brpc\s*\.(query|command)\(\s*\2\b/gu;
/** `ownPseudonyms` of the service kit asks for every service. */
const EVERYBODY = new Set(['directory.capacitiesOf', 'directory.pseudonyms']);

/** What a service brings for another to call it with: it runs in the other's process. */
const HANDED_OVER: Readonly<Record<string, string>> = { 'reporting.recordFacts': 'case' };

const calledBy = (service: string): readonly string[] => {
  const files = filesBelow(`services/${service}/src`, (path) => path.endsWith('.ts'));
  const names = files
    .filter((file) => !isTestFile(file))
    .flatMap((file) => {
      const text = readText(file);
      const each = [...text.matchAll(EACH)].map(([, name = '']) => name);
      return [...each, ...[...text.replaceAll(EACH, '').matchAll(CALL)].map(([, name = '']) => name)];
    });
  const patterns = names.flatMap((name) => definitions.get(name) ?? [`${name} is no definition of the contracts`]);
  const handed = Object.keys(HANDED_OVER).filter((pattern) => HANDED_OVER[pattern] === service);
  return [...new Set([...patterns.filter((pattern) => HANDED_OVER[pattern] === undefined), ...handed])];
};

describe('the arrows of the map', () => {
  it.each(contracts.serviceNames)('%s calls what its line of the table says, and all of it', (service) => {
    const table = contracts.peerPatterns[service];
    expect(table === '*' ? [] : [...table].filter((pattern) => !EVERYBODY.has(pattern)).toSorted()).toEqual(
      calledBy(service)
        .filter((pattern) => !EVERYBODY.has(pattern))
        .toSorted(),
    );
  });

  it('lead to patterns that exist', () => {
    const known = new Set([...definitions.values()].flat());
    for (const patterns of Object.values(contracts.peerPatterns))
      for (const pattern of patterns === '*' ? [] : patterns) expect(known).toContain(pattern);
  });
});
