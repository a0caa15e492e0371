import { hash, randomUUID } from 'node:crypto';

declare const brand: unique symbol;
/** A string that was checked to be of one kind and is not mistaken for another. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };

export type OrganisationId = Branded<'OrganisationId'>;
export type PersonId = Branded<'PersonId'>;
export type CommandId = Branded<'CommandId'>;
export type EventId = Branded<'EventId'>;

/** Organisation ids stand in stream names, file names and Kafka keys, hence the narrow alphabet. No `-` or `_`: they separate. */
export const ORGANISATION_ID = /^[a-z][a-z0-9]{1,39}$/;
/** Ids of aggregates: UUIDs, or short names in directories. No `_` or `-` first. */
export const LOCAL_ID = /^[a-z0-9][a-z0-9-]{0,63}$/;
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Pseudonym of a year or of one record, or a keyed tag: never a word that says something. */
export const PSEUDONYM = /^[a-z0-9][a-z0-9-]{0,79}$/;
/** Edition of law data, a template or a wording: `2026-1`. */
export const VERSION = /^[0-9a-z][0-9a-z.-]{0,19}$/;
/** Name of a role, a purpose or another code. */
export const CODE_NAME = /^[a-z][a-z_]{0,39}$/;

export const organisationId = (value: string): OrganisationId => {
  if (!ORGANISATION_ID.test(value)) throw new TypeError('organisation id: 2 to 40 lower-case letters and digits');
  return value as OrganisationId;
};

/** Namespace of every name-based id of this product (random, fixed for ever: ids in stored logs depend on it). */
const NAMESPACE = '0f4b1d5e-6a0c-4a52-9d0e-2f4f3d1c7b90';
const NAMESPACE_BYTES = Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex');

/** Every name but a rare long one fits; a hash is taken at once, so the bytes may be written over by the next. */
const scratch = Buffer.allocUnsafeSlow(4 * 1024);
NAMESPACE_BYTES.copy(scratch);

/** Hexadecimal digit of the variant: the two upper bits of the byte become 10 (RFC 9562 §4.1). */
const VARIANT = '89ab';

/** UUID version 5 (RFC 9562 §5.5) of the parts; parts are length-prefixed, so ('a','bc') and ('ab','c') differ. */
export const uuidV5 = (...parts: readonly string[]): string => {
  let name = '';
  for (const part of parts) name += `${Buffer.byteLength(part)}:${part}`;
  const end = NAMESPACE_BYTES.length + Buffer.byteLength(name);
  let bytes = scratch;
  if (end > scratch.length) {
    bytes = Buffer.allocUnsafe(end);
    NAMESPACE_BYTES.copy(bytes);
  }
  bytes.write(name, NAMESPACE_BYTES.length, 'utf8');
  // One call and its digits as text: ids are made for every event of every command.
  const hex = hash('sha1', bytes.subarray(0, end), 'hex');
  const variant = VARIANT.charAt(Number.parseInt(hex.charAt(16), 16) & 3);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/**
 * The id of the n-th event of a command in a stream (design rule 8): the same command gives the same events. The stream
 * enters because a client may use one command id for two records, in two organisations even, and consumers discard by
 * event id (ADR 14).
 */
export const eventIdOf = (stream: string, command: string, index: number): EventId =>
  uuidV5('event', stream, command, String(index)) as EventId;

/** The id of what a creating command creates (design rule 8): organisation + command id, no time in it (rule 10). */
export const createdIdOf = (organisation: OrganisationId, command: string, kind: string): string =>
  uuidV5('created', organisation, kind, command);

/** The command id of a reaction: a duplicate of its source decides to nothing (design rule 8). */
export const reactionCommandId = (reaction: string, sourceEvent: string): CommandId =>
  uuidV5('reaction', reaction, sourceEvent) as CommandId;

/** Random ids for the shell only; deciders are handed theirs. */
export const randomId = (): string => randomUUID();
export const newCommandId = (): CommandId => randomUUID() as CommandId;
