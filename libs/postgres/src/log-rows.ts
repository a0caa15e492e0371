import { DamagedEvent, leafHexOf, type Position, type RecordedEvent } from '@toeverlaat/event-log';
import { InvariantBroken, type EventId, type OrganisationId } from '@toeverlaat/values';

const DIGITS = 20;
const POSITION = /^(\d{20})\.(\d{20})$/;

export const positionOf = (txid: string, seq: string): Position =>
  `${txid.padStart(DIGITS, '0')}.${seq.padStart(DIGITS, '0')}` as Position;

/** @throws InvariantBroken for a token that no such log gave */
export const partsOf = (position: Position): readonly [txid: string, seq: string] => {
  const [, txid, seq] = POSITION.exec(position) ?? [];
  if (txid === undefined || seq === undefined) throw new InvariantBroken(`position "${position}" is not of this log`);
  return [BigInt(txid).toString(), BigInt(seq).toString()];
};

export type Row = {
  readonly txid_text: string;
  readonly seq_text: string;
  readonly stream: string;
  readonly organisation: string;
  readonly revision_text: string;
  readonly event_id: string;
  readonly type: string;
  readonly metadata: Buffer;
  readonly data: Buffer;
  readonly leaf: string;
};

// Named apart from their columns: `ORDER BY txid` would otherwise sort the text.
export const COLUMNS = `txid::text AS txid_text, seq::text AS seq_text, stream, organisation, revision::text AS revision_text, event_id::text, type, metadata, data, encode(leaf, 'hex') AS leaf`;

/** @throws DamagedEvent when the stored bytes are not those that were appended */
export const recordedOf = (row: Row): RecordedEvent => {
  const recorded: RecordedEvent = {
    position: positionOf(row.txid_text, row.seq_text),
    organisation: row.organisation as OrganisationId,
    stream: row.stream,
    revision: Number(row.revision_text),
    eventId: row.event_id as EventId,
    type: row.type,
    metadata: row.metadata,
    data: row.data,
  };
  if (leafHexOf(recorded) !== row.leaf) throw new DamagedEvent(recorded, 'leaf does not match the stored bytes');
  return { ...recorded, leaf: row.leaf };
};
