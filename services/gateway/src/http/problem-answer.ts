import type { Language } from '@toeverlaat/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GatewayProblem, problemBody, statusOf } from '../problems.js';
import type { GatewayRuntime } from '../runtime.js';

/** Answers what went wrong outside GraphQL, in GraphQL's form; what nobody expected is logged and not shown. */
export const answerProblem = async (
  { options }: GatewayRuntime,
  request: FastifyRequest,
  reply: FastifyReply,
  language: Language,
  error: unknown,
): Promise<void> => {
  const problem = error instanceof GatewayProblem ? error : new GatewayProblem('INTERNAL', {}, { cause: error });
  if (problem.code === 'INTERNAL')
    options.logger.error('unexpected error before GraphQL', { requestId: request.id, error: problem.cause });
  const status = statusOf(problem.code);
  await reply
    .code(status)
    .headers(status === 503 ? { 'retry-after': '1' } : {})
    .headers(status === 401 ? { 'www-authenticate': 'Bearer' } : {})
    .send(problemBody(problem.code, language, request.id, problem.params));
};
