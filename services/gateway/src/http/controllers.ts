import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GatewayProblem, problemBody } from '../problems.js';
import type { GatewayRuntime } from '../runtime.js';
import { pagePolicy, startPage } from './page.js';
import { answerProblem } from './problem-answer.js';
import { originOf, requestLanguage } from './request.js';
import { scopeOf } from './scope-of.js';

/** Nest's token for the gateway's runtime. */
export const GATEWAY_RUNTIME = Symbol('gateway runtime');

/** A form or plain text could be sent by a foreign page without the browser asking first. */
const JSON_TYPE = /^application\/json(?:;|$)/i;

const oneQuery = (body: unknown): boolean =>
  typeof body === 'object' &&
  body !== null &&
  !Array.isArray(body) &&
  typeof (body as { query?: unknown }).query === 'string';

@Controller()
export class GraphqlController {
  constructor(@Inject(GATEWAY_RUNTIME) private readonly runtime: GatewayRuntime) {}

  /** The one door to everything: finds out who asks, chooses that capacity's schema, answers from it. */
  @Post('graphql')
  async answer(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { options, servers } = this.runtime;
    const language = requestLanguage(request, options.settings.defaultLanguage);
    try {
      if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) throw new GatewayProblem('UNSUPPORTED_MEDIA_TYPE');
      if (!oneQuery(request.body)) throw new GatewayProblem('BAD_REQUEST');
      const scope = await scopeOf(this.runtime, request, language);
      const server = await servers.of(scope.role);
      const handle = fastifyApolloHandler(server, { context: () => Promise.resolve(scope) });
      const body: unknown = await handle.call(request.server, request, reply);
      if (!reply.sent) await reply.send(body);
    } catch (error) {
      await answerProblem(this.runtime, request, reply, language, error);
    }
  }

  /** A query in an address would stay behind in logs and histories. */
  @Get('graphql')
  refuseGet(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const language = requestLanguage(request, this.runtime.options.settings.defaultLanguage);
    void reply
      .code(405)
      .header('allow', 'POST')
      .send(problemBody('METHOD_NOT_ALLOWED', language, request.id));
  }
}

@Controller('health')
export class HealthController {
  constructor(@Inject(GATEWAY_RUNTIME) private readonly runtime: GatewayRuntime) {}

  /** The process runs. */
  @Get('live')
  live(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }

  /** Every service answers and has caught up, and no shutdown has begun. */
  @Get('ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const services = await this.runtime.servicesHealth();
    const ready = !this.runtime.draining && services.every(({ status }) => status === 'ok');
    await reply.code(ready ? 200 : 503).send({
      status: this.runtime.draining ? 'draining' : ready ? 'ok' : 'not ready',
      services: Object.fromEntries(services.map(({ service, status }) => [service, status])),
    });
  }
}

@Controller()
export class PageController {
  constructor(@Inject(GATEWAY_RUNTIME) private readonly runtime: GatewayRuntime) {}

  @Get()
  page(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const { settings, demo } = this.runtime.options;
    const origin = originOf(request);
    const language = requestLanguage(request, settings.defaultLanguage);
    void reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', pagePolicy)
      .header('content-language', language)
      .send(startPage(language, origin, typeof demo === 'function' ? demo(origin) : demo));
  }
}
