import { allServices } from '@toeverlaat/contracts';
import { streamName, type EventLog, type Position } from '@toeverlaat/event-log';
import type { SealingService } from '@toeverlaat/sealing';
import { erasurePartCategory, erasurePartCodec } from '@toeverlaat/service-kit';
import type { OrganisationId } from '@toeverlaat/values';
import { setTimeout as delay } from 'node:timers/promises';
import {
  INSTALLATION,
  INSTALLATION_ID,
  installationCategory,
  installationCodec,
} from '../domain/installation/index.js';
import { AnchorUnavailable, type Anchor, type AnchorRecord } from './anchors/port.js';
import { anchorRecordOf, type ErasureLedger } from './sealing-of-heads.js';
import { sealOf } from './streams.js';

/** What a log holds of what went to anchors: every seal, with the key ids that were destroyed by then. Needs no key. */
export const sealedRecords = async (log: Pick<EventLog, 'readStream'>): Promise<readonly AnchorRecord[]> =>
  (await log.readStream(streamName(installationCategory, INSTALLATION, INSTALLATION_ID)))
    .map(installationCodec.decodeStored)
    .flatMap(sealOf)
    .map(anchorRecordOf);

/** The vault's own ledger, by credentials that see every class of records. */
export const ledgerOfVault = (sealing: Pick<SealingService, 'ledger'>): ErasureLedger => ({
  keyIds: async (organisation) => (await sealing.ledger(organisation)).flatMap(({ keyIds }) => keyIds),
});

const PAGE = 1_000;

/** What the services say in the log that they destroyed; read on from where it was read to before. */
export const ledgerOfLog = (log: Pick<EventLog, 'readAll'>): ErasureLedger => {
  const codecs = new Map(allServices.map((service) => [erasurePartCategory(service), erasurePartCodec(service)]));
  const found = new Map<OrganisationId, Set<string>>();
  let seen: Position | undefined;
  let reading: Promise<void> = Promise.resolve();
  const readOn = async (): Promise<void> => {
    for (;;) {
      const slice = await log.readAll({
        categories: [...codecs.keys()],
        limit: PAGE,
        ...(seen === undefined ? {} : { after: seen }),
      });
      for (const event of slice.events) {
        const said = codecs.get(event.stream.slice(0, event.stream.indexOf('-')))?.decodeStored(event);
        if (said?.type !== 'KeyDestroyed') continue;
        const ids = found.get(event.organisation) ?? new Set();
        for (const id of said.data.keyIds) ids.add(id);
        found.set(event.organisation, ids);
      }
      seen = slice.next ?? seen;
      if (slice.atEnd) return;
    }
  };
  return {
    keyIds: async (organisation) => {
      // One reading at a time; a failed one is begun again from where it was.
      reading = reading.catch(() => undefined).then(readOn);
      await reading;
      return [...(found.get(organisation) ?? [])];
    },
  };
};

/** What an anchor that does not answer may take, in milliseconds: it stops nobody. */
const LOOK_MS = 10_000;

/**
 * Whether an anchor knows of more seals than this log: then an old copy was put back, and what was erased since might open
 * (design §4). For every process that opens something, where it is told the anchors; it needs no key. An anchor that does not
 * answer in time is passed over: the process of `records` goes on looking.
 */
export const isOlderThanAnchored = async (
  log: Pick<EventLog, 'readStream'>,
  anchors: readonly Anchor[],
): Promise<boolean> => {
  // The anchors first: what is sealed meanwhile is in the log before it is at an anchor.
  const found = await Promise.all(
    anchors.map(async (anchor) => {
      const looked = new AbortController();
      try {
        return await Promise.race([
          anchor.newest(),
          delay(LOOK_MS, undefined, { ref: false, signal: looked.signal }).catch(() => undefined),
        ]);
      } catch (error) {
        if (error instanceof AnchorUnavailable) return undefined;
        throw error;
      } finally {
        looked.abort();
      }
    }),
  );
  const newest = found.flatMap((record) => (record === undefined ? [] : [record.sequence]));
  if (newest.length === 0) return false;
  const own = await sealedRecords(log);
  return newest.some((sequence) => sequence >= own.length);
};
