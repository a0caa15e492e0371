import { clear, eventType, type EventOf } from '@toeverlaat/event-log';
import { LOCAL_DATE } from '@toeverlaat/values';
import { z } from 'zod';
import * as v from '../vocabulary.js';

/** null: hidden. */
const shown = v.countSchema.nullable();
export type ReleasedTable = {
  readonly table: string;
  readonly cells: readonly { readonly cell: string; readonly value: number | null }[];
  readonly total: number | null;
};
const releasedTableSchema: z.ZodType<ReleasedTable> = z.strictObject({
  table: v.codeSchema,
  cells: z.array(z.strictObject({ cell: v.codeSchema, value: shown })).max(100),
  total: shown,
});

/** Frozen: what was released is what stands here, whatever is recorded later. */
export const FiguresReleased = eventType('reporting', 'FiguresReleased', 1, {
  releaseId: clear(v.idSchema),
  from: clear(v.monthSchema),
  to: clear(v.monthSchema),
  /** Facts recorded before this day. */
  cutoff: clear(z.string().regex(LOCAL_DATE)),
  threshold: clear(z.number().int().min(2)),
  tables: clear(z.array(releasedTableSchema).max(50)),
  // Lineage.
  layoutVersion: clear(v.versionSchema),
  viewVersion: clear(z.number().int().min(1)),
  lawVersion: clear(v.versionSchema),
  facts: clear(v.countSchema),
  factsDigest: clear(v.digestSchema),
});

export const releaseEvents = [FiguresReleased] as const;
export type ReleaseEvent = EventOf<typeof releaseEvents>;
