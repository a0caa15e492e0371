import { organisationIdSchema, positionSchema, serviceNameSchema } from '@toeverlaat/contracts';
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';

const contentSchema = z.strictObject({
  service: serviceNameSchema,
  position: positionSchema,
  organisation: organisationIdSchema,
});
export type TokenContent = z.output<typeof contentSchema>;

export type PositionTokens = {
  readonly seal: (content: TokenContent) => string;
  /** Undefined for anything that this gateway's key did not seal. */
  readonly open: (token: string) => TokenContent | undefined;
};

const IV = 12;
const TAG = 16;
const AAD = Buffer.from('toeverlaat position token v1');
/** A token is always this long before it is sealed: its length tells nothing about the position in it. */
const PADDED = 192;
const TOKEN = /^[A-Za-z0-9_-]{40,400}$/;

/**
 * Position tokens (design rule 9): opaque, because a bare position counts everybody's events and so tells of cases that
 * the caller may not know to exist (rule 10).
 * @param key 32 bytes that all replicas of the gateway share
 */
export const createPositionTokens = (key: Uint8Array): PositionTokens => {
  if (key.length !== 32) throw new RangeError('position token key: 32 bytes');
  const sealing = createSecretKey(Buffer.from(hkdfSync('sha256', key, new Uint8Array(0), AAD, 32)));
  return {
    seal: ({ service, position, organisation }) => {
      const iv = randomBytes(IV);
      const cipher = createCipheriv('aes-256-gcm', sealing, iv).setAAD(AAD);
      const plain = JSON.stringify({ service, position, organisation }).padEnd(PADDED);
      return Buffer.concat([iv, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
        'base64url',
      );
    },
    open: (token) => {
      if (!TOKEN.test(token)) return undefined;
      const bytes = Buffer.from(token, 'base64url');
      if (bytes.length <= IV + TAG) return undefined;
      try {
        const decipher = createDecipheriv('aes-256-gcm', sealing, bytes.subarray(0, IV), { authTagLength: TAG })
          .setAAD(AAD)
          .setAuthTag(bytes.subarray(-TAG));
        const plain = Buffer.concat([decipher.update(bytes.subarray(IV, -TAG)), decipher.final()]).toString('utf8');
        const parsed = contentSchema.safeParse(JSON.parse(plain));
        return parsed.success ? parsed.data : undefined;
      } catch {
        return undefined;
      }
    },
  };
};
