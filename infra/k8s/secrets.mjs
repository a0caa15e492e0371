// Writes the secrets of the processes out of a folder that the preparation filled: secrets.mjs <folder> [<file of the root key>]
// | kubectl apply -f -. A secret has no folders, so each file's path becomes its key; generate.mjs mounts them back.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';

/** `certificates/case.crt` → `certificates.case.crt`: keys of a secret hold no slash. */
export const keyOf = (path) => path.split(sep).join('/').replaceAll('/', '.');

const filesIn = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)]))
    .toSorted();

const secretOf = (name, files) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: `toeverlaat-${name}`,
    namespace: 'toeverlaat',
    labels: { 'app.kubernetes.io/part-of': 'toeverlaat', 'app.kubernetes.io/name': name },
  },
  type: 'Opaque',
  data: Object.fromEntries(files.map(([key, file]) => [key, readFileSync(file).toString('base64')])),
});

/** One secret for each folder in `prepared`, and one of the root key where its file is named. */
export const secretsOf = (prepared, rootKeyFile) => [
  ...readdirSync(prepared, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const folder = join(prepared, name);
      return secretOf(
        name,
        filesIn(folder).map((file) => [keyOf(relative(folder, file)), file]),
      );
    }),
  ...(rootKeyFile === undefined ? [] : [secretOf('root-key', [['root.key', rootKeyFile]])]),
];

if (process.argv[1] !== undefined && basename(process.argv[1]) === basename(fileURLToPath(import.meta.url))) {
  const [prepared, rootKeyFile] = process.argv.slice(2);
  if (prepared === undefined) {
    console.error('secrets.mjs <folder that the preparation filled> [<file of the root key>]');
    process.exit(2);
  }
  process.stdout.write(
    secretsOf(prepared, rootKeyFile)
      .map((one) => stringify(one))
      .join('---\n'),
  );
}
