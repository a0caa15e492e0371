import { accept, refuse, type Command, type Decider, type Decision } from '@toeverlaat/event-log';
import { assertNever } from '@toeverlaat/values';
import type { EvidenceEvent } from './events.js';
import {
  evolveEvidence,
  initialEvidence,
  type EvidenceLog,
  type EvidenceState,
  type PublishedCheckpoint,
} from './state.js';

export type OpenEvidenceLog = Command<'OpenEvidenceLog', EvidenceLog>;
/** `after`: size of the checkpoint that consistency was proved with; 0 where there was none. */
export type PublishCheckpoint = Command<'PublishCheckpoint', PublishedCheckpoint & { readonly after: number }>;
/** After a restore. The old head is what this stream holds, so nobody gives it. */
export type BeginEvidenceOrigin = Command<
  'BeginEvidenceOrigin',
  Pick<EvidenceLog, 'origin' | 'signers'> & { readonly at: string; readonly restore: string }
>;
/** The shell has made the keys and both signatures under the announcement. */
export type ChangeEvidenceSigners = Command<
  'ChangeEvidenceSigners',
  Extract<EvidenceEvent, { readonly type: 'EvidenceSignersChanged' }>['data']
>;
export type EvidenceCommand = OpenEvidenceLog | PublishCheckpoint | BeginEvidenceOrigin | ChangeEvidenceSigners;

const publish = ({ data }: PublishCheckpoint, state: EvidenceState): Decision<EvidenceEvent> => {
  if (state.status === 'none') return refuse('evidence_log_not_open');
  const { newest } = state;
  // Another replica published meanwhile: the proof was for an older head, so it proves nothing about this one.
  if ((newest?.size ?? 0) !== data.after) return refuse('newer_checkpoint_published');
  if (newest !== undefined && data.size < newest.size) return refuse('tree_smaller_than_checkpoint');
  if (newest !== undefined && data.size === newest.size && data.root !== newest.root)
    return refuse('tree_differs_from_checkpoint');
  if (newest !== undefined && data.at < newest.at) return refuse('clock_went_back');
  const { size, root, at, note } = data;
  return accept<EvidenceEvent>({ type: 'CheckpointPublished', data: { size, root, at, note } });
};

const beginOrigin = ({ data }: BeginEvidenceOrigin, state: EvidenceState): Decision<EvidenceEvent> => {
  if (state.status === 'none') return refuse('evidence_log_not_open');
  if (state.restore === data.restore) return accept();
  const { log, newest } = state;
  const { origin, signers, at, restore } = data;
  return accept<EvidenceEvent>({
    type: 'EvidenceOriginBegun',
    data: {
      origin,
      signers,
      at,
      restore,
      previousOrigin: log.origin,
      previousSize: newest?.size ?? 0,
      previousRoot: newest?.root,
    },
  });
};

const changeSigners = ({ data }: ChangeEvidenceSigners, state: EvidenceState): Decision<EvidenceEvent> => {
  if (state.status === 'none') return refuse('evidence_log_not_open');
  const { log, newest } = state;
  // Another replica changed them, or the name is another one since: what was announced follows on something else.
  if (data.origin !== log.origin || data.previousSigners.join(' ') !== log.signers.join(' '))
    return refuse('newer_checkpoint_published');
  if (newest !== undefined && data.at < newest.at) return refuse('clock_went_back');
  return accept<EvidenceEvent>({ type: 'EvidenceSignersChanged', data });
};

/** One stream per organisation. That a head only grew is proved by the shell with the tree; what a fold can see is refused here. */
export const evidenceDecider: Decider<EvidenceCommand, EvidenceEvent, EvidenceState> = {
  initial: initialEvidence,
  decide: (command, state) => {
    switch (command.type) {
      case 'OpenEvidenceLog':
        return state.status === 'none'
          ? accept<EvidenceEvent>({ type: 'EvidenceLogOpened', data: command.data })
          : accept<EvidenceEvent>();
      case 'PublishCheckpoint':
        return publish(command, state);
      case 'BeginEvidenceOrigin':
        return beginOrigin(command, state);
      case 'ChangeEvidenceSigners':
        return changeSigners(command, state);
      default:
        return assertNever(command);
    }
  },
  evolve: evolveEvidence,
};
