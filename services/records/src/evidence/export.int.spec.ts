import { createMemoryEventLog, type EventLog } from '@toeverlaat/event-log';
import { verifyFolder } from '@toeverlaat/verify';
import type { OrganisationId } from '@toeverlaat/values';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileAnchor } from './anchors/file.js';
import { createEvidenceWorld, GENTIA, write, writeBoth, ZORGNET, type EvidenceWorld } from './evidence.fixture.js';
import type { Evidence } from './evidence.js';
import { exportToFolder, ExportRefused } from './export-folder.js';
import { createExporter, type Exporter } from './export.js';

let base: string;
let log: EventLog;
let world: EvidenceWorld;
let evidence: Evidence;
let exporter: Exporter;
const destroyed = ['00000000-0000-4000-8000-000000000001'];
const anchorFile = (): string => join(base, 'anchor.jsonl');

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'export-'));
  log = createMemoryEventLog();
  world = createEvidenceWorld();
  evidence = world.open({
    log,
    folder: join(base, 'evidence'),
    anchors: [createFileAnchor(anchorFile())],
    ledger: { keyIds: (organisation) => Promise.resolve(organisation === GENTIA ? destroyed : []) },
  });
  exporter = createExporter(evidence);
  for (let hour = 0; hour < 30; hour += 1) {
    await writeBoth(log, 20, hour * 20);
    await evidence.look();
    world.hoursLater(1);
  }
});
afterEach(async () => {
  await evidence.stop();
  rmSync(base, { recursive: true, force: true });
});

const PAGE = 20_000;
const exported = async (organisation: OrganisationId, name: string, bytes = PAGE): Promise<string> => {
  const folder = join(base, name);
  await exportToFolder(folder, organisation, (cursor) => exporter.page(organisation, cursor, bytes));
  return folder;
};
const contentsOf = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((file) => [file.slice(folder.length + 1), readFileSync(file, 'base64')]),
  );

describe('the export of an organisation', () => {
  it('is accepted by the verifier, under its key and beside the anchor, for each of two organisations with the same ids', async () => {
    const roots = new Set<string>();
    for (const organisation of [GENTIA, ZORGNET]) {
      const { log: own } = await evidence.parts.publisher.opened(organisation);
      const { signers } = await evidence.parts.publisher.installation();
      const verdict = await verifyFolder(await exported(organisation, organisation), {
        keys: own.signers,
        installationKeys: signers,
        anchors: [anchorFile()],
      });
      expect(verdict).toMatchObject({
        ok: true,
        facts: {
          organisation,
          seals: 2,
          sealed: 2,
          anchored: 2,
          keyIds: organisation === GENTIA ? 1 : 0,
          keyKnown: true,
        },
      });
      if (!verdict.ok) continue;
      expect(verdict.facts.records).toBeGreaterThan(600);
      expect(verdict.facts.checkpoints).toBeGreaterThan(29);
      roots.add(verdict.facts.root);
    }
    expect(roots.size).toBe(2);
  });

  it('is the same in pages of any length', async () => {
    const small = contentsOf(await exported(GENTIA, 'small', 3_000));
    const large = contentsOf(await exported(GENTIA, 'large', 50_000_000));
    expect(small).toEqual(large);
  });

  it('is of what was recorded when it began, whatever comes meanwhile', async () => {
    const folder = join(base, 'meanwhile');
    let pages = 0;
    await exportToFolder(folder, GENTIA, async (cursor) => {
      pages += 1;
      await write(log, GENTIA, { id: 'record-1', text: `meanwhile ${pages}` });
      world.hoursLater(1);
      if (pages % 5 === 0) await evidence.look();
      return exporter.page(GENTIA, cursor, PAGE);
    });
    expect(pages).toBeGreaterThan(10);
    expect(await verifyFolder(folder)).toMatchObject({ ok: true });
  });

  it('cut short at any page is refused, and goes on to the same', async () => {
    const whole = contentsOf(await exported(GENTIA, 'whole'));
    const folder = join(base, 'cut');
    for (let cut = 1; !existsSync(join(folder, 'manifest.json')); cut += 1) {
      let left = cut % 7;
      const run = exportToFolder(folder, GENTIA, async (cursor) => {
        if ((left -= 1) < 0) throw new Error('cut short');
        return exporter.page(GENTIA, cursor, PAGE);
      });
      await run.catch((error: unknown) => {
        if (!(error instanceof Error) || error.message !== 'cut short') throw error;
      });
      if (existsSync(join(folder, 'manifest.json'))) break;
      expect(await verifyFolder(folder)).toMatchObject({ ok: false, finding: { code: 'no_manifest' } });
      // Half a page more, as a kill leaves it.
      if (existsSync(join(folder, 'records', '00000000.bin')))
        appendFileSync(join(folder, 'records', '00000000.bin'), 'half');
    }
    expect(contentsOf(folder)).toEqual(whole);
  });

  it('refuses a folder that is finished, one of another organisation, and a cursor it never gave', async () => {
    const folder = await exported(GENTIA, 'done');
    const again = exportToFolder(folder, GENTIA, (cursor) => exporter.page(GENTIA, cursor, PAGE));
    await expect(again).rejects.toMatchObject({ rule: 'finished_already' });
    const cut = join(base, 'other');
    let left = 2;
    const first = exportToFolder(cut, GENTIA, async (cursor) => {
      if ((left -= 1) < 0) throw new Error('cut short');
      return exporter.page(GENTIA, cursor, PAGE);
    });
    await expect(first).rejects.toThrow('cut short');
    const other = exportToFolder(cut, ZORGNET, (cursor) => exporter.page(ZORGNET, cursor, PAGE));
    await expect(other).rejects.toBeInstanceOf(ExportRefused);
    for (const cursor of ['', 'x', '999999-0-records-0', '7-0-records-0', '1-99-seals-0', '1-0-nothing-0'])
      expect(await exporter.page(GENTIA, cursor, PAGE)).toBeUndefined();
  });
});
