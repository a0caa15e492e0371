import { clear, code, eventType, optional, text, type EventOf } from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../retention-vocabulary.js';

/*
 * These names are storage format: never renamed (design rule 4). Clear: that there is a hold, on what kind of thing, its
 * terms and the ids of records it names. Whom or which site it is about, and why, is sealed for the hold.
 */

export const LegalHoldPlaced = eventType('records', 'LegalHoldPlaced', 1, {
  scope: clear(z.enum(v.holdScopes)),
  /** With scope `records`: kept records by id. */
  kept: optional(clear(z.array(v.idSchema).min(1).max(v.MAX_NAMED))),
  person: optional(code(v.personSchema)),
  site: optional(code(v.localIdSchema)),
  /** Records begun in these days; of a site, or of all. */
  begunFrom: optional(code(v.dateSchema)),
  begunTo: optional(code(v.dateSchema)),
  reviewOn: clear(v.dateSchema),
  reason: text(v.MAX_MOTIVE),
});

export const LegalHoldReviewFellDue = eventType('records', 'LegalHoldReviewFellDue', 1, {
  reviewOn: clear(v.dateSchema),
});

export const LegalHoldReviewed = eventType('records', 'LegalHoldReviewed', 1, {
  /** The next day of review. */
  reviewOn: clear(v.dateSchema),
  finding: text(v.MAX_MOTIVE),
});

export const LegalHoldLifted = eventType('records', 'LegalHoldLifted', 1, {
  motive: text(v.MAX_MOTIVE),
});

export const holdEvents = [LegalHoldPlaced, LegalHoldReviewFellDue, LegalHoldReviewed, LegalHoldLifted] as const;
export type HoldEvent = EventOf<typeof holdEvents>;
