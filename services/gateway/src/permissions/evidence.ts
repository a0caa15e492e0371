import type { PermissionTable } from '../prune.js';
import { applicants, fields, overseers, table } from './who.js';

export const evidencePermissions: PermissionTable = table(
  fields(
    'Query',
    overseers,
    'evidenceCheckpoint',
    'evidenceStatus',
    'evidenceProof',
    'evidenceOfRecord',
    'evidenceExport',
  ),
  fields('EvidenceCheckpoint', overseers, 'origin', 'signers', 'size', 'root', 'at', 'note', 'installation', 'seal'),
  fields('EvidenceCheckpointInstallation', overseers, 'origin', 'signers'),
  fields('EvidenceCheckpointSeal', overseers, 'sequence', 'at', 'entry', 'note'),
  fields(
    'EvidenceStatus',
    overseers,
    'caughtUp',
    'sequenced',
    'integrated',
    'published',
    'publishedAt',
    'lagSeconds',
    'stoppedBy',
    'seals',
    'anchors',
  ),
  fields('EvidenceStatusAnchor', overseers, 'name', 'sequence', 'reached'),
  fields('Query', applicants, 'ownReceipt'),
  fields('OwnReceipt', applicants, 'promise', 'inclusion', 'kept'),
  fields('EvidenceInclusion', [...overseers, ...applicants], 'origin', 'signers', 'index', 'leaf', 'proof'),
  fields('EvidenceOfRecordPage', overseers, 'rows', 'next'),
  fields('EvidenceOfRecordPageRow', overseers, 'eventId', 'revision', 'index', 'leaf', 'published'),
  fields('EvidenceExportPage', overseers, 'rows', 'next'),
  fields('EvidenceExportPageRow', overseers, 'path', 'begins', 'content'),
);
