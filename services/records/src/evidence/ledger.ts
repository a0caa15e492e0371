import { streamName, type EventLog } from '@toeverlaat/event-log';
import {
  INSTALLATION,
  INSTALLATION_ID,
  installationCategory,
  installationCodec,
} from '../domain/installation/index.js';
import type { AnchorRecord } from './anchors/port.js';
import { anchorRecordOf } from './sealing-of-heads.js';
import { sealOf } from './streams.js';

/** What a log holds of what went to anchors: every seal, with the key ids that were destroyed by then. Needs no key. */
export const sealedRecords = async (log: Pick<EventLog, 'readStream'>): Promise<readonly AnchorRecord[]> =>
  (await log.readStream(streamName(installationCategory, INSTALLATION, INSTALLATION_ID)))
    .map(installationCodec.decodeStored)
    .flatMap(sealOf)
    .map(anchorRecordOf);
