import { canonicalBytes, ORGANISATION_ID, sha256Hex, type OrganisationId } from '@toeverlaat/values';
import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { fingerprintOf } from './receivers.js';
import { LeavingRefused } from './refusal.js';

/*
 * What the next host says of an organisation that it took in: the log and every view are the same as they were at the host that was
 * left, and of each record a proof that its keys are in the vault here. The old host makes the proofs again from its own keys, so
 * that nothing is destroyed there which nobody else opens.
 */

export const CONFIRMATION_FORMAT = 'toeverlaat-confirmation/1';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const contentSchema = z.strictObject({
  format: z.literal(CONFIRMATION_FORMAT),
  organisation: z
    .string()
    .regex(ORGANISATION_ID)
    .transform((id) => id as OrganisationId),
  handoverId: z.uuid(),
  /** SHA-256 of the signed list of the handover, as it was taken in. */
  listHash: sha256,
  importedAt: z.iso.datetime(),
  release: z.string(),
  events: z.number().int().min(0),
  digest: sha256,
  views: z.record(z.string(), sha256),
  /** Of each record whose keys are here: that all of them are (`proveKeys`). */
  records: z.array(z.strictObject({ record: z.string(), proof: sha256 })),
});
export type Confirmation = z.infer<typeof contentSchema>;

const signedSchema = z.strictObject({
  confirmation: z.unknown(),
  /** SubjectPublicKeyInfo, DER, base64url. */
  signer: z.string(),
  signature: z.string(),
});

const DOMAIN = 'toeverlaat confirmation v1\n';
const bytesOf = (confirmation: unknown): Buffer => Buffer.concat([Buffer.from(DOMAIN), canonicalBytes(confirmation)]);

export const signedConfirmation = (
  confirmation: Confirmation,
  { publicKey, privateKey }: { readonly publicKey: Uint8Array; readonly privateKey: KeyObject },
): string =>
  `${JSON.stringify(
    {
      confirmation,
      signer: Buffer.from(publicKey).toString('base64url'),
      signature: sign(null, bytesOf(confirmation), privateKey).toString('base64url'),
    },
    undefined,
    1,
  )}\n`;

/** @throws LeavingRefused `confirmation_damaged` */
export const readConfirmation = (
  file: string,
): { readonly confirmation: Confirmation; readonly signer: string; readonly hash: string } => {
  try {
    const text = readFileSync(file, 'utf8');
    const { confirmation, signer, signature } = signedSchema.parse(JSON.parse(text));
    const key = Buffer.from(signer, 'base64url');
    const holds = verify(
      null,
      bytesOf(confirmation),
      createPublicKey({ key, format: 'der', type: 'spki' }),
      Buffer.from(signature, 'base64url'),
    );
    if (!holds) throw new TypeError('the signature does not hold');
    return { confirmation: contentSchema.parse(confirmation), signer: fingerprintOf(key), hash: sha256Hex(text) };
  } catch (error) {
    throw new LeavingRefused('confirmation_damaged', file, { cause: error });
  }
};
