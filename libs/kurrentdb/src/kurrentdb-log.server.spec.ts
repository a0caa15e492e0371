import { streamName } from '@toeverlaat/event-log';
import { eventLogContract } from '@toeverlaat/testing/event-log-contract';
import { describeWith } from '@toeverlaat/testing/needs';
import { canonicalBytes, eventIdOf, newCommandId, organisationId, randomId } from '@toeverlaat/values';
import { expect, it } from 'vitest';
import { openKurrentEventLog } from './kurrentdb-log.js';

const gentia = organisationId('gentia');

describeWith('kurrentdb', 'the KurrentDB log', (address) => {
  eventLogContract('KurrentDB', async () => ({ log: openKurrentEventLog({ connectionString: address }) }));

  const sample = (note: string, commandId = newCommandId(), index = 0, bytes = 0) => ({
    eventId: eventIdOf('sample.note', commandId, index),
    type: 'sample.Noted.v1',
    metadata: canonicalBytes({ note: `envelope of ${note}` }),
    data: canonicalBytes({ note, padding: 'x'.repeat(bytes) }),
  });

  it('does not take another body under the same event ids for a repeat', async () => {
    const log = openKurrentEventLog({ connectionString: address });
    const stream = streamName(`sample${randomId().replaceAll('-', '')}.note`, gentia, 'one');
    const commandId = newCommandId();
    const request = { organisation: gentia, stream, expected: 'none', events: [sample('a', commandId)] } as const;
    expect((await log.append(request)).ok).toBe(true);
    expect(await log.append({ ...request, events: [sample('b', commandId)] })).toEqual({
      ok: false,
      error: { kind: 'StreamExists', stream, actual: 0 },
    });
    await log.append({ ...request, expected: 'any' });
    expect(await log.readStream(stream)).toHaveLength(2);
    await log.close();
  });

  it('takes an append of several large events: the server is set up for it (docs/how-to/kurrentdb.md)', async () => {
    const log = openKurrentEventLog({ connectionString: address });
    const stream = streamName(`sample${randomId().replaceAll('-', '')}.note`, gentia, 'large');
    const commandId = newCommandId();
    const events = [0, 1, 2, 3, 4].map((index) => sample('large', commandId, index, 900_000));
    const answer = await log.append({ organisation: gentia, stream, expected: 'none', events });
    expect(answer).toMatchObject({ ok: true, value: { firstRevision: 0, lastRevision: 4 } });
    const read = await log.readStream(stream);
    expect(read.map((event) => event.data.length)).toEqual(events.map((event) => event.data.length));
    expect(answer.ok && answer.value.position).toBe(read.at(-1)?.position);
    await log.close();
  });
});
