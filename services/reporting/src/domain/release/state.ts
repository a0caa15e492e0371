import type { ReleaseEvent } from './events.js';

export type Release = ReleaseEvent['data'];
/** Every release of one organisation, oldest first: a difference is taken with each of them. */
export type ReleasesState = { readonly releases: readonly Release[] };
export const initialReleases: ReleasesState = { releases: [] };

export const evolveReleases = (state: ReleasesState, event: ReleaseEvent): ReleasesState => ({
  releases: [...state.releases, event.data],
});
