import * as c from '@toeverlaat/contracts';
import { writeCertificates } from '@toeverlaat/grpc';
import {
  BackupRefused,
  compose,
  createFileAnchor,
  createUndo,
  type BackupRule,
  type Product,
} from '@toeverlaat/standalone';
import {
  asked,
  createGraphqlDriver,
  exportOf,
  OPEN_MS,
  openTheatre,
  playScenario1,
  playScenario3,
  refusalOf,
  subjectOf,
  twinsOfTheDemonstration as twins,
  type ProductTheatre,
} from '@toeverlaat/standalone/scenarios';
import { silentLogger } from '@toeverlaat/telemetry';
import { describeWith } from '@toeverlaat/testing/needs';
import { postgresBinaries, startPostgres, type PostgresServer } from '@toeverlaat/testing/postgres-server';
import { settableClock, type OrganisationId } from '@toeverlaat/values';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStores, storesOf, type Stores } from '../adapters.js';
import { prepareDatabases, type Databases } from '../fleet/postgres.js';
import { composeService } from '../service-process.js';
import { logSchema, readProcessSettings } from '../settings.js';
import { restoreDeployment, type RestoreDeployment } from './restore.js';

/*
 * The drill on PostgreSQL: a base backup of the running server, erased, lost, put back by PostgreSQL's own means. Both organisations
 * have the same ids.
 */

const LATER = '2026-11-26T09:00:00.000Z';
const RESTORED = '2026-11-27T09:00:00.000Z';
const run = promisify(execFile);
const VERIFY = join(import.meta.dirname, '../../../../verify/dist/main.js');

/** PostgreSQL's own way (its manual, 26.3.3), as `pg_basebackup` does it, which not every package of it brings. */
const baseBackup = async (server: PostgresServer, to: string): Promise<void> => {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query("SELECT pg_backup_start('drill', true)");
    await run('cp', ['-a', server.dataFolder, to]);
    const { rows } = await client.query<{ label: string }>(
      'SELECT labelfile AS label FROM pg_backup_stop(wait_for_archive => false)',
    );
    await run('cp', ['-a', `${server.dataFolder}/pg_wal/.`, join(to, 'pg_wal')]);
    rmSync(join(to, 'postmaster.pid'), { force: true });
    writeFileSync(join(to, 'backup_label'), rows[0]?.label ?? '');
  } finally {
    await client.end();
  }
};

const ruleOf = async (work: Promise<unknown>): Promise<BackupRule | undefined> => {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof BackupRefused) return error.rule;
    throw error;
  }
};

describeWith('postgres', 'a deployment on PostgreSQL, put back from a base backup after something was erased', () => {
  describe.runIf(postgresBinaries() !== undefined)('by PostgreSQL’s own means', () => {
    let base: string;
    let server: PostgresServer;
    let databases: Databases;
    let stores: Stores;
    const clock = settableClock(RESTORED);
    const erased = new Map<OrganisationId, string>();
    const kept = new Map<OrganisationId, string>();
    const at = (name: string): string => join(base, name);
    const anchor = () => createFileAnchor(at('anchor.jsonl'));

    const settle = async ({ product }: Pick<ProductTheatre, 'product'>): Promise<void> => {
      for (let look = 0; look < 3; look += 1) {
        await product.runTimers();
        expect(await product.whenSettled(120_000)).toBe(true);
      }
    };
    const erase = async (theatre: ProductTheatre, organisation: OrganisationId): Promise<void> => {
      const requested = await theatre
        .as(organisation, 'rik', 'records_manager')
        .command(c.requestErasureCommand, crypto.randomUUID(), {
          subject: `case/${erased.get(organisation) ?? ''}`,
          ground: 'data_subject_request',
        });
      if (!requested.ok) throw new Error(requested.refusal.kind);
      const dora = theatre.as(organisation, 'dora', 'data_protection_officer');
      const approve = dora.command(c.approveErasuresCommand, crypto.randomUUID(), { erasureIds: [requested.id] });
      const refusal = await refusalOf(approve);
      if (refusal !== undefined) throw new Error(refusal.kind);
    };

    beforeAll(async () => {
      base = mkdtempSync(join(tmpdir(), 'drill-postgres-'));
      server = await startPostgres({ max_connections: '300' });
      databases = await prepareDatabases(server.url, 'drill', at('database.json'));
      const { log, blobs, messaging, ...keys } = databases.keeper;
      stores = storesOf({
        ...keys,
        log: logSchema.parse(log),
        blobs: { kind: 'postgres', url: blobs },
        messaging: { kind: 'postgres', url: messaging },
        rootKey: at('root.key'),
      });
      const theatre = await openTheatre({
        adapters: (of, undo) => openStores(stores, of, silentLogger(), undo, 'preparing'),
        evidence: { anchors: [anchor()] },
      });
      try {
        await theatre.stage.play(
          twins.flatMap((organisation) => [
            async () => void erased.set(organisation, (await playScenario3(theatre.world, organisation)).caseId),
            async () => void kept.set(organisation, (await playScenario1(theatre.world, organisation)).caseId),
          ]),
        );
        await settle(theatre);
        // Beside the running product.
        await baseBackup(server, at('base'));
        theatre.product.steer?.(LATER);
        await theatre.inBoth((organisation) => erase(theatre, organisation));
        await settle(theatre);
        // A day later the seal with the destroyed keys is anchored.
        theatre.product.steer?.(RESTORED);
        await settle(theatre);
        theatre.product.steer?.(undefined);
      } finally {
        await theatre.close();
      }
      await server.kill();
      const { dataFolder } = server;
      for (const name of readdirSync(dataFolder)) rmSync(join(dataFolder, name), { recursive: true, force: true });
      await run('cp', ['-a', `${at('base')}/.`, dataFolder]);
      if (process.getuid?.() === 0) await run('chown', ['-R', 'postgres:postgres', dataFolder]);
      await server.start();
    }, OPEN_MS * 3);
    afterAll(async () => {
      await server.remove();
      rmSync(base, { recursive: true, force: true });
    }, OPEN_MS);

    const restoring = (more: Partial<RestoreDeployment> = {}) =>
      restoreDeployment({
        stores,
        settings: { rootKey: at('root.key'), data: at('restoring'), logLevel: 'silent' },
        clock,
        ledgers: [],
        anchors: [anchor()],
        ...more,
      });
    /** As the process of one service, which is told where the anchor is. */
    const starting = async (service: 'case' | 'directory', anchored: boolean) => {
      writeCertificates(at('certificates'));
      const settings = readProcessSettings(
        [
          '--service',
          service,
          // Only a demonstration may be told of none.
          '--profile',
          anchored ? 'production' : 'demonstration',
          '--data',
          at(`processes-${service}`),
          '--root-key',
          at('root.key'),
          '--certificates',
          at('certificates'),
          '--log-level',
          'silent',
          ...(anchored ? ['--anchor-file', at('anchor.jsonl')] : []),
        ],
        Object.fromEntries(
          Object.entries(databases.of(service))
            .filter(([store]) => store !== 'blobs' || service === 'case')
            .map(([store, url]) => [`TOEVERLAAT_${store.toUpperCase()}`, url]),
        ),
      );
      if (!settings.ok) throw new Error(settings.error.help);
      await (await composeService(settings.value, service)).stop();
    };
    const opened = async (name: string, work: (product: Product) => Promise<void>): Promise<void> => {
      const product = await compose(
        {
          profile: 'demonstration',
          host: '127.0.0.1',
          port: 0,
          data: at(name),
          rootKey: at('root.key'),
          acceptRootKeyOnTheLogsDisk: false,
          cases: 0,
          seed: 1,
          logLevel: 'silent',
        },
        {
          clock,
          timersEveryMs: 0,
          adapters: (of, undo) => openStores(stores, of, silentLogger(), undo),
          evidence: { anchors: [anchor()] },
          gateway: { identityCacheMs: 0, notFoundAnswerMs: 0 },
        },
      );
      try {
        await work(product);
      } finally {
        await product.stop();
      }
    };

    it(
      'opens to no process before the newest ledger is applied, and destroys again what was erased',
      async () => {
        // The anchor knows of more than this log; a service that is told of it does not open.
        expect(await ruleOf(starting('case', true))).toBe('old_copy');
        expect(await ruleOf(restoring({ anchors: [] }))).toBe('ledger_missing');
        // From the first step on nothing opens, told of an anchor or not.
        expect(await ruleOf(starting('case', false))).toBe('restore_unfinished');
        expect(await ruleOf(starting('directory', false))).toBe('restore_unfinished');

        class Killed extends Error {}
        const cutAt = (step: string) =>
          restoring({
            at: (now) => {
              if (now === step) throw new Killed(step);
            },
          });
        for (const step of ['ledger', 'destroy', 'origin', 'rotate', 'forget', 'end']) {
          await expect(cutAt(step)).rejects.toBeInstanceOf(Killed);
          expect(await ruleOf(starting('directory', false))).toBe('restore_unfinished');
        }
        const steps: string[] = [];
        await restoring({ at: (step) => steps.push(step) });
        // What was done before it was cut off was not done again.
        expect(steps).not.toContain('destroy');
        expect(steps.at(-1)).toBe('end');
        await starting('directory', true);

        const undo = createUndo(silentLogger());
        try {
          const { sealing } = await openStores(stores, clock, silentLogger(), undo);
          const ids = (await anchor().from(0)).flatMap(({ keyIds }) => keyIds);
          expect(ids.length).toBeGreaterThan(2);
          const living = await Promise.all(twins.map((organisation) => sealing.liveAmong(organisation, ids)));
          expect(living.flat()).toEqual([]);
        } finally {
          await undo.run();
        }

        const hashes: Readonly<Record<string, string>>[] = [];
        await opened('first', async (product) => {
          const { url } = await product.listen();
          const driver = createGraphqlDriver(url);
          for (const organisation of twins) {
            const as = (person: string, role: 'counsellor' | 'data_protection_officer') =>
              driver.actor({ as: role, subject: subjectOf(person, organisation), organisation });
            const gone = as('sophie', 'counsellor').query(c.caseByIdQuery, { caseId: erased.get(organisation) ?? '' });
            expect(await refusalOf(gone)).toEqual({ kind: 'Erased' });
            const caseId = kept.get(organisation) ?? '';
            expect((await asked(as('lies', 'counsellor'), c.caseByIdQuery, { caseId })).caseId).toBe(caseId);
            const { rows } = await asked(as('dora', 'data_protection_officer'), c.erasuresQuery, {
              page: { first: 10 },
            });
            expect(rows).toMatchObject([
              { subject: `case/${erased.get(organisation) ?? ''}`, status: 'completed', ground: 'erasure_ledger' },
            ]);
          }
          // And an outsider sees of what was put back that it continues what was anchored, and that what was destroyed is.
          for (const organisation of twins) {
            const folder = at(`export-${organisation}`);
            await exportOf(url, organisation, folder);
            const verify = async (...words: readonly string[]): Promise<string> =>
              (await run(process.execPath, [VERIFY, ...words, folder, '--anchor', at('anchor.jsonl')])).stdout;
            const whole = await verify();
            expect(whole).toMatch(/ seals are the same in the copy that you brought/u);
            expect(whole).toMatch(/begun anew under another name 1 time\(s\) after a restore/u);
            const destroyed = await verify('erasures');
            expect(destroyed).toMatch(
              new RegExp(`case/${erased.get(organisation) ?? 'none'}  erasure_ledger  .*  anchored  `, 'u'),
            );
          }
          expect(await product.whenSettled(120_000)).toBe(true);
          hashes.push(await product.viewHashes());
        });
        await opened('second', async (product) => {
          expect(await product.whenSettled(120_000)).toBe(true);
          hashes.push(await product.viewHashes());
        });
        expect(Object.keys(hashes[0] ?? {}).length).toBeGreaterThan(6);
        expect(hashes[1]).toEqual(hashes[0]);
      },
      OPEN_MS * 4,
    );
  });
});
