import { parseStreamName, type EventLog, type Position } from '@toeverlaat/event-log';
import type { SealingService } from '@toeverlaat/sealing';
import type { Logger } from '@toeverlaat/telemetry';
import { addDays, localDateOf, type Clock, type OrganisationId } from '@toeverlaat/values';

const PAGE = 500;

export type Rotation = {
  readonly log: Pick<EventLog, 'readAll'>;
  readonly sealing: Pick<SealingService, 'epochSince' | 'rotate'>;
  readonly clock: Clock;
  /** Days that an epoch of key-encryption keys lasts. */
  readonly epochDays: number;
  readonly logger: Logger;
};

/**
 * Starts a new epoch of key-encryption keys for every organisation whose newest one has lasted its days, so that an old backup
 * of the vault opens nothing that was erased (design §4, Backups). One that cannot be rotated now is looked at again.
 * @returns a look, to be taken now and then
 */
export const createRotation = ({ log, sealing, clock, epochDays, logger }: Rotation): (() => Promise<void>) => {
  const organisations = new Set<OrganisationId>();
  let seen: Position | undefined;
  const learn = async (): Promise<void> => {
    for (;;) {
      const slice = await log.readAll({
        categories: ['directory.organisation'],
        limit: PAGE,
        ...(seen === undefined ? {} : { after: seen }),
      });
      for (const { stream, organisation } of slice.events)
        if (parseStreamName(stream) !== undefined) organisations.add(organisation);
      seen = slice.next ?? seen;
      if (slice.atEnd) return;
    }
  };
  return async () => {
    await learn();
    const today = localDateOf(clock.now());
    for (const organisation of organisations) {
      const since = await sealing.epochSince(organisation);
      if (since === undefined || addDays(localDateOf(since), epochDays) > today) continue;
      const rotated = await sealing.rotate(organisation);
      if (rotated.ok) logger.info('epoch started', { organisation, count: rotated.value.rewrapped });
      else logger.warn('epoch not started', { organisation, reason: rotated.error.kind });
    }
  };
};
