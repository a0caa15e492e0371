import {
  factCodes,
  factKindSchema,
  countedFunctionSchema,
  releasedTableSchema,
  reportingRuleCodes as contractCodes,
} from '@toeverlaat/contracts';
import type { CommandMeta, Decision } from '@toeverlaat/event-log';
import { lawVersion } from '@toeverlaat/legal';
import { uuidV5, type CommandId, type OrganisationId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bookedMonth, type Fact, type Frozen } from './booking.js';
import { factDecider, factEvents, type RecordFact } from './fact/index.js';
import { currentForm, reportForms } from './report-form.js';
import { linesOf, reportDecider, reportEvents, type FreezeAnnualReport } from './report/index.js';
import { releasesDecider, releaseEvents, type Release, type ReleaseFigures } from './release/index.js';
import { reportingRuleCodes } from './rules.js';
import { isCounted, layoutVersion, tables } from './tables.js';
import { codesOf, countedFunctions, factKinds, lastDayOf, monthsFrom, nextMonth } from './vocabulary.js';

const uuid = (name: string) => uuidV5('fixture', name);
const metaOn = (today: string): CommandMeta => ({
  commandId: uuid(today) as CommandId,
  organisation: 'gentia' as OrganisationId,
  at: `${today}T10:00:00.000Z`,
  today,
  actor: { pseudonym: 'p-head', capacity: 'head_internal_service' },
  lawVersion,
});
const refusal = (decision: Decision<unknown>): string =>
  decision.kind === 'accepted'
    ? 'accepted'
    : decision.rejection.kind === 'RuleRefused'
      ? decision.rejection.code
      : decision.rejection.kind === 'InvalidInput'
        ? `${decision.rejection.field}: ${decision.rejection.rule}`
        : decision.rejection.kind;

let made = 0;
const facts = (number: number, month: string, over: Partial<Fact> = {}): Fact[] =>
  Array.from({ length: number }, () => {
    made += 1;
    return {
      factId: uuid(`fact ${made}`),
      month,
      by: 'counsellor',
      what: 'case_opened',
      code: 'conflict',
      recordedOn: `${month}-28`,
      ...over,
    };
  });

describe('a fact', () => {
  const record = (over: Partial<RecordFact['data']> = {}): RecordFact => ({
    type: 'RecordFact',
    data: { month: '2026-02', site: 'ghent', by: 'counsellor', what: 'outcome', code: 'resolved', ...over },
    meta: metaOn('2026-03-01'),
  });
  it('is recorded once and never changes', () => {
    const decision = factDecider.decide(record(), factDecider.initial);
    if (decision.kind === 'rejected') throw new Error('rejected');
    const [event] = decision.events;
    if (event === undefined) throw new Error('no event');
    const state = factDecider.evolve(factDecider.initial, event);
    expect(factDecider.decide(record(), state)).toEqual({ kind: 'accepted', events: [] });
    expect(refusal(factDecider.decide(record({ code: 'improved' }), state))).toBe('fact_differs');
  });
  it('has a code of its kind and is not of the future', () => {
    expect(refusal(factDecider.decide(record({ code: 'conflict' }), factDecider.initial))).toBe(
      'code: not_of_this_kind',
    );
    expect(refusal(factDecider.decide(record({ month: '2026-04' }), factDecider.initial))).toBe('month: in_future');
  });
  it('carries no case, no person, no day: exactly these fields, all clear', () => {
    expect(Object.keys(factEvents[0].fields)).toEqual(['month', 'site', 'by', 'what', 'code']);
    for (const event of [...factEvents, ...releaseEvents, ...reportEvents])
      for (const field of Object.values(event.fields)) expect(field.class).toBe('clear');
  });
});

describe('a month', () => {
  it('follows another, ends on its last day', () => {
    expect(monthsFrom('2025-11', '2026-02')).toEqual(['2025-11', '2025-12', '2026-01', '2026-02']);
    expect(monthsFrom('2026-02', '2026-01')).toEqual([]);
    expect([nextMonth('2026-12'), lastDayOf('2028-02'), lastDayOf('2026-12')]).toEqual([
      '2027-01',
      '2028-02-29',
      '2026-12-31',
    ]);
  });
});

describe('a fact that comes late', () => {
  const q1: Frozen = { from: '2026-01', to: '2026-03', cutoff: '2026-04-10' };
  const q2: Frozen = { from: '2026-04', to: '2026-06', cutoff: '2026-07-10' };
  const half: Frozen = { from: '2026-01', to: '2026-06', cutoff: '2026-07-12' };
  it.each([
    ['2026-02', '2026-03-01', [q1, q2], '2026-02'],
    ['2026-02', '2026-04-09', [q1, q2], '2026-02'],
    ['2026-02', '2026-04-10', [q1, q2], '2026-04'],
    ['2026-02', '2026-07-10', [q1, q2], '2026-07'],
    ['2026-05', '2026-07-11', [q1, half], '2026-05'],
    ['2026-02', '2026-07-12', [half, q1], '2026-07'],
    ['2026-02', '2026-05-01', [half, q1], '2026-04'],
    ['2026-08', '2026-09-01', [q1, q2], '2026-08'],
  ])('of %s, recorded on %s, is booked in the first open month', (month, recordedOn, frozen, booked) => {
    expect(bookedMonth({ month, recordedOn }, frozen)).toBe(booked);
  });
  it('stays where it is booked whatever is released later', () => {
    const day = fc
      .integer({ min: 0, max: 500 })
      .map((n) => new Date(Date.UTC(2026, 0, 1 + n)).toISOString().slice(0, 10));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(day, { maxLength: 5 }),
        day,
        (month, cutoffs, recordedOn) => {
          const sorted = cutoffs.toSorted();
          const frozen = sorted.map((cutoff, index): Frozen => ({
            from: `2026-0${1 + (index % 3) * 3}`,
            to: `2026-0${3 + (index % 3) * 3}`,
            cutoff,
          }));
          const fact = { month: `2026-${String(month).padStart(2, '0')}`, recordedOn };
          const known = frozen.filter(({ cutoff }) => cutoff <= recordedOn);
          expect(bookedMonth(fact, frozen)).toBe(bookedMonth(fact, known));
        },
      ),
    );
  });
});

/** Releases of one organisation, one after another. */
const office = () => {
  let state = releasesDecider.initial;
  const decide = (
    today: string,
    data: Partial<ReleaseFigures['data']> & { from: string; to: string; facts: readonly Fact[] },
  ) =>
    releasesDecider.decide(
      {
        type: 'ReleaseFigures',
        meta: metaOn(today),
        data: {
          releaseId: uuid(`${data.from} ${data.to} ${today}`),
          hideMore: false,
          threshold: 5,
          smallestMonths: 3,
          viewVersion: 1,
          ...data,
        },
      },
      state,
    );
  return {
    decide,
    release: (...args: Parameters<typeof decide>): Release => {
      const decision = decide(...args);
      if (decision.kind === 'rejected') throw new Error(JSON.stringify(decision.rejection));
      const [event] = decision.events;
      if (event === undefined) throw new Error('no event');
      state = releasesDecider.evolve(state, event);
      return event.data;
    },
  };
};
const table = (release: Release, id: string) => {
  const found = release.tables.find((one) => one.table === id);
  const cells = Object.fromEntries(
    (found?.cells ?? []).filter(({ value }) => value !== 0).map(({ cell, value }) => [cell, value]),
  );
  return { ...cells, total: found?.total };
};

describe('released figures', () => {
  it('are frozen with their lineage, small cells and what would give them away hidden', () => {
    const all = [
      ...facts(12, '2026-01'),
      ...facts(9, '2026-02', { code: 'workload' }),
      ...facts(2, '2026-03', { code: 'bullying' }),
      ...facts(7, '2026-03', { what: 'advice', code: 'advice' }),
      ...facts(30, '2026-04'),
    ];
    const released = office().release('2026-04-02', { from: '2026-01', to: '2026-03', facts: all });
    expect(table(released, 'kinds')).toEqual({ conflict: 12, workload: null, bullying: null, total: 23 });
    expect(table(released, 'informal')).toEqual({ 'counsellor.advice': 7, total: 7 });
    expect(released).toMatchObject({
      cutoff: '2026-04-02',
      threshold: 5,
      facts: 30,
      layoutVersion,
      lawVersion,
      viewVersion: 1,
    });
  });

  it.each([
    ['period_not_closed', '2026-03-31', { from: '2026-01', to: '2026-03' }],
    ['period_too_short', '2026-04-01', { from: '2026-02', to: '2026-03' }],
    ['to: before_from', '2026-04-01', { from: '2026-03', to: '2026-01' }],
    ['to: too_big', '2028-04-01', { from: '2026-01', to: '2028-03' }],
  ])('are refused: %s', (rule, today, period) => {
    expect(refusal(office().decide(today, { ...period, facts: [] }))).toBe(rule);
  });

  it('of a year are refused when a difference with its quarters would show a small cell, or hide more', () => {
    const desk = office();
    const all = [
      ...facts(10, '2026-01'),
      ...facts(11, '2026-04'),
      ...facts(12, '2026-07'),
      ...facts(3, '2026-10'),
      ...facts(20, '2026-10', { code: 'workload' }),
    ];
    desk.release('2026-04-01', { from: '2026-01', to: '2026-03', facts: all });
    desk.release('2026-07-01', { from: '2026-04', to: '2026-06', facts: all });
    desk.release('2026-10-01', { from: '2026-07', to: '2026-09', facts: all });
    const year = { from: '2026-01', to: '2026-12', facts: all };
    expect(desk.decide('2027-01-01', year)).toEqual({
      kind: 'rejected',
      rejection: { kind: 'RuleRefused', code: 'difference_reveals_small_cell', params: { table: 'kinds' } },
    });
    const released = desk.release('2027-01-01', { ...year, hideMore: true });
    expect(table(released, 'kinds')).toMatchObject({ conflict: null });
    expect(refusal(desk.decide('2027-01-02', year))).toBe('period_already_released');
  });

  it('do not tell late facts by difference: a half-year after its quarters adds up', () => {
    const desk = office();
    const before = [...facts(10, '2026-02'), ...facts(20, '2026-05')];
    const q1 = desk.release('2026-04-01', { from: '2026-01', to: '2026-03', facts: before });
    // Two cases of February, entered in May: few enough to be told by subtraction.
    const late = facts(2, '2026-02', { recordedOn: '2026-05-20' });
    const all = [...before, ...late];
    const q2 = desk.release('2026-07-01', { from: '2026-04', to: '2026-06', facts: all });
    const half = desk.release('2026-07-01', { from: '2026-01', to: '2026-06', facts: all });
    expect([table(q1, 'kinds').total, table(q2, 'kinds').total, table(half, 'kinds').total]).toEqual([10, 22, 32]);
    expect(half.facts).toBe(32);
  });

  it('wait with what was recorded on the day itself', () => {
    const all = [...facts(10, '2026-02'), ...facts(5, '2026-02', { recordedOn: '2026-04-01' })];
    const desk = office();
    expect(desk.release('2026-04-01', { from: '2026-01', to: '2026-03', facts: all }).facts).toBe(10);
    expect(desk.release('2026-07-01', { from: '2026-04', to: '2026-06', facts: all }).facts).toBe(5);
  });

  it('name no site and no person', () => {
    for (const { cells } of tables)
      for (const { counts } of cells)
        for (const count of counts) expect(['what', 'code', 'by']).toEqual(expect.arrayContaining(Object.keys(count)));
    expect(Object.keys(releaseEvents[0].fields)).not.toContain('site');
    const released = office().release('2026-04-01', { from: '2026-01', to: '2026-03', facts: facts(6, '2026-01') });
    expect(JSON.stringify(released)).not.toMatch(/ghent/);
  });

  it('count each fact in one cell of one table at the most', () => {
    for (const what of factKinds)
      for (const code of codesOf[what])
        for (const by of countedFunctions) {
          const hits = tables.flatMap(({ cells }) =>
            cells.filter(({ counts }) => isCounted(counts, { what, code, by })),
          );
          expect([what, code, by, hits.length]).toEqual([what, code, by, 1]);
        }
  });
});

describe('the annual report', () => {
  const freeze = (over: Partial<FreezeAnnualReport['data']> = {}, today = '2027-01-10'): FreezeAnnualReport => ({
    type: 'FreezeAnnualReport',
    meta: metaOn(today),
    data: { year: '2026', entered: [], viewVersion: 1, facts: [], ...over },
  });

  it('counts exactly, by function, advice without a case included', () => {
    const all = [
      ...facts(3, '2026-01', { what: 'advice', code: 'advice' }),
      ...facts(2, '2026-01', { what: 'informal_type', code: 'advice' }),
      ...facts(1, '2026-01', { what: 'informal_type', code: 'advice', by: 'prevention_adviser' }),
      ...facts(4, '2026-05', { what: 'informal_type', code: 'reconciliation' }),
      ...facts(1, '2026-05', { what: 'formal_request', code: 'bullying', by: 'prevention_adviser' }),
      ...facts(2, '2026-05', { what: 'register_fact', code: 'physical_violence' }),
      ...facts(9, '2026-05'),
    ];
    const lines = linesOf(currentForm, all, [{ line: 'collective_measures.general', value: 4 }]);
    expect(
      Object.fromEntries(lines.filter(({ value }) => value !== 0).map(({ line, value }) => [line, value])),
    ).toEqual({
      'collective_measures.general': 4,
      'collective_measures.after_specific_analysis': null,
      'informal.counsellor.advice': 5,
      'informal.prevention_adviser.advice': 1,
      'informal.counsellor.reconciliation': 4,
      'formal.bullying': 1,
      'register.physical_violence': 2,
    });
  });

  it('is frozen once the year is over; a correction is another edition, the same figures are none', () => {
    expect(refusal(reportDecider.decide(freeze({}, '2026-12-31'), reportDecider.initial))).toBe('year_not_over');
    const first = reportDecider.decide(
      freeze({ facts: facts(3, '2026-03', { what: 'advice', code: 'advice' }) }),
      reportDecider.initial,
    );
    if (first.kind === 'rejected' || first.events[0] === undefined) throw new Error('rejected');
    const state = reportDecider.evolve(reportDecider.initial, first.events[0]);
    expect(first.events[0].data).toMatchObject({ edition: 1, facts: 3, formVersion: '2026.1' });
    const same = freeze({ facts: facts(3, '2026-04', { what: 'advice', code: 'advice' }) });
    expect(reportDecider.decide(same, state)).toEqual({ kind: 'accepted', events: [] });
    const corrected = reportDecider.decide(
      freeze({ facts: facts(4, '2026-04', { what: 'advice', code: 'advice' }) }),
      state,
    );
    expect(corrected).toMatchObject({ kind: 'accepted', events: [{ data: { edition: 2 } }] });
  });

  it('takes by hand only what no fact is behind', () => {
    const entered = (line: string) => freeze({ entered: [{ line, value: 1 }] });
    expect(refusal(reportDecider.decide(entered('informal.counsellor.advice'), reportDecider.initial))).toBe(
      'entered.0.line: not_entered',
    );
    expect(refusal(reportDecider.decide(entered('collective_measures.general'), reportDecider.initial))).toBe(
      'accepted',
    );
  });

  it('says of each edition of the form where it comes from', () => {
    for (const form of reportForms) {
      expect(form.status).toBe('from-memory');
      expect(form.source.urls.length).toBeGreaterThan(0);
      expect(new Set(form.lines.map(({ id }) => id)).size).toBe(form.lines.length);
      for (const { label } of form.lines) for (const word of Object.values(label)) expect(word).not.toBe('');
    }
  });
});

it('names its codes and rules as its contract does', () => {
  expect([...reportingRuleCodes]).toEqual([...contractCodes]);
  expect(factCodes).toEqual(codesOf);
  expect(factKindSchema.options).toEqual([...factKinds]);
  expect(countedFunctionSchema.options).toEqual([...countedFunctions]);
  expect(releasedTableSchema.shape.table.options).toEqual(tables.map(({ id }) => id));
});
