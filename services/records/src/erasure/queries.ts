import type {
  erasureCertificateQuery,
  ErasureRow,
  erasuresQuery,
  RequestContext,
  QueryInput,
  QueryAnswer,
} from '@toeverlaat/contracts';
import { renderPdf } from '@toeverlaat/documents';
import { streamName, type EventLog, type Rejection } from '@toeverlaat/event-log';
import { erasurePartCategory, type ServiceRuntime } from '@toeverlaat/service-kit';
import { canonicalJson, err, localDateOf, ok, sha256Hex, type OrganisationId, type Result } from '@toeverlaat/values';
import { readPage, type OrderColumn, type SqlRow, type SqlValue, type ViewReader } from '@toeverlaat/views';
import { certificateSubject, erasureCategory, erasureCodec, erasureIdOf } from '../domain/erasure/index.js';
import { certificateBytes, type SignedCertificate } from './certificate.js';
import { guardedErasures, ofCaller } from './guarded.js';
import { certificateDocument } from './words.js';

export type ErasureQueriesNeeds = Pick<ServiceRuntime, 'authority' | 'recorder' | 'clock'> & {
  readonly log: Pick<EventLog, 'readStream'>;
  readonly reader: ViewReader;
};

const NEWEST_FIRST: readonly OrderColumn[] = [
  { column: 'requested_at', direction: 'desc' },
  { column: 'erasure_id', direction: 'desc' },
];

const textOrNull = (value: SqlValue | undefined): string | null =>
  value === null || value === undefined ? null : String(value);

const rowOf = (row: SqlRow): ErasureRow => ({
  erasureId: String(row['erasure_id']),
  subject: String(row['subject']),
  service: String(row['service']) as ErasureRow['service'],
  ground: String(row['ground']) as ErasureRow['ground'],
  rule: textOrNull(row['rule']),
  ruleVersion: row['rule_version'] === null ? null : Number(row['rule_version']),
  keptUntil: textOrNull(row['kept_until']),
  status: String(row['status']) as ErasureRow['status'],
  heldBack: textOrNull(row['held_back']),
  requestedBy: String(row['requested_by']),
  requestedAt: String(row['requested_at']),
  approvedBy: textOrNull(row['approved_by']),
  completedAt: textOrNull(row['completed_at']),
});

/** What the log says of a completed erasure: the certificate exactly as it was signed. */
export const signedCertificateOf = async (
  log: Pick<EventLog, 'readStream'>,
  organisation: OrganisationId,
  erasureId: string,
): Promise<SignedCertificate | undefined> => {
  const recorded = await log.readStream(streamName(erasureCategory, organisation, erasureId), {
    direction: 'backwards',
    limit: 1,
  });
  const [last] = recorded;
  const completed = last === undefined ? undefined : erasureCodec.decodeStored(last);
  if (completed?.type !== 'ErasureCompleted') return undefined;
  return {
    certificate: completed.data.certificate,
    signature: completed.data.signature,
  };
};

/** The register of erasures and their certificates, for those who oversee them; what they read is recorded. */
export const createErasureQueries = (needs: ErasureQueriesNeeds) => {
  const { reader, log } = needs;

  const guarded = guardedErasures(needs);

  const erasures = (
    context: RequestContext,
    asked: QueryInput<typeof erasuresQuery>,
  ): Promise<Result<QueryAnswer<typeof erasuresQuery>, Rejection>> =>
    guarded(context, 'list', 'erasures', 'records.erasures', ofCaller, (organisation) => {
      const { status, page } = asked;
      const found = readPage<SqlRow>(reader, {
        select: 'SELECT * FROM erasures',
        where: status === undefined ? 'organisation = ?' : 'organisation = ? AND status = ?',
        params: status === undefined ? [organisation] : [organisation, status],
        order: NEWEST_FIRST,
        limit: page.first,
        cursor: page.after,
      });
      return Promise.resolve(
        found.ok
          ? ok({ rows: found.value.rows.map(rowOf), next: found.value.next ?? null })
          : err<Rejection>({
              kind: 'InvalidInput',
              field: found.error.field === 'cursor' ? 'page.after' : 'page.first',
              rule: found.error.rule,
            }),
      );
    });

  /** Its own term is over, and two people had it ended: its bytes are a leaf of the log, and nobody is given them here. */
  const isEnded = async (organisation: OrganisationId, erasureId: string): Promise<boolean> => {
    const own = erasureIdOf(organisation, certificateSubject(erasureId));
    const part = streamName(erasurePartCategory('records'), organisation, own);
    return (await log.readStream(part, { limit: 1 })).length > 0;
  };

  const certificate = (
    context: RequestContext,
    { erasureId, language }: QueryInput<typeof erasureCertificateQuery>,
  ): Promise<Result<QueryAnswer<typeof erasureCertificateQuery>, Rejection>> =>
    guarded(
      context,
      'open',
      erasureId,
      'records.erasureCertificate',
      (organisation) => signedCertificateOf(log, organisation, erasureId),
      async (signed) => {
        if (await isEnded(signed.certificate.organisation as OrganisationId, erasureId)) return err({ kind: 'Erased' });
        const pdf = await renderPdf({
          document: certificateDocument(signed, language ?? context.language),
          hash: sha256Hex(Buffer.from(certificateBytes(signed.certificate)).toString('utf8')),
          madeOn: localDateOf(signed.certificate.issuedAt),
        });
        return ok({
          erasureId,
          fileName: `erasure-${erasureId.slice(0, 8)}`,
          signed: canonicalJson(signed),
          pdf: Buffer.from(pdf).toString('base64'),
        });
      },
    );

  return { erasures, certificate };
};
