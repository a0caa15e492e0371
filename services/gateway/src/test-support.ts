import {
  defineCommand,
  defineQuery,
  type CommandDef,
  type Identity,
  type QueryDef,
  type RpcClient,
} from '@toeverlaat/contracts';
import type { Position, Rejection } from '@toeverlaat/event-log';
import { createLogger } from '@toeverlaat/telemetry';
import { organisationId, type PersonId } from '@toeverlaat/values';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JSONWebKeySet } from 'jose';
import { z } from 'zod';
import { createGatewayApp, type GatewayApp } from './app.js';
import { permissions, resultPermissions } from './permissions/index.js';
import type { PermissionTable } from './prune.js';
import type { GatewayOptions } from './runtime.js';
import { baseFields } from './schema/base.js';
import { commandField, queryField, type SchemaPart } from './schema/fields.js';
import { gatewaySettingsSchema, type GatewaySettingsInput } from './settings.js';

export const ISSUER = 'https://idp.test';
export const AUDIENCE = 'urn:toeverlaat:api';

/** What a service in a test answers; a throw is a fault of the gateway's own making. */
export type FakeAnswers = {
  readonly query?: (pattern: string, input: unknown, context: unknown) => unknown;
  readonly command?: (pattern: string, request: { commandId: string; data: unknown }, context: unknown) => unknown;
};

export type Asked = { readonly pattern: string; readonly context: unknown; readonly body: unknown };

const wide = (value: unknown): never => value as never;

/** The services, as seen by the gateway: contracts are checked, answers come from the test. */
export const fakeRpc = (answers: FakeAnswers): RpcClient & { readonly asked: Asked[] } => {
  const asked: Asked[] = [];
  return {
    asked,
    query: async (def: QueryDef, context, input) => {
      asked.push({ pattern: def.pattern, context, body: input });
      const answer = await answers.query?.(def.pattern, input, context);
      return wide(answer ?? { ok: false, rejection: { kind: 'Unavailable', detail: 'not in this test' } });
    },
    command: async (def: CommandDef, context, request) => {
      asked.push({ pattern: def.pattern, context, body: request });
      const answer = await answers.command?.(def.pattern, request, context);
      return wide(answer ?? { ok: false, rejection: { kind: 'Unavailable', detail: 'not in this test' } });
    },
  };
};

export type TestIssuer = {
  readonly jwks: JSONWebKeySet;
  readonly token: (
    subject: string,
    claims?: { issuer?: string; audience?: string; expiresAt?: number; key?: CryptoKey; alg?: string },
  ) => Promise<string>;
};

export const createTestIssuer = async (): Promise<TestIssuer> => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'ES256', use: 'sig' };
  return {
    jwks: { keys: [jwk] },
    token: (subject, { issuer = ISSUER, audience = AUDIENCE, expiresAt, key = privateKey, alg = 'ES256' } = {}) =>
      new SignJWT({})
        .setProtectedHeader({ alg, kid: 'test', typ: 'at+jwt' })
        .setSubject(subject)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime(expiresAt ?? Math.floor(Date.now() / 1000) + 300)
        .sign(key),
  };
};

const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');
const lies = 'p-lies' as PersonId;

/** Two organisations that use the same ids for different people and capacities. */
export const identities: Readonly<Record<string, Identity>> = {
  'lies@gentia': {
    persons: [
      {
        organisation: gentia,
        person: lies,
        capacities: [
          {
            id: 'c-1',
            role: 'worker',
            organisation: gentia,
            sites: ['gent'],
            pseudonym: 'lies-worker',
            label: 'Werknemer',
          },
          {
            id: 'c-2',
            role: 'counsellor',
            organisation: gentia,
            sites: 'all',
            pseudonym: 'lies-counsellor',
            label: 'Vertrouwenspersoon',
          },
        ],
      },
    ],
  },
  'lies@zorgnet': {
    persons: [
      {
        organisation: zorgnet,
        person: lies,
        capacities: [
          {
            id: 'c-2',
            role: 'auditor',
            organisation: zorgnet,
            sites: 'all',
            pseudonym: 'lies-auditor',
            label: 'Auditor',
          },
          {
            id: 'c-9',
            role: 'prevention_adviser',
            organisation: gentia,
            sites: ['gent'],
            pseudonym: 'lies-adviser',
            mandate: { id: 'm-1', home: zorgnet, from: '2026-01-01' },
            label: 'Preventieadviseur voor Gentia',
          },
        ],
      },
    ],
  },
};

/** Contracts that exist in tests only: a thing with a note. */
export const thingById = defineQuery(
  'case.thingById',
  z.strictObject({ id: z.string() }),
  z.strictObject({
    id: z.string(),
    note: z.string().nullable(),
    state: z.enum(['open', 'closed']),
    on: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
    sites: z.union([z.literal('all'), z.array(z.string())]),
    contacts: z.array(
      z.strictObject({ channel: z.enum(['phone', 'in_person']), minutes: z.number().int().optional() }),
    ),
    signature: z.discriminatedUnion('method', [
      z.strictObject({ method: z.literal('paper'), holder: z.string() }),
      z.strictObject({ method: z.literal('drawn'), strokes: z.number().int() }),
    ]),
    counts: z.record(z.string(), z.number().int()),
  }),
);
export const thingsQuery = defineQuery(
  'case.things',
  z.strictObject({ first: z.number().int().default(20) }),
  z.array(z.strictObject({ id: z.string() })),
);
export const secretCount = defineQuery(
  'reporting.secretCount',
  z.strictObject({}),
  z.strictObject({ count: z.number().int() }),
);
export const openThing = defineCommand(
  'case.openThing',
  z.strictObject({
    note: z.string().max(20),
    on: z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2}$/)
      .optional(),
    sites: z.union([z.literal('all'), z.array(z.string())]).optional(),
    signature: z
      .discriminatedUnion('method', [
        z.strictObject({ method: z.literal('paper'), holder: z.string() }),
        z.strictObject({ method: z.literal('none') }),
      ])
      .optional(),
  }),
);

export const testPart: SchemaPart = (frame) => {
  queryField(frame, thingById, { type: 'Thing', description: 'A thing.' });
  queryField(frame, thingsQuery, { type: 'ThingRow', description: 'Things.' });
  queryField(frame, secretCount, { description: 'What only figures may show.' });
  commandField(frame, openThing, { description: 'Opens a thing.' });
};

const desk = ['counsellor', 'prevention_adviser'] as const;
export const testPermissions: PermissionTable = {
  ...resultPermissions,
  ...Object.fromEntries(
    Object.entries(permissions).filter(([key]) =>
      /^(Query\.(me|health)|Me|Capacity|CapacityMandate|Health)\b/.test(key),
    ),
  ),
  'Query.thingById': [...desk, 'auditor'],
  'Query.things': desk,
  'Query.secretCount': ['employer'],
  'SecretCount.count': ['employer'],
  'Mutation.openThing': ['counsellor'],
  'Thing.id': [...desk, 'auditor'],
  'Thing.note': desk,
  'Thing.state': [...desk, 'auditor'],
  'Thing.on': desk,
  'Thing.sites': desk,
  'Thing.contacts': desk,
  'Thing.signature': ['counsellor'],
  'Thing.counts': desk,
  'ThingContact.channel': desk,
  'ThingContact.minutes': desk,
  'ThingSignaturePaper.holder': ['counsellor'],
  'ThingSignatureDrawn.strokes': ['counsellor'],
  'ThingCountEntry.key': desk,
  'ThingCountEntry.value': desk,
  'ThingRowList.items': desk,
  'ThingRow.id': desk,
};

export type TestGateway = {
  readonly gateway: GatewayApp;
  readonly url: string;
  readonly rpc: RpcClient & { readonly asked: Asked[] };
  readonly issuer: TestIssuer;
  readonly logged: () => string;
  readonly post: (query: string, options?: PostOptions) => Promise<Answer>;
};
export type PostOptions = { readonly variables?: Record<string, unknown>; readonly headers?: Record<string, string> };
export type GraphqlError = {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>> & { readonly code: string };
};
export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly data: Record<string, Record<string, unknown>> | null | undefined;
  readonly errors: readonly GraphqlError[];
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
};

const settingsOf = (issuer: TestIssuer, over: Partial<GatewaySettingsInput>) =>
  gatewaySettingsSchema.parse({
    port: 0,
    oidc: { issuer: ISSUER, audience: AUDIENCE, jwks: issuer.jwks },
    positionTokenKey: Buffer.alloc(32, 7).toString('base64url'),
    defaultLanguage: 'en',
    receiptAnswerMs: 0,
    notFoundAnswerMs: 0,
    identityCacheMs: 0,
    ...over,
  });

/** A gateway on a free port over services that a test plays. */
export const startTestGateway = async (
  answers: FakeAnswers = {},
  options: {
    readonly settings?: Partial<GatewaySettingsInput>;
    readonly authentication?: GatewayOptions['authentication'];
    readonly demo?: GatewayOptions['demo'];
    readonly blobs?: GatewayOptions['blobs'];
    readonly copies?: GatewayOptions['copies'];
  } = {},
): Promise<TestGateway> => {
  const issuer = await createTestIssuer();
  const lines: string[] = [];
  const rpc = fakeRpc({
    ...answers,
    query: (pattern, input, context) => {
      const answer = answers.query?.(pattern, input, context);
      if (answer !== undefined) return answer;
      if (pattern === 'directory.identity')
        return { ok: true, stale: false, value: identities[(input as { subject: string }).subject] ?? { persons: [] } };
      return undefined;
    },
  });
  const gateway = await createGatewayApp({
    settings: settingsOf(issuer, options.settings ?? {}),
    rpc,
    logger: createLogger({
      level: 'debug',
      service: 'gateway',
      destination: { write: (line: string) => void lines.push(line) },
    }),
    schema: { parts: [baseFields, testPart], permissions: testPermissions },
    ...(options.authentication === undefined ? {} : { authentication: options.authentication }),
    ...(options.demo === undefined ? {} : { demo: options.demo }),
    ...(options.blobs === undefined ? {} : { blobs: options.blobs }),
    ...(options.copies === undefined ? {} : { copies: options.copies }),
  });
  const { url } = await gateway.listen();
  return {
    gateway,
    url,
    rpc,
    issuer,
    logged: () => lines.join(''),
    post: async (query, { variables, headers } = {}) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, ...(variables === undefined ? {} : { variables }) }),
      });
      const text = await response.text();
      const body = JSON.parse(text) as {
        data?: Answer['data'];
        errors?: readonly GraphqlError[];
        extensions?: Record<string, unknown>;
      };
      return {
        status: response.status,
        headers: response.headers,
        text,
        data: body.data,
        errors: body.errors ?? [],
        extensions: body.extensions,
      };
    },
  };
};

export const rejected = (rejection: Rejection) => ({ ok: false, rejection }) as const;
export const accepted = (id: string, position = '0000000001') =>
  ({ ok: true, id, revision: 0, position: position as Position, repeated: false }) as const;
