import type { Position } from '@toeverlaat/event-log';
import { publicEventSchema, type PublicEvent } from '@toeverlaat/messaging';
import type { z } from 'zod';
import type { IncomingRecord, OutgoingRecord } from './port.js';

/** The topic that a service's relay writes and whoever hears that service reads (`infra/kafka/topics.json`). */
export const topicOf = (service: string): string => `toeverlaat.${service}`;

/** What the relay knows of an event beside the event. */
export type Provenance = {
  /** Revision of the previous event of the stream that left its service; undefined for the first (design §6). */
  readonly previous: number | undefined;
  /** Of the public type's shape. */
  readonly version: number;
  /** In the log of its service. */
  readonly position: Position;
  /** W3C trace context. */
  readonly traceparent?: string;
};

/** What shares a key keeps its order: one aggregate of one organisation, which comes first (design rule 5). */
export const keyOf = ({ organisation, streamId }: Pick<PublicEvent, 'organisation' | 'streamId'>): string =>
  `${organisation}|${streamId}`;

/** The record of a public event: thin JSON, and in the headers what is asked of it without reading it. */
export const recordOf = (topic: string, event: PublicEvent, from: Provenance): OutgoingRecord => ({
  topic,
  key: keyOf(event),
  value: JSON.stringify(event),
  headers: {
    'event-id': event.eventId,
    stream: event.stream,
    revision: String(event.revision),
    ...(from.previous === undefined ? {} : { 'previous-revision': String(from.previous) }),
    type: event.type,
    version: String(from.version),
    position: from.position,
    ...(from.traceparent === undefined ? {} : { traceparent: from.traceparent }),
  },
});

const MOST_CHARACTERS = { stream: 200, type: 100, position: 200, traceparent: 60 } as const;
const NUMBER = /^\d{1,15}$/;

type Head = Provenance & { readonly stream: string; readonly revision: number; readonly type: string };
type HeadFault = { readonly field: string; readonly rule: 'invalid_type' | 'invalid_format' | 'too_big' };

/** By hand: this is asked of every record, and a schema took as long as reading the value. */
const headOf = (headers: IncomingRecord['headers']): Head | HeadFault => {
  let fault: HeadFault | undefined;
  const text = (field: keyof typeof MOST_CHARACTERS): string => {
    const given = headers[field];
    if (typeof given === 'string' && given.length <= MOST_CHARACTERS[field]) return given;
    fault ??= { field, rule: typeof given === 'string' ? 'too_big' : 'invalid_type' };
    return '';
  };
  const number = (field: string): number => {
    const given = headers[field];
    if (typeof given === 'string' && NUMBER.test(given)) return Number(given);
    fault ??= { field, rule: typeof given === 'string' ? 'invalid_format' : 'invalid_type' };
    return 0;
  };
  if (typeof headers['event-id'] !== 'string') fault = { field: 'event-id', rule: 'invalid_type' };
  const head: Head = {
    stream: text('stream'),
    revision: number('revision'),
    previous: headers['previous-revision'] === undefined ? undefined : number('previous-revision'),
    type: text('type'),
    version: number('version'),
    position: text('position') as Position,
    ...(headers['traceparent'] === undefined ? {} : { traceparent: text('traceparent') }),
  };
  return fault ?? head;
};

export type Received =
  | { readonly kind: 'event'; readonly event: PublicEvent; readonly from: Provenance }
  /** Names the field and the rule, never a value: what does not parse may hold anything. */
  | { readonly kind: 'malformed'; readonly reason: string };

const malformed = (reason: string): Received => ({ kind: 'malformed', reason });
const issueOf = (where: string, error: z.ZodError): string =>
  `${where}.${error.issues[0]?.path.join('.') ?? ''}: ${error.issues[0]?.code ?? 'schema'}`;

/** Reads a record; nothing of it is trusted, and headers and value must say the same. */
export const receivedOf = ({ value, headers }: IncomingRecord): Received => {
  const head = headOf(headers);
  if ('rule' in head) return malformed(`headers.${head.field}: ${head.rule}`);
  let json: unknown;
  try {
    json = JSON.parse(value ?? '');
  } catch {
    return malformed('value: no JSON');
  }
  const body = publicEventSchema.safeParse(json);
  if (!body.success) return malformed(issueOf('value', body.error));
  const event = body.data;
  const { stream, revision, type, ...from } = head;
  if (event.stream !== stream || event.revision !== revision || event.type !== type)
    return malformed('headers: another event than the value');
  return { kind: 'event', event, from };
};
