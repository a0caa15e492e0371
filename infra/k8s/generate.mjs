// Writes the manifests from infra/deployment/map.json, so that who may reach whom is said once. generate.mjs [--check]
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { keyOf } from './secrets.mjs';

const at = (name) => fileURLToPath(new URL(name, import.meta.url));
const { ports, engines, services, jobs, workers, arrows } = JSON.parse(
  readFileSync(at('../deployment/map.json'), 'utf8'),
);

const NAMESPACE = 'toeverlaat';
const IMAGE = 'toeverlaat/distributed:0.1.0';
/** Seconds that what is under way may take to end; longer than TOEVERLAAT_DRAIN_MS. */
const GRACE = 45;

const part = (name) => ({ 'app.kubernetes.io/part-of': 'toeverlaat', 'app.kubernetes.io/name': name });
const meta = (name, labels = part(name)) => ({ name, namespace: NAMESPACE, labels });
const selecting = (name) => ({ matchLabels: { 'app.kubernetes.io/name': name } });
const portOf = ({ to, as }) =>
  as === 'engine' ? engines[to].port : as === 'operations' ? ports.operations : ports.grpc;
const tcp = (port) => ({ protocol: 'TCP', port });

const hardened = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};
const podSecurity = {
  runAsNonRoot: true,
  runAsUser: 1000,
  runAsGroup: 1000,
  fsGroup: 1000,
  seccompProfile: { type: 'RuntimeDefault' },
};
const probe = (path, more) => ({ httpGet: { path, port: 'operations' }, timeoutSeconds: 3, ...more });

const addresses = (name) =>
  Object.fromEntries(
    arrows
      .filter(({ from, as }) => from === name && as === 'grpc')
      .map(({ to }) => [`TOEVERLAAT_${to.toUpperCase()}_AT`, `dns:${to}.${NAMESPACE}.svc.cluster.local:${ports.grpc}`]),
  );
const environment = (name) => ({
  TOEVERLAAT_SERVICE: name,
  TOEVERLAAT_PORT: String(name === 'gateway' ? ports.http : ports.grpc),
  ...addresses(name),
  ...(name === 'gateway'
    ? { TOEVERLAAT_GATEWAY_KEY: '/run/toeverlaat/position-tokens.key' }
    : {
        TOEVERLAAT_ROOT_KEY: '/run/root-key/root.key',
        ...(arrows.some(({ from, to }) => from === name && to === 'kafka')
          ? {
              TOEVERLAAT_KAFKA_BROKERS: `kafka:${engines.kafka.port}`,
              // To the broker a service is who its certificate says; what it may do there is infra/kafka/topics.json.
              TOEVERLAAT_KAFKA_CA_FILE: '/run/toeverlaat/certificates/ca.crt',
              TOEVERLAAT_KAFKA_CERT_FILE: `/run/toeverlaat/certificates/${name}.crt`,
              TOEVERLAAT_KAFKA_KEY_FILE: `/run/toeverlaat/certificates/${name}.key`,
            }
          : {}),
        TOEVERLAAT_PUBLISHED_VIEWS: '/shared/published-views',
        TOEVERLAAT_ANCHOR_FILE: '/anchor/seals.jsonl',
      }),
});
const mount = (name, mountPath, readOnly = false) => ({ name, mountPath, ...(readOnly ? { readOnly } : {}) });
const secret = (name, secretName) => ({ name, secret: { secretName, defaultMode: 0o440 } });
/**
 * What is a process's own, as the preparation lays it out: a secret has no folders, so each file is put where it is read.
 * secrets.mjs makes the secrets with these keys.
 */
const own = (name, files) => ({
  name: 'own',
  secret: {
    secretName: `toeverlaat-${name}`,
    defaultMode: 0o440,
    items: files.map((path) => ({ key: keyOf(path), path })),
  },
});
const certificatesOf = (name) => ['ca.crt', `${name}.crt`, `${name}.key`].map((file) => `certificates/${file}`);
/** Whose signature under the database's certificate is believed: connections in every `settings.json` name this file. */
const DATABASE_CA = '/run/database-ca';
const databaseCa = { name: 'database-ca', configMap: { name: 'toeverlaat-database-ca' } };
const claim = (name) => ({ name, persistentVolumeClaim: { claimName: name } });

const deployment = (name, { replicas, cpu, memory, keeps }) => {
  const gateway = name === 'gateway';
  return {
    apiVersion: 'apps/v1',
    kind: keeps === undefined ? 'Deployment' : 'StatefulSet',
    metadata: meta(name),
    spec: {
      replicas,
      selector: selecting(name),
      ...(keeps === undefined
        ? // One more before one less: there is always somebody to ask.
          { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }
        : {
            serviceName: name,
            volumeClaimTemplates: [
              {
                metadata: { name: 'data' },
                spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: keeps } } },
              },
            ],
          }),
      template: {
        metadata: { labels: part(name) },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: GRACE,
          securityContext: podSecurity,
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: selecting(name),
            },
          ],
          containers: [
            {
              name,
              image: IMAGE,
              args: ['services/distributed/dist/main.js'],
              envFrom: [{ configMapRef: { name: 'toeverlaat' } }],
              env: Object.entries(environment(name)).map(([key, value]) => ({ name: key, value })),
              ports: [
                gateway ? { name: 'http', containerPort: ports.http } : { name: 'grpc', containerPort: ports.grpc },
                { name: 'operations', containerPort: ports.operations },
              ],
              startupProbe: probe('/health/live', { periodSeconds: 2, failureThreshold: 150 }),
              livenessProbe: probe('/health/live', { periodSeconds: 10, failureThreshold: 6 }),
              readinessProbe: probe('/health/ready', { periodSeconds: 5, failureThreshold: 2 }),
              resources: { requests: { cpu, memory }, limits: { memory } },
              securityContext: hardened,
              volumeMounts: [
                mount('tmp', '/tmp'),
                mount('data', '/data'),
                mount('own', '/run/toeverlaat', true),
                ...(gateway
                  ? []
                  : [
                      mount('root-key', '/run/root-key', true),
                      mount('database-ca', DATABASE_CA, true),
                      mount('shared', '/shared'),
                      // Records brings the seals; the others open no log that is older.
                      mount('anchor', '/anchor', name !== 'records'),
                    ]),
              ],
            },
          ],
          volumes: [
            { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
            // Views only: built again, or taken from the published files.
            ...(keeps === undefined ? [{ name: 'data', emptyDir: { sizeLimit: '20Gi' } }] : []),
            own(name, ['settings.json', ...(gateway ? ['position-tokens.key'] : []), ...certificatesOf(name)]),
            ...(gateway
              ? []
              : [secret('root-key', 'toeverlaat-root-key'), databaseCa, claim('shared'), claim('anchor')]),
          ],
        },
      },
    },
  };
};

/** Nobody asks it: no port but the operator's, no name. */
const worker = (name, { replicas, cpu, memory }) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: meta(name),
  spec: {
    replicas,
    selector: selecting(name),
    // The old one ends first: two would wait for each other's turn.
    strategy: { type: 'Recreate' },
    template: {
      metadata: { labels: part(name) },
      spec: {
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: GRACE,
        securityContext: podSecurity,
        containers: [
          {
            name,
            image: IMAGE,
            args: [`services/distributed/dist/${name}/main.js`],
            env: Object.entries({
              TOEVERLAAT_CONFIG: '/run/toeverlaat/settings.json',
              TOEVERLAAT_ROOT_KEY: '/run/root-key/root.key',
              TOEVERLAAT_OPERATIONS_HOST: '0.0.0.0',
              TOEVERLAAT_OPERATIONS_PORT: String(ports.operations),
              TOEVERLAAT_OTLP_URL: 'http://otel-collector:4318',
              TOEVERLAAT_LOG_LEVEL: 'info',
            }).map(([key, value]) => ({ name: key, value })),
            ports: [{ name: 'operations', containerPort: ports.operations }],
            startupProbe: probe('/health/live', { periodSeconds: 2, failureThreshold: 150 }),
            livenessProbe: probe('/health/live', { periodSeconds: 10, failureThreshold: 6 }),
            readinessProbe: probe('/health/ready', { periodSeconds: 5, failureThreshold: 2 }),
            resources: { requests: { cpu, memory }, limits: { memory } },
            securityContext: hardened,
            volumeMounts: [
              mount('tmp', '/tmp'),
              mount('own', '/run/toeverlaat', true),
              mount('root-key', '/run/root-key', true),
              mount('database-ca', DATABASE_CA, true),
            ],
          },
        ],
        volumes: [
          { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
          own(name, ['settings.json']),
          secret('root-key', 'toeverlaat-root-key'),
          databaseCa,
        ],
      },
    },
  },
});

/** Headless: a name that gives every replica's address, since the client takes turns itself (ADR 27). */
const service = (name) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta(name),
  spec:
    name === 'gateway'
      ? { selector: selecting(name).matchLabels, ports: [{ name: 'http', port: ports.http, targetPort: 'http' }] }
      : {
          clusterIP: 'None',
          // One that is not ready is not asked.
          publishNotReadyAddresses: false,
          selector: selecting(name).matchLabels,
          ports: [{ name: 'grpc', port: ports.grpc, targetPort: 'grpc' }],
        },
});
const budget = (name) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: meta(name),
  // Of a single one the node may take it: nothing waits for it.
  spec: { ...(services[name].replicas > 1 ? { minAvailable: 1 } : { maxUnavailable: 1 }), selector: selecting(name) },
});

const policy = (name) => {
  const into = arrows.filter(({ to }) => to === name);
  const out = arrows.filter(({ from }) => from === name);
  const rule = (side, who) => (arrow) => ({
    [side]: [{ podSelector: selecting(arrow[who]) }],
    ports: [tcp(portOf(arrow))],
  });
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: meta(name),
    spec: {
      podSelector: selecting(name),
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        ...into.map(rule('from', 'from')),
        // The one door: from the controller that ends TLS.
        ...(name === 'gateway'
          ? [
              {
                from: [{ namespaceSelector: { matchLabels: { 'toeverlaat.door': 'true' } } }],
                ports: [tcp(ports.http)],
              },
            ]
          : []),
      ],
      egress: [
        ...out.map(rule('to', 'to')),
        // Names.
        ...(out.length === 0
          ? []
          : [
              {
                to: [
                  {
                    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
                    podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
                  },
                ],
                ports: [{ protocol: 'UDP', port: 53 }, tcp(53)],
              },
            ]),
      ],
    },
  };
};

const base = [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: meta('toeverlaat', part('configuration')),
    data: {
      TOEVERLAAT_PROFILE: 'production',
      TOEVERLAAT_HOST: '0.0.0.0',
      TOEVERLAAT_OPERATIONS_HOST: '0.0.0.0',
      TOEVERLAAT_OPERATIONS_PORT: String(ports.operations),
      TOEVERLAAT_REPLICA: 'hostname',
      TOEVERLAAT_DATA: '/data',
      TOEVERLAAT_CONFIG: '/run/toeverlaat/settings.json',
      TOEVERLAAT_DRAIN_MS: '30000',
      TOEVERLAAT_LOG_LEVEL: 'info',
      TOEVERLAAT_OTLP_URL: 'http://otel-collector:4318',
      TOEVERLAAT_TRACE_RATIO: '0.01',
      TOEVERLAAT_OIDC_ISSUER: 'https://id.example.org/realms/toeverlaat',
      TOEVERLAAT_OIDC_AUDIENCE: 'urn:toeverlaat:api',
      TOEVERLAAT_OIDC_JWKS: 'http://keycloak:8080/realms/toeverlaat/protocol/openid-connect/certs',
    },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: meta('shared', part('shared')),
    spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '50Gi' } } },
  },
  // Bind it to storage that takes what is appended and lets nobody here write over it (docs/how-to/audit.md).
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: meta('anchor', part('records')),
    spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Gi' } } },
  },
  // What no other policy names may neither be reached nor reach.
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: meta('nothing-else', part('network')),
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  },
];

/** Databases, roles, certificates: once before the processes, and again after a new service. */
const preparation = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: meta('prepare'),
  spec: {
    backoffLimit: 3,
    ttlSecondsAfterFinished: 86_400,
    template: {
      metadata: { labels: part('prepare') },
      spec: {
        restartPolicy: 'OnFailure',
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: podSecurity,
        containers: [
          {
            name: 'prepare',
            image: IMAGE,
            args: ['services/distributed/dist/prepare-main.js'],
            env: Object.entries({
              TOEVERLAAT_PROFILE: 'production',
              TOEVERLAAT_OWNER: `postgres://owner@postgres:${engines.postgres.port}/postgres?sslmode=verify-full&sslrootcert=${DATABASE_CA}/ca.crt`,
              TOEVERLAAT_OWNER_PASSWORD_FILE: '/run/owner/password',
              TOEVERLAAT_INTO: '/prepared',
              TOEVERLAAT_KEEP: '/keep',
              TOEVERLAAT_ROOT_KEY: '/keep/root.key',
              TOEVERLAAT_PUBLISHED_VIEWS: '/keep/published-views',
            }).map(([name, value]) => ({ name, value })),
            resources: { requests: { cpu: '250m', memory: '512Mi' }, limits: { memory: '1Gi' } },
            securityContext: hardened,
            volumeMounts: [
              mount('tmp', '/tmp'),
              mount('owner', '/run/owner', true),
              mount('database-ca', DATABASE_CA, true),
              mount('keep', '/keep'),
              mount('prepared', '/prepared'),
            ],
          },
        ],
        volumes: [
          { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
          secret('owner', 'postgres-owner'),
          databaseCa,
          claim('keep'),
          claim('prepared'),
        ],
      },
    },
  },
};
/** Topics and their rights, as infra/kafka/topics.json says: before the processes, and again after a change of that file. */
const topics = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: meta('topics'),
  spec: {
    backoffLimit: 3,
    ttlSecondsAfterFinished: 86_400,
    template: {
      metadata: { labels: part('topics') },
      spec: {
        restartPolicy: 'OnFailure',
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: podSecurity,
        containers: [
          {
            name: 'topics',
            image: IMAGE,
            args: ['libs/kafka/dist/commands/topics.js', '--apply'],
            // The one who may make topics, and say who uses them.
            env: Object.entries({
              KAFKA_BROKERS: `kafka:${engines.kafka.port}`,
              KAFKA_CA_FILE: '/run/broker/ca.crt',
              KAFKA_CERT_FILE: '/run/broker/topics.crt',
              KAFKA_KEY_FILE: '/run/broker/topics.key',
            }).map(([name, value]) => ({ name, value })),
            resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
            securityContext: hardened,
            volumeMounts: [mount('tmp', '/tmp'), mount('broker', '/run/broker', true)],
          },
        ],
        volumes: [
          { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
          { name: 'broker', secret: { secretName: 'toeverlaat-topics', defaultMode: 0o440 } },
        ],
      },
    },
  },
};

/** Holds still while somebody takes out what was prepared (`kubectl cp`), and is deleted then. */
const reader = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: meta('prepared', part('prepared')),
  spec: {
    restartPolicy: 'Never',
    activeDeadlineSeconds: 600,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: podSecurity,
    containers: [
      {
        name: 'prepared',
        image: IMAGE,
        args: ['-e', 'setInterval(() => undefined, 1000)'],
        resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } },
        securityContext: hardened,
        volumeMounts: [mount('prepared', '/prepared', true), mount('keep', '/keep', true)],
      },
    ],
    volumes: [claim('prepared'), claim('keep')],
  },
};
const preparationClaims = ['keep', 'prepared'].map((name) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: meta(name, part('prepare')),
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
}));

const named = Object.keys(services);
const files = {
  'base.yaml': base,
  'services.yaml': named.flatMap((name) => [deployment(name, services[name]), service(name), budget(name)]),
  'workers.yaml': Object.entries(workers).map(([name, one]) => worker(name, one)),
  'network.yaml': [...named, ...Object.keys(workers), ...Object.keys(engines), ...Object.keys(jobs)].map(policy),
  'prepare.yaml': [...preparationClaims, preparation],
  'topics.yaml': [topics],
  'reader.yaml': [reader],
};

let differs = false;
for (const [name, documents] of Object.entries(files)) {
  const text = `# Written by infra/k8s/generate.mjs from infra/deployment/map.json: change those.\n${documents
    .map((document) => stringify(document, { aliasDuplicateObjects: false, lineWidth: 120 }))
    .join('---\n')}`;
  if (!process.argv.includes('--check')) writeFileSync(at(name), text);
  else if (readFileSync(at(name), 'utf8') !== text) {
    console.error(`infra/k8s/${name} is not what the map says: node infra/k8s/generate.mjs`);
    differs = true;
  }
}
if (differs) process.exit(1);
