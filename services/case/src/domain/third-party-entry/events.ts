import {
  clear,
  code,
  eventType,
  optional,
  participantCode,
  participantText,
  text,
  type EventOf,
} from '@toeverlaat/event-log';
import { z } from 'zod';
import * as v from '../vocabulary.js';

/*
 * Storage format: never renamed. A worker's statement about what somebody from outside did to them. It says what happened and
 * when; who the worker is stands in it only with their consent, under a key of its own, so that it can go alone.
 */

export const ThirdPartyEntryRecorded = eventType('case', 'ThirdPartyEntryRecorded', 1, {
  keeper: clear(v.pseudonymSchema),
  keeperParticipantId: clear(v.idSchema),
  keeperPerson: participantCode(v.personSchema, 'keeperParticipantId'),
  keeperCapacity: code(z.enum(v.registerKeepers)),
  /** The five years run from it: destroying the entry must not depend on the entry's key. */
  statementOn: clear(v.dateSchema),
  factsFrom: code(v.dateSchema),
  /** Of facts that lasted or came again. */
  factsTo: optional(code(v.dateSchema)),
  site: code(v.localIdSchema),
  place: optional(text(v.MAX_NAME)),
  capacity: code(v.thirdPartyCapacity.schema),
  kinds: code(z.array(v.thirdPartyFact.schema).min(1).max(v.thirdPartyFact.values.length)),
  description: text(v.MAX_WORDS),
  /** There is one whether or not a name is: it tells nothing. */
  workerParticipantId: clear(v.idSchema),
  workerName: optional(participantText(v.MAX_NAME, 'workerParticipantId')),
  /** One for each kind, in their order. */
  factIds: code(z.array(v.idSchema).min(1).max(v.thirdPartyFact.values.length)),
});

/** What was done about it. */
export const ThirdPartyFollowUpNoted = eventType('case', 'ThirdPartyFollowUpNoted', 1, {
  followUpId: clear(v.idSchema),
  notedOn: code(v.dateSchema),
  words: text(v.MAX_WORDS),
});

/** The worker no longer agrees to be named: from now on nobody is shown the name. */
export const ThirdPartyNameWithdrawn = eventType('case', 'ThirdPartyNameWithdrawn', 1, {
  withdrawnOn: code(v.dateSchema),
});

export const ThirdPartyFactsReleased = eventType('case', 'ThirdPartyFactsReleased', 1, {});

export const thirdPartyEvents = [
  ThirdPartyEntryRecorded,
  ThirdPartyFollowUpNoted,
  ThirdPartyNameWithdrawn,
  ThirdPartyFactsReleased,
] as const;
export type ThirdPartyEvent = EventOf<typeof thirdPartyEvents>;
