import { GraphQLError } from 'graphql';
import type { Language } from '@toeverlaat/contracts';
import { problemMessages } from './messages/problems.js';
import { fill, type Params } from './messages/fill.js';

export type ProblemCode = keyof typeof problemMessages;

/** HTTP status of each problem. */
const statuses: Readonly<Record<ProblemCode, number>> = {
  TOKEN_EXPIRED: 401,
  TOKEN_OTHER_ISSUER: 401,
  TOKEN_OTHER_AUDIENCE: 401,
  TOKEN_INVALID: 401,
  RECEIPT_NOT_ACCEPTED: 401,
  NO_SUCH_CAPACITY: 403,
  PURPOSE_NOT_ALLOWED: 403,
  BAD_HEADER: 400,
  BAD_POSITION_TOKEN: 400,
  IDENTITY_PROVIDER_UNAVAILABLE: 503,
  SERVICE_UNAVAILABLE: 503,
  QUERY_TOO_DEEP: 400,
  TOO_MANY_ALIASES: 400,
  TOO_MANY_DIRECTIVES: 400,
  TOO_MANY_TOKENS: 400,
  QUERY_TOO_COSTLY: 400,
  QUERY_SYNTAX: 400,
  QUERY_INVALID: 400,
  INPUT_INVALID: 400,
  BAD_REQUEST: 400,
  REQUEST_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  ATTACHMENT_TOO_LARGE: 413,
  ATTACHMENT_TYPE: 415,
  ATTACHMENT_EMPTY: 400,
  TOO_MANY_ATTACHMENTS: 429,
  IDEMPOTENCY_KEY_NEEDED: 400,
  METHOD_NOT_ALLOWED: 405,
  PAGE_NOT_FOUND: 404,
  REFUSED: 200,
  INTERNAL: 500,
};

export const statusOf = (code: ProblemCode): number => statuses[code];

/** Something is wrong with a request before or beside what a service decides. Carries a code and safe parameters, no content. */
export class GatewayProblem extends Error {
  override readonly name = 'GatewayProblem';
  constructor(
    readonly code: ProblemCode,
    readonly params: Params = {},
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}

export const problemText = (code: ProblemCode, language: Language, params: Params = {}): string =>
  fill(problemMessages[code][language], params);

/** A problem as a GraphQL error, its message still to be put in the caller's language. */
export const problemError = (code: ProblemCode, params: Params = {}): GraphQLError =>
  new GraphQLError(code, { extensions: { code, params, http: { status: statusOf(code) } } });

/** The body of an answer that never reached GraphQL, in GraphQL's form. */
export const problemBody = (code: ProblemCode, language: Language, requestId: string, params: Params = {}) => ({
  errors: [
    { message: problemText(code, language, { requestId, ...params }), extensions: { code, requestId, ...params } },
  ],
});

export const isProblemCode = (code: unknown): code is ProblemCode =>
  typeof code === 'string' && Object.hasOwn(problemMessages, code);
