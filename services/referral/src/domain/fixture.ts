import type { Command, CommandMeta, Decider, Decision } from '@toeverlaat/event-log';
import { lawVersion } from '@toeverlaat/legal';
import { uuidV5, type CommandId, type LocalDate, type OrganisationId, type PersonId } from '@toeverlaat/values';
import type { PersonRef } from './vocabulary.js';

/** Made-up ids of this service's tests: two organisations share every id. */
export const gentia = 'gentia' as OrganisationId;
export const zorgnet = 'zorgnet' as OrganisationId;
export const uuid = (name: string): string => uuidV5('fixture', name);
export const hash = (digit: string): string => digit.repeat(64).slice(0, 64);
export const person = (name: string, organisation: OrganisationId = gentia): PersonRef => ({
  organisation,
  person: name as PersonId,
});

type Bare<C> = C extends { readonly type: infer T; readonly data: infer D }
  ? { readonly type: T; readonly data: D }
  : never;

/** The life of one record, command by command, each on a date: what was done is given, the next is decided. */
export const life = <C extends Command, E extends { readonly type: string }, S>(
  decider: Decider<C, E, S>,
  withMeta: (command: Bare<C>, meta: CommandMeta) => C,
) => {
  let state = decider.initial;
  const decide = (today: LocalDate, command: Bare<C>): Decision<E> => {
    const meta: CommandMeta = {
      commandId: uuid(`${today} ${String(command.type)}`) as CommandId,
      organisation: gentia,
      at: `${today}T10:00:00.000Z`,
      today,
      actor: { pseudonym: 'abc', capacity: 'counsellor' },
      lawVersion,
    };
    return decider.decide(withMeta(command, meta), state);
  };
  return {
    state: (): S => state,
    decide,
    /** Carries it out. @throws when it is refused */
    does: (today: LocalDate, command: Bare<C>): readonly E[] => {
      const decision = decide(today, command);
      if (decision.kind === 'rejected') throw new Error(JSON.stringify(decision.rejection));
      for (const event of decision.events) state = decider.evolve(state, event);
      return decision.events;
    },
  };
};
export const refusal = (decision: Decision<unknown>): string =>
  decision.kind === 'accepted'
    ? 'accepted'
    : decision.rejection.kind === 'RuleRefused'
      ? decision.rejection.code
      : decision.rejection.kind === 'InvalidInput'
        ? `${decision.rejection.field}: ${decision.rejection.rule}`
        : decision.rejection.kind;
