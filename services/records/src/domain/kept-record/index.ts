import { createCodec, type Codec } from '@toeverlaat/event-log';
import { uuidV5, type OrganisationId } from '@toeverlaat/values';
import type { Owner } from '../retention-vocabulary.js';
import { keptEvents } from './events.js';

/** Stream `records.kept-<organisation>_<id>`. */
export const keptCategory = 'records.kept';
export const keptCodec: Codec<typeof keptEvents> = createCodec({
  events: keptEvents,
  recordSubject: (id) => `kept/${id}`,
});

/**
 * The id under which a record is kept: made from where it is, so that it is found again without looking. `part`: of a record
 * of which something is kept by a rule of its own, such as the notes of one author.
 */
export const keptIdOf = (organisation: OrganisationId, service: Owner, record: string, part = ''): string =>
  uuidV5('kept', organisation, service, record, part);

export { type KeptEvent } from './events.js';
export { initialKept, itemOf, type KeptState, type LivingRecord } from './state.js';
export { dueOf, keptDecider, type KeptCommand } from './decide.js';
