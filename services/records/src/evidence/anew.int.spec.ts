import { createMemoryEventLog, type EventLog } from '@toeverlaat/event-log';
import { holdingSentences, outsideSentences, verifyFolder } from '@toeverlaat/verify';
import { uuidV5, type OrganisationId } from '@toeverlaat/values';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileAnchor } from './anchors/file.js';
import { beginAnew, ledgerFault } from './anew.js';
import { createEvidenceWorld, type EvidenceWorld, faultOf, GENTIA, writeBoth, ZORGNET } from './evidence.fixture.js';
import type { Evidence } from './evidence.js';
import { exportToFolder } from './export-folder.js';
import { createExporter } from './export.js';

const RESTORE = uuidV5('test', 'restore');

let base: string;
let world: EvidenceWorld;
const running: Evidence[] = [];
const anchorFile = (): string => join(base, 'anchor.jsonl');
const anchor = () => createFileAnchor(anchorFile());
/** Of Gentia: `made` was destroyed before the backup, `lost` after it. */
const made = '00000000-0000-4000-8000-000000000001';
const lost = '00000000-0000-4000-8000-000000000002';

const open = (log: EventLog, name: string, destroyed: readonly string[]): Evidence => {
  const evidence = world.open({
    log,
    folder: join(base, name),
    anchors: [anchor()],
    ledger: { keyIds: (organisation) => Promise.resolve(organisation === GENTIA ? destroyed : []) },
  });
  running.push(evidence);
  return evidence;
};

const live = async (log: EventLog, evidence: Evidence, days: number, from: number): Promise<void> => {
  for (let day = from; day < from + days; day += 1) {
    await writeBoth(log, 5, day * 5);
    world.hoursLater(24);
    await evidence.look();
  }
};

/** The log as it stood at one moment. */
const copied = async (log: EventLog): Promise<EventLog> => {
  const copy = createMemoryEventLog();
  for (const { organisation, stream, eventId, type, metadata, data } of (await log.readAll({ limit: 100_000 }))
    .events) {
    const appended = await copy.append({
      organisation,
      stream,
      expected: 'any',
      events: [{ eventId, type, metadata, data }],
    });
    if (!appended.ok) throw new Error(appended.error.kind);
  }
  return copy;
};

const verdictOf = async (evidence: Evidence, organisation: OrganisationId, name: string, keys?: readonly string[]) => {
  const folder = join(base, `export-${name}-${organisation}`);
  const exporter = createExporter(evidence);
  await exportToFolder(folder, organisation, (cursor) => exporter.page(organisation, cursor, 50_000));
  return verifyFolder(folder, { anchors: [anchorFile()], ...(keys === undefined ? {} : { keys }) });
};

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'anew-'));
  world = createEvidenceWorld();
});
afterEach(async () => {
  for (const evidence of running.splice(0)) await evidence.stop();
  rmSync(base, { recursive: true, force: true });
});

/** An installation that is backed up after two days and loses the two after them. */
const restored = async () => {
  const log = createMemoryEventLog();
  const destroyed = [made];
  const before = open(log, 'before', destroyed);
  await live(log, before, 2, 0);
  const { log: old } = await before.parts.publisher.opened(GENTIA);
  const backup = await copied(log);
  const sealsThen = (await before.parts.streams.seals()).length;
  destroyed.push(lost);
  await live(log, before, 2, 2);
  await before.stop();
  running.length = 0;
  return { backup, keys: old.signers, oldOrigin: old.origin, sealsThen, records: await anchor().from(0) };
};

describe('a log that a restore cut short', () => {
  it('signs nothing under its old name, and goes on under a new one that names the old head', async () => {
    const { backup, keys, oldOrigin, sealsThen, records } = await restored();
    const parts = { ...world, log: backup };
    // Put back by hand it stands still.
    const byHand = open(backup, 'by-hand', [made]);
    await byHand.look();
    expect(await faultOf(byHand.sealNow())).toBe('anchor_is_newer');
    await byHand.stop();
    running.length = 0;

    expect(await ledgerFault(parts, records)).toBeUndefined();
    expect(records.length).toBeGreaterThan(sealsThen);
    const begun = await beginAnew(parts, { restore: RESTORE, records });
    expect(begun).toEqual({ recovered: records.length - sealsThen, organisations: [GENTIA, ZORGNET] });
    // Cut off and done again it is done once.
    const head = await backup.head();
    expect((await beginAnew(parts, { restore: RESTORE, records })).recovered).toBe(0);
    expect(await backup.head()).toBe(head);

    // The vault never had the key that was made and destroyed in what was lost.
    const after = open(backup, 'after', [made]);
    await after.look();
    await live(backup, after, 2, 2);
    const { log: own, earlier } = await after.parts.publisher.opened(GENTIA);
    expect(own.origin).not.toBe(oldOrigin);
    expect(earlier.map(({ origin }) => origin)).toEqual([oldOrigin]);
    expect((await after.status()).fault).toBeUndefined();
    expect((await anchor().from(0)).length).toBeGreaterThan(records.length);

    for (const organisation of [GENTIA, ZORGNET]) {
      // The key is the one that the organisation was given when it began.
      const verdict = await verdictOf(after, organisation, 'after', organisation === GENTIA ? keys : undefined);
      if (!verdict.ok) throw new Error(JSON.stringify(verdict.finding));
      const { facts } = verdict;
      expect(facts).toMatchObject({ restores: 1, recovered: records.length - sealsThen, anchorNewer: 0 });
      expect(facts.anchored).toBe(facts.seals);
      expect(facts.previousSize).toBeGreaterThan(0);
      for (const language of ['en', 'nl', 'fr', 'de'] as const) {
        expect(holdingSentences(facts, language).join('\n')).toContain(facts.previousOrigin);
        expect(outsideSentences(facts, language).join('\n')).toContain(facts.restoredAt);
      }
    }

    // A new name that the records do not begin is found out.
    const folder = join(base, `export-after-${GENTIA}`);
    const keysFile = join(folder, 'keys.json');
    const listed = readFileSync(keysFile, 'utf8');
    writeFileSync(keysFile, listed.replaceAll('"earlier"', '"before"'));
    expect(await verifyFolder(folder)).toMatchObject({ ok: false, finding: { code: 'file_malformed' } });
    const { earlier: _, ...without } = JSON.parse(listed) as Record<string, unknown>;
    writeFileSync(keysFile, `${JSON.stringify(without)}\n`);
    expect(await verifyFolder(folder)).toMatchObject({ ok: false, finding: { code: 'wrong_key' } });
  });

  it('can be cut short again', async () => {
    const { backup, records } = await restored();
    await beginAnew({ ...world, log: backup }, { restore: RESTORE, records });
    const after = open(backup, 'once', [made]);
    await after.look();
    await live(backup, after, 1, 2);
    const second = await copied(backup);
    await live(backup, after, 1, 3);
    await after.stop();
    running.length = 0;
    const newer = await anchor().from(0);
    expect(await ledgerFault({ ...world, log: second }, newer)).toBeUndefined();
    await beginAnew({ ...world, log: second }, { restore: uuidV5('test', 'second'), records: newer });
    const again = open(second, 'twice', [made]);
    await again.look();
    await live(second, again, 1, 3);
    const verdict = await verdictOf(again, ZORGNET, 'twice');
    if (!verdict.ok) throw new Error(JSON.stringify(verdict.finding));
    expect(verdict.facts).toMatchObject({ restores: 2 });
  });

  it('takes no ledger that is older, cut, of another installation or of another history', async () => {
    const { backup, records, sealsThen } = await restored();
    const parts = { ...world, log: backup };
    expect(await ledgerFault(parts, records.slice(0, sealsThen - 1))).toBe('ledger_too_old');
    expect(await ledgerFault(parts, [])).toBe('ledger_too_old');
    expect(await ledgerFault(parts, records.slice(1))).toBe('ledger_false');
    const last = records.length - 1;
    const changed = (more: object) => records.map((record, at) => (at === last ? { ...record, ...more } : record));
    expect(
      await ledgerFault(
        parts,
        changed({ keyIds: [] }).map((one) => ({ ...one, keyIds: [] })),
      ),
    ).toBe('ledger_false');
    expect(await ledgerFault(parts, changed({ keyIds: [made] }))).toBe('ledger_false');
    expect(await ledgerFault(parts, changed({ note: records[0]?.note }))).toBe('ledger_false');
    const entry = records[last]?.entry.replace('heads 8', 'heads 16') ?? '';
    expect(await ledgerFault(parts, changed({ entry }))).toBe('ledger_false');

    // Another installation's.
    const other = createEvidenceWorld();
    const log = createMemoryEventLog();
    copyFileSync(anchorFile(), join(base, 'kept.jsonl'));
    rmSync(anchorFile());
    const evidence = other.open({ log, folder: join(base, 'other'), anchors: [anchor()] });
    running.push(evidence);
    await writeBoth(log, 5);
    for (let day = 0; day < 3; day += 1) {
      other.hoursLater(24);
      await writeBoth(log, 1, 10 + day);
      await evidence.look();
    }
    expect(await ledgerFault(parts, await anchor().from(0))).toBe('ledger_false');
  });
});
