import type { Role } from '@toeverlaat/access';
import type { PermissionTable } from '../prune.js';
import { fields, interveners, table } from './who.js';

/** The law gives the register to those who keep it and to the employer (domain.md §3). */
const readers = [...interveners, 'employer'] as const satisfies readonly Role[];

export const thirdPartyPermissions: PermissionTable = table(
  fields('Mutation', interveners, 'recordThirdPartyEntry', 'noteThirdPartyFollowUp', 'withdrawThirdPartyName'),
  fields('Query', readers, 'thirdPartyRegister', 'thirdPartyEntry'),
  fields('ThirdPartyRegisterPage', readers, 'rows', 'next'),
  fields(
    'ThirdPartyRegisterPageRow',
    readers,
    'entryId',
    'recordedAt',
    'statementOn',
    'factsFrom',
    'factsTo',
    'site',
    'capacity',
    'kinds',
  ),
  fields(
    'ThirdPartyEntry',
    readers,
    'entryId',
    'revision',
    'statementOn',
    'factsFrom',
    'factsTo',
    'site',
    'place',
    'capacity',
    'kinds',
    'description',
    'workerName',
    'workerId',
    'followUps',
    'kept',
  ),
  fields('ThirdPartyEntryFollowUp', readers, 'followUpId', 'notedOn', 'words'),
);
