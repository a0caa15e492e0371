import type { EventLog, Position } from '@toeverlaat/event-log';
import type { SealingService } from '@toeverlaat/sealing';
import type { Logger } from '@toeverlaat/telemetry';
import type { Clock, OrganisationId } from '@toeverlaat/values';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { currentCheckpoint, type PublishedCheckpoint } from '../domain/evidence/index.js';
import { INSTALLATION, type Seal } from '../domain/installation/index.js';
import type { Anchor } from './anchors/port.js';
import { EvidenceStopped, faultOf, isAlarm, type EvidenceFault } from './faults.js';
import { ledgerOfLog } from './ledger.js';
import { openLeafIndex, type LeafIndex } from './leaf-index.js';
import { createPublisher, type Publisher, type PublisherOptions } from './publisher.js';
import { createHeadSealing, type AnchorState, type ErasureLedger, type HeadSealing } from './sealing-of-heads.js';
import { createSequencer, type SequencerOptions } from './sequencer.js';
import { createSigners } from './signers.js';
import { createStreams, type EvidenceStreams } from './streams.js';
import { openEvidenceThread, type EvidenceThread, type Making, type ThreadEnd, type ThreadOptions } from './thread.js';
import { createTrees, type Trees, type TreesOptions } from './trees.js';

export type EvidenceSettings = {
  /** Leaf index and tiles: made from the log, can be deleted while nothing runs. */
  readonly folder: string;
  readonly anchors?: readonly Anchor[];
  /** Where this process appends to a file: the thread of their own in which leaves are sequenced and integrated (ADR 79). */
  readonly thread?: EvidenceThread | undefined;
  /** Schedule of checkpoints, in milliseconds; they are due at its multiples of UTC, whatever happened before. */
  readonly publishEveryMs?: number;
  /** Schedule of seals, in milliseconds: fixed, so that when one is made tells nothing. */
  readonly sealEveryMs?: number;
  /**
   * At most so often, in milliseconds and at its multiples of UTC, a seal between those of the schedule anchors what was erased
   * since (ADR 66). As long as `sealEveryMs` or longer: never.
   */
  readonly sealErasuresEveryMs?: number;
  /** Milliseconds between two batches of the sequencer. */
  readonly pauseMs?: number;
  /**
   * What was erased: of every class of records, so not what the credentials of one service show. Where nobody gives the vault's
   * own, what the services recorded in the log.
   */
  readonly ledger?: ErasureLedger;
};

const HOUR_MS = 3_600_000;
const DEFAULTS = {
  publishEveryMs: HOUR_MS,
  sealEveryMs: 24 * HOUR_MS,
  sealErasuresEveryMs: HOUR_MS,
  pauseMs: 1_000,
} as const;
/** What a reporter is promised (design §4): unpublished for half of it is a failing health check. */
export const PROMISED_MS = 24 * HOUR_MS;
const SEQUENCE_MS = 30_000;
/** How long a start waits for anchors before it opens without their word. */
const ANCHORS_MS = 10_000;

/** How far one organisation's evidence is. */
export type OrganisationEvidence = {
  readonly organisation: OrganisationId;
  /** Leaves with an index. */
  readonly sequenced: number;
  readonly integrated: number;
  /** Leaves under the newest signed checkpoint. */
  readonly published: number;
  readonly publishedAt: string | undefined;
  /** Milliseconds since the newest checkpoint while leaves wait for the next; 0 when none wait. */
  readonly lagMs: number;
  readonly fault: EvidenceFault | undefined;
};

export type EvidenceStatus = {
  /** The sequencer has seen everything that is in the log. */
  readonly caughtUp: boolean;
  /** What stops everybody. */
  readonly fault: EvidenceFault | undefined;
  readonly organisations: readonly OrganisationEvidence[];
  readonly seals: { readonly count: number; readonly at: string | undefined };
  readonly anchors: readonly AnchorState[];
};

export type Evidence = {
  /**
   * Whether what lies here may be opened to anybody: not when an anchor knows of more seals than this log, nor when the ledger of
   * destroyed keys lacks one that was sealed. Then an old copy was put back, and what was erased might open (design §4). An anchor
   * that does not answer in time stops nobody; it is looked at again.
   * @throws EvidenceStopped `anchor_is_newer`, `ledger_lost`
   */
  readonly mayOpen: () => Promise<void>;
  /** Begins to sequence in the background. */
  readonly start: () => void;
  readonly stop: () => Promise<void>;
  /** Integrates what waits, publishes and seals what is due. Never throws for a fault: it is in the status and in the log. */
  readonly look: () => Promise<void>;
  /**
   * Sequences and integrates everything that is in the log now and reads the anchors: how far the evidence is and what stands against
   * it is then known, and nothing was signed. @throws EvidenceStopped
   */
  readonly survey: () => Promise<void>;
  /** Up to everything that is in the log now. @throws EvidenceStopped */
  readonly publishNow: (organisation: OrganisationId) => Promise<PublishedCheckpoint>;
  /** Changes the keys that sign the organisation's heads, and signs its head with the new ones. @throws EvidenceStopped */
  readonly changeSigners: (
    organisation: OrganisationId,
  ) => Promise<{ readonly signers: readonly string[]; readonly checkpoint: PublishedCheckpoint }>;
  /**
   * Changes the keys that sign seals, and seals with the new ones: every anchor that can be reached then has a seal of each (ADR 88).
   * @throws EvidenceStopped
   */
  readonly changeInstallationSigners: () => Promise<{ readonly signers: readonly string[]; readonly seal: Seal }>;
  /** @throws EvidenceStopped */
  readonly sealNow: () => Promise<Seal>;
  readonly status: () => Promise<EvidenceStatus>;
  readonly organisationStatus: (organisation: OrganisationId) => Promise<OrganisationEvidence>;
  readonly health: () => Promise<'ok' | 'failing'>;
  /** For proofs and exports. */
  readonly parts: {
    readonly index: LeafIndex;
    readonly trees: Trees;
    readonly streams: EvidenceStreams;
    readonly publisher: Publisher;
    readonly log: EventLog;
    readonly ledger: ErasureLedger;
  };
};

export type EvidenceOptions = EvidenceSettings & {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly sealing: SealingService;
  readonly logger: Logger;
  /** Called between all steps of this thread, for crash injection. */
  readonly at?: SequencerOptions['at'] & TreesOptions['at'] & PublisherOptions['at'];
  /** Where this thread sequences. */
  readonly wrapStore?: TreesOptions['wrapStore'];
  readonly maxIndexPages?: number;
  /** Where another thread sequences: how its first life ends, and how long until the next. */
  readonly endAt?: ThreadEnd;
  readonly againAfterMs?: ThreadOptions['againAfterMs'];
};

const slotOf = (instant: string, periodMs: number): number => Math.floor(Date.parse(instant) / periodMs);

/** Evidence of all organisations: sequence, integrate, publish, seal; in the background, never in the way of a command. */
export const createEvidence = (options: EvidenceOptions): Evidence => {
  const { folder, log, clock, sealing, logger, anchors = [] } = options;
  const ledger = options.ledger ?? ledgerOfLog(log);
  const { publishEveryMs, sealEveryMs, sealErasuresEveryMs, pauseMs } = { ...DEFAULTS, ...options };
  const at = options.at === undefined ? {} : { at: options.at };
  const indexFile = join(folder, 'index.sqlite');
  const { maxIndexPages } = options;
  const index = openLeafIndex(indexFile, maxIndexPages === undefined ? {} : { maxPages: maxIndexPages });
  const streams = createStreams({ log, clock, sealing });
  const signers = createSigners(sealing);
  const faults = new Map<OrganisationId | undefined, EvidenceFault>();

  const told = (fault: EvidenceFault, organisation: OrganisationId | undefined, error: unknown): void => {
    if (fault === 'overtaken') return;
    if (faults.get(organisation) !== fault) {
      const fields = { code: fault, ...(organisation === undefined ? {} : { organisation }), error };
      if (isAlarm(fault)) logger.error('evidence refused', fields);
      else logger.warn('evidence waits', fields);
    }
    faults.set(organisation, fault);
  };

  const onFault: SequencerOptions['onFault'] = (fault, error) => told(fault, undefined, error);
  const treesFolder = join(folder, 'trees');
  const made = (): Making => ({
    sequencer: createSequencer({ log, index, pauseMs, ...at, onFault }),
    trees: createTrees({
      folder: treesFolder,
      index,
      ...at,
      ...(options.wrapStore === undefined ? {} : { wrapStore: options.wrapStore }),
    }),
  });
  const { thread, endAt, againAfterMs } = options;
  const { sequencer, trees } =
    thread === undefined
      ? made()
      : openEvidenceThread({
          program: thread.program,
          place: {
            log: thread.log,
            index: indexFile,
            trees: treesFolder,
            pauseMs,
            ...(endAt === undefined ? {} : { endAt }),
          },
          onFault,
          ...(againAfterMs === undefined ? {} : { againAfterMs }),
        });

  let sealer: HeadSealing;
  const publisher = createPublisher({
    clock,
    index,
    trees,
    streams,
    signers,
    standing: () => sealer.standing(),
    ...at,
  });
  sealer = createHeadSealing({
    clock,
    streams,
    signers,
    publisher: () => publisher,
    ledger,
    anchors,
    onAnchorFault: (anchor, error) => logger.warn('anchor out of reach', { reason: anchor, error }),
  });

  const organisations = (): readonly OrganisationId[] => index.organisations().filter((one) => one !== INSTALLATION);

  /** Everything that is in the log now has an index when this resolves. @throws EvidenceStopped */
  const sequenceAll = async (): Promise<void> => {
    const head = await log.head();
    if (head === undefined) return;
    sequencer.start();
    if (!(await sequencer.whenSequenced(head, SEQUENCE_MS)))
      throw new EvidenceStopped(sequencer.fault() ?? 'catching_up');
    if (sequencer.fault() === undefined) faults.delete(undefined);
  };

  /** One fault of one organisation keeps no other from its checkpoint. */
  const guarded = async <T>(
    organisation: OrganisationId | undefined,
    work: () => Promise<T>,
  ): Promise<T | undefined> => {
    try {
      const done = await work();
      faults.delete(organisation);
      return done;
    } catch (error) {
      told(faultOf(error), organisation, error);
      return undefined;
    }
  };

  const publishDue = async (organisation: OrganisationId): Promise<void> => {
    await trees.integrate(organisation);
    const state = await streams.evidence(organisation);
    const newest = state.status === 'open' ? state.newest : undefined;
    const now = clock.now();
    if (newest !== undefined && now < newest.at) throw new EvidenceStopped('clock_went_back', organisation);
    // Under a new name nothing was promised yet.
    const due =
      newest === undefined ||
      (state.status === 'open' && currentCheckpoint(state) === undefined) ||
      slotOf(now, publishEveryMs) > slotOf(newest.at, publishEveryMs);
    if (due) await publisher.publish(organisation);
  };

  let anchorsSeen = false;
  const lookAtAnchors = async (): Promise<void> => {
    await sealer.checkAnchors();
    anchorsSeen = true;
  };

  /** The slot in which nothing was found that waits: once in each is enough. */
  let nothingErasedIn: number | undefined;
  const erasuresWait = async (sealedAt: string, now: string): Promise<boolean> => {
    const slot = slotOf(now, sealErasuresEveryMs);
    if (sealErasuresEveryMs >= sealEveryMs || slot <= slotOf(sealedAt, sealErasuresEveryMs)) return false;
    if (slot === nothingErasedIn) return false;
    const waits = await sealer.ledgerWaits(organisations());
    if (!waits) nothingErasedIn = slot;
    return waits;
  };

  const sealDue = async (): Promise<void> => {
    const state = await streams.installation();
    const newest = state.status === 'open' ? state.newest : undefined;
    const now = clock.now();
    const scheduled = newest === undefined || slotOf(now, sealEveryMs) > slotOf(newest.at, sealEveryMs);
    if (!scheduled && !(await erasuresWait(newest.at, now))) return;
    // Before anything newer is signed: does what was anchored before still hold?
    await lookAtAnchors();
    await sealer.seal(organisations());
    await sealer.bringToAnchors();
  };

  let looking: Promise<void> | undefined;
  const lookOnce = async (): Promise<void> => {
    try {
      await sequenceAll();
    } catch (error) {
      told(faultOf(error), undefined, error);
      return;
    }
    if (!anchorsSeen) await lookAtAnchors();
    for (const organisation of organisations()) await guarded(organisation, () => publishDue(organisation));
    if (organisations().length > 0) await guarded(undefined, sealDue);
    if (sealer.anchors().some(({ reached }) => !reached) && sealer.standing() === undefined)
      await sealer.bringToAnchors();
  };

  const organisationStatus = async (organisation: OrganisationId): Promise<OrganisationEvidence> => {
    const state = await streams.evidence(organisation);
    const newest = state.status === 'open' ? state.newest : undefined;
    const waiting = index.size(organisation) > 0 && publisher.unpublished(organisation, newest);
    const since = newest === undefined ? undefined : Math.max(0, Date.parse(clock.now()) - Date.parse(newest.at));
    return {
      organisation,
      sequenced: index.size(organisation),
      integrated: index.integrated(organisation).size,
      published: newest?.size ?? 0,
      publishedAt: newest?.at,
      lagMs: waiting ? (since ?? 0) : 0,
      fault: sealer.standing() ?? faults.get(undefined) ?? faults.get(organisation),
    };
  };

  const status = async (): Promise<EvidenceStatus> => {
    const head = await log.head();
    const reached: Position | undefined = index.position();
    const state = await streams.installation();
    const newest = state.status === 'open' ? state.newest : undefined;
    return {
      caughtUp: head === undefined || (reached !== undefined && reached >= head),
      fault: sealer.standing() ?? sequencer.fault() ?? faults.get(undefined),
      organisations: await Promise.all(organisations().map(organisationStatus)),
      seals: { count: newest === undefined ? 0 : newest.sequence + 1, at: newest?.at },
      anchors: sealer.anchors(),
    };
  };

  const publishAlone = async (organisation: OrganisationId): Promise<PublishedCheckpoint> => {
    await sequenceAll();
    if (!anchorsSeen) await lookAtAnchors();
    return publisher.publish(organisation);
  };
  /** Of each organisation: the publication under way, and the one after it that whoever came meanwhile shares. */
  const publishing = new Map<
    OrganisationId,
    { readonly now: Promise<PublishedCheckpoint>; next: Promise<PublishedCheckpoint> | undefined }
  >();

  /**
   * Many that ask at once would overtake each other, and all but one be refused: who asks while one is under way gets the next,
   * which begins after they asked and so covers what they mean.
   */
  const publishNow = (organisation: OrganisationId): Promise<PublishedCheckpoint> => {
    const standing = publishing.get(organisation);
    if (standing !== undefined) {
      standing.next ??= standing.now.then(
        () => begin(organisation),
        () => begin(organisation),
      );
      return standing.next;
    }
    return begin(organisation);
  };
  const begin = (organisation: OrganisationId): Promise<PublishedCheckpoint> => {
    const now = publishAlone(organisation);
    const own = { now, next: undefined };
    publishing.set(organisation, own);
    const end = (): void => {
      if (publishing.get(organisation) === own && own.next === undefined) publishing.delete(organisation);
    };
    now.then(end, end);
    return now;
  };

  const mayOpen = async (): Promise<void> => {
    const state = await streams.installation();
    // Nothing was sealed yet, so nothing that was sealed is missing.
    if (state.status === 'none' || state.newest === undefined) return;
    const looked = new AbortController();
    await Promise.race([
      lookAtAnchors(),
      delay(ANCHORS_MS, undefined, { ref: false, signal: looked.signal }).catch(() => undefined),
    ]);
    looked.abort();
    if (sealer.standing() === 'anchor_is_newer') throw new EvidenceStopped('anchor_is_newer');
    if (await sealer.ledgerLost((state.sealed?.heads ?? []).map(({ organisation }) => organisation as OrganisationId)))
      throw new EvidenceStopped('ledger_lost');
  };

  const sealNow = async (): Promise<Seal> => {
    await sequenceAll();
    await lookAtAnchors();
    // Where the folder was deleted to be made again, and nothing waits to be signed, no tree is there yet.
    for (const organisation of organisations()) await trees.integrate(organisation);
    const seal = await sealer.seal(organisations());
    await sealer.bringToAnchors();
    return seal;
  };

  return {
    mayOpen,
    start: () => {
      sequencer.start();
    },
    stop: async () => {
      await looking;
      await sequencer.stop();
      index.close();
    },
    look: () => {
      const mine = (looking ?? Promise.resolve()).then(lookOnce);
      looking = mine.catch(() => undefined);
      return mine;
    },
    survey: async () => {
      await sequenceAll();
      await lookAtAnchors();
      for (const organisation of organisations())
        await guarded(organisation, async () => {
          await trees.integrate(organisation);
        });
    },
    publishNow,
    changeSigners: async (organisation) => {
      // The old keys sign everything up to here once more: only the change itself is left to the new ones.
      await publishNow(organisation);
      const changed = await publisher.changeSigners(organisation);
      return { signers: changed, checkpoint: await publishNow(organisation) };
    },
    changeInstallationSigners: async () => {
      // Sealed up to here with the old keys, and at once with the new: every anchor then has both.
      await sealNow();
      const changed = await publisher.changeInstallationSigners();
      return { signers: changed, seal: await sealNow() };
    },
    sealNow,
    status,
    organisationStatus,
    health: async () => {
      const { fault, organisations: all } = await status();
      const failing = [fault, ...all.map((one) => one.fault)].some((one) => one !== undefined && isAlarm(one));
      return failing || all.some(({ lagMs }) => lagMs > PROMISED_MS / 2) ? 'failing' : 'ok';
    },
    parts: { index, trees, streams, publisher, log, ledger },
  };
};
