import { renamed, type SignedName } from '../signed-name.js';
import type { EvidenceEvent } from './events.js';

export type PublishedCheckpoint = Extract<EvidenceEvent, { readonly type: 'CheckpointPublished' }>['data'];
export type EvidenceLog = Extract<EvidenceEvent, { readonly type: 'EvidenceLogOpened' }>['data'];

export type EvidenceState =
  | { readonly status: 'none' }
  | {
      readonly status: 'open';
      /** Under its present name and keys. */
      readonly log: EvidenceLog & SignedName;
      /** Names it had before restores, and keys before they were changed, oldest first. */
      readonly earlier: readonly SignedName[];
      /** How often the keys were changed: each time they are others of the keyring. */
      readonly changes: number;
      readonly newest: PublishedCheckpoint | undefined;
      /** The newest checkpoint is of the present name and keys. */
      readonly current: boolean;
      /** The newest restore after which it was begun anew. */
      readonly restore: string | undefined;
    };

/** The name that a signed note stands under: its first line. */
export const originOfNote = (note: string): string => note.slice(0, note.indexOf('\n'));

/** The newest checkpoint, where it was signed under the present name and keys; one of an old name is no promise of this one. */
export const currentCheckpoint = (
  state: Extract<EvidenceState, { readonly status: 'open' }>,
): PublishedCheckpoint | undefined =>
  state.newest !== undefined && state.current && originOfNote(state.newest.note) === state.log.origin
    ? state.newest
    : undefined;

export const initialEvidence: EvidenceState = { status: 'none' };

export const evolveEvidence = (state: EvidenceState, event: EvidenceEvent): EvidenceState => {
  switch (event.type) {
    case 'EvidenceLogOpened':
      return {
        status: 'open',
        log: event.data,
        earlier: [],
        changes: 0,
        newest: undefined,
        current: false,
        restore: undefined,
      };
    case 'CheckpointPublished':
      return state.status === 'open' ? { ...state, newest: event.data, current: true } : state;
    case 'EvidenceOriginBegun': {
      if (state.status !== 'open') return state;
      const { origin, signers, restore } = event.data;
      return { ...state, ...renamed(state, { origin, signers }), current: false, restore };
    }
    case 'EvidenceSignersChanged': {
      if (state.status !== 'open') return state;
      const { log, changes } = state;
      const { signers, announcement: announced } = event.data;
      const name = renamed(state, { origin: log.origin, signers, announced });
      return { ...state, ...name, changes: changes + 1, current: false };
    }
  }
};
