import * as c from '@toeverlaat/contracts';
import { addMonths } from '@toeverlaat/legal';
import type { OrganisationId } from '@toeverlaat/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked } from '../../demo/actors.js';
import { playScenario7 } from '../../demo/scenario-7.js';
import { OPEN_MS, refusalOf, twinOf, type OpenTheatre, type Theatre } from './theatre.js';

/** Looks at dates before an erasure that was approved must be completed: each look carries every step that waits. */
const LOOKS = 40;

/** A bus driver is hit (scenario 7): against whatever deployment is opened. */
export const describeScenario7 = (open: OpenTheatre): void => {
  describe('A passenger hits a bus driver (scenario 7)', () => {
    let theatre: Theatre;
    beforeAll(async () => {
      theatre = await open();
    }, OPEN_MS);
    afterAll(() => theatre.close(), OPEN_MS);

    const countedIn = async (organisation: OrganisationId, year: string): Promise<number | null> => {
      const hugo = theatre.as(organisation, 'hugo', 'head_internal_service');
      const { lines } = await asked(hugo, c.statutoryFiguresQuery, { year });
      return lines.find(({ line }) => line === 'register.physical_violence')?.value ?? null;
    };
    const completed = async (organisation: OrganisationId, erasureId: string): Promise<boolean> => {
      const dora = theatre.as(organisation, 'dora', 'data_protection_officer');
      for (let look = 0; look < LOOKS; look += 1) {
        const { rows } = await asked(dora, c.erasuresQuery, { page: { first: 100 } });
        if (rows.some((row) => row.erasureId === erasureId && row.status === 'completed')) return true;
        await theatre.world.timers();
      }
      return false;
    };

    it(
      'stands in the register without a name; five years after the statement it is unreadable, and still counted',
      async () => {
        await theatre.inBoth(async (organisation) => {
          const as = (person: string, role: Parameters<Theatre['as']>[2]) => theatre.as(organisation, person, role);
          const notFound = { kind: 'NotFound' };
          const steps: string[] = [];

          await playScenario7(theatre.world, organisation, async (step, facts) => {
            steps.push(step);
            const { entryId = '', paperId = '', erasureId = '', statementOn = '', paperStatementOn = '' } = facts;
            const karel = as('karel', 'employer');
            const read = (id: string) => karel.query(c.thirdPartyEntryQuery, { entryId: id });
            switch (step) {
              case 'recorded': {
                // Whoever keeps the register and the employer read it, whoever wrote in it; nobody reads who was hit.
                for (const reader of [karel, as('lies', 'counsellor'), as('marc', 'counsellor')]) {
                  const entry = await asked(reader, c.thirdPartyEntryQuery, { entryId });
                  expect(entry).toMatchObject({
                    kinds: ['physical_violence', 'psychological_violence'],
                    capacity: 'passenger',
                    place: 'Halte Korenmarkt, lijn 3',
                    workerName: null,
                    // There whether or not somebody is named, so that it tells nothing.
                    workerId: expect.stringMatching(/^[0-9a-f-]{36}$/),
                    kept: { keptUntil: addMonths(statementOn, 60) },
                  });
                  expect(entry.description).toContain('chauffeur');
                }
                const register = await asked(karel, c.thirdPartyRegisterQuery, {});
                expect(register.rows.map((row) => [row.entryId, row.statementOn, row.kinds?.[0]])).toEqual([
                  [entryId, statementOn, 'physical_violence'],
                  [paperId, paperStatementOn, 'physical_violence'],
                ]);
                expect(await asked(karel, c.thirdPartyEntryQuery, { entryId: paperId })).toMatchObject({
                  workerName: 'M. Peeters',
                  kept: { keptUntil: addMonths(paperStatementOn, 60) },
                });
                // The employer writes nothing in it; for the committee and for workers there is no register.
                expect(
                  await refusalOf(
                    karel.command(c.noteThirdPartyFollowUpCommand, crypto.randomUUID(), {
                      entryId,
                      notedOn: statementOn,
                      words: 'x',
                    }),
                  ),
                ).toMatchObject({ kind: 'NoSuchField' });
                for (const [person, role] of [
                  ['carla', 'committee_member'],
                  ['pieter', 'worker'],
                  ['aude', 'auditor'],
                ] as const)
                  expect(await refusalOf(as(person, role).query(c.thirdPartyEntryQuery, { entryId }))).toMatchObject({
                    kind: 'NoSuchField',
                  });
                // The other organisation, whose people have the same ids, has a register of its own.
                const twin = theatre.as(twinOf(organisation), 'karel', 'employer');
                expect(await refusalOf(twin.query(c.thirdPartyEntryQuery, { entryId }))).toEqual(notFound);
                return;
              }
              case 'followed up': {
                const { followUps } = await asked(karel, c.thirdPartyEntryQuery, { entryId });
                expect(followUps.map(({ words }) => words)).toEqual([expect.stringContaining('lijn 3')]);
                expect(await countedIn(organisation, statementOn.slice(0, 4))).toBe(1);
                expect(await countedIn(organisation, paperStatementOn.slice(0, 4))).toBe(1);
                // The new one is not due for five years.
                const early = as('rik', 'records_manager').command(c.requestErasureCommand, crypto.randomUUID(), {
                  subject: `third_party_entry/${entryId}`,
                  ground: 'retention_rule',
                });
                expect(await refusalOf(early)).toMatchObject({ kind: 'RuleRefused', code: 'not_due' });
                return;
              }
              case 'expired': {
                expect(await completed(organisation, erasureId)).toBe(true);
                // Whichever replica answers: each has dropped the key once it has seen what is in the log by now (ADR 81).
                await theatre.world.settle();
                for (let asking = 0; asking < 4; asking += 1)
                  expect(await refusalOf(read(paperId))).toEqual({ kind: 'Erased' });
                // It alone: the other is as it was, and both are still counted.
                expect(await asked(karel, c.thirdPartyEntryQuery, { entryId })).toMatchObject({
                  capacity: 'passenger',
                });
                const register = await asked(karel, c.thirdPartyRegisterQuery, {});
                expect(register.rows.map((row) => row.entryId)).toEqual([entryId]);
                expect(await countedIn(organisation, paperStatementOn.slice(0, 4))).toBe(1);
                return;
              }
              default:
                return;
            }
          });
          expect(steps).toEqual(['recorded', 'followed up', 'expired']);

          // Each reading is on record.
          const dora = as('dora', 'data_protection_officer');
          await theatre.world.settle();
          const history = await asked(dora, c.accessHistoryOfPeriod, { role: 'employer', page: { first: 100 } });
          expect(history.rows.map(({ recordClass }) => recordClass)).toContain('third_party_entry');
        });
      },
      OPEN_MS,
    );
  });
};
