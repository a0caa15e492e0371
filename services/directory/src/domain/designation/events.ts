import { clear, code, eventType, optional } from '@toeverlaat/event-log';
import { VERSION } from '@toeverlaat/values';
import { z } from 'zod';
import { languages, localDate, localId, organisationRef } from '../common.js';
import { consultationBody } from '../organisation/events.js';
import { personFunction } from '../person/events.js';

// Storage format. Who is counsellor where, and since when, is published at an accessible place (domain.md §4 [41]):
// clear. What ended a designation tells a function of the person (a union mandate, say): sealed.
const SERVICE = 'directory';

export const designationPlacement = z.enum(['internal', 'external']);
export type DesignationPlacement = z.infer<typeof designationPlacement>;

export const designationEnd = z.enum([
  'resigned',
  'incompatible_function',
  'removed_with_agreement',
  'left_organisation',
  'mandate_ended',
  'not_agreed',
]);
export type DesignationEnd = z.infer<typeof designationEnd>;

const sites = z.array(localId).min(1).max(200).readonly();

/** `personId` is an entry of `home`'s directory; for an internal counsellor `home` is the organisation itself. */
export const DesignationProposed = eventType(SERVICE, 'DesignationProposed', 1, {
  personId: clear(localId),
  home: clear(organisationRef),
  placement: clear(designationPlacement),
  mandateId: optional(clear(localId)),
  sites: clear(sites),
  languages: clear(languages),
  /** Functions that are allowed beside it but may conflict with the role: shown when it was proposed. */
  warnings: optional(code(z.array(personFunction).max(20).readonly())),
});
export const PriorAgreementGiven = eventType(SERVICE, 'PriorAgreementGiven', 1, {
  body: clear(consultationBody),
  on: clear(localDate),
});
/** Not all worker members agreed: the designation cannot take effect. A refusal that the law expects, hence a fact. */
export const PriorAgreementWithheld = eventType(SERVICE, 'PriorAgreementWithheld', 1, {
  body: clear(consultationBody),
  on: clear(localDate),
});
export const DesignationStarted = eventType(SERVICE, 'DesignationStarted', 1, {
  from: clear(localDate),
  /** Terms of training and supervision are those of this edition of the law data. */
  lawVersion: clear(z.string().regex(VERSION)),
});
export const DesignationScopeChanged = eventType(SERVICE, 'DesignationScopeChanged', 1, {
  sites: clear(sites),
  languages: clear(languages),
  body: clear(consultationBody),
  agreedOn: clear(localDate),
});
export const TrainingFollowed = eventType(SERVICE, 'TrainingFollowed', 1, {
  trainingId: clear(localId),
  hours: clear(z.number().int().min(1).max(200)),
  on: clear(localDate),
});
export const SupervisionFollowed = eventType(SERVICE, 'SupervisionFollowed', 1, { on: clear(localDate) });
/** The reason of an absence is nobody's business here and has no field. `backOn`: first day present again. */
export const AbsenceStarted = eventType(SERVICE, 'AbsenceStarted', 1, {
  absenceId: clear(localId),
  from: clear(localDate),
  backOn: optional(clear(localDate)),
});
export const AbsenceEnded = eventType(SERVICE, 'AbsenceEnded', 1, {
  absenceId: clear(localId),
  backOn: clear(localDate),
});
/** Not in effect from `on`. `source`: the article, when a rule ended it. */
export const DesignationEnded = eventType(SERVICE, 'DesignationEnded', 1, {
  on: clear(localDate),
  reason: code(designationEnd),
  source: optional(code(z.string().min(1).max(300))),
});
/** The one who asks the applicants of this designation whether they go on with them. */
export const SuccessorNamed = eventType(SERVICE, 'SuccessorNamed', 1, { successor: clear(localId) });

export const designationEvents = [
  DesignationProposed,
  PriorAgreementGiven,
  PriorAgreementWithheld,
  DesignationStarted,
  DesignationScopeChanged,
  TrainingFollowed,
  SupervisionFollowed,
  AbsenceStarted,
  AbsenceEnded,
  DesignationEnded,
  SuccessorNamed,
] as const;
