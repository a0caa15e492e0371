import { createCodec, type Codec } from '@toeverlaat/event-log';
import { releaseEvents } from './events.js';

/** One stream per organisation: `reporting.releases-<organisation>_all`. */
export const releasesCategory = 'reporting.releases';
export const RELEASES_ID = 'all';
export const releasesCodec: Codec<typeof releaseEvents> = createCodec({
  events: releaseEvents,
  recordSubject: (id) => `releases/${id}`,
});

export { releaseEvents, type ReleasedTable, type ReleaseEvent } from './events.js';
export * from './state.js';
export * from './decide.js';
