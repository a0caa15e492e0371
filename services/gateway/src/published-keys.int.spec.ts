import { evidenceKeysQuery, promiseKeyQuery, type RequestContext } from '@toeverlaat/contracts';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startTestGateway, type FakeAnswers, type TestGateway } from './test-support.js';

const key = (use: 'checkpoint' | 'promise', organisation: string) => ({
  use,
  id: 'ab'.repeat(use === 'promise' ? 32 : 4),
  alg: 'Ed25519',
  key: `${use} of ${organisation}`,
  origin: use === 'promise' ? null : `toeverlaat/00/${organisation}`,
  from: null,
  until: null,
});

let answers: FakeAnswers = {};
const asked: { readonly pattern: string; readonly caller: RequestContext['caller'] }[] = [];
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({
    query: (pattern, input, context) => {
      asked.push({ pattern, caller: (context as RequestContext).caller });
      return answers.query?.(pattern, input, context);
    },
  });
});
afterAll(() => gateway.gateway.close());
beforeEach(() => {
  asked.length = 0;
  answers = {
    query: (pattern, _, context) => {
      const { organisation } = (context as RequestContext).caller;
      if (!['gentia', 'zorgnet', 'leuven'].includes(organisation))
        return { ok: false, rejection: { kind: 'NotFound' } };
      return pattern === promiseKeyQuery.pattern
        ? { ok: true, stale: false, value: key('promise', organisation) }
        : { ok: true, stale: false, value: { keys: [key('checkpoint', organisation)] } };
    },
  };
});

const fetched = async (organisation: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${gateway.url}/.well-known/toeverlaat-keys/${organisation}`, { headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

it('gives the public keys of each organisation to anybody, whatever they say they are', async () => {
  for (const organisation of ['gentia', 'zorgnet'])
    expect(await fetched(organisation, { 'toeverlaat-organisation': 'zorgnet', 'toeverlaat-purpose': 'none' })).toEqual(
      {
        status: 200,
        body: {
          format: 'toeverlaat-keys/1',
          organisation,
          keys: [key('checkpoint', organisation), key('promise', organisation)],
        },
      },
    );
  for (const { caller } of asked) expect(caller).toMatchObject({ role: 'anonymous_worker', capacityId: 'public' });
  // Known for a while: nobody burdens the services by asking again and again.
  const before = asked.length;
  expect((await fetched('gentia')).status).toBe(200);
  expect(asked.length).toBe(before);
});

it('has nothing of an organisation that is not there or has no such name, and asks for no key of it', async () => {
  for (const organisation of ['nobody', 'No-Body', 'x'])
    expect(await fetched(organisation)).toMatchObject({
      status: 404,
      body: { errors: [{ extensions: { code: 'PAGE_NOT_FOUND' } }] },
    });
  expect(new Set(asked.map(({ pattern }) => pattern))).toEqual(new Set([evidenceKeysQuery.pattern]));
});

it('says that it cannot answer now, and keeps no half of an answer', async () => {
  const sound = answers;
  answers = {
    query: (pattern, input, context) =>
      pattern === promiseKeyQuery.pattern
        ? { ok: false, rejection: { kind: 'Unavailable', detail: 'intake' } }
        : sound.query?.(pattern, input, context),
  };
  expect((await fetched('leuven')).status).toBe(503);
  answers = sound;
  expect((await fetched('leuven')).status).toBe(200);
});
