import { InvariantBroken } from '@toeverlaat/values';
import { parseStreamName, type StreamParts } from './stream-name.js';
import { MAX_EVENT_BYTES, type AppendError, type AppendRequest, type ExpectedRevision } from './port.js';

/** Bytes of an event that count against `MAX_EVENT_BYTES`. */
export const eventSize = (event: { readonly metadata: Uint8Array; readonly data: Uint8Array }): number =>
  event.metadata.length + event.data.length;

/**
 * What every adapter demands of an append before it touches the store.
 * @returns the parts of the stream's name, or the event that is too large
 * @throws InvariantBroken for a request no shell may make: no events, a stream of another organisation, a bad revision
 */
export const checkAppend = (
  request: AppendRequest,
): { readonly ok: true; readonly value: StreamParts } | { readonly ok: false; readonly error: AppendError } => {
  const { stream, expected, events, organisation } = request;
  const parts = parseStreamName(stream);
  if (parts === undefined) throw new InvariantBroken(`stream name "${stream}" is not category-organisation_id`);
  if (parts.organisation !== organisation) throw new InvariantBroken(`stream ${stream} is not of ${organisation}`);
  if (events.length === 0) throw new InvariantBroken(`append to ${stream} without events`);
  if (typeof expected === 'number' && !(Number.isSafeInteger(expected) && expected >= 0))
    throw new InvariantBroken(`expected revision ${expected} of ${stream}`);
  for (const event of events) {
    const size = eventSize(event);
    if (size > MAX_EVENT_BYTES)
      return { ok: false, error: { kind: 'EventTooLarge', stream, size, limit: MAX_EVENT_BYTES } };
  }
  return { ok: true, value: parts };
};

/** @param actual revision of the stream's last event, -1 for none */
export const checkRevision = (stream: string, expected: ExpectedRevision, actual: number): AppendError | undefined => {
  if (expected === 'any' || expected === actual) return undefined;
  if (expected === 'none') return actual < 0 ? undefined : { kind: 'StreamExists', stream, actual };
  return { kind: 'VersionConflict', stream, expected, actual };
};

/** @throws InvariantBroken for a limit that is not a positive integer */
export const checkLimit = (limit: number): number => {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new InvariantBroken(`limit ${limit}`);
  return limit;
};

/** @throws InvariantBroken for a revision that is not a non-negative integer */
export const checkFrom = (from: number): number => {
  if (!Number.isSafeInteger(from) || from < 0) throw new InvariantBroken(`from revision ${from}`);
  return from;
};
