import { parseStreamName, type Actor, type EventMetadata, type RecordedEvent } from '@toeverlaat/event-log';
import type { StoredCodec, ViewDefinition, ViewMeta } from './define.js';

const utf8 = new TextDecoder('utf-8');

/**
 * The metadata of one event. The envelope is parsed only when a handler asks for a part of it: most never do, and a
 * rebuild then does not pay for it. It was checked when it was written and is not checked again.
 */
class LazyMeta implements ViewMeta {
  readonly #recorded: RecordedEvent;
  #envelope: EventMetadata | undefined;
  #stream: { readonly category: string; readonly id: string } | undefined;

  constructor(recorded: RecordedEvent) {
    this.#recorded = recorded;
  }
  #parsed(): EventMetadata {
    this.#envelope ??= JSON.parse(utf8.decode(this.#recorded.metadata)) as EventMetadata;
    return this.#envelope;
  }
  #parts(): { readonly category: string; readonly id: string } {
    if (this.#stream === undefined) {
      const parts = parseStreamName(this.#recorded.stream);
      if (parts === undefined) throw new TypeError(`${this.#recorded.stream} is not <category>-<organisation>_<id>`);
      this.#stream = parts;
    }
    return this.#stream;
  }
  get position(): ViewMeta['position'] {
    return this.#recorded.position;
  }
  get category(): string {
    return this.#parts().category;
  }
  get stream(): string {
    return this.#recorded.stream;
  }
  get streamId(): string {
    return this.#parts().id;
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
    return this.#parsed().recordedAt;
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

/** Decodes an event for a view. Undefined: not for this view. @throws DamagedEvent */
export type ViewDecoder = (recorded: RecordedEvent) => DecodedEvent | undefined;

/** One decoding per event however many views read it; holds one batch at a time. */
export type DecodeCache = {
  readonly decode: (codec: StoredCodec, recorded: RecordedEvent) => DecodedEvent | undefined;
};

export const createDecodeCache = (): DecodeCache => {
  const seen = new WeakMap<RecordedEvent, { readonly codec: StoredCodec; readonly event: DecodedEvent | undefined }>();
  return {
    decode: (codec, recorded) => {
      const earlier = seen.get(recorded);
      if (earlier?.codec === codec) return earlier.event;
      const event = codec.decodeStored(recorded);
      seen.set(recorded, { codec, event });
      return event;
    },
  };
};

const direct: DecodeCache = { decode: (codec, recorded) => codec.decodeStored(recorded) };

/**
 * Remembers per stored type which codec knows it and whether the view handles it, so an event that a view has no
 * handler for costs one look-up.
 */
export const createDecoder = (view: ViewDefinition, cache: DecodeCache = direct): ViewDecoder => {
  const byType = new Map<string, StoredCodec | null>();
  return (recorded) => {
    const known = byType.get(recorded.type);
    if (known === null) return undefined;
    if (known !== undefined) return cache.decode(known, recorded);
    for (const codec of view.codecs) {
      const event = cache.decode(codec, recorded);
      if (event === undefined) continue;
      const handled = view.handles === undefined || view.handles.has(event.type);
      byType.set(recorded.type, handled ? codec : null);
      return handled ? event : undefined;
    }
    // Of a type this build does not know: it stays in the log, and a build that knows it comes with a new view version.
    byType.set(recorded.type, null);
    return undefined;
  };
};
