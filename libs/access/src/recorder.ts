import {
  clear,
  createCodec,
  encodeMetadata,
  eventType,
  optional,
  streamName,
  type AppendError,
  type Codec,
  type EventLog,
  type EventType,
  type Position,
  type Rejection,
} from '@toeverlaat/event-log';
import {
  canonicalBytes,
  err,
  eventIdOf,
  InvariantBroken,
  LOCAL_ID,
  ok,
  ORGANISATION_ID,
  randomId,
  type Clock,
  type CommandId,
  type EventId,
  type OrganisationId,
  type Result,
} from '@toeverlaat/values';
import { z } from 'zod';
import { policyVersion, recordClasses, type RecordClass } from './policy.js';
import { actorOf, homeOf, PSEUDONYM, roleSchema, type Caller } from './roles.js';

/** Ids of records as they stand in the access history; `-` for something that is no id at all. */
const recordId = z.string().regex(/^(?:-|[a-z0-9][a-z0-9-]{0,63})$/);
const queryName = z.string().regex(/^[A-Za-z][A-Za-z0-9.]{0,79}$/);
const fieldName = z.string().regex(/^[A-Za-z][A-Za-z0-9_.]{0,79}$/);

/** Most records one access event may name; a page of a list is one event. */
export const MAX_RECORDS_PER_ACCESS = 200;

const who = {
  /** Pseudonym of the year for staff, of the record for applicants and participants: never a person. */
  who: clear(z.string().regex(PSEUDONYM)),
  role: clear(roleSchema),
  /** Id of the capacity that was used. */
  capacity: clear(z.string().regex(LOCAL_ID)),
  onBehalfOf: optional(clear(z.string().regex(PSEUDONYM))),
  mandate: optional(clear(z.string().regex(LOCAL_ID))),
  /** The organisation the caller comes from, under a mandate. */
  home: optional(clear(z.string().regex(ORGANISATION_ID))),
};

const what = {
  /** A `Purpose` of a person, or what a service does on its own: `reaction`, `timer`. */
  purpose: clear(z.string().regex(/^[a-z][a-z_]{0,59}$/)),
  recordClass: clear(z.enum(recordClasses)),
  query: clear(queryName),
  requestId: clear(z.uuid()),
};

/** How content reached the caller. */
export const accessOutcomes = ['listed', 'opened', 'downloaded'] as const;
export type AccessOutcome = (typeof accessOutcomes)[number];

/** The event types of a service's access streams. Every field is clear and pseudonymous: an auditor reads them all. */
export const accessEventTypes = (service: string) =>
  [
    eventType(service, 'AccessRecorded', 1, {
      ...who,
      ...what,
      records: clear(z.array(recordId).min(1).max(MAX_RECORDS_PER_ACCESS)),
      /** Names of the fields that were opened. */
      fields: clear(z.array(fieldName).max(200)),
      outcome: clear(z.enum(accessOutcomes)),
    }),
    // Refused and not found are the same event: the history must not tell which records exist (design rule 10).
    eventType(service, 'AccessDenied', 1, { ...who, ...what, record: clear(recordId) }),
    eventType(service, 'DeniedAttemptsCapped', 1, {
      ...who,
      /** Attempts of this caller that have no event of their own, counted since the last such event. */
      count: clear(z.number().int().min(1)),
      since: clear(z.string()),
      until: clear(z.string()),
    }),
  ] as const;
export type AccessEventTypes = ReturnType<typeof accessEventTypes>;

export const accessCategory = (service: string): string => `${service}.access`;
export const accessCodec = (service: string): Codec<AccessEventTypes> =>
  // No field is sealed, so no subject's key is ever asked for.
  createCodec({ events: accessEventTypes(service), recordSubject: (id) => `access/${id}` });

/** `<service>.access-<organisation>_<yyyymmdd>-<writer>` (design rule 7): a stream per day (UTC) and writing process. */
export const accessStream = (service: string, organisation: OrganisationId, at: string, writerId: string): string =>
  streamName(accessCategory(service), organisation, `${at.slice(0, 10).replaceAll('-', '')}-${writerId}`);

export type AttemptEntry = {
  readonly caller: Caller;
  readonly purpose: string;
  readonly recordClass: RecordClass;
  /** Id of the aggregate, as asked for; may be anything the caller sent. */
  readonly record: string;
  readonly query: string;
  readonly requestId: string;
  readonly correlationId?: string | undefined;
};

export type AccessEntry = Omit<AttemptEntry, 'record'> & {
  /** Whose record it is: its controller. */
  readonly organisation: OrganisationId;
  /** Ids of the aggregates opened; a list that shows content names each row. */
  readonly record: string | readonly string[];
  readonly fields: readonly string[];
  readonly outcome: AccessOutcome;
};

/** The access could not be recorded. Nothing may be released; retryable. */
export type RecorderUnavailable = Extract<Rejection, { readonly kind: 'Unavailable' }>;
export type Recorded = { readonly eventId: EventId; readonly position: Position };

export type Recorder = {
  /** Resolves when the record is durable. An error means: release nothing. */
  readonly record: (entry: AccessEntry) => Promise<Result<Recorded, RecorderUnavailable>>;
  /**
   * A refused or not found attempt, in the caller's organisation. Beyond the rate of one caller attempts are only
   * counted. Undefined as value: counted.
   */
  readonly denied: (entry: AttemptEntry) => Promise<Result<Recorded | undefined, RecorderUnavailable>>;
  /** Writes the counts that are still held back; before stopping, and now and then. */
  readonly flush: () => Promise<void>;
};

export type RecorderOptions = {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly service: string;
  /** Names the writing process; lower-case letters and digits. */
  readonly writerId: string;
  /** Denied attempts of one caller: this many at once, and this many more in each window. */
  readonly cap?: { readonly attempts: number; readonly windowMs: number };
  readonly newId?: () => string;
};

const WRITER_ID = /^[a-z0-9]{1,40}$/;
/** Callers whose rate is remembered; beyond it the one not seen for longest is forgotten, its count written first. */
const MAX_BUCKETS = 10_000;

type Bucket = {
  readonly caller: Caller;
  tokens: number;
  refilledAt: number;
  /** Attempts that were only counted, not yet written. */
  held: number;
  heldSince: string;
  /** When the window of the current count ends; undefined while under the cap. */
  windowEnds: number | undefined;
};

const callerFields = (caller: Caller) => ({
  who: caller.pseudonym,
  role: caller.role,
  capacity: caller.capacityId,
  onBehalfOf: caller.onBehalfOf,
  mandate: caller.mandate?.id,
  home: caller.mandate === undefined ? undefined : homeOf(caller),
});

const unavailable = (error: AppendError): RecorderUnavailable => ({
  kind: 'Unavailable',
  detail: `access record: ${error.kind}`,
});

/** Appends who looked at what (design rule 7). Grouping of appends into one commit is the log's. */
export const createRecorder = (options: RecorderOptions): Recorder => {
  const { log, clock, service, writerId, newId = randomId } = options;
  const cap = options.cap ?? { attempts: 30, windowMs: 60_000 };
  if (!WRITER_ID.test(writerId)) throw new InvariantBroken('writer id: 1 to 40 lower-case letters and digits');
  const [accessRecorded, accessDenied, attemptsCapped] = accessEventTypes(service);
  const buckets = new Map<string, Bucket>();

  const append = async (
    type: EventType,
    organisation: OrganisationId,
    data: Record<string, unknown>,
    entry: {
      readonly caller: Caller;
      readonly purpose: string;
      readonly requestId: string;
      readonly correlationId?: string | undefined;
    },
  ): Promise<Result<Recorded, RecorderUnavailable>> => {
    const at = clock.now();
    const commandId = newId() as CommandId;
    const eventId = eventIdOf(commandId, 0);
    const correlationId = entry.correlationId ?? entry.requestId;
    try {
      const appended = await log.append({
        organisation,
        stream: accessStream(service, organisation, at, writerId),
        expected: 'any',
        events: [
          {
            eventId,
            type: type.type,
            data: canonicalBytes(type.storedSchema.parse(data)),
            metadata: encodeMetadata({
              v: 1,
              eventId,
              type: type.type,
              organisation,
              recordedAt: at,
              actor: actorOf(entry.caller),
              purpose: entry.purpose,
              commandId,
              // No command body is behind a reading, and no version of the law decided it.
              fingerprint: '',
              correlationId,
              causationId: entry.requestId,
              policyVersion,
              lawVersion: '',
            }),
          },
        ],
      });
      return appended.ok ? ok({ eventId, position: appended.value.position }) : err(unavailable(appended.error));
    } catch (error) {
      return err({
        kind: 'Unavailable',
        detail: `access record: ${error instanceof z.ZodError ? 'invalid entry' : 'log failed'}`,
      });
    }
  };

  const writeHeld = async (bucket: Bucket): Promise<Result<Recorded | undefined, RecorderUnavailable>> => {
    const { held: count, heldSince: since, caller } = bucket;
    if (count === 0) return ok(undefined);
    bucket.held = 0;
    const until = clock.now();
    const written = await append(
      attemptsCapped,
      caller.organisation,
      { ...callerFields(caller), count, since, until },
      {
        caller,
        purpose: 'audit',
        requestId: newId(),
      },
    );
    // Kept for the next try: a count must not be lost to a log that was full for a moment.
    if (!written.ok) {
      bucket.held += count;
      bucket.heldSince = since;
    }
    return written;
  };

  const sweep = async (now: number): Promise<void> => {
    const due: Bucket[] = [];
    for (const [key, bucket] of buckets) {
      if (bucket.windowEnds !== undefined && bucket.windowEnds <= now) {
        bucket.windowEnds = undefined;
        due.push(bucket);
      }
      if (bucket.held === 0 && now - bucket.refilledAt > cap.windowMs && bucket.windowEnds === undefined)
        buckets.delete(key);
    }
    for (const [key, bucket] of buckets) {
      if (buckets.size <= MAX_BUCKETS) break;
      buckets.delete(key);
      due.push(bucket);
    }
    await Promise.all(due.map(writeHeld));
  };

  const bucketOf = (caller: Caller, now: number): Bucket => {
    const key = `${caller.organisation} ${caller.capacityId} ${caller.pseudonym}`;
    const known = buckets.get(key) ?? {
      caller,
      tokens: cap.attempts,
      refilledAt: now,
      held: 0,
      heldSince: '',
      windowEnds: undefined,
    };
    const gained = Math.floor(((now - known.refilledAt) * cap.attempts) / cap.windowMs);
    if (gained > 0) {
      known.tokens = Math.min(cap.attempts, known.tokens + gained);
      known.refilledAt = now;
    }
    buckets.delete(key);
    buckets.set(key, known);
    return known;
  };

  return {
    record: async (entry) =>
      append(
        accessRecorded,
        entry.organisation,
        {
          ...callerFields(entry.caller),
          purpose: entry.purpose,
          recordClass: entry.recordClass,
          records: typeof entry.record === 'string' ? [entry.record] : [...entry.record],
          fields: [...entry.fields],
          query: entry.query,
          requestId: entry.requestId,
          outcome: entry.outcome,
        },
        entry,
      ),

    denied: async (entry) => {
      const { caller } = entry;
      const at = clock.now();
      const now = Date.parse(at);
      await sweep(now);
      const bucket = bucketOf(caller, now);
      if (bucket.tokens > 0) {
        bucket.tokens -= 1;
        return append(
          accessDenied,
          caller.organisation,
          {
            ...callerFields(caller),
            purpose: entry.purpose,
            recordClass: entry.recordClass,
            record: LOCAL_ID.test(entry.record) ? entry.record : '-',
            query: entry.query,
            requestId: entry.requestId,
          },
          entry,
        );
      }
      if (bucket.held === 0) bucket.heldSince = at;
      bucket.held += 1;
      // The first one beyond the cap is written at once, so that a crash loses a number and not the fact.
      if (bucket.windowEnds === undefined) {
        bucket.windowEnds = now + cap.windowMs;
        return writeHeld(bucket);
      }
      return ok(undefined);
    },

    flush: async () => {
      await Promise.all([...buckets.values()].map(writeHeld));
    },
  };
};

/**
 * No record, no read (design rule 7): content is opened only after its access record is durable. When the record fails,
 * `open` is never called.
 */
export const releaseOpened = async <T>(
  recorder: Pick<Recorder, 'record'>,
  entry: AccessEntry,
  open: () => Promise<T>,
): Promise<Result<T, RecorderUnavailable>> => {
  const recorded = await recorder.record(entry);
  return recorded.ok ? ok(await open()) : recorded;
};
