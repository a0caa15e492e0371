import { categoryOf, type Actor, type EventMetadata, type RecordedEvent } from '@toeverlaat/event-log';
import { INSTANT } from '@toeverlaat/values';
import type { StoredCodec, ViewDefinition, ViewMeta } from './define.js';

const utf8 = new TextDecoder('utf-8');

const RECORDED_AT = Buffer.from('"recordedAt":"');
const INSTANT_BYTES = 24;

/**
 * When an event was recorded, found in the canonical bytes of its envelope: inside a value a quote is escaped, so the name
 * stands there once. Most handlers want this one member, of every event of a rebuild.
 */
const recordedAtIn = ({ metadata }: RecordedEvent): string | undefined => {
  const bytes = Buffer.from(metadata.buffer, metadata.byteOffset, metadata.byteLength);
  const at = bytes.indexOf(RECORDED_AT) + RECORDED_AT.length;
  if (at < RECORDED_AT.length) return undefined;
  const instant = bytes.toString('latin1', at, at + INSTANT_BYTES);
  return INSTANT.test(instant) ? instant : undefined;
};

/**
 * The metadata of one event. The envelope is parsed only when a handler asks for a part of it: most never do, and a
 * rebuild then does not pay for it. It was checked when it was written and is not checked again.
 */
class LazyMeta implements ViewMeta {
  readonly #recorded: RecordedEvent;
  #envelope: EventMetadata | undefined;

  constructor(recorded: RecordedEvent) {
    this.#recorded = recorded;
  }
  #parsed(): EventMetadata {
    this.#envelope ??= JSON.parse(utf8.decode(this.#recorded.metadata)) as EventMetadata;
    return this.#envelope;
  }
  get position(): ViewMeta['position'] {
    return this.#recorded.position;
  }
  get category(): string {
    return categoryOf(this.#recorded.stream);
  }
  get stream(): string {
    return this.#recorded.stream;
  }
  get streamId(): string {
    const { stream, organisation } = this.#recorded;
    const start = stream.indexOf('-') + 1;
    if (start === 0 || !stream.startsWith(`${organisation}_`, start))
      throw new TypeError(`${stream} is not <category>-<organisation>_<id>`);
    return stream.slice(start + organisation.length + 1);
  }
  get organisation(): ViewMeta['organisation'] {
    return this.#recorded.organisation;
  }
  get revision(): number {
    return this.#recorded.revision;
  }
  get eventId(): ViewMeta['eventId'] {
    return this.#recorded.eventId;
  }
  get recordedAt(): string {
    return recordedAtIn(this.#recorded) ?? this.#parsed().recordedAt;
  }
  get actor(): Actor {
    return this.#parsed().actor;
  }
  get purpose(): string {
    return this.#parsed().purpose;
  }
  get commandId(): ViewMeta['commandId'] {
    return this.#parsed().commandId as ViewMeta['commandId'];
  }
  get correlationId(): string {
    return this.#parsed().correlationId;
  }
  get causationId(): string {
    return this.#parsed().causationId;
  }
}

export const metaOf = (recorded: RecordedEvent): ViewMeta => new LazyMeta(recorded);

export type DecodedEvent = { readonly type: string; readonly data: object };

/** A batch on its way through several views: each event is decoded once per codec, however many views read it. */
export type DecodedBatch = {
  readonly events: readonly RecordedEvent[];
  /** @throws DamagedEvent */
  readonly decode: (codec: StoredCodec, index: number, recorded: RecordedEvent) => DecodedEvent | undefined;
};

/** @param shared when several views will ask: keeps what was decoded as long as the batch */
export const decodedBatch = (events: readonly RecordedEvent[], shared: boolean): DecodedBatch => {
  if (!shared) return { events, decode: (codec, _index, recorded) => codec.decodeStored(recorded) };
  const byCodec = new Map<StoredCodec, (DecodedEvent | undefined)[]>();
  return {
    events,
    decode: (codec, index, recorded) => {
      let decoded = byCodec.get(codec);
      if (decoded === undefined) {
        decoded = [];
        byCodec.set(codec, decoded);
      }
      // What a codec does not know is asked again, which costs it one look-up.
      return (decoded[index] ??= codec.decodeStored(recorded));
    },
  };
};

/**
 * Decodes the events of a batch for one view; undefined: not for this view; `known`: of a codec of the view, which does not read
 * its data. @throws DamagedEvent
 */
export type ViewDecoder = (
  batch: DecodedBatch,
  index: number,
  recorded: RecordedEvent,
) => DecodedEvent | 'known' | undefined;

/**
 * Remembers per stored type which codec knows it and whether the view handles it, so an event that a view has no
 * handler for costs one look-up.
 */
export const createDecoder = (view: ViewDefinition): ViewDecoder => {
  const byType = new Map<string, StoredCodec | 'known' | 'unknown'>();
  return (batch, index, recorded) => {
    const found = byType.get(recorded.type);
    if (found === 'unknown') return undefined;
    if (found === 'known') return found;
    if (found !== undefined) return batch.decode(found, index, recorded);
    for (const codec of view.codecs) {
      const event = batch.decode(codec, index, recorded);
      if (event === undefined) continue;
      const handled = view.handles === undefined || view.handles.has(event.type);
      byType.set(recorded.type, handled ? codec : 'known');
      return handled ? event : 'known';
    }
    // Of a type this build does not know: it stays in the log, and a build that knows it comes with a new view version.
    byType.set(recorded.type, 'unknown');
    return undefined;
  };
};
