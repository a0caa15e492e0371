import { accessCategory, accessCodec, givenUnder, policyOf, type PastRule } from '@toeverlaat/access';
import { metadataOf, type Rejection } from '@toeverlaat/event-log';
import { deadline } from '@toeverlaat/legal';
import type { PublicEvent, PublicEventSource } from '@toeverlaat/messaging';
import {
  addDays,
  canonicalJson,
  err,
  localDateOf,
  ok,
  sha256Hex,
  type OrganisationId,
  type Result,
} from '@toeverlaat/values';
import {
  hearingDifference,
  replayOf,
  retentionDifference,
  yearOf,
  type Difference,
  type Replay,
  type ReplayedChange,
} from '../domain/replay.js';
import type { DueMemo } from '../domain/terms.js';
import { recordingServices } from '../views/access-index.js';
import {
  everyKept,
  ITEM_COLUMNS,
  itemOfRow,
  upToDate,
  versionsOf,
  type ItemRow,
  type KeptRow,
  type RetentionCore,
} from './core.js';

export type Replayed = { readonly replay: Replay; readonly replayHash: string };
/** Plays a past year of an organisation through a changed rule. It changes nothing. */
export type Replays = (
  organisation: OrganisationId,
  year: string,
  change: ReplayedChange,
) => Promise<Result<Replayed, Rejection>>;

type Found = { readonly examined: number; readonly differences: readonly Difference[] };
type OfKind<K extends ReplayedChange['kind']> = Extract<ReplayedChange, { readonly kind: K }>;

/** Events read from the log at a time. */
const SLICE = 2_000;

/** `cases`: what the case service makes public; a term is replayed from that, as anybody outside it may know it. */
export const createReplays = (core: RetentionCore, cases: readonly PublicEventSource[]): Replays => {
  const { log, clock } = core.runtime;

  async function* recorded(categories: readonly string[]) {
    let after: Parameters<typeof log.readAll>[0]['after'];
    for (;;) {
      const slice = await log.readAll({ ...(after === undefined ? {} : { after }), categories, limit: SLICE });
      yield* slice.events;
      if (slice.atEnd || slice.next === undefined) return;
      after = slice.next;
    }
  }

  const retention = async (
    organisation: OrganisationId,
    year: string,
    { rules }: OfKind<'retention'>,
  ): Promise<Result<Found, Rejection>> => {
    const seen = await upToDate(core);
    if (!seen.ok) return seen;
    const versions = await versionsOf(core, organisation);
    if (!versions.ok) return versions;
    const memo: DueMemo = new Map();
    let examined = 0;
    const differences: Difference[] = [];
    for (const row of everyKept<ItemRow & Pick<KeptRow, 'record'>>(core, organisation, `${ITEM_COLUMNS}, record`)) {
      examined += 1;
      const item = { ...itemOfRow(row), record: row.record };
      const difference = retentionDifference(item, year, versions.value, rules, memo);
      if (difference !== undefined) differences.push(difference);
    }
    return ok({ examined, differences });
  };

  const hearing = async (organisation: OrganisationId, year: string, { days }: OfKind<'deadline'>): Promise<Found> => {
    const { from, to } = yearOf(year);
    const opened = new Map<string, { begunOn: string; dueOn: string; otherDueOn: string; heardOn?: string }>();
    const source = new Map(cases.map((one) => [one.category, one]));
    const take = (event: PublicEvent): void => {
      const on = localDateOf(event.recordedAt);
      const dueOn = event.data['hearingDueOn'];
      if (event.type === 'case.CaseOpened' && from <= on && on <= to && typeof dueOn === 'string') {
        const { amount } = deadline('hearing').value;
        opened.set(event.streamId, { begunOn: on, dueOn, otherDueOn: addDays(dueOn, days - amount) });
      }
      const known = event.type === 'case.HearingHeld' ? opened.get(event.streamId) : undefined;
      if (known !== undefined) known.heardOn ??= on;
    };
    for await (const event of recorded([...source.keys()])) {
      if (event.organisation !== organisation) continue;
      const published = source.get(event.stream.slice(0, event.stream.indexOf('-')))?.publish(event);
      if (published !== undefined) take(published);
    }
    const today = localDateOf(clock.now());
    const differences = [...opened].flatMap(([record, term]): readonly Difference[] => {
      const difference = hearingDifference({ record, heardOn: undefined, ...term }, today);
      return difference === undefined ? [] : [difference];
    });
    return { examined: opened.size, differences };
  };

  /** What each reading of the year would have met: under the policy that held when it was read, changed as asked. */
  const access = async (
    organisation: OrganisationId,
    year: string,
    change: OfKind<'access'> | OfKind<'access_policy'>,
  ): Promise<Result<Found, Rejection>> => {
    const { from, to } = yearOf(year);
    const notKept = (version: string): Result<never, Rejection> =>
      err({ kind: 'RuleRefused', code: 'policy_not_kept', params: { version } });
    if (change.kind === 'access_policy' && policyOf(change.policy) === undefined) return notKept(change.policy);
    const changed = new Map<string, readonly PastRule[] | undefined>();
    /** The rules that a reading under a version is held against. */
    const rulesFor = (version: string): readonly PastRule[] | undefined => {
      if (!changed.has(version))
        changed.set(
          version,
          change.kind === 'access_policy'
            ? policyOf(change.policy)
            : policyOf(version)?.filter(({ id }) => !change.without.includes(id)),
        );
      return changed.get(version);
    };
    const verdicts = new Map<string, boolean>();
    const given = (
      version: string,
      rules: readonly PastRule[],
      role: string,
      recordClass: string,
      outcome: string,
    ): boolean => {
      const key = `${version} ${role} ${recordClass} ${outcome}`;
      let verdict = verdicts.get(key);
      if (verdict === undefined) {
        // What they were to the record is not recorded: it counts as given where it was given to anybody of their role.
        verdict = givenUnder(rules, { role, verb: outcome === 'listed' ? 'list' : 'open', recordClass });
        verdicts.set(key, verdict);
      }
      return verdict;
    };
    const codecs = new Map(
      recordingServices.map((service) => [accessCategory(service), accessCodec(service)] as const),
    );
    let examined = 0;
    const times = new Map<string, number>();
    for await (const event of recorded([...codecs.keys()])) {
      if (event.organisation !== organisation) continue;
      const { recordedAt, policyVersion } = metadataOf(event);
      const on = localDateOf(recordedAt);
      if (on < from || to < on) continue;
      const read = codecs.get(event.stream.slice(0, event.stream.indexOf('-')))?.decodeStored(event);
      if (read?.type !== 'AccessRecorded' || read.data.role === 'service') continue;
      examined += 1;
      const rules = rulesFor(policyVersion);
      if (rules === undefined) return notKept(policyVersion);
      const { role, recordClass, outcome } = read.data;
      if (given(policyVersion, rules, role, recordClass, outcome)) continue;
      for (const record of new Set(read.data.records)) times.set(record, (times.get(record) ?? 0) + 1);
    }
    const differences = [...times].map(([record, count]): Difference => ({
      record,
      was: 'given',
      would: 'refused',
      wasOn: null,
      wouldOn: null,
      times: count,
    }));
    return ok({ examined, differences });
  };

  const play = (
    organisation: OrganisationId,
    year: string,
    change: ReplayedChange,
  ): Promise<Result<Found, Rejection>> => {
    switch (change.kind) {
      case 'retention':
        return retention(organisation, year, change);
      case 'deadline':
        return hearing(organisation, year, change).then(ok);
      case 'access':
      case 'access_policy':
        return access(organisation, year, change);
    }
  };

  return async (organisation, year, change) => {
    const found = await play(organisation, year, change);
    if (!found.ok) return err(found.error);
    const replay = replayOf(year, change, found.value.examined, found.value.differences);
    return ok({ replay, replayHash: sha256Hex(canonicalJson(replay)) });
  };
};
