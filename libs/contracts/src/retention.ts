import {
  neverMotives,
  retentionActions,
  retentionControllers,
  retentionRuleIds,
  retentionStarts,
} from '@toeverlaat/legal';
import { INSTANT } from '@toeverlaat/values';
import { z } from 'zod';
import {
  localDateSchema,
  localIdSchema,
  organisationIdSchema,
  pageInputSchema,
  pageOf,
  personIdSchema,
} from './core.js';
import { defineCommand, defineQuery } from './rpc.js';

/** How long records are kept, by whose decision, and what stops their destruction: the retention part of records. */

const recordClassSchema = z.enum(retentionRuleIds);
const instant = z.string().regex(INSTANT);
const count = z.number().int().min(0);
/** ISO 8601 in whole years and months, or `never`. What it means is judged against the law, which names its rule. */
const periodSchema = z.string().min(2).max(12);
const words = (max: number) => z.string().trim().min(1).max(max);
const MAX_MOTIVE = 4_000;
const MAX_NAMED = 200;
const MAX_RULES = retentionRuleIds.length;

export const ruleScopes = ['new', 'all', 'selected'] as const;
export const holdScopes = ['records', 'person', 'site', 'period'] as const;
export const replayOutcomes = ['kept', 'destroyed', 'in_time', 'missed', 'given', 'refused'] as const;
export const keptStates = ['open', 'running', 'due', 'overdue', 'held', 'being_destroyed'] as const;

/** One rule of a rule file. The trigger and what then happens are the law's where left out. */
export const retentionRuleInputSchema = z.strictObject({
  recordClass: recordClassSchema,
  trigger: z.enum(retentionStarts).optional(),
  period: periodSchema,
  action: z.enum(retentionActions).optional(),
  /** With `never`: why, and when that is looked at again. */
  motive: z.enum(neverMotives).optional(),
  reviewOn: localDateSchema.optional(),
});

export const retentionRuleSchema = z.strictObject({
  recordClass: recordClassSchema,
  trigger: z.enum(retentionStarts),
  period: z.string(),
  action: z.enum(retentionActions),
  motive: z.enum(neverMotives).nullable(),
  reviewOn: localDateSchema.nullable(),
});

// ── rules ──

/** Proposes a change: the rules that change, for which records, from when. Simulate it, then a second person activates it. */
export const proposeRetentionRules = defineCommand(
  'records.proposeRetentionRules',
  z.strictObject({
    rules: z.array(retentionRuleInputSchema).min(1).max(MAX_RULES),
    scope: z.enum(ruleScopes),
    /** With scope `selected`: ids of kept records. */
    selected: z.array(z.uuid()).min(1).max(MAX_NAMED).optional(),
    /** First day it holds; the day of activation where left out. */
    validFrom: localDateSchema.optional(),
    motive: words(MAX_MOTIVE),
  }),
);

/** Counts what a proposed change would destroy by a day; the report stays with it. */
export const simulateRetentionChange = defineCommand(
  'records.simulateRetentionChange',
  z.strictObject({ proposalId: z.uuid(), on: localDateSchema }),
);
/** By another person than who proposed. */
export const activateRetentionRules = defineCommand(
  'records.activateRetentionRules',
  z.strictObject({ proposalId: z.uuid() }),
);
export const withdrawRetentionProposal = defineCommand(
  'records.withdrawRetentionProposal',
  z.strictObject({ proposalId: z.uuid() }),
);

/** The rules for what begins now, with their bounds and where they come from. */
export const retentionRulesQuery = defineQuery(
  'records.retentionRules',
  z.strictObject({}),
  z.strictObject({
    /** Version of the organisation's own set; 0 is the law's. */
    version: count,
    lawVersion: z.string(),
    rules: z.array(
      z.strictObject({
        ...retentionRuleSchema.shape,
        /** The version that set it. */
        version: count,
        validFrom: localDateSchema,
        shortest: z.string(),
        longest: z.string(),
        neverAllowed: z.boolean(),
        controller: z.enum(retentionControllers),
        /** Legal basis: words a person can quote. */
        basis: z.string(),
        explanation: z.string(),
      }),
    ),
  }),
);

export const retentionChangeSchema = z.strictObject({
  proposalId: z.uuid(),
  status: z.enum(['proposed', 'activated', 'withdrawn']),
  scope: z.enum(ruleScopes),
  rules: z.array(retentionRuleSchema),
  selected: z.array(z.uuid()),
  validFrom: localDateSchema.nullable(),
  proposedAs: z.string(),
  activatedAs: z.string().nullable(),
  version: count.nullable(),
  reportHash: z.string().nullable(),
  /** Null once erased. */
  motive: z.string().nullable(),
});
/** Every change of rules that was proposed, newest first: how the committee is informed. */
export const retentionChangesQuery = defineQuery(
  'records.retentionChanges',
  z.strictObject({}),
  z.array(retentionChangeSchema),
);

/** What a change was said to do when it was simulated. `document` is the file: canonical JSON, whose SHA-256 is `hash`. */
export const retentionReportQuery = defineQuery(
  'records.retentionReport',
  z.strictObject({ proposalId: z.uuid() }),
  z.strictObject({
    on: localDateSchema,
    countedOn: localDateSchema,
    ruleVersion: count,
    kept: count,
    dueBefore: count,
    dueAfter: count,
    lines: z.array(
      z.strictObject({
        recordClass: recordClassSchema,
        before: retentionRuleSchema,
        after: retentionRuleSchema,
        kept: count,
        open: count,
        held: count,
        dueBefore: count,
        dueAfter: count,
        dueButHeld: count,
        sooner: count,
        later: count,
        firstBefore: localDateSchema.nullable(),
        firstAfter: localDateSchema.nullable(),
      }),
    ),
    hash: z.string(),
    document: z.string(),
  }),
);

// ── what is kept ──

export const keptRecordSchema = z.strictObject({
  keptId: z.uuid(),
  service: z.string(),
  recordClass: recordClassSchema,
  record: z.string(),
  begunOn: localDateSchema,
  state: z.enum(keptStates),
  /** The day its term runs from; null while it is open. */
  start: localDateSchema.nullable(),
  /** Last day it is kept; null while it is open or kept without an end. */
  keptUntil: localDateSchema.nullable(),
  held: z.boolean(),
  ruleVersion: count,
});
export type KeptRecordRow = z.infer<typeof keptRecordSchema>;

/** Kept records in the order of the day they are kept until, open ones left out: first what is due. */
export const keptRecordsQuery = defineQuery(
  'records.keptRecords',
  z.strictObject({
    recordClass: recordClassSchema,
    /** Only those whose last day lies before it. */
    dueBy: localDateSchema.optional(),
    page: pageInputSchema,
  }),
  pageOf(keptRecordSchema),
);

/** One record: until when it is kept, why, and what holds it. Under its own id, or under its id in its service. */
export const keptRecordQuery = defineQuery(
  'records.keptRecord',
  z.strictObject({ record: localIdSchema }),
  z.strictObject({
    ...keptRecordSchema.shape,
    explanation: z.string(),
    holds: z.array(z.uuid()),
  }),
);

/** The daily proof: what was kept, due, held and overdue. Newest first. */
export const retentionChecksQuery = defineQuery(
  'records.retentionChecks',
  z.strictObject({ year: z.string().regex(/^\d{4}$/) }),
  z.array(
    z.strictObject({
      checkedOn: localDateSchema,
      recordedAt: instant,
      kept: count,
      open: count,
      held: count,
      due: count,
      overdue: count,
      ruleVersion: count,
      dueDigest: z.string(),
    }),
  ),
);

// ── holds ──

/**
 * Stops destruction. On a person, a site or a period it is answered the same whatever there is of it: nothing is looked up
 * (design rule 10). `home`: the directory in which the person is an entry; one's own organisation where left out.
 */
export const placeLegalHold = defineCommand(
  'records.placeLegalHold',
  z.strictObject({
    scope: z.enum(holdScopes),
    kept: z.array(z.uuid()).min(1).max(MAX_NAMED).optional(),
    home: organisationIdSchema.optional(),
    person: personIdSchema.optional(),
    site: localIdSchema.optional(),
    begunFrom: localDateSchema.optional(),
    begunTo: localDateSchema.optional(),
    reviewOn: localDateSchema,
    reason: words(MAX_MOTIVE),
  }),
);
/** It stays, until another day of review. */
export const reviewLegalHold = defineCommand(
  'records.reviewLegalHold',
  z.strictObject({ holdId: z.uuid(), reviewOn: localDateSchema, finding: words(MAX_MOTIVE) }),
);
export const liftLegalHold = defineCommand(
  'records.liftLegalHold',
  z.strictObject({ holdId: z.uuid(), motive: words(MAX_MOTIVE) }),
);

export const legalHoldSchema = z.strictObject({
  holdId: z.uuid(),
  status: z.enum(['placed', 'lifted']),
  scope: z.enum(holdScopes),
  kept: z.array(z.uuid()),
  placedAt: instant,
  placedAs: z.string(),
  reviewOn: localDateSchema,
  reviewDue: z.boolean(),
  /** Null once erased. */
  reason: z.string().nullable(),
});
export const legalHoldsQuery = defineQuery('records.legalHolds', pageInputSchema, pageOf(legalHoldSchema));

/** What is asked of a hold by the service that holds a record: whether it is about that record. */
const heldBy = z.strictObject({
  record: localIdSchema,
  holds: z
    .array(
      z.strictObject({
        holdId: z.uuid(),
        home: organisationIdSchema.optional(),
        person: personIdSchema.optional(),
        site: localIdSchema.optional(),
      }),
    )
    .max(MAX_NAMED),
});
const matched = z.strictObject({ holdIds: z.array(z.uuid()) });

/**
 * Which of these holds are about a record. Asked of its owner, who alone may open who takes part in it and where it is, by
 * records alone, and only of a record that is about to be destroyed.
 */
export const caseHeldByQuery = defineQuery('case.heldBy', heldBy, matched);
export const requestHeldByQuery = defineQuery('intake.heldBy', heldBy, matched);
export const referralHeldByQuery = defineQuery('referral.heldBy', heldBy, matched);
export type HoldMatchInput = z.output<typeof heldBy>;

// ── what if ──

/** Plays a past year through one changed rule, and lists what differs. Exactly one of the three is given. */
export const replayYear = defineCommand(
  'records.replayYear',
  z.strictObject({
    year: z.string().regex(/^\d{4}$/),
    rules: z.array(retentionRuleInputSchema).min(1).max(MAX_RULES).optional(),
    /** Days within which a worker is heard, instead of the law's. */
    hearingDays: z.number().int().min(1).max(365).optional(),
    /** Rules of the access policy, as if they were not there. */
    withoutAccessRules: z
      .array(z.string().regex(/^[A-Z]+(?:-[A-Z]+)+$/))
      .min(1)
      .max(20)
      .optional(),
    /** Another version of the access policy, as if it had held all year. */
    accessPolicy: z
      .string()
      .regex(/^\d{4}\.[0-9a-f]{10}$/)
      .optional(),
  }),
);

export const yearReplayQuery = defineQuery(
  'records.yearReplay',
  z.strictObject({ replayId: z.uuid() }),
  z.strictObject({
    year: z.string(),
    kind: z.enum(['retention', 'deadline', 'access', 'access_policy']),
    examined: count,
    differing: count,
    differences: z.array(
      z.strictObject({
        record: z.string(),
        was: z.enum(replayOutcomes),
        would: z.enum(replayOutcomes),
        wasOn: localDateSchema.nullable(),
        wouldOn: localDateSchema.nullable(),
        times: count,
      }),
    ),
    hash: z.string(),
  }),
);

/** Every rule code of this part. */
export const retentionRuleCodes = [
  'rules_overlap',
  'rules_contradict',
  'trigger_not_of_class',
  'action_not_of_class',
  'not_a_period',
  'shorter_than_law',
  'longer_than_law',
  'never_not_allowed',
  'never_without_motive',
  'never_without_review',
  'review_not_in_future',
  'motive_without_never',
  'valid_from_past',
  'records_not_named',
  'record_open',
  'record_on_hold',
  'record_of_other_class',
  'not_of_the_controller',
  'counsellor_needed',
  'second_person_needed',
  'not_simulated',
  'simulation_outdated',
  'proposal_decided',
  'rules_unchanged',
  'hold_is_lifted',
  'held_period_reversed',
  'destruction_under_way',
  'not_due',
  'year_of_replay_not_over',
  'policy_not_kept',
] as const satisfies readonly string[];
export type RetentionRuleCode = (typeof retentionRuleCodes)[number];
