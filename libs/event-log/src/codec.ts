import {
  eventIdOf,
  InvariantBroken,
  type CommandId,
  type EventId,
  type Json,
  type OrganisationId,
} from '@toeverlaat/values';
import { canonicalData } from './canonical-sealed.js';
import type { EventOf, EventType, Field, StoredEventOf } from './fields.js';
import { MAX_TEXT_BYTES } from './fields.js';
import type { RecordedEvent } from './port.js';
import {
  ERASED,
  isSealedShape,
  type Opened,
  type SealError,
  type SealContext,
  type SealItem,
  type SealedValue,
  type Sealer,
  type SubjectId,
} from './sealed.js';

/** Lifts stored data of one version to the next. Sealed fields pass verbatim: their context names the stored version. */
export type Upcast = {
  readonly from: string;
  readonly to: string;
  readonly up: (data: Readonly<Record<string, unknown>>) => Record<string, unknown>;
};

export type CodecError =
  | SealError
  /** A field of the event breaks its own schema: the command let bad input through. */
  | { readonly kind: 'InvalidEvent'; readonly type: string; readonly field: string; readonly rule: string };

export type Decoded<E> =
  | { readonly kind: 'event'; readonly event: E; readonly recorded: RecordedEvent }
  /** Of a type this build does not know: kept in the log, counted, skipped. */
  | { readonly kind: 'unknown'; readonly recorded: RecordedEvent }
  /** The record's own key was destroyed: the fold cannot go on. */
  | { readonly kind: 'erased'; readonly recorded: RecordedEvent }
  | { readonly kind: 'unavailable'; readonly recorded: RecordedEvent; readonly detail: string };

/** Stored bytes do not fit the schema of their type, or do not authenticate: the log is damaged or was tampered with. */
export class DamagedEvent extends Error {
  override readonly name = 'DamagedEvent';
  constructor(recorded: Pick<RecordedEvent, 'stream' | 'revision' | 'type'>, why: string) {
    super(`${recorded.stream}@${recorded.revision} (${recorded.type}): ${why}`);
  }
}

export type CodecOptions<T extends readonly EventType[]> = {
  /** Latest versions only; older ones through `upcasts`. */
  readonly events: T;
  readonly upcasts?: readonly Upcast[];
  /** The record whose key seals a stream's fields, from organisation-free stream id, e.g. `id => 'case/' + id`. */
  readonly recordSubject: (streamId: string) => SubjectId;
};

export type EncodedEvent = { readonly eventId: EventId; readonly type: string; readonly data: Uint8Array };
export type EncodeContext = {
  readonly organisation: OrganisationId;
  readonly stream: string;
  readonly streamId: string;
  readonly commandId: CommandId;
};

export type Codec<T extends readonly EventType[]> = {
  readonly events: T;
  readonly upcasts: readonly Upcast[];
  readonly recordSubject: (streamId: string) => SubjectId;
  /** Validates each field, seals codes and text, gives the stored bytes. All or nothing. */
  readonly encode: (
    sealer: Sealer,
    context: EncodeContext,
    events: readonly EventOf<T>[],
  ) => Promise<{ ok: true; value: readonly EncodedEvent[] } | { ok: false; error: CodecError }>;
  /**
   * For the fold of the owning service: opens codes, leaves text sealed (design rule 3).
   * @param openedWith is told the ids of the keys of every code that was opened
   */
  readonly decode: (
    sealer: Sealer,
    recorded: readonly RecordedEvent[],
    openedWith?: (keyIds: readonly string[]) => void,
  ) => Promise<readonly Decoded<EventOf<T>>[]>;
  /** For views: opens nothing. Undefined for an unknown type. */
  readonly decodeStored: (recorded: RecordedEvent) => StoredEventOf<T> | undefined;
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws DamagedEvent when the bytes are no JSON object */
const parseData = (recorded: RecordedEvent): Record<string, unknown> => {
  try {
    const data: unknown = JSON.parse(utf8.decode(recorded.data));
    if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data as Record<string, unknown>;
  } catch (error) {
    throw new DamagedEvent(recorded, error instanceof Error ? error.message : 'unreadable');
  }
  throw new DamagedEvent(recorded, 'data is not an object');
};

const subjectsOf = (field: Field, record: SubjectId, data: Readonly<Record<string, unknown>>): readonly SubjectId[] =>
  field.subjects.map((selector) =>
    selector === 'record' ? record : `${record}#${String(data[selector.participant])}`,
  );

/** Enough to look at the context; the schema of the event checks the rest. */
const hasContext = (value: unknown): value is { readonly ctx: Partial<SealContext> } =>
  typeof value === 'object' &&
  value !== null &&
  'ct' in value &&
  'ctx' in value &&
  typeof value.ctx === 'object' &&
  value.ctx !== null;

/**
 * Every sealed value says which field of which event it was sealed for. Checked on the data as stored, before an upcast
 * may rename a field, and for text too, which the fold never opens.
 * @throws DamagedEvent for a value that was moved here from elsewhere
 */
const checkContexts = (recorded: RecordedEvent, data: Readonly<Record<string, unknown>>): void => {
  for (const key in data) {
    const value = data[key];
    if (!hasContext(value)) continue;
    const { ctx } = value;
    if (
      ctx.organisation !== recorded.organisation ||
      ctx.stream !== recorded.stream ||
      ctx.eventId !== recorded.eventId ||
      ctx.type !== recorded.type ||
      ctx.path !== key
    )
      throw new DamagedEvent(recorded, `${key} was sealed for another event or field`);
  }
};

/** Short texts whose verdict is remembered per field: codes, dates, pseudonyms, which most events have in common. */
const MAX_REMEMBERED = 256;
const MAX_REMEMBERED_LENGTH = 40;

type Verdict = { readonly success: true; readonly data: unknown } | { readonly success: false };

/** The schema of a clear field, asked once for each short text: rebuilding a view asks it for every event there ever was. */
const remembering = ({ schema }: Field): ((value: unknown) => Verdict) => {
  const accepted = new Map<string, Verdict>();
  return (value) => {
    if (typeof value !== 'string' || value.length > MAX_REMEMBERED_LENGTH) return schema.safeParse(value);
    const known = accepted.get(value);
    if (known !== undefined) return known;
    const verdict = schema.safeParse(value);
    // Only a text that stays a text: what a schema makes of it could be changed by who gets it.
    if (!verdict.success || typeof verdict.data !== 'string') return verdict;
    if (accepted.size >= MAX_REMEMBERED) accepted.clear();
    accepted.set(value, { success: true, data: verdict.data });
    return verdict;
  };
};

type Entry = {
  readonly event: EventType;
  readonly fields: readonly (readonly [string, Field, (value: unknown) => Verdict])[];
  readonly upcasts: readonly Upcast[];
};

/**
 * The verdict of the event's `storedSchema`, field by field. Sealed values are looked at where they stand: views and
 * proofs copy them verbatim, and rebuilding a view reads every event there ever was.
 * @throws DamagedEvent naming the first field that does not fit
 */
const checkStored = (recorded: RecordedEvent, { fields }: Entry, data: Record<string, unknown>): void => {
  let known = 0;
  for (const [key, field, check] of fields) {
    if (!Object.hasOwn(data, key)) {
      if (!field.optional) throw new DamagedEvent(recorded, `${key} is missing`);
      continue;
    }
    known += 1;
    const value = data[key];
    if (value === undefined && field.optional) continue;
    if (field.class === 'clear') {
      const checked = check(value);
      if (!checked.success) throw new DamagedEvent(recorded, key);
      data[key] = checked.data;
    } else if (!isSealedShape(value)) throw new DamagedEvent(recorded, `${key} is no sealed value`);
  }
  if (Object.keys(data).length !== known) throw new DamagedEvent(recorded, 'a field its type does not have');
};

const entriesOf = (events: readonly EventType[], upcasts: readonly Upcast[]): ReadonlyMap<string, Entry> => {
  const entries = new Map<string, Entry>();
  for (const event of events) {
    if (entries.has(event.type)) throw new InvariantBroken(`event type ${event.type} is listed twice`);
    const fields = Object.entries(event.fields).map(([key, field]) => [key, field, remembering(field)] as const);
    entries.set(event.type, { event, fields, upcasts: [] });
  }
  // Chains grow from the newest version backwards, so each pass may resolve one more old version.
  let open = [...upcasts];
  while (open.length > 0) {
    const rest = open.filter((upcast) => {
      const target = entries.get(upcast.to);
      if (target === undefined) return true;
      entries.set(upcast.from, { ...target, upcasts: [upcast, ...target.upcasts] });
      return false;
    });
    if (rest.length === open.length) throw new InvariantBroken(`upcast to unknown type ${rest[0]?.to ?? ''}`);
    open = rest;
  }
  return entries;
};

export const createCodec = <const T extends readonly EventType[]>(options: CodecOptions<T>): Codec<T> => {
  const { events, recordSubject } = options;
  const byName = new Map<string, EventType>(events.map((event) => [event.name, event]));
  const byType = entriesOf(events, options.upcasts ?? []);

  const stored = (recorded: RecordedEvent): { entry: Entry; data: Record<string, unknown> } | undefined => {
    const entry = byType.get(recorded.type);
    if (entry === undefined) return undefined;
    const raw = parseData(recorded);
    checkContexts(recorded, raw);
    const data = entry.upcasts.reduce<Record<string, unknown>>((lifted, upcast) => upcast.up(lifted), raw);
    checkStored(recorded, entry, data);
    return { entry, data };
  };

  return {
    events,
    upcasts: options.upcasts ?? [],
    recordSubject,

    encode: async (sealer, context, domainEvents) => {
      const record = recordSubject(context.streamId);
      const items: SealItem[] = [];
      const targets: { data: Record<string, unknown>; key: string }[] = [];
      const encoded: { eventId: EventId; type: string; data: Record<string, unknown> }[] = [];
      for (const [index, event] of domainEvents.entries()) {
        const { type: name, data } = event as { type: string; data: Record<string, unknown> };
        const definition = byName.get(name);
        if (definition === undefined) throw new InvariantBroken(`event ${name} is not in the codec`);
        const eventId = eventIdOf(context.stream, context.commandId, index);
        const out: Record<string, unknown> = {};
        for (const key of Object.keys(data)) {
          if (definition.fields[key] === undefined && data[key] !== undefined)
            throw new InvariantBroken(`${name}.${key} is not a field of the event`);
        }
        for (const [key, field] of Object.entries(definition.fields)) {
          const value = data[key];
          if (value === undefined) {
            if (!field.optional)
              return {
                ok: false,
                error: { kind: 'InvalidEvent', type: definition.type, field: key, rule: 'required' },
              };
            continue;
          }
          const plain = field.class === 'text' ? (value as { plain?: unknown }).plain : value;
          // A sealed value belongs to one event: a decider must not copy it into another.
          const checked = field.schema.safeParse(plain);
          if (!checked.success)
            return {
              ok: false,
              error: {
                kind: 'InvalidEvent',
                type: definition.type,
                field: key,
                rule: checked.error.issues[0]?.code ?? 'invalid',
              },
            };
          if (field.class === 'text' && Buffer.byteLength(String(checked.data)) > MAX_TEXT_BYTES)
            return { ok: false, error: { kind: 'InvalidEvent', type: definition.type, field: key, rule: 'too_big' } };
          if (field.class === 'clear') {
            out[key] = checked.data;
            continue;
          }
          items.push({
            organisation: context.organisation,
            subjects: subjectsOf(field, record, data),
            context: {
              organisation: context.organisation,
              stream: context.stream,
              eventId,
              type: definition.type,
              path: key,
            },
            value: checked.data as Json,
          });
          targets.push({ data: out, key });
        }
        encoded.push({ eventId, type: definition.type, data: out });
      }
      if (items.length > 0) {
        const sealed = await sealer.seal(items);
        if (!sealed.ok) return sealed;
        for (const [index, target] of targets.entries()) target.data[target.key] = sealed.value[index];
      }
      return {
        ok: true,
        value: encoded.map(({ eventId, type, data }) => ({ eventId, type, data: canonicalData(data) })),
      };
    },

    decode: async (sealer, recordedEvents, openedWith) => {
      const parsed = recordedEvents.map((recorded) => ({ recorded, found: stored(recorded) }));
      const wanted: { event: number; key: string; value: SealedValue; whole: boolean }[] = [];
      for (const [index, { found }] of parsed.entries()) {
        if (found === undefined) continue;
        for (const [key, field] of Object.entries(found.entry.event.fields)) {
          const value = found.data[key];
          if (field.class !== 'code' || value === undefined) continue;
          wanted.push({ event: index, key, value: value as SealedValue, whole: field.subjects.length === 1 });
        }
      }
      const organisation = recordedEvents[0]?.organisation;
      const opened: readonly Opened[] =
        wanted.length === 0 || organisation === undefined
          ? []
          : await sealer.open(
              organisation,
              wanted.map((item) => item.value),
            );
      const outcome = new Map<number, Decoded<EventOf<T>>>();
      for (const [index, item] of wanted.entries()) {
        const answer = opened[index];
        const target = parsed[item.event];
        if (answer === undefined || target?.found === undefined)
          throw new InvariantBroken('sealer gave too few answers');
        const { recorded } = target;
        switch (answer.kind) {
          case 'opened':
            target.found.data[item.key] = answer.value;
            openedWith?.(item.value.keys);
            break;
          case 'erased':
            if (item.whole) outcome.set(item.event, { kind: 'erased', recorded });
            else target.found.data[item.key] = ERASED;
            break;
          case 'unavailable':
            if (outcome.get(item.event)?.kind !== 'erased')
              outcome.set(item.event, { kind: 'unavailable', recorded, detail: answer.detail });
            break;
          case 'tampered':
            throw new DamagedEvent(recorded, `${item.key} does not authenticate`);
        }
      }
      return parsed.map(({ recorded, found }, index): Decoded<EventOf<T>> => {
        if (found === undefined) return { kind: 'unknown', recorded };
        const ended = outcome.get(index);
        if (ended !== undefined) return ended;
        return { kind: 'event', recorded, event: { type: found.entry.event.name, data: found.data } as EventOf<T> };
      });
    },

    decodeStored: (recorded) => {
      const found = stored(recorded);
      return found === undefined ? undefined : ({ type: found.entry.event.name, data: found.data } as StoredEventOf<T>);
    },
  };
};

/** True for a value that is stored sealed. */
export const isSealedValue = (value: unknown): value is SealedValue => isSealedShape(value);
