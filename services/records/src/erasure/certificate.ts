import { addDays, canonicalJson, localDateOf, type Instant, type LocalDate } from '@toeverlaat/values';
import type { BackupTerms, ErasureCertificate } from '../domain/erasure-vocabulary.js';

/** A certificate with its signature, as it is handed out and checked offline. */
export type SignedCertificate = { readonly certificate: ErasureCertificate; readonly signature: string };

/**
 * From when no backup opens what was destroyed. A backup of the vault made just before holds the wrapped key; it opens with
 * an epoch of the keyring. That epoch leaves the keyring at the second rotation after the destruction at the latest, and the
 * last backup of a keyring that holds it is gone when its term is over.
 */
export const unreadableInBackupsFrom = (
  destroyedAt: Instant,
  { rotationDays, keyringBackupDays }: BackupTerms,
): LocalDate => addDays(localDateOf(destroyedAt), 2 * rotationDays + keyringBackupDays + 1);

/**
 * From when nothing here opens what was destroyed. The process that destroyed a key forgets it at once and the others when
 * they hear of it; one that hears nothing of the log holds it until its time is over, and what is signed counts with that one.
 * @param keysHeldMs milliseconds that another process may hold a key; 0 where there is none
 */
export const unreadableHereSince = (destroyedAt: Instant, keysHeldMs: number): Instant =>
  new Date(Date.parse(destroyedAt) + keysHeldMs).toISOString();

/** The bytes that are signed. */
export const certificateBytes = (certificate: ErasureCertificate): Uint8Array =>
  Buffer.from(`toeverlaat erasure certificate v1\n${canonicalJson(certificate)}`, 'utf8');
