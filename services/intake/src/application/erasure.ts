import type { SubjectParts } from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import { mayErase, systemContext, type ErasedFor, type ErasureOwner } from '@toeverlaat/service-kit';
import { assertNever, err, ok, uuidV5, type OrganisationId, type Result } from '@toeverlaat/values';
import { RECEIPT, type LivingRequest } from '../domain/request/index.js';
import type { Core } from './core.js';

const NOT_FOUND: Rejection = { kind: 'NotFound' };
const stillOpen: Result<never, Rejection> = err({ kind: 'RuleRefused', code: 'erasure_of_open_record' });

/** Whether nobody works on a request any more. */
const isOver = (request: LivingRequest, why: ErasedFor): Result<void, Rejection> => {
  switch (request.status) {
    case 'waiting':
    case 'choosing':
      // What nobody answered and nobody withdrew is over when its term is: it would wait for ever (ADR 77).
      return why === 'asked' ? stillOpen : ok(undefined);
    case 'accepted':
      return why === 'elsewhere' ? ok(undefined) : stillOpen;
    case 'ended':
      return ok(undefined);
    default:
      return assertNever(request);
  }
};

/** The applicant is the one person in a request who has keys of their own; its receipt has one too. */
const mayLose = (
  request: LivingRequest,
  participantId: string | undefined,
  why: ErasedFor,
): Result<void, Rejection> => {
  if (participantId === undefined) return isOver(request, why);
  // While the request lives the code is the applicant's only way in: its term has not begun, whatever the request's own.
  if (participantId === RECEIPT)
    return request.hadReceipt ? isOver(request, why === 'elsewhere' ? why : 'asked') : err(NOT_FOUND);
  // Who asked may go while what was said stays (rivals row 97).
  return participantId === request.applicantParticipantId ? ok(undefined) : err(NOT_FOUND);
};

/**
 * What intake may destroy: a request that has ended, with its conversation; who asked, while the dialogue stays; or the receipt, after
 * which the code opens nothing while the counsellor keeps what was said.
 */
export const createErasureOwner = (core: Core): ErasureOwner => {
  /** The request says itself that its receipt ended: receipts of version 1 have no key that says so (ADR 77). */
  const revoke = async (organisation: OrganisationId, { recordId }: SubjectParts): Promise<void> => {
    const outcome = await core.requests.execute(
      recordId,
      { type: 'RevokeReceipt', data: { because: 'term_over' } },
      systemContext(organisation, 'erase', uuidV5('receipt ended', organisation, recordId)),
    );
    // A request that is gone took its receipt along; anything else is tried again.
    if (!outcome.ok && outcome.rejection.kind !== 'Erased')
      throw new Error(`the receipt was not ended: ${outcome.rejection.kind}`);
  };

  return {
    check: async (organisation, { recordId, participantId }, why) =>
      mayErase(await core.requests.load(organisation, recordId), (request) => mayLose(request, participantId, why)),
    collect: async (organisation, subject) => {
      if (subject.participantId === RECEIPT) await revoke(organisation, subject);
      return () => Promise.resolve();
    },
  };
};
