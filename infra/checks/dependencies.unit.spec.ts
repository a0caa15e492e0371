import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsBelow, importsIn, isTestFile, packageOf, targetOf, type Import } from './imports.js';
import { packages, PRODUCT, readJson, ROOT, type Package } from './workspace.js';

/* Who may know whom (design §1, §2 and rules 2, 3). What these tests allow is all that is allowed. */

const all = packages();
const importsOf = new Map(all.map((one) => [one.name, importsBelow(`${one.folder}/src`)]));
const imports = (one: Package): readonly Import[] => importsOf.get(one.name) ?? [];
const services = all.filter((one) => one.kind === 'service');
const libraries = all.filter((one) => one.kind === 'library');
const said = ({ file, from, names }: Import): string => `${file}: ${names.join(', ')} from ${from}`;

const expectNone = (found: readonly Import[]): void => {
  expect(found.map(said)).toEqual([]);
};

describe('a domain folder', () => {
  const MAY = new Set([`${PRODUCT}values`, `${PRODUCT}event-log`, `${PRODUCT}legal`, 'zod']);
  it.each(services.map((one) => [one.folder, one] as const))('%s imports nothing but values and types', (_, one) => {
    const domain = `${one.folder}/src/domain/`;
    expectNone(
      imports(one)
        .filter(({ file }) => file.startsWith(domain) && !isTestFile(file))
        .filter((found) =>
          found.from.startsWith('.') ? !targetOf(found).startsWith(domain) : !MAY.has(packageOf(found.from) ?? ''),
        ),
    );
  });
});

/** Where a mode is put together: they know every service and choose adapters; the second stands on the first. */
const ROOTS = new Set(['services/standalone', 'services/distributed']);

describe('a service', () => {
  const names = new Set(services.map((one) => one.name));
  it.each(services.filter((one) => !ROOTS.has(one.folder)).map((one) => [one.folder, one] as const))(
    '%s knows the others only through the contracts',
    (_, one) => {
      expectNone(imports(one).filter(({ from }) => names.has(packageOf(from) ?? '') && packageOf(from) !== one.name));
    },
  );
});

describe('a library', () => {
  const names = new Set(services.map((one) => one.name));
  it.each(libraries.map((one) => [one.folder, one] as const))('%s knows no service', (_, one) => {
    expectNone(imports(one).filter(({ from }) => names.has(packageOf(from) ?? '')));
  });

  it('contracts: only values, law data, access, and types of the log', () => {
    const contracts = imports(all.find((one) => one.folder === 'libs/contracts') ?? ({} as Package));
    const may = new Set(['values', 'legal', 'access', 'event-log'].map((name) => `${PRODUCT}${name}`));
    expectNone(
      contracts
        .filter(({ file }) => !isTestFile(file))
        .filter(({ from }) => !from.startsWith('.') && from !== 'zod' && !may.has(from)),
    );
    expectNone(
      contracts.filter((found) => !isTestFile(found.file) && found.from === `${PRODUCT}event-log` && !found.typeOnly),
    );
  });

  it('values knows nobody', () => {
    const values = imports(all.find((one) => one.folder === 'libs/values') ?? ({} as Package));
    expectNone(
      values.filter(({ file, from }) => !isTestFile(file) && !from.startsWith('.') && !from.startsWith('node:')),
    );
  });
});

describe('the verifier', () => {
  const own = (folder: string): readonly Import[] => {
    const one = all.find((candidate) => candidate.folder === folder);
    return one === undefined ? [] : imports(one);
  };
  const outside = ({ from }: Import): boolean => !from.startsWith('.') && !from.startsWith('node:');

  it('leans on nothing of what it judges: the Merkle library and Node alone', () => {
    expect(own('verify').length).toBeGreaterThan(10);
    expectNone(
      own('verify').filter((found) => !isTestFile(found.file) && outside(found) && found.from !== `${PRODUCT}merkle`),
    );
    expect(all.find(({ folder }) => folder === 'verify')?.dependencies).toEqual([`${PRODUCT}merkle`]);
  });

  it('and the Merkle library on nobody', () => {
    expect(own('libs/merkle').length).toBeGreaterThan(10);
    expectNone(own('libs/merkle').filter((found) => !isTestFile(found.file) && outside(found)));
    expect(all.find(({ folder }) => folder === 'libs/merkle')?.dependencies).toEqual([]);
  });

  it('is used by tests only', () => {
    const users = all.filter(({ folder }) => folder !== 'verify' && folder !== 'bench').flatMap(imports);
    expectNone(users.filter(({ file, from }) => packageOf(from) === `${PRODUCT}verify` && !isTestFile(file)));
  });
});

describe('keys', () => {
  it.each(['services/gateway', 'services/reporting'])('%s has no door to a vault', (folder) => {
    const one = all.find((candidate) => candidate.folder === folder);
    const receipts = folder === 'services/gateway' ? [`${PRODUCT}sealing/receipts`] : [];
    const found = (one === undefined ? [] : imports(one)).filter(({ file }) => !isTestFile(file));
    expectNone(
      found.filter(
        ({ from, typeOnly }) => packageOf(from) === `${PRODUCT}sealing` && !typeOnly && !receipts.includes(from),
      ),
    );
  });
});

describe('adapters', () => {
  /** What a mode chooses: files, not ports (design §1: at the composition root and nowhere else). */
  const CHOICES = new Set([
    'openSqliteEventLog',
    'openSqliteReactorStore',
    'openSqliteVault',
    'openSqliteKeyringStore',
    'openFileSealing',
    'openRootKeyFile',
    'openPostgresEventLog',
    'openKurrentEventLog',
    'openPostgresVault',
    'openPostgresKeyringStore',
    'openPostgresSealing',
  ]);
  it.each(services.filter((one) => !ROOTS.has(one.folder)).map((one) => [one.folder, one] as const))(
    '%s leaves their choice to the composition root',
    (_, one) => {
      expectNone(
        imports(one).filter(({ file, names }) => !isTestFile(file) && names.some((name) => CHOICES.has(name))),
      );
    },
  );
});

describe('packages', () => {
  it('do not depend on each other in a circle', () => {
    const edges = new Map(
      all.map((one) => [
        one.name,
        new Set(
          imports(one)
            .filter(({ file }) => !isTestFile(file))
            .map(({ from }) => packageOf(from) ?? '')
            .filter((name) => name !== one.name && importsOf.has(name)),
        ),
      ]),
    );
    const done = new Set<string>();
    const visit = (name: string, path: readonly string[]): void => {
      expect(path, 'a circle').not.toContain(name);
      if (done.has(name)) return;
      for (const next of edges.get(name) ?? []) visit(next, [...path, name]);
      done.add(name);
    };
    for (const name of edges.keys()) visit(name, []);
    expect(done.size).toBe(all.length);
  });

  it.each(all.map((one) => [one.folder, one] as const))('%s imports no file of another by path', (folder, one) => {
    expectNone(imports(one).filter((found) => found.from.startsWith('.') && !targetOf(found).startsWith(`${folder}/`)));
  });

  /** Test tools are the workspace's own. */
  const ROOT_TOOLS = new Set(['vitest', 'fast-check', `${PRODUCT}testing`]);
  it.each(all.map((one) => [one.folder, one] as const))('%s declares what it imports', (_, one) => {
    expectNone(
      imports(one).filter(({ file, from }) => {
        const name = packageOf(from);
        if (name === undefined || name === one.name || one.dependencies.includes(name)) return false;
        return !(isTestFile(file) && ROOT_TOOLS.has(name));
      }),
    );
  });

  /** Asked for by Nest itself when it starts, by no import of ours. */
  const NEST_PEERS = new Set(['reflect-metadata', 'rxjs', '@nestjs/core', '@nestjs/microservices', '@nestjs/common']);
  /**
   * Foreign code that nothing uses is still installed, audited and trusted. A library's edges to the others are its design.
   * A service may have any library of the workspace at hand, and a package in which nothing is written yet names what it is
   * there for.
   */
  it.each(
    [...libraries, ...services].filter((one) => imports(one).length > 0).map((one) => [one.folder, one] as const),
  )('%s declares nothing that it does not use', (_, one) => {
    const used = new Set(imports(one).map(({ from }) => packageOf(from)));
    const unused = one.dependencies
      .map((name) => name.replace('@types/', ''))
      .filter((name) => !used.has(name) && !NEST_PEERS.has(name));
    expect(unused.filter((name) => one.kind === 'library' || !name.startsWith(PRODUCT))).toEqual([]);
  });

  it.each(all.map((one) => [one.folder, one] as const))('%s is built after what it imports', (folder, one) => {
    expect(existsSync(join(ROOT, folder, 'tsconfig.json'))).toBe(true);
    const { references = [] } = readJson(`${folder}/tsconfig.json`) as { references?: { path: string }[] };
    const built = new Set(references.map(({ path }) => join(folder, path)));
    const needed = all.filter(
      (other) => other.name !== one.name && imports(one).some(({ from }) => packageOf(from) === other.name),
    );
    expect(needed.map((other) => other.folder).filter((path) => !built.has(path))).toEqual([]);
  });
});

describe('the reader of imports', () => {
  it('knows every form', () => {
    const source = [
      "import { a, type B } from '@toeverlaat/values';",
      "import type { C } from 'zod';",
      "import { type D, type E as F } from './d.js';",
      "import g, { h as i } from 'g/deep';",
      "import * as j from 'node:fs';",
      "import 'reflect-metadata';",
      "export * from './k.js';",
      "export { l } from './l.js';",
      'import {',
      '  m,',
      '  type N,',
      "} from '@scope/m/sub';",
      "const o = await import('./o.js');",
      "// import { p } from 'p';",
      "/* import { q } from 'q'; */",
      'const text = "import { r } from \'r\'";',
    ].join('\n');
    expect(importsIn('x.ts', source).map(({ from, typeOnly, names }) => [from, typeOnly, names.join()])).toEqual([
      ['@toeverlaat/values', false, 'a,B'],
      ['zod', true, 'C'],
      ['./d.js', true, 'D,E'],
      ['g/deep', false, 'default,h'],
      ['node:fs', false, '*'],
      ['./k.js', false, '*'],
      ['./l.js', false, 'l'],
      ['@scope/m/sub', false, 'm,N'],
      ['reflect-metadata', false, ''],
      ['./o.js', false, '*'],
    ]);
    expect([packageOf('@scope/m/sub'), packageOf('g/deep'), packageOf('node:fs'), packageOf('./d.js')]).toEqual([
      '@scope/m',
      'g',
      undefined,
      undefined,
    ]);
  });
});
