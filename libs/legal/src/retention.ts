import type { LocalDate } from '@toeverlaat/values';
import { addMonths } from './calendar.js';
import type { Source } from './datum.js';
import {
  type Retention,
  type RetentionDatum,
  type RetentionRuleId,
  retentionRuleIds,
  type RetentionStart,
  retentionStarts,
} from './law-2026-1/retention.js';
import { lawSet, lawVersion } from './versions.js';

export {
  type Retention,
  type RetentionDatum,
  type RetentionRuleId,
  retentionRuleIds,
  type RetentionStart,
  retentionStarts,
};

/** The rule of a record class in an edition. @throws UnknownLawVersion @throws RangeError when the edition lacks it */
export const retentionRule = (id: RetentionRuleId, version: string = lawVersion): RetentionDatum => {
  const found = lawSet(version).retentionRules.find((each) => each.id === id);
  if (found === undefined) throw new RangeError(`retention rule: ${id} is not in law version ${version}`);
  return found;
};

/**
 * The last day a record is kept. `amount` is an organisation's own choice within the rule's bounds.
 * @throws RangeError when the amount lies outside them
 */
export const keptUntil = (
  id: RetentionRuleId,
  start: LocalDate,
  options: { readonly amount?: number } = {},
  version: string = lawVersion,
): {
  readonly until: LocalDate;
  readonly rule: RetentionRuleId;
  readonly source: Source;
  readonly lawVersion: string;
} => {
  const { value, source } = retentionRule(id, version);
  const amount = options.amount ?? value.amount;
  if (!Number.isInteger(amount) || amount < value.min || amount > value.max)
    throw new RangeError(`retention ${id}: ${value.min} to ${value.max} ${value.unit}`);
  return {
    until: addMonths(start, value.unit === 'years' ? amount * 12 : amount),
    rule: id,
    source,
    lawVersion: version,
  };
};
