import { createHash } from 'node:crypto';
import { AUTHENTICATOR, LOOKUP_ID } from '@toeverlaat/contracts';
import { GatewayProblem } from '../problems.js';
import type { GatewaySettings } from '../settings.js';
import { createBucket, type Bucket } from './buckets.js';

export type ReceiptCredentials = { readonly lookupId: string; readonly authenticator: string };

export type ReceiptGate = {
  /**
   * Lets `attempt` run unless too many wrong receipts came before. Every failure looks alike and takes equally long:
   * malformed, unknown, wrong, or held back.
   * @throws GatewayProblem RECEIPT_NOT_ACCEPTED
   */
  readonly pass: <T>(header: string, attempt: (receipt: ReceiptCredentials) => Promise<T | undefined>) => Promise<T>;
};

export type ReceiptGateOptions = Pick<GatewaySettings, 'receiptAnswerMs' | 'receiptAttempts'> & {
  /** Milliseconds, never going back. */
  readonly now?: () => number;
  readonly wait?: (ms: number) => Promise<void>;
};

/** A table of this size bounds memory; look-up ids that share a place share its attempts. No address is ever looked at. */
const PLACES = 4_096;

/** `Receipt <lookupId>.<authenticator>` without its first word. */
const parse = (header: string): ReceiptCredentials | undefined => {
  const [lookupId, authenticator, ...rest] = header.split('.');
  return lookupId !== undefined &&
    authenticator !== undefined &&
    rest.length === 0 &&
    LOOKUP_ID.test(lookupId) &&
    AUTHENTICATOR.test(authenticator)
    ? { lookupId, authenticator }
    : undefined;
};

/** Slows down guessing of receipts without keeping anything about who guesses. */
export const createReceiptGate = (options: ReceiptGateOptions): ReceiptGate => {
  const { receiptAnswerMs, receiptAttempts, now = () => performance.now() } = options;
  const wait =
    options.wait ??
    ((ms: number) =>
      new Promise<void>((resolve) => {
        setTimeout(resolve, ms);
      }));
  const all = createBucket(receiptAttempts.all, now);
  const places = new Map<number, Bucket>();
  const placeOf = (lookupId: string): Bucket => {
    const place = createHash('sha256').update(lookupId).digest().readUInt16BE(0) % PLACES;
    const known = places.get(place);
    if (known !== undefined) return known;
    const made = createBucket(receiptAttempts.perPrefix, now);
    places.set(place, made);
    return made;
  };

  return {
    pass: async (header, attempt) => {
      const started = now();
      const receipt = parse(header);
      // A malformed header is handled like any other, with a place of its own.
      const place = placeOf(receipt?.lookupId ?? '');
      try {
        if (receipt !== undefined && all.hasRoom() && place.hasRoom()) {
          const answer = await attempt(receipt);
          if (answer !== undefined) return answer;
        }
      } catch (error) {
        if (error instanceof GatewayProblem) throw error;
        throw new GatewayProblem('SERVICE_UNAVAILABLE', {}, { cause: error });
      }
      all.take();
      place.take();
      const left = receiptAnswerMs - (now() - started);
      if (left > 0) await wait(left);
      throw new GatewayProblem('RECEIPT_NOT_ACCEPTED');
    },
  };
};
