import { addDays, localDateOf } from '@toeverlaat/values';
import { assert, nat, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kindOf, mix, planOf } from './cases.js';
import { demoOrganisations, demoPeople, gentia, organisationNamed, zorgnet } from './people.js';
import { randomOf } from './random.js';
import { createStage, instantAt, StageBroken } from './stage.js';

const world = { seed: 1, today: '2026-11-23' };
const TOTAL = mix.reduce((sum, [, count]) => sum + count, 0);

describe('the extra cases', () => {
  it('have the mix of the external service, to within a case or two', () => {
    expect(TOTAL).toBe(3_127);
    const counted = new Map<string, number>();
    for (let n = 0; n < 1_000; n += 1) {
      const kind = kindOf(world.seed, n);
      counted.set(kind, (counted.get(kind) ?? 0) + 1);
    }
    const off = mix.filter(([kind, count]) => Math.abs((counted.get(kind) ?? 0) - (1_000 * count) / TOTAL) >= 4);
    expect(off).toEqual([]);
  });

  it('are the same for the same seed and others for another', () => {
    const plans = (seed: number) => Array.from({ length: 50 }, (_, n) => planOf({ ...world, seed }, n, 50));
    expect(plans(1)).toEqual(plans(1));
    expect(plans(1)).not.toEqual(plans(2));
  });

  it('are heard within ten days unless they are to be late, at a site with a counsellor, in its language', () => {
    assert(
      property(nat(100_000), nat(100), (n, seed) => {
        const plan = planOf({ ...world, seed }, n, 1_000);
        expect(plan.heardAfter <= 10).toBe(plan.hearing !== 'late');
        const organisation = organisationNamed(plan.organisation);
        const site = organisation.sites.find(({ siteId }) => siteId === plan.site);
        expect(site?.languages).toContain(plan.language);
        expect(plan.startsOn < world.today).toBe(true);
        expect(plan.contacts.every((at, index) => at > (plan.contacts[index - 1] ?? plan.heardAfter))).toBe(true);
      }),
    );
  });
});

describe('the people', () => {
  it('share every id between the two big organisations, and no name', () => {
    const [first, second] = [organisationNamed(gentia), organisationNamed(zorgnet)];
    expect(first.sites.map(({ siteId }) => siteId)).toEqual(second.sites.map(({ siteId }) => siteId));
    expect(first.members.map(({ person }) => person)).toEqual(second.members.map(({ person }) => person));
    const names = new Set(first.members.map(({ name }) => name));
    expect(second.members.filter(({ name }) => names.has(name))).toEqual([]);
  });

  it('hold every role that the law or the product knows', () => {
    const roles = new Set(demoOrganisations.flatMap(({ members }) => members.flatMap((member) => member.roles ?? [])));
    expect([...roles].toSorted()).toEqual([
      'administrator',
      'auditor',
      'committee_member',
      'data_protection_officer',
      'employer',
      'head_internal_service',
      'platform_operator',
      'prevention_adviser',
      'records_manager',
    ]);
    expect(new Set(demoPeople.map(({ name }) => name)).size).toBe(demoPeople.length);
  });
});

describe('the stage', () => {
  it('moves time forward only, and everybody who waits for a moment has it together', async () => {
    const moments: string[] = [];
    let now = '';
    let between = 0;
    const stage = createStage(
      (instant) => {
        expect(instant > now).toBe(true);
        now = instant;
      },
      () => {
        between += 1;
        return Promise.resolve();
      },
      2,
    );
    const story = (name: string, days: readonly number[]) => async () => {
      for (const day of days) {
        await stage.at(addDays('2026-01-05', day));
        moments.push(`${localDateOf(now)} ${name}`);
      }
    };
    await stage.play([story('a', [0, 2, 4]), story('b', [1, 2]), story('c', [2, 3]), story('d', [2])]);
    expect(moments).toHaveLength(8);
    expect(moments.map((moment) => moment.slice(0, 10))).toEqual(
      moments.map((moment) => moment.slice(0, 10)).toSorted(),
    );
    expect(between).toBe(5);
  });

  it('ends with the first story that fails', async () => {
    const stage = createStage(
      () => undefined,
      () => Promise.resolve(),
    );
    await expect(
      stage.play([
        () => stage.at('2026-01-01').then(() => Promise.reject(new Error('refused'))),
        () => stage.at('2026-01-02'),
      ]),
    ).rejects.toThrow('refused');
    // What still stood in the middle of its story would keep another play waiting for ever.
    await expect(stage.play([() => stage.at('2026-01-03')])).rejects.toThrow(StageBroken);
  });

  it('knows summer and winter time', () => {
    expect(instantAt('2026-07-01', '09:00')).toBe('2026-07-01T07:00:00.000Z');
    expect(instantAt('2026-12-01', '09:00')).toBe('2026-12-01T08:00:00.000Z');
  });

  it('draws from the names alone, spread evenly', () => {
    expect(randomOf('a', 1).next()).toBe(randomOf('a', 1).next());
    expect(randomOf('a', 1).next()).not.toBe(randomOf('a', 2).next());
    const random = randomOf('spread');
    const drawn = Array.from({ length: 10_000 }, () => random.whole(1, 6));
    for (const face of [1, 2, 3, 4, 5, 6])
      expect(Math.abs(drawn.filter((one) => one === face).length - 10_000 / 6)).toBeLessThan(200);
  });
});
