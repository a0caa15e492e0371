import { accessCategory, accessCodec } from '@toeverlaat/access';
import * as contracts from '@toeverlaat/contracts';
import type { CommandDef, QueryDef, RpcDef } from '@toeverlaat/contracts';
import type { Codec, EventType } from '@toeverlaat/event-log';
import {
  erasurePartCategory,
  erasurePartCodec,
  handedNoticeCategory,
  handedNoticeCodec,
  keptNoticeCategory,
  keptNoticeCodec,
} from '@toeverlaat/service-kit';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { filesBelow, readText, ROOT } from './workspace.js';

export type AnyCodec = Codec<readonly EventType[]>;

/** One kind of stream: what is stored in it, and under which category. */
export type Aggregate = {
  /** A page of the event catalogue: a service, or `access`, `erasure` and `keeping`, whose streams every service may have. */
  readonly page: string;
  readonly category: string;
  readonly codec: AnyCodec;
  /** The package that defines the events. */
  readonly folder: string;
};

const isCodec = (value: unknown): value is AnyCodec =>
  typeof value === 'object' && value !== null && 'recordSubject' in value && 'decodeStored' in value;

/** Any codec in one type: its events are looked at, not known by name. */
export const anyCodec = (value: unknown): AnyCodec => {
  if (!isCodec(value)) throw new TypeError('not a codec');
  return value;
};

/** The one category and the one codec that the door of an aggregate exports (design rule 4). */
const aggregateOf = async (path: string): Promise<Aggregate> => {
  const exported: Readonly<Record<string, unknown>> = await import(pathToFileURL(join(ROOT, path)).href);
  const codecs = Object.values(exported).filter(isCodec);
  const categories = Object.entries(exported).flatMap(([name, value]) =>
    name.endsWith('Category') && typeof value === 'string' ? [value] : [],
  );
  const [codec] = codecs;
  const [category] = categories;
  if (codec === undefined || category === undefined || codecs.length > 1 || categories.length > 1)
    throw new TypeError(
      `${path}: exports ${codecs.length} codecs and ${categories.length} categories, not one of each`,
    );
  const folder = path.split('/').slice(0, 2).join('/');
  return { page: folder.slice('services/'.length), category, codec, folder };
};

/** Files in which event types are defined. */
export const eventFiles = (): readonly string[] =>
  filesBelow('services', (path) => /^services\/[a-z-]+\/src\/domain\/[a-z-]+\/events\.ts$/.test(path));

/** Stands for the name of a service in the types that every service has: `<service>.AccessRecorded.v1`. */
export const ANY_SERVICE = '<service>';

/** Everything the product stores, found where it is defined: what is not found here is not checked either. */
export const aggregates = async (): Promise<readonly Aggregate[]> => [
  ...(await Promise.all(eventFiles().map((path) => aggregateOf(path.replace(/events\.ts$/, 'index.ts'))))),
  {
    page: 'access',
    category: accessCategory(ANY_SERVICE),
    codec: anyCodec(accessCodec(ANY_SERVICE)),
    folder: 'libs/access',
  },
  {
    page: 'erasure',
    category: erasurePartCategory(ANY_SERVICE),
    codec: anyCodec(erasurePartCodec(ANY_SERVICE)),
    folder: 'libs/service-kit',
  },
  {
    page: 'keeping',
    category: keptNoticeCategory(ANY_SERVICE),
    codec: anyCodec(keptNoticeCodec(ANY_SERVICE)),
    folder: 'libs/service-kit',
  },
  {
    page: 'handing',
    category: handedNoticeCategory(ANY_SERVICE),
    codec: anyCodec(handedNoticeCodec(ANY_SERVICE)),
    folder: 'libs/service-kit',
  },
];

/** Places that define event types outside the files of aggregates. Samples and tests are no product. */
export const strayDefinitions = (): readonly string[] => {
  const known = new Set([
    ...eventFiles(),
    'libs/event-log/src/fields.ts',
    'libs/access/src/recorder.ts',
    'libs/service-kit/src/erasure/events.ts',
    'libs/service-kit/src/handed/events.ts',
    'libs/service-kit/src/kept/events.ts',
  ]);
  return ['libs', 'services'].flatMap((folder) =>
    filesBelow(
      folder,
      (path) => path.endsWith('.ts') && !/\.(spec|fixture)\.ts$|sample\.ts$/.test(path) && !known.has(path),
    ).filter((path) => /\beventType\(/.test(readText(path))),
  );
};

const isRpcDef = (value: unknown): value is RpcDef =>
  typeof value === 'object' &&
  value !== null &&
  'pattern' in value &&
  'kind' in value &&
  (value.kind === 'command' || value.kind === 'query');

const exported: readonly unknown[] = Object.values(contracts);
const definitions: readonly RpcDef[] = exported.filter(isRpcDef);

/** Every command and query that the contracts define. */
export const commandDefs: readonly CommandDef[] = definitions.filter((def) => def.kind === 'command');
export const queryDefs: readonly QueryDef[] = definitions.filter((def) => def.kind === 'query');
