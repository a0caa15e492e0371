import { actorKindSchema, type Caller } from '@toeverlaat/access';
import type {
  AccessAlarmRow,
  accessAlarmsAboutMeQuery,
  accessAlarmsQuery,
  dismissAccessAlarm,
  RequestContext,
  QueryAnswer,
  CommandHandler,
  QueryHandler,
} from '@toeverlaat/contracts';
import { plainText, type Rejection } from '@toeverlaat/event-log';
import {
  admit,
  commandContext,
  deny,
  freshCaller,
  openTexts,
  ownPseudonyms,
  release,
  replyOf,
  refused,
} from '@toeverlaat/service-kit';
import { err, ok, type OrganisationId, type Result } from '@toeverlaat/values';
import {
  encodeCursor,
  readPage,
  sealedColumn,
  ViewNotReady,
  type SqlRow,
  type SqlValue,
  type ViewReader,
} from '@toeverlaat/views';
import type { AlarmKind } from '../domain/access-alarm/index.js';
import type { Scope } from '../domain/audit-mandates/index.js';
import type { OpenPage, PageInput } from '../history.js';
import type { AccessCore } from './core.js';
import { scopeFor, type Guard } from './guard.js';
import { alarmSentence } from './sentences.js';
import type { Visible } from './visible.js';

type AlarmRow = SqlRow & {
  readonly alarm_id: string;
  readonly kind: AlarmKind;
  readonly who: string;
  readonly role: string;
  readonly began: string;
  readonly ended: string;
  readonly records: string;
  readonly first_event: string;
  readonly raised_at: string;
  readonly dismissed: number;
  readonly dismissed_at: string | null;
  readonly dismissed_as: string | null;
  readonly motive: string | null;
};
type Condition = { readonly sql: string; readonly params: readonly SqlValue[] };

const NEWEST = [
  { column: 'raised_at', direction: 'desc' },
  { column: 'alarm_id', direction: 'desc' },
] as const;

const recordsOf = ({ records }: Pick<AlarmRow, 'records'>): string[] => JSON.parse(records) as string[];

/** Alarms about these people, or about these records. */
const inScope = (scope: Scope): Condition => {
  if (scope.kind === 'all') return { sql: '1', params: [] };
  const { records, handlers } = scope;
  const marks = (values: readonly string[]): string => values.map(() => '?').join(', ');
  const either = [
    ...(handlers.length === 0 ? [] : [`who IN (${marks(handlers)})`]),
    ...(records.length === 0
      ? []
      : [`EXISTS (SELECT 1 FROM json_each(alarms.records) AS one WHERE one.value IN (${marks(records)}))`]),
  ];
  return { sql: either.length === 0 ? '0' : `(${either.join(' OR ')})`, params: [...handlers, ...records] };
};

const isIn = (scope: Scope, row: Pick<AlarmRow, 'who' | 'records'>): boolean =>
  scope.kind === 'all' ||
  scope.handlers.includes(row.who) ||
  recordsOf(row).some((record) => scope.records.includes(record));

const rowOf = (row: AlarmRow, motive: string | null, language: RequestContext['language']): AccessAlarmRow => ({
  alarmId: row.alarm_id,
  kind: row.kind,
  pseudonym: row.who,
  role: actorKindSchema.parse(row.role),
  from: row.began,
  to: row.ended,
  records: recordsOf(row),
  firstEventId: row.first_event,
  raisedAt: row.raised_at,
  state: row.dismissed === 1 ? 'dismissed' : 'open',
  explanation: alarmSentence(language, row.kind),
  dismissedAt: row.dismissed_at,
  dismissedAs: row.dismissed_as === null ? null : actorKindSchema.parse(row.dismissed_as),
  motive,
});

/** Alarms for who audits, who protects the data and whom they are about (design §5); the employer is none of these. */
export const createAlarms = (core: AccessCore, alarms: ViewReader, guard: Guard, visible: Visible) => {
  const { runtime } = core;

  const readAlarms = (
    organisation: OrganisationId,
    condition: Condition,
    { first, after }: PageInput,
  ): Result<OpenPage<AlarmRow>, Rejection> => {
    const found = readPage<AlarmRow>(alarms, {
      select: 'SELECT * FROM alarms',
      where: `organisation = ? AND ${condition.sql}`,
      params: [organisation, ...condition.params],
      order: NEWEST,
      limit: first,
      cursor: after,
    });
    if (!found.ok)
      return err({
        kind: 'InvalidInput',
        field: found.error.field === 'cursor' ? 'page.after' : 'page.first',
        rule: found.error.rule,
      });
    return ok({
      rows: found.value.rows.map((row) => ({ row, end: encodeCursor(NEWEST, row) })),
      next: found.value.next ?? null,
    });
  };

  const answered = async (
    context: RequestContext,
    organisation: OrganisationId,
    page: { readonly rows: readonly AlarmRow[]; readonly next: string | null },
  ): Promise<Result<QueryAnswer<typeof accessAlarmsQuery>, Rejection>> => {
    const motives = await openTexts(
      runtime,
      organisation,
      page.rows.map(({ motive }) => (motive === null ? undefined : sealedColumn(motive))),
    );
    if (!motives.ok) return motives;
    return ok({
      rows: page.rows.map((row, at) => rowOf(row, motives.value[at] ?? null, context.language)),
      next: page.next,
    });
  };

  const list: QueryHandler<typeof accessAlarmsQuery> = (context, { state, page }) =>
    guard(
      context,
      {
        query: 'accessAlarms',
        recordClass: 'access_alarm',
        records: ['alarms'],
        fields: ['pseudonym', 'records', 'motive'],
        about: {},
        outcome: 'listed',
      },
      async ({ scope }) => {
        const { organisation } = context.caller;
        const held = inScope(scope);
        const condition: Condition =
          state === undefined
            ? held
            : { sql: `dismissed = ? AND ${held.sql}`, params: [state === 'dismissed' ? 1 : 0, ...held.params] };
        const found = await visible.visible(
          context,
          page,
          (asked) => readAlarms(organisation, condition, asked),
          recordsOf,
        );
        return found.ok ? answered(context, organisation, found.value) : found;
      },
    );

  const aboutMe: QueryHandler<typeof accessAlarmsAboutMeQuery> = async (context, { page }) => {
    const recordClass = 'access_alarm';
    const query = 'records.accessAlarmsAboutMe';
    const fresh = await freshCaller(runtime, context, { recordClass, record: '-', query });
    if (!fresh.ok) return fresh;
    const caller = fresh.value;
    const admitted = await admit(runtime, context, caller, {
      verb: 'list',
      recordClass,
      record: '-',
      query,
      relations: ['self'],
    });
    if (!admitted.ok) return admitted;
    const own = await ownPseudonyms(runtime, context, caller);
    if (!own.ok) return own;
    const { organisation } = caller;
    const condition: Condition =
      own.value.length === 0
        ? { sql: '0', params: [] }
        : { sql: `who IN (${own.value.map(() => '?').join(', ')})`, params: own.value };
    try {
      const found = readAlarms(organisation, condition, page);
      if (!found.ok) return found;
      const rows = found.value.rows.map(({ row }) => row);
      return await release(
        runtime,
        context,
        caller,
        {
          recordClass,
          organisation,
          records: rows.map(({ alarm_id }) => alarm_id),
          fields: ['records', 'motive'],
          query,
          outcome: 'listed',
        },
        () => answered(context, organisation, { rows, next: found.value.next }),
      );
    } catch (error) {
      if (error instanceof ViewNotReady) return err({ kind: 'Unavailable', detail: 'alarms are being read' });
      throw error;
    }
  };

  const dismissing = async (
    context: RequestContext,
    alarmId: string,
    query: string,
  ): Promise<Result<Caller, Rejection>> => {
    const attempt = { recordClass: 'access_alarm' as const, record: alarmId, query };
    const fresh = await freshCaller(runtime, context, attempt);
    if (!fresh.ok) return fresh;
    const caller = fresh.value;
    const admitted = await admit(runtime, context, caller, {
      verb: 'act',
      ...attempt,
      relations: ['same_organisation'],
    });
    if (!admitted.ok) return admitted;
    const scope = await scopeFor(core.mandatesOf, { caller }, runtime.clock.now());
    if (!scope.ok) return scope;
    const row = alarms.get<AlarmRow>('SELECT * FROM alarms WHERE organisation = ? AND alarm_id = ?', [
      caller.organisation,
      alarmId,
    ]);
    // Without a mandate, outside it, or about a record that they take part in, it is as if there were none.
    if (row === undefined || scope.value === undefined || !isIn(scope.value, row))
      return deny(runtime, context, caller, attempt);
    const excluded = await visible.excludedAmong(context, new Set(recordsOf(row)));
    if (!excluded.ok) return excluded;
    return excluded.value.size > 0 ? deny(runtime, context, caller, attempt) : ok(caller);
  };

  const dismiss: CommandHandler<typeof dismissAccessAlarm> = async (context, request) => {
    const { alarmId, motive } = request.data;
    const caller = await dismissing(context, alarmId, 'records.dismissAccessAlarm');
    if (!caller.ok) return refused(caller.error);
    const own = await ownPseudonyms(runtime, context, caller.value);
    if (!own.ok) return refused(own.error);
    return replyOf(
      alarmId,
      await core.alarms.execute(
        alarmId,
        { type: 'DismissAlarm', data: { ownPseudonyms: own.value, motive: plainText(motive) } },
        commandContext(context, request),
      ),
    );
  };

  return { list, aboutMe, dismiss };
};
