import { accept, type Command, type ConfidentialText, type Decider, type Decision } from '@toeverlaat/event-log';
import { assertNever, type LocalDate } from '@toeverlaat/values';
import { NOT_FOUND, refuseRule, reversed, type Language, type SiteScope } from '../common.js';
import type { CapacityRole, PersonFunction } from './events.js';
import {
  evolvePerson,
  holds,
  initialPerson,
  type GrantedCapacity,
  type KnownPerson,
  type PersonEvent,
  type PersonState,
} from './state.js';

type Grant = {
  readonly capacityId: string;
  readonly role: CapacityRole;
  readonly sites: SiteScope;
  readonly from: LocalDate;
  readonly to?: LocalDate | undefined;
};

export type PersonCommand =
  | Command<
      'RegisterPerson',
      {
        readonly siteId: string;
        readonly languages: readonly Language[];
        readonly name: ConfidentialText;
        readonly email?: ConfidentialText | undefined;
      }
    >
  | Command<'RenamePerson', { readonly name: ConfidentialText }>
  | Command<'ChangeEmail', { readonly email: ConfidentialText }>
  | Command<'ChangeLanguages', { readonly languages: readonly Language[] }>
  | Command<'MovePerson', { readonly siteId: string; readonly on: LocalDate }>
  | Command<'TakeFunction', { readonly function: PersonFunction; readonly from: LocalDate }>
  | Command<'LayDownFunction', { readonly function: PersonFunction; readonly on: LocalDate }>
  | Command<
      'LinkSubject',
      { readonly tag: string; readonly issuer: ConfidentialText; readonly subject: ConfidentialText }
    >
  | Command<'UnlinkSubject', { readonly tag: string }>
  | Command<'GrantCapacity', Grant>
  | Command<'EndCapacity', { readonly capacityId: string; readonly on: LocalDate }>
  | Command<'RecordLeaving', { readonly on: LocalDate }>;

const sameSites = (a: SiteScope, b: SiteScope): boolean =>
  a === b || [...a].toSorted().join() === [...b].toSorted().join();

const sameGrant = (a: GrantedCapacity, b: Grant): boolean =>
  a.role === b.role && a.from === b.from && a.to === b.to && sameSites(a.sites, b.sites);

const grant = (state: KnownPerson, data: Grant, by: string): Decision<PersonEvent> => {
  if (data.role === 'counsellor') return refuseRule('role_by_designation_only');
  // Only who runs the installation makes another one of its kind.
  if (data.role === 'platform_operator' && by !== 'platform_operator') return refuseRule('role_of_platform_only');
  if (reversed(data)) return refuseRule('period_reversed');
  const known = state.capacities[data.capacityId];
  if (known !== undefined) return sameGrant(known, data) ? accept() : refuseRule('capacity_exists');
  return accept({ type: 'CapacityGranted', data });
};

const decide = (command: PersonCommand, state: PersonState): Decision<PersonEvent> => {
  if (command.type === 'RegisterPerson')
    return state.status === 'none'
      ? accept({ type: 'PersonRegistered', data: command.data })
      : refuseRule('person_exists');
  if (state.status === 'none') return NOT_FOUND;
  if (command.type === 'RecordLeaving') {
    if (state.leftOn === command.data.on) return accept();
    if (state.status === 'left') return refuseRule('person_left');
    return command.data.on > command.meta.today
      ? refuseRule('date_in_future', undefined, { field: 'on' })
      : accept({ type: 'PersonLeft', data: command.data });
  }
  if (state.status === 'left') return refuseRule('person_left');
  const { today, actor } = command.meta;
  switch (command.type) {
    case 'RenamePerson':
      return accept({ type: 'PersonRenamed', data: command.data });
    case 'ChangeEmail':
      return accept({ type: 'PersonEmailChanged', data: command.data });
    case 'ChangeLanguages':
      return state.languages.join() === command.data.languages.join()
        ? accept()
        : accept({ type: 'PersonLanguagesChanged', data: command.data });
    case 'MovePerson':
      if (state.siteId === command.data.siteId) return accept();
      return command.data.on > today
        ? refuseRule('date_in_future', undefined, { field: 'on' })
        : accept({ type: 'PersonMoved', data: command.data });
    case 'TakeFunction':
      if (holds(state, command.data.function)) return accept();
      return command.data.from > today
        ? refuseRule('date_in_future', undefined, { field: 'from' })
        : accept({ type: 'FunctionTaken', data: command.data });
    case 'LayDownFunction': {
      const held = state.functions.findLast((one) => one.function === command.data.function && one.to === undefined);
      if (held === undefined) return accept();
      if (command.data.on > today) return refuseRule('date_in_future', undefined, { field: 'on' });
      return command.data.on < held.from
        ? refuseRule('period_reversed')
        : accept({ type: 'FunctionLaidDown', data: command.data });
    }
    case 'LinkSubject':
      return state.tags.includes(command.data.tag) ? accept() : accept({ type: 'SubjectLinked', data: command.data });
    case 'UnlinkSubject':
      return state.tags.includes(command.data.tag) ? accept({ type: 'SubjectUnlinked', data: command.data }) : accept();
    case 'GrantCapacity':
      return grant(state, command.data, actor.capacity);
    case 'EndCapacity': {
      const capacity = state.capacities[command.data.capacityId];
      if (capacity === undefined) return NOT_FOUND;
      if (capacity.endedOn === command.data.on) return accept();
      // An earlier end is a correction that takes authority away; a later one would give it back.
      return capacity.endedOn !== undefined && capacity.endedOn < command.data.on
        ? refuseRule('capacity_ended')
        : accept({ type: 'CapacityEnded', data: command.data });
    }
    default:
      return assertNever(command);
  }
};

export const personDecider: Decider<PersonCommand, PersonEvent, PersonState> = {
  initial: initialPerson,
  decide,
  evolve: evolvePerson,
};
