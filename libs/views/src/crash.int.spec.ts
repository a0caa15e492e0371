import { createMemoryEventLog } from '@toeverlaat/event-log';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendSample, deskView, fillSample, gentia, sampleStep, zorgnet } from './fixtures/sample.js';
import { rebuildAll } from './rebuild.js';

const here = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

type Ended = { readonly signal: string | null; readonly code: number | null; readonly out: string };

/** Runs the following process; `point` is where it dies. */
const follow = (folder: string, point: string, nth: number): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        '--no-warnings',
        '--experimental-transform-types',
        '--conditions=source',
        '--import',
        here('source-hooks.mjs'),
        here('crash-child.ts'),
        folder,
        point,
        String(nth),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, out: out.trim() }));
  });

/** What the child's whole log gives when it is read once, by nobody who dies. */
const expectedHash = async (folder: string): Promise<string | undefined> => {
  const log = createMemoryEventLog();
  await fillSample(log, 2, 1);
  for (let step = 1; step < 5; step += 1)
    for (const id of ['f0', 'f1'])
      for (const organisation of [gentia, zorgnet]) await appendSample(log, organisation, id, step, sampleStep(step));
  const [answer] = await rebuildAll({ log, folder, service: 'again', views: [deskView] });
  return answer?.hash;
};

describe('a process killed with SIGKILL', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'views-crash-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const file = () => join(folder, 'sample', 'desk.v1.sqlite');

  for (const point of ['before write', 'between write and commit', 'after commit'] as const)
    for (const nth of [1, 3])
      it(`${point} of transaction ${nth}: rows and checkpoint agree, and nothing is lost or done twice`, async () => {
        expect(await follow(folder, point, nth)).toMatchObject({ signal: 'SIGKILL' });

        // What the next process finds: exactly the events up to the checkpoint.
        const db = new DatabaseSync(file());
        const position = db.prepare('SELECT position FROM view_checkpoint').get()?.['position'];
        const contacts = db.prepare('SELECT count(*) AS n FROM contacts').get()?.['n'];
        const counted = db.prepare('SELECT sum(contacts) AS n FROM files').get()?.['n'];
        db.close();
        const log = createMemoryEventLog();
        await fillSample(log, 2, 1);
        for (let step = 1; step < 5; step += 1)
          for (const id of ['f0', 'f1'])
            for (const organisation of [gentia, zorgnet])
              await appendSample(log, organisation, id, step, sampleStep(step));
        const { events } = await log.readAll({ limit: 1_000 });
        const upTo = events.filter((event) => event.position <= String(position));
        const rows = upTo.filter(({ type }) => type === 'sample.ContactAdded.v1').length;
        expect({ contacts, counted }).toEqual({ contacts: rows, counted: rows });
        expect(upTo.length).toBeGreaterThan(0);

        const again = await follow(folder, 'never', 0);
        expect(again).toMatchObject({ signal: null, code: 0, out: await expectedHash(folder) });
      });

  it('while it builds: no half-built file is ever taken for a view', async () => {
    expect(await follow(folder, 'while building', 3)).toMatchObject({ signal: 'SIGKILL' });
    expect(existsSync(file())).toBe(false);
    const again = await follow(folder, 'never', 0);
    expect(again).toMatchObject({ code: 0, out: await expectedHash(folder) });
  });
});
