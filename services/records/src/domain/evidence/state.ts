import type { EvidenceEvent } from './events.js';

export type PublishedCheckpoint = Extract<EvidenceEvent, { readonly type: 'CheckpointPublished' }>['data'];
export type EvidenceLog = Extract<EvidenceEvent, { readonly type: 'EvidenceLogOpened' }>['data'];
/** A name under which heads are signed, and the keys that sign; with the note that announced them, where others signed before. */
export type Origin = Pick<EvidenceLog, 'origin' | 'signers'> & { readonly announced?: string | undefined };

export type EvidenceState =
  | { readonly status: 'none' }
  | {
      readonly status: 'open';
      /** Under its present name and keys. */
      readonly log: EvidenceLog & Origin;
      /** Names it had before restores, and keys before they were changed, oldest first. */
      readonly earlier: readonly Origin[];
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

const nameOf = ({ origin, signers, announced }: Origin): Origin => ({ origin, signers, announced });

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
      const { log, earlier } = state;
      const { origin, signers, restore } = event.data;
      return {
        ...state,
        log: { ...log, origin, signers, announced: undefined },
        earlier: [...earlier, nameOf(log)],
        current: false,
        restore,
      };
    }
    case 'EvidenceSignersChanged': {
      if (state.status !== 'open') return state;
      const { log, earlier, changes } = state;
      const { signers, announcement } = event.data;
      return {
        ...state,
        log: { ...log, signers, announced: announcement },
        earlier: [...earlier, nameOf(log)],
        changes: changes + 1,
        current: false,
      };
    }
  }
};
