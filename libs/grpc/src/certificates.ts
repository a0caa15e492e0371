import { peerSchema, type Peer } from '@toeverlaat/contracts';
import { createHash, generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dnsNameOf } from './identity.js';

/*
 * Certificates for development and the demonstration: a certificate authority and one certificate per peer, made with
 * nothing but Node. A production installation has an authority of its own (docs/how-to/run-distributed.md).
 */

// ── DER (X.690), as much of it as a certificate needs ──

const lengthOf = (size: number): Buffer => {
  if (size < 0x80) return Buffer.from([size]);
  const bytes = Buffer.from(size.toString(16).padStart(size > 0xffff ? 6 : size > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
};
const tagged = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
};
const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts);
const integer = (bytes: Buffer): Buffer => tagged(0x02, bytes);
const bits = (bytes: Buffer, unused = 0): Buffer => tagged(0x03, Buffer.from([unused]), bytes);
const octets = (bytes: Buffer): Buffer => tagged(0x04, bytes);
const yes = Buffer.from([0x01, 0x01, 0xff]);
const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number);
  const base128 = (value: number): readonly number[] => {
    const groups = [value & 0x7f];
    for (let left = value >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  };
  return tagged(0x06, Buffer.from([first * 40 + second, ...others.flatMap(base128)]));
};
/** UTCTime: years up to 2049. */
const utcTime = (date: Date): Buffer =>
  tagged(0x17, Buffer.from(`${date.toISOString().replaceAll(/[-:T]/gu, '').slice(2, 14)}Z`));
const commonName = (name: string): Buffer =>
  sequence(tagged(0x31, sequence(oid('2.5.4.3'), tagged(0x0c, Buffer.from(name)))));
const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  sequence(oid(id), ...(critical ? [yes] : []), octets(value));

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

export type Validity = { readonly from: Date; readonly to: Date };

type Subject = {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly validity: Validity;
  /** Undefined: an authority. */
  readonly names?: Names;
};
/** What a certificate is for: names, and addresses of this host. */
type Names = { readonly dns: readonly string[]; readonly ipv4?: readonly string[] };
type Issuer = { readonly name: string; readonly publicKey: KeyObject; readonly privateKey: KeyObject };

const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
const keyId = (key: KeyObject): Buffer => createHash('sha1').update(spki(key)).digest();
const pem = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${(der.toString('base64').match(/.{1,64}/gu) ?? []).join('\n')}\n-----END ${label}-----\n`;

const certify = ({ name, publicKey, validity, names }: Subject, issuer: Issuer): string => {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const extensions = [
    extension('2.5.29.14', false, octets(keyId(publicKey))),
    extension('2.5.29.35', false, sequence(tagged(0x80, keyId(issuer.publicKey)))),
    ...(names === undefined
      ? [
          extension('2.5.29.19', true, sequence(yes)),
          // keyCertSign, cRLSign
          extension('2.5.29.15', true, bits(Buffer.from([0x06]), 1)),
        ]
      : [
          extension('2.5.29.19', true, sequence()),
          // digitalSignature
          extension('2.5.29.15', true, bits(Buffer.from([0x80]), 7)),
          // Each peer answers and asks: serverAuth, clientAuth.
          extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'))),
          extension(
            '2.5.29.17',
            false,
            sequence(
              ...names.dns.map((one) => tagged(0x82, Buffer.from(one))),
              ...(names.ipv4 ?? []).map((one) => tagged(0x87, Buffer.from(one.split('.').map(Number)))),
            ),
          ),
        ]),
  ];
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    ECDSA_SHA256,
    commonName(issuer.name),
    sequence(utcTime(validity.from), utcTime(validity.to)),
    commonName(name),
    spki(publicKey),
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, { key: issuer.privateKey, dsaEncoding: 'der' });
  return pem('CERTIFICATE', sequence(body, ECDSA_SHA256, bits(signature)));
};

/**
 * Who takes part in Kafka and in nothing else: the broker, and whoever makes topics and says who may use them. They are no
 * peers, so that none of them can ask a service anything.
 */
export const brokerParts = ['kafka', 'topics'] as const;
export type BrokerPart = (typeof brokerParts)[number];
/** Under which names a broker of development is reached, beside its own. */
const BROKER_NAMES: Names = { dns: ['kafka', 'localhost'], ipv4: ['127.0.0.1'] };

export type Issued = { readonly certificate: string; readonly key: string };
export type IssuedCertificates = {
  readonly authority: string;
  readonly peers: Readonly<Partial<Record<Peer | BrokerPart, Issued>>>;
};

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/**
 * An authority and a certificate for each peer. The authority's key is forgotten: whoever needs another certificate makes
 * all anew, so that none can be added in silence.
 */
export const issueCertificates = (peers: readonly (Peer | BrokerPart)[], validity: Validity): IssuedCertificates => {
  const authority = { name: 'Toeverlaat development', ...newKeys() };
  return {
    authority: certify({ name: authority.name, publicKey: authority.publicKey, validity }, authority),
    peers: Object.fromEntries(
      peers.map((peer) => {
        const { publicKey, privateKey } = newKeys();
        const name = dnsNameOf(peer);
        const names: Names = peer === 'kafka' ? { ...BROKER_NAMES, dns: [name, ...BROKER_NAMES.dns] } : { dns: [name] };
        const certificate = certify({ name, publicKey, validity, names }, authority);
        return [peer, { certificate, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }];
      }),
    ),
  };
};

const DAY_MS = 86_400_000;
/** Days a development certificate holds, and days before its end from which a start makes new ones. */
export const DEVELOPMENT_DAYS = 90;
export const RENEW_DAYS = 14;

/** Whether every certificate of a folder is there and will be in force for a while. */
const holdsUntil = (folder: string, until: Date): boolean =>
  ['ca', ...peerSchema.options, ...brokerParts].every((name) => {
    const file = join(folder, `${name}.crt`);
    if (!existsSync(file)) return false;
    try {
      return new X509Certificate(readFileSync(file)).validToDate > until;
    } catch {
      return false;
    }
  });

/**
 * Writes development certificates for every peer, and for the broker's parts, into a folder, for its owner alone; leaves those alone that still hold for
 * two weeks. Never while processes of the deployment run: they know each other by the authority that goes.
 * @returns whether new ones were made
 */
export const writeCertificates = (folder: string, now = new Date()): boolean => {
  if (holdsUntil(folder, new Date(now.getTime() + RENEW_DAYS * DAY_MS))) return false;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // A day back: the clocks of two machines may differ.
  const validity = { from: new Date(now.getTime() - DAY_MS), to: new Date(now.getTime() + DEVELOPMENT_DAYS * DAY_MS) };
  const { authority, peers } = issueCertificates([...peerSchema.options, ...brokerParts], validity);
  writeFileSync(join(folder, 'ca.crt'), authority, { mode: 0o600 });
  for (const [peer, { certificate, key }] of Object.entries(peers)) {
    writeFileSync(join(folder, `${peer}.crt`), certificate, { mode: 0o600 });
    writeFileSync(join(folder, `${peer}.key`), key, { mode: 0o600 });
  }
  return true;
};
