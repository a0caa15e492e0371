import type { Caller, Relation, Verb } from '@toeverlaat/access';
import * as c from '@toeverlaat/contracts';
import type { RequestContext } from '@toeverlaat/contracts';
import { renderPdf } from '@toeverlaat/documents';
import { plainText, type ConfidentialText, type Rejection } from '@toeverlaat/event-log';
import {
  documentTemplateVersion,
  explainText,
  glossary,
  professionalSecrecyOn,
  type Language,
} from '@toeverlaat/legal';
import {
  admit,
  commandContext,
  deny,
  derivedId,
  existing,
  freshCaller,
  release,
  replyOf,
  serveCommand,
  serveQuery,
  timerContext,
  type Awaitable,
  type Served,
  refused,
} from '@toeverlaat/service-kit';
import {
  createdIdOf,
  err,
  localDateOf,
  ok,
  type LocalDate,
  type OrganisationId,
  type Result,
} from '@toeverlaat/values';
import { readPage, type OrderColumn } from '@toeverlaat/views';
import { knowsOfIt, letterHash, letterOf, renderLetter, shownOf, shownTexts } from '../documents/access-letter.js';
import { isPerson, personOf } from '../domain/case/index.js';
import { accessTerms, extendedAccessTerm } from '../domain/law.js';
import type { ExistingSubjectAccess, FoundFile, SubjectAccessCommand } from '../domain/subject-access/index.js';
import { MAX_DOCUMENT, MAX_FOUND, type PersonRef } from '../domain/vocabulary.js';
import type { SubjectAccessRow } from '../views/index.js';
import {
  caseNumberOf,
  NOT_FOUND,
  openTexts,
  participantIdsOf,
  refOf,
  unavailable,
  type CaseCore,
  type ExistingCase,
  type OpenedTexts,
} from './core.js';

type Bare<C> = C extends { readonly type: infer T; readonly data: infer D }
  ? { readonly type: T; readonly data: D }
  : never;
type BareCommand = Bare<SubjectAccessCommand>;

const textOf = (words: string | undefined): ConfidentialText | undefined =>
  words === undefined ? undefined : plainText(words);

/** The later of two dates. */
const later = (a: LocalDate, b: LocalDate): LocalDate => (a < b ? b : a);

const functionOf = (role: Caller['role'], language: Language): string => {
  const term = role === 'prevention_adviser' ? 'PreventionAdvisorPsychosocial' : 'ConfidentialCounsellor';
  return glossary.find((entry) => entry.term === term)?.[language] ?? '';
};

type Admitted = {
  readonly caller: Caller;
  readonly by: PersonRef;
  readonly state: ExistingSubjectAccess;
  readonly revision: number;
};
type Asking = { readonly verb: Verb; readonly query: string };

/**
 * Access requests of data subjects (GDPR art. 15). The one who was asked looks in their own files and in no other; nobody
 * else learns that they looked, or found anything. What goes out has the same words, the same length and the same day
 * whether or not there is a file that the person does not know of.
 */
export const createSubjectAccess = (core: CaseCore, views: Awaitable) => {
  const { runtime } = core;
  const recordClass = 'subject_access';

  const admitTo = async (
    context: RequestContext,
    accessRequestId: string,
    asking: Asking,
    who: Extract<Relation, 'handler' | 'applicant'>,
  ): Promise<Result<Admitted, Rejection>> => {
    const attempt = { recordClass, record: accessRequestId, query: asking.query } as const;
    const fresh = await freshCaller(runtime, context, attempt);
    if (!fresh.ok) return fresh;
    const caller = fresh.value;
    const found = existing(await core.subjectAccess.load(caller.organisation, accessRequestId));
    if (!found.ok && found.error.kind === 'Unavailable') return found;
    const by = refOf(caller);
    const state = found.ok ? found.value.state : undefined;
    const is =
      state !== undefined &&
      by !== undefined &&
      isPerson(who === 'handler' ? state.handler.person : state.subject.person, by);
    const admitted = await admit(runtime, context, caller, {
      ...attempt,
      verb: asking.verb,
      relations: is ? [who] : [],
    });
    if (!admitted.ok) return admitted;
    return found.ok && state !== undefined && by !== undefined
      ? ok({ caller, by, state, revision: found.value.revision })
      : err(NOT_FOUND);
  };

  const execute = async (id: string, command: BareCommand, context: Parameters<typeof core.subjectAccess.execute>[2]) =>
    // A member of the union keeps its pairing of type and data; the compiler loses it on the way through the generic.
    replyOf(id, await core.subjectAccess.execute(id, command as Omit<SubjectAccessCommand, 'meta'>, context));

  const nameOf = async (context: RequestContext, ref: PersonRef): Promise<Result<string | undefined, Rejection>> => {
    const { organisation: home, person } = ref;
    const answer = await runtime.rpc.query(c.personNamesQuery, context, { people: [{ home, person }] });
    if (!answer.ok) return err(answer.rejection);
    return ok(answer.value.find((each) => each.home === home && each.person === person)?.name ?? undefined);
  };

  /** Creating: whoever may ask or register at all, for a record of their own. */
  const creating = async (context: RequestContext, commandId: string, query: string) => {
    const fresh = await freshCaller(runtime, context, { recordClass, record: '-', query });
    if (!fresh.ok) return fresh;
    const caller = fresh.value;
    const id = createdIdOf(caller.organisation, commandId, 'subject access');
    const admitted = await admit(runtime, context, caller, {
      recordClass,
      record: id,
      query,
      verb: 'create',
      relations: ['self'],
    });
    if (!admitted.ok) return admitted;
    const by = refOf(caller);
    return by === undefined ? err(NOT_FOUND) : ok({ caller, by, id });
  };

  const ask = serveCommand(c.askSubjectAccessCommand, async (context, request) => {
    const asked = await creating(context, request.commandId, c.askSubjectAccessCommand.pattern);
    if (!asked.ok) return refused(asked.error);
    const { by, id, caller } = asked.value;
    if (caller.role !== 'worker') return refused({ kind: 'NotAllowed', verb: c.askSubjectAccessCommand.pattern });
    const answer = await runtime.rpc.query(c.designationQuery, context, {
      designationId: request.data.designationId,
    });
    if (!answer.ok)
      return refused(
        answer.rejection.kind === 'NotFound'
          ? { kind: 'InvalidInput', field: 'designationId', rule: 'unknown' }
          : answer.rejection,
      );
    const { inEffect, home, person, pseudonyms } = answer.value;
    const [pseudonym] = pseudonyms;
    if (!inEffect || pseudonym === undefined)
      return refused({ kind: 'InvalidInput', field: 'designationId', rule: 'not_in_effect' });
    const subject = derivedId(request.commandId, 'subject');
    return execute(
      id,
      {
        type: 'RequestSubjectAccess',
        data: {
          handler: {
            pseudonym,
            participantId: derivedId(request.commandId, 'handler'),
            person: { organisation: home, person },
          },
          subject: { participantId: subject, person: by },
          receivedOn: localDateOf(runtime.clock.now()),
          way: 'account',
          language: context.language,
          words: textOf(request.data.words),
        },
      },
      commandContext(context, request, { pseudonym: subject, capacity: caller.role }),
    );
  });

  const register = serveCommand(c.registerSubjectAccessCommand, async (context, request) => {
    const registered = await creating(context, request.commandId, c.registerSubjectAccessCommand.pattern);
    if (!registered.ok) return refused(registered.error);
    const { by, id, caller } = registered.value;
    if (caller.role === 'worker') return refused({ kind: 'NotAllowed', verb: c.registerSubjectAccessCommand.pattern });
    const { home, person, words, ...rest } = request.data;
    const subject: PersonRef = { organisation: home ?? caller.organisation, person };
    const name = await nameOf(context, subject);
    if (!name.ok) return refused(name.error);
    if (name.value === undefined) return refused({ kind: 'InvalidInput', field: 'person', rule: 'unknown' });
    return execute(
      id,
      {
        type: 'RequestSubjectAccess',
        data: {
          ...rest,
          handler: {
            pseudonym: caller.pseudonym,
            participantId: derivedId(request.commandId, 'handler'),
            person: by,
          },
          subject: { participantId: derivedId(request.commandId, 'subject'), person: subject },
          words: textOf(words),
        },
      },
      commandContext(context, request),
    );
  });

  const fileOf = async (
    organisation: OrganisationId,
    caseId: string,
    by: PersonRef,
  ): Promise<Result<ExistingCase | undefined, Rejection>> => {
    const loaded = await core.cases.load(organisation, caseId);
    if (loaded.kind === 'unavailable') return err(unavailable('key'));
    return ok(
      loaded.kind === 'loaded' && loaded.state.status !== 'absent' && isPerson(loaded.state.handler.person, by)
        ? loaded.state
        : undefined,
    );
  };

  /** Every file of the counsellor, of every year: erased ones have nothing left to show. */
  const ownFiles = async (context: RequestContext): Promise<Result<readonly string[], Rejection>> => {
    const own = await core.pseudonymsOf(context);
    if (!own.ok) return own;
    const reader = core.views.query('case_desk');
    return ok(
      own.value.flatMap((pseudonym) =>
        reader
          .all<{ readonly case_id: string }>('SELECT case_id FROM desk WHERE organisation = ? AND handler = ?', [
            context.caller.organisation,
            pseudonym,
          ])
          .map(({ case_id }) => case_id),
      ),
    );
  };

  const search = serveCommand(c.searchForSubjectCommand, async (context, request) => {
    const { accessRequestId, alsoNamed = [] } = request.data;
    const query = c.searchForSubjectCommand.pattern;
    const admitted = await admitTo(context, accessRequestId, { verb: 'act', query }, 'handler');
    if (!admitted.ok) return refused(admitted.error);
    const { caller, by, state } = admitted.value;
    const { organisation } = caller;
    const subject = personOf(state.subject.person);
    if (subject === undefined) return refused({ kind: 'Erased' });
    // A list that lags behind would miss a file that was opened a moment ago.
    const head = await runtime.log.head();
    if (head !== undefined && (await core.views.whenProcessed(head, VIEWS_MS)) === 'stale')
      return refused(unavailable('views'));
    const files = await ownFiles(context);
    if (!files.ok) return refused(files.error);
    const found: FoundFile[] = [];
    for (const caseId of files.value) {
      const file = await fileOf(organisation, caseId, by);
      if (!file.ok) return refused(file.error);
      if (file.value === undefined) continue;
      const applicant = isPerson(file.value.applicant.person, subject) ? [file.value.applicant.participantId] : [];
      for (const participantId of [...applicant, ...participantIdsOf(file.value, subject)])
        found.push(foundIn(caseId, file.value, participantId));
    }
    for (const [index, { caseId, participantId }] of alsoNamed.entries()) {
      const file = await fileOf(organisation, caseId, by);
      if (!file.ok) return refused(file.error);
      const there =
        file.value !== undefined &&
        (file.value.applicant.participantId === participantId || file.value.participants[participantId] !== undefined);
      if (file.value === undefined || !there)
        return refused({ kind: 'InvalidInput', field: `alsoNamed.${index}`, rule: 'unknown' });
      if (!found.some((each) => each.caseId === caseId && each.participantId === participantId))
        found.push(foundIn(caseId, file.value, participantId));
    }
    if (found.length > MAX_FOUND)
      return refused({ kind: 'InvalidInput', field: 'found', rule: 'too_big', params: { limit: MAX_FOUND } });
    const recorded = await recordRead(context, caller, accessRequestId, found, query, 'listed');
    if (!recorded.ok) return refused(recorded.error);
    return execute(
      accessRequestId,
      { type: 'RecordSubjectSearch', data: { searchId: derivedId(request.commandId, 'search'), found } },
      commandContext(context, request),
    );
  });

  const foundIn = (caseId: string, file: ExistingCase, participantId: string): FoundFile => ({
    caseId,
    participantId,
    part: participantId === file.applicant.participantId ? 'applicant' : 'participant',
    knowsOfIt: knowsOfIt(file, participantId),
  });

  /** The request itself and every file that was looked into, each in the access history of its own record. */
  const recordRead = async (
    context: RequestContext,
    caller: Caller,
    accessRequestId: string,
    files: readonly Pick<FoundFile, 'caseId'>[],
    query: string,
    outcome: 'listed' | 'opened',
  ): Promise<Result<undefined, Rejection>> => {
    const fields = ['applicant', 'participants'];
    const { organisation } = caller;
    const common = { organisation, query, outcome, fields } as const;
    const done = (): Promise<Result<undefined, Rejection>> => Promise.resolve(ok(undefined));
    const own = await release(runtime, context, caller, { ...common, recordClass, records: [accessRequestId] }, done);
    if (!own.ok) return own;
    const records = [...new Set(files.map(({ caseId }) => caseId))];
    return release(runtime, context, caller, { ...common, recordClass: 'case', records }, done);
  };

  const extend = serveCommand(c.extendSubjectAccessTermCommand, async (context, request) => {
    const { accessRequestId, ...data } = request.data;
    const query = c.extendSubjectAccessTermCommand.pattern;
    const admitted = await admitTo(context, accessRequestId, { verb: 'act', query }, 'handler');
    if (!admitted.ok) return refused(admitted.error);
    return execute(accessRequestId, { type: 'ExtendSubjectAccessTerm', data }, commandContext(context, request));
  });

  /** Who stands on the letter, and when it is handed out. */
  const headOf = async (context: RequestContext, { caller, by, state }: Admitted) => {
    const subject = personOf(state.subject.person);
    if (subject === undefined) return err<Rejection>({ kind: 'Erased' });
    const profile = await runtime.rpc.query(c.organisationProfileQuery, context, {});
    if (!profile.ok) return err(profile.rejection);
    const [person, answeredBy] = [await nameOf(context, subject), await nameOf(context, by)];
    if (!person.ok) return person;
    if (!answeredBy.ok) return answeredBy;
    if (person.value === undefined || answeredBy.value === undefined) return err(unavailable('name'));
    return ok({
      organisation: profile.value.legalName,
      person: person.value,
      answeredBy: answeredBy.value,
      answeredByFunction: functionOf(caller.role, state.language),
      receivedOn: state.receivedOn,
      madeOn: later(state.handedOutOn, localDateOf(runtime.clock.now())),
    });
  };

  const answer = serveCommand(c.answerSubjectAccessCommand, async (context, request) => {
    const { accessRequestId } = request.data;
    const query = c.answerSubjectAccessCommand.pattern;
    const admitted = await admitTo(context, accessRequestId, { verb: 'act', query }, 'handler');
    if (!admitted.ok) return refused(admitted.error);
    const { caller, by, state } = admitted.value;
    const head = await headOf(context, admitted.value);
    if (!head.ok) return refused(head.error);
    const known = (state.found ?? []).filter((each) => each.knowsOfIt);
    const recorded = await recordRead(context, caller, accessRequestId, known, query, 'opened');
    if (!recorded.ok) return refused(recorded.error);
    const shown: string[] = [];
    for (const { caseId, participantId } of known) {
      const file = await fileOf(caller.organisation, caseId, by);
      if (!file.ok) return refused(file.error);
      // Erased or handed over since the search: no longer theirs to show.
      if (file.value === undefined) continue;
      const texts: Result<OpenedTexts, Rejection> = await openTexts(
        core,
        caller.organisation,
        shownTexts(file.value, participantId),
      );
      if (!texts.ok) return refused(texts.error);
      shown.push(...shownOf(caseNumberOf(caseId), file.value, participantId, texts.value, state.language));
    }
    const { madeOn } = head.value;
    const secrecyReference = professionalSecrecyOn(madeOn, undefined, state.lawVersion).id;
    const content = letterOf('access_answer', state.language, { ...head.value, shown, secrecyReference });
    if (content.length > MAX_DOCUMENT)
      return refused({ kind: 'InvalidInput', field: 'shown', rule: 'too_big', params: { limit: MAX_DOCUMENT } });
    return execute(
      accessRequestId,
      {
        type: 'AnswerSubjectAccess',
        data: {
          documentId: derivedId(request.commandId, 'document'),
          documentHash: letterHash(content),
          templateVersion: documentTemplateVersion,
          handedOutOn: madeOn,
          content: plainText(content),
          secrecyReference,
        },
      },
      commandContext(context, request),
    );
  });

  const refuse = serveCommand(c.refuseSubjectAccessCommand, async (context, request) => {
    const { accessRequestId, ground } = request.data;
    const query = c.refuseSubjectAccessCommand.pattern;
    const admitted = await admitTo(context, accessRequestId, { verb: 'act', query }, 'handler');
    if (!admitted.ok) return refused(admitted.error);
    const head = await headOf(context, admitted.value);
    if (!head.ok) return refused(head.error);
    const content = letterOf('access_refusal', admitted.value.state.language, { ...head.value, ground });
    return execute(
      accessRequestId,
      {
        type: 'RefuseSubjectAccess',
        data: {
          documentId: derivedId(request.commandId, 'document'),
          documentHash: letterHash(content),
          templateVersion: documentTemplateVersion,
          handedOutOn: head.value.madeOn,
          content: plainText(content),
          ground,
        },
      },
      commandContext(context, request),
    );
  });

  // ---- questions ----

  const explained = (state: ExistingSubjectAccess) =>
    state.extended
      ? extendedAccessTerm(state.lawVersion, state.receivedOn).explain
      : accessTerms(state.lawVersion, state.receivedOn).explain;
  const letterIn = (state: ExistingSubjectAccess) => (state.status === 'open' ? undefined : state.letter);

  const BY_TERM: readonly OrderColumn[] = [
    { column: 'due_on', direction: 'asc' },
    { column: 'request_id', direction: 'asc' },
  ];
  const list = serveQuery(
    c.subjectAccessRequestsQuery,
    async (context, { first, after }) => {
      const query = c.subjectAccessRequestsQuery.pattern;
      const fresh = await freshCaller(runtime, context, { recordClass, record: '-', query });
      if (!fresh.ok) return fresh;
      const caller = fresh.value;
      const admitted = await admit(runtime, context, caller, {
        recordClass,
        record: '-',
        query,
        verb: 'list',
        relations: ['handler'],
      });
      if (!admitted.ok) return admitted;
      const own = await core.pseudonymsOf(context);
      if (!own.ok) return own;
      // State and terms alone: nothing is opened, so there is nothing to record.
      const page = readPage<SubjectAccessRow>(core.views.query('subject_access'), {
        select: 'SELECT * FROM access_request',
        where: `organisation = ? AND handler IN (${own.value.map(() => '?').join(', ')})`,
        params: [caller.organisation, ...own.value],
        order: BY_TERM,
        limit: first,
        cursor: after,
      });
      if (!page.ok) return err(page.error);
      return ok({
        rows: page.value.rows.map((row) => ({
          accessRequestId: row.request_id,
          status: row.status,
          recordedAt: row.recorded_at,
          dueOn: row.due_on,
          handedOutOn: row.handed_out_on,
          termPassed: row.term_passed === 1,
        })),
        next: page.value.next ?? null,
      });
    },
    views,
  );

  const byId = serveQuery(c.subjectAccessRequestQuery, async (context, { accessRequestId }) => {
    const query = c.subjectAccessRequestQuery.pattern;
    const admitted = await admitTo(context, accessRequestId, { verb: 'open', query }, 'handler');
    if (!admitted.ok) return admitted;
    const { caller, state, revision } = admitted.value;
    const { organisation } = caller;
    const what = { recordClass, organisation, records: [accessRequestId], query, outcome: 'opened' } as const;
    return release(runtime, context, caller, { ...what, fields: ['person', 'words', 'found'] }, async () => {
      const texts = await openTexts(core, organisation, [state.words]);
      if (!texts.ok) return texts;
      const row = core.views
        .query('subject_access')
        .get<Pick<SubjectAccessRow, 'recorded_at'>>(
          'SELECT recorded_at FROM access_request WHERE organisation = ? AND request_id = ?',
          [organisation, accessRequestId],
        );
      const subject = personOf(state.subject.person);
      const letter = letterIn(state);
      const explain = explained(state);
      return ok({
        accessRequestId,
        status: state.status,
        recordedAt: row?.recorded_at ?? '',
        dueOn: state.dueOn,
        handedOutOn: letter?.handedOutOn ?? state.handedOutOn,
        termPassed: state.termPassed,
        revision,
        home: subject?.organisation ?? null,
        person: subject?.person ?? null,
        way: state.way,
        language: state.language,
        receivedOn: state.receivedOn,
        words: texts.value.of(state.words),
        dueExplanation: { ...explain, skipped: [...explain.skipped] },
        dueWhy: explainText(explain, context.language),
        found:
          state.found?.map(({ caseId, part, knowsOfIt: knows }) => ({
            caseId,
            caseNumber: caseNumberOf(caseId),
            part,
            knowsOfIt: knows,
          })) ?? null,
        documentId: letter?.documentId ?? null,
      });
    });
  });

  const handedOut = (state: ExistingSubjectAccess): boolean => {
    const letter = letterIn(state);
    return letter !== undefined && letter.handedOutOn <= localDateOf(runtime.clock.now());
  };

  const own = serveQuery(c.ownSubjectAccessQuery, async (context, { accessRequestId }) => {
    const query = c.ownSubjectAccessQuery.pattern;
    const admitted = await admitTo(context, accessRequestId, { verb: 'open', query }, 'applicant');
    if (!admitted.ok) return admitted;
    const { caller, state } = admitted.value;
    return release(
      runtime,
      context,
      caller,
      {
        recordClass,
        organisation: caller.organisation,
        records: [accessRequestId],
        fields: ['status'],
        query,
        outcome: 'opened',
        participant: state.subject.participantId,
      },
      () =>
        Promise.resolve(
          ok({
            accessRequestId,
            status: handedOut(state) ? ('handed_out' as const) : ('waiting' as const),
            dueOn: state.dueOn,
            dueWhy: explainText(explained(state), context.language),
            handedOutOn: letterIn(state)?.handedOutOn ?? state.handedOutOn,
          }),
        ),
    );
  });

  const letter = serveQuery(c.subjectAccessLetterQuery, async (context, { accessRequestId }) => {
    const query = c.subjectAccessLetterQuery.pattern;
    const who = context.caller.role === 'worker' ? 'applicant' : 'handler';
    const admitted = await admitTo(context, accessRequestId, { verb: 'open', query }, who);
    if (!admitted.ok) return admitted;
    const { caller, state } = admitted.value;
    const made = letterIn(state);
    // Before its day there is nothing to fetch for who asked, whether or not it was written.
    if (made === undefined || (who === 'applicant' && !handedOut(state)))
      return deny(runtime, context, caller, { recordClass, record: accessRequestId, query });
    return release(
      runtime,
      context,
      caller,
      {
        recordClass,
        organisation: caller.organisation,
        records: [accessRequestId],
        fields: ['letter'],
        query,
        outcome: 'downloaded',
        ...(who === 'applicant' ? { participant: state.subject.participantId } : {}),
      },
      async () => {
        const texts = await openTexts(core, caller.organisation, [made.content]);
        if (!texts.ok) return texts;
        const json = texts.value.of(made.content);
        if (json === null) return err<Rejection>({ kind: 'Erased' });
        const { document, madeOn } = renderLetter(json);
        const pdf = await renderPdf({ document, hash: made.hash, madeOn });
        return ok({
          accessRequestId,
          documentId: made.documentId,
          // A neutral name: what lies in a download folder must not tell.
          fileName: `${caseNumberOf(made.documentId)}.pdf`,
          documentHash: made.hash,
          language: made.language,
          json,
          pdf: Buffer.from(pdf).toString('base64'),
        });
      },
    );
  });

  /** Any replica may: the command's id is made of request and due date, and a second one decides to nothing. */
  const noteTermsPassed = async (): Promise<void> => {
    const due = core.views
      .query('subject_access')
      .acrossOrganisations<{ organisation: OrganisationId; request_id: string; due_on: LocalDate }>(
        `SELECT organisation, request_id, due_on FROM access_request
         WHERE status = 'open' AND term_passed = 0 AND due_on < ?`,
        [localDateOf(runtime.clock.now())],
      );
    for (const { organisation, request_id, due_on } of due)
      await execute(
        request_id,
        { type: 'NoteSubjectAccessTermPassed', data: { dueOn: due_on } },
        timerContext('access answer', organisation, request_id, due_on),
      );
  };

  const served: readonly Served[] = [ask, register, search, extend, answer, refuse, list, byId, own, letter];
  return { served, noteTermsPassed };
};

/** Milliseconds a search waits for the list of files. */
const VIEWS_MS = 5_000;
