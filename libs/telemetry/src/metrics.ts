import type { ClearName } from './clear-values.js';

type Metric = {
  readonly kind: 'counter' | 'histogram' | 'gauge';
  /** `s` seconds, `1` a number of things, `By` bytes. */
  readonly unit: 's' | '1' | 'By';
  readonly labels: readonly ClearName[];
  readonly help: string;
};

/**
 * Every figure the product shows an operator, under the name Prometheus sees. None has the organisation as a label: that a
 * house has a case, a missed term or an erasure under way would show in a count of one (design rule 10). The dashboard and
 * the alert rules in `infra/observability` may name these and no others.
 */
export const METRICS = {
  toeverlaat_view_lag_positions: {
    kind: 'gauge',
    unit: '1',
    labels: ['service', 'view'],
    help: 'Events of the log that a view has not passed yet; on a log that does not number them those of its categories, 500 for as many or more',
  },
  toeverlaat_view_lag_seconds: {
    kind: 'gauge',
    unit: 's',
    labels: ['service', 'view'],
    help: 'Age of the oldest event of its categories that a view has not handled; 0 when there is none',
  },
  toeverlaat_view_checkpoint_age_seconds: {
    kind: 'gauge',
    unit: 's',
    labels: ['service', 'view'],
    help: 'Time since the checkpoint of a view was last written in this process',
  },
  toeverlaat_view_following: {
    kind: 'gauge',
    unit: '1',
    labels: ['service', 'view'],
    help: '1 while a view follows the log; 0 while it is built, has stopped or failed',
  },
  toeverlaat_log_append_seconds: {
    kind: 'histogram',
    unit: 's',
    labels: ['service', 'outcome'],
    help: 'Time until an append to the log is durable or refused',
  },
  toeverlaat_log_append_conflicts_total: {
    kind: 'counter',
    unit: '1',
    labels: ['service'],
    help: 'Appends that met a newer revision of their stream',
  },
  toeverlaat_log_events_total: {
    kind: 'counter',
    unit: '1',
    labels: ['service'],
    help: 'Events appended to the log',
  },
  toeverlaat_relay_lag_positions: {
    kind: 'gauge',
    unit: '1',
    labels: ['service'],
    help: 'Events of the log that the relay has not passed yet; absent on a log that does not number its events',
  },
  toeverlaat_relay_lag_seconds: {
    kind: 'gauge',
    unit: 's',
    labels: ['service'],
    help: 'Age of the oldest event of its categories that the relay has not handed to the broker; 0 when there is none',
  },
  toeverlaat_relay_published_total: {
    kind: 'counter',
    unit: '1',
    labels: ['service', 'topic'],
    help: 'Public events that the broker has acknowledged',
  },
  toeverlaat_reaction_seconds: {
    kind: 'histogram',
    unit: 's',
    labels: ['service', 'outcome'],
    help: 'Time of one try of a reaction to a public event',
  },
  toeverlaat_reaction_lag_seconds: {
    kind: 'gauge',
    unit: 's',
    labels: ['service'],
    help: 'Age of the last public event when its reaction began; 0 when none came for two minutes',
  },
  toeverlaat_reactions_running: {
    kind: 'gauge',
    unit: '1',
    labels: ['service'],
    help: '1 while public events reach the reactions of this process; 0 while they start, wait for the broker or have failed',
  },
  toeverlaat_parked_events: {
    kind: 'gauge',
    unit: '1',
    labels: ['service'],
    help: 'Public events set aside for a person to look at',
  },
  toeverlaat_evidence_caught_up: {
    kind: 'gauge',
    unit: '1',
    labels: ['service'],
    help: '1 while every event of the log has its place in the order of its Merkle tree; 0 while some wait',
  },
  toeverlaat_evidence_unintegrated_leaves: {
    kind: 'gauge',
    unit: '1',
    labels: ['service'],
    help: 'Leaves that have their place and are not in a tree yet, over all organisations',
  },
  toeverlaat_evidence_unpublished_leaves: {
    kind: 'gauge',
    unit: '1',
    labels: ['service'],
    help: 'Leaves that no signed checkpoint covers yet, over all organisations',
  },
  toeverlaat_evidence_lag_seconds: {
    kind: 'gauge',
    unit: 's',
    labels: ['service'],
    help: 'Longest time since a checkpoint while something waits for the next; 0 when nothing waits',
  },
  toeverlaat_evidence_refusing: {
    kind: 'gauge',
    unit: '1',
    labels: ['service'],
    help: '1 while something stands against signing that needs a person, in any organisation',
  },
  toeverlaat_evidence_anchor_seals_behind: {
    kind: 'gauge',
    unit: '1',
    labels: ['service'],
    help: 'Seals that the anchor furthest behind does not hold yet',
  },
  toeverlaat_erasures_pending: {
    kind: 'gauge',
    unit: '1',
    labels: ['service'],
    help: 'Erasures that were approved and are not completed, those that wait for a hold included, over all organisations',
  },
  toeverlaat_erasures_waiting_seconds: {
    kind: 'gauge',
    unit: 's',
    labels: ['service'],
    help: 'Longest time for which an approved erasure that nothing holds back has been waiting, as this process saw it',
  },
  toeverlaat_handovers_unconfirmed: {
    kind: 'gauge',
    unit: '1',
    labels: ['service'],
    help: 'Organisations that were handed over and whose next host has not confirmed in the days it had',
  },
  toeverlaat_records_overdue: {
    kind: 'gauge',
    unit: '1',
    labels: ['service'],
    help: 'Records that each organisation’s newest daily proof found overdue: due, not held and not destroyed, over all organisations',
  },
  toeverlaat_certificate_ends_seconds: {
    kind: 'gauge',
    unit: 's',
    labels: ['service'],
    help: 'Time until the certificate in use, or that to the broker, is over; negative when one is',
  },
  toeverlaat_key_epoch_overdue_seconds: {
    kind: 'gauge',
    unit: 's',
    labels: ['service'],
    help: 'For how long the epoch of keys that is most overdue should have been followed by the next; 0 when none is',
  },
  toeverlaat_terms_due: {
    kind: 'gauge',
    unit: '1',
    labels: ['service'],
    help: 'Terms of the law that have passed or pass today and of which that is not yet noted, over all organisations',
  },
  toeverlaat_timers_seconds: {
    kind: 'histogram',
    unit: 's',
    labels: ['service', 'outcome'],
    help: 'Time of one look at what dates demand',
  },
  toeverlaat_rpc_client_seconds: {
    kind: 'histogram',
    unit: 's',
    labels: ['service', 'target', 'outcome'],
    help: 'Time of a question to another service, by how it ended',
  },
  toeverlaat_rpc_server_seconds: {
    kind: 'histogram',
    unit: 's',
    labels: ['service', 'pattern', 'outcome'],
    help: 'Time to answer a command or query, by how it ended',
  },
  toeverlaat_rpc_circuit_open: {
    kind: 'gauge',
    unit: '1',
    labels: ['service', 'target'],
    help: '1 while a service is not asked because it did not answer',
  },
  toeverlaat_gateway_request_seconds: {
    kind: 'histogram',
    unit: 's',
    labels: ['route', 'status'],
    help: 'Time of a request over HTTP',
  },
  toeverlaat_access_records_total: {
    kind: 'counter',
    unit: '1',
    labels: ['service', 'outcome'],
    help: 'Access records written before content was released; other than ok: refused, and nothing was released',
  },
  toeverlaat_denied_attempts_total: {
    kind: 'counter',
    unit: '1',
    labels: ['service'],
    help: 'Attempts at what is not there or not theirs, capped ones included',
  },
  toeverlaat_key_store_available: {
    kind: 'gauge',
    unit: '1',
    labels: ['service'],
    help: '1 when the key store answered when it was last asked',
  },
  toeverlaat_key_store_failures_total: {
    kind: 'counter',
    unit: '1',
    labels: ['service'],
    help: 'Questions that the key store did not answer',
  },
  toeverlaat_process_resident_bytes: {
    kind: 'gauge',
    unit: 'By',
    labels: [],
    help: 'Memory that the process holds',
  },
  toeverlaat_process_event_loop_delay_seconds: {
    kind: 'gauge',
    unit: 's',
    labels: [],
    help: 'How late the process was at its work, 99th percentile since the last reading',
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof METRICS;
type NamesOf<K extends Metric['kind']> = {
  [N in MetricName]: (typeof METRICS)[N]['kind'] extends K ? N : never;
}[MetricName];
export type CounterName = NamesOf<'counter'>;
export type HistogramName = NamesOf<'histogram'>;
export type GaugeName = NamesOf<'gauge'>;
/** The labels of a metric without the service, which whoever measures has already. */
export type LabelsOf<N extends MetricName> = {
  readonly [L in Exclude<(typeof METRICS)[N]['labels'][number], 'service'>]: string;
};

export const metricNames = Object.keys(METRICS) as readonly MetricName[];

/** Upper bounds of the classes of every duration, in seconds. */
export const DURATION_CLASSES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
