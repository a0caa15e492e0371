import type { Rejection } from '@toeverlaat/event-log';
import { mayErase, type ErasureOwner } from '@toeverlaat/service-kit';
import { assertNever, err, ok, type Result } from '@toeverlaat/values';
import type { LivingReceived } from '../domain/received/index.js';
import type { LivingSent } from '../domain/sent/index.js';
import type { Core } from './core.js';

const NOT_FOUND: Rejection = { kind: 'NotFound' };
const stillOpen: Result<never, Rejection> = err({ kind: 'RuleRefused', code: 'erasure_of_open_record' });

/** Both sides of a hand-over are records of their own: erasing one leaves the other (ADR 8). */
const isOver = (state: LivingSent | LivingReceived): boolean => {
  switch (state.status) {
    case 'prepared':
    case 'sent':
    case 'pending':
      return false;
    case 'accepted':
    case 'declined':
    case 'expired':
    case 'withdrawn':
    case 'ended':
      return true;
    default:
      return assertNever(state);
  }
};

/** What referral may destroy: either side of a hand-over that nobody waits for any more. */
export const createErasureOwner = (core: Core): ErasureOwner => ({
  check: async (organisation, { keyClass, recordId, participantId }, why) => {
    const may = (state: LivingSent | LivingReceived): Result<void, Rejection> => {
      if (participantId !== undefined) return err(NOT_FOUND);
      return isOver(state) || why === 'elsewhere' ? ok(undefined) : stillOpen;
    };
    return keyClass === 'referral_sent'
      ? mayErase(await core.sent.load(organisation, recordId), may)
      : mayErase(await core.received.load(organisation, recordId), may);
  },
});
