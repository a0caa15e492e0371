import type { Rejection } from '@toeverlaat/event-log';
import { mayErase, type ErasureOwner } from '@toeverlaat/service-kit';
import { assertNever, err, ok, type Result } from '@toeverlaat/values';
import type { LivingRequest } from '../domain/request/index.js';
import type { Core } from './core.js';

const NOT_FOUND: Rejection = { kind: 'NotFound' };
const stillOpen: Result<never, Rejection> = err({ kind: 'RuleRefused', code: 'erasure_of_open_record' });

/** The applicant is the one person in a request who has keys of their own. */
const mayLose = (
  request: LivingRequest,
  participantId: string | undefined,
  elsewhere: boolean,
): Result<void, Rejection> => {
  // Who asked may go while what was said stays (rivals row 97).
  if (participantId !== undefined)
    return participantId === request.applicantParticipantId ? ok(undefined) : err(NOT_FOUND);
  switch (request.status) {
    case 'waiting':
    case 'choosing':
    case 'accepted':
      return elsewhere ? ok(undefined) : stillOpen;
    case 'ended':
      return ok(undefined);
    default:
      return assertNever(request);
  }
};

/** What intake may destroy: a request that has ended, with its conversation, or who asked while the dialogue stays. */
export const createErasureOwner = (core: Core): ErasureOwner => ({
  check: async (organisation, { recordId, participantId }, elsewhere) =>
    mayErase(await core.requests.load(organisation, recordId), (request) => mayLose(request, participantId, elsewhere)),
});
