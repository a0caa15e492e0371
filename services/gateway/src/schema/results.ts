import type { Rejection } from '@toeverlaat/event-log';
import { assertNever } from '@toeverlaat/values';
import type { CommandReply, ServiceName } from '@toeverlaat/contracts';
import { rejectionText } from '../messages/rejections.js';
import type { RequestScope } from '../scope.js';
import type { Builder } from './builder.js';

type Refused<Kind extends string, Extra = unknown> = { readonly __typename: Kind; readonly message: string } & Extra;
export type Refusal =
  | Refused<'NotFound'>
  | Refused<'NotAllowed'>
  | Refused<'InvalidInput', { readonly field: string; readonly rule: string }>
  | Refused<'RuleRefused', { readonly code: string; readonly source: string | null }>
  | Refused<'StaleVersion', { readonly expected: number; readonly actual: number }>
  | Refused<'CommandIdReused'>
  | Refused<'Erased'>
  | Refused<'TryLater', { readonly retryAfterMs: number }>;

export type CommandAccepted = {
  readonly __typename: 'CommandAccepted';
  readonly id: string;
  readonly revision: number;
  readonly token: string | null;
  readonly repeated: boolean;
};

/** Milliseconds after which trying again makes sense: a key, a log or a service may be back. */
const RETRY_AFTER_MS = 1_000;

/** A service's refusal as what GraphQL answers. What a service says in detail stays inside: it may tell of what exists. */
export const refusalOf = (rejection: Rejection, scope: Pick<RequestScope, 'language'>): Refusal => {
  const message = rejectionText(rejection, scope.language);
  switch (rejection.kind) {
    case 'NotFound':
    case 'NotAllowed':
    case 'CommandIdReused':
    case 'Erased':
      return { __typename: rejection.kind, message };
    case 'InvalidInput':
      return { __typename: 'InvalidInput', message, field: rejection.field, rule: rejection.rule };
    case 'RuleRefused':
      return { __typename: 'RuleRefused', message, code: rejection.code, source: rejection.source ?? null };
    case 'StaleVersion':
      return { __typename: 'StaleVersion', message, expected: rejection.expected, actual: rejection.actual };
    case 'Unavailable':
      return { __typename: 'TryLater', message, retryAfterMs: RETRY_AFTER_MS };
    default:
      return assertNever(rejection);
  }
};

export const commandResultOf = (
  reply: CommandReply,
  service: ServiceName,
  scope: RequestScope,
): CommandAccepted | Refusal =>
  reply.ok
    ? {
        __typename: 'CommandAccepted',
        id: reply.id,
        revision: reply.revision,
        token: reply.position === null ? null : scope.tokenOf(service, reply.position),
        repeated: reply.repeated,
      }
    : refusalOf(reply.rejection, scope);

/** The types every mutation and every question answers with, beside the answer itself. */
export const defineResults = (builder: Builder) => {
  const refused = builder.interfaceRef<{ readonly message: string }>('Refused').implement({
    description: 'A refusal of this caller. Nothing was done.',
    fields: (t) => ({
      message: t.exposeString('message', { description: "What is wrong, in the caller's language." }),
    }),
  });
  const plain = <Kind extends 'NotFound' | 'NotAllowed' | 'CommandIdReused' | 'Erased'>(
    kind: Kind,
    description: string,
  ) => builder.objectRef<Refused<Kind>>(kind).implement({ description, interfaces: [refused] });
  const notFound = plain('NotFound', 'There is no such thing, or not for you: the two are the same.');
  const notAllowed = plain('NotAllowed', 'Known to you, but this capacity may not do this.');
  const reused = plain('CommandIdReused', 'The idempotency key was used for another command before.');
  const erased = plain('Erased', 'The key was destroyed; nobody can read this any more.');
  const invalid = builder.objectRef<Extract<Refusal, { __typename: 'InvalidInput' }>>('InvalidInput').implement({
    description: 'A field does not follow its rule.',
    interfaces: [refused],
    fields: (t) => ({ field: t.exposeString('field'), rule: t.exposeString('rule') }),
  });
  const rule = builder.objectRef<Extract<Refusal, { __typename: 'RuleRefused' }>>('RuleRefused').implement({
    description: 'A rule of law or procedure does not allow it.',
    interfaces: [refused],
    fields: (t) => ({
      code: t.exposeString('code'),
      source: t.exposeString('source', {
        nullable: true,
        description: 'The article or page that the rule comes from.',
      }),
    }),
  });
  const stale = builder.objectRef<Extract<Refusal, { __typename: 'StaleVersion' }>>('StaleVersion').implement({
    description: 'It changed since the caller saw it.',
    interfaces: [refused],
    fields: (t) => ({ expected: t.exposeInt('expected'), actual: t.exposeInt('actual') }),
  });
  const later = builder.objectRef<Extract<Refusal, { __typename: 'TryLater' }>>('TryLater').implement({
    description: 'Something is out of reach for the moment. Nothing is half done.',
    interfaces: [refused],
    fields: (t) => ({ retryAfterMs: t.exposeInt('retryAfterMs') }),
  });
  const accepted = builder.objectRef<CommandAccepted>('CommandAccepted').implement({
    description: 'The command was carried out and is durable.',
    fields: (t) => ({
      id: t.exposeString('id', { description: 'Of what the command acted on or created.' }),
      revision: t.exposeInt('revision', { description: 'To send as expectedRevision with the next command.' }),
      token: t.exposeString('token', {
        nullable: true,
        description: 'To send in the header toeverlaat-after: the next answer has then seen this command.',
      }),
      repeated: t.exposeBoolean('repeated', { description: 'The same command had been carried out before.' }),
    }),
  });
  const commandResult = builder.unionType('CommandResult', {
    types: [accepted, notFound, notAllowed, invalid, rule, stale, reused, erased, later],
    resolveType: (value) => value.__typename,
  });
  return { commandResult, questionRefusals: [notFound, notAllowed, invalid, rule, erased, later] as const };
};
export type Results = ReturnType<typeof defineResults>;
