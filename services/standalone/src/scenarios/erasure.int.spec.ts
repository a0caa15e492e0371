import * as c from '@toeverlaat/contracts';
import { erasureCertificateQuery, erasuresQuery } from '@toeverlaat/contracts';
import type { OrganisationId } from '@toeverlaat/values';
import { verifyCertificate } from '@toeverlaat/verify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differs, rebuildViews } from '../commands/views.js';
import { asked } from '../demo/actors.js';
import { playScenario3 } from '../demo/scenarios.js';
import { openTheatre, refusalOf, twinOf, type ProductTheatre } from './support.js';
import { OPEN_MS } from './testing/theatre.js';

describe('a closed case is erased on request, and provably so', () => {
  let theatre: ProductTheatre;
  beforeAll(async () => {
    theatre = await openTheatre();
  }, OPEN_MS);
  afterAll(() => theatre.close(), OPEN_MS);

  const settle = async (): Promise<void> => {
    await theatre.product.runTimers();
    expect(await theatre.product.whenSettled(30_000)).toBe(true);
  };
  const statusOf = async (organisation: OrganisationId, erasureId: string) => {
    const register = await asked(theatre.as(organisation, 'dora', 'data_protection_officer'), erasuresQuery, {
      page: { first: 100 },
    });
    return register.rows.find((row) => row.erasureId === erasureId);
  };

  it('needs two people, waits for a hold, and leaves a certificate that checks', async () => {
    await theatre.inBoth(async (organisation) => {
      const twin = twinOf(organisation);
      const rik = theatre.as(organisation, 'rik', 'records_manager');
      const dora = theatre.as(organisation, 'dora', 'data_protection_officer');
      const aude = theatre.as(organisation, 'aude', 'auditor');
      const sophie = theatre.as(organisation, 'sophie', 'counsellor');
      const { caseId } = await playScenario3(theatre.world, organisation, () => Promise.resolve());
      expect((await asked(sophie, c.caseByIdQuery, { caseId })).status).toBe('closed');
      await settle();

      const subject = `case/${caseId}`;
      const request = (ground: 'retention_rule' | 'data_subject_request', key: string = crypto.randomUUID()) =>
        rik.command(c.requestErasureCommand, key, { subject, ground });
      const key = crypto.randomUUID();
      // Ten years have not passed.
      expect(await refusalOf(request('retention_rule'))).toMatchObject({ kind: 'RuleRefused', code: 'not_due' });
      const requested = await request('data_subject_request', key);
      if (!requested.ok) throw new Error(requested.refusal.kind);
      const erasureId = requested.id;
      // Nobody is their own second person; and elsewhere there is no such thing.
      const approve = (who: typeof rik) =>
        who.command(c.approveErasuresCommand, crypto.randomUUID(), { erasureIds: [erasureId] });
      expect(await refusalOf(approve(rik))).toMatchObject({ code: 'erasure_second_person' });
      expect(await refusalOf(approve(theatre.as(twin, 'dora', 'data_protection_officer')))).toEqual({
        kind: 'NotFound',
      });
      expect((await asked(sophie, c.caseByIdQuery, { caseId })).caseId).toBe(caseId);

      const kept = await asked(rik, c.keptRecordQuery, { record: caseId });
      // Both sides are told until when it is kept, and why.
      const jean = theatre.as(organisation, 'jean', 'worker');
      const sides = async () => ({
        counsellor: (await asked(sophie, c.caseByIdQuery, { caseId })).kept,
        applicant: (await asked(jean, c.applicantViewQuery, { caseId })).kept,
      });
      const before = await sides();
      expect(before.counsellor).toMatchObject({ keptUntil: kept.keptUntil, held: false, because: 'closed' });
      expect(before.applicant).toMatchObject({ keptUntil: kept.keptUntil, because: 'closed' });
      expect(before.applicant).not.toHaveProperty('held');

      const held = await rik.command(c.placeLegalHold, crypto.randomUUID(), {
        scope: 'records',
        kept: [kept.keptId],
        reviewOn: '2027-06-01',
        reason: 'De inspectie vraagt het dossier te bewaren.',
      });
      if (!held.ok) throw new Error(held.refusal.kind);
      expect(await refusalOf(approve(dora))).toBeUndefined();
      await settle();
      // A hold shows to the controller's side; to the other nothing differs from before.
      const after = await sides();
      expect(after.counsellor).toMatchObject({ held: true, because: 'hold_placed' });
      expect(after.applicant).toEqual(before.applicant);
      expect(await statusOf(organisation, erasureId)).toMatchObject({ status: 'approved', heldBack: 'record_on_hold' });
      expect((await asked(sophie, c.caseByIdQuery, { caseId })).status).toBe('closed');

      const lifted = await rik.command(c.liftLegalHold, crypto.randomUUID(), {
        holdId: held.id,
        motive: 'De inspectie is klaar.',
      });
      expect(lifted.ok).toBe(true);
      await settle();
      await settle();
      expect(await statusOf(organisation, erasureId)).toMatchObject({ status: 'completed', heldBack: null });

      // The request that comes again is answered as the first time; another is told that there is nothing left.
      expect(await request('data_subject_request', key)).toMatchObject({ ok: true, id: erasureId });
      expect(await refusalOf(request('retention_rule', key))).toMatchObject({ kind: 'CommandIdReused' });
      expect(await refusalOf(request('data_subject_request'))).toEqual({ kind: 'Erased' });

      // Gone for everybody; who handled it is told that it is.
      expect(await refusalOf(sophie.query(c.caseByIdQuery, { caseId }))).toEqual({ kind: 'Erased' });
      expect(
        await refusalOf(theatre.as(organisation, 'jean', 'worker').query(c.applicantViewQuery, { caseId })),
      ).toEqual({ kind: 'NotFound' });
      const desk = await asked(sophie, c.deskQuery, { first: 100 });
      expect(desk.rows.map((row) => row.caseId)).not.toContain(caseId);

      const file = await asked(aude, erasureCertificateQuery, { erasureId, language: 'fr' });
      expect(Buffer.from(file.pdf, 'base64').subarray(0, 5).toString()).toBe('%PDF-');
      expect(await verifyCertificate(file.signed)).toMatchObject({ ok: true, subject, checkpoints: 'unchecked' });
      const { certificate } = JSON.parse(file.signed) as { certificate: { checkpointAfter: string } };
      expect(certificate.checkpointAfter).toContain(`/${organisation}\n`);
    });
  });

  it('stays erased when every view is built again from the log', async () => {
    await theatre.product.stop();
    const built = await rebuildViews(theatre.data);
    expect(built.length).toBeGreaterThan(6);
    expect(built.filter(differs)).toEqual([]);
  });
});
