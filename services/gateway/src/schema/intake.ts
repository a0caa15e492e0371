import * as c from '@toeverlaat/contracts';
import { commandField, queryField, type SchemaPart } from './fields.js';

/** Contact requests and the conversation about them. */
export const intakeFields: SchemaPart = (frame) => {
  commandField(frame, c.sendRequestCommand, {
    name: 'sendContactRequest',
    description:
      'Sends a contact request to a chosen counsellor: signed in, named without an account, or anonymous. The term to be heard starts.',
  });
  commandField(frame, c.withdrawRequestCommand, {
    name: 'withdrawContactRequest',
    description: 'Withdraws one’s own request.',
  });
  commandField(frame, c.chooseCounsellorCommand, { description: 'Chooses another counsellor for one’s own request.' });
  commandField(frame, c.claimEarlierRequestCommand, {
    description: 'Says which earlier request, whose code is lost, this one goes on from.',
  });
  commandField(frame, c.linkEarlierRequestCommand, {
    description: 'Links the earlier request after hearing the worker; its code dies, its first date stands.',
  });
  commandField(frame, c.replaceReceiptCommand, { description: 'Replaces the receipt of one’s own request.' });
  commandField(frame, c.acceptRequestCommand, {
    name: 'acceptContactRequest',
    description: 'Accepts a request; the case starts from it.',
  });
  commandField(frame, c.stepBackCommand, {
    name: 'stepBackFromRequest',
    description: 'Steps back from a request; the worker chooses another counsellor, and the ground stays unsaid.',
  });
  commandField(frame, c.proposeAppointmentsCommand, { description: 'Proposes times and a place.' });
  commandField(frame, c.pickAppointmentCommand, { description: 'Picks one of the proposed times.' });
  commandField(frame, c.declineAppointmentsCommand, {
    description: 'Says that none of the proposed times is possible.',
  });
  commandField(frame, c.sendMessageCommand, { description: 'Writes to the other in the conversation of a request.' });
  commandField(frame, c.markSeenCommand, {
    name: 'markConversationSeen',
    description: 'Says that the messages were seen.',
  });
  commandField(frame, c.askContactCommand, {
    description: 'Asks, in a fixed wording and without content, to be contacted.',
  });

  queryField(frame, c.beforeSendingQuery, {
    name: 'beforeSending',
    type: 'BeforeSending',
    description: 'What a worker is told before sending: who will know, which term starts, whether this step protects.',
  });
  queryField(frame, c.ownRequestQuery, {
    name: 'ownContactRequest',
    type: 'OwnContactRequest',
    description: 'One’s own request and its conversation.',
  });
  queryField(frame, c.ownReceiptQuery, {
    type: 'OwnReceipt',
    description: 'What was promised of one’s own request, and the proof once there is one: `verify receipt` checks it.',
  });
  queryField(frame, c.ownRequestsQuery, {
    name: 'ownContactRequests',
    type: 'OwnContactRequests',
    description: 'One’s own requests, newest first.',
  });
  queryField(frame, c.requestsQuery, {
    name: 'contactRequests',
    type: 'ContactRequestPage',
    description: 'Requests to the counsellor who asks: terms, no content.',
  });
  queryField(frame, c.requestQuery, {
    name: 'contactRequest',
    type: 'ContactRequest',
    description: 'A request as the chosen counsellor reads it. Reading is recorded.',
  });
};
