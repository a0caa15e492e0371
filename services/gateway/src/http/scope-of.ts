import type { Language } from '@toeverlaat/contracts';
import type { FastifyRequest } from 'fastify';
import type { GatewayRuntime } from '../runtime.js';
import { createScope, type RequestScope } from '../scope.js';
import { headerOf } from './request.js';

/**
 * Who asks, as what, for what, after which positions: from the headers, the same for every way in.
 * @throws GatewayProblem for a header that does not fit, a token, a receipt or a capacity that is not accepted
 */
export const scopeOf = (runtime: GatewayRuntime, request: FastifyRequest, language: Language): Promise<RequestScope> =>
  scopeFor(runtime, request.id, language, {
    authorization: headerOf(request, 'authorization'),
    capacity: headerOf(request, 'toeverlaat-capacity'),
    organisation: headerOf(request, 'toeverlaat-organisation'),
    purpose: headerOf(request, 'toeverlaat-purpose'),
    after: (headerOf(request, 'toeverlaat-after') ?? '')
      .split(',')
      .map((token) => token.trim())
      .filter((token) => token !== ''),
  });

/**
 * Nobody in particular, at the public door of an organisation, whatever the headers say.
 * @throws GatewayProblem for a name that no organisation can have
 */
export const publicScopeOf = (
  runtime: GatewayRuntime,
  request: FastifyRequest,
  language: Language,
  organisation: string,
): Promise<RequestScope> =>
  scopeFor(runtime, request.id, language, {
    authorization: undefined,
    capacity: undefined,
    organisation,
    purpose: undefined,
    after: [],
  });

type Asked = {
  readonly authorization: string | undefined;
  readonly capacity: string | undefined;
  readonly organisation: string | undefined;
  readonly purpose: string | undefined;
  readonly after: readonly string[];
};

const scopeFor = async (
  { options, authenticate, tokens, cursors, servicesHealth }: GatewayRuntime,
  requestId: string,
  language: Language,
  { authorization, capacity, organisation, purpose, after }: Asked,
): Promise<RequestScope> => {
  const authenticated = await authenticate({ authorization, capacity, organisation }, requestId, language);
  return createScope({
    authenticated,
    requestId,
    language,
    purpose,
    after,
    rpc: options.rpc,
    tokens,
    cursors,
    timeoutMs: options.settings.serviceTimeoutMs,
    notFoundAnswerMs: options.settings.notFoundAnswerMs,
    health: async () => ((await servicesHealth()).every(({ status }) => status === 'ok') ? 'ok' : 'degraded'),
  });
};
