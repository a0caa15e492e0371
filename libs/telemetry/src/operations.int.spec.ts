import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startOperationsServer, type HealthPart, type OperationsServer } from './operations.js';
import { createTelemetry } from './process.js';
import { telemetrySettings } from './settings.js';
import { recordingTelemetry } from './testing.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const open = async (parts: readonly HealthPart[], figures?: () => Promise<string>): Promise<OperationsServer> => {
  const server = await startOperationsServer({ host: '127.0.0.1', port: 0, parts, figures });
  ends.push(server.close);
  return server;
};
const get = async (url: string, init: RequestInit = {}) => {
  const response = await fetch(url, init);
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
};

describe('the operator’s port', () => {
  it('says by part what is not well, and nothing of why', async () => {
    let log: 'ok' | 'throws' = 'ok';
    const server = await open([
      { part: 'log', check: () => (log === 'ok' ? 'ok' : Promise.reject(new Error('kanarie at /data'))) },
      { part: 'keys', check: () => Promise.resolve('degraded' as const) },
    ]);
    expect(await get(`${server.url}/health/live`)).toMatchObject({ status: 200, body: '{"status":"ok"}\n' });
    expect(await get(`${server.url}/health/ready`)).toMatchObject({
      status: 200,
      body: '{"status":"degraded","parts":{"log":"ok","keys":"degraded"}}\n',
    });
    log = 'throws';
    const failing = await get(`${server.url}/health/ready`);
    expect(failing).toMatchObject({
      status: 503,
      body: '{"status":"not ready","parts":{"log":"failing","keys":"degraded"}}\n',
    });
    log = 'ok';
    server.drain();
    expect(await get(`${server.url}/health/ready`)).toMatchObject({
      status: 503,
      body: expect.stringContaining('draining'),
    });
    expect((await get(`${server.url}/health/live`)).status).toBe(200);
  });

  it('gives figures where they are kept, takes nothing but GET, knows nothing else', async () => {
    const telemetry = recordingTelemetry();
    const server = await open([], telemetry.figures);
    const figures = await get(`${server.url}/metrics`);
    expect(figures).toMatchObject({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' });
    expect(figures.body).toMatch(/^toeverlaat_process_resident_bytes \d+$/m);
    expect((await get(`${server.url}/metrics`, { method: 'POST' })).status).toBe(405);
    expect((await get(`${server.url}/graphql`)).status).toBe(404);
    expect((await get(`${(await open([])).url}/metrics`)).status).toBe(404);
  });

  it('refuses a port that is taken', async () => {
    const { port } = await open([]);
    await expect(startOperationsServer({ host: '127.0.0.1', port, parts: [] })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});

describe('a collector', () => {
  const collector = async () => {
    const got: { readonly path: string; readonly body: string }[] = [];
    const server: Server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        got.push({ path: request.url ?? '', body: Buffer.concat(chunks).toString('utf8') });
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(() => new Promise((resolve) => server.close(resolve)));
    return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  };

  it('is sent spans and figures by OTLP, what is held back at the end, and no word of the work', async () => {
    const { got, url } = await collector();
    const telemetry = await createTelemetry({
      settings: telemetrySettings({ traceRatio: 1, otlpUrl: `${url}/` }),
      process: 'case',
      version: '1.2.3',
    });
    const port = telemetry.of('case');
    port.meter.count('toeverlaat_denied_attempts_total', {});
    await port
      .span({ name: 'rpc.server', attributes: { pattern: 'case.open', organisation: 'gentia' } }, () =>
        Promise.reject(new Error('kanarie')),
      )
      .catch(() => undefined);
    await telemetry.stop();
    await telemetry.stop();
    const bodies = (path: string): string =>
      got
        .filter((one) => one.path === path)
        .map(({ body }) => body)
        .join('');
    expect(bodies('/v1/traces')).toContain('rpc.server');
    expect(bodies('/v1/traces')).toContain('gentia');
    expect(bodies('/v1/metrics')).toContain('toeverlaat_denied_attempts_total');
    expect(bodies('/v1/traces') + bodies('/v1/metrics')).not.toMatch(/kanarie|host\.name|process\.command/);
  });

  it('that is away keeps nothing waiting: work is done and the end comes', async () => {
    const { url } = await collector();
    for (const end of ends.splice(0)) await end();
    const telemetry = await createTelemetry({
      settings: telemetrySettings({ traceRatio: 1, otlpUrl: url }),
      process: 'case',
      version: '1.2.3',
    });
    expect(await telemetry.of('case').span({ name: 'timers' }, () => Promise.resolve('done'))).toBe('done');
    await telemetry.stop();
  });
});
