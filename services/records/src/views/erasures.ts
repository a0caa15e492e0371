import { erasedRecord, erasurePartCategory, erasurePartCodec } from '@toeverlaat/service-kit';
import { defineView } from '@toeverlaat/views';
import { batchCategory, batchCodec } from '../domain/erasure-batch/index.js';
import { PREPARED_BY_RUN } from '../domain/erasure-vocabulary.js';
import { erasureCategory, erasureCodec, LEDGER, LOST_PERSON } from '../domain/erasure/index.js';

/** A row per erasure and per batch of them: the register, and what the process still has to carry out. */
export const erasuresView = defineView({
  name: 'erasures',
  version: 4,
  mode: 'async',
  categories: [erasureCategory, batchCategory, erasurePartCategory('records')],
  codecs: [erasureCodec, batchCodec, erasurePartCodec('records')],
  tables: [
    {
      name: 'erasures',
      columns: {
        organisation: 'TEXT NOT NULL',
        erasure_id: 'TEXT NOT NULL',
        subject: 'TEXT NOT NULL',
        service: 'TEXT NOT NULL',
        ground: 'TEXT NOT NULL',
        rule: 'TEXT',
        rule_version: 'INTEGER',
        kept_until: 'TEXT',
        status: 'TEXT NOT NULL',
        held_back: 'TEXT',
        requested_by: 'TEXT NOT NULL',
        requested_at: 'TEXT NOT NULL',
        approved_by: 'TEXT',
        completed_at: 'TEXT',
        /** Of the certificate. */
        signature: 'TEXT',
      },
      primaryKey: ['organisation', 'erasure_id'],
      indexes: [
        { columns: ['organisation', 'requested_at DESC', 'erasure_id DESC'] },
        { columns: ['organisation', 'status', 'requested_at DESC', 'erasure_id DESC'] },
        {
          columns: ['organisation', 'erasure_id'],
          where: "status = 'approved' OR status = 'started' OR status = 'destroyed'",
        },
      ],
    },
    {
      name: 'erasure_batches',
      columns: {
        organisation: 'TEXT NOT NULL',
        batch_id: 'TEXT NOT NULL',
        as_of: 'TEXT NOT NULL',
        record_class: 'TEXT',
        status: 'TEXT NOT NULL',
        listed: 'INTEGER NOT NULL',
        requested_by: 'TEXT NOT NULL',
        requested_at: 'TEXT NOT NULL',
        confirmed_by: 'TEXT',
        completed_at: 'TEXT',
      },
      primaryKey: ['organisation', 'batch_id'],
      indexes: [
        { columns: ['organisation', 'requested_at DESC', 'batch_id DESC'] },
        { columns: ['organisation', 'batch_id'], where: "status <> 'declined' AND status <> 'completed'" },
      ],
    },
  ],
  handlers: {
    /** The certificate's own term is over: the register forgets what it was of. */
    ErasureBegun: ({ data }, tx) => {
      const erased = erasedRecord(data.subject, 'erasure');
      if (erased !== undefined) tx.delete('erasures', { erasure_id: erased });
    },
    ErasureRequested: ({ data, meta }, tx) => {
      tx.upsert('erasures', {
        erasure_id: meta.streamId,
        subject: data.subject,
        service: data.service,
        ground: data.ground,
        rule: data.rule ?? null,
        rule_version: data.ruleVersion ?? null,
        kept_until: data.keptUntil ?? null,
        status: 'requested',
        held_back: null,
        requested_by: data.requestedBy,
        requested_at: meta.recordedAt,
        approved_by: null,
        completed_at: null,
        signature: null,
      });
    },
    ErasureApproved: ({ data, meta }, tx) => {
      tx.update('erasures', { erasure_id: meta.streamId }, { status: 'approved', approved_by: data.approvedBy });
    },
    ErasureDeclined: ({ meta }, tx) => {
      tx.update('erasures', { erasure_id: meta.streamId }, { status: 'declined' });
    },
    ErasureRepeated: ({ data, meta }, tx) => {
      tx.upsert('erasures', {
        erasure_id: meta.streamId,
        subject: data.subject,
        service: data.service,
        ground: 'erasure_ledger',
        rule: null,
        rule_version: null,
        kept_until: null,
        status: 'approved',
        held_back: null,
        requested_by: LOST_PERSON,
        requested_at: meta.recordedAt,
        approved_by: LEDGER,
        completed_at: null,
        signature: null,
      });
    },
    ErasureHeldBack: ({ data, meta }, tx) => {
      tx.update('erasures', { erasure_id: meta.streamId }, { held_back: data.because });
    },
    ErasureStarted: ({ meta }, tx) => {
      tx.update('erasures', { erasure_id: meta.streamId }, { status: 'started', held_back: null });
    },
    KeyDestructionNoted: ({ meta }, tx) => {
      tx.update('erasures', { erasure_id: meta.streamId }, { status: 'destroyed' });
    },
    ErasureCompleted: ({ data, meta }, tx) => {
      tx.update(
        'erasures',
        { erasure_id: meta.streamId },
        { status: 'completed', completed_at: meta.recordedAt, signature: data.signature },
      );
    },
    ErasureBatchRequested: ({ data, meta }, tx) => {
      tx.insert('erasure_batches', {
        batch_id: meta.streamId,
        as_of: data.asOf,
        record_class: data.recordClass ?? null,
        status: data.requestedBy === PREPARED_BY_RUN ? 'prepared' : 'requested',
        listed: data.listed,
        requested_by: data.requestedBy,
        requested_at: meta.recordedAt,
        confirmed_by: null,
        completed_at: null,
      });
    },
    ErasureBatchTakenUp: ({ data, meta }, tx) => {
      tx.update(
        'erasure_batches',
        { batch_id: meta.streamId },
        { status: 'requested', requested_by: data.requestedBy },
      );
    },
    ErasureBatchDeclined: ({ meta }, tx) => {
      tx.update('erasure_batches', { batch_id: meta.streamId }, { status: 'declined' });
    },
    ErasureBatchConfirmed: ({ data, meta }, tx) => {
      tx.update(
        'erasure_batches',
        { batch_id: meta.streamId },
        { status: 'confirmed', confirmed_by: data.confirmedBy },
      );
    },
    ErasureBatchCompleted: ({ meta }, tx) => {
      tx.update('erasure_batches', { batch_id: meta.streamId }, { status: 'completed', completed_at: meta.recordedAt });
    },
  },
});
