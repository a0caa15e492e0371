import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `degraded` still answers requests; the other two do not. */
export const PART_STATES = ['ok', 'degraded', 'starting', 'failing'] as const;
export type PartState = (typeof PART_STATES)[number];

/** One thing that the process cannot do without, such as `log`, `keys`, `views`, `broker`, or another service by name. */
export type HealthPart = { readonly part: string; readonly check: () => PartState | Promise<PartState> };

export type Readiness = {
  readonly status: 'ok' | 'degraded' | 'not ready' | 'draining';
  /** What is not well, by part; names and states, never a reason in words. */
  readonly parts: Readonly<Record<string, PartState>>;
};

/** How long one part may take to say how it is, in milliseconds; later counts as failing. */
const CHECK_MS = 2_000;

const bounded = async (check: HealthPart['check']): Promise<PartState> => {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      Promise.resolve(check()),
      new Promise<PartState>((resolve) => {
        timer = setTimeout(resolve, CHECK_MS, 'failing');
      }),
    ]);
  } catch {
    return 'failing';
  } finally {
    clearTimeout(timer);
  }
};

/** How every part is now. A part that throws or does not answer in time is failing. */
export const readinessOf = async (parts: readonly HealthPart[], draining = false): Promise<Readiness> => {
  const states = await Promise.all(parts.map(async ({ part, check }) => [part, await bounded(check)] as const));
  const has = (...looked: readonly PartState[]): boolean => states.some(([, state]) => looked.includes(state));
  return {
    status: draining ? 'draining' : has('failing', 'starting') ? 'not ready' : has('degraded') ? 'degraded' : 'ok',
    parts: Object.fromEntries(states),
  };
};

export const isReady = ({ status }: Readiness): boolean => status === 'ok' || status === 'degraded';

export type OperationsOptions = {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly parts: readonly HealthPart[];
  /** Figures in Prometheus' text form; without it `/metrics` is not there. */
  readonly figures?: (() => Promise<string>) | undefined;
};

export type OperationsServer = {
  readonly url: string;
  readonly port: number;
  /** From now on readiness says no, while what runs is still answered: a balancer sends no new work. */
  readonly drain: () => void;
  readonly close: () => Promise<void>;
};

const answer = (response: ServerResponse, status: number, type: string, body: string): void => {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
};
const json = (response: ServerResponse, status: number, body: unknown): void => {
  answer(response, status, 'application/json; charset=utf-8', `${JSON.stringify(body)}\n`);
};

/**
 * The operator's port of a process, apart from the one that users reach: `/health/live` (the process runs and nothing
 * else), `/health/ready` (which part is not well), `/metrics`. It asks for no password: the network says who gets here.
 */
export const startOperationsServer = async (options: OperationsOptions): Promise<OperationsServer> => {
  let draining = false;
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'GET') return json(response, 405, { status: 'method not allowed' });
    switch (request.url) {
      case '/health/live':
        return json(response, 200, { status: 'ok' });
      case '/health/ready': {
        const readiness = await readinessOf(options.parts, draining);
        return json(response, isReady(readiness) ? 200 : 503, readiness);
      }
      case '/metrics':
        if (options.figures === undefined) return json(response, 404, { status: 'not kept' });
        return answer(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await options.figures());
      default:
        return json(response, 404, { status: 'not found' });
    }
  };
  const server: Server = createServer((request, response) => {
    handle(request, response).catch(() => {
      if (!response.headersSent) json(response, 500, { status: 'failed' });
      else response.destroy();
    });
  });
  server.requestTimeout = 5_000;
  server.headersTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    port,
    drain: () => {
      draining = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
