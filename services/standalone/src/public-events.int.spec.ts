import { compareCatalogue, type EventCatalogue } from '@toeverlaat/event-log';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serviceTable } from './services.js';

const ROOT = join(import.meta.dirname, '../../..');
const FILE = join(ROOT, 'docs/public-events.json');
const HOW = 'run UPDATE=1 npx vitest run services/standalone/src/public-events, and look at the difference';

const sources = serviceTable.flatMap(({ publishes }) => publishes);
const catalogue: EventCatalogue = {
  types: Object.fromEntries(
    sources.flatMap(({ shapes }) => Object.entries(shapes?.() ?? {})).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ),
  upcasts: {},
};
const committed = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as EventCatalogue) : undefined;

describe('public events', () => {
  it('have a stated shape, each of them', () => {
    expect(Object.keys(catalogue.types)).toEqual(sources.flatMap(({ types }) => [...types.keys()]).toSorted());
  });

  it('carry nothing but clear fields, ids, states and dates that fit a record', () => {
    for (const [type, fields] of Object.entries(catalogue.types))
      for (const [name, field] of Object.entries(fields)) {
        expect(field.class, `${type}.${name}`).toBe('clear');
        expect(JSON.stringify(field.schema), `${type}.${name}`).not.toContain('"array"');
      }
  });

  it('are still read by who reads what an older build wrote: Kafka keeps it for weeks', () => {
    expect(committed === undefined ? [] : compareCatalogue(committed, catalogue)).toEqual([]);
  });

  it('are as committed', () => {
    const text = `${JSON.stringify(catalogue, null, 2)}\n`;
    if (
      process.env['UPDATE'] === '1' &&
      (committed === undefined || compareCatalogue(committed, catalogue).length === 0)
    )
      writeFileSync(FILE, text);
    expect(existsSync(FILE) ? readFileSync(FILE, 'utf8') : '', `docs/public-events.json: ${HOW}`).toBe(text);
  });

  it('would be refused when one goes or a field of it does', () => {
    const type = Object.keys(catalogue.types).find((one) => Object.keys(catalogue.types[one] ?? {}).length > 0) ?? '';
    const { [type]: _, ...others } = catalogue.types;
    expect(compareCatalogue(catalogue, { types: others, upcasts: {} })).toMatchObject([{ kind: 'TypeRemoved' }]);
    expect(
      compareCatalogue(catalogue, { types: { ...others, [type]: {} }, upcasts: {} }).map(({ kind }) => kind),
    ).toContain('FieldRemoved');
  });

  it('have a topic that their service alone writes', () => {
    const plan = JSON.parse(readFileSync(join(ROOT, 'infra/kafka/topics.json'), 'utf8')) as {
      readonly topics: readonly { readonly name: string; readonly writer: string }[];
    };
    expect(plan.topics.map(({ name, writer }) => [name, writer]).toSorted()).toEqual(
      serviceTable
        .filter(({ publishes }) => publishes.length > 0)
        .map(({ name }) => [`toeverlaat.${name}`, name])
        .toSorted(),
    );
  });
});
