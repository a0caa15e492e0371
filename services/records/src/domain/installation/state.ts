import { renamed, type SignedName } from '../signed-name.js';
import type { InstallationEvent, SealedHead } from './events.js';

export type InstallationLog = Extract<InstallationEvent, { readonly type: 'InstallationLogOpened' }>['data'];
/** A seal of this log, or, without heads, one that was recovered from an anchor. */
export type Seal = Extract<InstallationEvent, { readonly type: 'HeadsSealed' }>['data'];
export type RecoveredSeal = Extract<InstallationEvent, { readonly type: 'SealRecovered' }>['data'];

/** The heads that this log sealed last, with what their blinding was made of. */
export type SealedHeads = {
  readonly sequence: number;
  readonly origin: string;
  readonly heads: readonly SealedHead[];
};

export type InstallationState =
  | { readonly status: 'none' }
  | {
      readonly status: 'open';
      readonly log: InstallationLog & SignedName;
      /** Names before restores, and keys before they were changed, oldest first. */
      readonly earlier: readonly SignedName[];
      /** How often the keys were changed: each time they are others of the keyring. */
      readonly changes: number;
      readonly newest: Seal | undefined;
      readonly sealed: SealedHeads | undefined;
      readonly restore: string | undefined;
    };

export const initialInstallation: InstallationState = { status: 'none' };

export const evolveInstallation = (state: InstallationState, event: InstallationEvent): InstallationState => {
  switch (event.type) {
    case 'InstallationLogOpened':
      return {
        status: 'open',
        log: event.data,
        earlier: [],
        changes: 0,
        newest: undefined,
        sealed: undefined,
        restore: undefined,
      };
    case 'HeadsSealed': {
      if (state.status !== 'open') return state;
      const { sequence, heads } = event.data;
      return { ...state, newest: event.data, sealed: { sequence, origin: state.log.origin, heads } };
    }
    case 'SealRecovered':
      return state.status === 'open' ? { ...state, newest: { ...event.data, heads: [] } } : state;
    case 'InstallationOriginBegun': {
      if (state.status !== 'open') return state;
      const { origin, signers, restore } = event.data;
      return { ...state, ...renamed(state, { origin, signers }), restore };
    }
    case 'InstallationSignersChanged': {
      if (state.status !== 'open') return state;
      const { log, changes } = state;
      const { signers, announcement: announced } = event.data;
      return { ...state, ...renamed(state, { origin: log.origin, signers, announced }), changes: changes + 1 };
    }
  }
};
