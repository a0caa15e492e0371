import { checkDesignation, dueDate, lawSet, lawSettings, type Explanation } from '@toeverlaat/legal';
import type { PersonFunction } from '../person/events.js';
import type { DesignationPlacement } from './events.js';
import { trainedHours, type ActiveDesignation, type EndedDesignation } from './state.js';

export type Incompatible = { readonly function: PersonFunction; readonly source: string };

/**
 * What stands in the way of a designation, and what may be a conflict of roles. Staff are who works for the
 * organisation itself; a counsellor from an external service is not.
 */
export const eligibility = (
  functions: readonly PersonFunction[],
  placement: DesignationPlacement,
  lawVersion: string,
): { readonly refused: Incompatible | undefined; readonly warnings: readonly PersonFunction[] } => {
  const found = checkDesignation({ functions, isStaff: placement === 'internal' }, lawVersion);
  const [first] = found.refused;
  return {
    refused: first === undefined ? undefined : { function: first.code, source: first.source.cite },
    warnings: found.warnings.map((warning) => warning.code),
  };
};

export const agreementSource = (lawVersion: string): string =>
  lawSet(lawVersion).designationRules.agreement.source.cite;
export const removalSource = (lawVersion: string): string => lawSet(lawVersion).designationRules.removal.source.cite;

/** Something a counsellor owes by a date, with why that date. */
export type Duty = {
  readonly duty: 'training' | 'supervision';
  readonly due: Explanation;
  readonly met: boolean;
  /** Hours followed and asked for; for training. */
  readonly hours?: number;
  readonly hoursNeeded?: number;
};

/** Training within its term from the start; supervision within its term from the start or from the last one. */
export const dutiesOf = (
  state: ActiveDesignation | (EndedDesignation & { readonly from: string }),
): readonly Duty[] => {
  const { from, lawVersion } = state;
  const hours = trainedHours(state);
  const hoursNeeded = lawSettings({}, lawVersion).trainingHours;
  const lastSupervision = state.supervisions.at(-1) ?? from;
  return [
    {
      duty: 'training',
      due: dueDate('training', from, lawVersion).explain,
      met: hours >= hoursNeeded,
      hours,
      hoursNeeded,
    },
    { duty: 'supervision', due: dueDate('supervision', lastSupervision, lawVersion).explain, met: false },
  ];
};
