import { accept, refuse, type Command, type Decider, type Decision } from '@toeverlaat/event-log';
import { assertNever } from '@toeverlaat/values';
import type { InstallationEvent } from './events.js';
import {
  evolveInstallation,
  initialInstallation,
  type InstallationLog,
  type InstallationState,
  type RecoveredSeal,
  type Seal,
} from './state.js';

export type OpenInstallationLog = Command<'OpenInstallationLog', InstallationLog>;
export type SealHeads = Command<'SealHeads', Seal>;
/** In the order of their sequence; the shell has checked signature and hashes. */
export type RecoverSeal = Command<'RecoverSeal', RecoveredSeal>;
export type BeginInstallationOrigin = Command<
  'BeginInstallationOrigin',
  Pick<InstallationLog, 'origin' | 'signers'> & { readonly at: string; readonly restore: string }
>;
/** The shell has made the keys and both signatures under the announcement. */
export type ChangeInstallationSigners = Command<
  'ChangeInstallationSigners',
  Extract<InstallationEvent, { readonly type: 'InstallationSignersChanged' }>['data']
>;
export type InstallationCommand =
  OpenInstallationLog | SealHeads | RecoverSeal | BeginInstallationOrigin | ChangeInstallationSigners;

const seal = ({ data }: SealHeads, state: InstallationState): Decision<InstallationEvent> => {
  if (state.status === 'none') return refuse('installation_log_not_open');
  const { newest } = state;
  // Another replica sealed meanwhile; its seal stands and ours is made again from it.
  if (data.sequence !== (newest?.sequence ?? -1) + 1) return refuse('newer_seal_published');
  if (newest !== undefined && data.at < newest.at) return refuse('clock_went_back');
  if (data.ledgerSize !== (newest?.ledgerSize ?? 0) + data.keyIds.length) return refuse('ledger_out_of_step');
  const sizes = new Map(data.heads.map(({ organisation, size }) => [organisation, size]));
  for (const { organisation, size } of state.sealed?.heads ?? [])
    if ((sizes.get(organisation) ?? -1) < size) return refuse('tree_smaller_than_anchored');
  return accept<InstallationEvent>({ type: 'HeadsSealed', data });
};

const recover = ({ data }: RecoverSeal, state: InstallationState): Decision<InstallationEvent> => {
  if (state.status === 'none') return refuse('installation_log_not_open');
  const known = state.newest?.sequence ?? -1;
  if (data.sequence <= known) return accept();
  if (data.sequence !== known + 1) return refuse('newer_seal_published');
  if (data.ledgerSize !== (state.newest?.ledgerSize ?? 0) + data.keyIds.length) return refuse('ledger_out_of_step');
  return accept<InstallationEvent>({ type: 'SealRecovered', data });
};

const beginOrigin = ({ data }: BeginInstallationOrigin, state: InstallationState): Decision<InstallationEvent> => {
  if (state.status === 'none') return refuse('installation_log_not_open');
  if (state.restore === data.restore) return accept();
  const { log, newest } = state;
  const { origin, signers, at, restore } = data;
  return accept<InstallationEvent>({
    type: 'InstallationOriginBegun',
    data: {
      origin,
      signers,
      at,
      restore,
      previousOrigin: log.origin,
      previousSeals: (newest?.sequence ?? -1) + 1,
      previousNote: newest?.note,
    },
  });
};

const changeSigners = ({ data }: ChangeInstallationSigners, state: InstallationState): Decision<InstallationEvent> => {
  if (state.status === 'none') return refuse('installation_log_not_open');
  const { log, newest } = state;
  // Another replica changed them, or the name is another one since: what was announced follows on something else.
  if (data.origin !== log.origin || data.previousSigners.join(' ') !== log.signers.join(' '))
    return refuse('newer_seal_published');
  if (newest !== undefined && data.at < newest.at) return refuse('clock_went_back');
  return accept<InstallationEvent>({ type: 'InstallationSignersChanged', data });
};

/** One stream for the whole installation. */
export const installationDecider: Decider<InstallationCommand, InstallationEvent, InstallationState> = {
  initial: initialInstallation,
  decide: (command, state) => {
    switch (command.type) {
      case 'OpenInstallationLog':
        return state.status === 'none'
          ? accept<InstallationEvent>({ type: 'InstallationLogOpened', data: command.data })
          : accept<InstallationEvent>();
      case 'SealHeads':
        return seal(command, state);
      case 'RecoverSeal':
        return recover(command, state);
      case 'BeginInstallationOrigin':
        return beginOrigin(command, state);
      case 'ChangeInstallationSigners':
        return changeSigners(command, state);
      default:
        return assertNever(command);
    }
  },
  evolve: evolveInstallation,
};
