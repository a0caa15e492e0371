import { createMemoryEventLog, type EventLog } from '@toeverlaat/event-log';
import * as fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodedBatch } from './decode.js';
import { openMemory } from './file.js';
import { appendSample, deskView, gentia, sampleStep, zorgnet } from './fixtures/sample.js';
import { hashRows } from './hash.js';
import { openViews } from './views.js';

const organisations = [gentia, zorgnet] as const;

/** A life of a file: which organisation, which file, up to which step. Steps of one file stay in their order. */
const lives = fc.array(
  fc.record({ organisation: fc.constantFrom(...organisations), id: fc.constantFrom('f0', 'f1', 'f2') }),
  {
    minLength: 1,
    maxLength: 25,
  },
);

const fill = async (
  turns: readonly { organisation: (typeof organisations)[number]; id: string }[],
): Promise<EventLog> => {
  const log = createMemoryEventLog();
  const steps = new Map<string, number>();
  for (const { organisation, id } of turns) {
    const key = `${organisation}/${id}`;
    const step = steps.get(key) ?? 0;
    steps.set(key, step + 1);
    await appendSample(log, organisation, id, step, sampleStep(step));
  }
  return log;
};

describe('the hash of a view', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'views-split-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is the same however the events are split into transactions, also when some are delivered again', async () => {
    await fc.assert(
      fc.asyncProperty(
        lives,
        fc.array(fc.record({ take: fc.integer({ min: 1, max: 7 }), again: fc.integer({ min: 0, max: 3 }) }), {
          maxLength: 20,
        }),
        async (turns, splits) => {
          const log = await fill(turns);
          const { events } = await log.readAll({ limit: 1_000 });
          const whole = openMemory(deskView).database;
          const parts = openMemory(deskView).database;
          const last = events.at(-1);
          if (last === undefined) return;
          whole.apply(decodedBatch(events, false), undefined, last.position);

          let at = 0;
          for (const { take, again } of [...splits, { take: events.length, again: 1 }]) {
            const batch = events.slice(Math.max(0, at - again), at + take);
            at = Math.min(events.length, at + take);
            const next = batch.at(-1);
            if (next !== undefined) parts.apply(decodedBatch(batch, true), parts.checkpoint(), next.position);
          }
          expect(parts.checkpoint()).toBe(whole.checkpoint());
          expect(await hashRows(parts.db, deskView)).toBe(await hashRows(whole.db, deskView));
          whole.close();
          parts.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is the same for a view that was stopped and started at any moment as for one that never was', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        lives,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 24 }),
        async (turns, batchSize, cut) => {
          run += 1;
          const service = `run${run}`;
          const log = await fill(turns.slice(0, cut));
          const first = openViews({ folder, service, log, views: [deskView], batchSize });
          await first.start();
          await first.stop();
          const all = await fill(turns);
          const second = openViews({ folder, service, log: all, views: [deskView], batchSize });
          await second.start();
          const fresh = openViews({ folder, service: `${service}fresh`, log: all, views: [deskView] });
          await fresh.start();
          expect(await second.hashes()).toEqual(await fresh.hashes());
          await second.stop();
          await fresh.stop();
        },
      ),
      { numRuns: 15 },
    );
  });
});
