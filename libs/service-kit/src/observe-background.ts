import { metadataOf, positionsBetween, type EventLog, type Position } from '@toeverlaat/event-log';
import { Deferred, PoisonEvent, type Reaction, type Reactor } from '@toeverlaat/messaging';
import type { LabelsOf, Outcome, Reading } from '@toeverlaat/telemetry';
import type { Clock } from '@toeverlaat/values';
import type { ViewDefinition, Views, ViewStatus } from '@toeverlaat/views';
import { secondsSince } from './observe.js';
import type { ServiceRuntime } from './runtime.js';

const SECOND_MS = 1_000;
/** What waits for a service that is away is tried again within this, in milliseconds. */
const QUIET_MS = 120_000;

/**
 * How long the oldest event after a position has been waiting, in seconds; 0 when there is none. Judged by what the envelope
 * says of when it was recorded, so clocks of two machines that differ show here.
 */
export const waitingSince = async (
  log: EventLog,
  clock: Clock,
  after: Position | undefined,
  categories?: readonly string[],
): Promise<number> => {
  const { events } = await log.readAll({
    ...(after === undefined ? {} : { after }),
    ...(categories === undefined ? {} : { categories }),
    limit: 1,
  });
  const [oldest] = events;
  if (oldest === undefined) return 0;
  return Math.max(0, (Date.parse(clock.now()) - Date.parse(metadataOf(oldest).recordedAt)) / SECOND_MS);
};

/** Up to how many events are counted where positions are no numbers: each look at the figures reads them. */
const MOST_COUNTED = 500;

/**
 * How many events a view has not handled: by position where the log numbers its events, else those of its categories counted,
 * `MOST_COUNTED` for as many or more.
 */
const eventsAfter = async (
  log: EventLog,
  after: Position | undefined,
  head: Position | undefined,
  categories: readonly string[] | undefined,
): Promise<number> =>
  positionsBetween(after, head) ??
  (
    await log.readAll({
      ...(after === undefined ? {} : { after }),
      ...(categories === undefined ? {} : { categories }),
      limit: MOST_COUNTED,
    })
  ).events.length;

type Watches = Pick<ServiceRuntime, 'log' | 'clock' | 'telemetry'>;

/** Shows how far each view is behind the log. */
export const watchViews = (
  { log, clock, telemetry }: Watches,
  views: Pick<Views, 'status'>,
  definitions: readonly Pick<ViewDefinition, 'name' | 'categories'>[],
): void => {
  if (!telemetry.on) return;
  const categoriesOf = new Map(definitions.map(({ name, categories }) => [name, categories]));
  const each = async (
    value: (status: ViewStatus) => number | undefined | Promise<number | undefined>,
  ): Promise<readonly { readonly labels: { readonly view: string }; readonly value: number }[]> => {
    const readings = await Promise.all(
      (await views.status()).map(async (status) => ({ labels: { view: status.view }, value: await value(status) })),
    );
    return readings.flatMap(({ labels, value: read }) => (read === undefined ? [] : [{ labels, value: read }]));
  };
  const { watch } = telemetry.meter;
  watch('toeverlaat_view_lag_positions', async () => {
    const head = await log.head();
    return each(({ view, position }) => eventsAfter(log, position, head, categoriesOf.get(view)));
  });
  watch('toeverlaat_view_lag_seconds', () =>
    each(({ view, position }) => waitingSince(log, clock, position, categoriesOf.get(view))),
  );
  watch('toeverlaat_view_checkpoint_age_seconds', () =>
    each(({ checkpointAgeMs }) => (checkpointAgeMs === undefined ? undefined : checkpointAgeMs / SECOND_MS)),
  );
  watch('toeverlaat_view_following', () => each(({ state }) => (state === 'following' ? 1 : 0)));
};

/** Shows what a service had to set aside. */
export const watchReactor = (
  { telemetry }: Pick<ServiceRuntime, 'telemetry'>,
  reactor: Pick<Reactor, 'status'>,
): void => {
  telemetry.meter.watch('toeverlaat_parked_events', async () => [
    { labels: {}, value: (await reactor.status()).parked } satisfies Reading<'toeverlaat_parked_events'>,
  ]);
  telemetry.meter.watch('toeverlaat_reactions_running', async () => {
    const { state } = await reactor.status();
    return [{ labels: {}, value: state === 'live' || state === 'catchingUp' ? 1 : 0 }];
  });
};

const outcomeOfError = (error: unknown): Outcome =>
  error instanceof Deferred ? 'Unavailable' : error instanceof PoisonEvent ? 'parked' : 'failed';

/**
 * Reactions, each try of which is seen: a step of its own that is linked to the one that wrote the event and is no part of
 * it, for nobody waits across the log. It begins in the trace of what caused the event, so that one look-up finds the whole flow.
 */
export const observedReactions = (
  { telemetry, clock }: Pick<ServiceRuntime, 'telemetry' | 'clock'>,
  reactions: Readonly<Record<string, Reaction>>,
): Readonly<Record<string, Reaction>> => {
  if (!telemetry.on) return reactions;
  let latest: { readonly lag: number; readonly at: number } | undefined;
  let running = 0;
  telemetry.meter.watch('toeverlaat_reaction_lag_seconds', () => {
    if (latest === undefined) return [];
    // The last of a backlog was late, and nothing waits behind it: else a quiet night would go on showing its age.
    const quiet = running === 0 && Date.parse(clock.now()) - latest.at >= QUIET_MS;
    return [{ labels: {} satisfies LabelsOf<'toeverlaat_reaction_lag_seconds'>, value: quiet ? 0 : latest.lag }];
  });
  const observedReaction =
    (type: string, reaction: Reaction): Reaction =>
    (event) => {
      const { correlationId, eventId, organisation } = event;
      const started = performance.now();
      const at = Date.parse(clock.now());
      latest = { lag: Math.max(0, (at - Date.parse(event.recordedAt)) / SECOND_MS), at };
      running += 1;
      return telemetry.span(
        {
          name: 'reaction',
          attributes: { eventType: type, organisation },
          beginsFor: correlationId,
          follows: [{ correlationId, eventId }],
        },
        async (span) => {
          let outcome: Outcome = 'ok';
          try {
            await reaction(event);
          } catch (error) {
            outcome = outcomeOfError(error);
            throw error;
          } finally {
            running -= 1;
            span.end(outcome);
            telemetry.meter.time('toeverlaat_reaction_seconds', { outcome }, secondsSince(started));
          }
        },
      );
    };
  return Object.fromEntries(
    Object.entries(reactions).map(([type, reaction]) => [type, observedReaction(type, reaction)]),
  );
};
