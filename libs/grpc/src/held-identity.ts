import { experimental } from '@grpc/grpc-js';
import type { Peer } from '@toeverlaat/contracts';
import { X509Certificate } from 'node:crypto';
import { CertificateUnusable, readIdentity, type Identity } from './identity.js';

/** gRPC's own way of being told of certificates; its type is exported under no name. */
type CertificateProvider = Parameters<typeof experimental.createCertificateProviderServerCredentials>[0];
type CaListener = Parameters<CertificateProvider['addCaCertificateListener']>[0];
type OwnListener = Parameters<CertificateProvider['addIdentityCertificateListener']>[0];

/** An identity that may be exchanged while connections are made with it: new ones are made with the new. */
export type HeldIdentity = {
  readonly current: () => Identity;
  readonly replace: (identity: Identity) => void;
  /** Milliseconds since the epoch at which the certificate is over. */
  readonly endsAt: () => number;
  readonly provider: CertificateProvider;
};

export const holdIdentity = (first: Identity): HeldIdentity => {
  let identity = first;
  const authorities = new Set<CaListener>();
  const own = new Set<OwnListener>();
  const caUpdate = () => ({ caCertificate: identity.authorities });
  const ownUpdate = () => ({ certificate: identity.certificate, privateKey: identity.key });
  return {
    current: () => identity,
    replace: (next) => {
      identity = next;
      for (const listener of authorities) listener(caUpdate());
      for (const listener of own) listener(ownUpdate());
    },
    endsAt: () => new X509Certificate(identity.certificate).validToDate.getTime(),
    provider: {
      addCaCertificateListener: (listener) => {
        authorities.add(listener);
        // Not at once: gRPC tells whoever waits for it only of what comes after it has listened.
        process.nextTick(() => {
          if (authorities.has(listener)) listener(caUpdate());
        });
      },
      removeCaCertificateListener: (listener) => {
        authorities.delete(listener);
      },
      addIdentityCertificateListener: (listener) => {
        own.add(listener);
        process.nextTick(() => {
          if (own.has(listener)) listener(ownUpdate());
        });
      },
      removeIdentityCertificateListener: (listener) => {
        own.delete(listener);
      },
    },
  };
};

/** One that is given as it is stays as it is. */
export const heldOf = (identity: Identity | HeldIdentity): HeldIdentity =>
  'provider' in identity ? identity : holdIdentity(identity);

export type WatchedIdentity = HeldIdentity & {
  /** Looks at the files now. @returns whether they held another identity, which is in use now */
  readonly look: () => boolean;
  readonly stop: () => void;
};

export type WatchOptions = {
  /** Milliseconds between looks; 0: only when asked. */
  readonly everyMs: number;
  readonly onReplaced: (endsAt: number) => void;
  /** What is there cannot be used, a set that is only half exchanged for one: the identity before stays in use. */
  readonly onRefused: (error: CertificateUnusable) => void;
};

const same = (one: Identity, other: Identity): boolean =>
  one.authorities.equals(other.authorities) && one.certificate.equals(other.certificate) && one.key.equals(other.key);

/**
 * The identity of a peer out of a folder, looked at again now and then: certificates are exchanged without a restart.
 * @throws CertificateUnusable when what is there at first cannot be used
 */
export const watchIdentity = (folder: string, peer: Peer, options: WatchOptions): WatchedIdentity => {
  const held = holdIdentity(readIdentity(folder, peer));
  let refused: string | undefined;
  const look = (): boolean => {
    let found: Identity;
    try {
      found = readIdentity(folder, peer);
    } catch (error) {
      if (!(error instanceof CertificateUnusable)) throw error;
      // Once, not at every look.
      if (refused !== error.message) options.onRefused(error);
      refused = error.message;
      return false;
    }
    refused = undefined;
    if (same(found, held.current())) return false;
    held.replace(found);
    options.onReplaced(held.endsAt());
    return true;
  };
  const timer = options.everyMs > 0 ? setInterval(look, options.everyMs) : undefined;
  timer?.unref();
  return {
    ...held,
    look,
    stop: () => {
      clearInterval(timer);
    },
  };
};
