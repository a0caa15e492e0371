import type { OrganisationId, PersonId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lessPeriods, periodsIn, standingSpans, type Moment, type Standing } from './readers.js';

const at = (hour: number): string => new Date(Date.UTC(2026, 10, 23, hour)).toISOString();
const person = (name: string) => ({ organisation: 'gentia' as OrganisationId, person: name as PersonId });
const handler = (name: string): Standing => ({
  roles: ['counsellor'],
  relation: 'handler',
  recordClass: 'case',
  pseudonym: `${name}2026`,
  person: person(name),
});
const applicant: Standing = {
  roles: ['worker'],
  relation: 'applicant',
  recordClass: 'case',
  pseudonym: 'participant-1',
};
const moment = (hour: number, standings: readonly Standing[], excluded: readonly string[] = []): Moment => ({
  at: at(hour),
  standings,
  excludes: (one) => excluded.includes(one.person),
});
const PERIOD = { from: at(0), to: at(20) };

describe('what everybody was to a record, over time', () => {
  it('lasts from the event that made it so until the one that ended it', () => {
    const spans = standingSpans(
      [
        moment(1, [handler('lies'), applicant]),
        moment(5, [handler('lies'), applicant]),
        moment(9, [handler('luc'), applicant]),
      ],
      PERIOD,
    );
    expect(new Set(spans.map(({ pseudonym, from, to }) => [pseudonym, from, to].join(' ')))).toEqual(
      new Set([
        ['participant-1', at(1), at(20)].join(' '),
        ['lies2026', at(1), at(9)].join(' '),
        ['luc2026', at(9), at(20)].join(' '),
      ]),
    );
    expect(spans).toHaveLength(3);
  });

  it('ends with an exclusion, for staff', () => {
    const spans = standingSpans([moment(1, [handler('lies')]), moment(4, [handler('lies')], ['lies'])], PERIOD);
    expect(spans).toMatchObject([{ pseudonym: 'lies2026', from: at(1), to: at(4) }]);
  });

  it('is cut at the ends of the period, and left out beyond them', () => {
    const moments = [moment(1, [handler('lies')]), moment(4, [handler('luc')])];
    expect(standingSpans(moments, { from: at(2), to: at(3) })).toMatchObject([
      { pseudonym: 'lies2026', from: at(2), to: at(3) },
    ]);
    expect(standingSpans(moments, { from: at(5), to: at(6) })).toMatchObject([{ pseudonym: 'luc2026' }]);
    expect(standingSpans(moments, { from: at(0), to: at(1) })).toEqual([]);
  });

  it('says at every hour what the newest event before it says', () => {
    const names = ['lies', 'luc', 'marc'] as const;
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ step: fc.integer({ min: 0, max: 3 }), who: fc.constantFrom(...names), out: fc.boolean() }),
          {
            maxLength: 8,
          },
        ),
        fc.nat(19),
        (changes, hour) => {
          let clock = 0;
          const moments = changes.map(({ step, who, out }) =>
            moment((clock += step), [handler(who)], out ? [who] : []),
          );
          const newest = moments.findLast((one) => one.at <= at(hour));
          const expected = (newest?.standings ?? [])
            .filter((one) => one.person !== undefined && newest?.excludes(one.person) === false)
            .map(({ pseudonym }) => pseudonym);
          const spans = standingSpans(moments, PERIOD);
          expect(
            spans.filter(({ from, to }) => from <= at(hour) && at(hour) < to).map(({ pseudonym }) => pseudonym),
          ).toEqual(expected);
        },
      ),
    );
  });
});

describe('what is left of a standing', () => {
  const hours = fc.record({ from: fc.integer({ min: 0, max: 20 }), length: fc.integer({ min: 1, max: 6 }) });
  it('is every hour of it in which nobody was kept out, and no other', () => {
    fc.assert(
      fc.property(hours, fc.array(hours, { maxLength: 5 }), (span, without) => {
        const periodOf = ({ from, length }: typeof span) => ({ from: at(from), to: at(from + length) });
        const left = lessPeriods({ ...handler('lies'), ...periodOf(span) }, without.map(periodOf));
        const covers = (periods: readonly { readonly from: string; readonly to: string }[], hour: number): boolean =>
          periods.some(({ from, to }) => from <= at(hour) && at(hour) < to);
        for (let hour = 0; hour < 30; hour += 1)
          expect(covers(left, hour)).toBe(covers([periodOf(span)], hour) && !covers(without.map(periodOf), hour));
      }),
    );
  });
  it('follows from when something was so, cut at the ends of the period', () => {
    const moments = [moment(1, []), moment(3, [], ['lies']), moment(5, []), moment(8, [], ['lies'])];
    const isOut = ({ excludes }: Moment): boolean => excludes(person('lies'));
    expect(periodsIn(moments, isOut, { from: at(4), to: at(9) })).toEqual([
      { from: at(4), to: at(5) },
      { from: at(8), to: at(9) },
    ]);
    expect(periodsIn(moments, isOut, { from: at(5), to: at(7) })).toEqual([]);
    expect(periodsIn([], isOut, PERIOD)).toEqual([]);
  });
});
