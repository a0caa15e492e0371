import { accessCategory, accessCodec } from '@toeverlaat/access';
import {
  encodeMetadata,
  leafHexOf,
  streamName,
  type EventType,
  type Field,
  type Position,
  type RecordedEvent,
} from '@toeverlaat/event-log';
import {
  createKeyring,
  createMemoryKeyringStore,
  createMemoryVault,
  createSealer,
  openRootKeyFile,
  type NewKey,
  type SealingService,
  type Vault,
} from '@toeverlaat/sealing';
import {
  settableClock,
  uuidV5,
  type CommandId,
  type EventId,
  type Json,
  type OrganisationId,
} from '@toeverlaat/values';
import { join } from 'node:path';
import {
  erasurePartCategory,
  erasurePartCodec,
  handedNoticeCategory,
  handedNoticeCodec,
  keptNoticeCategory,
  keptNoticeCodec,
} from '@toeverlaat/service-kit';
import { z } from 'zod';
import { ANY_SERVICE, anyCodec, type Aggregate, type AnyCodec } from './inventory.js';
import { ROOT } from './workspace.js';

/*
 * Golden events: one stored event per type and version, made once and never again. If one of them no longer decodes,
 * the code is wrong: an installation somewhere holds exactly such bytes. The keys are fixed and of no other use.
 */

export const KEYS_FILE = 'infra/checks/fixtures/golden-keys.json';
const ROOT_KEY_FILE = 'infra/checks/fixtures/golden-root-key.txt';
const ORGANISATION = 'gentia' as OrganisationId;
const RECORDED_AT = '2026-11-23T09:30:00.000Z';
const EPOCH = 1;

const keyFileSchema = z.strictObject({
  about: z.string(),
  epoch: z.strictObject({ epoch: z.literal(EPOCH), wrapped: z.base64url(), createdAt: z.string() }),
  keys: z.array(
    z.strictObject({ subject: z.string(), keyId: z.uuid(), recipient: z.string(), wrapped: z.base64url() }),
  ),
});
export type KeyFile = z.infer<typeof keyFileSchema>;

export const goldenEventSchema = z.strictObject({
  organisation: z.string(),
  stream: z.string(),
  revision: z.number().int(),
  eventId: z.uuid(),
  type: z.string(),
  /** The stored bytes, which are UTF-8. */
  metadata: z.string(),
  data: z.string(),
  /** What entered: codes and text as they were before they were sealed. */
  opened: z.record(z.string(), z.unknown()),
  /** Of these bytes at this place in this stream: what any later proof covers. */
  leaf: z.string(),
});
export type GoldenEvent = z.infer<typeof goldenEventSchema>;

const clock = settableClock(RECORDED_AT);
const bytes = (text: string): Uint8Array => Buffer.from(text, 'base64url');
const textOf = (raw: Uint8Array): string => Buffer.from(raw).toString('base64url');

const rootKey = () =>
  openRootKeyFile({ file: join(ROOT, ROOT_KEY_FILE), createIfAbsent: false, acceptReadableByOthers: true });

/** Sealing with the golden keys; keys of subjects that have none yet are made and told. */
export const openGoldenSealing = async (
  file: unknown,
): Promise<{ readonly sealing: SealingService; readonly made: KeyFile['keys'] }> => {
  const { epoch, keys } = keyFileSchema.parse(file);
  const store = createMemoryKeyringStore();
  await store.addEpoch(ORGANISATION, { ...epoch, wrapped: bytes(epoch.wrapped) });
  const memory = createMemoryVault();
  await memory.startEpoch(ORGANISATION, EPOCH);
  await memory.create(
    ORGANISATION,
    EPOCH,
    keys.map(({ subject, keyId, recipient, wrapped }) => ({
      subject,
      keyId,
      wrap: { recipient, wrapped: bytes(wrapped) },
    })),
  );
  const made: KeyFile['keys'] = [];
  const vault: Vault = {
    ...memory,
    create: async (organisation, number, created: readonly NewKey[]) => {
      for (const { subject, keyId, wrap } of created)
        made.push({ subject, keyId, recipient: wrap.recipient, wrapped: textOf(wrap.wrapped) });
      return memory.create(organisation, number, created);
    },
  };
  return { sealing: createSealer({ vault, keyring: createKeyring(store, rootKey(), clock), cacheMs: 60_000 }), made };
};

/** The first key file, when there is none: an epoch key under the committed root key and no data key yet. */
export const newKeyFile = async (): Promise<KeyFile> => {
  const store = createMemoryKeyringStore();
  await createKeyring(store, rootKey(), clock).start(ORGANISATION, EPOCH);
  const [row] = await store.epochs(ORGANISATION);
  if (row === undefined) throw new TypeError('no epoch');
  return {
    about: 'Keys of the golden events under fixtures/events. Fixed, public, and of no other use.',
    epoch: { epoch: EPOCH, wrapped: textOf(row.wrapped), createdAt: row.createdAt },
    keys: [],
  };
};

/** Values that fit what event fields ask of a string; the first that fits is taken. */
const STRINGS = [
  'k7f3q2m5n4p6r7s2t3v4w5x6y7',
  '6f1f1e3a-0d5b-4c43-9f55-8a4d6a4f7b10',
  '2026-11-23',
  RECORDED_AT,
  '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  'https://signin.gentia.example/realm',
  'gentia',
  'nl',
  'case.caseById',
  'toeverlaat/0011+0badcafe+AQID',
  '2026-1',
  '2026-11',
  'Europe/Brussels',
  '09:30',
  'P10Y',
  'case/6f1f1e3a-0d5b-4c43-9f55-8a4d6a4f7b10',
  'INT-OWN',
  '2026',
  'a',
  '9f86d081884c7d659a2feaa0c55ad015',
  'k7f3q2m5n4p6r7s2t3v4w5x6y7k7f3q2m5n4p6r7s2t',
] as const;
/** Beyond ASCII on purpose. */
const WORDS = 'Één woord, ça va: « vraiment »';

type Schema = Readonly<Record<string, unknown>>;
const asSchema = (value: unknown): Schema => (typeof value === 'object' && value !== null ? (value as Schema) : {});
const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Values that may fit a JSON Schema, likeliest first. Same schema, same values: no chance in it. */
const candidates = (schema: Schema): readonly Json[] => {
  if ('const' in schema) return [schema['const'] as Json];
  if (Array.isArray(schema['enum'])) return schema['enum'] as Json[];
  const branches = [...asList(schema['anyOf']), ...asList(schema['oneOf'])];
  if (branches.length > 0) return branches.flatMap((branch) => candidates(asSchema(branch)));
  switch (schema['type']) {
    case 'string':
      return STRINGS;
    case 'integer':
    case 'number':
      return [Math.max(Number(schema['minimum'] ?? 0), 0) + 1, Number(schema['minimum'] ?? 0)];
    case 'boolean':
      return [true];
    case 'null':
      return [null];
    case 'array':
      return candidates(asSchema(schema['items'])).map((item) => [item]);
    case 'object': {
      const properties = Object.entries(asSchema(schema['properties']));
      const choices = properties.map(([name, property]) => [name, candidates(asSchema(property))] as const);
      // A member at a time takes its next candidate; members of one object seldom depend on each other.
      return STRINGS.map((_, round) =>
        Object.fromEntries(choices.map(([name, values]) => [name, values[Math.min(round, values.length - 1)] ?? null])),
      );
    }
    default:
      return [];
  }
};

const memberwise = (schema: z.ZodType): Json | undefined => {
  const described = asSchema(z.toJSONSchema(schema));
  if (described['type'] !== 'object' || !(schema instanceof z.ZodObject)) return undefined;
  const shape = schema.shape as Readonly<Record<string, z.ZodType>>;
  return Object.fromEntries(Object.entries(shape).map(([name, member]) => [name, sample(member, name)]));
};

const fits = (schema: z.ZodType, value: Json | undefined): value is Json =>
  value !== undefined && schema.safeParse(value).success;

const sample = (schema: z.ZodType, name: string): Json => {
  const { $schema: _, ...described } = z.toJSONSchema(schema);
  const inner = asSchema(described);
  const found =
    candidates(inner).find((value) => fits(schema, value)) ??
    (schema instanceof z.ZodArray ? [sample(schema.element as z.ZodType, name)] : memberwise(schema));
  if (!fits(schema, found))
    throw new TypeError(`no sample for ${name}: add a value to STRINGS in ${import.meta.filename}`);
  return found;
};

const sampleOf = (name: string, field: Field): unknown => {
  const value = field.class === 'text' ? WORDS : sample(field.schema, name);
  return field.class === 'text' ? { plain: value } : value;
};

const ofCase = (page: string): { readonly codec: AnyCodec; readonly category: string } => {
  switch (page) {
    case 'access':
      return { codec: anyCodec(accessCodec('case')), category: accessCategory('case') };
    case 'keeping':
      return { codec: anyCodec(keptNoticeCodec('case')), category: keptNoticeCategory('case') };
    case 'handing':
      return { codec: anyCodec(handedNoticeCodec('case')), category: handedNoticeCategory('case') };
    default:
      return { codec: anyCodec(erasurePartCodec('case')), category: erasurePartCategory('case') };
  }
};

/** The catalogue writes the events of streams that every service has for any service; what is stored names one. */
const storedForm = (aggregate: Aggregate): { readonly codec: AnyCodec; readonly category: string } =>
  aggregate.category.includes(ANY_SERVICE) ? ofCase(aggregate.page) : aggregate;

export type Golden = {
  readonly codec: AnyCodec;
  readonly category: string;
  readonly event: EventType;
  /** `services/case/fixtures/events/case.CaseOpened.v1.json` */
  readonly path: string;
};

export const goldensOf = (aggregate: Aggregate): readonly Golden[] => {
  const { codec, category } = storedForm(aggregate);
  return codec.events.map((event) => ({
    codec,
    category,
    event,
    path: `${aggregate.folder}/fixtures/events/${event.type}.json`,
  }));
};

const plainOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'plain' in value ? value.plain : value;

/** Makes the stored event of a type, every field filled. */
export const makeGolden = async (sealing: SealingService, golden: Golden): Promise<GoldenEvent> => {
  const { codec, category, event } = golden;
  const streamId = uuidV5('golden', category);
  const stream = streamName(category, ORGANISATION, streamId);
  const commandId = uuidV5('golden', event.type) as CommandId;
  const filled = Object.entries(event.fields).map(([name, field]) => [name, sampleOf(name, field)] as const);
  const encoded = await codec.encode(sealing, { organisation: ORGANISATION, stream, streamId, commandId }, [
    { type: event.name, data: Object.fromEntries(filled) },
  ]);
  if (!encoded.ok) throw new TypeError(`${event.type}: ${JSON.stringify(encoded.error)}`);
  const [stored] = encoded.value;
  if (stored === undefined) throw new TypeError(event.type);
  const metadata = encodeMetadata({
    v: 1,
    eventId: stored.eventId,
    type: stored.type,
    organisation: ORGANISATION,
    recordedAt: RECORDED_AT,
    actor: { pseudonym: 'k7f3q2m5n4p6r7s2t3v4w5x6y7', capacity: 'counsellor' },
    purpose: 'golden_event',
    commandId,
    fingerprint: 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg',
    correlationId: commandId,
    causationId: commandId,
    policyVersion: '2026-1',
    lawVersion: '2026-1',
  });
  return {
    organisation: ORGANISATION,
    stream,
    revision: 0,
    eventId: stored.eventId,
    type: stored.type,
    metadata: Buffer.from(metadata).toString('utf8'),
    data: Buffer.from(stored.data).toString('utf8'),
    opened: Object.fromEntries(filled.map(([name, value]) => [name, plainOf(value)])),
    leaf: leafHexOf({ stream, revision: 0, metadata, data: stored.data }),
  };
};

export const recordedOf = (golden: GoldenEvent): RecordedEvent => ({
  position: '1' as Position,
  organisation: golden.organisation as OrganisationId,
  stream: golden.stream,
  revision: golden.revision,
  eventId: golden.eventId as EventId,
  type: golden.type,
  metadata: Buffer.from(golden.metadata),
  data: Buffer.from(golden.data),
});
