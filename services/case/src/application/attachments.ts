import {
  blobGetSchema,
  blobPutSchema,
  invalidInput,
  isAttachedQuery,
  MAX_ATTACHMENT_BYTES,
  type BlobGateway,
  type OpenedBlob,
  type RequestContext,
} from '@toeverlaat/contracts';
import { streamName, type Rejection } from '@toeverlaat/event-log';
import type { BlobStore, Upload } from '@toeverlaat/sealing';
import {
  admit,
  begin,
  fileExtensions,
  mediaTypeOf,
  refusedGet,
  refusedPut,
  release,
  serveQuery,
} from '@toeverlaat/service-kit';
import { err, ok, uuidV5, type OrganisationId, type Result } from '@toeverlaat/values';
import { caseCategory, caseSubject } from '../domain/case/index.js';
import {
  authorise,
  caseNumberOf,
  NOT_FOUND,
  participantOf,
  unavailable,
  type Asking,
  type CaseCore,
  type ExistingCase,
} from './core.js';

const HOUR_MS = 3_600_000;
/**
 * How long an upload can be referred to, and when one that nothing refers to is removed. The hour between keeps the removal
 * from meeting a command that has just looked.
 */
const CLAIMABLE_MS = 23 * HOUR_MS;
const KEPT_MS = 24 * HOUR_MS;
/** Uploads of one case that nothing refers to yet: a bound on what one caller can fill the disk with. */
const MOST_WAITING = 20;

const PUT = 'case.putAttachment';
const GET = 'case.getAttachment';

/** What a blob belongs to stands in the blob, authenticated: it opens in its own case and nowhere else. */
const contextOf = (organisation: OrganisationId, caseId: string): string =>
  `${streamName(caseCategory, organisation, caseId)}/attachment`;
const caseIdOf = ({ organisation, context }: Upload): string | undefined => {
  const caseId = /^[^_]*_([^/]+)\/attachment$/u.exec(context)?.[1];
  return caseId !== undefined && contextOf(organisation, caseId) === context ? caseId : undefined;
};

type Reference = { readonly blob: string; readonly id: string; readonly field: 'attachments' | 'documents.signatures' };
const referencesOf = (state: ExistingCase): readonly Reference[] => [
  ...Object.entries(state.attachments).map(([id, { blob }]) => ({ blob, id, field: 'attachments' as const })),
  ...Object.entries(state.documents).flatMap(([id, { signatures }]) =>
    Object.values(signatures).map(({ evidenceBlob }) => ({
      blob: evidenceBlob,
      id,
      field: 'documents.signatures' as const,
    })),
  ),
];

export type Attachments = ReturnType<typeof createAttachments>;

/** The blobs that a case refers to: its attachments and what its documents were signed with. */
export const attachedBlobs = (state: ExistingCase): readonly string[] => [
  ...new Set(referencesOf(state).map(({ blob }) => blob)),
];

/** Sealed attachments of cases: what goes in, what refers to it, what comes out, what is removed. */
export const createAttachments = (core: CaseCore, blobs: BlobStore) => {
  const { runtime } = core;
  const ageOf = ({ at }: Upload): number => Date.parse(runtime.clock.now()) - Date.parse(at);

  const put: BlobGateway['put'] = async (asked, { content, ...request }) => {
    const parsed = blobPutSchema.safeParse({ context: asked, ...request });
    if (!parsed.success) return err(invalidInput(parsed.error));
    const { context, commandId, caseId, mediaType } = parsed.data;
    const asking: Asking = { verb: 'create', recordClass: 'attachment', name: PUT };
    const authorised = await authorise(core, context, asking, caseId);
    if (!authorised.ok) return authorised;
    const { caller, state } = authorised.value;
    if (state.status === 'closed') return err({ kind: 'RuleRefused', code: 'case_closed' });
    const { organisation } = caller;
    const belongsTo = contextOf(organisation, caseId);
    const id = uuidV5('upload', organisation, caseId, commandId);
    try {
      const waiting = await blobs.uploads(organisation, belongsTo);
      const referred = new Set(referencesOf(state).map(({ blob }) => blob));
      if (
        !waiting.some((upload) => upload.id === id) &&
        waiting.filter(({ blob }) => !referred.has(blob)).length >= MOST_WAITING
      )
        return err({ kind: 'InvalidInput', field: 'content', rule: 'too_many', params: { limit: MOST_WAITING } });
      const fingerprintKey = await runtime.sealing.fingerprintKey(organisation);
      const begun = await begin(content);
      if (begun.head.length === 0) return err({ kind: 'InvalidInput', field: 'content', rule: 'too_small' });
      if (mediaTypeOf(begun.head) !== mediaType) {
        await begun.end();
        return err({ kind: 'InvalidInput', field: 'mediaType', rule: 'not_the_content' });
      }
      const stored = await blobs.put(organisation, [caseSubject(caseId)], belongsTo, begun.content, {
        maxBytes: MAX_ATTACHMENT_BYTES,
        upload: { id, at: runtime.clock.now(), fingerprintKey },
      });
      return stored.ok ? stored : err(refusedPut(stored.error));
    } catch (error) {
      // The sender broke off, or the disk did; a message of theirs is not repeated.
      runtime.logger.warn('upload not taken in', { reason: error instanceof Error ? error.name : 'unknown' });
      return err(unavailable('attachments'));
    }
  };

  const get: BlobGateway['get'] = async (asked, request) => {
    const parsed = blobGetSchema.safeParse({ context: asked, ...request });
    if (!parsed.success) return err(invalidInput(parsed.error));
    const { context, caseId, blob } = parsed.data;
    const asking: Asking = { verb: 'open', recordClass: 'attachment', name: GET };
    const authorised = await authorise(core, context, asking, caseId);
    if (!authorised.ok) return authorised;
    const { caller, state } = authorised.value;
    const found = referencesOf(state).find((reference) => reference.blob === blob);
    if (found === undefined) return notThere(context, authorised.value.caller, asking, caseId);
    const { organisation } = caller;
    return release(
      runtime,
      context,
      caller,
      {
        recordClass: asking.recordClass,
        organisation,
        records: [caseId],
        fields: [found.field],
        query: GET,
        outcome: 'downloaded',
        participant: participantOf(state, caller),
      },
      async (): Promise<Result<OpenedBlob, Rejection>> => {
        const opened = await blobs.get(organisation, blob, contextOf(organisation, caseId));
        if (!opened.ok) {
          if (opened.error.kind !== 'Erased')
            runtime.logger.error('attachment does not open', { reason: opened.error.kind });
          return err(refusedGet(opened.error));
        }
        const { head, content, end } = await begin(opened.value);
        const mediaType = mediaTypeOf(head);
        if (mediaType === undefined) {
          await end();
          return err(unavailable('damaged'));
        }
        return ok({ mediaType, fileName: `${caseNumberOf(found.id)}.${fileExtensions[mediaType]}`, content });
      },
    );
  };

  /** Not of this case, or nowhere: one answer, recorded as any other attempt (design rules 7 and 10). */
  const notThere = async (
    context: RequestContext,
    caller: Parameters<typeof admit>[2],
    asking: Asking,
    caseId: string,
  ): Promise<Result<never, Rejection>> => {
    const admitted = await admit(runtime, context, caller, {
      verb: asking.verb,
      recordClass: asking.recordClass,
      record: caseId,
      query: asking.name,
      relations: [],
    });
    return err(admitted.ok ? NOT_FOUND : admitted.error);
  };

  /**
   * Whether a command may refer to a blob: it was put into this very case, not long ago, or the case refers to it already.
   * @param size bytes as the command says; undefined where it says nothing
   */
  const known = async (
    organisation: OrganisationId,
    caseId: string,
    state: ExistingCase,
    blob: string,
    size?: number,
  ): Promise<Result<boolean, Rejection>> => {
    const attached = Object.values(state.attachments).some(
      (each) => each.blob === blob && (size === undefined || each.size === size),
    );
    const signed = size === undefined && referencesOf(state).some((reference) => reference.blob === blob);
    if (attached || signed) return ok(true);
    const belongsTo = contextOf(organisation, caseId);
    try {
      const claimable = (await blobs.uploads(organisation, belongsTo)).some(
        (upload) =>
          upload.blob === blob && (size === undefined || upload.size === size) && ageOf(upload) < CLAIMABLE_MS,
      );
      if (!claimable) return ok(false);
      const opened = await blobs.get(organisation, blob, belongsTo);
      if (opened.ok) {
        await opened.value[Symbol.asyncIterator]().return?.();
        return ok(true);
      }
      return opened.error.kind === 'NotFound' || opened.error.kind === 'Tampered'
        ? ok(false)
        : err(refusedGet(opened.error));
    } catch {
      return err(unavailable('attachments'));
    }
  };

  /** Removes uploads that nothing refers to after a day, of all organisations; gives how many. Any replica may. */
  const removeUnclaimed = async (): Promise<number> => {
    let removed = 0;
    for (const organisation of await blobs.organisationsWithUploads()) {
      for (const upload of await blobs.uploads(organisation)) {
        if (ageOf(upload) < KEPT_MS) continue;
        const caseId = caseIdOf(upload);
        // Of another service that keeps its files in the same store: not ours to judge.
        if (caseId === undefined) continue;
        const loaded = await core.cases.load(organisation, caseId);
        // Whether something refers to it cannot be told now: it stays for the next time.
        if (loaded.kind === 'unavailable') continue;
        const kept =
          loaded.kind === 'loaded' &&
          loaded.state.status !== 'absent' &&
          referencesOf(loaded.state).some(({ blob }) => blob === upload.blob);
        if (!kept) {
          await blobs.remove(organisation, upload.blob);
          removed += 1;
        }
        await blobs.forgetUpload(upload);
      }
    }
    return removed;
  };

  /** Asked in the name of who handles the case: an attachment of it, whose bytes are there to be read. */
  const isAttached = serveQuery(isAttachedQuery, async (context, { caseId, blob }) => {
    const asking: Asking = { verb: 'open', recordClass: 'attachment', name: isAttachedQuery.pattern };
    const authorised = await authorise(core, context, asking, caseId);
    if (!authorised.ok) return authorised;
    const { caller, state, relations } = authorised.value;
    if (!relations.includes('handler')) return notThere(context, caller, asking, caseId);
    if (!Object.values(state.attachments).some((each) => each.blob === blob)) return ok({ attached: false });
    const opened = await blobs.get(caller.organisation, blob, contextOf(caller.organisation, caseId));
    if (opened.ok) {
      await opened.value[Symbol.asyncIterator]().return?.();
      return ok({ attached: true });
    }
    return opened.error.kind === 'KeyUnavailable' ? err(refusedGet(opened.error)) : ok({ attached: false });
  });

  const gateway: BlobGateway = { put, get };
  return { gateway, known, removeUnclaimed, served: [isAttached] as const };
};
