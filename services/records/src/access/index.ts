import * as contracts from '@toeverlaat/contracts';
import { awaitableOf, serveCommand, serveQuery, type Served } from '@toeverlaat/service-kit';
import type { Views } from '@toeverlaat/views';
import { accessAlarmsView } from '../views/access-alarms.js';
import { accessIndex } from '../views/access-index.js';
import { retentionView } from '../views/retention.js';
import type { Evidence } from '../evidence/evidence.js';
import { createAlarms } from './alarms.js';
import { createAccessCore, type AccessRuntime } from './core.js';
import { createCouldHaveRead } from './could-have-read.js';
import { createGuard, type Guard, type MandatesSource } from './guard.js';
import { createLack } from './lack.js';
import { createMandates } from './mandates.js';
import { createVisible } from './visible.js';
import { createWatch } from './watch.js';

/** Milliseconds an answer with its proof waits until the history has everything. */
const SEEN_MS = 10_000;

export type Access = {
  readonly served: readonly Served[];
  readonly guard: Guard;
  readonly mandatesOf: MandatesSource;
  /** Looks through the history for what is unusual; any replica, as often as one likes. */
  readonly look: () => Promise<void>;
};

/** The access history, answered: mandates, who could have read, who could not, and alarms. What was read is `queries.ts`. */
export const createAccess = (
  runtime: AccessRuntime,
  views: Views,
  evidence: Pick<Evidence, 'parts' | 'publishNow'>,
): Access => {
  const core = createAccessCore(runtime);
  const history = views.query(accessIndex.name);
  const guard = createGuard(runtime, core.mandatesOf);
  const visible = createVisible(runtime);
  const mandates = createMandates(core, history);
  const couldHaveRead = createCouldHaveRead(core, history, guard, visible);
  const alarms = createAlarms(core, views.query(accessAlarmsView.name), guard, visible);
  const lack = createLack(core, history, guard, visible, evidence, async () => {
    const head = await runtime.log.head();
    return head === undefined || (await views.whenProcessed(head, SEEN_MS, [accessIndex.name])) === 'processed';
  });
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
      serveQuery(contracts.accessLackQuery, lack.lack, awaitable),
      serveQuery(contracts.accessEvidenceQuery, lack.evidence, awaitable),
      serveQuery(contracts.couldHaveReadQuery, couldHaveRead.answer, awaitable),
    ],
  };
};
