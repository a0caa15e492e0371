import { describeEventTypes, type EventCatalogue, type FieldDescription, type JsonSchema } from '@toeverlaat/event-log';
import type { Aggregate } from './inventory.js';

export const catalogueFile = (page: string): string => `docs/events/${page}.json`;
export const schemaFile = (page: string): string => `docs/events/${page}.schema.json`;
export const PAGE_FILE = 'docs/events.md';

export const pagesOf = (all: readonly Aggregate[]): readonly string[] => [
  ...new Set(all.map((aggregate) => aggregate.page)),
];

export const catalogueOf = (all: readonly Aggregate[], page: string): EventCatalogue => {
  const own = all.filter((aggregate) => aggregate.page === page);
  return describeEventTypes(
    own.flatMap((aggregate) => [...aggregate.codec.events]),
    own.flatMap((aggregate) => [...aggregate.codec.upcasts]),
  );
};

const SEALED_SCHEMA: JsonSchema = {
  description: 'Sealed value: ciphertext bound to this field of this event',
  type: 'object',
  properties: {
    v: { const: 1 },
    alg: { const: 'A256GCM' },
    keys: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 8 },
    ctx: {
      type: 'object',
      properties: Object.fromEntries(
        ['organisation', 'stream', 'eventId', 'type', 'path'].map((name) => [name, { type: 'string' }]),
      ),
      required: ['organisation', 'stream', 'eventId', 'type', 'path'],
      additionalProperties: false,
    },
    iv: { type: 'string', contentEncoding: 'base64url' },
    ct: { type: 'string', contentEncoding: 'base64url' },
  },
  required: ['v', 'alg', 'keys', 'ctx', 'iv', 'ct'],
  additionalProperties: false,
};

/** JSON Schema of the stored data of every type of a page, as any other program can check it. */
export const storedSchemasOf = (page: string, catalogue: EventCatalogue): JsonSchema => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: `Stored event data: ${page}`,
  $defs: {
    sealed: SEALED_SCHEMA,
    ...Object.fromEntries(
      Object.entries(catalogue.types).map(([type, fields]) => [
        type,
        {
          type: 'object',
          properties: Object.fromEntries(
            Object.entries(fields).map(([name, field]) => [
              name,
              field.class === 'clear' ? field.schema : { $ref: '#/$defs/sealed' },
            ]),
          ),
          required: Object.entries(fields).flatMap(([name, field]) => (field.optional ? [] : [name])),
          additionalProperties: false,
        },
      ]),
    ),
  },
});

const CLASS_NAMES = { clear: 'clear', code: 'sealed code', text: 'sealed text' } as const;

const keyOf = (record: string, field: FieldDescription): string =>
  field.subjects
    .map((subject) =>
      subject === 'record' ? `\`${record}\`` : `\`${record}#{${subject.replace('participant:', '')}}\``,
    )
    .join(' and ');

const valueOf = (schema: JsonSchema): string => {
  if ('const' in schema) return `\`${JSON.stringify(schema['const'])}\``;
  const values: unknown = schema['enum'];
  if (Array.isArray(values)) return values.map((value) => `\`${String(value)}\``).join(' ');
  const items = schema['items'];
  if (schema['type'] === 'array' && typeof items === 'object' && items !== null)
    return `list of ${valueOf(items as JsonSchema)}`;
  const branches: unknown = schema['anyOf'];
  if (Array.isArray(branches)) return branches.map((branch) => valueOf(branch as JsonSchema)).join(' or ');
  const limit = schema['maxLength'];
  const format = schema['format'];
  return [
    String(schema['type'] ?? 'value'),
    ...(typeof format === 'string' ? [`(${format})`] : []),
    ...(typeof limit === 'number' ? [`up to ${limit}`] : []),
  ].join(' ');
};

/** The page a reader opens to see what stands in the clear, and whose key ends the rest. */
export const renderPage = (all: readonly Aggregate[]): string => {
  const lines = [
    '# What the log stores',
    '',
    'Generated from the event types in the code; `UPDATE=1 npx vitest run infra/checks` writes it again. Of each field:',
    'clear, a sealed code (an enum, date, number or link that the fold of its own service may open), or sealed text (opened',
    'at the query edge only, after the access record). A sealed field is unreadable for ever once any of its keys is',
    'destroyed. `{…}` in a key stands for the value of that field of the same event. Why a clear field may be clear is in',
    '`events/clear-fields.json`; JSON Schemas of the stored data are in `events/<service>.schema.json`.',
    '',
    'A stored type is never changed so that an older event of it reads otherwise: the check refuses it. What must change',
    'gets a new version and an upcast.',
  ];
  for (const page of pagesOf(all)) {
    const catalogue = catalogueOf(all, page);
    lines.push('', `## ${page}`);
    for (const aggregate of all.filter((one) => one.page === page)) {
      const record = aggregate.codec.recordSubject('{id}');
      lines.push('', `Streams \`${aggregate.category}-{organisation}_{id}\``);
      for (const event of aggregate.codec.events.toSorted((a, b) => (a.type < b.type ? -1 : 1))) {
        const fields = Object.entries(catalogue.types[event.type] ?? {});
        lines.push('', `### ${event.type}`, '');
        if (fields.length === 0) {
          lines.push('No field: that it happened is all.');
          continue;
        }
        lines.push('| field | class | key | value |', '| --- | --- | --- | --- |');
        for (const [name, field] of fields)
          lines.push(
            `| \`${name}\`${field.optional ? ' (optional)' : ''} | ${CLASS_NAMES[field.class]} | ${keyOf(record, field)} | ${valueOf(field.schema)} |`,
          );
      }
      for (const { from, to } of aggregate.codec.upcasts) lines.push('', `\`${from}\` is read as \`${to}\`.`);
    }
  }
  return `${lines.join('\n')}\n`;
};

export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
