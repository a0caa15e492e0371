import { nodeHasher, proveConsistency, rootAt, signCheckpoint, TreeDamaged, type TreeHead } from '@toeverlaat/merkle';
import type { Clock, OrganisationId } from '@toeverlaat/values';
import { randomBytes } from 'node:crypto';
import {
  EVIDENCE_ID,
  currentCheckpoint,
  evidenceCategory,
  type EvidenceState,
  type PublishedCheckpoint,
} from '../domain/evidence/index.js';
import { INSTALLATION, type SealedHeads } from '../domain/installation/index.js';
import { announceNext } from './announcing.js';
import { blindedHead } from './blinding.js';
import { EvidenceStopped, type EvidenceFault } from './faults.js';
import type { LeafIndex } from './leaf-index.js';
import type { Signers } from './signers.js';
import type { EvidenceStreams } from './streams.js';
import type { Trees } from './trees.js';

type OpenEvidence = Extract<EvidenceState, { readonly status: 'open' }>;

/** Signs heads of organisations: what is *published* stands in the log as a checkpoint. */
export type Publisher = {
  /**
   * The newest checkpoint, made now when leaves came since the last one. The checkpoint's own event alone is no reason:
   * else each would call for the next.
   * @throws EvidenceStopped: nothing was signed
   */
  readonly publish: (organisation: OrganisationId) => Promise<PublishedCheckpoint>;
  /**
   * Other keys sign from here on; what announces them is signed by the old ones and the new, and stands in the log (ADR 67).
   * @throws EvidenceStopped: nothing was changed
   */
  readonly changeSigners: (organisation: OrganisationId) => Promise<readonly string[]>;
  /**
   * The same for the installation's log: other keys sign seals from here on (ADR 88).
   * @throws EvidenceStopped: nothing was changed
   */
  readonly changeInstallationSigners: () => Promise<readonly string[]>;
  /** Opens the organisation's log, once. */
  readonly opened: (organisation: OrganisationId) => Promise<OpenEvidence>;
  /** The installation's log, opened once. */
  readonly installation: () => Promise<{
    readonly origin: string;
    readonly signers: readonly string[];
    readonly salt: string;
  }>;
  /** True when something other than checkpoints was sequenced since the newest one. */
  readonly unpublished: (organisation: OrganisationId, newest: PublishedCheckpoint | undefined) => boolean;
  /** @throws EvidenceStopped when the tree is no continuation of what was sealed */
  readonly checkSealed: (
    organisation: OrganisationId,
    evidence: OpenEvidence,
    head: TreeHead,
    sealed: SealedHeads,
  ) => Promise<void>;
};

export type PublisherOptions = {
  readonly clock: Clock;
  readonly index: LeafIndex;
  readonly trees: Trees;
  readonly streams: EvidenceStreams;
  readonly signers: Signers;
  /** What stands against signing anything at all: an anchor outside that this log does not continue. */
  readonly standing: () => EvidenceFault | undefined;
  /** Called between the steps, for crash injection. */
  readonly at?: (step: 'before_signing' | 'signed' | 'published') => void;
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
/** Every name of a log begins with it. */
export const ORIGIN_PREFIX = 'toeverlaat';

export const createPublisher = (options: PublisherOptions): Publisher => {
  const { clock, index, trees, streams, signers, standing, at = () => undefined } = options;

  const installation: Publisher['installation'] = async () => {
    const state = await streams.installation();
    if (state.status === 'open') return state.log;
    const origin = `${ORIGIN_PREFIX}/${randomBytes(8).toString('hex')}`;
    const own = await signers.of(INSTALLATION, origin);
    await streams.tellInstallation({
      type: 'OpenInstallationLog',
      data: { origin, salt: randomBytes(32).toString('hex'), signers: own.map(({ verifierKey }) => verifierKey) },
    });
    // Another replica may have been first: what stands in the log is the log's name.
    const now = await streams.installation();
    if (now.status === 'none') throw new EvidenceStopped('log_unavailable');
    return now.log;
  };

  const opened: Publisher['opened'] = async (organisation) => {
    const state = await streams.evidence(organisation);
    if (state.status === 'open') return state;
    const origin = `${(await installation()).origin}/${organisation}`;
    const own = await signers.of(organisation, origin);
    await streams.tell(organisation, {
      type: 'OpenEvidenceLog',
      data: { origin, salt: randomBytes(32).toString('hex'), signers: own.map(({ verifierKey }) => verifierKey) },
    });
    const now = await streams.evidence(organisation);
    if (now.status === 'none') throw new EvidenceStopped('log_unavailable', organisation);
    return now;
  };

  const unpublished: Publisher['unpublished'] = (organisation, newest) => {
    const size = index.size(organisation);
    const own = `${evidenceCategory}-${organisation}_${EVIDENCE_ID}`;
    for (let leaf = newest?.size ?? 0; leaf < size; leaf += 1)
      if (index.at(organisation, leaf)?.stream !== own) return true;
    return false;
  };

  const checkConsistent = async (
    organisation: OrganisationId,
    newest: PublishedCheckpoint | undefined,
    head: TreeHead,
  ): Promise<void> => {
    if (newest === undefined) return;
    const older = { size: newest.size, root: Buffer.from(newest.root, 'hex') };
    try {
      if (older.size > head.size) throw new EvidenceStopped('inconsistent_with_checkpoint', organisation);
      await proveConsistency(trees.reader(organisation), nodeHasher, older, head);
    } catch (error) {
      if (error instanceof TreeDamaged)
        throw new EvidenceStopped(
          error.code === 'root_differs' ? 'inconsistent_with_checkpoint' : 'tree_differs',
          organisation,
          { cause: error },
        );
      throw error;
    }
  };

  const checkSealed: Publisher['checkSealed'] = async (organisation, { log }, head, { sequence, origin, heads }) => {
    const sealed = heads.find((one) => one.organisation === organisation);
    if (sealed === undefined) return;
    if (sealed.size > head.size) throw new EvidenceStopped('inconsistent_with_anchor', organisation);
    const root = hex(await rootAt(trees.reader(organisation), nodeHasher, sealed.size));
    // Under the name that the installation had when it sealed them.
    const leaf = blindedHead(log.salt, sequence, { origin: `${origin}/${organisation}`, size: sealed.size, root });
    if (leaf !== sealed.leaf) throw new EvidenceStopped('inconsistent_with_anchor', organisation);
  };

  const publish: Publisher['publish'] = async (organisation) => {
    const against = standing();
    if (against !== undefined) throw new EvidenceStopped(against, organisation);
    const evidence = await opened(organisation);
    const { log, newest } = evidence;
    const current = currentCheckpoint(evidence);
    if (current !== undefined && !unpublished(organisation, current)) return current;
    const head = await trees.integrate(organisation);
    await checkConsistent(organisation, newest, head);
    const installed = await streams.installation();
    if (installed.status === 'open' && installed.sealed !== undefined)
      await checkSealed(organisation, evidence, head, installed.sealed);
    const now = clock.now();
    if (newest !== undefined && now < newest.at) throw new EvidenceStopped('clock_went_back', organisation);
    const own = await signers.known(organisation, log.origin, log.signers, evidence.changes);
    at('before_signing');
    const note = await signCheckpoint({ origin: log.origin, ...head, extensions: [`time ${now}`] }, own);
    at('signed');
    const published = { size: head.size, root: hex(head.root), at: now, note };
    await streams.tell(organisation, { type: 'PublishCheckpoint', data: { ...published, after: newest?.size ?? 0 } });
    at('published');
    return published;
  };

  const changeSigners: Publisher['changeSigners'] = async (organisation) => {
    const against = standing();
    if (against !== undefined) throw new EvidenceStopped(against, organisation);
    const { log, changes, newest } = await opened(organisation);
    const now = clock.now();
    if (newest !== undefined && now < newest.at) throw new EvidenceStopped('clock_went_back', organisation);
    at('before_signing');
    const data = await announceNext(signers, organisation, { ...log, changes }, now);
    at('signed');
    await streams.tell(organisation, { type: 'ChangeEvidenceSigners', data });
    at('published');
    return data.signers;
  };

  const changeInstallationSigners: Publisher['changeInstallationSigners'] = async () => {
    const against = standing();
    if (against !== undefined) throw new EvidenceStopped(against);
    await installation();
    const state = await streams.installation();
    if (state.status === 'none') throw new EvidenceStopped('log_unavailable');
    const { log, changes, newest } = state;
    const now = clock.now();
    if (newest !== undefined && now < newest.at) throw new EvidenceStopped('clock_went_back');
    at('before_signing');
    const data = await announceNext(signers, INSTALLATION, { ...log, changes }, now);
    at('signed');
    await streams.tellInstallation({ type: 'ChangeInstallationSigners', data });
    at('published');
    return data.signers;
  };

  return { publish, changeSigners, changeInstallationSigners, opened, installation, unpublished, checkSealed };
};
