import { canonicalJson, InvariantBroken, localDateOf, organisationId, type Json } from '@toeverlaat/values';
import { z } from 'zod';
import { createCodec, type Upcast } from './codec.js';
import { accept, reject, refuse, type Command, type Decider } from './decider.js';
import { clear, code, eventType, optional, participantCode, text, type EventOf } from './fields.js';
import type { ConfidentialText, Erasable, Opened, SealedValue, Sealer, SubjectId } from './sealed.js';

/**
 * A tiny aggregate for the tests of this library: a loan of a book that concerns a record and a borrower. Not exported
 * from the library.
 */
export const GENTIA = organisationId('gentia');
export const ZORGNET = organisationId('zorgnet');

export const loanOpened = eventType('sample', 'LoanOpened', 2, {
  borrowerId: clear(z.string().max(40)),
  shelf: code(z.enum(['north', 'south'])),
  person: participantCode(z.string().max(40), 'borrowerId'),
  note: optional(text(2_000)),
});
export const loanExtended = eventType('sample', 'LoanExtended', 1, {
  days: clear(z.number().int().min(1).max(90)),
  reasons: code(z.array(z.enum(['ill', 'busy'])).max(5)),
});
export const loanClosed = eventType('sample', 'LoanClosed', 1, { on: code(z.string()) });
export const sampleEvents = [loanOpened, loanExtended, loanClosed] as const;
export type SampleEvent = EventOf<typeof sampleEvents>;

/** Version 1 called the shelf `place` and had no borrower of its own. */
export const sampleUpcasts: readonly Upcast[] = [
  {
    from: 'sample.LoanOpened.v0',
    to: 'sample.LoanOpened.v1',
    up: ({ room, ...rest }) => ({ ...rest, place: room }),
  },
  {
    from: 'sample.LoanOpened.v1',
    to: 'sample.LoanOpened.v2',
    up: ({ place, ...rest }) => ({ ...rest, shelf: place, borrowerId: rest['borrowerId'] ?? 'unknown' }),
  },
];

export const sampleCodec = createCodec({
  events: sampleEvents,
  upcasts: sampleUpcasts,
  recordSubject: (id) => `loan/${id}`,
});

export type LoanState =
  | { readonly status: 'none' }
  | {
      readonly status: 'open';
      readonly shelf: 'north' | 'south';
      readonly person: Erasable<string>;
      readonly note: ConfidentialText | undefined;
      readonly days: number;
    }
  | { readonly status: 'closed'; readonly on: string };

export type LoanCommand =
  | Command<'OpenLoan', { borrowerId: string; shelf: 'north' | 'south'; person: string; note?: ConfidentialText }>
  | Command<'ExtendLoan', { days: number; reasons: ('ill' | 'busy')[] }>
  | Command<'CloseLoan', Record<string, never>>
  | Command<'TouchLoan', Record<string, never>>;

export const loanDecider: Decider<LoanCommand, SampleEvent, LoanState> = {
  initial: { status: 'none' },
  decide: (command, state) => {
    switch (command.type) {
      case 'OpenLoan': {
        if (state.status !== 'none') return refuse('loan.already_open');
        const { borrowerId, shelf, person, note } = command.data;
        return accept({ type: 'LoanOpened', data: { borrowerId, shelf, person, note } });
      }
      case 'ExtendLoan':
        if (state.status !== 'open') return reject({ kind: 'NotFound' });
        // Two events at once where it is long, to see that they stay together.
        return accept<SampleEvent>(
          { type: 'LoanExtended', data: { days: command.data.days, reasons: command.data.reasons } },
          ...(command.data.days > 30
            ? [{ type: 'LoanExtended' as const, data: { days: 1, reasons: command.data.reasons } }]
            : []),
        );
      case 'CloseLoan':
        if (state.status !== 'open') return reject({ kind: 'NotFound' });
        return accept({ type: 'LoanClosed', data: { on: localDateOf(command.meta.at) } });
      case 'TouchLoan':
        return accept();
    }
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'LoanOpened':
        return { status: 'open', shelf: event.data.shelf, person: event.data.person, note: event.data.note, days: 0 };
      case 'LoanExtended':
        return state.status === 'open' ? { ...state, days: state.days + event.data.days } : state;
      case 'LoanClosed':
        return { status: 'closed', on: event.data.on };
    }
  },
};

export type FakeSealer = Sealer & {
  readonly destroy: (subject: SubjectId) => void;
  readonly setReachable: (reachable: boolean) => void;
  readonly opened: () => readonly string[];
};

/** Sealing without secrecy: keeps the context and the subjects, and forgets a subject on request. */
export const createFakeSealer = (): FakeSealer => {
  const destroyed = new Set<SubjectId>();
  const opened: string[] = [];
  let reachable = true;
  const encode = (value: unknown) => Buffer.from(canonicalJson(value)).toString('base64url');
  return {
    destroy: (subject) => destroyed.add(subject),
    setReachable: (value) => {
      reachable = value;
    },
    opened: () => opened,
    seal: async (items) => {
      if (!reachable) return { ok: false, error: { kind: 'KeyUnavailable', detail: 'vault away' } };
      const gone = items.flatMap((item) => item.subjects).find((subject) => destroyed.has(subject));
      if (gone !== undefined) return { ok: false, error: { kind: 'KeyDestroyed', subject: gone } };
      return {
        ok: true,
        value: items.map((item): SealedValue => ({
          v: 1,
          alg: 'A256GCM',
          keys: [...item.subjects],
          ctx: item.context,
          iv: encode('iv'),
          ct: encode({ ctx: item.context, value: item.value }),
        })),
      };
    },
    holds: (_organisation, keyIds) => reachable && ![...keyIds].some((keyId) => destroyed.has(keyId)),
    open: async (organisation, values) =>
      values.map((value): Opened => {
        if (!reachable) return { kind: 'unavailable', detail: 'vault away' };
        if (value.keys.some((key) => destroyed.has(key))) return { kind: 'erased' };
        const inside: unknown = JSON.parse(Buffer.from(value.ct, 'base64url').toString('utf8'));
        if (typeof inside !== 'object' || inside === null || !('ctx' in inside) || !('value' in inside))
          throw new InvariantBroken('fake sealer');
        if (canonicalJson(inside.ctx) !== canonicalJson(value.ctx) || value.ctx.organisation !== organisation)
          return { kind: 'tampered' };
        opened.push(value.ctx.path);
        return { kind: 'opened', value: inside.value as Json };
      }),
  };
};
