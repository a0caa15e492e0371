import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { erasureLine, erasuresSentences } from './erasures-sentences.js';
import { listErasures, type ErasureEntry, type ErasuresOptions } from './erasures.js';
import {
  BATCH_ID,
  CERTIFICATE_KEY_ID,
  ERASED,
  ERASURE_ID,
  KEY_ID,
  makeFixture,
  writeFixture,
  type FalseErasure,
} from './export.fixture.js';
import { languages } from './sentences.js';

let base: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'erasures-'));
});
afterAll(() => {
  rmSync(base, { recursive: true, force: true });
});

const exported = async (erasure: FalseErasure | undefined, organisation = 'gentia'): Promise<string> => {
  const folder = mkdtempSync(join(base, 'export-'));
  await writeFixture(folder, await makeFixture({ organisation, ...(erasure === undefined ? {} : { erasure }) }));
  return folder;
};
const listed = async (folder: string, options: ErasuresOptions = {}) => {
  const entries: ErasureEntry[] = [];
  const verdict = await listErasures(folder, (entry) => entries.push(entry), options);
  return { entries, verdict };
};
/** What is wrong with an export that tells its erasure so. */
const wrongIn = async (erasure: FalseErasure | undefined, options: ErasuresOptions = {}) =>
  (await listed(await exported(erasure), options)).verdict;

describe('the erasures of an exported folder alone', () => {
  it.each(['gentia', 'zorgnet'])('are listed with subject, rule, both dates and keys: %s', async (organisation) => {
    const { entries, verdict } = await listed(await exported({}, organisation), {
      certificateKeys: [CERTIFICATE_KEY_ID],
    });
    expect(entries).toEqual([
      {
        index: expect.any(Number),
        erasureId: ERASURE_ID,
        subject: ERASED,
        ground: 'retention_rule',
        rule: 'informal_case',
        ruleVersion: 0,
        keyIds: [KEY_ID],
        unreadableHereSince: '2026-11-25T08:40:00.000Z',
        unreadableInBackupsFrom: '2026-12-24',
        anchored: true,
      },
    ]);
    expect(verdict).toMatchObject({
      ok: true,
      facts: { organisation, erasures: 1, underWay: 0, keys: 1, unanchored: 0, later: 0, keyKnown: true },
    });
    const [entry] = entries;
    expect(entry === undefined ? '' : erasureLine(entry)).toContain(
      `${ERASED}  retention_rule  informal_case@0  backups 2026-12-24  certificate ${ERASURE_ID}  anchored  keys ${KEY_ID}`,
    );
  });

  it('count with a replica that held the key a minute longer', async () => {
    expect(await wrongIn({ certificate: { unreadableHereSince: '2026-11-25T08:41:00.000Z' } })).toMatchObject({
      ok: true,
    });
  });

  it('say what they do not show, and which keys were only found in the folder, in four languages', async () => {
    const { verdict } = await listed(await exported({}));
    const said = languages.map((language) => erasuresSentences(verdict, language).join('\n'));
    expect(new Set(said).size).toBe(4);
    for (const text of said) {
      expect(text).toContain(CERTIFICATE_KEY_ID);
      expect(text).not.toMatch(/[{}]|undefined|NaN/);
    }
  });

  it('are under way for a day after the keys are gone, and then a missing certificate is named', async () => {
    // The fixture ends 24 hours and 20 minutes after the destruction.
    const missing = await wrongIn({ without: 'certificate' });
    expect(missing).toMatchObject({ ok: false, fault: 'certificate_missing', of: ERASURE_ID });
    const folder = mkdtempSync(join(base, 'export-'));
    const whole = await makeFixture({ erasure: { without: 'certificate' } });
    const checkpoints = whole.checkpoints.slice(0, 2);
    const records = whole.records.slice(0, checkpoints.at(-1)?.size);
    await writeFixture(folder, { ...whole, checkpoints, records, seals: whole.seals.slice(0, 1) });
    const { entries, verdict } = await listed(folder);
    expect(verdict).toMatchObject({ ok: true, facts: { erasures: 0, underWay: 1, unanchored: 1 } });
    expect(entries).toMatchObject([{ erasureId: ERASURE_ID, unreadableInBackupsFrom: undefined, anchored: false }]);
  });

  it.each<[string, FalseErasure, object]>([
    ['of something no service destroyed', { without: 'destruction' }, { fault: 'destruction_missing' }],
    ['of other keys', { certificate: { keyIds: [] } }, { fault: 'certificate_differs' }],
    ['of another subject', { certificate: { subject: 'case/another' } }, { fault: 'certificate_differs' }],
    [
      'of an earlier time',
      { certificate: { unreadableHereSince: '2026-11-25T08:30:00.000Z' } },
      { fault: 'certificate_differs' },
    ],
    [
      'of a much later time',
      { certificate: { unreadableHereSince: '2026-11-27T08:30:00.000Z', unreadableInBackupsFrom: '2026-12-26' } },
      { fault: 'certificate_differs' },
    ],
    [
      'of an event that stands elsewhere in the tree',
      { certificate: { events: [{ what: 'key_destroyed', eventId: 'event-destroyed', leafIndex: 150 }] } },
      { fault: 'certificate_differs' },
    ],
    ['of another erasure', { certificate: { erasureId: 'another' } }, { fault: 'certificate_differs' }],
    ['in the name of others', { certificate: { approvedBy: 'eva2026' } }, { fault: 'people_differ' }],
    [
      'of one person',
      { certificate: { approvedBy: 'rik2026' } },
      { fault: 'certificate_false', because: 'certificate_one_person' },
    ],
    [
      'under a head that this log never signed',
      { certificate: { checkpointAfter: 'toeverlaat/00112233/gentia\n250\nAAAA\n\n— x AAAA\n' } },
      { fault: 'certificate_false', because: 'certificate_checkpoint_false' },
    ],
    [
      'with one head only',
      { certificate: { checkpointBefore: null } },
      { fault: 'certificate_false', because: 'certificate_checkpoint_false' },
    ],
    [
      'whose date for backups comes too soon',
      { certificate: { unreadableInBackupsFrom: '2026-11-26' } },
      { because: 'certificate_dates_false' },
    ],
  ])('name a certificate %s', async (_, erasure, wrong) => {
    expect(await wrongIn(erasure)).toMatchObject({ ok: false, of: ERASURE_ID, ...wrong });
  });

  it('name a certificate signed with another key than the one that is trusted', async () => {
    expect(await wrongIn({}, { certificateKeys: ['0'.repeat(32)] })).toMatchObject({
      fault: 'certificate_false',
      because: 'certificate_key_unknown',
    });
  });

  it('name a key that is missing from the anchored ledger or from the list, and one that nobody destroyed', async () => {
    expect(await wrongIn({ sealed: [] })).toMatchObject({ fault: 'key_not_anchored', of: ERASURE_ID });
    expect(await wrongIn({ listed: [] })).toMatchObject({ fault: 'key_unlisted', of: ERASURE_ID });
    // Without an erasure the fixture lists and seals a key all the same.
    expect(await wrongIn(undefined)).toMatchObject({ fault: 'key_unexplained', of: KEY_ID });
    // Not sealed long ago: it may have been destroyed since the export began.
    expect(await wrongIn({ listed: [KEY_ID, 'f'.repeat(36)] })).toMatchObject({ ok: true, facts: { later: 1 } });
  });

  it('and every fault is a sentence in four languages', async () => {
    const verdict = await wrongIn({ certificate: { approvedBy: 'rik2026' } });
    const said = languages.map((language) => erasuresSentences(verdict, language).join(''));
    expect(new Set(said).size).toBe(4);
    for (const text of said) expect(text).not.toMatch(/[{}]|undefined|NaN/);
  });

  it('of a batch are exactly those that its report is of', async () => {
    const options = { certificateKeys: [CERTIFICATE_KEY_ID] };
    const { verdict } = await listed(await exported({ batch: {} }), options);
    expect(verdict).toMatchObject({ ok: true, facts: { erasures: 1, batches: 1 } });
    expect(erasuresSentences(verdict, 'en').join(' ')).toContain('1 signed report(s)');
    expect(await wrongIn({ batch: { certificatesHash: 'cd'.repeat(32) } }, options)).toMatchObject({
      fault: 'report_differs',
      of: BATCH_ID,
    });
    expect(await wrongIn({ batch: { batchId: 'another' } }, options)).toMatchObject({ fault: 'report_differs' });
    // Reported as destroyed, and without a certificate in the log.
    const lines = [{ recordClass: 'informal_case', listed: 2, destroyed: 2, heldBack: 0, leftOut: 0 }];
    expect(await wrongIn({ batch: { lines, certificates: 2 } }, options)).toMatchObject({ fault: 'report_differs' });
    const untrue = await wrongIn({ batch: { certificates: 2 } }, options);
    expect(untrue).toMatchObject({ fault: 'report_false', because: 'report_sums_false' });
    expect(erasuresSentences(untrue, 'de').join(' ')).toContain('Der Bericht geht nicht auf');
  });

  it('are not listed of a folder that does not hold', async () => {
    const folder = await exported({});
    writeFileSync(join(folder, 'records/00000000.bin'), 'x');
    const { entries, verdict } = await listed(folder);
    expect(entries).toEqual([]);
    expect(verdict).toMatchObject({ ok: false, finding: { code: expect.any(String) } });
  });

  it('are a command, with its exit code', async () => {
    const main = join(import.meta.dirname, '..', 'dist', 'main.js');
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, [main, 'erasures', await exported({}), '--language', 'nl']);
    expect(stdout).toContain(ERASED);
    const failed = run(process.execPath, [main, 'erasures', await exported({ sealed: [] })]);
    await expect(failed).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('missing from the ledger') });
  });
});
