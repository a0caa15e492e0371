// Makes a certificate authority and a certificate for each peer of a deployment, for development and the demonstration:
//   make.mjs --profile demonstration --folder <folder>
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { profile: { type: 'string' }, folder: { type: 'string' } } });
if (values.profile !== 'demonstration' || values.folder === undefined) {
  console.error(
    'make.mjs --profile demonstration --folder <folder>\nThe authority’s key is thrown away and nobody vouches for it: for the demonstration only.',
  );
  process.exit(2);
}
const root = fileURLToPath(new URL('../..', import.meta.url));
const built = spawnSync('tsc', ['-b', join(root, 'libs/grpc')], {
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
if (built.status !== 0) process.exit(built.status ?? 1);
process.umask(0o077);
const { writeCertificates } = await import('../../libs/grpc/dist/index.js');
console.log(
  writeCertificates(resolve(values.folder))
    ? `New certificates in ${values.folder}: restart every process that used others.`
    : `${values.folder} holds certificates that are good for two weeks and more.`,
);
