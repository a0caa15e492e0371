import { describe, expect, it } from 'vitest';
import { addressOf, needs, reasonWithout } from './needs.js';
import { needsOf } from './servers.js';

describe('what a machine has', () => {
  it.each(needs)('%s: taken from its variable, absent without', (need) => {
    const [, variable = ''] = /set (\w+)/.exec(reasonWithout(need)) ?? [];
    expect(addressOf(need, {})).toBeUndefined();
    expect(addressOf(need, { [variable]: '' })).toBeUndefined();
    expect(addressOf(need, { [variable]: 'somewhere', PATH: '/nowhere' })).toBe('somewhere');
  });

  it('says what to set in a form that the closing line finds', () => {
    for (const need of needs) expect(`x [needs ${reasonWithout(need)}] y`).toMatch(/\[needs [^\]]+\]/);
  });
});

describe('the servers of a run', () => {
  it('are those that its files ask for, and no others', () => {
    expect(needsOf(["describeWith('postgres', 'x', () => {})", "describeWith(\n  'kurrentdb', 'y'"])).toEqual([
      'postgres',
      'kurrentdb',
    ]);
    expect(needsOf(['describe("no server")', "describeWith('browser', 'z')"])).toEqual([]);
  });
});
