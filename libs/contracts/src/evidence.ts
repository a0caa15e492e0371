import { INSTANT } from '@toeverlaat/values';
import { z } from 'zod';
import { localIdSchema, pageInputSchema, pageOf } from './core.js';
import { defineQuery } from './rpc.js';

/** What the records service tells of its Merkle logs (design §5): hashes, sizes, signatures; nothing that was recorded. */

const instant = z.string().regex(INSTANT);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const size = z.number().int().min(0);
const origin = z.string().max(200);
/** Keys in note format (C2SP signed-note). */
const signers = z.array(z.string().max(500));
const note = z.string().max(8_000);

/** The newest signed head, the keys to check it with, and the newest seal that was anchored outside. */
export const evidenceCheckpointQuery = defineQuery(
  'records.evidenceCheckpoint',
  z.strictObject({}),
  z.strictObject({
    origin,
    signers,
    /** Leaves under the checkpoint. */
    size,
    root: hash,
    at: instant,
    /** The signed note, verbatim (C2SP tlog-checkpoint). */
    note,
    installation: z.strictObject({ origin, signers }),
    seal: z.strictObject({ sequence: size, at: instant, entry: z.string().max(1_000), note }).nullable(),
  }),
);

export const evidenceStopSchema = z.enum([
  'sequence_differs',
  'tree_differs',
  'inconsistent_with_checkpoint',
  'inconsistent_with_anchor',
  'anchor_is_newer',
  'ledger_lost',
  'signer_key_missing',
  'clock_went_back',
  'disk_full',
  'log_unavailable',
  'catching_up',
  'keys_unavailable',
  'thread_ended',
  'overtaken',
]);

/** How far the evidence of the organisation is. */
export const evidenceStatusQuery = defineQuery(
  'records.evidenceStatus',
  z.strictObject({}),
  z.strictObject({
    /** Everything that was recorded has its place in the order. */
    caughtUp: z.boolean(),
    sequenced: size,
    integrated: size,
    published: size,
    publishedAt: instant.nullable(),
    /** Since the newest checkpoint, while something waits for the next; 0 when nothing waits. */
    lagSeconds: z.number().int().min(0),
    /** What stands against signing; null when nothing does. */
    stoppedBy: evidenceStopSchema.nullable(),
    /** Seals of the installation's log, and the newest one each anchor holds; null while it has not been reached. */
    seals: size,
    anchors: z.array(
      z.strictObject({ name: z.string().max(40), sequence: z.number().int().nullable(), reached: z.boolean() }),
    ),
  }),
);

/** A proof that can be handed on: index, inclusion proof and signed checkpoint in one text (C2SP tlog-proof). */
export const inclusionSchema = z.strictObject({
  origin,
  signers,
  index: size,
  leaf: hash,
  /** Null until a checkpoint covers it. */
  proof: z.string().max(20_000).nullable(),
});

/** The proof that one event is in the organisation's tree. */
export const evidenceProofQuery = defineQuery(
  'records.evidenceProof',
  z.strictObject({ eventId: z.uuid() }),
  inclusionSchema,
);

/** The places in the tree of everything that was recorded of a record, in order. */
export const evidenceOfRecordQuery = defineQuery(
  'records.evidenceOfRecord',
  z.strictObject({ record: localIdSchema, page: pageInputSchema }),
  pageOf(
    z.strictObject({
      eventId: z.uuid(),
      revision: size,
      index: size,
      leaf: hash,
      /** A checkpoint covers it. */
      published: z.boolean(),
    }),
  ),
);

/**
 * One page of the organisation's export (ADR 41): pieces of files, to be written one after the other. Without the last page
 * the folder has no manifest and is refused.
 */
export const evidenceExportQuery = defineQuery(
  'records.evidenceExport',
  z.strictObject({ after: z.string().max(100).optional() }),
  z.strictObject({
    rows: z.array(
      z.strictObject({
        path: z.string().max(200),
        /** True: the file begins with this piece. False: it follows the piece before. */
        begins: z.boolean(),
        /** Base64. */
        content: z.string(),
      }),
    ),
    next: z.string().nullable(),
  }),
);

/** Asked by intake alone, for whoever holds a receipt: null until a checkpoint covers the event. */
export const receiptInclusionQuery = defineQuery(
  'records.receiptInclusion',
  z.strictObject({ eventId: z.uuid() }),
  inclusionSchema.nullable(),
);

export const publishedKeyUses = ['checkpoint', 'installation', 'certificate', 'promise'] as const;
export type PublishedKeyUse = (typeof publishedKeyUses)[number];

/** The form of the document that lists them, as anybody may fetch it (ADR 67). */
export const PUBLISHED_KEYS_FORMAT = 'toeverlaat-keys/1';

/** A public key that something is signed with, and since and until when. */
export const publishedKeySchema = z.strictObject({
  use: z.enum(publishedKeyUses),
  /** As a signature names it: of a note the hash of name and key, of a certificate and a promise a hash of the key. */
  id: z.string().regex(/^[0-9a-f]{8,64}$/),
  alg: z.literal('Ed25519'),
  /** In note format (C2SP signed-note), or SubjectPublicKeyInfo in base64. */
  key: z.string().max(500),
  /** The log whose heads it signs. */
  origin: origin.nullable(),
  /** Null: since it was made. */
  from: instant.nullable(),
  /** Null: still in use. */
  until: instant.nullable(),
});
export type PublishedKey = z.output<typeof publishedKeySchema>;

/** The public keys of the organisation's evidence and certificates. Nobody's record: whoever asks may know them. */
export const evidenceKeysQuery = defineQuery(
  'records.evidenceKeys',
  z.strictObject({}),
  z.strictObject({ keys: z.array(publishedKeySchema).max(200) }),
);
