import { accessCodec, createRecorder, type AuthoritySource, type Caller } from '@toeverlaat/access';
import type { RequestContext } from '@toeverlaat/contracts';
import { createMemoryEventLog, type EventLog } from '@toeverlaat/event-log';
import { err, ok, settableClock, type OrganisationId, type PersonId } from '@toeverlaat/values';
import { describe, expect, it } from 'vitest';
import { freshCaller, type Attempt } from './gate.js';

const gentia = 'gentia' as OrganisationId;
const T0 = '2026-11-20T10:00:00.000Z';
const CAP = 3;
const caller: Caller = {
  role: 'counsellor',
  organisation: gentia,
  person: 'lies' as PersonId,
  pseudonym: 'abcdef',
  capacityId: 'c1',
  sites: 'all',
};
const context: RequestContext = {
  requestId: '7d4c2a1e-90b3-4f6a-8d25-1e0f3b7a9c44',
  correlationId: '0b6f1d8a-3c52-4e7b-9a41-5d2c8e6f7a10',
  caller,
  purpose: 'handle_case',
  language: 'nl',
};
const attempt: Attempt = { recordClass: 'case', record: 'r1', query: 'case.case' };

const holding: AuthoritySource = {
  capacitiesOf: () =>
    Promise.resolve(
      ok([
        {
          id: 'c1',
          role: 'counsellor' as const,
          organisation: gentia,
          person: 'lies' as PersonId,
          sites: ['gent'],
          from: '2026-01-01',
        },
      ]),
    ),
};
const lost: AuthoritySource = { capacitiesOf: () => Promise.resolve(ok([])) };
const silent: AuthoritySource = {
  capacitiesOf: () => Promise.resolve(err({ kind: 'AuthorityUnavailable', detail: 'down' })),
};

const gateOn = (authority: AuthoritySource, log: EventLog = createMemoryEventLog()) => {
  const clock = settableClock(T0);
  const recorder = createRecorder({
    log,
    clock,
    service: 'case',
    writerId: 'w1',
    cap: { attempts: CAP, windowMs: 60_000 },
    pseudonym: (organisation, scope, name) => Promise.resolve(`tag-${organisation}-${scope}-${name.length}`),
  });
  const codec = accessCodec('case');
  return {
    runtime: { authority, recorder, clock },
    recorded: async () =>
      (await log.readAll({ limit: 100 })).events.map((event) => ({
        organisation: event.organisation,
        event: codec.decodeStored(event),
      })),
  };
};

describe('the caller with fresh authority', () => {
  it('who still holds the capacity goes through with the sites that it has, and leaves nothing here', async () => {
    const { runtime, recorded } = gateOn(holding);
    expect(await freshCaller(runtime, context, attempt)).toEqual(ok({ ...caller, sites: ['gent'] }));
    expect(await recorded()).toEqual([]);
  });

  it('who lost it is refused as ever, once the attempt is recorded in their organisation', async () => {
    const { runtime, recorded } = gateOn(lost);
    expect(await freshCaller(runtime, context, attempt)).toEqual(err({ kind: 'NotAllowed', verb: 'act_in_capacity' }));
    expect(await recorded()).toMatchObject([
      {
        organisation: gentia,
        event: {
          type: 'AccessDenied',
          data: { ...attempt, purpose: 'handle_case', requestId: context.requestId },
        },
      },
    ]);
  });

  it('is one of many attempts: beyond the rate they are counted, and answered alike', async () => {
    const { runtime, recorded } = gateOn(lost);
    for (let n = 0; n < CAP + 2; n += 1)
      expect(await freshCaller(runtime, context, attempt)).toEqual(
        err({ kind: 'NotAllowed', verb: 'act_in_capacity' }),
      );
    const types = (await recorded()).map(({ event }) => event?.type);
    expect(types.filter((type) => type === 'AccessDenied')).toHaveLength(CAP);
    expect(types).toHaveLength(CAP + 1);
  });

  it('is refused as unavailable while nobody knows what they hold: no attempt of theirs', async () => {
    const { runtime, recorded } = gateOn(silent);
    expect(await freshCaller(runtime, context, attempt)).toEqual(err({ kind: 'Unavailable', detail: 'authority' }));
    expect(await recorded()).toEqual([]);
  });
});
