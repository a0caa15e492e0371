import { ERASED } from '@toeverlaat/event-log';
import type { OrganisationId, PersonId } from '@toeverlaat/values';
import { describe, expect, it } from 'vitest';
import { excludedFrom, isExcluded, relationByInvolvement, withoutExcluded, type Involvement } from './exclusions.js';

const gentia = 'gentia' as OrganisationId;
const zorgnet = 'zorgnet' as OrganisationId;
const person = (id: string) => id as PersonId;

const involvement: Involvement = {
  organisation: gentia,
  participants: [
    { participantId: 'x1', person: person('p1'), part: 'applicant' },
    { participantId: 'x2', person: person('p2'), part: 'involved' },
    { participantId: 'x3', part: 'involved' },
    { participantId: 'x4', person: ERASED, part: 'involved' },
  ],
  recused: [person('p3'), { organisation: zorgnet, person: person('p4') }],
};

describe('exclusions', () => {
  it('cover all who take part and all who stepped back', () => {
    expect(excludedFrom(involvement).map((ref) => `${ref.organisation}/${ref.person}`)).toEqual([
      'gentia/p1',
      'gentia/p2',
      'gentia/p3',
      'zorgnet/p4',
    ]);
  });
  it('tell people of two directories with the same id apart', () => {
    expect(isExcluded(involvement, { organisation: gentia, person: person('p2') })).toBe(true);
    expect(isExcluded(involvement, { organisation: zorgnet, person: person('p2') })).toBe(false);
    expect(isExcluded(involvement, { organisation: zorgnet, person: person('p4') })).toBe(true);
    expect(isExcluded(involvement, { organisation: gentia, person: person('p4') })).toBe(false);
  });
  it('leave those who may be asked, in their order', () => {
    const ask = (ids: string[]) => ids.map((id) => ({ organisation: gentia, person: person(id) }));
    expect(withoutExcluded(involvement, ask(['p9', 'p2', 'p8', 'p3']))).toEqual(ask(['p9', 'p8']));
    expect(withoutExcluded(involvement, ask(['p2']))).toEqual([]);
  });
});

describe('what a caller is to a record by taking part in it', () => {
  const as = (role: Parameters<typeof relationByInvolvement>[0]['role'], id: string) =>
    relationByInvolvement({ role, organisation: gentia, person: person(id) }, involvement);

  it('is applicant only as a worker, participant only as a participant', () => {
    expect(as('worker', 'p1')).toBe('applicant');
    expect(as('participant', 'p2')).toBe('participant');
    expect(as('participant', 'p1')).toBeUndefined();
  });
  it('is excluded in every other capacity', () => {
    for (const role of [
      'counsellor',
      'prevention_adviser',
      'administrator',
      'auditor',
      'head_internal_service',
    ] as const) {
      expect(as(role, 'p1')).toBe('excluded');
      expect(as(role, 'p2')).toBe('excluded');
      expect(as(role, 'p3')).toBe('excluded');
      expect(as(role, 'p9')).toBeUndefined();
    }
    expect(as('worker', 'p2')).toBe('excluded');
  });
  it('is nothing for a person of another directory with the same id', () => {
    const mandate = { id: 'm1', home: zorgnet, from: '2026-01-01' };
    const adviser = { role: 'prevention_adviser' as const, organisation: gentia, mandate };
    expect(relationByInvolvement({ ...adviser, person: person('p2') }, involvement)).toBeUndefined();
    expect(relationByInvolvement({ ...adviser, person: person('p4') }, involvement)).toBe('excluded');
  });
  it('is nothing for someone without a person', () => {
    expect(relationByInvolvement({ role: 'anonymous_worker', organisation: gentia }, involvement)).toBeUndefined();
  });
});
