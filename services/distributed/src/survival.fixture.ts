import * as c from '@toeverlaat/contracts';
import { twinsOfTheDemonstration } from '@toeverlaat/standalone/scenarios';
import { createLogger } from '@toeverlaat/telemetry';
import { pause, type OrganisationId } from '@toeverlaat/values';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openLog } from './adapters.js';
import type { Fleet } from './fleet/fleet.js';
import { logSchema } from './settings.js';
import type { FleetTheatre } from './test-support.js';

/** What a client may be told while something is away: ask again. */
export const RETRYABLE: ReadonlySet<string> = new Set(['TryLater', 'Unavailable', 'SERVICE_UNAVAILABLE']);

/** How often each thing is killed or cut; more by `FLEET_ROUNDS=5 npm run crash:fleet`, or `crash:servers`. */
export const ROUNDS = Number(process.env['FLEET_ROUNDS'] ?? 1);

export type Acknowledged = { readonly organisation: OrganisationId; readonly id: string };

/** What a client says of itself when the only gateway is gone: nobody answered, which is no refusal. */
export const NO_CONNECTION = 'NoConnection';

/** Between two questions of one client, in milliseconds: what is proven needs commands all the time, not a busy machine. */
const PACE_MS = 100;

/** A connection that breaks is fetch's TypeError; every other error is a fault of the test or of an answer. */
const unconnected = (error: unknown): { readonly ok: false; readonly refusal: { kind: string } } => {
  if (!(error instanceof TypeError && error.cause !== undefined)) throw error;
  return { ok: false, refusal: { kind: NO_CONNECTION } };
};

const loads = new Set<() => void>();
/** After each test: the load of one that failed asks nothing more, also what nobody would ever answer. */
export const abandonLoads = (): void => {
  for (const abandon of loads) abandon();
  loads.clear();
};

/**
 * Opens case after case in both organisations, each under one command id until it is acknowledged, as a client does that
 * does not give up. Says what was acknowledged and how it was refused in between.
 */
export const load = (theatre: FleetTheatre) => {
  const stopping = new AbortController();
  const acknowledged: Acknowledged[] = [];
  const refusals = new Set<string>();
  const waiting = new Set<() => void>();
  const abandoning = new AbortController();
  const one = async (organisation: OrganisationId): Promise<void> => {
    const lies = theatre.as(organisation, 'lies', 'counsellor');
    while (!stopping.signal.aborted) {
      const commandId = crypto.randomUUID();
      while (!abandoning.signal.aborted) {
        const answer = await lies
          .command(c.openCaseCommand, commandId, {
            identity: 'anonymous',
            site: 'ghent',
            firstContactOn: '2026-11-20',
            language: 'nl',
          })
          .catch(unconnected);
        if (answer.ok) {
          acknowledged.push({ organisation, id: answer.id });
          for (const wake of waiting) wake();
          break;
        }
        refusals.add(answer.refusal.kind);
        await pause(PACE_MS);
      }
      await pause(PACE_MS);
    }
  };
  const running = Promise.all(twinsOfTheDemonstration.map(one));
  const abandon = (): void => {
    stopping.abort();
    abandoning.abort();
  };
  loads.add(abandon);
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
      loads.delete(abandon);
    },
  };
};

/** Each acknowledged case is in the log once, and nothing else is; every replica has handled everything. */
export const expectOnce = async (
  { fleet }: Pick<FleetTheatre, 'fleet'>,
  acknowledged: readonly Acknowledged[],
  looks = 2,
): Promise<void> => {
  // One look is bounded; what waits for a server to come back does so with pauses of up to half a minute.
  let settled = false;
  for (let look = 0; look < looks && !settled; look += 1) settled = await fleet.whenSettled();
  expect(settled).toBe(true);
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
};

const FIGURE = /^(toeverlaat_(?:view|relay)_lag_seconds)(?:\{([^}]*)\})? (\S+)$/gmu;
const ASK_AGAIN_MS = 250;
/** A client of Kafka looks for a broker again after up to half a minute; a busy machine takes its time on top. */
const CAUGHT_UP_WITHIN_MS = 240_000;
/** The bound that an operator is promised. */
const LAG_SECONDS = 1;

/** Where one process answers its operator. */
const operationsOf = ({ processes }: Fleet, name: string): string => {
  const plan = processes.get(name)?.plan;
  return `http://${plan?.settings['operationsHost'] ?? '127.0.0.1'}:${plan?.operationsPort}`;
};

/** The figures of one process, as an operator reads them; undefined: it does not answer. */
export const figuresOf = async (fleet: Fleet, name: string): Promise<string | undefined> => {
  const answer = await fetch(`${operationsOf(fleet, name)}/metrics`).catch(() => undefined);
  return answer?.ok === true ? answer.text() : undefined;
};

/** Whether a process says of itself that it can be asked; undefined: it does not answer. */
export const isReady = async (fleet: Fleet, name: string): Promise<boolean | undefined> => {
  const answer = await fetch(`${operationsOf(fleet, name)}/health/ready`).catch(() => undefined);
  await answer?.text();
  return answer?.ok;
};

/** Resolves once something is so. @throws Error: not within the bound */
export const whenSo = async (what: string, look: () => boolean | Promise<boolean>): Promise<void> => {
  const until = performance.now() + CAUGHT_UP_WITHIN_MS;
  while (!(await look())) {
    if (performance.now() >= until) throw new Error(`not within ${CAUGHT_UP_WITHIN_MS} ms: ${what}`);
    await pause(ASK_AGAIN_MS);
  }
};

/** How far every view and every relay is behind the log, in seconds, as an operator reads it; undefined: a process does not answer. */
const lags = async (fleet: Fleet): Promise<ReadonlyMap<string, number> | undefined> => {
  const found = new Map<string, number>();
  for (const { plan } of fleet.processes.values()) {
    if (plan.service === 'gateway') continue;
    const figures = await figuresOf(fleet, plan.name);
    if (figures === undefined) return undefined;
    for (const [, name, labels = '', value] of figures.matchAll(FIGURE))
      found.set(`${plan.name} ${name} ${labels}`, Number(value));
  }
  return found;
};

/**
 * Resolves once no view of any replica and no relay is a second behind the log, by the figures that an operator sees; to be
 * asked while commands still come or right after them, with the clock at the present.
 * @throws Error when the bound ran out
 */
export const whenCaughtUp = async ({ fleet }: Pick<FleetTheatre, 'fleet'>): Promise<ReadonlyMap<string, number>> => {
  let found: ReadonlyMap<string, number> = new Map();
  await whenSo('no view and no relay a second behind the log', async () => {
    found = (await lags(fleet)) ?? new Map();
    return found.size > 0 && [...found.values()].every((seconds) => seconds < LAG_SECONDS);
  });
  return found;
};

/** Views of one replica of every service are taken away, built from the log alone, and are what they were. */
export const expectRebuilt = async ({ fleet }: Pick<FleetTheatre, 'fleet'>): Promise<void> => {
  expect(await fleet.whenSettled()).toBe(true);
  const before = await fleet.viewHashes();
  rmSync(fleet.layout.publishedViews, { recursive: true, force: true });
  const last = new Map([...fleet.processes.values()].map((process) => [process.plan.service, process]));
  last.delete('gateway');
  await Promise.all(
    [...last.values()].map(async (process) => {
      await process.stop();
      rmSync(join(fleet.layout.processFolder(process.plan.name), 'views'), { recursive: true, force: true });
      await process.start();
    }),
  );
  expect(await fleet.whenSettled()).toBe(true);
  expect(await fleet.viewHashes()).toEqual(before);
};

/** The types of all events of some categories, in the log's order. */
export const recordedTypes = async (
  { fleet }: Pick<FleetTheatre, 'fleet'>,
  categories: readonly string[],
): Promise<readonly string[]> => {
  const opened = await openLog(logSchema.parse(fleet.stores['log']), createLogger({ level: 'silent', service: 't' }));
  try {
    const { events } = await opened.readAll({ categories, limit: 1_000_000 });
    return events.map(({ type }) => type);
  } finally {
    await opened.close();
  }
};
