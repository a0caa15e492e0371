import { erasedRecord, erasurePartCategory, erasurePartCodec } from '@toeverlaat/service-kit';
import { defineView } from '@toeverlaat/views';
import { caseCategory, caseCodec } from '../domain/case/index.js';

/**
 * A row per case, for the handler's desk, the timer and the hand-over. Handlers stand in the clear by the pseudonym of
 * the year they took the case in; sealed columns are copied verbatim and opened at the query edge.
 */
export const deskView = defineView({
  name: 'case_desk',
  version: 2,
  mode: 'async',
  categories: [caseCategory, erasurePartCategory('case')],
  codecs: [caseCodec, erasurePartCodec('case')],
  tables: [
    {
      name: 'desk',
      columns: {
        organisation: 'TEXT NOT NULL',
        case_id: 'TEXT NOT NULL',
        handler: 'TEXT NOT NULL',
        handler_participant: 'TEXT NOT NULL',
        applicant_participant: 'TEXT NOT NULL',
        successor: 'TEXT',
        handover_id: 'TEXT',
        /** 0 open, 1 closed: open ones come first. */
        closed: 'INTEGER NOT NULL',
        /** A recused counsellor no longer finds the case, though it is not yet another's. */
        recused: 'INTEGER NOT NULL',
        hearing: 'TEXT NOT NULL',
        hearing_due_on: 'TEXT NOT NULL',
        offered: 'INTEGER NOT NULL',
        choice_id: 'TEXT',
        document_id: 'TEXT',
        signed_counsellor: 'INTEGER NOT NULL',
        signed_applicant: 'INTEGER NOT NULL',
        copy_given: 'INTEGER NOT NULL',
        confirmation_due: 'INTEGER NOT NULL',
        formal: 'INTEGER NOT NULL',
        /** Facts that reporting has not been given yet. */
        facts_pending: 'INTEGER NOT NULL',
        last_recorded_at: 'TEXT NOT NULL',
        site: 'TEXT NOT NULL',
        kind_of_facts: 'TEXT',
        applicant_name: 'TEXT',
      },
      primaryKey: ['organisation', 'case_id'],
      indexes: [
        { columns: ['organisation', 'handler', 'closed', 'hearing_due_on', 'case_id'] },
        { columns: ['organisation', 'successor', 'hearing_due_on', 'case_id'], where: 'successor IS NOT NULL' },
        { columns: ['hearing_due_on', 'organisation', 'case_id'], where: "hearing = 'due' AND closed = 0" },
        { columns: ['organisation', 'case_id'], where: 'facts_pending > 0' },
      ],
    },
    {
      /** What is left of an erased case: whose it was, so that they are told `Erased` and everybody else nothing. */
      name: 'erased',
      columns: {
        organisation: 'TEXT NOT NULL',
        case_id: 'TEXT NOT NULL',
        handler: 'TEXT NOT NULL',
        erased_at: 'TEXT NOT NULL',
      },
      primaryKey: ['organisation', 'case_id'],
    },
  ],
  reads: {
    events: [
      'CaseOpened',
      'HearingOffered',
      'HearingHeld',
      'HearingTermMissed',
      'HearingNotTakenUp',
      'InterviewConfirmationRequested',
      'InterviewConfirmationIssued',
      'InformalTypeChosen',
      'InformalDocumentPrepared',
      'DocumentSigned',
      'DocumentCopyGiven',
      'ReconciliationWithdrawn',
      'ApplicantNameMadeKnown',
      'OutcomeRecorded',
      'CaseClosed',
      'CaseReopened',
      'CounsellorRecused',
      'HandoverProposed',
      'SuccessorNamed',
      'ApplicantDecided',
      'HandlerChanged',
      'MarkedForFormal',
      'FactsReleased',
      'ErasureBegun',
    ],
    untouched: ({ streamId: case_id, recordedAt: last_recorded_at }, tx) => {
      tx.update('desk', { case_id }, { last_recorded_at });
    },
  },
  handle: (event, tx) => {
    const { streamId: case_id, recordedAt: last_recorded_at } = event.meta;
    const set = (change: Parameters<typeof tx.update<'desk'>>[2]): void => {
      tx.update('desk', { case_id }, { ...change, last_recorded_at });
    };
    const addFact = (fact: unknown): void => {
      if (fact !== undefined)
        tx.run(
          'UPDATE desk SET facts_pending = facts_pending + 1 WHERE organisation = :organisation AND case_id = :id',
          {
            id: case_id,
          },
        );
    };
    switch (event.type) {
      case 'CaseOpened': {
        const { data } = event;
        tx.insert('desk', {
          case_id,
          handler: data.handler,
          handler_participant: data.handlerParticipantId,
          applicant_participant: data.applicantParticipantId,
          closed: 0,
          recused: 0,
          hearing: 'due',
          hearing_due_on: data.hearingDueOn,
          offered: 0,
          signed_counsellor: 0,
          signed_applicant: 0,
          copy_given: 0,
          confirmation_due: 0,
          formal: 0,
          facts_pending: data.factId === undefined ? 0 : 1,
          last_recorded_at,
          site: data.site,
          kind_of_facts: data.kindOfFacts,
          applicant_name: data.applicantName,
        });
        return;
      }
      case 'HearingOffered':
        return set({ offered: 1 });
      case 'HearingHeld':
        return set(event.data.judgement === 'in_time' ? { hearing: 'met' } : {});
      case 'HearingTermMissed':
        return set({ hearing: 'missed' });
      case 'HearingNotTakenUp':
        return set({ hearing: 'not_taken_up' });
      case 'InterviewConfirmationRequested':
        return set({ confirmation_due: 1 });
      case 'InterviewConfirmationIssued':
        return set({ confirmation_due: 0 });
      case 'InformalTypeChosen':
        set({
          choice_id: event.data.choiceId,
          document_id: null,
          signed_counsellor: 0,
          signed_applicant: 0,
          copy_given: 0,
        });
        return addFact(event.data.factId);
      case 'InformalDocumentPrepared':
        return set({ document_id: event.data.documentId, signed_counsellor: 0, signed_applicant: 0, copy_given: 0 });
      case 'DocumentSigned': {
        const row = tx.get('desk', { case_id });
        if (row?.document_id !== event.data.documentId) return set({});
        return set(
          event.data.signerParticipantId === row.applicant_participant
            ? { signed_applicant: 1 }
            : { signed_counsellor: 1 },
        );
      }
      case 'DocumentCopyGiven': {
        const row = tx.get('desk', { case_id });
        return set(row?.document_id === event.data.documentId ? { copy_given: 1 } : {});
      }
      case 'ReconciliationWithdrawn':
        return set({ document_id: null });
      case 'ApplicantNameMadeKnown':
        return set({ applicant_name: event.data.name });
      case 'OutcomeRecorded':
        set({});
        return addFact(event.data.factId);
      case 'CaseClosed':
        return set({ closed: 1 });
      case 'CaseReopened':
        return set({ closed: 0 });
      case 'CounsellorRecused':
        return set({ recused: 1 });
      case 'HandoverProposed':
        return set({ handover_id: event.data.handoverId, successor: event.data.successor });
      case 'SuccessorNamed':
        return set({ successor: event.data.successor });
      case 'ApplicantDecided':
        // With another decision HandlerChanged stands next to it in the same append.
        return set({ handover_id: null, successor: null });
      case 'HandlerChanged':
        return set({
          handler: event.data.handler,
          handler_participant: event.data.handlerParticipantId,
          handover_id: null,
          successor: null,
          recused: 0,
        });
      case 'MarkedForFormal':
        return set({ formal: 1 });
      case 'FactsReleased':
        tx.run(
          'UPDATE desk SET facts_pending = max(0, facts_pending - :count) WHERE organisation = :organisation AND case_id = :id',
          { id: case_id, count: event.data.count },
        );
        return;
      case 'ErasureBegun': {
        const erased = erasedRecord(event.data.subject, 'case');
        const row = erased === undefined ? undefined : tx.get('desk', { case_id: erased });
        if (row === undefined) return;
        tx.delete('desk', { case_id: row.case_id });
        tx.upsert('erased', { case_id: row.case_id, handler: row.handler, erased_at: last_recorded_at });
        return;
      }
      default:
        return set({});
    }
  },
});

/** The columns of a desk row as SQLite gives them. */
export type DeskRow = {
  readonly organisation: string;
  readonly case_id: string;
  readonly handler: string;
  readonly successor: string | null;
  readonly handover_id: string | null;
  readonly closed: number;
  readonly recused: number;
  readonly hearing: string;
  readonly hearing_due_on: string;
  readonly offered: number;
  readonly document_id: string | null;
  readonly signed_counsellor: number;
  readonly signed_applicant: number;
  readonly copy_given: number;
  readonly confirmation_due: number;
  readonly formal: number;
  readonly facts_pending: number;
  readonly last_recorded_at: string;
  readonly site: string;
  readonly kind_of_facts: string | null;
  readonly applicant_name: string | null;
};

/** The same flags as `flagsOf`, from clear columns alone; a test keeps the two equal. */
export const flagsOfRow = (row: DeskRow): readonly string[] => {
  if (row.closed === 1) return [];
  const flags: string[] = [];
  if (row.hearing === 'due') flags.push(row.offered === 1 ? 'waiting_for_worker' : 'hear_within_term');
  if (row.hearing === 'missed') flags.push('term_missed');
  if (row.document_id !== null) {
    if (row.signed_counsellor === 0 || row.signed_applicant === 0) flags.push('waiting_for_signature');
    else if (row.copy_given === 0) flags.push('copy_not_given');
  }
  if (row.handover_id !== null) flags.push('hand_over');
  if (row.confirmation_due === 1) flags.push('confirmation_requested');
  if (row.formal === 1) flags.push('marked_for_formal');
  return flags;
};
