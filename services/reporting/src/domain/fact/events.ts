import { clear, eventType, type EventOf } from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../vocabulary.js';

/** The one exception to rule 6: all clear, because it carries no case and no person (design §7, ADR 9). */
export const FactRecorded = eventType('reporting', 'FactRecorded', 1, {
  month: clear(v.monthSchema),
  site: clear(v.localIdSchema),
  by: clear(z.enum(v.countedFunctions)),
  what: clear(z.enum(v.factKinds as readonly [v.FactKind, ...v.FactKind[]])),
  code: clear(v.codeSchema),
});

export const factEvents = [FactRecorded] as const;
export type FactEvent = EventOf<typeof factEvents>;
