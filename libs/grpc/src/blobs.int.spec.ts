import { Module } from '@nestjs/common';
import type { BlobGateway } from '@toeverlaat/contracts';
import { contextFor } from '@toeverlaat/testing';
import { err, ok, organisationId } from '@toeverlaat/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGrpcClient, type GrpcClient } from './client.js';
import { endpointsSchema } from './endpoints.js';
import { authorityOf, identityOf, serve, type Served } from './test-support.js';

@Module({})
class NoController {}

const ours = authorityOf();
const context = contextFor(
  {
    role: 'counsellor',
    organisation: organisationId('gentia'),
    pseudonym: 'p1',
    capacityId: 'counsellor-lies',
    sites: 'all',
  },
  'handle_case',
);
const commandId = '0fd1b8b4-5e0c-4b0e-8d3c-0d2a2f0c7a11';
const BLOB = 'ab'.repeat(32);

async function* repeated(chunk: Uint8Array, times: number, onEach: (n: number) => void = () => undefined) {
  for (let n = 0; n < times; n += 1) {
    onEach(n);
    yield chunk;
    await Promise.resolve();
  }
}

/** Counts what it is given; tells what it was asked by the case's id. */
const keeping = (): BlobGateway & { readonly ended: string[] } => {
  const ended: string[] = [];
  return {
    ended,
    put: async (_, { caseId, content }) => {
      if (caseId === 'notmine') return err({ kind: 'NotFound' });
      let size = 0;
      try {
        for await (const chunk of content) size += chunk.length;
      } catch {
        ended.push('broken off');
        return err({ kind: 'Unavailable', detail: 'broken off' });
      }
      ended.push('whole');
      return ok({ blob: BLOB, size });
    },
    get: (_, { caseId }) =>
      Promise.resolve(
        caseId === 'notmine'
          ? err({ kind: 'NotFound' })
          : ok({
              mediaType: 'application/pdf' as const,
              fileName: 'attachment.pdf',
              content: (async function* () {
                try {
                  for (let n = 0; n < 40; n += 1) {
                    if (caseId === 'damaged' && n === 5) throw new Error('not whole');
                    yield new Uint8Array(64 * 1024).fill(n);
                    await Promise.resolve();
                  }
                } finally {
                  ended.push('read');
                }
              })(),
            }),
      ),
  };
};

let store: ReturnType<typeof keeping>;
let served: Served;
let gateway: GrpcClient;
beforeAll(async () => {
  store = keeping();
  served = await serve({ module: NoController }, identityOf(ours, 'case'), { blobs: store });
  gateway = createGrpcClient({
    identity: identityOf(ours, 'gateway'),
    services: { case: endpointsSchema.parse(served.address) },
  });
});
afterAll(async () => {
  gateway.close();
  await served.close();
});

describe('attachments over gRPC', () => {
  const request = { commandId, caseId: 'one', mediaType: 'application/pdf' };

  it('go in, chunk by chunk', async () => {
    const chunk = new Uint8Array(1_000_000);
    expect(await gateway.blobs.put(context, { ...request, content: repeated(chunk, 25) })).toEqual({
      ok: true,
      value: { blob: BLOB, size: 25_000_000 },
    });
  });

  it('are refused before their last byte is read', async () => {
    let last = 0;
    const content = repeated(new Uint8Array(1_000_000), 1_000, (n) => {
      last = n;
    });
    expect(await gateway.blobs.put(context, { ...request, caseId: 'notmine', content })).toEqual({
      ok: false,
      error: { kind: 'NotFound' },
    });
    expect(last).toBeLessThan(999);
  });

  it('say which field does not fit', async () => {
    const content = repeated(new Uint8Array(1), 1);
    expect(await gateway.blobs.put(context, { ...request, mediaType: 'text/html', content })).toMatchObject({
      ok: false,
      error: { kind: 'InvalidInput', field: 'mediaType' },
    });
  });

  it('that break off on the way are never taken for whole', async () => {
    const before = store.ended.length;
    const content = (async function* () {
      yield new Uint8Array(10);
      await Promise.resolve();
      throw new Error('the browser went away');
    })();
    expect(await gateway.blobs.put(context, { ...request, content })).toMatchObject({ ok: false });
    expect(store.ended.slice(before)).not.toContain('whole');
  });

  it('come out as they went in', async () => {
    const opened = await gateway.blobs.get(context, { caseId: 'one', blob: BLOB });
    if (!opened.ok) throw new Error(opened.error.kind);
    expect([opened.value.mediaType, opened.value.fileName]).toEqual(['application/pdf', 'attachment.pdf']);
    const chunks: Uint8Array[] = [];
    for await (const chunk of opened.value.content) chunks.push(chunk);
    const all = Buffer.concat(chunks);
    expect(all).toHaveLength(40 * 64 * 1024);
    expect([all[0], all.at(-1)]).toEqual([0, 39]);
  });

  it('throw where they turn out not to be whole', async () => {
    const opened = await gateway.blobs.get(context, { caseId: 'damaged', blob: BLOB });
    if (!opened.ok) throw new Error(opened.error.kind);
    const { content } = opened.value;
    const read = async (): Promise<number> => {
      let size = 0;
      for await (const chunk of content) size += chunk.length;
      return size;
    };
    await expect(read()).rejects.toThrow(/DATA_LOSS/u);
  });

  it('are refused as they are refused in one process', async () => {
    expect(await gateway.blobs.get(context, { caseId: 'notmine', blob: BLOB })).toEqual({
      ok: false,
      error: { kind: 'NotFound' },
    });
  });

  it('go to and come from the gateway alone', async () => {
    const intake = createGrpcClient({
      identity: identityOf(ours, 'intake'),
      services: { case: endpointsSchema.parse(served.address) },
    });
    try {
      const unavailable = { ok: false, error: { kind: 'Unavailable' } };
      expect(await intake.blobs.get(context, { caseId: 'one', blob: BLOB })).toMatchObject(unavailable);
      expect(await intake.blobs.put(context, { ...request, content: repeated(new Uint8Array(1), 1) })).toMatchObject(
        unavailable,
      );
    } finally {
      intake.close();
    }
  });
});
