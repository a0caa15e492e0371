/* One record, taken apart where it stands: 0x00, stream, revision, metadata, data, each with its length (ADR 12). */

export type RecordView = {
  readonly stream: string;
  readonly revision: number;
  readonly metadataFrom: number;
  readonly metadataTo: number;
  readonly dataFrom: number;
  readonly dataTo: number;
};

/** Undefined when the bytes are no record. */
export const recordAt = (chunk: Buffer, from: number, to: number): RecordView | undefined => {
  if (to - from < 25 || chunk[from] !== 0) return undefined;
  const name = chunk.readUInt32BE(from + 1);
  const afterName = from + 5 + name;
  if (afterName + 20 > to || chunk.readUInt32BE(afterName) !== 8) return undefined;
  const revision = chunk.readUInt32BE(afterName + 4) * 2 ** 32 + chunk.readUInt32BE(afterName + 8);
  const metadataFrom = afterName + 16;
  const metadataTo = metadataFrom + chunk.readUInt32BE(afterName + 12);
  if (metadataTo + 4 > to) return undefined;
  const dataFrom = metadataTo + 4;
  const dataTo = dataFrom + chunk.readUInt32BE(metadataTo);
  if (dataTo !== to) return undefined;
  return {
    stream: chunk.toString('latin1', from + 5, afterName),
    revision,
    metadataFrom,
    metadataTo,
    dataFrom,
    dataTo,
  };
};
