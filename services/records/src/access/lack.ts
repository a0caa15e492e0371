import { homeOf, isPerRecordRole, policyVersion } from '@toeverlaat/access';
import {
  standingOverQuery,
  takesPartQuery,
  type accessEvidenceQuery,
  type accessLackQuery,
  type RequestContext,
  type QueryInput,
  type QueryAnswer,
} from '@toeverlaat/contracts';
import { leafBytesOf, type Rejection } from '@toeverlaat/event-log';
import { TreeDamaged } from '@toeverlaat/merkle';
import { admit, deny, freshCaller, release, serviceCaller } from '@toeverlaat/service-kit';
import { err, ok, type OrganisationId, type Result } from '@toeverlaat/values';
import type { ViewReader } from '@toeverlaat/views';
import type { Scope } from '../domain/audit-mandates/index.js';
import { watchedClasses } from '../domain/unusual.js';
import type { Evidence } from '../evidence/evidence.js';
import { EvidenceStopped } from '../evidence/faults.js';
import { inclusionOf } from '../evidence/proofs.js';
import { accessHistory } from '../history.js';
import { hasRead, replayReaders } from './could-have-read.js';
import type { AccessCore } from './core.js';
import type { Guard } from './guard.js';
import { lackSentence } from './sentences.js';
import type { Visible } from './visible.js';

type Read<T> = (granted: { readonly scope: Scope }) => Promise<Result<T, Rejection>>;
type Proofs = QueryAnswer<typeof accessEvidenceQuery>;

const NOT_FOUND: Rejection = { kind: 'NotFound' };
const WHOLE: Scope = { kind: 'all' };

/** That somebody could not read a record, and what any answer of the access history stands on. */
export const createLack = (
  core: AccessCore,
  history: ViewReader,
  guard: Guard,
  visible: Visible,
  evidence: Pick<Evidence, 'parts' | 'publishNow'>,
  /** Waits, bounded, until the history holds everything that is in the log: an answer must not lack what was signed. */
  caughtUp: () => Promise<boolean>,
) => {
  const { runtime } = core;

  /**
   * A record of which the history shows reading is one that whoever may see it knows of. Asking after a record is not reading it:
   * it stands in the history under what was asked for, whether that exists or not.
   */
  const isKnown = (organisation: OrganisationId, record: string, scope: Scope): boolean => {
    if (scope.kind === 'some' && !scope.records.includes(record)) return false;
    return (
      history.get(
        `SELECT 1 FROM access_of_record CROSS JOIN access USING (organisation, recorded_at, event_id)
           WHERE organisation = ? AND record = ? AND record_class IN (${watchedClasses.map(() => '?').join(', ')}) LIMIT 1`,
        [organisation, record, ...watchedClasses],
      ) !== undefined
    );
  };

  /** Whoever handles the case, as the case says now; asked with their own capacity, and recorded there when it is not theirs. */
  const asHandler = async <T>(
    context: RequestContext,
    record: string,
    query: string,
    fields: readonly string[],
    read: Read<T>,
  ): Promise<Result<T, Rejection>> => {
    const recordClass = 'access_history';
    const attempt = { recordClass, record, query } as const;
    const fresh = await freshCaller(runtime, context, attempt);
    if (!fresh.ok) return fresh;
    const caller = fresh.value;
    if (caller.person === undefined) return deny(runtime, context, caller, attempt);
    const { after: _, ...plain } = context;
    const handles = await runtime.rpc.query(
      takesPartQuery,
      { ...plain, caller },
      { caseId: record, home: homeOf(caller), person: caller.person },
    );
    if (!handles.ok && handles.rejection.kind === 'Unavailable') return err(handles.rejection);
    const admitted = await admit(runtime, context, caller, {
      verb: 'ask',
      ...attempt,
      relations: handles.ok ? ['handler'] : ['none'],
    });
    if (!admitted.ok) return admitted;
    const { organisation } = caller;
    return release(
      runtime,
      context,
      caller,
      { recordClass, organisation, records: [record], fields, query, outcome: 'opened' },
      () => read({ scope: WHOLE }),
    );
  };

  const guarded = <T>(
    context: RequestContext,
    query: string,
    record: string,
    fields: readonly string[],
    read: Read<T>,
  ): Promise<Result<T, Rejection>> =>
    context.caller.role === 'counsellor' || context.caller.role === 'prevention_adviser'
      ? asHandler(context, record, query, fields, read)
      : guard(
          context,
          { query, verb: 'ask', records: [record], fields, about: { record }, outcome: 'opened' },
          async (granted) => {
            const excluded = await visible.excludedAmong(context, new Set([record]));
            if (!excluded.ok) return excluded;
            if (excluded.value.has(record) || !isKnown(context.caller.organisation, record, granted.scope))
              return err(NOT_FOUND);
            return read(granted);
          },
        );

  /**
   * Judged as one who works cases or oversees: what a worker or participant is to a record is not said, so that the answer about
   * whoever applied or takes part is that of any colleague (design rule 10).
   */
  const lack = (
    context: RequestContext,
    { record, person, home, from, to }: QueryInput<typeof accessLackQuery>,
  ): Promise<Result<QueryAnswer<typeof accessLackQuery>, Rejection>> =>
    guarded(context, 'accessLack', record, ['scope', 'keyRecipients'], async () => {
      if (from >= to) return err({ kind: 'InvalidInput', field: 'to', rule: 'not_after_from' });
      const { organisation } = context.caller;
      const { after: _, ...plain } = context;
      const asking = { ...plain, purpose: 'operate', caller: serviceCaller('records', organisation) };
      const standing = await runtime.rpc.query(standingOverQuery, asking, {
        home: home ?? organisation,
        person,
        from,
        to,
      });
      if (!standing.ok) return err(standing.rejection);
      const replayed = await replayReaders(core, context, record, { from, to });
      if (!replayed.ok) return replayed;
      if (!replayed.value.known) return err(NOT_FOUND);
      const { pseudonyms } = standing.value;
      const spans = replayed.value.readers
        .filter((reader) => !isPerRecordRole(reader.role) && reader.pseudonyms.some((one) => pseudonyms.includes(one)))
        .map(({ role, relation, rule, from: since, to: until }) => ({ role, relation, rule, from: since, to: until }));
      const { keyRecipients } = replayed.value;
      const hadScope = spans.length > 0;
      // A key is wrapped for the organisation, or one day for a reader by name; for nobody else.
      const keyOfTheirs = keyRecipients.some((recipient) => !recipient.startsWith('epoch:'));
      return ok({
        record,
        from,
        to,
        pseudonyms: [...pseudonyms],
        hadScope,
        spans,
        hasRead: hasRead(history, organisation, record, pseudonyms, { from, to }),
        keyRecipients: [...keyRecipients],
        keyOfTheirs,
        policyVersion,
        sentence: lackSentence(context.language, { hadScope, keyOfTheirs, from, to }),
      });
    });

  const proved = async (organisation: OrganisationId, eventIds: readonly string[]): Promise<Proofs['rows']> => {
    const { index, log } = evidence.parts;
    const rows: Proofs['rows'] = [];
    for (const eventId of eventIds) {
      const leaf = index.byEvent(organisation, eventId);
      const [event] = leaf === undefined ? [] : await log.readStream(leaf.stream, { from: leaf.revision, limit: 1 });
      const inclusion = await inclusionOf(evidence, organisation, eventId);
      // What leaves here is what was sequenced, or nothing does.
      if (leaf === undefined || inclusion === undefined || event?.eventId !== eventId)
        throw new EvidenceStopped('sequence_differs', organisation);
      rows.push({
        eventId,
        index: leaf.index,
        record: leafBytesOf(event).toString('base64'),
        proof: inclusion.proof,
        origin: inclusion.origin,
        signers: inclusion.signers,
      });
    }
    return rows;
  };

  /** Everything that was recorded of a record by those who keep it, in the order of the tree. */
  const ofRecord = async (
    organisation: OrganisationId,
    record: string,
    { first, after }: QueryInput<typeof accessEvidenceQuery>['page'],
  ): Promise<Result<Proofs, Rejection>> => {
    const from = after === undefined ? 0 : /^\d{1,15}$/.test(after) ? Number(after) : undefined;
    if (from === undefined) return err({ kind: 'InvalidInput', field: 'page.after', rule: 'not_a_cursor' });
    const leaves = evidence.parts.index.ofRecord(organisation, record, from, first + 1);
    const shown = leaves.slice(0, first);
    const rows = await proved(
      organisation,
      shown.map(({ eventId }) => eventId),
    );
    return ok({ rows, next: leaves.length > first ? String((shown.at(-1)?.index ?? 0) + 1) : null });
  };

  const ofHistory = async (
    context: RequestContext,
    question:
      | { readonly by: 'record'; readonly record: string }
      | { readonly by: 'handler'; readonly pseudonyms: readonly string[] },
    { from, to, page }: QueryInput<typeof accessEvidenceQuery>,
    scope: Scope,
  ): Promise<Result<Proofs, Rejection>> => {
    const { organisation } = context.caller;
    const found = await visible.visible(
      context,
      page,
      (asked) => accessHistory(history, organisation, question, { from, to }, scope, asked),
      ({ record }) => [record],
    );
    if (!found.ok) return found;
    // A page of a list is one event of many records.
    const eventIds = [...new Set(found.value.rows.map(({ eventId }) => eventId))];
    return ok({ rows: await proved(organisation, eventIds), next: found.value.next });
  };

  const whatItStandsOn = async (
    context: RequestContext,
    asked: QueryInput<typeof accessEvidenceQuery>,
  ): Promise<Result<Proofs, Rejection>> => {
    const { kind, record, pseudonyms, page } = asked;
    const { organisation } = context.caller;
    const fields = ['records', 'proof'];
    const query = 'accessEvidence';
    const missing = (field: string): Result<never, Rejection> => err({ kind: 'InvalidInput', field, rule: 'required' });
    /** With the first page a checkpoint is signed over everything recorded so far, so that all of it can be proved. */
    const signed = async (): Promise<boolean> => {
      if (page.after !== undefined) return true;
      await evidence.publishNow(organisation);
      return caughtUp();
    };
    const behind: Result<never, Rejection> = err({ kind: 'Unavailable', detail: 'history is being read' });
    if (kind !== 'handler' && record === undefined) return missing('record');
    if (kind === 'handler' && pseudonyms === undefined) return missing('pseudonyms');
    if (kind === 'lack')
      return guarded(context, query, record ?? '', fields, async () => {
        if (!(await signed())) return behind;
        return ofRecord(organisation, record ?? '', page);
      });
    const question =
      kind === 'record'
        ? ({ by: 'record', record: record ?? '' } as const)
        : ({ by: 'handler', pseudonyms: pseudonyms ?? [] } as const);
    const about = question.by === 'record' ? { record: question.record } : { handlers: question.pseudonyms };
    const records = question.by === 'record' ? [question.record] : question.pseudonyms;
    return guard(context, { query, verb: 'ask', records, fields, about, outcome: 'opened' }, async ({ scope }) => {
      if (!(await signed())) return behind;
      return ofHistory(context, question, asked, scope);
    });
  };

  const provable = async (
    context: RequestContext,
    asked: QueryInput<typeof accessEvidenceQuery>,
  ): Promise<Result<Proofs, Rejection>> => {
    try {
      return await whatItStandsOn(context, asked);
    } catch (error) {
      if (error instanceof EvidenceStopped) return err({ kind: 'Unavailable', detail: `evidence: ${error.fault}` });
      if (error instanceof TreeDamaged) return err({ kind: 'Unavailable', detail: 'evidence: tree_differs' });
      throw error;
    }
  };

  return { lack, evidence: provable };
};
