import type { Command, CommandMeta, Decider, Decision, Rejection } from '@toeverlaat/event-log';
import { lawVersion } from '@toeverlaat/legal';
import { newCommandId, organisationId } from '@toeverlaat/values';

/** The day on which the tests of this folder decide, unless they say otherwise. */
export const TODAY = '2026-11-23';

export const metaOn = (today = TODAY, capacity = 'administrator', organisation = 'gentia'): CommandMeta => ({
  commandId: newCommandId(),
  organisation: organisationId(organisation),
  at: `${today}T09:00:00.000Z`,
  today,
  actor: { pseudonym: 'p', capacity },
  lawVersion,
});

type WithoutMeta<C> = C extends Command ? Omit<C, 'meta'> : never;

/** Given events, when a command, then events or a rejection. */
export const scenario = <C extends Command, E, S>(decider: Decider<C, E, S>) => {
  const fold = (given: readonly E[]): S => given.reduce<S>(decider.evolve, decider.initial);
  const when = (given: readonly E[], command: WithoutMeta<C>, meta: CommandMeta = metaOn()): Decision<E> =>
    decider.decide({ ...command, meta } as C, fold(given));
  const events = (given: readonly E[], command: WithoutMeta<C>, meta?: CommandMeta): readonly E[] => {
    const decision = when(given, command, meta);
    if (decision.kind === 'rejected') throw new Error(JSON.stringify(decision.rejection));
    return decision.events;
  };
  const rejection = (given: readonly E[], command: WithoutMeta<C>, meta?: CommandMeta): Rejection => {
    const decision = when(given, command, meta);
    if (decision.kind === 'accepted') throw new Error(`accepted ${JSON.stringify(decision.events)}`);
    return decision.rejection;
  };
  /** Everything that commands lead to from nothing; refused ones lead to nothing. */
  const history = (commands: readonly WithoutMeta<C>[], meta?: CommandMeta): readonly E[] => {
    const all: E[] = [];
    for (const command of commands) {
      const decision = when(all, command, meta);
      if (decision.kind === 'accepted') all.push(...decision.events);
    }
    return all;
  };
  return { fold, when, events, rejection, history };
};
