import { createHash } from 'node:crypto';

/** SHA-256 as 64 lower-case hexadecimal digits; text as UTF-8. Pure, so a decider may compare documents by it. */
export const sha256Hex = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
