import { formalMeasures, informalType, kindOfFacts, outcome, thirdPartyFact } from '@toeverlaat/legal';
import { INSTANT } from '@toeverlaat/values';
import { z } from 'zod';
import { localIdSchema, pageInputSchema, pageOf } from './core.js';
import { defineCommand, defineQuery } from './rpc.js';

/** Every rule the reporting service may refuse with, translated at the edge. */
export const reportingRuleCodes = [
  'fact_differs',
  'period_too_short',
  'period_not_closed',
  'period_already_released',
  'period_overlaps_older_layout',
  'too_many_overlapping_releases',
  'difference_reveals_small_cell',
  'year_not_over',
] as const;
export type ReportingRuleCode = (typeof reportingRuleCodes)[number];

/** `YYYY-MM`. */
const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/u);
const year = z.string().regex(/^20\d{2}$/u);
const count = z.number().int().min(0);
/** UTC. */
const instant = z.string().regex(INSTANT);
const maybe = <T extends z.ZodType>(schema: T) => schema.nullable();

/** What a fact is, and the codes it may have. */
export const factCodes = {
  case_opened: [...kindOfFacts.values, 'unknown'],
  informal_type: informalType.values,
  outcome: outcome.values,
  advice: ['advice'],
  formal_request: ['collective', 'individual', 'violence', 'bullying', 'sexual'],
  formal_measures: formalMeasures.values,
  register_fact: thirdPartyFact.values,
} as const satisfies Readonly<Record<string, readonly string[]>>;
export const factKindSchema = z.enum(Object.keys(factCodes) as [keyof typeof factCodes, ...(keyof typeof factCodes)[]]);
export const countedFunctionSchema = z.enum(['counsellor', 'prevention_adviser']);

/** One thing counted: no case, no person, no day (design §7). */
export const countedFactSchema = z
  .strictObject({
    /** Random, of its own. */
    factId: z.uuid(),
    month,
    site: localIdSchema,
    /** The function that acted, never a person. */
    by: countedFunctionSchema,
    what: factKindSchema,
    code: z.string().max(80),
  })
  .refine(({ what, code }) => (factCodes[what] as readonly string[]).includes(code), {
    path: ['code'],
    message: 'not a code of this kind',
  });
export type CountedFact = z.input<typeof countedFactSchema>;

/** Most facts of one message. */
export const MAX_FACTS = 500;
/** From a service that has facts, in an order of chance. Idempotent by fact id: a fact that comes again is left as it is. */
export const recordFactsCommand = defineCommand(
  'reporting.recordFacts',
  z.strictObject({ facts: z.array(countedFactSchema).min(1).max(MAX_FACTS) }),
);

/** By the head of the internal service: frozen, suppressed figures of a closed period. The reply's id is the release's. */
export const releaseFiguresCommand = defineCommand(
  'reporting.releaseFigures',
  z.strictObject({
    from: month,
    /** The last month of the period. */
    to: month,
    /** Hide more where a difference with earlier releases would reveal a small cell; else the release is refused. */
    hideMore: z.boolean().default(false),
  }),
);
/** By the head of the internal service: the exact counts of a year, as an edition that stays. The reply's id is the year. */
export const freezeAnnualReportCommand = defineCommand(
  'reporting.freezeAnnualReport',
  z.strictObject({
    year,
    /** The numbers that no fact is behind, by line. */
    entered: z
      .array(z.strictObject({ line: z.string().max(80), value: count }))
      .max(50)
      .default([]),
  }),
);

/** What figures rest on. */
export const lineageSchema = z.strictObject({
  facts: count,
  factsDigest: z.string(),
  viewVersion: z.number().int(),
  lawVersion: z.string(),
});

export const statutoryLineSchema = z.strictObject({
  line: z.string(),
  section: z.enum(['collective_measures', 'informal', 'formal', 'measures', 'register']),
  /** In the caller's language. */
  label: z.string(),
  /** Counted from facts, or entered by hand. */
  counted: z.boolean(),
  value: maybe(count),
});
export const annualReportEditionSchema = z.strictObject({
  edition: z.number().int(),
  formVersion: z.string(),
  frozenAt: instant,
  lines: z.array(z.strictObject({ line: z.string(), value: maybe(count) })),
  lineage: lineageSchema,
});
/** Exact, as of now, for the head of the internal service alone. */
export const statutoryFiguresQuery = defineQuery(
  'reporting.statutoryFigures',
  z.strictObject({ year }),
  z.strictObject({
    year: z.string(),
    formVersion: z.string(),
    /** Where the list of fields comes from and how far it can be trusted. */
    source: z.string(),
    status: z.enum(['sourced', 'from-memory', 'own-analysis']),
    lines: z.array(statutoryLineSchema),
    editions: z.array(annualReportEditionSchema),
  }),
);

export const releasedTableSchema = z.strictObject({
  table: z.enum(['informal', 'kinds', 'outcomes', 'formal', 'measures', 'register']),
  cells: z.array(
    z.strictObject({
      cell: z.string(),
      /** null: hidden. */
      value: maybe(count),
    }),
  ),
  total: maybe(count),
});
export const releasedFiguresSchema = z.strictObject({
  releaseId: z.uuid(),
  from: month,
  to: month,
  releasedAt: instant,
  /** Counts below it are hidden, and others so that they stay so. */
  threshold: z.number().int(),
  layoutVersion: z.string(),
  lawVersion: z.string(),
  tables: z.array(releasedTableSchema),
});
export type ReleasedFigures = z.infer<typeof releasedFiguresSchema>;
/** Closed periods only, as they were released, newest first: no live figures and no as-of. */
export const releasedFiguresQuery = defineQuery(
  'reporting.releasedFigures',
  pageInputSchema,
  pageOf(releasedFiguresSchema),
);
