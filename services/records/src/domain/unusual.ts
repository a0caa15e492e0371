import { addCalendarDays } from '@toeverlaat/legal';
import {
  localDateOf,
  startOfDate,
  uuidV5,
  type Instant,
  type LocalDate,
  type OrganisationId,
} from '@toeverlaat/values';
import type { AccessThresholds } from './access-thresholds.js';
import { isWorkingTime, type WorkingHours } from './working-hours.js';
import { MAX_NAMED_IN_ALARM, type AlarmKind, type RaisedAlarm } from './access-alarm/index.js';

/* What is unusual in the access history: a pure function of readings, thresholds and calendar. */

/** Reading that alarms are about: of what stands under professional secrecy, by those who work cases. */
export const watchedClasses = [
  'request',
  'conversation',
  'case',
  'advice_contact',
  'personal_note',
  'case_document',
  'attachment',
  'told_item',
  'disclosure',
  'referral_sent',
  'referral_received',
] as const;
export const watchedRoles = ['counsellor', 'prevention_adviser'] as const;

/** One access, as the history has it. */
export type Looked = {
  readonly eventId: string;
  readonly at: Instant;
  readonly who: string;
  readonly role: string;
  readonly records: readonly string[];
  /** A page of a list shows a little of many records; opening one shows it. */
  readonly outcome: 'listed' | 'opened' | 'downloaded';
};

/** An alarm with what makes it one and the same each time it is found. */
export type Found = { readonly key: string; readonly alarm: RaisedAlarm };

/** The same readings give the same alarm, whoever finds it and how often (design rule 8). */
export const alarmIdOf = (organisation: OrganisationId, kind: AlarmKind, key: string): string =>
  uuidV5('access alarm', organisation, kind, key);

const alarmOf = (
  kind: AlarmKind,
  first: Looked,
  period: { readonly from: Instant; readonly to: Instant },
  records: Iterable<string>,
  thresholds: AccessThresholds,
): RaisedAlarm => ({
  kind,
  who: first.who,
  role: first.role,
  ...period,
  records: [...new Set(records)].slice(0, MAX_NAMED_IN_ALARM),
  firstEventId: first.eventId,
  thresholds: thresholds.version,
});

const dayOf = (date: LocalDate): { readonly from: Instant; readonly to: Instant } => ({
  from: startOfDate(date),
  to: startOfDate(addCalendarDays(date, 1)),
});

/** Reads outside the working hours of whoever reads: one alarm per person and day. @param hoursOf by pseudonym */
export const outsideHours = (
  looks: readonly Looked[],
  thresholds: AccessThresholds,
  hoursOf: (who: string) => readonly WorkingHours[],
): readonly Found[] => {
  const found = new Map<string, { readonly first: Looked; readonly date: LocalDate; readonly records: string[] }>();
  for (const look of looks) {
    if (isWorkingTime(look.at, hoursOf(look.who))) continue;
    const date = localDateOf(look.at);
    const key = `${look.who} ${date}`;
    const known = found.get(key) ?? { first: look, date, records: [] };
    known.records.push(...look.records);
    found.set(key, known);
  }
  return [...found].map(([key, { first, date, records }]) => ({
    key,
    alarm: alarmOf('outside_hours', first, dayOf(date), records, thresholds),
  }));
};

/** More different records opened within the window than a person works with: one alarm per person and day. */
export const bulkReading = (looks: readonly Looked[], thresholds: AccessThresholds): readonly Found[] => {
  const windowMs = thresholds.bulkMinutes.value * 60_000;
  const recent = new Map<string, Looked[]>();
  const found = new Map<string, Found>();
  for (const look of looks) {
    if (look.outcome === 'listed') continue;
    const since = Date.parse(look.at) - windowMs;
    const window = (recent.get(look.who) ?? []).filter(({ at }) => Date.parse(at) > since);
    window.push(look);
    recent.set(look.who, window);
    const records = new Set(window.flatMap((one) => one.records));
    const [first = look] = window;
    const key = `${look.who} ${localDateOf(first.at)}`;
    if (records.size <= thresholds.bulkRecords.value || found.has(key)) continue;
    const period = { from: first.at, to: new Date(Date.parse(first.at) + windowMs).toISOString() };
    found.set(key, { key, alarm: alarmOf('bulk_reading', first, period, records, thresholds) });
  }
  return [...found.values()];
};

/**
 * A record opened when nothing was to be done in it any more: closed for longer than what comes after closing takes. One alarm
 * per person, record and day. @param closedOn the day a record was closed; undefined for one that is open, or not known
 */
export const noOpenTask = (
  looks: readonly Looked[],
  thresholds: AccessThresholds,
  closedOn: (record: string) => LocalDate | undefined,
): readonly Found[] => {
  const found = new Map<string, Found>();
  for (const look of looks) {
    if (look.outcome === 'listed') continue;
    const date = localDateOf(look.at);
    for (const record of look.records) {
      const closed = closedOn(record);
      if (closed === undefined || date <= addCalendarDays(closed, thresholds.afterClosingDays.value)) continue;
      const key = `${look.who} ${record} ${date}`;
      if (!found.has(key))
        found.set(key, { key, alarm: alarmOf('no_open_task', look, dayOf(date), [record], thresholds) });
    }
  }
  return [...found.values()];
};

/** A role that ended: the first day it no longer held, and when that was known here, which may be later. */
export type EndedRole = {
  readonly pseudonyms: readonly string[];
  readonly role: string;
  readonly endedOn: LocalDate;
  readonly knownAt: Instant;
};

/** The days before a role ended in which reading is looked at again, until its end was known; half-open. */
export const lastDaysBefore = (
  { endedOn, knownAt }: Pick<EndedRole, 'endedOn' | 'knownAt'>,
  thresholds: AccessThresholds,
): { readonly from: Instant; readonly to: Instant } => {
  const onItsDay = startOfDate(endedOn);
  return {
    from: startOfDate(addCalendarDays(endedOn, -thresholds.beforeEndDays.value)),
    to: knownAt > onItsDay ? knownAt : onItsDay,
  };
};

/** Records opened in the last days of a role: one alarm per person and end. */
export const beforeRoleEnd = (
  looks: readonly Looked[],
  ended: EndedRole,
  thresholds: AccessThresholds,
): readonly Found[] => {
  const { from, to } = lastDaysBefore(ended, thresholds);
  const own = looks.filter(
    ({ who, role, at, outcome }) =>
      outcome !== 'listed' && role === ended.role && ended.pseudonyms.includes(who) && at >= from && at < to,
  );
  const [first] = own;
  if (first === undefined) return [];
  return [
    {
      key: `${first.who} ${ended.role} ${ended.endedOn}`,
      alarm: alarmOf(
        'before_role_end',
        first,
        { from, to },
        own.flatMap(({ records }) => records),
        thresholds,
      ),
    },
  ];
};
