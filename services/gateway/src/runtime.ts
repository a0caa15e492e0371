import type { BlobGateway, CopyGateway, Language, RpcClient } from '@toeverlaat/contracts';
import { healthQueries, serviceNameSchema } from '@toeverlaat/contracts';
import type { Logger, Telemetry } from '@toeverlaat/telemetry';
import { randomUUID } from 'node:crypto';
import { createServers, type Servers } from './apollo.js';
import {
  createAuthenticator,
  gatewayContext,
  type Authenticator,
  type AuthenticatorOptions,
} from './auth/authenticate.js';
import type { DemoHint } from './http/page.js';
import { permissions } from './permissions/index.js';
import { createPageCursors, type PageCursors } from './page-cursors.js';
import { createPositionTokens, type PositionTokens } from './position-tokens.js';
import { tableGaps, type PermissionTable } from './prune.js';
import { buildFullSchema } from './schema/index.js';
import type { SchemaPart } from './schema/fields.js';
import type { GatewaySettings } from './settings.js';

export type GatewayOptions = {
  readonly settings: GatewaySettings;
  readonly rpc: RpcClient;
  /** Where attachments go to and come from; without it there are none. */
  readonly blobs?: BlobGateway;
  /** The bytes of what was handed over; without it there are no routes for it. */
  readonly copies?: CopyGateway;
  readonly logger: Logger;
  /** Traces and figures; nobody collects them without it. */
  readonly telemetry?: Telemetry;
  /** In the demonstration: what the start page says about signing in. */
  readonly demo?: DemoHint | ((origin: string) => DemoHint);
  /** Other parts and permissions than the product's: for tests of the frame. */
  readonly schema?: { readonly parts: readonly SchemaPart[]; readonly permissions: PermissionTable };
  /** Clocks and keys, for tests. */
  readonly authentication?: Pick<AuthenticatorOptions, 'tokens' | 'receipts' | 'monotonic'>;
};

export type ServiceHealth = {
  readonly service: string;
  readonly status: 'ok' | 'starting' | 'failing' | 'unreachable';
};

/** What the controllers work with; one per gateway. */
export type GatewayRuntime = {
  readonly options: GatewayOptions;
  readonly servers: Servers;
  readonly authenticate: Authenticator;
  readonly tokens: PositionTokens;
  readonly cursors: PageCursors;
  readonly servicesHealth: () => Promise<readonly ServiceHealth[]>;
  /** Set when shutdown begins: readiness says no while running requests are still answered. */
  draining: boolean;
};

/** A field has no line in the permission table, or a line no field: who may see what is then undecided. */
export class PermissionTableIncomplete extends Error {
  override readonly name = 'PermissionTableIncomplete';
}

const healthOf = (rpc: RpcClient, language: Language) => async (): Promise<readonly ServiceHealth[]> =>
  Promise.all(
    serviceNameSchema.options.map(async (service): Promise<ServiceHealth> => {
      const reply = await rpc.query(healthQueries[service], gatewayContext(randomUUID(), language), {});
      return { service, status: reply.ok ? reply.value.status : 'unreachable' };
    }),
  );

/** @throws PermissionTableIncomplete naming the fields */
export const createGatewayRuntime = (options: GatewayOptions): GatewayRuntime => {
  const { settings, rpc, logger } = options;
  const full = buildFullSchema(options.schema?.parts);
  const table = options.schema?.permissions ?? permissions;
  const { missing, extra } = tableGaps(full, table);
  if (missing.length + extra.length > 0)
    throw new PermissionTableIncomplete(
      `permissions.ts: no line for ${missing.join(', ') || '-'}; no field for ${extra.join(', ') || '-'}`,
    );
  const key = Buffer.from(settings.positionTokenKey, 'base64url');
  return {
    options,
    servers: createServers(full, table, logger),
    authenticate: createAuthenticator({ settings, rpc, ...options.authentication }),
    tokens: createPositionTokens(key),
    cursors: createPageCursors(key),
    servicesHealth: healthOf(rpc, settings.defaultLanguage),
    draining: false,
  };
};
