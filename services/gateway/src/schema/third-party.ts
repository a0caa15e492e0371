import * as c from '@toeverlaat/contracts';
import { commandField, queryField, type SchemaPart } from './fields.js';

/** The register of facts by third parties. */
export const thirdPartyFields: SchemaPart = (frame) => {
  commandField(frame, c.recordThirdPartyEntryCommand, {
    description:
      'Records a worker’s statement about what somebody from outside did. The worker is named only when they agree to it.',
  });
  commandField(frame, c.noteThirdPartyFollowUpCommand, {
    description: 'Notes what was done about an entry of the register.',
  });
  commandField(frame, c.withdrawThirdPartyNameCommand, {
    description: 'The worker no longer agrees to be named: from now on the register shows nobody the name.',
  });
  queryField(frame, c.thirdPartyRegisterQuery, {
    name: 'thirdPartyRegister',
    type: 'ThirdPartyRegisterPage',
    description: 'The register of facts by third parties, newest statement first.',
  });
  queryField(frame, c.thirdPartyEntryQuery, {
    name: 'thirdPartyEntry',
    type: 'ThirdPartyEntry',
    description: 'One entry of the register of facts by third parties.',
  });
};
