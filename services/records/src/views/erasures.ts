import { defineView } from '@toeverlaat/views';
import { erasureCategory, erasureCodec, LEDGER, LOST_PERSON } from '../domain/erasure/index.js';

/** A row per erasure: the register, and what the process still has to carry out. */
export const erasuresView = defineView({
  name: 'erasures',
  version: 2,
  mode: 'async',
  categories: [erasureCategory],
  codecs: [erasureCodec],
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
  ],
  handlers: {
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
    ErasureCompleted: ({ meta }, tx) => {
      tx.update('erasures', { erasure_id: meta.streamId }, { status: 'completed', completed_at: meta.recordedAt });
    },
  },
});
