import { subjectParts } from '@toeverlaat/contracts';
import { erasedRecord, erasurePartCategory, erasurePartCodec, handedFilesView } from '@toeverlaat/service-kit';
import { defineView } from '@toeverlaat/views';
import { conversationCategory, conversationCodec } from '../domain/conversation/index.js';
import { RECEIPT, requestCategory, requestCodec } from '../domain/request/index.js';

/**
 * One row per contact request: state, terms, pseudonyms, the look-up id of a receipt. It answers whose list a request is
 * on, which terms are due and which request a receipt opens; nothing in it was ever sealed.
 */
export const requestsView = defineView({
  name: 'requests',
  version: 3,
  mode: 'async',
  categories: [requestCategory, conversationCategory, erasurePartCategory('intake')],
  codecs: [requestCodec, conversationCodec, erasurePartCodec('intake')],
  tables: [
    {
      name: 'requests',
      columns: {
        organisation: 'TEXT NOT NULL',
        request_id: 'TEXT NOT NULL',
        /** Null while the worker chooses another counsellor, and once the request ended. */
        handler: 'TEXT',
        status: 'TEXT NOT NULL',
        hearing_due_on: 'TEXT NOT NULL',
        announce_on: 'TEXT NOT NULL',
        escalate_on: 'TEXT NOT NULL',
        hearing: 'TEXT NOT NULL',
        warned: 'TEXT NOT NULL',
        escalated_to: 'TEXT',
        lookup_tag: 'TEXT',
        receipt_lookup_id: 'TEXT',
        sent_at: 'TEXT NOT NULL',
        recorded_at: 'TEXT NOT NULL',
        unseen_by_counsellor: 'INTEGER NOT NULL',
        unseen_by_worker: 'INTEGER NOT NULL',
      },
      primaryKey: ['organisation', 'request_id'],
      indexes: [
        { columns: ['organisation', 'handler', 'recorded_at DESC', 'request_id'] },
        {
          columns: ['organisation', 'escalated_to', 'recorded_at DESC', 'request_id'],
          where: 'escalated_to IS NOT NULL',
        },
        { columns: ['organisation', 'lookup_tag'], where: 'lookup_tag IS NOT NULL' },
        { columns: ['receipt_lookup_id'], where: 'receipt_lookup_id IS NOT NULL' },
        { columns: ['hearing', 'announce_on'] },
      ],
    },
  ],
  handlers: {
    ContactRequested: ({ data, meta }, tx) => {
      tx.insert('requests', {
        request_id: meta.streamId,
        handler: data.handler,
        status: 'waiting',
        hearing_due_on: data.hearingDueOn,
        announce_on: data.announceOn,
        escalate_on: data.escalateOn,
        hearing: 'awaited',
        warned: 'no',
        lookup_tag: data.lookupTag ?? null,
        sent_at: meta.recordedAt,
        recorded_at: meta.recordedAt,
        unseen_by_counsellor: 0,
        unseen_by_worker: 0,
      });
    },
    ReceiptRegistered: ({ data, meta }, tx) => {
      tx.update('requests', { request_id: meta.streamId }, { receipt_lookup_id: data.lookupId });
    },
    ReceiptRevoked: ({ data, meta }, tx) => {
      tx.update(
        'requests',
        { request_id: meta.streamId },
        {
          receipt_lookup_id: null,
          ...(data.because === 'linked' ? { status: 'ended', handler: null, recorded_at: meta.recordedAt } : {}),
        },
      );
    },
    RequestAccepted: ({ meta }, tx) => {
      tx.update('requests', { request_id: meta.streamId }, { status: 'accepted', recorded_at: meta.recordedAt });
    },
    CounsellorSteppedBack: ({ meta }, tx) => {
      tx.update(
        'requests',
        { request_id: meta.streamId },
        { status: 'choosing', handler: null, recorded_at: meta.recordedAt },
      );
    },
    CounsellorChosen: ({ data, meta }, tx) => {
      tx.update(
        'requests',
        { request_id: meta.streamId },
        { status: 'waiting', handler: data.handler, recorded_at: meta.recordedAt },
      );
    },
    HandlerFollowed: ({ data, meta }, tx) => {
      tx.update('requests', { request_id: meta.streamId }, { handler: data.handler, recorded_at: meta.recordedAt });
    },
    RequestWithdrawn: ({ meta }, tx) => {
      tx.update(
        'requests',
        { request_id: meta.streamId },
        { status: 'ended', handler: null, recorded_at: meta.recordedAt },
      );
    },
    RequestClosed: ({ meta }, tx) => {
      tx.update(
        'requests',
        { request_id: meta.streamId },
        { status: 'ended', handler: null, recorded_at: meta.recordedAt },
      );
    },
    TimeRunningShort: ({ meta }, tx) => {
      tx.update('requests', { request_id: meta.streamId }, { warned: 'worker' });
    },
    RequestEscalated: ({ data, meta }, tx) => {
      tx.update(
        'requests',
        { request_id: meta.streamId },
        { warned: 'escalated', escalated_to: data.to, recorded_at: meta.recordedAt },
      );
    },
    EscalationImpossible: ({ meta }, tx) => {
      tx.update('requests', { request_id: meta.streamId }, { warned: 'impossible' });
    },
    HearingTermMissed: ({ meta }, tx) => {
      tx.update('requests', { request_id: meta.streamId }, { hearing: 'missed', recorded_at: meta.recordedAt });
    },
    HearingNoted: ({ data, meta }, tx) => {
      const row = tx.get('requests', { request_id: meta.streamId });
      // A hearing entered late does not undo a missed term (design rule 13).
      if (row?.hearing !== 'missed') tx.update('requests', { request_id: meta.streamId }, { hearing: data.state });
    },
    EarlierRequestLinked: ({ data, meta }, tx) => {
      tx.update('requests', { request_id: meta.streamId }, { hearing_due_on: data.hearingDueOn });
    },
    MessageSent: ({ data, meta }, tx) => {
      const row = tx.get('requests', { request_id: meta.streamId });
      const column = data.from === 'worker' ? 'unseen_by_counsellor' : 'unseen_by_worker';
      tx.update(
        'requests',
        { request_id: meta.streamId },
        { [column]: Number(row?.[column] ?? 0) + 1, recorded_at: meta.recordedAt },
      );
    },
    ContactAsked: ({ meta }, tx) => {
      const row = tx.get('requests', { request_id: meta.streamId });
      tx.update(
        'requests',
        { request_id: meta.streamId },
        { unseen_by_worker: Number(row?.unseen_by_worker ?? 0) + 1 },
      );
    },
    ErasureBegun: ({ data }, tx) => {
      const erased = erasedRecord(data.subject, 'request');
      if (erased !== undefined) tx.delete('requests', { request_id: erased });
      const parts = subjectParts(data.subject);
      if (parts?.keyClass === 'request' && parts.participantId === RECEIPT)
        tx.update('requests', { request_id: parts.recordId }, { receipt_lookup_id: null });
    },
    MessagesSeen: ({ data, meta }, tx) => {
      const column = data.by === 'worker' ? 'unseen_by_worker' : 'unseen_by_counsellor';
      tx.update('requests', { request_id: meta.streamId }, { [column]: 0 });
    },
  },
});

export const intakeViews = [requestsView, handedFilesView('intake')] as const;
