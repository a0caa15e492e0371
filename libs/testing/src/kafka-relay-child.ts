import { openSqliteEventLog } from '@toeverlaat/event-log';
import { createKafkaClient, createRelay, openSqliteRelayStore } from '@toeverlaat/kafka';
import { connectionTo, sampleSource } from '@toeverlaat/kafka/sample';
import { systemClock } from '@toeverlaat/values';
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';

/**
 * A relay in a process of its own, for who kills it: `relay <brokers> <topic> <log> <checkpoints> <let through>`. After so
 * many acknowledged batches it says `acked`, unbuffered, and stands between acknowledgement and checkpoint for ever.
 */
const [brokers, topic, logFile, storeFile, through] = process.argv.slice(2);
if (brokers === undefined || topic === undefined || logFile === undefined || storeFile === undefined)
  throw new Error('usage: relay <brokers> <topic> <log> <checkpoints> <let through>');

let left = Number(through);
const log = openSqliteEventLog({ file: logFile });
const producer = await createKafkaClient('kafkajs', connectionTo(brokers)).producer();
flushCompileCache();
createRelay({
  relay: 'sample',
  topic,
  log,
  sources: [sampleSource],
  producer,
  store: openSqliteRelayStore(storeFile, systemClock),
  clock: systemClock,
  holder: undefined,
  batchSize: 5,
  onAcknowledged: () => {
    if (left > 0) {
      left -= 1;
      return Promise.resolve();
    }
    writeSync(1, 'acked\n');
    return new Promise<void>(() => undefined);
  },
  onNotice: (notice) => {
    if (notice.kind === 'failed') throw notice.error;
  },
}).start();
