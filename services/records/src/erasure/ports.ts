import type { Rejection } from '@toeverlaat/event-log';
import type { LocalDate, OrganisationId, Result } from '@toeverlaat/values';
import type { Ground, HeldBackReason } from '../domain/erasure-vocabulary.js';

/** The rule that a record is kept under, and until when. */
export type KeptUnder = {
  readonly rule?: string | undefined;
  readonly ruleVersion?: number | undefined;
  readonly keptUntil?: LocalDate | undefined;
};

/**
 * What an erasure asks of the keeping of records. `begin` and a hold exclude each other: whichever is recorded first stands
 * in the other's way, so nothing is destroyed that was held a moment before.
 */
export type Keeping = {
  /** Whether it could be begun today; changes nothing. */
  readonly mayBegin: (
    organisation: OrganisationId,
    subject: string,
    ground: Ground,
  ) => Promise<Result<KeptUnder, Rejection>>;
  /** From here on no hold can be placed. Refused with the reason for which the erasure waits. */
  readonly begin: (
    organisation: OrganisationId,
    subject: string,
    erasureId: string,
    ground: Ground,
  ) => Promise<Result<void, { readonly held: HeldBackReason } | Rejection>>;
  readonly end: (organisation: OrganisationId, subject: string, erasureId: string) => Promise<Result<void, Rejection>>;
};

/** The tamper evidence of an organisation, as far as a certificate cites it. Refused answers are tried again later. */
export type Evidence = {
  /** A signed note over everything recorded so far. */
  readonly checkpoint: (organisation: OrganisationId) => Promise<Result<string, Rejection>>;
  /** Index of an event's leaf under the newest checkpoint. */
  readonly leafIndex: (organisation: OrganisationId, eventId: string) => Promise<Result<number, Rejection>>;
};
