import { settableClock } from '@toeverlaat/values';
import { expect, it } from 'vitest';
import { createWaiting } from './waiting.js';

it('counts from when each was first seen to wait, and forgets who no longer does', () => {
  const clock = settableClock('2026-11-20T09:00:00.000Z');
  const waited = createWaiting(clock);
  expect(waited([])).toBe(0);
  // Two organisations may have the same id.
  expect(waited(['gentia 1'])).toBe(0);
  clock.set('2026-11-20T09:10:00.000Z');
  expect(waited(['gentia 1', 'zorgnet 1'])).toBe(600);
  clock.set('2026-11-20T09:11:00.000Z');
  expect(waited(['zorgnet 1'])).toBe(60);
  expect(waited([])).toBe(0);
  // One that waits again begins anew; a clock that went back is no negative time.
  expect(waited(['gentia 1'])).toBe(0);
  clock.set('2026-11-20T09:00:00.000Z');
  expect(waited(['gentia 1'])).toBe(0);
});
