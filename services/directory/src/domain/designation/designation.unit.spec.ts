import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metaOn, scenario, TODAY } from '../testing.js';
import {
  absenceAt,
  designationDecider,
  dutiesOf,
  inEffect,
  type DesignationCommand,
  type DesignationEvent,
  type DesignationState,
  type KnownDesignation,
} from './index.js';

type Without = DesignationCommand extends infer C ? (C extends DesignationCommand ? Omit<C, 'meta'> : never) : never;
type DataOf<T extends DesignationCommand['type']> = Extract<DesignationCommand, { type: T }>['data'];

const { events, rejection, fold, history } = scenario<DesignationCommand, DesignationEvent, DesignationState>(
  designationDecider,
);

const proposal: DataOf<'ProposeDesignation'> = {
  personId: 'lies',
  home: 'gentia',
  placement: 'internal',
  sites: ['ghent'],
  languages: ['nl', 'fr'],
  functions: [],
  designated: false,
  mandated: false,
};
const propose = (change: Partial<DataOf<'ProposeDesignation'>> = {}): Without => ({
  type: 'ProposeDesignation',
  data: { ...proposal, ...change },
});
const agree = (change: Partial<DataOf<'RecordPriorAgreement'>> = {}): Without => ({
  type: 'RecordPriorAgreement',
  data: {
    body: 'committee_worker_members',
    on: '2026-01-10',
    unanimous: true,
    competent: 'committee_worker_members',
    ...change,
  },
});
const start = (change: Partial<DataOf<'StartDesignation'>> = {}): Without => ({
  type: 'StartDesignation',
  data: { from: '2026-02-01', functions: [], ...change },
});
const review = (change: Partial<DataOf<'ReviewEligibility'>> = {}): Without => ({
  type: 'ReviewEligibility',
  data: { functions: [], present: true, mandated: true, ...change },
});
const proposed = history([propose()]);
const active = history([propose(), agree(), start()]);
const ended = [...active, ...events(active, { type: 'ResignDesignation', data: { on: TODAY } })];
const known = (given: readonly DesignationEvent[]): KnownDesignation => {
  const state = fold(given);
  if (state.status === 'none') throw new Error('no designation');
  return state;
};

describe('proposing a designation', () => {
  it('is recorded without the functions it was checked against', () => {
    const [event] = events([], propose());
    expect(event?.type).toBe('DesignationProposed');
    expect(Object.keys(event?.data ?? {})).not.toContain('functions');
  });

  it.each([
    'employer_representative_works_council',
    'worker_representative_works_council',
    'employer_representative_committee',
    'worker_representative_committee',
    'union_delegate',
    'leading_personnel',
    'occupational_physician',
  ] as const)('is refused with the article for staff who are %s', (held) => {
    expect(rejection([], propose({ functions: [held] }))).toMatchObject({
      kind: 'RuleRefused',
      code: 'incompatible_function',
      source: expect.stringContaining('art.') as unknown,
      params: { function: held },
    });
  });

  it('keeps a warning for functions that may conflict and are allowed', () => {
    expect(events([], propose({ functions: ['hr', 'prevention_adviser'] }))[0]?.data).toMatchObject({
      warnings: ['hr', 'prevention_adviser'],
    });
  });

  it('of somebody from an external service needs a mandate', () => {
    const external = { placement: 'external', home: 'zorgnet' } as const;
    expect(rejection([], propose(external))).toMatchObject({ code: 'external_needs_mandate' });
    expect(rejection([], propose({ ...external, mandated: true }))).toMatchObject({ code: 'external_needs_mandate' });
    expect(events([], propose({ ...external, mandated: true, mandateId: 'm-1' }))).toHaveLength(1);
  });

  it('of an external counsellor is not barred by a mandate in a committee elsewhere, but is for a physician', () => {
    const external = { placement: 'external', home: 'zorgnet', mandated: true, mandateId: 'm-1' } as const;
    expect(events([], propose({ ...external, functions: ['worker_representative_committee'] }))).toHaveLength(1);
    expect(rejection([], propose({ ...external, functions: ['occupational_physician'] }))).toMatchObject({
      code: 'incompatible_function',
    });
  });

  it('happens once, and not beside another designation of the same person', () => {
    expect(rejection(proposed, propose())).toMatchObject({ code: 'designation_exists' });
    expect(rejection([], propose({ designated: true }))).toMatchObject({ code: 'already_designated' });
  });
});

describe('prior agreement', () => {
  it('is required before the designation takes effect', () => {
    expect(rejection(proposed, start())).toMatchObject({
      code: 'agreement_required',
      source: expect.any(String) as unknown,
    });
  });
  it('that is not unanimous is a fact, and does not let it start', () => {
    const withheld = [...proposed, ...events(proposed, agree({ unanimous: false }))];
    expect(withheld.at(-1)?.type).toBe('PriorAgreementWithheld');
    expect(rejection(withheld, start())).toMatchObject({ code: 'agreement_not_unanimous' });
  });
  it('withdrawn after it was given no longer carries the start', () => {
    const given = [...proposed, ...events(proposed, agree())];
    const withheld = [...given, ...events(given, agree({ unanimous: false, on: '2026-01-20' }))];
    expect(rejection(withheld, start())).toMatchObject({ code: 'agreement_not_unanimous' });
  });
  it('given after it was withheld carries it', () => {
    const withheld = [...proposed, ...events(proposed, agree({ unanimous: false }))];
    const given = [...withheld, ...events(withheld, agree({ on: '2026-01-20' }))];
    expect(events(given, start())).toHaveLength(1);
  });
  it('comes from the body that is competent, in the past, and before the start', () => {
    expect(rejection(proposed, agree({ body: 'workers' }))).toMatchObject({
      code: 'agreement_body_not_competent',
      params: { competent: 'committee_worker_members' },
    });
    expect(rejection(proposed, agree({ on: '2026-11-24' }))).toMatchObject({ code: 'date_in_future' });
    const late = [...proposed, ...events(proposed, agree({ on: '2026-02-02' }))];
    expect(rejection(late, start())).toMatchObject({ code: 'agreement_after_start' });
  });
  it('is not recorded once the designation started or ended', () => {
    expect(rejection(active, agree())).toMatchObject({ code: 'designation_started' });
    expect(rejection(ended, agree())).toMatchObject({ code: 'designation_ended' });
  });
});

describe('starting', () => {
  it('checks again what the person holds by then', () => {
    const agreed = history([propose(), agree()]);
    expect(rejection(agreed, start({ functions: ['union_delegate'] }))).toMatchObject({
      code: 'incompatible_function',
    });
  });
  it('names the edition of the law its terms are of', () => {
    expect(active.at(-1)).toEqual({ type: 'DesignationStarted', data: { from: '2026-02-01', lawVersion: '2026.1' } });
  });
  it('is in effect from its first day', () => {
    expect(inEffect(fold(active), '2026-01-31')).toBe(false);
    expect(inEffect(fold(active), '2026-02-01')).toBe(true);
  });
  it('a second time on another day is refused', () => {
    expect(events(active, start())).toEqual([]);
    expect(rejection(active, start({ from: '2026-03-01' }))).toMatchObject({ code: 'designation_started' });
    expect(rejection(ended, start())).toMatchObject({ code: 'designation_ended' });
  });
});

describe('a review of eligibility (scenario 8)', () => {
  it('ends the designation of a counsellor who is elected to the committee, with the article', () => {
    expect(events(active, review({ functions: ['worker_representative_committee'] }))).toEqual([
      {
        type: 'DesignationEnded',
        data: { on: TODAY, reason: 'incompatible_function', source: expect.stringContaining('art.') as unknown },
      },
    ]);
  });
  it('ends it when the person left, or an external counsellor lost the mandate', () => {
    expect(events(active, review({ present: false }))[0]?.data).toMatchObject({ reason: 'left_organisation' });
    const external = history([
      propose({ placement: 'external', home: 'zorgnet', mandated: true, mandateId: 'm-1' }),
      agree(),
      start(),
    ]);
    expect(events(external, review({ mandated: false }))[0]?.data).toMatchObject({ reason: 'mandate_ended' });
    expect(events(external, review())).toEqual([]);
  });
  it('leaves one alone that may go on, and one that is over', () => {
    expect(events(active, review({ functions: ['hr'] }))).toEqual([]);
    expect(events(ended, review({ functions: ['union_delegate'] }))).toEqual([]);
  });
  it('cuts a notice short', () => {
    const notice = [...active, ...events(active, { type: 'ResignDesignation', data: { on: '2027-01-01' } })];
    expect(events(notice, review({ functions: ['union_delegate'] }))[0]?.data).toMatchObject({ on: TODAY });
  });
  it('ends one that has not begun yet on its first day, so that it never was in effect', () => {
    const future = history([propose(), agree(), start({ from: '2027-01-01' })]);
    const after = [...future, ...events(future, review({ functions: ['union_delegate'] }))];
    expect(inEffect(fold(after), '2027-01-01')).toBe(false);
  });
  it('ends a proposal too', () => {
    expect(events(proposed, review({ functions: ['union_delegate'] }))).toHaveLength(1);
  });
});

describe('ending', () => {
  it('by the counsellor needs no agreement', () => {
    expect(inEffect(fold(ended), '2026-11-22')).toBe(true);
    expect(inEffect(fold(ended), TODAY)).toBe(false);
  });
  it('by removal needs the agreement of the same body', () => {
    const remove = (change: Partial<DataOf<'RemoveCounsellor'>> = {}): Without => ({
      type: 'RemoveCounsellor',
      data: {
        on: TODAY,
        body: 'committee_worker_members',
        agreedOn: '2026-11-20',
        unanimous: true,
        competent: 'committee_worker_members',
        ...change,
      },
    });
    expect(events(active, remove())[0]?.data).toMatchObject({ reason: 'removed_with_agreement' });
    expect(rejection(active, remove({ unanimous: false }))).toMatchObject({ code: 'removal_needs_agreement' });
    expect(rejection(active, remove({ agreedOn: '2026-11-22', on: '2026-11-21' }))).toMatchObject({
      code: 'removal_needs_agreement',
    });
    expect(rejection(active, remove({ body: 'workers' }))).toMatchObject({ code: 'agreement_body_not_competent' });
    expect(rejection(active, remove({ agreedOn: '2026-11-24', on: '2026-12-01' }))).toMatchObject({
      code: 'date_in_future',
    });
    expect(rejection(proposed, remove())).toMatchObject({ code: 'designation_not_started' });
    expect(rejection(ended, remove())).toMatchObject({ code: 'designation_ended' });
  });
  it('of a proposal is a withdrawal', () => {
    expect(events(proposed, { type: 'WithdrawProposal', data: {} })[0]?.data).toMatchObject({ reason: 'not_agreed' });
    expect(rejection(active, { type: 'WithdrawProposal', data: {} })).toMatchObject({ code: 'designation_started' });
  });
  it('happens once', () => {
    expect(rejection(ended, { type: 'ResignDesignation', data: { on: '2026-12-01' } })).toMatchObject({
      code: 'designation_ended',
    });
  });
});

describe('absence', () => {
  const enter = (from: string, backOn?: string, absenceId = 'a-1'): Without => ({
    type: 'EnterAbsence',
    data: { absenceId, from, ...(backOn === undefined ? {} : { backOn }) },
  });
  const away = [...active, ...events(active, enter('2026-11-20', '2026-12-01'))];

  it('holds from its first day to the day before the return', () => {
    expect(absenceAt(known(away), '2026-11-19')).toBeUndefined();
    expect(absenceAt(known(away), '2026-11-20')?.absenceId).toBe('a-1');
    expect(absenceAt(known(away), '2026-11-30')?.absenceId).toBe('a-1');
    expect(absenceAt(known(away), '2026-12-01')).toBeUndefined();
  });
  it('may be open, and ends with the return', () => {
    const open = [...active, ...events(active, enter('2026-11-20'))];
    expect(absenceAt(known(open), '2030-01-01')).toBeDefined();
    const back = [...open, ...events(open, { type: 'EndAbsence', data: { absenceId: 'a-1', backOn: '2026-11-25' } })];
    expect(absenceAt(known(back), '2026-11-25')).toBeUndefined();
  });
  it('does not overlap another one, nor end before it began', () => {
    expect(rejection(away, enter('2026-11-30', '2026-12-05', 'a-2'))).toMatchObject({ code: 'absence_overlaps' });
    expect(events(away, enter('2026-12-01', '2026-12-05', 'a-2'))).toHaveLength(1);
    expect(rejection(active, enter('2026-11-30', '2026-11-30'))).toMatchObject({ code: 'period_reversed' });
    expect(rejection(away, { type: 'EndAbsence', data: { absenceId: 'a-1', backOn: '2026-11-19' } })).toMatchObject({
      code: 'period_reversed',
    });
    const two = [...away, ...events(away, enter('2026-12-05', '2026-12-09', 'a-2'))];
    expect(rejection(two, { type: 'EndAbsence', data: { absenceId: 'a-1', backOn: '2026-12-06' } })).toMatchObject({
      code: 'absence_overlaps',
    });
  });
  it('is of a designation that is in office', () => {
    expect(rejection(proposed, enter('2026-11-20'))).toMatchObject({ code: 'designation_not_started' });
    expect(rejection(ended, enter('2026-11-20'))).toMatchObject({ code: 'designation_ended' });
    expect(rejection(active, { type: 'EndAbsence', data: { absenceId: 'x', backOn: TODAY } })).toEqual({
      kind: 'NotFound',
    });
  });
  it('can be entered during notice', () => {
    const notice = [...active, ...events(active, { type: 'ResignDesignation', data: { on: '2027-01-01' } })];
    expect(events(notice, enter('2026-12-24'))).toHaveLength(1);
  });
});

describe('training and supervision', () => {
  const train = (hours: number, on: string, trainingId: string): Without => ({
    type: 'RecordTraining',
    data: { hours, on, trainingId },
  });
  const dutiesAfter = (commands: readonly Without[]) => {
    const state = fold(history([propose(), agree(), start(), ...commands]));
    if (state.status !== 'active') throw new Error('not active');
    return dutiesOf(state);
  };

  it('are thirty hours within two years, and yearly, from the start', () => {
    expect(dutiesAfter([])).toMatchObject([
      { duty: 'training', met: false, hours: 0, hoursNeeded: 30, due: { due: '2028-02-01' } },
      { duty: 'supervision', met: false, due: { due: '2027-02-01' } },
    ]);
  });
  it('are met by hours that add up, and moved on by a supervision', () => {
    expect(
      dutiesAfter([
        train(18, '2025-12-01', 't-1'),
        train(12, '2026-03-01', 't-2'),
        { type: 'RecordSupervision', data: { on: '2026-10-01' } },
      ]),
    ).toMatchObject([{ met: true, hours: 30 }, { due: { due: '2027-10-01', start: '2026-10-01' } }]);
  });
  it('are not in the future, and a supervision not before the start', () => {
    expect(rejection(active, train(6, '2026-11-24', 't-1'))).toMatchObject({ code: 'date_in_future' });
    expect(rejection(active, { type: 'RecordSupervision', data: { on: '2026-11-24' } })).toMatchObject({
      code: 'date_in_future',
    });
    expect(rejection(active, { type: 'RecordSupervision', data: { on: '2026-01-31' } })).toMatchObject({
      code: 'before_start',
    });
  });
});

describe('scope and succession', () => {
  const change = (data: Partial<DataOf<'ChangeScope'>> = {}): Without => ({
    type: 'ChangeScope',
    data: {
      sites: ['ghent', 'brussels'],
      languages: ['nl', 'fr'],
      body: 'committee_worker_members',
      agreedOn: '2026-11-20',
      unanimous: true,
      competent: 'committee_worker_members',
      ...data,
    },
  });
  it('other sites need agreement anew', () => {
    expect(known([...active, ...events(active, change())]).sites).toEqual(['ghent', 'brussels']);
    expect(rejection(active, change({ unanimous: false }))).toMatchObject({ code: 'agreement_not_unanimous' });
    expect(rejection(active, change({ body: 'workers' }))).toMatchObject({ code: 'agreement_body_not_competent' });
    expect(rejection(active, change({ agreedOn: '2026-11-24' }))).toMatchObject({ code: 'date_in_future' });
  });
  it('a successor is one in office', () => {
    const name = (inOffice: boolean): Without => ({
      type: 'NameSuccessor',
      data: { successor: 'd-2', active: inOffice },
    });
    expect(known([...ended, ...events(ended, name(true))]).successors).toEqual(['d-2']);
    expect(rejection(ended, name(false))).toMatchObject({ code: 'successor_not_active' });
    expect(rejection(proposed, name(true))).toMatchObject({ code: 'designation_not_started' });
  });
});

describe('every command', () => {
  const date = fc.constantFrom('2026-01-10', '2026-02-01', '2026-06-01', TODAY, '2026-12-24');
  const body = fc.constantFrom('committee_worker_members' as const, 'workers' as const);
  const functions = fc.subarray(['hr', 'union_delegate'] as const);
  const any: fc.Arbitrary<Without> = fc.oneof(
    fc.record({ functions, mandated: fc.boolean() }).map((change) => propose(change)),
    fc.record({ on: date, unanimous: fc.boolean(), body }).map(agree),
    fc.record({ from: date, functions }).map(start),
    fc.record({ functions, present: fc.boolean(), mandated: fc.boolean() }).map(review),
    date.map((on): Without => ({ type: 'ResignDesignation', data: { on } })),
    fc.constant<Without>({ type: 'WithdrawProposal', data: {} }),
    fc
      .record({ absenceId: fc.constantFrom('a-1', 'a-2'), from: date, backOn: date })
      .map((data): Without => ({ type: 'EnterAbsence', data })),
    fc
      .record({ absenceId: fc.constantFrom('a-1', 'a-2'), backOn: date })
      .map((data): Without => ({ type: 'EndAbsence', data })),
    fc
      .record({ trainingId: fc.constantFrom('t-1', 't-2'), hours: fc.integer({ min: 1, max: 20 }), on: date })
      .map((data): Without => ({ type: 'RecordTraining', data })),
    date.map((on): Without => ({ type: 'RecordSupervision', data: { on } })),
    fc
      .record({ sites: fc.constantFrom(['ghent'], ['liege']), body, agreedOn: date, unanimous: fc.boolean(), on: date })
      .chain(({ on, ...scope }) =>
        fc.constantFrom<Without>(
          {
            type: 'ChangeScope',
            data: { ...scope, languages: ['nl'], competent: 'committee_worker_members' },
          },
          {
            type: 'RemoveCounsellor',
            data: {
              on,
              body: scope.body,
              agreedOn: scope.agreedOn,
              unanimous: scope.unanimous,
              competent: 'committee_worker_members',
            },
          },
        ),
      ),
    fc.boolean().map((isActive): Without => ({ type: 'NameSuccessor', data: { successor: 'd-2', active: isActive } })),
  );

  it('repeated on the state it led to yields nothing new', () => {
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), any, (before, command) => {
        const given = history([propose(), ...before]);
        const once = history([propose(), ...before, command]);
        const twice = history([propose(), ...before, command, command]);
        expect(once.length).toBeGreaterThanOrEqual(given.length);
        expect(twice).toEqual(once);
      }),
    );
  });
  it('never lets one be in effect without unanimous prior agreement', () => {
    fc.assert(
      fc.property(fc.array(any, { maxLength: 15 }), (commands) => {
        const given = history(commands);
        const started = given.findIndex((event) => event.type === 'DesignationStarted');
        if (started < 0) return;
        const last = given.slice(0, started).findLast((event) => event.type.startsWith('PriorAgreement'));
        expect(last?.type).toBe('PriorAgreementGiven');
      }),
    );
  });
  it('of no designation is not found', () => {
    expect(rejection([], agree())).toEqual({ kind: 'NotFound' });
    expect(rejection([], review(), metaOn('2026-01-01'))).toEqual({ kind: 'NotFound' });
  });
});
