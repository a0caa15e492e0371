import { isSealedValue, leafHexOf, metadataOf } from '@toeverlaat/event-log';
import type { SealingService } from '@toeverlaat/sealing';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { jsonText } from './catalogue.js';
import {
  goldenEventSchema,
  goldensOf,
  KEYS_FILE,
  makeGolden,
  newKeyFile,
  openGoldenSealing,
  recordedOf,
  type KeyFile,
} from './golden.js';
import { aggregates } from './inventory.js';
import { filesBelow, readJson, ROOT } from './workspace.js';

const all = await aggregates();
const goldens = all.flatMap(goldensOf);
const exists = (path: string): boolean => existsSync(join(ROOT, path));
const write = (path: string, value: unknown): void => {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), jsonText(value));
};

/** UPDATE=1 makes what is missing. What stands is never made again. */
const makeMissing = async (): Promise<void> => {
  const missing = goldens.filter(({ path }) => !exists(path));
  if (missing.length === 0) return;
  const file = exists(KEYS_FILE) ? (readJson(KEYS_FILE) as KeyFile) : await newKeyFile();
  const { sealing, made } = await openGoldenSealing(file);
  const before = made.length;
  for (const golden of missing) write(golden.path, await makeGolden(sealing, golden));
  if (made.length > before || !exists(KEYS_FILE))
    write(KEYS_FILE, { ...file, keys: [...file.keys, ...made.slice(before)] });
};
if (process.env['UPDATE'] === '1') await makeMissing();

/** Older versions too: what an upcast lifts has its golden event from when it was the newest. */
const committed = [...new Set(all.map((aggregate) => aggregate.folder))].flatMap((folder) =>
  exists(`${folder}/fixtures/events`) ? filesBelow(`${folder}/fixtures/events`, (path) => path.endsWith('.json')) : [],
);

describe('golden events', () => {
  it('there is one of every type and version, lifted ones included', () => {
    const lifted = all.flatMap(({ folder, codec }) =>
      codec.upcasts.map(({ from }) => `${folder}/fixtures/events/${from}.json`),
    );
    const expected = [...goldens.map(({ path }) => path), ...lifted].toSorted();
    expect(committed.toSorted(), 'run UPDATE=1 npx vitest run infra/checks and commit what it makes').toEqual(expected);
  });

  describe('is read as it was meant', () => {
    let sealing: SealingService;
    beforeAll(async () => {
      ({ sealing } = await openGoldenSealing(readJson(KEYS_FILE)));
    });

    it.each(committed)('%s', async (path) => {
      const golden = goldenEventSchema.parse(readJson(path));
      const recorded = recordedOf(golden);
      expect(leafHexOf(recorded)).toBe(golden.leaf);
      expect(metadataOf(recorded)).toMatchObject({ eventId: golden.eventId, type: golden.type });

      const owner = goldens.find(({ category }) => golden.stream.startsWith(`${category}-`));
      if (owner === undefined) throw new TypeError(`no stream of this kind: ${golden.stream}`);
      const { codec } = owner;
      const stored = codec.decodeStored(recorded);
      const [decoded] = await codec.decode(sealing, [recorded]);
      if (stored === undefined || decoded?.kind !== 'event')
        throw new TypeError(`not decoded: ${decoded?.kind ?? '-'}`);

      const isLatest = codec.events.some((event) => event.type === golden.type);
      const opened = { ...(decoded.event.data as Readonly<Record<string, unknown>>) };
      for (const [name, value] of Object.entries(opened)) {
        if (!isSealedValue(value)) continue;
        const [text] = await sealing.open(recorded.organisation, [value]);
        opened[name] = text?.kind === 'opened' ? text.value : text;
      }
      // An upcast may rename or reshape; then its own tests say into what, and this one that it still opens.
      expect(isLatest ? opened : golden.opened).toEqual(golden.opened);
      expect(Object.values(opened).filter(isSealedValue)).toEqual([]);
    });
  });
});
