import { openSqliteEventLog, streamName, type EventLog } from '@toeverlaat/event-log';
import { openPostgresEventLog } from '@toeverlaat/postgres';
import { createTestDatabase } from '@toeverlaat/postgres/test-database';
import { sampleEvent } from '@toeverlaat/testing/event-log-sample';
import { describeWith } from '@toeverlaat/testing/needs';
import { organisationId } from '@toeverlaat/values';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';

const ORGANISATIONS = [organisationId('gentia'), organisationId('zorgnet')] as const;
const ROOT = join(import.meta.dirname, '..', '..', '..', '..');
/** As the product runs it; built by whoever runs the tests. */
const COMMAND = join(ROOT, 'services', 'distributed', 'dist', 'commands', 'copy-log.js');

type Run = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly out: string };

const run = (from: string, to: string, env: Readonly<Record<string, string>>) => {
  const child = spawn(process.execPath, [COMMAND, '--from', from, '--to', to], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
  const ended = new Promise<Run>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, out })));
  return { ended, kill: () => child.kill('SIGKILL') };
};

const eventsOf = async (log: EventLog): Promise<readonly string[]> => {
  const all: string[] = [];
  let after: Awaited<ReturnType<EventLog['readAll']>>['next'];
  for (;;) {
    const slice = await log.readAll({ limit: 1_000, ...(after === undefined ? {} : { after }) });
    all.push(
      ...slice.events.map(
        ({ stream, revision, eventId, metadata, data }) =>
          `${stream} ${revision} ${eventId} ${Buffer.from(metadata).toString('hex')} ${Buffer.from(data).toString('hex')}`,
      ),
    );
    if (slice.atEnd) return all;
    after = slice.next;
  }
};

describeWith('postgres', 'copying a log', (address) => {
  it('from a file to PostgreSQL, killed in the middle, and back into a file: the same, byte for byte', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'copy-log-'));
    try {
      const [first, last] = [join(folder, 'first.sqlite'), join(folder, 'last.sqlite')];
      const source = openSqliteEventLog({ file: first });
      for (let round = 0; round < 400; round += 1)
        await Promise.all(
          ORGANISATIONS.flatMap((organisation) =>
            [0, 1, 2].map((n) =>
              source.append({
                organisation,
                // The same ids in both.
                stream: streamName('sample.note', organisation, `s${(round * 3 + n) % 17}`),
                expected: 'any',
                events: Array.from({ length: (n % 3) + 1 }, (_, index) => sampleEvent(`${round} ${n} ${index}`, 300)),
              }),
            ),
          ),
        );
      const wanted = await eventsOf(source);
      await source.close();
      expect(wanted).toHaveLength(400 * 2 * 6);

      const database = await createTestDatabase(address);
      const env = { COPY_TO: database.application };
      const target = await openPostgresEventLog({ connectionString: database.application });
      const cut = run(`sqlite:${first}`, 'env:COPY_TO', env);
      await vi.waitFor(async () => expect((await target.readAll({ limit: 1 })).events).toHaveLength(1), {
        timeout: 60_000,
        interval: 2,
      });
      cut.kill();
      expect((await cut.ended).signal).toBe('SIGKILL');
      const part = (await eventsOf(target)).length;
      expect(part).toBeGreaterThan(0);
      expect(part).toBeLessThan(wanted.length);
      const rest = await run(`sqlite:${first}`, 'env:COPY_TO', env).ended;
      expect(rest).toMatchObject({ code: 0 });
      expect(rest.out).toContain(`${wanted.length} events in 34 streams are the same in both`);
      expect((await eventsOf(target)).toSorted()).toEqual(wanted.toSorted());
      await target.close();

      const back = await run('env:COPY_TO', `sqlite:${last}`, env).ended;
      expect(back.code).toBe(0);
      const digest = /sha256 of all leaves ([0-9a-f]{64})/;
      expect(digest.exec(back.out)?.[1]).toBe(digest.exec(rest.out)?.[1]);
      const copy = openSqliteEventLog({ file: last });
      expect((await eventsOf(copy)).toSorted()).toEqual(wanted.toSorted());

      // Another log in the target: refused, and nothing is added.
      const [gentia] = ORGANISATIONS;
      await copy.append({
        organisation: gentia,
        stream: streamName('sample.note', gentia, 'other'),
        expected: 'none',
        events: [sampleEvent('x')],
      });
      await copy.close();
      const refused = await run(`sqlite:${first}`, `sqlite:${last}`, {}).ended;
      expect(refused).toMatchObject({ code: 1 });
      expect(refused.out).toContain('nothing was copied');
      const secret = await run(`sqlite:${first}`, 'postgres://app:geheim@127.0.0.1/x', {}).ended;
      expect(secret).toMatchObject({ code: 3 });
      expect(secret.out).not.toContain('geheim');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
