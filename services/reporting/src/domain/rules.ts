/** Every rule a decider of this service may refuse with. All are rules of procedure of our own (design §7). */
export const reportingRuleCodes = [
  'fact_differs',
  'period_too_short',
  'period_not_closed',
  'period_already_released',
  'period_overlaps_older_layout',
  'too_many_overlapping_releases',
  'difference_reveals_small_cell',
  'year_not_over',
] as const;
export type ReportingRuleCode = (typeof reportingRuleCodes)[number];
