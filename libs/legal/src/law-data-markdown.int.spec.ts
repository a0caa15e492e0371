import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { lawDataMarkdown } from './law-data-markdown.js';

const page = new URL('../../../docs/law-data.md', import.meta.url);

it('docs/law-data.md is what the data says (UPDATE=1 rewrites it)', () => {
  const text = lawDataMarkdown();
  if (process.env['UPDATE'] === '1') writeFileSync(page, text);
  expect(readFileSync(page, 'utf8')).toBe(text);
});

it('the library stays pure: no clock, no chance, no Node, no framework', () => {
  const folders = [new URL('./', import.meta.url), new URL('./law-2026-1/', import.meta.url)];
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
      .map((name) => new URL(name, folder)),
  );
  expect(files.length).toBeGreaterThan(20);
  const holding = (forbidden: RegExp): readonly string[] =>
    files.filter((file) => forbidden.test(readFileSync(file, 'utf8'))).map((file) => file.pathname);
  expect(holding(/Date\.now|new Date\(\)|Math\.random|from 'node:|@nestjs|process\./)).toEqual([]);
  // The values package loads Node's crypto: only its types may be used here, so that a browser can load the law.
  expect(holding(/import \{[^}]*\} from '@toeverlaat\/values'/)).toEqual([]);
});
