/** A number that is a choice: with its unit, why this one, and where it comes from. */
export type Threshold = {
  readonly value: number;
  readonly unit: 'hour_of_day' | 'minutes' | 'days' | 'months' | 'records';
  readonly why: string;
  readonly source: string;
};

export type AccessThresholds = {
  /** Stored with every alarm, so that it can be judged by what held then. A changed number is another version. */
  readonly version: string;
  /** IANA zone of the clock on the wall, and the hours below: of an organisation that set no hours of its own (ADR 75). */
  readonly zone: string;
  readonly workingFrom: Threshold;
  readonly workingUntil: Threshold;
  readonly bulkRecords: Threshold;
  readonly bulkMinutes: Threshold;
  readonly afterClosingDays: Threshold;
  readonly beforeEndDays: Threshold;
  readonly longestMandateMonths: Threshold;
};

/** From when on something in the access history is unusual, and how long a mandate to look may be. */
export const accessThresholds: AccessThresholds = {
  version: '2026-1',
  zone: 'Europe/Brussels',
  workingFrom: {
    value: 6,
    unit: 'hour_of_day',
    why: 'Before it is night work by law: nobody is expected at a file then.',
    source: 'Labour Act of 16 March 1971, art. 35 (from memory)',
  },
  workingUntil: {
    value: 20,
    unit: 'hour_of_day',
    why: 'From it on is night work by law; an evening talk with a shift worker ends before.',
    source: 'Labour Act of 16 March 1971, art. 35 (from memory)',
  },
  bulkRecords: {
    value: 15,
    unit: 'records',
    why: 'A network with 100 to 150 files a year opens about twelve in a month: more in an hour is no talk with anybody.',
    source: 'domain.md §9 [54]',
  },
  bulkMinutes: {
    value: 60,
    unit: 'minutes',
    why: 'One talk takes about an hour; what is opened for it is opened within it.',
    source: 'domain.md §2 [6] (A)',
  },
  afterClosingDays: {
    value: 14,
    unit: 'days',
    why: 'After closing there are copies to give and a letter to write; two weeks cover a fortnight of leave.',
    source: 'domain.md §7 (A)',
  },
  beforeEndDays: {
    value: 7,
    unit: 'days',
    why: 'Handing over takes days, and taking along does too: the last week is looked at by a second pair of eyes.',
    source: 'domain.md §8 scenario 8 (A)',
  },
  longestMandateMonths: {
    value: 12,
    unit: 'months',
    why: 'Longer than a year of looking is no audit but a post; a new mandate is a new decision.',
    source: 'GDPR art. 5(1)(c) and (e) (A)',
  },
};
