import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

// Processes that start one after the other, on a machine that has more to do.
vi.setConfig({ testTimeout: 240_000 });

/** The built program, as `npm start` runs it. */
const built = (entry: string): string => fileURLToPath(new URL(`../dist/${entry}.js`, import.meta.url));

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'standalone-main-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

const run = (entry: string, argv: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
  const child = spawn(process.execPath, [built(entry), ...argv], {
    env: { PATH: process.env['PATH'], ...environment },
  });
  children.push(child);
  let out = '';
  let err = '';
  const listens = Promise.withResolvers<string>();
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString('utf8');
    const url = /listens on (http:\S+)/u.exec(out)?.[1];
    if (url !== undefined) listens.resolve(url);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString('utf8');
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => {
      listens.reject(new Error(`ended with ${code}: ${err}`));
      resolve({ code, out, err });
    });
  });
  listens.promise.catch(() => undefined);
  return { child, ended, listens: listens.promise };
};

describe('npm start', () => {
  it('says which setting is wrong, and ends with 2', async () => {
    expect(await run('main', ['--data', folder, '--port', 'many']).ended).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^The setting port is wrong .*\nsetting port .*--port \/ TOEVERLAAT_PORT/u) as string,
    });
    const dutch = await run('main', ['--data', folder, '--port', 'many'], { LANG: 'nl_BE.UTF-8' }).ended;
    expect(dutch.err).toMatch(/^De instelling port is fout/u);
    const { code, err } = await run('main', ['--data', folder, '--prot', '1']).ended;
    expect([code, err]).toEqual([2, expect.stringContaining('--prot') as string]);
    expect((await run('main', [], { TOEVERLAAT_SEED: '-1', TOEVERLAAT_DATA: folder }).ended).err).toContain(
      'TOEVERLAAT_SEED',
    );
  });

  it('refuses a production start with the root key on the disk of the log', async () => {
    const { code, err } = await run('main', ['--data', folder, '--profile', 'production']).ended;
    expect(code).toBe(2);
    expect(err).toContain('--accept-root-key-on-the-logs-disk');
  });

  it.skipIf(process.platform === 'win32')('makes everything it keeps for its own user alone', async () => {
    const data = join(folder, 'made');
    const flags = '--port 0 --profile production --accept-root-key-on-the-logs-disk --oidc-audience toeverlaat';
    const more = ['--oidc-issuer', 'http://127.0.0.1:9', '--anchor-file', join(folder, 'anchor.jsonl')];
    const product = run('main', [...flags.split(' '), '--data', data, ...more]);
    await product.listens;
    const made = ['.', ...readdirSync(data, { recursive: true, encoding: 'utf8' })];
    for (const file of ['log/events.sqlite', 'log/events.sqlite-wal', 'root.key', 'reactors.sqlite', 'keys/vault'])
      expect(made).toContain(file);
    const open = made.filter((path) => {
      const file = join(data, path);
      return existsSync(file) && (statSync(file).mode & 0o077) !== 0;
    });
    expect(open).toEqual([]);
    product.child.kill('SIGTERM');
    expect(await product.ended).toMatchObject({ code: 0, err: '' });
  });

  it('starts, refuses a second start on the folder, and stops cleanly on a signal', async () => {
    const first = run('main', ['--data', folder, '--port', '0']);
    const url = await first.listens;
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const second = await run('main', ['--data', folder, '--port', '0']).ended;
    expect(second.code).toBe(1);
    expect(second.err).toContain(
      `DataFolderInUse: ${folder} is in use by another process (process ${first.child.pid})`,
    );
    // A terminal and the launchers pass the same Ctrl-C on several times.
    first.child.kill('SIGINT');
    first.child.kill('SIGINT');
    const { code, err } = await first.ended;
    // How far the demonstration was; nothing of it is output.
    expect([code, err.replaceAll(/^Playing the demonstration \d+\/\d+\n/gmu, '')]).toEqual([0, '']);
    expect((await first.ended).out).not.toContain('Playing');
    expect((await run('commands/views-command', ['verify', '--data', folder]).ended).code).toBe(0);
    expect((await run('commands/log-check', ['--data', folder]).ended).code).toBe(0);
  });

  it('says what a command does not understand', async () => {
    expect((await run('commands/parked', ['throw', '--data', folder]).ended).code).toBe(2);
    expect((await run('commands/parked', ['discard', 'case', '1', '--data', folder]).ended).err).toContain('--motive');
    expect((await run('commands/demo-token', ['lies@gentia', '--url', 'http://127.0.0.1:9']).ended).err).toContain(
      'nothing answers',
    );
    expect((await run('commands/log-check', ['--data', join(folder, 'none')]).ended).err).toContain('there is no log');
  });
});
