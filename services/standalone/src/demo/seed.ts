import type { BlobGateway, RpcClient } from '@toeverlaat/contracts';
import { metadataOf, type EventLog } from '@toeverlaat/event-log';
import { addDays, localDateOf, type Clock, type Instant, type LocalDate } from '@toeverlaat/values';
import { DEMO_ISSUER } from '../demo-idp/index.js';
import type { Driver } from './actors.js';
import { createCards, enterExtraWorkers, planOf, playCase, type CasePlan } from './cases.js';
import { found, FOUNDED_WEEKS_AGO } from './found.js';
import { playKeeping } from './keeping.js';
import { patient } from './patient.js';
import { twins } from './people.js';
import { createRpcDriver } from './rpc-driver.js';
import {
  playScenario1,
  playScenario2,
  playScenario3,
  playScenario4,
  playScenario5,
  playScenario8,
  playScenario10,
  playScenario9,
} from './scenarios.js';
import { playScenario7 } from './scenario-7.js';
import { createStage, mondayOf, type Stage } from './stage.js';
import type { World } from './world.js';

/** What the demonstration needs of the product. */
export type Stageable = {
  readonly rpc: RpcClient;
  readonly blobs: BlobGateway | undefined;
  readonly clock: Clock;
  /** Undefined outside the demonstration. */
  readonly steer: ((instant: Instant | undefined) => void) | undefined;
  readonly log: Pick<EventLog, 'readAll'>;
  readonly runTimers: () => Promise<void>;
  readonly whenSettled: (timeoutMs?: number) => Promise<boolean>;
};

/** What the clock, dates and views of a product do for a stage; who acts on it comes from elsewhere. */
export type Steerable = Omit<Stageable, 'rpc' | 'blobs'> & Partial<Pick<Stageable, 'rpc' | 'blobs'>>;

/** The demonstration was asked for where its past cannot be played, or did not get through. */
export class DemonstrationFailed extends Error {
  override readonly name = 'DemonstrationFailed';
}

const SETTLE_MS = 60_000;

/** One run for all who ask while none has begun; who asks during a run waits for the next. */
const together = (work: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    next ??= (async () => {
      await running.catch(() => undefined);
      // Whoever asks in the same turn of the event loop shares this run.
      await Promise.resolve();
      running = work();
      next = undefined;
      await running;
    })();
    return next;
  };
};

/**
 * The Monday that the demonstration's past is counted back from: this week's, or when its log has begun, the one it was
 * begun with, so that an interrupted demonstration goes on as it would have.
 */
const presentOf = async (product: Steerable): Promise<LocalDate> => {
  const { events } = await product.log.readAll({ limit: 1 });
  const [first] = events;
  return first === undefined
    ? mondayOf(localDateOf(product.clock.now()))
    : addDays(mondayOf(localDateOf(metadataOf(first).recordedAt)), 7 * FOUNDED_WEEKS_AGO);
};

export type Staged = { readonly world: World; readonly stage: Stage };

/** @throws DemonstrationFailed */
const driverOf = ({ rpc, blobs, clock }: Steerable, issuer: string): Driver => {
  if (rpc === undefined) throw new DemonstrationFailed('nobody can act: neither a driver nor RPC');
  return createRpcDriver(patient(rpc), blobs, issuer, clock);
};

/**
 * A product as a world to play scenarios in.
 * @throws DemonstrationFailed when its clock cannot be set
 */
export const stageOf = async (
  product: Steerable,
  options: {
    readonly seed: number;
    readonly driver?: Driver;
    readonly atOnce?: number;
    readonly issuer?: string | undefined;
  },
): Promise<Staged> => {
  const { steer } = product;
  if (steer === undefined) throw new DemonstrationFailed('only the demonstration profile has a past to play');
  const settle = together(async () => {
    if (!(await product.whenSettled(SETTLE_MS)))
      throw new DemonstrationFailed('views and reactions did not catch up in time');
  });
  const timers = together(async () => {
    await product.runTimers();
    await settle();
  });
  const today = await presentOf(product);
  const stage = createStage(steer, settle, options.atOnce);
  const world: World = {
    driver: options.driver ?? driverOf(product, options.issuer ?? DEMO_ISSUER),
    seed: options.seed,
    today,
    at: stage.at,
    settle,
    timers,
  };
  return { world, stage };
};

export type SeedOptions = {
  /** Cases beyond the scenarios. */
  readonly cases: number;
  readonly seed: number;
  /** Whose tokens its people sign in with; the demonstration's own provider when left out. */
  readonly issuer?: string | undefined;
  readonly onProgress?: (done: number, total: number) => void;
};

/**
 * Fills a product with the demonstration: its organisations, the scenarios in both that share their ids, and `cases`
 * more, all through the real commands, each at its own time. Deterministic by seed; played again it does nothing twice.
 * @throws DemonstrationFailed, StepRefused
 */
export const seedDemonstration = async (product: Stageable, options: SeedOptions): Promise<void> => {
  const { cases, seed, issuer = DEMO_ISSUER, onProgress = () => undefined } = options;
  const { world, stage } = await stageOf(product, { seed, issuer });
  const scenarios: (() => Promise<unknown>)[] = [
    ...twins.flatMap((organisation) =>
      [
        playScenario1,
        playScenario2,
        playScenario3,
        playScenario4,
        playScenario5,
        playScenario7,
        playScenario8,
        playScenario10,
      ].map((play) => () => play(world, organisation)),
    ),
    () => playScenario9(world),
    ...twins.map((organisation) => () => playKeeping(world, organisation)),
  ];
  const total = scenarios.length + cases;
  let finished = 0;
  onProgress(0, total);
  const counted = (story: () => Promise<unknown>) => async () => {
    await story();
    finished += 1;
    onProgress(finished, total);
  };

  const plans: CasePlan[] = Array.from({ length: cases }, (_, n) => planOf(world, n, cases)).toSorted((a, b) =>
    a.startsOn === b.startsOn ? a.n - b.n : a.startsOn < b.startsOn ? -1 : 1,
  );
  const cards = createCards(world);

  await stage.play([
    async () => {
      await found(world, issuer, product.rpc);
      if (cases > 0) await enterExtraWorkers(world, cases, issuer);
      for (const scenario of scenarios) stage.spawn(counted(scenario));
      // A case's story begins on its day: a large demonstration does not hold all of them at once.
      for (const plan of plans) {
        await world.at(plan.startsOn, '10:00');
        stage.spawn(counted(() => playCase(world, plan, cards)));
      }
    },
  ]);
  await world.timers();
};
