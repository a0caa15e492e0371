import { createRunner, type Position, type Rejection, type Sealer } from '@toeverlaat/event-log';
import type { LawOverrides } from '@toeverlaat/legal';
import { openServiceViews, type ServiceRuntime } from '@toeverlaat/service-kit';
import { InvariantBroken, type OrganisationId, type Result } from '@toeverlaat/values';
import type { Fact } from '../domain/booking.js';
import { factCategory, factCodec, factDecider } from '../domain/fact/index.js';
import { releasesCategory, releasesCodec, releasesDecider } from '../domain/release/index.js';
import { reportCategory, reportCodec, reportDecider } from '../domain/report/index.js';
import { factsView, reportingViews } from '../views/index.js';

/** What this service is given: no vault credentials (design §2). Nothing of it is sealed. */
export type ReportingRuntime = Omit<ServiceRuntime, 'sealing' | 'rpc' | 'reactorStore'>;

/**
 * What an organisation set of its figures. Refused when it cannot be known: a release with the law's own values could show
 * what the organisation decided to hide, and no later one takes it back.
 */
export type SettingsSource = (organisation: OrganisationId) => Promise<Result<LawOverrides, Rejection>>;

/** Fails loudly should an event of this service ever get a sealed field. */
const noSealer: Sealer = {
  seal: () => Promise.reject(new InvariantBroken('reporting seals nothing')),
  open: () => Promise.reject(new InvariantBroken('reporting opens nothing')),
};
/**
 * A key for the fingerprints of commands. Elsewhere it is secret, because a body could be guessed from its fingerprint;
 * here the body stands beside it in the clear.
 */
const OPEN_KEY = new Uint8Array(32);

export const createCore = (runtime: ReportingRuntime) => {
  const { log, clock } = runtime;
  const common = { log, sealer: noSealer, clock, fingerprintKey: () => Promise.resolve(OPEN_KEY) };
  const facts = createRunner({ ...common, category: factCategory, codec: factCodec, decider: factDecider });
  const releases = createRunner({
    ...common,
    category: releasesCategory,
    codec: releasesCodec,
    decider: releasesDecider,
  });
  const reports = createRunner({ ...common, category: reportCategory, codec: reportCodec, decider: reportDecider });
  const views = openServiceViews(runtime, reportingViews);
  return { runtime, facts, releases, reports, views };
};
export type Core = ReturnType<typeof createCore>;

/** Milliseconds a count waits until the view has every fact of the log. */
const OWN_FACTS_MS = 10_000;

/** Whether the view of facts has everything there is: a frozen figure must not miss what was recorded before it. */
export const factsComplete = async (core: Core): Promise<boolean> => {
  const head: Position | undefined = await core.runtime.log.head();
  return head === undefined || (await core.views.whenProcessed(head, OWN_FACTS_MS, [factsView.name])) === 'processed';
};

type Row = {
  readonly fact_id: string;
  readonly month: string;
  readonly by_function: Fact['by'];
  readonly what: Fact['what'];
  readonly code: string;
  readonly recorded_on: string;
};

/** Facts of one organisation whose month lies in a period; all of them without one. */
export const factsOf = (
  core: Core,
  organisation: OrganisationId,
  period: { readonly from: string; readonly to: string } = { from: '0000-01', to: '9999-12' },
): readonly Fact[] =>
  core.views
    .query(factsView.name)
    .all<Row>(
      `SELECT fact_id, month, by_function, what, code, recorded_on FROM facts
       WHERE organisation = ? AND month >= ? AND month <= ? ORDER BY fact_id`,
      [organisation, period.from, period.to],
    )
    .map((row) => ({
      factId: row.fact_id,
      month: row.month,
      by: row.by_function,
      what: row.what,
      code: row.code,
      recordedOn: row.recorded_on,
    }));
