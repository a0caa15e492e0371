import { openCheckpoint, parseNote } from '@toeverlaat/merkle';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { Found } from './findings.js';
import { canonical } from './canonical.js';
import { isObject, isText, parsed } from './folder.js';
import { verifiersOf } from './seals.js';

/** What a certificate of erasure shows by itself; whether its events are in the log, an exported folder shows. */
export type CertificateVerdict =
  | {
      readonly ok: true;
      readonly subject: string;
      readonly keys: number;
      readonly unreadableHereSince: string;
      readonly unreadableInBackupsFrom: string;
      /** The key that signed, as the organisation published it. */
      readonly certificateKey: string;
      /** The caller brought that key: it was not merely taken from the certificate. */
      readonly keyKnown: boolean;
      /** SHA-256 of what was signed: the same stands at the foot of each page of the paper that belongs to it. */
      readonly sha256: string;
      /** `unsigned`: no checkpoint is cited; `unchecked`: cited, and no key was given to check it with. */
      readonly checkpoints: 'none' | 'unchecked' | 'checked';
    }
  | { readonly ok: false; readonly code: CertificateFault };

export type CertificateFault =
  | 'certificate_malformed'
  | 'certificate_signature_false'
  | 'certificate_key_unknown'
  | 'certificate_one_person'
  | 'certificate_dates_false'
  | 'certificate_checkpoint_false'
  | 'certificate_order_false';

export type CertificateOptions = {
  /** Keys one trusts for the organisation's log. */
  readonly keys?: readonly string[];
  /** Ids of the keys that sign certificates, as the organisation published them: 32 hexadecimal digits each. */
  readonly certificateKeys?: readonly string[];
};

type Json = Readonly<Record<string, unknown>>;
/** A certificate taken apart. Nothing in it is believed. */
export type ReadCertificate = {
  readonly text: string;
  readonly subject: string;
  readonly organisation: string;
  readonly erasureId: string;
  readonly ground: string;
  readonly rule: string | undefined;
  readonly ruleVersion: number | undefined;
  readonly requestedBy: string;
  readonly approvedBy: string;
  readonly keyIds: readonly string[];
  readonly since: string;
  readonly backupsFrom: string;
  readonly days: number;
  readonly events: readonly CitedEvent[];
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly publicKey: string;
  readonly keyId: string;
  readonly signature: string;
};

const DAY_MS = 86_400_000;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const texts = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) && value.every(isText) ? value : undefined;
const noteOf = (value: unknown): string | undefined => (isText(value) ? value : undefined);

export type CitedEvent = { readonly what: string; readonly eventId: string; readonly leafIndex: number | undefined };

const citedEvent = (event: Json): CitedEvent | undefined => {
  const { what, eventId, leafIndex } = event;
  if (!isText(what) || !isText(eventId) || !(leafIndex === null || isCount(leafIndex))) return undefined;
  return { what, eventId, leafIndex: leafIndex ?? undefined };
};

const eventsOf = (events: unknown): readonly CitedEvent[] | undefined => {
  if (!Array.isArray(events) || events.length === 0 || !events.every(isObject)) return undefined;
  const cited = events.map(citedEvent);
  return cited.every((event) => event !== undefined) ? cited : undefined;
};

/** A certificate with its signature, of its parsed JSON. */
export const readCertificate = (value: unknown): ReadCertificate | undefined => {
  if (!isObject(value) || !isObject(value['certificate']) || !isText(value['signature'])) return undefined;
  const { certificate, signature } = value;
  const { subject, organisation, requestedBy, approvedBy, unreadableHereSince, unreadableInBackupsFrom } = certificate;
  const { backups, signedWith, checkpointBefore, checkpointAfter } = certificate;
  const keyIds = texts(certificate['keyIds']);
  const events = eventsOf(certificate['events']);
  const { erasureId, ground, rule, ruleVersion } = certificate;
  if (certificate['v'] !== 1 || keyIds === undefined || events === undefined) return undefined;
  if (!isObject(backups) || !isCount(backups['rotationDays']) || !isCount(backups['keyringBackupDays']))
    return undefined;
  if (!isObject(signedWith) || signedWith['alg'] !== 'Ed25519') return undefined;
  const { publicKey, keyId } = signedWith;
  if (![subject, organisation, requestedBy, approvedBy, erasureId, ground].every(isText)) return undefined;
  if (!isText(unreadableHereSince) || !isText(unreadableInBackupsFrom) || !isText(publicKey) || !isText(keyId))
    return undefined;
  return {
    text: canonical(certificate),
    subject: String(subject),
    organisation: String(organisation),
    erasureId: String(erasureId),
    ground: String(ground),
    rule: noteOf(rule),
    ruleVersion: isCount(ruleVersion) ? ruleVersion : undefined,
    requestedBy: String(requestedBy),
    approvedBy: String(approvedBy),
    keyIds,
    since: unreadableHereSince,
    backupsFrom: unreadableInBackupsFrom,
    days: 2 * backups['rotationDays'] + backups['keyringBackupDays'],
    events,
    before: noteOf(checkpointBefore),
    after: noteOf(checkpointAfter),
    publicKey,
    keyId,
    signature,
  };
};

const signedText = (text: string): Buffer => Buffer.from(`toeverlaat erasure certificate v1\n${text}`);

const signatureHolds = ({ text, publicKey, signature }: ReadCertificate): boolean => {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519' && verify(null, signedText(text), key, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
};

/** Not sooner than the days it names itself; a day either way is the calendar of another zone. */
const datesHold = ({ since, backupsFrom, days }: ReadCertificate): boolean => {
  const destroyed = Date.parse(since);
  const from = Date.parse(`${backupsFrom}T00:00:00.000Z`);
  return Number.isFinite(destroyed) && Number.isFinite(from) && from >= destroyed + (days - 1) * DAY_MS;
};

type Sizes = { readonly before: number; readonly after: number; readonly checked: boolean };

/** Sizes of the two checkpoints, with their signatures where keys were given. */
const checkpointsOf = async (
  { before, after, organisation }: ReadCertificate,
  keys: readonly string[] | undefined,
): Promise<Sizes | 'none' | CertificateFault> => {
  if (before === undefined && after === undefined) return 'none';
  if (before === undefined || after === undefined) return 'certificate_checkpoint_false';
  const sizes: number[] = [];
  for (const note of [before, after]) {
    const unverified = parseNote(note);
    const [origin = '', size = ''] = unverified.ok ? unverified.value.text.split('\n') : [];
    if (!origin.endsWith(`/${organisation}`) || !/^\d{1,16}$/.test(size)) return 'certificate_checkpoint_false';
    if (keys !== undefined) {
      try {
        const opened = await openCheckpoint(note, origin, verifiersOf(keys));
        if (!opened.ok) return 'certificate_checkpoint_false';
      } catch (error) {
        if (error instanceof Found) return 'certificate_checkpoint_false';
        throw error;
      }
    }
    sizes.push(Number(size));
  }
  const [first = 0, second = 0] = sizes;
  return { before: first, after: second, checked: keys !== undefined };
};

/** Checks a certificate of erasure offline: who signed it, that two people stand behind it, its dates and its order. */
export const verifyCertificate = async (
  text: string,
  options: CertificateOptions = {},
): Promise<CertificateVerdict> => {
  const certificate = readCertificate(parsed(text));
  return certificate === undefined
    ? { ok: false, code: 'certificate_malformed' }
    : checkCertificate(certificate, options);
};

/** The same of one that was taken apart already. */
export const checkCertificate = async (
  certificate: ReadCertificate,
  options: CertificateOptions = {},
): Promise<CertificateVerdict> => {
  const { publicKey, keyId, keyIds, subject, since, backupsFrom, events } = certificate;
  if (!signatureHolds(certificate)) return { ok: false, code: 'certificate_signature_false' };
  const own = createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 32);
  if (own !== keyId || (options.certificateKeys !== undefined && !options.certificateKeys.includes(keyId)))
    return { ok: false, code: 'certificate_key_unknown' };
  if (certificate.requestedBy === certificate.approvedBy) return { ok: false, code: 'certificate_one_person' };
  if (!datesHold(certificate)) return { ok: false, code: 'certificate_dates_false' };
  const sizes = await checkpointsOf(certificate, options.keys);
  if (typeof sizes === 'string' && sizes !== 'none') return { ok: false, code: sizes };
  // What it cites was recorded after the first checkpoint and stands under the second.
  const outside = ({ leafIndex }: CitedEvent): boolean =>
    sizes !== 'none' && leafIndex !== undefined && (leafIndex < sizes.before || leafIndex >= sizes.after);
  if (events.some(outside)) return { ok: false, code: 'certificate_order_false' };
  return {
    ok: true,
    subject,
    keys: keyIds.length,
    unreadableHereSince: since,
    unreadableInBackupsFrom: backupsFrom,
    certificateKey: keyId,
    keyKnown: options.certificateKeys !== undefined,
    sha256: createHash('sha256').update(signedText(certificate.text)).digest('hex'),
    checkpoints: sizes === 'none' ? 'none' : sizes.checked ? 'checked' : 'unchecked',
  };
};
