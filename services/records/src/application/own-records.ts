import { keptIdOf } from '@toeverlaat/contracts';
import { createRunner, metadataOf } from '@toeverlaat/event-log';
import type { RetentionRuleId, RetentionStart } from '@toeverlaat/legal';
import { runnerParts, timerContext } from '@toeverlaat/service-kit';
import { addDays, localDateOf, type Instant, type LocalDate, type OrganisationId } from '@toeverlaat/values';
import type { SqlValue, ViewReader } from '@toeverlaat/views';
import {
  AUDIT_MANDATES_ID,
  auditMandatesCategory,
  auditMandatesCodec,
  auditMandatesDecider,
  auditMandateSubject,
  mandateStateOn,
} from '../domain/audit-mandates/index.js';
import {
  DEPARTURE_ID,
  departureCategory,
  departureCodec,
  departureDecider,
  departureSubject,
} from '../domain/departure/index.js';
import { certificateSubject, isOfCertificate } from '../domain/erasure/index.js';
import { holdCodec } from '../domain/legal-hold/index.js';
import type { RetentionCore } from './core.js';

/** One of the records that this service keeps itself. */
type Own = {
  readonly recordClass: Extract<
    RetentionRuleId,
    'access_alarm' | 'audit_mandate' | 'legal_hold' | 'departure' | 'erasure_certificate'
  >;
  readonly record: string;
  readonly subject: string;
  /** Day on which it was recorded. */
  readonly recordedOn: LocalDate;
  /** The fact its term runs from, where that has happened. */
  readonly term?: { readonly trigger: RetentionStart; readonly start: LocalDate } | undefined;
};

export type OwnRecords = {
  /** Begins to keep what is not kept yet, and starts the terms of what has ended. Done twice it is done once. */
  readonly keep: (organisation: OrganisationId) => Promise<void>;
};

/** Looked up, and begun, at a time: the log groups their appends. */
const AT_ONCE = 64;
/** Rows that came into the log a little out of order are looked at again. */
const DAYS_BACK = 7;

/** What a departure ends with: here, or with its arrival at the next host. */
const ENDS: ReadonlySet<string> = new Set(['DepartureWithdrawn', 'DepartureCompleted', 'OrganisationArrived']);
const isEnd = (type: string): boolean => ENDS.has(type);

const keptIdOfOwn = (organisation: OrganisationId, { record, recordClass }: Own): string =>
  keptIdOf(organisation, 'records', record, recordClass);

/**
 * What records keep of their own besides the access history (ADR 78): alarms, mandates to audit, holds, departures and certificates. Found once a day
 * in the views of this service, so that what was recorded before this was kept is kept too.
 */
export const createOwnRecords = (
  core: RetentionCore,
  views: { readonly alarms: ViewReader; readonly erasures: ViewReader },
): OwnRecords => {
  const { runtime } = core;
  const mandates = createRunner({
    ...runnerParts(runtime),
    category: auditMandatesCategory,
    codec: auditMandatesCodec,
    decider: auditMandatesDecider,
  });

  const departures = createRunner({
    ...runnerParts(runtime),
    category: departureCategory,
    codec: departureCodec,
    decider: departureDecider,
  });

  /** Which of some records are kept, and whether their terms run. */
  const known = (organisation: OrganisationId, own: readonly Own[]): ReadonlyMap<string, boolean> =>
    new Map(
      core.kept
        .all<{ kept_id: string; start_on: string | null }>(
          `SELECT kept_id, start_on FROM kept WHERE organisation = ? AND kept_id IN (SELECT value FROM json_each(?))`,
          [organisation, JSON.stringify(own.map((one) => keptIdOfOwn(organisation, one)))],
        )
        .map(({ kept_id, start_on }) => [kept_id, start_on !== null]),
    );

  const keepOne = async (organisation: OrganisationId, own: Own, runs: boolean | undefined): Promise<void> => {
    const { term, ...rest } = own;
    const keptId = keptIdOfOwn(organisation, own);
    if (runs === undefined)
      await core.records.execute(
        keptId,
        { type: 'BeginKeeping', data: { keptId, versions: [], service: 'records', ...rest, term } },
        timerContext('keep own record', organisation, keptId, own.recordedOn),
      );
    else if (!runs && term !== undefined)
      await core.records.execute(
        keptId,
        {
          type: 'StartTerm',
          data: { keptId, versions: [], ...term, because: 'closed', recordedOn: term.start },
        },
        timerContext('own record ended', organisation, keptId, term.start),
      );
  };

  const keepAll = async (organisation: OrganisationId, own: readonly Own[]): Promise<void> => {
    for (let from = 0; from < own.length; from += AT_ONCE) {
      const some = own.slice(from, from + AT_ONCE);
      const runs = known(organisation, some);
      await Promise.all(some.map((one) => keepOne(organisation, one, runs.get(keptIdOfOwn(organisation, one)))));
    }
  };

  /** The newest day from which a term of a class runs; what is older than that is kept already. */
  const newestStart = (organisation: OrganisationId, recordClass: RetentionRuleId): LocalDate | undefined =>
    core.kept.get<{ start: string | null }>(
      `SELECT MAX(start_on) AS start FROM kept
       WHERE organisation = ? AND record_class = ? AND destroyed = 0 AND start_on IS NOT NULL`,
      [organisation, recordClass],
    )?.start ?? undefined;

  /** With the history of their year, which they speak of. */
  const alarmsOf = (organisation: OrganisationId): readonly Own[] => {
    const newest = newestStart(organisation, 'access_alarm');
    return views.alarms
      .all<{ alarm_id: string; raised_at: Instant }>(
        'SELECT alarm_id, raised_at FROM alarms WHERE organisation = ? AND raised_at >= ? ORDER BY raised_at, alarm_id',
        [organisation, newest === undefined ? '' : newest.slice(0, 4)],
      )
      .map(({ alarm_id: record, raised_at }) => {
        const recordedOn = localDateOf(raised_at);
        return {
          recordClass: 'access_alarm',
          record,
          subject: `access_alarm/${record}`,
          recordedOn,
          term: { trigger: 'year_end', start: `${recordedOn.slice(0, 4)}-12-31` },
        };
      });
  };

  /** Those of version 1 hang on a key that is none of theirs alone, and end with it. */
  const mandatesOf = async (organisation: OrganisationId): Promise<readonly Own[]> => {
    const loaded = await mandates.load(organisation, AUDIT_MANDATES_ID);
    // The next day asks again.
    if (loaded.kind !== 'loaded') return [];
    const today = localDateOf(runtime.clock.now());
    return loaded.state.mandates.flatMap((mandate): readonly Own[] => {
      if (mandate.sealedFor !== 'mandate') return [];
      const { mandateId: record, from, to, endedOn } = mandate;
      return [
        {
          recordClass: 'audit_mandate',
          record,
          subject: auditMandateSubject(record),
          recordedOn: from < today ? from : today,
          term: mandateStateOn(mandate, today) === 'ended' ? { trigger: 'ended', start: endedOn ?? to } : undefined,
        },
      ];
    });
  };

  const liftedOn = async (organisation: OrganisationId, holdId: string): Promise<LocalDate | undefined> => {
    const loaded = await core.holds.load(organisation, holdId);
    if (loaded.kind !== 'loaded') return undefined;
    const lifted = loaded.events.findLast((event) => holdCodec.decodeStored(event)?.type === 'LegalHoldLifted');
    return lifted === undefined ? undefined : localDateOf(metadataOf(lifted).recordedAt);
  };

  const holdsOf = async (organisation: OrganisationId): Promise<readonly Own[]> => {
    const rows = core.kept.all<{ hold_id: string; placed_at: Instant; lifted: number }>(
      'SELECT hold_id, placed_at, lifted FROM holds WHERE organisation = ? ORDER BY hold_id',
      [organisation],
    );
    const found = rows.map(({ hold_id: record, placed_at, lifted }) => ({
      lifted: lifted === 1,
      one: {
        recordClass: 'legal_hold',
        record,
        subject: `legal_hold/${record}`,
        recordedOn: localDateOf(placed_at),
      } satisfies Own,
    }));
    const runs = known(
      organisation,
      found.map(({ one }) => one),
    );
    const own: Own[] = [];
    for (const { lifted, one } of found) {
      // Its term runs already: nothing is read of it again.
      if (runs.get(keptIdOfOwn(organisation, one)) === true) continue;
      const start = lifted ? await liftedOn(organisation, one.record) : undefined;
      own.push(start === undefined ? one : { ...one, term: { trigger: 'ended', start } });
    }
    return own;
  };

  /** Those of version 1 hang on a key that is none of theirs alone, and end with it. */
  const departuresOf = async (organisation: OrganisationId): Promise<readonly Own[]> => {
    const loaded = await departures.load(organisation, DEPARTURE_ID);
    // The next day asks again.
    if (loaded.kind !== 'loaded') return [];
    const own = new Map<string, Own>();
    for (const event of loaded.events) {
      const stored = departureCodec.decodeStored(event);
      if (stored === undefined) continue;
      const { departureId: record } = stored.data;
      const on = localDateOf(metadataOf(event).recordedAt);
      const begun = own.get(record);
      if (stored.type === 'DepartureRequested' && stored.data.sealedFor === 'departure')
        own.set(record, { recordClass: 'departure', record, subject: departureSubject(record), recordedOn: on });
      else if (begun !== undefined && isEnd(stored.type))
        own.set(record, { ...begun, term: { trigger: 'ended', start: on } });
    }
    return [...own.values()];
  };

  const certificatesOf = (organisation: OrganisationId): readonly Own[] => {
    const newest = newestStart(organisation, 'erasure_certificate');
    const params: readonly SqlValue[] = [organisation, newest === undefined ? '' : addDays(newest, -DAYS_BACK)];
    return views.erasures
      .all<{ erasure_id: string; subject: string; completed_at: Instant }>(
        `SELECT erasure_id, subject, completed_at FROM erasures
         WHERE organisation = ? AND status = 'completed' AND completed_at >= ? ORDER BY completed_at, erasure_id`,
        params,
      )
      .filter(({ subject }) => !isOfCertificate(subject))
      .map(({ erasure_id: record, completed_at }) => {
        const recordedOn = localDateOf(completed_at);
        return {
          recordClass: 'erasure_certificate',
          record,
          subject: certificateSubject(record),
          recordedOn,
          term: { trigger: 'recorded', start: recordedOn },
        };
      });
  };

  return {
    keep: async (organisation) => {
      await keepAll(organisation, alarmsOf(organisation));
      await keepAll(organisation, await mandatesOf(organisation));
      await keepAll(organisation, await holdsOf(organisation));
      await keepAll(organisation, await departuresOf(organisation));
      await keepAll(organisation, certificatesOf(organisation));
    },
  };
};
