import * as contracts from '@toeverlaat/contracts';
import { awaitableOf, serveCommand, serveQuery, type Served } from '@toeverlaat/service-kit';
import type { Views } from '@toeverlaat/views';
import { accessAlarmsView } from '../views/access-alarms.js';
import { accessIndex } from '../views/access-index.js';
import { retentionView } from '../views/retention.js';
import { createAlarms } from './alarms.js';
import { createAccessCore, type AccessRuntime } from './core.js';
import { createCouldHaveRead } from './could-have-read.js';
import { createGuard, type Guard, type MandatesSource } from './guard.js';
import { createMandates } from './mandates.js';
import { createVisible } from './visible.js';
import { createWatch } from './watch.js';

export type Access = {
  readonly served: readonly Served[];
  readonly guard: Guard;
  readonly mandatesOf: MandatesSource;
  /** Looks through the history for what is unusual; any replica, as often as one likes. */
  readonly look: () => Promise<void>;
};

/** The access history, answered: mandates, who could have read, and alarms. What was read is `queries.ts`. */
export const createAccess = (runtime: AccessRuntime, views: Views): Access => {
  const core = createAccessCore(runtime);
  const history = views.query(accessIndex.name);
  const guard = createGuard(runtime, core.mandatesOf);
  const visible = createVisible(runtime);
  const mandates = createMandates(core, history);
  const couldHaveRead = createCouldHaveRead(core, history, guard, visible);
  const alarms = createAlarms(core, views.query(accessAlarmsView.name), guard, visible);
  const awaitable = awaitableOf(views);
  return {
    guard,
    mandatesOf: core.mandatesOf,
    look: createWatch(core, history, views.query(retentionView.name)),
    served: [
      serveCommand(contracts.giveAuditMandate, mandates.give),
      serveCommand(contracts.endAuditMandate, mandates.end),
      serveQuery(contracts.auditMandatesQuery, mandates.list, awaitable),
      serveQuery(contracts.auditMandatesOnMeQuery, mandates.onMe, awaitable),
      serveCommand(contracts.dismissAccessAlarm, alarms.dismiss),
      serveQuery(contracts.accessAlarmsQuery, alarms.list, awaitable),
      serveQuery(contracts.accessAlarmsAboutMeQuery, alarms.aboutMe, awaitable),
      serveQuery(contracts.couldHaveReadQuery, couldHaveRead.answer, awaitable),
    ],
  };
};
