import type { Rejection } from '@toeverlaat/event-log';
import type { Result } from '@toeverlaat/values';
import { z } from 'zod';
import { localIdSchema, requestContextSchema, type RequestContext } from './core.js';

/** Bytes of one attachment at the most: the scan of a signed document. */
export const MAX_ATTACHMENT_BYTES = 25_000_000;

/** What may be attached. The content itself must begin as its kind does; nothing is guessed from a name. */
export const attachmentMediaTypes = ['application/pdf', 'image/png', 'image/jpeg'] as const;
export type AttachmentMediaType = (typeof attachmentMediaTypes)[number];

const BLOB = /^[0-9a-f]{64}$/;

/** What goes before the bytes of an upload, and is validated at both ends as every message is. */
export const blobPutSchema = z.strictObject({
  context: requestContextSchema,
  /** The caller's idempotency key: within a day, the same key with the same bytes is the same blob. */
  commandId: z.uuid(),
  caseId: localIdSchema,
  mediaType: z.enum(attachmentMediaTypes),
});
export const blobGetSchema = z.strictObject({
  context: requestContextSchema,
  caseId: localIdSchema,
  blob: z.string().regex(BLOB),
});

/** `size` counts the bytes of the content. */
export type StoredBlob = { readonly blob: string; readonly size: number };
export type OpenedBlob = {
  readonly mediaType: AttachmentMediaType;
  /** A neutral one: what lies in a download folder must not tell. */
  readonly fileName: string;
  /** Throws while it is read when what is stored is not whole. */
  readonly content: AsyncIterable<Uint8Array>;
};

/**
 * The bytes of attachments, beside RPC, which carries JSON (ADR 10): a direct call in one process, a streaming call between
 * processes. The side that answers asks the policy, seals, and records; the side that asks holds no keys.
 */
export type BlobGateway = {
  /** Takes bytes in only once the caller was let through; refused, it has left nothing behind. */
  readonly put: (
    context: RequestContext,
    request: {
      readonly commandId: string;
      readonly caseId: string;
      readonly mediaType: string;
      readonly content: AsyncIterable<Uint8Array>;
    },
  ) => Promise<Result<StoredBlob, Rejection>>;
  /** Resolves once the access record is durable (design rule 7). */
  readonly get: (
    context: RequestContext,
    request: { readonly caseId: string; readonly blob: string },
  ) => Promise<Result<OpenedBlob, Rejection>>;
};

export const copyGetSchema = z.strictObject({
  context: requestContextSchema,
  referralId: localIdSchema,
  blob: z.string().regex(BLOB),
});
/** The bytes of a copy that was handed over, for its receiver. Resolves once the access record is durable. */
export type CopyGateway = {
  readonly get: (
    context: RequestContext,
    request: { readonly referralId: string; readonly blob: string },
  ) => Promise<Result<OpenedBlob, Rejection>>;
};

/** A copy goes between processes as any other blob does, under the id of its own record; nothing is put in that way. */
export const asBlobGateway = (copies: CopyGateway): BlobGateway => ({
  put: () => Promise.resolve({ ok: false, error: { kind: 'NotFound' } }),
  get: (context, { caseId, blob }) => copies.get(context, { referralId: caseId, blob }),
});
export const asCopyGateway = (blobs: Pick<BlobGateway, 'get'>): CopyGateway => ({
  get: (context, { referralId, blob }) => blobs.get(context, { caseId: referralId, blob }),
});
