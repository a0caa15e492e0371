import { accessCategory, accessCodec, isStaffRole, type ActorKind } from '@toeverlaat/access';
import { defineView, type ViewDefinition } from '@toeverlaat/views';

/** Every service that gives access, and so has access streams (design rule 7). */
export const recordingServices = ['directory', 'intake', 'case', 'referral', 'reporting', 'records'] as const;

const accessor = {
  service: 'TEXT NOT NULL',
  who: 'TEXT NOT NULL',
  role: 'TEXT NOT NULL',
  /** 1 for those known by a pseudonym of the year; the others are in no by-person query. */
  staff: 'INTEGER NOT NULL',
  capacity: 'TEXT',
  mandate: 'TEXT',
  on_behalf_of: 'TEXT',
  home: 'TEXT',
} as const;

/**
 * Those who work cases, and services, look all day: going back in time soon finds them. The others would be found after millions
 * of rows, so that they have an index of their own.
 */
export const isSeldom = (role: string): boolean =>
  !(['counsellor', 'prevention_adviser', 'service'] satisfies readonly ActorKind[] as readonly string[]).includes(role);

/** One row per access. Nothing in it is content, sealed or a person. */
const access = {
  name: 'access',
  columns: {
    organisation: 'TEXT NOT NULL',
    recorded_at: 'TEXT NOT NULL',
    event_id: 'TEXT NOT NULL',
    ...accessor,
    purpose: 'TEXT NOT NULL',
    record_class: 'TEXT NOT NULL',
    /** Each record that was looked at, once, in the order of their ids. */
    records: 'TEXT NOT NULL',
    fields: 'TEXT NOT NULL',
    query: 'TEXT NOT NULL',
    request_id: 'TEXT NOT NULL',
    outcome: 'TEXT NOT NULL',
    /** 1 for those who look seldom. */
    seldom: 'INTEGER NOT NULL',
  },
  primaryKey: ['organisation', 'recorded_at', 'event_id'],
  clustered: true,
  indexes: [
    { columns: ['organisation', 'who', 'recorded_at', 'event_id'], where: 'staff = 1' },
    { columns: ['organisation', 'role', 'recorded_at', 'event_id'], where: 'seldom = 1' },
  ],
} as const;

/** One row per access and record, and no more than its key: a page of a list is one access of many records. */
const accessOfRecord = {
  name: 'access_of_record',
  columns: {
    organisation: 'TEXT NOT NULL',
    record: 'TEXT NOT NULL',
    recorded_at: 'TEXT NOT NULL',
    event_id: 'TEXT NOT NULL',
  },
  primaryKey: ['organisation', 'record', 'recorded_at', 'event_id'],
  clustered: true,
} as const;

const denied = {
  name: 'denied',
  columns: {
    organisation: 'TEXT NOT NULL',
    recorded_at: 'TEXT NOT NULL',
    event_id: 'TEXT NOT NULL',
    ...accessor,
    kind: 'TEXT NOT NULL',
    purpose: 'TEXT',
    record_class: 'TEXT',
    record: 'TEXT',
    query: 'TEXT',
    request_id: 'TEXT',
    attempts: 'INTEGER NOT NULL',
    since: 'TEXT',
  },
  primaryKey: ['organisation', 'recorded_at', 'event_id'],
  clustered: true,
  // By what a mandate names: whoever was refused, and what they were refused.
  indexes: [
    { columns: ['organisation', 'who', 'recorded_at', 'event_id'], where: 'staff = 1' },
    { columns: ['organisation', 'record', 'recorded_at', 'event_id'], where: 'record IS NOT NULL' },
  ],
} as const;

const who = (
  category: string,
  data: {
    readonly who: string;
    readonly role: Parameters<typeof isStaffRole>[0];
    readonly capacity?: string | undefined;
    readonly mandate?: string | undefined;
    readonly onBehalfOf?: string | undefined;
    readonly home?: string | undefined;
  },
) => ({
  service: category.slice(0, category.indexOf('.')),
  who: data.who,
  role: data.role,
  staff: isStaffRole(data.role) ? 1 : 0,
  capacity: data.capacity ?? null,
  mandate: data.mandate ?? null,
  on_behalf_of: data.onBehalfOf ?? null,
  home: data.home ?? null,
});

/** The index of all access streams: by record, by handler, by period. Rebuilt from the log like any other view. */
export const accessIndex: ViewDefinition = defineView({
  name: 'access_index',
  version: 3,
  mode: 'async',
  categories: recordingServices.map(accessCategory),
  codecs: recordingServices.map(accessCodec),
  tables: [access, accessOfRecord, denied],
  handle: (event, tx) => {
    const { meta } = event;
    const at = { recorded_at: meta.recordedAt, event_id: meta.eventId };
    switch (event.type) {
      case 'AccessRecorded': {
        const { data } = event;
        const records = [...new Set(data.records)].toSorted();
        tx.insert('access', {
          ...at,
          ...who(meta.category, data),
          purpose: data.purpose,
          record_class: data.recordClass,
          records,
          fields: data.fields,
          query: data.query,
          request_id: data.requestId,
          outcome: data.outcome,
          seldom: isSeldom(data.role) ? 1 : 0,
        });
        for (const record of records) tx.insert('access_of_record', { record, ...at });
        break;
      }
      case 'AccessDenied': {
        const { data } = event;
        tx.insert('denied', {
          ...at,
          ...who(meta.category, data),
          kind: 'refused',
          purpose: data.purpose,
          record_class: data.recordClass,
          record: data.record,
          query: data.query,
          request_id: data.requestId,
          attempts: 1,
          since: null,
        });
        break;
      }
      case 'DeniedAttemptsCapped': {
        const { data } = event;
        tx.insert('denied', {
          ...at,
          ...who(meta.category, data),
          kind: 'counted',
          attempts: data.count,
          since: data.since,
        });
        break;
      }
    }
  },
});
