import { definePublicEvents, type PublicEventSource } from '@toeverlaat/messaging';
import { receivedCategory, receivedCodec } from './domain/received/index.js';
import { sentCategory, sentCodec } from './domain/sent/index.js';

/** What leaves the service: that a referral, by its own id, went out and how it ended. Not which case, not to whom. */
export const referralPublicEvents: readonly PublicEventSource[] = [
  definePublicEvents('referral', sentCategory, sentCodec, {
    ReferralPrepared: () => ({}),
    ReferralSentOut: (data) => ({ toDesk: data.toDesk, expiresOn: data.expiresOn ?? null }),
    ReferralAccepted: () => ({}),
    ReferralDeclined: () => ({}),
    ReferralWithdrawn: (data) => ({ by: data.by }),
    ReferralExpired: () => ({}),
  }),
];

/** What the receiver's side tells the sender's, and those who keep records: that it has copies, and when it was answered. */
export const receivedSideEvents: readonly PublicEventSource[] = [
  definePublicEvents('referral', receivedCategory, receivedCodec, {
    ReceivedReferralAccepted: () => ({}),
    ReceivedReferralDeclined: () => ({}),
    ReferralDelivered: () => ({}),
    FurtherAccessEnded: () => ({}),
  }),
];
