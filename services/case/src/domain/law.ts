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

/**
 * When an access request must be answered, and the day on which its answer is handed out: the same for every request
 * received that day, so that the moment of an answer does not tell whether a file exists (design rule 10).
 */
export const accessTerms = (
  lawVersion: string,
  receivedOn: LocalDate,
): { readonly due: LocalDate; readonly explain: Explanation; readonly handedOutOn: LocalDate } => {
  const { due, explain } = dueDate('access_answer', receivedOn, lawVersion);
  return { due, explain, handedOutOn: dueDate('access_answer_handed_out', receivedOn, lawVersion).due };
};

/** One month and two further ones, from receipt (GDPR art. 12(3)). */
export const extendedAccessTerm = (
  lawVersion: string,
  receivedOn: LocalDate,
): { readonly due: LocalDate; readonly explain: Explanation } =>
  dueDate('access_answer_extended', receivedOn, lawVersion);
