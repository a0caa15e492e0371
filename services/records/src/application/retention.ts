import * as contracts from '@toeverlaat/contracts';
import type { PublicEventSource, Reactor } from '@toeverlaat/messaging';
import { awaitableOf, createServiceReactor, serveCommand, serveQuery, type Served } from '@toeverlaat/service-kit';
import { ViewNotReady, type Views } from '@toeverlaat/views';
import { recordsPublicEvents } from '../public-events.js';
import { accessAlarmsView } from '../views/access-alarms.js';
import { accessIndex } from '../views/access-index.js';
import { erasuresView } from '../views/erasures.js';
import { createRetentionCommands } from './commands.js';
import { createRetentionCore, type RetentionCore, type RetentionRuntime } from './core.js';
import { createFeed, ignoredEvents } from './feed.js';
import { createHoldReactions } from './holds.js';
import { createRetentionQueries } from './queries.js';
import { createReplays } from './replays.js';
import { createOwnRecords } from './own-records.js';
import { createRetentionTimers } from './timers.js';

export type Retention = {
  readonly core: RetentionCore;
  readonly served: readonly Served[];
  readonly reactor: Reactor;
  readonly runTimers: () => Promise<void>;
  /** Records that the newest daily proof of each organisation found overdue, over all; undefined while the view is built. */
  readonly overdue: () => number | undefined;
};

/** A bare column beside `MAX` is of the row that has the maximum. */
const NEWEST_OVERDUE = `
  SELECT COALESCE(SUM(overdue), 0) AS overdue FROM (SELECT overdue, MAX(checked_on) FROM checks GROUP BY organisation)`;

/** How long records are kept, what stops their destruction and the proof of both, over the views of this service. */
export const createRetention = (
  runtime: RetentionRuntime,
  views: Views,
  sources: {
    readonly case: readonly PublicEventSource[];
    readonly intake: readonly PublicEventSource[];
    readonly referral: readonly PublicEventSource[];
  },
): Retention => {
  const core = createRetentionCore(runtime, views);
  const commands = createRetentionCommands(core, createReplays(core, sources.case));
  const queries = createRetentionQueries(core);
  const awaitable = awaitableOf(views);
  return {
    core,
    served: [
      serveCommand(contracts.proposeRetentionRules, commands.propose),
      serveCommand(contracts.simulateRetentionChange, commands.simulate),
      serveCommand(contracts.activateRetentionRules, commands.activate),
      serveCommand(contracts.withdrawRetentionProposal, commands.withdraw),
      serveCommand(contracts.placeLegalHold, commands.place),
      serveCommand(contracts.reviewLegalHold, commands.review),
      serveCommand(contracts.liftLegalHold, commands.lift),
      serveCommand(contracts.replayYear, commands.replay),
      serveQuery(contracts.retentionRulesQuery, queries.rules, awaitable),
      serveQuery(contracts.retentionChangesQuery, queries.changes, awaitable),
      serveQuery(contracts.retentionReportQuery, queries.report, awaitable),
      serveQuery(contracts.keptRecordsQuery, queries.keptRecords, awaitable),
      serveQuery(contracts.keptRecordQuery, queries.keptRecord, awaitable),
      serveQuery(contracts.retentionChecksQuery, queries.checks, awaitable),
      serveQuery(contracts.legalHoldsQuery, queries.holds, awaitable),
      serveQuery(contracts.yearReplayQuery, queries.yearReplay, awaitable),
    ],
    reactor: createServiceReactor(
      runtime,
      [...sources.case, ...sources.intake, ...sources.referral, ...recordsPublicEvents],
      { ...createFeed(core), ...createHoldReactions(core) },
      ignoredEvents,
    ),
    runTimers: createRetentionTimers(
      core,
      views.query(accessIndex.name),
      createOwnRecords(core, { alarms: views.query(accessAlarmsView.name), erasures: views.query(erasuresView.name) }),
    ),
    overdue: () => {
      try {
        return core.kept.acrossOrganisations<{ readonly overdue: number }>(NEWEST_OVERDUE).at(0)?.overdue ?? 0;
      } catch (error) {
        if (error instanceof ViewNotReady) return undefined;
        throw error;
      }
    },
  };
};
