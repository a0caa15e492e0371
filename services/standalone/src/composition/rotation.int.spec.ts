import { createMemoryEventLog, type SealItem } from '@toeverlaat/event-log';
import { createMemorySealing } from '@toeverlaat/sealing';
import { silentLogger } from '@toeverlaat/telemetry';
import { organisationId, settableClock, uuidV5, type EventId, type OrganisationId } from '@toeverlaat/values';
import { expect, it } from 'vitest';
import { createRotation } from './rotation.js';

// Two organisations that share every id on purpose (design rule 5).
const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');

it('starts an epoch when the last one has lasted its days, of each organisation by itself, and opens what was sealed before', async () => {
  const clock = settableClock('2026-11-01T09:00:00.000Z');
  const log = createMemoryEventLog();
  const sealing = createMemorySealing(clock);
  const look = createRotation({ log, sealing, clock, epochDays: 7, logger: silentLogger() });
  const item = (organisation: OrganisationId): SealItem => ({
    organisation,
    subjects: ['case/1'],
    context: { organisation, stream: 's', eventId: 'e', type: 't', path: 'p' },
    value: 'words',
  });
  const found = async (organisation: OrganisationId): Promise<void> => {
    await log.append({
      organisation,
      stream: `directory.organisation-${organisation}_profile`,
      expected: 'any',
      events: [
        {
          eventId: uuidV5('test', organisation) as EventId,
          type: 'directory.OrganisationRegistered.v1',
          metadata: Buffer.from('{}'),
          data: Buffer.from('{}'),
        },
      ],
    });
  };
  await found(gentia);
  await found(zorgnet);
  // Without a key there is nothing to rotate.
  await look();
  expect(await sealing.epochSince(gentia)).toBeUndefined();

  const sealed = await sealing.seal([item(gentia)]);
  clock.set('2026-11-05T09:00:00.000Z');
  expect((await sealing.seal([item(zorgnet)])).ok).toBe(true);
  clock.set('2026-11-07T09:00:00.000Z');
  await look();
  expect(await sealing.epochSince(gentia)).toBe('2026-11-01T09:00:00.000Z');
  clock.set('2026-11-08T09:00:00.000Z');
  await look();
  await look();
  expect(await sealing.epochSince(gentia)).toBe('2026-11-08T09:00:00.000Z');
  expect(await sealing.epochSince(zorgnet)).toBe('2026-11-05T09:00:00.000Z');
  if (!sealed.ok) throw new Error(sealed.error.kind);
  expect(await sealing.open(gentia, sealed.value)).toEqual([{ kind: 'opened', value: 'words' }]);
});
