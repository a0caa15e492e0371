import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { GatewayKeyUnusable } from './refusals.js';

const FORM = /^[A-Za-z0-9_-]{43}$/;

/**
 * The key that seals position tokens, made at the first start. Losing it only ends tokens that were given before.
 * @throws GatewayKeyUnusable
 */
export const gatewayKey = (file: string): string => {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const key = readFileSync(file, 'utf8').trim();
  if (!FORM.test(key)) throw new GatewayKeyUnusable(file);
  return key;
};
