import type { AuthoritySource, Capacity } from '@toeverlaat/access';
import { createMemoryEventLog, type EventLog } from '@toeverlaat/event-log';
import { eventIdOf, ok, organisationId, randomId, type PersonId } from '@toeverlaat/values';
import { describe, expect, it } from 'vitest';
import { watchDirectory, watchedAuthority } from './authority.js';

const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');
const ann = 'p-ann' as PersonId;
const AT = '2026-11-23T10:00:00.000Z';

const setUp = () => {
  let asked = 0;
  let held: readonly Capacity[] = [];
  const source: AuthoritySource = {
    capacitiesOf: () => {
      asked += 1;
      return Promise.resolve(ok(held));
    },
  };
  const { authority, forget } = watchedAuthority(source);
  const log = watchDirectory(createMemoryEventLog(), forget);
  return {
    authority,
    log,
    asked: () => asked,
    hold: (capacity: Capacity) => {
      held = [capacity];
    },
  };
};

const append = async (log: EventLog, stream: string, expected: 'none' | 'any' = 'none') => {
  const event = {
    eventId: eventIdOf(stream, randomId(), 0),
    type: 'x.Y.v1',
    metadata: new Uint8Array(1),
    data: new Uint8Array(1),
  };
  const organisation = stream.includes('zorgnet') ? zorgnet : gentia;
  return (await log.append({ organisation, stream, expected, events: [event] })).ok;
};

const capacity: Capacity = {
  id: 'c-1',
  role: 'administrator',
  organisation: gentia,
  person: ann,
  sites: 'all',
  from: '2026-01-01',
};

describe('authority in one process', () => {
  it('is asked once while nothing changes in the directory', async () => {
    const { authority, log, asked } = setUp();
    await authority.capacitiesOf(gentia, ann, AT);
    expect(await append(log, 'case.case-gentia_1')).toBe(true);
    expect(await append(log, 'directory.access-gentia_20261123-a', 'any')).toBe(true);
    await authority.capacitiesOf(gentia, ann, AT);
    expect(asked()).toBe(1);
    // The same person id in another organisation is another person.
    await authority.capacitiesOf(zorgnet, ann, AT);
    expect(asked()).toBe(2);
  });

  it('sees what the directory has just recorded', async () => {
    const { authority, log, hold } = setUp();
    expect(await authority.capacitiesOf(gentia, ann, AT)).toEqual(ok([]));
    hold(capacity);
    expect(await authority.capacitiesOf(gentia, ann, AT)).toEqual(ok([]));
    expect(await append(log, 'directory.person-gentia_p-ann')).toBe(true);
    expect(await authority.capacitiesOf(gentia, ann, AT)).toEqual(ok([capacity]));
  });

  it('forgets nothing for an append that was refused', async () => {
    const { authority, log, asked } = setUp();
    expect(await append(log, 'directory.person-gentia_p-ann')).toBe(true);
    await authority.capacitiesOf(gentia, ann, AT);
    expect(await append(log, 'directory.person-gentia_p-ann')).toBe(false);
    await authority.capacitiesOf(gentia, ann, AT);
    expect(asked()).toBe(1);
  });
});
