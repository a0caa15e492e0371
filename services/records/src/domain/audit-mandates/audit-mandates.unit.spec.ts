import { plainText, type CommandMeta, type Decision } from '@toeverlaat/event-log';
import { addCalendarDays } from '@toeverlaat/legal';
import { InvariantBroken, uuidV5, type CommandId, type OrganisationId, type PersonId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  auditMandatesDecider,
  mandatesOf,
  mandateStateOn,
  scopeOn,
  type AuditMandateCommand,
  type AuditMandateEvent,
  type AuditMandatesState,
} from './index.js';

const gentia = 'gentia' as OrganisationId;
const aude = { organisation: gentia, person: 'aude' as PersonId };
const dora = { organisation: gentia, person: 'dora' as PersonId };
const uuid = (name: string): string => uuidV5('audit-mandates', name);
const RECORD = uuid('record');

type Bare = AuditMandateCommand extends infer C ? (C extends AuditMandateCommand ? Omit<C, 'meta'> : never) : never;
type Giving = Extract<AuditMandateCommand, { type: 'GiveAuditMandate' }>['data'];

const metaOn = (today: string): CommandMeta => ({
  commandId: uuid('command') as CommandId,
  organisation: gentia,
  at: `${today}T09:00:00.000Z`,
  today,
  actor: { pseudonym: 'dora2026', capacity: 'data_protection_officer' },
  lawVersion: '2026-1',
});
const fold = (given: readonly AuditMandateEvent[]): AuditMandatesState =>
  given.reduce<AuditMandatesState>(auditMandatesDecider.evolve, auditMandatesDecider.initial);
const decide = (
  given: readonly AuditMandateEvent[],
  command: Bare,
  today = '2026-11-23',
): Decision<AuditMandateEvent> =>
  auditMandatesDecider.decide({ ...command, meta: metaOn(today) } as AuditMandateCommand, fold(given));
const events = (given: readonly AuditMandateEvent[], command: Bare, today?: string): readonly AuditMandateEvent[] => {
  const decision = decide(given, command, today);
  if (decision.kind === 'rejected') throw new Error(JSON.stringify(decision.rejection));
  return decision.events;
};
const refusal = (given: readonly AuditMandateEvent[], command: Bare, today?: string) => {
  const decision = decide(given, command, today);
  return decision.kind === 'rejected' ? decision.rejection : 'accepted';
};
const give = (change: Partial<Giving> = {}): Bare => ({
  type: 'GiveAuditMandate',
  data: {
    mandateId: uuid('one'),
    auditor: aude,
    isAuditor: true,
    scope: 'organisation',
    records: [],
    handlers: [],
    from: '2026-12-01',
    to: '2027-03-01',
    givenBy: dora,
    motive: plainText('steekproef'),
    ...change,
  },
});
const end = (mandateId = uuid('one')): Bare => ({
  type: 'EndAuditMandate',
  data: { mandateId, motive: plainText('klaar') },
});

describe('a mandate to look at the access history', () => {
  it('is given for some time, of something, to an auditor, by another person', () => {
    expect(events([], give())).toMatchObject([
      {
        type: 'AuditMandateGiven',
        data: { auditor: aude, scope: 'organisation', givenBy: 'dora2026', givenAs: 'data_protection_officer' },
      },
    ]);
    expect(refusal([], give({ to: '2026-12-01' }))).toMatchObject({ code: 'audit_mandate_reversed' });
    expect(refusal([], give({ from: '2026-01-01', to: '2026-11-23' }))).toMatchObject({ code: 'audit_mandate_past' });
    expect(refusal([], give({ to: '2027-12-02' }))).toMatchObject({
      code: 'audit_mandate_too_long',
      params: { months: 12 },
    });
    expect(events([], give({ to: '2027-12-01' }))).toHaveLength(1);
    expect(refusal([], give({ auditor: dora }))).toMatchObject({ code: 'audit_mandate_of_own' });
    expect(refusal([], give({ isAuditor: false }))).toMatchObject({ code: 'not_an_auditor' });
  });

  it.each([
    ['records', [], []],
    ['handlers', [], []],
    ['organisation', [RECORD], []],
    ['records', [RECORD], ['lies2026']],
  ] as const)('names what it is of and nothing else: %s', (scope, records, handlers) => {
    expect(refusal([], give({ scope, records, handlers }))).toMatchObject({ code: 'audit_scope_not_named' });
  });

  it('is given once, ends once, and never again', () => {
    const given = events([], give());
    expect(events(given, give())).toEqual([]);
    const ended = [...given, ...events(given, end())];
    expect(refusal(ended, end())).toMatchObject({ code: 'audit_mandate_over' });
    expect(refusal(given, end(), '2027-03-01')).toMatchObject({ code: 'audit_mandate_over' });
    expect(refusal(given, end(uuid('another')))).toEqual({ kind: 'NotFound' });
    expect(() =>
      fold([{ type: 'AuditMandateEnded', data: { mandateId: uuid('x'), on: '2026-12-01', motive: plainText('x') } }]),
    ).toThrow(InvariantBroken);
  });

  it('closes the page on its last day, or when it is ended', () => {
    const given = events([], give());
    const [mandate] = fold(given).mandates;
    if (mandate === undefined) throw new Error('none');
    expect(mandateStateOn(mandate, '2026-11-30')).toBe('to_come');
    expect(mandateStateOn(mandate, '2026-12-01')).toBe('running');
    expect(mandateStateOn(mandate, '2027-02-28')).toBe('running');
    expect(mandateStateOn(mandate, '2027-03-01')).toBe('ended');
    const [ended] = fold([...given, ...events(given, end(), '2027-01-10')]).mandates;
    if (ended === undefined) throw new Error('none');
    expect(mandateStateOn(ended, '2027-01-10')).toBe('ended');
  });

  it('is of one auditor of one directory; what several of them give adds up', () => {
    const both = [
      ...events([], give({ mandateId: uuid('records'), scope: 'records', records: [RECORD] })),
      ...events(
        [],
        give({ mandateId: uuid('handlers'), scope: 'handlers', handlers: ['lies2026'], from: '2026-12-05' }),
      ),
    ];
    const own = mandatesOf(fold(both), aude);
    expect(own).toHaveLength(2);
    expect(mandatesOf(fold(both), { organisation: 'zorgnet' as OrganisationId, person: aude.person })).toEqual([]);
    expect(scopeOn(own, '2026-11-30')).toBeUndefined();
    expect(scopeOn(own, '2026-12-01')).toEqual({ kind: 'some', records: [RECORD], handlers: [] });
    expect(scopeOn(own, '2026-12-05')).toEqual({ kind: 'some', records: [RECORD], handlers: ['lies2026'] });
    const whole = [...both, ...events([], give({ mandateId: uuid('whole') }))];
    expect(scopeOn(mandatesOf(fold(whole), aude), '2026-12-05')).toEqual({ kind: 'all' });
  });

  it('gives a scope on exactly the days from its first until the one before its last', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer({ min: 1, max: 360 }), fc.nat(700), (starts, lasts, asked) => {
        const from = addCalendarDays('2026-11-24', starts);
        const to = addCalendarDays(from, lasts);
        const on = addCalendarDays('2026-11-01', asked);
        const own = mandatesOf(fold(events([], give({ from, to }))), aude);
        expect(scopeOn(own, on) !== undefined).toBe(from <= on && on < to);
      }),
    );
  });
});
