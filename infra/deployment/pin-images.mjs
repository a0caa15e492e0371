// Writes the digest of each image beside its tag in docker-compose.yml and infra/docker/Dockerfile, so that what was tried is what
// runs: pin-images.mjs [--check]. Needs Docker with buildx and the registries; images that are built here have no digest.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const files = [
  { file: join(root, 'docker-compose.yml'), line: /^(\s*image: )(?!toeverlaat\/)([^\s@]+)(@sha256:[0-9a-f]{64})?$/gmu },
  {
    file: join(root, 'infra', 'docker', 'Dockerfile'),
    line: /^(FROM )([^\s@:]+:[^\s@]+)(@sha256:[0-9a-f]{64})?(?= AS )/gmu,
  },
];

/** Of the index, which names the image of every platform. */
const digestOf = (image) => {
  const asked = spawnSync('docker', ['buildx', 'imagetools', 'inspect', '--format', '{{.Manifest.Digest}}', image], {
    encoding: 'utf8',
  });
  const digest = asked.stdout?.trim() ?? '';
  if (asked.status === 0 && /^sha256:[0-9a-f]{64}$/u.test(digest)) return digest;
  console.error(`${image}: ${asked.error?.message ?? asked.stderr.trim()}`);
  process.exit(1);
};

/** Pure: the text with the digests that `ask` gives, and each image that has another one, or none. */
export const pinned = (text, line, ask) => {
  const changed = [];
  const written = text.replaceAll(line, (whole, before, image, now) => {
    const digest = `@${ask(image)}`;
    if (digest !== now) changed.push(image);
    return `${before}${image}${digest}`;
  });
  return { written, changed };
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes('--check');
  const known = new Map();
  const ask = (image) => {
    if (!known.has(image)) known.set(image, digestOf(image));
    return known.get(image);
  };
  let differs = false;
  for (const { file, line } of files) {
    const { written, changed } = pinned(readFileSync(file, 'utf8'), line, ask);
    for (const image of changed) console.log(`${check ? 'not pinned' : 'pinned'}: ${image}`);
    if (changed.length > 0) differs = true;
    if (!check) writeFileSync(file, written);
  }
  if (check && differs) process.exit(1);
}
