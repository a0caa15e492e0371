import { erasedRecord, erasurePartCategory, erasurePartCodec, handedFilesView } from '@toeverlaat/service-kit';
import { defineView, type ViewDefinition } from '@toeverlaat/views';
import { receivedCategory, receivedCodec } from '../domain/received/index.js';
import { sentCategory, sentCodec } from '../domain/sent/index.js';

/** One row per referral on the sender's side. The kind of receiver stands in it as sealed. */
export const sentView = defineView({
  name: 'sent',
  version: 2,
  mode: 'async',
  categories: [sentCategory, receivedCategory, erasurePartCategory('referral')],
  codecs: [sentCodec, receivedCodec, erasurePartCodec('referral')],
  tables: [
    {
      name: 'sent',
      columns: {
        organisation: 'TEXT NOT NULL',
        referral_id: 'TEXT NOT NULL',
        sender: 'TEXT',
        case_tag: 'TEXT NOT NULL',
        status: 'TEXT NOT NULL',
        receiver_kind: 'TEXT NOT NULL',
        consented: 'INTEGER NOT NULL',
        delivered: 'INTEGER NOT NULL',
        answer_due_on: 'TEXT',
        expires_on: 'TEXT',
        prepared_at: 'TEXT NOT NULL',
        recorded_at: 'TEXT NOT NULL',
      },
      primaryKey: ['organisation', 'referral_id'],
      indexes: [
        { columns: ['organisation', 'sender', 'recorded_at DESC', 'referral_id'] },
        { columns: ['organisation', 'case_tag'] },
        { columns: ['expires_on'], where: "status = 'sent'" },
      ],
    },
  ],
  handlers: {
    ReferralPrepared: ({ data, meta }, tx) => {
      tx.insert('sent', {
        referral_id: meta.streamId,
        sender: data.sender,
        case_tag: data.caseTag,
        status: 'prepared',
        receiver_kind: data.receiverKind,
        consented: false,
        delivered: false,
        prepared_at: meta.recordedAt,
        recorded_at: meta.recordedAt,
      });
    },
    ReferralRecordsChanged: ({ meta }, tx) => {
      tx.update('sent', { referral_id: meta.streamId }, { consented: false, recorded_at: meta.recordedAt });
    },
    ReferralConsentGiven: ({ meta }, tx) => {
      tx.update('sent', { referral_id: meta.streamId }, { consented: true, recorded_at: meta.recordedAt });
    },
    ReferralSentOut: ({ data, meta }, tx) => {
      tx.update(
        'sent',
        { referral_id: meta.streamId },
        {
          status: 'sent',
          answer_due_on: data.answerDueOn ?? null,
          expires_on: data.expiresOn ?? null,
          recorded_at: meta.recordedAt,
        },
      );
    },
    ReferralDelivered: ({ meta }, tx) => {
      tx.update('sent', { referral_id: meta.streamId }, { delivered: true });
    },
    ReferralAccepted: ({ meta }, tx) => {
      tx.update('sent', { referral_id: meta.streamId }, { status: 'accepted', recorded_at: meta.recordedAt });
    },
    ReferralDeclined: ({ meta }, tx) => {
      tx.update('sent', { referral_id: meta.streamId }, { status: 'declined', recorded_at: meta.recordedAt });
    },
    ReferralWithdrawn: ({ meta }, tx) => {
      tx.update('sent', { referral_id: meta.streamId }, { status: 'withdrawn', recorded_at: meta.recordedAt });
    },
    ReferralExpired: ({ meta }, tx) => {
      tx.update('sent', { referral_id: meta.streamId }, { status: 'expired', recorded_at: meta.recordedAt });
    },
    ReferralSenderChanged: ({ data, meta }, tx) => {
      tx.update('sent', { referral_id: meta.streamId }, { sender: data.sender ?? null });
    },
    ErasureBegun: ({ data }, tx) => {
      const erased = erasedRecord(data.subject, 'referral_sent');
      if (erased !== undefined) tx.delete('sent', { referral_id: erased });
    },
  },
});

/** One row per referral on the receiver's side: state, terms, pseudonyms; nothing in it was ever sealed. */
export const receivedView = defineView({
  name: 'received',
  version: 2,
  mode: 'async',
  categories: [receivedCategory, erasurePartCategory('referral')],
  codecs: [receivedCodec, erasurePartCodec('referral')],
  tables: [
    {
      name: 'received',
      columns: {
        organisation: 'TEXT NOT NULL',
        referral_id: 'TEXT NOT NULL',
        receiver: 'TEXT NOT NULL',
        status: 'TEXT NOT NULL',
        answer_due_on: 'TEXT NOT NULL',
        expires_on: 'TEXT NOT NULL',
        opened: 'INTEGER NOT NULL',
        delivered_at: 'TEXT NOT NULL',
        recorded_at: 'TEXT NOT NULL',
      },
      primaryKey: ['organisation', 'referral_id'],
      indexes: [{ columns: ['organisation', 'receiver', 'recorded_at DESC', 'referral_id'] }],
    },
  ],
  handlers: {
    ReferralDelivered: ({ data, meta }, tx) => {
      tx.insert('received', {
        referral_id: meta.streamId,
        receiver: data.receiver,
        status: 'pending',
        answer_due_on: data.answerDueOn,
        expires_on: data.expiresOn,
        opened: false,
        delivered_at: meta.recordedAt,
        recorded_at: meta.recordedAt,
      });
    },
    ReceivedCopiesOpened: ({ meta }, tx) => {
      tx.update('received', { referral_id: meta.streamId }, { opened: true, recorded_at: meta.recordedAt });
    },
    ReceivedReferralAccepted: ({ meta }, tx) => {
      tx.update('received', { referral_id: meta.streamId }, { status: 'accepted', recorded_at: meta.recordedAt });
    },
    ReceivedReferralDeclined: ({ meta }, tx) => {
      tx.update('received', { referral_id: meta.streamId }, { status: 'declined', recorded_at: meta.recordedAt });
    },
    FurtherAccessEnded: ({ meta }, tx) => {
      tx.update('received', { referral_id: meta.streamId }, { status: 'ended', recorded_at: meta.recordedAt });
    },
    ErasureBegun: ({ data }, tx) => {
      const erased = erasedRecord(data.subject, 'referral_received');
      if (erased !== undefined) tx.delete('received', { referral_id: erased });
    },
  },
});

export const referralViews: readonly ViewDefinition[] = [sentView, receivedView, handedFilesView('referral')];
