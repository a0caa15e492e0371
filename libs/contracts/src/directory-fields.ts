import { roleSchema } from '@toeverlaat/access';
import { agreementBody, languageRegime } from '@toeverlaat/legal';
import { z } from 'zod';
import { languageSchema, localIdSchema, organisationIdSchema } from './core.js';

/* What the directory's commands are made of; not told outside this library. */

export const name = z.string().trim().min(1).max(200);
export const email = z.email().max(320);
export const issuer = z.url().max(300);
export const subject = z.string().min(1).max(300);
export const instant = z.iso.datetime({ precision: 3 });
const bindingLanguage = z.enum(['nl', 'fr', 'de']);
export const distinct = <T extends string>(list: readonly T[]): boolean => new Set(list).size === list.length;
export const languagesSchema = z.array(languageSchema).min(1).max(4).refine(distinct, 'repeated');
export const siteList = z.array(localIdSchema).min(1).max(200).refine(distinct, 'repeated');
export const siteScope = z.union([z.literal('all'), siteList]);
export const kind = z.enum(['employer', 'external_service']);
export const successionKind = z.enum(['merger', 'split', 'transfer']);
export const body = z.enum(agreementBody.values);
export const regimeSchema = z.enum(languageRegime.values);
export const site = z.strictObject({
  siteId: localIdSchema,
  name,
  place: name,
  regime: regimeSchema,
  languages: z.array(bindingLanguage).min(1).max(3).refine(distinct, 'repeated'),
});
/** What a person can be granted; counsellor comes of a designation alone. */
export const grantedRole = roleSchema.exclude(['anonymous_worker', 'participant']);

/** The evidence keeps the installation's own log under this name (ADR 39). */
const RESERVED = 'installation';
export const newOrganisationIdSchema = organisationIdSchema.refine((id) => id !== RESERVED, 'reserved');
