import { caseCategory } from '@toeverlaat/case';
import { parseStreamName } from '@toeverlaat/event-log';
import { repeatErasures } from '@toeverlaat/records';
import type { Product } from '@toeverlaat/standalone';
import { organisationId, uuidV5 } from '@toeverlaat/values';
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { inFolder, note, printTable, seconds } from './harness.js';
import { addCases, callerOf, COUNSELLOR, withProduct } from './prepare.js';

const CASES = 10_000;
const ORGANISATION = organisationId('gentia');
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

const casesOf = async ({ log }: Product): Promise<readonly string[]> => {
  const found = new Set<string>();
  for (let after; ;) {
    const slice = await log.readAll({
      categories: [caseCategory],
      limit: 2_000,
      ...(after === undefined ? {} : { after }),
    });
    for (const { stream, organisation } of slice.events) {
      const id = parseStreamName(stream)?.id;
      if (organisation === ORGANISATION && id !== undefined) found.add(id);
    }
    after = slice.next;
    if (slice.atEnd) return [...found];
  }
};

const completed = async ({ log }: Product): Promise<number> => {
  let count = 0;
  for (let after; ;) {
    const slice = await log.readAll({
      categories: ['records.erasure'],
      limit: 2_000,
      ...(after === undefined ? {} : { after }),
    });
    count += slice.events.filter(({ type }) => type === 'records.ErasureCompleted.v1').length;
    after = slice.next;
    if (slice.atEnd) return count;
  }
};

/**
 * Cases destroyed with certificates, as the product does it after a restore: recorded, key gone from every page, dropped by every
 * service, two checkpoints, signed. Beside deleting a row durably and signing as many bytes.
 */
export const erasure = async (cases: number = CASES): Promise<void> =>
  inFolder(async (folder) => {
    await withProduct(join(folder, 'data'), async (product) => {
      note(`erasure: adding ${cases} cases`);
      const lies = await callerOf(product, ORGANISATION, COUNSELLOR, 'counsellor');
      await addCases(product, lies, 0, cases);
      if (!(await product.whenSettled(600_000))) throw new Error('views did not catch up');
      const keyIds: string[] = [];
      for (const id of (await casesOf(product)).slice(-cases)) {
        const key = await product.sealing.contentKey(ORGANISATION, [`case/${id}`]);
        if (key.ok) keyIds.push(...key.value.keyIds);
      }
      const before = await completed(product);
      const { log, clock, sealing } = product;
      const restore = uuidV5('bench', 'erasure');
      note('erasure: destroying keys');
      let destroyed = 0;
      const keys = await seconds(async () => {
        destroyed = await repeatErasures({ log, clock, sealing }, ORGANISATION, { restore, keyIds, seal: 0 });
      });
      note('erasure: carrying out');
      const carried = await seconds(async () => {
        for (let looks = 0; (await completed(product)) - before < destroyed; looks += 1) {
          if (looks > 20) throw new Error('erasures are not completed');
          await product.whenSettled(600_000);
          await product.runTimers();
        }
      });
      const alone = await seconds(bare(join(folder, 'bare.sqlite'), destroyed));
      printTable(
        `${destroyed} cases destroyed with certificates`,
        ['what', 's', 'per second'],
        [
          ['recorded, and the key gone from every page', keys, Math.round(destroyed / keys)],
          ['dropped by every service, two checkpoints, certificate', carried, Math.round(destroyed / carried)],
          ['beside: a row deleted durably, and a signature', alone, Math.round(destroyed / alone)],
        ],
      );
    });
  });
