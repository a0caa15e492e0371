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

  commandField(frame, c.requestDueErasuresCommand, {
    description: 'Asks for the erasure of everything that is due today. What is listed then, a second person confirms.',
  });
  commandField(frame, c.confirmErasureBatchCommand, {
    description:
      'Confirms the list that somebody else asked for: each is erased unless it is held or no longer due when its turn comes.',
  });
  commandField(frame, c.declineErasureBatchCommand, { description: 'Declines a batch that nobody has confirmed yet.' });

  queryField(frame, c.dueErasuresQuery, {
    type: 'DueErasures',
    description: 'What a batch would hold if it were asked for now, rule by rule. It changes nothing.',
  });
  queryField(frame, c.erasureBatchesQuery, { type: 'ErasureBatchPage', description: 'Batches, newest first.' });
  queryField(frame, c.erasureBatchQuery, {
    type: 'ErasureBatchInFull',
    description: 'A batch with its preview, how far it is, and its report as a file; `reportHash` is its SHA-256.',
  });
  queryField(frame, c.erasureBatchReportQuery, {
    type: 'ErasureBatchReportFile',
    description: 'The report of a completed batch: what was signed, and the same as a PDF, base64.',
  });
  queryField(frame, c.erasureBatchRecordsQuery, {
    type: 'ErasureBatchRecordPage',
    description: 'The records of a batch in its order, with the erasure of each or why it was left out.',
  });

  queryField(frame, c.erasuresQuery, { type: 'ErasurePage', description: 'The register of erasures, newest first.' });
  queryField(frame, c.erasureCertificateQuery, {
    type: 'ErasureCertificateFile',
    description: 'The certificate of an erasure: what was signed, and the same as a PDF, base64.',
  });
};
