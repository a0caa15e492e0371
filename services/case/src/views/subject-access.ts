import { erasedRecord, erasurePartCategory, erasurePartCodec } from '@toeverlaat/service-kit';
import { defineView } from '@toeverlaat/views';
import { subjectAccessCategory, subjectAccessCodec } from '../domain/subject-access/index.js';

/** A row per access request, for the one it was put to. What was found is in none. */
export const subjectAccessView = defineView({
  name: 'subject_access',
  version: 1,
  mode: 'async',
  categories: [subjectAccessCategory, erasurePartCategory('case')],
  codecs: [subjectAccessCodec, erasurePartCodec('case')],
  tables: [
    {
      name: 'access_request',
      columns: {
        organisation: 'TEXT NOT NULL',
        request_id: 'TEXT NOT NULL',
        handler: 'TEXT NOT NULL',
        status: 'TEXT NOT NULL',
        recorded_at: 'TEXT NOT NULL',
        due_on: 'TEXT NOT NULL',
        handed_out_on: 'TEXT NOT NULL',
        term_passed: 'INTEGER NOT NULL',
      },
      primaryKey: ['organisation', 'request_id'],
      indexes: [
        { columns: ['organisation', 'handler', 'due_on', 'request_id'] },
        { columns: ['organisation', 'due_on'], where: "status = 'open' AND term_passed = 0" },
      ],
    },
  ],
  handlers: {
    SubjectAccessRequested: ({ data, meta }, tx) =>
      tx.insert('access_request', {
        request_id: meta.streamId,
        handler: data.handler,
        status: 'open',
        recorded_at: meta.recordedAt,
        due_on: data.dueOn,
        handed_out_on: data.handedOutOn,
        term_passed: 0,
      }),
    SubjectAccessTermExtended: ({ data, meta }, tx) =>
      tx.update('access_request', { request_id: meta.streamId }, { due_on: data.dueOn }),
    SubjectAccessAnswered: ({ data, meta }, tx) =>
      tx.update(
        'access_request',
        { request_id: meta.streamId },
        { status: 'answered', handed_out_on: data.handedOutOn },
      ),
    SubjectAccessRefused: ({ data, meta }, tx) =>
      tx.update(
        'access_request',
        { request_id: meta.streamId },
        { status: 'refused', handed_out_on: data.handedOutOn },
      ),
    SubjectAccessTermPassed: ({ meta }, tx) =>
      tx.update('access_request', { request_id: meta.streamId }, { term_passed: 1 }),
    ErasureBegun: ({ data }, tx) => {
      const erased = erasedRecord(data.subject, 'subject_access');
      if (erased !== undefined) tx.delete('access_request', { request_id: erased });
    },
  },
});

export type SubjectAccessRow = {
  readonly request_id: string;
  readonly handler: string;
  readonly status: 'open' | 'answered' | 'refused';
  readonly recorded_at: string;
  readonly due_on: string;
  readonly handed_out_on: string;
  readonly term_passed: number;
};
