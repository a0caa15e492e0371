import * as c from '@toeverlaat/contracts';
import { commandField, queryField, type SchemaPart } from './fields.js';

/** The register of erasures: who asked, who agreed, and the certificate of what is gone. */
export const erasureFields: SchemaPart = (frame) => {
  commandField(frame, c.requestErasureCommand, {
    description: 'Asks for the erasure of a record, or of one person in it, which a second person must approve.',
  });
  commandField(frame, c.approveErasuresCommand, {
    description: 'Approves erasures that somebody else asked for: they are carried out, and cannot be undone.',
  });
  commandField(frame, c.declineErasureCommand, { description: 'Declines an erasure that nobody has approved yet.' });

  queryField(frame, c.erasuresQuery, { type: 'ErasurePage', description: 'The register of erasures, newest first.' });
  queryField(frame, c.erasureCertificateQuery, {
    type: 'ErasureCertificateFile',
    description: 'The certificate of an erasure: what was signed, and the same as a PDF, base64.',
  });
};
