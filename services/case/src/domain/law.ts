import { dueDate, keptUntil, type Explanation } from '@toeverlaat/legal';
import type { LocalDate } from '@toeverlaat/values';

/** The last day to hear the worker: ten calendar days after the first contact, by the edition the case started under. */
export const hearingTerm = (
  lawVersion: string,
  firstContactOn: LocalDate,
): { readonly due: LocalDate; readonly explain: Explanation } => dueDate('hearing', firstContactOn, lawVersion);

/** A leaver's personal notes get a date, not an heir; no rule of succession was found, so the period is a setting. */
export const personalNotesDestroyOn = (lawVersion: string, from: LocalDate): LocalDate =>
  keptUntil('personal_notes_of_a_leaver', from, {}, lawVersion).until;
