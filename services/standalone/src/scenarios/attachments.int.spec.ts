import * as c from '@toeverlaat/contracts';
import { wordingVersion } from '@toeverlaat/legal';
import { newCommandId, type OrganisationId } from '@toeverlaat/values';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose } from '../compose.js';
import { asked } from '../demo/actors.js';
import { createGraphqlDriver } from '../demo/graphql-driver.js';
import { gentia, subjectOf, twins } from '../demo/people.js';
import { putScan, scanOf } from '../demo/steps.js';
import { sceneOf, weeksAgo } from '../demo/world.js';
import { openTheatre, refusalOf, twinOf, type ProductTheatre } from './support.js';

const CANARY = 'kanarie-op-het-blad-51c0';

let theatre: ProductTheatre;
beforeAll(async () => {
  theatre = await openTheatre();
}, 60_000);
afterAll(() => theatre.close());

const blobsIn = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : [];

type Kept = { readonly caseId: string; readonly blob: string };
const kept = new Map<OrganisationId, Kept>();

describe('a scan of a signed document, over HTTP', () => {
  it('is put into a case, named by it, and read by its handler alone', async () => {
    await theatre.inBoth(async (organisation) => {
      const { world } = theatre;
      const scene = sceneOf(world, organisation, 'attachments');
      const day = weeksAgo(world, 1);
      await world.at(day);
      const lies = theatre.as(organisation, 'lies', 'counsellor');
      const caseId = await scene.does(lies, 'open', c.openCaseCommand, {
        identity: 'anonymous',
        site: 'ghent',
        firstContactOn: day,
        language: 'nl',
      });
      await world.settle();
      const upload = await putScan(scene, lies, 'scan', caseId, CANARY);
      // Sent again after a broken connection: the same blob.
      expect(await putScan(scene, lies, 'scan', caseId, CANARY)).toEqual(upload);
      expect(await refusalOf(lies.upload(scene.key('scan'), caseId, scanOf('other words')))).toMatchObject({
        kind: 'CommandIdReused',
      });
      expect(await refusalOf(lies.download(caseId, upload.blob))).toMatchObject({ kind: 'NotFound' });
      await scene.does(lies, 'attach', c.addAttachmentCommand, {
        caseId,
        ...upload,
        kind: 'signed_document',
        name: 'blad 1',
      });
      expect(await lies.download(caseId, upload.blob)).toMatchObject({
        ok: true,
        mediaType: 'application/pdf',
        file: scanOf(CANARY),
      });
      for (const other of [
        theatre.as(organisation, 'sophie', 'counsellor'),
        theatre.as(twinOf(organisation), 'lies', 'counsellor'),
        theatre.as(organisation, 'karel', 'employer'),
        theatre.as(organisation, 'ann', 'administrator'),
      ]) {
        expect(await refusalOf(other.download(caseId, upload.blob))).toMatchObject({ kind: 'NotFound' });
        expect(await refusalOf(other.upload(newCommandId(), caseId, scanOf('x')))).toMatchObject({ kind: 'NotFound' });
      }
      kept.set(organisation, { caseId, blob: upload.blob });
    });
    expect(kept.size).toBe(2);
  }, 60_000);

  it('goes along in a hand-over with its bytes: the receiver fetches a copy of their own, and nobody else', async () => {
    await theatre.inBoth(async (organisation) => {
      const { world } = theatre;
      const scene = sceneOf(world, organisation, 'attachments');
      const lies = theatre.as(organisation, 'lies', 'counsellor');
      const eva = theatre.as(organisation, 'eva', 'prevention_adviser');
      const { caseId = '', blob = '' } = kept.get(organisation) ?? {};
      const { attachments } = await asked(lies, c.caseByIdQuery, { caseId });
      const referralId = await scene.does(lies, 'refer', c.prepareReferralCommand, {
        caseId,
        receiverKind: 'prevention_adviser',
        receiver: { person: 'eva' },
        pickedByWorker: attachments.map(({ attachmentId }) => attachmentId),
      });
      await world.settle();
      const { listHash } = await asked(lies, c.sentReferralQuery, { referralId });
      const onPaper = {
        referralId,
        method: 'paper',
        listHash,
        wordingVersion,
        wordingLanguage: 'nl',
        givenOn: weeksAgo(world, 1),
        holder: 'counsellor',
      } as const;
      // A scan that is not in the case is no evidence: not one of elsewhere, and not one of the other organisation's case.
      for (const evidenceBlob of ['e'.repeat(64), kept.get(twinOf(organisation))?.blob ?? ''])
        expect(
          await lies.command(c.recordReferralConsentCommand, newCommandId(), { ...onPaper, evidenceBlob }),
        ).toMatchObject({ ok: false, refusal: { code: 'consent_evidence_not_in_case' } });
      await scene.does(lies, 'consent', c.recordReferralConsentCommand, { ...onPaper, evidenceBlob: blob });
      await scene.does(lies, 'send', c.sendReferralCommand, { referralId });
      await world.settle();
      const { copies } = await asked(eva, c.receivedReferralQuery, { referralId });
      const file = copies.find(({ kind }) => kind === 'attachment')?.file;
      expect(file?.blob).not.toBe(blob);
      const copy = file?.blob ?? '';
      expect(await eva.download(referralId, copy, 'referral')).toMatchObject({ ok: true, file: scanOf(CANARY) });
      for (const [other, id, wanted] of [
        [lies, referralId, copy],
        [theatre.as(twinOf(organisation), 'eva', 'prevention_adviser'), referralId, copy],
        [theatre.as(organisation, 'karel', 'employer'), referralId, copy],
        [eva, referralId, blob],
        [eva, caseId, copy],
      ] as const)
        expect(await refusalOf(other.download(id, wanted, 'referral'))).toMatchObject({ kind: 'NotFound' });
      expect(await refusalOf(eva.download(caseId, copy))).toMatchObject({ kind: 'NotFound' });
    });
  }, 60_000);

  it('leaves nothing when it is too large', async () => {
    const before = blobsIn(theatre.product.layout.blobs);
    const large = new Uint8Array(c.MAX_ATTACHMENT_BYTES + 1);
    large.set(scanOf('large'));
    const lies = theatre.as(gentia, 'lies', 'counsellor');
    expect(await refusalOf(lies.upload(newCommandId(), kept.get(gentia)?.caseId ?? '', large))).toEqual({
      kind: 'ATTACHMENT_TOO_LARGE',
    });
    expect(blobsIn(theatre.product.layout.blobs).toSorted()).toEqual(before.toSorted());
  });

  it('is there after a restart, and in the clear nowhere', async () => {
    const { settings } = theatre.product;
    await theatre.product.stop();
    for (const file of blobsIn(theatre.data)) {
      const bytes = readFileSync(file);
      for (const form of [CANARY, Buffer.from(CANARY).toString('base64').slice(4, 20)])
        expect({ file, found: bytes.includes(form) }).toEqual({ file, found: false });
    }
    const again = await compose(settings, { timersEveryMs: 0, gateway: { identityCacheMs: 0 } });
    try {
      const { url } = await again.listen();
      const driver = createGraphqlDriver(url);
      for (const organisation of twins) {
        const { caseId = '', blob = '' } = kept.get(organisation) ?? {};
        const lies = driver.actor({ as: 'counsellor', subject: subjectOf('lies', organisation), organisation });
        expect(await lies.download(caseId, blob)).toMatchObject({ ok: true, file: scanOf(CANARY) });
      }
    } finally {
      await again.stop();
    }
  }, 60_000);
});
