import {
  canonicalJson,
  InvariantBroken,
  localDateOf,
  type Clock,
  type CommandId,
  type EventId,
  type Instant,
  type OrganisationId,
} from '@toeverlaat/values';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { DamagedEvent, type Codec } from './codec.js';
import type { Command, Decider, Rejection } from './decider.js';
import { encodeMetadata, type Actor, type EventMetadata } from './envelope.js';
import { streamName } from './stream-name.js';
import type { EventOf, EventType } from './fields.js';
import { createFoldCache, type Fold } from './fold-cache.js';
import { isOfCommand, metadataOf, namesEvent } from './metadata.js';
import type { AppendError, EventLog, Position, RecordedEvent } from './port.js';
import type { Sealer, SubjectId } from './sealed.js';

/** What comes with a command and enters the envelope beside what the decider sees. */
export type CommandContext = {
  readonly organisation: OrganisationId;
  readonly commandId: CommandId;
  readonly actor: Actor;
  readonly purpose: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly policyVersion: string;
  readonly lawVersion: string;
  /** The caller acts on the state it saw; a newer one is `StaleVersion` (rivals row 35). */
  readonly expectedRevision?: number | undefined;
  /**
   * What the caller sent, for the fingerprint; the command's own data when left out. A shell that adds what it looked up
   * (is the counsellor absent today?) must give this, or an honest repeat would look like another body.
   */
  readonly body?: unknown;
};

export type CommandOutcome =
  | {
      readonly ok: true;
      readonly eventIds: readonly EventId[];
      /** Revision of the stream after the command. */
      readonly revision: number;
      /** Undefined when the command decided to nothing on a stream without events. */
      readonly position: Position | undefined;
      /** The command had been carried out before; nothing was appended now. */
      readonly repeated: boolean;
    }
  | { readonly ok: false; readonly rejection: Rejection };

export type Loaded<S> =
  | { readonly kind: 'loaded'; readonly state: S; readonly revision: number; readonly events: readonly RecordedEvent[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'erased' }
  | { readonly kind: 'unavailable'; readonly detail: string };

/**
 * Whether anything may be recorded of a record now, whatever its own rules say; undefined where it may. Asked of a command that was
 * not carried out before.
 * @param subject whose key the record is sealed under, such as `case/<id>`
 */
export type MayChange = (
  organisation: OrganisationId,
  subject: SubjectId,
  context: CommandContext,
) => Rejection | undefined;

export type RunnerOptions<C extends Command, T extends readonly EventType[], S> = {
  readonly log: EventLog;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly category: string;
  readonly codec: Codec<T>;
  readonly decider: Decider<C, EventOf<T>, S>;
  /** Key of the command fingerprint, per organisation; kept out of the log so that bodies cannot be guessed from it. */
  readonly fingerprintKey: (organisation: OrganisationId) => Promise<Uint8Array>;
  /** Left out: always. */
  readonly mayChange?: MayChange;
  /** Called for each stored event of a type this build does not know. */
  readonly onUnknown?: (recorded: RecordedEvent) => void;
  /** Milliseconds that never go back: how old a kept fold is. */
  readonly monotonic?: () => number;
  /** Stored bytes of the folds kept between commands; 0 keeps none. */
  readonly maxFoldBytes?: number;
};

export type Runner<C extends Command, S> = {
  readonly execute: (id: string, command: Omit<C, 'meta'>, context: CommandContext) => Promise<CommandOutcome>;
  /** `asOf`: only what was recorded by then (design rule 13). */
  readonly load: (
    organisation: OrganisationId,
    id: string,
    options?: { readonly asOf?: Instant },
  ) => Promise<Loaded<S>>;
  readonly streamOf: (organisation: OrganisationId, id: string) => string;
};

/** Retries after a version conflict. Each one folds and decides again; more means one stream is contended beyond use. */
const MAX_CONFLICTS = 8;

const unavailable = (detail: string): CommandOutcome => ({ ok: false, rejection: { kind: 'Unavailable', detail } });

const appendRejection = (error: Exclude<AppendError, { kind: 'VersionConflict' | 'StreamExists' }>): Rejection => {
  switch (error.kind) {
    case 'EventTooLarge':
      return { kind: 'InvalidInput', field: 'command', rule: 'too_big', params: { limit: error.limit } };
    case 'LogFull':
    case 'LogReadOnly':
    case 'LogUnavailable':
      return { kind: 'Unavailable', detail: error.kind };
  }
};

const sameFingerprint = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/**
 * The door of an aggregate: reads its stream, folds, decides, appends; retries on a version conflict and on nothing
 * else. A command id that the stream already holds is answered as the first time when its body is the same, and refused
 * (`CommandIdReused`) when it is not (design rule 8).
 */
export const createRunner = <C extends Command, const T extends readonly EventType[], S>(
  options: RunnerOptions<C, T, S>,
): Runner<C, S> => {
  const { log, sealer, clock, category, codec, decider } = options;
  const streamOf = (organisation: OrganisationId, id: string) => streamName(category, organisation, id);

  const { monotonic = () => performance.now() } = options;
  const folds = createFoldCache<S>({
    monotonic,
    ...(options.maxFoldBytes === undefined ? {} : { maxBytes: options.maxFoldBytes }),
  });
  // A fold is of one organisation, and a key id, which is random, of one too.
  sealer.onForgotten?.((_organisation, keyIds) => folds.dropOpenedWith(keyIds));

  /** Folds events onto what was folded before them, or from the first. */
  const extend = async (
    organisation: OrganisationId,
    recorded: readonly RecordedEvent[],
    from?: Fold<S>,
  ): Promise<Fold<S> | Exclude<Loaded<S>, { readonly kind: 'loaded' | 'absent' }>> => {
    for (const event of recorded) {
      if (event.organisation !== organisation) throw new InvariantBroken('stream of another organisation');
      if (!namesEvent(event.metadata, event.eventId, event.type))
        throw new DamagedEvent(event, 'metadata names another event or type');
    }
    const since = from?.since ?? monotonic();
    const keys = new Set(from?.keys);
    let state = from?.state ?? decider.initial;
    const noteKeys = (keyIds: readonly string[]): void => {
      for (const keyId of keyIds) keys.add(keyId);
    };
    for (const decoded of await codec.decode(sealer, recorded, noteKeys)) {
      switch (decoded.kind) {
        case 'event':
          state = decider.evolve(state, decoded.event);
          break;
        case 'unknown':
          options.onUnknown?.(decoded.recorded);
          break;
        case 'erased':
          return { kind: 'erased' };
        case 'unavailable':
          return { kind: 'unavailable', detail: decoded.detail };
      }
    }
    return { state, since, keys, events: from === undefined ? recorded : [...from.events, ...recorded] };
  };

  const loadedOf = (folded: Awaited<ReturnType<typeof extend>>): Loaded<S> =>
    'kind' in folded
      ? folded
      : {
          kind: 'loaded',
          state: folded.state,
          revision: folded.events.at(-1)?.revision ?? -1,
          events: folded.events,
        };

  /** A stream as it is now: what was folded lately, if anything, and what came after it. */
  type Stream = { readonly kept: Fold<S> | undefined; readonly tail: readonly RecordedEvent[] };
  const readNow = async (stream: string): Promise<Stream> => {
    const kept = sealer.holds === undefined ? undefined : folds.get(stream);
    if (kept === undefined) return { kept, tail: await log.readStream(stream) };
    return { kept, tail: await log.readStream(stream, { from: kept.events.length }) };
  };
  const recordedOf = ({ kept, tail }: Stream): readonly RecordedEvent[] =>
    kept === undefined ? tail : [...kept.events, ...tail];

  const foldNow = async (organisation: OrganisationId, stream: string, read: Stream): Promise<Loaded<S>> => {
    const { kept, tail } = read;
    if (kept === undefined && tail.length === 0) return { kind: 'absent' };
    // Asked when it is used: a key that was destroyed, or whose time is over, takes with it what it opened.
    const usable = kept !== undefined && sealer.holds?.(organisation, kept.keys) === true;
    if (usable && tail.length === 0) return loadedOf(kept);
    const folded = usable ? await extend(organisation, tail, kept) : await extend(organisation, recordedOf(read));
    if ('kind' in folded || sealer.holds?.(organisation, folded.keys) !== true) folds.drop(stream);
    else folds.put(stream, folded);
    return loadedOf(folded);
  };

  const repeatOf = (
    recorded: readonly RecordedEvent[],
    context: CommandContext,
    fingerprint: string,
  ): CommandOutcome | undefined => {
    const earlier = recorded.filter((event) => isOfCommand(event, context.commandId));
    const [first] = earlier;
    const last = earlier.at(-1);
    if (first === undefined || last === undefined) return undefined;
    if (!sameFingerprint(metadataOf(first).fingerprint, fingerprint))
      return { ok: false, rejection: { kind: 'CommandIdReused' } };
    return {
      ok: true,
      eventIds: earlier.map((event) => event.eventId),
      revision: last.revision,
      position: last.position,
      repeated: true,
    };
  };

  const execute: Runner<C, S>['execute'] = async (id, command, context) => {
    const { organisation, commandId } = context;
    const stream = streamOf(organisation, id);
    const body = canonicalJson({ type: command.type, data: context.body ?? command.data, actor: context.actor });
    const fingerprint = createHmac('sha256', await options.fingerprintKey(organisation))
      .update(body)
      .digest('base64url');

    for (let attempt = 0; attempt <= MAX_CONFLICTS; attempt += 1) {
      const read = await readNow(stream);
      const recorded = recordedOf(read);
      const repeat = repeatOf(recorded, context, fingerprint);
      if (repeat !== undefined) return repeat;
      const barred = options.mayChange?.(organisation, codec.recordSubject(id), context);
      if (barred !== undefined) return { ok: false, rejection: barred };
      const loaded = await foldNow(organisation, stream, read);
      if (loaded.kind === 'erased') return { ok: false, rejection: { kind: 'Erased' } };
      if (loaded.kind === 'unavailable') return unavailable(loaded.detail);
      const state = loaded.kind === 'loaded' ? loaded.state : decider.initial;
      const revision = loaded.kind === 'loaded' ? loaded.revision : -1;
      if (context.expectedRevision !== undefined && context.expectedRevision !== revision)
        return { ok: false, rejection: { kind: 'StaleVersion', expected: context.expectedRevision, actual: revision } };

      const at = clock.now();
      const meta = {
        commandId,
        organisation,
        at,
        today: localDateOf(at),
        actor: context.actor,
        lawVersion: context.lawVersion,
      };
      const decision = decider.decide({ ...command, meta } as C, state);
      if (decision.kind === 'rejected') return { ok: false, rejection: decision.rejection };
      if (decision.events.length === 0)
        return { ok: true, eventIds: [], revision, position: recorded.at(-1)?.position, repeated: false };

      const encoded = await codec.encode(sealer, { organisation, stream, streamId: id, commandId }, decision.events);
      if (!encoded.ok) {
        switch (encoded.error.kind) {
          case 'KeyDestroyed':
            return { ok: false, rejection: { kind: 'Erased' } };
          case 'KeyUnavailable':
            return unavailable(encoded.error.detail);
          case 'ValueTooLarge':
            return {
              ok: false,
              rejection: {
                kind: 'InvalidInput',
                field: encoded.error.path,
                rule: 'too_big',
                params: { limit: encoded.error.limit },
              },
            };
          case 'InvalidEvent':
            return {
              ok: false,
              rejection: { kind: 'InvalidInput', field: encoded.error.field, rule: encoded.error.rule },
            };
        }
      }
      const metadata: Omit<EventMetadata, 'eventId' | 'type'> = {
        v: 1,
        organisation,
        recordedAt: at,
        actor: context.actor,
        purpose: context.purpose,
        commandId,
        fingerprint,
        correlationId: context.correlationId,
        causationId: context.causationId,
        policyVersion: context.policyVersion,
        lawVersion: context.lawVersion,
      };
      const appended = await log.append({
        organisation,
        stream,
        expected: revision < 0 ? 'none' : revision,
        events: encoded.value.map(({ eventId, type, data }) => ({
          eventId,
          type,
          data,
          metadata: encodeMetadata({ ...metadata, eventId, type }),
        })),
      });
      if (appended.ok)
        return {
          ok: true,
          eventIds: encoded.value.map((event) => event.eventId),
          revision: appended.value.lastRevision,
          position: appended.value.position,
          repeated: false,
        };
      if (appended.error.kind !== 'VersionConflict' && appended.error.kind !== 'StreamExists')
        return { ok: false, rejection: appendRejection(appended.error) };
    }
    return unavailable('contended');
  };

  const load: Runner<C, S>['load'] = async (organisation, id, loadOptions) => {
    const stream = streamOf(organisation, id);
    const { asOf } = loadOptions ?? {};
    if (asOf === undefined) return foldNow(organisation, stream, await readNow(stream));
    const recorded = await log.readStream(stream);
    // A fold is of a prefix: with clocks of two replicas apart, a later event may carry an earlier time.
    const later = recorded.findIndex((event) => metadataOf(event).recordedAt > asOf);
    const until = later < 0 ? recorded : recorded.slice(0, later);
    return until.length === 0 ? { kind: 'absent' } : loadedOf(await extend(organisation, until));
  };

  return { execute, load, streamOf };
};
