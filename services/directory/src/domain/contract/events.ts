import { clear, eventType, optional } from '@toeverlaat/event-log';
import { localDate, organisationRef } from '../common.js';

// Storage format. Stands under the client: it is the client's right to be served and to end it.
const SERVICE = 'directory';

export const ServiceContractConcluded = eventType(SERVICE, 'ServiceContractConcluded', 1, {
  provider: clear(organisationRef),
  from: clear(localDate),
  to: optional(clear(localDate)),
});
/** Not in effect from `on`. */
export const ServiceContractEnded = eventType(SERVICE, 'ServiceContractEnded', 1, { on: clear(localDate) });

export const contractEvents = [ServiceContractConcluded, ServiceContractEnded] as const;
