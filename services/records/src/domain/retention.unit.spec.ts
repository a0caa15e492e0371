import { plainText, type Command, type CommandMeta, type Decider, type Decision } from '@toeverlaat/event-log';
import { lawfulTerms, lawVersion, type RetentionTerms } from '@toeverlaat/legal';
import { recordsRuleCodes } from '@toeverlaat/contracts';
import { organisationId, uuidV5, type CommandId } from '@toeverlaat/values';
import { describe, expect, it } from 'vitest';
import { checkDecider } from './retention-check/index.js';
import { counterfactualDecider } from './counterfactual/index.js';
import { keptCodec, keptDecider, type KeptCommand, type KeptEvent } from './kept-record/index.js';
import { holdDecider, type HoldEvent } from './legal-hold/index.js';
import { reviewsDue, rulesDecider, type RulesEvent } from './retention-rules/index.js';
import { recordsRuleNames } from './rules.js';
import { simulate, type SimulationReport } from './simulation.js';
import { termsFor, type KeptItem, type RuleVersion } from './terms.js';

const id = (name: string): string => uuidV5('retention-test', name);
const TODAY = '2026-11-25';
const meta = (pseudonym: string, capacity: string, today = TODAY): CommandMeta => ({
  commandId: id('command') as CommandId,
  organisation: organisationId('gentia'),
  at: `${today}T09:00:00.000Z`,
  today,
  actor: { pseudonym, capacity },
  lawVersion,
});
const manager = meta('karel2026', 'records_manager');
const lies = meta('lies2026', 'counsellor');
const eva = meta('eva2026', 'prevention_adviser');

type Bare<C> = C extends Command ? Omit<C, 'meta'> : never;
const given = <C extends Command, E, S>(decider: Decider<C, E, S>, events: readonly E[]) => ({
  when: (command: Bare<C>, by: CommandMeta): Decision<E> =>
    decider.decide({ ...command, meta: by } as C, events.reduce<S>(decider.evolve, decider.initial)),
});
const accepted = <E>(decision: Decision<E>): readonly E[] => {
  if (decision.kind === 'rejected') throw new Error(JSON.stringify(decision.rejection));
  return decision.events;
};
const refusedWith = (code: string, params?: object) => ({
  kind: 'rejected',
  rejection: { kind: 'RuleRefused', code, ...(params === undefined ? {} : { params }) },
});

// ── rules ──

const twelve: RetentionTerms = { ...lawfulTerms('informal_case'), period: 'P12Y' };
const motive = plainText('Expert advice of 2026');
const proposal = (change: object = {}): Bare<Parameters<typeof rulesDecider.decide>[0]> => ({
  type: 'ProposeRules',
  data: {
    proposalId: id('proposal'),
    rules: [twelve],
    scope: 'all',
    selected: [],
    named: [],
    motive,
    ...change,
  },
});
const report = (ruleVersion = 0): SimulationReport => ({
  on: TODAY,
  countedOn: TODAY,
  ruleVersion,
  kept: 0,
  dueBefore: 0,
  dueAfter: 0,
  lines: [],
});
const proposed = accepted(given(rulesDecider, []).when(proposal(), manager));
const simulated: readonly RulesEvent[] = [
  ...proposed,
  {
    type: 'RetentionChangeSimulated',
    data: { proposalId: id('proposal'), report: report(), reportHash: 'a'.repeat(64) },
  },
];
const activation = (ownPseudonyms: readonly string[] = [], named: readonly never[] = []) => ({
  type: 'ActivateRules' as const,
  data: { proposalId: id('proposal'), ownPseudonyms, named },
});
const activated = [...simulated, ...accepted(given(rulesDecider, simulated).when(activation(), lies))];

describe('a change of rules', () => {
  it('is proposed by one, simulated, and activated by another, with the report that was counted', () => {
    expect(activated.at(-1)).toMatchObject({
      type: 'RetentionRulesActivated',
      data: {
        version: 1,
        scope: 'all',
        validFrom: TODAY,
        reportHash: 'a'.repeat(64),
        proposedBy: 'karel2026',
        activatedBy: 'lies2026',
      },
    });
  });
  it('is not activated by who proposed it: not in another capacity, not in another year', () => {
    const two = given(rulesDecider, simulated);
    expect(two.when(activation(), manager)).toMatchObject(refusedWith('second_person_needed'));
    expect(two.when(activation(), meta('karel2026', 'counsellor'))).toMatchObject(refusedWith('second_person_needed'));
    expect(two.when(activation(['karel2027', 'karel2026']), meta('karel2027', 'counsellor'))).toMatchObject(
      refusedWith('second_person_needed'),
    );
  });
  it('of counsellors’ files has a counsellor among the two', () => {
    const other = meta('ines2026', 'records_manager');
    expect(given(rulesDecider, simulated).when(activation(), other)).toMatchObject(refusedWith('counsellor_needed'));
    const byCounsellor = accepted(given(rulesDecider, []).when(proposal(), lies));
    const [, counted] = simulated;
    if (counted === undefined) throw new Error('no simulation');
    expect(given(rulesDecider, [...byCounsellor, counted]).when(activation(), other).kind).toBe('accepted');
  });
  it('of advisers’ dossiers is their service’s alone', () => {
    const rules = [{ ...lawfulTerms('formal_request'), action: 'destroy' as const }];
    for (const by of [manager, lies, meta('dirk2026', 'administrator')])
      expect(given(rulesDecider, []).when(proposal({ rules }), by)).toMatchObject(refusedWith('not_of_the_controller'));
    const [first] = accepted(given(rulesDecider, []).when(proposal({ rules }), eva));
    const [, counted] = simulated;
    if (first === undefined || counted === undefined) throw new Error('not proposed');
    const two = given(rulesDecider, [first, counted]);
    expect(two.when(activation(), lies)).toMatchObject(refusedWith('not_of_the_controller'));
    expect(two.when(activation(), meta('rik2026', 'prevention_adviser')).kind).toBe('accepted');
  });
  it('needs a simulation, and one of the rules as they are', () => {
    expect(given(rulesDecider, proposed).when(activation(), lies)).toMatchObject(refusedWith('not_simulated'));
    const second = proposal({ proposalId: id('second'), rules: [{ ...twelve, period: 'P15Y' }] });
    const waiting = accepted(given(rulesDecider, activated).when(second, manager));
    const old: RulesEvent = {
      type: 'RetentionChangeSimulated',
      data: { proposalId: id('second'), report: report(0), reportHash: 'b'.repeat(64) },
    };
    const command = { ...activation(), data: { ...activation().data, proposalId: id('second') } };
    expect(given(rulesDecider, [...activated, ...waiting, old]).when(command, lies)).toMatchObject(
      refusedWith('simulation_outdated'),
    );
  });
  it('is decided once', () => {
    const again = given(rulesDecider, activated);
    expect(again.when(activation(), lies)).toMatchObject(refusedWith('proposal_decided'));
    expect(again.when({ type: 'WithdrawProposal', data: { proposalId: id('proposal') } }, manager)).toMatchObject(
      refusedWith('proposal_decided'),
    );
    expect(again.when({ type: 'WithdrawProposal', data: { proposalId: id('other') } }, manager)).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
  });
  it.each<[string, object, string]>([
    ['shortens below the law', { rules: [{ ...twelve, period: 'P4Y' }] }, 'shorter_than_law'],
    ['lengthens beyond it', { rules: [{ ...twelve, period: 'P21Y' }] }, 'longer_than_law'],
    ['overlaps', { rules: [twelve, twelve] }, 'rules_overlap'],
    ['contradicts itself', { rules: [twelve, { ...twelve, period: 'P13Y' }] }, 'rules_contradict'],
    ['takes effect in the past', { validFrom: '2026-11-24' }, 'valid_from_past'],
    ['selects and names nothing', { scope: 'selected' }, 'records_not_named'],
    ['names without selecting', { selected: [id('x')] }, 'records_not_named'],
    [
      'names an open record',
      {
        scope: 'selected',
        selected: [id('x')],
        named: [{ keptId: id('x'), recordClass: 'informal_case', open: true, held: false }],
      },
      'record_open',
    ],
    [
      'names a held record',
      {
        scope: 'selected',
        selected: [id('x')],
        named: [{ keptId: id('x'), recordClass: 'informal_case', open: false, held: true }],
      },
      'record_on_hold',
    ],
  ])('that %s is refused', (_, change, code) => {
    expect(given(rulesDecider, []).when(proposal(change), manager)).toMatchObject(refusedWith(code));
  });
  it('to "never" is called for again on its day, once', () => {
    const never: RetentionTerms = {
      ...lawfulTerms('erasure_certificate'),
      period: 'never',
      motive: 'only_proof_of_destruction',
      reviewOn: '2027-01-01',
    };
    const events: readonly RulesEvent[] = [
      {
        type: 'RetentionRulesProposed',
        data: {
          proposalId: id('n'),
          rules: [never],
          scope: 'new',
          proposedBy: 'a',
          proposedAs: 'records_manager',
          motive,
        },
      },
      {
        type: 'RetentionRulesActivated',
        data: {
          proposalId: id('n'),
          version: 1,
          rules: [never],
          scope: 'new',
          validFrom: TODAY,
          reportHash: 'a'.repeat(64),
          proposedBy: 'a',
          proposedAs: 'records_manager',
          activatedBy: 'b',
          activatedAs: 'administrator',
        },
      },
    ];
    const state = events.reduce(rulesDecider.evolve, rulesDecider.initial);
    expect(reviewsDue(state, '2026-12-31')).toEqual([]);
    const due = reviewsDue(state, '2027-01-01');
    expect(due).toEqual([{ recordClass: 'erasure_certificate', reviewOn: '2027-01-01' }]);
    const [one] = due;
    if (one === undefined) throw new Error('not due');
    const later = meta('system', 'system', '2027-01-01');
    const noted = accepted(given(rulesDecider, events).when({ type: 'NoteNeverReview', data: one }, later));
    expect(noted).toHaveLength(1);
    expect(
      accepted(given(rulesDecider, [...events, ...noted]).when({ type: 'NoteNeverReview', data: one }, later)),
    ).toEqual([]);
  });
});

describe('which rules reach a record', () => {
  const version = (change: Partial<RuleVersion> = {}): RuleVersion => ({
    version: 1,
    rules: [twelve],
    scope: 'all',
    selected: new Set(),
    validFrom: '2026-06-01',
    ...change,
  });
  const item = (change: Partial<KeptItem> = {}): KeptItem => ({
    keptId: id('x'),
    recordClass: 'informal_case',
    begunOn: '2026-01-05',
    lawVersion,
    start: '2026-03-01',
    settled: [['2026-03-01', undefined]],
    held: [],
    ...change,
  });
  const ruled = (of: KeptItem, by: RuleVersion, on = TODAY): number => termsFor(of, [by], on).ruleVersion;
  it.each<[string, KeptItem, RuleVersion, number]>([
    ['closed before, of a change for all', item(), version(), 1],
    ['closed before, of a change for new ones', item(), version({ scope: 'new' }), 0],
    ['begun since, of a change for new ones', item({ begunOn: '2026-06-01' }), version({ scope: 'new' }), 1],
    ['open then, closed since', item({ start: '2026-07-01', settled: [['2026-07-01', undefined]] }), version(), 0],
    [
      'open then, for it had been reopened',
      item({
        settled: [
          ['2026-03-01', '2026-05-01'],
          ['2026-07-01', undefined],
        ],
      }),
      version(),
      0,
    ],
    [
      'closed then, and reopened since',
      item({ start: undefined, settled: [['2026-03-01', '2026-07-01']] }),
      version(),
      1,
    ],
    ['held then', item({ held: [['2026-05-01', '2026-06-02']] }), version(), 0],
    ['held before, free then', item({ held: [['2026-05-01', '2026-06-01']] }), version(), 1],
    ['selected', item(), version({ scope: 'selected', selected: new Set([id('x')]) }), 1],
    ['not selected', item(), version({ scope: 'selected', selected: new Set([id('y')]) }), 0],
    ['of another class', item({ recordClass: 'receipt' }), version(), 0],
    ['before the change takes effect', item(), version({ validFrom: '2026-11-26' }), 0],
  ])('one %s', (_, of, by, expected) => {
    expect(ruled(of, by)).toBe(expected);
  });
  it('are counted in a simulation: what a change would destroy, what a hold stops, what moves', () => {
    const change = version({ rules: [{ ...twelve, period: 'P5Y' }], validFrom: TODAY });
    const counted = simulate({ on: '2031-12-01', countedOn: TODAY, versions: [], change, lawVersion });
    counted.add(item());
    counted.add(item({ held: [['2026-04-01', undefined]] }));
    counted.add(item({ start: undefined, settled: [] }));
    counted.add(item({ start: '2026-11-01', settled: [['2026-11-01', undefined]] }));
    expect(counted.report()).toMatchObject({
      kept: 4,
      dueBefore: 0,
      dueAfter: 2,
      lines: [
        {
          recordClass: 'informal_case',
          open: 1,
          held: 1,
          dueButHeld: 0,
          sooner: 2,
          later: 0,
          firstBefore: '2036-03-01',
          firstAfter: '2031-03-01',
        },
      ],
    });
  });
});

// ── holds ──

const hold = (change: object = {}): Bare<Parameters<typeof holdDecider.decide>[0]> => ({
  type: 'PlaceHold',
  data: { scope: 'person', kept: [], found: [], reviewOn: '2027-05-25', reason: motive, ...change },
});
const person = { organisation: organisationId('gentia'), person: 'bert' as never };

describe('a legal hold', () => {
  it('on a person is answered the same for anybody: nothing is looked up', () => {
    for (const one of ['bert', 'nobody'])
      expect(given(holdDecider, []).when(hold({ person: { ...person, person: one } }), manager)).toMatchObject({
        kind: 'accepted',
        events: [{ type: 'LegalHoldPlaced', data: { scope: 'person' } }],
      });
  });
  it.each<[string, object, object]>([
    ['person', {}, { rejection: { field: 'person', rule: 'required' } }],
    ['records', { scope: 'records' }, { rejection: { field: 'kept', rule: 'required' } }],
    ['site', { scope: 'site', person }, { rejection: { field: 'person', rule: 'not_of_scope' } }],
    ['period', { scope: 'period' }, { rejection: { field: 'begunFrom', rule: 'required' } }],
    [
      'period that runs back',
      { scope: 'period', begunFrom: '2026-02-01', begunTo: '2026-01-01' },
      refusedWith('held_period_reversed'),
    ],
    ['review that is past', { person, reviewOn: TODAY }, refusedWith('review_not_in_future')],
    ['record that is not there', { scope: 'records', kept: [id('x')] }, { rejection: { kind: 'NotFound' } }],
    [
      'record that is erased',
      { scope: 'records', kept: [id('x')], found: [{ keptId: id('x'), erased: true, destroying: false }] },
      { rejection: { kind: 'Erased' } },
    ],
    [
      'record that is being destroyed',
      { scope: 'records', kept: [id('x')], found: [{ keptId: id('x'), erased: false, destroying: true }] },
      refusedWith('destruction_under_way'),
    ],
  ])('of a %s is refused where it does not say what it is on', (_, change, expected) => {
    expect(given(holdDecider, []).when(hold(change), manager)).toMatchObject({ kind: 'rejected', ...expected });
  });
  it('is called for on its day of review, once; stays until another; ends once', () => {
    const placed: readonly HoldEvent[] = accepted(given(holdDecider, []).when(hold({ person }), manager));
    const due = { type: 'NoteReviewDue' as const, data: { reviewOn: '2027-05-25' } };
    expect(accepted(given(holdDecider, placed).when(due, manager))).toEqual([]);
    const day = meta('system', 'system', '2027-05-25');
    const called = [...placed, ...accepted(given(holdDecider, placed).when(due, day))];
    expect(called).toHaveLength(2);
    expect(accepted(given(holdDecider, called).when(due, day))).toEqual([]);
    const review = { type: 'ReviewHold' as const, data: { reviewOn: '2027-11-25', finding: motive } };
    const stays = [
      ...called,
      ...accepted(given(holdDecider, called).when(review, meta('karel2027', 'records_manager', '2027-05-26'))),
    ];
    const lifted = [
      ...stays,
      ...accepted(given(holdDecider, stays).when({ type: 'LiftHold', data: { motive } }, manager)),
    ];
    expect(lifted.map(({ type }) => type)).toEqual([
      'LegalHoldPlaced',
      'LegalHoldReviewFellDue',
      'LegalHoldReviewed',
      'LegalHoldLifted',
    ]);
    for (const command of [review, { type: 'LiftHold' as const, data: { motive } }])
      expect(given(holdDecider, lifted).when(command, manager)).toMatchObject(refusedWith('hold_is_lifted'));
  });
});

// ── kept records ──

const KEPT = { keptId: id('kept'), versions: [] };
const begun: readonly KeptEvent[] = [
  {
    type: 'KeepingBegun',
    data: {
      service: 'case',
      recordClass: 'informal_case',
      record: id('case'),
      subject: `case/${id('case')}`,
      begunOn: '2026-01-05',
      lawVersion,
    },
  },
];
const closing: Bare<KeptCommand> = {
  type: 'StartTerm',
  data: { ...KEPT, recordedOn: '2026-03-14', trigger: 'closed', start: '2026-03-14', because: 'closed' },
};
const system = (today = TODAY) => meta('system', 'system', today);
const run = (events: readonly KeptEvent[], command: Bare<KeptCommand>, today = TODAY): readonly KeptEvent[] => [
  ...events,
  ...accepted(given(keptDecider, events).when(command, system(today))),
];
const closed = run(begun, closing, '2026-03-14');
const holding: Bare<KeptCommand> = { type: 'Hold', data: { ...KEPT, holdId: id('hold') } };
const destroying = (ground: 'due' | 'other' | 'gone' = 'due'): Bare<KeptCommand> => ({
  type: 'BeginDestruction',
  data: { ...KEPT, erasureId: id('erasure'), ground },
});

describe('a kept record', () => {
  it('is held against what destroys it, and not against what is gone already', () => {
    const held = run(closed, holding, '2026-05-01');
    expect(given(keptDecider, held).when(destroying('other'), system())).toMatchObject({
      rejection: { code: 'record_on_hold' },
    });
    expect(run(held, destroying('gone')).at(-1)).toMatchObject({ type: 'DestructionBegun' });
  });

  it('gets its last day when it is closed, loses it when it is reopened, and both sides are told', () => {
    expect(closed.slice(1)).toEqual([
      { type: 'TermStarted', data: { trigger: 'closed', start: '2026-03-14', settledOn: '2026-03-14' } },
      {
        type: 'KeptUntilMoved',
        data: {
          service: 'case',
          recordClass: 'informal_case',
          record: id('case'),
          because: 'closed',
          keptUntil: '2036-03-14',
          held: false,
          ruleVersion: 0,
          start: '2026-03-14',
          period: 'P10Y',
          lawVersion: '2026.1',
        },
      },
    ]);
    const reopened = run(closed, { type: 'StopTerm', data: { ...KEPT, recordedOn: '2026-05-01' } }, '2026-05-01');
    expect(reopened.slice(3)).toMatchObject([
      { type: 'TermStopped' },
      { type: 'KeptUntilMoved', data: { because: 'reopened', keptUntil: undefined } },
    ]);
    expect(run(closed, closing)).toEqual(closed);
  });
  it('of a receipt that began without a key of its own is read with the one of its part', () => {
    const first = {
      service: 'intake',
      recordClass: 'receipt',
      record: id('r'),
      begunOn: '2026-01-31',
      lawVersion: '2026.1',
    };
    const upcast = keptCodec.upcasts.find(({ from }) => from === 'records.KeepingBegun.v1');
    expect(upcast?.up(first)).toEqual({ ...first, subject: `request/${id('r')}#receipt` });
    const other = { ...first, recordClass: 'informal_case', subject: `case/${id('c')}` };
    expect(upcast?.up(other)).toEqual(other);
  });
  it('of a contact request moves with each new message, never back, and once a day', () => {
    const message = (start: string): Bare<KeptCommand> => ({
      type: 'StartTerm',
      data: { ...KEPT, recordedOn: start, trigger: 'last_message', start, because: 'new_message' },
    });
    const asked = run([], {
      type: 'BeginKeeping',
      data: {
        ...KEPT,
        service: 'intake',
        recordClass: 'contact_request_unanswered',
        record: id('r'),
        subject: `request/${id('r')}`,
        recordedOn: '2026-01-31',
        term: { trigger: 'last_message', start: '2026-01-31' },
      },
    });
    const later = run(asked, message('2026-02-28'));
    expect(later.at(-1)).toMatchObject({ data: { because: 'new_message', keptUntil: '2027-02-28' } });
    expect(run(later, message('2026-02-28'))).toEqual(later);
    expect(run(later, message('2026-02-01'))).toEqual(later);
    const accepted_ = run(later, {
      type: 'Reclassify',
      data: { ...KEPT, recordedOn: '2026-03-03', recordClass: 'contact_request' },
    });
    expect(accepted_.slice(later.length).map(({ type }) => type)).toEqual([
      'TermStopped',
      'RecordReclassified',
      'KeptUntilMoved',
    ]);
  });
  it('falls due the day after its last, once; a hold stops that and shows', () => {
    const note: Bare<KeptCommand> = { type: 'NoteDue', data: KEPT };
    expect(run(closed, note, '2036-03-14')).toEqual(closed);
    const due = run(closed, note, '2036-03-15');
    expect(due.at(-1)).toEqual({ type: 'RecordFellDue', data: { keptUntil: '2036-03-14', ruleVersion: 0 } });
    expect(run(due, note, '2036-03-16')).toEqual(due);
    const held = run(closed, holding, '2030-01-01');
    expect(held.at(-1)).toMatchObject({ type: 'KeptUntilMoved', data: { because: 'hold_placed', held: true } });
    expect(run(held, note, '2036-03-15')).toEqual(held);
    const free = run(held, { type: 'EndHold', data: { ...KEPT, holdId: id('hold') } }, '2036-05-01');
    expect(run(free, note, '2036-05-01').at(-1)?.type).toBe('RecordFellDue');
  });
  it('tells both sides of a change of rules, once, and says it apart from a hold that comes in between', () => {
    const longer = {
      version: 1,
      rules: [{ ...lawfulTerms('informal_case'), period: 'P12Y' }],
      scope: 'all' as const,
      selected: new Set<string>(),
      validFrom: '2027-01-01',
    };
    const again: Bare<KeptCommand> = { type: 'TellAgain', data: { ...KEPT, versions: [longer] } };
    expect(run(closed, again, '2026-12-31')).toEqual(closed);
    const told = run(closed, again, '2027-01-01');
    expect(told.slice(closed.length)).toMatchObject([
      {
        type: 'KeptUntilMoved',
        data: { because: 'rules_changed', keptUntil: '2038-03-14', held: false, ruleVersion: 1 },
      },
    ]);
    expect(run(told, again, '2027-01-02')).toEqual(told);
    const held = run(closed, { type: 'Hold', data: { ...KEPT, versions: [longer], holdId: id('hold') } }, '2027-02-01');
    expect(held.slice(closed.length)).toMatchObject([
      { type: 'RecordHeld' },
      { type: 'KeptUntilMoved', data: { because: 'rules_changed', keptUntil: '2038-03-14', held: false } },
      { type: 'KeptUntilMoved', data: { because: 'hold_placed', keptUntil: '2038-03-14', held: true } },
    ]);
  });
  it('is overdue when the law’s days to destroy it have passed, which is said once', () => {
    const note: Bare<KeptCommand> = { type: 'NoteOverdue', data: KEPT };
    expect(run(closed, note, '2036-04-13')).toEqual(closed);
    const overdue = run(closed, note, '2036-04-14');
    expect(overdue.at(-1)).toEqual({ type: 'RecordOverdue', data: { keptUntil: '2036-03-14', days: 30 } });
    expect(run(overdue, note, '2036-04-15')).toEqual(overdue);
  });
  it('is destroyed when due; not before, not while open, not while held', () => {
    const at = (events: readonly KeptEvent[], today: string, ground?: 'other') =>
      given(keptDecider, events).when(destroying(ground), system(today));
    expect(at(begun, '2036-03-15')).toMatchObject(refusedWith('record_open'));
    expect(at(closed, '2036-03-14')).toMatchObject(refusedWith('not_due', { keptUntil: '2036-03-14' }));
    expect(at(closed, '2027-01-01', 'other').kind).toBe('accepted');
    expect(at(run(closed, holding), '2036-03-15')).toMatchObject(refusedWith('record_on_hold'));
    expect(at(run(closed, holding), '2036-03-15', 'other')).toMatchObject(refusedWith('record_on_hold'));
    const going = run(closed, destroying(), '2036-03-15');
    expect(run(going, destroying(), '2036-03-15')).toEqual(going);
    expect(given(keptDecider, going).when(holding, system('2036-03-15'))).toMatchObject(
      refusedWith('destruction_under_way'),
    );
    const end = (outcome: 'destroyed' | 'abandoned'): Bare<KeptCommand> => ({
      type: 'EndDestruction',
      data: { ...KEPT, erasureId: id('erasure'), outcome },
    });
    expect(run(run(going, end('abandoned')), holding).at(-1)?.type).toBe('KeptUntilMoved');
    const gone = run(going, end('destroyed'));
    expect(given(keptDecider, gone).when(holding, system())).toMatchObject({ rejection: { kind: 'Erased' } });
    expect(run(gone, closing)).toEqual(gone);
  });
});

describe('proofs and replays', () => {
  it('are made once a day, and not of a day before the last', () => {
    const data = {
      checkedOn: TODAY,
      kept: 1,
      open: 0,
      held: 0,
      due: 0,
      overdue: 0,
      ruleVersion: 0,
      dueDigest: 'a'.repeat(64),
    };
    const first = accepted(given(checkDecider, []).when({ type: 'RecordCheck', data }, system()));
    expect(first).toHaveLength(1);
    for (const checkedOn of [TODAY, '2026-11-20'])
      expect(
        accepted(given(checkDecider, first).when({ type: 'RecordCheck', data: { ...data, checkedOn } }, system())),
      ).toEqual([]);
  });
  it('are of a year that is over', () => {
    const replay = (year: string) => ({
      type: 'ReplayYear' as const,
      data: {
        replay: {
          year,
          change: { kind: 'deadline' as const, deadline: 'hearing' as const, days: 7 },
          examined: 0,
          differing: 0,
          differences: [],
        },
        replayHash: 'a'.repeat(64),
      },
    });
    expect(given(counterfactualDecider, []).when(replay('2026'), manager)).toMatchObject(
      refusedWith('year_of_replay_not_over'),
    );
    expect(given(counterfactualDecider, []).when(replay('2025'), manager).kind).toBe('accepted');
  });
});

it('every refusal has its code in the contract', () => {
  expect([...recordsRuleNames].toSorted()).toEqual([...recordsRuleCodes].toSorted());
});
