import { clear, code, eventType, optional, participantCode, text, type EventOf } from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../vocabulary.js';

/** Storage format: never renamed. A one-off advice names no worker at all; it counts, and a case may follow it. */
export const AdviceGiven = eventType('case', 'AdviceGiven', 1, {
  handler: clear(v.pseudonymSchema),
  handlerParticipantId: clear(v.idSchema),
  handlerPerson: participantCode(v.personSchema, 'handlerParticipantId'),
  site: code(v.localIdSchema),
  heldOn: code(v.dateSchema),
  channel: code(v.channel.schema),
  durationMinutes: optional(code(v.minutesSchema)),
  language: code(z.enum(v.spokenLanguages)),
  kindOfFacts: optional(code(v.kindOfFacts.schema)),
  riskSources: code(z.array(v.riskSource.schema).max(v.riskSource.values.length)),
  optionsExplained: code(z.array(v.optionExplained.schema).max(v.optionExplained.values.length)),
  topic: optional(text(v.MAX_WORDS)),
  factId: code(v.idSchema),
});

export const AdviceFactReleased = eventType('case', 'AdviceFactReleased', 1, {});

export const adviceEvents = [AdviceGiven, AdviceFactReleased] as const;
export type AdviceEvent = EventOf<typeof adviceEvents>;
