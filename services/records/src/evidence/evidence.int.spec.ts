import { createMemoryEventLog, type EventLog } from '@toeverlaat/event-log';
import { noteVerifier, openCheckpoint, type TileStore } from '@toeverlaat/merkle';
import { createMemorySealing } from '@toeverlaat/sealing';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Evidence } from './evidence.js';
import {
  createEvidenceWorld,
  eventsOf,
  type EvidenceWorld,
  faultOf,
  GENTIA,
  rootFromLog,
  write,
  writeBoth,
  ZORGNET,
} from './evidence.fixture.js';

let folder: string;
let log: EventLog;
let world: EvidenceWorld;
const running: Evidence[] = [];
const open = (options: Partial<Parameters<EvidenceWorld['open']>[0]> = {}): Evidence => {
  const evidence = world.open({ log, folder, ...options });
  running.push(evidence);
  return evidence;
};
const stopped = async (evidence: Evidence): Promise<void> => {
  await evidence.stop();
  running.splice(running.indexOf(evidence), 1);
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evidence-'));
  log = createMemoryEventLog();
  world = createEvidenceWorld();
});
afterEach(async () => {
  for (const evidence of running.splice(0)) await evidence.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the evidence of two organisations with the same ids', () => {
  it('is a tree each over every envelope, in the order of the log, under signed checkpoints', async () => {
    await writeBoth(log, 300);
    const evidence = open();
    await evidence.look();
    for (const organisation of [GENTIA, ZORGNET]) {
      const { newest, log: opened } = await evidence.parts.publisher.opened(organisation);
      expect(newest?.size).toBeGreaterThan(300);
      expect(newest?.root).toBe(await rootFromLog(log, organisation, newest?.size ?? 0));
      const verifiers = opened.signers.map((key) => noteVerifier(key)).flatMap((one) => (one.ok ? [one.value] : []));
      const checked = await openCheckpoint(newest?.note ?? '', opened.origin, verifiers);
      expect(checked).toMatchObject({ ok: true, value: { size: newest?.size, extensions: [`time ${newest?.at}`] } });
    }
    const origins = await Promise.all(
      [GENTIA, ZORGNET].map(async (one) => (await evidence.parts.publisher.opened(one)).log),
    );
    expect(new Set(origins.map(({ origin }) => origin)).size).toBe(2);
    expect(new Set(origins.map(({ salt }) => salt)).size).toBe(2);
    expect(new Set(origins.flatMap(({ signers }) => signers)).size).toBe(2);
  });

  it('publishes once in each slot of the schedule, and only when something else than a checkpoint was recorded', async () => {
    await writeBoth(log, 3);
    const evidence = open();
    const sizes = async (): Promise<readonly number[]> =>
      (await evidence.parts.streams.checkpoints(GENTIA)).map(({ size }) => size);
    await evidence.look();
    await write(log, GENTIA, { id: 'record-1', text: 'more' });
    await evidence.look();
    const [first = 0] = await sizes();
    expect(await sizes()).toEqual([first]);
    world.hoursLater(1);
    await evidence.look();
    expect(await sizes()).toEqual([first, first + 2]);
    world.hoursLater(1);
    await evidence.look();
    world.hoursLater(1);
    await evidence.look();
    expect(await sizes()).toEqual([first, first + 2]);
  });

  it('publishes on demand up to what was recorded last', async () => {
    await writeBoth(log, 5);
    const evidence = open();
    await evidence.look();
    await write(log, ZORGNET, { id: 'record-1', text: 'urgent' });
    const all = (await eventsOf(log, ZORGNET)).length;
    expect((await evidence.publishNow(ZORGNET)).size).toBe(all);
    expect((await evidence.organisationStatus(ZORGNET)).lagMs).toBe(0);
  });

  it('says how far it is and how long something waits', async () => {
    await writeBoth(log, 5);
    const evidence = open();
    await evidence.look();
    await write(log, GENTIA, { id: 'record-1', text: 'more' });
    await evidence.look();
    world.hoursLater(0.5);
    const { organisations, caughtUp } = await evidence.status();
    expect(caughtUp).toBe(true);
    expect(organisations).toMatchObject([
      { organisation: GENTIA, lagMs: 1_800_000, fault: undefined },
      { organisation: ZORGNET, lagMs: 0 },
    ]);
    const [gentia] = organisations;
    expect((gentia?.sequenced ?? 0) - (gentia?.published ?? 0)).toBe(2);
    expect(await evidence.health()).toBe('ok');
    world.hoursLater(12);
    expect(await evidence.health()).toBe('failing');
  });

  it('is the same for a second replica and for one that begins from nothing', async () => {
    await writeBoth(log, 40);
    const first = open();
    const second = open({ folder: join(folder, 'second') });
    await Promise.all([first.look(), second.look()]);
    world.hoursLater(1);
    await writeBoth(log, 40, 40);
    await Promise.all([second.look(), first.look()]);
    await Promise.all([second.look(), first.look()]);
    const third = open({ folder: join(folder, 'third') });
    await third.look();
    for (const organisation of [GENTIA, ZORGNET]) {
      const heads = [first, second, third].map(({ parts }) => parts.index.integrated(organisation));
      expect(new Set(heads.map(({ size, root }) => `${size} ${root}`)).size).toBe(1);
      const checkpoints = await first.parts.streams.checkpoints(organisation);
      expect(checkpoints.length).toBe(2);
      for (const { size, root } of checkpoints) expect(root).toBe(await rootFromLog(log, organisation, size));
    }
    for (const one of [first, second, third]) expect((await one.status()).fault).toBeUndefined();
  });
});

describe('after a stop at any point', () => {
  const STEPS = [
    'before_sequence',
    'sequenced',
    'before_tiles',
    'tiles_written',
    'head_recorded',
    'before_signing',
    'signed',
    'published',
  ] as const;

  it.each(STEPS.flatMap((step) => [1, 2, 3].map((time) => [step, time] as const)))(
    'at %s, the %i. time, it goes on to the same tree',
    async (step, time) => {
      await writeBoth(log, 270);
      let left: number = time;
      const evidence = open({
        at: (reached) => {
          if (reached !== step || (left -= 1) > 0) return;
          // From here on this process does nothing more.
          left = 1;
          throw new Error('stopped dead');
        },
      });
      await evidence.look();
      await stopped(evidence);
      await writeBoth(log, 20, 270);
      const again = open();
      await again.look();
      world.hoursLater(1);
      await again.look();
      for (const organisation of [GENTIA, ZORGNET]) {
        const { size, root } = again.parts.index.integrated(organisation);
        expect(size).toBeGreaterThan(290);
        expect(root).toBe(await rootFromLog(log, organisation, size));
        const ids = (await eventsOf(log, organisation)).map(({ eventId }) => eventId);
        for (const index of [0, 200, 289]) expect(again.parts.index.at(organisation, index)?.eventId).toBe(ids[index]);
        for (const checkpoint of await again.parts.streams.checkpoints(organisation))
          expect(checkpoint.root).toBe(await rootFromLog(log, organisation, checkpoint.size));
      }
      expect((await again.status()).organisations.map(({ fault }) => fault)).toEqual([undefined, undefined]);
    },
  );

  it('a write torn between two tiles is finished', async () => {
    await writeBoth(log, 700);
    let writes = 0;
    const evidence = open({
      wrapStore: (store: TileStore) => ({
        ...store,
        write: async (tiles) => {
          writes += 1;
          if (writes > 1) return store.write(tiles);
          await store.write(tiles.slice(0, 1));
          throw new Error('stopped dead');
        },
      }),
    });
    await evidence.look();
    await stopped(evidence);
    const again = open();
    await again.look();
    const { size, root } = again.parts.index.integrated(GENTIA);
    expect(root).toBe(await rootFromLog(log, GENTIA, size));
  });

  it.each(['trees', 'index.sqlite'])('%s can be deleted: it is made again', async (part) => {
    await writeBoth(log, 300);
    const evidence = open();
    await evidence.look();
    const before = evidence.parts.index.integrated(GENTIA);
    await stopped(evidence);
    for (const file of readdirSync(folder).filter((name) => name.startsWith(part)))
      rmSync(join(folder, file), { recursive: true });
    const again = open();
    world.hoursLater(1);
    await writeBoth(log, 1, 300);
    await again.look();
    const { size, root } = again.parts.index.integrated(GENTIA);
    expect(size).toBeGreaterThan(before.size);
    expect(root).toBe(await rootFromLog(log, GENTIA, size));
    expect((await again.status()).fault).toBeUndefined();
  });
});

describe('nothing is signed', () => {
  const published = async (): Promise<number> => {
    await writeBoth(log, 20);
    const evidence = open();
    await evidence.look();
    await stopped(evidence);
    await writeBoth(log, 1, 20);
    return log.readAll({ limit: 100_000 }).then(({ events }) => events.length);
  };
  const unchanged = async (count: number): Promise<void> => {
    expect((await log.readAll({ limit: 100_000 })).events.length).toBe(count);
  };

  it('when history was rewritten before a checkpoint', async () => {
    const count = await published();
    const [, third] = (await eventsOf(log, GENTIA)).filter(({ stream }) => stream.startsWith('case.case'));
    const forged: EventLog = {
      ...log,
      subscribe: async function* (options) {
        for await (const message of log.subscribe(options))
          yield message.kind === 'events'
            ? {
                ...message,
                events: message.events.map((event) =>
                  event.eventId === third?.eventId && event.organisation === GENTIA
                    ? { ...event, data: Buffer.from('{"text":"forged"}') }
                    : event,
                ),
              }
            : message;
      },
    };
    const evidence = open({ log: forged, folder: join(folder, 'other') });
    world.hoursLater(1);
    expect(await faultOf(evidence.publishNow(GENTIA))).toBe('inconsistent_with_checkpoint');
    await evidence.look();
    expect(await evidence.health()).toBe('failing');
    expect((await evidence.status()).organisations).toMatchObject([
      { organisation: GENTIA, fault: 'inconsistent_with_checkpoint' },
      { organisation: ZORGNET, fault: undefined },
    ]);
    const own = (await eventsOf(log, GENTIA)).filter(({ type }) => type === 'records.CheckpointPublished.v1');
    expect(own.length).toBe(1);
    expect(count).toBeGreaterThan(40);
  });

  it('when the log is another one than was sequenced', async () => {
    await published();
    log = createMemoryEventLog();
    await writeBoth(log, 30, 100);
    const count = (await log.readAll({ limit: 100_000 })).events.length;
    const evidence = open();
    expect(await faultOf(evidence.publishNow(GENTIA))).toBe('sequence_differs');
    await evidence.look();
    expect((await evidence.status()).fault).toBe('sequence_differs');
    expect(await evidence.health()).toBe('failing');
    await unchanged(count);
  });

  it('when the log is one of before, and what was sequenced goes further', async () => {
    await published();
    log = createMemoryEventLog();
    await writeBoth(log, 3);
    const evidence = open();
    for (const organisation of [GENTIA, ZORGNET])
      expect(await faultOf(evidence.publishNow(organisation))).toBe('sequence_differs');
    await evidence.look();
    expect(await faultOf(evidence.publishNow(GENTIA))).toBe('sequence_differs');
    await unchanged(6);
  });

  it('when a tile was changed', async () => {
    const count = await published();
    const partials = join(folder, 'trees/gentia/tile/0/000.p');
    for (const partial of readdirSync(partials))
      writeFileSync(join(partials, partial), readFileSync(join(partials, partial)).fill(7, 0, 32));
    const evidence = open();
    world.hoursLater(1);
    expect(await faultOf(evidence.publishNow(GENTIA))).toBe('tree_differs');
    await unchanged(count);
    // The folder is made from the log: deleting it is the cure.
    await stopped(evidence);
    rmSync(join(folder, 'trees'), { recursive: true });
    expect(await faultOf(open().publishNow(GENTIA))).toBe('none');
  });

  it('when the keyring lost the key', async () => {
    const count = await published();
    const evidence = open({ sealing: createMemorySealing(world.clock) });
    world.hoursLater(1);
    expect(await faultOf(evidence.publishNow(GENTIA))).toBe('signer_key_missing');
    await evidence.look();
    expect(await evidence.health()).toBe('failing');
    await unchanged(count);
    await stopped(evidence);
    expect(await faultOf(open().publishNow(GENTIA))).toBe('none');
  });

  it('when the clock went back; once it has caught up, all goes on', async () => {
    const count = await published();
    const evidence = open();
    world.hoursLater(-2);
    expect(await faultOf(evidence.publishNow(GENTIA))).toBe('clock_went_back');
    await evidence.look();
    expect((await evidence.status()).organisations[0]?.fault).toBe('clock_went_back');
    await unchanged(count);
    world.hoursLater(3);
    await evidence.look();
    expect((await evidence.status()).organisations[0]?.fault).toBeUndefined();
    expect((await evidence.parts.streams.checkpoints(GENTIA)).length).toBe(2);
  });

  it('while the disk is full; nothing is half done and it goes on by itself', async () => {
    const count = await published();
    let full = true;
    const evidence = open({
      wrapStore: (store) => ({
        ...store,
        write: async (tiles) => {
          if (!full) return store.write(tiles);
          await store.write(tiles.slice(0, 1));
          throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        },
      }),
    });
    world.hoursLater(1);
    await evidence.look();
    expect((await evidence.status()).organisations.map(({ fault }) => fault)).toEqual(['disk_full', 'disk_full']);
    await unchanged(count);
    full = false;
    await evidence.look();
    expect((await evidence.status()).organisations.map(({ fault }) => fault)).toEqual([undefined, undefined]);
    const { size, root } = evidence.parts.index.integrated(GENTIA);
    expect(root).toBe(await rootFromLog(log, GENTIA, size));
  });

  it('while the index has no room', async () => {
    await writeBoth(log, 2_000);
    const evidence = open({ maxIndexPages: 40 });
    expect(await faultOf(evidence.publishNow(GENTIA))).toBe('disk_full');
    expect((await evidence.status()).fault).toBe('disk_full');
    await stopped(evidence);
    const again = open();
    await again.look();
    const { size, root } = again.parts.index.integrated(GENTIA);
    expect(size).toBeGreaterThan(1_999);
    expect(root).toBe(await rootFromLog(log, GENTIA, size));
  });
});

it('many that ask for a checkpoint at once share one, which covers what each of them recorded', async () => {
  const own = mkdtempSync(join(tmpdir(), 'evidence-many-'));
  const events = createMemoryEventLog();
  const evidence = createEvidenceWorld().open({ log: events, folder: own });
  try {
    const asked = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        await write(events, GENTIA, { id: `many-${n}`, text: 'words' });
        const { length: least } = await eventsOf(events, GENTIA);
        const { size } = await evidence.publishNow(GENTIA);
        return { least, size };
      }),
    );
    for (const { least, size } of asked) expect(size).toBeGreaterThanOrEqual(least);
    expect((await evidence.parts.streams.checkpoints(GENTIA)).length).toBeLessThan(20);
  } finally {
    await evidence.stop();
    rmSync(own, { recursive: true, force: true });
  }
});
