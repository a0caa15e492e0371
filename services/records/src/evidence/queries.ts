import { decide, purposeAllowed, releaseOpened, verifyCaller } from '@toeverlaat/access';
import {
  evidenceCheckpointQuery,
  evidenceExportQuery,
  evidenceKeysQuery,
  evidenceOfRecordQuery,
  evidenceProofQuery,
  evidenceStatusQuery,
  receiptInclusionQuery,
  type QueryDef,
  type RequestContext,
  type QueryInput,
  type QueryAnswer,
} from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import { TreeDamaged } from '@toeverlaat/merkle';
import { isService, serveQuery, type Awaitable, type Served, type ServiceRuntime } from '@toeverlaat/service-kit';
import { err, ok, type OrganisationId, type Result } from '@toeverlaat/values';
import { scopeFor, type MandatesSource } from '../access/guard.js';
import { entryText } from './blinding.js';
import type { Evidence } from './evidence.js';
import { createExporter } from './export.js';
import { currentCheckpoint } from '../domain/evidence/index.js';
import { EvidenceStopped } from './faults.js';
import { inclusionOf } from './proofs.js';
import { publishedKeys } from './published-keys.js';

type Needs = Pick<ServiceRuntime, 'authority' | 'clock' | 'recorder' | 'sealing'>;

/** Bytes of one page of an export: base64 makes a third more of it. */
const PAGE_BYTES = 512 * 1024;

/** Stands in the history for evidence as a whole, which is no record. */
const ALL = 'evidence';
/** What this organisation does not have, told from a refusal only inside. */
const missing = Symbol('missing');

/**
 * Evidence for those who check: hashes and ciphertext, after the access record, with authority that is checked now
 * (design rules 7 and 11). What is not there is recorded and answered like what is not theirs.
 */
export const evidenceQueries = (runtime: Needs, evidence: Evidence, mandates: MandatesSource) => {
  const exporter = createExporter(evidence);

  const guarded = async <D extends QueryDef>(
    context: RequestContext,
    ask: {
      readonly query: string;
      readonly record: string;
      readonly fields: readonly string[];
      /** It holds the whole access history: an auditor needs a mandate of the whole organisation (ADR 46). */
      readonly whole?: true;
    },
    read: (organisation: OrganisationId) => Promise<QueryAnswer<D> | typeof missing>,
  ): Promise<Result<QueryAnswer<D>, Rejection>> => {
    const { query, record, fields, whole } = ask;
    const { caller, purpose, requestId, correlationId } = context;
    if (!purposeAllowed(caller.role, purpose))
      return err({ kind: 'InvalidInput', field: 'purpose', rule: 'not_of_this_role' });
    const asked = { caller, purpose, recordClass: 'proof' as const, query, requestId, correlationId };
    const refused = async (rejection: Rejection = { kind: 'NotFound' }): Promise<Result<never, Rejection>> => {
      const denied = await runtime.recorder.denied({ ...asked, record });
      return err(denied.ok ? rejection : denied.error);
    };
    const verified = await verifyCaller(runtime.authority, caller, runtime.clock.now());
    if (!verified.ok)
      return verified.error.kind === 'AuthorityUnavailable'
        ? err({ kind: 'Unavailable', detail: 'authority' })
        : refused();
    const { role } = caller;
    if (!decide({ role, verb: 'open', recordClass: 'proof', relation: 'same_organisation' }).allowed) return refused();
    if (whole === true) {
      const scope = await scopeFor(mandates, context, runtime.clock.now());
      if (!scope.ok) return scope;
      if (scope.value === undefined) return refused({ kind: 'RuleRefused', code: 'audit_mandate_needed' });
      if (scope.value.kind !== 'all') return refused({ kind: 'RuleRefused', code: 'outside_audit_mandate' });
    }

    const entry = { ...asked, organisation: caller.organisation, record, fields, outcome: 'opened' as const };
    const released = await releaseOpened(
      runtime.recorder,
      entry,
      async (): Promise<Result<QueryAnswer<D>, Rejection>> => {
        try {
          const answer = await read(caller.organisation);
          return answer === missing ? await refused() : ok(answer);
        } catch (error) {
          // Each leaves nothing half done and is in the status; the cause is for the operator.
          if (error instanceof EvidenceStopped) return err({ kind: 'Unavailable', detail: `evidence: ${error.fault}` });
          if (error instanceof TreeDamaged) return err({ kind: 'Unavailable', detail: 'evidence: tree_differs' });
          throw error;
        }
      },
    );
    return released.ok ? released.value : released;
  };

  return {
    checkpoint: (context: RequestContext) =>
      guarded<typeof evidenceCheckpointQuery>(
        context,
        { query: 'evidenceCheckpoint', record: ALL, fields: ['checkpoint', 'seal'] },
        async (organisation) => {
          const { publisher, streams } = evidence.parts;
          const opened = await publisher.opened(organisation);
          const { log } = opened;
          const { size, root, at, note } = currentCheckpoint(opened) ?? (await evidence.publishNow(organisation));
          const installation = await publisher.installation();
          const state = await streams.installation();
          const seal = state.status === 'open' ? state.newest : undefined;
          return {
            origin: log.origin,
            signers: [...log.signers],
            size,
            root,
            at,
            note,
            installation: { origin: installation.origin, signers: [...installation.signers] },
            seal:
              seal === undefined
                ? null
                : { sequence: seal.sequence, at: seal.at, entry: entryText(seal), note: seal.note },
          };
        },
      ),

    status: (context: RequestContext) =>
      guarded<typeof evidenceStatusQuery>(
        context,
        { query: 'evidenceStatus', record: ALL, fields: ['status'] },
        async (organisation) => {
          const own = await evidence.organisationStatus(organisation);
          const { caughtUp, seals, anchors } = await evidence.status();
          return {
            caughtUp,
            sequenced: own.sequenced,
            integrated: own.integrated,
            published: own.published,
            publishedAt: own.publishedAt ?? null,
            lagSeconds: Math.floor(own.lagMs / 1000),
            stoppedBy: own.fault ?? null,
            seals: seals.count,
            anchors: anchors.map(({ name, sequence, reached }) => ({ name, sequence: sequence ?? null, reached })),
          };
        },
      ),

    proof: (context: RequestContext, { eventId }: QueryInput<typeof evidenceProofQuery>) =>
      guarded<typeof evidenceProofQuery>(
        context,
        { query: 'evidenceProof', record: eventId, fields: ['proof'] },
        async (organisation) => (await inclusionOf(evidence, organisation, eventId)) ?? missing,
      ),

    ofRecord: (context: RequestContext, { record, page }: QueryInput<typeof evidenceOfRecordQuery>) => {
      const from = page.after === undefined ? 0 : /^\d{1,15}$/.test(page.after) ? Number(page.after) : undefined;
      if (from === undefined)
        return Promise.resolve(err<Rejection>({ kind: 'InvalidInput', field: 'page.after', rule: 'not_a_cursor' }));
      return guarded<typeof evidenceOfRecordQuery>(
        context,
        { query: 'evidenceOfRecord', record, fields: ['index', 'leaf'] },
        async (organisation) => {
          const { index, streams } = evidence.parts;
          const state = await streams.evidence(organisation);
          const covered = state.status === 'open' ? (state.newest?.size ?? 0) : 0;
          const found = index.ofRecord(organisation, record, from, page.first + 1);
          const rows = found.slice(0, page.first);
          return {
            rows: rows.map((leaf) => ({
              eventId: leaf.eventId,
              revision: leaf.revision,
              index: leaf.index,
              leaf: Buffer.from(leaf.leaf).toString('hex'),
              published: leaf.index < covered,
            })),
            next: found.length > page.first ? String((rows.at(-1)?.index ?? 0) + 1) : null,
          };
        },
      );
    },

    exported: (context: RequestContext, { after }: QueryInput<typeof evidenceExportQuery>) =>
      guarded<typeof evidenceExportQuery>(
        context,
        { query: 'evidenceExport', record: ALL, fields: ['records', 'checkpoints', 'seals', 'keyIds'], whole: true },
        async (organisation) => {
          const page = await exporter.page(organisation, after, PAGE_BYTES);
          if (page === undefined) return missing;
          return {
            rows: page.parts.map(({ path, begins, bytes }) => ({
              path,
              begins,
              content: Buffer.from(bytes).toString('base64'),
            })),
            next: page.next ?? null,
          };
        },
      ),

    /** Intake has shown that the asker holds the receipt, and records their reading itself. */
    receiptInclusion: async (
      { caller }: RequestContext,
      { eventId }: QueryInput<typeof receiptInclusionQuery>,
    ): Promise<Result<QueryAnswer<typeof receiptInclusionQuery>, Rejection>> => {
      if (!isService(caller, 'intake')) return err({ kind: 'NotFound' });
      try {
        const found = await inclusionOf(evidence, caller.organisation, eventId);
        return ok(found === undefined || found.proof === null ? null : found);
      } catch (error) {
        if (error instanceof EvidenceStopped || error instanceof TreeDamaged)
          return err({ kind: 'Unavailable', detail: 'evidence' });
        throw error;
      }
    },
  };
};

export const servedEvidence = (
  runtime: Needs,
  evidence: Evidence,
  views: Awaitable,
  mandates: MandatesSource,
): readonly Served[] => {
  const queries = evidenceQueries(runtime, evidence, mandates);
  return [
    serveQuery(evidenceCheckpointQuery, queries.checkpoint, views),
    serveQuery(evidenceStatusQuery, queries.status, views),
    serveQuery(evidenceProofQuery, queries.proof, views),
    serveQuery(evidenceOfRecordQuery, queries.ofRecord, views),
    serveQuery(evidenceExportQuery, queries.exported, views),
    serveQuery(receiptInclusionQuery, queries.receiptInclusion),
    serveQuery(evidenceKeysQuery, publishedKeys({ log: evidence.parts.log, sealing: runtime.sealing })),
  ];
};
