import * as contracts from '@toeverlaat/contracts';
import { awaitableOf, serveCommand, serveQuery, type Served } from '@toeverlaat/service-kit';
import type { Views } from '@toeverlaat/views';
import { accessIndex } from '../views/access-index.js';
import { createAccessCore, type AccessRuntime } from './core.js';
import { createCouldHaveRead } from './could-have-read.js';
import { createGuard, type Guard, type MandatesSource } from './guard.js';
import { createMandates } from './mandates.js';
import { createVisible } from './visible.js';

export type Access = {
  readonly served: readonly Served[];
  readonly guard: Guard;
  readonly mandatesOf: MandatesSource;
};

/** The access history, answered: mandates, and who could have read. What was read is `queries.ts`. */
export const createAccess = (runtime: AccessRuntime, views: Views): Access => {
  const core = createAccessCore(runtime);
  const history = views.query(accessIndex.name);
  const guard = createGuard(runtime, core.mandatesOf);
  const visible = createVisible(runtime);
  const mandates = createMandates(core, history);
  const couldHaveRead = createCouldHaveRead(core, history, guard, visible);
  const awaitable = awaitableOf(views);
  return {
    guard,
    mandatesOf: core.mandatesOf,
    served: [
      serveCommand(contracts.giveAuditMandate, mandates.give),
      serveCommand(contracts.endAuditMandate, mandates.end),
      serveQuery(contracts.auditMandatesQuery, mandates.list, awaitable),
      serveQuery(contracts.auditMandatesOnMeQuery, mandates.onMe, awaitable),
      serveQuery(contracts.couldHaveReadQuery, couldHaveRead.answer, awaitable),
    ],
  };
};
