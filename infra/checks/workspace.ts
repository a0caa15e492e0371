import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');
export const PRODUCT = '@toeverlaat/';

const NOT_SOURCE = new Set(['node_modules', 'dist', 'data']);

const walk = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return NOT_SOURCE.has(entry.name) || entry.name.startsWith('.') ? [] : walk(path);
    return [path];
  });

/** Paths below the root of the repository, with `/`, in a fixed order. */
export const filesBelow = (folder: string, matches: (path: string) => boolean): readonly string[] =>
  walk(join(ROOT, folder))
    .map((path) => relative(ROOT, path).split(sep).join('/'))
    .filter(matches)
    .toSorted();

export const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
export const readJson = (path: string): unknown => JSON.parse(readText(path));

export type Package = {
  readonly name: string;
  /** `libs/values` */
  readonly folder: string;
  readonly kind: 'library' | 'service' | 'other';
  readonly dependencies: readonly string[];
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const packageIn = (folder: string): Package => {
  const manifest = readJson(`${folder}/package.json`);
  if (!isRecord(manifest) || typeof manifest['name'] !== 'string') throw new TypeError(`${folder}: no package name`);
  const { dependencies, devDependencies } = manifest;
  return {
    name: manifest['name'],
    folder,
    kind: folder.startsWith('libs/') ? 'library' : folder.startsWith('services/') ? 'service' : 'other',
    dependencies: [dependencies, devDependencies].flatMap((one) => (isRecord(one) ? Object.keys(one) : [])),
  };
};

/** Every package of the workspace. */
export const packages = (): readonly Package[] => [
  ...['libs', 'services'].flatMap((parent) =>
    readdirSync(join(ROOT, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => packageIn(`${parent}/${entry.name}`)),
  ),
  packageIn('bench'),
  packageIn('verify'),
];
