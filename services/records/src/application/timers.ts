import { entriesEndedQuery, keptIdOf, MAX_ENTRIES_ENDED } from '@toeverlaat/contracts';
import type { CommandContext } from '@toeverlaat/event-log';
import { serviceRequest, timerContext } from '@toeverlaat/service-kit';
import { localDateOf, sha256Hex, uuidV5, type LocalDate, type OrganisationId, type PersonId } from '@toeverlaat/values';
import type { ViewReader } from '@toeverlaat/views';
import { reviewsDue, RULES_ID } from '../domain/retention-rules/index.js';
import { dueUnder, isDue, termsFor, type DueMemo, type RuleVersion } from '../domain/terms.js';
import {
  everyKept,
  ITEM_COLUMNS,
  itemOfRow,
  rulesOf,
  upToDate,
  type ItemRow,
  type KeptRow,
  type RetentionCore,
} from './core.js';
import type { OwnRecords } from './own-records.js';

type Counted = ItemRow & Pick<KeptRow, 'held' | 'told_until' | 'fell_due' | 'overdue' | 'erasure_id'>;
const COUNTED = `${ITEM_COLUMNS}, held, told_until, fell_due, overdue, erasure_id`;

/** A record past its last day. */
type Fallen = Counted & { readonly keptUntil: LocalDate };

/** Told or marked at a time: the log groups their appends. */
const AT_ONCE = 64;

/**
 * What the dates of retention demand: reviews of holds and of "never", records that fall due, those that are overdue, and once a
 * day the proof over everything that is kept. `history`: the index of access records, whose years are kept too; `own`: what else
 * records keep themselves.
 */
export const createRetentionTimers = (core: RetentionCore, history: ViewReader, own: OwnRecords) => {
  const { runtime } = core;

  type Row = { readonly organisation: OrganisationId };
  /** With anything kept or held, or a history: that is kept too, and so is the entry of who left before any case was begun. */
  const organisations = (): readonly OrganisationId[] => {
    const keeping = core.kept.acrossOrganisations<Row>(
      'SELECT DISTINCT organisation FROM kept UNION SELECT DISTINCT organisation FROM holds',
    );
    // From one organisation to the next along the key: millions of accesses are not walked for a few names.
    const looking = history.acrossOrganisations<Row>(
      `WITH RECURSIVE one(organisation) AS (
         SELECT MIN(organisation) FROM access
         UNION ALL
         SELECT (SELECT MIN(organisation) FROM access WHERE access.organisation > one.organisation) FROM one
         WHERE one.organisation IS NOT NULL)
       SELECT organisation FROM one WHERE organisation IS NOT NULL`,
    );
    return [...new Set([...keeping, ...looking].map(({ organisation }) => organisation))].toSorted();
  };

  /** The access history of a year is kept from its end: pseudonyms of the year are what ends it (design §4). */
  const keepHistory = async (organisation: OrganisationId, today: LocalDate): Promise<void> => {
    const first = history.get<{ year: string | null }>(
      'SELECT substr(MIN(recorded_at), 1, 4) AS year FROM access WHERE organisation = ?',
      [organisation],
    )?.year;
    if (first === null || first === undefined) return;
    for (let year = Number(first); year <= Number(today.slice(0, 4)); year += 1) {
      const record = String(year);
      const keptId = keptIdOf(organisation, 'records', record, 'access_log');
      if (core.kept.get('SELECT kept_id FROM kept WHERE organisation = ? AND kept_id = ?', [organisation, keptId]))
        continue;
      await core.records.execute(
        keptId,
        {
          type: 'BeginKeeping',
          data: {
            keptId,
            versions: [],
            service: 'records',
            recordClass: 'access_log',
            record,
            subject: `actors/${record}`,
            recordedOn: today,
            term: { trigger: 'year_end', start: `${record}-12-31` },
          },
        },
        timerContext('keep access history', organisation, keptId, record),
      );
    }
  };

  /**
   * The entries of those who left are kept from that day. Asked of the directory once a day, because no event on Kafka names a person;
   * what is told of it bears an id of its own for the same reason.
   */
  const keepEntries = async (organisation: OrganisationId, today: LocalDate): Promise<void> => {
    const asking = timerContext('entries ended', organisation, 'all', today);
    for (let after: PersonId | undefined; ;) {
      const answer = await runtime.rpc.query(
        entriesEndedQuery,
        serviceRequest('records', asking),
        after === undefined ? {} : { after },
      );
      if (!answer.ok) {
        // The next day asks for all of them again.
        runtime.logger.warn('the directory did not say who left', { organisation });
        return;
      }
      for (const { person, leftOn } of answer.value) {
        const record = uuidV5('directory entry', organisation, person);
        const keptId = keptIdOf(organisation, 'directory', record);
        if (core.kept.get('SELECT kept_id FROM kept WHERE organisation = ? AND kept_id = ?', [organisation, keptId]))
          continue;
        await core.records.execute(
          keptId,
          {
            type: 'BeginKeeping',
            data: {
              keptId,
              versions: [],
              service: 'directory',
              recordClass: 'directory_entry',
              record,
              subject: `person/${person}`,
              recordedOn: today,
              term: { trigger: 'contract_ended', start: leftOn },
            },
          },
          timerContext('keep directory entry', organisation, keptId, leftOn),
        );
      }
      after = answer.value.at(-1)?.person;
      if (answer.value.length < MAX_ENTRIES_ENDED || after === undefined) return;
    }
  };

  const reviewHolds = async (organisation: OrganisationId, today: LocalDate): Promise<void> => {
    const due = core.kept.all<{ hold_id: string; review_on: string }>(
      'SELECT hold_id, review_on FROM holds WHERE organisation = ? AND lifted = 0 AND review_due = 0 AND review_on <= ? ORDER BY hold_id',
      [organisation, today],
    );
    for (const { hold_id: holdId, review_on: reviewOn } of due)
      await core.holds.execute(
        holdId,
        { type: 'NoteReviewDue', data: { reviewOn } },
        timerContext('hold review', organisation, holdId, reviewOn),
      );
  };

  const mark = async (
    type: 'NoteDue' | 'NoteOverdue' | 'TellAgain',
    keptId: string,
    versions: readonly RuleVersion[],
    context: CommandContext,
  ): Promise<boolean> => {
    const outcome = await core.records.execute(keptId, { type, data: { keptId, versions } }, context);
    return outcome.ok && outcome.eventIds.length > 0;
  };

  const tellAgain = async (
    organisation: OrganisationId,
    today: LocalDate,
    versions: readonly RuleVersion[],
    keptIds: readonly string[],
  ): Promise<void> => {
    await Promise.all(
      keptIds.map((keptId) =>
        mark('TellAgain', keptId, versions, timerContext(`told again on ${today}`, organisation, keptId, today)),
      ),
    );
  };

  /** Marks what fell due, and what nobody dealt with in time; gives how many of them are overdue. */
  const fallDue = async (
    organisation: OrganisationId,
    today: LocalDate,
    versions: readonly RuleVersion[],
    rows: readonly Fallen[],
  ): Promise<number> => {
    const overdue = await Promise.all(
      rows.map(async ({ kept_id: keptId, record_class: recordClass, fell_due: fellDue, overdue: known, keptUntil }) => {
        if (fellDue !== keptUntil)
          await mark('NoteDue', keptId, versions, timerContext('fell due', organisation, keptId, keptUntil));
        if (known === 1) return true;
        const context = timerContext(`overdue on ${today}`, organisation, keptId, keptUntil);
        const alarm = await mark('NoteOverdue', keptId, versions, context);
        // An alarm for who looks after the installation too; the class is of the clear list.
        if (alarm) runtime.logger.error('record is overdue', { organisation, recordClass });
        return alarm;
      }),
    );
    return overdue.filter(Boolean).length;
  };

  /** One pass over everything that is kept: marks what fell due and what is overdue, counts, and records the count. */
  const check = async (
    organisation: OrganisationId,
    today: LocalDate,
    versions: readonly RuleVersion[],
  ): Promise<void> => {
    const memo: DueMemo = new Map();
    const count = { kept: 0, open: 0, held: 0, due: 0, overdue: 0 };
    const due: string[] = [];
    const again: string[] = [];
    const fell: Fallen[] = [];
    for (const row of everyKept<Counted>(core, organisation, COUNTED)) {
      count.kept += 1;
      if (row.held === 1) count.held += 1;
      if (row.start_on === null) {
        count.open += 1;
        continue;
      }
      const item = itemOfRow(row);
      const last = dueUnder(termsFor(item, versions, today).terms, item.start, memo);
      // A change of rules reaches records without an event each (ADR 44): here both sides of those it moved are told.
      if ((last.kind === 'until' ? last.keptUntil : null) !== row.told_until && row.erasure_id === null) {
        again.push(row.kept_id);
        if (again.length >= AT_ONCE) await tellAgain(organisation, today, versions, again.splice(0));
      }
      if (last.kind !== 'until' || !isDue(last, today) || row.held === 1) continue;
      const { keptUntil } = last;
      count.due += 1;
      due.push(`${row.kept_id} ${keptUntil}`);
      if (row.erasure_id !== null) continue;
      fell.push({ ...row, keptUntil });
      if (fell.length >= AT_ONCE) count.overdue += await fallDue(organisation, today, versions, fell.splice(0));
    }
    await tellAgain(organisation, today, versions, again);
    count.overdue += await fallDue(organisation, today, versions, fell);
    const outcome = await core.checks.execute(
      today.slice(0, 4),
      {
        type: 'RecordCheck',
        data: {
          checkedOn: today,
          ...count,
          ruleVersion: versions.at(-1)?.version ?? 0,
          dueDigest: sha256Hex(due.join('\n')),
        },
      },
      timerContext('retention check', organisation, 'all', today),
    );
    if (!outcome.ok) runtime.logger.warn('retention was not proven', { organisation });
  };

  const checkedOn = (organisation: OrganisationId): LocalDate | undefined =>
    core.kept.get<{ checked_on: string }>(
      'SELECT checked_on FROM checks WHERE organisation = ? ORDER BY checked_on DESC LIMIT 1',
      [organisation],
    )?.checked_on;

  /** The day on which it was last said of an organisation, by this process. */
  const saidOn = new Map<OrganisationId, LocalDate>();
  /** A day before the last proof is proven by none: somebody must know, for a clock that was ahead by years stops the proof as long. */
  const clockWentBack = (organisation: OrganisationId, today: LocalDate): void => {
    if (saidOn.get(organisation) === today) return;
    saidOn.set(organisation, today);
    runtime.logger.error('retention waits: the clock went back', { organisation, reason: 'clock_went_back' });
  };

  /** Any replica may run it, and twice is once: each command has an id of its date (design rule 8). */
  return async (): Promise<void> => {
    const today = localDateOf(runtime.clock.now());
    for (const organisation of organisations()) {
      await reviewHolds(organisation, today);
      // A clock that jumped back proves nothing again; one that stands on the day of the last proof has its proof.
      const last = checkedOn(organisation);
      if (last !== undefined && last >= today) {
        if (last > today) clockWentBack(organisation, today);
        continue;
      }
      await keepHistory(organisation, today);
      await keepEntries(organisation, today);
      await own.keep(organisation);
      const rules = await rulesOf(core, organisation);
      if (!rules.ok) continue;
      for (const review of reviewsDue(rules.value, today))
        await core.rules.execute(
          RULES_ID,
          { type: 'NoteNeverReview', data: review },
          timerContext('never review', organisation, review.recordClass, review.reviewOn),
        );
      if ((await upToDate(core)).ok) await check(organisation, today, rules.value.versions);
    }
  };
};
