import { createCodec } from '@toeverlaat/event-log';
import { personEvents } from './events.js';

/** Stream `directory.person-<organisation>_<person>`; sealed under `person/<id>`, the key of one directory entry. */
export const personCategory = 'directory.person';
export const personCodec = createCodec({ events: personEvents, recordSubject: (streamId) => `person/${streamId}` });

export { personDecider, type PersonCommand } from './decide.js';
export {
  capacitiesAt,
  functionsAt,
  presentAt,
  type GrantedCapacity,
  type HeldFunction,
  type KnownPerson,
  type PersonEvent,
  type PersonState,
} from './state.js';
export * from './events.js';
