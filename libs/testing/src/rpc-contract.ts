import { Module, type DynamicModule } from '@nestjs/common';
import {
  defineCommand,
  defineQuery,
  type CommandReply,
  type RequestContext,
  type RpcClient,
} from '@toeverlaat/contracts';
import { currentCall, HOP_MS } from '@toeverlaat/messaging';
import { createRpcController, serveCommand, serveQuery } from '@toeverlaat/service-kit';
import { err, ok, organisationId, type OrganisationId } from '@toeverlaat/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { contextFor } from './service.js';

const line = z.strictObject({ id: z.string(), words: z.string() });
const echo = defineQuery('case.contractEcho', line, z.strictObject({ organisation: z.string(), ...line.shape }));
const keep = defineCommand('case.contractKeep', z.strictObject({ id: z.string() }));
const refuse = defineQuery('case.contractRefuse', z.strictObject({}), z.strictObject({}));
const broken = defineQuery('case.contractBroken', z.strictObject({}), z.strictObject({ count: z.number() }));
const failing = defineQuery('case.contractFailing', z.strictObject({}), z.strictObject({}));
const silent = defineQuery('case.contractSilent', z.strictObject({}), z.strictObject({}));
const nobody = defineQuery('case.contractNobody', z.strictObject({}), z.strictObject({}));
const left = defineQuery(
  'case.contractLeft',
  z.strictObject({ hops: z.number().int() }),
  z.strictObject({ remaining: z.array(z.number()) }),
);

/** A transport with one service behind it. */
export type OpenedTransport = {
  /** Asks as the gateway does; the service asks with the same. */
  readonly rpc: RpcClient;
  readonly close: () => Promise<void>;
};

@Module({})
class ContractModule {}

/** What a service of the contract answers; `self` is how it asks itself, over the transport. */
export const contractModule = (self: () => RpcClient): DynamicModule => ({
  module: ContractModule,
  controllers: [
    createRpcController('ContractController', [
      serveQuery(echo, (context, input) =>
        Promise.resolve(ok({ organisation: context.caller.organisation, ...input })),
      ),
      serveCommand(keep, (_, { commandId, data }): Promise<CommandReply> =>
        Promise.resolve({ ok: true, id: data.id, revision: 0, position: null, repeated: commandId.startsWith('0') }),
      ),
      serveQuery(refuse, () => Promise.resolve(err({ kind: 'RuleRefused', code: 'not_now', params: { days: 3 } }))),
      { pattern: broken.pattern, handle: () => Promise.resolve({ ok: true, value: { count: 'many' }, stale: false }) },
      serveQuery(failing, () => Promise.reject(new Error('what somebody wrote'))),
      serveQuery(silent, () => new Promise(() => undefined)),
      serveQuery(left, async (context, { hops }) => {
        const own = (currentCall()?.deadline ?? Number.NaN) - Date.now();
        if (hops === 0) return ok({ remaining: [own] });
        const next = await self().query(left, context, { hops: hops - 1 });
        return next.ok ? ok({ remaining: [own, ...next.value.remaining] }) : err(next.rejection);
      }),
    ]),
  ],
});

const twins = [organisationId('gentia'), organisationId('zorgnet')] as const;
const asked = (organisation: OrganisationId): RequestContext =>
  contextFor(
    { role: 'counsellor', organisation, pseudonym: 'p1', capacityId: 'counsellor-lies', sites: 'all' },
    'handle_case',
  );
const [context] = twins.map(asked) as [RequestContext, RequestContext];

/**
 * What every transport between the services gives, in one process and between processes.
 * @param open one on which a question has so many milliseconds
 */
export const describeRpcContract = (name: string, open: (timeoutMs: number) => Promise<OpenedTransport>): void => {
  describe(`RPC over ${name}`, () => {
    let transport: OpenedTransport;
    let hasty: OpenedTransport;
    beforeAll(async () => {
      transport = await open(20_000);
      hasty = await open(300);
    });
    afterAll(async () => {
      await transport.close();
      await hasty.close();
    });

    it('answers each of two organisations with equal ids', async () => {
      const answers = await Promise.all(
        twins.map((organisation) => transport.rpc.query(echo, asked(organisation), { id: 'one', words: 'é ✓ "' })),
      );
      expect(answers).toEqual(
        twins.map((organisation) => ({ ok: true, value: { organisation, id: 'one', words: 'é ✓ "' }, stale: false })),
      );
    });

    it('carries a message of a megabyte', async () => {
      const words = 'w'.repeat(1_000_000);
      const answer = await transport.rpc.query(echo, context, { id: 'one', words });
      expect(answer.ok && answer.value.words.length).toBe(words.length);
    });

    it('carries a command and its answer', async () => {
      const commandId = '0fd1b8b4-5e0c-4b0e-8d3c-0d2a2f0c7a11';
      expect(await transport.rpc.command(keep, context, { commandId, data: { id: 'one' } })).toEqual({
        ok: true,
        id: 'one',
        revision: 0,
        position: null,
        repeated: true,
      });
    });

    it('carries a refusal as it was given', async () => {
      expect(await transport.rpc.query(refuse, context, {})).toEqual({
        ok: false,
        rejection: { kind: 'RuleRefused', code: 'not_now', params: { days: 3 } },
      });
    });

    it('answers a handler that failed, and a pattern that nobody answers, without a word of why', async () => {
      for (const def of [failing, nobody])
        expect(await transport.rpc.query(def, context, {})).toEqual({
          ok: false,
          rejection: { kind: 'Unavailable', detail: `${def.pattern}: unreachable` },
        });
    });

    it('does not hand on an answer that breaks its contract', async () => {
      expect(await transport.rpc.query(broken, context, {})).toEqual({
        ok: false,
        rejection: { kind: 'Unavailable', detail: 'case.contractBroken: answer breaks its contract' },
      });
    });

    it('gives up on who does not answer', async () => {
      expect(await hasty.rpc.query(silent, context, {})).toEqual({
        ok: false,
        rejection: { kind: 'Unavailable', detail: 'case.contractSilent: unreachable' },
      });
    });

    it('takes the deadline along and shortens it at each hop', async () => {
      const answer = await transport.rpc.query(left, context, { hops: 2 });
      const remaining = answer.ok ? answer.value.remaining : [];
      expect(remaining).toHaveLength(3);
      // Compared by what is left on arrival, so that a slow way there only leaves less; it may cross as whole milliseconds.
      const steps = remaining.slice(1).map((after, index) => (remaining[index] ?? 0) - after);
      for (const step of steps) expect(step).toBeGreaterThanOrEqual(HOP_MS - 2);
    });

    it('asks nobody when a hop has no time left', async () => {
      // 300 ms and 50 a hop: the chain ends before its end, and whoever asked hears it.
      expect(await hasty.rpc.query(left, context, { hops: 8 })).toMatchObject({
        ok: false,
        rejection: { kind: 'Unavailable' },
      });
    });
  });
};
