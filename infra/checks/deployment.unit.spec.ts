import { peerPatterns, serviceNames, serviceOfPattern, type Peer } from '@toeverlaat/contracts';
import { MAX_EVENT_BYTES } from '@toeverlaat/event-log';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compose, composeServices, composeText, deploymentMap, manifests } from './deployment.js';
import { readJson, readText, ROOT } from './workspace.js';

const { arrows, engines, services, jobs, workers, ports } = deploymentMap;
const arrowText = ({ from, to }: { readonly from: string; readonly to: string }): string => `${from} → ${to}`;
const processes = Object.keys(services);
const workersAndJobs = [...Object.keys(workers), ...Object.keys(jobs)];

describe('the map of the deployment', () => {
  it('has an RPC arrow exactly where a peer may call something', () => {
    const peers: readonly Peer[] = [...serviceNames, 'gateway'];
    const may = peers.flatMap((from) => {
      const patterns = peerPatterns[from];
      const asked = patterns === '*' ? serviceNames : patterns.flatMap((pattern) => serviceOfPattern(pattern) ?? []);
      return [...new Set(asked)].filter((to) => to !== from).map((to) => arrowText({ from, to }));
    });
    expect(
      arrows
        .filter(({ as }) => as === 'grpc')
        .map(arrowText)
        .toSorted(),
    ).toEqual(may.toSorted());
  });

  it('gives no database and no broker to the gateway, and knows every end of an arrow', () => {
    expect(arrows.filter(({ from }) => from === 'gateway').map(({ to }) => to)).not.toContain('postgres');
    expect(arrows.filter(({ from }) => from === 'gateway').map(({ to }) => to)).not.toContain('kafka');
    const known = new Set([...processes, ...Object.keys(engines), ...workersAndJobs]);
    expect(arrows.flatMap(({ from, to }) => [from, to]).filter((end) => !known.has(end))).toEqual([]);
    expect(processes.toSorted()).toEqual([...serviceNames, 'gateway'].toSorted());
  });

  it('reaches Kafka from whoever writes or reads a topic, and from nobody else', () => {
    const topics = z
      .looseObject({ topics: z.array(z.looseObject({ writer: z.string(), readers: z.array(z.string()) })) })
      .parse(readJson('infra/kafka/topics.json')).topics;
    const users = new Set(topics.flatMap(({ writer, readers }) => [writer, ...readers]));
    expect(
      arrows
        .filter(({ from, to }) => to === 'kafka' && jobs[from] === undefined)
        .map(({ from }) => from)
        .toSorted(),
    ).toEqual([...users].toSorted());
  });
});

describe('docker-compose.yml', () => {
  it('is what the Compose specification takes', () => {
    const validate = new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).compile(
      readJson('infra/checks/schemas/compose-spec.json') as object,
    );
    const anchors = /^x-/;
    const plain = Object.fromEntries(Object.entries(compose as object).filter(([name]) => !anchors.test(name)));
    validate(plain);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('runs nothing as root, with capabilities, without limits, or in a file system it may write', () => {
    for (const [name, service] of Object.entries(composeServices)) {
      expect(service.user, `${name}`).toMatch(/^[1-9]\d*:\d+$/);
      expect(service.cap_drop, `${name}`).toEqual(['ALL']);
      expect(service.security_opt, `${name}`).toContain('no-new-privileges:true');
      expect([service.mem_limit, service.cpus, service.pids_limit].includes(undefined), `${name}`).toBe(false);
      // Keycloak builds itself beside its own files; the file says so.
      expect(service.read_only, `${name}`).toBe(name !== 'keycloak');
      expect(service.image, `${name}`).toMatch(/:[\w.-]*\d+\.\d+/);
      for (const port of service.ports ?? []) expect(port, `${name}`).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it('builds each of its own images once: two that build one name at the same time fail', () => {
    const own = Object.values(composeServices).filter(({ image }) => image.startsWith('toeverlaat/'));
    const built = own.flatMap(({ image, build }) => (build === undefined ? [] : [image]));
    expect(built.toSorted()).toEqual([...new Set(own.map(({ image }) => image))].toSorted());
  });

  it('looks at its servers by the way that others reach them', () => {
    // On the socket PostgreSQL answers while its image still prepares itself.
    expect(composeServices['postgres']?.healthcheck?.test).toEqual(expect.arrayContaining(['-h']));
    for (const name of ['kafka', 'kurrentdb', 'keycloak'])
      expect(String(composeServices[name]?.healthcheck?.test), `${name}`).toMatch(/localhost|127\.0\.0\.1/);
  });

  it('lets KurrentDB take what one append may hold, and no more than it starts with', () => {
    // TFConsts of the server: 16 MiB less what a record costs it.
    const mostOfServer = 16 * 1024 * 1024 - 10_000;
    const sizes = [
      composeServices['kurrentdb']?.environment?.['KURRENTDB_MAX_APPEND_SIZE'],
      ...['libs/testing/src/servers.ts', 'docs/how-to/kurrentdb.md'].flatMap((file) =>
        [...readText(file).matchAll(/--max-append-size=(\d+)/gu)].map(([, size]) => size),
      ),
    ].map(Number);
    expect(sizes.length).toBe(4);
    for (const size of sizes) {
      expect(size).toBeLessThanOrEqual(mostOfServer);
      expect(size).toBeGreaterThan(5 * MAX_EVENT_BYTES);
    }
  });

  it('hands secrets over as files', () => {
    expect(composeText).not.toMatch(/PASSWORD(?!_FILE|__FILE)[A-Z_]*: (?!\/run\/secrets)/);
    for (const service of Object.values(composeServices))
      for (const value of Object.values(service.environment ?? {})) expect(value).not.toMatch(/:\/\/[^/@]*:[^/@]*@/);
  });

  it('joins two to a network of the asked exactly where the map has an arrow', () => {
    const members = (network: string): readonly string[] =>
      Object.entries(composeServices)
        .filter(([, { networks = [] }]) => networks.includes(network))
        .map(([name]) => name)
        .toSorted();
    for (const to of [...processes, ...Object.keys(workers), 'postgres', 'kafka', 'keycloak', 'otel-collector']) {
      if (to === 'gateway') continue;
      const from = arrows.filter((arrow) => arrow.to === to).map((arrow) => arrow.from);
      expect(members(`to-${to}`), `${to}`).toEqual([...new Set([to, ...from])].toSorted());
    }
  });

  it('tells each process of those it may ask, and of no other', () => {
    for (const name of processes) {
      const told = Object.entries(composeServices[name]?.environment ?? {}).filter(([key]) => key.endsWith('_AT'));
      const asked = arrows.filter(({ from, as }) => from === name && as === 'grpc');
      expect(told.toSorted(), `${name}`).toEqual(
        asked
          .map(({ to }) => [`TOEVERLAAT_${to.toUpperCase()}_AT`, `dns:${to}:${ports.grpc}`])
          .toSorted(([a = ''], [b = '']) => a.localeCompare(b)),
      );
    }
  });
});

describe('the manifests', () => {
  it.each(['infra/k8s/generate.mjs', 'infra/keycloak/realm.mjs'])('%s has been run', (file) => {
    const run = spawnSync(process.execPath, [join(ROOT, file), '--check'], { encoding: 'utf8' });
    expect([run.status, run.stderr]).toEqual([0, '']);
  });

  const rule = z.looseObject({
    to: z.array(z.looseObject({ podSelector: z.unknown().optional() })).optional(),
    from: z.array(z.looseObject({ podSelector: z.unknown().optional() })).optional(),
    ports: z.array(z.looseObject({ port: z.number() })),
  });
  const policySchema = z.looseObject({
    ingress: z.array(rule).optional(),
    egress: z.array(rule).optional(),
    policyTypes: z.array(z.string()),
  });
  const selected = z.looseObject({ matchLabels: z.looseObject({ 'app.kubernetes.io/name': z.string() }) });
  const policies = manifests
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .map(({ metadata, spec }) => ({ name: metadata.name, ...policySchema.parse(spec) }));
  const portOf = ({ to, as }: (typeof arrows)[number]): number =>
    as === 'engine' ? (engines[to]?.port ?? 0) : as === 'operations' ? ports.operations : ports.grpc;
  const wanted = arrows.map((arrow) => `${arrowText(arrow)} ${portOf(arrow)}`).toSorted();
  const found = (side: 'ingress' | 'egress'): readonly string[] =>
    policies
      .flatMap((policy) =>
        (policy[side] ?? []).flatMap(({ from, to, ports: open }) =>
          (from ?? to ?? []).flatMap(({ podSelector }) => {
            const other = selected.safeParse(podSelector);
            if (!other.success) return [];
            const name = other.data.matchLabels['app.kubernetes.io/name'];
            const ends = side === 'ingress' ? { from: name, to: policy.name } : { from: policy.name, to: name };
            return open.map(({ port }) => `${arrowText(ends)} ${port}`);
          }),
        ),
      )
      .toSorted();

  it('let through the arrows of the map at both ends, by port, and stop everything else', () => {
    expect(found('ingress')).toEqual(wanted);
    expect(found('egress')).toEqual(wanted);
    expect(policies.find(({ name }) => name === 'nothing-else')).toMatchObject({
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
    });
    for (const { policyTypes } of policies) expect(policyTypes).toEqual(['Ingress', 'Egress']);
  });

  const pods = manifests.filter(({ kind }) => ['Deployment', 'StatefulSet', 'Job'].includes(kind));
  const podSchema = z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        automountServiceAccountToken: z.literal(false),
        securityContext: z.looseObject({ runAsNonRoot: z.literal(true), runAsUser: z.number().min(1) }),
        containers: z.array(
          z.looseObject({
            resources: z.looseObject({ requests: z.looseObject({}), limits: z.looseObject({ memory: z.string() }) }),
            securityContext: z.strictObject({
              allowPrivilegeEscalation: z.literal(false),
              readOnlyRootFilesystem: z.literal(true),
              capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
            }),
            env: z.array(z.looseObject({ name: z.string(), value: z.string() })),
          }),
        ),
      }),
    }),
  });

  it('run nothing as root or unbounded, with probes, budgets and a name for each service', () => {
    expect(pods.map(({ metadata }) => metadata.name).toSorted()).toEqual([...processes, ...workersAndJobs].toSorted());
    for (const { spec } of pods) expect(() => podSchema.parse(spec)).not.toThrow();
    const watched = pods
      .filter(({ kind }) => kind !== 'Job')
      .flatMap(({ spec }) => podSchema.parse(spec).template.spec.containers);
    for (const container of watched)
      expect(Object.keys(container)).toEqual(
        expect.arrayContaining(['startupProbe', 'livenessProbe', 'readinessProbe']),
      );
    for (const name of processes)
      for (const kind of ['Service', 'PodDisruptionBudget'])
        expect(
          manifests.some((one) => one.kind === kind && one.metadata.name === name),
          `${kind} ${name}`,
        ).toBe(true);
    for (const name of serviceNames)
      expect(manifests.find((one) => one.kind === 'Service' && one.metadata.name === name)?.spec).toMatchObject({
        clusterIP: 'None',
      });
  });
});
