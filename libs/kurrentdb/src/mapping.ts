import { randomUUID } from 'node:crypto';
import {
  categoryOf,
  DamagedEvent,
  eventSize,
  parseStreamName,
  type AppendError,
  type AppendRequest,
  type EventToAppend,
  type ExpectedRevision,
  type Position,
  type RecordedEvent,
} from '@toeverlaat/event-log';
import { InvariantBroken, type EventId } from '@toeverlaat/values';
import {
  AccessDeniedError,
  isCommandError,
  MaxAppendSizeExceededError,
  NO_STREAM,
  StreamDeletedError,
  streamNameFilter,
  StreamTombstonedError,
  WrongExpectedVersionError,
  type AppendStreamState,
  type BinaryEventData,
  type Filter,
} from '@kurrent/kurrentdb-client';

/** An event as the client gives it back, as far as it is read here. */
export type ClientEvent = {
  readonly streamId: string;
  readonly revision: bigint;
  readonly type: string;
  readonly data: unknown;
  readonly metadata?: unknown;
  readonly position?: ClientPosition | undefined;
};

type ClientPosition = { readonly commit: bigint; readonly prepare: bigint };

/** What a server writes where it does not know the place of an event: minus one, in sixty-four bits without a sign. */
const NOWHERE = 2n ** 64n - 1n;
/** Whether this names a place: some servers leave a position out, others give the largest number. */
export const isPlace = (position: ClientPosition | undefined): position is ClientPosition =>
  position !== undefined && position.commit !== NOWHERE;

const DIGITS = 20;
const POSITION = /^\d{20}$/;

/**
 * A position is the commit position alone. An event that was appended over gRPC is a record of its own in the server's
 * transaction file and both its positions are the place of that record; servers differ in which prepare position they
 * give when a stream is read, not in the commit position.
 */
export const positionOf = ({ commit }: Pick<ClientPosition, 'commit'>): Position =>
  commit.toString().padStart(DIGITS, '0') as Position;

/** @throws InvariantBroken for a token that no such log gave */
export const clientPositionOf = (position: Position): ClientPosition => {
  if (!POSITION.test(position)) throw new InvariantBroken(`position "${position}" is not of this log`);
  const commit = BigInt(position);
  return { commit, prepare: commit };
};

/** Storage format of an event's metadata field: this byte, sixteen of the event id, the envelope. No JSON begins with it. */
const FRAME = 1;
const ID_BYTES = 16;

const idBytes = (eventId: string): Buffer => Buffer.from(eventId.replaceAll('-', ''), 'hex');
const idOf = (bytes: Uint8Array): EventId => {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-') as EventId;
};

/**
 * An event as it is sent.
 *
 * The id the server sees is a new one each time. The server takes an append for a repeat when it finds the same ids, and
 * then answers success without storing anything and without looking at the content: two commands under one id with
 * different bodies would both succeed. Repeats are found in the stream's fold (design rule 8), so the event's own id
 * travels with its envelope.
 *
 * Both fields are bytes: the client parses what is JSON and would give back other bytes than were sent. It takes a Buffer
 * for JSON too, hence the plain arrays.
 */
export const toClientEvent = (event: EventToAppend): BinaryEventData => {
  const metadata = new Uint8Array(1 + ID_BYTES + event.metadata.length);
  metadata[0] = FRAME;
  metadata.set(idBytes(event.eventId), 1);
  metadata.set(event.metadata, 1 + ID_BYTES);
  return {
    id: randomUUID(),
    type: event.type,
    contentType: 'application/octet-stream',
    data: new Uint8Array(event.data),
    metadata,
  };
};

/**
 * @returns undefined for an event of a stream that is none of ours
 * @throws DamagedEvent for one in a stream of ours that this adapter did not write
 */
export const recordedOf = (event: ClientEvent): RecordedEvent | undefined => {
  const { streamId: stream, type, data, metadata, position } = event;
  const parts = stream.startsWith('$') ? undefined : parseStreamName(stream);
  if (parts === undefined) return undefined;
  const revision = Number(event.revision);
  const damaged = (why: string): DamagedEvent => new DamagedEvent({ stream, revision, type }, why);
  if (!isPlace(position)) throw damaged('without a position: the server is older than 22.6');
  if (!(data instanceof Uint8Array) || !(metadata instanceof Uint8Array))
    throw damaged('written by another program: it is not binary');
  if (metadata[0] !== FRAME || metadata.length < 1 + ID_BYTES) throw damaged('written by another program: no envelope');
  return {
    position: positionOf(position),
    organisation: parts.organisation,
    stream,
    revision,
    eventId: idOf(metadata.subarray(1, 1 + ID_BYTES)),
    type,
    metadata: metadata.subarray(1 + ID_BYTES),
    data,
  };
};

export const streamStateOf = (expected: ExpectedRevision): AppendStreamState =>
  expected === 'none' ? NO_STREAM : expected === 'any' ? 'any' : BigInt(expected);

/** The server's filter for exact categories: a stream's name begins with the category and a dash. */
export const filterOf = (categories: readonly string[] | undefined): Filter =>
  categories === undefined
    ? // System streams begin with a dollar sign.
      streamNameFilter({ regex: '^[^$]' })
    : streamNameFilter({ prefixes: categories.map((category) => `${category}-`) });

/** Whether an event is of these categories; the prefix of the filter says the same, and this does not depend on it. */
export const isOf = (categories: readonly string[] | undefined, stream: string): boolean =>
  categories === undefined || categories.includes(categoryOf(stream));

/** A code for what the client threw, never its message: that names streams and servers. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && isCommandError(error) ? error.type : 'connection';

const actualOf = (actual: unknown): number =>
  // Where there is no stream some servers say so and some give the largest number.
  typeof actual === 'bigint' && actual <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(actual) : -1;

/** The refusal of an append that expected something else. @param actual revision of the stream's last event, -1 for none */
export const refusedAt = (actual: number, { stream, expected }: AppendRequest): AppendError => {
  if (expected === 'none') return { kind: 'StreamExists', stream, actual };
  if (expected !== 'any') return { kind: 'VersionConflict', stream, expected, actual };
  return { kind: 'LogUnavailable', detail: 'wrong-expected-version' };
};

/**
 * What the client threw for an append, as the port's refusal. Where the connection broke, or time ran out, the events may be
 * there after all: resend under the same command id.
 */
export const appendErrorOf = (error: unknown, request: AppendRequest): AppendError => {
  const { stream, events } = request;
  if (error instanceof WrongExpectedVersionError) return refusedAt(actualOf(error.actualState), request);
  if (error instanceof MaxAppendSizeExceededError)
    return {
      kind: 'EventTooLarge',
      stream,
      size: events.reduce((sum, event) => sum + eventSize(event), 0),
      limit: error.maxAppendSize,
    };
  if (
    error instanceof AccessDeniedError ||
    error instanceof StreamDeletedError ||
    error instanceof StreamTombstonedError
  )
    return { kind: 'LogReadOnly', detail: codeOf(error) };
  return { kind: 'LogUnavailable', detail: codeOf(error) };
};
