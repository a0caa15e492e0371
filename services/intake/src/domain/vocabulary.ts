import { kindOfFacts, language } from '@toeverlaat/legal';
import { CODE_NAME, INSTANT, LOCAL_DATE, LOCAL_ID, PSEUDONYM, UUID, VERSION, type PersonId } from '@toeverlaat/values';
import { z } from 'zod';

/** How a worker reaches a counsellor: with an account, by name without one, or without a name. */
export const ways = ['signed_in', 'named', 'anonymous'] as const;
export type Way = (typeof ways)[number];

/** Whom the worker allows to be told, without content, when the ten days run short (issue: nobody is the default). */
export const escalations = ['nobody', 'second_counsellor', 'prevention_adviser'] as const;
export type Escalation = (typeof escalations)[number];

export const hearingStates = ['heard', 'offered', 'missed'] as const;
export type HearingState = (typeof hearingStates)[number];

export const stepBackGrounds = ['conflict_of_interest', 'unavailable', 'designation_ended'] as const;

export const appointmentChannels = ['in_person', 'phone', 'video'] as const;

export const idSchema = z.string().regex(UUID);
export const localIdSchema = z.string().regex(LOCAL_ID);
export const personSchema = z.string().regex(LOCAL_ID) as z.ZodType<string> as z.ZodType<PersonId>;
export const dateSchema = z.string().regex(LOCAL_DATE);
export const instantSchema = z.string().regex(INSTANT);
export const versionSchema: z.ZodType<string> = z.string().regex(VERSION);
/** A role, as `libs/access` names them. */
export const capacitySchema = z.string().regex(CODE_NAME);
export const pseudonymSchema = z.string().regex(PSEUDONYM);
export const languageSchema = language.schema;
export const kindOfFactsSchema = kindOfFacts.schema;
/** What a receipt registers; never the code itself (design §4). Base64url. */
export const receiptPartSchema = z.string().regex(/^[A-Za-z0-9_-]{16,120}$/u);

export const MAX_MESSAGE = 20_000;
export const MAX_LINE = 300;
export const MAX_OPTIONS = 8;
