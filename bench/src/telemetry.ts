import { createMemoryEventLog, type EventLog } from '@toeverlaat/event-log';
import { createRpcController, observedLog } from '@toeverlaat/service-kit';
import { noTelemetry, type Telemetry } from '@toeverlaat/telemetry';
import { recordingTelemetry } from '@toeverlaat/telemetry/testing';
import { randomId, type EventId, type OrganisationId } from '@toeverlaat/values';
import { median, note, printTable } from './harness.js';

const ROUNDS = 7;
const CALLS = 4_000;
const organisation = 'gentia' as OrganisationId;
const bytes = Buffer.from('{}');
const message = { context: { caller: { organisation } } };

/** A command as telemetry sees it: the answer of a pattern with one append in it, and nothing else. */
const commandOf = (telemetry: Telemetry): (() => Promise<unknown>) => {
  const log: EventLog = observedLog(createMemoryEventLog(), telemetry);
  const pattern = 'case.open';
  const controller = createRpcController(
    'Measured',
    [
      {
        pattern,
        handle: async () => {
          const id = randomId();
          const event = { eventId: id as EventId, type: 'case.CaseOpened.v1', data: bytes, metadata: bytes };
          await log.append({ organisation, stream: `case.case-gentia_${id}`, expected: 'none', events: [event] });
          return { ok: true, id, revision: 0, position: null, repeated: false };
        },
      },
    ],
    { telemetry },
  );
  const instance = new controller();
  return async () => instance['case_open']?.(message);
};

/** Microseconds of processor time for one command. */
const costOf = async (telemetry: Telemetry): Promise<number> => {
  const command = commandOf(telemetry);
  const before = process.cpuUsage();
  for (let n = 0; n < CALLS; n += 1) await command();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
};

/** What traces and figures cost a command: an RPC answered and one append, over a log in memory, in turns. */
export const telemetry = async (): Promise<void> => {
  const costs = new Map<string, number[]>();
  for (let round = 0; round <= ROUNDS; round += 1) {
    note(`telemetry: round ${round} of ${ROUNDS}`);
    for (const [name, ratio] of [
      ['off', undefined],
      ['figures', 0],
      ['figures, one in a hundred traced', 0.01],
      ['figures, everything traced', 1],
    ] as const) {
      const recording = ratio === undefined ? undefined : recordingTelemetry('bench', ratio);
      const cost = await costOf(recording?.of('case') ?? noTelemetry);
      await recording?.stop();
      // The first round warms up.
      if (round > 0) costs.set(name, [...(costs.get(name) ?? []), cost]);
    }
  }
  const off = median(costs.get('off') ?? []);
  printTable(
    `Telemetry: ${ROUNDS} rounds of ${CALLS} commands`,
    ['what', 'µs of processor a command', 'more than off'],
    Array.from(costs, ([name, given]) => [name, median(given), median(given) - off]),
  );
};
