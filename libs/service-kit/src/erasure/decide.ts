import { accept, refuse, type Command, type Decider, type Decision } from '@toeverlaat/event-log';
import { assertNever, InvariantBroken, type Instant } from '@toeverlaat/values';
import type { ErasurePartEvent } from './events.js';
import { evolveErasurePart, initialErasurePart, type ErasurePartState } from './state.js';

export type ErasurePartCommand =
  | Command<'BeginErasure', { readonly subject: string; readonly reason: string }>
  | Command<'RecordKeyDestroyed', { readonly keyIds: readonly string[]; readonly destroyedAt: Instant }>
  | Command<'RecordDerivedDropped', { readonly subject: string }>;

/** One erasure is of one subject: the same id with another one is a fault of the caller. */
const differs = (state: ErasurePartState, subject: string): boolean =>
  state.status !== 'none' && state.subject !== subject;

const decide = (command: ErasurePartCommand, state: ErasurePartState): Decision<ErasurePartEvent> => {
  switch (command.type) {
    case 'BeginErasure': {
      const { subject, reason } = command.data;
      if (differs(state, subject)) return refuse('erasure_differs');
      return state.status === 'none' ? accept({ type: 'ErasureBegun', data: { subject, reason } }) : accept();
    }
    case 'RecordKeyDestroyed':
      switch (state.status) {
        case 'none':
          throw new InvariantBroken('a key is destroyed after its erasure has begun');
        case 'begun':
          return accept({
            type: 'KeyDestroyed',
            data: {
              subject: state.subject,
              keyIds: [...command.data.keyIds],
              destroyedAt: command.data.destroyedAt,
            },
          });
        case 'destroyed':
        case 'done':
          return accept();
        default:
          return assertNever(state);
      }
    case 'RecordDerivedDropped': {
      const { subject } = command.data;
      if (differs(state, subject)) return refuse('erasure_differs');
      if (state.status === 'begun') throw new InvariantBroken('what was derived goes after the key');
      return state.status === 'done' ? accept() : accept({ type: 'DerivedDataDropped', data: { subject } });
    }
    default:
      return assertNever(command);
  }
};

export const erasurePartDecider: Decider<ErasurePartCommand, ErasurePartEvent, ErasurePartState> = {
  initial: initialErasurePart,
  decide,
  evolve: evolveErasurePart,
};
