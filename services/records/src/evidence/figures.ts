import type { Telemetry } from '@toeverlaat/telemetry';
import type { Evidence } from './evidence.js';
import { isAlarm } from './faults.js';

/** What waits to be sequenced, integrated, published and anchored, as figures; each without an organisation. */
export const observeEvidence = ({ meter }: Telemetry, evidence: Pick<Evidence, 'status'>): void => {
  const labels = { service: 'records' };
  const watch = (
    name: Parameters<typeof meter.watch>[0] & `toeverlaat_evidence_${string}`,
    read: (status: Awaited<ReturnType<Evidence['status']>>) => number,
  ): void => {
    meter.watch(name, async () => [{ labels, value: read(await evidence.status()) }]);
  };
  watch('toeverlaat_evidence_caught_up', ({ caughtUp }) => (caughtUp ? 1 : 0));
  watch('toeverlaat_evidence_unintegrated_leaves', ({ organisations }) =>
    organisations.reduce((sum, { sequenced, integrated }) => sum + sequenced - integrated, 0),
  );
  watch('toeverlaat_evidence_unpublished_leaves', ({ organisations }) =>
    organisations.reduce((sum, { sequenced, published }) => sum + sequenced - published, 0),
  );
  watch('toeverlaat_evidence_lag_seconds', ({ organisations }) =>
    Math.max(0, ...organisations.map(({ lagMs }) => lagMs / 1000)),
  );
  watch('toeverlaat_evidence_refusing', ({ fault, organisations }) =>
    [fault, ...organisations.map((one) => one.fault)].some((one) => one !== undefined && isAlarm(one)) ? 1 : 0,
  );
  watch('toeverlaat_evidence_anchor_seals_behind', ({ seals, anchors }) =>
    Math.max(0, ...anchors.map(({ sequence }) => seals.count - 1 - (sequence ?? -1))),
  );
};
