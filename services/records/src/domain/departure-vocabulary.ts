import { LOCAL_DATE, PSEUDONYM } from '@toeverlaat/values';
import { z } from 'zod';
import { noteSchema } from './vocabulary.js';

/* Shapes of what is stored of a departure. Codes are storage format: added to, never renamed (design rule 4). */

/**
 * As what somebody receives keys: a counsellor theirs, the adviser competent by law the dossiers, the next host what it cannot
 * run without. There is none for the company, so that no list of receivers can give it a key (design §4, Leaving).
 */
export const receivingCapacities = ['counsellor', 'adviser', 'host'] as const;
export type ReceivingCapacity = (typeof receivingCapacities)[number];
export const capacitySchema = z.enum(receivingCapacities);

/** Of a public key: SHA-256, hex. */
export const fingerprintSchema = z.string().regex(/^[0-9a-f]{64}$/);
/** X25519, 32 bytes, base64url. */
export const publicKeySchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
export const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);
export const dateSchema = z.string().regex(LOCAL_DATE);
export const pseudonymSchema = z.string().regex(PSEUDONYM);
export const staffCapacitySchema = z.string().regex(/^[a-z_]{1,40}$/);
/** `case/<id>`: what a key is of, in the form in which the vault names it. */
export const recordSchema = z.string().regex(/^[a-z][a-z_]{0,39}\/[A-Za-z0-9][A-Za-z0-9._:-]{0,119}$/);
export const countSchema = z.number().int().min(0);
export const checkpointSchema = noteSchema;

/** Why files that were handed over are worked on here again. */
export const reopenedBecause = ['asked', 'unconfirmed'] as const;

export const MAX_WORDS = 200;
export const MAX_RECEIVERS = 200;
/** Most records that one event names: more of them are more events. */
export const MAX_RECORDS = 500;
/** Days that those whose files would go have to object, from the request on; nothing leaves before (our own choice). */
export const OBJECTION_DAYS = 7;
/** Days within which the next host confirms what it took in: bounds of what may be asked (our own choice). */
export const CONFIRM_DAYS = { least: 1, most: 90 } as const;
