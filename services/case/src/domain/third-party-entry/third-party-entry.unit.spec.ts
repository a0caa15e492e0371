import { plainText, type CommandMeta } from '@toeverlaat/event-log';
import { thirdPartyFact } from '@toeverlaat/legal';
import type { CommandId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { registerFacts } from '../../application/facts.js';
import { gentia, lies, uuid, zorgnet } from '../case/case.fixture.js';
import { thirdPartyDecider, type ThirdPartyCommand, type ThirdPartyEvent, type ThirdPartyState } from './index.js';

const { decide, evolve, initial } = thirdPartyDecider;
const TODAY = '2026-03-10';
type Recording = Extract<ThirdPartyCommand, { readonly type: 'RecordThirdPartyEntry' }>['data'];

const meta = (organisation = gentia): CommandMeta => ({
  commandId: uuid('entry') as CommandId,
  organisation,
  at: `${TODAY}T10:00:00.000Z`,
  today: TODAY,
  actor: { pseudonym: 'abc', capacity: 'counsellor' },
  lawVersion: '2026.1',
});
const keeper: Recording['keeper'] = {
  pseudonym: 'p',
  participantId: uuid('keeper'),
  person: lies,
  capacity: 'counsellor',
  internal: true,
};
const recording: Recording = {
  keeper,
  statementOn: '2026-03-09',
  factsFrom: '2026-03-08',
  site: 'ghent',
  capacity: 'passenger',
  kinds: ['physical_violence'],
  description: plainText('Geslagen aan de halte.'),
  worker: { participantId: uuid('worker'), agreesToName: false },
  factIds: [uuid('fact')],
};
const record = (change: Partial<Recording> = {}, organisation = gentia): ThirdPartyCommand => ({
  type: 'RecordThirdPartyEntry',
  data: { ...recording, ...change },
  meta: meta(organisation),
});
const withdraw: ThirdPartyCommand = { type: 'WithdrawThirdPartyName', data: {}, meta: meta() };
const release: ThirdPartyCommand = { type: 'ReleaseThirdPartyFacts', data: {}, meta: meta() };
const followUp = (notedOn: string, id = 'follow-up'): ThirdPartyCommand => ({
  type: 'NoteThirdPartyFollowUp',
  data: { followUpId: uuid(id), notedOn, words: plainText('Camera op de lijn.') },
  meta: meta(),
});
const events = (state: ThirdPartyState, command: ThirdPartyCommand): readonly ThirdPartyEvent[] => {
  const decision = decide(command, state);
  if (decision.kind !== 'accepted') throw new Error(JSON.stringify(decision.rejection));
  return decision.events;
};
const given = (...commands: readonly ThirdPartyCommand[]): ThirdPartyState =>
  commands.reduce<ThirdPartyState>((state, command) => events(state, command).reduce(evolve, state), initial);
const named = { participantId: uuid('worker'), name: plainText('Bert'), agreesToName: true };

describe('an entry of the register', () => {
  it('is recorded from a statement, without a name, and alike in an organisation with the same ids', () => {
    const [event] = events(initial, record());
    expect(event).toMatchObject({ type: 'ThirdPartyEntryRecorded', data: { keeper: 'p', statementOn: '2026-03-09' } });
    expect(event?.type === 'ThirdPartyEntryRecorded' && event.data.workerName).toBe(undefined);
    expect(events(initial, record({}, zorgnet))).toEqual(events(initial, record()));
  });

  it('names the worker only when they agree, and is refused with a name that came along', () => {
    expect(given(record({ worker: named }))).toMatchObject({ workerName: named.name });
    expect(decide(record({ worker: { ...named, agreesToName: false } }), initial)).toMatchObject({
      rejection: { kind: 'RuleRefused', code: 'name_needs_consent' },
    });
    expect(decide(record({ worker: { participantId: uuid('worker'), agreesToName: true } }), initial)).toMatchObject({
      rejection: { kind: 'InvalidInput', field: 'workerName', rule: 'required' },
    });
  });

  it('shows no name once it was withdrawn; where nobody was named the answer is the same', () => {
    const state = given(record({ worker: named }), withdraw);
    expect(state).toMatchObject({ status: 'kept', workerName: undefined });
    expect(events(state, withdraw)).toEqual([]);
    expect(events(given(record()), withdraw)).toEqual([]);
    expect(decide(withdraw, initial)).toMatchObject({ rejection: { kind: 'NotFound' } });
  });

  it.each([
    [{ statementOn: '2026-03-11' }, 'statementOn', 'in_future'],
    [{ factsFrom: '2026-03-10' }, 'factsFrom', 'after_statement'],
    [{ factsTo: '2026-03-07' }, 'factsTo', 'before_start'],
    [{ factsTo: '2026-03-10' }, 'factsTo', 'after_statement'],
    [{ kinds: ['bullying', 'bullying'] }, 'kinds', 'not_unique'],
  ] as const)('with %j is refused', (change, field, rule) => {
    expect(decide(record(change), initial)).toMatchObject({ rejection: { kind: 'InvalidInput', field, rule } });
  });

  it('is written by the counsellor, inside or not, and by an adviser of the internal service', () => {
    const by = (capacity: Recording['keeper']['capacity'], internal: boolean) =>
      decide(record({ keeper: { ...keeper, capacity, internal } }), initial);
    for (const [capacity, internal] of [
      ['counsellor', true],
      ['counsellor', false],
      ['prevention_adviser', true],
    ] as const)
      expect(by(capacity, internal).kind).toBe('accepted');
    expect(by('prevention_adviser', false)).toMatchObject({ rejection: { code: 'register_kept_internally' } });
  });

  it('recorded again adds nothing, and is not recorded over another', () => {
    expect(events(given(record()), record())).toEqual([]);
    expect(decide(record({ factIds: [uuid('other')] }), given(record()))).toMatchObject({
      rejection: { code: 'register_entry_exists' },
    });
  });

  it('keeps what was done about it, each once, after the statement and not in the future', () => {
    const state = given(record(), followUp('2026-03-10'), followUp('2026-03-09', 'other'));
    expect(state.status === 'kept' && Object.keys(state.followUps)).toHaveLength(2);
    expect(events(state, followUp('2026-03-10'))).toEqual([]);
    for (const [date, rule] of [
      ['2026-03-11', 'in_future'],
      ['2026-03-08', 'before_statement'],
    ] as const)
      expect(decide(followUp(date, 'third'), state)).toMatchObject({ rejection: { field: 'notedOn', rule } });
    expect(decide(followUp('2026-03-10'), initial)).toMatchObject({ rejection: { kind: 'NotFound' } });
  });

  it('releases its facts once: each kind is one, in the month of the statement', () => {
    expect(events(given(record(), release), release)).toEqual([]);
    expect(events(given(record()), release)).toMatchObject([{ type: 'ThirdPartyFactsReleased' }]);
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...thirdPartyFact.values), { minLength: 1 }), (kinds) => {
        const factIds = kinds.map((kind) => uuid(kind));
        const state = given(record({ kinds, factIds }));
        if (state.status !== 'kept') throw new Error('not kept');
        const facts = registerFacts(state);
        expect(facts.map(({ factId, code }) => [factId, code])).toEqual(kinds.map((kind) => [uuid(kind), kind]));
        expect(new Set(facts.map(({ month, what, by }) => `${month} ${what} ${by}`))).toEqual(
          new Set(['2026-03 register_fact counsellor']),
        );
      }),
    );
  });
});
