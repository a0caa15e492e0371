// Gives every package of the workspace the same four targets, so that no package.json repeats them. What they take and
// give, and that they are cached, stands in nx.json.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const run = (command) => ({ executor: 'nx:run-commands', options: { command: `node infra/node/run.mjs ${command}` } });

const targetsOf = (root) => ({
  build: run(`tsc -b ${root}`),
  typecheck: run(`tsc -b ${root}`),
  lint: run(`oxlint ${root}`),
  test: run(`vitest run --passWithNoTests ${root}`),
});

export const name = 'toeverlaat-targets';

export const createNodesV2 = [
  '{libs/*,services/*,bench}/package.json',
  (files, _options, { workspaceRoot }) =>
    files
      .filter((file) => existsSync(join(workspaceRoot, dirname(file), 'tsconfig.json')))
      .map((file) => {
        const root = dirname(file);
        return [file, { projects: { [root]: { root, targets: targetsOf(root) } } }];
      }),
];
