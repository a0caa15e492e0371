import * as contracts from '@toeverlaat/contracts';
import { describe, expect, it } from 'vitest';
import { isTestFile } from './imports.js';
import { filesBelow, readText } from './workspace.js';

/* Who may call whom between processes is data (libs/contracts/src/peers.ts); here it is held against what services do call. */

const definitions = new Map<string, string>(
  Object.entries(contracts).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && 'pattern' in value && typeof value.pattern === 'string'
      ? [[name, value.pattern] as const]
      : [],
  ),
);

/** Several definitions under one name, asked one after the other. */
const lists = new Map<string, readonly string[]>(
  Object.entries(contracts).flatMap(([name, value]) => {
    const patterns = Array.isArray(value)
      ? value.flatMap((one: unknown) =>
          typeof one === 'object' && one !== null && 'pattern' in one ? [String(one.pattern)] : [],
        )
      : [];
    return patterns.length === 0 ? [] : [[name, patterns] as const];
  }),
);
const CALL_EACH = /(\w+)\.map\(\((\w+)\) => (?:runtime\.)?rpc\.(?:query|command)\(\2\b/gu;

const CALL = /\brpc\s*\.(?:query|command)\(\s*(?:c\.|contracts\.)?(\w+)/gu;
/** `ownPseudonyms` of the service kit asks for every service. */
const EVERYBODY = new Set(['directory.capacitiesOf', 'directory.pseudonyms']);

/** What a service brings for another to call it with: it runs in the other's process. */
const HANDED_OVER: Readonly<Record<string, string>> = { 'reporting.recordFacts': 'case' };

const calledBy = (service: string): readonly string[] => {
  const files = filesBelow(`services/${service}/src`, (path) => path.endsWith('.ts'));
  const texts = files.filter((file) => !isTestFile(file)).map(readText);
  const each = texts.flatMap((text) => [...text.matchAll(CALL_EACH)]);
  const variables = new Set(each.map(([, , variable = '']) => variable));
  const names = texts
    .flatMap((text) => [...text.matchAll(CALL)].map(([, name = '']) => name))
    .filter((name) => !variables.has(name));
  const listed = each.flatMap(([, list = '']) => lists.get(list) ?? [`${list} is no list of the contracts`]);
  const patterns = names.map((name) => definitions.get(name) ?? `${name} is no definition of the contracts`);
  const handed = Object.keys(HANDED_OVER).filter((pattern) => HANDED_OVER[pattern] === service);
  return [...new Set([...listed, ...patterns.filter((pattern) => HANDED_OVER[pattern] === undefined), ...handed])];
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
    const known = new Set(definitions.values());
    for (const patterns of Object.values(contracts.peerPatterns))
      for (const pattern of patterns === '*' ? [] : patterns) expect(known).toContain(pattern);
  });
});
