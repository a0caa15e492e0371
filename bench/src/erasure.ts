import * as c from '@toeverlaat/contracts';
import type { Product } from '@toeverlaat/standalone';
import { addDays, localDateOf, organisationId, uuidV5 } from '@toeverlaat/values';
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { inFolder, note, ownCpuSeconds, printTable, seconds } from './harness.js';
import { addCases, callerOf, command, contextOf, COUNSELLOR, withProduct } from './prepare.js';

const CASES = 10_000;
const ORGANISATION = organisationId('gentia');
const SETTLE_MS = 1_800_000;
/** Days: past the last day of an informal case, which the demonstration keeps for twelve years. */
const PAST_TERM = 4_386;
/** Bytes of a certificate, about. */
const CERTIFICATE = 3_000;

/** A row deleted durably, its bytes overwritten, and one signature; nothing recorded, nobody asked. */
const bare = (file: string, cases: number): (() => void) => {
  const db = new DatabaseSync(file);
  db.exec(
    'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; CREATE TABLE k (id INTEGER PRIMARY KEY, w BLOB)',
  );
  const insert = db.prepare('INSERT INTO k VALUES (?, ?)');
  db.exec('BEGIN');
  for (let n = 0; n < cases; n += 1) insert.run(n, randomBytes(60));
  db.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
  const remove = db.prepare('DELETE FROM k WHERE id = ?');
  const { privateKey } = generateKeyPairSync('ed25519');
  return () => {
    for (let n = 0; n < cases; n += 1) {
      remove.run(n);
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      sign(null, randomBytes(CERTIFICATE), privateKey);
    }
    db.close();
  };
};

type Mark = { readonly at: number; readonly cpu: number };

/**
 * Seconds, and processor seconds, after which each quarter of the certificates was there: where the cost of one grows with what was
 * destroyed before it, it shows here, and on a shared machine in the second.
 */
const quarters = async ({ log }: Product, cases: number, signal: AbortSignal): Promise<readonly Mark[]> => {
  const head = await log.head();
  const begun = process.hrtime.bigint();
  const cpu = ownCpuSeconds();
  const marks: Mark[] = [];
  let completed = 0;
  const from = head === undefined ? {} : { after: head };
  for await (const message of log.subscribe({ ...from, categories: ['records.erasure'], signal })) {
    if (message.kind !== 'events') continue;
    for (const { type } of message.events) {
      if (type !== 'records.ErasureCompleted.v1') continue;
      completed += 1;
      if (completed >= Math.ceil((cases * (marks.length + 1)) / 4))
        marks.push({ at: Number(process.hrtime.bigint() - begun) / 1e9, cpu: ownCpuSeconds() - cpu });
    }
    if (marks.length === 4) return marks;
  }
  return marks;
};

/**
 * Cases that fell due, listed, confirmed by a second person and destroyed with a certificate each and one report: keys gone from
 * every page of the vault, six services, checkpoints before and after. Beside deleting a row durably and signing as many bytes.
 */
export const erasure = async (cases: number = CASES): Promise<void> =>
  inFolder(async (folder) => {
    await withProduct(join(folder, 'data'), async (product) => {
      const { steer, clock } = product;
      if (steer === undefined) throw new Error('only the demonstration plays in another year');
      note(`erasure: adding ${cases} closed cases`);
      const lies = await callerOf(product, ORGANISATION, COUNSELLOR, 'counsellor');
      await addCases(product, lies, 0, cases, true);
      if (!(await product.whenSettled(SETTLE_MS))) throw new Error('views did not catch up');
      steer(`${addDays(localDateOf(clock.now()), PAST_TERM)}T09:00:00.000Z`);
      const rik = await callerOf(product, ORGANISATION, 'rik', 'records_manager');
      const dora = await callerOf(product, ORGANISATION, 'dora', 'data_protection_officer');
      note('erasure: listing');
      let batchId = '';
      const listing = await seconds(async () => {
        batchId = await command(product, c.requestDueErasuresCommand, rik, 'due', { recordClass: 'informal_case' });
      });
      const batchOf = async () => {
        const reply = await product.rpc.query(c.erasureBatchQuery, contextOf(dora, uuidV5('bench', batchId)), {
          batchId,
        });
        if (!reply.ok) throw new Error(reply.rejection.kind);
        return reply.value;
      };
      const { listHash, listed } = await batchOf();
      if (listed < cases) throw new Error(`${listed} of ${cases} are due`);
      note(`erasure: ${listed} are destroyed`);
      const watching = new AbortController();
      const marks = quarters(product, listed, watching.signal);
      const carried = await seconds(async () => {
        await command(product, c.confirmErasureBatchCommand, dora, 'confirm', { batchId, listHash });
        for (let looks = 0; (await batchOf()).status !== 'completed'; looks += 1) {
          if (looks > 20) throw new Error('the batch is not completed');
          await product.services.records?.runTimers?.();
          await product.whenSettled(SETTLE_MS);
        }
      });
      watching.abort();
      const passed = await marks;
      const alone = await seconds(bare(join(folder, 'bare.sqlite'), listed));
      printTable(
        `${listed} due cases destroyed with certificates, as one batch`,
        ['what', 's', 'per second', 'processor ms each'],
        [
          ['listed', listing, Math.round(listed / listing), ''],
          [
            'confirmed, destroyed in every service, certificates, report',
            carried,
            Math.round(listed / carried),
            (1_000 * (passed.at(-1)?.cpu ?? 0)) / listed,
          ],
          ...passed.map(({ at, cpu }, quarter): [string, number, number, number] => {
            const before = passed[quarter - 1] ?? { at: 0, cpu: 0 };
            const took = at - before.at;
            return [
              `  quarter ${quarter + 1}`,
              took,
              Math.round(listed / 4 / took),
              (4_000 * (cpu - before.cpu)) / listed,
            ];
          }),
          ['beside: a row deleted durably, and a signature', alone, Math.round(listed / alone), ''],
        ],
      );
    });
  });
