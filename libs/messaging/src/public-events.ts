import {
  categoryOf,
  metadataOf,
  parseStreamName,
  type Codec,
  type EventType,
  type RecordedEvent,
  type StoredEventOf,
} from '@toeverlaat/event-log';
import type { EventId, Instant, OrganisationId } from '@toeverlaat/values';

type Thin = string | number | boolean | null;
/** Ids, states, dates; no person, no facts, no text (design §6 and rule 6). */
export type ThinData = { readonly [key: string]: Thin };

/** What other services learn of an event. */
export type PublicEvent = {
  readonly eventId: EventId;
  /** `<service>.<Name>`. */
  readonly type: string;
  readonly organisation: OrganisationId;
  readonly stream: string;
  readonly streamId: string;
  readonly revision: number;
  readonly recordedAt: Instant;
  readonly correlationId: string;
  readonly data: ThinData;
};

/** One category's events as the outside may see them. */
export type PublicEventSource = {
  readonly category: string;
  /** Every public type it may give, as `<service>.<Name>`, with the version of the stored event whose shape it is taken from. */
  readonly types: ReadonlyMap<string, number>;
  /** Undefined for an event that stays inside. */
  readonly publish: (recorded: RecordedEvent) => PublicEvent | undefined;
};

type Mapping<T extends readonly EventType[]> = {
  readonly [Name in StoredEventOf<T>['type']]?: (data: Extract<StoredEventOf<T>, { type: Name }>['data']) => ThinData;
};

/**
 * Declares which events of a category leave their service, and what of them: a pure transform of stored events that opens
 * nothing. Types let a sealed value through nowhere, since it is not thin.
 */
export const definePublicEvents = <const T extends readonly EventType[]>(
  service: string,
  category: string,
  codec: Codec<T>,
  mapping: Mapping<T>,
): PublicEventSource => {
  const transforms = new Map(Object.entries(mapping)) as Map<string, (data: unknown) => ThinData>;
  const types = new Map(codec.events.map((event) => [event.type, event.name]));
  return {
    category,
    types: new Map(
      codec.events.flatMap(({ name, version }) => (transforms.has(name) ? [[`${service}.${name}`, version]] : [])),
    ),
    publish: (recorded) => {
      if (categoryOf(recorded.stream) !== category) return undefined;
      // An old version of a published event is lifted by the codec; its storage name is then not in `types`.
      const known = types.get(recorded.type);
      if (known !== undefined && !transforms.has(known)) return undefined;
      const event = codec.decodeStored(recorded);
      const transform = event === undefined ? undefined : transforms.get(event.type);
      const parts = parseStreamName(recorded.stream);
      if (event === undefined || transform === undefined || parts === undefined) return undefined;
      const { recordedAt, correlationId } = metadataOf(recorded);
      return {
        eventId: recorded.eventId,
        type: `${service}.${event.type}`,
        organisation: recorded.organisation,
        stream: recorded.stream,
        streamId: parts.id,
        revision: recorded.revision,
        recordedAt,
        correlationId,
        data: transform(event.data),
      };
    },
  };
};
