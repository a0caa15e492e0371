export { createReferralService, ReferralModule, type ReferralOptions } from './referral.module.js';
export { receivedSideEvents, referralPublicEvents } from './public-events.js';
export { receivedView, referralViews, sentView } from './views/index.js';
export { referralRuleCodes, referralRules, sourceOf } from './domain/rules.js';
export { sentCategory, sentCodec, sentEvents } from './domain/sent/index.js';
export { receivedCategory, receivedCodec, receivedEvents } from './domain/received/index.js';

import { receivedEvents } from './domain/received/index.js';
import { sentEvents } from './domain/sent/index.js';

/** Every event type of this service, for catalogues and checks. */
export const referralEventTypes = [...sentEvents, ...receivedEvents] as const;
/** Record classes whose keys this service needs (design §2). */
export const referralKeyClasses = ['referral_sent', 'referral_received', 'fingerprints'] as const;
