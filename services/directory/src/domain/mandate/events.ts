import { clear, eventType, optional } from '@toeverlaat/event-log';
import { z } from 'zod';
import { localDate, localId, organisationRef, siteScope } from '../common.js';

// Storage format. Stands under the client: the organisation acted for decides who acts for it.
const SERVICE = 'directory';

/** What somebody of another organisation can be here. Never administrator, employer or committee member. */
export const mandateRole = z.enum(['counsellor', 'prevention_adviser', 'data_protection_officer', 'auditor']);
export type MandateRole = z.infer<typeof mandateRole>;

export const MandateGiven = eventType(SERVICE, 'MandateGiven', 1, {
  personId: clear(localId),
  home: clear(organisationRef),
  role: clear(mandateRole),
  sites: clear(siteScope),
  from: clear(localDate),
  to: optional(clear(localDate)),
});
/** Not in effect from `on`. */
export const MandateRevoked = eventType(SERVICE, 'MandateRevoked', 1, { on: clear(localDate) });

export const mandateEvents = [MandateGiven, MandateRevoked] as const;
