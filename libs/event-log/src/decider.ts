import type { CommandId, Instant, LocalDate, OrganisationId } from '@toeverlaat/values';
import type { Actor } from './envelope.js';

/** What a decider is told about a command (design rule 2): no clock, no id generator reaches it another way. */
export type CommandMeta = {
  readonly commandId: CommandId;
  readonly organisation: OrganisationId;
  readonly at: Instant;
  /** The calendar date in Belgium at `at`. */
  readonly today: LocalDate;
  readonly actor: Actor;
  readonly lawVersion: string;
};

export type Command<Type extends string = string, Data = unknown> = {
  readonly type: Type;
  readonly data: Data;
  readonly meta: CommandMeta;
};

/** A refusal of this caller, typed, that reaches GraphQL as a union member. A refusal the business expects is an event. */
export type Rejection =
  /** Also what stands in for "exists, but not for you" (design rule 10). */
  | { readonly kind: 'NotFound' }
  | { readonly kind: 'NotAllowed'; readonly verb: string }
  | {
      readonly kind: 'InvalidInput';
      readonly field: string;
      readonly rule: string;
      readonly params?: Readonly<Record<string, string | number>>;
    }
  /** A rule of law or procedure; `source` is the article, `code` is translated at the edge. */
  | {
      readonly kind: 'RuleRefused';
      readonly code: string;
      readonly source?: string;
      readonly params?: Readonly<Record<string, string | number>>;
    }
  | { readonly kind: 'StaleVersion'; readonly expected: number; readonly actual: number }
  | { readonly kind: 'CommandIdReused' }
  | { readonly kind: 'Erased' }
  /** Retryable: a key, a log, a service is out of reach or full. Nothing was half done. */
  | { readonly kind: 'Unavailable'; readonly detail: string };

export type Decision<E> =
  | { readonly kind: 'accepted'; readonly events: readonly E[] }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

export const accept = <E>(...events: readonly E[]): Decision<E> => ({ kind: 'accepted', events });
export const reject = (rejection: Rejection): Decision<never> => ({ kind: 'rejected', rejection });
export const refuse = (
  code: string,
  source?: string,
  params?: Readonly<Record<string, string | number>>,
): Decision<never> =>
  reject({
    kind: 'RuleRefused',
    code,
    ...(source === undefined ? {} : { source }),
    ...(params === undefined ? {} : { params }),
  });

/** Three plain functions on values (design rule 2). */
export type Decider<C extends Command, E, S> = {
  readonly initial: S;
  readonly decide: (command: C, state: S) => Decision<E>;
  readonly evolve: (state: S, event: E) => S;
};
