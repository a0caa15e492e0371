import { actorKindSchema } from '@toeverlaat/access';
import { PSEUDONYM } from '@toeverlaat/values';
import { z } from 'zod';
import { localDateSchema, organisationIdSchema, personIdSchema } from './core.js';
import { defineCommand, defineQuery } from './rpc.js';

/** An organisation that leaves this host: what goes to whom, on whose word, and what is destroyed here (design §4, Leaving). */

const words = z.string().trim().min(1).max(200);
const fingerprint = z.string().regex(/^[0-9a-f]{64}$/);

/** As what somebody receives keys; there is none for the company. */
export const receivingCapacities = ['counsellor', 'adviser', 'host'] as const;
export type ReceivingCapacity = (typeof receivingCapacities)[number];
export const receivingCapacitySchema = z.enum(receivingCapacities);

/**
 * Whose keys a record class is. Everything that a service seals under has a line here; a class that has none is handed to
 * nobody, and the handover refuses.
 */
export const receivedBy: Readonly<Record<string, ReceivingCapacity>> = {
  request: 'counsellor',
  case: 'counsellor',
  advice: 'counsellor',
  referral_sent: 'counsellor',
  subject_access: 'counsellor',
  // The company keeps the register (domain.md §3), which the next host opens for it.
  third_party_entry: 'host',
  // What the adviser's service was handed, and the formal dossier that grew of it.
  referral_received: 'adviser',
  organisation: 'host',
  person: 'host',
  designation: 'host',
  contract: 'host',
  mandate: 'host',
  actors: 'host',
  fingerprints: 'host',
  retention_rule: 'host',
  legal_hold: 'host',
  audit_mandate: 'host',
  access_alarm: 'host',
  erasure: 'host',
  departure: 'host',
};

const record = z.string().regex(/^[a-z][a-z_]{0,39}\/[a-z0-9][a-z0-9-]{0,63}$/);

const receiverSchema = z.strictObject({
  capacity: receivingCapacitySchema,
  /** Who answers for the files from then on, as the law knows them. */
  controller: words,
  /** On which ground they go there: a short text, such as an article of law. */
  ground: words,
  /** X25519, 32 bytes, base64url; its fingerprint is compared over another way. */
  publicKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** Who that is, an entry of `home`'s directory, of this organisation's where left out: a counsellor or an adviser here today. */
  person: personIdSchema.optional(),
  home: organisationIdSchema.optional(),
  /** Only these records (`case/<id>`); left out: every record of this capacity that no other receiver names. */
  records: z.array(record).min(1).max(500).optional(),
});

/** Who gets the register of facts by third parties for the company: as a file that this key opens, and no key of a record. */
const registerReceiverSchema = receiverSchema.pick({ controller: true, ground: true, publicKey: true });

/**
 * Asks that the organisation leaves this host. One of the two people is a counsellor; an adviser lets the dossiers go; nothing is
 * handed over before the first day that is named, until which whoever is concerned may object.
 */
export const requestDepartureCommand = defineCommand(
  'records.requestDeparture',
  z.strictObject({
    nextHost: words,
    notBefore: localDateSchema,
    confirmWithinDays: z.number().int().min(1).max(1_000),
    receivers: z.array(receiverSchema).min(1).max(200),
    register: registerReceiverSchema,
  }),
);

const ofDeparture = z.strictObject({ departureId: z.uuid() });
/** The second person. From the day that was named the operator may hand over. */
export const approveDepartureCommand = defineCommand('records.approveDeparture', ofDeparture);
/** Ends it, while nothing was handed over. */
export const withdrawDepartureCommand = defineCommand('records.withdrawDeparture', ofDeparture);
/** A counsellor or an adviser objects: what their key would open stays, or all of their capacity where they are not named. */
export const withholdKeysCommand = defineCommand('records.withholdKeys', ofDeparture);
/** Ends one's own objection; an adviser lets the dossiers go, which nobody else may. */
export const releaseKeysCommand = defineCommand('records.releaseKeys', ofDeparture);

/**
 * Ends that files which were handed over are closed here: they are worked on here again, and what goes on in one stays here. For when
 * the next host does not take them in.
 */
export const resumeWorkCommand = defineCommand('records.resumeWork', ofDeparture);

/** With which every service refuses what would change a file that is at the next host. */
export const handedOverRule = 'handed_over';
export const handedRuleCodes = [handedOverRule] as const;
export type HandedRuleCode = (typeof handedRuleCodes)[number];

export const departureStatuses = [
  'requested',
  'withdrawn',
  'approved',
  'handing_over',
  'handed_over',
  'confirmed',
  'completed',
  /** Here is where it went to: nothing of it is under way, and a next one may be asked for. */
  'arrived',
] as const;

export const departureSchema = z.strictObject({
  departureId: z.uuid(),
  status: z.enum(departureStatuses),
  /** Null once erased. */
  nextHost: z.string().nullable(),
  notBefore: localDateSchema,
  confirmWithinDays: z.number().int(),
  requestedBy: z.string().regex(PSEUDONYM),
  requestedAs: actorKindSchema,
  approvedBy: z.string().regex(PSEUDONYM).nullable(),
  approvedAs: actorKindSchema.nullable(),
  receivers: z.array(
    z.strictObject({
      capacity: receivingCapacitySchema,
      /** SHA-256 of the public key: to be compared over another way. */
      fingerprint,
      controller: z.string().nullable(),
      ground: z.string().nullable(),
      /** How many records it is limited to; null: every one of its capacity that no other receiver names. */
      limitedTo: z.number().int().nullable(),
      /** Gets nothing now: somebody objects, or no adviser let the dossiers go. */
      withheld: z.boolean(),
      /** It is one's own: it is what one may hold back. */
      own: z.boolean(),
      /** How many records were handed to it. */
      handedOver: z.number().int().min(0),
    }),
  ),
  /** Who gets the company's register as a file; null where it was asked for before there was one. */
  register: z
    .strictObject({
      fingerprint,
      controller: z.string().nullable(),
      ground: z.string().nullable(),
      handedOver: z.boolean(),
    })
    .nullable(),
  /** Last day on which the next host may confirm before it is an alarm. */
  confirmBy: localDateSchema.nullable(),
  /** That day is over and no confirmation has come. */
  confirmationOverdue: z.boolean(),
  /** How many files nobody works on here, because they are at the next host. */
  closed: z.number().int().min(0),
  /** Of what was handed over: what stays here, because it went on since or the next host does not open it. */
  staying: z.number().int().min(0),
  /** Whose local copy is destroyed, or will be. */
  leaving: z.number().int().min(0),
});
export type DepartureRow = z.input<typeof departureSchema>;

/** How far the organisation's departure is, the last one that was asked for; null where there was none. */
export const departureQuery = defineQuery(
  'records.departure',
  z.strictObject({}),
  z.strictObject({ departure: departureSchema.nullable() }),
);

/** Every rule with which records may refuse a departure. */
export const departureRuleCodes = [
  'departure_under_way',
  'departure_withdrawn',
  'departure_second_person',
  'departure_counsellor_needed',
  'departure_too_soon',
  'departure_not_approved',
  'departure_confirmation_term',
  'transfer_begun',
  'receiver_missing',
  'receiver_key_twice',
  'receiver_not_competent',
  'keys_withheld',
  'handover_unknown',
  'confirmation_differs',
] as const;
export type DepartureRuleCode = (typeof departureRuleCodes)[number];
