import * as contracts from '@toeverlaat/contracts';
import { ok, type OrganisationId } from '@toeverlaat/values';
import { describe, expect, it } from 'vitest';
import { createRetentionCore } from './application/core.js';
import { beginDestruction, endDestruction } from './application/destruction.js';
import { createRetentionTimers } from './application/timers.js';
import { erasingOn } from './erasure/batch.fixture.js';
import { erasureIdOf } from './domain/erasure/index.js';
import { BOTH, gentia, idOf, keptOf, retentionWorld, zorgnet } from './retention.fixture.js';
import { accessIndex } from './views/access-index.js';

/*
 * What somebody does wrong, and a clock that does: each is a clear refusal, leaves nothing half done, and what waits goes on.
 */

const on = retentionWorld();
const { tell, told, answered, at, settled, system, twoCases } = on;
const CLOSED = '2026-03-14';
const DUE = '2036-03-15';

type Rules = Parameters<typeof told<(typeof contracts.proposeRetentionRules)['data']>>[3]['rules'];
const proposed = (organisation: OrganisationId, rules: Rules) =>
  tell(organisation, 'karel', contracts.proposeRetentionRules, { rules, scope: 'all', motive: 'A rule file' });
const nothingRecorded = async (stream: string): Promise<void> => {
  expect(await on.world.log.readStream(stream)).toEqual([]);
};
const twelve = { recordClass: 'informal_case', period: 'P12Y' } as const;

describe('a rule file', () => {
  it('that overlaps is refused by the second of the two rules, and proposes none', async () => {
    expect(await proposed(gentia, [{ recordClass: 'contact_request', period: 'P6Y' }, twelve, twelve])).toMatchObject({
      rejection: {
        kind: 'RuleRefused',
        code: 'rules_overlap',
        params: { rule: 2, field: 'recordClass', recordClass: 'informal_case' },
      },
    });
    await nothingRecorded('records.rules-gentia_all');
  });

  it('that contradicts itself is refused by the second of the two rules, and proposes none', async () => {
    expect(await proposed(gentia, [twelve, { ...twelve, period: 'P13Y' }])).toMatchObject({
      rejection: {
        code: 'rules_contradict',
        params: { rule: 1, field: 'recordClass', recordClass: 'informal_case' },
      },
    });
    await nothingRecorded('records.rules-gentia_all');
  });

  it('that shortens below the law is refused with the bound and its source, and proposes none', async () => {
    expect(await proposed(gentia, [{ ...twelve, period: 'P4Y' }])).toMatchObject({
      rejection: {
        code: 'shorter_than_law',
        source: expect.stringContaining('5 to 20 years') as string,
        params: { rule: 0, field: 'period', recordClass: 'informal_case', bound: 'P5Y' },
      },
    });
    await nothingRecorded('records.rules-gentia_all');
  });
});

describe('a legal hold', () => {
  it('on an erased subject is refused as erased; on a person the answer is the same as ever', async () => {
    await twoCases();
    at(DUE);
    const keptId = keptOf(gentia, 'first');
    const context = system(gentia, 'erase');
    const { core } = on.retention;
    expect(await beginDestruction(core, keptId, idOf('erasure'), 'due', context)).toMatchObject({ ok: true });
    expect(await endDestruction(core, keptId, idOf('erasure'), 'destroyed', context)).toMatchObject({ ok: true });
    await settled();
    const review = { reviewOn: '2037-01-01', reason: 'An inspection.' };
    const placed = (organisation: OrganisationId, kept: string[]) =>
      tell(organisation, 'karel', contracts.placeLegalHold, { scope: 'records', kept, ...review });
    // Together with one that is there: neither is held.
    expect(await placed(gentia, [keptOf(gentia, 'open'), keptId])).toEqual({
      ok: false,
      rejection: { kind: 'Erased' },
    });
    await settled();
    expect(await answered(gentia, 'karel', contracts.keptRecordQuery, { record: idOf('open') })).toMatchObject({
      held: false,
    });
    expect(await answered(gentia, 'karel', contracts.legalHoldsQuery, { first: 10 })).toMatchObject({ rows: [] });
    expect(await placed(zorgnet, [keptOf(zorgnet, 'first')])).toMatchObject({ ok: true });
    on.concern(gentia, 'first', 'pieter');
    expect(
      await tell(gentia, 'karel', contracts.placeLegalHold, { scope: 'person', person: 'pieter', ...review }),
    ).toMatchObject({ ok: true });
  });
});

describe('an erasure', () => {
  it('of a held record is refused on every ground, and nothing of it is begun', async () => {
    const { closedCases, erasure, wordsOf } = erasingOn(on);
    const { look } = erasure();
    await closedCases(['held'], CLOSED);
    at(DUE);
    for (const organisation of BOTH) {
      await told(organisation, 'karel', contracts.placeLegalHold, {
        scope: 'records',
        kept: [keptOf(organisation, 'held')],
        reviewOn: '2037-01-01',
        reason: 'An inspection.',
      });
      const subject = `case/${idOf('held')}`;
      for (const ground of contracts.erasureGrounds)
        expect(await tell(organisation, 'karel', contracts.requestErasureCommand, { subject, ground })).toMatchObject({
          rejection: { kind: 'RuleRefused', code: 'record_on_hold' },
        });
      await nothingRecorded(`records.erasure-${organisation}_${erasureIdOf(organisation, subject)}`);
      await nothingRecorded(`case.erasurepart-${organisation}_${erasureIdOf(organisation, subject)}`);
    }
    await look();
    for (const organisation of BOTH) expect(await wordsOf(organisation, 'held')).toBe('opened');
  });
});

describe('a clock that jumps back', () => {
  it('proves no day twice and says so once a day; the next day after the last proof goes on', async () => {
    await twoCases();
    const errors: string[] = [];
    const runtime = on.world.runtimeOf('records', ['actors', 'fingerprints', 'retention_rule', 'legal_hold']);
    const logger = { ...runtime.logger, error: (message: string) => errors.push(message) };
    const run = createRetentionTimers(
      createRetentionCore({ ...runtime, logger }, on.views),
      on.views.query(accessIndex.name),
      { keep: () => Promise.resolve() },
    );
    const proofs = async () => {
      await run();
      await settled();
      const checks = await answered(gentia, 'karel', contracts.retentionChecksQuery, { year: '2026' });
      return checks.map(({ checkedOn }) => checkedOn);
    };
    at('2026-05-10');
    expect(await proofs()).toEqual(['2026-05-10']);
    at('2026-05-08');
    expect(await proofs()).toEqual(['2026-05-10']);
    expect(await proofs()).toEqual(['2026-05-10']);
    // Of each of the two organisations, once.
    expect(errors).toEqual(BOTH.map(() => 'retention waits: the clock went back'));
    at('2026-05-11');
    expect(await proofs()).toEqual(['2026-05-11', '2026-05-10']);
    expect(errors).toHaveLength(2);
  });

  it('destroys nothing that is not due by it: what was approved waits, and goes on when its day comes again', async () => {
    const { closedCases, erasure, wordsOf } = erasingOn(on);
    // Approved and listed while the clock was ahead; carried out by the clock that was set right.
    await erasure().stop();
    await closedCases(['one', 'listed'], CLOSED);
    at(DUE);
    const subject = `case/${idOf('one')}`;
    const erasureId = await told(gentia, 'karel', contracts.requestErasureCommand, {
      subject,
      ground: 'retention_rule',
    });
    const batchId = await told(gentia, 'karel', contracts.requestDueErasuresCommand, {});
    const { listHash } = await answered(gentia, 'dora', contracts.erasureBatchQuery, { batchId });
    at('2026-06-01');
    await told(gentia, 'dora', contracts.approveErasuresCommand, { erasureIds: [erasureId] });
    await told(gentia, 'dora', contracts.confirmErasureBatchCommand, { batchId, listHash });
    const { look } = erasure();
    for (let times = 0; times < 3; times += 1) {
      await look();
      await settled();
    }
    for (const name of ['one', 'listed']) expect(await wordsOf(gentia, name)).toBe('opened');
    const register = await answered(gentia, 'karel', contracts.erasuresQuery, { page: {} });
    expect(register.rows).toMatchObject([{ erasureId, status: 'approved', heldBack: 'not_due' }]);
    const { rows } = await answered(gentia, 'karel', contracts.erasureBatchRecordsQuery, { batchId, page: {} });
    expect(rows).toMatchObject([{ keptId: keptOf(gentia, 'listed'), leftOut: 'not_due' }]);
    at(DUE);
    for (let times = 0; times < 2; times += 1) {
      await look();
      await settled();
    }
    expect(await wordsOf(gentia, 'one')).toBe('erased');
    expect(await wordsOf(zorgnet, 'one')).toBe('opened');
  });

  it('stops an erasure before its key while no checkpoint can be signed, and it goes on after', async () => {
    const { closedCases, carryOut, erasure, wordsOf } = erasingOn(on);
    await erasure().stop();
    await closedCases(['one'], CLOSED);
    at(DUE);
    const erasureId = await told(gentia, 'karel', contracts.requestErasureCommand, {
      subject: `case/${idOf('one')}`,
      ground: 'retention_rule',
    });
    await told(gentia, 'dora', contracts.approveErasuresCommand, { erasureIds: [erasureId] });
    let wentBack = true;
    const evidence = {
      checkpoint: () =>
        Promise.resolve(
          wentBack
            ? ({ ok: false, error: { kind: 'Unavailable', detail: 'evidence: clock_went_back' } } as const)
            : ok('a signed note'),
        ),
      leafIndex: () => Promise.resolve(ok(1)),
    };
    expect(await carryOut(gentia, erasureId, evidence)).toEqual({ kind: 'waiting', because: 'Unavailable' });
    await settled();
    expect(await wordsOf(gentia, 'one')).toBe('opened');
    wentBack = false;
    expect(await carryOut(gentia, erasureId, evidence)).toEqual({ kind: 'completed' });
    expect(await wordsOf(gentia, 'one')).toBe('erased');
  });
});
