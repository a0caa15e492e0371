import type { InstallationEvent, SealedHead } from './events.js';

export type InstallationLog = Extract<InstallationEvent, { readonly type: 'InstallationLogOpened' }>['data'];
/** A seal of this log, or, without heads, one that was recovered from an anchor. */
export type Seal = Extract<InstallationEvent, { readonly type: 'HeadsSealed' }>['data'];
export type RecoveredSeal = Extract<InstallationEvent, { readonly type: 'SealRecovered' }>['data'];
export type InstallationOrigin = Pick<InstallationLog, 'origin' | 'signers'>;

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
      readonly log: InstallationLog;
      /** Names before restores, oldest first. */
      readonly earlier: readonly InstallationOrigin[];
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
