import * as contracts from '@toeverlaat/contracts';
import type { PublicEvent } from '@toeverlaat/messaging';
import { err, newCommandId, type OrganisationId } from '@toeverlaat/values';
import { describe, expect, it } from 'vitest';
import { recordsPublicEvents } from '../public-events.js';
import { BOTH, gentia, idOf, keptOf, retentionWorld } from '../retention.fixture.js';
import { createRetentionCommands } from './commands.js';
import { createRetentionCore, type RetentionStep } from './core.js';
import { beginDestruction, endDestruction } from './destruction.js';
import { createHoldReactions } from './holds.js';

const on = retentionWorld();
const { told, tell, at, settled, system, twoCases } = on;

class Killed extends Error {}

/** The next process: nothing of the last one is in memory. It dies before the step that `dies` names. */
const processThat = (dies: (step: RetentionStep) => boolean = () => false) =>
  createRetentionCore(
    on.world.runtimeOf('records', ['actors', 'fingerprints', 'retention_rule', 'legal_hold']),
    on.views,
    (step) => {
      if (dies(step)) throw new Killed(step);
    },
  );
/** Dies before the nth step that it takes, counted from 0. */
const dyingAt = (n: number) => {
  let taken = -1;
  return processThat(() => {
    taken += 1;
    return taken === n;
  });
};

const eventsOf = async (organisation: OrganisationId, name: string): Promise<readonly string[]> =>
  (await on.world.log.readStream(`records.kept-${organisation}_${keptOf(organisation, name)}`)).map(({ type }) => type);
const times = async (organisation: OrganisationId, name: string, type: string): Promise<number> =>
  (await eventsOf(organisation, name)).filter((one) => one === `records.${type}.v1`).length;

/** The event that tells of a hold, as every process of records gets it: again and again until it is dealt with. */
const toldOf = async (organisation: OrganisationId, holdId: string, type: string): Promise<PublicEvent> => {
  const recorded = await on.world.log.readStream(`records.hold-${organisation}_${holdId}`);
  for (const event of recorded)
    for (const source of recordsPublicEvents) {
      const published = event.type.startsWith(`records.${type}.`) ? source.publish(event) : undefined;
      if (published !== undefined) return published;
    }
  throw new Error(`${type} of ${holdId} was not published`);
};
/** Nobody reacts but who a test lets. */
const alone = async (): Promise<void> => {
  await settled();
  await on.retention.reactor.stop();
};
/** The views have everything; reactions may be stopped. */
const upToNow = async (): Promise<void> => {
  const head = await on.world.log.head();
  expect(head === undefined ? 'processed' : await on.views.whenProcessed(head, 10_000)).toBe('processed');
};
const SINCE = { scope: 'period', begunFrom: '2026-01-01', begunTo: '2026-12-31' } as const;
const REASON = { reviewOn: '2037-01-01', reason: 'An inspection.' } as const;
const hold = (
  organisation: OrganisationId,
  on_: typeof SINCE | { readonly scope: 'records'; readonly kept: string[] } = SINCE,
) => tell(organisation, 'karel', contracts.placeLegalHold, { ...on_, ...REASON });

describe('marking records with a hold, killed before any of them', () => {
  it('is completed by the next process, and each is marked once', async () => {
    await twoCases();
    await alone();
    for (const organisation of BOTH) {
      const placed = await hold(organisation);
      if (!placed.ok) throw new Error(placed.rejection.kind);
      const event = await toldOf(organisation, placed.id, 'LegalHoldPlaced');
      for (const marked of [0, 1]) {
        const dying = createHoldReactions(dyingAt(marked));
        await expect(dying['records.LegalHoldPlaced']?.(event)).rejects.toThrow(Killed);
        const held = await Promise.all(['first', 'open'].map((name) => times(organisation, name, 'RecordHeld')));
        expect(held.reduce((sum, one) => sum + one)).toBe(marked);
      }
      await createHoldReactions(processThat())['records.LegalHoldPlaced']?.(event);
      for (const name of ['first', 'open']) expect(await times(organisation, name, 'RecordHeld')).toBe(1);
    }
  });

  it('stops destruction all the same: what is not marked yet is found when it comes to it', async () => {
    await twoCases();
    await alone();
    const placed = await hold(gentia);
    if (!placed.ok) throw new Error(placed.rejection.kind);
    const event = await toldOf(gentia, placed.id, 'LegalHoldPlaced');
    await expect(createHoldReactions(dyingAt(0))['records.LegalHoldPlaced']?.(event)).rejects.toThrow(Killed);
    at('2036-03-15');
    await upToNow();
    const begun = await beginDestruction(
      processThat(),
      keptOf(gentia, 'first'),
      idOf('erasure'),
      'due',
      system(gentia, 'begin'),
    );
    expect(begun).toEqual({ ok: true, value: { kind: 'held', holdIds: [placed.id] } });
    expect(await times(gentia, 'first', 'RecordHeld')).toBe(1);
  });

  it('of the command that names them: a repeat of it completes it, and so does who only hears of the hold', async () => {
    await twoCases();
    await alone();
    const never = () => Promise.resolve(err({ kind: 'Unavailable' as const, detail: 'not asked here' }));
    for (const organisation of BOTH) {
      const request = {
        commandId: newCommandId(),
        data: { scope: 'records' as const, kept: [keptOf(organisation, 'first')], ...REASON },
      };
      const place = (core: ReturnType<typeof processThat>) =>
        createRetentionCommands(core, never).place(on.contextOf(organisation, 'karel'), request);
      await expect(place(dyingAt(0))).rejects.toThrow(Killed);
      expect(await times(organisation, 'first', 'RecordHeld')).toBe(0);
      const repeated = await place(processThat());
      if (!repeated.ok) throw new Error(repeated.rejection.kind);
      expect(repeated.repeated).toBe(true);
      expect(await times(organisation, 'first', 'RecordHeld')).toBe(1);
      const event = await toldOf(organisation, repeated.id, 'LegalHoldPlaced');
      await createHoldReactions(processThat())['records.LegalHoldPlaced']?.(event);
      expect(await times(organisation, 'first', 'RecordHeld')).toBe(1);
    }
  });

  it('frees them once when it is lifted, killed before any of them', async () => {
    await twoCases();
    const placed = await told(gentia, 'karel', contracts.placeLegalHold, {
      ...SINCE,
      ...REASON,
    });
    await alone();
    await tell(gentia, 'karel', contracts.liftLegalHold, { holdId: placed, motive: 'It is over.' });
    const event = await toldOf(gentia, placed, 'LegalHoldLifted');
    for (const freed of [0, 1])
      await expect(createHoldReactions(dyingAt(freed))['records.LegalHoldLifted']?.(event)).rejects.toThrow(Killed);
    await createHoldReactions(processThat())['records.LegalHoldLifted']?.(event);
    for (const name of ['first', 'open']) expect(await times(gentia, name, 'RecordHoldEnded')).toBe(1);
  });
});

describe('beginning a destruction, killed before any step', () => {
  const erasureId = idOf('erasure');
  /** Each attempt of a process is a command of its own, as erasures make them. */
  const begin = (core: ReturnType<typeof processThat>, organisation: OrganisationId) =>
    beginDestruction(core, keptOf(organisation, 'first'), erasureId, 'due', {
      ...system(organisation, 'begin'),
      commandId: newCommandId(),
    });
  it('goes on in the next process and is begun once; whoever holds the record meanwhile is told that it is too late', async () => {
    await twoCases();
    at('2036-03-15');
    for (const organisation of BOTH) {
      await expect(begin(dyingAt(0), organisation)).rejects.toThrow('begin_destruction');
      expect(await times(organisation, 'first', 'DestructionBegun')).toBe(0);
      await expect(begin(dyingAt(1), organisation)).rejects.toThrow('look_for_holds');
      await settled();
      expect(await hold(organisation, { scope: 'records', kept: [keptOf(organisation, 'first')] })).toMatchObject({
        rejection: { kind: 'RuleRefused', code: 'destruction_under_way' },
      });
      expect(await begin(processThat(), organisation)).toEqual({ ok: true, value: { kind: 'begun' } });
      expect(await times(organisation, 'first', 'DestructionBegun')).toBe(1);
    }
  });

  it('finds a hold on a person in the next process, lets the record go and marks it, wherever it died', async () => {
    await twoCases();
    on.concern(gentia, 'first', 'pieter');
    const holdId = await told(gentia, 'karel', contracts.placeLegalHold, {
      scope: 'person',
      person: 'pieter',
      reviewOn: '2037-01-01',
      reason: 'An inspection.',
    });
    at('2036-03-15');
    const steps: RetentionStep[] = ['begin_destruction', 'look_for_holds', 'abandon_destruction', 'mark_hold'];
    for (const step of steps) {
      await expect(
        begin(
          processThat((taken) => taken === step),
          gentia,
        ),
      ).rejects.toThrow(step);
      await upToNow();
      expect(await times(gentia, 'first', 'RecordHeld')).toBe(0);
    }
    expect(await begin(processThat(), gentia)).toEqual({ ok: true, value: { kind: 'held', holdIds: [holdId] } });
    await settled();
    expect(await times(gentia, 'first', 'RecordHeld')).toBe(1);
    const types = await eventsOf(gentia, 'first');
    // However often it was begun, nothing is left begun.
    expect(types.filter((type) => type.startsWith('records.DestructionBegun'))).toHaveLength(
      types.filter((type) => type.startsWith('records.DestructionEnded')).length,
    );
    expect(await begin(processThat(), gentia)).toMatchObject({ error: { code: 'record_on_hold' } });
  });

  it('ends once, killed before its end', async () => {
    await twoCases();
    at('2036-03-15');
    expect(await begin(processThat(), gentia)).toMatchObject({ ok: true });
    await settled();
    const end = (core: ReturnType<typeof processThat>) =>
      endDestruction(core, keptOf(gentia, 'first'), erasureId, 'destroyed', {
        ...system(gentia, 'end'),
        commandId: newCommandId(),
      });
    await expect(end(dyingAt(0))).rejects.toThrow('end_destruction');
    expect(await end(processThat())).toMatchObject({ ok: true });
    expect(await end(processThat())).toMatchObject({ ok: true });
    expect(await times(gentia, 'first', 'DestructionEnded')).toBe(1);
  });
});
