import { createServer, type Server } from 'node:net';
import { Module, type DynamicModule } from '@nestjs/common';
import {
  defineCommand,
  defineQuery,
  gatewayCaller,
  type CommandReply,
  type Peer,
  type RpcClient,
} from '@toeverlaat/contracts';
import { currentCall, withinCall } from '@toeverlaat/messaging';
import { createRpcController, observedRpc, serveCommand, serveQuery, serviceCaller } from '@toeverlaat/service-kit';
import { traceIdOf } from '@toeverlaat/telemetry';
import { recordingTelemetry } from '@toeverlaat/telemetry/testing';
import { contextFor } from '@toeverlaat/testing';
import { contractModule, describeRpcContract } from '@toeverlaat/testing/rpc-contract';
import { openWire } from '@toeverlaat/testing/wire';
import { ok, organisationId, pause } from '@toeverlaat/values';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createGrpcClient, type GrpcClientOptions } from './client.js';
import { endpointsSchema } from './endpoints.js';
import type { Identity } from './identity.js';
import type { RefusedCall } from './asking.js';
import { authorityOf, identityOf, overSinceYesterday, serve, type Served } from './test-support.js';

const ours = authorityOf();
const empty = z.strictObject({});

describeRpcContract('gRPC', async (timeoutMs) => {
  let rpc: RpcClient | undefined;
  const served = await serve(
    contractModule(() => {
      if (rpc === undefined) throw new Error('not connected yet');
      return rpc;
    }),
    identityOf(ours, 'case'),
  );
  const client = createGrpcClient({
    identity: identityOf(ours, 'gateway'),
    services: { case: endpointsSchema.parse(served.address) },
    timeoutMs,
  });
  ({ rpc } = client);
  return {
    rpc,
    close: async () => {
      client.close();
      await served.close();
    },
  };
});

@Module({})
class PlainModule {}
const moduleOf = (served: Parameters<typeof createRpcController>[1]): DynamicModule => ({
  module: PlainModule,
  controllers: [createRpcController('PlainController', served)],
});

const who = defineQuery('case.takesPart', empty, z.strictObject({ replica: z.string() }));
const answering = (replica: string): DynamicModule =>
  moduleOf([serveQuery(who, () => Promise.resolve(ok({ replica })))]);

const gentia = organisationId('gentia');
const lies = contextFor(
  { role: 'counsellor', organisation: gentia, pseudonym: 'p1', capacityId: 'counsellor-lies', sites: 'all' },
  'handle_case',
);
const unreachable = { ok: false, rejection: { kind: 'Unavailable', detail: 'case.takesPart: unreachable' } };

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of opened.splice(0).toReversed()) await end();
});
const serving = async (...args: Parameters<typeof serve>): Promise<Served> => {
  const served = await serve(...args);
  opened.push(served.close);
  return served;
};
const asking = (identity: Identity, addresses: string, more: Partial<GrpcClientOptions> = {}) => {
  const client = createGrpcClient({
    identity,
    services: { case: endpointsSchema.parse(addresses) },
    retry: { pauseMs: 1, random: () => 0 },
    ...more,
  });
  opened.push(client.close);
  return client;
};

describe('the step that asks', () => {
  it('goes along, so that what is answered is part of it, and a closed circuit shows', async () => {
    const telemetry = recordingTelemetry();
    const [asks, answers] = [telemetry.of('gateway'), telemetry.of('case')];
    const served = await serving(
      {
        module: PlainModule,
        controllers: [
          createRpcController('SeenController', [serveQuery(who, () => Promise.resolve(ok({ replica: 'a' })))], {
            telemetry: answers,
          }),
        ],
      },
      identityOf(ours, 'case'),
      { telemetry: answers },
    );
    const { rpc } = asking(identityOf(ours, 'gateway'), served.address, { telemetry: asks });
    const asked = () => observedRpc(rpc, asks).query(who, lies, {});
    await asks.span({ name: 'gateway.request', beginsFor: lies.requestId }, asked);
    const [server, client, request] = telemetry.spans();
    expect([server?.name, client?.name, request?.name]).toEqual(['rpc.server', 'rpc.client', 'gateway.request']);
    expect(server?.parentId).toBe(client?.spanId);
    expect(client?.parentId).toBe(request?.spanId);
    expect(server?.traceId).toBe(traceIdOf(lies.correlationId));
    const figures = await telemetry.figures?.();
    expect(figures).toContain('toeverlaat_rpc_circuit_open{target="case",service="gateway"} 0');
    expect(figures).toContain('toeverlaat_rpc_client_seconds_count{target="case",outcome="ok",service="gateway"} 1');
    await served.close();
    expect(await asked()).toMatchObject({ ok: false, rejection: { kind: 'Unavailable' } });
    await asked();
    expect(await telemetry.figures?.()).toContain('toeverlaat_rpc_circuit_open{target="case",service="gateway"} 1');
  });
});

describe('a way that is cut half-open', () => {
  it('is found again once it is healed, also by a connection that was begun meanwhile', async () => {
    const served = await serving(answering('a'), identityOf(ours, 'case'));
    const wire = await openWire(Number(served.address.split(':')[1]));
    opened.push(wire.close);
    const { rpc } = asking(identityOf(ours, 'gateway'), `127.0.0.1:${wire.port}`, {
      timeoutMs: 500,
      retry: { attempts: 1 },
      circuit: { failures: 1, openMs: 1, longestOpenMs: 50 },
    });
    const answers = async (): Promise<boolean> => (await rpc.query(who, lies, {})).ok;
    const until = async (wanted: boolean): Promise<void> => {
      while ((await answers()) !== wanted) await pause(10);
    };
    await until(true);
    wire.cut();
    // The second is a trial, and what it leaves behind is begun while nothing passes.
    for (let n = 0; n < 3; n += 1) expect(await answers()).toBe(false);
    wire.heal();
    await until(true);
  }, 120_000);
});

describe('who is believed', () => {
  const refusedBy = async (peer: Peer): Promise<{ readonly served: Served; readonly refused: RefusedCall[] }> => {
    const refused: RefusedCall[] = [];
    const served = await serving(answering(peer), identityOf(ours, 'case'), { onRefused: (one) => refused.push(one) });
    return { served, refused };
  };

  it('a peer with a certificate of our authority that is in force', async () => {
    const { served, refused } = await refusedBy('case');
    for (const peer of ['gateway', 'intake', 'referral'] as const) {
      const { rpc } = asking(identityOf(ours, peer), served.address);
      expect(await rpc.query(who, lies, {})).toMatchObject({ ok: true });
    }
    expect(refused).toEqual([]);
  });

  it('nobody with a certificate of another authority, an expired one, or none', async () => {
    const { served, refused } = await refusedBy('case');
    const others = authorityOf();
    const expired = authorityOf(overSinceYesterday());
    const { served: believing } = { served: await serving(answering('case'), identityOf(ours, 'case', expired)) };
    for (const [identity, address] of [
      [identityOf(others, 'gateway', ours), served.address],
      [identityOf(others, 'gateway'), served.address],
      // Its authority is believed there; it is over.
      [identityOf(expired, 'gateway', ours), believing.address],
      [{ ...identityOf(ours, 'gateway'), key: Buffer.alloc(0), certificate: Buffer.alloc(0) }, served.address],
    ] as const) {
      const make = () => asking(identity, address).rpc.query(who, lies, {});
      const answer = await Promise.resolve()
        .then(make)
        .catch(() => unreachable);
      expect(answer).toEqual(unreachable);
    }
    // None of them got as far as a message.
    expect(refused).toEqual([]);
  });

  it('no service that answers with the certificate of another', async () => {
    const impostor = await serving(answering('case'), identityOf(ours, 'records'));
    expect(await asking(identityOf(ours, 'gateway'), impostor.address).rpc.query(who, lies, {})).toEqual(unreachable);
  });

  it('a peer calls what it may call, and nothing else', async () => {
    const { served, refused } = await refusedBy('case');
    for (const peer of ['reporting', 'directory', 'operator'] as const)
      expect(await asking(identityOf(ours, peer), served.address).rpc.query(who, lies, {})).toEqual(unreachable);
    expect(refused).toEqual(
      ['reporting', 'directory', 'operator'].map((peer) => ({
        peer,
        pattern: 'case.takesPart',
        reason: 'not allowed',
      })),
    );
  });

  it('a peer says that it is itself, and nobody else by itself', async () => {
    const { served, refused } = await refusedBy('case');
    const intake = asking(identityOf(ours, 'intake'), served.address).rpc;
    const gateway = asking(identityOf(ours, 'gateway'), served.address).rpc;
    const as = (caller: typeof gatewayCaller) => contextFor(caller, 'operate');
    expect(await intake.query(who, as(serviceCaller('intake', gentia)), {})).toMatchObject({ ok: true });
    expect(await gateway.query(who, as(gatewayCaller), {})).toMatchObject({ ok: true });
    for (const [rpc, claim] of [
      [intake, serviceCaller('referral', gentia)],
      [gateway, serviceCaller('intake', gentia)],
      [intake, gatewayCaller],
      [gateway, { ...gatewayCaller, role: 'platform_operator', capacityId: 'bootstrap' }],
      [gateway, { ...gatewayCaller, capacityId: 'somebody' }],
    ] as const)
      expect(await rpc.query(who, as(claim), {})).toEqual(unreachable);
    expect(refused.map(({ reason }) => reason)).toEqual(Array.from({ length: 5 }, () => 'claims to be another'));
  });
});

describe('replicas', () => {
  it('are asked in turn, and one that is gone is left out', async () => {
    const [one, two] = [
      await serving(answering('one'), identityOf(ours, 'case')),
      await serving(answering('two'), identityOf(ours, 'case')),
    ];
    const { rpc, serves } = asking(identityOf(ours, 'gateway'), `${one.address},${two.address}`);
    const ask = async (): Promise<string> => {
      const answer = await rpc.query(who, lies, {});
      return answer.ok ? answer.value.replica : answer.rejection.kind;
    };
    expect([await ask(), await ask(), await ask(), await ask()].toSorted()).toEqual(['one', 'one', 'two', 'two']);
    expect(await serves('case')).toBe(true);
    await one.close();
    expect([await ask(), await ask(), await ask(), await ask()]).toEqual(['two', 'two', 'two', 'two']);
    await two.close();
    expect(await ask()).toBe('Unavailable');
    expect(await serves('case')).toBe(false);
  });

  it('of a name are all its addresses of now', async () => {
    const served = await serving(answering('one'), identityOf(ours, 'case'));
    const port = served.address.split(':')[1] ?? '';
    const { rpc } = asking(identityOf(ours, 'gateway'), `dns:case.example:${port}`, {
      lookup: () => Promise.resolve(['127.0.0.1']),
    });
    expect(await rpc.query(who, lies, {})).toMatchObject({ ok: true });
  });

  it('that keep failing are spared until a trial succeeds', async () => {
    let connections = 0;
    // Takes connections and says nothing that TLS could understand.
    const deaf: Server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => {
      deaf.listen(0, '127.0.0.1', resolve);
    });
    const at = deaf.address();
    const port = typeof at === 'object' && at !== null ? at.port : 0;
    const states: string[] = [];
    const { rpc } = asking(identityOf(ours, 'gateway'), `127.0.0.1:${port}`, {
      circuit: { failures: 3, openMs: 60_000, longestOpenMs: 60_000 },
      onCircuit: (_service, _address, state) => states.push(state),
    });
    for (let n = 0; n < 5; n += 1) expect(await rpc.query(who, lies, {})).toEqual(unreachable);
    expect(states).toEqual(['open']);
    expect(connections).toBeGreaterThan(0);
    await new Promise((resolve) => {
      deaf.close(resolve);
    });
  });

  it('let what is under way end before they go', async () => {
    const begun = Promise.withResolvers<undefined>();
    const gate = Promise.withResolvers<undefined>();
    const served = await serving(
      moduleOf([
        serveQuery(who, async () => {
          begun.resolve(undefined);
          await gate.promise;
          return ok({ replica: 'the last' });
        }),
      ]),
      identityOf(ours, 'case'),
      { drainMs: 20_000 },
    );
    const { rpc } = asking(identityOf(ours, 'gateway'), served.address);
    const answer = rpc.query(who, lies, {});
    await begun.promise;
    const closed = served.close();
    expect(await rpc.query(who, lies, {})).toEqual(unreachable);
    gate.resolve(undefined);
    expect(await answer).toMatchObject({ ok: true, value: { replica: 'the last' } });
    await closed;
  });

  it('cut off what does not end within the bound', async () => {
    const begun = Promise.withResolvers<undefined>();
    const served = await serving(
      moduleOf([
        serveQuery(who, () => {
          begun.resolve(undefined);
          return new Promise(() => undefined);
        }),
      ]),
      identityOf(ours, 'case'),
      { drainMs: 50 },
    );
    const { rpc } = asking(identityOf(ours, 'gateway'), served.address);
    const answer = rpc.query(who, lies, {});
    await begun.promise;
    await served.close();
    expect(await answer).toEqual(unreachable);
  });
});

describe('a question that did not get through', () => {
  const act = defineCommand('case.takesPartAct', empty);
  it('is asked again of another replica, command or query, with the same command id', async () => {
    const ids: string[] = [];
    const counting = moduleOf([
      serveCommand(act, (_, { commandId }): Promise<CommandReply> => {
        ids.push(commandId);
        return Promise.resolve({ ok: true, id: 'one', revision: 0, position: null, repeated: false });
      }),
    ]);
    const gone = await serve(counting, identityOf(ours, 'case'));
    await gone.close();
    const there = await serving(counting, identityOf(ours, 'case'));
    const { rpc } = asking(identityOf(ours, 'gateway'), `${gone.address},${there.address}`);
    const commandIds = Array.from({ length: 4 }, () => crypto.randomUUID());
    for (const commandId of commandIds)
      expect(await rpc.command(act, lies, { commandId, data: {} })).toMatchObject({ ok: true });
    expect(ids).toEqual(commandIds);
  });

  it('is given up when whoever waited has gone, and the service hears of it', async () => {
    const begun = Promise.withResolvers<undefined>();
    const heard = Promise.withResolvers<boolean>();
    const served = await serving(
      moduleOf([
        serveQuery(who, () => {
          const signal = currentCall()?.signal;
          signal?.addEventListener('abort', () => {
            heard.resolve(true);
          });
          begun.resolve(undefined);
          return new Promise(() => undefined);
        }),
      ]),
      identityOf(ours, 'case'),
      { drainMs: 50 },
    );
    const { rpc } = asking(identityOf(ours, 'gateway'), served.address);
    const leaving = new AbortController();
    const answer = withinCall({ deadline: Date.now() + 60_000, signal: leaving.signal }, () =>
      rpc.query(who, lies, {}),
    );
    await begun.promise;
    leaving.abort();
    expect(await answer).toEqual(unreachable);
    expect(await heard.promise).toBe(true);
  });
});
