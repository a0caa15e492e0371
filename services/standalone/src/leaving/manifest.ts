import { receivingCapacitySchema } from '@toeverlaat/contracts';
import { canonicalBytes, ORGANISATION_ID, type OrganisationId } from '@toeverlaat/values';
import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LeavingRefused } from './refusal.js';

/*
 * A handover is a folder with a signed list of its files and of what goes to whom, which is written last: without it there is no
 * handover. The signature is the leaving organisation's own key at the old host; its fingerprint is compared over another way.
 */

export const HANDOVER_FORMAT = 'toeverlaat-handover/3';
export const MANIFEST = 'handover.json';

/** Where each part stands in a handover. */
export const placeOf = {
  log: 'log/events.sqlite',
  keys: 'keys',
  ledger: 'keys/destroyed.jsonl',
  blobs: 'blobs',
  /** An export as any auditor takes it: records with their clear fields, and proofs. */
  evidence: 'evidence',
  /** What the company gets: figures as they were released to it, with their proofs, and its register, sealed for it; no key. */
  company: 'company',
} as const;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const SAFE = /^(?:\.?[A-Za-z0-9][A-Za-z0-9._-]*\/)*\.?[A-Za-z0-9][A-Za-z0-9._-]*$/;

const transferSchema = z.strictObject({
  record: z.string(),
  /** Keys of the record and of its participants. */
  keys: z.number().int().min(1),
  to: z.array(
    z.strictObject({ capacity: receivingCapacitySchema, controller: z.string(), ground: z.string(), key: sha256 }),
  ),
});
export type Transfer = z.infer<typeof transferSchema>;

const contentSchema = z.strictObject({
  format: z.literal(HANDOVER_FORMAT),
  id: z.uuid(),
  /** On whose word: of the process that two people decided (`departure`). */
  departureId: z.uuid(),
  organisation: z
    .string()
    .regex(ORGANISATION_ID)
    .transform((id) => id as OrganisationId),
  madeAt: z.iso.datetime(),
  release: z.string(),
  events: z.number().int().min(0),
  /** Over every stream and its leaves, as a copy of a log says it: the same at both hosts. */
  digest: sha256,
  /** By `<service>.<view>@<version>`: of its rows, built from the log that goes along. */
  views: z.record(z.string(), sha256),
  /** By reaction: how many of these events it had handled, so that the next host does not carry them out again. */
  reactions: z.record(z.string(), z.number().int().min(0)),
  /** What went to whom; nobody for an adviser's dossier that stays. */
  transfers: z.array(transferSchema),
  /** For whom the company's register is sealed; nobody of a departure that was asked for before the company got one. */
  register: z.strictObject({ controller: z.string(), ground: z.string(), key: sha256 }).nullable(),
  files: z.array(z.strictObject({ path: z.string().regex(SAFE), bytes: z.number().int().min(0), sha256 })),
});
export type Handover = z.infer<typeof contentSchema>;

const signedSchema = z.strictObject({
  handover: z.unknown(),
  /** SubjectPublicKeyInfo, DER, base64url. */
  signer: z.string(),
  signature: z.string(),
});

const DOMAIN = 'toeverlaat handover v1\n';
const bytesOf = (handover: unknown): Buffer => Buffer.concat([Buffer.from(DOMAIN), canonicalBytes(handover)]);

export const signedManifest = (
  handover: Handover,
  { publicKey, privateKey }: { readonly publicKey: Uint8Array; readonly privateKey: KeyObject },
): string =>
  `${JSON.stringify(
    {
      handover,
      signer: Buffer.from(publicKey).toString('base64url'),
      signature: sign(null, bytesOf(handover), privateKey).toString('base64url'),
    },
    undefined,
    1,
  )}\n`;

/** @throws LeavingRefused `no_handover`, `newer_format`, `damaged` */
export const readManifest = (folder: string): { readonly handover: Handover; readonly signer: Uint8Array } => {
  const file = join(folder, MANIFEST);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new LeavingRefused('no_handover', folder, { cause: error });
  }
  try {
    const { handover, signer, signature } = signedSchema.parse(JSON.parse(text));
    const key = Buffer.from(signer, 'base64url');
    const holds = verify(
      null,
      bytesOf(handover),
      createPublicKey({ key, format: 'der', type: 'spki' }),
      Buffer.from(signature, 'base64url'),
    );
    if (!holds) throw new TypeError('the signature does not hold');
    if (
      typeof handover === 'object' &&
      handover !== null &&
      'format' in handover &&
      handover.format !== HANDOVER_FORMAT
    )
      throw new LeavingRefused('newer_format', folder);
    return { handover: contentSchema.parse(handover), signer: key };
  } catch (error) {
    if (error instanceof LeavingRefused) throw error;
    throw new LeavingRefused('damaged', file, { cause: error });
  }
};
