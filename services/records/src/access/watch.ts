import { rolesEndedQuery, workingHoursQuery } from '@toeverlaat/contracts';
import { serviceRequest, timerContext } from '@toeverlaat/service-kit';
import {
  addDays,
  localDateOf,
  startOfDate,
  type Instant,
  type LocalDate,
  type OrganisationId,
} from '@toeverlaat/values';
import type { ViewReader } from '@toeverlaat/views';
import { accessThresholds } from '../domain/access-thresholds.js';
import {
  alarmIdOf,
  beforeRoleEnd,
  bulkReading,
  lastDaysBefore,
  noOpenTask,
  outsideHours,
  watchedClasses,
  watchedRoles,
  type Found,
  type Looked,
} from '../domain/unusual.js';
import { hoursByHandler } from '../domain/working-hours.js';
import type { AccessCore } from './core.js';

type Row = {
  readonly event_id: string;
  readonly recorded_at: Instant;
  readonly who: string;
  readonly role: string;
  readonly records: string;
  readonly outcome: Looked['outcome'];
};

/** Accesses read at a time: few enough to stay small, many enough that ten millions take minutes. */
const CHUNK = 5_000;
/** Days back in which an end of a role is looked for: one that is entered weeks late is still found. */
const ENDS_NOTED_DAYS = 31;

const among = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');
const WATCHED = `staff = 1 AND role IN (${among(watchedRoles)}) AND record_class IN (${among(watchedClasses)})`;
const COLUMNS = 'event_id, recorded_at, who, role, records, outcome';

const lookedOf = (row: Row): Looked => ({
  eventId: row.event_id,
  at: row.recorded_at,
  who: row.who,
  role: row.role,
  records: JSON.parse(row.records) as string[],
  outcome: row.outcome,
});

/** Classes of the retention view whose term starts when the record is closed, and at nothing else. */
const CLOSED_CLASSES = ['informal_case', 'contact_request', 'referral_sent', 'referral_received'];

/**
 * Looks through the access history for what is unusual and raises alarms. Any replica may look, and twice is once: an alarm's id
 * follows from what it is about. How far it was looked is recorded once a day; a start goes on from there.
 */
export const createWatch = (core: AccessCore, history: ViewReader, kept: ViewReader) => {
  const { runtime } = core;
  /** How far this process has looked; before its first look, how far any did on the last recorded day. */
  const seen = new Map<
    OrganisationId,
    { readonly until: Instant; readonly day: LocalDate; readonly examined: number; readonly raised: number }
  >();

  function* organisations(): Generator<OrganisationId> {
    for (let after = ''; ;) {
      const next = history.acrossOrganisations<{ organisation: OrganisationId }>(
        'SELECT organisation FROM access WHERE organisation > ? ORDER BY organisation LIMIT 1',
        [after],
      )[0]?.organisation;
      if (next === undefined) return;
      yield next;
      after = next;
    }
  }

  const lastRecorded = async (organisation: OrganisationId, today: LocalDate): Promise<Instant | undefined> => {
    for (const year of [Number(today.slice(0, 4)), Number(today.slice(0, 4)) - 1]) {
      const loaded = await core.watches.load(organisation, String(year));
      if (loaded.kind === 'loaded' && loaded.state.until !== undefined) return loaded.state.until;
    }
    return undefined;
  };

  /** Accesses from a moment on, in order, a chunk at a time. */
  function* accesses(organisation: OrganisationId, from: Instant): Generator<readonly Row[]> {
    for (let after: readonly [Instant, string] = [from, '']; ;) {
      const rows = history.all<Row>(
        `SELECT ${COLUMNS} FROM access WHERE organisation = ? AND (recorded_at, event_id) > (?, ?) AND ${WATCHED}
           ORDER BY recorded_at, event_id LIMIT ?`,
        [organisation, ...after, CHUNK],
      );
      if (rows.length > 0) yield rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < CHUNK) return;
      after = [last.recorded_at, last.event_id];
    }
  }

  const closedOn =
    (organisation: OrganisationId) =>
    (record: string): LocalDate | undefined =>
      kept.get<{ start_on: string | null }>(
        `SELECT start_on FROM kept WHERE organisation = ? AND record = ? AND start_on IS NOT NULL
           AND record_class IN (${among(CLOSED_CLASSES)}) ORDER BY start_on DESC LIMIT 1`,
        [organisation, record],
      )?.start_on ?? undefined;

  const raise = async (organisation: OrganisationId, found: readonly Found[]): Promise<number> => {
    let raised = 0;
    for (const { key, alarm } of found) {
      const alarmId = alarmIdOf(organisation, alarm.kind, key);
      const outcome = await core.alarms.execute(
        alarmId,
        { type: 'RaiseAlarm', data: alarm },
        timerContext('access alarm', organisation, alarmId, 'raised'),
      );
      if (outcome.ok && outcome.eventIds.length > 0 && !outcome.repeated) raised += 1;
    }
    return raised;
  };

  /** Reading in the last days of a role, once its end is known. */
  const lookAtEnds = async (organisation: OrganisationId, today: LocalDate): Promise<number> => {
    const context = timerContext('roles ended', organisation, 'all', today);
    const answer = await runtime.rpc.query(rolesEndedQuery, serviceRequest('records', context), {
      from: addDays(today, -ENDS_NOTED_DAYS),
      to: today,
    });
    // The day is not noted then, and the next look asks again.
    if (!answer.ok) throw new NotLooked(answer.rejection.kind);
    let raised = 0;
    for (const ended of answer.value) {
      if (ended.pseudonyms.length === 0) continue;
      const { from, to } = lastDaysBefore(ended, accessThresholds);
      const rows = history.all<Row>(
        `SELECT ${COLUMNS} FROM access WHERE organisation = ? AND ${WATCHED} AND recorded_at >= ? AND recorded_at < ?
           AND who IN (${ended.pseudonyms.map(() => '?').join(', ')}) ORDER BY recorded_at, event_id LIMIT ?`,
        [organisation, from, to, ...ended.pseudonyms, CHUNK],
      );
      raised += await raise(organisation, beforeRoleEnd(rows.map(lookedOf), ended, accessThresholds));
    }
    return raised;
  };

  /** When each is expected to work, as the directory says now: what is looked at was read since the last look. */
  const hoursOf = async (organisation: OrganisationId, today: LocalDate) => {
    const context = timerContext('working hours', organisation, 'all', today);
    const answer = await runtime.rpc.query(workingHoursQuery, serviceRequest('records', context), {});
    // Nothing of it is looked at then, and the next look begins where this one did.
    if (!answer.ok) throw new NotLooked(answer.rejection.kind);
    return hoursByHandler(answer.value, accessThresholds);
  };

  const look = async (organisation: OrganisationId, now: Instant): Promise<void> => {
    const today = localDateOf(now);
    const known = seen.get(organisation);
    const until = known?.until ?? (await lastRecorded(organisation, today));
    // Another process may have recorded an access a moment before the last one seen, and a window reaches back.
    const overlapMs = accessThresholds.bulkMinutes.value * 60_000;
    const from = until === undefined ? '' : new Date(Date.parse(until) - overlapMs).toISOString();
    const count = { until: until ?? startOfDate(today), examined: 0, raised: 0 };
    /** The end of one chunk, so that a window does not break where a chunk does. */
    let before: readonly Looked[] = [];
    let expected: ReturnType<typeof hoursByHandler> | undefined;
    for (const rows of accesses(organisation, from)) {
      expected ??= await hoursOf(organisation, today);
      const looks = [...before, ...rows.map(lookedOf)];
      const last = looks.at(-1)?.at ?? from;
      const fresh = until === undefined ? rows.length : rows.filter(({ recorded_at }) => recorded_at > until).length;
      count.examined += fresh;
      const found = [
        ...outsideHours(looks, accessThresholds, expected),
        ...bulkReading(looks, accessThresholds),
        ...noOpenTask(looks, accessThresholds, closedOn(organisation)),
      ];
      count.raised += await raise(organisation, found);
      if (last > count.until || until === undefined) count.until = last;
      before = looks.filter(({ at }) => Date.parse(at) > Date.parse(last) - overlapMs);
    }
    const newDay = known === undefined || known.day !== today;
    if (newDay) count.raised += await lookAtEnds(organisation, today);
    // Everything since the last note: what was looked at later on that day as well.
    const examined = (known?.examined ?? 0) + count.examined;
    const raised = (known?.raised ?? 0) + count.raised;
    const { until: watchedUntil } = count;
    const since = newDay ? { examined: 0, raised: 0 } : { examined, raised };
    seen.set(organisation, { until: watchedUntil, day: today, ...since });
    if (!newDay) return;
    await core.watches.execute(
      today.slice(0, 4),
      {
        type: 'NoteWatched',
        data: { watchedOn: today, until: watchedUntil, examined, raised, thresholds: accessThresholds.version },
      },
      timerContext('access watch', organisation, 'all', today),
    );
  };

  return async (): Promise<void> => {
    const now = runtime.clock.now();
    for (const organisation of organisations())
      try {
        await look(organisation, now);
      } catch (error) {
        if (!(error instanceof NotLooked)) throw error;
        runtime.logger.warn('the access history was not looked through', { organisation });
      }
  };
};

/** Somebody who must be asked did not answer: the day counts as not looked at. */
class NotLooked extends Error {
  override readonly name = 'NotLooked';
}
