import { createCodec, type Codec } from '@toeverlaat/event-log';
import { thirdPartyEvents } from './events.js';

export const thirdPartyCategory = 'case.thirdpartyentry';
/** Each entry has a key of its own: it becomes unreadable alone, five years after its statement. */
export const thirdPartySubject = (id: string): string => `third_party_entry/${id}`;
export const thirdPartyCodec: Codec<typeof thirdPartyEvents> = createCodec({
  events: thirdPartyEvents,
  recordSubject: thirdPartySubject,
});

export { thirdPartyEvents, type ThirdPartyEvent } from './events.js';
export { type KeptEntry, type ThirdPartyState } from './state.js';
export { thirdPartyDecider, type ThirdPartyCommand } from './decide.js';
