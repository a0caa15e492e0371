import { dueDate, lawSettings } from '@toeverlaat/legal';
import { erasedRecord, erasurePartCategory, erasurePartCodec } from '@toeverlaat/service-kit';
import { defineView } from '@toeverlaat/views';
import { contractCategory, contractCodec } from '../domain/contract/index.js';
import { designationCategory, designationCodec } from '../domain/designation/index.js';
import { mandateCategory, mandateCodec } from '../domain/mandate/index.js';
import { organisationCategory, organisationCodec } from '../domain/organisation/index.js';
import { personCategory, personCodec } from '../domain/person/index.js';

/** Which organisations there are, and whose tokens each one takes: sign-in starts here. */
export const organisationsView = defineView({
  name: 'organisations',
  version: 1,
  mode: 'async',
  categories: [organisationCategory],
  codecs: [organisationCodec],
  tables: [
    {
      name: 'organisations',
      columns: { organisation: 'TEXT NOT NULL', kind: 'TEXT NOT NULL', legal_name: 'TEXT NOT NULL' },
      primaryKey: ['organisation'],
    },
    {
      name: 'issuers',
      columns: { organisation: 'TEXT NOT NULL', issuer: 'TEXT NOT NULL' },
      primaryKey: ['organisation', 'issuer'],
      indexes: [{ columns: ['issuer'] }],
    },
  ],
  handlers: {
    OrganisationRegistered: ({ data }, tx) =>
      tx.insert('organisations', { kind: data.kind, legal_name: data.legalName }),
    OrganisationRenamed: ({ data }, tx) => {
      tx.update('organisations', {}, { legal_name: data.legalName });
    },
    IdentityIssuerAccepted: ({ data }, tx) => tx.insert('issuers', { issuer: data.issuer }),
    IdentityIssuerDropped: ({ data }, tx) => {
      tx.delete('issuers', { issuer: data.issuer });
    },
  },
});

/** Directory entries: names as sealed, tags of sign-in, capacities granted. */
export const peopleView = defineView({
  name: 'people',
  version: 3,
  mode: 'async',
  categories: [personCategory, erasurePartCategory('directory')],
  codecs: [personCodec, erasurePartCodec('directory')],
  tables: [
    {
      name: 'people',
      columns: {
        organisation: 'TEXT NOT NULL',
        person: 'TEXT NOT NULL',
        name: 'TEXT NOT NULL',
        registered_year: 'TEXT NOT NULL',
        left_on: 'TEXT',
        /** When that was recorded, which may be later than it took effect. */
        left_at: 'TEXT',
        /** Its key is gone: the year of its pseudonyms and the days of its capacities are all that is left. */
        erased: 'INTEGER NOT NULL',
      },
      primaryKey: ['organisation', 'person'],
    },
    {
      name: 'tags',
      columns: { organisation: 'TEXT NOT NULL', tag: 'TEXT NOT NULL', person: 'TEXT NOT NULL' },
      primaryKey: ['organisation', 'tag', 'person'],
    },
    {
      name: 'capacities',
      columns: {
        organisation: 'TEXT NOT NULL',
        capacity: 'TEXT NOT NULL',
        person: 'TEXT NOT NULL',
        role: 'TEXT NOT NULL',
        starts: 'TEXT NOT NULL',
        ends: 'TEXT',
        ended_on: 'TEXT',
        ended_at: 'TEXT',
      },
      primaryKey: ['organisation', 'person', 'capacity'],
      indexes: [{ columns: ['organisation', 'role'] }],
    },
  ],
  handlers: {
    PersonRegistered: ({ data, meta }, tx) =>
      tx.insert('people', {
        person: meta.streamId,
        name: data.name,
        registered_year: meta.recordedAt.slice(0, 4),
        left_on: null,
        left_at: null,
        erased: 0,
      }),
    PersonRenamed: ({ data, meta }, tx) => {
      tx.update('people', { person: meta.streamId }, { name: data.name });
    },
    PersonLeft: ({ data, meta }, tx) => {
      tx.update('people', { person: meta.streamId }, { left_on: data.on, left_at: meta.recordedAt });
    },
    SubjectLinked: ({ data, meta }, tx) => tx.upsert('tags', { tag: data.tag, person: meta.streamId }),
    SubjectUnlinked: ({ data, meta }, tx) => {
      tx.delete('tags', { tag: data.tag, person: meta.streamId });
    },
    CapacityGranted: ({ data, meta }, tx) =>
      tx.insert('capacities', {
        capacity: data.capacityId,
        person: meta.streamId,
        role: data.role,
        starts: data.from,
        ends: data.to ?? null,
        ended_on: null,
        ended_at: null,
      }),
    ErasureBegun: ({ data }, tx) => {
      const person = erasedRecord(data.subject, 'person');
      if (person === undefined) return;
      tx.update('people', { person }, { erased: 1 });
      // By these somebody signed in: they are made of who they are elsewhere.
      tx.delete('tags', { person });
    },
    CapacityEnded: ({ data, meta }, tx) => {
      tx.update(
        'capacities',
        { person: meta.streamId, capacity: data.capacityId },
        { ended_on: data.on, ended_at: meta.recordedAt },
      );
    },
  },
});

/** Who is counsellor where, absent or not, and what they owe by when. Nothing of any case enters: a card is the same for all. */
export const designationsView = defineView({
  name: 'designations',
  version: 2,
  mode: 'async',
  categories: [designationCategory],
  codecs: [designationCodec],
  tables: [
    {
      name: 'designations',
      columns: {
        organisation: 'TEXT NOT NULL',
        designation: 'TEXT NOT NULL',
        person: 'TEXT NOT NULL',
        home: 'TEXT NOT NULL',
        placement: 'TEXT NOT NULL',
        mandate: 'TEXT',
        status: 'TEXT NOT NULL',
        starts: 'TEXT',
        ended_on: 'TEXT',
        ended_at: 'TEXT',
        sites: 'TEXT NOT NULL',
        languages: 'TEXT NOT NULL',
      },
      primaryKey: ['organisation', 'designation'],
      indexes: [{ columns: ['organisation', 'status'] }, { columns: ['home', 'person'] }],
    },
    {
      name: 'absences',
      columns: {
        organisation: 'TEXT NOT NULL',
        designation: 'TEXT NOT NULL',
        absence: 'TEXT NOT NULL',
        starts: 'TEXT NOT NULL',
        back_on: 'TEXT',
      },
      primaryKey: ['organisation', 'designation', 'absence'],
    },
    {
      name: 'duties',
      columns: {
        organisation: 'TEXT NOT NULL',
        designation: 'TEXT NOT NULL',
        duty: 'TEXT NOT NULL',
        law_version: 'TEXT NOT NULL',
        /** The day the term runs from. */
        since: 'TEXT NOT NULL',
        due: 'TEXT NOT NULL',
        hours: 'INTEGER',
        met: 'INTEGER NOT NULL',
      },
      primaryKey: ['organisation', 'designation', 'duty'],
      indexes: [{ columns: ['organisation', 'met', 'due'] }],
    },
  ],
  handlers: {
    DesignationProposed: ({ data, meta }, tx) =>
      tx.insert('designations', {
        designation: meta.streamId,
        person: data.personId,
        home: data.home,
        placement: data.placement,
        mandate: data.mandateId ?? null,
        status: 'proposed',
        starts: null,
        ended_on: null,
        ended_at: null,
        sites: data.sites,
        languages: data.languages,
      }),
    DesignationStarted: ({ data, meta }, tx) => {
      const { from, lawVersion } = data;
      tx.update('designations', { designation: meta.streamId }, { status: 'active', starts: from });
      for (const duty of ['training', 'supervision'] as const)
        tx.insert('duties', {
          designation: meta.streamId,
          duty,
          law_version: lawVersion,
          since: from,
          due: dueDate(duty, from, lawVersion).due,
          hours: duty === 'training' ? 0 : null,
          met: 0,
        });
    },
    DesignationScopeChanged: ({ data, meta }, tx) => {
      tx.update('designations', { designation: meta.streamId }, { sites: data.sites, languages: data.languages });
    },
    TrainingFollowed: ({ data, meta }, tx) => {
      const row = tx.get('duties', { designation: meta.streamId, duty: 'training' });
      if (row === undefined) return;
      const hours = Number(row.hours) + data.hours;
      const met = hours >= lawSettings({}, String(row.law_version)).trainingHours;
      tx.update('duties', { designation: meta.streamId, duty: 'training' }, { hours, met });
    },
    SupervisionFollowed: ({ data, meta }, tx) => {
      const row = tx.get('duties', { designation: meta.streamId, duty: 'supervision' });
      if (row === undefined) return;
      const { due } = dueDate('supervision', data.on, String(row.law_version));
      // One that is entered late must not bring the next one forward.
      if (due > String(row.due))
        tx.update('duties', { designation: meta.streamId, duty: 'supervision' }, { since: data.on, due });
    },
    AbsenceStarted: ({ data, meta }, tx) =>
      tx.insert('absences', {
        designation: meta.streamId,
        absence: data.absenceId,
        starts: data.from,
        back_on: data.backOn ?? null,
      }),
    AbsenceEnded: ({ data, meta }, tx) => {
      tx.update('absences', { designation: meta.streamId, absence: data.absenceId }, { back_on: data.backOn });
    },
    DesignationEnded: ({ data, meta }, tx) => {
      tx.update(
        'designations',
        { designation: meta.streamId },
        { status: 'ended', ended_on: data.on, ended_at: meta.recordedAt },
      );
    },
  },
});

/** Who may act for whom: contracts and mandates, under the client. */
export const mandatesView = defineView({
  name: 'mandates',
  version: 2,
  mode: 'async',
  categories: [contractCategory, mandateCategory],
  codecs: [contractCodec, mandateCodec],
  tables: [
    {
      name: 'contracts',
      columns: {
        organisation: 'TEXT NOT NULL',
        contract: 'TEXT NOT NULL',
        provider: 'TEXT NOT NULL',
        starts: 'TEXT NOT NULL',
        ends: 'TEXT',
        ended_on: 'TEXT',
      },
      primaryKey: ['organisation', 'contract'],
    },
    {
      name: 'mandates',
      columns: {
        organisation: 'TEXT NOT NULL',
        mandate: 'TEXT NOT NULL',
        person: 'TEXT NOT NULL',
        home: 'TEXT NOT NULL',
        role: 'TEXT NOT NULL',
        sites: 'TEXT NOT NULL',
        starts: 'TEXT NOT NULL',
        ends: 'TEXT',
        revoked_on: 'TEXT',
        revoked_at: 'TEXT',
      },
      primaryKey: ['organisation', 'mandate'],
      indexes: [{ columns: ['home', 'person'] }],
    },
  ],
  handlers: {
    ServiceContractConcluded: ({ data, meta }, tx) =>
      tx.insert('contracts', {
        contract: meta.streamId,
        provider: data.provider,
        starts: data.from,
        ends: data.to ?? null,
        ended_on: null,
      }),
    ServiceContractEnded: ({ data, meta }, tx) => {
      tx.update('contracts', { contract: meta.streamId }, { ended_on: data.on });
    },
    MandateGiven: ({ data, meta }, tx) =>
      tx.insert('mandates', {
        mandate: meta.streamId,
        person: data.personId,
        home: data.home,
        role: data.role,
        // A text column takes a list as JSON; one word among them would not be JSON.
        sites: typeof data.sites === 'string' ? [data.sites] : data.sites,
        starts: data.from,
        ends: data.to ?? null,
        revoked_on: null,
        revoked_at: null,
      }),
    MandateRevoked: ({ data, meta }, tx) => {
      tx.update('mandates', { mandate: meta.streamId }, { revoked_on: data.on, revoked_at: meta.recordedAt });
    },
  },
});

export const directoryViews = [organisationsView, peopleView, designationsView, mandatesView] as const;
