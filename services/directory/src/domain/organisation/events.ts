import { clear, eventType, optional } from '@toeverlaat/event-log';
import type { AgreementBody, LanguageRegime } from '@toeverlaat/legal';
import { z } from 'zod';
import { localDate, localId, organisationRef } from '../common.js';

// Storage format. Nothing here is confidential: an employer's name, seats and head count are public.
const SERVICE = 'directory';

export const organisationKind = z.enum(['employer', 'external_service']);
export type OrganisationKind = z.infer<typeof organisationKind>;
/** The seat decides the language of documents to workers; in Brussels it is the worker's. */
export const languageRegime = z.enum([
  'dutch',
  'french',
  'german',
  'brussels',
] as const satisfies readonly LanguageRegime[]);
export type { LanguageRegime };
/** Languages a document with legal effect can be in; English is for the screen only. */
export const documentLanguage = z.enum(['nl', 'fr', 'de']);
export type DocumentLanguage = z.infer<typeof documentLanguage>;
/** Whose prior agreement a designation and a removal need here. */
export const consultationBody = z.enum([
  'committee_worker_members',
  'union_delegation',
  'workers',
] as const satisfies readonly AgreementBody[]);
export type ConsultationBody = AgreementBody;
export const adviserPlacement = z.enum(['internal', 'external']);
export type AdviserPlacement = z.infer<typeof adviserPlacement>;
export const organisationSetting = z.enum(['written_messages_count']);
export type OrganisationSetting = z.infer<typeof organisationSetting>;
export const figuresSetting = z.enum(['small_cell_threshold', 'smallest_release_months']);
export type FiguresSetting = z.infer<typeof figuresSetting>;
export const weekday = z.enum(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']);
export type Weekday = z.infer<typeof weekday>;
export const requestedBy = z.enum(['union_delegates', 'workers']);
export type RequestedBy = z.infer<typeof requestedBy>;
export const successionKind = z.enum(['merger', 'split', 'transfer']);
export type SuccessionKind = z.infer<typeof successionKind>;

const name = z.string().min(1).max(200);
const site = {
  siteId: clear(localId),
  name: clear(name),
  place: clear(name),
  regime: clear(languageRegime),
  languages: clear(z.array(documentLanguage).min(1).max(3).readonly()),
};

export const OrganisationRegistered = eventType(SERVICE, 'OrganisationRegistered', 1, {
  kind: clear(organisationKind),
  legalName: clear(name),
  regime: clear(languageRegime),
});
export const OrganisationRenamed = eventType(SERVICE, 'OrganisationRenamed', 1, { legalName: clear(name) });
export const WorkersCounted = eventType(SERVICE, 'WorkersCounted', 1, {
  workers: clear(z.number().int().min(0).max(1_000_000)),
  countedOn: clear(localDate),
});
export const SiteOpened = eventType(SERVICE, 'SiteOpened', 1, site);
export const SiteChanged = eventType(SERVICE, 'SiteChanged', 1, site);
export const SiteClosed = eventType(SERVICE, 'SiteClosed', 1, { siteId: clear(localId), on: clear(localDate) });
export const PredecessorRecorded = eventType(SERVICE, 'PredecessorRecorded', 1, {
  predecessor: clear(organisationRef),
  kind: clear(successionKind),
  on: clear(localDate),
});
export const SuccessorRecorded = eventType(SERVICE, 'SuccessorRecorded', 1, {
  successor: clear(organisationRef),
  kind: clear(successionKind),
  on: clear(localDate),
});
export const ConsultationBodyRecorded = eventType(SERVICE, 'ConsultationBodyRecorded', 1, {
  body: clear(consultationBody),
  from: clear(localDate),
});
export const PreventionAdviserArranged = eventType(SERVICE, 'PreventionAdviserArranged', 1, {
  placement: clear(adviserPlacement),
  /** The external service, when the adviser is external. */
  service: optional(clear(organisationRef)),
});
export const CounsellorAskedFor = eventType(SERVICE, 'CounsellorAskedFor', 1, {
  by: clear(requestedBy),
  on: clear(localDate),
});
export const OrganisationSettingChanged = eventType(SERVICE, 'OrganisationSettingChanged', 1, {
  setting: clear(organisationSetting),
  value: clear(z.boolean()),
});
/** The bounds are those of the law data at the time; what was set stays as it was set. */
export const FiguresSettingChanged = eventType(SERVICE, 'FiguresSettingChanged', 1, {
  setting: clear(figuresSetting),
  value: clear(z.number().int().min(1).max(1_000)),
});
/** Of the organisation, or of one of its sites. What was set last holds; each is dated by when it was recorded. */
export const WorkingHoursSet = eventType(SERVICE, 'WorkingHoursSet', 1, {
  siteId: optional(clear(localId)),
  zone: clear(z.string().regex(/^[A-Z][A-Za-z]+(?:\/[A-Z][A-Za-z_-]+){1,2}$/)),
  from: clear(z.number().int().min(0).max(23)),
  until: clear(z.number().int().min(1).max(24)),
  days: clear(z.array(weekday).readonly()),
});
export const IdentityIssuerAccepted = eventType(SERVICE, 'IdentityIssuerAccepted', 1, {
  issuer: clear(z.url().max(300)),
});
export const IdentityIssuerDropped = eventType(SERVICE, 'IdentityIssuerDropped', 1, {
  issuer: clear(z.url().max(300)),
});

export const organisationEvents = [
  OrganisationRegistered,
  OrganisationRenamed,
  WorkersCounted,
  SiteOpened,
  SiteChanged,
  SiteClosed,
  PredecessorRecorded,
  SuccessorRecorded,
  ConsultationBodyRecorded,
  PreventionAdviserArranged,
  CounsellorAskedFor,
  OrganisationSettingChanged,
  FiguresSettingChanged,
  WorkingHoursSet,
  IdentityIssuerAccepted,
  IdentityIssuerDropped,
] as const;
