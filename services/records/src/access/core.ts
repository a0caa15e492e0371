import { createRunner } from '@toeverlaat/event-log';
import { runnerParts, type ServiceRuntime } from '@toeverlaat/service-kit';
import {
  AUDIT_MANDATES_ID,
  auditMandatesCategory,
  auditMandatesCodec,
  auditMandatesDecider,
  initialAuditMandates,
} from '../domain/audit-mandates/index.js';
import { alarmCategory, alarmCodec, alarmDecider } from '../domain/access-alarm/index.js';
import { watchCategory, watchCodec, watchDecider } from '../domain/access-watch/index.js';
import { stateOr } from '../loaded.js';
import type { MandatesSource } from './guard.js';

/** What the access history uses of its runtime. */
export type AccessRuntime = Omit<ServiceRuntime, 'blobs'>;

/** The shell around the deciders of the access history. */
export const createAccessCore = (runtime: AccessRuntime) => {
  const common = runnerParts(runtime);
  const mandates = createRunner({
    ...common,
    category: auditMandatesCategory,
    codec: auditMandatesCodec,
    decider: auditMandatesDecider,
  });
  const mandatesOf: MandatesSource = async (organisation) =>
    stateOr(await mandates.load(organisation, AUDIT_MANDATES_ID), initialAuditMandates);
  return {
    runtime,
    mandates,
    mandatesOf,
    alarms: createRunner({ ...common, category: alarmCategory, codec: alarmCodec, decider: alarmDecider }),
    watches: createRunner({ ...common, category: watchCategory, codec: watchCodec, decider: watchDecider }),
  };
};
export type AccessCore = ReturnType<typeof createAccessCore>;
