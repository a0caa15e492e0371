import { clear, code, eventType, optional, text } from '@toeverlaat/event-log';
import type { DesignationFunction } from '@toeverlaat/legal';
import { PSEUDONYM } from '@toeverlaat/values';
import { z } from 'zod';
import { language, languages, localDate, localId, siteScope } from '../common.js';

// Storage format. A directory entry is sealed under `person/<id>`: name, address, sign-in, site, languages and functions
// (a union mandate says more than most fields do). What authority is computed from, a capacity, stands in the clear.
const SERVICE = 'directory';

/** Functions that bear on who may be counsellor; `libs/legal` says how. */
export const personFunction = z.enum([
  'occupational_physician',
  'employer_representative_works_council',
  'worker_representative_works_council',
  'employer_representative_committee',
  'worker_representative_committee',
  'union_delegate',
  'leading_personnel',
  'election_candidate',
  'hr',
  'prevention_adviser',
] as const satisfies readonly DesignationFunction[]);
export type PersonFunction = DesignationFunction;

/** What a person can be granted, or gets from a designation; the roles of `libs/access` that belong to a person. */
export const capacityRole = z.enum([
  'worker',
  'counsellor',
  'prevention_adviser',
  'head_internal_service',
  'employer',
  'committee_member',
  'administrator',
  'records_manager',
  'data_protection_officer',
  'auditor',
  'platform_operator',
]);
export type CapacityRole = z.infer<typeof capacityRole>;

export const PersonRegistered = eventType(SERVICE, 'PersonRegistered', 1, {
  siteId: code(localId),
  languages: code(languages),
  name: text(200),
  email: optional(text(320)),
});
export const PersonRenamed = eventType(SERVICE, 'PersonRenamed', 1, { name: text(200) });
export const PersonEmailChanged = eventType(SERVICE, 'PersonEmailChanged', 1, { email: text(320) });
export const PersonLanguagesChanged = eventType(SERVICE, 'PersonLanguagesChanged', 1, {
  languages: code(z.array(language).min(1).max(4).readonly()),
});
export const PersonMoved = eventType(SERVICE, 'PersonMoved', 1, { siteId: code(localId), on: code(localDate) });
export const FunctionTaken = eventType(SERVICE, 'FunctionTaken', 1, {
  function: code(personFunction),
  from: code(localDate),
});
export const FunctionLaidDown = eventType(SERVICE, 'FunctionLaidDown', 1, {
  function: code(personFunction),
  on: code(localDate),
});
/** `tag` is a keyed hash of issuer and subject: sign-in finds the entry without opening any. */
export const SubjectLinked = eventType(SERVICE, 'SubjectLinked', 1, {
  tag: clear(z.string().min(16).regex(PSEUDONYM)),
  issuer: text(300),
  subject: text(300),
});
export const SubjectUnlinked = eventType(SERVICE, 'SubjectUnlinked', 1, {
  tag: clear(z.string().min(16).regex(PSEUDONYM)),
});
export const CapacityGranted = eventType(SERVICE, 'CapacityGranted', 1, {
  capacityId: clear(localId),
  role: clear(capacityRole),
  sites: clear(siteScope),
  from: clear(localDate),
  to: optional(clear(localDate)),
});
/** Not in effect from `on`. */
export const CapacityEnded = eventType(SERVICE, 'CapacityEnded', 1, {
  capacityId: clear(localId),
  on: clear(localDate),
});
/** Nothing of the entry gives authority from `on`. */
export const PersonLeft = eventType(SERVICE, 'PersonLeft', 1, { on: clear(localDate) });

export const personEvents = [
  PersonRegistered,
  PersonRenamed,
  PersonEmailChanged,
  PersonLanguagesChanged,
  PersonMoved,
  FunctionTaken,
  FunctionLaidDown,
  SubjectLinked,
  SubjectUnlinked,
  CapacityGranted,
  CapacityEnded,
  PersonLeft,
] as const;
