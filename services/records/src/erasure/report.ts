import type { SealingService } from '@toeverlaat/sealing';
import { canonicalJson, type OrganisationId } from '@toeverlaat/values';
import { sign } from 'node:crypto';
import type { BatchReport, SignedWith } from '../domain/erasure-vocabulary.js';
import { CERTIFICATE_KEY } from './process.js';

/** The report of a batch with its signature, as it is handed out and checked offline (ADR 87). */
export type SignedReport = {
  readonly report: BatchReport;
  readonly signedWith: SignedWith;
  readonly signature: string;
};

/** The bytes that are signed: the key too, so that nobody puts another one under the same words. */
export const reportBytes = ({ report, signedWith }: Pick<SignedReport, 'report' | 'signedWith'>): Uint8Array =>
  Buffer.from(`toeverlaat erasure report v1\n${canonicalJson({ report, signedWith })}`, 'utf8');

/** Signs with the key of certificates: whoever knows the one can check the other. @throws SealingError */
export const signReport = async (
  sealing: Pick<SealingService, 'signingKey'>,
  organisation: OrganisationId,
  report: BatchReport,
): Promise<SignedReport> => {
  const { keyId, publicKey, privateKey } = await sealing.signingKey(organisation, CERTIFICATE_KEY);
  const signedWith = { alg: 'Ed25519' as const, keyId, publicKey: Buffer.from(publicKey).toString('base64') };
  const signature = sign(null, reportBytes({ report, signedWith }), privateKey).toString('base64');
  return { report, signedWith, signature };
};
