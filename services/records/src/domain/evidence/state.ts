import type { EvidenceEvent } from './events.js';

export type PublishedCheckpoint = Extract<EvidenceEvent, { readonly type: 'CheckpointPublished' }>['data'];
export type EvidenceLog = Extract<EvidenceEvent, { readonly type: 'EvidenceLogOpened' }>['data'];
/** A name under which heads are signed, and the keys that sign. */
export type Origin = Pick<EvidenceLog, 'origin' | 'signers'>;

export type EvidenceState =
  | { readonly status: 'none' }
  | {
      readonly status: 'open';
      /** Under its present name. */
      readonly log: EvidenceLog;
      /** Names it had before restores, oldest first. */
      readonly earlier: readonly Origin[];
      readonly newest: PublishedCheckpoint | undefined;
      /** The newest restore after which it was begun anew. */
      readonly restore: string | undefined;
    };

/** The name that a signed note stands under: its first line. */
export const originOfNote = (note: string): string => note.slice(0, note.indexOf('\n'));

/** The newest checkpoint, where it was signed under the present name; one of an old name is no promise of this one. */
export const currentCheckpoint = (
  state: Extract<EvidenceState, { readonly status: 'open' }>,
): PublishedCheckpoint | undefined =>
  state.newest !== undefined && originOfNote(state.newest.note) === state.log.origin ? state.newest : undefined;

export const initialEvidence: EvidenceState = { status: 'none' };

export const evolveEvidence = (state: EvidenceState, event: EvidenceEvent): EvidenceState => {
  switch (event.type) {
    case 'EvidenceLogOpened':
      return { status: 'open', log: event.data, earlier: [], newest: undefined, restore: undefined };
    case 'CheckpointPublished':
      return state.status === 'open' ? { ...state, newest: event.data } : state;
    case 'EvidenceOriginBegun': {
      if (state.status !== 'open') return state;
      const { log, earlier } = state;
      const { origin, signers, restore } = event.data;
      return {
        ...state,
        log: { ...log, origin, signers },
        earlier: [...earlier, { origin: log.origin, signers: log.signers }],
        restore,
      };
    }
  }
};
