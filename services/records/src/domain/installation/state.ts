import type { InstallationEvent } from './events.js';

export type InstallationLog = Extract<InstallationEvent, { readonly type: 'InstallationLogOpened' }>['data'];
export type Seal = Extract<InstallationEvent, { readonly type: 'HeadsSealed' }>['data'];

export type InstallationState =
  | { readonly status: 'none' }
  | { readonly status: 'open'; readonly log: InstallationLog; readonly newest: Seal | undefined };

export const initialInstallation: InstallationState = { status: 'none' };

export const evolveInstallation = (state: InstallationState, event: InstallationEvent): InstallationState => {
  switch (event.type) {
    case 'InstallationLogOpened':
      return { status: 'open', log: event.data, newest: undefined };
    case 'HeadsSealed':
      return state.status === 'open' ? { ...state, newest: event.data } : state;
  }
};
