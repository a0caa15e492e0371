import { posix } from 'node:path';
import { filesBelow, readText } from './workspace.js';

export type Import = {
  /** The file that imports, from the root of the repository. */
  readonly file: string;
  readonly from: string;
  /** Nothing of it is left when the program runs. */
  readonly typeOnly: boolean;
  /** Names, as the other side exports them; empty for a side effect, `*` for all. */
  readonly names: readonly string[];
};

const withoutComments = (source: string): string =>
  source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');

const STATEMENT = /^[ \t]*(?:import|export)\s+(?:(type)\s+)?([\w*{][^'"`;]*?)\s*from\s*['"]([^'"]+)['"]/gm;
const SIDE_EFFECT = /^[ \t]*import\s+['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

const clauseOf = (clause: string): { readonly typeOnly: boolean; readonly names: readonly string[] } => {
  const braces = /^(.*?)\{([\s\S]*)\}$/.exec(clause);
  const members = (braces?.[2] ?? '')
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
  const before = (braces === null ? clause : (braces[1] ?? '')).replaceAll(',', '').trim();
  const name = (member: string): string => member.replace(/^type\s+/, '').split(/\s+as\s+/)[0] ?? member;
  return {
    typeOnly: before === '' && members.length > 0 && members.every((member) => member.startsWith('type ')),
    names: [...(before === '' ? [] : [before.startsWith('*') ? '*' : 'default']), ...members.map(name)],
  };
};

/** The imports and re-exports of a module. Prettier keeps every statement in one shape, so that a pattern is enough. */
export const importsIn = (file: string, source: string): readonly Import[] => {
  const text = withoutComments(source);
  return [
    ...[...text.matchAll(STATEMENT)].map(([, type, clause, from]): Import => {
      const read = clauseOf(clause ?? '');
      return { file, from: from ?? '', typeOnly: type !== undefined || read.typeOnly, names: read.names };
    }),
    ...[...text.matchAll(SIDE_EFFECT)].map(([, from]): Import => ({
      file,
      from: from ?? '',
      typeOnly: false,
      names: [],
    })),
    ...[...text.matchAll(DYNAMIC)].map(([, from]): Import => ({
      file,
      from: from ?? '',
      typeOnly: false,
      names: ['*'],
    })),
  ];
};

export const importsBelow = (folder: string): readonly Import[] =>
  filesBelow(folder, (path) => /\.(ts|mts|mjs)$/.test(path)).flatMap((file) => importsIn(file, readText(file)));

/** Tests and what only tests use: no part of what runs. */
export const isTestFile = (file: string): boolean =>
  /\.spec\.ts$|\.fixture\.ts$|\/(?:fixture|fixtures|testing|test-support|sample)(?:\.ts$|\/)/.test(file);

/** `@toeverlaat/sealing/receipts` is of the package `@toeverlaat/sealing`; undefined for a relative or built-in module. */
export const packageOf = (from: string): string | undefined => {
  if (from.startsWith('.') || from.startsWith('/') || from.startsWith('node:')) return undefined;
  const parts = from.split('/');
  return from.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
};

/** Where a relative import leads, from the root of the repository. */
export const targetOf = ({ file, from }: Import): string => posix.join(posix.dirname(file), from);
