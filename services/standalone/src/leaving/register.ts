import { registerCopySchema, type RegisterCopy } from '@toeverlaat/contracts';
import { openWithReceipt, sealForReceipt } from '@toeverlaat/sealing';
import { canonicalBytes, type OrganisationId } from '@toeverlaat/values';
import { z } from 'zod';
import { publicOf } from './key-file.js';
import { fingerprintOf } from './receivers.js';
import { LeavingRefused } from './refusal.js';

/*
 * The register of facts by third parties as the company takes it along: a file that one key opens, made on a machine of whoever keeps
 * it for the company. It stands beside the company's figures and is checked with them, by its hash, without being opened.
 */

export const REGISTER_FORMAT = 'toeverlaat-register/1';
export const REGISTER_FILE = 'register.json';
/** Bytes of one sealed part: how many entries there are, and how long each is, does not show. */
const PART_BYTES = 256 * 1024;

const text = z.string().max(PART_BYTES * 4);
const fileSchema = z.strictObject({
  format: z.literal(REGISTER_FORMAT),
  organisation: z.string(),
  departureId: z.uuid(),
  /** SHA-256 of the public key that it is sealed for. */
  key: z.string(),
  parts: z
    .array(z.strictObject({ v: z.literal(1), alg: z.literal('X25519-A256GCM'), epk: text, iv: text, ct: text }))
    .min(1),
});

/** What a part opens as, and nowhere else. */
const contextOf = (organisation: string, departureId: string, key: string, part: number, parts: number): string =>
  JSON.stringify(['register for the company v1', organisation, departureId, key, part, parts]);

/**
 * Seals it.
 * @throws TypeError or DOMException for bytes that are no X25519 key
 */
export const sealRegister = async (copy: RegisterCopy, departureId: string, publicKey: Uint8Array): Promise<string> => {
  const key = fingerprintOf(publicKey);
  const { organisation } = copy;
  const bytes = canonicalBytes(copy);
  const count = Math.ceil(bytes.length / PART_BYTES);
  const parts = [];
  for (let part = 0; part < count; part += 1)
    parts.push(
      await sealForReceipt(
        publicKey,
        bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES),
        contextOf(organisation, departureId, key, part, count),
      ),
    );
  return `${JSON.stringify({ format: REGISTER_FORMAT, organisation, departureId, key, parts }, undefined, 1)}\n`;
};

/**
 * Opens it, on a machine that needs nothing else.
 * @param where named by a refusal
 * @throws LeavingRefused `register_damaged`, `wrong_receiver_key`
 */
export const openRegister = async (
  sealed: string,
  privateKey: Uint8Array,
  where: string,
): Promise<RegisterCopy & { readonly organisation: OrganisationId }> => {
  let file: z.infer<typeof fileSchema>;
  try {
    file = fileSchema.parse(JSON.parse(sealed));
  } catch (error) {
    throw new LeavingRefused('register_damaged', where, { cause: error });
  }
  const { organisation, departureId, key, parts } = file;
  const own = fingerprintOf(publicOf(privateKey));
  if (own !== key) throw new LeavingRefused('wrong_receiver_key', own);
  const opened: Uint8Array[] = [];
  for (const [at, part] of parts.entries()) {
    const bytes = await openWithReceipt(privateKey, part, contextOf(organisation, departureId, key, at, parts.length));
    if (bytes === undefined) throw new LeavingRefused('register_damaged', where);
    opened.push(bytes);
  }
  try {
    return registerCopySchema.parse(JSON.parse(Buffer.concat(opened).toString('utf8')));
  } catch (error) {
    // Sealed for this key by somebody else than this command.
    throw new LeavingRefused('register_damaged', where, { cause: error });
  }
};
