import type { KindOfFacts } from '../codes.js';
import type { DataStatus, Source } from '../datum.js';
import { source } from '../sources.js';

export const procedureSteps = [
  'contact_request',
  'informal_request',
  'formal_request',
  'complaint_to_authority',
] as const;
export type ProcedureStep = (typeof procedureSteps)[number];

/** Does a step protect against reprisals? */
export const protectionAnswers = [
  'yes',
  'no',
  'yes_by_anti_discrimination_law',
  'only_with_discrimination_criterion',
  'in_listed_cases',
] as const;
export type ProtectionAnswer = (typeof protectionAnswers)[number];

export type ProtectionRule = {
  readonly protects: ProtectionAnswer;
  readonly source: Source;
  readonly status: DataStatus;
};

const informallyBySexualBehaviour = source(
  'FPS Employment, "actiemiddelen van de werknemer" 1 (NL and FR pages; the English page is stale)',
  's18',
  's26',
);
const formalRoute = source('FPS Employment: request for violence, bullying and unwanted sexual behaviour', 's23');
const noInformal = source('FPS Employment: an informal request gives no protection under the Welfare Act', 's5');
const criterion = source('Facts tied to a protected criterion follow anti-discrimination law', 's24', 's26');
const complaint = source('After complaints to inspection or police, in listed cases', 's25');
const notThisRoute = source(
  'Own reading: the protection is described only for the violence and harassment route',
  's23',
);

const informal: Readonly<Record<KindOfFacts, ProtectionRule>> = {
  violence: { protects: 'only_with_discrimination_criterion', source: informallyBySexualBehaviour, status: 'sourced' },
  bullying: { protects: 'only_with_discrimination_criterion', source: informallyBySexualBehaviour, status: 'sourced' },
  unwanted_sexual_behaviour: {
    protects: 'yes_by_anti_discrimination_law',
    source: informallyBySexualBehaviour,
    status: 'sourced',
  },
  discrimination_related: { protects: 'yes_by_anti_discrimination_law', source: criterion, status: 'sourced' },
  conflict: { protects: 'no', source: noInformal, status: 'sourced' },
  workload: { protects: 'no', source: noInformal, status: 'sourced' },
  burn_out: { protects: 'no', source: noInformal, status: 'sourced' },
  other: { protects: 'no', source: noInformal, status: 'sourced' },
};

const asOwnReading = (
  rules: Readonly<Record<KindOfFacts, ProtectionRule>>,
): Readonly<Record<KindOfFacts, ProtectionRule>> => ({
  violence: { ...rules.violence, status: 'own-analysis' },
  bullying: { ...rules.bullying, status: 'own-analysis' },
  unwanted_sexual_behaviour: { ...rules.unwanted_sexual_behaviour, status: 'own-analysis' },
  discrimination_related: { ...rules.discrimination_related, status: 'own-analysis' },
  conflict: { ...rules.conflict, status: 'own-analysis' },
  workload: { ...rules.workload, status: 'own-analysis' },
  burn_out: { ...rules.burn_out, status: 'own-analysis' },
  other: { ...rules.other, status: 'own-analysis' },
});

const no: ProtectionRule = { protects: 'no', source: notThisRoute, status: 'own-analysis' };
const listed: ProtectionRule = { protects: 'in_listed_cases', source: complaint, status: 'sourced' };

export const protection: Readonly<Record<ProcedureStep, Readonly<Record<KindOfFacts, ProtectionRule>>>> = {
  // A contact request is where the informal track begins; no page names it apart, so the same answers are our reading.
  contact_request: asOwnReading(informal),
  informal_request: informal,
  formal_request: {
    violence: { protects: 'yes', source: formalRoute, status: 'sourced' },
    bullying: { protects: 'yes', source: formalRoute, status: 'sourced' },
    unwanted_sexual_behaviour: { protects: 'yes', source: formalRoute, status: 'sourced' },
    discrimination_related: { protects: 'yes_by_anti_discrimination_law', source: criterion, status: 'sourced' },
    conflict: no,
    workload: no,
    burn_out: no,
    other: no,
  },
  complaint_to_authority: {
    violence: listed,
    bullying: listed,
    unwanted_sexual_behaviour: listed,
    discrimination_related: { protects: 'yes_by_anti_discrimination_law', source: criterion, status: 'sourced' },
    conflict: no,
    workload: no,
    burn_out: no,
    other: no,
  },
};
