import { Client, type ChannelCredentials } from '@grpc/grpc-js';
import type { ServiceName } from '@toeverlaat/contracts';
import { createCircuit, type Circuit, type CircuitOptions } from './circuit.js';
import { createResolver, type Endpoints, type Lookup } from './endpoints.js';
import { dnsNameOf } from './identity.js';
import { MAX_MESSAGE_BYTES } from './protocol.js';

/** One process that answers for a service. */
export type Replica = { readonly address: string; readonly client: Client; readonly circuit: Circuit };

export type Pool = {
  /** The next replica whose circuit lets a question through, rather one that was not tried yet. */
  readonly pick: (tried: ReadonlySet<string>) => Promise<Replica | undefined>;
  /** Those that were asked so far and are still named. */
  readonly replicas: () => readonly Replica[];
  /**
   * A trial of a replica ran out of time: its connection is thrown away, and the next trial makes another. One that was begun
   * while nothing came through, and nobody was told, would be waited for without end.
   */
  readonly renew: (replica: Replica) => void;
  readonly close: () => void;
};

/** The replicas of one service, taken in turn. */
export const createPool = (
  service: ServiceName,
  endpoints: Endpoints,
  channel: ChannelCredentials,
  circuitOptions: CircuitOptions,
  lookup: Lookup | undefined,
): Pool => {
  const resolve = createResolver(endpoints, lookup === undefined ? {} : { lookup });
  const replicas = new Map<string, Replica>();
  let turn = 0;
  const open = (address: string, circuit = createCircuit(circuitOptions)): Replica => ({
    address,
    circuit,
    client: new Client(address, channel, {
      // The certificate names the service, not the machine it happens to run on.
      'grpc.ssl_target_name_override': dnsNameOf(service),
      'grpc.default_authority': dnsNameOf(service),
      'grpc.enable_retries': 0,
      'grpc.enable_http_proxy': 0,
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
      // One to whom nothing comes through, and who is not told, is found within fifteen seconds (ADR 60).
      'grpc.keepalive_time_ms': 5_000,
      'grpc.keepalive_timeout_ms': 10_000,
      'grpc.use_local_subchannel_pool': 1,
    }),
  });
  return {
    pick: async (tried) => {
      const addresses = await resolve();
      for (const [address, { client }] of replicas)
        if (!addresses.includes(address)) {
          replicas.delete(address);
          client.close();
        }
      const from = turn;
      turn = (turn + 1) % Math.max(1, addresses.length);
      const inTurn = addresses.map((_, index) => addresses[(from + index) % addresses.length] ?? '');
      const now = performance.now();
      for (const address of [...inTurn.filter((one) => !tried.has(one)), ...inTurn.filter((one) => tried.has(one))]) {
        const replica = replicas.get(address) ?? open(address);
        replicas.set(address, replica);
        if (replica.circuit.admits(now)) return replica;
      }
      return undefined;
    },
    replicas: () => [...replicas.values()],
    renew: (replica) => {
      const { address, circuit, client } = replica;
      if (replicas.get(address) !== replica) return;
      replicas.set(address, open(address, circuit));
      client.close();
    },
    close: () => {
      for (const { client } of replicas.values()) client.close();
      replicas.clear();
    },
  };
};
