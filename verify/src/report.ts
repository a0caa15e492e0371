import { createHash, createPublicKey, verify } from 'node:crypto';
import { isObject, isText, parsed } from './folder.js';
import { canonical } from './canonical.js';

/* The report of a batch of erasures (ADR 71, 87): what became of a list that two people decided about, signed as one. */

const reportFaults = [
  'report_malformed',
  'report_signature_false',
  'report_key_unknown',
  'report_one_person',
  /** Its lines do not add up: more or fewer became of a rule than were listed, or certificates than were destroyed. */
  'report_sums_false',
] as const;
export type ReportFault = (typeof reportFaults)[number];
export const isReportFault = (code: string): code is ReportFault => reportFaults.some((one) => one === code);

export type ReportVerdict =
  | {
      readonly ok: true;
      readonly organisation: string;
      readonly batchId: string;
      readonly listed: number;
      readonly destroyed: number;
      readonly heldBack: number;
      readonly leftOut: number;
      readonly certificateKey: string;
      /** The caller brought that key: it was not merely taken from the report. */
      readonly keyKnown: boolean;
      /** SHA-256 of what was signed: the same stands at the foot of each page of the paper that belongs to it. */
      readonly sha256: string;
    }
  | { readonly ok: false; readonly code: ReportFault };

export type ReportOptions = {
  /** Ids of the keys that sign certificates and reports, as the organisation published them. */
  readonly certificateKeys?: readonly string[];
};

type Line = {
  readonly listed: number;
  readonly destroyed: number;
  readonly heldBack: number;
  readonly leftOut: number;
};
/** A report taken apart. Nothing in it is believed. */
export type ReadReport = {
  readonly text: string;
  readonly organisation: string;
  readonly batchId: string;
  readonly requestedBy: string;
  readonly confirmedBy: string;
  readonly lines: readonly Line[];
  readonly leftOut: readonly number[];
  readonly certificates: number;
  readonly certificatesHash: string;
  readonly keyId: string;
  readonly publicKey: string;
  readonly signature: string;
};

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const lineOf = (value: unknown): Line | undefined => {
  if (!isObject(value)) return undefined;
  const { listed, destroyed, heldBack, leftOut } = value;
  return isCount(listed) && isCount(destroyed) && isCount(heldBack) && isCount(leftOut)
    ? { listed, destroyed, heldBack, leftOut }
    : undefined;
};
const countOf = (value: unknown): number | undefined =>
  isObject(value) && isCount(value['count']) ? value['count'] : undefined;

/** A report with its signature, of its parsed JSON. */
export const readReport = (value: unknown): ReadReport | undefined => {
  if (!isObject(value) || !isObject(value['report']) || !isObject(value['signedWith'])) return undefined;
  const { report, signedWith, signature } = value;
  const { organisation, batchId, requestedBy, confirmedBy, lines, leftOut, certificates, certificatesHash } = report;
  const { alg, keyId, publicKey } = signedWith;
  if (report['v'] !== 1 || alg !== 'Ed25519' || !Array.isArray(lines) || !Array.isArray(leftOut)) return undefined;
  if (!isText(organisation) || !isText(batchId) || !isText(requestedBy) || !isText(confirmedBy)) return undefined;
  if (!isText(keyId) || !isText(publicKey) || !isText(signature)) return undefined;
  if (!isCount(certificates) || !isText(certificatesHash)) return undefined;
  const counted = lines.map(lineOf);
  const left = leftOut.map(countOf);
  if (!counted.every((line) => line !== undefined) || !left.every((count) => count !== undefined)) return undefined;
  return {
    text: canonical({ report, signedWith }),
    organisation,
    batchId,
    requestedBy,
    confirmedBy,
    lines: counted,
    leftOut: left,
    certificates,
    certificatesHash,
    keyId,
    publicKey,
    signature,
  };
};

const signedText = (text: string): Buffer => Buffer.from(`toeverlaat erasure report v1\n${text}`);

const signatureHolds = ({ text, publicKey, signature }: ReadReport): boolean => {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519' && verify(null, signedText(text), key, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
};

const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);

const sumsHold = ({ lines, leftOut, certificates }: ReadReport): boolean =>
  lines.every((line) => line.listed === line.destroyed + line.heldBack + line.leftOut) &&
  sum(leftOut) === sum(lines.map((line) => line.leftOut)) &&
  certificates === sum(lines.map(({ destroyed }) => destroyed));

/** SHA-256 over `<erasure id> <signature>` of certificates, a line each, in the order of ids: what a report has of them. */
export const hashOfCertificates = (signatures: ReadonlyMap<string, string>): string =>
  createHash('sha256')
    .update(
      [...signatures]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([erasureId, signature]) => `${erasureId} ${signature}\n`)
        .join(''),
    )
    .digest('hex');

/** Who signed it, that two people stand behind it, and that it adds up. */
export const checkReport = (report: ReadReport, { certificateKeys }: ReportOptions = {}): ReportVerdict => {
  if (!signatureHolds(report)) return { ok: false, code: 'report_signature_false' };
  const { organisation, batchId, publicKey, keyId, lines } = report;
  const own = createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 32);
  if (own !== keyId || (certificateKeys !== undefined && !certificateKeys.includes(keyId)))
    return { ok: false, code: 'report_key_unknown' };
  if (report.requestedBy === report.confirmedBy) return { ok: false, code: 'report_one_person' };
  if (!sumsHold(report)) return { ok: false, code: 'report_sums_false' };
  return {
    ok: true,
    organisation,
    batchId,
    listed: sum(lines.map(({ listed }) => listed)),
    destroyed: sum(lines.map(({ destroyed }) => destroyed)),
    heldBack: sum(lines.map(({ heldBack }) => heldBack)),
    leftOut: sum(lines.map(({ leftOut }) => leftOut)),
    certificateKey: keyId,
    keyKnown: certificateKeys !== undefined,
    sha256: createHash('sha256').update(signedText(report.text)).digest('hex'),
  };
};

/** Checks the report of a batch offline; whether its certificates are in the log, an exported folder shows (`erasures.ts`). */
export const verifyReport = (text: string, options: ReportOptions = {}): ReportVerdict => {
  const report = readReport(parsed(text));
  return report === undefined ? { ok: false, code: 'report_malformed' } : checkReport(report, options);
};
