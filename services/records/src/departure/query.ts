import { actorKindSchema, homeOf, type Caller } from '@toeverlaat/access';
import type { DepartureRow, RequestContext } from '@toeverlaat/contracts';
import { isErased, type ConfidentialText, type Rejection, type SealedValue } from '@toeverlaat/event-log';
import { openTexts, release, type ServiceRuntime } from '@toeverlaat/service-kit';
import { ok, type Result } from '@toeverlaat/values';
import { admitOwn } from '../application/guard.js';
import {
  closedRecords,
  isWithheld,
  provedRecords,
  type DepartureState,
  type Leaving,
  type NamedReceiver,
} from '../domain/departure/index.js';
import type { DepartureCore } from './core.js';
import { isFile } from './departing.js';

type Standing = Exclude<DepartureState, { readonly status: 'none' }>;

const sealedOf = (text: ConfidentialText): SealedValue | undefined => ('ct' in text ? text : undefined);

const isOwn = (caller: Caller, { person }: NamedReceiver): boolean =>
  person !== undefined &&
  !isErased(person) &&
  person.person === caller.person &&
  person.organisation === homeOf(caller);

const approvalOf = (state: Standing): Pick<DepartureRow, 'approvedBy' | 'approvedAs'> =>
  state.status === 'requested' || state.status === 'withdrawn'
    ? { approvedBy: null, approvedAs: null }
    : { approvedBy: state.approvedBy, approvedAs: actorKindSchema.parse(state.approvedAs) };

/** How far the transfer is, in numbers. */
const progressOf = (
  state: Standing,
): Pick<DepartureRow, 'confirmBy' | 'confirmationOverdue' | 'closed' | 'staying' | 'leaving'> & {
  readonly handed: ReadonlyMap<string, number>;
  readonly registerHanded: boolean;
} => {
  switch (state.status) {
    case 'requested':
    case 'withdrawn':
    case 'approved':
    case 'arrived':
      return {
        handed: new Map(),
        registerHanded: false,
        confirmBy: null,
        confirmationOverdue: false,
        closed: 0,
        staying: 0,
        leaving: 0,
      };
    case 'handing_over':
    case 'handed_over':
    case 'confirmed':
    case 'completed': {
      const done = state.status === 'confirmed' || state.status === 'completed';
      return {
        handed: new Map([...state.transfers].map(([key, records]) => [key, records.size])),
        registerHanded: state.registerFile !== undefined,
        confirmBy: state.handovers.at(-1)?.confirmBy ?? null,
        confirmationOverdue: !done && state.calledFor !== undefined,
        closed: closedRecords(state).filter(isFile).length,
        staying: done ? state.unproved.size : 0,
        leaving: provedRecords(state).length,
      };
    }
  }
};

type Named = { readonly controller: string | null; readonly ground: string | null };
const NO_WORDS: Named = { controller: null, ground: null };

/** Names and grounds as stored: where it goes, then of each receiver, then of the company's. */
export const wordsOf = ({ nextHost, receivers, register }: Leaving): readonly (SealedValue | undefined)[] =>
  [
    nextHost,
    ...[...receivers, ...(register === undefined ? [] : [register])].flatMap(({ controller, ground }) => [
      controller,
      ground,
    ]),
  ].map(sealedOf);

/** The same, opened, by whom they are of; null of what is erased. */
export const wordsIn = (
  { receivers }: Leaving,
  words: readonly (string | null)[],
): { readonly ofReceivers: readonly Named[]; readonly ofRegister: Named } => {
  const at = (index: number): Named => ({
    controller: words[1 + 2 * index] ?? null,
    ground: words[2 + 2 * index] ?? null,
  });
  return { ofReceivers: receivers.map((_, index) => at(index)), ofRegister: at(receivers.length) };
};

const rowOf = (caller: Caller, state: Standing, words: readonly (string | null)[]): DepartureRow => {
  const { handed, registerHanded, ...progress } = progressOf(state);
  const { departureId, status, notBefore, confirmWithinDays, requestedBy, requestedAs, register } = state;
  const { ofRegister, ofReceivers } = wordsIn(state, words);
  return {
    departureId,
    status,
    nextHost: words[0] ?? null,
    notBefore,
    confirmWithinDays,
    requestedBy,
    requestedAs: actorKindSchema.parse(requestedAs),
    ...approvalOf(state),
    receivers: state.receivers.map((receiver, at) => ({
      capacity: receiver.capacity,
      fingerprint: receiver.key,
      ...(ofReceivers[at] ?? NO_WORDS),
      limitedTo: receiver.records?.length ?? null,
      withheld: isWithheld(state, receiver),
      own: isOwn(caller, receiver),
      handedOver: handed.get(receiver.key) ?? 0,
    })),
    register: register === undefined ? null : { fingerprint: register.key, ...ofRegister, handedOver: registerHanded },
    ...progress,
  };
};

/** The departure of one's organisation, for who decides on it and whose files would go; what they read is recorded. */
export const createDepartureQuery =
  (runtime: Pick<ServiceRuntime, 'authority' | 'recorder' | 'clock' | 'sealing'>, core: DepartureCore) =>
  async (context: RequestContext): Promise<Result<{ readonly departure: DepartureRow | null }, Rejection>> => {
    const query = 'records.departure';
    const allowed = await admitOwn(runtime, context, 'open', 'departure', '-', query);
    if (!allowed.ok) return allowed;
    const { caller } = allowed.value;
    const { organisation } = caller;
    const state = await core.departureOf(organisation);
    if (!state.ok) return state;
    const { value } = state;
    if (value.status === 'none') return ok({ departure: null });
    return release(
      runtime,
      context,
      caller,
      {
        recordClass: 'departure',
        organisation,
        records: [value.departureId],
        fields: ['nextHost', 'receivers', 'register'],
        query,
        outcome: 'opened',
      },
      async () => {
        const words = await openTexts(runtime, organisation, wordsOf(value));
        return words.ok ? ok({ departure: rowOf(caller, value, words.value) }) : words;
      },
    );
  };
