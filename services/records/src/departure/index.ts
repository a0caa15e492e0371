import * as contracts from '@toeverlaat/contracts';
import { awaitableOf, serveCommand, serveQuery, type Served, type ServiceRuntime } from '@toeverlaat/service-kit';
import type { Views } from '@toeverlaat/views';
import { departuresView } from '../views/departures.js';
import { createDepartureCommands } from './commands.js';
import type { DepartureCore } from './core.js';
import { createDeparting, type DepartingOptions } from './departing.js';
import { createDepartureQuery } from './query.js';

export type Departures = {
  readonly served: readonly Served[];
  readonly look: () => Promise<void>;
  readonly unconfirmed: () => number;
};

/** Organisations that leave this host: what people decide, and what then follows by itself. */
export const createDepartures = (
  runtime: Omit<ServiceRuntime, 'blobs'>,
  views: Views,
  core: DepartureCore,
  erasing: Pick<DepartingOptions, 'erasures' | 'onApproved'>,
): Departures => {
  const commands = createDepartureCommands(runtime, core);
  const departing = createDeparting(runtime, { ...erasing, core, reader: views.query(departuresView.name) });
  return {
    ...departing,
    served: [
      serveCommand(contracts.requestDepartureCommand, commands.requestDeparture),
      serveCommand(contracts.approveDepartureCommand, commands.approveDeparture),
      serveCommand(contracts.withdrawDepartureCommand, commands.withdrawDeparture),
      serveCommand(contracts.resumeWorkCommand, commands.resumeWork),
      serveCommand(contracts.withholdKeysCommand, commands.withholdKeys),
      serveCommand(contracts.releaseKeysCommand, commands.releaseKeys),
      serveQuery(contracts.departureQuery, createDepartureQuery(runtime, core), awaitableOf(views)),
    ],
  };
};

export { createDepartureCore, type DepartureCore } from './core.js';
