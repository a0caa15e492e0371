import { InvariantBroken, newCommandId, settableClock, type CommandId, type OrganisationId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DamagedEvent } from './codec.js';
import { createMemoryEventLog } from './memory-log.js';
import { metadataOf } from './metadata.js';
import type { AppendError, EventLog, RecordedEvent } from './port.js';
import { createRunner, type CommandContext, type CommandOutcome } from './runner.js';
import { createFakeSealer, GENTIA, loanDecider, sampleCodec, ZORGNET, type LoanCommand } from './sample.js';
import { ERASED, plainText } from './sealed.js';

const START = '2026-03-02T08:00:00.000Z';
type Body = Omit<LoanCommand, 'meta'>;
const OPEN: Body = {
  type: 'OpenLoan',
  data: { borrowerId: 'b1', shelf: 'north', person: 'p9', note: plainText('maps') },
};
const extend = (days: number): Body => ({ type: 'ExtendLoan', data: { days, reasons: ['ill'] } });
const CLOSE: Body = { type: 'CloseLoan', data: {} };
const TOUCH: Body = { type: 'TouchLoan', data: {} };

const setUp = (log: EventLog = createMemoryEventLog()) => {
  const sealer = createFakeSealer();
  const clock = settableClock(START);
  const unknown: RecordedEvent[] = [];
  const runner = createRunner({
    log,
    sealer,
    clock,
    category: 'sample.loan',
    codec: sampleCodec,
    decider: loanDecider,
    fingerprintKey: async (organisation) => Buffer.from(`key of ${organisation}`),
    onUnknown: (event) => unknown.push(event),
  });
  const context = (
    organisation: OrganisationId,
    commandId: CommandId,
    more: Partial<CommandContext> = {},
  ): CommandContext => ({
    organisation,
    commandId,
    actor: { pseudonym: 'staff1', capacity: 'counsellor' },
    purpose: 'test',
    correlationId: newCommandId(),
    causationId: newCommandId(),
    policyVersion: '1',
    lawVersion: '1',
    ...more,
  });
  const run = (command: Body, more: Partial<CommandContext> & { id?: string } = {}): Promise<CommandOutcome> => {
    const { id = 'l1', organisation = GENTIA, commandId = newCommandId(), ...rest } = more;
    return runner.execute(id, command, context(organisation, commandId, rest));
  };
  return { log, sealer, clock, runner, run, unknown, stream: runner.streamOf(GENTIA, 'l1') };
};

const stateOf = async (runner: ReturnType<typeof setUp>['runner'], organisation = GENTIA, asOf?: string) => {
  const loaded = await runner.load(organisation, 'l1', asOf === undefined ? {} : { asOf });
  return loaded.kind === 'loaded' ? loaded.state : loaded.kind;
};

describe('runner', () => {
  it('decides on the folded state and appends with the whole envelope', async () => {
    const { run, runner, log, stream } = setUp();
    const commandId = newCommandId();
    const opened = await run(OPEN, { commandId });
    expect(opened).toMatchObject({ ok: true, revision: 0, repeated: false });
    expect(await run(extend(40))).toMatchObject({ ok: true, revision: 2 });
    expect(await stateOf(runner)).toMatchObject({ status: 'open', shelf: 'north', person: 'p9', days: 41 });

    const [first] = await log.readStream(stream);
    if (first === undefined) throw new Error('nothing stored');
    expect(metadataOf(first)).toMatchObject({
      v: 1,
      eventId: first.eventId,
      type: 'sample.LoanOpened.v2',
      organisation: GENTIA,
      recordedAt: START,
      commandId,
    });
    expect(opened).toMatchObject({ position: first.position, eventIds: [first.eventId] });
  });

  it('passes a refusal on and appends nothing', async () => {
    const { run, runner } = setUp();
    expect(await run(CLOSE)).toEqual({ ok: false, rejection: { kind: 'NotFound' } });
    expect(await stateOf(runner)).toBe('absent');
    await run(OPEN);
    expect(await run(OPEN)).toEqual({ ok: false, rejection: { kind: 'RuleRefused', code: 'loan.already_open' } });
  });

  it('accepts a command that decides to nothing', async () => {
    const { run } = setUp();
    expect(await run(TOUCH)).toEqual({ ok: true, eventIds: [], revision: -1, position: undefined, repeated: false });
    await run(OPEN);
    expect(await run(TOUCH)).toMatchObject({ ok: true, eventIds: [], revision: 0 });
  });

  it('answers a repeated command as the first time', async () => {
    const { run, log, stream, clock } = setUp();
    await run(OPEN);
    const commandId = newCommandId();
    const first = await run(extend(40), { commandId });
    await run(extend(2));
    clock.set('2026-03-05T08:00:00.000Z');
    const second = await run(extend(40), { commandId });
    expect(second).toEqual({ ...first, repeated: true });
    expect(await log.readStream(stream)).toHaveLength(4);
  });

  it('answers repeats that run at the same time as one', async () => {
    const { run, log, stream } = setUp();
    const commandId = newCommandId();
    const answers = await Promise.all(Array.from({ length: 10 }, () => run(OPEN, { commandId })));
    expect(answers.filter((answer) => answer.ok && !answer.repeated)).toHaveLength(1);
    expect(answers.filter((answer) => answer.ok && answer.repeated)).toHaveLength(9);
    expect(await log.readStream(stream)).toHaveLength(1);
  });

  it('refuses a command id that comes back with another body or another actor', async () => {
    const { run, log, stream } = setUp();
    await run(OPEN);
    const commandId = newCommandId();
    await run(extend(5), { commandId });
    const reused = { ok: false, rejection: { kind: 'CommandIdReused' } };
    expect(await run(extend(6), { commandId })).toEqual(reused);
    expect(await run(CLOSE, { commandId })).toEqual(reused);
    expect(await run(extend(5), { commandId, actor: { pseudonym: 'staff2', capacity: 'counsellor' } })).toEqual(reused);
    expect(await log.readStream(stream)).toHaveLength(2);
  });

  it('decides again on the newer state after a version conflict', async () => {
    const { run, runner } = setUp();
    await run(OPEN);
    const answers = await Promise.all([1, 2, 3, 4].map((days) => run(extend(days))));
    expect(answers.every((answer) => answer.ok)).toBe(true);
    expect(await stateOf(runner)).toMatchObject({ days: 10 });
  });

  it('gives up on a stream that is contended without end', async () => {
    const log = createMemoryEventLog();
    const conflict: AppendError = { kind: 'VersionConflict', stream: 's', expected: 0, actual: 1 };
    const { run } = setUp({ ...log, append: async () => ({ ok: false, error: conflict }) });
    expect(await run(OPEN)).toEqual({ ok: false, rejection: { kind: 'Unavailable', detail: 'contended' } });
  });

  it.each([
    { error: { kind: 'LogFull', detail: 'x' } as const, rejection: { kind: 'Unavailable', detail: 'LogFull' } },
    { error: { kind: 'LogReadOnly', detail: 'x' } as const, rejection: { kind: 'Unavailable', detail: 'LogReadOnly' } },
    {
      error: { kind: 'LogUnavailable', detail: 'x' } as const,
      rejection: { kind: 'Unavailable', detail: 'LogUnavailable' },
    },
    {
      error: { kind: 'EventTooLarge', stream: 's', size: 2, limit: 1 } as const,
      rejection: { kind: 'InvalidInput', field: 'command', rule: 'too_big', params: { limit: 1 } },
    },
  ])('retries nothing but a conflict: $error.kind', async ({ error, rejection }) => {
    let appends = 0;
    const { run } = setUp({
      ...createMemoryEventLog(),
      append: async () => {
        appends += 1;
        return { ok: false, error };
      },
    });
    expect(await run(OPEN)).toEqual({ ok: false, rejection });
    expect(appends).toBe(1);
  });

  it('refuses a caller who saw an older version, but knows a repeat of theirs', async () => {
    const { run } = setUp();
    await run(OPEN);
    const commandId = newCommandId();
    expect(await run(extend(1), { commandId, expectedRevision: 0 })).toMatchObject({ ok: true, revision: 1 });
    expect(await run(extend(1), { expectedRevision: 0 })).toEqual({
      ok: false,
      rejection: { kind: 'StaleVersion', expected: 0, actual: 1 },
    });
    expect(await run(extend(1), { commandId, expectedRevision: 0 })).toMatchObject({ ok: true, repeated: true });
    expect(await run(OPEN, { id: 'l2', expectedRevision: 3 })).toMatchObject({
      ok: false,
      rejection: { kind: 'StaleVersion', actual: -1 },
    });
  });

  it('loads what was recorded by a moment', async () => {
    const { run, runner, clock } = setUp();
    await run(OPEN);
    clock.set('2026-03-03T08:00:00.000Z');
    await run(extend(5));
    clock.set('2026-03-04T08:00:00.000Z');
    await run(CLOSE);
    expect(await stateOf(runner, GENTIA, '2026-03-01T00:00:00.000Z')).toBe('absent');
    expect(await stateOf(runner, GENTIA, START)).toMatchObject({ status: 'open', days: 0 });
    expect(await stateOf(runner, GENTIA, '2026-03-03T23:00:00.000Z')).toMatchObject({ status: 'open', days: 5 });
    expect(await stateOf(runner)).toEqual({ status: 'closed', on: '2026-03-04' });
  });

  it('folds a prefix where the clocks of two replicas disagree', async () => {
    const { run, runner, clock } = setUp();
    await run(OPEN);
    clock.set('2026-03-05T08:00:00.000Z');
    await run(extend(5));
    clock.set('2026-03-04T08:00:00.000Z');
    await run(extend(7));
    expect(await stateOf(runner, GENTIA, '2026-03-04T12:00:00.000Z')).toMatchObject({ days: 0 });
  });

  it('says erased, unavailable, or goes on without an erased participant', async () => {
    const { run, runner, sealer } = setUp();
    await run(OPEN);
    sealer.setReachable(false);
    expect(await runner.load(GENTIA, 'l1')).toEqual({ kind: 'unavailable', detail: 'vault away' });
    expect(await run(extend(1))).toEqual({ ok: false, rejection: { kind: 'Unavailable', detail: 'vault away' } });
    sealer.setReachable(true);
    sealer.destroy('loan/l1#b1');
    expect(await stateOf(runner)).toMatchObject({ status: 'open', person: ERASED });
    expect(await run(extend(1))).toMatchObject({ ok: true });
    sealer.destroy('loan/l1');
    expect(await stateOf(runner)).toBe('erased');
    expect(await run(extend(1))).toEqual({ ok: false, rejection: { kind: 'Erased' } });
  });

  it('names the field of an event that its schema refuses, and appends nothing', async () => {
    const { run, log, stream } = setUp();
    await run(OPEN);
    expect(await run(extend(500))).toEqual({
      ok: false,
      rejection: { kind: 'InvalidInput', field: 'days', rule: 'too_big' },
    });
    expect(await log.readStream(stream)).toHaveLength(1);
  });

  it('counts an event of an unknown type and keeps it', async () => {
    const { run, runner, log, stream, unknown } = setUp();
    await run(OPEN);
    const [first] = await log.readStream(stream);
    if (first === undefined) throw new Error('nothing stored');
    const type = 'sample.LoanInsured.v1';
    const metadata = Buffer.from(Buffer.from(first.metadata).toString('utf8').replace(first.type, type));
    await log.append({ organisation: GENTIA, stream, expected: 0, events: [{ ...first, type, metadata }] });
    expect(await run(extend(3))).toMatchObject({ ok: true, revision: 2 });
    expect(await stateOf(runner)).toMatchObject({ days: 3 });
    expect(unknown.map((event) => event.type)).toContain(type);
  });

  it.each([
    { what: 'type', change: (event: RecordedEvent): RecordedEvent => ({ ...event, type: 'sample.LoanClosed.v1' }) },
    {
      what: 'event id',
      change: (event: RecordedEvent): RecordedEvent => ({ ...event, eventId: newCommandId() as never }),
    },
  ])('refuses to fold an event whose envelope names another $what', async ({ change }) => {
    const log = createMemoryEventLog();
    const { run, runner } = setUp({ ...log, readStream: async (stream) => (await log.readStream(stream)).map(change) });
    await run(OPEN);
    await expect(runner.load(GENTIA, 'l1')).rejects.toThrow(DamagedEvent);
  });

  it('keeps organisations with the same ids apart', async () => {
    const { run, runner, log } = setUp();
    const commandId = newCommandId();
    expect(await run(OPEN, { commandId, organisation: GENTIA })).toMatchObject({ repeated: false });
    expect(await stateOf(runner, ZORGNET)).toBe('absent');
    expect(await run(OPEN, { commandId, organisation: ZORGNET })).toMatchObject({ repeated: false });
    await run(extend(9), { organisation: ZORGNET });
    expect(await stateOf(runner, GENTIA)).toMatchObject({ days: 0 });
    expect(await stateOf(runner, ZORGNET)).toMatchObject({ days: 9 });

    const crossed = setUp({ ...log, readStream: () => log.readStream(runner.streamOf(ZORGNET, 'l1')) });
    await expect(crossed.runner.load(GENTIA, 'l1')).rejects.toThrow(InvariantBroken);
  });

  it('stores nothing of a command but its events and a keyed fingerprint', async () => {
    const { run, log, stream } = setUp();
    await run(OPEN);
    const [event] = await log.readStream(stream);
    const stored = Buffer.from(event?.metadata ?? []).toString('utf8');
    expect(stored).not.toContain('maps');
    expect(stored).not.toContain('north');
  });
});

describe('runner, as a property', () => {
  const body = fc.oneof(
    fc.constant(OPEN),
    fc.constant(CLOSE),
    fc.constant(TOUCH),
    fc.integer({ min: 1, max: 60 }).map(extend),
  );

  it('a command sent again at any later time yields nothing new', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(body, fc.uuid({ version: 4 }), fc.constantFrom(GENTIA, ZORGNET)), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.infiniteStream(fc.nat()),
        async (commands, picks) => {
          const { run, runner, log } = setUp();
          const repeats: { again: CommandOutcome; expected: unknown; grown: boolean }[] = [];
          for (const [index, [command, id, organisation]] of commands.entries()) {
            await run(command, { commandId: id as CommandId, organisation });
            const before = await log.head();
            const [earlier, earlierId, of] = commands[(picks.next().value ?? 0) % (index + 1)] ?? [
              command,
              id,
              organisation,
            ];
            const stored = await log.readStream(runner.streamOf(of, 'l1'));
            const events = stored.filter((event) => metadataOf(event).commandId === earlierId);
            // A rejection and a command that decided to nothing left no trace: these are simply decided again.
            if (events.length === 0) continue;
            const again = await run(earlier, { commandId: earlierId as CommandId, organisation: of });
            repeats.push({
              again,
              grown: (await log.head()) !== before,
              expected: {
                ok: true,
                eventIds: events.map((event) => event.eventId),
                revision: events.at(-1)?.revision,
                position: events.at(-1)?.position,
                repeated: true,
              },
            });
          }
          expect(repeats.map(({ again }) => again)).toEqual(repeats.map(({ expected }) => expected));
          expect(repeats.some(({ grown }) => grown)).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  });
});
