import { verifyFolder, type VerifyOptions } from './check.js';
import type { Facts, Finding } from './findings.js';
import { isObject, isText, parsed, readManifest, readRecords } from './folder.js';
import { recordAt, type RecordView } from './record.js';

/*
 * Who read what, from an exported folder alone: every reading is a record with clear fields (design rule 7), so no key is needed,
 * and none would help. The folder is verified first: what is listed stands in the signed tree.
 */

export const readKinds = ['listed', 'opened', 'downloaded', 'refused'] as const;
export type ReadKind = (typeof readKinds)[number];

export type Reading = {
  /** Place in the order of the tree. */
  readonly index: number;
  readonly eventId: string;
  readonly recordedAt: string;
  readonly kind: ReadKind;
  /** Pseudonym of the year for staff, id of that one record for applicants and participants, name of a service. */
  readonly who: string;
  readonly role: string;
  readonly onBehalfOf: string | undefined;
  /** The organisation they came from, under a mandate. */
  readonly home: string | undefined;
  readonly purpose: string;
  readonly recordClass: string;
  readonly query: string;
  readonly records: readonly string[];
  readonly fields: readonly string[];
  /** Refused attempts that this one stands for; 1 for everything else. */
  readonly count: number;
};

export type ReadsFilter = {
  readonly record?: string;
  /** Pseudonyms: of a person one for each year. */
  readonly by?: readonly string[];
  /** Instants, the second exclusive. */
  readonly from?: string;
  readonly to?: string;
};

export type ReadsFacts = {
  readonly organisation: string;
  readonly readings: number;
  readonly refused: number;
  readonly readers: number;
  readonly records: number;
  /** Readings by a service on its own, in which no person looked. */
  readonly byServices: number;
  readonly checked: Facts;
};
export type ReadsVerdict =
  { readonly ok: true; readonly facts: ReadsFacts } | { readonly ok: false; readonly finding: Finding };

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter(isText) : []);
const optionalText = (value: unknown): string | undefined => (isText(value) ? value : undefined);
const isKind = (value: unknown): value is ReadKind => readKinds.some((kind) => kind === value);

const TYPE = /^[a-z]+\.(AccessRecorded|AccessDenied|DeniedAttemptsCapped)\.v1$/;

const readingOf = (index: number, chunk: Buffer, view: RecordView): Reading | undefined => {
  const metadata = parsed(chunk.toString('utf8', view.metadataFrom, view.metadataTo));
  if (!isObject(metadata) || !isText(metadata['type'])) return undefined;
  const what = TYPE.exec(metadata['type'])?.[1];
  const data = what === undefined ? undefined : parsed(chunk.toString('utf8', view.dataFrom, view.dataTo));
  if (what === undefined || !isObject(data)) return undefined;
  const { who, role, purpose, recordClass, query, record, outcome, count } = data;
  const { eventId, recordedAt } = metadata;
  return {
    index,
    eventId: optionalText(eventId) ?? '',
    recordedAt: optionalText(recordedAt) ?? '',
    kind: what === 'AccessRecorded' && isKind(outcome) ? outcome : 'refused',
    who: optionalText(who) ?? '',
    role: optionalText(role) ?? '',
    onBehalfOf: optionalText(data['onBehalfOf']),
    home: optionalText(data['home']),
    purpose: optionalText(purpose) ?? '',
    recordClass: optionalText(recordClass) ?? '',
    query: optionalText(query) ?? '',
    records: isText(record) ? [record] : texts(data['records']),
    fields: texts(data['fields']),
    count: what === 'DeniedAttemptsCapped' && typeof count === 'number' ? count : 1,
  };
};

const matches = ({ record, by, from, to }: ReadsFilter, reading: Reading): boolean =>
  (record === undefined || reading.records.includes(record)) &&
  (by === undefined || by.includes(reading.who)) &&
  (from === undefined || reading.recordedAt >= from) &&
  (to === undefined || reading.recordedAt < to);

/**
 * Verifies the folder, then gives every reading and refused attempt in it that the filter asks for, in the order of the tree.
 * @returns the first thing that is wrong, and then no reading was given
 */
export const listReads = async (
  folder: string,
  filter: ReadsFilter,
  take: (reading: Reading) => void,
  options: VerifyOptions = {},
): Promise<ReadsVerdict> => {
  const verdict = await verifyFolder(folder, options);
  if (!verdict.ok) return { ok: false, finding: verdict.finding };
  const manifest = readManifest(folder);
  const access = `.access-${manifest.organisation}_`;
  const readers = new Set<string>();
  const records = new Set<string>();
  let readings = 0;
  let refused = 0;
  let byServices = 0;
  readRecords(folder, manifest, (index, chunk, from, to) => {
    const view = recordAt(chunk, from, to);
    if (view === undefined || !view.stream.includes(access)) return;
    const reading = readingOf(index, chunk, view);
    if (reading === undefined || !matches(filter, reading)) return;
    if (reading.kind === 'refused') refused += reading.count;
    else {
      readings += 1;
      if (reading.role === 'service') byServices += 1;
      else readers.add(reading.who);
      for (const record of reading.records) records.add(record);
    }
    take(reading);
  });
  return {
    ok: true,
    facts: {
      organisation: manifest.organisation,
      readings,
      refused,
      readers: readers.size,
      records: records.size,
      byServices,
      checked: verdict.facts,
    },
  };
};
