import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { KafkaConnection } from './port.js';

/** Paths of PEM files. The key is that of the certificate: both or none. */
export type TlsFiles = {
  readonly ca: string | undefined;
  readonly own: { readonly cert: string; readonly key: string } | undefined;
};

/** A file for TLS to the broker that is missing or unreadable, no certificate, not the key of its certificate, or over. */
export class KafkaTlsUnusable extends Error {
  override readonly name = 'KafkaTlsUnusable';
  constructor(
    readonly file: string,
    rule: string,
  ) {
    super(`${file}: ${rule}`);
  }
}

type Tls = NonNullable<KafkaConnection['tls']>;

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new KafkaTlsUnusable(file, `cannot be read (${code})`);
  }
};

const certificateOf = (file: string, text: string): X509Certificate => {
  try {
    return new X509Certificate(text);
  } catch {
    throw new KafkaTlsUnusable(file, 'is no certificate');
  }
};

/** What stands in the files, if a connection can be made with it. @throws KafkaTlsUnusable */
const load = ({ ca, own }: TlsFiles, now: Date): Tls => {
  const authorities = ca === undefined ? undefined : read(ca);
  if (ca !== undefined && authorities !== undefined) certificateOf(ca, authorities);
  if (own === undefined) return authorities === undefined ? {} : { ca: authorities };
  const [cert, key] = [read(own.cert), read(own.key)];
  const certificate = certificateOf(own.cert, cert);
  let fits: boolean;
  try {
    fits = certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    fits = false;
  }
  if (!fits) throw new KafkaTlsUnusable(own.key, 'is not the key of the certificate');
  if (certificate.validToDate <= now) throw new KafkaTlsUnusable(own.cert, 'has expired');
  return { ...(authorities === undefined ? {} : { ca: authorities }), cert, key };
};

const same = (one: Tls, other: Tls): boolean => one.ca === other.ca && one.cert === other.cert && one.key === other.key;

export type WatchedTls = {
  /** Its fields are what stands in the files whenever a connection is made; one that is made keeps what it was made with. */
  readonly tls: Tls;
  /** Looks at the files now. @returns whether they held something else, which is in use now */
  readonly look: () => boolean;
  /** Milliseconds since the epoch at which the own certificate in use is over; undefined without one. */
  readonly endsAt: () => number | undefined;
};

export type TlsWatch = {
  readonly onReplaced?: () => void;
  /** What is there cannot be used, a set that is only half exchanged for one: what was there before stays in use. Told once. */
  readonly onRefused?: (error: KafkaTlsUnusable) => void;
};

/**
 * What a connection to Kafka proves itself with and believes, out of files that are exchanged while it is in use. Neither client
 * can be told of new ones; both copy the fields of what they were given whenever they make a connection, and there they are read.
 * @throws KafkaTlsUnusable when what is there at first cannot be used
 */
export const watchTlsFiles = (files: TlsFiles, { onReplaced, onRefused }: TlsWatch = {}): WatchedTls => {
  let current = load(files, new Date());
  let refused: string | undefined;
  const look = (): boolean => {
    let found: Tls;
    try {
      found = load(files, new Date());
    } catch (error) {
      if (!(error instanceof KafkaTlsUnusable)) throw error;
      if (refused !== error.message) onRefused?.(error);
      refused = error.message;
      return false;
    }
    refused = undefined;
    if (same(found, current)) return false;
    current = found;
    onReplaced?.();
    return true;
  };
  let fresh = false;
  /** One set for whoever copies the fields one by one: a certificate and the key of another would fit nobody. */
  const now = (): Tls => {
    if (!fresh) {
      fresh = true;
      queueMicrotask(() => {
        fresh = false;
      });
      look();
    }
    return current;
  };
  const field = (name: keyof Tls, isThere: boolean): PropertyDescriptorMap =>
    isThere ? { [name]: { enumerable: true, get: () => now()[name] } } : {};
  const tls: Tls = Object.defineProperties(
    {},
    {
      ...field('ca', files.ca !== undefined),
      ...field('cert', files.own !== undefined),
      ...field('key', files.own !== undefined),
    },
  );
  return {
    tls,
    look,
    endsAt: () => (current.cert === undefined ? undefined : new X509Certificate(current.cert).validToDate.getTime()),
  };
};
