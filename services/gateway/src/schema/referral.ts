import * as c from '@toeverlaat/contracts';
import { commandField, queryField, type SchemaPart } from './fields.js';

/** Hand-overs with consent, from both sides. */
export const referralFields: SchemaPart = (frame) => {
  commandField(frame, c.prepareReferralCommand, {
    name: 'prepareReferral',
    description: 'Prepares a hand-over; nothing leaves the case before consent.',
  });
  commandField(frame, c.changeReferralRecordsCommand, {
    name: 'changeReferralRecords',
    description: 'Changes what goes along; a consent given before no longer counts.',
  });
  commandField(frame, c.recordReferralConsentCommand, {
    name: 'recordReferralConsent',
    description: 'Records that the worker signed the consent.',
  });
  commandField(frame, c.giveReferralConsentCommand, {
    name: 'giveReferralConsent',
    description: 'Consents to the hand-over of exactly this list.',
  });
  commandField(frame, c.sendReferralCommand, { name: 'sendReferral', description: 'Sends what was consented to.' });
  commandField(frame, c.deliverReferralCommand, {
    name: 'deliverReferral',
    description: 'Delivers copies that did not arrive.',
  });
  commandField(frame, c.noteReferralAnswerCommand, {
    name: 'noteReferralAnswer',
    description: 'Records the answer of a receiver without a desk.',
  });
  commandField(frame, c.withdrawReferralCommand, {
    name: 'withdrawReferral',
    description: 'Ends further access; what was read stays read.',
  });
  commandField(frame, c.acceptReferralCommand, { name: 'acceptReferral', description: 'Accepts a referral.' });
  commandField(frame, c.declineReferralCommand, { name: 'declineReferral', description: 'Declines a referral.' });

  queryField(frame, c.sentReferralsQuery, {
    type: 'SentReferralPage',
    description: 'Referrals of the one who asks, newest first.',
  });
  queryField(frame, c.referralsOfCaseQuery, { type: 'ReferralOfCase', description: 'Referrals of one case.' });
  queryField(frame, c.sentReferralQuery, {
    type: 'SentReferral',
    description: 'What goes along and where it stands; never what the receiver does with it.',
  });
  queryField(frame, c.receivedReferralsQuery, {
    type: 'ReceivedReferralPage',
    description: 'Referrals to the adviser who asks: terms, no content.',
  });
  queryField(frame, c.receivedReferralQuery, {
    type: 'ReceivedReferral',
    description: 'The copies, opened. Reading is recorded.',
  });
};
