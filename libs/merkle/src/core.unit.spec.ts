import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const importsOf = (file: string): readonly string[] =>
  [...readFileSync(new URL(file, import.meta.url), 'utf8').matchAll(/from '([^']+)'/g)].map(([, from = '']) => from);

describe('the core', () => {
  it('runs in a browser: it reaches nothing of Node and no package', () => {
    const seen = new Set(['./core.js']);
    for (const file of seen)
      for (const from of importsOf(file.replace(/\.js$/, '.ts'))) {
        expect(from, `${file} imports ${from}`).toMatch(/^\.\/[a-z0-9-]+\.js$/);
        seen.add(from);
      }
    expect(seen.size).toBeGreaterThan(8);
    for (const file of seen)
      expect(readFileSync(new URL(file.replace(/\.js$/, '.ts'), import.meta.url), 'utf8')).not.toMatch(
        /\bBuffer\.[a-z]|\bprocess\.[a-z]/,
      );
  });
});
