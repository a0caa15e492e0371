import { ERASED, plainText, type CommandMeta, type Rejection } from '@toeverlaat/event-log';
import { lawVersion } from '@toeverlaat/legal';
import { addDays, newCommandId, organisationId, type PersonId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  requestDecider,
  type RequestCommand,
  type RequestEvent,
  type RequestState,
  type SendRequest,
} from './index.js';

type Given<C> = C extends RequestCommand ? Omit<C, 'meta'> : never;

const MONDAY = '2026-03-02';
const meta = (today: string): CommandMeta => ({
  commandId: newCommandId(),
  organisation: organisationId('gentia'),
  at: `${today}T09:00:00.000Z`,
  today,
  actor: { pseudonym: 'p', capacity: 'worker' },
  lawVersion,
});

/** Given events, when a command is decided on a date, then events or a rejection. */
const when = (given: readonly RequestEvent[], command: Given<RequestCommand>, today = MONDAY) => {
  const state = given.reduce<RequestState>(requestDecider.evolve, requestDecider.initial);
  return requestDecider.decide({ ...command, meta: meta(today) } as RequestCommand, state);
};
const events = (decision: ReturnType<typeof when>): readonly RequestEvent[] => {
  if (decision.kind === 'rejected') throw new Error(JSON.stringify(decision.rejection));
  return decision.events;
};
const rejection = (decision: ReturnType<typeof when>): Rejection => {
  if (decision.kind === 'accepted') throw new Error(`accepted: ${decision.events.map((event) => event.type).join()}`);
  return decision.rejection;
};

const receipt = { lookupId: 'l'.repeat(22), verifier: 'v'.repeat(43), publicKey: 'k'.repeat(43) };
const registeredAs = ({ lookupId, ...registered }: typeof receipt): RequestEvent => ({
  type: 'ReceiptRegistered',
  data: { lookupId, part: 'receipt', registered },
});
const APPLICANT = '11111111-1111-4111-8111-111111111111';
const PROPOSAL = '22222222-2222-4222-8222-222222222222';
const OPTION = '33333333-3333-4333-8333-333333333333';
const EARLIER = '44444444-4444-4444-8444-444444444444';

const anonymous: Given<SendRequest>['data'] = {
  way: 'anonymous',
  handler: 'lies',
  designationId: 'd-lies',
  counsellorAvailable: true,
  site: 'ghent',
  applicantParticipantId: APPLICANT,
  language: 'nl',
  escalation: 'nobody',
  receipt,
  wordingVersion: '1',
};
const sent = (change: Partial<Given<SendRequest>['data']> = {}, today = MONDAY) =>
  events(when([], { type: 'SendRequest', data: { ...anonymous, ...change } }, today));
const withSecond = () =>
  sent({ escalation: 'second_counsellor', second: { handler: 'marc', designationId: 'd-marc' } });

describe('sending a contact request', () => {
  it('starts the ten calendar days with the first contact, and registers the receipt', () => {
    const [requested, registered] = sent();
    expect(requested).toMatchObject({
      type: 'ContactRequested',
      data: { hearingDueOn: '2026-03-12', firstContactOn: MONDAY },
    });
    expect(registered).toEqual(registeredAs(receipt));
  });

  it.each([
    ['an anonymous request with a name', { name: plainText('Nora') }, 'name'],
    ['an anonymous request with an account', { person: 'nora' as PersonId }, 'person'],
    ['an anonymous request without a receipt', { receipt: undefined }, 'receipt'],
    ['a named request without a name', { way: 'named', safeChannel: plainText('phone') }, 'name'],
    ['a named request without a safe channel', { way: 'named', name: plainText('Nora') }, 'safeChannel'],
    ['a signed-in request without a person', { way: 'signed_in' }, 'person'],
    ['a second counsellor to tell who is not named', { escalation: 'second_counsellor' }, 'second'],
  ] as const)('refuses %s and names the field', (_, change, field) => {
    expect(rejection(when([], { type: 'SendRequest', data: { ...anonymous, ...change } }))).toMatchObject({
      kind: 'InvalidInput',
      field,
    });
  });

  it('refuses an absent counsellor, and a second who is the first', () => {
    expect(
      rejection(when([], { type: 'SendRequest', data: { ...anonymous, counsellorAvailable: false } })),
    ).toMatchObject({
      code: 'counsellor_absent',
    });
    const second = { handler: 'lies', designationId: 'd-lies' };
    expect(
      rejection(when([], { type: 'SendRequest', data: { ...anonymous, escalation: 'second_counsellor', second } })),
    ).toMatchObject({ code: 'second_counsellor_is_the_first' });
  });
});

describe('when the ten days run short', () => {
  const announce = { type: 'AnnounceTimeShort', data: { hearingDueOn: '2026-03-12' } } as const;
  const escalate = {
    type: 'Escalate',
    data: { hearingDueOn: '2026-03-12', to: { pseudonym: 'marc', capacity: 'counsellor' } },
  } as const;
  const passed = { type: 'NoteTermPassed', data: { hearingDueOn: '2026-03-12' } } as const;

  it('tells the worker first, and only then the one the worker named', () => {
    expect(events(when(withSecond(), escalate, '2026-03-10'))).toEqual([]);
    const announced = [...withSecond(), ...events(when(withSecond(), announce, '2026-03-09'))];
    expect(announced.at(-1)?.type).toBe('TimeRunningShort');
    expect(events(when(announced, escalate, '2026-03-09'))).toEqual([]);
    expect(events(when(announced, escalate, '2026-03-10'))).toMatchObject([
      { type: 'RequestEscalated', data: { to: 'marc' } },
    ]);
  });

  it('tells nobody when the worker said so', () => {
    const announced = [...sent(), ...events(when(sent(), announce, '2026-03-09'))];
    expect(events(when(announced, escalate, '2026-03-10'))).toEqual([]);
  });

  it('records a missed term the day after, once, and a late hearing does not undo it', () => {
    expect(events(when(sent(), passed, '2026-03-12'))).toEqual([]);
    const missed = [...sent(), ...events(when(sent(), passed, '2026-03-13'))];
    expect(missed.at(-1)?.type).toBe('HearingTermMissed');
    expect(events(when(missed, passed, '2026-03-14'))).toEqual([]);
    const late = [...missed, ...events(when(missed, { type: 'NoteHearing', data: { state: 'heard' } }, '2026-03-14'))];
    expect(late.reduce<RequestState>(requestDecider.evolve, requestDecider.initial)).toMatchObject({
      hearing: 'missed',
    });
  });

  it('is quiet once the worker was heard', () => {
    const heard = [...sent(), ...events(when(sent(), { type: 'NoteHearing', data: { state: 'heard' } }))];
    expect(events(when(heard, passed, '2026-03-20'))).toEqual([]);
    expect(events(when(heard, announce, '2026-03-09'))).toEqual([]);
  });
});

describe('stepping back', () => {
  const back = { type: 'StepBack', data: { handler: 'lies', ground: 'conflict_of_interest' } } as const;

  it('lets the worker choose another, with the clock unchanged, and not the same again', () => {
    const stepped = [...sent(), ...events(when(sent(), back))];
    const again = {
      type: 'ChooseCounsellor',
      data: { handler: 'lies', designationId: 'd-lies', counsellorAvailable: true },
    } as const;
    expect(rejection(when(stepped, again))).toMatchObject({ code: 'counsellor_stepped_back' });
    const chosen = [
      ...stepped,
      ...events(when(stepped, { ...again, data: { ...again.data, handler: 'marc', designationId: 'd-marc' } })),
    ];
    expect(chosen.reduce<RequestState>(requestDecider.evolve, requestDecider.initial)).toMatchObject({
      status: 'waiting',
      handler: 'marc',
      hearingDueOn: '2026-03-12',
    });
  });

  it('is unknown to anyone but the handler', () => {
    expect(rejection(when(sent(), { ...back, data: { ...back.data, handler: 'marc' } }))).toEqual({ kind: 'NotFound' });
  });
});

describe('appointments', () => {
  const propose = {
    type: 'ProposeAppointments',
    data: {
      by: 'lies',
      proposalId: PROPOSAL,
      options: [{ optionId: OPTION, startsAt: '2026-03-05T10:00:00.000Z', channel: 'phone' }],
    },
  } as const;
  const pick = { type: 'PickAppointment', data: { proposalId: PROPOSAL, optionId: OPTION } } as const;

  it('are proposed by the handler, picked once by the worker', () => {
    expect(rejection(when(sent(), { ...propose, data: { ...propose.data, by: 'marc' } }))).toEqual({
      kind: 'NotFound',
    });
    const proposed = [...sent(), ...events(when(sent(), propose))];
    const picked = [...proposed, ...events(when(proposed, pick))];
    expect(picked.at(-1)).toMatchObject({ type: 'AppointmentPicked', data: { optionId: OPTION } });
    expect(rejection(when(picked, pick))).toMatchObject({ code: 'appointment_already_answered' });
    expect(rejection(when(proposed, pick, '2026-03-06'))).toMatchObject({ code: 'appointment_passed' });
  });

  it('lie in the future', () => {
    expect(rejection(when(sent(), propose, '2026-03-06'))).toMatchObject({ field: 'options', rule: 'in_the_past' });
  });
});

describe('a lost code', () => {
  const claim = { type: 'ClaimEarlierRequest', data: { words: plainText('I wrote last week') } } as const;
  const link = {
    type: 'LinkEarlierRequest',
    data: { by: 'lies', earlierRequestId: EARLIER, firstContactOn: '2026-02-23' },
  } as const;

  it('is claimed by the worker and linked by the counsellor after the hearing; the first contact stands', () => {
    expect(rejection(when(sent(), link))).toMatchObject({ code: 'earlier_request_not_claimed' });
    const claimed = [...sent(), ...events(when(sent(), claim))];
    expect(rejection(when(claimed, link))).toMatchObject({ code: 'worker_not_heard_yet' });
    const heard = [...claimed, ...events(when(claimed, { type: 'NoteHearing', data: { state: 'heard' } }))];
    expect(events(when(heard, link))).toMatchObject([
      { type: 'EarlierRequestLinked', data: { firstContactOn: '2026-02-23', hearingDueOn: '2026-03-05' } },
    ]);
  });

  it('dies on the earlier request, which ends', () => {
    const revoked = [...sent(), ...events(when(sent(), { type: 'RevokeReceipt', data: { because: 'linked' } }))];
    expect(revoked.reduce<RequestState>(requestDecider.evolve, requestDecider.initial)).toMatchObject({
      status: 'ended',
      how: 'linked',
    });
    expect(events(when(revoked, { type: 'RevokeReceipt', data: { because: 'linked' } }))).toEqual([]);
    // Its case closes later, and its term runs from then on.
    const closed = [...revoked, ...events(when(revoked, { type: 'CloseRequest', data: {} }))];
    expect(closed.at(-1)).toEqual({ type: 'RequestClosed', data: {} });
    expect(events(when(closed, { type: 'CloseRequest', data: {} }))).toEqual([]);
  });
});

describe('a receipt', () => {
  const stateOf = (given: readonly RequestEvent[]): RequestState =>
    given.reduce<RequestState>(requestDecider.evolve, requestDecider.initial);
  /** As it is read of a log of before: what was registered stood in the clear. */
  const ofVersion1: RequestEvent = { type: 'ReceiptRegistered', data: { ...receipt, part: 'receipt' } };
  const asked = sent().filter(({ type }) => type !== 'ReceiptRegistered');

  it('of version 1 is checked as before, and ends by what is recorded', () => {
    expect(stateOf([...asked, ofVersion1])).toMatchObject({ receipt });
    const ended = when([...asked, ofVersion1], { type: 'RevokeReceipt', data: { because: 'term_over' } });
    expect(events(ended)).toEqual([
      { type: 'ReceiptRevoked', data: { lookupId: receipt.lookupId, because: 'term_over' } },
    ]);
    expect(stateOf([...asked, ofVersion1, ...events(ended)])).toMatchObject({
      status: 'waiting',
      receipt: undefined,
      hadReceipt: true,
    });
  });

  it('is none once its key is gone, and there is nothing left to revoke', () => {
    const gone: RequestEvent = {
      type: 'ReceiptRegistered',
      data: { lookupId: receipt.lookupId, part: 'receipt', registered: ERASED },
    };
    expect(stateOf([...asked, gone])).toMatchObject({ receipt: undefined, hadReceipt: true });
    expect(events(when([...asked, gone], { type: 'RevokeReceipt', data: { because: 'term_over' } }))).toEqual([]);
  });
});

describe('every command', () => {
  const commands: readonly Given<RequestCommand>[] = [
    { type: 'ReleaseRequest', data: { to: 'lies', capacity: 'counsellor' } },
    { type: 'AcceptRequest', data: { by: 'lies' } },
    { type: 'WithdrawRequest', data: {} },
    { type: 'AnnounceTimeShort', data: { hearingDueOn: '2026-03-12' } },
    { type: 'Escalate', data: { hearingDueOn: '2026-03-12' } },
    { type: 'NoteTermPassed', data: { hearingDueOn: '2026-03-12' } },
    { type: 'NoteHearing', data: { state: 'heard' } },
    { type: 'RevokeReceipt', data: { because: 'replaced' } },
    { type: 'ReplaceReceipt', data: { receipt: { ...receipt, lookupId: 'n'.repeat(22) } } },
    { type: 'CloseRequest', data: {} },
  ];

  it('of a reaction or a timer decides to nothing the second time, whatever came before', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...commands)),
        fc.constantFrom(...commands),
        fc.integer({ min: 0, max: 30 }),
        (before, command, day) => {
          const today = addDays(MONDAY, day);
          let given: readonly RequestEvent[] = withSecond();
          for (const one of before) {
            const decision = when(given, one, today);
            if (decision.kind === 'accepted') given = given.concat(decision.events);
          }
          const first = when(given, command, today);
          if (first.kind === 'rejected') return;
          const second = when([...given, ...first.events], command, today);
          expect(second.kind === 'accepted' ? second.events : []).toEqual([]);
        },
      ),
    );
  });

  it('but sending is not found where there is no request', () => {
    for (const command of commands) expect(rejection(when([], command))).toEqual({ kind: 'NotFound' });
  });
});
