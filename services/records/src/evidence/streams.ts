import {
  createRunner,
  type CommandContext,
  type CommandOutcome,
  type EventLog,
  type Runner,
} from '@toeverlaat/event-log';
import { policyVersion } from '@toeverlaat/access';
import { lawVersion } from '@toeverlaat/legal';
import type { SealingService } from '@toeverlaat/sealing';
import { InvariantBroken, newCommandId, type Clock, type OrganisationId } from '@toeverlaat/values';
import {
  EVIDENCE_ID,
  evidenceCategory,
  evidenceCodec,
  evidenceDecider,
  type EvidenceCommand,
  type EvidenceState,
  type PublishedCheckpoint,
} from '../domain/evidence/index.js';
import {
  INSTALLATION,
  INSTALLATION_ID,
  installationCategory,
  installationCodec,
  installationDecider,
  type InstallationCommand,
  type InstallationEvent,
  type InstallationState,
  type Seal,
} from '../domain/installation/index.js';
import { EvidenceStopped } from './faults.js';

/** Where checkpoints and seals are kept: in the log, so that every replica and every rebuild has the same (ADR 39). */
export type EvidenceStreams = {
  readonly evidence: (organisation: OrganisationId) => Promise<EvidenceState>;
  /** All checkpoints that were ever published, oldest first. */
  readonly checkpoints: (organisation: OrganisationId) => Promise<readonly PublishedCheckpoint[]>;
  readonly installation: () => Promise<InstallationState>;
  /** All seals that are known, in order; those that a restore recovered from an anchor have no heads. */
  readonly seals: () => Promise<readonly Seal[]>;
  /** @throws EvidenceStopped when it is refused or cannot be appended */
  readonly tell: (organisation: OrganisationId, command: EvidenceWithoutMeta) => Promise<void>;
  readonly tellInstallation: (command: InstallationWithoutMeta) => Promise<void>;
};

type WithoutMeta<C> = C extends unknown ? Omit<C, 'meta'> : never;
type EvidenceWithoutMeta = WithoutMeta<EvidenceCommand>;
type InstallationWithoutMeta = WithoutMeta<InstallationCommand>;

/** The event's own data are clear and there is no caller's body behind it: nothing that a key could hide. */
const NO_FINGERPRINT_KEY = new Uint8Array(32);

const contextOf = (organisation: OrganisationId): CommandContext => {
  const commandId = newCommandId();
  return {
    organisation,
    commandId,
    actor: { pseudonym: 'service-records', capacity: 'service' },
    purpose: 'evidence',
    correlationId: commandId,
    causationId: commandId,
    policyVersion,
    lawVersion,
  };
};

const settle = (organisation: OrganisationId, outcome: CommandOutcome): void => {
  if (outcome.ok) return;
  const { rejection } = outcome;
  if (rejection.kind === 'Unavailable')
    throw new EvidenceStopped(rejection.detail === 'LogFull' ? 'disk_full' : 'log_unavailable', organisation);
  if (rejection.kind !== 'RuleRefused') throw new InvariantBroken(`evidence command: ${rejection.kind}`);
  switch (rejection.code) {
    case 'newer_checkpoint_published':
    case 'newer_seal_published':
      throw new EvidenceStopped('overtaken', organisation);
    case 'clock_went_back':
      throw new EvidenceStopped('clock_went_back', organisation);
    case 'tree_smaller_than_anchored':
      throw new EvidenceStopped('inconsistent_with_anchor', organisation);
    case 'tree_smaller_than_checkpoint':
    case 'tree_differs_from_checkpoint':
      throw new EvidenceStopped('inconsistent_with_checkpoint', organisation);
    default:
      throw new InvariantBroken(`evidence command refused: ${rejection.code}`);
  }
};

const stateOf = async <S>(
  runner: Pick<Runner<never, S>, 'load'>,
  organisation: OrganisationId,
  id: string,
  initial: S,
): Promise<S> => {
  const loaded = await runner.load(organisation, id);
  switch (loaded.kind) {
    case 'loaded':
      return loaded.state;
    case 'absent':
      return initial;
    case 'erased':
    case 'unavailable':
      // Nothing in these streams is sealed.
      throw new EvidenceStopped('log_unavailable', organisation);
  }
};

/** The seal that an event of the installation's log is, if it is one. */
export const sealOf = (event: InstallationEvent | undefined): readonly Seal[] => {
  if (event?.type === 'HeadsSealed') return [event.data];
  return event?.type === 'SealRecovered' ? [{ ...event.data, heads: [] }] : [];
};

export const createStreams = (parts: {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly sealing: SealingService;
}): EvidenceStreams => {
  const { log, clock, sealing } = parts;
  const common = { log, clock, sealer: sealing, fingerprintKey: () => Promise.resolve(NO_FINGERPRINT_KEY) };
  const evidence = createRunner({
    ...common,
    category: evidenceCategory,
    codec: evidenceCodec,
    decider: evidenceDecider,
  });
  const installation = createRunner({
    ...common,
    category: installationCategory,
    codec: installationCodec,
    decider: installationDecider,
  });
  return {
    evidence: (organisation) => stateOf(evidence, organisation, EVIDENCE_ID, evidenceDecider.initial),
    checkpoints: async (organisation) =>
      (await log.readStream(evidence.streamOf(organisation, EVIDENCE_ID)))
        .map(evidenceCodec.decodeStored)
        .flatMap((event) => (event?.type === 'CheckpointPublished' ? [event.data] : [])),
    installation: () => stateOf(installation, INSTALLATION, INSTALLATION_ID, installationDecider.initial),
    seals: async () =>
      (await log.readStream(installation.streamOf(INSTALLATION, INSTALLATION_ID)))
        .map(installationCodec.decodeStored)
        .flatMap(sealOf),
    tell: async (organisation, command) =>
      settle(organisation, await evidence.execute(EVIDENCE_ID, command, contextOf(organisation))),
    tellInstallation: async (command) =>
      settle(INSTALLATION, await installation.execute(INSTALLATION_ID, command, contextOf(INSTALLATION))),
  };
};
