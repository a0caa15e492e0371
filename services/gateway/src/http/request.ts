import type { Language } from '@toeverlaat/contracts';
import type { FastifyRequest } from 'fastify';
import { languageOf } from '../language.js';
import { GatewayProblem } from '../problems.js';

/** Longest value of one of our headers. */
const MAX_HEADER = 9_000;

/** One value of a header; a repeated or over-long one is refused. */
export const headerOf = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  if (value === undefined) return undefined;
  if (Array.isArray(value) || value.length > MAX_HEADER)
    throw new GatewayProblem('BAD_HEADER', { header: name, form: '1 × ≤ 9 kB' });
  return value === '' ? undefined : value;
};

export const requestLanguage = (request: FastifyRequest, fallback: Language): Language => {
  const value = request.headers['accept-language'];
  return languageOf(typeof value === 'string' ? value : undefined, fallback);
};

/** Where this installation is reached, as the client sees it. */
export const originOf = (request: FastifyRequest): string => `${request.protocol}://${request.host}`;
