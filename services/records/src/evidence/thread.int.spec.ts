import { createMemoryEventLog, openSqliteEventLog, type EventLog } from '@toeverlaat/event-log';
import { createLogger } from '@toeverlaat/telemetry';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Evidence } from './evidence.js';
import {
  createEvidenceWorld,
  eventsOf,
  GENTIA,
  rootFromLog,
  write,
  writeBoth,
  ZORGNET,
  type EvidenceWorld,
} from './evidence.fixture.js';
import { inspectEvidence } from './inspect.js';

/** The thread is compiled JavaScript. */
const program = new URL('../../dist/evidence/thread.fixture.js', import.meta.url);
const WAIT_MS = 240_000;
const NEVER_MS = 2 ** 31 - 1;

let folder: string;
let logFile: string;
let log: EventLog;
let world: EvidenceWorld;
let said: string[];
const running: Evidence[] = [];

/** Sequences in a thread of its own; what it says as an error is kept. */
const open = (options: Partial<Parameters<EvidenceWorld['open']>[0]> = {}): Evidence => {
  const destination = { write: (line: string): void => void said.push(line) };
  const logger = createLogger({ level: 'error', service: 'records', destination });
  const evidence = world.open({
    log,
    thread: { program, log: logFile },
    folder: join(folder, 'evidence'),
    logger,
    ...options,
  });
  running.push(evidence);
  return evidence;
};
const stopped = async (evidence: Evidence): Promise<void> => {
  await evidence.stop();
  running.splice(running.indexOf(evidence), 1);
};
const deaths = (): number => said.filter((line) => line.includes('"code":"thread_ended"')).length;

/** As `writeBoth`, with one commit for each stream. */
const fill = async (count: number): Promise<void> => {
  const memory = createMemoryEventLog();
  await writeBoth(memory, count);
  const { events } = await memory.readAll({ limit: 1_000_000 });
  for (const [stream, own] of Map.groupBy(events, (event) => event.stream)) {
    const organisation = own[0]?.organisation ?? GENTIA;
    expect((await log.append({ organisation, stream, expected: 'none', events: own })).ok).toBe(true);
  }
  await memory.close();
};

/** Both trees are those of the log, and so is every checkpoint. */
const expectSound = async (evidence: Evidence, least: number): Promise<void> => {
  for (const organisation of [GENTIA, ZORGNET]) {
    const { size, root } = evidence.parts.index.integrated(organisation);
    expect(size).toBeGreaterThanOrEqual(least);
    expect(root).toBe(await rootFromLog(log, organisation, size));
  }
  const { checkpoints, faults } = await inspectEvidence(log, join(folder, 'evidence/index.sqlite'));
  expect(checkpoints).toBeGreaterThanOrEqual(2);
  expect(faults).toEqual([]);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evidence-thread-'));
  logFile = join(folder, 'log.sqlite');
  log = openSqliteEventLog({ file: logFile });
  world = createEvidenceWorld();
  said = [];
});
afterEach(async () => {
  for (const evidence of running.splice(0)) await evidence.stop();
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('evidence that is made in a thread of its own', () => {
  it('is the tree of every envelope, while others are appended', { timeout: WAIT_MS }, async () => {
    await fill(300);
    const evidence = open();
    await evidence.look();
    await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        await write(log, n % 2 === 0 ? GENTIA : ZORGNET, { id: `meanwhile-${n}`, text: 'more' });
        if (n % 50 === 0) await evidence.publishNow(GENTIA);
      }),
    );
    const all = (await eventsOf(log, ZORGNET)).length;
    expect((await evidence.publishNow(ZORGNET)).size).toBe(all);
    expect(await evidence.health()).toBe('ok');
    await expect.poll(async () => (await evidence.status()).caughtUp, { timeout: WAIT_MS }).toBe(true);
    await expectSound(evidence, 400);
    // Look-ups are made by the thread that asks, beside the one that sequences.
    const [first] = await eventsOf(log, GENTIA);
    expect(evidence.parts.index.byEvent(GENTIA, first?.eventId ?? '')?.index).toBe(0);
    expect(said).toEqual([]);
  });

  it('goes on in a thread of its own where this one left off, and the other way round', async () => {
    await fill(50);
    const here = world.open({ log, folder: join(folder, 'evidence') });
    await here.look();
    await here.stop();
    await writeBoth(log, 10, 50);
    world.hoursLater(1);
    const there = open();
    await there.look();
    await stopped(there);
    await writeBoth(log, 10, 60);
    world.hoursLater(1);
    const again = world.open({ log, folder: join(folder, 'evidence') });
    running.push(again);
    await again.look();
    await expectSound(again, 72);
  });
});

describe('a thread that ends by itself', () => {
  const STEPS = ['before_sequence', 'sequenced', 'before_tiles', 'tiles_written', 'head_recorded'] as const;

  it.each(STEPS.flatMap((step) => [1, 2].map((time) => [step, time] as const)))(
    'at %s, the %i. time, is said, and the next one goes on to the same tree',
    { timeout: WAIT_MS },
    async (step, time) => {
      await fill(270);
      const evidence = open({ endAt: { step, time }, againAfterMs: NEVER_MS });
      await evidence.look();
      await writeBoth(log, 3, 270);
      world.hoursLater(1);
      await evidence.look();
      await evidence.look();
      expect(deaths()).toBeGreaterThan(0);
      await expectSound(evidence, 273);
      expect((await evidence.status()).organisations.map(({ fault }) => fault)).toEqual([undefined, undefined]);
      expect(await evidence.health()).toBe('ok');
    },
  );

  it('is a failing health check until the next has caught up', { timeout: WAIT_MS }, async () => {
    await fill(5);
    const evidence = open({ endAt: { step: 'before_sequence', time: 1 }, againAfterMs: NEVER_MS });
    await expect.poll(async () => (await evidence.status()).fault, { timeout: WAIT_MS }).toBe('thread_ended');
    expect(await evidence.health()).toBe('failing');
    expect((await evidence.status()).caughtUp).toBe(false);
    await evidence.look();
    expect(await evidence.health()).toBe('ok');
    await expect.poll(async () => (await evidence.status()).caughtUp, { timeout: WAIT_MS }).toBe(true);
    expect(deaths()).toBe(1);
  });

  it('is begun again though nobody asks for anything', { timeout: WAIT_MS }, async () => {
    await fill(5);
    const evidence = open({ endAt: { step: 'before_sequence', time: 1 }, againAfterMs: 0 });
    await expect.poll(async () => (await evidence.status()).caughtUp, { timeout: WAIT_MS }).toBe(true);
    expect(deaths()).toBe(1);
    // It stays a failing health check until somebody has looked at what there is.
    expect(await evidence.health()).toBe('failing');
    await evidence.look();
    expect(await evidence.health()).toBe('ok');
  });
});

describe('what the thread finds', () => {
  const published = async (): Promise<number> => {
    await fill(20);
    const evidence = open();
    await evidence.look();
    await stopped(evidence);
    await writeBoth(log, 1, 20);
    world.hoursLater(1);
    return (await log.readAll({ limit: 1_000 })).events.length;
  };

  it('stops signing when the log is another one than was sequenced', { timeout: WAIT_MS }, async () => {
    await published();
    await log.close();
    for (const file of readdirSync(folder).filter((name) => name.startsWith('log.sqlite'))) rmSync(join(folder, file));
    log = openSqliteEventLog({ file: logFile });
    await writeBoth(log, 3, 100);
    const evidence = open();
    await evidence.look();
    expect((await evidence.status()).fault).toBe('sequence_differs');
    expect(await evidence.health()).toBe('failing');
    await expect(evidence.publishNow(GENTIA)).rejects.toMatchObject({ fault: 'sequence_differs' });
    expect((await log.readAll({ limit: 1_000 })).events.length).toBe(6);
  });

  it('stops signing when a tile was changed, and of that organisation alone', { timeout: WAIT_MS }, async () => {
    const count = await published();
    const partials = join(folder, 'evidence/trees/gentia/tile/0/000.p');
    for (const partial of readdirSync(partials))
      writeFileSync(join(partials, partial), readFileSync(join(partials, partial)).fill(7, 0, 32));
    const evidence = open();
    await expect(evidence.publishNow(GENTIA)).rejects.toMatchObject({ fault: 'tree_differs', organisation: GENTIA });
    expect((await log.readAll({ limit: 1_000 })).events.length).toBe(count);
    expect((await evidence.publishNow(ZORGNET)).size).toBe((await eventsOf(log, ZORGNET)).length - 1);
  });
});
