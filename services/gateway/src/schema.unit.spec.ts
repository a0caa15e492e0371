import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, type GraphQLSchema, introspectionFromSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { permissions } from './permissions/index.js';
import { fieldsOf, schemaForRole, sdlOf, tableGaps } from './prune.js';
import { schemaRoles } from './schema-roles.js';
import { baseFields } from './schema/base.js';
import { buildFullSchema } from './schema/index.js';
import { testPart, testPermissions } from './test-support.js';

const folder = join(import.meta.dirname, '..', 'sdl');
const full = buildFullSchema();

describe('the committed schema of each capacity', () => {
  it('lists every field in the permission table, and nothing that is no field', () => {
    expect(tableGaps(full, permissions)).toEqual({ missing: [], extra: [] });
  });

  it.each(schemaRoles)('sdl/%s.graphql is what is served (UPDATE=1 rewrites it)', (role) => {
    const sdl = sdlOf(schemaForRole(full, permissions, role));
    const file = join(folder, `${role}.graphql`);
    if (process.env['UPDATE'] === '1') {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, sdl);
    }
    expect(readFileSync(file, 'utf8')).toBe(sdl);
    // What is committed is a schema, and shows nothing that the table does not give to this role.
    expect(fieldsOf(buildSchema(sdl)).filter((field) => permissions[field]?.includes(role) !== true)).toEqual([]);
  });

  it('has a file for each capacity and for nothing else', () => {
    expect(readdirSync(folder).toSorted()).toEqual(schemaRoles.map((role) => `${role}.graphql`).toSorted());
  });

  it('shows every field to someone', () => {
    expect(Object.entries(permissions).filter(([, roles]) => roles.length === 0)).toEqual([]);
  });
});

/** Names that rate or judge a person; the law knows no such field and neither does this product. */
const JUDGING = /score|rating|severity|credib|plausib|reliab|guilt|blame|fault|difficult|sentiment|risklevel/i;

describe('no field rates or judges a person', () => {
  it('finds none in the full schema, inputs included', () => {
    const text = JSON.stringify(
      introspectionFromSchema(full, { descriptions: false }).__schema.types.filter(
        ({ name }) => !name.startsWith('__'),
      ),
    );
    const names = [...text.matchAll(/"name":"(\w+)"/g)].map((match) => match[1] ?? '');
    expect(names.filter((name) => JUDGING.test(name))).toEqual([]);
  });
});

describe('pruning', () => {
  const sample = buildFullSchema([baseFields, testPart]);
  const of = (role: (typeof schemaRoles)[number]): GraphQLSchema => schemaForRole(sample, testPermissions, role);

  it('gives the base schema nothing but who I am and whether it works', () => {
    const base = of('base');
    expect(Object.keys(base.getQueryType()?.getFields() ?? {}).toSorted()).toEqual(['health', 'me']);
    expect(base.getMutationType()).toBeUndefined();
    expect(Object.keys(base.getTypeMap()).filter((name) => /Thing|Command|Refused|NotFound/.test(name))).toEqual([]);
  });

  it('takes out fields, then every type that nothing leads to any more', () => {
    const auditor = of('auditor');
    const sdl = sdlOf(auditor);
    expect(
      Object.keys(
        (auditor.getType('Thing') as { getFields?: () => object } | undefined)?.getFields?.() ?? {},
      ).toSorted(),
    ).toEqual(['id', 'state']);
    expect(sdl).not.toMatch(/note|Signature|Contact|openThing|CommandAccepted|StaleVersion|secretCount|SecretCount/);
    expect(sdl).toContain('union ThingByIdResult = ');
  });

  it('knows a mutation only where it is allowed', () => {
    expect(of('counsellor').getMutationType()?.getFields()['openThing']).toBeDefined();
    expect(schemaRoles.filter((role) => of(role).getMutationType() !== undefined)).toEqual(['counsellor']);
  });

  it('hides a field that the table has forgotten from everybody', () => {
    const { 'Thing.note': _forgotten, ...rest } = testPermissions;
    expect(tableGaps(sample, rest)).toEqual({ missing: ['Thing.note'], extra: [] });
    for (const role of schemaRoles) expect(sdlOf(schemaForRole(sample, rest, role))).not.toContain('note: String\n');
    expect(tableGaps(sample, { ...testPermissions, 'Thing.gone': ['auditor'] }).extra).toEqual(['Thing.gone']);
  });

  it('makes GraphQL types of a contract', () => {
    const sdl = sdlOf(of('counsellor'));
    expect(sdl).toContain('on: Date!');
    expect(sdl).toContain('note: String\n');
    expect(sdl).toContain('sites: [String!]!');
    expect(sdl).toContain('minutes: Int\n');
    expect(sdl).toContain('union ThingSignature = ThingSignatureDrawn | ThingSignaturePaper');
    expect(sdl).toContain('counts: [ThingCountEntry!]!');
    expect(sdl).toContain('things(first: Int): ThingsResult!');
    expect(sdl).toMatch(/input OpenThingSignatureInput @oneOf/);
    expect(sdl).toMatch(/idempotencyKey: UUID!/);
  });
});
