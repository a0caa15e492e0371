import * as c from '@toeverlaat/contracts';
import { commandField, queryField, type SchemaPart } from './fields.js';

/** The organisation leaves this host: what goes to whom, on whose word, and how far it is. */
export const departureFields: SchemaPart = (frame) => {
  commandField(frame, c.requestDepartureCommand, {
    description:
      'Asks that the organisation leaves this host, naming who receives which keys; a second person must approve.',
  });
  commandField(frame, c.approveDepartureCommand, {
    description: 'Approves what somebody else asked for: from the day that was named the operator may hand over.',
  });
  commandField(frame, c.withdrawDepartureCommand, {
    description: 'Ends a departure while nothing was handed over.',
  });
  commandField(frame, c.resumeWorkCommand, {
    description: 'Files that were handed over are worked on here again; what goes on in one of them stays here.',
  });
  commandField(frame, c.withholdKeysCommand, {
    description: 'Holds one’s own key back, or all keys of one’s capacity where one is not named: those files stay.',
  });
  commandField(frame, c.releaseKeysCommand, {
    description: 'Ends one’s own objection; an adviser lets the dossiers go.',
  });

  queryField(frame, c.departureQuery, {
    type: 'DepartureFile',
    description: 'How far the organisation’s departure is, who receives which keys, and what is destroyed here.',
  });
};
