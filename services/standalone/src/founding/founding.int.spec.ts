import * as c from '@toeverlaat/contracts';
import type { RecordedEvent } from '@toeverlaat/event-log';
import { wordingVersion } from '@toeverlaat/legal';
import { localDateOf, organisationId, systemClock } from '@toeverlaat/values';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose, type Product } from '../compose.js';
import { asked, done, type Actor } from '../demo/actors.js';
import { createGraphqlDriver } from '../demo/graphql-driver.js';
import { readSettings } from '../settings.js';
import { readFoundings } from './file.js';
import { foundAll } from './found.js';
import { startIdentityProvider } from './identity-provider.fixture.js';

const EXAMPLE = fileURLToPath(new URL('../../../../docs/how-to/examples/organisations.yaml', import.meta.url));
const COMMAND = fileURLToPath(new URL('../../dist/commands/register.js', import.meta.url));
const ISSUER = 'https://id.example.org';
const AUDIENCE = 'toeverlaat';
const WAIT_MS = 120_000;
const TIMEOUT_MS = 300_000;

type Provider = Awaited<ReturnType<typeof startIdentityProvider>>;
let folder: string;
let provider: Provider;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'founding-'));
  provider = await startIdentityProvider(ISSUER, AUDIENCE);
});
afterAll(async () => {
  await provider.close();
  rmSync(folder, { recursive: true, force: true });
});

const flags = (data: string): readonly string[] => [
  '--profile',
  'production',
  '--data',
  data,
  '--port',
  '0',
  '--accept-root-key-on-the-logs-disk',
  '--anchor-file',
  join(folder, 'anchor.jsonl'),
  '--oidc-issuer',
  ISSUER,
  '--oidc-audience',
  AUDIENCE,
  '--oidc-jwks',
  provider.jwks,
];

const run = (argv: readonly string[]): Promise<{ code: number | null; out: string; err: string }> => {
  const child = spawn(process.execPath, [COMMAND, ...argv], { env: { PATH: process.env['PATH'] } });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
};

const changed = (name: string, from: string | RegExp, to: string): string => {
  const file = join(folder, name);
  const text = readFileSync(EXAMPLE, 'utf8');
  expect(text).toMatch(from);
  writeFileSync(file, text.replace(from, to));
  return file;
};

const opened = async (data: string): Promise<Product> => {
  const settings = readSettings(flags(data), {});
  if (!settings.ok) throw new Error(settings.error.help);
  return compose({ ...settings.value, logLevel: 'silent' }, { timersEveryMs: 0 });
};

describe('an empty deployment outside the demonstration', () => {
  it(
    'is used after one command: a worker’s request is heard in each of two organisations that share ids',
    async () => {
      const data = join(folder, 'used');
      const first = await run(['--file', EXAMPLE, ...flags(data)]);
      expect(first).toMatchObject({ code: 0, err: '' });
      expect(first.out).toContain('welzorg: registered: 1 sites, 3 people, 0 counsellors of its own');
      expect(first.out).toContain(
        'staalwerk: registered: 2 sites, 4 people, 1 counsellors of its own, 2 mandates of welzorg',
      );
      const again = await run(['--file', EXAMPLE, ...flags(data)]);
      expect(again).toMatchObject({ code: 0, err: '' });
      expect(again.out.match(/is registered already, nothing changed/gu)).toHaveLength(2);

      const product = await opened(data);
      try {
        const { url } = await product.listen();
        expect(await product.whenSettled(WAIT_MS)).toBe(true);
        const driver = createGraphqlDriver(url, undefined, provider.tokenOf);
        const staalwerk = organisationId('staalwerk');
        const welzorg = organisationId('welzorg');
        const as = (role: Exclude<Actor['who']['as'], 'anonymous_worker'>, subject: string, organisation = staalwerk) =>
          driver.actor({ as: role, subject, organisation });
        const jan = as('worker', '8812-jan-staalwerk');
        const own = as('counsellor', '31de-lies-staalwerk');
        const external = as('counsellor', '77aa-lies-welzorg');
        const cards = await asked(jan, c.counsellorCardsQuery, { siteId: 'ghent' });
        expect(cards.map(({ home, person, placement }) => [home, person, placement]).toSorted()).toEqual([
          ['staalwerk', 'lies', 'internal'],
          ['welzorg', 'lies', 'external'],
        ]);
        for (const [counsellor, home] of [
          [own, 'staalwerk'],
          [external, 'welzorg'],
        ] as const) {
          const designationId = cards.find((card) => card.home === home)?.designationId ?? '';
          const requestId = await done(jan, c.sendRequestCommand, crypto.randomUUID(), {
            way: 'signed_in',
            site: 'ghent',
            designationId,
            language: 'nl',
            escalation: 'nobody',
            wordingVersion,
            kindOfFacts: 'violence',
            message: 'Kan ik u spreken?',
          });
          expect(await product.whenSettled(WAIT_MS)).toBe(true);
          const heard = await asked(counsellor, c.requestQuery, { requestId });
          expect(heard).toMatchObject({ message: 'Kan ik u spreken?' });
          await done(counsellor, c.acceptRequestCommand, crypto.randomUUID(), { requestId });
        }
        // The employer's adviser is the external service's, under a mandate; in its own house nobody reaches the client.
        expect((await as('prevention_adviser', '0b7d-eva-welzorg').query(c.counsellorCardsQuery, {})).ok).toBe(true);
        const worker = as('worker', '77aa-lies-welzorg', welzorg);
        expect(await asked(worker, c.counsellorCardsQuery, {})).toEqual([]);
        // The administrator goes on from there, and sees who did what: the installation, not a person.
        const administrator = as('administrator', '9c44-ann-staalwerk');
        const designations = await asked(administrator, c.designationListQuery, {});
        expect(designations.map(({ inEffect }) => inEffect)).toEqual([true, true]);
        const stored: RecordedEvent[] = [];
        for (const category of ['organisation', 'person', 'designation', 'contract', 'mandate'])
          stored.push(...(await eventsOf(product, `directory.${category}`)));
        expect(new Set(stored.map(({ type }) => type))).toContain('directory.DesignationStarted.v1');
        for (const { metadata } of stored)
          expect(JSON.parse(Buffer.from(metadata).toString('utf8'))).toMatchObject({
            actor: { pseudonym: 'bootstrap', capacity: 'platform_operator' },
          });
      } finally {
        await product.stop();
      }
    },
    TIMEOUT_MS,
  );

  it(
    'takes nothing of a founding that one rule refuses, and all of it once it is mended',
    async () => {
      const data = join(folder, 'refused');
      const wrong = changed(
        'agreement.yaml',
        /on: 2025-03-03, unanimous: true \}\n {10}from/u,
        'on: 2025-03-03, unanimous: false }\n          from',
      );
      const refused = await run(['--file', wrong, ...flags(data)]);
      expect(refused.code).toBe(3);
      expect(refused.out).toContain('welzorg: registered');
      expect(refused.err).toMatch(
        /staalwerk: refused, nothing of it stands: people\.0\.counsellor \(agreement_not_unanimous, /u,
      );
      const mended = await run(['--file', EXAMPLE, ...flags(data)]);
      expect(mended).toMatchObject({ code: 0, err: '' });
      expect(mended.out).toMatch(/welzorg: is registered already.*\nstaalwerk: registered/u);
      const other = await run(['--file', wrong, ...flags(data)]);
      expect(other.code).toBe(3);
      expect(other.err).toContain('its administrator changes');
    },
    TIMEOUT_MS,
  );

  it(
    'completes what a crash left undone, at every append',
    async () => {
      const requests = readFoundings(readFileSync(EXAMPLE, 'utf8'));
      if (!requests.ok) throw new Error(JSON.stringify(requests.error));
      const settings = readSettings(['--data', join(folder, 'crash'), '--port', '0', '--log-level', 'silent'], {});
      if (!settings.ok) throw new Error(settings.error.help);
      let left = Number.POSITIVE_INFINITY;
      const product = await compose(settings.value, {
        memory: true,
        clock: systemClock,
        withoutDoor: true,
        timersEveryMs: 0,
        wrapLog: (log) => ({
          ...log,
          append: (request) => {
            if (request.stream.startsWith('directory.') && !request.stream.includes('.access-') && (left -= 1) < 0)
              throw new Error('cut off');
            return log.append(request);
          },
        }),
      });
      try {
        const [service, client] = requests.value;
        if (service === undefined || client === undefined) throw new Error('two organisations');
        // A later one under another id each time, cut off after n appends, then completed.
        left = Number.POSITIVE_INFINITY;
        expect(await foundAll(product.rpc, [service])).toMatchObject([{ outcome: 'founded' }]);
        const whole = { ...client, data: { ...client.data, organisation: organisationId('whole') } };
        await foundAll(product.rpc, [whole]);
        const expected = await shapeOf(product, 'whole');
        expect(expected.length).toBeGreaterThan(25);
        for (const n of [1, 2, 6, 13, 20, expected.length - 1]) {
          const organisation = organisationId(`cut${n}`);
          const cut = { commandId: crypto.randomUUID(), data: { ...client.data, organisation } };
          left = n;
          await expect(direct(product, cut)).resolves.toMatchObject({ ok: false });
          expect(await shapeOf(product, organisation)).toHaveLength(n);
          left = Number.POSITIVE_INFINITY;
          await expect(direct(product, cut)).resolves.toMatchObject({ ok: true, repeated: false });
          expect(await shapeOf(product, organisation)).toEqual(expected);
          await expect(direct(product, cut)).resolves.toMatchObject({ ok: true, repeated: true });
          expect(await shapeOf(product, organisation)).toEqual(expected);
        }
      } finally {
        await product.stop();
      }
    },
    TIMEOUT_MS,
  );
});

describe('the file', () => {
  it(
    'is refused with every field that is wrong and the rule it breaks; nothing is written',
    async () => {
      const cases = [
        [
          /regime: dutch\n {4}site: \{ siteId: ghent, name: Zetel/u,
          'regime: flemish\n    site: { siteId: ghent, name: Zetel',
          'organisations.0.regime (invalid_value)',
        ],
        ['subject: 77aa-lies-welzorg', 'subject: 0b7d-eva-welzorg', 'organisations.0.people.1.subject (repeated)'],
        [
          'sites: [ghent, brussels]',
          'sites: [ghent, antwerp]',
          'organisations.1.people.0.counsellor.sites.1 (unknown_site)',
        ],
        ['roles: [employer]', 'roles: [platform_operator]', 'organisations.1.people.1.roles.0 (invalid_value)'],
        ['role: counsellor', 'role: auditor', 'organisations.1.contract.mandates.1.counsellor (for_counsellors_only)'],
        ['organisation: staalwerk', 'organisation: installation', 'organisations.1.organisation (reserved)'],
        ['kind: employer', 'kind: employer\n    kind: employer', 'file (malformed)'],
        ['legalName: Staalwerk nv', 'legalName: Staalwerk nv\n    colour: red', 'organisations.1 (unrecognized_keys)'],
      ] as const;
      for (const [from, to, says] of cases) {
        const text = readFileSync(EXAMPLE, 'utf8');
        const read = readFoundings(text.replace(from, to));
        const faults = read.ok ? [] : read.error.map(({ field, rule }) => `${field} (${rule})`);
        expect(faults).toContain(says);
      }
      const data = join(folder, 'wrong');
      const { code, err } = await run([
        '--file',
        changed('wrong.yaml', 'roles: [employer]', 'roles: [boss]'),
        ...flags(data),
      ]);
      expect([code, err]).toEqual([2, expect.stringContaining('organisations.1.people.1.roles.0') as string]);
      const elsewhere = changed('issuer.yaml', /issuer: \S+/u, 'issuer: https://other.example.org');
      expect(await run(['--file', elsewhere, ...flags(data)])).toMatchObject({
        code: 2,
        err: expect.stringContaining('organisations.0.issuer (not_accepted)') as string,
      });
    },
    TIMEOUT_MS,
  );

  it(
    'is tried against every rule with --dry-run, and nothing is made',
    async () => {
      const data = join(folder, 'dry');
      const tried = await run(['--file', EXAMPLE, '--dry-run', ...flags(data)]);
      expect(tried).toMatchObject({ code: 0, err: '' });
      expect(tried.out).toMatch(
        /welzorg: would be registered: .*\nstaalwerk: would be registered: .*\nNothing was written/u,
      );
      const tomorrow = localDateOf(new Date(Date.now() + 5 * 86_400_000).toISOString());
      const wrong = changed('future.yaml', 'countedOn: 2026-01-01', `countedOn: ${tomorrow}`);
      expect(await run(['--file', wrong, '--dry-run'])).toMatchObject({
        code: 3,
        err: expect.stringContaining('workers.countedOn (date_in_future)') as string,
      });
      expect(() => readFileSync(join(data, 'root.key'))).toThrow('ENOENT');
    },
    TIMEOUT_MS,
  );
});

const eventsOf = async (product: Product, category: string): Promise<readonly RecordedEvent[]> => {
  const { events } = await product.log.readAll({ limit: 10_000 });
  return events.filter(({ stream }) => stream.startsWith(`${category}-`));
};

/** What stands of an organisation, without what is its own: types by stream category, in order. */
const shapeOf = async (product: Product, organisation: string): Promise<readonly string[]> => {
  const { events } = await product.log.readAll({ limit: 10_000 });
  return events
    .filter((one) => one.organisation === organisation && /^directory\.(?!access-)/u.test(one.stream))
    .map((one) => one.type);
};

const direct = (product: Product, { commandId, data }: { commandId: string; data: c.Founding }) =>
  product.rpc.command(
    c.foundOrganisation,
    {
      requestId: commandId,
      correlationId: commandId,
      caller: {
        role: 'platform_operator',
        organisation: organisationId('toeverlaat'),
        pseudonym: 'bootstrap',
        capacityId: c.BOOTSTRAP_CAPACITY,
        sites: [],
      },
      purpose: 'operate',
      language: 'nl',
    },
    { commandId, data },
  );
