import { registerOrganisation, type RequestContext } from '@toeverlaat/contracts';
import { bootstrapCaller } from '@toeverlaat/directory';
import { randomId, uuidV5 } from '@toeverlaat/values';
import { verifyFolder } from '@toeverlaat/verify';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compose, type Product } from '../compose.js';
import { readSettings } from '../settings.js';

/* The operator's commands of the evidence as processes of their own, beside a product that runs on the same folder. */

let folder: string;
let product: Product;
const register = async (organisation: string): Promise<void> => {
  const id = randomId();
  const context: RequestContext = {
    requestId: id,
    correlationId: id,
    caller: bootstrapCaller,
    purpose: 'administer',
    language: 'nl',
  };
  const reply = await product.rpc.command(registerOrganisation, context, {
    commandId: uuidV5('test', organisation),
    data: {
      organisation,
      kind: 'employer',
      legalName: organisation,
      regime: 'dutch',
      site: { siteId: 'gent', name: 'Gent', place: 'Gent', regime: 'dutch', languages: ['nl'] },
      issuer: 'https://id.example.org',
      administrator: { personId: 'p-ann', name: 'Ann', languages: ['nl'], subject: `ann@${organisation}` },
    },
  });
  if (!reply.ok) throw new Error('not registered');
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'evidence-command-'));
  const settings = readSettings(['--data', join(folder, 'data'), '--port', '0', '--log-level', 'silent'], {});
  if (!settings.ok) throw new Error(settings.error.help);
  product = await compose(settings.value, { timersEveryMs: 0, withoutDoor: true });
  await register('gentia');
  await register('zorgnet');
  if (!(await product.whenSettled())) throw new Error('not settled');
  await product.runTimers();
}, 180_000);
afterAll(async () => {
  await product.stop();
  rmSync(folder, { recursive: true, force: true });
});

const command = async (...argv: readonly string[]) => {
  const script = new URL('../../dist/commands/evidence.js', import.meta.url).pathname;
  const data = ['--data', join(folder, 'data')];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...argv, ...data], {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    return { code: 0, said: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: `${stdout}${stderr}` };
  }
};

it('say how far the evidence is, sign and export while the product runs, which goes on undisturbed', async () => {
  const { code, said } = await command('status');
  expect([code, said]).toEqual([0, expect.stringContaining('gentia: ')]);
  expect(said).toMatch(/zorgnet: (\d+) in order, \1 in the tree, \d+ under a checkpoint/);
  for (const organisation of ['gentia', 'zorgnet']) {
    const out = join(folder, organisation);
    expect(await command('export', '--organisation', organisation, '--out', out)).toMatchObject({ code: 0 });
    expect(await verifyFolder(out)).toMatchObject({ ok: true, facts: { organisation } });
  }
  expect(await command('publish', '--organisation', 'gentia')).toMatchObject({ code: 0 });
  await product.runTimers();
  expect(await product.whenSettled()).toBe(true);
  const after = await command('status');
  expect([after.code, after.said]).toEqual([0, expect.not.stringContaining('stopped by')]);
}, 240_000);

it('refuse what only one may do, and say why', async () => {
  for (const verb of [['seal'], ['change-signer', '--organisation', 'gentia']]) {
    const { code, said } = await command(...verb);
    expect(code).not.toBe(0);
    expect(said).toContain('in use by another process');
  }
}, 120_000);
