import type { Language } from '@toeverlaat/contracts';
import type { FastifyRequest } from 'fastify';
import type { GatewayRuntime } from '../runtime.js';
import { createScope, type RequestScope } from '../scope.js';
import { headerOf } from './request.js';

/**
 * Who asks, as what, for what, after which positions: from the headers, the same for every way in.
 * @throws GatewayProblem for a header that does not fit, a token, a receipt or a capacity that is not accepted
 */
export const scopeOf = async (
  { options, authenticate, tokens, cursors, servicesHealth }: GatewayRuntime,
  request: FastifyRequest,
  language: Language,
): Promise<RequestScope> => {
  const requestId = request.id;
  const authenticated = await authenticate(
    {
      authorization: headerOf(request, 'authorization'),
      capacity: headerOf(request, 'toeverlaat-capacity'),
      organisation: headerOf(request, 'toeverlaat-organisation'),
    },
    requestId,
    language,
  );
  return createScope({
    authenticated,
    requestId,
    language,
    purpose: headerOf(request, 'toeverlaat-purpose'),
    after: (headerOf(request, 'toeverlaat-after') ?? '')
      .split(',')
      .map((token) => token.trim())
      .filter((token) => token !== ''),
    rpc: options.rpc,
    tokens,
    cursors,
    timeoutMs: options.settings.serviceTimeoutMs,
    notFoundAnswerMs: options.settings.notFoundAnswerMs,
    health: async () => ((await servicesHealth()).every(({ status }) => status === 'ok') ? 'ok' : 'degraded'),
  });
};
