import { homeOf, type Caller, type Relation } from '@toeverlaat/access';
import {
  caseIdOfRequest,
  gatewayCaller,
  keptParts,
  takesPartQuery,
  type authenticateReceiptQuery,
  type beforeSendingQuery,
  type excludedRequestsQuery,
  receiptInclusionQuery,
  type ownReceiptQuery,
  type promiseKeyQuery,
  type ownRequestQuery,
  type ownRequestsQuery,
  type RequestContext,
  type requestForCaseQuery,
  type requestHeldByQuery,
  type requestQuery,
  type requestsQuery,
  type QueryInput,
  type QueryAnswer,
} from '@toeverlaat/contracts';
import {
  isErased,
  isSealedValue,
  leafOf,
  metadataOf,
  type ConfidentialText,
  type RecordedEvent,
  type Rejection,
  type SealedValue,
} from '@toeverlaat/event-log';
import {
  beforeContactRequest,
  dueDate,
  lawText,
  professionalSecrecyOn,
  protectionAt,
  wordingVersion,
  type Language,
  type TextKey,
} from '@toeverlaat/legal';
import { verifyReceipt } from '@toeverlaat/sealing';
import {
  admit,
  commandContext,
  deny,
  derivedId,
  freshCaller,
  isService,
  openTexts,
  ownPseudonyms,
  release,
  serviceCaller,
} from '@toeverlaat/service-kit';
import { canonicalJson, err, localDateOf, ok, uuidV5, type OrganisationId, type Result } from '@toeverlaat/values';
import { readPage } from '@toeverlaat/views';
import { createHash } from 'node:crypto';
import {
  initialConversation,
  REPLIES,
  requestSubject,
  type ConversationState,
  type Message,
} from '../domain/conversation/index.js';
import type { LivingRequest, Proposal } from '../domain/request/index.js';
import {
  excludedByCases,
  handlerPseudonym,
  isApplicant,
  loadRequest,
  relationsNow,
  tagSubject,
  type Core,
  type LoadedRequest,
} from './core.js';

type Handler<D> = (context: RequestContext, input: QueryInput<D>) => Promise<Result<QueryAnswer<D>, Rejection>>;

/** Name of the key that promises are signed with. */
const PROMISE_KEY = 'request/promise';
/** Hours within which an event stands in the organisation's tree, at the latest: what the signed promise says. */
const INCLUSION_HOURS = 24;

const sealedOf = (text: ConfidentialText | undefined): SealedValue | undefined =>
  text !== undefined && isSealedValue(text) ? text : undefined;

/** A message that is sealed under the conversation's own key, which its applicant may be given. */
const readable = (message: Message): boolean => message.kind === 'message' && message.forReader;
const sealedForReader = (message: Message | undefined): string | null => {
  const sealed = message?.kind === 'message' && message.forReader ? sealedOf(message.words) : undefined;
  return sealed === undefined ? null : canonicalJson(sealed);
};

const recordedAtOf = (event: RecordedEvent): string => metadataOf(event).recordedAt;

type RequestRow = {
  request_id: string;
  status: 'waiting' | 'choosing' | 'accepted' | 'ended';
  hearing_due_on: string;
  hearing: 'awaited' | 'heard' | 'offered' | 'missed';
  recorded_at: string;
  sent_at: string;
  escalated_to: string | null;
  handler: string | null;
  unseen_by_counsellor: number;
};

const NEWEST_FIRST = [
  { column: 'recorded_at', direction: 'desc' },
  { column: 'request_id', direction: 'desc' },
] as const;

export const createQueries = (core: Core) => {
  const { runtime, views, requests, conversations } = core;
  const reader = () => views.query('requests');

  type Admitted = LoadedRequest & {
    readonly caller: Caller;
    readonly relations: readonly Relation[];
    readonly pseudonyms: readonly string[];
  };

  const admitTo = async (
    context: RequestContext,
    requestId: string,
    query: string,
  ): Promise<Result<Admitted, Rejection>> => {
    const caller = await freshCaller(runtime, context, { recordClass: 'request', record: requestId, query });
    if (!caller.ok) return caller;
    const pseudonyms = await ownPseudonyms(core.runtime, context, caller.value);
    if (!pseudonyms.ok) return pseudonyms;
    const found = await loadRequest(core, caller.value.organisation, requestId);
    if (!found.ok && found.error.kind !== 'NotFound') return found;
    const held = found.ok
      ? await relationsNow(core, context, requestId, found.value.request, caller.value, pseudonyms.value)
      : ok<readonly Relation[]>([]);
    if (!held.ok) return held;
    const relations = held.value;
    const admitted = await admit(runtime, context, caller.value, {
      verb: 'open',
      recordClass: 'request',
      record: requestId,
      query,
      relations,
    });
    if (!admitted.ok) return admitted;
    if (!found.ok) return found;
    // Who was told that time runs short sees the term on the list, and no word of the request.
    if (!admitted.value.fields.includes('content'))
      return deny(
        runtime,
        context,
        caller.value,
        { recordClass: 'request', record: requestId, query },
        { kind: 'NotAllowed', verb: 'open_content' },
      );
    return ok({ ...found.value, caller: caller.value, relations, pseudonyms: pseudonyms.value });
  };

  type Conversation = {
    readonly messages: readonly Message[];
    /** Index of the last message each side has seen. */
    readonly seen: ConversationState['seen'];
    /** When each message was recorded. */
    readonly times: ReadonlyMap<string, string>;
  };
  const conversationOf = async (organisation: OrganisationId, requestId: string): Promise<Conversation> => {
    const loaded = await conversations.load(organisation, requestId);
    if (loaded.kind !== 'loaded') return { messages: [], seen: initialConversation.seen, times: new Map() };
    const times = new Map<string, string>();
    for (const decoded of loaded.events) {
      const stored = JSON.parse(Buffer.from(decoded.data).toString('utf8')) as { messageId?: string };
      if (stored.messageId !== undefined) times.set(stored.messageId, recordedAtOf(decoded));
    }
    return { messages: loaded.state.messages, seen: loaded.state.seen, times };
  };

  /**
   * Texts of a request and its conversation, opened together after their record.
   * @param leave messages that their reader opens: they stay as they are stored
   */
  const openAll = async (
    organisation: OrganisationId,
    request: LivingRequest,
    { messages, seen, times }: Conversation,
    own: readonly (ConfidentialText | undefined)[],
    leave: (message: Message) => boolean = () => false,
  ) => {
    const sealed = [
      ...own.map(sealedOf),
      ...request.proposals.flatMap((proposal) => [sealedOf(proposal.place), sealedOf(proposal.wish)]),
      ...messages.map((message) =>
        message.kind === 'message' && !leave(message) ? sealedOf(message.words) : undefined,
      ),
    ];
    const opened = await openTexts(runtime, organisation, sealed);
    if (!opened.ok) return opened;
    const texts = [...opened.value];
    const ownTexts = texts.splice(0, own.length);
    const proposalTexts = texts.splice(0, request.proposals.length * 2);
    return ok({
      own: ownTexts,
      proposals: request.proposals.map((proposal, index) =>
        proposalOut(proposal, proposalTexts[index * 2] ?? null, proposalTexts[index * 2 + 1] ?? null),
      ),
      messages: messages.map((message, index) => ({
        messageId: message.messageId,
        kind: message.kind,
        from: message.from,
        sentAt: times.get(message.messageId) ?? '',
        words: texts[index] ?? null,
        seen: index <= seen[message.from === 'worker' ? 'counsellor' : 'worker'],
      })),
    });
  };

  const proposalOut = (proposal: Proposal, place: string | null, wish: string | null) => ({
    proposalId: proposal.proposalId,
    place,
    options: proposal.options.map((option) => ({ ...option })),
    answer: typeof proposal.answer === 'string' ? proposal.answer : ('picked' as const),
    pickedOptionId: typeof proposal.answer === 'string' ? null : proposal.answer.picked,
    wish,
  });

  /**
   * The key of the conversation for who holds the receipt's code. None where there is nothing to open with it, or where
   * what was registered is no public key: such a reader is served as before.
   */
  const replyKeyFor = async (
    organisation: OrganisationId,
    requestId: string,
    request: LivingRequest,
    messages: readonly Message[],
  ) => {
    if (request.receipt === undefined || !messages.some(readable)) return ok(null);
    const publicKey = Buffer.from(request.receipt.publicKey, 'base64url');
    const subject = `${requestSubject(requestId)}#${REPLIES}`;
    const wrapped = await runtime.sealing.wrapForReader(organisation, subject, publicKey);
    if (wrapped.ok) return wrapped;
    return wrapped.error.kind === 'KeyUnavailable' ? err<Rejection>({ kind: 'Unavailable', detail: 'key' }) : ok(null);
  };

  /** The signed promise for a request with a receipt: its first event stands in the tree within a day (design §4). */
  const promiseFor = async (organisation: OrganisationId, { request, loaded }: LoadedRequest) => {
    const [first] = loaded.events;
    if (request.receipt === undefined || first === undefined) return null;
    const signer = await runtime.sealing.promiseSigner(organisation, PROMISE_KEY);
    const includedBy = new Date(Date.parse(recordedAtOf(first)) + INCLUSION_HOURS * 3_600_000).toISOString();
    const leaf = leafOf(first).toString('hex');
    const signed = signer.sign({ eventId: first.eventId, leaf, includedBy });
    return {
      ...signed,
      promise: { organisation, eventId: first.eventId, leaf, includedBy },
      publicKey: Buffer.from(signer.publicKey).toString('base64'),
    };
  };

  /** By its whole hash, as `verify receipt` names it. */
  const promiseKey: Handler<typeof promiseKeyQuery> = async ({ caller }) => {
    const { publicKey } = await runtime.sealing.promiseSigner(caller.organisation, PROMISE_KEY);
    const id = createHash('sha256').update(publicKey).digest('hex');
    const key = Buffer.from(publicKey).toString('base64');
    return ok({ use: 'promise', id, alg: 'Ed25519', key, origin: null, from: null, until: null });
  };

  const ownRequest: Handler<typeof ownRequestQuery> = async (context, { requestId, openMyself = false }) => {
    const target = await admitTo(context, requestId, 'ownRequest');
    if (!target.ok) return target;
    const { caller, request, revision, loaded, relations } = target.value;
    if (!relations.includes('applicant'))
      return deny(runtime, context, caller, { recordClass: 'request', record: requestId, query: 'ownRequest' });
    const { organisation } = caller;
    return release(
      runtime,
      context,
      caller,
      {
        recordClass: 'request',
        organisation,
        records: [requestId],
        fields: ['messages', 'proposals'],
        query: 'ownRequest',
        outcome: 'opened',
        participant: request.applicantParticipantId,
      },
      async () => {
        const conversation = await conversationOf(organisation, requestId);
        const replyKey = await replyKeyFor(organisation, requestId, request, conversation.messages);
        if (!replyKey.ok) return replyKey;
        const leave = (message: Message): boolean => openMyself && replyKey.value !== null && readable(message);
        const opened = await openAll(organisation, request, conversation, [], leave);
        if (!opened.ok) return opened;
        const named = (type: string) => loaded.events.filter((event) => event.type === `intake.${type}.v1`);
        const released = named('RequestReleased').map((event, index) => ({
          capacity: request.released[index]?.capacity ?? 'counsellor',
          at: recordedAtOf(event),
        }));
        const warnings = (
          [
            ['time_running_short', 'TimeRunningShort'],
            ['escalated', 'RequestEscalated'],
            ['nobody_to_tell', 'EscalationImpossible'],
            ['term_missed', 'HearingTermMissed'],
          ] as const
        ).flatMap(([kind, type]) => named(type).map((event) => ({ kind, at: recordedAtOf(event) })));
        const [first] = loaded.events;
        return ok({
          requestId,
          revision,
          status: request.status,
          endedHow: request.status === 'ended' ? request.how : null,
          way: request.way,
          sentAt: first === undefined ? '' : recordedAtOf(first),
          hearingDueOn: request.hearingDueOn,
          hearing: request.hearing,
          designationId: 'designationId' in request ? request.designationId : null,
          caseId: request.status === 'accepted' ? caseIdOfRequest(organisation, requestId) : null,
          released,
          warnings: warnings.toSorted((a, b) => (a.at < b.at ? -1 : 1)),
          proposals: opened.value.proposals,
          messages: opened.value.messages.map((message, index) => ({
            ...message,
            sealed: replyKey.value === null ? null : sealedForReader(conversation.messages[index]),
          })),
          replyKey: replyKey.value,
          promise: await promiseFor(organisation, target.value),
          kept: await core.notices.of(organisation, requestId, { side: 'other', language: context.language }),
        });
      },
    );
  };

  const inclusionOf = async (context: RequestContext, organisation: OrganisationId, eventId: string) => {
    const asking = { ...context, caller: serviceCaller('intake', organisation) };
    const found = await runtime.rpc.query(receiptInclusionQuery, asking, { eventId });
    return found.ok ? found.value : null;
  };

  /** Promise and proof of one's own request. Records answers intake alone: who asks there has shown the right to it here. */
  const ownReceipt: Handler<typeof ownReceiptQuery> = async (context, { requestId }) => {
    const target = await admitTo(context, requestId, 'ownReceipt');
    if (!target.ok) return target;
    const { caller, request, loaded, relations } = target.value;
    if (!relations.includes('applicant'))
      return deny(runtime, context, caller, { recordClass: 'request', record: requestId, query: 'ownReceipt' });
    const { organisation } = caller;
    return release(
      runtime,
      context,
      caller,
      {
        recordClass: 'request',
        organisation,
        records: [requestId],
        fields: ['promise', 'inclusion'],
        query: 'ownReceipt',
        outcome: 'opened',
        participant: request.applicantParticipantId,
      },
      async () => {
        const promise = await promiseFor(organisation, target.value);
        const [first] = loaded.events;
        // The promise stands on its own: that the proof cannot be made now takes nothing from it.
        const inclusion =
          promise === null || first === undefined ? null : await inclusionOf(context, organisation, first.eventId);
        const kept = await core.notices.of(organisation, requestId, {
          side: 'other',
          language: context.language,
          part: keptParts.receipt,
        });
        return ok({ promise, inclusion, kept });
      },
    );
  };

  /** The rows that carry the first tags of this person, until one is missing: nobody else can find them together (ADR 4). */
  const ownRequests: Handler<typeof ownRequestsQuery> = async (context) => {
    const caller = await freshCaller(runtime, context, { recordClass: 'request', record: '-', query: 'ownRequests' });
    if (!caller.ok) return caller;
    const { organisation, person, role } = caller.value;
    if (role !== 'worker' || person === undefined) return ok({ rows: [] });
    const rows: RequestRow[] = [];
    for (let n = 0; ; n += 1) {
      const tag = await runtime.sealing.lookupTag(organisation, tagSubject(person), n);
      const found = reader().all<RequestRow>('SELECT * FROM requests WHERE organisation = ? AND lookup_tag = ?', [
        organisation,
        tag,
      ]);
      if (found.length === 0) break;
      rows.push(...found);
    }
    return ok({
      rows: rows
        .map((row) => ({
          requestId: row.request_id,
          status: row.status,
          sentAt: row.sent_at,
          hearingDueOn: row.hearing_due_on,
          hearing: row.hearing,
        }))
        .toSorted((a, b) => (a.sentAt < b.sentAt ? 1 : -1)),
    });
  };

  /** The counsellor's list, of requests theirs and of those whose term they were told of. It holds no content. */
  const listRequests: Handler<typeof requestsQuery> = async (context, page) => {
    const caller = await freshCaller(runtime, context, { recordClass: 'request', record: '-', query: 'requests' });
    if (!caller.ok) return caller;
    const { organisation } = caller.value;
    const admitted = await admit(runtime, context, caller.value, {
      verb: 'list',
      recordClass: 'request',
      record: '-',
      query: 'requests',
      relations: ['chosen_counsellor', 'handler', 'backup_named'],
    });
    if (!admitted.ok) return admitted;
    const pseudonyms = await ownPseudonyms(core.runtime, context, caller.value);
    if (!pseudonyms.ok) return pseudonyms;
    if (pseudonyms.value.length === 0) return ok({ rows: [], next: null });
    const mine = pseudonyms.value.map(() => '?').join(', ');
    const found = readPage<RequestRow>(reader(), {
      select:
        'SELECT request_id, status, hearing_due_on, hearing, recorded_at, escalated_to, handler, unseen_by_counsellor FROM requests',
      where: `organisation = ? AND (handler IN (${mine}) OR escalated_to IN (${mine}))`,
      params: [organisation, ...pseudonyms.value, ...pseudonyms.value],
      order: NEWEST_FIRST,
      limit: page.first,
      cursor: page.after,
    });
    if (!found.ok) return err({ kind: 'InvalidInput', field: found.error.field, rule: found.error.rule });
    const escalated = (row: RequestRow): boolean => row.handler === null || !pseudonyms.value.includes(row.handler);
    // Who turned out to have a conflict of interest goes on seeing nothing (design rule 10).
    const { person } = caller.value;
    const accepted = found.value.rows.filter(({ status }) => status === 'accepted').map((row) => row.request_id);
    const excluded =
      person === undefined
        ? ok(new Set<string>())
        : await excludedByCases(core, context, organisation, accepted, { home: homeOf(caller.value), person });
    if (!excluded.ok) return excluded;
    const rows = found.value.rows.filter((row) => !excluded.value.has(row.request_id));
    return ok({
      rows: rows.map((row) => ({
        requestId: row.request_id,
        status: row.status,
        hearingDueOn: row.hearing_due_on,
        hearing: row.hearing,
        recordedAt: row.recorded_at,
        escalated: escalated(row),
        unseenMessages: row.unseen_by_counsellor,
      })),
      next: found.value.next ?? null,
    });
  };

  const openRequest: Handler<typeof requestQuery> = async (context, { requestId }) => {
    const target = await admitTo(context, requestId, 'request');
    if (!target.ok) return target;
    const { caller, request, relations, pseudonyms } = target.value;
    if (relations.includes('applicant'))
      return deny(runtime, context, caller, { recordClass: 'request', record: requestId, query: 'request' });
    const { organisation } = caller;
    const handler = handlerPseudonym(request, pseudonyms);
    // The worker sees to which function the content was released, and when first: a fact before the release itself.
    const released = await requests.execute(
      requestId,
      { type: 'ReleaseRequest', data: { to: handler, capacity: caller.role } },
      commandContext(
        context,
        { commandId: uuidV5('release', requestId, handler), data: { to: handler } },
        { pseudonym: handler, capacity: caller.role },
      ),
    );
    if (!released.ok) return err(released.rejection);
    return release(
      runtime,
      context,
      caller,
      {
        recordClass: 'request',
        organisation,
        records: [requestId],
        fields: [
          'name',
          'safeChannel',
          'safeHours',
          'message',
          'earlierRequest',
          'proposals',
          'messages',
          'site',
          'kindOfFacts',
        ],
        query: 'request',
        outcome: 'opened',
      },
      async () => {
        const opened = await openAll(organisation, request, await conversationOf(organisation, requestId), [
          request.name,
          request.safeChannel,
          request.safeHours,
          request.message,
          request.claim,
        ]);
        if (!opened.ok) return opened;
        const [name, safeChannel, safeHours, message, earlierRequest] = opened.value.own;
        return ok({
          requestId,
          revision: released.revision,
          status: request.status,
          way: request.way,
          site: request.site,
          firstContactOn: request.firstContactOn,
          hearingDueOn: request.hearingDueOn,
          hearing: request.hearing,
          name: name ?? null,
          safeChannel: safeChannel ?? null,
          safeHours: safeHours ?? null,
          language: request.language,
          interpreter: request.interpreter ?? null,
          kindOfFacts: request.kindOfFacts ?? null,
          message: message ?? null,
          escalation: request.escalation,
          earlierRequest: earlierRequest ?? null,
          earlierRequestId: request.earlierRequestId ?? null,
          caseId: request.status === 'accepted' ? caseIdOfRequest(organisation, requestId) : null,
          proposals: opened.value.proposals,
          messages: opened.value.messages,
          conflictWarning: await conflict(context, request),
          kept: await core.notices.of(organisation, requestId, { side: 'controller', language: context.language }),
        });
      },
    );
  };

  /** Private to the counsellor asked: no card, list or answer to anyone else differs because of it (issue, intake). */
  const conflict = async (context: RequestContext, request: LivingRequest): Promise<boolean | null> => {
    if (request.person === undefined || isErased(request.person)) return false;
    const answer = await runtime.rpc.query(takesPartQuery, context, { person: request.person });
    // A warning that cannot be given is not a clean bill: the request stays readable, and says so.
    return answer.ok ? answer.value.takesPart : null;
  };

  /** Which holds are about a request: on the site it is for, or on whom it came from. */
  const heldBy: Handler<typeof requestHeldByQuery> = async (context, { record, holds }) => {
    const { caller } = context;
    const { organisation } = caller;
    if (!isService(caller, 'records')) return err({ kind: 'NotFound' });
    const found = await loadRequest(core, organisation, record);
    if (!found.ok) return found.error.kind === 'Unavailable' ? found : ok({ holdIds: [] });
    const { site, person: applicant } = found.value.request;
    return ok({
      holdIds: holds
        .filter(
          ({ home, person, site: held }) =>
            (held !== undefined && held === site) ||
            (person !== undefined && (home ?? organisation) === organisation && applicant === person),
        )
        .map(({ holdId }) => holdId),
    });
  };

  const requestForCase: Handler<typeof requestForCaseQuery> = async (context, { requestId }) => {
    const { caller } = context;
    if (!isService(caller, 'case')) return err({ kind: 'NotFound' });
    const found = await loadRequest(core, caller.organisation, requestId);
    if (!found.ok) return found;
    const { request } = found.value;
    if (request.status !== 'accepted') return err({ kind: 'NotFound' });
    return release(
      runtime,
      context,
      caller,
      {
        recordClass: 'request',
        organisation: caller.organisation,
        records: [requestId],
        fields: ['name', 'message'],
        query: 'requestForCase',
        outcome: 'opened',
      },
      async () => {
        const texts = await openTexts(runtime, caller.organisation, [
          sealedOf(request.name),
          sealedOf(request.message),
        ]);
        if (!texts.ok) return texts;
        return ok({
          requestId,
          handler: request.handler,
          designationId: request.designationId,
          applicantParticipantId: derivedId(requestId, 'case applicant'),
          way: request.way,
          site: request.site,
          firstContactOn: request.firstContactOn,
          person: request.person === undefined || isErased(request.person) ? null : request.person,
          name: texts.value[0] ?? null,
          language: request.language,
          kindOfFacts: request.kindOfFacts ?? null,
          message: texts.value[1] ?? null,
          receipt:
            request.receipt === undefined
              ? null
              : { lookupId: request.receipt.lookupId, publicKey: request.receipt.publicKey },
        });
      },
    );
  };

  const authenticateReceipt: Handler<typeof authenticateReceiptQuery> = async (
    context,
    { organisation, lookupId, authenticator },
  ) => {
    if (context.caller.capacityId !== gatewayCaller.capacityId) return err({ kind: 'NotFound' });
    const [row] = reader().acrossOrganisations<{ organisation: OrganisationId; request_id: string }>(
      'SELECT organisation, request_id FROM requests WHERE receipt_lookup_id = ? AND (? IS NULL OR organisation = ?)',
      [lookupId, organisation ?? null, organisation ?? null],
    );
    // What it is checked with hangs on a key: of a receipt that ended there is nothing to check with. How long it takes tells
    // nothing, for the gateway answers every failure after the same time.
    const found = row === undefined ? undefined : await loadRequest(core, row.organisation, row.request_id);
    if (found?.ok === false && found.error.kind === 'Unavailable') return found;
    const receipt = found?.ok === true ? found.value.request.receipt : undefined;
    const verifier = receipt?.lookupId === lookupId ? receipt.verifier : undefined;
    const matches = await verifyReceipt(authenticator, verifier);
    return ok(
      matches && row !== undefined
        ? { ok: true, organisation: row.organisation, requestId: row.request_id }
        : { ok: false },
    );
  };

  /** Until a request is accepted its applicant is all who take part in it; then the case knows the rest. */
  const excludedRequests: Handler<typeof excludedRequestsQuery> = async (context, { home, person, records }) => {
    const { organisation } = context.caller;
    if (!isService(context.caller, 'records')) return err({ kind: 'NotFound' });
    const excluded: string[] = [];
    for (const record of records) {
      const found = await loadRequest(core, organisation, record);
      if (!found.ok) {
        if (found.error.kind === 'Unavailable') return found;
        continue;
      }
      if (isApplicant(found.value.request, { home, person }, organisation)) excluded.push(record);
    }
    return ok({ excluded });
  };

  const beforeSending: Handler<typeof beforeSendingQuery> = (_context, { kindOfFacts, language }) => {
    const today = localDateOf(runtime.clock.now());
    const secrecy = professionalSecrecyOn(today);
    const wording = (key: TextKey, words: Language): { key: string; text: string } => ({
      key,
      text: lawText(key, words, { reference: secrecy.label[words] }),
    });
    const protection = protectionAt('contact_request', kindOfFacts ?? 'other');
    return Promise.resolve(
      ok({
        wordingVersion,
        hearingDueOn: dueDate('hearing', today).due,
        texts: [...beforeContactRequest.map((key) => wording(key, language)), wording(protection.textKey, language)],
      }),
    );
  };

  return {
    ownRequest,
    ownReceipt,
    promiseKey,
    ownRequests,
    listRequests,
    openRequest,
    requestForCase,
    heldBy,
    authenticateReceipt,
    excludedRequests,
    beforeSending,
  };
};
export type Queries = ReturnType<typeof createQueries>;
