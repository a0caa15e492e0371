import type { BackupTerms } from '@toeverlaat/records';
import type { Settings } from './settings.js';

/** A week to an epoch and two weeks of keyring backups: what was erased is in no backup after five weeks. */
const DEFAULTS = { keyEpochDays: 7, keyringBackupDays: 14 } as const;

/** How long a backup may open what was erased, out of the settings: certificates say it. */
export const backupTermsOf = (settings: Pick<Settings, 'keyEpochDays' | 'keyringBackupDays'>): BackupTerms => ({
  rotationDays: settings.keyEpochDays ?? DEFAULTS.keyEpochDays,
  keyringBackupDays: settings.keyringBackupDays ?? DEFAULTS.keyringBackupDays,
});
