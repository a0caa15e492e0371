import type { Recorder } from '@toeverlaat/access';
import type { RpcClient } from '@toeverlaat/contracts';
import { categoryOf, type EventLog, type Opened } from '@toeverlaat/event-log';
import type { SealingService } from '@toeverlaat/sealing';
import { outcomeOf, type Outcome, type Telemetry } from '@toeverlaat/telemetry';
import type { ServiceRuntime } from './runtime.js';

const SECOND_MS = 1_000;
/** Seconds since a reading of `performance.now()`. */
export const secondsSince = (started: number): number => (performance.now() - started) / SECOND_MS;

/** The kind of an answer: of a refusal its kind alone, for the rest of it may name a field or a rule. */
export const outcomeOfReply = (
  reply:
    | { readonly ok: true; readonly repeated?: boolean; readonly stale?: boolean }
    | { readonly ok: false; readonly rejection: { readonly kind: string } },
): Outcome => {
  if (!reply.ok) return outcomeOf(reply.rejection.kind);
  return reply.repeated === true ? 'repeated' : reply.stale === true ? 'stale' : 'ok';
};

const ACCESS = '.access';

/** The log, with its appends seen; the log itself when nothing is recorded. Access records have no ids in a trace: these would tie a worker's records together. */
export const observedLog = (log: EventLog, telemetry: Telemetry): EventLog => {
  if (!telemetry.on) return log;
  const append: EventLog['append'] = (request) => {
    const started = performance.now();
    const category = categoryOf(request.stream);
    const count = request.events.length;
    const writes = category.endsWith(ACCESS) ? {} : { writes: request.events.map(({ eventId }) => eventId) };
    return telemetry.span(
      { name: 'log.append', attributes: { category, organisation: request.organisation, count }, ...writes },
      async (span) => {
        let outcome: Outcome = 'failed';
        try {
          const appended = await log.append(request);
          if (appended.ok) outcome = 'ok';
          else {
            const { kind } = appended.error;
            const conflict = kind === 'VersionConflict' || kind === 'StreamExists';
            outcome = conflict ? 'conflict' : kind === 'EventTooLarge' ? 'refused' : 'Unavailable';
          }
          return appended;
        } finally {
          span.end(outcome);
          telemetry.meter.time('toeverlaat_log_append_seconds', { outcome }, secondsSince(started));
          if (outcome === 'ok') telemetry.meter.count('toeverlaat_log_events_total', {}, count);
          if (outcome === 'conflict') telemetry.meter.count('toeverlaat_log_append_conflicts_total', {});
        }
      },
    );
  };
  return { ...log, append };
};

/** RPC to other services, with each question seen; the client itself when nothing is recorded. */
export const observedRpc = (rpc: RpcClient, telemetry: Telemetry): RpcClient => {
  if (!telemetry.on) return rpc;
  const asking = <R extends Parameters<typeof outcomeOfReply>[0]>(
    { pattern, service: target }: { readonly pattern: string; readonly service: string },
    organisation: string,
    ask: () => Promise<R>,
  ): Promise<R> => {
    const started = performance.now();
    return telemetry.span({ name: 'rpc.client', attributes: { pattern, target, organisation } }, async (span) => {
      let outcome: Outcome = 'failed';
      try {
        const reply = await ask();
        outcome = outcomeOfReply(reply);
        return reply;
      } finally {
        span.end(outcome);
        telemetry.meter.time('toeverlaat_rpc_client_seconds', { target, outcome }, secondsSince(started));
      }
    });
  };
  return {
    command: (def, context, request) =>
      asking(def, context.caller.organisation, () => rpc.command(def, context, request)),
    query: (def, context, input) => asking(def, context.caller.organisation, () => rpc.query(def, context, input)),
  };
};

const observedRecorder = (recorder: Recorder, { meter }: Telemetry): Recorder => ({
  ...recorder,
  record: async (entry) => {
    const recorded = await recorder.record(entry);
    meter.count('toeverlaat_access_records_total', { outcome: recorded.ok ? 'ok' : 'Unavailable' });
    return recorded;
  },
  denied: async (entry) => {
    meter.count('toeverlaat_denied_attempts_total', {});
    return recorder.denied(entry);
  },
});

/** `unavailable` alone means that the key store did not answer; erased and tampered are answers. */
const unanswered = (opened: readonly Opened[]): boolean => opened.some(({ kind }) => kind === 'unavailable');

const observedSealing = (sealing: SealingService, { meter }: Telemetry): SealingService => {
  let available = true;
  meter.watch('toeverlaat_key_store_available', () => [{ labels: {}, value: available ? 1 : 0 }]);
  const answered = (yes: boolean): void => {
    available = yes;
    if (!yes) meter.count('toeverlaat_key_store_failures_total', {});
  };
  return {
    ...sealing,
    open: async (organisation, values) => {
      const opened = await sealing.open(organisation, values);
      if (opened.length > 0) answered(!unanswered(opened));
      return opened;
    },
    seal: async (items) => {
      const sealed = await sealing.seal(items);
      answered(sealed.ok || sealed.error.kind !== 'KeyUnavailable');
      return sealed;
    },
  };
};

/**
 * A runtime whose RPC, recorder and keys are seen by its telemetry; its log is given seen (`observedLog`), so that the
 * recorder, which is made with it, is seen writing too. With nothing recorded it is the runtime as it was: off costs nothing.
 */
export const observed = (runtime: ServiceRuntime): ServiceRuntime => {
  const { telemetry } = runtime;
  if (!telemetry.on) return runtime;
  return {
    ...runtime,
    rpc: observedRpc(runtime.rpc, telemetry),
    recorder: observedRecorder(runtime.recorder, telemetry),
    sealing: observedSealing(runtime.sealing, telemetry),
  };
};
