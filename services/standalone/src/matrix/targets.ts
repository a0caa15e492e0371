import { wordingVersion } from '@toeverlaat/legal';
import { uuidV5 } from '@toeverlaat/values';
import { sha256Of } from '../demo/world.js';
import type { Asker } from './actors.js';
import type { Planted, RecordName } from './world.js';

export type Target = {
  readonly name: string;
  /** Whose records these are; undefined for ids of nothing. */
  readonly of?: Planted;
  readonly records: {
    readonly request?: RecordName;
    readonly case?: RecordName;
    readonly referral?: RecordName;
    readonly document?: RecordName;
    /** The case that the attachment is of, and the referral that the copy is of. */
    readonly attachment?: RecordName;
    readonly copy?: RecordName;
    readonly entry?: RecordName;
  };
  /** The counsellor whose designation it is, and the person asked for. */
  readonly counsellor?: string;
  readonly person: string;
  readonly values: Readonly<Record<string, string>>;
};

export const nowhere = (what: string): string => uuidV5('matrix', 'nowhere', what);
export const NOBODY = 'nobody-of-this-name';
/** A text that is sent and must not come back. */
export const ECHO = 'echo-van-wat-gezegd-werd';

export const nothingAtAll: Target = {
  name: 'nothing',
  records: {},
  person: NOBODY,
  values: {
    caseId: nowhere('case'),
    otherCase: nowhere('other case'),
    requestId: nowhere('request'),
    eventId: nowhere('event'),
    earlierRequestId: nowhere('earlier request'),
    referralId: nowhere('referral'),
    documentId: nowhere('document'),
    participantId: nowhere('participant'),
    pointId: nowhere('point'),
    proposalId: nowhere('proposal'),
    optionId: nowhere('option'),
    designationId: nowhere('designation'),
    record: nowhere('record'),
    pseudonyms: sha256Of('nobody').slice(0, 26),
    person: NOBODY,
    attachment: sha256Of('attachment'),
    copy: sha256Of('copy'),
    entryId: nowhere('entry'),
  },
};

/** The records of one organisation as the ids that a request can name, four sets of them. */
export const setsOf = (of: Planted): readonly Target[] => {
  const { ids, documents, participants, points, scan, proposal, designations, pseudonyms } = of;
  const common = {
    participantId: participants.told,
    pointId: points[0] ?? '',
    proposalId: proposal.proposalId,
    optionId: proposal.optionId,
    pseudonyms: pseudonyms.lies,
    attachment: scan.blob,
    copy: scan.copy,
    entryId: ids.T1,
    // Events have no ids that anybody is told; those of another organisation are tried in the records service's own suite.
    eventId: nowhere(`event of ${of.organisation}`),
  };
  const { organisation } = of;
  return [
    {
      name: `${organisation} 1`,
      of,
      records: { request: 'R1', case: 'C1', referral: 'F1', document: 'C1', attachment: 'C1', copy: 'F1', entry: 'T1' },
      counsellor: 'lies',
      person: 'pieter',
      values: {
        ...common,
        caseId: ids.C1,
        requestId: ids.R1,
        referralId: ids.F1,
        documentId: documents[0],
        designationId: designations.lies,
        record: ids.C1,
        person: 'pieter',
        earlierRequestId: ids.R2,
        otherCase: ids.C2,
      },
    },
    {
      // A case and a document of another case.
      name: `${organisation} 2`,
      of,
      records: { request: 'R2', case: 'C2', referral: 'F2', entry: 'T1' },
      counsellor: 'lies',
      person: 'nora',
      values: {
        ...common,
        caseId: ids.C2,
        requestId: ids.R2,
        referralId: ids.F2,
        documentId: documents[1],
        designationId: designations.lies,
        record: ids.R1,
        person: 'nora',
        earlierRequestId: ids.R1,
        otherCase: ids.C1,
      },
    },
    {
      name: `${organisation} 3`,
      of,
      records: { request: 'R3', case: 'C3', entry: 'T1' },
      counsellor: 'marc',
      person: 'bert',
      values: {
        ...common,
        caseId: ids.C3,
        requestId: ids.R3,
        referralId: nowhere('referral of C3'),
        documentId: documents[0],
        designationId: designations.marc,
        record: ids.F1,
        person: 'bert',
        earlierRequestId: ids.R2,
        otherCase: ids.C3,
      },
    },
    {
      name: `${organisation} 4`,
      of,
      records: { request: 'R4', case: 'C4', entry: 'T1' },
      counsellor: 'marc',
      person: 'nora',
      values: {
        ...common,
        caseId: ids.C4,
        requestId: ids.R4,
        referralId: nowhere('referral of C4'),
        documentId: documents[0],
        designationId: designations.marc,
        record: ids.R4,
        person: 'nora',
        earlierRequestId: ids.R4,
        otherCase: ids.C4,
      },
    },
    {
      // What exists, under the name of something else.
      name: `${organisation} crossed`,
      records: {},
      person: NOBODY,
      values: {
        ...common,
        participantId: ids.C1,
        pointId: participants.told,
        attachment: scan.copy,
        copy: scan.blob,
        entryId: ids.A1,
        caseId: ids.R1,
        requestId: ids.C1,
        referralId: ids.C1,
        documentId: ids.F1,
        designationId: ids.C1,
        record: points[0] ?? '',
        person: ids.C1,
        earlierRequestId: ids.C2,
        otherCase: ids.R2,
      },
    },
  ];
};

/** Names under which the same value goes. */
const alsoCalled: Readonly<Record<string, string>> = {
  pointIds: 'pointId',
  chosen: 'designationId',
  successor: 'designationId',
};
const fixed = (asker: Asker): Readonly<Record<string, unknown>> => ({
  first: 50,
  page: { first: 50 },
  siteId: 'ghent',
  site: 'ghent',
  sites: 'ghent',
  organisation: 'broodhuis',
  provider: 'zorgnet',
  home: 'zorgnet',
  issuer: 'https://id.example.org',
  zone: 'Europe/Brussels',
  subject: 'somebody',
  email: 'somebody@example.org',
  personId: 'joris',
  capacityId: 'no-such-capacity',
  contractId: 'no-such-contract',
  mandateId: 'no-such-mandate',
  absenceId: 'no-such-absence',
  blob: sha256Of('blob'),
  documentHash: sha256Of('document'),
  listHash: sha256Of('list'),
  evidenceBlob: sha256Of('evidence'),
  lookupId: sha256Of('lookup').slice(0, 26),
  verifier: sha256Of('verifier').slice(0, 43),
  publicKey: sha256Of('public key').slice(0, 43),
  wordingVersion,
  pickedByWorker: nowhere('picked'),
  year: '2026',
  from: '2026-01',
  to: '2026-03',
  line: 'collective_measures.general',
  at: '2026-10-01T08:00:00.000Z',
  startsAt: '2026-12-01T08:00:00.000Z',
  size: 10,
  workerAgreesToName: true,
  hours: 1,
  workers: 60,
  value: true,
  isHearing: true,
  unanimous: true,
  way: asker.role === 'worker' ? 'signed_in' : 'anonymous',
  method: 'paper',
  receiverKind: 'gp',
  alarmId: nowhere('alarm'),
  departureId: nowhere('departure'),
  holdId: nowhere('hold'),
  erasureId: nowhere('erasure'),
  erasureIds: nowhere('erasure'),
  batchId: nowhere('erasure batch'),
  replayId: nowhere('replay'),
  accessRequestId: nowhere('access request'),
  period: 'P10Y',
});
const WORDS = new Set(
  'words note name reason finding place workerName description legalName message recipient motive receiverName summary topic wish title nextHost controller ground'.split(
    ' ',
  ),
);
/** Filled in though they may be left out: they name something. */
export const OPTIONAL = new Set(['siteId', 'designationId', 'first', 'documentId']);
const AND_MOMENT = new Set([...OPTIONAL, 'asOf']);
export const optionalFor = ({ values }: Target): ReadonlySet<string> =>
  values['asOf'] === undefined ? OPTIONAL : AND_MOMENT;

/**
 * The same as it was at a moment: who asks, their exclusions and their authority are those of today (design rule 13).
 * @param absent what was not recorded by then, which is nothing at all
 */
export const asOf = (target: Target, at: string, absent: readonly RecordName[]): Target => {
  const record = target.records.case;
  const there = record !== undefined && !absent.includes(record);
  return {
    ...target,
    name: `${target.name} as of ${at}`,
    records: there ? target.records : {},
    values: { ...target.values, asOf: at, at },
  };
};

export const valuesFor =
  (asker: Asker, target: Target, idempotencyKey: string) =>
  (name: string, type: string, options: readonly string[]): unknown => {
    if (name === 'idempotencyKey') return idempotencyKey;
    const known = target.values[alsoCalled[name] ?? name] ?? fixed(asker)[name];
    if (options.length > 0) return options.find((option) => option === known) ?? options[0];
    if (type === 'Date') return '2026-10-01';
    if (type === 'Instant' && name === 'from') return '2026-01-01T00:00:00.000Z';
    if (type === 'Instant' && name === 'to') return '2027-01-01T00:00:00.000Z';
    // Two kinds of mandate have ids of two kinds.
    if (type === 'UUID' && name === 'mandateId') return nowhere('mandate');
    if (type === 'Boolean') return true;
    if (type === 'Int') return typeof known === 'number' ? known : 1;
    if (known !== undefined) return known;
    return WORDS.has(name) ? ECHO : undefined;
  };

/** Own sets, sets of the other organisation, ids of something else, ids of nothing. */
export const targetsFor = (planted: readonly Planted[], asker: Asker): readonly Target[] => {
  const [first, second] = planted.map(setsOf);
  const own = asker.organisation === planted[1]?.organisation ? second : first;
  const others = own === first ? second : first;
  return [...(own ?? []), ...(others ?? []).slice(0, 4)];
};

/** Of another organisation's records one set is enough where the questions went through all of them. */
export const nearTo = (planted: readonly Planted[], asker: Asker): readonly Target[] =>
  targetsFor(planted, asker).filter(
    ({ of, name }) => of === undefined || of.organisation === asker.organisation || name.endsWith(' 1'),
  );
