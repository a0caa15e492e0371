import { nodeHasher, nodeSha256, verifyTlogProof } from '@toeverlaat/merkle';
import { verifyFolder } from './check.js';
import { Found } from './findings.js';
import { isObject, isText, parsed, readManifest, readRecords } from './folder.js';
import { recordAt } from './record.js';
import { verifiersOf } from './seals.js';

/*
 * An answer of the access history as a file: the question, and event by event what the answer stands on, as stored, with its
 * proof. Nothing in it is believed. Beside the whole export it is complete or it is not.
 */

export const ANSWER_FORMAT = 'toeverlaat-access-answer/1';

export type AnswerFault =
  | 'answer_malformed'
  | 'answer_key_unknown'
  | 'answer_of_another_organisation'
  | 'answer_proof_false'
  | 'answer_not_to_the_question'
  | 'answer_repeats'
  | 'answer_gap'
  | 'answer_names_them'
  | 'answer_incomplete'
  | 'answer_export_false';

export type AnswerVerdict =
  | {
      readonly ok: true;
      readonly kind: 'record' | 'handler' | 'lack';
      readonly organisation: string;
      readonly from: string;
      readonly to: string;
      readonly events: number;
      /** Events that no checkpoint covers yet. */
      readonly unproved: number;
      readonly people: number;
      /** Of a lack: events that name one of the pseudonyms in a part that ended, or that is not a handler's. */
      readonly namedOtherwise: number;
      /** Of a lack: events that keep somebody out of the record, sealed whom. */
      readonly keepingOut: number;
      readonly complete: 'checked' | 'unchecked';
      readonly keyKnown: boolean;
    }
  | { readonly ok: false; readonly code: AnswerFault; readonly eventId?: string };

export type AnswerOptions = {
  /** Keys one trusts for the organisation's log. */
  readonly keys?: readonly string[];
  /** A folder of the whole export: then it is also checked that nothing is missing. */
  readonly folder?: string;
};

type Question = {
  readonly kind: 'record' | 'handler' | 'lack';
  readonly record: string;
  readonly pseudonyms: readonly string[];
  readonly from: string;
  readonly to: string;
};
type Event = {
  readonly eventId: string;
  readonly bytes: Buffer;
  readonly proof: string | null;
  /** The log that the proof is under: another name after a restore (ADR 56). */
  readonly origin: string;
  readonly signers: readonly string[];
};
type Answer = {
  readonly organisation: string;
  readonly question: Question;
  /** Of a lack: that they had no scope, and that they did not read it. */
  readonly claim: { readonly hadScope: boolean; readonly hasRead: boolean } | undefined;
  readonly events: readonly Event[];
};

class Wrong extends Error {
  constructor(
    readonly code: AnswerFault,
    readonly eventId?: string,
  ) {
    super(code);
  }
}

const texts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

const questionOf = (value: unknown): Question | undefined => {
  if (!isObject(value)) return undefined;
  const { kind, record = '', pseudonyms = [], from, to } = value;
  if ((kind !== 'record' && kind !== 'handler' && kind !== 'lack') || !isText(record) || !texts(pseudonyms))
    return undefined;
  return isText(from) && isText(to) && (kind === 'handler' || record !== '')
    ? { kind, record, pseudonyms, from, to }
    : undefined;
};

const answerOf = (text: string): Answer | undefined => {
  const value = parsed(text);
  if (!isObject(value) || value['format'] !== ANSWER_FORMAT) return undefined;
  const { organisation, events, claim } = value;
  const question = questionOf(value['question']);
  if (!isText(organisation) || question === undefined || !Array.isArray(events)) return undefined;
  const found: Event[] = [];
  for (const event of events as readonly unknown[]) {
    if (!isObject(event) || !isText(event['eventId']) || !isText(event['record'])) return undefined;
    const { proof, origin, signers } = event;
    if ((proof !== null && !isText(proof)) || !isText(origin) || !texts(signers)) return undefined;
    found.push({ eventId: event['eventId'], bytes: Buffer.from(event['record'], 'base64'), proof, origin, signers });
  }
  const claimed =
    isObject(claim) && typeof claim['hadScope'] === 'boolean' && typeof claim['hasRead'] === 'boolean'
      ? { hadScope: claim['hadScope'], hasRead: claim['hasRead'] }
      : undefined;
  if (question.kind === 'lack' && claimed === undefined) return undefined;
  return { organisation, question, claim: claimed, events: found };
};

type Read = {
  readonly eventId: string;
  readonly stream: string;
  readonly revision: number;
  readonly organisation: string;
  readonly type: string;
  readonly recordedAt: string;
  readonly data: Readonly<Record<string, unknown>>;
};

/** What a record says of itself; undefined when it is none. */
const readOf = (bytes: Buffer, start: number, end: number): Read | undefined => {
  const record = recordAt(bytes, start, end);
  if (record === undefined) return undefined;
  const metadata = parsed(bytes.toString('utf8', record.metadataFrom, record.metadataTo));
  const data = parsed(bytes.toString('utf8', record.dataFrom, record.dataTo));
  if (!isObject(metadata) || !isObject(data)) return undefined;
  const { eventId, organisation, type, recordedAt } = metadata;
  return isText(eventId) && isText(organisation) && isText(type) && isText(recordedAt)
    ? { eventId, organisation, type, recordedAt, data, stream: record.stream, revision: record.revision }
    : undefined;
};

const isAccess = ({ type }: Read): boolean => /^[a-z]+\.AccessRecorded\.v\d+$/.test(type);
const inPeriod = ({ recordedAt }: Read, { from, to }: Question): boolean => recordedAt >= from && recordedAt < to;
const namesRecord = ({ data }: Read, record: string): boolean =>
  texts(data['records']) && data['records'].includes(record);
const isBy = ({ data }: Read, pseudonyms: readonly string[]): boolean =>
  isText(data['who']) && pseudonyms.includes(data['who']);
const isOfRecord = (read: Read, organisation: string, record: string): boolean =>
  read.stream.endsWith(`-${organisation}_${record}`);

/** Whether an event belongs into the answer to a question. */
const answers = (read: Read, organisation: string, question: Question): boolean => {
  switch (question.kind) {
    case 'record':
      return isAccess(read) && inPeriod(read, question) && namesRecord(read, question.record);
    case 'handler':
      return isAccess(read) && inPeriod(read, question) && isBy(read, question.pseudonyms);
    case 'lack':
      return isOfRecord(read, organisation, question.record);
  }
};

/** Reading a record by one of these, in the period: what a statement that they did not is held against. */
const isTheirReading = (read: Read, question: Question): boolean =>
  isAccess(read) && inPeriod(read, question) && namesRecord(read, question.record) && isBy(read, question.pseudonyms);

/** What ends the part of a handler without naming another. */
const ENDS_HANDLING = /\.(?:\w*SteppedBack|CounsellorRecused)\.v\d+$/;
/** What keeps somebody out of a record: that it does stands in the clear, as the name of the event, and whom is sealed. */
const KEEPS_OUT = /\.(?:ExclusionAdded|ParticipantAdded|CounsellorRecused)\.v\d+$/;

/**
 * Handlers stand in the clear by pseudonym, from the event that names them until the next that names another, or in which they
 * step back or out. Whoever is one of them during the period could read.
 */
const handled = (
  reads: readonly Read[],
  { pseudonyms, from, to }: Question,
): { readonly during: Read | undefined; readonly otherwise: number } => {
  let during: Read | undefined;
  let otherwise = 0;
  const streams = Map.groupBy(reads, ({ stream }) => stream);
  for (const events of streams.values()) {
    const ordered = events.toSorted((a, b) => a.revision - b.revision);
    for (const [at, event] of ordered.entries()) {
      const named = Object.entries(event.data).filter(([, value]) => isText(value) && pseudonyms.includes(value));
      if (named.length === 0) continue;
      const until = ordered
        .slice(at + 1)
        .find(({ data, type }) => isText(data['handler']) || ENDS_HANDLING.test(type))?.recordedAt;
      const asHandler = named.some(([field]) => field === 'handler') && !ENDS_HANDLING.test(event.type);
      if (asHandler && event.recordedAt < to && (until === undefined || until > from)) during ??= event;
      else otherwise += 1;
    }
  }
  return { during, otherwise };
};

/** Every record of the export that belongs into the answer is in it. */
const checkComplete = async (folder: string, answer: Answer, options: AnswerOptions): Promise<void> => {
  const verdict = await verifyFolder(folder, options.keys === undefined ? {} : { keys: options.keys });
  if (!verdict.ok || verdict.facts.organisation !== answer.organisation) throw new Wrong('answer_export_false');
  const held = new Set(answer.events.map(({ eventId }) => eventId));
  const { question, claim, organisation } = answer;
  let wrong: Wrong | undefined;
  readRecords(folder, readManifest(folder), (_index, chunk, from, to) => {
    if (wrong !== undefined) return;
    const read = readOf(chunk, from, to);
    if (read === undefined) return;
    if (answers(read, organisation, question) && !held.has(read.eventId))
      wrong = new Wrong('answer_incomplete', read.eventId);
    if (claim?.hasRead === false && isTheirReading(read, question))
      wrong = new Wrong('answer_incomplete', read.eventId);
  });
  if (wrong !== undefined) throw wrong;
};

/** Verifiers of the keys that a proof names, as long as all of them are trusted. @throws Wrong */
const verifiersFor = ({ eventId, signers }: Event, { keys }: AnswerOptions) => {
  const unknown = (): Wrong => new Wrong('answer_key_unknown', eventId);
  if (keys !== undefined && !signers.every((key) => keys.includes(key))) throw unknown();
  try {
    return verifiersOf(signers);
  } catch (error) {
    if (error instanceof Found) throw unknown();
    throw error;
  }
};

const check = async (answer: Answer, options: AnswerOptions): Promise<AnswerVerdict> => {
  const { organisation, question, claim } = answer;
  const reads: Read[] = [];
  const seen = new Set<string>();
  let unproved = 0;
  for (const event of answer.events) {
    const { eventId, bytes, proof, origin } = event;
    if (!origin.endsWith(`/${organisation}`)) throw new Wrong('answer_of_another_organisation', eventId);
    const verifiers = verifiersFor(event, options);
    const read = readOf(bytes, 0, bytes.length);
    if (read === undefined || read.eventId !== eventId) throw new Wrong('answer_malformed', eventId);
    if (read.organisation !== organisation) throw new Wrong('answer_of_another_organisation', eventId);
    if (seen.has(eventId)) throw new Wrong('answer_repeats', eventId);
    seen.add(eventId);
    if (!answers(read, organisation, question)) throw new Wrong('answer_not_to_the_question', eventId);
    if (proof === null) unproved += 1;
    else {
      const leaf = nodeSha256(bytes);
      const proved = await verifyTlogProof(nodeHasher, proof, { leaf, origin, verifiers });
      if (!proved.ok)
        throw new Wrong(proved.error === 'no_known_signer' ? 'answer_key_unknown' : 'answer_proof_false', eventId);
    }
    reads.push(read);
  }
  let namedOtherwise = 0;
  let keepingOut = 0;
  if (question.kind === 'lack') {
    // Each stream of the record is there from its first event on, without a gap.
    for (const events of Map.groupBy(reads, ({ stream }) => stream).values()) {
      const revisions = new Set(events.map(({ revision }) => revision));
      for (let at = 0; at < events.length; at += 1)
        if (!revisions.has(at)) throw new Wrong('answer_gap', events[0]?.eventId);
    }
    const found = handled(reads, question);
    if (claim?.hadScope === false && found.during !== undefined)
      throw new Wrong('answer_names_them', found.during.eventId);
    namedOtherwise = found.otherwise;
    keepingOut = reads.filter(({ type }) => KEEPS_OUT.test(type)).length;
  }
  if (options.folder !== undefined) await checkComplete(options.folder, answer, options);
  return {
    ok: true,
    kind: question.kind,
    organisation,
    from: question.from,
    to: question.to,
    events: answer.events.length,
    unproved,
    people:
      question.kind === 'lack'
        ? question.pseudonyms.length
        : new Set(reads.flatMap(({ data }) => (isText(data['who']) ? [data['who']] : []))).size,
    namedOtherwise,
    keepingOut,
    complete: options.folder === undefined ? 'unchecked' : 'checked',
    keyKnown: options.keys !== undefined,
  };
};

/** Checks an exported answer offline. @returns what holds, or the first thing that is wrong */
export const verifyAnswer = async (text: string, options: AnswerOptions = {}): Promise<AnswerVerdict> => {
  const answer = answerOf(text);
  if (answer === undefined) return { ok: false, code: 'answer_malformed' };
  try {
    return await check(answer, options);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return { ok: false, code: error.code, ...(error.eventId === undefined ? {} : { eventId: error.eventId }) };
  }
};
