import { createHash } from 'node:crypto';
import type { CommandId } from '@toeverlaat/values';
import { leafHexOf } from './leaf.js';
import { isOfCommand, metadataOf } from './metadata.js';
import type { AppendError, EventLog, EventToAppend, Position, RecordedEvent } from './port.js';

/** How a stream stands: its last revision, and a chain of the hashes of its leaves up to there. */
type StreamState = { readonly last: number; readonly chain: string };
type Streams = Map<string, StreamState>;

export type CopyOptions = {
  /** A log, or a part of one that has whole streams. */
  readonly from: Pick<EventLog, 'readAll'>;
  readonly to: EventLog;
  /** Appends sent at once; 1 where the target does not keep their order. */
  readonly window?: number;
  readonly onProgress?: (progress: {
    readonly phase: 'looking' | 'copying' | 'verifying';
    readonly events: number;
  }) => void;
};

export type CopyReport = {
  readonly events: number;
  readonly streams: number;
  /** Appended by this run; the rest was there. */
  readonly copied: number;
  /** SHA-256 over all streams in the order of their names, with their leaves: the same for both logs. */
  readonly digest: string;
};

export type CopyRefusal =
  /** The target holds what the source does not: another log, or one that was written to. Nothing was appended. */
  | { readonly kind: 'TargetHoldsOther'; readonly stream: string }
  /** The target did not take an append. What was copied stays; run it again. */
  | { readonly kind: 'NotTaken'; readonly error: AppendError }
  /** After copying, a stream does not have the leaves of the source. Do not use the target. */
  | { readonly kind: 'Differs'; readonly stream: string };

const PAGE = 500;
/** An append is cut at this size, between commands, where one stream follows itself for long. */
const MAX_RUN_EVENTS = 500;
const MAX_RUN_BYTES = 4 * 1024 * 1024;

const link = (before: StreamState | undefined, event: RecordedEvent): StreamState => ({
  last: event.revision,
  chain: createHash('sha256')
    .update(before?.chain ?? '')
    .update(leafHexOf(event))
    .digest('hex'),
});

/** Every event of a log, page by page, as it stood when the end was reached. */
async function* everything(log: Pick<EventLog, 'readAll'>): AsyncGenerator<readonly RecordedEvent[]> {
  let after: Position | undefined;
  for (;;) {
    const slice = await log.readAll({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    yield slice.events;
    if (slice.atEnd) return;
    after = slice.next;
  }
}

const statesOf = async (log: Pick<EventLog, 'readAll'>, onEvents: (count: number) => void): Promise<Streams> => {
  const streams: Streams = new Map();
  let count = 0;
  for await (const events of everything(log)) {
    for (const event of events) streams.set(event.stream, link(streams.get(event.stream), event));
    count += events.length;
    onEvents(count);
  }
  return streams;
};

/** The first stream of the target that is no beginning of the same stream in the source. */
const otherIn = async (target: Streams, source: CopyOptions['from']): Promise<string | undefined> => {
  if (target.size === 0) return undefined;
  const seen: Streams = new Map();
  const left = new Set(target.keys());
  for await (const events of everything(source))
    for (const event of events) {
      const state = link(seen.get(event.stream), event);
      seen.set(event.stream, state);
      const wanted = target.get(event.stream);
      if (wanted?.last !== event.revision) continue;
      if (wanted.chain !== state.chain) return event.stream;
      left.delete(event.stream);
    }
  return [...left][0];
};

const sizeOf = (event: RecordedEvent): number => event.metadata.length + event.data.length;

const sameCommand = (a: RecordedEvent, b: RecordedEvent): boolean => {
  try {
    return isOfCommand(b, metadataOf(a).commandId as CommandId);
  } catch {
    // No envelope that this version reads: copied as it stands.
    return false;
  }
};

/**
 * Events that follow each other in one stream go together: what was appended at once is appended at once, so that nobody
 * ever reads half a command from the target. A stretch is cut only where it grows too long, and then between commands.
 */
async function* runs(log: CopyOptions['from']): AsyncGenerator<readonly RecordedEvent[]> {
  let run: RecordedEvent[] = [];
  let bytes = 0;
  for await (const events of everything(log))
    for (const event of events) {
      const before = run.at(-1);
      const long = run.length >= MAX_RUN_EVENTS || bytes + sizeOf(event) > MAX_RUN_BYTES;
      if (before !== undefined && (before.stream !== event.stream || (long && !sameCommand(before, event)))) {
        yield run;
        run = [];
        bytes = 0;
      }
      run.push(event);
      bytes += sizeOf(event);
    }
  if (run.length > 0) yield run;
}

const toAppend = ({ eventId, type, metadata, data }: RecordedEvent): EventToAppend => ({
  eventId,
  type,
  metadata,
  data,
});

const digestOf = (streams: Streams): string => {
  const hash = createHash('sha256');
  for (const stream of [...streams.keys()].toSorted()) {
    const { last, chain } = streams.get(stream) ?? { last: -1, chain: '' };
    hash.update(`${stream}\n${last}\n${chain}\n`);
  }
  return hash.digest('hex');
};

/**
 * Copies a log into another of any kind: the same leaves in the same order per stream, and the order of the whole as it was
 * (positions are of each log). It may be cut off anywhere and run again: what the target has is found by looking at it, not
 * in a note beside it. Nobody else may write to the target; what is appended to the source after its end was reached is left
 * for the next run.
 * @throws what the logs throw when they cannot be read
 */
export const copyLog = async (
  options: CopyOptions,
): Promise<{ readonly ok: true; readonly value: CopyReport } | { readonly ok: false; readonly error: CopyRefusal }> => {
  const { from, to, window = 64 } = options;
  const tell = options.onProgress ?? (() => undefined);
  const refuse = (error: CopyRefusal) => ({ ok: false, error }) as const;

  const there = await statesOf(to, (events) => tell({ phase: 'looking', events }));
  const other = await otherIn(there, from);
  if (other !== undefined) return refuse({ kind: 'TargetHoldsOther', stream: other });

  const source: Streams = new Map();
  let events = 0;
  let copied = 0;
  let waiting: ReturnType<EventLog['append']>[] = [];
  /** All that were sent: in this order, and none after one that was refused stays unnoticed. */
  const settle = async (): Promise<AppendError | undefined> => {
    const answers = await Promise.all(waiting);
    waiting = [];
    return answers.flatMap((answer) => (answer.ok ? [] : [answer.error]))[0];
  };
  for await (const run of runs(from)) {
    const [first] = run;
    if (first === undefined) continue;
    const have = there.get(first.stream)?.last ?? -1;
    const missing = run.filter((event) => event.revision > have);
    for (const event of run) source.set(event.stream, link(source.get(event.stream), event));
    events += run.length;
    const [start] = missing;
    if (start !== undefined) {
      waiting.push(
        to.append({
          organisation: start.organisation,
          stream: start.stream,
          expected: start.revision === 0 ? 'none' : start.revision - 1,
          events: missing.map(toAppend),
        }),
      );
      copied += missing.length;
    }
    if (waiting.length >= window) {
      const error = await settle();
      if (error !== undefined) return refuse({ kind: 'NotTaken', error });
      tell({ phase: 'copying', events });
    }
  }
  const error = await settle();
  if (error !== undefined) return refuse({ kind: 'NotTaken', error });

  const target = await statesOf(to, (count) => tell({ phase: 'verifying', events: count }));
  for (const stream of new Set([...source.keys(), ...target.keys()]))
    if (source.get(stream)?.chain !== target.get(stream)?.chain) return refuse({ kind: 'Differs', stream });
  return { ok: true, value: { events, streams: source.size, copied, digest: digestOf(source) } };
};
