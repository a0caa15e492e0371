import { checkCertificate, readCertificate, type CertificateFault, type ReadCertificate } from './certificate.js';
import { verifyFolder, type VerifyOptions } from './check.js';
import type { Facts, Finding } from './findings.js';
import {
  isObject,
  isText,
  parsed,
  readCheckpoints,
  readKeyIds,
  readManifest,
  readRecords,
  readSeals,
} from './folder.js';
import { recordAt, type RecordView } from './record.js';
import { checkReport, hashOfCertificates, readReport, type ReadReport, type ReportFault } from './report.js';
import { ledgerOf, type SealedLedger } from './seals.js';

/*
 * Every erasure, from an exported folder alone (design §4, §5): what a service says that it destroyed, the certificate of it, and the
 * ledger that was anchored, held against each other. All of it stands in the clear, so no key is needed. The folder is verified first.
 */

export type ErasureEntry = {
  /** Place in the order of the tree: of the record with the certificate, or of the destruction while there is none. */
  readonly index: number;
  readonly erasureId: string;
  /** Pseudonym: `case/<id>`, or `case/<id>#<participant>` for one person in it. */
  readonly subject: string;
  readonly ground: string;
  readonly rule: string | undefined;
  readonly ruleVersion: number | undefined;
  readonly keyIds: readonly string[];
  readonly unreadableHereSince: string;
  /** A date; undefined while it is under way. */
  readonly unreadableInBackupsFrom: string | undefined;
  /** Every key of it stands in a seal of this folder. */
  readonly anchored: boolean;
};

export type ErasureFault =
  /** A service destroyed keys, and more than a day later nobody has certified it. */
  | 'certificate_missing'
  /** A certificate of something that no service says it destroyed. */
  | 'destruction_missing'
  /** Certificate and log name other keys, another subject, time or place. */
  | 'certificate_differs'
  /** Others asked and approved than the certificate says. */
  | 'people_differ'
  /** Its signature, key, dates or checkpoints are false (`because`). */
  | 'certificate_false'
  /** Destroyed under a sealed head, and not in the ledger that was sealed with it. */
  | 'key_not_anchored'
  /** Destroyed, and missing from the folder’s list of destroyed keys. */
  | 'key_unlisted'
  /** Listed and anchored as destroyed, and no record says so. */
  | 'key_unexplained'
  /** The report of a batch is false by itself (`because`), or of other certificates than the log holds of that batch. */
  | 'report_false'
  | 'report_differs';

export type ErasuresFacts = {
  readonly organisation: string;
  readonly erasures: number;
  /** Batches of what fell due together, of whose reports each was held against its certificates; older ones are not signed. */
  readonly batches: number;
  /** Destroyed within the last day, and not certified yet. */
  readonly underWay: number;
  readonly keys: number;
  /** Erasures with a key that no seal of this folder holds yet. */
  readonly unanchored: number;
  /** Keys that are listed as destroyed and named by no record up to the export’s end. */
  readonly later: number;
  /** Keys that signed the certificates, and whether the caller brought them. */
  readonly certificateKeys: readonly string[];
  readonly keyKnown: boolean;
  readonly checked: Facts;
};
export type ErasuresVerdict =
  | { readonly ok: true; readonly facts: ErasuresFacts }
  | { readonly ok: false; readonly finding: Finding }
  | {
      readonly ok: false;
      readonly fault: ErasureFault;
      /** The erasure, by its id; the key, where none names it. */
      readonly of: string;
      readonly index: number | undefined;
      readonly because: CertificateFault | ReportFault | undefined;
    };

export type ErasuresOptions = VerifyOptions & {
  /** Ids of the keys that sign certificates, as the organisation published them. */
  readonly certificateKeys?: readonly string[];
};

type Destroyed = {
  readonly index: number;
  readonly eventId: string;
  readonly erasureId: string;
  readonly subject: string;
  readonly keyIds: readonly string[];
  readonly destroyedAt: string;
};
type Certified = {
  readonly index: number;
  readonly erasureId: string;
  readonly certificate: ReadCertificate | undefined;
};
type Batch = {
  readonly index: number;
  readonly batchId: string;
  readonly report: ReadReport | undefined;
  readonly signed: boolean;
};
type InLog = {
  readonly destroyed: readonly Destroyed[];
  readonly byEvent: ReadonlyMap<string, Destroyed>;
  readonly certified: readonly Certified[];
  readonly batches: readonly Batch[];
  /** The batch that ordered an erasure, by erasure. */
  readonly orderedBy: ReadonlyMap<string, string>;
  /** Who asked and who approved last, by erasure. */
  readonly people: ReadonlyMap<string, { readonly requestedBy?: string; readonly approvedBy?: string }>;
};

class Wrong extends Error {
  constructor(
    readonly fault: ErasureFault,
    readonly of: string,
    readonly index?: number,
    readonly because?: CertificateFault | ReportFault,
  ) {
    super(fault);
  }
}

const DAY_MS = 86_400_000;
const TYPE =
  /^([a-z]+)\.(KeyDestroyed|ErasureCompleted|ErasureRequested|ErasureApproved|ErasureRepeated|ErasureBatchCompleted)\.v1$/;

const erasuresIn = (folder: string, organisation: string): InLog => {
  const destroyed: Destroyed[] = [];
  const certified: Certified[] = [];
  const people = new Map<string, { requestedBy?: string; approvedBy?: string }>();
  const batches: Batch[] = [];
  const orderedBy = new Map<string, string>();
  const parts = `.erasurepart-${organisation}_`;
  const own = [`records.erasure-${organisation}_`, `records.erasurebatch-${organisation}_`];

  const take = (index: number, chunk: Buffer, view: RecordView): void => {
    const erasureId = view.stream.slice(view.stream.indexOf('_') + 1);
    const metadata = parsed(chunk.toString('utf8', view.metadataFrom, view.metadataTo));
    if (!isObject(metadata) || !isText(metadata['type'])) return;
    const [, , what] = TYPE.exec(metadata['type']) ?? [];
    const data = what === undefined ? undefined : parsed(chunk.toString('utf8', view.dataFrom, view.dataTo));
    if (!isObject(data)) return;
    const { subject, keyIds, destroyedAt, requestedBy, approvedBy } = data;
    switch (what) {
      case 'KeyDestroyed':
        if (isText(subject) && isText(destroyedAt) && isText(metadata['eventId']) && Array.isArray(keyIds))
          destroyed.push({
            index,
            eventId: metadata['eventId'],
            erasureId,
            subject,
            keyIds: keyIds.filter(isText),
            destroyedAt,
          });
        break;
      case 'ErasureCompleted':
        certified.push({ index, erasureId, certificate: readCertificate(data) });
        break;
      case 'ErasureRequested':
        if (isText(requestedBy)) people.set(erasureId, { requestedBy });
        // What a batch orders carries the batch in its envelope (ADR 71).
        if (isText(metadata['correlationId'])) orderedBy.set(erasureId, metadata['correlationId']);
        break;
      case 'ErasureBatchCompleted':
        batches.push({
          index,
          batchId: erasureId,
          report: readReport(data),
          signed: data['signature'] !== undefined || data['signedWith'] !== undefined,
        });
        break;
      case 'ErasureApproved':
        if (isText(approvedBy)) people.set(erasureId, { ...people.get(erasureId), approvedBy });
        break;
      case 'ErasureRepeated':
        // By a restore: the two who decided are lost with what it lost.
        people.delete(erasureId);
        break;
    }
  };

  readRecords(folder, readManifest(folder), (index, chunk, from, to) => {
    const view = recordAt(chunk, from, to);
    if (view !== undefined && (own.some((name) => view.stream.startsWith(name)) || view.stream.includes(parts)))
      take(index, chunk, view);
  });
  return {
    destroyed,
    byEvent: new Map(destroyed.map((one) => [one.eventId, one])),
    certified,
    batches,
    orderedBy,
    people,
  };
};

/** Not before, and no more than a day later: a certificate counts with a replica that is cut off and still holds the key a while. */
const isSoonAfter = (destroyedAt: string, since: string): boolean => {
  const later = Date.parse(since) - Date.parse(destroyedAt);
  return later >= 0 && later <= DAY_MS;
};

const sameKeys = (one: readonly string[], other: readonly string[]): boolean =>
  one.toSorted().join() === other.toSorted().join();

type Checked = { readonly log: InLog; readonly notes: ReadonlySet<string>; readonly options: ErasuresOptions };

/** A certificate beside what the log says. @throws Wrong */
const checkOne = async (
  { index, erasureId, certificate }: Certified,
  { log, notes, options }: Checked,
): Promise<Destroyed> => {
  const wrong = (fault: ErasureFault, because?: CertificateFault): Wrong => new Wrong(fault, erasureId, index, because);
  if (certificate === undefined) throw wrong('certificate_false', 'certificate_malformed');
  const { certificateKeys } = options;
  const alone = await checkCertificate(certificate, certificateKeys === undefined ? {} : { certificateKeys });
  if (!alone.ok) throw wrong('certificate_false', alone.code);
  // Signed heads of this very log: they stand in it, so no key has to be known for it.
  if (![certificate.before, certificate.after].every((note) => note === undefined || notes.has(note)))
    throw wrong('certificate_false', 'certificate_checkpoint_false');
  const cited = certificate.events.find(({ what }) => what === 'key_destroyed');
  const said = log.byEvent.get(cited?.eventId ?? '');
  if (cited === undefined || said === undefined) throw wrong('destruction_missing');
  if (
    certificate.erasureId !== erasureId ||
    said.erasureId !== erasureId ||
    said.subject !== certificate.subject ||
    !isSoonAfter(said.destroyedAt, certificate.since) ||
    !sameKeys(said.keyIds, certificate.keyIds) ||
    (cited.leafIndex !== undefined && cited.leafIndex !== said.index)
  )
    throw wrong('certificate_differs');
  const { requestedBy, approvedBy } = log.people.get(erasureId) ?? {};
  if (
    (requestedBy !== undefined && requestedBy !== certificate.requestedBy) ||
    (approvedBy !== undefined && approvedBy !== certificate.approvedBy)
  )
    throw wrong('people_differ');
  return said;
};

/** The report of a batch beside the certificates that the log held of it by then. @throws Wrong */
const checkBatch = (
  { index, batchId, report, signed }: Batch,
  log: InLog,
  { certificateKeys }: ErasuresOptions,
): void => {
  // From before reports were signed (ADR 87).
  if (!signed) return;
  if (report === undefined) throw new Wrong('report_false', batchId, index, 'report_malformed');
  const alone = checkReport(report, certificateKeys === undefined ? {} : { certificateKeys });
  if (!alone.ok) throw new Wrong('report_false', batchId, index, alone.code);
  const signatures = new Map(
    log.certified.flatMap((one) =>
      one.certificate !== undefined && one.index < index && log.orderedBy.get(one.erasureId) === batchId
        ? [[one.erasureId, one.certificate.signature] as const]
        : [],
    ),
  );
  if (
    report.batchId !== batchId ||
    report.certificates !== signatures.size ||
    report.certificatesHash !== hashOfCertificates(signatures)
  )
    throw new Wrong('report_differs', batchId, index);
};

/** Ledger and list of the folder beside what services said that they destroyed. @throws Wrong */
const checkLedger = (
  folder: string,
  { destroyed }: InLog,
  sealed: SealedLedger,
  { lastAt, restores }: Facts,
): number => {
  const listed = new Set(readKeyIds(folder));
  const named = new Set(destroyed.flatMap(({ keyIds }) => keyIds));
  for (const { index, erasureId, keyIds } of destroyed) {
    if (index < sealed.covers && !keyIds.every((id) => sealed.at.has(id)))
      throw new Wrong('key_not_anchored', erasureId, index);
    if (!keyIds.every((id) => listed.has(id))) throw new Wrong('key_unlisted', erasureId, index);
  }
  // The list is of when the export ended, the records of when it began; a restore destroys what only the ledger still knows.
  const later = [...listed].filter((id) => !named.has(id));
  const old = later.find((id) => Date.parse(sealed.at.get(id) ?? lastAt) + DAY_MS < Date.parse(lastAt));
  if (old !== undefined && restores === 0) throw new Wrong('key_unexplained', old);
  return later.length;
};

/**
 * Verifies the folder, then gives every erasure in it, in the order of the tree; those under way last.
 * @returns the first thing that is wrong; what was given before it holds by itself
 */
export const listErasures = async (
  folder: string,
  take: (entry: ErasureEntry) => void,
  options: ErasuresOptions = {},
): Promise<ErasuresVerdict> => {
  const verdict = await verifyFolder(folder, options);
  if (!verdict.ok) return { ok: false, finding: verdict.finding };
  const { facts: checked } = verdict;
  const { organisation } = checked;
  const log = erasuresIn(folder, organisation);
  const sealed = ledgerOf(readSeals(folder));
  const notes = new Set(readCheckpoints(folder).map(({ note }) => note));
  const isAnchored = (keyIds: readonly string[]): boolean => keyIds.every((id) => sealed.at.has(id));
  const certifiedEvents = new Set<string>();
  const signedBy = new Set<string>();
  const keys = new Set<string>();
  let unanchored = 0;
  let underWay = 0;
  const give = (entry: ErasureEntry): void => {
    for (const id of entry.keyIds) keys.add(id);
    if (!entry.anchored) unanchored += 1;
    take(entry);
  };
  try {
    for (const one of log.certified) {
      const { eventId } = await checkOne(one, { log, notes, options });
      certifiedEvents.add(eventId);
      const { index, erasureId, certificate } = one;
      if (certificate === undefined) continue;
      const { subject, ground, rule, ruleVersion, keyIds, since, backupsFrom, keyId } = certificate;
      signedBy.add(keyId);
      give({
        index,
        erasureId,
        subject,
        ground,
        rule,
        ruleVersion,
        keyIds,
        unreadableHereSince: since,
        unreadableInBackupsFrom: backupsFrom,
        anchored: isAnchored(keyIds),
      });
    }
    for (const { index, eventId, erasureId, subject, keyIds, destroyedAt } of log.destroyed) {
      if (certifiedEvents.has(eventId)) continue;
      if (!(Date.parse(destroyedAt) + DAY_MS >= Date.parse(checked.lastAt)))
        throw new Wrong('certificate_missing', erasureId, index);
      underWay += 1;
      give({
        index,
        erasureId,
        subject,
        ground: '',
        rule: undefined,
        ruleVersion: undefined,
        keyIds,
        unreadableHereSince: destroyedAt,
        unreadableInBackupsFrom: undefined,
        anchored: isAnchored(keyIds),
      });
    }
    for (const batch of log.batches) checkBatch(batch, log, options);
    const later = checkLedger(folder, log, sealed, checked);
    return {
      ok: true,
      facts: {
        organisation,
        erasures: log.certified.length,
        batches: log.batches.filter(({ signed }) => signed).length,
        underWay,
        keys: keys.size,
        unanchored,
        later,
        certificateKeys: [...signedBy].toSorted(),
        keyKnown: options.certificateKeys !== undefined,
        checked,
      },
    };
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    const { fault, of, index, because } = error;
    return { ok: false, fault, of, index, because };
  }
};
