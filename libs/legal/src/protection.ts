import type { KindOfFacts } from './codes.js';
import {
  type ProcedureStep,
  procedureSteps,
  type ProtectionAnswer,
  protectionAnswers,
  type ProtectionRule,
} from './law-2026-1/protection.js';
import type { TextKey } from './texts.js';
import { lawSet, lawVersion } from './versions.js';

export { type ProcedureStep, procedureSteps, type ProtectionAnswer, protectionAnswers };

export type Protection = ProtectionRule & { readonly textKey: TextKey };

const textKeys: Readonly<Record<ProtectionAnswer, TextKey>> = {
  yes: 'protection.yes',
  no: 'protection.no',
  yes_by_anti_discrimination_law: 'protection.yes_by_anti_discrimination_law',
  only_with_discrimination_criterion: 'protection.only_with_discrimination_criterion',
  in_listed_cases: 'protection.in_listed_cases',
};

/**
 * Whether a step protects the worker against reprisals, by kind of facts (domain, "Often got wrong" 4).
 * `linkedToCriterion` says that violence or bullying is tied to a discrimination criterion. @throws UnknownLawVersion
 */
export const protectionAt = (
  step: ProcedureStep,
  kind: KindOfFacts,
  options: { readonly linkedToCriterion?: boolean } = {},
  version: string = lawVersion,
): Protection => {
  const rule = lawSet(version).protection[step][kind];
  const protects: ProtectionAnswer =
    rule.protects === 'only_with_discrimination_criterion' && options.linkedToCriterion === true
      ? 'yes_by_anti_discrimination_law'
      : rule.protects;
  return { ...rule, protects, textKey: textKeys[protects] };
};
