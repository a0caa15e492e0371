import { actorKindSchema } from '@toeverlaat/access';
import { claimHolds, mayCall, type Peer } from '@toeverlaat/contracts';
import type { Call } from '@toeverlaat/messaging';
import { z } from 'zod';

/** Somebody was refused before any handler saw the message. */
export type RefusedCall = {
  readonly peer: Peer | undefined;
  readonly pattern: string;
  readonly reason: 'no peer of ours' | 'not allowed' | 'claims to be another' | 'no such pattern';
};

const claimSchema = z.object({
  context: z.object({ caller: z.object({ role: actorKindSchema, capacityId: z.string() }) }),
});

/** What may be asked of a message before its schema: who it says is asking. */
const claimIn = (message: unknown) => {
  const parsed = claimSchema.safeParse(message);
  return parsed.success ? parsed.data.context.caller : undefined;
};

/**
 * Why a question is refused before its handler sees it; undefined when it is not. A message without a caller goes on to the
 * handler, whose schema refuses it by the name of the field.
 */
export const allowed = (
  peer: Peer | undefined,
  pattern: string,
  message: unknown,
  may: (peer: Peer, pattern: string) => boolean = mayCall,
): RefusedCall['reason'] | undefined => {
  if (peer === undefined) return 'no peer of ours';
  if (!may(peer, pattern)) return 'not allowed';
  const claim = claimIn(message);
  return claim === undefined || claimHolds(peer, claim) ? undefined : 'claims to be another';
};

/** What a call tells of itself: until when, and whether its caller is still there. */
export const callOf = (call: {
  getDeadline: () => Date | number;
  on: (event: 'cancelled', gone: () => void) => unknown;
}): Call => {
  const gone = new AbortController();
  call.on('cancelled', () => {
    gone.abort();
  });
  return { deadline: Number(call.getDeadline()), signal: gone.signal };
};
