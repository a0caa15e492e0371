import type { EventLog } from '@toeverlaat/event-log';
import { InvariantBroken } from '@toeverlaat/values';
import type { Patience, Reaction } from './attempt.js';
import type { PublicEventSource } from './public-events.js';
import { createReactor, type ParkedEvent, type Reactor, type ReactorStore } from './reactor.js';

/** What a service says of its reactions, however the events reach it. */
export type ReactionsSpec = Patience & {
  /** The service: names its checkpoint, or its consumer group. */
  readonly name: string;
  readonly sources: readonly PublicEventSource[];
  /** By public type, e.g. `case.HearingHeld`. */
  readonly reactions: Readonly<Record<string, Reaction>>;
  /** Types of the sources that it deliberately does not react to. */
  readonly ignores: readonly string[];
  readonly onParked?: (parked: ParkedEvent) => void;
  /** The log or the store does not answer; it goes on by itself. */
  readonly onWaiting?: (error: unknown, attempt: number) => void;
  readonly onFailed?: (error: unknown) => void;
};

/** Brings public events to the reactions of a service: from the log, or from Kafka. The composition root chooses (design §1). */
export type ReactionsFactory = (spec: ReactionsSpec) => Reactor;

/**
 * Every type that a service hears is either reacted to or declared as not its own, so that a new one is decided on and not
 * overlooked (design §6: an unknown type is an error).
 * @throws InvariantBroken naming the types
 */
export const checkDeclared = ({ name, sources, reactions, ignores }: ReactionsSpec): void => {
  const heard = new Set(sources.flatMap(({ types }) => [...types.keys()]));
  const undeclared = [...heard].filter((type) => reactions[type] === undefined && !ignores.includes(type));
  if (undeclared.length > 0)
    throw new InvariantBroken(`${name}: neither reacts to nor ignores ${undeclared.join(', ')}`);
  const both = ignores.filter((type) => reactions[type] !== undefined);
  if (both.length > 0) throw new InvariantBroken(`${name}: ignores and reacts to ${both.join(', ')}`);
};

/** The standalone deployment's broker: the log itself. */
export const logReactions =
  ({ log, store }: { readonly log: EventLog; readonly store: ReactorStore }): ReactionsFactory =>
  (spec) => {
    checkDeclared(spec);
    const { ignores: _, ...rest } = spec;
    return createReactor({ ...rest, log, store });
  };
