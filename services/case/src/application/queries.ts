import { renderPdf } from '@toeverlaat/documents';
import { decide, gives, ruleById, type Relation, type Role } from '@toeverlaat/access';
import * as c from '@toeverlaat/contracts';
import type { RequestContext } from '@toeverlaat/contracts';
import { metadataOf, type ConfidentialText, type Rejection } from '@toeverlaat/event-log';
import { explainText } from '@toeverlaat/legal';
import {
  admit,
  deny,
  freshCaller,
  isService,
  release,
  serveQuery,
  type Awaitable,
  type Served,
} from '@toeverlaat/service-kit';
import { canonicalJson, err, ok, type Result } from '@toeverlaat/values';
import { encodeCursor, readPage, sealedColumn, type OrderColumn } from '@toeverlaat/views';
import type { z } from 'zod';
import { documentHash, parseModel, renderModel } from '../documents/document.js';
import { hearingTerm } from '../domain/law.js';
import {
  caseCodec,
  flagsOf,
  isExcluded,
  isPerson,
  notesIdOf,
  personOf,
  type CaseDocument,
} from '../domain/case/index.js';
import { flagsOfRow, type AdviceRow, type DeskRow } from '../views/index.js';
import {
  authorise,
  caseNumberOf,
  openAll,
  openTexts,
  participantIdsOf,
  participantOf,
  refOf,
  unavailable,
  type Asking,
  type Authorised,
  type CaseCore,
  type ExistingCase,
  type OpenedTexts,
} from './core.js';

type Content = c.QueryAnswer<typeof c.caseByIdQuery>;
type Writable<T> = T extends readonly (infer E)[] ? E[] : T;

const entries = <T>(record: { readonly [id: string]: T }): [string, T][] => Object.entries(record);
const orNull = <T>(value: T | undefined): T | null => value ?? null;

// ---- one case ----------------------------------------------------------------------------------------------------

/** Every text of a case but the personal notes, which are the author's and have a query of their own. */
const textsOf = (state: ExistingCase): readonly (ConfidentialText | undefined)[] => [
  state.applicant.name,
  state.summary,
  state.outcome?.note,
  ...Object.values(state.notes),
  ...Object.values(state.hearing.attempts).map(({ note }) => note),
  ...Object.values(state.contacts).flatMap(({ topic, nextStep }) => [topic, nextStep]),
  ...Object.values(state.participants).map(({ name }) => name),
  ...Object.values(state.points).map(({ words }) => words),
  ...Object.values(state.tellings).map(({ words }) => words),
  ...Object.values(state.meetings).map(({ note }) => note),
  ...Object.values(state.interventions).map(({ note }) => note),
  ...Object.values(state.disclosures).flatMap(({ recipient, words }) => [recipient, words]),
  ...Object.values(state.attachments).map(({ name }) => name),
];

const documentOf = (state: ExistingCase, documentId: string, document: CaseDocument) => ({
  documentId,
  kind: document.kind,
  documentHash: document.hash,
  language: document.language,
  signatures: entries(document.signatures).map(([signer, { signedOn, method, holder }]) => ({
    signer: signer === state.applicant.participantId ? ('applicant' as const) : ('counsellor' as const),
    signedOn,
    method,
    holder: orNull(holder),
  })),
  copies: [...document.copies],
});

const tellingOf = (tellingId: string, telling: ExistingCase['tellings'][string], texts: OpenedTexts) => ({
  tellingId,
  pointIds: [...telling.pointIds],
  toldOn: telling.toldOn,
  channel: telling.channel,
  words: texts.of(telling.words),
});

const contentOf = (
  caseId: string,
  state: ExistingCase,
  revision: number,
  texts: OpenedTexts,
  language: RequestContext['language'],
  kept: Content['kept'],
): Content => {
  const { hearing, informal, applicant } = state;
  const held = hearing.status === 'due' ? undefined : hearing.held;
  const { explain } = hearingTerm(state.lawVersion, state.firstContactOn);
  return {
    caseId,
    caseNumber: caseNumberOf(caseId),
    revision,
    status: state.status,
    closedOn: state.status === 'closed' ? state.closedOn : null,
    origin: state.origin,
    requestId: orNull(state.requestId),
    site: state.site,
    firstContactOn: state.firstContactOn,
    language: state.language,
    kindOfFacts: orNull(state.kindOfFacts),
    summary: texts.of(state.summary),
    lawVersion: state.lawVersion,
    applicantIdentity: applicant.identity,
    applicantPerson: personOf(applicant.person)?.person ?? null,
    applicantName: texts.of(applicant.name),
    applicantParticipantId: applicant.participantId,
    hearing: hearing.status,
    hearingDueOn: hearing.dueOn,
    hearingHeldOn: orNull(held?.heldOn),
    hearingChannel: orNull(held?.channel),
    hearingExplanation: { ...explain, skipped: [...explain.skipped] } as Writable<Content['hearingExplanation']>,
    hearingWhy: explainText(explain, language),
    kept,
    hearingAttempts: Object.values(hearing.attempts).map(({ offeredOn, proposedFor, channel, note }) => ({
      offeredOn,
      proposedFor,
      channel,
      note: texts.of(note),
    })),
    confirmationRequestedOn: orNull(state.confirmationRequestedOn),
    contacts: entries(state.contacts).map(([contactId, contact]) => ({
      contactId,
      heldOn: contact.heldOn,
      channel: contact.channel,
      durationMinutes: orNull(contact.durationMinutes),
      riskSources: [...contact.riskSources],
      optionsExplained: [...contact.optionsExplained],
      language: contact.language,
      otherPartyCapacity: orNull(contact.otherPartyCapacity),
      repeated: orNull(contact.repeated),
      topic: texts.of(contact.topic),
      nextStep: texts.of(contact.nextStep),
    })),
    notes: entries(state.notes).map(([noteId, note]) => ({ noteId, note: texts.of(note) })),
    informalType: informal.status === 'none' ? null : informal.informalType,
    informalChosenOn: informal.status === 'none' ? null : informal.chosenOn,
    reconciliationEndedOn: informal.status === 'ended' ? informal.withdrawnOn : null,
    documents: entries(state.documents).map(([id, document]) => documentOf(state, id, document)),
    participants: entries(state.participants).map(([participantId, participant]) => ({
      participantId,
      role: participant.role,
      capacity: participant.capacity,
      person: personOf(participant.person)?.person ?? null,
      name: texts.of(participant.name),
      reconciliation: participant.reconciliation.status,
      reconciliationOn: participant.reconciliation.status === 'not_asked' ? null : participant.reconciliation.on,
      points: entries(state.points)
        .filter(([, point]) => point.participantId === participantId)
        .map(([pointId, point]) => ({
          pointId,
          words: texts.of(point.words),
          agreedOn: point.agreedOn,
          withdrawnOn: orNull(point.withdrawnOn),
        })),
      told: entries(state.tellings)
        .filter(([, telling]) => telling.participantId === participantId)
        .map(([tellingId, telling]) => tellingOf(tellingId, telling, texts)),
    })),
    meetings: Object.values(state.meetings).map(({ heldOn, channel, note }) => ({
      heldOn,
      channel,
      note: texts.of(note),
    })),
    interventions: Object.values(state.interventions).map((intervention) => ({
      participantId: intervention.participantId,
      pointIds: [...intervention.pointIds],
      carriedOutOn: intervention.carriedOutOn,
      channel: intervention.channel,
      note: texts.of(intervention.note),
    })),
    outcome: orNull(state.outcome?.outcome),
    outcomeOn: orNull(state.outcome?.on),
    outcomeNote: texts.of(state.outcome?.note),
    flags: [...flagsOf(state)],
    links: [...state.links],
    handover: state.handover.status,
    exclusions: Object.values(state.exclusions).map(({ person, reason }) => ({
      home: personOf(person)?.organisation ?? null,
      person: personOf(person)?.person ?? null,
      reason,
    })),
    disclosures: Object.values(state.disclosures).map(({ ground, disclosedOn, recipient, words }) => ({
      ground,
      disclosedOn,
      recipient: texts.of(recipient),
      words: texts.of(words),
    })),
    referrals: entries(state.referrals).map(([referralId, { receiverKind, on }]) => ({
      referralId,
      receiverKind,
      notedOn: on,
    })),
    markedForFormalOn: orNull(state.markedForFormalOn),
    attachments: entries(state.attachments).map(([attachmentId, attachment]) => ({
      attachmentId,
      blob: attachment.blob,
      size: attachment.size,
      kind: attachment.kind,
      name: texts.of(attachment.name),
    })),
  };
};

/** Names of what `caseById` opens, for the access history. */
const CONTENT_FIELDS = [
  'applicant',
  'summary',
  'contacts',
  'notes',
  'documents',
  'participants',
  'outcome',
  'disclosures',
  'attachments',
] as const;

/** Where an event says when it happened. */
const OCCURRED = [
  'heldOn',
  'offeredOn',
  'requestedOn',
  'issuedOn',
  'chosenOn',
  'signedOn',
  'givenOn',
  'agreedOn',
  'withdrawnOn',
  'toldOn',
  'carriedOutOn',
  'recordedFor',
  'closedOn',
  'askedOn',
  'decidedOn',
  'disclosedOn',
  'notedOn',
  'markedOn',
  'firstContactOn',
] as const;

const occurredOn = (data: Readonly<Record<string, unknown>>): string | null => {
  for (const field of OCCURRED) {
    const value = data[field];
    if (typeof value === 'string') return value;
  }
  return null;
};

// ---- the desk ----------------------------------------------------------------------------------------------------

const BY_TERM: readonly OrderColumn[] = [
  { column: 'hearing_due_on', direction: 'asc' },
  { column: 'case_id', direction: 'asc' },
];
/** Closed ones: the latest term first. */
const BY_TERM_BACK: readonly OrderColumn[] = BY_TERM.map(({ column }) => ({ column, direction: 'desc' }));

const QUEUES = {
  all: 'closed = 0',
  hear: "closed = 0 AND hearing = 'due' AND offered = 0",
  worker: "closed = 0 AND hearing = 'due' AND offered = 1",
  signature: 'closed = 0 AND document_id IS NOT NULL AND (signed_counsellor = 0 OR signed_applicant = 0)',
  hand_over: 'closed = 0 AND handover_id IS NOT NULL',
  closed: 'closed = 1',
} as const satisfies Record<z.output<typeof c.deskQueueSchema>, string>;

const compare = (a: DeskRow, b: DeskRow, sign: number): number =>
  a.hearing_due_on === b.hearing_due_on
    ? sign * (a.case_id < b.case_id ? -1 : 1)
    : sign * (a.hearing_due_on < b.hearing_due_on ? -1 : 1);

export const createQueries = (core: CaseCore, views: Awaitable) => {
  const { runtime } = core;

  const opened = async <T>(
    context: RequestContext,
    asking: Asking,
    authorised: Pick<Authorised, 'caller'> & { readonly state?: ExistingCase },
    records: readonly string[],
    fields: readonly string[],
    outcome: 'listed' | 'opened' | 'downloaded',
    open: () => Promise<Result<T, Rejection>>,
  ): Promise<Result<T, Rejection>> => {
    const { caller, state } = authorised;
    const participant = state === undefined ? undefined : participantOf(state, caller);
    return release(
      runtime,
      context,
      caller,
      {
        recordClass: asking.recordClass,
        organisation: caller.organisation,
        records,
        fields,
        query: asking.name,
        outcome,
        participant,
      },
      open,
    );
  };

  const desk = serveQuery(
    c.deskQuery,
    async (context, { first, after, queue }) => {
      const fresh = await freshCaller(runtime, context, {
        recordClass: 'case',
        record: '-',
        query: c.deskQuery.pattern,
      });
      if (!fresh.ok) return fresh;
      const caller = fresh.value;
      const asking: Asking = { verb: 'list', recordClass: 'case', name: c.deskQuery.pattern };
      const admitted = await admit(runtime, context, caller, {
        ...asking,
        record: '-',
        query: asking.name,
        relations: ['handler'],
      });
      if (!admitted.ok) return admitted;
      const own = await core.pseudonymsOf(context);
      if (!own.ok) return own;
      const order = queue === 'closed' ? BY_TERM_BACK : BY_TERM;
      const reader = core.views.query('case_desk');
      const { organisation } = caller;
      // One seek in the index per pseudonym, merged here: the work does not grow with the number of cases.
      const columns = queue === 'hand_over' ? (['handler', 'successor'] as const) : (['handler'] as const);
      const found: DeskRow[] = [];
      let more = false;
      for (const column of columns) {
        for (const pseudonym of own.value) {
          const page = readPage<DeskRow>(reader, {
            select: 'SELECT * FROM desk',
            where: `organisation = ? AND ${column} = ? AND ${QUEUES[queue]}${column === 'handler' ? ' AND recused = 0' : ''}`,
            params: [organisation, pseudonym],
            order,
            limit: first,
            cursor: after,
          });
          if (!page.ok) return err(page.error);
          found.push(...page.value.rows);
          more ||= page.value.next !== undefined;
        }
      }
      const sign = queue === 'closed' ? -1 : 1;
      const rows = found.toSorted((a, b) => compare(a, b, sign)).slice(0, first);
      const last = rows.at(-1);
      const next = last !== undefined && (more || found.length > first) ? encodeCursor(order, last) : null;
      // A successor sees that a case waits, not what it is about.
      const mine = rows.filter((row) => own.value.includes(row.handler));
      const values = mine.flatMap((row) =>
        [row.site, row.kind_of_facts, row.applicant_name].filter((column) => column !== null).map(sealedColumn),
      );
      const fields = ['site', 'kindOfFacts', 'applicantName'];
      return opened(
        context,
        asking,
        { caller },
        mine.map((row) => row.case_id),
        fields,
        'listed',
        async () => {
          const answers = await openAll(core, organisation, values);
          if (!answers.ok) return answers;
          const texts = [...answers.value.values()];
          let at = 0;
          const take = (column: string | null): string | null => {
            if (column === null) return null;
            const value = texts[at];
            at += 1;
            return typeof value === 'string' ? value : null;
          };
          type Row = c.QueryAnswer<typeof c.deskQuery>['rows'][number];
          return ok({
            rows: rows.map((row): Row => {
              const readable = mine.includes(row);
              return {
                caseId: row.case_id,
                caseNumber: caseNumberOf(row.case_id),
                status: row.closed === 1 ? 'closed' : 'open',
                hearingDueOn: row.hearing_due_on,
                hearing: row.hearing as Row['hearing'],
                flags: flagsOfRow(row) as Row['flags'],
                lastRecordedAt: row.last_recorded_at,
                site: readable ? take(row.site) : null,
                kindOfFacts: (readable ? take(row.kind_of_facts) : null) as Row['kindOfFacts'],
                applicantName: readable ? take(row.applicant_name) : null,
              };
            }),
            next,
          });
        },
      );
    },
    views,
  );

  /** Nothing there for this caller, found out after the gate: recorded and answered as at the gate. */
  const denied = (
    context: RequestContext,
    asking: Asking,
    { caller }: Pick<Authorised, 'caller'>,
    caseId: string,
  ): Promise<Result<never, Rejection>> =>
    deny(runtime, context, caller, { recordClass: asking.recordClass, record: caseId, query: asking.name });

  /** The case as it was recorded by then; who asks, exclusions and keys are those of today (design rule 13). */
  const asOf = async (
    context: RequestContext,
    asking: Asking,
    authorised: Authorised,
    caseId: string,
    at: string | undefined,
  ): Promise<Result<Pick<Authorised, 'loaded' | 'state'>, Rejection>> => {
    if (at === undefined) return ok(authorised);
    const loaded = await core.cases.load(authorised.caller.organisation, caseId, { asOf: at });
    if (loaded.kind === 'unavailable') return err(unavailable('key'));
    if (loaded.kind !== 'loaded' || loaded.state.status === 'absent')
      return denied(context, asking, authorised, caseId);
    return ok({ loaded, state: loaded.state });
  };

  const caseById = serveQuery(c.caseByIdQuery, async (context, { caseId, asOf: at }) => {
    const asking: Asking = { verb: 'open', recordClass: 'case', name: c.caseByIdQuery.pattern };
    const authorised = await handlerOnly(context, asking, caseId);
    if (!authorised.ok) return authorised;
    const then = await asOf(context, asking, authorised.value, caseId, at);
    if (!then.ok) return then;
    const { state, loaded } = then.value;
    return opened(context, asking, authorised.value, [caseId], CONTENT_FIELDS, 'opened', async () => {
      const texts = await openTexts(core, authorised.value.caller.organisation, textsOf(state));
      if (!texts.ok) return texts;
      const { language } = context;
      const kept = await core.notices.of(authorised.value.caller.organisation, caseId, {
        side: 'controller',
        language,
        asOf: at,
      });
      return ok(contentOf(caseId, state, loaded.revision, texts.value, language, kept));
    });
  });

  /** Who may read content of a case; others may open a part of it through a query of their own. */
  const handlerOnly = async (
    context: RequestContext,
    asking: Asking,
    caseId: string,
  ): Promise<Result<Authorised, Rejection>> => {
    const authorised = await authorise(core, context, asking, caseId);
    if (!authorised.ok || authorised.value.relations.includes('handler')) return authorised;
    // Admitted to a part of the case, not to this one: denied and recorded like any other.
    return denied(context, asking, authorised.value, caseId);
  };

  const timeline = serveQuery(c.caseTimelineQuery, async (context, { caseId, asOf: at }) => {
    const asking: Asking = { verb: 'open', recordClass: 'case', name: c.caseTimelineQuery.pattern };
    const authorised = await handlerOnly(context, asking, caseId);
    if (!authorised.ok) return authorised;
    const then = await asOf(context, asking, authorised.value, caseId, at);
    if (!then.ok) return then;
    return opened(context, asking, authorised.value, [caseId], ['timeline'], 'opened', async () => {
      const decoded = await caseCodec.decode(runtime.sealing, then.value.loaded.events);
      return ok(
        decoded.flatMap((one) => {
          if (one.kind !== 'event') return [];
          const { recordedAt, actor } = metadataOf(one.recorded);
          return [
            {
              eventId: one.recorded.eventId,
              revision: one.recorded.revision,
              what: one.event.type,
              recordedAt,
              occurredOn: occurredOn(one.event.data),
              by: actor.capacity,
            },
          ];
        }),
      );
    });
  });

  const whoMayRead = serveQuery(c.whoMayReadQuery, async (context, { caseId }) => {
    const asking: Asking = { verb: 'open', recordClass: 'case', name: c.whoMayReadQuery.pattern };
    const authorised = await handlerOnly(context, asking, caseId);
    if (!authorised.ok) return authorised;
    const { state } = authorised.value;
    type Reader = c.QueryAnswer<typeof c.whoMayReadQuery>[number];
    const readers: Reader[] = [];
    const add = (
      relation: Relation,
      role: Role,
      link: Parameters<typeof personOf>[0],
      pseudonym: string,
      told: boolean,
    ): void => {
      const decision = decide({
        role,
        verb: told || relation !== 'successor' ? 'open' : 'list',
        recordClass: told ? 'told_item' : 'case',
        relation,
      });
      if (!decision.allowed) return;
      const person = personOf(link);
      const [rule] = decision.rules;
      if (rule === undefined) return;
      const { why, source } = ruleById(rule);
      readers.push({
        relation,
        capacity: role,
        home: person?.organisation ?? null,
        person: person?.person ?? null,
        pseudonym,
        sees: (['metadata', 'content', 'told'] as const).filter((group) => gives(decision, group)),
        because: why,
        source,
      });
    };
    add('handler', 'counsellor', state.handler.person, state.handler.pseudonym, false);
    const { applicant, handover } = state;
    add(
      'applicant',
      applicant.identity === 'account' ? 'worker' : 'anonymous_worker',
      applicant.person,
      applicant.participantId,
      false,
    );
    if (handover.status !== 'none' && handover.successor !== undefined)
      add('successor', 'counsellor', handover.successor.person, handover.successor.pseudonym, false);
    for (const [participantId, participant] of entries(state.participants))
      if (Object.values(state.tellings).some((telling) => telling.participantId === participantId))
        add('participant', 'participant', participant.person, participantId, true);
    return opened(context, asking, authorised.value, [caseId], ['readers'], 'opened', async () => ok(readers));
  });

  const document = serveQuery(c.caseDocumentQuery, async (context, { caseId, documentId }) => {
    const asking: Asking = { verb: 'open', recordClass: 'case_document', name: c.caseDocumentQuery.pattern };
    const authorised = await authorise(core, context, asking, caseId);
    if (!authorised.ok) return authorised;
    const { state, caller } = authorised.value;
    const found = state.documents[documentId];
    if (found === undefined) return denied(context, asking, authorised.value, caseId);
    return opened(context, asking, authorised.value, [caseId], [found.kind], 'downloaded', async () => {
      const texts = await openTexts(core, caller.organisation, [found.content]);
      if (!texts.ok) return texts;
      const content = texts.value.of(found.content);
      if (content === null) return err<Rejection>({ kind: 'Erased' });
      const model = parseModel(content);
      const madeOn = model.kind === 'informal_choice' ? model.data.madeOn : model.data.issuedOn;
      const hash = documentHash(content);
      const pdf = await renderPdf({ document: renderModel(model), hash, madeOn });
      return ok({
        documentId,
        kind: found.kind,
        // A neutral name: what lies in a download folder must not tell.
        fileName: `${caseNumberOf(documentId)}.pdf`,
        documentHash: hash,
        pdf: Buffer.from(pdf).toString('base64'),
      });
    });
  });

  const personalNotes = serveQuery(c.personalNotesQuery, async (context, { caseId }) => {
    const asking: Asking = { verb: 'open', recordClass: 'personal_note', name: c.personalNotesQuery.pattern };
    const authorised = await authorise(core, context, asking, caseId);
    if (!authorised.ok) return authorised;
    const { state, caller } = authorised.value;
    const author = notesIdOf(state.handler.participantId);
    const own = entries(state.personalNotes).filter(([, note]) => note.author === author);
    return opened(context, asking, authorised.value, [caseId], ['personalNotes'], 'opened', async () => {
      const texts = await openTexts(
        core,
        caller.organisation,
        own.map(([, { note }]) => note),
      );
      return texts.ok ? ok(own.map(([noteId, { note }]) => ({ noteId, note: texts.value.of(note) }))) : texts;
    });
  });

  const participantView = serveQuery(c.participantViewQuery, async (context, { caseId }) => {
    const asking: Asking = { verb: 'open', recordClass: 'told_item', name: c.participantViewQuery.pattern };
    const authorised = await authorise(core, context, asking, caseId);
    if (!authorised.ok) return authorised;
    const { state, caller, relations } = authorised.value;
    const ref = refOf(caller);
    const [participantId] = ref === undefined ? [] : participantIdsOf(state, ref);
    if (!relations.includes('participant') || participantId === undefined)
      return denied(context, asking, authorised.value, caseId);
    const told = entries(state.tellings).filter(([, telling]) => telling.participantId === participantId);
    // Someone who was told nothing must not learn from an empty answer that there is a case.
    if (told.length === 0) return denied(context, asking, authorised.value, caseId);
    return opened(context, asking, authorised.value, [caseId], ['told'], 'opened', async () => {
      const texts = await openTexts(
        core,
        caller.organisation,
        told.map(([, { words }]) => words),
      );
      return texts.ok
        ? ok({ caseId, participantId, told: told.map(([id, telling]) => tellingOf(id, telling, texts.value)) })
        : texts;
    });
  });

  const applicantView = serveQuery(c.applicantViewQuery, async (context, { caseId }) => {
    const asking: Asking = { verb: 'open', recordClass: 'case', name: c.applicantViewQuery.pattern };
    const authorised = await authorise(core, context, asking, caseId);
    if (!authorised.ok) return authorised;
    const { state, loaded, relations } = authorised.value;
    if (!relations.includes('applicant')) return denied(context, asking, authorised.value, caseId);
    const { informal, handover } = state;
    const fields = ['status', 'hearing', 'informalType', 'documents', 'handover'];
    return opened(context, asking, authorised.value, [caseId], fields, 'opened', async () =>
      ok({
        caseId,
        revision: loaded.revision,
        status: state.status,
        hearing: state.hearing.status,
        hearingDueOn: state.hearing.dueOn,
        hearingWhy: explainText(hearingTerm(state.lawVersion, state.firstContactOn).explain, context.language),
        kept: await core.notices.of(authorised.value.caller.organisation, caseId, {
          side: 'other',
          language: context.language,
        }),
        informalType: informal.status === 'none' ? null : informal.informalType,
        documents: entries(state.documents).map(([id, each]) => documentOf(state, id, each)),
        handover: handover.status,
        successorNamed: handover.status !== 'none' && handover.successor !== undefined,
        continuationAskedOn: handover.status === 'none' ? [] : Object.values(handover.asked),
      }),
    );
  });

  const recordsForReferral = serveQuery(c.recordsForReferralQuery, async (context, { caseId, recordIds }) => {
    const asking: Asking = { verb: 'open', recordClass: 'case_document', name: c.recordsForReferralQuery.pattern };
    const authorised = await handlerOnly(context, asking, caseId);
    if (!authorised.ok) return authorised;
    const { state, caller } = authorised.value;
    type RecordOut = c.QueryAnswer<typeof c.recordsForReferralQuery>['records'][number];
    type Listed = {
      readonly recordId: string;
      readonly kind: RecordOut['kind'];
      readonly texts: readonly (ConfidentialText | undefined)[];
      readonly content: (texts: OpenedTexts) => string;
    };
    const listed: readonly Listed[] = [
      ...entries(state.documents).map(([recordId, each]): Listed => ({
        recordId,
        kind: each.kind,
        texts: [each.content],
        content: (texts) => texts.of(each.content) ?? canonicalJson({ erased: true }),
      })),
      ...entries(state.contacts).map(
        ([recordId, { topic, nextStep, riskSources, optionsExplained, ...codes }]): Listed => ({
          recordId,
          kind: 'contact',
          texts: [topic, nextStep],
          content: (texts) =>
            canonicalJson({
              ...codes,
              riskSources,
              optionsExplained,
              topic: texts.of(topic),
              nextStep: texts.of(nextStep),
            }),
        }),
      ),
      ...entries(state.notes).map(([recordId, note]): Listed => ({
        recordId,
        kind: 'case_note',
        texts: [note],
        content: (texts) => canonicalJson({ note: texts.of(note) }),
      })),
      ...entries(state.attachments).map(([recordId, { name, blob, size, kind }]): Listed => ({
        recordId,
        kind: 'attachment',
        texts: [name],
        content: (texts) => canonicalJson({ name: texts.of(name), blob, size, kind }),
      })),
    ];
    // Left out: the interview document and the informal-choice document go, and nothing else (domain.md §2).
    const wanted = recordIds ?? entries(state.documents).map(([id]) => id);
    const chosen = wanted.map((recordId) => listed.find((each) => each.recordId === recordId));
    const missing = chosen.indexOf(undefined);
    if (missing >= 0) return err({ kind: 'InvalidInput', field: `recordIds.${missing}`, rule: 'unknown' });
    const going = chosen.filter((each) => each !== undefined);
    const fields = [...new Set(going.map(({ kind }) => kind))];
    return opened(context, asking, authorised.value, [caseId], fields, 'opened', async () => {
      const texts = await openTexts(
        core,
        caller.organisation,
        going.flatMap((each) => each.texts),
      );
      if (!texts.ok) return texts;
      return ok({
        caseId,
        applicantParticipantId: state.applicant.participantId,
        site: state.site,
        records: going.map(({ recordId, kind, content }) => ({
          recordId,
          kind,
          title: kind,
          content: content(texts.value),
        })),
      });
    });
  });

  /** Most open cases of one counsellor that are looked through for a conflict. */
  const MOST_OPEN = 200;
  const takesPart = serveQuery(
    c.takesPartQuery,
    async (context, { home, person, caseId }) => {
      if (caseId !== undefined) {
        const asking: Asking = { verb: 'open', recordClass: 'case', name: c.takesPartQuery.pattern };
        const authorised = await handlerOnly(context, asking, caseId);
        if (!authorised.ok) return authorised;
        const { state, caller } = authorised.value;
        return ok({ takesPart: isExcluded(state, { organisation: home ?? caller.organisation, person }) });
      }
      const fresh = await freshCaller(runtime, context, {
        recordClass: 'case',
        record: '-',
        query: c.takesPartQuery.pattern,
      });
      if (!fresh.ok) return fresh;
      const caller = fresh.value;
      const asking: Asking = { verb: 'list', recordClass: 'case', name: c.takesPartQuery.pattern };
      const admitted = await admit(runtime, context, caller, {
        ...asking,
        record: '-',
        query: asking.name,
        relations: ['handler'],
      });
      if (!admitted.ok) return admitted;
      const own = await core.pseudonymsOf(context);
      if (!own.ok) return own;
      const { organisation } = caller;
      const ids = own.value.flatMap((pseudonym) =>
        core.views
          .query('case_desk')
          .all<Pick<DeskRow, 'case_id'>>(
            'SELECT case_id FROM desk WHERE organisation = ? AND handler = ? AND closed = 0 AND recused = 0 LIMIT ?',
            [organisation, pseudonym, MOST_OPEN],
          )
          .map(({ case_id }) => case_id),
      );
      let found = false;
      for (const id of ids) {
        const loaded = await core.cases.load(organisation, id);
        if (loaded.kind === 'unavailable') return err(unavailable('key'));
        if (loaded.kind !== 'loaded' || loaded.state.status === 'absent') continue;
        // The applicant of a case is no other side of it.
        const { applicant, ...state } = loaded.state;
        found ||= isExcluded(
          { ...state, applicant: { ...applicant, person: undefined } },
          { organisation: home ?? organisation, person },
        );
      }
      return ok({ takesPart: found });
    },
    views,
  );

  const excludes = serveQuery(c.isExcludedQuery, async (context, { caseId, home, person }) => {
    const { caller } = context;
    const { organisation } = caller;
    if (!isService(caller, 'intake') && !isService(caller, 'referral'))
      return deny(runtime, context, caller, {
        recordClass: 'case',
        record: caseId,
        query: c.isExcludedQuery.pattern,
      });
    const loaded = await core.cases.load(organisation, caseId);
    if (loaded.kind === 'unavailable') return err(unavailable('key'));
    if (loaded.kind !== 'loaded' || loaded.state.status === 'absent') return ok({ excluded: false });
    return ok({ excluded: isExcluded(loaded.state, { organisation: home ?? organisation, person }) });
  });

  /** For the access history, and for the list of requests: by the ids of cases, and of the requests that cases came from. */
  const excludedCases = serveQuery(c.excludedCasesQuery, async (context, { home, person, records }) => {
    const { caller } = context;
    const { organisation } = caller;
    if (!isService(caller, 'records') && !isService(caller, 'intake')) return err({ kind: 'NotFound' });
    const excluded: string[] = [];
    for (const record of records)
      for (const caseId of [record, c.caseIdOfRequest(organisation, record)]) {
        const loaded = await core.cases.load(organisation, caseId);
        if (loaded.kind === 'unavailable') return err(unavailable('key'));
        if (loaded.kind !== 'loaded' || loaded.state.status === 'absent') continue;
        if (isExcluded(loaded.state, { organisation: home, person })) excluded.push(record);
      }
    return ok({ excluded });
  });

  /** Which holds are about a case, an advice or an entry of the register: whoever is anything to it counts, and so does its site. */
  const heldBy = serveQuery(c.caseHeldByQuery, async (context, { record, holds }) => {
    const { caller } = context;
    const { organisation } = caller;
    if (!isService(caller, 'records') && !isService(caller, 'referral'))
      return deny(runtime, context, caller, { recordClass: 'case', record, query: c.caseHeldByQuery.pattern });
    const found = await core.cases.load(organisation, record);
    const advice = await core.advice.load(organisation, record);
    const entry = await core.thirdParty.load(organisation, record);
    if ([found, advice, entry].some(({ kind }) => kind === 'unavailable')) return err(unavailable('key'));
    const state = found.kind === 'loaded' && found.state.status !== 'absent' ? found.state : undefined;
    const given = advice.kind === 'loaded' && advice.state.status === 'given' ? advice.state : undefined;
    const written = entry.kind === 'loaded' && entry.state.status === 'kept' ? entry.state : undefined;
    const site = state?.site ?? given?.site ?? written?.site;
    const links =
      state === undefined
        ? [given?.handlerPerson, written?.keeperPerson]
        : [state.handler, ...state.formerHandlers, state.applicant, ...Object.values(state.participants)]
            .map(({ person }) => person)
            .concat(Object.values(state.exclusions).map(({ person }) => person));
    return ok({
      holdIds: holds
        .filter(
          ({ home, person, site: held }) =>
            (held !== undefined && held === site) ||
            (person !== undefined &&
              links.some((link) => isPerson(link, { organisation: home ?? organisation, person }))),
        )
        .map(({ holdId }) => holdId),
    });
  });

  const BY_RECORDED: readonly OrderColumn[] = [
    { column: 'recorded_at', direction: 'desc' },
    { column: 'advice_id', direction: 'desc' },
  ];
  const adviceContacts = serveQuery(
    c.adviceContactsQuery,
    async (context, { first, after }) => {
      const fresh = await freshCaller(runtime, context, {
        recordClass: 'advice_contact',
        record: '-',
        query: c.adviceContactsQuery.pattern,
      });
      if (!fresh.ok) return fresh;
      const caller = fresh.value;
      const asking: Asking = { verb: 'list', recordClass: 'advice_contact', name: c.adviceContactsQuery.pattern };
      const admitted = await admit(runtime, context, caller, {
        ...asking,
        record: '-',
        query: asking.name,
        relations: ['handler'],
      });
      if (!admitted.ok) return admitted;
      const own = await core.pseudonymsOf(context);
      if (!own.ok) return own;
      const page = readPage<AdviceRow>(core.views.query('advice_contacts'), {
        select: 'SELECT * FROM advice',
        where: `organisation = ? AND handler IN (${own.value.map(() => '?').join(', ')})`,
        params: [caller.organisation, ...own.value],
        order: BY_RECORDED,
        limit: first,
        cursor: after,
      });
      if (!page.ok) return err(page.error);
      const { rows, next } = page.value;
      const columns = rows.map((row) => [row.held_on, row.channel, row.site, row.topic] as const);
      const values = columns.map((row) => row.map((column) => (column === null ? undefined : sealedColumn(column))));
      const fields = ['heldOn', 'channel', 'site', 'topic'];
      return opened(
        context,
        asking,
        { caller },
        rows.map((row) => row.advice_id),
        fields,
        'listed',
        async () => {
          const answers = await openAll(
            core,
            caller.organisation,
            values.flat().filter((value) => value !== undefined),
          );
          if (!answers.ok) return answers;
          const word = (value: (typeof values)[number][number]): string | null => {
            const answer = value === undefined ? undefined : answers.value.get(value);
            return typeof answer === 'string' ? answer : null;
          };
          type Row = c.QueryAnswer<typeof c.adviceContactsQuery>['rows'][number];
          return ok({
            rows: rows.map((row, index): Row => {
              const [heldOn, channel, site, topic] = values[index] ?? [];
              return {
                adviceId: row.advice_id,
                recordedAt: row.recorded_at,
                heldOn: word(heldOn),
                channel: word(channel) as Row['channel'],
                site: word(site),
                topic: word(topic),
              };
            }),
            next: next ?? null,
          });
        },
      );
    },
    views,
  );

  const served: readonly Served[] = [
    desk,
    caseById,
    timeline,
    whoMayRead,
    personalNotes,
    participantView,
    applicantView,
    recordsForReferral,
    document,
    takesPart,
    excludes,
    excludedCases,
    heldBy,
    adviceContacts,
  ];
  return { served };
};
