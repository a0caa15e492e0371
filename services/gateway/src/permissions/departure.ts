import type { PermissionTable } from '../prune.js';
import { fields, table } from './who.js';

/** Two of these decide, a counsellor among them; never the employer (design §4, Leaving). */
const deciders = ['records_manager', 'counsellor'] as const;
/** Whose files would go. */
const concerned = ['counsellor', 'prevention_adviser'] as const;
const shown = ['records_manager', 'data_protection_officer', 'counsellor', 'prevention_adviser'] as const;

export const departurePermissions: PermissionTable = table(
  fields('Mutation', deciders, 'requestDeparture', 'approveDeparture', 'withdrawDeparture', 'resumeWork'),
  fields('Mutation', concerned, 'withholdKeys', 'releaseKeys'),
  fields('Query', shown, 'departure'),
  fields('DepartureFile', shown, 'departure'),
  fields(
    'Departure',
    shown,
    'departureId',
    'status',
    'nextHost',
    'notBefore',
    'confirmWithinDays',
    'requestedBy',
    'requestedAs',
    'approvedBy',
    'approvedAs',
    'receivers',
    'register',
    'confirmBy',
    'confirmationOverdue',
    'closed',
    'staying',
    'leaving',
  ),
  fields(
    'DepartureReceiver',
    shown,
    'capacity',
    'fingerprint',
    'controller',
    'ground',
    'limitedTo',
    'withheld',
    'own',
    'handedOver',
  ),
  fields('DepartureRegister', shown, 'fingerprint', 'controller', 'ground', 'handedOver'),
);
