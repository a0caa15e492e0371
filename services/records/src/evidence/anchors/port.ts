import { z } from 'zod';
import { keyIdSchema, noteSchema } from '../../domain/vocabulary.js';

/**
 * What leaves the operator's reach for one seal: the leaf's text, the signed checkpoint of the installation's log, and the
 * key ids that entered the erasure ledger since the record before. No organisation, no head, no number of either.
 */
export const anchorRecordSchema = z.strictObject({
  v: z.literal(1),
  sequence: z.number().int().min(0),
  entry: z.string().max(1_000),
  note: noteSchema,
  keyIds: z.array(keyIdSchema).max(5_000).readonly(),
});
export type AnchorRecord = z.infer<typeof anchorRecordSchema>;

/** The anchor cannot be read or written now. Retryable: what it lacks is brought at the next seal. */
export class AnchorUnavailable extends Error {
  override readonly name = 'AnchorUnavailable';
  constructor(
    readonly anchor: string,
    /** A short reason; never what a command printed. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`anchor ${anchor}: ${reason}`, options);
  }
}

/**
 * A place outside the operator's reach. Records come in order of their sequence, without a gap; what was appended is
 * durable there when `append` resolves. Appending a record that is there does nothing. @throws AnchorUnavailable
 */
export type Anchor = {
  /** Names it in the status and in the log; no address, no secret. */
  readonly name: string;
  /** The newest record it holds, whoever wrote it. */
  readonly newest: () => Promise<AnchorRecord | undefined>;
  /** Every record it holds from this sequence on, in order. */
  readonly from: (sequence: number) => Promise<readonly AnchorRecord[]>;
  readonly append: (records: readonly AnchorRecord[]) => Promise<void>;
};

export const lineOf = (record: AnchorRecord): string => `${JSON.stringify(record)}\n`;

/** Lines of an anchor file. A line that a stopped write tore is followed by the whole record, so it is passed over. */
export const recordsIn = (text: string): readonly AnchorRecord[] => {
  const found: AnchorRecord[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      continue;
    }
    const record = anchorRecordSchema.safeParse(json);
    if (record.success) found.push(record.data);
  }
  return found;
};

/** What of `records` has to be appended after `newest`. @throws AnchorUnavailable when that would leave a gap */
export const missingAfter = (
  anchor: string,
  newest: AnchorRecord | undefined,
  records: readonly AnchorRecord[],
): readonly AnchorRecord[] => {
  const next = (newest?.sequence ?? -1) + 1;
  const missing = records.filter(({ sequence }) => sequence >= next).toSorted((a, b) => a.sequence - b.sequence);
  if (missing.some(({ sequence }, at) => sequence !== next + at)) throw new AnchorUnavailable(anchor, 'gap');
  return missing;
};
