import { getIntrospectionQuery } from 'graphql';
import { generateKeyPair } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { limits } from './limits.js';
import {
  accepted,
  ISSUER,
  rejected,
  startTestGateway,
  type FakeAnswers,
  type PostOptions,
  type TestGateway,
} from './test-support.js';

const CANARY = 'kanarie-4be1';
const KEY = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';

const thing = {
  id: 't-1',
  note: 'a note',
  state: 'open',
  on: '2026-03-02',
  sites: 'all',
  contacts: [{ channel: 'phone', minutes: 20 }, { channel: 'in_person' }],
  signature: { method: 'paper', holder: 'Lies' },
  counts: { phone: 1 },
};

/** Answers can be changed per test. */
let answers: FakeAnswers = {};
let gateway: TestGateway;
let counsellor: Record<string, string>;
let auditor: Record<string, string>;

beforeAll(async () => {
  gateway = await startTestGateway({
    query: (pattern, input, context) => answers.query?.(pattern, input, context),
    command: (pattern, request, context) => answers.command?.(pattern, request, context),
  });
  counsellor = {
    authorization: `Bearer ${await gateway.issuer.token('lies@gentia')}`,
    'toeverlaat-capacity': 'gentia/c-2',
  };
  auditor = {
    authorization: `Bearer ${await gateway.issuer.token('lies@zorgnet')}`,
    'toeverlaat-capacity': 'zorgnet/c-2',
  };
});
afterAll(() => gateway.gateway.close());
afterEach(() => {
  answers = {};
});

const ME =
  '{ me { signedIn role organisation purpose language capacities { id role organisation purposes mandate { home } } acting { id } } }';
const post = (query: string, options?: PostOptions) => gateway.post(query, options);
const openThing = (input: Record<string, unknown>, headers = counsellor) =>
  post(
    `mutation ($input: OpenThingInput!) { openThing(input: $input) { __typename
      ... on CommandAccepted { id revision token repeated } ... on Refused { message }
      ... on InvalidInput { field rule } ... on RuleRefused { code source } ... on StaleVersion { expected actual } ... on TryLater { retryAfterMs } } }`,
    { headers, variables: { input: { idempotencyKey: KEY, note: 'x', ...input } } },
  );
/** Data of the command that a service was asked last. */
const lastData = (): unknown => (gateway.rpc.asked.at(-1)?.body as { data: unknown } | undefined)?.data;
const read = (headers = counsellor, extra: Record<string, string> = {}) =>
  post('{ thingById(id: "t-1") { __typename ... on Thing { id state } ... on Refused { message } } }', {
    headers: { ...headers, ...extra },
  });

describe('who asks', () => {
  it('serves the base schema to somebody without a sign-in', async () => {
    const { status, data } = await post(ME);
    expect(status).toBe(200);
    expect(data?.['me']).toEqual({
      signedIn: false,
      role: null,
      organisation: null,
      purpose: null,
      language: 'en',
      capacities: [],
      acting: null,
    });
  });

  it('lists a signed-in person’s capacities, those under a mandate and as participant included', async () => {
    const { data } = await post(ME, { headers: { authorization: auditor['authorization'] ?? '' } });
    expect(data?.['me']?.['capacities']).toEqual([
      { id: 'zorgnet/c-2', role: 'auditor', organisation: 'zorgnet', purposes: ['audit'], mandate: null },
      {
        id: 'gentia/c-9',
        role: 'prevention_adviser',
        organisation: 'gentia',
        purposes: expect.arrayContaining(['receive_referral']) as string[],
        mandate: { home: 'zorgnet' },
      },
    ]);
    const worker = await post(ME, { headers: { authorization: counsellor['authorization'] ?? '' } });
    const choices = (worker.data?.['me']?.['capacities'] ?? []) as { id: string }[];
    expect(choices.map(({ id }) => id)).toEqual(['gentia/c-1', 'gentia/c-1/participant', 'gentia/c-2']);
  });

  it('acts in the chosen capacity: the service hears who, in which organisation, for what', async () => {
    answers = {
      query: (pattern) => (pattern === 'case.thingById' ? { ok: true, stale: false, value: thing } : undefined),
    };
    await read(counsellor, { 'toeverlaat-purpose': 'hear_worker', 'accept-language': 'fr-BE' });
    const asked = gateway.rpc.asked.at(-1);
    expect(asked?.context).toMatchObject({
      caller: {
        role: 'counsellor',
        organisation: 'gentia',
        person: 'p-lies',
        pseudonym: 'lies-counsellor',
        capacityId: 'c-2',
        sites: 'all',
      },
      purpose: 'hear_worker',
      language: 'fr',
    });
    // The same capacity id and person id in the other organisation is somebody else.
    const other = await post(ME, { headers: { ...auditor, 'toeverlaat-capacity': 'c-2' } });
    expect(other.data?.['me']).toMatchObject({
      role: 'auditor',
      organisation: 'zorgnet',
      acting: { id: 'zorgnet/c-2' },
    });
  });

  it('gives the public door to whoever names an organisation, and a receipt its own', async () => {
    const door = await post(ME, { headers: { 'toeverlaat-organisation': 'gentia' } });
    expect(door.data?.['me']).toMatchObject({ signedIn: false, role: 'anonymous_worker', organisation: 'gentia' });
    answers = {
      query: (pattern, input) =>
        pattern === 'intake.authenticateReceipt'
          ? {
              ok: true,
              stale: false,
              value:
                (input as { authenticator: string }).authenticator === 'right'.repeat(5)
                  ? { ok: true, organisation: 'zorgnet', requestId: 'r-1' }
                  : { ok: false },
            }
          : undefined,
    };
    const right = await post(ME, { headers: { authorization: `Receipt ${'lookup'.repeat(4)}.${'right'.repeat(5)}` } });
    expect(right.data?.['me']).toMatchObject({ role: 'anonymous_worker', organisation: 'zorgnet', signedIn: false });
    const wrong = await post(ME, { headers: { authorization: `Receipt ${'lookup'.repeat(4)}.${'wrong'.repeat(5)}` } });
    const malformed = await post(ME, { headers: { authorization: 'Receipt nonsense' } });
    const elsewhere = await post(ME, {
      headers: {
        authorization: `Receipt ${'lookup'.repeat(4)}.${'right'.repeat(5)}`,
        'toeverlaat-organisation': 'gentia',
      },
    });
    for (const answer of [wrong, malformed, elsewhere]) {
      expect(answer.status).toBe(401);
      expect({ ...answer.errors[0], extensions: { ...answer.errors[0]?.extensions, requestId: '' } }).toEqual({
        ...wrong.errors[0],
        extensions: { code: 'RECEIPT_NOT_ACCEPTED', requestId: '' },
      });
    }
  });
});

describe('sign-in problems', () => {
  const codeOf = async (headers: Record<string, string>) => {
    const { status, errors, data } = await post(ME, { headers });
    expect(data).toBeUndefined();
    return [status, errors[0]?.extensions.code];
  };
  const bearer = async (...args: Parameters<TestGateway['issuer']['token']>) => ({
    authorization: `Bearer ${await gateway.issuer.token(...args)}`,
  });

  it('tells them apart', async () => {
    expect(await codeOf(await bearer('lies@gentia', { expiresAt: 1_000 }))).toEqual([401, 'TOKEN_EXPIRED']);
    expect(await codeOf(await bearer('lies@gentia', { issuer: 'https://elsewhere.test' }))).toEqual([
      401,
      'TOKEN_OTHER_ISSUER',
    ]);
    expect(await codeOf(await bearer('lies@gentia', { audience: 'urn:other' }))).toEqual([401, 'TOKEN_OTHER_AUDIENCE']);
    const { privateKey } = await generateKeyPair('ES256');
    expect(await codeOf(await bearer('lies@gentia', { key: privateKey }))).toEqual([401, 'TOKEN_INVALID']);
    expect(await codeOf({ authorization: 'Bearer nonsense' })).toEqual([401, 'TOKEN_INVALID']);
    expect(await codeOf({ authorization: `Bearer ${'x'.repeat(8_500)}` })).toEqual([401, 'TOKEN_INVALID']);
    expect(await codeOf({ authorization: 'Basic x' })).toEqual([400, 'BAD_HEADER']);
    expect(await codeOf({ 'toeverlaat-organisation': 'Not An Id' })).toEqual([400, 'BAD_HEADER']);
    expect(await codeOf({ ...counsellor, 'toeverlaat-capacity': 'zorgnet/c-2' })).toEqual([403, 'NO_SUCH_CAPACITY']);
    expect(await codeOf({ ...counsellor, 'toeverlaat-capacity': 'gentia/c-2/participant' })).toEqual([
      403,
      'NO_SUCH_CAPACITY',
    ]);
    expect(await codeOf({ 'toeverlaat-capacity': 'gentia/c-2' })).toEqual([403, 'NO_SUCH_CAPACITY']);
    expect(await codeOf({ ...counsellor, 'toeverlaat-purpose': 'audit' })).toEqual([403, 'PURPOSE_NOT_ALLOWED']);
    expect(await codeOf({ ...counsellor, 'toeverlaat-after': 'made-up' })).toEqual([400, 'BAD_POSITION_TOKEN']);
  });

  it('refuses an unsigned token and one signed with the public key as a secret', async () => {
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const claims = encode({ iss: ISSUER, aud: 'urn:toeverlaat:api', sub: 'lies@gentia', exp: 4_000_000_000 });
    expect(await codeOf({ authorization: `Bearer ${encode({ alg: 'none' })}.${claims}.` })).toEqual([
      401,
      'TOKEN_INVALID',
    ]);
    const hmac = await gateway.issuer.token('lies@gentia', {
      alg: 'HS256',
      key: new TextEncoder().encode(JSON.stringify(gateway.issuer.jwks)) as never,
    });
    expect(await codeOf({ authorization: `Bearer ${hmac}` })).toEqual([401, 'TOKEN_INVALID']);
  });

  it('fails closed when the directory is out of reach', async () => {
    answers = {
      query: (pattern) =>
        pattern === 'directory.identity' ? rejected({ kind: 'Unavailable', detail: 'down' }) : undefined,
    };
    expect(await codeOf(counsellor)).toEqual([503, 'SERVICE_UNAVAILABLE']);
  });

  it('says it in the caller’s language', async () => {
    const messages = await Promise.all(
      ['nl', 'fr', 'de', 'en'].map(
        async (language) =>
          (await post(ME, { headers: { authorization: 'Bearer x.y.z', 'accept-language': language } })).errors[0]
            ?.message,
      ),
    );
    expect(new Set(messages).size).toBe(4);
    expect(messages[0]).toBe('Deze aanmelding is niet geldig. Meld u opnieuw aan.');
  });
});

describe('one schema per capacity', () => {
  const typesFor = async (headers: Record<string, string>): Promise<string> => {
    const { text, status } = await post(getIntrospectionQuery(), { headers });
    expect(status).toBe(200);
    return text;
  };

  it('shows by introspection what the capacity may see and nothing more', async () => {
    expect(await typesFor(counsellor)).toMatch(/"openThing".*|"ThingSignaturePaper"/);
    const seenByAuditor = await typesFor(auditor);
    expect(seenByAuditor).toContain('"thingById"');
    expect(seenByAuditor).not.toMatch(/openThing|"note"|ThingSignature|secretCount|CommandAccepted/);
    expect(await typesFor({})).not.toMatch(/[tT]hing|secretCount|Refused|mutationType":\{/);
  });

  it('answers a field of another capacity exactly like one that does not exist, without suggesting one', async () => {
    const [hidden, absent] = await Promise.all(
      ['note', 'mote'].map((field) =>
        post(`{ thingById(id: "t-1") { ... on Thing { ${field} } } }`, { headers: auditor }),
      ),
    );
    expect(hidden?.status).toBe(400);
    expect(hidden?.errors[0]?.extensions).toMatchObject({
      code: 'QUERY_INVALID',
      detail: 'Cannot query field "note" on type "Thing".',
    });
    expect(hidden?.text.replaceAll('note', 'mote').replaceAll(/"requestId":"[^"]*"/g, '')).toBe(
      absent?.text.replaceAll(/"requestId":"[^"]*"/g, ''),
    );
    expect(absent?.text).not.toContain('Did you mean');
  });

  it('has no mutation where the capacity may do nothing', async () => {
    const { errors } = await post('mutation { openThing }', { headers: auditor });
    expect(errors[0]?.extensions.code).toBe('QUERY_INVALID');
  });
});

describe('limits', () => {
  const deep = (levels: number): string => {
    // Named fragments hide depth from a counter that does not follow them.
    const fragments = Array.from(
      { length: levels },
      (_, n) =>
        `fragment F${n} on Thing { ... on Thing { ${n + 1 < levels ? `...F${n + 1}` : 'contacts { channel }'} } }`,
    );
    return `{ thingById(id: "1") { ...F0 } } ${fragments.join(' ')}`;
  };
  const codes = async (query: string, headers = counsellor) => {
    const { status, errors } = await post(query, { headers });
    return [status, [...new Set(errors.map((error) => error.extensions.code))]];
  };

  it('refuses a query that is too deep', async () => {
    const nested = `${'{ __type(name: "Thing") { fields { type '.repeat(1)}${'{ ofType '.repeat(limits.depth + 2)}{ name }${' }'.repeat(limits.depth + 2)} } } }`;
    expect(await codes(nested)).toEqual([400, ['QUERY_TOO_DEEP']]);
  });

  it('counts what a fragment stands for, not the fragment', async () => {
    answers = {
      query: (pattern) => (pattern === 'case.thingById' ? { ok: true, stale: false, value: thing } : undefined),
    };
    expect(await codes(deep(20))).toEqual([200, []]);
  });

  it('refuses introspection that nests its lists', async () => {
    const [status] = await codes(
      '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }',
    );
    expect(status).toBe(400);
  });

  it('refuses too many aliases, also when spread by fragments', async () => {
    const aliases = Array.from({ length: limits.aliases + 1 }, (_, n) => `a${n}: health { status }`).join(' ');
    expect(await codes(`{ ${aliases} }`)).toEqual([400, ['TOO_MANY_ALIASES']]);
    expect(await codes(`{ ...F } fragment F on Query { ${aliases} }`)).toEqual([400, ['TOO_MANY_ALIASES']]);
  });

  it('refuses too many directives and too many tokens', async () => {
    expect(await codes(`{ health { status ${'@include(if: true) '.repeat(limits.directives + 1)} } }`)).toEqual([
      400,
      expect.arrayContaining(['TOO_MANY_DIRECTIVES']),
    ]);
    expect(await codes(`{ health { ${'status '.repeat(limits.tokens)} } }`)).toEqual([400, ['TOO_MANY_TOKENS']]);
  });

  it('refuses what is too costly, and never says how much is allowed', async () => {
    const costly = `{ things(first: 100) { ... on ThingRowList { items { id ${Array.from({ length: 14 }, (_, n) => `x${n}: id`).join(' ')} } } } b: things(first: 20000) { __typename } }`;
    const { status, errors, text } = await post(costly, { headers: counsellor });
    expect([status, errors.map((error) => error.extensions.code)]).toEqual([400, ['QUERY_TOO_COSTLY']]);
    expect(text).not.toMatch(/\d{4,}(?!-)[^-]*limit|20000|20\.000/);
  });

  it('refuses a fragment cycle', async () => {
    const [status] = await codes('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }');
    expect(status).toBe(400);
  });

  it('refuses a large body, a batch, another media type, GET, broken JSON, an unknown place', async () => {
    const send = async (init: RequestInit, path = '/graphql') => {
      const response = await fetch(`${gateway.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        ...init,
      });
      const body = (await response.json()) as { errors?: { extensions: { code: string }; message: string }[] };
      expect(body.errors?.[0]?.message.length).toBeGreaterThan(10);
      return [response.status, body.errors?.[0]?.extensions.code];
    };
    expect(await send({ body: JSON.stringify({ query: `{ me { language } } # ${'x'.repeat(600_000)}` }) })).toEqual([
      413,
      'REQUEST_TOO_LARGE',
    ]);
    expect(
      await send({ body: JSON.stringify([{ query: '{ health { status } }' }, { query: '{ health { status } }' }]) }),
    ).toEqual([400, 'BAD_REQUEST']);
    expect(await send({ body: '{"query"' })).toEqual([400, 'BAD_REQUEST']);
    expect(await send({ body: '{}' })).toEqual([400, 'BAD_REQUEST']);
    expect(await send({ body: 'query=x', headers: { 'content-type': 'text/plain' } })).toEqual([
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ]);
    expect(await send({ method: 'GET' }, '/graphql?query={me{language}}')).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(await send({ method: 'GET' }, `/elsewhere/${CANARY}`)).toEqual([404, 'PAGE_NOT_FOUND']);
    expect(gateway.logged()).not.toContain(CANARY);
  });

  it('refuses a form post, which a foreign page could send', async () => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'query=%7Bme%7Blanguage%7D%7D',
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(await response.text()).not.toContain('"data"');
  });
});

describe('commands', () => {
  it('demand an idempotency key, and hand it on as the command id', async () => {
    const without = await post('mutation { openThing(input: { note: "x" }) { __typename } }', { headers: counsellor });
    expect(without.status).toBe(400);
    expect(without.errors[0]?.extensions).toMatchObject({
      code: 'QUERY_INVALID',
      detail: expect.stringContaining('idempotencyKey') as string,
    });
    const bad = await openThing({ idempotencyKey: CANARY });
    expect(bad.errors[0]?.extensions).toMatchObject({ code: 'INPUT_INVALID', field: 'input.idempotencyKey' });
    expect(bad.text).not.toContain(CANARY);
    answers = { command: () => accepted('t-9') };
    const { data } = await openThing({
      expectedRevision: 3,
      signature: { paper: { holder: 'Lies' } },
      sites: ['*'],
      on: null,
    });
    expect(data?.['openThing']).toMatchObject({
      __typename: 'CommandAccepted',
      id: 't-9',
      revision: 0,
      repeated: false,
    });
    expect(gateway.rpc.asked.at(-1)).toMatchObject({
      pattern: 'case.openThing',
      body: {
        commandId: KEY,
        expectedRevision: 3,
        data: { note: 'x', signature: { method: 'paper', holder: 'Lies' }, sites: 'all' },
      },
    });
    expect(lastData()).not.toHaveProperty('on');
    await openThing({ signature: { none: true }, sites: ['gent'] });
    expect(lastData()).toEqual({
      note: 'x',
      signature: { method: 'none' },
      sites: ['gent'],
    });
  });

  it('answer each refusal as a typed member, in four languages', async () => {
    const cases = [
      [{ kind: 'NotFound' }, { __typename: 'NotFound' }],
      [{ kind: 'NotAllowed', verb: 'act' }, { __typename: 'NotAllowed' }],
      [
        { kind: 'InvalidInput', field: 'note', rule: 'too_big' },
        { __typename: 'InvalidInput', field: 'note', rule: 'too_big' },
      ],
      [
        { kind: 'RuleRefused', code: 'some_rule', source: 'Codex I.3-14' },
        { __typename: 'RuleRefused', code: 'some_rule', source: 'Codex I.3-14' },
      ],
      [
        { kind: 'StaleVersion', expected: 1, actual: 2 },
        { __typename: 'StaleVersion', expected: 1, actual: 2 },
      ],
      [{ kind: 'CommandIdReused' }, { __typename: 'CommandIdReused' }],
      [{ kind: 'Erased' }, { __typename: 'Erased' }],
      [
        { kind: 'Unavailable', detail: CANARY },
        { __typename: 'TryLater', retryAfterMs: 1000 },
      ],
    ] as const;
    for (const [rejection, expected] of cases) {
      answers = { command: () => rejected(rejection) };
      const messages = new Set<unknown>();
      for (const language of ['nl', 'fr', 'de', 'en']) {
        const { data, text, status } = await openThing({}, { ...counsellor, 'accept-language': language });
        expect(status).toBe(200);
        expect(text).not.toContain(CANARY);
        expect(data?.['openThing']).toMatchObject(expected);
        messages.add(data?.['openThing']?.['message']);
      }
      expect([rejection.kind, messages.size]).toEqual([rejection.kind, 4]);
    }
  });

  it('give a token that a later question names, and the service is told the position', async () => {
    answers = { command: () => accepted('t-1', '0000000000000777') };
    const token = String((await openThing({})).data?.['openThing']?.['token']);
    expect(token).not.toContain('777');
    answers = {
      query: (pattern) => (pattern === 'case.thingById' ? { ok: true, stale: true, value: thing } : undefined),
    };
    const { extensions } = await read(counsellor, { 'toeverlaat-after': token });
    expect(extensions).toEqual({ stale: true });
    expect(gateway.rpc.asked.at(-1)?.context).toMatchObject({ after: { case: '0000000000000777' } });
    // In another organisation's hands it is no token.
    const stolen = await read(auditor, { 'toeverlaat-after': token });
    expect(stolen.errors[0]?.extensions.code).toBe('BAD_POSITION_TOKEN');
  });
});

describe('questions', () => {
  it('give a contract’s answer through its GraphQL form', async () => {
    answers = {
      query: (pattern) => (pattern === 'case.thingById' ? { ok: true, stale: false, value: thing } : undefined),
    };
    const { data, extensions } = await post(
      '{ thingById(id: "t-1") { ... on Thing { id note state on sites contacts { channel minutes } signature { ... on ThingSignaturePaper { holder } } counts { key value } } } }',
      { headers: counsellor },
    );
    expect(data?.['thingById']).toEqual({
      id: 't-1',
      note: 'a note',
      state: 'open',
      on: '2026-03-02',
      sites: ['*'],
      contacts: [
        { channel: 'phone', minutes: 20 },
        { channel: 'in_person', minutes: null },
      ],
      signature: { holder: 'Lies' },
      counts: [{ key: 'phone', value: 1 }],
    });
    expect(extensions).toBeUndefined();
  });

  it('answer "not there" and "not for you" with the same bytes', async () => {
    const bodies: string[] = [];
    for (const reply of [rejected({ kind: 'NotFound' }), { ok: true, stale: false, value: null }]) {
      answers = { query: (pattern) => (pattern === 'case.thingById' ? reply : undefined) };
      const { text, status, headers } = await read();
      expect(status).toBe(200);
      bodies.push(`${text} ${headers.get('content-length') ?? ''}`);
    }
    expect(new Set(bodies).size).toBe(1);
    expect(bodies[0]).toContain('"__typename":"NotFound"');
  });
});

describe('errors tell nothing that was written', () => {
  it('masks what nobody expected, under a number that the log has too', async () => {
    answers = {
      query: (pattern) => {
        if (pattern === 'case.thingById') throw new Error(`broken by ${CANARY}`);
        return undefined;
      },
    };
    const { text, errors, headers } = await read(counsellor, { 'accept-language': 'de' });
    const requestId = headers.get('toeverlaat-request-id') ?? '';
    expect(errors[0]?.extensions).toEqual({ code: 'INTERNAL', requestId });
    expect(errors[0]?.message).toContain(requestId);
    expect(errors[0]?.message).toContain('Auf unserer Seite');
    expect(text).not.toContain(CANARY);
    expect(gateway.logged()).toContain(requestId);
    expect(gateway.logged()).not.toContain(CANARY);
  });

  it.each([
    [
      'a literal of the wrong type',
      `mutation { openThing(input: { idempotencyKey: "${KEY}", note: "x", on: "${CANARY}" }) { __typename } }`,
      {},
    ],
    ['a literal enum', `{ thingById(id: ${CANARY.replace('-', '')}) { __typename } }`, {}],
    ['a syntax error', `{ thingById(id: "${CANARY}" `, {}],
    ['an odd character', `{ thingById(id: "x") { ${CANARY} } } \u0000${CANARY}`, {}],
    [
      'a variable of the wrong type',
      'query ($id: String!) { thingById(id: $id) { __typename } }',
      { id: { secret: CANARY } },
    ],
    [
      'a variable with an unknown member',
      'mutation ($input: OpenThingInput!) { openThing(input: $input) { __typename } }',
      { input: { idempotencyKey: KEY, note: CANARY, extra: CANARY } },
    ],
    [
      'a number for a text',
      'mutation ($input: OpenThingInput!) { openThing(input: $input) { __typename } }',
      { input: { idempotencyKey: KEY, note: [CANARY] } },
    ],
    [
      'a value that imitates the place',
      'mutation ($input: OpenThingInput!) { openThing(input: $input) { __typename } }',
      { input: { idempotencyKey: `${CANARY} at "input.x"; y`, note: 'x' } },
    ],
  ])('%s is not repeated', async (_what, query, variables) => {
    const { status, text, errors } = await post(query, { headers: counsellor, variables });
    expect(status).toBe(400);
    expect(errors.length).toBeGreaterThan(0);
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain('secret');
    expect(gateway.logged()).not.toContain(CANARY);
  });

  it('logs a request by number, route, status and time alone', async () => {
    const before = gateway.logged().length;
    await post(ME, { headers: { 'user-agent': CANARY, 'x-forwarded-for': '203.0.113.9' } });
    // The line is written when the answer has been sent, which the client may see first.
    await expect.poll(() => gateway.logged().length).toBeGreaterThan(before);
    const line = JSON.parse(gateway.logged().slice(before).trim().split('\n').at(-1) ?? '{}') as object;
    expect(Object.keys(line).toSorted()).toEqual([
      'durationMs',
      'level',
      'method',
      'msg',
      'requestId',
      'route',
      'service',
      'status',
      'time',
    ]);
  });
});

describe('health, start page, end', () => {
  it('is live, and ready only when every service answers', async () => {
    expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
    const notReady = await fetch(`${gateway.url}/health/ready`);
    expect(notReady.status).toBe(503);
    expect(await notReady.json()).toMatchObject({ services: { case: 'unreachable' } });
    answers = {
      query: (pattern) =>
        pattern.endsWith('.health') ? { ok: true, stale: false, value: { status: 'ok' } } : undefined,
    };
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200);
    expect((await post('{ health { status } }')).data?.['health']).toEqual({ status: 'ok' });
  });

  it('loads nothing from anywhere on its start page', async () => {
    const response = await fetch(gateway.url, { headers: { 'accept-language': 'nl' } });
    const html = await response.text();
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(html).toContain('lang="nl"');
    expect(html).toContain('/graphql');
    expect(html).not.toMatch(/<script|https:\/\/|src=|@import|url\(/);
    expect(html).not.toContain('demo-person');
  });

  it('sends security headers with every answer and names no software', async () => {
    for (const path of ['/', '/graphql', '/health/live', '/nowhere']) {
      const { headers } = await fetch(`${gateway.url}${path}`);
      expect([path, headers.get('content-security-policy')]).toEqual([
        path,
        expect.stringContaining("default-src 'none'"),
      ]);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('server')).toBeNull();
    }
  });

  it('answers what is running before it stops', async () => {
    let release = (): void => undefined;
    let reached = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const other = await startTestGateway({
      query: (pattern) => {
        if (pattern !== 'case.thingById') return undefined;
        reached();
        return new Promise((resolve) => {
          release = () => {
            resolve({ ok: true, stale: false, value: thing });
          };
        });
      },
    });
    const authorization = `Bearer ${await other.issuer.token('lies@gentia')}`;
    const running = other.post('{ thingById(id: "1") { ... on Thing { id } } }', {
      headers: { authorization, 'toeverlaat-capacity': 'c-2' },
    });
    await asked;
    const closed = other.gateway.close();
    release();
    expect((await running).data?.['thingById']).toEqual({ id: 't-1' });
    await closed;
    await expect(fetch(other.url)).rejects.toThrow('fetch failed');
  });

  it('gives up on a service that does not answer in time', async () => {
    const slow = await startTestGateway(
      { query: (pattern) => (pattern === 'case.thingById' ? new Promise(() => undefined) : undefined) },
      { settings: { serviceTimeoutMs: 50 } },
    );
    const authorization = `Bearer ${await slow.issuer.token('lies@gentia')}`;
    const { data } = await slow.post('{ thingById(id: "1") { __typename } }', {
      headers: { authorization, 'toeverlaat-capacity': 'c-2' },
    });
    expect(data?.['thingById']).toEqual({ __typename: 'TryLater' });
    await slow.gateway.close();
  });
});
