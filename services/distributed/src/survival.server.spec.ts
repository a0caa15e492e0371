import * as c from '@toeverlaat/contracts';
import { createGraphqlDriver, twinsOfTheDemonstration } from '@toeverlaat/standalone/scenarios';
import { createLogger } from '@toeverlaat/telemetry';
import { describeWith } from '@toeverlaat/testing/needs';
import type { OrganisationId } from '@toeverlaat/values';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLog } from './adapters.js';
import { logSchema } from './settings.js';
import { openFleetTheatre, type FleetTheatre } from './test-support.js';

/* A deployment under load loses nothing that was acknowledged and does nothing twice, whatever becomes of its processes. */

/** What a client may be told while a process is away: ask again. */
const RETRYABLE: ReadonlySet<string> = new Set(['TryLater', 'Unavailable', 'SERVICE_UNAVAILABLE']);

type Acknowledged = { readonly organisation: OrganisationId; readonly id: string };

/**
 * Opens case after case in both organisations, each under one command id until it is acknowledged, as a client does that
 * does not give up. Says what was acknowledged and how it was refused in between.
 */
const load = (theatre: FleetTheatre) => {
  const stopping = new AbortController();
  const acknowledged: Acknowledged[] = [];
  const refusals = new Set<string>();
  const waiting = new Set<() => void>();
  const one = async (organisation: OrganisationId): Promise<void> => {
    const lies = theatre.as(organisation, 'lies', 'counsellor');
    while (!stopping.signal.aborted) {
      const commandId = crypto.randomUUID();
      for (;;) {
        const answer = await lies.command(c.openCaseCommand, commandId, {
          identity: 'anonymous',
          site: 'ghent',
          firstContactOn: '2026-11-20',
          language: 'nl',
        });
        if (answer.ok) {
          acknowledged.push({ organisation, id: answer.id });
          for (const wake of waiting) wake();
          break;
        }
        refusals.add(answer.refusal.kind);
      }
    }
  };
  const running = Promise.all(twinsOfTheDemonstration.map(one));
  return {
    acknowledged,
    refusals,
    /** Resolves once so many more were acknowledged. */
    more: (count: number): Promise<void> => {
      const target = acknowledged.length + count;
      return new Promise((resolve) => {
        const check = (): void => {
          if (acknowledged.length < target) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
      });
    },
    stop: async (): Promise<void> => {
      stopping.abort();
      await running;
    },
  };
};

describeWith('postgres', 'a deployment under load', (log) => {
  let theatre: FleetTheatre;
  beforeAll(async () => {
    theatre = await openFleetTheatre({ log, replicas: { case: 2, directory: 2 } });
  }, 240_000);
  afterAll(() => theatre.close(), 60_000);

  /** Each acknowledged case is in the log once, each view is what the log says, in every replica. */
  const expectWhole = async (acknowledged: readonly Acknowledged[]): Promise<void> => {
    const { fleet } = theatre;
    expect(await fleet.whenSettled()).toBe(true);
    const opened = await openLog(logSchema.parse(fleet.stores['log']), createLogger({ level: 'silent', service: 't' }));
    try {
      const { events } = await opened.readAll({ categories: ['case.case'], limit: 1_000_000 });
      const counts = new Map<string, number>();
      for (const { stream, type } of events)
        if (type.startsWith('case.CaseOpened.')) counts.set(stream, (counts.get(stream) ?? 0) + 1);
      for (const { organisation, id } of acknowledged)
        expect([id, counts.get(`case.case-${organisation}_${id}`)]).toEqual([id, 1]);
      expect(new Set(counts.values())).toEqual(new Set([1]));
      // Nobody asked for more than was acknowledged: a load that ends has every answer.
      expect(counts.size).toBe(new Set(acknowledged.map(({ organisation, id }) => `${organisation} ${id}`)).size);
    } finally {
      await opened.close();
    }
    const hashes = await fleet.viewHashes();
    expect(hashes['case-1']).toEqual(hashes['case-2']);
    expect(hashes['directory-1']).toEqual(hashes['directory-2']);
  };
  const all: Acknowledged[] = [];

  it('goes on while every service is restarted, replica by replica', async () => {
    const { fleet } = theatre;
    fleet.steer(undefined);
    const running = load(theatre);
    await running.more(4);
    for (const [name, { plan }] of fleet.processes) {
      if (plan.service === 'gateway') continue;
      await fleet.restart(name);
      await running.more(2);
    }
    await running.stop();
    all.push(...running.acknowledged);
    expect([...running.refusals].filter((kind) => !RETRYABLE.has(kind))).toEqual([]);
    await expectWhole(all);
  }, 300_000);

  it('goes on when processes are killed in the middle of it', async () => {
    const { fleet } = theatre;
    const running = load(theatre);
    await running.more(4);
    for (const name of ['case-1', 'directory-2', 'case-2', 'records-1', 'case-1']) {
      const process = fleet.processes.get(name);
      const before = process?.pid();
      await process?.kill();
      await running.more(3);
      await process?.whenReady();
      expect(process?.pid()).not.toBe(before);
    }
    await running.stop();
    all.push(...running.acknowledged);
    expect([...running.refusals].filter((kind) => !RETRYABLE.has(kind))).toEqual([]);
    await expectWhole(all);
  }, 300_000);

  it('shows the same to who asks either replica, of what was just written', async () => {
    // A driver of its own has no memory but the token it was given.
    const driver = createGraphqlDriver(theatre.url);
    for (const organisation of twinsOfTheDemonstration) {
      const lies = driver.actor({ as: 'counsellor', subject: `lies@${organisation}`, organisation });
      for (let n = 0; n < 4; n += 1) {
        const answer = await lies.command(c.openCaseCommand, crypto.randomUUID(), {
          identity: 'anonymous',
          site: 'ghent',
          firstContactOn: '2026-11-20',
          language: 'nl',
        });
        if (!answer.ok) throw new Error(answer.refusal.kind);
        all.push({ organisation, id: answer.id });
        for (let replica = 0; replica < 2; replica += 1) {
          const found = await lies.query(c.caseByIdQuery, { caseId: answer.id });
          expect(found).toMatchObject({ ok: true, value: { status: 'open' } });
        }
      }
    }
    await expectWhole(all);
  }, 120_000);

  it('has views that are those of the log, built anew', async () => {
    const { fleet } = theatre;
    expect(await fleet.whenSettled()).toBe(true);
    const before = await fleet.viewHashes();
    rmSync(fleet.layout.publishedViews, { recursive: true, force: true });
    for (const name of ['case-2', 'directory-1', 'intake-1']) {
      const process = fleet.processes.get(name);
      await process?.stop();
      rmSync(join(fleet.layout.processFolder(name), 'views'), { recursive: true, force: true });
      await process?.start();
    }
    expect(await fleet.whenSettled()).toBe(true);
    expect(await fleet.viewHashes()).toEqual(before);
  }, 180_000);

  it('lets a cold replica start from the files that another published', async () => {
    const { fleet } = theatre;
    const before = await fleet.viewHashes();
    await fleet.publishViews();
    const process = fleet.processes.get('case-1');
    await process?.stop();
    rmSync(join(fleet.layout.processFolder('case-1'), 'views'), { recursive: true, force: true });
    await process?.start();
    expect(await fleet.whenSettled()).toBe(true);
    expect((await fleet.viewHashes())['case-1']).toEqual(before['case-1']);
  }, 120_000);
});
