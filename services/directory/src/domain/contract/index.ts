import { createCodec } from '@toeverlaat/event-log';
import { contractEvents } from './events.js';

/** Stream `directory.contract-<client>_<id>`. */
export const contractCategory = 'directory.contract';
export const contractCodec = createCodec({
  events: contractEvents,
  recordSubject: (streamId) => `contract/${streamId}`,
});

export { contractDecider, type ContractCommand } from './decide.js';
export { contractInEffect, type ConcludedContract, type ContractEvent, type ContractState } from './state.js';
export * from './events.js';
