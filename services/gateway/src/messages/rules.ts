import type { Message } from './fill.js';
import { caseRules } from './rules-case.js';
import { departureRules } from './rules-departure.js';
import { directoryRules } from './rules-directory.js';
import { erasureRules } from './rules-erasure.js';
import { intakeRules } from './rules-intake.js';
import { recordsRules } from './rules-records.js';
import { referralRules } from './rules-referral.js';
import { reportingRules } from './rules-reporting.js';

/**
 * Why a rule of law or procedure refuses, by the code a decider gives. Each service has a file `rules-<service>.ts`,
 * typed by the codes of its contract: a code without its four wordings does not compile.
 */
export const ruleMessages: Readonly<Record<string, Message>> = {
  ...directoryRules,
  ...intakeRules,
  ...caseRules,
  ...referralRules,
  ...reportingRules,
  ...recordsRules,
  ...erasureRules,
  ...departureRules,
};
