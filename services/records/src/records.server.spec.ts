import 'reflect-metadata';
import { createRecorder, type Caller } from '@toeverlaat/access';
import { accessHistoryOfPeriod, createRpcClient, type RequestContext } from '@toeverlaat/contracts';
import { createMemoryEventLog } from '@toeverlaat/event-log';
import { createMemoryReactorStore, InProcessExchange, InProcessServer } from '@toeverlaat/messaging';
import { createMemorySealing } from '@toeverlaat/sealing';
import { noTelemetry, silentLogger } from '@toeverlaat/telemetry';
import { ok, settableClock, type OrganisationId, type PersonId } from '@toeverlaat/values';
import { NestFactory } from '@nestjs/core';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createRecordsService } from './records.module.js';

const caller: Caller = {
  role: 'data_protection_officer',
  organisation: 'gentia' as OrganisationId,
  person: 'p9' as PersonId,
  pseudonym: 'auditor2026',
  capacityId: 'cap-auditor',
  sites: 'all',
};
const requestId = '7d4c2a1e-90b3-4f6a-8d25-1e0f3b7a9c44';
const context: RequestContext = {
  requestId,
  correlationId: requestId,
  caller,
  purpose: 'protect_data',
  language: 'nl',
};

it('answers over Nest, sees its own reading after the position it waits for, and stops', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'records-server-'));
  const log = createMemoryEventLog();
  const clock = settableClock('2026-11-20T09:00:00.000Z');
  const service = createRecordsService(
    {
      service: 'records',
      rpc: createRpcClient(() => Promise.reject(new Error('asks nobody'))),
      reactorStore: createMemoryReactorStore(),
      viewsFolder: folder,
      log,
      clock,
      sealing: createMemorySealing(clock),
      logger: silentLogger(),
      telemetry: noTelemetry,
      recorder: createRecorder({ log, clock, service: 'records', writerId: 'w1' }),
      authority: {
        capacitiesOf: (organisation, person) =>
          Promise.resolve(
            ok([
              {
                id: 'cap-auditor',
                role: 'data_protection_officer' as const,
                organisation,
                person,
                sites: 'all' as const,
                from: '2026-01-01',
              },
            ]),
          ),
      },
    },
    {
      evidence: { folder: join(folder, 'evidence') },
      backups: { rotationDays: 7, keyringBackupDays: 14 },
      keysHeldMs: 0,
      prepareDue: false,
    },
    { case: [], intake: [], referral: [] },
  );
  await service.start();
  const exchange = new InProcessExchange();
  const nest = await NestFactory.createMicroservice(service.module, {
    strategy: new InProcessServer(exchange),
    logger: false,
  });
  await nest.listen();
  const rpc = createRpcClient((pattern, message) => exchange.request(pattern, message));
  try {
    expect(await rpc.query(accessHistoryOfPeriod, context, { page: { first: 5 } })).toMatchObject({
      ok: true,
      value: { next: null },
    });
    const head = await log.head();
    if (head === undefined) throw new Error('the reading was not recorded');
    const again = await rpc.query(
      accessHistoryOfPeriod,
      { ...context, after: { records: head } },
      { page: { first: 5 } },
    );
    expect(again).toMatchObject({
      ok: true,
      stale: false,
      value: {
        rows: expect.arrayContaining([expect.objectContaining({ query: 'accessHistoryOfPeriod', service: 'records' })]),
      },
    });
    expect(await service.whenSettled(head, 5_000)).toBe(true);
    expect(await service.viewHashes()).toEqual({
      access_alarms: expect.stringMatching(/^[0-9a-f]{64}$/),
      access_index: expect.stringMatching(/^[0-9a-f]{64}$/),
      departures: expect.stringMatching(/^[0-9a-f]{64}$/),
      erasures: expect.stringMatching(/^[0-9a-f]{64}$/),
      retention: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  } finally {
    await nest.close();
    await service.stop();
    await log.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
