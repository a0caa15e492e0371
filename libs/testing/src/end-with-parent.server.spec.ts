import { once } from 'node:events';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canStartKafka } from '@toeverlaat/kafka-broker';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { postgresBinaries } from './postgres-server.js';

const ROOT = join(import.meta.dirname, '../../..');
const LONG_MS = 400_000;
const WAIT = { timeout: 180_000, interval: 200 };

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });

const servers = [
  {
    name: 'PostgreSQL',
    lacks: postgresBinaries() === undefined ? 'postgres: its server binaries on this machine' : undefined,
    command: ['infra/postgres/with-postgres.mjs'],
    variable: 'TOEVERLAAT_TEST_POSTGRES',
    portOf: (address: string) => Number(new URL(address).port),
  },
  {
    name: 'Kafka',
    lacks: canStartKafka() ? undefined : 'kafka: Java and Maven on this machine',
    command: ['infra/kafka/with-kafka.mjs'],
    variable: 'TOEVERLAAT_TEST_KAFKA',
    portOf: (address: string) => Number(address.split(':')[1]),
  },
] as const;

describe('a server whose parent is killed', () => {
  let folder: string;
  let parent: ChildProcess | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'toeverlaat-ends-'));
    // PostgreSQL's own user must reach what is in it.
    chmodSync(folder, 0o755);
  });
  afterEach(() => {
    parent?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  for (const { name, lacks, command, variable, portOf } of servers)
    (lacks === undefined ? describe : describe.skip)(`${name}${lacks === undefined ? '' : ` [needs ${lacks}]`}`, () => {
      it(
        'ends with it and leaves no folder',
        async () => {
          // Ends itself with its input, which nobody else holds open.
          const held = spawn(process.execPath, [...command, 'sh', '-c', `echo "at $${variable}"; cat >/dev/null`], {
            cwd: ROOT,
            env: { ...process.env, TMPDIR: folder },
            stdio: ['pipe', 'pipe', 'inherit'],
          });
          parent = held;
          let said = '';
          held.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
          await expect.poll(() => said, WAIT).toMatch(/^at \S+$/mu);
          const port = portOf(/^at (\S+)$/mu.exec(said)?.[1] ?? '');
          expect(await listens(port)).toBe(true);
          expect(readdirSync(folder)).not.toEqual([]);

          const ended = once(held, 'exit');
          held.kill('SIGKILL');
          await ended;
          held.stdin.end();

          await expect.poll(() => listens(port), WAIT).toBe(false);
          await expect.poll(() => readdirSync(folder), WAIT).toEqual([]);
        },
        LONG_MS,
      );
    });

  it('is left alone by who ended everything in order, and a process that has ended is not told', async () => {
    const module = JSON.stringify(join(ROOT, 'infra/kafka/end-with-parent.mjs'));
    const bystander = spawn('sleep', ['600']);
    parent = bystander;
    const kept = join(folder, 'kept');
    const script = `
      const { endWithParent } = await import(${module});
      const orderly = endWithParent(process.env.KEPT);
      orderly.holds(${bystander.pid ?? 0}, 'KILL');
      orderly.done();
      const killed = endWithParent(process.env.GOES);
      killed.holds(${bystander.pid ?? 0}, 'KILL');
      killed.gone(${bystander.pid ?? 0});
      process.stdout.write('told', () => process.kill(process.pid, 'SIGKILL'));`;
    for (const made of [kept, join(folder, 'goes')]) spawnSync('mkdir', [made]);
    spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, KEPT: kept, GOES: join(folder, 'goes') },
    });
    await expect.poll(() => readdirSync(folder), WAIT).toEqual(['kept']);
    expect(bystander.exitCode).toBeNull();
    expect(bystander.signalCode).toBeNull();
  });
});
