import type { ConfidentialText, EventOf } from '@toeverlaat/event-log';
import { assertNever, InvariantBroken, type LocalDate } from '@toeverlaat/values';
import { covers, type Language, type SiteScope } from '../common.js';
import type { CapacityRole, personEvents, PersonFunction } from './events.js';

export type PersonEvent = EventOf<typeof personEvents>;

export type GrantedCapacity = {
  readonly capacityId: string;
  readonly role: CapacityRole;
  readonly sites: SiteScope;
  readonly from: LocalDate;
  /** First day on which it no longer holds, as granted. */
  readonly to?: LocalDate | undefined;
  /** First day on which it no longer holds, as ended. */
  readonly endedOn?: LocalDate;
};

export type HeldFunction = { readonly function: PersonFunction; readonly from: LocalDate; readonly to?: LocalDate };

export type KnownPerson = {
  readonly status: 'present' | 'left';
  readonly siteId: string;
  readonly languages: readonly Language[];
  readonly name: ConfidentialText;
  readonly email?: ConfidentialText | undefined;
  readonly functions: readonly HeldFunction[];
  readonly tags: readonly string[];
  readonly capacities: Readonly<Record<string, GrantedCapacity>>;
  readonly leftOn?: LocalDate;
};

export type PersonState = { readonly status: 'none' } | KnownPerson;

export const initialPerson: PersonState = { status: 'none' };

/** Functions held on a date; the day a function is laid down is the first without it. */
export const functionsAt = (state: KnownPerson, date: LocalDate): readonly PersonFunction[] =>
  state.functions.filter((held) => covers(held, date)).map((held) => held.function);

export const holds = (state: KnownPerson, wanted: PersonFunction): boolean =>
  state.functions.some((held) => held.function === wanted && held.to === undefined);

/** Whether the person belongs to the organisation on a date. */
export const presentAt = (state: KnownPerson, date: LocalDate): boolean =>
  state.leftOn === undefined || date < state.leftOn;

export const capacityInEffect = (capacity: GrantedCapacity, date: LocalDate): boolean =>
  covers(capacity, date) && (capacity.endedOn === undefined || date < capacity.endedOn);

export const capacitiesAt = (state: KnownPerson, date: LocalDate): readonly GrantedCapacity[] =>
  presentAt(state, date) ? Object.values(state.capacities).filter((capacity) => capacityInEffect(capacity, date)) : [];

export const evolvePerson = (state: PersonState, event: PersonEvent): PersonState => {
  if (event.type === 'PersonRegistered') {
    if (state.status !== 'none') throw new InvariantBroken('a person is registered once');
    return { status: 'present', ...event.data, functions: [], tags: [], capacities: {} };
  }
  if (state.status === 'none') throw new InvariantBroken(`${event.type} before PersonRegistered`);
  switch (event.type) {
    case 'PersonRenamed':
      return { ...state, name: event.data.name };
    case 'PersonEmailChanged':
      return { ...state, email: event.data.email };
    case 'PersonLanguagesChanged':
      return { ...state, languages: event.data.languages };
    case 'PersonMoved':
      return { ...state, siteId: event.data.siteId };
    case 'FunctionTaken':
      return { ...state, functions: [...state.functions, event.data] };
    case 'FunctionLaidDown':
      return {
        ...state,
        functions: state.functions.map((held) =>
          held.function === event.data.function && held.to === undefined ? { ...held, to: event.data.on } : held,
        ),
      };
    case 'SubjectLinked':
      return { ...state, tags: [...state.tags, event.data.tag] };
    case 'SubjectUnlinked':
      return { ...state, tags: state.tags.filter((tag) => tag !== event.data.tag) };
    case 'CapacityGranted':
      return { ...state, capacities: { ...state.capacities, [event.data.capacityId]: event.data } };
    case 'CapacityEnded': {
      const capacity = state.capacities[event.data.capacityId];
      if (capacity === undefined) throw new InvariantBroken('a capacity is granted before it ends');
      return {
        ...state,
        capacities: { ...state.capacities, [capacity.capacityId]: { ...capacity, endedOn: event.data.on } },
      };
    }
    case 'PersonLeft':
      return { ...state, status: 'left', leftOn: event.data.on };
    default:
      return assertNever(event);
  }
};
