import { contractCodec, contractEvents } from './domain/contract/index.js';
import { designationCodec, designationEvents } from './domain/designation/index.js';
import { mandateCodec, mandateEvents } from './domain/mandate/index.js';
import { organisationCodec, organisationEvents } from './domain/organisation/index.js';
import { personCodec, personEvents } from './domain/person/index.js';

/** Every event of the service: the catalogue that schema checks walk. */
export const directoryEventTypes = [
  ...organisationEvents,
  ...personEvents,
  ...designationEvents,
  ...contractEvents,
  ...mandateEvents,
] as const;
export const directoryCodecs = [organisationCodec, personCodec, designationCodec, contractCodec, mandateCodec] as const;
/** Subject classes this service seals under: its vault credentials, with `actors` and `fingerprints`. */
export const directorySealingClasses = [
  'organisation',
  'person',
  'designation',
  'contract',
  'mandate',
  'actors',
  'fingerprints',
] as const;

export { bootstrapCaller } from './application/commands.js';
export { createDirectory, DirectoryModule } from './directory.module.js';
export { directoryPublicEvents } from './public-events.js';
export { directoryViews } from './views/index.js';
