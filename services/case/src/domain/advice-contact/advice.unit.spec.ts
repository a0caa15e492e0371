import type { CommandMeta } from '@toeverlaat/event-log';
import type { CommandId } from '@toeverlaat/values';
import { describe, expect, it } from 'vitest';
import { gentia, lies, uuid, zorgnet } from '../case/case.fixture.js';
import { adviceDecider, type AdviceCommand } from './index.js';

const { decide, evolve, initial } = adviceDecider;
const meta = (organisation = gentia): CommandMeta => ({
  commandId: uuid('advice') as CommandId,
  organisation,
  at: '2026-03-02T10:00:00.000Z',
  today: '2026-03-02',
  actor: { pseudonym: 'abc', capacity: 'counsellor' },
  lawVersion: '2026.1',
});
const advise = (heldOn = '2026-03-02', fact = 'fact', organisation = gentia): AdviceCommand => ({
  type: 'RecordAdvice',
  data: {
    handler: { pseudonym: 'p', participantId: uuid('h'), person: lies },
    site: 'ghent',
    heldOn,
    channel: 'phone',
    language: 'nl',
    riskSources: [],
    optionsExplained: ['informal_advice'],
    factId: uuid(fact),
  },
  meta: meta(organisation),
});
const given = () => {
  const decision = decide(advise(), initial);
  return decision.kind === 'accepted' ? decision.events.reduce(evolve, initial) : initial;
};

describe('a one-off advice', () => {
  it('counts without a case and without a worker', () => {
    expect(given()).toMatchObject({ status: 'given', factId: uuid('fact'), factReleased: false });
    expect(decide(advise('2026-03-02', 'fact', zorgnet), initial)).toEqual(decide(advise(), initial));
  });
  it('is not given in the future', () => {
    expect(decide(advise('2026-03-03'), initial)).toMatchObject({ rejection: { field: 'heldOn', rule: 'in_future' } });
  });
  it('given again adds nothing, and is not given over another', () => {
    expect(decide(advise(), given())).toEqual({ kind: 'accepted', events: [] });
    expect(decide(advise('2026-03-02', 'other'), given())).toMatchObject({ rejection: { code: 'advice_exists' } });
  });
  it('releases its fact once', () => {
    const release: AdviceCommand = { type: 'ReleaseAdviceFact', data: {}, meta: meta() };
    const decision = decide(release, given());
    expect(decision).toMatchObject({ events: [{ type: 'AdviceFactReleased' }] });
    const released = decision.kind === 'accepted' ? decision.events.reduce(evolve, given()) : given();
    expect(decide(release, released)).toEqual({ kind: 'accepted', events: [] });
    expect(decide(release, initial)).toMatchObject({ rejection: { kind: 'NotFound' } });
  });
});
