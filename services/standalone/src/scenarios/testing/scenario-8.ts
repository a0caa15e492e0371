import * as c from '@toeverlaat/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked } from '../../demo/actors.js';
import { playScenario8 } from '../../demo/scenarios.js';
import { OPEN_MS, refusalOf, twinOf, type OpenTheatre, type Theatre } from './theatre.js';

/** Marc is elected to the committee (scenario 8): against whatever deployment is opened. */
export const describeScenario8 = (open: OpenTheatre): void => {
  describe('Marc is elected to the committee (scenario 8)', () => {
    let theatre: Theatre;
    beforeAll(async () => {
      theatre = await open();
    }, OPEN_MS);
    afterAll(() => theatre.close(), OPEN_MS);

    it('ends his designation; each applicant decides who goes on, and until then nothing moves', async () => {
      await theatre.inBoth(async (organisation) => {
        const as = (person: string, role: Parameters<Theatre['as']>[2]) => theatre.as(organisation, person, role);
        const lies = as('lies', 'counsellor');
        const luc = as('luc', 'counsellor');
        const marc = as('marc', 'counsellor');
        const notFound = { kind: 'NotFound' };
        const steps: string[] = [];

        const played = await playScenario8(theatre.world, organisation, async (step, facts) => {
          steps.push(step);
          const { toSuccessor = '', toAnother = '' } = facts;
          switch (step) {
            case 'heard':
              expect(await asked(marc, c.caseByIdQuery, { caseId: toSuccessor })).toMatchObject({ hearing: 'met' });
              return;
            case 'ended': {
              const cards = await asked(as('fatima', 'worker'), c.counsellorCardsQuery, { siteId: 'ghent' });
              expect(cards.map(({ person }) => person)).not.toContain('marc');
              expect(
                await asked(as('karel', 'employer'), c.designationFileQuery, {
                  designationId: facts['designationId'] ?? '',
                }),
              ).toMatchObject({ status: 'ended', endReason: 'incompatible_function' });
              // Marc is no counsellor any more: the capacity is gone with the designation.
              await expect(marc.query(c.caseByIdQuery, { caseId: toSuccessor })).rejects.toThrow('NoSuchCapacity');
              expect(await refusalOf(lies.query(c.caseByIdQuery, { caseId: toSuccessor }))).toEqual(notFound);
              expect(await asked(as('fatima', 'worker'), c.applicantViewQuery, { caseId: toSuccessor })).toMatchObject({
                handover: 'awaiting_applicant',
              });
              return;
            }
            case 'asked': {
              // The successor sees that somebody waits for an answer, nothing else, and opens nothing.
              const waiting = await asked(luc, c.deskQuery, { queue: 'hand_over' });
              expect(waiting.rows.map(({ caseId }) => caseId).toSorted()).toEqual([toSuccessor, toAnother].toSorted());
              expect(waiting.rows).toMatchObject([
                { site: null, kindOfFacts: null, applicantName: null },
                { site: null, kindOfFacts: null, applicantName: null },
              ]);
              expect(await refusalOf(luc.query(c.caseByIdQuery, { caseId: toSuccessor }))).toEqual(notFound);
              const own = await asked(as('joris', 'worker'), c.applicantViewQuery, { caseId: toAnother });
              expect(own).toMatchObject({ successorNamed: true });
              expect(own.continuationAskedOn).toHaveLength(1);
              return;
            }
            default:
              return;
          }
        });
        expect(steps).toEqual(['heard', 'ended', 'asked', 'decided']);
        const { toSuccessor, toAnother, designationId } = played;

        expect(await asked(luc, c.caseByIdQuery, { caseId: toSuccessor })).toMatchObject({
          applicantPerson: 'fatima',
          handover: 'none',
        });
        expect(await asked(lies, c.caseByIdQuery, { caseId: toAnother })).toMatchObject({ applicantPerson: 'joris' });
        expect(await refusalOf(luc.query(c.caseByIdQuery, { caseId: toAnother }))).toEqual(notFound);
        expect(await refusalOf(lies.query(c.caseByIdQuery, { caseId: toSuccessor }))).toEqual(notFound);
        // Personal notes have no heir.
        expect(await asked(luc, c.personalNotesQuery, { caseId: toSuccessor })).toEqual([]);
        expect(await asked(lies, c.personalNotesQuery, { caseId: toAnother })).toEqual([]);
        const twin = theatre.as(twinOf(organisation), 'luc', 'counsellor');
        expect(await refusalOf(twin.query(c.caseByIdQuery, { caseId: toSuccessor }))).toEqual(notFound);
        // Whoever designates learns of the designation, not of the cases behind it.
        const file = await asked(as('karel', 'employer'), c.designationFileQuery, { designationId });
        expect(JSON.stringify(file)).not.toContain(toSuccessor);
      });
    });
  });
};
