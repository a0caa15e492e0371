import type { AttachmentMediaType } from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import type { BlobGetError, BlobPutError } from '@toeverlaat/sealing';
import { assertNever } from '@toeverlaat/values';

/** Endings of file names, by kind. */
export const fileExtensions: Readonly<Record<AttachmentMediaType, string>> = {
  'application/pdf': 'pdf',
  'image/png': 'png',
  'image/jpeg': 'jpg',
};
const beginnings: readonly (readonly [AttachmentMediaType, Uint8Array])[] = [
  ['application/pdf', Buffer.from('%PDF-')],
  ['image/png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
  ['image/jpeg', Buffer.from([0xff, 0xd8, 0xff])],
];
const LONGEST_BEGINNING = Math.max(...beginnings.map(([, bytes]) => bytes.length));

/** What the bytes are, by how they begin; the kind is stored nowhere else. */
export const mediaTypeOf = (head: Uint8Array): AttachmentMediaType | undefined =>
  beginnings.find(([, bytes]) => Buffer.from(head.subarray(0, bytes.length)).equals(bytes))?.[0];

export type Begun = {
  readonly head: Uint8Array;
  /** The whole of it, head included. */
  readonly content: AsyncIterable<Uint8Array>;
  readonly end: () => Promise<void>;
};

/** Looks at how a stream begins and gives it back whole. Whoever does not read on must end it. */
export const begin = async (content: AsyncIterable<Uint8Array>): Promise<Begun> => {
  const iterator = content[Symbol.asyncIterator]();
  let head: Uint8Array = Buffer.alloc(0);
  let finished = false;
  while (head.length < LONGEST_BEGINNING && !finished) {
    const next = await iterator.next();
    if (next.done === true) finished = true;
    else head = Buffer.concat([head, next.value]);
  }
  const end = async (): Promise<void> => {
    if (!finished) await iterator.return?.();
    finished = true;
  };
  let unread = head.length > 0;
  // No generator: one that is ended before it began would not end what it reads from.
  const whole: AsyncIterableIterator<Uint8Array, undefined> = {
    next: async () => {
      if (unread) {
        unread = false;
        return { done: false, value: head };
      }
      if (finished) return { done: true, value: undefined };
      const next = await iterator.next();
      if (next.done !== true) return next;
      finished = true;
      return { done: true, value: undefined };
    },
    return: async () => {
      unread = false;
      await end();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => whole,
  };
  return { head, end, content: whole };
};

/** Why a store did not take a file, as a caller hears it. */
export const refusedPut = (error: BlobPutError): Rejection => {
  switch (error.kind) {
    case 'BlobTooLarge':
      return { kind: 'InvalidInput', field: 'content', rule: 'too_big', params: { limit: error.limit } };
    case 'UploadIdReused':
      return { kind: 'CommandIdReused' };
    case 'KeyDestroyed':
      return { kind: 'Erased' };
    case 'KeyUnavailable':
      return { kind: 'Unavailable', detail: 'key' };
    case 'BlobStoreUnavailable':
      return { kind: 'Unavailable', detail: 'attachments' };
    case 'ValueTooLarge':
      return { kind: 'Unavailable', detail: 'attachments' };
    default:
      return assertNever(error);
  }
};
/** Why a store did not give a file, as a caller hears it. */
export const refusedGet = (error: BlobGetError): Rejection => {
  switch (error.kind) {
    case 'Erased':
      return { kind: 'Erased' };
    case 'KeyUnavailable':
      return { kind: 'Unavailable', detail: 'key' };
    // A record refers to it: that it is gone or changed is a fault of the store, not an answer.
    case 'NotFound':
    case 'Tampered':
      return { kind: 'Unavailable', detail: 'damaged' };
    default:
      return assertNever(error);
  }
};
