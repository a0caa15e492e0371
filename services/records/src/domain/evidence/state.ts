import type { EvidenceEvent } from './events.js';

export type PublishedCheckpoint = Extract<EvidenceEvent, { readonly type: 'CheckpointPublished' }>['data'];
export type EvidenceLog = Extract<EvidenceEvent, { readonly type: 'EvidenceLogOpened' }>['data'];

export type EvidenceState =
  | { readonly status: 'none' }
  | { readonly status: 'open'; readonly log: EvidenceLog; readonly newest: PublishedCheckpoint | undefined };

export const initialEvidence: EvidenceState = { status: 'none' };

export const evolveEvidence = (state: EvidenceState, event: EvidenceEvent): EvidenceState => {
  switch (event.type) {
    case 'EvidenceLogOpened':
      return { status: 'open', log: event.data, newest: undefined };
    case 'CheckpointPublished':
      return state.status === 'open' ? { ...state, newest: event.data } : state;
  }
};
