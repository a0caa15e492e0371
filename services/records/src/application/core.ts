import type { RetentionRuleId } from '@toeverlaat/legal';
import { createRunner, type Rejection } from '@toeverlaat/event-log';
import { runnerParts, type ServiceRuntime } from '@toeverlaat/service-kit';
import { err, ok, type OrganisationId, type Result } from '@toeverlaat/values';
import type { Views } from '@toeverlaat/views';
import { checkCategory, checkCodec, checkDecider } from '../domain/retention-check/index.js';
import { counterfactualCategory, counterfactualCodec, counterfactualDecider } from '../domain/counterfactual/index.js';
import { keptCategory, keptCodec, keptDecider } from '../domain/kept-record/index.js';
import { holdCategory, holdCodec, holdDecider } from '../domain/legal-hold/index.js';
import {
  initialRules,
  RULES_ID,
  rulesCategory,
  rulesCodec,
  rulesDecider,
  type RulesState,
} from '../domain/retention-rules/index.js';
import type { KeptItem, RuleVersion, Span } from '../domain/terms.js';
import { stateOr } from '../loaded.js';
import { holdsOf, retentionView, spansOf } from '../views/retention.js';

/** What retention uses of its runtime. */
export type RetentionRuntime = Omit<ServiceRuntime, 'blobs'>;

/** Where a crash can be injected: in the marking of holds, and in the beginning and the end of a destruction. */
export type RetentionStep =
  'mark_hold' | 'begin_destruction' | 'look_for_holds' | 'abandon_destruction' | 'end_destruction';

/** The shell around the deciders of retention. `views` holds at least the view of what is kept. */
export const createRetentionCore = (
  runtime: RetentionRuntime,
  views: Views,
  at: (step: RetentionStep) => void = () => undefined,
) => {
  const common = runnerParts(runtime);
  return {
    runtime,
    views,
    /** Called before each step that a crash may come before. */
    at,
    kept: views.query(retentionView.name),
    rules: createRunner({ ...common, category: rulesCategory, codec: rulesCodec, decider: rulesDecider }),
    holds: createRunner({ ...common, category: holdCategory, codec: holdCodec, decider: holdDecider }),
    records: createRunner({ ...common, category: keptCategory, codec: keptCodec, decider: keptDecider }),
    checks: createRunner({ ...common, category: checkCategory, codec: checkCodec, decider: checkDecider }),
    counterfactuals: createRunner({
      ...common,
      category: counterfactualCategory,
      codec: counterfactualCodec,
      decider: counterfactualDecider,
    }),
  };
};
export type RetentionCore = ReturnType<typeof createRetentionCore>;

/** What an organisation decided so far; the law's own rules where it decided nothing. */
export const rulesOf = async (
  core: Pick<RetentionCore, 'rules'>,
  organisation: OrganisationId,
): Promise<Result<RulesState, Rejection>> => stateOr(await core.rules.load(organisation, RULES_ID), initialRules);

export const versionsOf = async (
  core: Pick<RetentionCore, 'rules'>,
  organisation: OrganisationId,
): Promise<Result<readonly RuleVersion[], Rejection>> => {
  const rules = await rulesOf(core, organisation);
  return rules.ok ? ok(rules.value.versions) : rules;
};

/** Milliseconds a decision waits until the view has everything that was recorded before it. */
const SEEN_MS = 10_000;

/** Whether the view of what is kept has everything there is: nothing may be destroyed past a hold that was just placed. */
export const upToDate = async (
  core: Pick<RetentionCore, 'runtime' | 'views'>,
): Promise<Result<undefined, Rejection>> => {
  const head = await core.runtime.log.head();
  if (head === undefined || (await core.views.whenProcessed(head, SEEN_MS, [retentionView.name])) === 'processed')
    return ok(undefined);
  return err({ kind: 'Unavailable', detail: 'what is kept is being read' });
};

/** A row of the view, as SQLite gives it. */
export type KeptRow = {
  readonly organisation: OrganisationId;
  readonly kept_id: string;
  readonly service: string;
  readonly record_class: RetentionRuleId;
  readonly record: string;
  readonly subject: string;
  readonly begun_on: string;
  readonly law_version: string;
  readonly start_on: string | null;
  readonly settled: string;
  readonly holds: string;
  readonly held: number;
  readonly told_until: string | null;
  readonly fell_due: string | null;
  readonly overdue: number;
  readonly erasure_id: string | null;
  readonly destroyed: number;
};

const NONE: readonly Span[] = [];
/** Spans by their text: most records were closed once, on a day that many share. */
const settledMemo = new Map<string, readonly Span[]>();
const MEMO_SIZE = 50_000;

const settledOf = (text: string): readonly Span[] => {
  if (text === '[]') return NONE;
  let spans = settledMemo.get(text);
  if (spans === undefined) {
    spans = spansOf(text).map(([from, to]): Span => [from, to ?? undefined]);
    if (settledMemo.size >= MEMO_SIZE) settledMemo.clear();
    settledMemo.set(text, spans);
  }
  return spans;
};

export type ItemRow = Pick<
  KeptRow,
  'kept_id' | 'record_class' | 'begun_on' | 'law_version' | 'start_on' | 'settled' | 'holds'
>;
export const ITEM_COLUMNS = 'kept_id, record_class, begun_on, law_version, start_on, settled, holds';

/** A row as its term is judged by. */
export const itemOfRow = (row: ItemRow): KeptItem => ({
  keptId: row.kept_id,
  recordClass: row.record_class,
  begunOn: row.begun_on,
  lawVersion: row.law_version,
  start: row.start_on ?? undefined,
  settled: settledOf(row.settled),
  held: row.holds === '[]' ? NONE : holdsOf(row.holds).map(([, from, to]): Span => [from, to ?? undefined]),
});

/** Rows read at a time: few enough to stay small, many enough that a million take seconds. */
const CHUNK = 20_000;

/** Every record of an organisation that is still kept, in the order of ids. */
export function* everyKept<T extends Pick<KeptRow, 'kept_id'> = ItemRow>(
  core: Pick<RetentionCore, 'kept'>,
  organisation: OrganisationId,
  columns: string = ITEM_COLUMNS,
): Generator<T> {
  let after = '';
  for (;;) {
    const rows = core.kept.all<T & Readonly<Record<string, string | number | null>>>(
      `SELECT ${columns} FROM kept WHERE organisation = ? AND kept_id > ? AND destroyed = 0 ORDER BY kept_id LIMIT ?`,
      [organisation, after, CHUNK],
    );
    yield* rows;
    const last = rows.at(-1);
    if (rows.length < CHUNK || last === undefined) return;
    after = last.kept_id;
  }
}
