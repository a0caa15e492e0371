import {
  evidenceKeysQuery,
  organisationIdSchema,
  promiseKeyQuery,
  PUBLISHED_KEYS_FORMAT,
  type Language,
  type PublishedKey,
} from '@toeverlaat/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GatewayProblem } from '../problems.js';
import type { GatewayRuntime } from '../runtime.js';
import { answerProblem } from './problem-answer.js';
import { requestLanguage } from './request.js';
import { publicScopeOf } from './scope-of.js';

/** Asked for by anybody and the same for everybody: so often at most are the services asked. Milliseconds. */
const KEPT_MS = 60_000;
const MOST_KEPT = 1_000;

type Document = {
  readonly format: typeof PUBLISHED_KEYS_FORMAT;
  readonly organisation: string;
  readonly keys: readonly PublishedKey[];
};

/** @throws GatewayProblem `PAGE_NOT_FOUND` for an organisation without evidence, `SERVICE_UNAVAILABLE` */
const ask = async (runtime: GatewayRuntime, request: FastifyRequest, language: Language, organisation: string) => {
  if (!organisationIdSchema.safeParse(organisation).success) throw new GatewayProblem('PAGE_NOT_FOUND');
  const scope = await publicScopeOf(runtime, request, language, organisation);
  const evidence = await scope.query(evidenceKeysQuery, {});
  if (!evidence.ok)
    throw new GatewayProblem(evidence.rejection.kind === 'NotFound' ? 'PAGE_NOT_FOUND' : 'SERVICE_UNAVAILABLE');
  // Only of an organisation that is there: the key is made when it is first asked for.
  const promise = await scope.query(promiseKeyQuery, {});
  if (!promise.ok) throw new GatewayProblem('SERVICE_UNAVAILABLE');
  const keys = [...evidence.value.keys, promise.value];
  return { format: PUBLISHED_KEYS_FORMAT, organisation, keys } satisfies Document;
};

/**
 * `GET /.well-known/toeverlaat-keys/<organisation>`: the public keys of an organisation's evidence, certificates and promises, for
 * whoever wants to keep them where the operator cannot change them (ADR 67). The same door by which a worker without an account
 * comes in: nobody has to sign in.
 */
export const publishedKeyRoutes =
  (runtime: GatewayRuntime, monotonic: () => number = () => performance.now()) =>
  (server: FastifyInstance): void => {
    const kept = new Map<string, { readonly since: number; readonly document: Document }>();
    server.get<{ Params: { organisation: string } }>(
      '/.well-known/toeverlaat-keys/:organisation',
      async (request, reply) => {
        const language = requestLanguage(request, runtime.options.settings.defaultLanguage);
        try {
          const { organisation } = request.params;
          const known = kept.get(organisation);
          if (known !== undefined && monotonic() - known.since < KEPT_MS) return await reply.send(known.document);
          const document = await ask(runtime, request, language, organisation);
          if (kept.size >= MOST_KEPT) kept.clear();
          kept.set(organisation, { since: monotonic(), document });
          return await reply.send(document);
        } catch (error) {
          return answerProblem(runtime, request, reply, language, error);
        }
      },
    );
  };
