import * as c from '@toeverlaat/contracts';
import { queryField, type SchemaPart } from './fields.js';

/** What shows that nothing was changed: hashes, signatures and ciphertext, never what was said. */
export const evidenceFields: SchemaPart = (frame) => {
  queryField(frame, c.evidenceCheckpointQuery, {
    type: 'EvidenceCheckpoint',
    description: 'The newest signed head of the organisation’s tree, the keys to check it with, and the newest seal.',
  });
  queryField(frame, c.evidenceStatusQuery, {
    type: 'EvidenceStatus',
    description: 'How far the evidence is, what stands against it, and what each anchor holds.',
  });
  queryField(frame, c.evidenceProofQuery, {
    type: 'EvidenceInclusion',
    description: 'The proof that one event is in the organisation’s tree.',
  });
  queryField(frame, c.evidenceOfRecordQuery, {
    type: 'EvidenceOfRecordPage',
    description: 'The places in the tree of everything that was recorded of a record.',
  });
  queryField(frame, c.evidenceExportQuery, {
    type: 'EvidenceExportPage',
    description: 'One page of the export that `verify` checks offline; `after` goes on where a page ended.',
  });
};
