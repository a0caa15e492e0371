import { keysSettingsSchema, prepareSettingsSchema, processSettingsSchema } from '@toeverlaat/distributed';
import { clientConfigOf } from '@toeverlaat/postgres';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { composeServices, deploymentMap, manifests } from './deployment.js';
import { readText, ROOT } from './workspace.js';

/*
 * What containers are told, held to what the programs in them read: a variable that nobody reads, a value that is refused, a
 * path where nothing is mounted, a port that nobody listens on is found here and not at the first start.
 */

const { ports, services, jobs, workers, engines, arrows } = deploymentMap;
const dockerfile = readText('infra/docker/Dockerfile');

type Mount = { readonly at: string; readonly readOnly: boolean; readonly from: string };
type Container = {
  readonly of: string;
  readonly name: string;
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  /** The paths that the process's own secret has below `/run/toeverlaat`; undefined where a volume has all of them. */
  readonly ownFiles?: readonly string[];
};

const defaultCommand = /AS distributed[\s\S]*?\nCMD \["([^"]+)"\]/u.exec(dockerfile)?.[1] ?? '';
const ours = new Set([...Object.keys(services), ...Object.keys(jobs), ...Object.keys(workers)]);

const mountOf = (text: string): Mount => {
  const [from = '', at, mode] = text.split(':');
  return at === undefined ? { at: from, from: '', readOnly: false } : { at, from, readOnly: mode === 'ro' };
};
const inCompose: readonly Container[] = Object.entries(composeServices)
  .filter(([name]) => ours.has(name))
  .map(([name, service]) => ({
    of: `docker-compose.yml: ${name}`,
    name,
    command: service.command?.[0] ?? defaultCommand,
    environment: service.environment ?? {},
    mounts: [
      ...(service.volumes ?? []).map(mountOf),
      ...(service.tmpfs ?? []).map((text) => ({ at: text.split(':')[0] ?? '', from: '', readOnly: false })),
      ...(service.secrets ?? []).map((secret) => ({ at: `/run/secrets/${secret}`, from: secret, readOnly: true })),
    ],
  }));

const podSchema = z.looseObject({
  template: z.looseObject({
    spec: z.looseObject({
      containers: z.tuple([
        z.looseObject({
          args: z.array(z.string()),
          env: z.array(z.strictObject({ name: z.string(), value: z.string() })).default([]),
          envFrom: z.array(z.looseObject({ configMapRef: z.looseObject({ name: z.string() }).optional() })).default([]),
          ports: z.array(z.strictObject({ name: z.string(), containerPort: z.number() })).default([]),
          volumeMounts: z.array(
            z.strictObject({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() }),
          ),
        }),
      ]),
      volumes: z.array(
        z.looseObject({
          name: z.string(),
          secret: z
            .looseObject({ items: z.array(z.strictObject({ key: z.string(), path: z.string() })).optional() })
            .optional(),
        }),
      ),
    }),
  }),
});
const configMaps = new Map(
  manifests
    .filter(({ kind }) => kind === 'ConfigMap')
    .map(({ metadata, data }) => [metadata.name, z.record(z.string(), z.string()).parse(data)] as const),
);
const inPods: readonly (Container & { readonly containerPorts: readonly number[] })[] = manifests
  .filter(({ kind }) => ['Deployment', 'StatefulSet', 'Job'].includes(kind))
  .map(({ metadata, spec }) => {
    const pod = podSchema.parse(spec).template.spec;
    const [container] = pod.containers;
    const own = pod.volumes.find(({ name }) => name === 'own')?.secret?.items;
    return {
      of: `infra/k8s: ${metadata.name}`,
      name: metadata.name,
      command: container.args[0] ?? '',
      environment: {
        ...Object.assign({}, ...container.envFrom.map(({ configMapRef }) => configMaps.get(configMapRef?.name ?? ''))),
        ...Object.fromEntries(container.env.map(({ name, value }) => [name, value])),
      },
      mounts: container.volumeMounts.map(({ name, mountPath, readOnly = false }) => ({
        at: mountPath,
        from: name,
        readOnly,
      })),
      ...(own === undefined ? {} : { ownFiles: own.map(({ path }) => path) }),
      containerPorts: container.ports.map(({ containerPort }) => containerPort),
    };
  });

const containers: readonly Container[] = [...inCompose, ...inPods];

const variableOf = (setting: string): string =>
  `TOEVERLAAT_${setting.replaceAll(/[A-Z]/gu, (letter) => `_${letter}`).toUpperCase()}`;
/** The topics command reads Kafka's own names. */
const settingOf = (variable: string): string =>
  variable
    .replace(/^TOEVERLAAT_/u, '')
    .toLowerCase()
    .replaceAll(/_([a-z])/gu, (_, letter: string) => letter.toUpperCase());

const schemaOf = (command: string): z.ZodObject => {
  if (command.endsWith('/prepare-main.js')) return prepareSettingsSchema;
  if (command.endsWith('/keys/main.js')) return keysSettingsSchema;
  return processSettingsSchema;
};

/** What the preparation writes into the `settings.json` of each (services/distributed/src/prepare.ts). */
const BY_FILE: Readonly<Record<string, readonly string[]>> = {
  gateway: ['certificates'],
  keys: ['log', 'vault', 'keyring'],
};
const BY_FILE_OF_SERVICES = ['log', 'vault', 'keyring', 'messaging', 'blobs', 'certificates'];

/** Settings whose value is a path: what is written there, or only read. */
const WRITES = new Set(['data', 'into', 'keep', 'publishedViews']);
const READS = new Set([
  'rootKey',
  'config',
  'gatewayKey',
  'ownerPasswordFile',
  'kafkaCaFile',
  'kafkaCertFile',
  'kafkaKeyFile',
  // Read by every service, so that none opens an older log; written by records.
  'anchorFile',
]);

describe('what containers are told', () => {
  it('is of every process, job and worker of the map, in both', () => {
    for (const found of [inCompose, inPods])
      expect(found.map(({ name }) => name).toSorted()).toEqual([...ours].toSorted());
  });

  it.each(containers.map((one) => [one.of, one] as const))('%s runs a program that is built', (_, { command }) => {
    const source = command.replace('/dist/', '/src/').replace(/\.js$/u, '.ts');
    expect(existsSync(join(ROOT, source)), `${source}`).toBe(true);
  });

  it.each(containers.filter(({ command }) => !command.includes('/topics.js')).map((one) => [one.of, one] as const))(
    '%s is told what its program reads, in values that it takes, and nothing else',
    (_, container) => {
      const { command, environment, name } = container;
      const schema = schemaOf(command);
      const known = new Set(['config', ...Object.keys(schema.shape)]);
      const unread = Object.keys(environment).filter(
        (one) => !known.has(settingOf(one)) || variableOf(settingOf(one)) !== one,
      );
      expect(unread).toEqual([]);
      const refused = Object.entries(environment).filter(([variable, value]) => {
        const field: unknown = schema.shape[settingOf(variable)];
        return field instanceof z.ZodType && !field.safeParse(value).success;
      });
      expect(refused).toEqual([]);
      // What has no default comes from the file, or from here.
      const byFile = environment['TOEVERLAAT_CONFIG'] === undefined ? [] : (BY_FILE[name] ?? BY_FILE_OF_SERVICES);
      const missing = Object.entries(schema.shape)
        .filter(([setting, field]) => !(field as z.ZodType).safeParse(undefined).success && !byFile.includes(setting))
        .map(([setting]) => variableOf(setting))
        .filter((variable) => environment[variable] === undefined);
      expect(missing).toEqual([]);
    },
  );

  it.each(containers.map((one) => [one.of, one] as const))(
    '%s finds each path mounted as it uses it',
    (_, container) => {
      const { environment, mounts, ownFiles, name } = container;
      const mountFor = (path: string): Mount | undefined =>
        mounts
          .filter(({ at }) => path === at || path.startsWith(`${at}/`))
          .toSorted((a, b) => b.at.length - a.at.length)[0];
      const paths = Object.entries(environment).flatMap(([variable, value]) =>
        value.startsWith('/') ? [{ setting: settingOf(variable), path: value }] : [],
      );
      // Of each setting it is known whether it is written.
      expect(paths.filter(({ setting }) => !WRITES.has(setting) && !READS.has(setting))).toEqual([]);
      const faults = paths.flatMap(({ setting, path }) => {
        // The preparation makes the root key, and has one folder mounted for each process below where it writes.
        const writes =
          WRITES.has(setting) ||
          (name === 'prepare' && setting === 'rootKey') ||
          (name === 'records' && setting === 'anchorFile');
        const at = setting === 'into' ? mounts.filter((one) => one.at.startsWith(path)) : [mountFor(path)];
        const wrong = at.filter((mount) => mount === undefined || mount.readOnly === writes);
        const own = posix.relative('/run/toeverlaat', path);
        const inSecret = own.startsWith('..') || ownFiles === undefined || ownFiles.includes(own);
        return at.length > 0 && wrong.length === 0 && inSecret ? [] : [`${setting} ${path}`];
      });
      expect(faults).toEqual([]);
      // Node and its libraries write nowhere but here.
      expect(mountFor('/tmp')?.readOnly).toBe(false);
    },
  );

  it('tells every service of both where the seals go', () => {
    for (const { of, name, environment } of containers.filter((one) => services[one.name] !== undefined))
      expect(environment['TOEVERLAAT_ANCHOR_FILE'], `${of}`).toBe(
        name === 'gateway' ? undefined : '/anchor/seals.jsonl',
      );
  });

  it('names ports of the map: listened on, looked at, and let through', () => {
    const healthy = [...dockerfile.matchAll(/127\.0\.0\.1:(\d+)\/health\/ready/gu)].map(([, port]) => Number(port));
    expect(healthy).toEqual([ports.operations, ports.http]);
    const listening = containers.filter(({ name }) => services[name] !== undefined || workers[name] !== undefined);
    for (const { of, name, environment } of listening) {
      const own = services[name] === undefined ? undefined : String(name === 'gateway' ? ports.http : ports.grpc);
      expect(environment, `${of}`).toMatchObject({
        TOEVERLAAT_OPERATIONS_PORT: String(ports.operations),
        TOEVERLAAT_OPERATIONS_HOST: '0.0.0.0',
        ...(own === undefined ? {} : { TOEVERLAAT_PORT: own, TOEVERLAAT_HOST: '0.0.0.0' }),
      });
    }
    for (const { of, containerPorts, environment } of inPods.filter(({ name }) => jobs[name] === undefined))
      expect(containerPorts, `${of}`).toEqual(
        [environment['TOEVERLAAT_PORT'], environment['TOEVERLAAT_OPERATIONS_PORT']].flatMap((port) =>
          port === undefined ? [] : [Number(port)],
        ),
      );
    const exposed = /AS distributed\nEXPOSE ([\d ]+)/u.exec(dockerfile)?.[1]?.split(' ').map(Number);
    expect(exposed).toEqual([ports.http, ports.grpc, ports.operations]);
  });

  it('reaches the database in a way that the driver takes, and Kafka from whoever has an arrow to it', () => {
    const owners = containers.flatMap(({ of, environment }) => {
      const owner = environment['TOEVERLAAT_OWNER'];
      return owner === undefined ? [] : [{ of, owner }];
    });
    expect(owners.length).toBe(2);
    for (const { of, owner } of owners)
      expect(() => clientConfigOf({ connectionString: owner }), `${of}`).not.toThrow();
    // The roles' connections are made of the owner's, the authority's file included: each pod has it.
    const authority = owners.flatMap(({ owner }) => new URL(owner).searchParams.get('sslrootcert') ?? []);
    expect(authority.length).toBe(1);
    for (const pod of inPods.filter(({ name }) => arrows.some(({ from, to }) => from === name && to === 'postgres')))
      expect(pod.mounts, `${pod.of}`).toContainEqual(
        expect.objectContaining({ at: posix.dirname(authority[0] ?? ''), readOnly: true }),
      );
    for (const { of, name, environment } of containers) {
      const may = arrows.some(({ from, to }) => from === name && to === 'kafka');
      const told = environment['TOEVERLAAT_KAFKA_BROKERS'] ?? environment['KAFKA_BROKERS'];
      expect(told, `${of}`).toBe(may ? `kafka:${engines['kafka']?.port ?? 0}` : undefined);
    }
  });

  it('starts in an order in which each finds what it needs', () => {
    const done = { condition: 'service_completed_successfully' };
    const healthy = { condition: 'service_healthy' };
    const jobsWaitFor: Readonly<Record<string, unknown>> = {
      prepare: { postgres: healthy },
      topics: { prepare: done, kafka: healthy },
    };
    for (const { name } of inCompose) {
      const usesKafka = arrows.some(({ from, to }) => from === name && to === 'kafka');
      expect(composeServices[name]?.depends_on, `${name}`).toMatchObject(
        jobsWaitFor[name] ?? { prepare: done, ...(usesKafka ? { topics: done } : {}) },
      );
    }
  });

  it('has a folder in the image for each volume that a process writes, so that the volume is that process’s', () => {
    const made = new Set(
      (/RUN install -d[\s\S]*?\nUSER/u.exec(dockerfile)?.[0] ?? '')
        .split(/[\s\\]+/u)
        .filter((word) => word.startsWith('/')),
    );
    const written = inCompose.flatMap(({ of, mounts }) =>
      mounts.filter(({ at, readOnly }) => !readOnly && at !== '/tmp').map(({ at }) => ({ of, at })),
    );
    expect(written.length).toBeGreaterThan(10);
    expect(written.filter(({ at }) => !made.has(at))).toEqual([]);
  });
});

describe('the secrets of Kubernetes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'toeverlaat-secrets-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('have the keys that pods mount, made from what the preparation laid out', async () => {
    const { secretsOf } = (await import(join(ROOT, 'infra', 'k8s', 'secrets.mjs'))) as {
      readonly secretsOf: (prepared: string) => readonly {
        readonly metadata: { readonly name: string };
        readonly data: Readonly<Record<string, string>>;
      }[];
    };
    for (const { name, ownFiles = [] } of inPods)
      for (const path of ownFiles) {
        mkdirSync(posix.dirname(join(folder, name, path)), { recursive: true });
        writeFileSync(join(folder, name, path), `${name} ${path}`);
      }
    const made = new Map(secretsOf(folder).map(({ metadata, data }) => [metadata.name, data]));
    for (const { metadata, spec } of manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')) {
      const own = podSchema.parse(spec).template.spec.volumes.find(({ name }) => name === 'own')?.secret?.items ?? [];
      expect(own.length, `${metadata.name}`).toBeGreaterThan(0);
      for (const { key, path } of own)
        expect(Buffer.from(made.get(`toeverlaat-${metadata.name}`)?.[key] ?? '', 'base64').toString()).toBe(
          `${metadata.name} ${path}`,
        );
    }
  });
});

describe('pinning of images', () => {
  it('adds or replaces the digest of what is fetched, and leaves the rest as it is', async () => {
    const { pinned, files } = (await import(join(ROOT, 'infra', 'deployment', 'pin-images.mjs'))) as {
      readonly pinned: (
        text: string,
        line: RegExp,
        ask: (image: string) => string,
      ) => { readonly written: string; readonly changed: readonly string[] };
      readonly files: readonly { readonly file: string; readonly line: RegExp }[];
    };
    const digest = `sha256:${'a'.repeat(64)}`;
    for (const { file, line } of files) {
      const text = readText(file.slice(ROOT.length + 1));
      const { written, changed } = pinned(text, line, () => digest);
      const fetched = file.endsWith('Dockerfile')
        ? 2
        : Object.values(composeServices).filter(({ image }) => !image.startsWith('toeverlaat/')).length;
      expect(changed.length, `${file}`).toBe(fetched);
      expect(written.split(digest).length - 1, `${file}`).toBe(fetched);
      expect(written.replaceAll(`@${digest}`, '')).toBe(text.replaceAll(/@sha256:[0-9a-f]{64}/gu, ''));
      // A second time nothing is left to do; another digest takes the place of the first.
      expect(pinned(written, line, () => digest)).toEqual({ written, changed: [] });
      expect(pinned(written, line, () => `sha256:${'b'.repeat(64)}`).written).not.toContain(digest);
    }
  });
});
