import { lookup } from 'node:dns/promises';
import { z } from 'zod';

const HOST_PORT = /^(?<host>\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(?<port>\d{1,5})$/;
const hostPort = z.string().regex(HOST_PORT, 'host:port');

/** Where the replicas of a service are: `host:port,host:port`, or `dns:host:port` for every address a name has. */
export const endpointsSchema = z.union([
  z
    .string()
    .startsWith('dns:')
    .transform((value) => value.slice('dns:'.length))
    .pipe(hostPort)
    .transform((value) => ({ kind: 'dns' as const, ...partsOf(value) })),
  z
    .string()
    .transform((value) => value.split(',').map((one) => one.trim()))
    .pipe(z.array(hostPort).min(1).max(100))
    .transform((addresses) => ({ kind: 'list' as const, addresses })),
]);
export type Endpoints = z.output<typeof endpointsSchema>;

const partsOf = (value: string): { readonly host: string; readonly port: string } => {
  const { host = '', port = '' } = HOST_PORT.exec(value)?.groups ?? {};
  return { host, port };
};

export type Lookup = (host: string) => Promise<readonly string[]>;

const systemLookup: Lookup = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

const inUrl = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/**
 * The addresses of now. A name that cannot be resolved keeps the addresses it had: replicas do not go away because a name
 * server does.
 */
export const createResolver = (
  endpoints: Endpoints,
  {
    lookup: ask = systemLookup,
    everyMs = 5_000,
    now = () => performance.now(),
  }: {
    readonly lookup?: Lookup;
    readonly everyMs?: number;
    readonly now?: () => number;
  } = {},
): (() => Promise<readonly string[]>) => {
  if (endpoints.kind === 'list') return () => Promise.resolve(endpoints.addresses);
  let known: readonly string[] = [];
  let since = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;
  const refresh = async (): Promise<void> => {
    try {
      const found = await ask(endpoints.host);
      known = found.map((address) => `${inUrl(address)}:${endpoints.port}`).toSorted();
      since = now();
    } catch {
      // Kept; asked again by the next question.
    } finally {
      asking = undefined;
    }
  };
  return async () => {
    if (now() - since >= everyMs) {
      asking ??= refresh();
      if (known.length === 0) await asking;
    }
    return known;
  };
};
