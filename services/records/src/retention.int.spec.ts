import * as contracts from '@toeverlaat/contracts';
import { accessCategory, policyVersion } from '@toeverlaat/access';
import { encodeMetadata, metadataOf } from '@toeverlaat/event-log';
import { canonicalJson, localDateOf, sha256Hex, uuidV5, type OrganisationId } from '@toeverlaat/values';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { versionsOf } from './application/core.js';
import {
  beginDestruction,
  dueSubjects,
  endDestruction,
  keptIdOfSubject,
  mayBeDestroyed,
} from './application/destruction.js';
import { BOTH, gentia, idOf, keptOf, retentionWorld, zorgnet } from './retention.fixture.js';

const on = retentionWorld();
const { cases, settled, at, tell, ask, told, answered, system, twoCases } = on;

describe('what is kept', () => {
  it('has a day and a reason: closing gives it, reopening takes it, and its owner is told', async () => {
    await twoCases();
    const first = await answered(gentia, 'karel', contracts.keptRecordQuery, { record: idOf('first') });
    expect(first).toMatchObject({ state: 'running', keptUntil: '2036-03-14', held: false, ruleVersion: 0 });
    expect(first.explanation).toContain('2036');
    expect(await answered(gentia, 'karel', contracts.keptRecordQuery, { record: idOf('open') })).toMatchObject({
      state: 'open',
      keptUntil: null,
    });
    at('2026-04-01');
    await cases(gentia, 'first', { type: 'CaseReopened', data: {} });
    await settled();
    expect(await answered(gentia, 'karel', contracts.keptRecordQuery, { record: idOf('first') })).toMatchObject({
      state: 'open',
    });
    expect(await answered(zorgnet, 'karel', contracts.keptRecordQuery, { record: idOf('first') })).toMatchObject({
      keptUntil: '2036-03-14',
    });
    const moved = (await on.world.log.readStream(`records.kept-gentia_${keptOf(gentia, 'first')}`)).filter(
      ({ type }) => type === 'records.KeptUntilMoved.v2',
    );
    expect(moved.map(({ data }) => JSON.parse(Buffer.from(data).toString('utf8')) as unknown)).toMatchObject([
      { service: 'case', record: idOf('first'), because: 'closed', keptUntil: '2036-03-14' },
      { service: 'case', record: idOf('first'), because: 'reopened' },
    ]);
  });

  it('is not found by who has no business with it, nor what is not there', async () => {
    await twoCases();
    for (const person of ['boss', 'lies', 'cem'])
      expect(await ask(gentia, person, contracts.keptRecordQuery, { record: idOf('first') })).toEqual({
        ok: false,
        rejection: { kind: 'NotFound' },
      });
    expect(await ask(gentia, 'karel', contracts.keptRecordQuery, { record: idOf('nowhere') })).toEqual({
      ok: false,
      rejection: { kind: 'NotFound' },
    });
  });

  it('is rebuilt from the log of records alone, to the same rows', async () => {
    await twoCases();
    await told(gentia, 'karel', contracts.placeLegalHold, {
      scope: 'records',
      kept: [keptOf(gentia, 'first')],
      reviewOn: '2027-03-14',
      reason: 'Inspection',
    });
    await on.retention.runTimers();
    await settled();
    const before = await on.views.hashes();
    await on.views.rebuild('retention');
    expect(await on.views.hashes()).toEqual(before);
  });
});

const twelveYears = { recordClass: 'informal_case', period: 'P12Y' } as const;

describe('a change of rules', () => {
  it('is proposed, simulated and activated by another; the report is what its hash says, and the committee reads of it', async () => {
    await twoCases();
    at('2026-05-01');
    const proposalId = await told(gentia, 'karel', contracts.proposeRetentionRules, {
      rules: [twelveYears],
      scope: 'all',
      motive: 'Aligned with the adviser',
    });
    expect(await tell(gentia, 'lies', contracts.activateRetentionRules, { proposalId })).toMatchObject({
      rejection: { code: 'not_simulated' },
    });
    await told(gentia, 'karel', contracts.simulateRetentionChange, { proposalId, on: '2036-04-01' });
    const report = await answered(gentia, 'karel', contracts.retentionReportQuery, { proposalId });
    expect(report).toMatchObject({
      kept: 2,
      dueBefore: 1,
      dueAfter: 0,
      lines: [{ recordClass: 'informal_case', open: 1, later: 1, firstBefore: '2036-03-14', firstAfter: '2038-03-14' }],
    });
    expect(sha256Hex(report.document)).toBe(report.hash);
    expect(canonicalJson(JSON.parse(report.document))).toBe(report.document);
    expect(await tell(gentia, 'karel', contracts.activateRetentionRules, { proposalId })).toMatchObject({
      rejection: { code: 'second_person_needed' },
    });
    await told(gentia, 'lies', contracts.activateRetentionRules, { proposalId });
    expect(await answered(gentia, 'karel', contracts.keptRecordQuery, { record: idOf('first') })).toMatchObject({
      keptUntil: '2038-03-14',
      ruleVersion: 1,
    });
    expect(await answered(zorgnet, 'karel', contracts.keptRecordQuery, { record: idOf('first') })).toMatchObject({
      keptUntil: '2036-03-14',
      ruleVersion: 0,
    });
    const [change] = await answered(gentia, 'cem', contracts.retentionChangesQuery, {});
    expect(change).toMatchObject({
      status: 'activated',
      proposedAs: 'records_manager',
      activatedAs: 'counsellor',
      reportHash: report.hash,
      motive: 'Aligned with the adviser',
    });
    expect(await answered(zorgnet, 'cem', contracts.retentionChangesQuery, {})).toEqual([]);
    const rules = await answered(gentia, 'lies', contracts.retentionRulesQuery, {});
    expect(rules.rules.find(({ recordClass }) => recordClass === 'informal_case')).toMatchObject({
      period: 'P12Y',
      version: 1,
      shortest: 'P5Y',
      longest: 'P20Y',
    });
  });

  it('names the field and the bound of a rule file that breaks the law', async () => {
    expect(
      await tell(gentia, 'karel', contracts.proposeRetentionRules, {
        rules: [{ ...twelveYears, period: 'P4Y' }],
        scope: 'new',
        motive: 'Shorter',
      }),
    ).toMatchObject({
      rejection: { code: 'shorter_than_law', params: { rule: 0, field: 'period', bound: 'P5Y' } },
    });
    expect(
      await tell(gentia, 'boss', contracts.proposeRetentionRules, { rules: [twelveYears], scope: 'new', motive: 'x' }),
    ).toMatchObject({ rejection: { kind: 'NotFound' } });
  });
});

describe('destruction', () => {
  const may = (organisation: OrganisationId, name: string, n = '1') =>
    mayBeDestroyed(
      on.retention.core,
      keptOf(organisation, name),
      localDateOf(on.world.clock.now()),
      system(organisation, `may ${name} ${n}`),
    );
  const due = async (organisation: OrganisationId, limit: number, cursor?: string) => {
    const versions = await versionsOf(on.retention.core, organisation);
    if (!versions.ok) throw new Error('no rules');
    const page = dueSubjects(
      on.retention.core,
      organisation,
      versions.value,
      localDateOf(on.world.clock.now()),
      limit,
      cursor,
    );
    if (!page.ok) throw new Error('no page');
    return page.value;
  };

  it('is of what is due, says under which rule, and lists it in pages that do not change', async () => {
    await twoCases();
    for (let n = 0; n < 25; n += 1)
      for (const organisation of BOTH) {
        await cases(organisation, `case-${n}`, { type: 'CaseOpened', data: { hearingDueOn: '2026-03-24' } });
        await cases(organisation, `case-${n}`, { type: 'CaseClosed', data: { closedOn: '2026-03-14' } });
      }
    await settled();
    expect(await may(gentia, 'first')).toMatchObject({ value: { kind: 'not_due', keptUntil: '2036-03-14' } });
    expect(await may(gentia, 'open')).toMatchObject({ value: { kind: 'open' } });
    expect(await may(gentia, 'nowhere')).toMatchObject({ value: { kind: 'unknown' } });
    at('2036-03-15');
    expect(await may(gentia, 'first', '2')).toMatchObject({
      value: {
        kind: 'may',
        subject: `case/${idOf('first')}`,
        ruleVersion: 0,
        lawVersion: '2026.1',
        terms: { period: 'P10Y' },
        keptUntil: '2036-03-14',
      },
    });
    expect(keptIdOfSubject(on.retention.core, gentia, `case/${idOf('first')}`)).toBe(keptOf(gentia, 'first'));
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await due(gentia, 10, cursor);
      pages.push(page.rows.map(({ keptId }) => keptId));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(pages.map(({ length }) => length).filter((length) => length > 0)).toEqual([10, 10, 6]);
    expect(new Set(pages.flat()).size).toBe(26);
    expect((await due(gentia, 200)).rows.map(({ keptId }) => keptId)).toEqual(pages.flat());
  });

  it('is stopped by a hold on a person, found only when it comes to it, and marked then', async () => {
    await twoCases();
    for (const person of ['bert', 'nobody-of-this-name'])
      expect(
        await tell(gentia, 'karel', contracts.placeLegalHold, {
          scope: 'person',
          person: person as never,
          reviewOn: '2027-03-14',
          reason: 'Labour court',
        }),
      ).toMatchObject({ ok: true, revision: 0 });
    await settled();
    on.concern(gentia, 'first', 'bert');
    expect(await answered(gentia, 'karel', contracts.keptRecordQuery, { record: idOf('first') })).toMatchObject({
      held: false,
    });
    at('2036-03-15');
    expect(await may(gentia, 'first')).toMatchObject({ value: { kind: 'held' } });
    expect(await may(zorgnet, 'first')).toMatchObject({ value: { kind: 'may' } });
    const begin = (organisation: OrganisationId) =>
      beginDestruction(
        on.retention.core,
        keptOf(organisation, 'first'),
        idOf('erasure'),
        'due',
        system(organisation, 'begin'),
      );
    expect(await begin(gentia)).toMatchObject({ ok: true, value: { kind: 'held' } });
    await settled();
    expect(await answered(gentia, 'karel', contracts.keptRecordQuery, { record: idOf('first') })).toMatchObject({
      state: 'held',
    });
    expect(await begin(zorgnet)).toEqual({ ok: true, value: { kind: 'begun' } });
    expect(await begin(zorgnet)).toEqual({ ok: true, value: { kind: 'begun' } });
    const end = () =>
      endDestruction(on.retention.core, keptOf(zorgnet, 'first'), idOf('erasure'), 'destroyed', system(zorgnet, 'end'));
    expect(await end()).toMatchObject({ ok: true });
    expect(await end()).toMatchObject({ ok: true });
    await settled();
    expect(await may(zorgnet, 'first', '3')).toMatchObject({
      value: { kind: 'destroyed', erasureId: idOf('erasure') },
    });
    expect(
      await tell(zorgnet, 'karel', contracts.placeLegalHold, {
        scope: 'records',
        kept: [keptOf(zorgnet, 'first')],
        reviewOn: '2037-01-01',
        reason: 'Too late',
      }),
    ).toMatchObject({ rejection: { kind: 'Erased' } });
  });

  it('is not, while its owner cannot be asked', async () => {
    await twoCases();
    await told(gentia, 'karel', contracts.placeLegalHold, {
      scope: 'site',
      site: 'ghent',
      reviewOn: '2027-03-14',
      reason: 'Inspection',
    });
    on.ownerIsAway();
    at('2036-03-15');
    expect(await may(gentia, 'first')).toMatchObject({ ok: false, error: { kind: 'Unavailable' } });
  });
});

describe('a legal hold', () => {
  it('on records shows on them at once, and goes when it is lifted; why is for who may know', async () => {
    await twoCases();
    const holdId = await told(gentia, 'karel', contracts.placeLegalHold, {
      scope: 'records',
      kept: [keptOf(gentia, 'first')],
      reviewOn: '2027-03-14',
      reason: 'Labour court, case of Bert',
    });
    expect(await answered(gentia, 'karel', contracts.keptRecordQuery, { record: idOf('first') })).toMatchObject({
      state: 'held',
      holds: [holdId],
    });
    for (const [person, reason] of [
      ['karel', 'Labour court, case of Bert'],
      ['dora', 'Labour court, case of Bert'],
      ['aude', null],
    ] as const)
      expect(await answered(gentia, person, contracts.legalHoldsQuery, { first: 10 })).toMatchObject({
        rows: [{ holdId, status: 'placed', reason }],
      });
    expect(await answered(zorgnet, 'dora', contracts.legalHoldsQuery, { first: 10 })).toEqual({ rows: [], next: null });
    expect(await tell(gentia, 'dora', contracts.liftLegalHold, { holdId, motive: 'x' })).toMatchObject({ ok: false });
    await told(gentia, 'karel', contracts.liftLegalHold, { holdId, motive: 'Judged' });
    expect(await answered(gentia, 'karel', contracts.keptRecordQuery, { record: idOf('first') })).toMatchObject({
      state: 'running',
      holds: [],
    });
  });

  it('of a period marks what began in it, and its review is called for on its day', async () => {
    await twoCases();
    await told(gentia, 'karel', contracts.placeLegalHold, {
      scope: 'period',
      begunFrom: '2026-03-01',
      begunTo: '2026-03-31',
      reviewOn: '2026-09-01',
      reason: 'Inspection',
    });
    for (const name of ['first', 'open'])
      expect(await answered(gentia, 'karel', contracts.keptRecordQuery, { record: idOf(name) })).toMatchObject({
        held: true,
      });
    at('2026-09-01');
    await on.retention.runTimers();
    await on.retention.runTimers();
    await settled();
    expect(await answered(gentia, 'karel', contracts.legalHoldsQuery, { first: 10 })).toMatchObject({
      rows: [{ reviewDue: true }],
    });
  });
});

describe('the daily proof', () => {
  it('counts, marks what fell due, and raises an alarm for what nobody dealt with; once a day', async () => {
    await twoCases();
    const proofs = async (year: string) => answered(gentia, 'karel', contracts.retentionChecksQuery, { year });
    await on.retention.runTimers();
    await on.retention.runTimers();
    await settled();
    const [proof, ...more] = await proofs('2026');
    expect(more).toEqual([]);
    expect(proof).toMatchObject({ checkedOn: '2026-03-14', open: 1, due: 0, overdue: 0, dueDigest: sha256Hex('') });
    at('2036-03-15');
    await on.retention.runTimers();
    await settled();
    expect(await proofs('2036')).toMatchObject([{ due: 1, overdue: 0 }]);
    expect(on.retention.overdue()).toBe(0);
    expect(await answered(gentia, 'karel', contracts.keptRecordQuery, { record: idOf('first') })).toMatchObject({
      state: 'due',
    });
    at('2036-04-14');
    await on.retention.runTimers();
    await settled();
    expect(await proofs('2036')).toMatchObject([{ checkedOn: '2036-04-14', due: 1, overdue: 1 }, {}]);
    // Of both organisations: the newest proof of each, not the sum over days.
    expect(on.retention.overdue()).toBe(BOTH.length);
    expect(await answered(gentia, 'karel', contracts.keptRecordQuery, { record: idOf('first') })).toMatchObject({
      state: 'overdue',
    });
    // A clock that jumps back proves nothing again.
    at('2036-04-01');
    await on.retention.runTimers();
    await settled();
    expect(await proofs('2036')).toHaveLength(2);
  });
});

describe('a past year', () => {
  it('is played through another deadline, another period, another access policy', async () => {
    await twoCases();
    at('2036-12-31');
    const replayed = async (data: z.input<typeof contracts.replayYear.data>) => {
      const replayId = await told(gentia, 'karel', contracts.replayYear, data);
      return answered(gentia, 'karel', contracts.yearReplayQuery, { replayId });
    };
    // Heard on 14 March, due on the 12th: missed; with 14 days it would have been in time. The other was never heard.
    expect(await replayed({ year: '2026', hearingDays: 14 })).toMatchObject({
      kind: 'deadline',
      examined: 2,
      differing: 1,
      differences: [{ record: idOf('first'), was: 'missed', would: 'in_time', wouldOn: '2026-03-16' }],
    });
    at('2037-01-01');
    expect(await replayed({ year: '2036', rules: [twelveYears] })).toMatchObject({
      kind: 'retention',
      differing: 1,
      differences: [{ record: idOf('first'), was: 'destroyed', wasOn: '2036-03-14', would: 'kept' }],
    });
    expect(await tell(gentia, 'karel', contracts.replayYear, { year: '2037', hearingDays: 7 })).toMatchObject({
      rejection: { code: 'year_of_replay_not_over' },
    });
    expect(await tell(gentia, 'karel', contracts.replayYear, { year: '2036' })).toMatchObject({
      rejection: { field: 'rules', rule: 'exactly_one_change' },
    });
    at('2036-06-01');
    await answered(gentia, 'dora', contracts.keptRecordQuery, { record: idOf('first') });
    at('2037-01-01');
    expect(await replayed({ year: '2036', withoutAccessRules: ['REC-OVERSEE'] })).toMatchObject({
      kind: 'access',
      differences: [{ record: idOf('first'), was: 'given', would: 'refused', times: 1 }],
    });
    // A policy of before records were kept, as if it had held; and one that nobody kept.
    expect(await replayed({ year: '2036', accessPolicy: '2026.8f3c42613b' })).toMatchObject({
      kind: 'access_policy',
      differences: [{ record: idOf('first'), was: 'given', would: 'refused', times: 1 }],
    });
    expect(await replayed({ year: '2036', accessPolicy: policyVersion })).toMatchObject({ examined: 1, differing: 0 });
    expect(
      await tell(gentia, 'karel', contracts.replayYear, { year: '2036', accessPolicy: '2026.0000000000' }),
    ).toMatchObject({ rejection: { code: 'policy_not_kept' } });
  });

  it('is played through the policy under which each reading was given, as it was then', async () => {
    await twoCases();
    at('2026-05-01');
    await answered(gentia, 'dora', contracts.keptRecordQuery, { record: idOf('first') });
    const { events } = await on.world.log.readAll({ limit: 1_000, categories: [accessCategory('records')] });
    const reading = events.find(({ type, organisation }) => type.includes('AccessRecorded') && organisation === gentia);
    if (reading === undefined) throw new Error('not recorded');
    /** The same reading, as it was recorded while another policy held. */
    const append = async (version: string, day: string): Promise<void> => {
      const eventId = uuidV5('then', reading.eventId, version) as typeof reading.eventId;
      const { stream, type, data } = reading;
      const done = await on.world.log.append({
        organisation: gentia,
        stream: `${stream.slice(0, stream.indexOf('_'))}_${day}_then`,
        expected: 'none',
        events: [
          {
            eventId,
            type,
            data,
            metadata: encodeMetadata({
              ...metadataOf(reading),
              eventId,
              recordedAt: `${day}T10:00:00.000Z`,
              policyVersion: version,
            }),
          },
        ],
      });
      if (!done.ok) throw new Error(done.error.kind);
    };
    const replayed = (withoutAccessRules: string[]) =>
      tell(gentia, 'karel', contracts.replayYear, { year: '2025', withoutAccessRules });
    // One of the year before, under the policy that first had rules about what is kept.
    await append('2026.4990c104cc', '2025-05-01');
    const now = await replayed(['CASE-HANDLE']);
    if (!now.ok) throw new Error(now.rejection.kind);
    expect(await answered(gentia, 'karel', contracts.yearReplayQuery, { replayId: now.id })).toMatchObject({
      examined: 1,
      differing: 0,
    });
    const without = await replayed(['REC-OVERSEE']);
    if (!without.ok) throw new Error(without.rejection.kind);
    expect(await answered(gentia, 'karel', contracts.yearReplayQuery, { replayId: without.id })).toMatchObject({
      examined: 1,
      differences: [{ record: idOf('first'), was: 'given', would: 'refused', times: 1 }],
    });
    // What was read under a policy that is not kept cannot be played: nothing is said instead of something wrong.
    await append('2026.0000000000', '2025-05-02');
    expect(await replayed(['REC-OVERSEE'])).toMatchObject({
      rejection: { code: 'policy_not_kept', params: { version: '2026.0000000000' } },
    });
  });
});
