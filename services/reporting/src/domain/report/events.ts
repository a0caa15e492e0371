import { clear, eventType, type EventOf } from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../vocabulary.js';

export type FrozenLine = { readonly line: string; readonly value: number | null };
const frozenLineSchema: z.ZodType<FrozenLine> = z.strictObject({
  line: v.codeSchema,
  /** null: to be entered, and nobody did. */
  value: v.countSchema.nullable(),
});

/** The exact statutory counts of a year as they stood; a correction is another edition beside it. */
export const AnnualReportFrozen = eventType('reporting', 'AnnualReportFrozen', 1, {
  edition: clear(z.number().int().min(1)),
  formVersion: clear(v.versionSchema),
  lines: clear(z.array(frozenLineSchema).max(200)),
  // Lineage.
  viewVersion: clear(z.number().int().min(1)),
  lawVersion: clear(v.versionSchema),
  facts: clear(v.countSchema),
  factsDigest: clear(v.digestSchema),
});

export const reportEvents = [AnnualReportFrozen] as const;
export type ReportEvent = EventOf<typeof reportEvents>;
