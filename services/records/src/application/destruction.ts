import {
  explainDue,
  lastStartDue,
  monthsOfPeriod,
  retentionRuleIds,
  type RetentionRuleId,
  type RetentionTerms,
  lawfulTerms,
  lawVersions,
} from '@toeverlaat/legal';
import type { CommandContext, Rejection } from '@toeverlaat/event-log';
import type { Language } from '@toeverlaat/contracts';
import { partOf } from '@toeverlaat/service-kit';
import { err, ok, type LocalDate, type OrganisationId, type Result } from '@toeverlaat/values';
import { dueUnder, isDue, termsFor, type RuleVersion } from '../domain/terms.js';
import { itemOfRow, upToDate, versionsOf, type KeptRow, type RetentionCore } from './core.js';
import { holdsOn, markHold } from './holds.js';
import { keptPage } from './kept-page.js';

/** A record that is due, as much of it as destroying it and certifying that takes. */
export type DueSubject = {
  readonly keptId: string;
  readonly service: string;
  readonly record: string;
  readonly recordClass: RetentionRuleId;
  /** Whose key ends it. */
  readonly subject: string;
  readonly terms: RetentionTerms;
  readonly ruleVersion: number;
  readonly lawVersion: string;
  /** The day the term ran from, and the last day it was kept. */
  readonly start: LocalDate;
  readonly keptUntil: LocalDate;
};

/** May this subject be destroyed now, under which rule, or what stops it? */
export type DestructionAnswer =
  | ({ readonly kind: 'may' } & DueSubject)
  | { readonly kind: 'held'; readonly keptId: string; readonly holdIds: readonly string[] }
  | { readonly kind: 'not_due'; readonly keptId: string; readonly keptUntil: LocalDate }
  | { readonly kind: 'never'; readonly keptId: string; readonly reviewOn: LocalDate | undefined }
  | { readonly kind: 'open'; readonly keptId: string }
  | { readonly kind: 'being_destroyed'; readonly keptId: string; readonly erasureId: string }
  | { readonly kind: 'destroyed'; readonly keptId: string; readonly erasureId: string }
  | { readonly kind: 'unknown' };

export const rowOf = (core: RetentionCore, organisation: OrganisationId, keptId: string): KeptRow | undefined =>
  core.kept.get<KeptRow>('SELECT * FROM kept WHERE organisation = ? AND kept_id = ?', [organisation, keptId]);

/** What is kept under the key of a subject. */
export const keptIdOfSubject = (
  core: RetentionCore,
  organisation: OrganisationId,
  subject: string,
): string | undefined =>
  core.kept.get<{ kept_id: string }>('SELECT kept_id FROM kept WHERE organisation = ? AND subject = ?', [
    organisation,
    subject,
  ])?.kept_id;

/** What is kept by rules of its own under the keys of parts of a record, such as its receipt; what is gone left out. */
export const keptPartsOf = (core: RetentionCore, organisation: OrganisationId, subject: string): readonly string[] =>
  core.kept
    .all<{ kept_id: string }>(
      `SELECT kept_id FROM kept WHERE organisation = ? AND subject >= ? AND subject < ? AND destroyed = 0 ORDER BY kept_id`,
      // Everything that begins with the subject and #: $ is the character after it.
      [organisation, `${subject}#`, `${subject}$`],
    )
    .map(({ kept_id }) => kept_id);

/** What the rules say of a row on a day, holds left out. */
export const dueSubject = (
  row: KeptRow,
  versions: readonly RuleVersion[],
  on: LocalDate,
): DueSubject | Exclude<DestructionAnswer, { kind: 'may' | 'held' | 'unknown' }> => {
  const keptId = row.kept_id;
  if (row.destroyed === 1) return { kind: 'destroyed', keptId, erasureId: row.erasure_id ?? '' };
  if (row.erasure_id !== null) return { kind: 'being_destroyed', keptId, erasureId: row.erasure_id };
  const { terms, ruleVersion } = termsFor(itemOfRow(row), versions, on);
  const due = dueUnder(terms, row.start_on ?? undefined);
  if (due.kind === 'open' || row.start_on === null) return { kind: 'open', keptId };
  if (due.kind === 'never') return { kind: 'never', keptId, reviewOn: terms.reviewOn };
  if (!isDue(due, on)) return { kind: 'not_due', keptId, keptUntil: due.keptUntil };
  return {
    keptId,
    service: row.service,
    record: row.record,
    recordClass: row.record_class,
    subject: row.subject,
    terms,
    ruleVersion,
    lawVersion: row.law_version,
    start: row.start_on,
    keptUntil: due.keptUntil,
  };
};

/**
 * Whether a kept record may be destroyed on a day. Waits for the view to have everything that was recorded, and asks its owner
 * whether a hold on a person or a site is about it.
 * @returns Unavailable, retryable, when either cannot be known: then nothing is destroyed
 */
export const mayBeDestroyed = async (
  core: RetentionCore,
  keptId: string,
  on: LocalDate,
  context: CommandContext,
): Promise<Result<DestructionAnswer, Rejection>> => {
  const { organisation } = context;
  const seen = await upToDate(core);
  if (!seen.ok) return seen;
  const versions = await versionsOf(core, organisation);
  if (!versions.ok) return versions;
  const row = rowOf(core, organisation, keptId);
  if (row === undefined) return ok({ kind: 'unknown' });
  const due = dueSubject(row, versions.value, on);
  if ('kind' in due) return ok(due);
  const held = await holdsOn(core, row, context);
  if (!held.ok) return held;
  return ok(held.value.length > 0 ? { kind: 'held', keptId, holdIds: held.value } : { kind: 'may', ...due });
};

export type Begun = { readonly kind: 'begun' } | { readonly kind: 'held'; readonly holdIds: readonly string[] };

/**
 * Begins the destruction of a record, and looks for holds once more after that: one placed in between is either seen here, or
 * refused because the destruction has begun. A hold that is found is marked on the record, where it shows.
 * @param ground `due`: its term is over; `other`: destroyed for another reason, which only a hold stops
 * @returns Erased, or RuleRefused `record_open`, `not_due`, `record_on_hold`, `destruction_under_way`
 */
export const beginDestruction = async (
  core: RetentionCore,
  keptId: string,
  erasureId: string,
  ground: 'due' | 'other' | 'gone',
  context: CommandContext,
): Promise<Result<Begun, Rejection>> => {
  const { organisation } = context;
  const versions = await versionsOf(core, organisation);
  if (!versions.ok) return versions;
  const command = (step: string): CommandContext =>
    partOf({ ...context, body: { step, erasureId, ground } }, `${step} ${keptId} ${erasureId}`);
  core.at('begin_destruction');
  const begun = await core.records.execute(
    keptId,
    { type: 'BeginDestruction', data: { keptId, erasureId, ground, versions: versions.value } },
    command('begin destruction'),
  );
  if (!begun.ok) return err(begun.rejection);
  if (ground === 'gone') return ok({ kind: 'begun' });
  core.at('look_for_holds');
  const seen = await upToDate(core);
  if (!seen.ok) return seen;
  const row = rowOf(core, organisation, keptId);
  if (row === undefined) return err({ kind: 'NotFound' });
  const held = await holdsOn(core, row, context);
  if (!held.ok) return held;
  if (held.value.length === 0) return ok({ kind: 'begun' });
  const ended = await endDestruction(core, keptId, erasureId, 'abandoned', context);
  if (!ended.ok) return ended;
  for (const holdId of held.value) {
    const marked = await markHold(core, holdId, 'Hold', [keptId], context);
    if (!marked.ok) return marked;
  }
  return ok({ kind: 'held', holdIds: held.value });
};

/** It is destroyed, or will not be. */
export const endDestruction = async (
  core: RetentionCore,
  keptId: string,
  erasureId: string,
  outcome: 'destroyed' | 'abandoned',
  context: CommandContext,
): Promise<Result<undefined, Rejection>> => {
  core.at(outcome === 'destroyed' ? 'end_destruction' : 'abandon_destruction');
  const ended = await core.records.execute(
    keptId,
    { type: 'EndDestruction', data: { keptId, erasureId, outcome, versions: [] } },
    partOf({ ...context, body: { outcome, erasureId } }, `end destruction ${keptId} ${erasureId}`),
  );
  return ended.ok ? ok(undefined) : err(ended.rejection);
};

/** The latest start that any rule of a class could have made due: what starts later is due under none. */
export const latestStart = (
  recordClass: RetentionRuleId,
  versions: readonly RuleVersion[],
  on: LocalDate,
): LocalDate | undefined => {
  const periods = [
    ...lawVersions.map((edition) => lawfulTerms(recordClass, edition)),
    ...versions.flatMap(({ rules }) => rules.filter((rule) => rule.recordClass === recordClass)),
  ].map(({ period }) => period);
  const shortest = periods
    .filter((period) => monthsOfPeriod(period) !== undefined)
    .toSorted((a, b) => (monthsOfPeriod(a) ?? 0) - (monthsOfPeriod(b) ?? 0))[0];
  return shortest === undefined ? undefined : lastStartDue(shortest, on);
};

export type DuePage = { readonly rows: readonly DueSubject[]; readonly next: string | undefined };

/**
 * Records that are due on a day and not held as far as is marked, in the order of class, start and id: the same log gives the
 * same pages. Holds on people and sites are not asked for here, but before each is destroyed (`mayBeDestroyed`).
 * @param cursor `<class>:<cursor of the class>`, as the page before gave it
 */
export const dueSubjects = (
  core: RetentionCore,
  organisation: OrganisationId,
  versions: readonly RuleVersion[],
  on: LocalDate,
  limit: number,
  cursor?: string,
): Result<DuePage, Rejection> => {
  const invalid = err<Rejection>({ kind: 'InvalidInput', field: 'page.after', rule: 'not a cursor' });
  const split = cursor?.indexOf(':') ?? -1;
  const from = cursor === undefined ? 0 : retentionRuleIds.findIndex((id) => id === cursor.slice(0, split));
  if (from < 0) return invalid;
  let within = cursor === undefined || split === cursor.length - 1 ? undefined : cursor.slice(split + 1);
  const rows: DueSubject[] = [];
  for (const [at, recordClass] of retentionRuleIds.entries()) {
    if (at < from) continue;
    const latest = latestStart(recordClass, versions, on);
    if (latest === undefined) continue;
    const page = keptPage(
      core,
      {
        organisation,
        recordClass,
        latest,
        and: 'held = 0 AND erasure_id IS NULL',
        limit: limit - rows.length,
        cursor: within,
      },
      (row) => {
        const due = dueSubject(row, versions, on);
        return 'kind' in due ? undefined : due;
      },
    );
    if (!page.ok) return invalid;
    rows.push(...page.value.rows);
    if (page.value.next !== undefined) return ok({ rows, next: `${recordClass}:${page.value.next}` });
    const nextClass = retentionRuleIds[at + 1];
    if (rows.length >= limit) return ok({ rows, next: nextClass === undefined ? undefined : `${nextClass}:` });
    within = undefined;
  }
  return ok({ rows, next: undefined });
};

/** "Why this date" of a row, in words. */
export const explainRow = (
  row: KeptRow,
  versions: readonly RuleVersion[],
  on: LocalDate,
  language: Language,
): string => {
  const { terms, ruleVersion } = termsFor(itemOfRow(row), versions, on);
  return explainDue({ terms, start: row.start_on ?? undefined, ruleVersion, lawVersion: row.law_version }, language);
};
