import {
  categoryOf,
  describeEventTypes,
  metadataOf,
  parseStreamName,
  type Codec,
  type EventCatalogue,
  type EventType,
  type FieldDescription,
  type RecordedEvent,
  type StoredEventOf,
} from '@toeverlaat/event-log';
import { InvariantBroken, type EventId, type Instant, type OrganisationId } from '@toeverlaat/values';

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
  /** What each type carries, by its public name and without a version: committed, and kept readable (docs/public-events.json). */
  readonly shapes?: () => EventCatalogue['types'];
  /** Undefined for an event that stays inside. */
  readonly publish: (recorded: RecordedEvent) => PublicEvent | undefined;
};

type Mapping<T extends readonly EventType[]> = {
  readonly [Name in StoredEventOf<T>['type']]?: (data: Extract<StoredEventOf<T>, { type: Name }>['data']) => ThinData;
};

/**
 * What a transform gives, found by handing it one that answers every field with a mark: a public field is a clear field of
 * the stored event as it stands, or a constant.
 * @throws InvariantBroken for a field that is computed, whose shape nobody could state
 */
const shapeOf = (
  event: EventType,
  transform: (data: unknown) => ThinData,
  added: readonly string[],
): Record<string, FieldDescription> => {
  const marks = new Map<unknown, string>();
  const data = new Proxy(
    {},
    {
      get: (_, field) => {
        const mark = Object.freeze({ field });
        marks.set(mark, String(field));
        return mark;
      },
    },
  );
  const stored = describeEventTypes([event]).types[event.type] ?? {};
  return Object.fromEntries(
    Object.entries<unknown>(transform(data))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]): [string, FieldDescription] => {
        const field = stored[marks.get(value) ?? ''];
        if (field !== undefined && field.class === 'clear')
          return [
            name,
            {
              class: 'clear',
              optional: added.includes(name),
              subjects: [],
              schema: field.optional ? { anyOf: [field.schema, { type: 'null' }] } : field.schema,
            },
          ];
        if (value !== null && typeof value === 'object')
          throw new InvariantBroken(`${event.type}: ${name} is no clear field`);
        return [name, { class: 'clear', optional: false, subjects: [], schema: { const: value } }];
      }),
  );
};

/**
 * Declares which events of a category leave their service, and what of them: a pure transform of stored events that opens
 * nothing. Types let a sealed value through nowhere, since it is not thin.
 * @param added public fields that came later, by event: messages of older builds, which Kafka keeps for weeks, lack them
 */
export const definePublicEvents = <const T extends readonly EventType[]>(
  service: string,
  category: string,
  codec: Codec<T>,
  mapping: Mapping<T>,
  added: Readonly<Record<string, readonly string[]>> = {},
): PublicEventSource => {
  const transforms = new Map(Object.entries(mapping)) as Map<string, (data: unknown) => ThinData>;
  const types = new Map(codec.events.map((event) => [event.type, event.name]));
  return {
    category,
    types: new Map(
      codec.events.flatMap(({ name, version }) => (transforms.has(name) ? [[`${service}.${name}`, version]] : [])),
    ),
    shapes: () =>
      Object.fromEntries(
        codec.events.flatMap((event) => {
          const transform = transforms.get(event.name);
          return transform === undefined
            ? []
            : [[`${service}.${event.name}`, shapeOf(event, transform, added[event.name] ?? [])]];
        }),
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
