import * as c from '@toeverlaat/contracts';
import {
  createEvidence,
  createExporter,
  createFileAnchor,
  exportToFolder,
  ledgerOfVault,
  lineOf,
} from '@toeverlaat/records';
import { silentLogger } from '@toeverlaat/telemetry';
import { settableClock, type OrganisationId } from '@toeverlaat/values';
import { listErasures, verifyCertificate, verifyFolder } from '@toeverlaat/verify';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differs, rebuildViews } from '../commands/views.js';
import { compose, type Product } from '../compose.js';
import { createUndo } from '../composition/undo.js';
import { fileAdapters } from '../composition/adapters.js';
import { asked } from '../demo/actors.js';
import { createGraphqlDriver } from '../demo/graphql-driver.js';
import { gentia, subjectOf, twins } from '../demo/people.js';
import { playScenario1, playScenario3 } from '../demo/scenarios.js';
import { layoutOf } from '../layout.js';
import { DataFolderInUse, lockFolder } from '../lock.js';
import type { Settings } from '../settings.js';
import { openTheatre, refusalOf, type ProductTheatre } from '../scenarios/support.js';
import { OPEN_MS } from '../scenarios/testing/theatre.js';
import { checkEpochs } from './check.js';
import { makeBackup, makeKeyringBackup, placeOf } from './make.js';
import { MANIFEST, manifestText, type BackupContent } from './manifest.js';
import { BackupRefused, type BackupRule } from './refusal.js';
import { restoreBackup, type RestoreOptions } from './restore.js';

/*
 * The drill: backed up while it runs, erased, lost, put back from the old backup. Played once, over files, in both organisations of
 * equal ids; everything after it looks at what came of it.
 */

const LATER = '2026-11-26T09:00:00.000Z';
const RESTORED = '2026-11-27T09:00:00.000Z';

let base: string;
let settings: Settings;
const clock = settableClock(RESTORED);
const erased = new Map<OrganisationId, string>();
const kept = new Map<OrganisationId, string>();
const at = (name: string): string => join(base, name);
const anchor = () => createFileAnchor(at('anchor.jsonl'));
const target = (name: string): Settings => ({ ...settings, data: at(name), rootKey: at('root.key') });
const restoring = (name: string, more: Partial<RestoreOptions> = {}) =>
  restoreBackup({
    settings: target(name),
    clock,
    from: at('kept/backup'),
    keyring: at('keyrings/one'),
    anchors: [anchor()],
    ...more,
  });

const mkdirWith = (name: string, file: string): void => {
  cpSync(at(`kept/backup/${placeOf.log}`), at(`${name}/${file}`));
};

const caseOf = (organisation: OrganisationId) => ({
  erased: erased.get(organisation) ?? '',
  kept: kept.get(organisation) ?? '',
});
const ruleOf = async (work: Promise<unknown>): Promise<BackupRule | undefined> => {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof BackupRefused) return error.rule;
    throw error;
  }
};

const settle = async (theatre: ProductTheatre): Promise<void> => {
  for (let look = 0; look < 3; look += 1) {
    await theatre.product.runTimers();
    expect(await theatre.product.whenSettled(120_000)).toBe(true);
  }
};

const erase = async (theatre: ProductTheatre, organisation: OrganisationId, caseId: string): Promise<void> => {
  const requested = await theatre
    .as(organisation, 'rik', 'records_manager')
    .command(c.requestErasureCommand, crypto.randomUUID(), {
      subject: `case/${caseId}`,
      ground: 'data_subject_request',
    });
  if (!requested.ok) throw new Error(requested.refusal.kind);
  const dora = theatre.as(organisation, 'dora', 'data_protection_officer');
  const approve = dora.command(c.approveErasuresCommand, crypto.randomUUID(), { erasureIds: [requested.id] });
  expect(await refusalOf(approve)).toBeUndefined();
};

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'drill-'));
  const theatre = await openTheatre({ evidence: { anchors: [anchor()] } });
  try {
    settings = theatre.product.settings;
    // Side by side: each story has days of its own.
    await theatre.stage.play(
      twins.flatMap((organisation) => [
        async () => void erased.set(organisation, (await playScenario3(theatre.world, organisation)).caseId),
        async () => void kept.set(organisation, (await playScenario1(theatre.world, organisation)).caseId),
      ]),
    );
    await settle(theatre);
    // Beside the running product, and while it writes.
    const layout = layoutOf(theatre.data);
    const reading = theatre.inBoth((organisation) =>
      asked(theatre.as(organisation, 'lies', 'counsellor'), c.caseByIdQuery, { caseId: caseOf(organisation).kept }),
    );
    await makeBackup(at('kept/backup'), { layout, clock, keyringBesideVault: false });
    const { folder } = await makeKeyringBackup(at('keyrings'), { layout, clock, days: 14 });
    await reading;
    cpSync(folder, at('keyrings/one'), { recursive: true });
    cpSync(theatre.product.settings.rootKey, at('root.key'));

    theatre.product.steer?.(LATER);
    await theatre.inBoth((organisation) => erase(theatre, organisation, caseOf(organisation).erased));
    await settle(theatre);
    // A day later the seal with the destroyed keys is anchored.
    theatre.product.steer?.(RESTORED);
    await settle(theatre);
    theatre.product.steer?.(undefined);
  } finally {
    await theatre.close();
  }
}, OPEN_MS * 2);
afterAll(() => {
  rmSync(base, { recursive: true, force: true });
});

/** The restored installation, opened as any start opens it. */
const opened = async (name: string, work: (theatre: Pick<ProductTheatre, 'as' | 'product'>) => Promise<void>) => {
  const product: Product = await compose(target(name), {
    clock,
    timersEveryMs: 0,
    evidence: { anchors: [anchor()] },
    gateway: { identityCacheMs: 0, notFoundAnswerMs: 0 },
  });
  try {
    const { url } = await product.listen();
    const driver = createGraphqlDriver(url);
    await work({
      as: (organisation, person, role) =>
        driver.actor({ as: role, subject: subjectOf(person, organisation), organisation }),
      product,
    });
  } finally {
    await product.stop();
  }
};

const livingKeys = async (name: string): Promise<number> => {
  const undo = createUndo(silentLogger());
  try {
    const { sealing } = await fileAdapters(layoutOf(at(name)), at('root.key'), clock, false, undo);
    const ids = (await anchor().from(0)).flatMap(({ keyIds }) => keyIds);
    const found = await Promise.all(twins.map((organisation) => sealing.liveAmong(organisation, ids)));
    return found.flat().length;
  } finally {
    await undo.run();
  }
};

describe('an old backup, put back after something was erased', () => {
  it(
    'opens nothing without the newest ledger, nor before it is done',
    async () => {
      const records = await anchor().from(0);
      expect(records.flatMap(({ keyIds }) => keyIds).length).toBeGreaterThan(2);
      expect(await ruleOf(restoring('refused', { anchors: [] }))).toBe('ledger_missing');
      // The files lie there; no start opens them.
      expect(await ruleOf(compose(target('refused'), { clock, timersEveryMs: 0 }))).toBe('restore_unfinished');
      writeFileSync(at('old.jsonl'), records.slice(0, 0).map(lineOf).join(''));
      expect(await ruleOf(restoring('refused', { anchors: [], ledgers: [at('old.jsonl')] }))).toBe('ledger_false');
      const forged = records.map((record) => ({ ...record, keyIds: [] }));
      writeFileSync(at('forged.jsonl'), forged.map(lineOf).join(''));
      expect(await ruleOf(restoring('refused', { anchors: [], ledgers: [at('forged.jsonl')] }))).toBe('ledger_false');
      expect(await ruleOf(restoring('refused', { from: at('none') }))).toBe('no_backup');

      mkdirWith('taken', 'something');
      expect(await ruleOf(restoring('taken'))).toBe('target_not_empty');
      const running = lockFolder(at('running'), layoutOf(at('running')).lock);
      await expect(restoring('running')).rejects.toBeInstanceOf(DataFolderInUse);
      running.release();
      // Put back by hand it does not open either, until the ledger is applied.
      const hand = layoutOf(at('hand'));
      cpSync(at(`kept/backup/${placeOf.vault}`), hand.vault);
      cpSync(at(`keyrings/one/${placeOf.keyring}`), hand.keyring);
      cpSync(layoutOf(at('refused')).log, hand.log);
      const evidence = { anchors: [anchor()] };
      expect(await ruleOf(compose(target('hand'), { clock, evidence, timersEveryMs: 0 }))).toBe('old_copy');
      expect((await restoring('hand', { from: undefined })).repeated).toBe(twins.length);
      await (await compose(target('hand'), { clock, evidence, timersEveryMs: 0 })).stop();
      // A copy of the anchor is as good as the anchor.
      writeFileSync(at('copy.jsonl'), records.map(lineOf).join(''));
      const { repeated } = await restoring('refused', { anchors: [], ledgers: [at('copy.jsonl')] });
      expect(repeated).toBe(twins.length);
    },
    OPEN_MS,
  );

  it(
    'destroys again what was erased, with a certificate that says so, and everything else is there',
    async () => {
      const { repeated, recovered } = await restoring('restored');
      expect(repeated).toBe(twins.length);
      expect(recovered).toBeGreaterThan(0);
      expect(await livingKeys('restored')).toBe(0);
      // The keyring that it runs with opens no older backup of the vault.
      const { keyring } = layoutOf(at('restored'));
      expect(await ruleOf((async () => checkEpochs(at('kept/backup'), keyring))())).toBe('wrong_epoch');
      await opened('restored', async (theatre) => {
        for (const organisation of twins) {
          const known = caseOf(organisation);
          const sophie = theatre.as(organisation, 'sophie', 'counsellor');
          expect(await refusalOf(sophie.query(c.caseByIdQuery, { caseId: known.erased }))).toEqual({ kind: 'Erased' });
          const lies = theatre.as(organisation, 'lies', 'counsellor');
          expect((await asked(lies, c.caseByIdQuery, { caseId: known.kept })).caseId).toBe(known.kept);
          const register = await asked(theatre.as(organisation, 'dora', 'data_protection_officer'), c.erasuresQuery, {
            page: { first: 10 },
          });
          const [row] = register.rows;
          expect(row).toMatchObject({ subject: `case/${known.erased}`, status: 'completed', ground: 'erasure_ledger' });
          const file = await asked(theatre.as(organisation, 'aude', 'auditor'), c.erasureCertificateQuery, {
            erasureId: row?.erasureId ?? '',
            language: 'nl',
          });
          const verdict = await verifyCertificate(file.signed);
          // Counted from when it was destroyed again, and not from when it once was: a later date is the honest one.
          expect(verdict).toMatchObject({
            ok: true,
            unreadableHereSince: RESTORED,
            unreadableInBackupsFrom: '2026-12-26',
          });
        }
        expect(Object.keys(await theatre.product.viewHashes()).length).toBeGreaterThan(6);
      });
      const built = await rebuildViews(at('restored'));
      expect(built.length).toBeGreaterThan(6);
      expect(built.filter(differs)).toEqual([]);
    },
    OPEN_MS,
  );

  it(
    'is still proved by verify: a new name that names the old head, beside the anchor',
    async () => {
      const undo = createUndo(silentLogger());
      try {
        const { log, sealing } = await fileAdapters(layoutOf(at('restored')), at('root.key'), clock, false, undo);
        const evidence = createEvidence({
          folder: layoutOf(at('restored')).evidence,
          anchors: [anchor()],
          log,
          clock,
          sealing,
          logger: silentLogger(),
          pauseMs: 0,
          ledger: ledgerOfVault(sealing),
        });
        undo.add('evidence', evidence.stop);
        evidence.start();
        const exporter = createExporter(evidence);
        for (const organisation of twins) {
          await exportToFolder(at(`export-${organisation}`), organisation, (cursor) =>
            exporter.page(organisation, cursor, 1 << 20),
          );
          const verdict = await verifyFolder(at(`export-${organisation}`), { anchors: [at('anchor.jsonl')] });
          if (!verdict.ok) throw new Error(JSON.stringify(verdict.finding));
          expect(verdict.facts).toMatchObject({ restores: 1, anchorNewer: 0 });
          const erasures = await listErasures(at(`export-${organisation}`), ({ anchored, subject }) => {
            expect({ subject, anchored }).toEqual({ subject, anchored: true });
          });
          if (!erasures.ok) throw new Error(JSON.stringify(erasures));
          expect(erasures.facts).toMatchObject({ underWay: 0, erasures: expect.any(Number) });
          expect(erasures.facts.erasures).toBeGreaterThan(0);
        }
      } finally {
        await undo.run();
      }
    },
    OPEN_MS,
  );

  it(
    'goes on wherever it was cut off, and ends at the same',
    async () => {
      const steps: string[] = [];
      await restoring('steps', { at: (step) => steps.push(step) });
      const wanted = [...new Set(steps)];
      expect(wanted).toEqual(
        expect.arrayContaining(['begin', 'copied', 'ledger', 'destroy', 'origin', 'rotate', 'end']),
      );
      class Killed extends Error {}
      const starts: (BackupRule | undefined)[] = [];
      // One folder, cut off at each step in turn: every run goes on from what the one before left, up to the next.
      for (const step of wanted) {
        const cut = restoring('cut', {
          at: (now) => {
            if (now === step) throw new Killed(step);
          },
        });
        await expect(cut).rejects.toBeInstanceOf(Killed);
        // Before the first nothing lies there yet, and a start would found a house.
        if (step !== 'begin') starts.push(await ruleOf(compose(target('cut'), { clock })));
      }
      expect(starts).toEqual(wanted.slice(1).map(() => 'restore_unfinished'));
      // Another backup does not go on where this one was.
      cpSync(at('kept/backup'), at('kept/second'), { recursive: true });
      const { sha256: _, ...content } = JSON.parse(readFileSync(at(`kept/second/${MANIFEST}`), 'utf8')) as Record<
        string,
        unknown
      >;
      writeFileSync(
        at(`kept/second/${MANIFEST}`),
        manifestText({ ...(content as BackupContent), id: crypto.randomUUID() }),
      );
      expect(await ruleOf(restoring('cut', { from: at('kept/second') }))).toBe('other_restore');
      await restoring('cut');
      expect(await livingKeys('cut')).toBe(0);
      await opened('cut', async (theatre) => {
        const sophie = theatre.as(gentia, 'sophie', 'counsellor');
        expect(await refusalOf(sophie.query(c.caseByIdQuery, { caseId: caseOf(gentia).erased }))).toEqual({
          kind: 'Erased',
        });
      });
    },
    OPEN_MS,
  );
});
