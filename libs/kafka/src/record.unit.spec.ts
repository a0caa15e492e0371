import { createMemoryEventLog } from '@toeverlaat/event-log';
import { organisationId } from '@toeverlaat/values';
import { expect, it } from 'vitest';
import type { IncomingRecord } from './port.js';
import { receivedOf, recordOf } from './record.js';
import { appendSample, sampleSource } from './sample.js';

const written = async (more: { readonly traceparent?: string } = {}): Promise<IncomingRecord> => {
  const log = createMemoryEventLog();
  await appendSample(log, organisationId('gentia'), 'one', 'none', ['Opened', 'Closed']);
  const { events } = await log.readAll({ limit: 2 });
  const recorded = events[1];
  const event = recorded === undefined ? undefined : sampleSource.publish(recorded);
  if (recorded === undefined || event === undefined) throw new RangeError('an event');
  const from = { previous: 0, version: 1, position: recorded.position, ...more };
  return { ...recordOf('toeverlaat.sample', event, from), partition: 0, offset: 7n };
};

it('reads what was written, with what the relay knows beside it', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  expect(receivedOf(await written({ traceparent }))).toMatchObject({
    kind: 'event',
    event: { type: 'sample.Closed', revision: 1 },
    from: { previous: 0, version: 1, traceparent },
  });
  const { headers, ...rest } = await written();
  const { 'previous-revision': _, ...first } = headers;
  const read = receivedOf({ ...rest, headers: first });
  expect(read).toMatchObject({ kind: 'event', from: { previous: undefined } });
  expect(read.kind === 'event' && 'traceparent' in read.from).toBe(false);
});

it.each([
  ['event-id', undefined, 'invalid_type'],
  ['stream', undefined, 'invalid_type'],
  ['stream', 'x'.repeat(201), 'too_big'],
  ['revision', undefined, 'invalid_type'],
  ['revision', '-1', 'invalid_format'],
  ['revision', '1'.repeat(16), 'invalid_format'],
  ['previous-revision', 'one', 'invalid_format'],
  ['type', 'x'.repeat(101), 'too_big'],
  ['version', '', 'invalid_format'],
  ['position', undefined, 'invalid_type'],
  ['position', 'x'.repeat(201), 'too_big'],
  ['traceparent', 'x'.repeat(61), 'too_big'],
])('names the header %s and the rule it breaks, never its value', async (field, value, rule) => {
  const { headers, ...rest } = await written();
  const { [field]: _, ...others } = headers;
  expect(receivedOf({ ...rest, headers: value === undefined ? others : { ...others, [field]: value } })).toEqual({
    kind: 'malformed',
    reason: `headers.${field}: ${rule}`,
  });
});

it('is malformed when headers and value are of two events', async () => {
  const { headers, ...rest } = await written();
  expect(receivedOf({ ...rest, headers: { ...headers, revision: '2' } })).toEqual({
    kind: 'malformed',
    reason: 'headers: another event than the value',
  });
});
