import type { Language } from '@toeverlaat/contracts';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { GatewayProblem, isProblemCode, problemText, type ProblemCode } from './problems.js';
import type { Params } from './messages/fill.js';

/**
 * Sentences of graphql-js that hold names of the query and the schema only. Anything else is cut off: a message about a
 * value quotes the value, and a value is what somebody wrote.
 */
const SAFE_DETAIL: readonly RegExp[] = [
  /^Cannot query field "\w+" on type "\w+"\./,
  /^Unknown (?:type|argument|fragment|directive) "@?\w+"(?: on (?:field|directive) "[\w.@]+")?\./,
  /^Field "[\w.]+" (?:must|argument "\w+") [^"]*(?:"[\w![\]]+"[^"]*)?\.?$/,
  /^Field "\w+" argument "\w+" of type "[\w![\]]+" is required, but it was not provided\./,
  /^Field "[\w.]+" of required type "[\w![\]]+" was not provided\./,
  /^Field "\w+" of type "[\w![\]]+" must have a selection of subfields\./,
  /^Field "\w+" must not have a selection since type "[\w![\]]+" has no subfields\./,
  /^Variable "\$\w+" (?:is not defined by operation "\w*"|is never used in operation "\w*"|is not defined|is never used)\./,
  /^Variable "\$\w+" of required type "[\w![\]]+" was not provided\./,
  /^Variable "\$\w+" of type "[\w![\]]+" used in position expecting type "[\w![\]]+"\./,
  /^(?:UUID|Date|Instant): expected [^"]+$/,
  /^Must provide operation name if query contains multiple operations\./,
  /^Unknown operation named/,
  /^Schema is not configured to execute (?:mutation|subscription) operation\./,
];

const safeDetail = (message: string): string | undefined => {
  for (const pattern of SAFE_DETAIL) {
    const found = pattern.exec(message);
    if (found !== null) return found[0];
  }
  return undefined;
};

/** `Variable "$input" got invalid value <what somebody wrote> at "input.note"; …`: the place, and the rule if it is safe. */
const variableProblem = (
  message: string,
): { readonly field: string; readonly detail: string | undefined } | undefined => {
  const variable = /^Variable "\$(\w+)" got invalid value /.exec(message)?.[1];
  if (variable === undefined) return undefined;
  // The last `; ` stands before graphql's own words; the value before it may hold anything, also `at "…"`.
  const end = message.lastIndexOf('; ');
  const field = end < 0 ? undefined : /at "([\w.[\]]{1,200})"$/.exec(message.slice(0, end))?.[1];
  return { field: field ?? variable, detail: end < 0 ? undefined : safeDetail(message.slice(end + 2)) };
};

const fromGraphql = (code: unknown): ProblemCode | undefined => {
  switch (code) {
    case 'GRAPHQL_PARSE_FAILED':
      return 'QUERY_SYNTAX';
    case 'GRAPHQL_VALIDATION_FAILED':
    case 'OPERATION_RESOLUTION_FAILURE':
      return 'QUERY_INVALID';
    case 'BAD_USER_INPUT':
      return 'INPUT_INVALID';
    case 'BAD_REQUEST':
      return 'BAD_REQUEST';
    default:
      return undefined;
  }
};

/** A capacity that may do nothing has no mutations at all; graphql finds that out while executing. */
const NO_SUCH_ROOT = /^Schema is not configured to execute \w+ operation\.$/;
const TOKEN_LIMIT = /tokens\. Parsing aborted/;

/** What Apollo's `formatError` leaves: a code, a place, safe parameters; the message follows when the language is known. */
export const toSafeError = (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
  const original = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  const place = {
    ...(formatted.locations === undefined ? {} : { locations: formatted.locations }),
    ...(formatted.path === undefined ? {} : { path: formatted.path }),
  };
  if (original instanceof GatewayProblem)
    return { message: original.code, ...place, extensions: { code: original.code, params: original.params } };
  // Apollo puts its own code over that of a validation rule; the rule's error is still inside.
  const { code: given, params } =
    (original instanceof GraphQLError && isProblemCode(original.extensions['code']) ? original : formatted)
      .extensions ?? {};
  if (isProblemCode(given))
    return { message: given, ...place, extensions: { code: given, ...(params === undefined ? {} : { params }) } };
  const code = NO_SUCH_ROOT.test(formatted.message) ? 'QUERY_INVALID' : fromGraphql(given);
  if (code === undefined) return { message: 'INTERNAL', ...place, extensions: { code: 'INTERNAL' } };
  if (code === 'QUERY_SYNTAX' && TOKEN_LIMIT.test(formatted.message))
    return { message: 'TOO_MANY_TOKENS', extensions: { code: 'TOO_MANY_TOKENS' } };
  const variable = variableProblem(formatted.message);
  const detail = variable === undefined ? safeDetail(formatted.message) : variable.detail;
  return {
    message: code,
    ...place,
    extensions: {
      code,
      ...(variable === undefined ? {} : { field: variable.field }),
      ...(detail === undefined ? {} : { detail }),
    },
  };
};

/** Puts the message of a safe error in the caller's language. */
export const localised = (
  error: GraphQLFormattedError,
  language: Language,
  requestId: string,
): GraphQLFormattedError => {
  const { code, params, ...rest } = error.extensions ?? {};
  const known = isProblemCode(code) ? code : 'INTERNAL';
  const given = typeof params === 'object' && params !== null ? (params as Params) : {};
  return {
    ...error,
    message: problemText(known, language, { requestId, ...given }),
    extensions: { code: known, requestId, ...given, ...rest },
  };
};
