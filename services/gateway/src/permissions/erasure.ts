import type { PermissionTable } from '../prune.js';
import { fields, overseers, table } from './who.js';

/** Two of these decide; the auditor looks on. */
const deciders = ['records_manager', 'data_protection_officer'] as const;

export const erasurePermissions: PermissionTable = table(
  fields('Mutation', deciders, 'requestErasure', 'approveErasures', 'declineErasure'),
  fields('Query', overseers, 'erasures', 'erasureCertificate'),
  fields('ErasurePage', overseers, 'rows', 'next'),
  fields(
    'Erasure',
    overseers,
    'erasureId',
    'subject',
    'service',
    'ground',
    'rule',
    'ruleVersion',
    'keptUntil',
    'status',
    'heldBack',
    'requestedBy',
    'requestedAt',
    'approvedBy',
    'completedAt',
  ),
  fields('ErasureCertificateFile', overseers, 'erasureId', 'fileName', 'signed', 'pdf'),
);
