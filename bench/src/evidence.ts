import { leafBytesOf, openSqliteEventLog, streamName, type EventLog } from '@toeverlaat/event-log';
import { createExporter, exportToFolder } from '@toeverlaat/records';
import { openFileSealing } from '@toeverlaat/sealing';
import { systemClock } from '@toeverlaat/values';
import { verifyFolder } from '@toeverlaat/verify';
import { createHash, hash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { appendOne, CATEGORY, costToAppends, eventOf, openEvidence, organisation, printCost } from './evidence-cost.js';
import { compare, inFolder, note, printTable, sampled, seconds, type Sample } from './harness.js';
import { writeCase } from './open-case.js';
import { withProduct } from './prepare.js';

const ROUNDS = 3;
const WARM_CASES = 10;
const CASES = 60;
const EVENTS_OF_CASE = 30;

const fill = async (log: EventLog, count: number): Promise<void> => {
  for (let from = 0; from < count; from += 2_000)
    await Promise.all(
      Array.from({ length: Math.min(2_000, count - from) }, (_, n) => appendOne(log, 'fill', from + n)),
    );
};

/** Bytes and plain SHA-256 of all record files, read in the same pieces. */
const rawHash = (folder: string): { readonly bytes: number } => {
  // As large as the verifier's: it stays in the processor's cache.
  const chunk = Buffer.allocUnsafe(512 * 1024);
  let bytes = 0;
  const digest = createHash('sha256');
  for (const file of readdirSync(join(folder, 'records')).toSorted()) {
    const handle = openSync(join(folder, 'records', file), 'r');
    for (;;) {
      const read = readSync(handle, chunk, 0, chunk.length, null);
      if (read === 0) break;
      digest.update(chunk.subarray(0, read));
      bytes += read;
    }
    closeSync(handle);
  }
  digest.digest();
  return { bytes };
};

const shown = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 3 });

/** Integrate and publish, verify, and what the evidence costs whoever appends, each beside its limit in the same run. */
export const evidence = async (records = 200_000): Promise<void> => {
  await inFolder(async (folder) => {
    const sealing = await openFileSealing({
      dataFolder: join(folder, 'keys'),
      rootKeyFile: join(folder, 'root.key'),
      clock: systemClock,
      createRootKey: true,
    });
    const log = openSqliteEventLog({ file: join(folder, 'log.sqlite') });
    note(`writing ${records} events`);
    await fill(log, records);

    // ── integrate and publish ──
    const sample = Array.from({ length: 50_000 }, (_, n) => {
      const stream = streamName(CATEGORY, organisation, `fill-${n % 997}`);
      return leafBytesOf({ stream, revision: n, ...eventOf(stream, n) });
    });
    const hashing = await sampled(sample.length, () => {
      for (const bytes of sample) hash('sha256', bytes, 'hex');
    });
    const own = openEvidence(log, sealing, { folder: join(folder, 'evidence'), pauseMs: 0 });
    const published = await sampled(records, async () => {
      own.start();
      // A long log takes longer than one wait is bounded to.
      while ((await own.status()).caughtUp === false) await own.publishNow(organisation).catch(() => undefined);
      await own.publishNow(organisation);
    });

    // ── verify ──
    const exported = join(folder, 'export');
    const exporter = createExporter(own);
    note('exporting');
    const exporting = await seconds(() =>
      exportToFolder(exported, organisation, (cursor) => exporter.page(organisation, cursor, 8 * 1024 * 1024)),
    );
    await own.stop();
    rawHash(exported);
    const reading: number[] = [];
    const perRecord: number[] = [];
    const verifying: number[] = [];
    let bytes = 0;
    for (let round = 0; round < 3; round += 1) {
      reading.push(await seconds(() => ({ bytes } = rawHash(exported))));
      perRecord.push((await sampled(sample.length, () => sample.forEach((one) => hash('sha256', one, 'hex')))).seconds);
      verifying.push(
        await seconds(async () => {
          const verdict = await verifyFolder(exported);
          if (!verdict.ok) throw new Error(verdict.finding.code);
        }),
      );
    }
    const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[1] ?? Number.NaN;
    const oneByOne = (middle(perRecord) * records) / sample.length;

    const appends = await costToAppends(folder, sealing);
    await log.close();
    await sealing.close();

    // ── and to whoever gives a command ──
    note('commands');
    let products = 0;
    const commanding = (pauseMs: number) => async (): Promise<Sample> => {
      products += 1;
      const round = products;
      return withProduct(
        join(folder, `product-${round}`),
        async (product) => {
          for (let n = 0; n < WARM_CASES; n += 1) await writeCase(product, organisation, n);
          return sampled(CASES * EVENTS_OF_CASE, async () => {
            for (let n = 0; n < CASES; n += 1) await writeCase(product, organisation, WARM_CASES + n);
          });
        },
        { evidence: { pauseMs } },
      );
    };
    // A pause longer than the run: nothing is sequenced while it lasts.
    const commands = await compare(ROUNDS, { beside: commanding(1_000), alone: commanding(3_600_000) });

    printTable(
      'Evidence',
      ['what', 'measured', 'beside'],
      [
        [
          'sequence, integrate, publish (all synced)',
          `${shown(published.operations / published.seconds)} leaves/s`,
          `raw SHA-256 of the same leaves ${shown(hashing.operations / hashing.seconds)}/s`,
        ],
        ['export', `${shown(records / exporting)} records/s`, `${shown(bytes / exporting / 1e6)} MB/s`],
        [
          `verify ${shown(records)} records, ${shown(bytes / 1e6)} MB`,
          `${shown(middle(verifying))} s`,
          `raw SHA-256, files as a stream ${shown(middle(reading))} s (${shown(middle(reading) / middle(verifying))}); record by record, without the disk ${shown(oneByOne)} s (${shown(oneByOne / middle(verifying))})`,
        ],
        [
          'commands of a case, one after the other',
          `${shown(commands.beside.rate)}/s with the evidence, ${shown(commands.beside.cpuMicros)} µs CPU`,
          `${shown(commands.alone.rate)}/s without, ${shown(commands.alone.cpuMicros)} µs CPU: ${shown(100 * (1 - commands.beside.rate / commands.alone.rate))} %`,
        ],
      ],
    );
    printCost(appends);
  });
};
