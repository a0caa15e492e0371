import { createGraphqlDriver, PRESENT, theatreOf, type Theatre } from '@toeverlaat/standalone/scenarios';
import { createLogger } from '@toeverlaat/telemetry';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLog } from './adapters.js';
import { fileClock } from './clock.js';
import { databaseNameOf, startFleet, type Fleet, type FleetOptions } from './fleet/fleet.js';
import { removeTopics } from './fleet/kafka.js';
import { removeDatabases } from './fleet/postgres.js';
import { logSchema } from './settings.js';

/** A deployment as a theatre: a test may restart and kill its processes. */
export type FleetTheatre = Theatre & { readonly fleet: Fleet; readonly lines: readonly string[] };

export type TheatreOptions = Pick<FleetOptions, 'replicas' | 'more' | 'own' | 'place' | 'broker' | 'rotating'> & {
  /** A server that runs, as its owner; or `sqlite`. */
  readonly log: string;
};

/** A deployment on a folder of its own, on free ports, with the demonstration's organisations and nothing played yet. */
export const openFleetTheatre = async ({
  log,
  broker = 'none',
  replicas,
  more = {},
  own,
  place,
  rotating = false,
}: TheatreOptions): Promise<FleetTheatre> => {
  const data = mkdtempSync(join(tmpdir(), 'toeverlaat-fleet-'));
  const lines: string[] = [];
  const logger = createLogger({ level: 'silent', service: 'test' });
  const fleet = await startFleet({
    data,
    log,
    broker,
    play: 'organisations',
    rotating,
    ...(replicas === undefined ? {} : { replicas }),
    ...(own === undefined ? {} : { own }),
    ...(place === undefined ? {} : { place }),
    onLine: (name, line) => {
      lines.push(`${name}| ${line}`);
    },
    more: { timersEveryMs: '0', identityCacheMs: '0', notFoundAnswerMs: '0', drainMs: '5000', ...more },
  }).catch((error: unknown) => {
    rmSync(data, { recursive: true, force: true });
    throw new Error(`the deployment did not start:\n${lines.join('\n')}`, { cause: error });
  });
  fleet.steer(PRESENT);
  const opened = await openLog(logSchema.parse(fleet.stores['log']), logger);
  const theatre = await theatreOf(
    {
      clock: fileClock(fleet.layout.clock),
      steer: fleet.steer,
      log: opened,
      runTimers: fleet.runTimers,
      whenSettled: fleet.whenSettled,
    },
    fleet.url,
    createGraphqlDriver(fleet.url),
    async () => {
      await opened.close();
      await fleet.stop();
      if (logSchema.safeParse(log).data?.kind === 'postgres') await removeDatabases(log, databaseNameOf(fleet.layout));
      if (broker !== 'none') await removeTopics(broker, databaseNameOf(fleet.layout));
      rmSync(data, { recursive: true, force: true });
    },
  );
  return { ...theatre, fleet, lines };
};
