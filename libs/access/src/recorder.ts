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
  INSTANT,
  InvariantBroken,
  LOCAL_ID,
  ok,
  ORGANISATION_ID,
  PSEUDONYM,
  randomId,
  uuidV5,
  type Clock,
  type CommandId,
  type EventId,
  type OrganisationId,
  type Result,
} from '@toeverlaat/values';
import { z } from 'zod';
import { policyVersion, recordClasses, type RecordClass } from './policy.js';
import { actorKindSchema, actorOf, isPerRecordRole, isStaffRole, type ActorKind, type Caller } from './roles.js';

/** Ids of records as they stand in the access history; `-` for something that is no id at all. */
const recordId = z.string().regex(/^(?:-|[a-z0-9][a-z0-9-]{0,63})$/);
const queryName = z.string().regex(/^[A-Za-z][A-Za-z0-9.]{0,79}$/);
const fieldName = z.string().regex(/^[A-Za-z][A-Za-z0-9_.]{0,79}$/);

/** Most records one access event may name; a page of a list is one event. */
export const MAX_RECORDS_PER_ACCESS = 200;

const who = {
  /** Pseudonym of the year for staff, id of that one record for applicants and participants, name of a service: never a person. */
  who: clear(z.string().regex(PSEUDONYM)),
  /** `service`: read by a service on its own, to complete an answer or in a reaction; no person looked. */
  role: clear(actorKindSchema),
  /** Pseudonyms of the capacity and the mandate that were used, of the year; staff only. */
  capacity: optional(clear(z.string().regex(PSEUDONYM))),
  mandate: optional(clear(z.string().regex(PSEUDONYM))),
  onBehalfOf: optional(clear(z.string().regex(PSEUDONYM))),
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
      since: clear(z.string().regex(INSTANT)),
      until: clear(z.string().regex(INSTANT)),
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
  /**
   * The caller's participant id in this record, for a worker, an anonymous worker or a participant. Theirs is the only
   * name under which they enter the history; without it they enter as `unnamed`.
   */
  readonly participant?: string | undefined;
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
  /**
   * `sealing.pseudonym`: keyed per organisation and scope. Capacity and mandate ids enter the history through it or not
   * at all, since they lead to a person in the directory and would outlive the year's pseudonym.
   */
  readonly pseudonym?: (organisation: OrganisationId, scope: string, name: string) => Promise<string>;
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

/** Applicants and participants whose participant id is not known, or must not be: a refused one has none in that record. */
const UNNAMED = 'unnamed';

type Accessor = {
  readonly who: string;
  readonly role: ActorKind;
  readonly capacity: string | undefined;
  readonly mandate: string | undefined;
  readonly onBehalfOf: string | undefined;
  readonly home: string | undefined;
};

type Traced = { readonly requestId: string; readonly correlationId?: string | undefined };

/**
 * One request of a worker may touch several of their records. Were its id the same in each, it would tie their
 * pseudonyms together; so each record gets one of its own, made from an id that is random and kept nowhere.
 */
const untied = (entry: Traced, record: string): { readonly requestId: string; readonly correlationId: string } => {
  const requestId = uuidV5('access-request', entry.requestId, record);
  return { requestId, correlationId: requestId };
};

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

  const accessorOf = async (caller: Caller, at: string, participant: string | undefined): Promise<Accessor> => {
    const { role } = caller;
    if (isPerRecordRole(role))
      return {
        who: participant ?? UNNAMED,
        role,
        capacity: undefined,
        mandate: undefined,
        onBehalfOf: undefined,
        home: undefined,
      };
    const tag = async (kind: string, id: string | undefined) =>
      id === undefined || !isStaffRole(role)
        ? undefined
        : options.pseudonym?.(caller.organisation, at.slice(0, 4), `${kind}/${id}`);
    return {
      who: caller.pseudonym,
      role,
      capacity: await tag('capacity', caller.capacityId),
      mandate: await tag('mandate', caller.mandate?.id),
      onBehalfOf: caller.onBehalfOf,
      home: caller.mandate?.home,
    };
  };

  const append = async (
    type: EventType,
    organisation: OrganisationId,
    caller: Caller,
    data: Record<string, unknown>,
    entry: Traced & { readonly purpose: string; readonly participant?: string | undefined },
  ): Promise<Result<Recorded, RecorderUnavailable>> => {
    const at = clock.now();
    const commandId = newId() as CommandId;
    const stream = accessStream(service, organisation, at, writerId);
    const eventId = eventIdOf(stream, commandId, 0);
    try {
      const accessor = await accessorOf(caller, at, entry.participant);
      const appended = await log.append({
        organisation,
        stream,
        expected: 'any',
        events: [
          {
            eventId,
            type: type.type,
            data: canonicalBytes(type.storedSchema.parse({ ...accessor, ...data })),
            metadata: encodeMetadata({
              v: 1,
              eventId,
              type: type.type,
              organisation,
              recordedAt: at,
              actor: actorOf({ pseudonym: accessor.who, role: accessor.role, onBehalfOf: accessor.onBehalfOf }),
              purpose: entry.purpose,
              commandId,
              // No command body is behind a reading, and no version of the law decided it.
              fingerprint: '',
              correlationId: entry.correlationId ?? entry.requestId,
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
        detail: `access record: ${error instanceof z.ZodError ? 'invalid entry' : 'failed'}`,
      });
    }
  };

  const writeHeld = async (bucket: Bucket): Promise<Result<Recorded | undefined, RecorderUnavailable>> => {
    const { held: count, heldSince: since, caller } = bucket;
    if (count === 0) return ok(undefined);
    bucket.held = 0;
    const until = clock.now();
    const counted = { purpose: 'audit', requestId: newId() };
    const written = await append(attemptsCapped, caller.organisation, caller, { count, since, until }, counted);
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
    record: async (entry) => {
      const records = typeof entry.record === 'string' ? [entry.record] : [...entry.record];
      const perRecord = isPerRecordRole(entry.caller.role);
      if (perRecord && records.length !== 1)
        throw new InvariantBroken('an applicant or participant has a pseudonym per record: record each by itself');
      const { purpose, recordClass, query, outcome, participant } = entry;
      const { requestId, correlationId } = perRecord ? untied(entry, records[0] ?? '') : entry;
      return append(
        accessRecorded,
        entry.organisation,
        entry.caller,
        { purpose, recordClass, records, fields: [...entry.fields], query, requestId, outcome },
        { purpose, requestId, correlationId, participant },
      );
    },

    denied: async (entry) => {
      const { caller } = entry;
      const at = clock.now();
      const now = Date.parse(at);
      await sweep(now);
      const bucket = bucketOf(caller, now);
      if (bucket.tokens > 0) {
        bucket.tokens -= 1;
        const record = LOCAL_ID.test(entry.record) ? entry.record : '-';
        const { purpose, recordClass, query } = entry;
        const { requestId, correlationId } = isPerRecordRole(caller.role) ? untied(entry, record) : entry;
        return append(
          accessDenied,
          caller.organisation,
          caller,
          { purpose, recordClass, record, query, requestId },
          { purpose, requestId, correlationId },
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
