import { MAX_ATTACHMENT_BYTES, type BlobGateway, type CopyGateway, type RequestContext } from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import { request as httpRequest } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type FakeAnswers, type TestGateway } from './test-support.js';

const CANARY = 'kanarie-9c2d';
const KEY = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
const CASE = '0b8c6f1e-3a55-5a54-9d5e-0d5a4f2b7c11';
const BLOB = 'ab'.repeat(32);
const DOCUMENT = '6f9619ff-8b86-4d01-b42d-00cf4fc964aa';

type Put = Parameters<BlobGateway['put']>;
/** The service, as played by a test. */
let putAnswer: (...asked: Put) => ReturnType<BlobGateway['put']>;
let getAnswer: BlobGateway['get'];
let copyAnswer: CopyGateway['get'];
let answers: FakeAnswers = {};
const read = async (content: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = [];
  for await (const part of content) all.push(part);
  return Buffer.concat(all);
};
const refuse = (rejection: Rejection) => Promise.resolve({ ok: false, error: rejection } as const);

let gateway: TestGateway;
let counsellor: Record<string, string>;

beforeAll(async () => {
  gateway = await startTestGateway(
    { query: (pattern, input, context) => answers.query?.(pattern, input, context) },
    {
      blobs: {
        put: (...asked) => putAnswer(...asked),
        get: (...asked) => getAnswer(...asked),
      },
      copies: { get: (...asked) => copyAnswer(...asked) },
    },
  );
  counsellor = {
    authorization: `Bearer ${await gateway.issuer.token('lies@gentia')}`,
    'toeverlaat-capacity': 'gentia/c-2',
  };
});
afterAll(() => gateway.gateway.close());
afterEach(() => {
  answers = {};
  putAnswer = () => refuse({ kind: 'NotFound' });
  getAnswer = () => refuse({ kind: 'NotFound' });
  copyAnswer = () => refuse({ kind: 'NotFound' });
});

const upload = async (
  body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> = `%PDF-${CANARY}`,
  headers: Record<string, string> = {},
  caseId: string = CASE,
): Promise<{ readonly status: number; readonly headers: Headers; readonly code: unknown; readonly text: string }> => {
  const response = await fetch(`${gateway.url}/blobs/case/${caseId}`, {
    method: 'POST',
    headers: { ...counsellor, 'content-type': 'application/pdf', 'idempotency-key': KEY, ...headers },
    body,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  });
  const text = await response.text();
  const parsed = JSON.parse(text) as { errors?: readonly { extensions: { code: string } }[] };
  return { status: response.status, headers: response.headers, code: parsed.errors?.[0]?.extensions.code, text };
};
const streamOf = (bytes: number): ReadableStream<Uint8Array> => {
  let left = bytes;
  return new ReadableStream({
    pull: (controller) => {
      const size = Math.min(left, 100_000);
      if (size === 0) controller.close();
      else controller.enqueue(new Uint8Array(size));
      left -= size;
    },
  });
};

describe('an upload', () => {
  it('reaches the service with who asks, for what, and the bytes as they come', async () => {
    let seen: { context: RequestContext; body: Buffer; rest: unknown } | undefined;
    putAnswer = async (context, { content, ...rest }) => {
      seen = { context, rest, body: await read(content) };
      return { ok: true, value: { blob: BLOB, size: seen.body.length } };
    };
    const body = new Uint8Array(3_000_000).fill(7);
    const answer = await upload(body, { 'toeverlaat-purpose': 'hear_worker', 'accept-language': 'fr' });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([201, { blob: BLOB, size: body.length }]);
    expect(seen?.body.equals(body)).toBe(true);
    expect(seen?.rest).toEqual({ commandId: KEY, caseId: CASE, mediaType: 'application/pdf' });
    expect(seen?.context).toMatchObject({
      caller: { role: 'counsellor', organisation: 'gentia' },
      purpose: 'hear_worker',
      language: 'fr',
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('is refused in the caller’s language before the service is asked: kind, size, key, sign-in, capacity', async () => {
    putAnswer = () => {
      throw new Error('asked');
    };
    expect(await upload('x', { 'content-type': 'text/html' })).toMatchObject({ status: 415, code: 'ATTACHMENT_TYPE' });
    expect(await upload('{}', { 'content-type': 'application/json' })).toMatchObject({ code: 'ATTACHMENT_TYPE' });
    expect(await upload('x', { 'idempotency-key': 'again' })).toMatchObject({
      status: 400,
      code: 'IDEMPOTENCY_KEY_NEEDED',
    });
    expect(await upload('x', { authorization: 'Bearer nonsense' })).toMatchObject({ status: 401 });
    expect(await upload('x', { 'toeverlaat-capacity': 'gentia/c-99' })).toMatchObject({
      status: 403,
      code: 'NO_SUCH_CAPACITY',
    });
    const { authorization } = counsellor;
    const nobody = await fetch(`${gateway.url}/blobs/case/${CASE}`, {
      method: 'POST',
      headers: { authorization: authorization ?? '', 'content-type': 'application/pdf', 'idempotency-key': KEY },
      body: 'x',
    });
    expect(nobody.status).toBe(403);
    const large = await upload(new Uint8Array(3 * MAX_ATTACHMENT_BYTES), { 'accept-language': 'nl' });
    expect(large).toMatchObject({ status: 413, code: 'ATTACHMENT_TOO_LARGE' });
    expect(large.text).toContain('hoogstens 25 MB');
  });

  it('that says no size is cut off by who counts, and its sender still hears why', async () => {
    putAnswer = async (_context, { content }) => {
      let size = 0;
      for await (const part of content) {
        size += part.length;
        if (size > MAX_ATTACHMENT_BYTES)
          return refuse({ kind: 'InvalidInput', field: 'content', rule: 'too_big', params: { limit: 25 } });
      }
      throw new Error('counted wrongly');
    };
    expect(await upload(streamOf(3 * MAX_ATTACHMENT_BYTES))).toMatchObject({
      status: 413,
      code: 'ATTACHMENT_TOO_LARGE',
    });
  });

  it.each([
    [{ kind: 'NotFound' }, 404, 'NotFound'],
    [{ kind: 'NotAllowed', verb: 'put' }, 403, 'NotAllowed'],
    [{ kind: 'InvalidInput', field: 'mediaType', rule: 'not_the_content' }, 415, 'ATTACHMENT_TYPE'],
    [{ kind: 'InvalidInput', field: 'content', rule: 'too_small' }, 400, 'ATTACHMENT_EMPTY'],
    [{ kind: 'InvalidInput', field: 'content', rule: 'too_many', params: { limit: 20 } }, 429, 'TOO_MANY_ATTACHMENTS'],
    [{ kind: 'InvalidInput', field: 'caseId', rule: 'invalid_format' }, 400, 'InvalidInput'],
    [{ kind: 'RuleRefused', code: 'case_closed' }, 409, 'RuleRefused'],
    [{ kind: 'CommandIdReused' }, 409, 'CommandIdReused'],
    [{ kind: 'Erased' }, 410, 'Erased'],
    [{ kind: 'Unavailable', detail: CANARY }, 503, 'TryLater'],
  ] as const)('answers a refusal of the service: %o', async (rejection, status, code) => {
    putAnswer = () => refuse(rejection);
    const answer = await upload(new Uint8Array(2_000_000));
    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(answer.text).not.toContain(CANARY);
    getAnswer = () => refuse(rejection);
    expect((await fetch(`${gateway.url}/blobs/case/${CASE}/${BLOB}`, { headers: counsellor })).status).not.toBe(200);
  });

  it('that breaks off reaches the service as an error, and no word of it the log', async () => {
    const broken = new Promise<string>((resolve) => {
      putAnswer = async (_context, { content }) => {
        try {
          await read(content);
          resolve('whole');
        } catch (error) {
          resolve(error instanceof Error ? 'broken off' : 'other');
        }
        return refuse({ kind: 'Unavailable', detail: 'attachments' });
      };
    });
    const { port } = new URL(gateway.url);
    const client = httpRequest({
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: `/blobs/case/${CASE}`,
      headers: {
        ...counsellor,
        'content-type': 'application/pdf',
        'idempotency-key': KEY,
        'content-length': 1_000_000,
      },
    });
    client.on('error', () => undefined);
    client.write(`%PDF-${CANARY}`, () => setImmediate(() => client.destroy()));
    expect(await broken).toBe('broken off');
    expect(gateway.logged()).not.toContain(CANARY);
    expect(gateway.logged()).not.toContain(CASE);
  });
});

describe('a download', () => {
  const found = (content: AsyncIterable<Uint8Array>): BlobGateway['get'] => {
    return () => Promise.resolve({ ok: true, value: { mediaType: 'image/png', fileName: '1A2B-3C4D.png', content } });
  };
  async function* parts(): AsyncGenerator<Uint8Array> {
    for (let n = 0; n < 20; n += 1) yield new Uint8Array(100_000).fill(n);
  }

  it('streams out as a file to be saved, which no browser shows or keeps', async () => {
    let asked: unknown;
    getAnswer = (context, request) => {
      asked = [context.caller.role, request];
      return found(parts())(context, request);
    };
    const response = await fetch(`${gateway.url}/blobs/case/${CASE}/${BLOB}`, { headers: counsellor });
    expect(response.status).toBe(200);
    expect((await response.bytes()).length).toBe(2_000_000);
    expect(asked).toEqual(['counsellor', { caseId: CASE, blob: BLOB }]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': 'attachment; filename="1A2B-3C4D.png"',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    });
  });

  it('of a copy that was handed over is asked of who received it, and of nobody else', async () => {
    const asked: unknown[] = [];
    copyAnswer = (context, request) => {
      asked.push([context.caller.role, request]);
      return Promise.resolve({
        ok: true,
        value: { mediaType: 'image/png', fileName: '1A2B-3C4D.png', content: parts() },
      });
    };
    const response = await fetch(`${gateway.url}/blobs/referral/${CASE}/${BLOB}`, { headers: counsellor });
    expect([response.status, (await response.bytes()).length]).toEqual([200, 2_000_000]);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="1A2B-3C4D.png"');
    expect(asked).toEqual([['counsellor', { referralId: CASE, blob: BLOB }]]);
    expect((await fetch(`${gateway.url}/blobs/referral/${CASE}/${BLOB}`)).status).toBe(403);
    copyAnswer = () => refuse({ kind: 'NotFound' });
    const nothing = await fetch(`${gateway.url}/blobs/referral/${CASE}/${BLOB}`, { headers: counsellor });
    expect(nothing.status).toBe(404);
  });

  it('that turns out not to be whole is cut off, never ended as if it were', async () => {
    getAnswer = found(
      (async function* () {
        yield new Uint8Array(500_000);
        await Promise.resolve();
        throw new Error(CANARY);
      })(),
    );
    const response = await fetch(`${gateway.url}/blobs/case/${CASE}/${BLOB}`, { headers: counsellor });
    await expect(response.bytes()).rejects.toThrow('terminated');
    expect(gateway.logged()).toContain('attachment cut short');
    expect(gateway.logged()).not.toContain(CANARY);
  });

  it('ends what it reads from when the client goes away', async () => {
    const ended = new Promise<string>((resolve) => {
      getAnswer = found(
        (async function* () {
          try {
            for (;;) yield new Uint8Array(100_000);
          } finally {
            resolve('ended');
          }
        })(),
      );
    });
    const leaving = new AbortController();
    const response = await fetch(`${gateway.url}/blobs/case/${CASE}/${BLOB}`, {
      headers: counsellor,
      signal: leaving.signal,
    });
    const reader = response.body?.getReader();
    await reader?.read();
    leaving.abort();
    expect(await ended).toBe('ended');
  });

  it('is not asked for by HEAD, which would be recorded as a download of nothing', async () => {
    let asked = false;
    getAnswer = () => {
      asked = true;
      return refuse({ kind: 'NotFound' });
    };
    const response = await fetch(`${gateway.url}/blobs/case/${CASE}/${BLOB}`, { method: 'HEAD', headers: counsellor });
    expect([response.status, asked]).toEqual([404, false]);
  });
});

describe('a document', () => {
  it('comes as PDF, under a name that tells nothing', async () => {
    answers = {
      query: (pattern, input) =>
        pattern === 'case.document'
          ? {
              ok: true,
              stale: false,
              value: {
                documentId: (input as { documentId: string }).documentId,
                kind: 'informal_choice',
                fileName: '1A2B-3C4D.pdf',
                documentHash: BLOB,
                pdf: Buffer.from('%PDF-1.7').toString('base64'),
              },
            }
          : undefined,
    };
    const response = await fetch(`${gateway.url}/documents/case/${CASE}/${DOCUMENT}`, { headers: counsellor });
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'application/pdf',
      '%PDF-1.7',
    ]);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="1A2B-3C4D.pdf"');
    const nobody = await fetch(`${gateway.url}/documents/case/${CASE}/${DOCUMENT}`);
    expect(nobody.status).toBe(403);
    answers = { query: () => ({ ok: false, rejection: { kind: 'NotFound' } }) };
  });

  it('that is not there is NotFound', async () => {
    answers = {
      query: (pattern) => (pattern === 'case.document' ? { ok: false, rejection: { kind: 'NotFound' } } : undefined),
    };
    const response = await fetch(`${gateway.url}/documents/case/${CASE}/${DOCUMENT}`, { headers: counsellor });
    expect([response.status, ((await response.json()) as { errors: unknown }).errors]).toMatchObject([
      404,
      [{ extensions: { code: 'NotFound' } }],
    ]);
  });
});
