import { INSTANT, ORGANISATION_ID } from '@toeverlaat/values';
import { z } from 'zod';

export const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);
export const instantSchema = z.string().regex(INSTANT);
export const sizeSchema = z.number().int().min(0);
/** `toeverlaat/<installation>/<organisation>`: names a log for good (C2SP tlog-checkpoint). */
export const originSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9./-]{2,200}$/);
/** A key in note format (C2SP signed-note); it opens nothing. */
export const verifierKeySchema = z.string().regex(/^[^+\s]{1,220}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{1,200}$/);
export const signersSchema = z.array(verifierKeySchema).min(1).max(8);
/** A signed checkpoint: origin, size, root and time, then lines with names and signatures of keys. No word fits in. */
export const noteSchema = z.string().regex(/^[A-Za-z0-9 .:/+=\n\u2014-]{1,8000}$/);
export const organisationSchema = z.string().regex(ORGANISATION_ID);
export const keyIdSchema = z.string().regex(/^[0-9a-f-]{1,80}$/);
