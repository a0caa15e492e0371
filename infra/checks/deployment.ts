import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { filesBelow, readJson, readText } from './workspace.js';

/** Who may reach whom, and how: the one place that says so (`infra/deployment/map.json`). */
export const mapSchema = z.strictObject({
  ports: z.strictObject({ grpc: z.number(), http: z.number(), operations: z.number() }),
  engines: z.record(z.string(), z.strictObject({ port: z.number(), what: z.string() })),
  services: z.record(
    z.string(),
    z.strictObject({
      replicas: z.number().int().min(1),
      cpu: z.string(),
      memory: z.string(),
      keeps: z.string().optional(),
    }),
  ),
  /** What runs once and ends before a process starts. */
  jobs: z.record(z.string(), z.strictObject({ what: z.string() })),
  /** Processes that nobody asks anything. */
  workers: z.record(
    z.string(),
    z.strictObject({ replicas: z.number().int().min(1), cpu: z.string(), memory: z.string(), what: z.string() }),
  ),
  arrows: z.array(z.strictObject({ from: z.string(), to: z.string(), as: z.enum(['grpc', 'engine', 'operations']) })),
});
export const deploymentMap = mapSchema.parse(readJson('infra/deployment/map.json'));

const composeService = z.looseObject({
  image: z.string(),
  build: z.looseObject({ target: z.string() }).optional(),
  user: z.string().optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  mem_limit: z.string().optional(),
  cpus: z.number().optional(),
  pids_limit: z.number().optional(),
  ports: z.array(z.string()).optional(),
  networks: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  profiles: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  tmpfs: z.array(z.string()).optional(),
  secrets: z.array(z.string()).optional(),
  healthcheck: z.looseObject({ test: z.union([z.string(), z.array(z.string())]).optional() }).optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.string() })).optional(),
});
export type ComposeService = z.output<typeof composeService>;

export const composeText = readText('docker-compose.yml');
/** With the aliases and merges of YAML resolved, as Compose reads it. */
export const compose: unknown = parse(composeText, { merge: true });
export const composeServices = z
  .looseObject({ services: z.record(z.string(), composeService) })
  .parse(compose).services;

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
  spec: z.unknown().optional(),
});
export type Manifest = z.output<typeof manifest>;
export const manifests: readonly Manifest[] = filesBelow('infra/k8s', (path) => path.endsWith('.yaml')).flatMap(
  (file) => parseAllDocuments(readText(file)).map((document) => manifest.parse(document.toJS())),
);
