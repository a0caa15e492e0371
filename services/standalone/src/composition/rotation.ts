import { parseStreamName, type EventLog, type Position } from '@toeverlaat/event-log';
import type { SealingService } from '@toeverlaat/sealing';
import type { Logger, Meter } from '@toeverlaat/telemetry';
import { addDays, localDateOf, type Clock, type Instant, type OrganisationId } from '@toeverlaat/values';

const PAGE = 500;
const SECOND = 1_000;
const DAY = 86_400 * SECOND;

export type Rotation = {
  readonly log: Pick<EventLog, 'readAll'>;
  readonly sealing: Pick<SealingService, 'epochSince' | 'rotate'>;
  readonly clock: Clock;
  /** Days that an epoch of key-encryption keys lasts. */
  readonly epochDays: number;
  readonly logger: Logger;
  /** Where several processes look: runs the work in one of them at a time, or not at all and answers false. */
  readonly alone?: (work: () => Promise<void>) => Promise<boolean>;
  readonly meter?: Pick<Meter, 'watch'>;
};

/** Every organisation that the log knows by now; asked again, it reads on from where it was. */
export const organisationsOf = (log: Pick<EventLog, 'readAll'>): (() => Promise<ReadonlySet<OrganisationId>>) => {
  const organisations = new Set<OrganisationId>();
  let seen: Position | undefined;
  return async () => {
    for (;;) {
      const slice = await log.readAll({
        categories: ['directory.organisation'],
        limit: PAGE,
        ...(seen === undefined ? {} : { after: seen }),
      });
      for (const { stream, organisation } of slice.events)
        if (parseStreamName(stream) !== undefined) organisations.add(organisation);
      seen = slice.next ?? seen;
      if (slice.atEnd) return organisations;
    }
  };
};

/**
 * Starts a new epoch of key-encryption keys for every organisation whose newest one has lasted its days, so that an old backup
 * of the vault opens nothing that was erased (design §4, Backups). One that cannot be rotated now is looked at again.
 * @returns a look, to be taken now and then
 */
export const createRotation = (rotation: Rotation): (() => Promise<void>) => {
  const { log, sealing, clock, epochDays, logger, alone = runs, meter } = rotation;
  const organisations = organisationsOf(log);
  /** When the newest epoch of each began, as of the last look. */
  const since = new Map<OrganisationId, Instant>();
  const isDue = async (organisation: OrganisationId): Promise<boolean> => {
    const began = await sealing.epochSince(organisation);
    // Without a key there is nothing to rotate.
    if (began === undefined) return false;
    since.set(organisation, began);
    return addDays(localDateOf(began), epochDays) <= localDateOf(clock.now());
  };
  const rotate = async (organisation: OrganisationId): Promise<void> => {
    // Another process may have done it before this one's turn came.
    if (!(await isDue(organisation))) return;
    const rotated = await sealing.rotate(organisation);
    if (!rotated.ok) {
      logger.warn('epoch not started', { organisation, reason: rotated.error.kind });
      return;
    }
    logger.info('epoch started', { organisation, count: rotated.value.rewrapped });
    since.set(organisation, clock.now());
  };
  // From the clock and not from the last look: it grows also while looks fail.
  meter?.watch('toeverlaat_key_epoch_overdue_seconds', () => {
    const now = Date.parse(clock.now());
    const late = [...since.values()].map((began) => (now - Date.parse(began) - epochDays * DAY) / SECOND);
    return [{ labels: {}, value: Math.max(0, ...late) }];
  });
  return async () => {
    const due: OrganisationId[] = [];
    for (const organisation of await organisations()) if (await isDue(organisation)) due.push(organisation);
    if (due.length === 0) return;
    await alone(async () => {
      for (const organisation of due) await rotate(organisation);
    });
  };
};

const runs = async (work: () => Promise<void>): Promise<boolean> => {
  await work();
  return true;
};
