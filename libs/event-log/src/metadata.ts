import type { CommandId } from '@toeverlaat/values';
import { DamagedEvent } from './codec.js';
import { eventMetadataSchema, type EventMetadata } from './envelope.js';
import type { RecordedEvent } from './port.js';

type WithMetadata = Pick<RecordedEvent, 'metadata'> &
  Partial<Pick<RecordedEvent, 'stream' | 'revision' | 'type' | 'eventId'>>;

const damaged = (recorded: WithMetadata, why: string): DamagedEvent =>
  new DamagedEvent(
    { stream: recorded.stream ?? '?', revision: recorded.revision ?? -1, type: recorded.type ?? '?' },
    why,
  );

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * The envelope of a stored event.
 * @throws DamagedEvent when the bytes are not an envelope, or name another event than the one they are stored with
 */
export const metadataOf = (recorded: WithMetadata): EventMetadata => {
  let json: unknown;
  try {
    json = JSON.parse(bufferOf(recorded.metadata).toString('utf8'));
  } catch {
    throw damaged(recorded, 'metadata is no JSON');
  }
  const parsed = eventMetadataSchema.safeParse(json);
  if (!parsed.success) throw damaged(recorded, `metadata: ${parsed.error.issues[0]?.path.join('.') ?? 'schema'}`);
  const { type, eventId } = parsed.data;
  if (recorded.type !== undefined && recorded.type !== type) throw damaged(recorded, `metadata says type ${type}`);
  if (recorded.eventId !== undefined && recorded.eventId !== eventId)
    throw damaged(recorded, `metadata says event ${eventId}`);
  return parsed.data;
};

/**
 * Whether an envelope names the event it is stored with; the leaf covers the envelope alone. A search in the canonical
 * bytes instead of a parse: this runs for each event of each fold.
 */
export const namesEvent = (metadata: Uint8Array, eventId: string, type: string): boolean => {
  const bytes = bufferOf(metadata);
  return bytes.includes(`"eventId":"${eventId}"`) && bytes.includes(`"type":"${type}"`);
};

/** Whether an event was appended by this command. Only bytes that hold the id at all are parsed. */
export const isOfCommand = (recorded: RecordedEvent, commandId: CommandId): boolean =>
  bufferOf(recorded.metadata).includes(commandId) && metadataOf(recorded).commandId === commandId;
