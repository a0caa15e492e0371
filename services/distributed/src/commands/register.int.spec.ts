import { BOOTSTRAP_CAPACITY, foundOrganisation } from '@toeverlaat/contracts';
import { createGrpcClient, endpointsSchema, readIdentity, writeCertificates } from '@toeverlaat/grpc';
import { foundingsOf } from '@toeverlaat/standalone';
import { openSqliteEventLog } from '@toeverlaat/event-log';
import { organisationId, systemClock } from '@toeverlaat/values';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKeys } from '../adapters.js';
import { freePorts } from '@toeverlaat/kafka-broker/free-ports';

const built = (name: string): string => fileURLToPath(new URL(`../../dist/${name}.js`, import.meta.url));
const EXAMPLE = fileURLToPath(new URL('../../../../docs/how-to/examples/organisations.yaml', import.meta.url));
const TIMEOUT_MS = 300_000;

/* The command against a directory that is a process of its own, outside the demonstration, on a log that holds nothing. */
describe('registering organisations in a distributed deployment', () => {
  let folder: string;
  let directory: ChildProcess;
  let address: string;

  const run = (entry: string, argv: readonly string[]) => {
    const child = spawn(process.execPath, [built(entry), ...argv], { env: { PATH: process.env['PATH'] } });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
    const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      child.on('close', (code) => resolve({ code, out, err }));
    });
    return { child, ended };
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'register-'));
    const certificates = join(folder, 'certificates');
    writeCertificates(certificates);
    const rootKey = join(folder, 'root.key');
    mkdirSync(join(folder, 'log'));
    await (await openKeys({ kind: 'folder', folder: join(folder, 'keys') }, rootKey, systemClock, true)).close();
    const port = await freePorts('127.0.0.1')();
    address = `127.0.0.1:${port}`;
    ({ child: directory } = run('main', [
      '--service',
      'directory',
      '--profile',
      'production',
      '--anchor-file',
      join(folder, 'anchor.jsonl'),
      '--port',
      String(port),
      '--data',
      join(folder, 'directory'),
      '--log',
      `sqlite:${join(folder, 'log', 'events.sqlite')}`,
      '--keys',
      join(folder, 'keys'),
      '--root-key',
      rootKey,
      '--messaging',
      join(folder, 'messaging.sqlite'),
      '--certificates',
      certificates,
    ]));
  });
  afterAll(async () => {
    const gone = new Promise((resolve) => directory.once('close', resolve));
    directory.kill('SIGTERM');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    'is done once over RPC by whoever has the operator’s certificate, and by nobody else',
    async () => {
      const argv = (certificates = join(folder, 'certificates')) => [
        '--file',
        EXAMPLE,
        '--directory-at',
        address,
        '--certificates',
        certificates,
      ];
      // Asks again while the process is still starting.
      const first = await run('commands/register', argv()).ended;
      expect(first).toMatchObject({ code: 0, err: '' });
      expect(first.out).toMatch(/^welzorg: registered: .*\nstaalwerk: registered: /u);
      const again = await run('commands/register', argv()).ended;
      expect(again.out.match(/is registered already, nothing changed/gu)).toHaveLength(2);

      const caller = {
        role: 'platform_operator',
        organisation: organisationId('toeverlaat'),
        pseudonym: 'bootstrap',
        capacityId: BOOTSTRAP_CAPACITY,
        sites: [],
      } as const;
      const [founding] = foundingsOf(EXAMPLE);
      for (const peer of ['gateway', 'records'] as const) {
        const client = createGrpcClient({
          identity: readIdentity(join(folder, 'certificates'), peer),
          services: { directory: endpointsSchema.parse(address) },
        });
        const { commandId = '', data } = founding ?? {};
        const context = { requestId: commandId, correlationId: commandId, caller, purpose: 'operate' };
        if (data === undefined) throw new RangeError('an organisation');
        const reply = await client.rpc.command(foundOrganisation, { ...context, language: 'nl' }, { commandId, data });
        // The operator would be told that it was done before.
        expect([peer, reply.ok]).toEqual([peer, false]);
        client.close();
      }
      expect(await run('commands/register', ['--file', EXAMPLE]).ended).toMatchObject({
        code: 2,
        err: expect.stringContaining('--directory-at') as string,
      });
      const log = await openSqliteEventLog({ file: join(folder, 'log', 'events.sqlite') });
      const { events } = await log.readAll({ limit: 10_000 });
      await log.close();
      expect(new Set(events.map(({ organisation }) => organisation))).toEqual(new Set(['welzorg', 'staalwerk']));
      expect(events.filter(({ type }) => type === 'directory.OrganisationRegistered.v1')).toHaveLength(2);
    },
    TIMEOUT_MS,
  );
});
