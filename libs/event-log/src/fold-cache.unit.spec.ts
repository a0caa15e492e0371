import { newCommandId, settableClock, type OrganisationId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFoldCache, MAX_FOLD_MS } from './fold-cache.js';
import { createMemoryEventLog } from './memory-log.js';
import type { EventLog } from './port.js';
import { createRunner } from './runner.js';
import { createFakeSealer, GENTIA, loanDecider, sampleCodec, ZORGNET, type LoanCommand } from './sample.js';
import { ERASED, plainText, type Sealer } from './sealed.js';

type Body = Omit<LoanCommand, 'meta'>;
const open = (shelf: 'north' | 'south'): Body => ({
  type: 'OpenLoan',
  data: { borrowerId: 'b1', shelf, person: 'p9', note: plainText('maps') },
});
const extend = (days: number): Body => ({ type: 'ExtendLoan', data: { days, reasons: ['ill'] } });
const CLOSE: Body = { type: 'CloseLoan', data: {} };

/** Counts what a runner asks the log for. */
const counted = (log: EventLog) => {
  const reads: (number | undefined)[] = [];
  const spied: EventLog = {
    ...log,
    readStream: (stream, options) => {
      reads.push(options?.from);
      return log.readStream(stream, options);
    },
  };
  return { log: spied, reads };
};

const setUp = (options: { readonly log?: EventLog; readonly sealer?: Sealer; readonly maxFoldBytes?: number } = {}) => {
  const { log = createMemoryEventLog(), maxFoldBytes } = options;
  const fake = createFakeSealer();
  const sealer = options.sealer ?? fake;
  let now = 0;
  const seen = counted(log);
  const runner = createRunner({
    log: seen.log,
    sealer,
    clock: settableClock('2026-03-02T08:00:00.000Z'),
    category: 'sample.loan',
    codec: sampleCodec,
    decider: loanDecider,
    fingerprintKey: async (organisation) => Buffer.from(`key of ${organisation}`),
    monotonic: () => now,
    ...(maxFoldBytes === undefined ? {} : { maxFoldBytes }),
  });
  const run = (command: Body, organisation: OrganisationId = GENTIA, id = 'l1') =>
    runner.execute(id, command, {
      organisation,
      commandId: newCommandId(),
      actor: { pseudonym: 'staff1', capacity: 'counsellor' },
      purpose: 'test',
      correlationId: newCommandId(),
      causationId: newCommandId(),
      policyVersion: '1',
      lawVersion: '1',
    });
  const pass = (ms: number): void => {
    now += ms;
  };
  return { log, sealer: fake, runner, run, pass, reads: seen.reads };
};

describe('a cache of folds', () => {
  it('drops what a key opened when the key goes, and nothing else', () => {
    const cache = createFoldCache<string>({ monotonic: () => 0 });
    const fold = (...keys: readonly string[]) => ({ state: 'opened', events: [], keys: new Set(keys), since: 0 });
    cache.put('a', fold('k1'));
    cache.put('b', fold('k2', 'k3'));
    cache.put('c', fold());
    cache.dropOpenedWith(['k3', 'k4']);
    expect(['a', 'b', 'c'].map((stream) => cache.get(stream)?.state)).toEqual(['opened', undefined, 'opened']);
  });
});

describe('folds kept between commands', () => {
  it('read only what came after them, and open no code twice', async () => {
    const { run, runner, reads, sealer } = setUp();
    await run(open('north'));
    await runner.load(GENTIA, 'l1');
    const before = sealer.opened().length;
    expect(await runner.load(GENTIA, 'l1')).toMatchObject({ kind: 'loaded', revision: 0, state: { shelf: 'north' } });
    expect(sealer.opened()).toHaveLength(before);
    expect(reads.at(-1)).toBe(1);
  });

  it('see what another process appended', async () => {
    const { run, runner, log, sealer } = setUp();
    await run(open('north'));
    await runner.load(GENTIA, 'l1');
    const other = setUp({ log, sealer });
    await other.run(extend(7));
    expect(await runner.load(GENTIA, 'l1')).toMatchObject({ revision: 1, state: { days: 7 } });
    expect(await run(extend(3))).toMatchObject({ ok: true, revision: 2 });
  });

  it('end at once when a key of the record is destroyed', async () => {
    const { run, runner, sealer } = setUp();
    await run(open('north'));
    await runner.load(GENTIA, 'l1');
    sealer.destroy('loan/l1#b1');
    expect(await runner.load(GENTIA, 'l1')).toMatchObject({ state: { person: ERASED, shelf: 'north' } });
    sealer.destroy('loan/l1');
    expect(await runner.load(GENTIA, 'l1')).toEqual({ kind: 'erased' });
    expect(await run(extend(1))).toEqual({ ok: false, rejection: { kind: 'Erased' } });
  });

  it('end when the sealer no longer holds their keys', async () => {
    const fake = createFakeSealer();
    let held = true;
    const { run, runner, reads } = setUp({ sealer: { ...fake, holds: () => held } });
    await run(open('north'));
    await runner.load(GENTIA, 'l1');
    const before = fake.opened().length;
    held = false;
    await runner.load(GENTIA, 'l1');
    expect(fake.opened().length).toBeGreaterThan(before);
    await runner.load(GENTIA, 'l1');
    expect(reads.at(-1)).toBeUndefined();
  });

  it('end after 60 seconds, however often they were used', async () => {
    const { run, runner, pass, reads } = setUp();
    await run(open('north'));
    await runner.load(GENTIA, 'l1');
    for (let second = 1; second < MAX_FOLD_MS / 1_000; second += 1) {
      pass(1_000);
      await run(extend(1));
    }
    expect(reads.at(-1)).toBeDefined();
    pass(1_000);
    await runner.load(GENTIA, 'l1');
    expect(reads.at(-1)).toBeUndefined();
  });

  it('are not kept where nothing tells that keys are held', async () => {
    const { seal, open: opening } = createFakeSealer();
    const { run, runner, reads } = setUp({ sealer: { seal, open: opening } });
    await run(open('north'));
    await runner.load(GENTIA, 'l1');
    await runner.load(GENTIA, 'l1');
    expect(reads.every((from) => from === undefined)).toBe(true);
  });

  it('take no more room than they are given: what was not used for longest goes first', async () => {
    const { run, runner, reads } = setUp({ maxFoldBytes: 6_000 });
    for (const id of ['l1', 'l2', 'l3']) {
      await run(open('north'), GENTIA, id);
      await runner.load(GENTIA, id);
    }
    await runner.load(GENTIA, 'l3');
    expect(reads.at(-1)).toBe(1);
    await runner.load(GENTIA, 'l1');
    expect(reads.at(-1)).toBeUndefined();
  });

  it('are passed by when the past is asked for', async () => {
    const { run, runner, reads } = setUp();
    await run(open('north'));
    await runner.load(GENTIA, 'l1');
    expect(await runner.load(GENTIA, 'l1', { asOf: '2020-01-01T00:00:00.000Z' })).toEqual({ kind: 'absent' });
    expect(reads.at(-1)).toBeUndefined();
  });

  it('are those of one organisation', async () => {
    const { run, runner } = setUp();
    await run(open('north'), GENTIA);
    await run(open('south'), ZORGNET);
    await runner.load(GENTIA, 'l1');
    expect(await runner.load(ZORGNET, 'l1')).toMatchObject({ state: { shelf: 'south' } });
    expect(await runner.load(GENTIA, 'l1')).toMatchObject({ state: { shelf: 'north' } });
  });
});

describe('folds kept between commands, as a property', () => {
  type Step =
    | { readonly kind: 'run'; readonly command: Body; readonly by: 0 | 1; readonly of: OrganisationId }
    | { readonly kind: 'pass'; readonly ms: number }
    | { readonly kind: 'destroy'; readonly subject: string }
    | { readonly kind: 'reach'; readonly reachable: boolean };
  const organisation = fc.constantFrom(GENTIA, ZORGNET);
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('run' as const),
        command: fc.oneof(
          fc.constant(open('north')),
          fc.constant(CLOSE),
          fc.integer({ min: 1, max: 60 }).map((days) => extend(days)),
        ),
        by: fc.constantFrom(0 as const, 1 as const),
        of: organisation,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40_000 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('destroy' as const),
        subject: fc.constantFrom('loan/l1#b1', 'loan/l2'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reach' as const), reachable: fc.boolean() }) },
  );

  it('equal a fresh fold after whatever happened, in two processes and two organisations', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const first = setUp();
        const { log, sealer } = first;
        const second = setUp({ log, sealer });
        for (const taken of steps) {
          switch (taken.kind) {
            case 'run':
              await (taken.by === 0 ? first : second).run(taken.command, taken.of);
              break;
            case 'pass':
              first.pass(taken.ms);
              second.pass(taken.ms);
              break;
            case 'destroy':
              sealer.destroy(taken.subject);
              break;
            case 'reach':
              sealer.setReachable(taken.reachable);
              break;
          }
          for (const of of [GENTIA, ZORGNET]) {
            const fresh = await setUp({ log, sealer }).runner.load(of, 'l1');
            for (const { runner } of [first, second]) expect(await runner.load(of, 'l1')).toEqual(fresh);
          }
        }
      }),
      { numRuns: 80 },
    );
  });
});
