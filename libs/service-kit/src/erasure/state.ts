import { assertNever, InvariantBroken, type Instant } from '@toeverlaat/values';
import type { ErasurePartEvent } from './events.js';

export type DestroyedKey = { readonly keyIds: readonly string[]; readonly destroyedAt: Instant };

export type ErasurePartState =
  | { readonly status: 'none' }
  /** The order has come; the key may or may not be gone. */
  | { readonly status: 'begun'; readonly subject: string }
  | { readonly status: 'destroyed'; readonly subject: string; readonly key: DestroyedKey }
  /** `key` is there in the service that kept the subject, and in no other. */
  | { readonly status: 'done'; readonly subject: string; readonly key: DestroyedKey | undefined };

export const initialErasurePart: ErasurePartState = { status: 'none' };

export const evolveErasurePart = (state: ErasurePartState, event: ErasurePartEvent): ErasurePartState => {
  switch (event.type) {
    case 'ErasureBegun':
      return { status: 'begun', subject: event.data.subject };
    case 'KeyDestroyed': {
      if (state.status !== 'begun') throw new InvariantBroken('a key is destroyed after its erasure has begun');
      const { subject, keyIds, destroyedAt } = event.data;
      return { status: 'destroyed', subject, key: { keyIds, destroyedAt } };
    }
    case 'DerivedDataDropped':
      return {
        status: 'done',
        subject: event.data.subject,
        key: state.status === 'destroyed' ? state.key : undefined,
      };
    default:
      return assertNever(event);
  }
};
