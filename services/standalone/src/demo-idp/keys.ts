import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';

const fileSchema = z.strictObject({
  /** A private signing key, ES256. */
  key: z.looseObject({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: z.string(),
    y: z.string(),
    d: z.string(),
    kid: z.string(),
  }),
  cookies: z.string().min(32),
});
export type DemoKeys = z.output<typeof fileSchema>;

/** The file of the demonstration's identity provider does not hold what it should. */
export class DemoKeysDamaged extends Error {
  override readonly name = 'DemoKeysDamaged';
}

const missing = (error: unknown): boolean => (error as { code?: unknown }).code === 'ENOENT';

/**
 * The signing key of the demonstration: made at the first start, kept, so that a token outlives a restart.
 * @throws DemoKeysDamaged naming the file
 */
export const loadDemoKeys = async (folder: string): Promise<DemoKeys> => {
  const file = join(folder, 'demo-idp.json');
  let text: string | undefined;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (!missing(error)) throw error;
  }
  if (text !== undefined) {
    try {
      return fileSchema.parse(JSON.parse(text));
    } catch {
      throw new DemoKeysDamaged(`${file} is damaged: delete it, and demonstration people sign in again`);
    }
  }
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const keys = fileSchema.parse({
    key: { ...(await exportJWK(privateKey)), kid: `demo-${randomBytes(6).toString('hex')}`, alg: 'ES256', use: 'sig' },
    cookies: randomBytes(32).toString('base64url'),
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(keys), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return keys;
};
