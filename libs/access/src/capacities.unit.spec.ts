import { err, ok, type OrganisationId, type PersonId, type Result } from '@toeverlaat/values';
import { describe, expect, it } from 'vitest';
import {
  activeAt,
  cachedAuthority,
  verifyCaller,
  type AuthoritySource,
  type AuthorityUnavailable,
  type Capacity,
} from './capacities.js';
import type { Caller } from './roles.js';

const gentia = 'gentia' as OrganisationId;
const zorgnet = 'zorgnet' as OrganisationId;
const lies = 'p1' as PersonId;
const at = '2026-11-20T10:00:00.000Z';

const counsellor: Capacity = {
  id: 'c1',
  role: 'counsellor',
  organisation: gentia,
  person: lies,
  sites: ['gent'],
  from: '2026-01-01',
};
const caller: Caller = {
  role: 'counsellor',
  organisation: gentia,
  person: lies,
  pseudonym: 'aaaa',
  capacityId: 'c1',
  sites: 'all',
};

const sourceOf = (
  byHome: Readonly<Record<string, readonly Capacity[]>>,
): AuthoritySource & { asked: number; fail: boolean } => {
  const source = {
    asked: 0,
    fail: false,
    capacitiesOf: async (
      home: OrganisationId,
      person: PersonId,
    ): Promise<Result<readonly Capacity[], AuthorityUnavailable>> => {
      source.asked += 1;
      if (source.fail) return err({ kind: 'AuthorityUnavailable', detail: 'down' });
      return ok((byHome[home] ?? []).filter((one) => one.person === person));
    },
  };
  return source;
};

describe('a capacity', () => {
  it('holds from its first day until before its last', () => {
    const ended = { ...counsellor, to: '2026-11-20' };
    expect(activeAt([ended], '2026-11-19')).toEqual([ended]);
    expect(activeAt([ended], '2026-11-20')).toEqual([]);
    expect(activeAt([counsellor], '2025-12-31')).toEqual([]);
    expect(activeAt([counsellor], '2026-01-01')).toEqual([counsellor]);
  });
  it('under a mandate holds no longer than the mandate', () => {
    const mandated = { ...counsellor, mandate: { id: 'm1', home: zorgnet, from: '2026-02-01', to: '2026-03-01' } };
    expect(activeAt([mandated], '2026-01-15')).toEqual([]);
    expect(activeAt([mandated], '2026-02-28')).toEqual([mandated]);
    expect(activeAt([mandated], '2026-03-01')).toEqual([]);
  });
});

describe('verifyCaller', () => {
  const source = sourceOf({ gentia: [counsellor], zorgnet: [{ ...counsellor, id: 'z1', organisation: zorgnet }] });

  it('gives the sites that the capacity has, not those claimed', async () => {
    expect(await verifyCaller(source, caller, at)).toMatchObject({
      ok: true,
      value: { caller: { sites: ['gent'] }, capacity: counsellor },
    });
  });
  it.each([
    ['an unknown capacity', { capacityId: 'c9' }],
    ['another role', { role: 'auditor' as const }],
    ['another organisation with the same person id', { organisation: zorgnet }],
    ['another person', { person: 'p2' as PersonId }],
    ['a mandate that was never given', { mandate: { id: 'm1', home: gentia, from: '2026-01-01' } }],
  ])('refuses %s', async (_, claim) => {
    expect(await verifyCaller(source, { ...caller, ...claim }, at)).toMatchObject({
      ok: false,
      error: { kind: 'CapacityNotHeld' },
    });
  });
  it('refuses no person', async () => {
    const { person: _, ...nobody } = caller;
    expect(await verifyCaller(source, nobody, at)).toMatchObject({ ok: false, error: { kind: 'CapacityNotHeld' } });
  });
  it('refuses a capacity on the day it ends', async () => {
    const ended = sourceOf({ gentia: [{ ...counsellor, to: '2026-11-20' }] });
    expect(await verifyCaller(ended, caller, at)).toMatchObject({ ok: false });
    expect(await verifyCaller(ended, caller, '2026-11-19T22:59:59.999Z')).toMatchObject({ ok: true });
    // Midnight is Belgian midnight.
    expect(await verifyCaller(ended, caller, '2026-11-19T23:00:00.000Z')).toMatchObject({ ok: false });
  });
  it('finds an adviser of an external service under its mandate, in the home directory', async () => {
    const mandate = { id: 'm1', home: zorgnet, from: '2026-01-01' };
    const adviser: Capacity = { ...counsellor, id: 'a1', role: 'prevention_adviser', mandate };
    const both = sourceOf({ gentia: [counsellor], zorgnet: [adviser] });
    const claim: Caller = { ...caller, role: 'prevention_adviser', capacityId: 'a1', mandate };
    expect(await verifyCaller(both, claim, at)).toMatchObject({ ok: true, value: { capacity: adviser } });
    expect(await verifyCaller(both, { ...claim, mandate: { ...mandate, home: gentia } }, at)).toMatchObject({
      ok: false,
    });
    const { mandate: _, ...without } = claim;
    expect(await verifyCaller(both, without, at)).toMatchObject({ ok: false });
  });
  it('lets a worker act as participant, and nobody else', async () => {
    const worker = sourceOf({ gentia: [{ ...counsellor, role: 'worker' }] });
    expect(await verifyCaller(worker, { ...caller, role: 'participant' }, at)).toMatchObject({ ok: true });
    expect(await verifyCaller(source, { ...caller, role: 'participant' }, at)).toMatchObject({ ok: false });
  });
  it('asks nothing about an anonymous worker, and lets none bring a person along', async () => {
    const { person: _, ...rest } = caller;
    const anonymous: Caller = { ...rest, role: 'anonymous_worker', receipt: { lookupId: 'x' } };
    expect(await verifyCaller(source, anonymous, at)).toMatchObject({ ok: true, value: { capacity: undefined } });
    expect(await verifyCaller(source, { ...anonymous, person: lies }, at)).toMatchObject({ ok: false });
  });
  it('fails closed when the source cannot be asked, or throws', async () => {
    const down: AuthoritySource = { capacitiesOf: () => Promise.reject(new Error('connection refused')) };
    expect(await verifyCaller(down, caller, at)).toMatchObject({ ok: false, error: { kind: 'AuthorityUnavailable' } });
  });
});

describe('cachedAuthority', () => {
  const setup = () => {
    const source = sourceOf({ gentia: [counsellor], zorgnet: [{ ...counsellor, id: 'z1', organisation: zorgnet }] });
    let now = 0;
    return {
      source,
      cached: cachedAuthority(source, { ttlMs: 2000, monotonic: () => now, maxEntries: 2 }),
      tick: (ms: number) => (now += ms),
    };
  };

  it('asks again after the time to live', async () => {
    const { source, cached, tick } = setup();
    await cached.capacitiesOf(gentia, lies, at);
    tick(1999);
    await cached.capacitiesOf(gentia, lies, at);
    expect(source.asked).toBe(1);
    tick(1);
    await cached.capacitiesOf(gentia, lies, at);
    expect(source.asked).toBe(2);
  });
  it('asks once for callers at the same time', async () => {
    const { source, cached } = setup();
    await Promise.all([1, 2, 3].map(() => cached.capacitiesOf(gentia, lies, at)));
    expect(source.asked).toBe(1);
  });
  it('keeps two organisations with the same person ids apart', async () => {
    const { cached } = setup();
    expect(await cached.capacitiesOf(gentia, lies, at)).toMatchObject({ value: [{ id: 'c1' }] });
    expect(await cached.capacitiesOf(zorgnet, lies, at)).toMatchObject({ value: [{ id: 'z1' }] });
  });
  it('never answers from memory what failed, nor from before a failure once that is too old', async () => {
    const { source, cached, tick } = setup();
    await cached.capacitiesOf(gentia, lies, at);
    source.fail = true;
    tick(2000);
    expect(await cached.capacitiesOf(gentia, lies, at)).toMatchObject({
      ok: false,
      error: { kind: 'AuthorityUnavailable' },
    });
    source.fail = false;
    expect(await cached.capacitiesOf(gentia, lies, at)).toMatchObject({ ok: true });
  });
  it('forgets the oldest beyond its size', async () => {
    const { source, cached } = setup();
    for (const person of ['p1', 'p2', 'p3', 'p1']) await cached.capacitiesOf(gentia, person as PersonId, at);
    expect(source.asked).toBe(4);
  });
});
