import { isSealedValue, type ConfidentialText } from '@toeverlaat/event-log';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { life, person, refusal, uuid } from '../fixture.js';
import { partsOf, readableCopies, receivedDecider, type LivingReceived, type ReceivedCommand } from './index.js';

const copy = (name: string, content = `{"of":"${name}"}`) => ({
  copyId: uuid(`copy ${name}`),
  recordId: uuid(name),
  kind: 'informal_choice' as const,
  title: name,
  content,
});
const deliver = (...copies: readonly ReturnType<typeof copy>[]) => ({
  type: 'Deliver' as const,
  data: {
    receiver: { pseudonym: 'p-paul', participantId: uuid('paul'), person: person('paul') },
    sender: { participantId: uuid('lies'), person: person('lies') },
    answerDueOn: '2026-03-14',
    expiresOn: '2026-03-18',
    site: 'ghent',
    consent: { method: 'own_account' as const, wordingVersion: '2026.1', givenOn: '2026-03-03' },
    copies,
  },
});
const open = (...names: readonly string[]) => ({
  type: 'OpenCopies' as const,
  data: { copyIds: names.map((name) => uuid(`copy ${name}`)) },
});
const end = (because: 'withdrawn' | 'expired') => ({ type: 'EndFurtherAccess' as const, data: { because } });
const accept = { type: 'AcceptReceived' as const, data: {} };
const decline = { type: 'DeclineReceived' as const, data: { reason: 'not_competent' as const } };
const referral = () => life(receivedDecider, (command, meta) => ({ ...command, meta }) as ReceivedCommand);
const words = (text: ConfidentialText): string => (isSealedValue(text) ? 'sealed' : text.plain);

const delivered = () => {
  const living = referral();
  living.does('2026-03-04', deliver(copy('a'), copy('b')));
  return living;
};
const readable = (living: ReturnType<typeof delivered>) =>
  readableCopies(living.state() as LivingReceived).map(({ recordId }) => recordId);

describe('a received referral', () => {
  it('is delivered once', () => {
    const living = delivered();
    expect(readable(living)).toEqual([uuid('a'), uuid('b')]);
    expect(living.does('2026-03-05', deliver(copy('c')))).toEqual([]);
  });

  it('may come without records: then there is a message only', () => {
    const living = referral();
    expect(living.does('2026-03-04', deliver())).toHaveLength(1);
    expect(readable(living)).toEqual([]);
  });

  it('notes the first reading of each copy and no later one', () => {
    const living = delivered();
    expect(living.does('2026-03-05', open('a'))).toEqual([{ type: 'ReceivedCopiesOpened', data: open('a').data }]);
    expect(living.does('2026-03-05', open('a', 'b'))).toEqual([{ type: 'ReceivedCopiesOpened', data: open('b').data }]);
    expect(living.does('2026-03-06', open('b', 'a'))).toEqual([]);
  });

  it('keeps open after a withdrawal what was read, and nothing else; nothing is erased', () => {
    const living = delivered();
    living.does('2026-03-05', open('a'));
    living.does('2026-03-05', accept);
    living.does('2026-03-06', end('withdrawn'));
    expect(readable(living)).toEqual([uuid('a')]);
    expect((living.state() as LivingReceived).copies).toHaveLength(2);
    expect(refusal(living.decide('2026-03-07', open('b')))).toBe('further_access_ended');
    expect(refusal(living.decide('2026-03-07', open('a')))).toBe('accepted');
    expect(refusal(living.decide('2026-03-07', accept))).toBe('further_access_ended');
    expect(living.does('2026-03-07', end('expired'))).toEqual([]);
  });

  it('that was declined or expired is in nobody’s file', () => {
    const declined = delivered();
    declined.does('2026-03-05', open('a'));
    declined.does('2026-03-05', decline);
    expect(readable(declined)).toEqual([]);
    expect(refusal(declined.decide('2026-03-06', accept))).toBe('referral_already_answered');
    const expired = delivered();
    expired.does('2026-03-05', open('a'));
    expired.does('2026-03-18', end('expired'));
    expect(readable(expired)).toEqual([]);
  });

  it('that was accepted in time does not expire', () => {
    const living = delivered();
    living.does('2026-03-17', accept);
    expect(living.does('2026-03-18', end('expired'))).toEqual([]);
    expect(living.does('2026-03-18', accept)).toEqual([]);
    expect(refusal(living.decide('2026-03-18', decline))).toBe('referral_already_answered');
  });

  it('does not exist before delivery', () => {
    for (const command of [accept, decline, open('a'), end('withdrawn')])
      expect(refusal(referral().decide('2026-03-04', command))).toBe('NotFound');
  });
});

it('cuts a long record into parts that are whole characters and join to the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: 2, max: 9 }), (content, limit) => {
      const parts = partsOf(content, limit);
      expect(parts.join('')).toBe(content);
      for (const part of parts) {
        expect(part.length).toBeGreaterThan(0);
        expect(part.length).toBeLessThanOrEqual(limit);
        expect(part.isWellFormed()).toBe(true);
      }
    }),
  );
  const living = referral();
  const long = '😀é'.repeat(20_000);
  living.does('2026-03-04', deliver(copy('long', long)));
  const [stored] = readableCopies(living.state() as LivingReceived);
  expect(stored?.parts.map(words).join('')).toBe(long);
  expect(refusal(referral().decide('2026-03-04', deliver(copy('x', 'x'.repeat(16_000 * 40 + 1)))))).toBe(
    'copies.content: too_big',
  );
});
