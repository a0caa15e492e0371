import * as c from '@toeverlaat/contracts';
import { verifyCertificate } from '@toeverlaat/verify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked } from '../../demo/actors.js';
import { playKeeping } from '../../demo/keeping.js';
import { OPEN_MS, refusalOf, twinOf, type OpenTheatre, type Theatre } from './theatre.js';

/** What becomes of records: rules changed by two people, a hold, an erasure; against whatever deployment is opened. */
export const describeKeeping = (open: OpenTheatre): void => {
  describe('records are kept by a rule, held, and erased with a certificate', () => {
    let theatre: Theatre;
    beforeAll(async () => {
      theatre = await open();
    }, OPEN_MS);
    afterAll(() => theatre.close(), OPEN_MS);

    it(
      'shows each of these to whoever it concerns, in one of two organisations of the same ids',
      async () => {
        await theatre.inBoth(async (organisation) => {
          const rik = theatre.as(organisation, 'rik', 'records_manager');
          const carla = theatre.as(organisation, 'carla', 'committee_member');
          const aude = theatre.as(organisation, 'aude', 'auditor');
          const lies = theatre.as(organisation, 'lies', 'counsellor');
          const steps: string[] = [];

          const facts = await playKeeping(theatre.world, organisation, async (step, { proposalId = '' }) => {
            steps.push(step);
            if (step !== 'simulated') return;
            const report = await asked(rik, c.retentionReportQuery, { proposalId });
            expect(report.lines.map(({ recordClass, after }) => [recordClass, after.period])).toContainEqual([
              'informal_case',
              'P12Y',
            ]);
            // Who proposed is not the second person.
            expect(
              await refusalOf(rik.command(c.activateRetentionRules, crypto.randomUUID(), { proposalId })),
            ).toMatchObject({ code: 'second_person_needed' });
          });
          expect(steps).toEqual(['simulated', 'activated', 'held', 'asked', 'erased']);
          const { proposalId, holdId, heldAdviceId, erasedAdviceId, erasureId } = facts;

          // The committee is informed, with the hash of what was simulated; it sees no record.
          const changes = await asked(carla, c.retentionChangesQuery, {});
          const { hash } = await asked(rik, c.retentionReportQuery, { proposalId });
          expect(changes).toMatchObject([
            {
              proposalId,
              status: 'activated',
              proposedAs: 'records_manager',
              activatedAs: 'counsellor',
              reportHash: hash,
            },
          ]);
          expect(await refusalOf(carla.query(c.keptRecordQuery, { record: heldAdviceId }))).toMatchObject({
            kind: 'NoSuchField',
          });

          expect(await asked(rik, c.keptRecordQuery, { record: heldAdviceId })).toMatchObject({
            state: 'held',
            holds: [holdId],
          });
          expect(
            await refusalOf(
              rik.command(c.requestErasureCommand, crypto.randomUUID(), {
                subject: `advice/${heldAdviceId}`,
                ground: 'data_subject_request',
              }),
            ),
          ).toMatchObject({ code: 'record_on_hold' });

          const listed = (await asked(lies, c.adviceContactsQuery, {})).rows.map(({ adviceId }) => adviceId);
          expect(listed).toContain(heldAdviceId);
          expect(listed).not.toContain(erasedAdviceId);
          expect(await refusalOf(rik.query(c.keptRecordQuery, { record: erasedAdviceId }))).toEqual({ kind: 'Erased' });

          const register = await asked(aude, c.erasuresQuery, { page: { first: 100 } });
          expect(register.rows.find((row) => row.erasureId === erasureId)).toMatchObject({
            subject: `advice/${erasedAdviceId}`,
            ground: 'data_subject_request',
            status: 'completed',
          });
          const file = await asked(aude, c.erasureCertificateQuery, { erasureId, language: 'nl' });
          expect(await verifyCertificate(file.signed)).toMatchObject({ ok: true, subject: `advice/${erasedAdviceId}` });
          const elsewhere = theatre.as(twinOf(organisation), 'aude', 'auditor');
          expect(await refusalOf(elsewhere.query(c.erasureCertificateQuery, { erasureId }))).toEqual({
            kind: 'NotFound',
          });
        });
      },
      OPEN_MS,
    );
  });
};
