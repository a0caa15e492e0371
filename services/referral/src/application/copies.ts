import {
  copyGetSchema,
  invalidInput,
  MAX_ATTACHMENT_BYTES,
  type BlobGateway,
  type CopyGateway,
  type OpenedBlob,
  type RequestContext,
} from '@toeverlaat/contracts';
import { streamName, type Rejection } from '@toeverlaat/event-log';
import type { BlobStore, Upload } from '@toeverlaat/sealing';
import {
  admit,
  begin,
  deny,
  fileExtensions,
  freshCaller,
  mediaTypeOf,
  ownPseudonyms,
  refusedGet,
  refusedPut,
  release,
} from '@toeverlaat/service-kit';
import { err, ok, uuidV5, type OrganisationId, type Result } from '@toeverlaat/values';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { readableCopies, receivedCategory, receivedSubject } from '../domain/received/index.js';
import type { CopiedFile } from '../domain/vocabulary.js';
import { readingContext } from './commands.js';
import { loadReceived, relationsToReceived, settleSides, type Core } from './core.js';

const HOUR_MS = 3_600_000;
/** As with uploads of a case: nothing is named that is about to be removed. */
const CLAIMABLE_MS = 23 * HOUR_MS;
const KEPT_MS = 24 * HOUR_MS;

const GET = 'referral.getCopy';

/** What the entry of an attachment says of its bytes, as the case gives it. */
const entrySchema = z.looseObject({ blob: z.string(), size: z.number().int() });

const unavailable = (detail: string): Rejection => ({ kind: 'Unavailable', detail });

/** What a copy belongs to stands in the blob, authenticated: it opens in its own referral and nowhere else. */
const contextOf = (organisation: OrganisationId, referralId: string): string =>
  `${streamName(receivedCategory, organisation, referralId)}/copy`;
const referralIdOf = ({ organisation, context }: Upload): string | undefined => {
  const referralId = /^[^_]*_([^/]+)\/copy$/u.exec(context)?.[1];
  return referralId !== undefined && contextOf(organisation, referralId) === context ? referralId : undefined;
};

/** Hashes and counts what passes through. */
const watched = (content: AsyncIterable<Uint8Array>) => {
  const hash = createHash('sha256');
  let size = 0;
  const passing = async function* (): AsyncGenerator<Uint8Array> {
    for await (const part of content) {
      hash.update(part);
      size += part.length;
      yield part;
    }
  };
  return { content: passing(), seen: () => ({ size, contentHash: hash.digest('hex') }) };
};

/** Where the bytes come from: the service that owns the case, asked in the name of who hands over. */
export type AttachmentSource = Pick<BlobGateway, 'get'>;

/** Copies of attachments: sealed anew for the receiver when a referral is delivered, and given to the receiver. */
export const createCopies = (core: Core, blobs: BlobStore, source: AttachmentSource) => {
  const { runtime } = core;
  const ageOf = ({ at }: Upload): number => Date.parse(runtime.clock.now()) - Date.parse(at);

  /**
   * Takes over the bytes of one attachment. By referral and record: whoever repeats it gets the same blob, until it is named
   * by what is delivered; what nothing names is removed after a day.
   * @param content the entry of the attachment, as its case has it
   */
  const take = async (
    context: RequestContext,
    referralId: string,
    caseId: string,
    record: { readonly recordId: string; readonly content: string },
  ): Promise<Result<CopiedFile, Rejection>> => {
    const { organisation } = context.caller;
    const entry = entrySchema.safeParse(JSON.parse(record.content));
    if (!entry.success) return err({ kind: 'Erased' });
    const belongsTo = contextOf(organisation, referralId);
    const id = uuidV5('copy of attachment', organisation, referralId, record.recordId);
    try {
      const earlier = (await blobs.uploads(organisation, belongsTo)).find((upload) => upload.id === id);
      if (earlier !== undefined && ageOf(earlier) >= CLAIMABLE_MS) await blobs.forgetUpload(earlier);
      const opened = await source.get(context, { caseId, blob: entry.data.blob });
      if (!opened.ok) return opened;
      const { content } = opened.value;
      try {
        const passing = watched(content);
        const stored = await blobs.put(organisation, [receivedSubject(referralId)], belongsTo, passing.content, {
          maxBytes: MAX_ATTACHMENT_BYTES,
          upload: { id, at: runtime.clock.now(), fingerprintKey: await runtime.sealing.fingerprintKey(organisation) },
        });
        if (!stored.ok) return err(refusedPut(stored.error));
        const { size, contentHash } = passing.seen();
        if (size === entry.data.size && stored.value.size === size) return ok({ ...stored.value, contentHash });
        runtime.logger.error('attachment has another size than its case says', { reason: 'size' });
        return err(unavailable('damaged'));
      } finally {
        // Read to its end or not: the file behind it is closed.
        await content[Symbol.asyncIterator]().return?.();
      }
    } catch (error) {
      // The source broke off, or the disk did; a message of theirs is not repeated.
      runtime.logger.warn('attachment not copied', { reason: error instanceof Error ? error.name : 'unknown' });
      return err(unavailable('attachments'));
    }
  };

  const get: CopyGateway['get'] = async (asked, request) => {
    const parsed = copyGetSchema.safeParse({ context: asked, ...request });
    if (!parsed.success) return err(invalidInput(parsed.error));
    const { context, referralId, blob } = parsed.data;
    const fresh = await freshCaller(runtime, context, {
      recordClass: 'referral_received',
      record: referralId,
      query: GET,
    });
    if (!fresh.ok) return fresh;
    const caller = fresh.value;
    const { organisation } = caller;
    const own = await ownPseudonyms(runtime, context, caller);
    if (!own.ok) return own;
    const before = await loadReceived(core, organisation, referralId);
    if (!before.ok && before.error.kind !== 'NotFound') return before;
    const relations = await relationsToReceived(core, context, caller, referralId, before, own.value);
    if (!relations.ok) return relations;
    const admitted = await admit(runtime, context, caller, {
      verb: 'open',
      recordClass: 'referral_received',
      record: referralId,
      query: GET,
      relations: relations.value,
    });
    if (!admitted.ok) return admitted;
    // A withdrawal that stands on the sender's side holds here, even if the process died before it was told.
    const settled = await settleSides(core, organisation, referralId);
    if (!settled.ok) return settled;
    const found = await loadReceived(core, organisation, referralId);
    if (!found.ok) return found;
    const copy = readableCopies(found.value.state).find(({ file }) => file?.blob === blob);
    if (copy === undefined)
      return deny(runtime, context, caller, { recordClass: 'referral_received', record: referralId, query: GET });
    return release(
      runtime,
      context,
      caller,
      {
        recordClass: 'referral_received',
        organisation,
        records: [referralId],
        fields: ['copies'],
        query: GET,
        outcome: 'downloaded',
      },
      async (): Promise<Result<OpenedBlob, Rejection>> => {
        // Read from now on, whatever the sender withdraws later: it stands before a byte leaves.
        const marked = await core.received.execute(
          referralId,
          { type: 'OpenCopies', data: { copyIds: [copy.copyId] } },
          readingContext({ ...context, caller }, referralId),
        );
        if (!marked.ok) return err(marked.rejection);
        const opened = await blobs.get(organisation, blob, contextOf(organisation, referralId));
        if (!opened.ok) {
          if (opened.error.kind !== 'Erased')
            runtime.logger.error('copy of an attachment does not open', { reason: opened.error.kind });
          return err(refusedGet(opened.error));
        }
        const { head, content, end } = await begin(opened.value);
        const mediaType = mediaTypeOf(head);
        if (mediaType === undefined) {
          await end();
          return err(unavailable('damaged'));
        }
        // A neutral name: what lies in a download folder must not tell.
        const name = `${copy.copyId.slice(0, 4)}-${copy.copyId.slice(4, 8)}`.toUpperCase();
        return ok({ mediaType, fileName: `${name}.${fileExtensions[mediaType]}`, content });
      },
    );
  };

  /** Removes copies that no delivery names after a day, of all organisations; gives how many. Any replica may. */
  const removeUnclaimed = async (): Promise<number> => {
    let removed = 0;
    for (const organisation of await blobs.organisationsWithUploads()) {
      for (const upload of await blobs.uploads(organisation)) {
        if (ageOf(upload) < KEPT_MS) continue;
        const referralId = referralIdOf(upload);
        // Of another service that keeps its files in the same store: not ours to judge.
        if (referralId === undefined) continue;
        const loaded = await core.received.load(organisation, referralId);
        // Whether something names it cannot be told now: it stays for the next time.
        if (loaded.kind === 'unavailable') continue;
        const kept =
          loaded.kind === 'loaded' &&
          loaded.state.status !== 'none' &&
          loaded.state.copies.some(({ file }) => file?.blob === upload.blob);
        if (!kept) {
          await blobs.remove(organisation, upload.blob);
          removed += 1;
        }
        await blobs.forgetUpload(upload);
      }
    }
    return removed;
  };

  const gateway: CopyGateway = { get };
  return { take, gateway, removeUnclaimed };
};
export type Copies = ReturnType<typeof createCopies>;
