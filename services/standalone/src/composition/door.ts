import type { BlobGateway, CopyGateway, RpcClient } from '@toeverlaat/contracts';
import type { GatewayApp, GatewayAppOptions, GatewaySettingsInput } from '@toeverlaat/gateway';
import { observedRpc } from '@toeverlaat/service-kit';
import { noTelemetry, type Logger, type Telemetry } from '@toeverlaat/telemetry';
import { gatewayKey } from '../gateway-key.js';
import { CannotListen } from '../refusals.js';
import type { SignInSettings } from '../sign-in.js';

export type DoorOptions = {
  readonly settings: SignInSettings & { readonly host: string; readonly port: number };
  /** File of the key that seals position tokens: the same for every replica of the gateway. */
  readonly keyFile: string;
  readonly rpc: RpcClient;
  readonly blobs?: BlobGateway | undefined;
  readonly copies?: CopyGateway | undefined;
  readonly logger: Logger;
  /** Traces and figures of the gateway; nobody collects them without it. */
  readonly telemetry?: Telemetry | undefined;
  readonly gateway?: Partial<GatewaySettingsInput> | undefined;
  readonly schema?: GatewayAppOptions['schema'] | undefined;
};

export type Door = {
  readonly close: GatewayApp['close'];
  /** @throws CannotListen */
  readonly listen: GatewayApp['listen'];
  /** Undefined until it listens. */
  readonly url: () => string | undefined;
};

/** The gateway with its sign-in, not listening yet. */
export const openDoor = async (options: DoorOptions): Promise<Door> => {
  // Loaded only here: a process without a door starts in half the time.
  const [{ createGatewayApp, gatewaySettingsSchema }, { signInOf }] = await Promise.all([
    import('@toeverlaat/gateway'),
    import('../sign-in.js'),
  ]);
  const { settings, keyFile, rpc, blobs, copies, logger, telemetry = noTelemetry, gateway, schema } = options;
  const { host, port } = settings;
  let url: string | undefined;
  const signIn = await signInOf(settings, () => url ?? `http://${host}:${port}`);
  const app = await createGatewayApp({
    settings: gatewaySettingsSchema.parse({
      host,
      port,
      oidc: signIn.oidc,
      positionTokenKey: gatewayKey(keyFile),
      ...gateway,
    }),
    rpc: observedRpc(rpc, telemetry),
    ...(blobs === undefined ? {} : { blobs }),
    ...(copies === undefined ? {} : { copies }),
    logger,
    telemetry,
    ...(signIn.demo === undefined ? {} : { demo: signIn.demo }),
    ...(signIn.mount === undefined ? {} : { mounts: [signIn.mount] }),
    ...(schema === undefined ? {} : { schema }),
  });
  return {
    close: app.close,
    listen: async () => {
      try {
        const where = await app.listen();
        url = where.url;
        return where;
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
        throw new CannotListen(host, port, code);
      }
    },
    url: () => url,
  };
};
