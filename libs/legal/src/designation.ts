import { z } from 'zod';
import type { AgreementBody } from './codes.js';
import type { DataStatus, Source } from './datum.js';
import { type DesignationFunction, designationFunctions } from './law-2026-1/designation.js';
import { lawSettings } from './settings.js';
import { lawSet, lawVersion } from './versions.js';

export { type DesignationFunction, designationFunctions };
export const designationFunctionSchema = z.enum(designationFunctions);

/** One rule that stands in the way of a designation, or warns about it. */
export type DesignationFinding = {
  readonly code: DesignationFunction;
  readonly source: Source;
  readonly status: DataStatus;
};

/** May this person be designated as counsellor? Refusals bind; warnings are shown and recorded. @throws UnknownLawVersion */
export const checkDesignation = (
  candidate: { readonly functions: readonly DesignationFunction[]; readonly isStaff: boolean },
  version: string = lawVersion,
): { readonly refused: readonly DesignationFinding[]; readonly warnings: readonly DesignationFinding[] } => {
  const refused: DesignationFinding[] = [];
  const warnings: DesignationFinding[] = [];
  for (const { id, value, source, status } of lawSet(version).incompatibilities) {
    if (!candidate.functions.includes(id)) continue;
    if (value.appliesTo === 'staff_only' && !candidate.isStaff) continue;
    (value.effect === 'refused' ? refused : warnings).push({ code: id, source, status });
  }
  return { refused, warnings };
};

export type CounsellorRequirement = {
  readonly code: 'counsellor_required' | 'internal_counsellor_required';
  readonly met: boolean;
  readonly source: Source;
};

/** What an organisation owes, and whether it is met. Workers are heads of the legal entity. @throws UnknownLawVersion */
export const checkCounsellorRequirements = (
  organisation: {
    readonly workers: number;
    readonly hasExternalPsychosocialAdviser: boolean;
    /** All union delegates, or all workers, asked for a counsellor. */
    readonly requestedByAll?: boolean;
    readonly counsellors: number;
    readonly internalCounsellors: number;
  },
  version: string = lawVersion,
): readonly CounsellorRequirement[] => {
  const rules = lawSet(version).designationRules;
  const settings = lawSettings({}, version);
  const requirements: CounsellorRequirement[] = [];
  const mandatory = organisation.workers >= settings.mandatoryFromWorkers || organisation.requestedByAll === true;
  if (mandatory)
    requirements.push({
      code: 'counsellor_required',
      met: organisation.counsellors > 0,
      source: rules.mandatory.source,
    });
  // Below 50 the rule speaks of counsellors that exist; with none there is nothing to be internal.
  const internalFrom = organisation.hasExternalPsychosocialAdviser
    ? settings.internalFromWorkersWithExternalAdviser
    : settings.internalFromWorkers;
  if (organisation.workers >= internalFrom && (mandatory || organisation.counsellors > 0))
    requirements.push({
      code: 'internal_counsellor_required',
      met: organisation.internalCounsellors > 0,
      source: rules.internal.source,
    });
  return requirements;
};

/** Whose prior agreement a designation (and a removal) needs. */
export const agreementRequired = (
  organisation: { readonly hasCommittee: boolean; readonly hasUnionDelegation: boolean },
  version: string = lawVersion,
): { readonly body: AgreementBody; readonly source: Source } => {
  const { source } = lawSet(version).designationRules.agreement;
  if (organisation.hasCommittee) return { body: 'committee_worker_members', source };
  return { body: organisation.hasUnionDelegation ? 'union_delegation' : 'workers', source };
};
