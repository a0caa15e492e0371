import { LOCAL_DATE, LOCAL_ID, ORGANISATION_ID, type LocalDate } from '@toeverlaat/values';
import { refuse, reject, type Decision } from '@toeverlaat/event-log';
import { z } from 'zod';

export const localId = z.string().regex(LOCAL_ID);
export const organisationRef = z.string().regex(ORGANISATION_ID);
export const localDate = z.string().regex(LOCAL_DATE);
export const language = z.enum(['nl', 'fr', 'de', 'en']);
export type Language = z.infer<typeof language>;
export const languages = z.array(language).min(1).max(4).readonly();
/** The sites a capacity, mandate or designation is for. */
export const siteScope = z.union([z.literal('all'), z.array(localId).min(1).max(200).readonly()]);
export type SiteScope = z.infer<typeof siteScope>;

/** Half-open: from `from` to the day before `to`; open without `to`. What ends today is gone today. */
export type Period = { readonly from: LocalDate; readonly to?: LocalDate | undefined };

export const covers = (period: Period, date: LocalDate): boolean =>
  period.from <= date && (period.to === undefined || date < period.to);

/** True for a period of no day at all. */
export const reversed = (period: Period): boolean => period.to !== undefined && period.to <= period.from;

export const overlap = (a: Period, b: Period): boolean =>
  (a.to === undefined || b.from < a.to) && (b.to === undefined || a.from < b.to);

/** The earlier of two ends. */
export const earliest = (a: LocalDate | undefined, b: LocalDate | undefined): LocalDate | undefined =>
  a === undefined ? b : b === undefined || a < b ? a : b;

/** The sites two scopes have in common; undefined when none. */
export const commonSites = (a: SiteScope, b: SiteScope): SiteScope | undefined => {
  if (a === 'all') return b;
  if (b === 'all') return a;
  const both = a.filter((site) => b.includes(site));
  return both.length === 0 ? undefined : both;
};

/** Every rule a decider of this service may refuse with; the contracts file lists the same and a test compares them. */
export type DirectoryRule =
  | 'organisation_exists'
  | 'date_in_future'
  | 'site_exists'
  | 'site_closed'
  | 'related_to_itself'
  | 'person_exists'
  | 'person_left'
  | 'period_reversed'
  | 'capacity_exists'
  | 'capacity_ended'
  | 'role_by_designation_only'
  | 'role_of_platform_only'
  | 'own_capacity'
  | 'subject_linked_elsewhere'
  | 'designation_exists'
  | 'already_designated'
  | 'incompatible_function'
  | 'external_needs_mandate'
  | 'agreement_required'
  | 'agreement_not_unanimous'
  | 'agreement_after_start'
  | 'agreement_body_not_competent'
  | 'designation_not_started'
  | 'designation_started'
  | 'designation_ended'
  | 'before_start'
  | 'absence_overlaps'
  | 'removal_needs_agreement'
  | 'successor_is_self'
  | 'successor_not_active'
  | 'contract_exists'
  | 'contract_ended'
  | 'provider_not_external_service'
  | 'mandate_exists'
  | 'mandate_revoked'
  | 'mandate_without_contract'
  | 'role_not_mandatable';

export const refuseRule = (
  rule: DirectoryRule,
  source?: string,
  params?: Readonly<Record<string, string | number>>,
): Decision<never> => refuse(rule, source, params);

export const NOT_FOUND = reject({ kind: 'NotFound' });
