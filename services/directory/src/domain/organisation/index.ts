import { createCodec } from '@toeverlaat/event-log';
import { organisationEvents } from './events.js';

/** Stream `directory.organisation-<organisation>_<organisation>`: one profile per organisation. */
export const organisationCategory = 'directory.organisation';
export const organisationCodec = createCodec({
  events: organisationEvents,
  recordSubject: (streamId) => `organisation/${streamId}`,
});

export { organisationDecider, type OrganisationCommand } from './decide.js';
export {
  endsNextDay,
  openSites,
  WHOLE_ORGANISATION,
  workersAt,
  type OrganisationEvent,
  type OrganisationState,
  type RegisteredOrganisation,
  type Site,
} from './state.js';
export * from './events.js';
