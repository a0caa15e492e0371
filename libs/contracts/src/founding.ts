import { designationFunctionSchema } from '@toeverlaat/legal';
import { z } from 'zod';
import { localDateSchema, organisationIdSchema, personIdSchema } from './core.js';
import { body, email, grantedRole, languagesSchema, name, site, siteList, subject } from './directory-fields.js';
import { registerOrganisation } from './directory.js';
import { defineCommand } from './rpc.js';

/** A designation that was agreed on before the organisation came here, as the paper says (Codex I.2-27 and further). */
const counsellor = z.strictObject({
  sites: siteList,
  agreement: z.strictObject({ body, on: localDateSchema, unanimous: z.boolean() }),
  from: localDateSchema,
  training: z.strictObject({ hours: z.number().int().min(1).max(200), on: localDateSchema }).optional(),
});

const person = z.strictObject({
  personId: personIdSchema,
  siteId: site.shape.siteId,
  name,
  email: email.optional(),
  languages: languagesSchema,
  subject,
  /** Grants the capacity of worker at the site, from today. */
  worker: z.boolean().default(true),
  /** At all sites, from today. A counsellor is designated, and nobody runs the installation by being entered here. */
  roles: z
    .array(grantedRole.exclude(['worker', 'counsellor', 'platform_operator']))
    .max(8)
    .default([]),
  /** What may stand in the way of a designation. */
  functions: z
    .array(z.strictObject({ function: designationFunctionSchema, from: localDateSchema }))
    .max(8)
    .default([]),
  counsellor: counsellor.optional(),
});

/** Somebody of the external service who acts here. */
const mandate = z.strictObject({
  personId: personIdSchema,
  role: z.enum(['counsellor', 'prevention_adviser', 'data_protection_officer', 'auditor']),
  from: localDateSchema,
  /** With the role of counsellor alone: the mandate opens nothing, the designation does. */
  counsellor: counsellor.extend({ languages: languagesSchema }).optional(),
});

type Check = { readonly path: readonly (string | number)[]; readonly rule: string; readonly holds: boolean };

const checksOf = (data: z.output<typeof shape>): readonly Check[] => {
  const sites = new Set([data.site.siteId, ...data.sites.map(({ siteId }) => siteId)]);
  const earlier = (list: readonly string[], at: number): boolean => list.indexOf(list[at] ?? '') === at;
  const siteIds = [data.site.siteId, ...data.sites.map(({ siteId }) => siteId)];
  const personIds = [data.administrator.personId ?? '', ...data.people.map(({ personId }) => personId)];
  const subjects = [data.administrator.subject, ...data.people.map((one) => one.subject)];
  const known = (path: Check['path'], list: readonly string[]): readonly Check[] =>
    list.map((siteId, at) => ({ path: [...path, at], rule: 'unknown_site', holds: sites.has(siteId) }));
  return [
    ...data.sites.map((_, at) => ({
      path: ['sites', at, 'siteId'],
      rule: 'repeated',
      holds: earlier(siteIds, at + 1),
    })),
    ...data.people.flatMap(({ siteId, counsellor: designated }, at) => [
      { path: ['people', at, 'personId'], rule: 'repeated', holds: earlier(personIds, at + 1) },
      { path: ['people', at, 'subject'], rule: 'repeated', holds: earlier(subjects, at + 1) },
      { path: ['people', at, 'siteId'], rule: 'unknown_site', holds: sites.has(siteId) },
      ...known(['people', at, 'counsellor', 'sites'], designated?.sites ?? []),
    ]),
    ...(data.contract?.mandates ?? []).flatMap(({ role, counsellor: designated }, at) => [
      {
        path: ['contract', 'mandates', at, 'counsellor'],
        rule: role === 'counsellor' ? 'required' : 'for_counsellors_only',
        holds: (role === 'counsellor') === (designated !== undefined),
      },
      ...known(['contract', 'mandates', at, 'counsellor', 'sites'], designated?.sites ?? []),
    ]),
  ];
};

const shape = registerOrganisation.data.extend({
  /** Beside the first. */
  sites: z.array(site).max(200).default([]),
  workers: z.strictObject({ workers: z.number().int().min(0).max(1_000_000), countedOn: localDateSchema }).optional(),
  consultationBody: z.strictObject({ body, from: localDateSchema }).optional(),
  preventionAdviser: z
    .strictObject({ placement: z.enum(['internal', 'external']), service: organisationIdSchema.optional() })
    .optional(),
  people: z.array(person).max(500).default([]),
  /** With an external service that was founded before. */
  contract: z
    .strictObject({
      provider: organisationIdSchema,
      from: localDateSchema,
      to: localDateSchema.optional(),
      mandates: z.array(mandate).max(200).default([]),
    })
    .optional(),
});

export const foundingSchema = shape.superRefine((data, context) => {
  for (const { path, rule, holds } of checksOf(data))
    if (!holds) context.addIssue({ code: 'custom', path: [...path], message: rule, params: { rule } });
});
export type Founding = z.output<typeof foundingSchema>;

/**
 * By the installation itself, before anybody of the organisation can sign in: an organisation with what it needs to be
 * used. All of it or nothing: it is decided as a whole before the first event. Once it is there, the same founding again is
 * answered as the first time and any other is refused: from then on the organisation's own administrator changes it, and
 * whoever runs the installation does not (ADR 62).
 */
export const foundOrganisation = defineCommand('directory.operateFounding', foundingSchema);
