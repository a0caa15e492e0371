import * as c from '@toeverlaat/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked } from '../../demo/actors.js';
import { broodhuis, filature, holzwerk, zorgnet } from '../../demo/people.js';
import { playScenario9 } from '../../demo/scenarios.js';
import { OPEN_MS, refusalOf, type OpenTheatre, type Theatre } from './theatre.js';

/** An adviser of the external service tries another client (scenario 9): against whatever deployment is opened. */
export const describeScenario9 = (open: OpenTheatre): void => {
  describe('an adviser of the external service tries another client (scenario 9)', () => {
    let theatre: Theatre;
    beforeAll(async () => {
      theatre = await open();
    }, OPEN_MS);
    afterAll(() => theatre.close(), OPEN_MS);

    it('finds nothing; it is on record, and the auditor sees that and no more', async () => {
      const steps: string[] = [];
      await theatre.stage.play([
        async () => {
          const { caseId, requestId } = await playScenario9(theatre.world, (step) => void steps.push(step));
          const under = (organisation: typeof broodhuis, person: string, role: 'counsellor' | 'prevention_adviser') =>
            theatre.world.driver.actor({ as: role, subject: `${person}@zorgnet`, organisation });

          // Under the mandate for the bakery the counsellor reads it, under no other.
          expect(await asked(under(broodhuis, 'lies', 'counsellor'), c.caseByIdQuery, { caseId })).toMatchObject({
            applicantPerson: 'nora',
          });
          const underOtherMandates = [
            under(filature, 'marc', 'prevention_adviser'),
            under(filature, 'sophie', 'counsellor'),
            under(holzwerk, 'eva', 'prevention_adviser'),
            under(broodhuis, 'eva', 'prevention_adviser'),
          ];
          // At home she is a counsellor too: of the service's own workers, not of its clients'.
          const atHome = under(zorgnet, 'lies', 'counsellor');
          for (const actor of [...underOtherMandates, atHome]) {
            expect(await refusalOf(actor.query(c.caseByIdQuery, { caseId }))).toEqual({ kind: 'NotFound' });
            expect(await refusalOf(actor.query(c.requestQuery, { requestId }))).toEqual({ kind: 'NotFound' });
            const { rows } = await asked(actor, c.deskQuery, {});
            expect(rows.map((row) => row.caseId)).not.toContain(caseId);
            if (actor !== atHome) expect(rows).toEqual([]);
          }
          // No mandate, no capacity: there is nothing to choose.
          await expect(
            under(broodhuis, 'marc', 'prevention_adviser').query(c.caseByIdQuery, { caseId }),
          ).rejects.toThrow('NoSuchCapacity');

          // Recorded where the one who tried was acting; shown to that organisation's auditor.
          const auditor = theatre.as(filature, 'aude', 'auditor');
          const denied = await asked(auditor, c.deniedAttempts, { page: { first: 100 } });
          const tried = denied.rows.filter((row) => row.record === caseId || row.record === requestId);
          expect(tried.map((row) => row.recordClass)).toEqual(expect.arrayContaining(['case', 'request']));
          // In whatever order services wrote them down: each is of somebody of the external service, under a mandate.
          expect(new Set(tried.map(({ accessor }) => accessor.role))).toEqual(
            new Set(['prevention_adviser', 'counsellor']),
          );
          for (const { accessor } of tried) {
            expect(accessor.home).toBe('zorgnet');
            expect(accessor.mandate).not.toBeNull();
          }
          expect(JSON.stringify(denied)).not.toMatch(/marc|nora|Nora|nachtploeg|oven|conflict/u);
          // The bakery's auditor sees nothing of the mill's, and none of them content.
          const bakery = await asked(theatre.as(broodhuis, 'aude', 'auditor'), c.deniedAttempts, {
            page: { first: 100 },
          });
          expect(
            bakery.rows.some((row) => row.accessor.role === 'prevention_adviser' && row.record === requestId),
          ).toBe(true);
          expect(JSON.stringify(bakery)).not.toMatch(/nora|Nora|nachtploeg/u);
          expect(await refusalOf(auditor.query(c.caseByIdQuery, { caseId }))).toMatchObject({ kind: 'NoSuchField' });
        },
      ]);
      expect(steps).toEqual(['heard', 'tried']);
    });
  });
};
