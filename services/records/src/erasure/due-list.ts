import { subjectParts, type SubjectParts } from '@toeverlaat/contracts';
import { retentionRuleIds, type RetentionRuleId } from '@toeverlaat/legal';
import { InvariantBroken, sha256Hex, type LocalDate, type OrganisationId } from '@toeverlaat/values';
import type { ViewReader } from '@toeverlaat/views';
import type { KeptRow, RetentionCore } from '../application/core.js';
import { dueSubject, latestStart, type DueSubject } from '../application/destruction.js';
import type { ListedRecord } from '../domain/erasure-batch/index.js';
import {
  exclusionReasons,
  MAX_BATCH,
  type DueLine,
  type ExclusionReason,
  type LeftOutReason,
} from '../domain/erasure-vocabulary.js';
import { erasureIdOf } from '../domain/erasure/index.js';
import type { RuleVersion } from '../domain/terms.js';

/** A due record, with the service that ends it. */
export type Erasable = DueSubject & { readonly parts: SubjectParts };

/** Rows read, and erasures looked up, at a time. */
const CHUNK = 500;

/** Whatever is kept can be ended: what falls due and has no end would stand overdue for ever (ADR 77). */
const erasable = (due: DueSubject): Erasable => {
  const parts = subjectParts(due.subject);
  if (parts === undefined) throw new InvariantBroken(`${due.recordClass} is kept under a key that no service ends`);
  return { ...due, parts };
};

/** Whether a record may be taken up by a batch on a day, as far as the rules and what is marked on it say. */
export const batchable = (
  row: KeptRow,
  versions: readonly RuleVersion[],
  on: LocalDate,
): Erasable | { readonly because: LeftOutReason } => {
  const due = dueSubject(row, versions, on);
  if ('kind' in due)
    switch (due.kind) {
      case 'destroyed':
        return { because: 'destroyed_before' };
      case 'being_destroyed':
        return { because: 'erasure_under_way' };
      case 'open':
        return { because: 'record_open' };
      case 'not_due':
      case 'never':
        return { because: 'not_due' };
    }
  if (row.held === 1) return { because: 'record_on_hold' };
  // Its rule sends it on: destroyed here, nobody would have it.
  if (due.terms.action === 'transfer') return { because: 'to_be_transferred' };
  return erasable(due);
};

const isExclusion = (reason: LeftOutReason): reason is ExclusionReason =>
  (exclusionReasons as readonly string[]).includes(reason);

export type DueList = {
  readonly lines: readonly DueLine[];
  readonly list: readonly ListedRecord[];
  /** There is more than one batch holds. */
  readonly more: boolean;
  /** SHA-256 over the ids of the list, a line each. */
  readonly listHash: string;
};

type Tally = { due: number; listed: number; onHold: number; readonly excluded: Map<ExclusionReason, number> };

const lineOf = (recordClass: RetentionRuleId, { due, listed, onHold, excluded }: Tally): DueLine => ({
  recordClass,
  due,
  listed,
  onHold,
  excluded: exclusionReasons.flatMap((because) => {
    const records = excluded.get(because) ?? 0;
    return records === 0 ? [] : [{ because, records }];
  }),
});

/**
 * Everything that is due on a day, rule by rule, and which of it a batch takes: what a hold is marked on and what is excluded is
 * counted and left. Holds on people and sites are not asked for here (ADR 45): they win when a record's turn comes.
 */
export const dueList = (
  core: Pick<RetentionCore, 'kept'>,
  erasures: ViewReader,
  organisation: OrganisationId,
  versions: readonly RuleVersion[],
  on: LocalDate,
  onlyClass?: RetentionRuleId,
): DueList => {
  const list: ListedRecord[] = [];
  let more = false;

  /** How far the erasures of some subjects are, where somebody asked for one. */
  const statuses = (subjects: readonly string[]): ReadonlyMap<string, string> =>
    new Map(
      erasures
        .all<{ erasure_id: string; status: string }>(
          `SELECT erasure_id, status FROM erasures
           WHERE organisation = ? AND erasure_id IN (SELECT value FROM json_each(?))`,
          [organisation, JSON.stringify(subjects.map((subject) => erasureIdOf(organisation, subject)))],
        )
        .map(({ erasure_id, status }) => [erasure_id, status]),
    );

  const take = (rows: readonly KeptRow[], recordClass: RetentionRuleId, tally: Tally): void => {
    const exclude = (because: ExclusionReason): void => {
      tally.excluded.set(because, (tally.excluded.get(because) ?? 0) + 1);
    };
    const asked = statuses(rows.map(({ subject }) => subject));
    for (const row of rows) {
      const found = batchable(row, versions, on);
      if ('because' in found) {
        if (found.because === 'record_on_hold') {
          tally.due += 1;
          tally.onHold += 1;
        } else if (isExclusion(found.because)) {
          tally.due += 1;
          exclude(found.because);
        }
        continue;
      }
      tally.due += 1;
      const status = asked.get(erasureIdOf(organisation, found.subject));
      if (status !== undefined) {
        exclude(status === 'declined' ? 'declined_before' : 'erasure_under_way');
        continue;
      }
      if (list.length >= MAX_BATCH) {
        more = true;
        continue;
      }
      tally.listed += 1;
      list.push({ keptId: found.keptId, recordClass });
    }
  };

  const lines = retentionRuleIds.flatMap((recordClass): readonly DueLine[] => {
    const latest =
      onlyClass !== undefined && onlyClass !== recordClass ? undefined : latestStart(recordClass, versions, on);
    if (latest === undefined) return [];
    const tally: Tally = { due: 0, listed: 0, onHold: 0, excluded: new Map() };
    let after: readonly [string, string] = ['', ''];
    for (;;) {
      const rows = core.kept.all<KeptRow>(
        `SELECT * FROM kept
         WHERE organisation = ? AND record_class = ? AND destroyed = 0 AND start_on IS NOT NULL AND start_on <= ?
           AND (start_on, kept_id) > (?, ?)
         ORDER BY start_on, kept_id LIMIT ?`,
        [organisation, recordClass, latest, ...after, CHUNK],
      );
      take(rows, recordClass, tally);
      const last = rows.at(-1);
      if (rows.length < CHUNK || last === undefined) break;
      after = [last.start_on ?? '', last.kept_id];
    }
    return tally.due === 0 ? [] : [lineOf(recordClass, tally)];
  });
  return { lines, list, more, listHash: sha256Hex(list.map(({ keptId }) => `${keptId}\n`).join('')) };
};
