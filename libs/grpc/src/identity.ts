import { peerSchema, type Peer } from '@toeverlaat/contracts';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PeerCertificate } from 'node:tls';

/** The last part of every name in our certificates; it resolves nowhere, so that no address can pass for a name. */
export const PEER_DOMAIN = 'toeverlaat.internal';

export const dnsNameOf = (peer: string): string => `${peer}.${PEER_DOMAIN}`;

/** What a process proves itself with, in PEM. */
export type Identity = {
  readonly peer: Peer;
  /** Whose signatures are believed; several while one replaces another. */
  readonly authorities: Buffer;
  readonly certificate: Buffer;
  readonly key: Buffer;
};

/** A certificate that is missing, unreadable, of another peer, or over. */
export class CertificateUnusable extends Error {
  override readonly name = 'CertificateUnusable';
  constructor(
    readonly file: string,
    rule: string,
  ) {
    super(`${file}: ${rule}`);
  }
}

/**
 * Whom a certificate names: exactly one DNS name, of exactly one peer. TLS has proven by then who signed it and that it is
 * in force.
 */
export const peerOf = (certificate: Pick<PeerCertificate, 'subjectaltname'> | undefined): Peer | undefined => {
  const names = (certificate?.subjectaltname ?? '').split(', ');
  const [only] = names;
  if (names.length !== 1 || only === undefined || !only.startsWith('DNS:') || !only.endsWith(`.${PEER_DOMAIN}`))
    return undefined;
  return peerSchema.safeParse(only.slice('DNS:'.length, -PEER_DOMAIN.length - 1)).data;
};

const read = (file: string): Buffer => {
  try {
    return readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new CertificateUnusable(file, `cannot be read (${code})`);
  }
};

/**
 * The identity of a peer out of a folder: `ca.crt`, `<peer>.crt`, `<peer>.key`.
 * @throws CertificateUnusable naming the file and the rule: a start that refuses says more than a handshake that fails
 */
export const readIdentity = (folder: string, peer: Peer, now = new Date()): Identity => {
  const file = join(folder, `${peer}.crt`);
  const identity: Identity = {
    peer,
    authorities: read(join(folder, 'ca.crt')),
    certificate: read(file),
    key: read(join(folder, `${peer}.key`)),
  };
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(identity.certificate);
  } catch {
    throw new CertificateUnusable(file, 'is no certificate');
  }
  if (peerOf({ subjectaltname: certificate.subjectAltName ?? '' }) !== peer)
    throw new CertificateUnusable(file, `does not name ${dnsNameOf(peer)}`);
  let own: boolean;
  try {
    own = certificate.checkPrivateKey(createPrivateKey(identity.key));
  } catch {
    own = false;
  }
  if (!own) throw new CertificateUnusable(join(folder, `${peer}.key`), 'is not the key of the certificate');
  if (certificate.validToDate <= now) throw new CertificateUnusable(file, 'has expired');
  if (certificate.validFromDate > now) throw new CertificateUnusable(file, 'is not in force yet');
  return identity;
};
