import { createCodec, type Codec } from '@toeverlaat/event-log';
import type { OrganisationId } from '@toeverlaat/values';
import { installationEvents } from './events.js';

/** `records.installation-installation_log`: the one stream that is of no organisation, under a name that none may take. */
export const installationCategory = 'records.installation';
export const INSTALLATION = 'installation' as OrganisationId;
export const INSTALLATION_ID = 'log';
export const installationCodec: Codec<typeof installationEvents> = createCodec({
  events: installationEvents,
  recordSubject: (id) => `installation/${id}`,
});

export { installationEvents, type InstallationEvent, type SealedHead } from './events.js';
export * from './state.js';
export * from './decide.js';
