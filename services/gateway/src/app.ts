import 'reflect-metadata';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { randomUUID } from 'node:crypto';
import { blobRoutes } from './http/blobs.js';
import { GATEWAY_RUNTIME, GraphqlController, HealthController, PageController } from './http/controllers.js';
import { ProblemFilter } from './http/filter.js';
import { observeRequests } from './http/observe.js';
import { publishedKeyRoutes } from './http/published-keys.js';
import { createGatewayRuntime, type GatewayOptions, type GatewayRuntime } from './runtime.js';

@Module({})
export class GatewayModule {
  static register(runtime: GatewayRuntime): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [GraphqlController, HealthController, PageController],
      providers: [{ provide: GATEWAY_RUNTIME, useValue: runtime }],
    };
  }
}

export type GatewayAppOptions = GatewayOptions & {
  /** Adds routes of their own beside the gateway's, such as the demonstration's identity provider. */
  readonly mounts?: readonly ((server: FastifyInstance) => void)[];
};

export type GatewayApp = {
  readonly app: NestFastifyApplication;
  /** Starts to listen; gives the address that clients use. */
  readonly listen: () => Promise<{ readonly url: string; readonly port: number }>;
  /** Says "not ready", lets running requests end, then stops. */
  readonly close: () => Promise<void>;
};

/** Sent with every answer. A page that needs more says so itself. */
const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/**
 * The gateway as a Nest application on Fastify; the caller listens and closes.
 * @throws PermissionTableIncomplete when who may see what is undecided for a field
 */
export const createGatewayApp = async (options: GatewayAppOptions): Promise<GatewayApp> => {
  const { settings, logger } = options;
  const runtime = createGatewayRuntime(options);
  const adapter = new FastifyAdapter({
    bodyLimit: settings.bodyLimit,
    requestTimeout: settings.requestTimeoutMs,
    connectionTimeout: settings.requestTimeoutMs * 2,
    // A request id is ours: one from outside could carry words into our logs.
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
  });
  const server = adapter.getInstance<FastifyInstance>();
  server.addHook('onRequest', (request, reply, done) => {
    void reply.headers(securityHeaders).header('toeverlaat-request-id', request.id);
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    logger.info('request answered', {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
    });
    done();
  });
  if (options.telemetry !== undefined) observeRequests(server, options.telemetry);
  blobRoutes(runtime)(server);
  publishedKeyRoutes(runtime)(server);
  for (const mount of options.mounts ?? []) mount(server);

  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule.register(runtime), adapter, {
    logger: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(runtime));
  await app.init();

  return {
    app,
    listen: async () => {
      await app.listen(settings.port, settings.host);
      const address = server.server.address();
      const port = typeof address === 'object' && address !== null ? address.port : settings.port;
      return { url: `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`, port };
    },
    close: async () => {
      runtime.draining = true;
      await app.close();
      await runtime.servers.stop();
    },
  };
};
