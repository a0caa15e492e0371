import { createMemoryEventLog, type EventLog } from '@toeverlaat/event-log';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileAnchor } from './anchors/file.js';
import { AnchorUnavailable, type Anchor } from './anchors/port.js';
import { blindedHead, headsInSeal, rootOfHexes } from './blinding.js';
import type { Evidence } from './evidence.js';
import {
  createEvidenceWorld,
  type EvidenceWorld,
  faultOf,
  GENTIA,
  write,
  writeBoth,
  ZORGNET,
} from './evidence.fixture.js';

let folder: string;
let log: EventLog;
let world: EvidenceWorld;
const running: Evidence[] = [];
const anchorFile = (): string => join(folder, 'anchor.jsonl');
const open = (options: Partial<Parameters<EvidenceWorld['open']>[0]> = {}): Evidence => {
  const evidence = world.open({
    log,
    folder: join(folder, `evidence-${running.length}`),
    anchors: [createFileAnchor(anchorFile())],
    ...options,
  });
  running.push(evidence);
  return evidence;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seals-'));
  log = createMemoryEventLog();
  world = createEvidenceWorld();
});
afterEach(async () => {
  for (const evidence of running.splice(0)) await evidence.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a seal', () => {
  it('holds the newest head of every organisation, blinded anew each time', async () => {
    await writeBoth(log, 10);
    const evidence = open();
    await evidence.look();
    world.hoursLater(24);
    await evidence.look();
    const [first, second] = await evidence.parts.streams.seals();
    const { log: gentia, newest } = await evidence.parts.publisher.opened(GENTIA);
    const installation = await evidence.parts.publisher.installation();
    for (const seal of [first, second]) {
      expect(seal?.heads.map(({ organisation }) => organisation)).toEqual([GENTIA, ZORGNET]);
      const own = seal?.heads[0];
      expect(own?.leaf).toBe(
        blindedHead(gentia.salt, seal?.sequence ?? -1, {
          origin: gentia.origin,
          size: newest?.size ?? 0,
          root: newest?.root ?? '',
        }),
      );
      const leaves = headsInSeal(seal?.heads.map(({ leaf }) => leaf) ?? [], installation.salt, seal?.sequence ?? -1);
      expect(leaves).toContain(own?.leaf);
      expect(leaves.length).toBe(8);
      expect(rootOfHexes(leaves)).toBe(seal?.headsRoot);
    }
    // Nothing happened between them, and nobody outside can tell.
    expect(first?.heads[0]?.size).toBe(second?.heads[0]?.size);
    expect(first?.heads[0]?.leaf).not.toBe(second?.heads[0]?.leaf);
    expect(first?.headsRoot).not.toBe(second?.headsRoot);
  });

  it('is made on the schedule whatever happens, and brought to the anchor without any organisation in it', async () => {
    await writeBoth(log, 10);
    const evidence = open();
    for (let day = 0; day < 4; day += 1) {
      await evidence.look();
      await evidence.look();
      world.hoursLater(24);
    }
    const anchored = await createFileAnchor(anchorFile()).from(0);
    expect(anchored.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3]);
    const text = readFileSync(anchorFile(), 'utf8');
    for (const word of [GENTIA, ZORGNET, 'organisation', 'size']) expect(text).not.toContain(word);
    expect(await evidence.status()).toMatchObject({
      seals: { count: 4 },
      anchors: [{ name: 'file', sequence: 3, reached: true }],
    });
  });

  it('is made between those of the schedule, at most once an hour, when something was erased', async () => {
    await writeBoth(log, 3);
    const destroyed = new Map([
      [GENTIA, ['00000000-0000-4000-8000-000000000001']],
      [ZORGNET, [] as string[]],
    ]);
    const ledger = {
      keyIds: (organisation: string) => Promise.resolve([...(destroyed.get(organisation as typeof GENTIA) ?? [])]),
    };
    const evidence = open({ ledger });
    const sealed = async () => {
      await evidence.look();
      return (await evidence.parts.streams.seals()).map(({ keyIds }) => keyIds);
    };
    expect(await sealed()).toEqual([['00000000-0000-4000-8000-000000000001']]);
    world.hoursLater(1);
    expect((await sealed()).length).toBe(1);
    // Many in one hour share a seal, of whichever organisation; within the hour there is no other.
    destroyed.get(ZORGNET)?.push('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002');
    destroyed.get(GENTIA)?.push('00000000-0000-4000-8000-000000000003');
    expect((await sealed()).length).toBe(1);
    world.hoursLater(1);
    const second = ['00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000003'];
    expect((await sealed()).slice(1)).toEqual([second]);
    destroyed.get(GENTIA)?.push('00000000-0000-4000-8000-000000000004');
    world.hoursLater(0.5);
    expect((await sealed()).length).toBe(2);
    world.hoursLater(0.5);
    expect((await sealed()).slice(2)).toEqual([['00000000-0000-4000-8000-000000000004']]);
    expect((await createFileAnchor(anchorFile()).from(0)).map(({ sequence }) => sequence)).toEqual([0, 1, 2]);
    // A process that is started again finds what waits, without having seen it happen.
    destroyed.get(ZORGNET)?.push('00000000-0000-4000-8000-000000000005');
    world.hoursLater(1);
    const again = open({ ledger, folder: join(folder, 'again') });
    await again.look();
    expect((await again.parts.streams.seals()).at(-1)?.keyIds).toEqual(['00000000-0000-4000-8000-000000000005']);
  });

  it('of the schedule alone tells nothing of when something was erased, where that is asked for', async () => {
    await writeBoth(log, 3);
    const destroyed: string[] = [];
    const keyIds = () => Promise.resolve([...destroyed]);
    const evidence = open({ ledger: { keyIds }, sealErasuresEveryMs: 24 * 3_600_000 });
    await evidence.look();
    destroyed.push('00000000-0000-4000-8000-000000000001');
    for (let hour = 0; hour < 3; hour += 1) {
      world.hoursLater(1);
      await evidence.look();
    }
    expect((await evidence.parts.streams.seals()).length).toBe(1);
    world.hoursLater(24);
    await evidence.look();
    expect((await evidence.parts.streams.seals()).at(-1)?.keyIds).toEqual(destroyed);
  });

  it('carries the key ids that were destroyed since the one before', async () => {
    await writeBoth(log, 3);
    const destroyed = ['00000000-0000-4000-8000-000000000001'];
    const evidence = open({ ledger: { keyIds: (one) => Promise.resolve(one === GENTIA ? [...destroyed] : []) } });
    await evidence.sealNow();
    destroyed.push('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000003');
    await evidence.sealNow();
    const anchored = await createFileAnchor(anchorFile()).from(0);
    expect(anchored.map(({ keyIds }) => keyIds)).toEqual([destroyed.slice(0, 1), destroyed.slice(1)]);
    expect(anchored[1]?.entry).toContain('\nledger 3 ');
    // A ledger that lost a line, as after the restore of an old vault, is not sealed over.
    destroyed.shift();
    expect(await faultOf(evidence.sealNow())).toBe('ledger_lost');
  });

  it('reaches an anchor that was away as soon as it is back', async () => {
    await writeBoth(log, 3);
    let away = true;
    const file = createFileAnchor(anchorFile());
    const reach = <T>(work: () => Promise<T>): Promise<T> =>
      away ? Promise.reject(new AnchorUnavailable('file', 'away')) : work();
    const anchor: Anchor = {
      name: 'file',
      newest: () => reach(file.newest),
      from: (sequence) => reach(() => file.from(sequence)),
      append: (records) => reach(() => file.append(records)),
    };
    const evidence = open({ anchors: [anchor] });
    await evidence.look();
    world.hoursLater(24);
    await evidence.look();
    expect((await evidence.status()).anchors).toEqual([{ name: 'file', sequence: undefined, reached: false }]);
    expect((await evidence.status()).seals.count).toBe(2);
    away = false;
    await evidence.look();
    expect((await file.newest())?.sequence).toBe(1);
  });
});

describe('an anchor outside that this log does not continue', () => {
  /** The log with its first `count` events, as an old backup has it. */
  const restoredTo = async (count: number): Promise<EventLog> => {
    const copy = createMemoryEventLog();
    for (const event of (await log.readAll({ limit: 100_000 })).events.slice(0, count)) {
      const { organisation, stream, eventId, type, metadata, data } = event;
      await copy.append({ organisation, stream, expected: 'any', events: [{ eventId, type, metadata, data }] });
    }
    return copy;
  };

  it('stops all signing when it is newer: history was lost', async () => {
    await writeBoth(log, 10);
    const evidence = open();
    await evidence.look();
    const kept = (await log.readAll({ limit: 100_000 })).events.length;
    world.hoursLater(24);
    await write(log, GENTIA, { id: 'record-1', text: 'lost by the restore' });
    await evidence.look();
    const restored = await restoredTo(kept);
    const again = open({ log: restored });
    world.hoursLater(24);
    expect(await faultOf(again.sealNow())).toBe('anchor_is_newer');
    await again.look();
    expect(await again.health()).toBe('failing');
    for (const organisation of [GENTIA, ZORGNET])
      expect(await faultOf(again.publishNow(organisation))).toMatch(/anchor_is_newer|none/);
    await write(restored, GENTIA, { id: 'record-1', text: 'written after it' });
    expect(await faultOf(again.publishNow(GENTIA))).toBe('anchor_is_newer');
  });

  it('stops all signing when it is of another log', async () => {
    await writeBoth(log, 10);
    await open().look();
    log = createMemoryEventLog();
    await writeBoth(log, 10);
    const other = open({ anchors: [] });
    await other.look();
    const again = open();
    expect(await faultOf(again.sealNow())).toBe('inconsistent_with_anchor');
    await write(log, GENTIA, { id: 'record-1', text: 'more' });
    expect(await faultOf(again.publishNow(GENTIA))).toBe('inconsistent_with_anchor');
  });
});
