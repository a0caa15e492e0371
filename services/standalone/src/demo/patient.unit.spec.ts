import { acceptRequestCommand, type CommandReply, type RpcClient } from '@toeverlaat/contracts';
import { bootstrapCaller } from '@toeverlaat/directory';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { patient } from './patient.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const unavailable: CommandReply = { ok: false, rejection: { kind: 'Unavailable', detail: 'log' } };
const notFound: CommandReply = { ok: false, rejection: { kind: 'NotFound' } };
const context = {
  requestId: 'r',
  correlationId: 'r',
  caller: bootstrapCaller,
  purpose: 'operate',
  language: 'nl',
} as const;

const answering = (...replies: readonly CommandReply[]) => {
  const asked: string[] = [];
  const rpc: RpcClient = {
    command: (_def, _context, { commandId }) => {
      const reply = replies[Math.min(asked.length, replies.length - 1)];
      asked.push(commandId);
      return reply === undefined ? Promise.reject(new RangeError('no reply')) : Promise.resolve(reply);
    },
    query: () => Promise.reject(new RangeError('no question here')),
  };
  const ask = async () => {
    const answer = patient(rpc).command(acceptRequestCommand, context, { commandId: 'same', data: { requestId: 'x' } });
    await vi.runAllTimersAsync();
    return answer;
  };
  return { asked, ask };
};

it('asks again under the same id while it is told to try later', async () => {
  const { asked, ask } = answering(unavailable, unavailable, notFound);
  expect(await ask()).toEqual(notFound);
  expect(asked).toEqual(['same', 'same', 'same']);
});

it('takes any other refusal for an answer', async () => {
  const { asked, ask } = answering(notFound);
  expect(await ask()).toEqual(notFound);
  expect(asked).toHaveLength(1);
});

it('lets a refusal stand that does not pass', async () => {
  const { asked, ask } = answering(unavailable);
  expect(await ask()).toEqual(unavailable);
  expect(asked).toHaveLength(8);
});
