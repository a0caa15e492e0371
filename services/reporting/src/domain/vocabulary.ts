import { formalMeasures, informalType, kindOfFacts, outcome, thirdPartyFact } from '@toeverlaat/legal';
import { addDays, INSTANT, LOCAL_ID, UUID, VERSION, type LocalDate } from '@toeverlaat/values';
import { z } from 'zod';

/*
 * What is counted. Storage format: a value may be added, never renamed. Everything here is clear: a fact carries no case
 * and no person (design §7), and its codes are as coarse as the statutory form.
 */

/** Who did it, as a function and never as a person. */
export const countedFunctions = ['counsellor', 'prevention_adviser'] as const;
export type CountedFunction = (typeof countedFunctions)[number];

export const formalKinds = ['collective', 'individual', 'violence', 'bullying', 'sexual'] as const;

/** What a fact is, and the codes it may have. */
export const codesOf = {
  case_opened: [...kindOfFacts.values, 'unknown'],
  informal_type: informalType.values,
  outcome: outcome.values,
  /** A one-off advice: a contact without a case. */
  advice: ['advice'],
  formal_request: formalKinds,
  formal_measures: formalMeasures.values,
  register_fact: thirdPartyFact.values,
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type FactKind = keyof typeof codesOf;
export const factKinds = Object.keys(codesOf) as readonly FactKind[];
export const codeFits = (what: FactKind, code: string): boolean => (codesOf[what] as readonly string[]).includes(code);

/** `YYYY-MM`. */
export type Month = string;
export const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
export const monthSchema: z.ZodType<Month> = z.string().regex(MONTH);
export const idSchema: z.ZodType<string> = z.string().regex(UUID);
export const localIdSchema: z.ZodType<string> = z.string().regex(LOCAL_ID);
export const instantSchema: z.ZodType<string> = z.string().regex(INSTANT);
export const versionSchema: z.ZodType<string> = z.string().regex(VERSION);
export const countSchema: z.ZodType<number> = z.number().int().min(0);
export const codeSchema: z.ZodType<string> = z.string().regex(/^[a-z][a-z_.]{0,79}$/);
export const digestSchema: z.ZodType<string> = z.string().regex(/^[0-9a-f]{64}$/);

const firstDay = (month: Month): LocalDate => `${month}-01`;
export const nextMonth = (month: Month): Month => addDays(firstDay(month), 31).slice(0, 7);
export const lastDayOf = (month: Month): LocalDate => addDays(firstDay(nextMonth(month)), -1);
export const monthOf = (date: LocalDate): Month => date.slice(0, 7);
/** Both ends included. Empty when `to` lies before `from`. */
export const monthsFrom = (from: Month, to: Month): readonly Month[] => {
  const months: Month[] = [];
  for (let month = from; month <= to; month = nextMonth(month)) months.push(month);
  return months;
};
