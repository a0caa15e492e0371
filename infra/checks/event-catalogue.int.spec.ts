import { compareCatalogue, describeEventTypes, type EventCatalogue } from '@toeverlaat/event-log';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  catalogueFile,
  catalogueOf,
  jsonText,
  PAGE_FILE,
  pagesOf,
  renderPage,
  schemaFile,
  storedSchemasOf,
} from './catalogue.js';
import { aggregates, ANY_SERVICE, eventFiles, strayDefinitions } from './inventory.js';
import { filesBelow, readJson, readText, ROOT } from './workspace.js';

const updating = process.env['UPDATE'] === '1';
const HOW = 'run UPDATE=1 npx vitest run infra/checks, and look at the difference';

const all = await aggregates();
const pages = pagesOf(all);

/** With UPDATE=1 writes what is expected; always demands that it stands there. */
const expectCommitted = (path: string, text: string): void => {
  const file = join(ROOT, path);
  if (updating) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(existsSync(file) ? readText(path) : undefined, `${path}: ${HOW}`).toBe(text);
};

/** Undefined for a page that is new. */
const committedCatalogue = (page: string): EventCatalogue | undefined => {
  const path = catalogueFile(page);
  return existsSync(join(ROOT, path)) ? (readJson(path) as EventCatalogue) : undefined;
};

describe('event catalogue', () => {
  it('knows every event type that the product defines', async () => {
    expect(strayDefinitions()).toEqual([]);
    const known = new Set(all.flatMap((aggregate) => aggregate.codec.events.map((event) => event.type)));
    for (const path of eventFiles()) {
      const exported: Readonly<Record<string, unknown>> = await import(join(ROOT, path));
      const types = Object.values(exported).flatMap((value) =>
        typeof value === 'object' && value !== null && 'storedSchema' in value && 'type' in value ? [value.type] : [],
      );
      expect(
        types.filter((type) => typeof type === 'string' && !known.has(type)),
        `${path}: not in its codec`,
      ).toEqual([]);
    }
  });

  it('gives every type one owner', () => {
    const types = all.flatMap((aggregate) => aggregate.codec.events.map((event) => event.type));
    expect(types.length).toBe(new Set(types).size);
    for (const { page, category, codec } of all.filter((aggregate) => !aggregate.category.includes(ANY_SERVICE))) {
      expect(category).toMatch(new RegExp(`^${page}\\.[a-z_]+$`));
      for (const event of codec.events) expect(event.type).toBe(`${page}.${event.name}.v${event.version}`);
    }
  });

  const states = pages.map((page) => {
    const catalogue = catalogueOf(all, page);
    const before = committedCatalogue(page);
    return { page, catalogue, breaks: before === undefined ? [] : compareCatalogue(before, catalogue) };
  });
  // Before any file is written: UPDATE=1 must not wash an incompatible change away.
  const expectCompatible = (): void => {
    expect(
      states.flatMap(({ breaks }) => breaks),
      'old events would read otherwise: add a new version of the event and an upcast',
    ).toEqual([]);
  };

  it('still reads what older builds stored', () => {
    expectCompatible();
  });

  it.each(states)('$page: is as committed', ({ page, catalogue }) => {
    expectCompatible();
    expectCommitted(catalogueFile(page), jsonText(catalogue));
    expectCommitted(schemaFile(page), jsonText(storedSchemasOf(page, catalogue)));
  });

  it('is a page to read, as committed', () => {
    expectCompatible();
    expectCommitted(PAGE_FILE, renderPage(all));
  });

  it('leaves no page of a service that stores nothing', () => {
    const expected = [
      ...pages.flatMap((page) => [catalogueFile(page), schemaFile(page)]),
      'docs/events/clear-fields.json',
      'docs/events/kept-under.json',
    ];
    expect(filesBelow('docs/events', () => true)).toEqual(expected.toSorted());
  });

  it('would refuse a type that goes', () => {
    const [first] = pages;
    const catalogue = catalogueOf(all, first ?? '');
    expect(compareCatalogue(catalogue, describeEventTypes([])).length).toBe(Object.keys(catalogue.types).length);
  });
});
