import { Module, type DynamicModule } from '@nestjs/common';
import { defineQuery } from '@toeverlaat/contracts';
import { createRpcController, serveQuery } from '@toeverlaat/service-kit';
import { contextFor } from '@toeverlaat/testing';
import { ok, organisationId } from '@toeverlaat/values';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { createGrpcClient } from './client.js';
import { endpointsSchema } from './endpoints.js';
import { watchIdentity, type WatchedIdentity } from './held-identity.js';
import type { Identity } from './identity.js';
import { authorityOf, identityOf, serve } from './test-support.js';

const who = defineQuery('case.takesPart', z.strictObject({}), z.strictObject({ replica: z.string() }));

@Module({})
class AnsweringModule {}
const answering: DynamicModule = {
  module: AnsweringModule,
  controllers: [
    createRpcController('AnsweringController', [serveQuery(who, () => Promise.resolve(ok({ replica: 'a' })))]),
  ],
};
const lies = contextFor(
  {
    role: 'counsellor',
    organisation: organisationId('gentia'),
    pseudonym: 'p1',
    capacityId: 'counsellor-lies',
    sites: 'all',
  },
  'handle_case',
);

const first = authorityOf();
const second = authorityOf();

let folder: string;
const ends: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'toeverlaat-identity-'));
  ends.push(() => {
    rmSync(folder, { recursive: true, force: true });
  });
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

const write = (at: string, { peer, authorities, certificate, key }: Identity): void => {
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, 'ca.crt'), authorities);
  writeFileSync(join(at, `${peer}.crt`), certificate);
  writeFileSync(join(at, `${peer}.key`), key);
};
const believing = (identity: Identity, ...authorities: readonly (typeof first)[]): Identity => ({
  ...identity,
  authorities: Buffer.from(authorities.map(({ authority }) => authority).join('\n')),
});
const watching = (at: string, peer: Identity['peer']): WatchedIdentity & { readonly refusals: string[] } => {
  const refusals: string[] = [];
  const watched = watchIdentity(at, peer, {
    everyMs: 0,
    onReplaced: () => undefined,
    onRefused: ({ message }) => refusals.push(message),
  });
  ends.push(watched.stop);
  return { ...watched, refusals };
};

it('exchanges certificates, and then their authority, while both ends run and no question is lost', async () => {
  const [asked, asks] = [join(folder, 'case'), join(folder, 'gateway')];
  write(asked, identityOf(first, 'case'));
  write(asks, identityOf(first, 'gateway'));
  const server = watching(asked, 'case');
  const client = watching(asks, 'gateway');
  const served = await serve(answering, server.current(), { identity: server });
  ends.push(served.close);
  /** A connection of its own. */
  const ask = async (identity: Identity | WatchedIdentity) => {
    const one = createGrpcClient({
      identity,
      services: { case: endpointsSchema.parse(served.address) },
      retry: { pauseMs: 1, random: () => 0 },
    });
    const reply = await one.rpc.query(who, lies, {});
    one.close();
    return reply.ok;
  };
  const standing = createGrpcClient({ identity: client, services: { case: endpointsSchema.parse(served.address) } });
  ends.push(standing.close);
  const stands = async () => (await standing.rpc.query(who, lies, {})).ok;
  expect([await stands(), await ask(client)]).toEqual([true, true]);
  expect([server.look(), client.look()]).toEqual([false, false]);

  // Both are believed before anybody shows a new one.
  write(asked, believing(identityOf(first, 'case'), first, second));
  write(asks, believing(identityOf(first, 'gateway'), first, second));
  expect([server.look(), client.look()]).toEqual([true, true]);
  expect([await stands(), await ask(client)]).toEqual([true, true]);
  write(asked, believing(identityOf(second, 'case'), first, second));
  expect(server.look()).toBe(true);
  expect([await stands(), await ask(client)]).toEqual([true, true]);
  write(asks, believing(identityOf(second, 'gateway'), first, second));
  expect(client.look()).toBe(true);
  expect([await stands(), await ask(client)]).toEqual([true, true]);

  // Then the old authority goes: whoever still shows or believes only the old one is not let in.
  expect(await ask(believing(identityOf(first, 'gateway'), first, second))).toBe(true);
  write(asked, identityOf(second, 'case'));
  write(asks, identityOf(second, 'gateway'));
  expect([server.look(), client.look()]).toEqual([true, true]);
  expect([await stands(), await ask(client)]).toEqual([true, true]);
  expect(await ask(believing(identityOf(first, 'gateway'), first, second))).toBe(false);
  expect(await ask(identityOf(first, 'gateway'))).toBe(false);
  expect(server.endsAt()).toBeGreaterThan(Date.now());
}, 180_000);

it('keeps what it has while the files are half exchanged, and says so once', () => {
  write(folder, identityOf(first, 'case'));
  const watched = watching(folder, 'case');
  const next = identityOf(second, 'case');
  writeFileSync(join(folder, 'case.crt'), next.certificate);
  expect([watched.look(), watched.look()]).toEqual([false, false]);
  expect(watched.refusals).toEqual([expect.stringContaining('is not the key of the certificate')]);
  expect(watched.current()).toEqual(identityOf(first, 'case'));
  write(folder, next);
  expect(watched.look()).toBe(true);
  expect(watched.current()).toEqual(next);
});
