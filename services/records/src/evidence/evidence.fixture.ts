import { encodeMetadata, leafOf, streamName, type EventLog, type RecordedEvent } from '@toeverlaat/event-log';
import { nodeHasher, rootOfLeaves } from '@toeverlaat/merkle';
import { createMemorySealing, type SealingService } from '@toeverlaat/sealing';
import { silentLogger } from '@toeverlaat/telemetry';
import {
  canonicalBytes,
  eventIdOf,
  settableClock,
  uuidV5,
  type CommandId,
  type OrganisationId,
} from '@toeverlaat/values';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { createEvidence, type Evidence, type EvidenceOptions } from './evidence.js';
import { exportToFolder } from './export-folder.js';
import { createExporter } from './export.js';
import { EvidenceStopped } from './faults.js';

/* For tests of the evidence: a log that two organisations with the same ids write to. */

export const GENTIA = 'gentia' as OrganisationId;
export const ZORGNET = 'zorgnet' as OrganisationId;
export const START = '2026-11-25T08:00:00.000Z';

export type Written = { readonly category?: string; readonly id: string; readonly text: string };

/** Appends one event to a stream, whatever its revision. */
export const write = async (
  log: EventLog,
  organisation: OrganisationId,
  { category = 'case.case', id, text }: Written,
): Promise<void> => {
  const stream = streamName(category, organisation, id);
  const revision = (await log.readStream(stream)).length;
  const commandId = uuidV5('evidence fixture', stream, String(revision)) as CommandId;
  const eventId = eventIdOf(stream, commandId, 0);
  const type = 'case.SampleNoted.v1';
  const appended = await log.append({
    organisation,
    stream,
    expected: 'any',
    events: [
      {
        eventId,
        type,
        data: canonicalBytes({ text }),
        metadata: encodeMetadata({
          v: 1,
          eventId,
          type,
          organisation,
          recordedAt: START,
          actor: { pseudonym: 'k7f3q2m5', capacity: 'counsellor' },
          purpose: 'handle_case',
          commandId,
          fingerprint: '',
          correlationId: commandId,
          causationId: commandId,
          policyVersion: '',
          lawVersion: '',
        }),
      },
    ],
  });
  if (!appended.ok) throw new TypeError(appended.error.kind);
};

/** `count` events in each organisation, under the same ids. */
export const writeBoth = async (log: EventLog, count: number, from = 0): Promise<void> => {
  for (let n = from; n < from + count; n += 1)
    for (const organisation of [GENTIA, ZORGNET])
      await write(log, organisation, { id: `record-${n % 7}`, text: `${organisation} ${n}` });
};

export const eventsOf = async (log: EventLog, organisation: OrganisationId): Promise<readonly RecordedEvent[]> =>
  (await log.readAll({ limit: 1_000_000 })).events.filter((event) => event.organisation === organisation);

/** The root over the first leaves of an organisation, by the plain definition, from the log alone. */
export const rootFromLog = async (log: EventLog, organisation: OrganisationId, size: number): Promise<string> =>
  Buffer.from(rootOfLeaves(nodeHasher, (await eventsOf(log, organisation)).slice(0, size).map(leafOf))).toString('hex');

export type EvidenceWorld = {
  readonly clock: ReturnType<typeof settableClock>;
  readonly sealing: SealingService;
  /** Opens the evidence over a log and a folder, and starts it. */
  readonly open: (options: Pick<EvidenceOptions, 'log' | 'folder'> & Partial<EvidenceOptions>) => Evidence;
  readonly hoursLater: (hours: number) => void;
};

export const createEvidenceWorld = (): EvidenceWorld => {
  const clock = settableClock(START);
  const sealing = createMemorySealing(clock);
  return {
    clock,
    sealing,
    open: (options) => {
      const evidence = createEvidence({ clock, sealing, logger: silentLogger(), pauseMs: 0, ...options });
      evidence.start();
      return evidence;
    },
    hoursLater: (hours) => {
      clock.set(new Date(Date.parse(clock.now()) + hours * 3_600_000).toISOString());
    },
  };
};

/** The fault by which some work was stopped; `none` when it was done. */
export const faultOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'none';
  } catch (error) {
    if (error instanceof EvidenceStopped) return error.fault;
    throw error;
  }
};

/** Exports an organisation whole. @returns a new folder within `within` */
export const exportedTo = async (within: string, evidence: Evidence, organisation: OrganisationId): Promise<string> => {
  const out = mkdtempSync(join(within, 'out-'));
  const exporter = createExporter(evidence);
  await exportToFolder(out, organisation, (cursor) => exporter.page(organisation, cursor, 1_000_000));
  return out;
};
