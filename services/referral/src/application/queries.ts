import type { Caller } from '@toeverlaat/access';
import {
  caseHeldByQuery,
  keptParts,
  type referralHeldByQuery,
  type QueryInput,
  type QueryAnswer,
} from '@toeverlaat/contracts';
import type {
  excludedReferralsQuery,
  receivedReferralQuery,
  receivedReferralsQuery,
  referralsOfCaseQuery,
  RequestContext,
  sentReferralQuery,
  sentReferralsQuery,
} from '@toeverlaat/contracts';
import {
  isErased,
  isSealedValue,
  type ConfidentialText,
  type Erasable,
  type Rejection,
  type SealedValue,
} from '@toeverlaat/event-log';
import { labelOf, lawText, wordingVersion } from '@toeverlaat/legal';
import {
  admit,
  freshCaller,
  isService,
  openTexts,
  ownPseudonyms,
  release,
  serviceCaller,
} from '@toeverlaat/service-kit';
import { err, ok, type OrganisationId, type Result } from '@toeverlaat/values';
import { readPage, sealedColumn, type SqlRow } from '@toeverlaat/views';
import { readableCopies } from '../domain/received/index.js';
import { listHashOf, sentPart, wordingKeyOf, type LivingSent } from '../domain/sent/index.js';
import { hasDesk, referralReceiver, type PersonRef } from '../domain/vocabulary.js';
import { readingContext } from './commands.js';
import {
  caseOfReferralExcludes,
  excludedFromCaseOf,
  loadReceived,
  loadSent,
  referralsOfCase,
  relationsToCase,
  relationsToReceived,
  settleSides,
  type Core,
} from './core.js';

type Handler<D> = (context: RequestContext, input: QueryInput<D>) => Promise<Result<QueryAnswer<D>, Rejection>>;

type SentRow = {
  referral_id: string;
  status: LivingSent['status'];
  receiver_kind: string;
  consented: number;
  delivered: number;
  answer_due_on: string | null;
  expires_on: string | null;
  prepared_at: string;
  recorded_at: string;
};
type ReceivedRow = {
  referral_id: string;
  status: 'pending' | 'accepted' | 'declined' | 'ended';
  answer_due_on: string;
  expires_on: string;
  opened: number;
  delivered_at: string;
  recorded_at: string;
};

const NEWEST_FIRST = [
  { column: 'recorded_at', direction: 'desc' },
  { column: 'referral_id', direction: 'desc' },
] as const;

const sealedOf = (text: ConfidentialText | undefined): SealedValue | undefined =>
  text !== undefined && isSealedValue(text) ? text : undefined;
const personOf = (person: Erasable<PersonRef> | undefined) =>
  person === undefined || isErased(person) ? null : { home: person.organisation, person: person.person };
const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');

export const createQueries = (core: Core) => {
  const { runtime, views } = core;

  const pageOfRows = <R extends SqlRow>(
    table: 'sent' | 'received',
    column: 'sender' | 'receiver',
    organisation: OrganisationId,
    pseudonyms: readonly string[],
    page: { readonly first: number; readonly after?: string | undefined },
  ): Result<{ readonly rows: readonly R[]; readonly next: string | null }, Rejection> => {
    if (pseudonyms.length === 0) return ok({ rows: [], next: null });
    const found = readPage<R>(views.query(table), {
      select: `SELECT * FROM ${table}`,
      where: `organisation = ? AND ${column} IN (${marks(pseudonyms)})`,
      params: [organisation, ...pseudonyms],
      order: NEWEST_FIRST,
      limit: page.first,
      cursor: page.after,
    });
    if (found.ok) return ok({ rows: found.value.rows, next: found.value.next ?? null });
    const { field, rule } = found.error;
    return err({ kind: 'InvalidInput', field: field === 'cursor' ? 'after' : 'first', rule });
  };

  /** Who turned out to have a conflict of interest goes on seeing nothing, on either side (design rule 10). */
  const withoutExcluded = async <R extends { readonly referral_id: string }>(
    context: RequestContext,
    caller: Caller,
    rows: readonly R[],
  ): Promise<Result<readonly R[], Rejection>> => {
    const visible: R[] = [];
    for (const row of rows) {
      const excluded = await excludedFromCaseOf(core, context, caller, row.referral_id);
      if (!excluded.ok) return excluded;
      if (!excluded.value) visible.push(row);
    }
    return ok(visible);
  };

  /** Rows as they are shown; the kind of receiver is opened, so each one is recorded first. */
  const showSent = async (
    context: RequestContext,
    caller: Caller,
    query: string,
    rows: readonly SentRow[],
    participant?: string,
  ): Promise<Result<QueryAnswer<typeof referralsOfCaseQuery>, Rejection>> =>
    release(
      runtime,
      context,
      caller,
      {
        recordClass: 'referral_sent',
        organisation: caller.organisation,
        records: rows.map((row) => row.referral_id),
        fields: ['receiverKind'],
        query,
        outcome: 'listed',
        participant,
      },
      async () => {
        const kinds = await openTexts(
          runtime,
          caller.organisation,
          rows.map((row) => sealedColumn(row.receiver_kind)),
        );
        if (!kinds.ok) return kinds;
        return ok(
          rows.map((row, index) => ({
            referralId: row.referral_id,
            status: row.status,
            receiverKind: referralReceiver.values.find((value) => value === kinds.value[index]) ?? null,
            consented: row.consented === 1,
            delivered: row.delivered === 1,
            answerDueOn: row.answer_due_on,
            expiresOn: row.expires_on,
            preparedAt: row.prepared_at,
            lastRecordedAt: row.recorded_at,
          })),
        );
      },
    );

  const sentReferrals: Handler<typeof sentReferralsQuery> = async (context, page) => {
    const fresh = await freshCaller(runtime, context, {
      recordClass: 'referral_sent',
      record: '-',
      query: 'referral.sentReferrals',
    });
    if (!fresh.ok) return fresh;
    const caller = fresh.value;
    const query = 'referral.sentReferrals';
    const admitted = await admit(runtime, context, caller, {
      verb: 'list',
      recordClass: 'referral_sent',
      record: '-',
      query,
      relations: ['sender'],
    });
    if (!admitted.ok) return admitted;
    const own = await ownPseudonyms(core.runtime, context, caller);
    if (!own.ok) return own;
    const rows = pageOfRows<SentRow>('sent', 'sender', caller.organisation, own.value, page);
    if (!rows.ok) return rows;
    const visible = await withoutExcluded(context, caller, rows.value.rows);
    if (!visible.ok) return visible;
    const shown = await showSent(context, caller, query, visible.value);
    return shown.ok ? ok({ rows: shown.value, next: rows.value.next }) : shown;
  };

  const ofCase: Handler<typeof referralsOfCaseQuery> = async (context, { caseId }) => {
    const fresh = await freshCaller(runtime, context, {
      recordClass: 'referral_sent',
      record: caseId,
      query: 'referral.referralsOfCase',
    });
    if (!fresh.ok) return fresh;
    const caller = fresh.value;
    const { organisation } = caller;
    const query = 'referral.referralsOfCase';
    const relations = await relationsToCase(core, context, caller, caseId);
    if (!relations.ok) return relations;
    const admitted = await admit(runtime, context, caller, {
      verb: 'list',
      recordClass: 'referral_sent',
      record: caseId,
      query,
      relations: relations.value,
    });
    if (!admitted.ok) return admitted;
    const { ids } = await referralsOfCase(core, organisation, caseId);
    if (ids.length === 0) return ok([]);
    if (relations.value.includes('handler'))
      return showSent(
        context,
        caller,
        query,
        views.query('sent').all<SentRow>(
          `SELECT * FROM sent WHERE organisation = ? AND referral_id IN (${marks(ids)})
             ORDER BY prepared_at, referral_id`,
          [organisation, ...ids],
        ),
      );
    // An applicant is another participant in each record, so each is recorded by itself.
    const shown: QueryAnswer<typeof referralsOfCaseQuery> = [];
    for (const id of ids) {
      const referral = await loadSent(core, organisation, id);
      if (!referral.ok) {
        if (referral.error.kind === 'Unavailable') return referral;
        continue;
      }
      const rows = views
        .query('sent')
        .all<SentRow>('SELECT * FROM sent WHERE organisation = ? AND referral_id = ?', [organisation, id]);
      const one = await showSent(context, caller, query, rows, referral.value.state.applicantParticipantId);
      if (!one.ok) return one;
      shown.push(...one.value);
    }
    return ok(shown);
  };

  const sentReferral: Handler<typeof sentReferralQuery> = async (context, { referralId }) => {
    const fresh = await freshCaller(runtime, context, {
      recordClass: 'referral_sent',
      record: referralId,
      query: 'referral.sentReferral',
    });
    if (!fresh.ok) return fresh;
    const caller = fresh.value;
    const { organisation } = caller;
    const query = 'referral.sentReferral';
    const found = await loadSent(core, organisation, referralId);
    if (!found.ok && found.error.kind !== 'NotFound') return found;
    const relations = found.ok ? await relationsToCase(core, context, caller, found.value.state.caseId) : ok([]);
    if (!relations.ok) return relations;
    const admitted = await admit(runtime, context, caller, {
      verb: 'open',
      recordClass: 'referral_sent',
      record: referralId,
      query,
      relations: relations.value,
    });
    if (!admitted.ok) return admitted;
    if (!found.ok) return found;
    const { state, revision } = found.value;
    const received = await loadReceived(core, organisation, referralId);
    if (!received.ok && received.error.kind === 'Unavailable') return received;
    return release(
      runtime,
      context,
      caller,
      {
        recordClass: 'referral_sent',
        organisation,
        records: [referralId],
        fields: [
          'caseId',
          'receiverKind',
          'receiver',
          'records',
          'message',
          'consent',
          'words',
          'answer',
          'readByReceiver',
        ],
        query,
        outcome: 'opened',
        participant: relations.value.includes('applicant') ? state.applicantParticipantId : undefined,
      },
      async () => {
        const sent = sentPart(state);
        const answer = state.status === 'accepted' || state.status === 'declined' ? state.answer : undefined;
        const texts = await openTexts(
          runtime,
          organisation,
          [state.receiverName, state.message, sent?.words, answer?.note].map(sealedOf),
        );
        if (!texts.ok) return texts;
        const [receiverName = null, message = null, words = null, answerNote = null] = texts.value;
        const { consent } = state;
        const { language } = context;
        const key = wordingKeyOf(state.receiverKind);
        const there = received.ok ? received.value.state : undefined;
        return ok({
          referralId,
          revision,
          caseId: state.caseId,
          status: state.status,
          receiverKind: state.receiverKind,
          receiverPerson: personOf(state.receiver?.person),
          receiverName,
          records: [...state.records],
          message,
          listHash: listHashOf(state),
          wording: {
            key,
            version: wordingVersion,
            language,
            text: lawText(key, language, {
              receiver: receiverName ?? labelOf(referralReceiver, state.receiverKind, language),
            }),
          },
          writtenConsentNeeded: state.receiverKind === 'physician',
          consent:
            consent === undefined
              ? null
              : {
                  method: consent.method,
                  wordingVersion: consent.wordingVersion,
                  wordingLanguage: consent.wordingLanguage,
                  holder: consent.holder ?? null,
                  givenOn: consent.givenOn,
                },
          toDesk: hasDesk(state.receiverKind),
          sentOn: sent?.sentOn ?? null,
          words,
          delivered: there !== undefined,
          answerDueOn: sent?.answerDueOn ?? null,
          expiresOn: sent?.expiresOn ?? null,
          answeredOn: answer?.on ?? null,
          declineReason: state.status === 'declined' ? state.answer.reason : null,
          answerNote,
          withdrawnBy: state.status === 'withdrawn' ? state.by : null,
          withdrawnOn: state.status === 'withdrawn' ? state.withdrawnOn : null,
          readByReceiver:
            there === undefined
              ? []
              : there.copies.filter(({ copyId }) => there.opened.includes(copyId)).map(({ recordId }) => recordId),
          // An applicant who reads their own referral is the other side of the counsellor's record.
          kept: await core.notices.of(organisation, referralId, {
            side: relations.value.includes('handler') ? 'controller' : 'other',
            language,
          }),
        });
      },
    );
  };

  const receivedReferrals: Handler<typeof receivedReferralsQuery> = async (context, page) => {
    const fresh = await freshCaller(runtime, context, {
      recordClass: 'referral_received',
      record: '-',
      query: 'referral.receivedReferrals',
    });
    if (!fresh.ok) return fresh;
    const caller = fresh.value;
    const admitted = await admit(runtime, context, caller, {
      verb: 'list',
      recordClass: 'referral_received',
      record: '-',
      query: 'referral.receivedReferrals',
      relations: ['receiver'],
    });
    if (!admitted.ok) return admitted;
    const own = await ownPseudonyms(core.runtime, context, caller);
    if (!own.ok) return own;
    const rows = pageOfRows<ReceivedRow>('received', 'receiver', caller.organisation, own.value, page);
    if (!rows.ok) return rows;
    const visible = await withoutExcluded(context, caller, rows.value.rows);
    if (!visible.ok) return visible;
    // State and terms only: nothing sealed is opened, so nothing is recorded.
    return ok({
      rows: visible.value.map((row) => ({
        referralId: row.referral_id,
        status: row.status,
        answerDueOn: row.answer_due_on,
        expiresOn: row.expires_on,
        opened: row.opened === 1,
        deliveredAt: row.delivered_at,
        lastRecordedAt: row.recorded_at,
      })),
      next: rows.value.next,
    });
  };

  const receivedReferral: Handler<typeof receivedReferralQuery> = async (context, { referralId }) => {
    const fresh = await freshCaller(runtime, context, {
      recordClass: 'referral_received',
      record: referralId,
      query: 'referral.receivedReferral',
    });
    if (!fresh.ok) return fresh;
    const caller = fresh.value;
    const { organisation } = caller;
    const query = 'referral.receivedReferral';
    const own = await ownPseudonyms(core.runtime, context, caller);
    if (!own.ok) return own;
    const before = await loadReceived(core, organisation, referralId);
    if (!before.ok && before.error.kind !== 'NotFound') return before;
    const relations = await relationsToReceived(core, context, caller, referralId, before, own.value);
    if (!relations.ok) return relations;
    const admitted = await admit(runtime, context, caller, {
      verb: 'open',
      recordClass: 'referral_received',
      record: referralId,
      query,
      relations: relations.value,
    });
    if (!admitted.ok) return admitted;
    // A withdrawal that stands on the sender's side holds here, even if the process died before it was told.
    const settled = await settleSides(core, organisation, referralId);
    if (!settled.ok) return settled;
    const found = await loadReceived(core, organisation, referralId);
    if (!found.ok) return found;
    const copies = readableCopies(found.value.state);
    return release(
      runtime,
      context,
      caller,
      {
        recordClass: 'referral_received',
        organisation,
        records: [referralId],
        fields: ['site', 'sender', 'message', 'consent', ...(copies.length === 0 ? [] : ['copies'])],
        query,
        outcome: 'opened',
      },
      async () => {
        const { state } = found.value;
        let { revision } = found.value;
        // The entry of an attachment is not its bytes: that copy is read when it is fetched.
        const read = copies.filter(({ file }) => file === undefined).map(({ copyId }) => copyId);
        if (read.some((copyId) => !state.opened.includes(copyId))) {
          const opened = await core.received.execute(
            referralId,
            { type: 'OpenCopies', data: { copyIds: read } },
            readingContext({ ...context, caller }, referralId),
          );
          if (!opened.ok) return err(opened.rejection);
          ({ revision } = opened);
        }
        const texts = await openTexts(runtime, organisation, [
          sealedOf(state.message),
          ...copies.flatMap(({ title, parts }) => [title, ...parts].map(sealedOf)),
        ]);
        if (!texts.ok) return texts;
        const [message = null, ...rest] = texts.value;
        let at = 0;
        const shown = copies.map(({ copyId, kind, parts, file }) => {
          const title = rest[at] ?? null;
          const words = rest.slice(at + 1, at + 1 + parts.length);
          at += 1 + parts.length;
          return {
            copyId,
            kind,
            title,
            content: words.some((part) => part === null) ? null : words.join(''),
            file: file === undefined ? null : { blob: file.blob, size: file.size },
          };
        });
        return ok({
          referralId,
          revision,
          status: state.status,
          endedBecause: state.status === 'ended' ? state.because : null,
          site: state.site,
          sender: personOf(state.senderPerson),
          message,
          consentMethod: state.consent.method,
          consentWordingVersion: state.consent.wordingVersion,
          consentGivenOn: state.consent.givenOn,
          answerDueOn: state.answerDueOn,
          expiresOn: state.expiresOn,
          copies: shown,
          closedCopies: state.copies.length - copies.length,
          kept: await core.notices.of(organisation, referralId, {
            side: 'controller',
            language: context.language,
            part: keptParts.received,
          }),
        });
      },
    );
  };

  /** For the access history: both sides of a referral are about the case it comes from. */
  const excludedReferrals: Handler<typeof excludedReferralsQuery> = async (context, { home, person, records }) => {
    const { organisation } = context.caller;
    if (!isService(context.caller, 'records')) return err({ kind: 'NotFound' });
    const excluded: string[] = [];
    for (const record of records) {
      const answer = await caseOfReferralExcludes(core, context, organisation, record, { home, person });
      if (!answer.ok) return answer;
      if (answer.value) excluded.push(record);
    }
    return ok({ excluded });
  };

  /**
   * Which holds are about either side of a referral: on who sent or received it, or its site; and, of what was sent, whatever
   * its case is held by, which the case alone knows.
   */
  const heldBy: Handler<typeof referralHeldByQuery> = async (context, { record, holds }) => {
    const { caller } = context;
    const { organisation } = caller;
    if (!isService(caller, 'records')) return err({ kind: 'NotFound' });
    const [sent, received] = [
      await loadSent(core, organisation, record),
      await loadReceived(core, organisation, record),
    ];
    for (const side of [sent, received]) if (!side.ok && side.error.kind === 'Unavailable') return side;
    const links: readonly (Erasable<PersonRef> | undefined)[] = [
      ...(sent.ok ? [sent.value.state.senderPerson, sent.value.state.receiver?.person] : []),
      ...(received.ok ? [received.value.state.senderPerson, received.value.state.receiverPerson] : []),
    ];
    const site = received.ok ? received.value.state.site : undefined;
    const found = new Set(
      holds
        .filter(
          ({ home, person, site: held }) =>
            (held !== undefined && held === site) ||
            links.some(
              (link) =>
                link !== undefined &&
                !isErased(link) &&
                link.person === person &&
                link.organisation === (home ?? organisation),
            ),
        )
        .map(({ holdId }) => holdId),
    );
    if (sent.ok) {
      const asked = { ...context, caller: serviceCaller('referral', organisation) };
      const heldCase = await runtime.rpc.query(caseHeldByQuery, asked, { record: sent.value.state.caseId, holds });
      if (!heldCase.ok) return err(heldCase.rejection);
      for (const holdId of heldCase.value.holdIds) found.add(holdId);
    }
    return ok({ holdIds: [...found].toSorted() });
  };

  return { excludedReferrals, sentReferrals, ofCase, sentReferral, receivedReferrals, receivedReferral, heldBy };
};
export type Queries = ReturnType<typeof createQueries>;
