import * as c from '@toeverlaat/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked } from '../../demo/actors.js';
import { playScenario5 } from '../../demo/scenarios.js';
import { OPEN_MS, refusalOf, twinOf, type OpenTheatre, type Theatre } from './theatre.js';

/** Notes of any kind and what was said in the talk: all of it stays with the counsellor. */
const staysBehind = /Niet duwen|Schermafdrukken|verstopt gereedschap|Vernederende berichten/u;

/** Tom goes on to the prevention adviser (scenario 5, up to the hand-over): against whatever deployment is opened. */
export const describeScenario5 = (open: OpenTheatre): void => {
  describe('Tom goes on to the prevention adviser (scenario 5, up to the hand-over)', () => {
    let theatre: Theatre;
    beforeAll(async () => {
      theatre = await open();
    }, OPEN_MS);
    afterAll(() => theatre.close(), OPEN_MS);

    it('hands over two documents with his consent; the notes stay behind', async () => {
      await theatre.inBoth(async (organisation) => {
        const tom = theatre.as(organisation, 'tom', 'worker');
        const lies = theatre.as(organisation, 'lies', 'counsellor');
        const eva = theatre.as(organisation, 'eva', 'prevention_adviser');
        const twin = twinOf(organisation);
        const steps: string[] = [];

        const played = await playScenario5(theatre.world, organisation, async (step, facts) => {
          steps.push(step);
          const { caseId = '', referralId = '' } = facts;
          switch (step) {
            case 'documents': {
              const { documents } = await asked(tom, c.applicantViewQuery, { caseId });
              expect(documents.map(({ kind }) => kind).toSorted()).toEqual([
                'informal_choice',
                'interview_confirmation',
              ]);
              return;
            }
            case 'prepared': {
              // Nothing leaves before Tom agrees, to exactly this list.
              expect(await lies.command(c.sendReferralCommand, crypto.randomUUID(), { referralId })).toMatchObject({
                ok: false,
                refusal: { code: 'consent_required' },
              });
              expect(await refusalOf(eva.query(c.receivedReferralQuery, { referralId }))).toEqual({ kind: 'NotFound' });
              const shown = await asked(tom, c.sentReferralQuery, { referralId });
              expect(shown.records.map(({ kind }) => kind).toSorted()).toEqual([
                'informal_choice',
                'interview_confirmation',
              ]);
              expect(
                await tom.command(c.giveReferralConsentCommand, crypto.randomUUID(), {
                  referralId,
                  listHash: '0'.repeat(64),
                  wordingVersion: shown.wording.version,
                  wordingLanguage: 'nl',
                }),
              ).toMatchObject({ ok: false, refusal: { code: 'consent_to_another_list' } });
              return;
            }
            case 'handed over': {
              const desk = await asked(eva, c.receivedReferralsQuery, {});
              expect(desk.rows).toMatchObject([{ status: 'pending', opened: false }]);
              for (const other of [
                theatre.as(twin, 'eva', 'prevention_adviser'),
                theatre.as(organisation, 'marc', 'counsellor'),
                theatre.as(twin, 'lies', 'counsellor'),
              ])
                expect(await refusalOf(other.query(c.sentReferralQuery, { referralId }))).toEqual({ kind: 'NotFound' });
              expect(
                await refusalOf(
                  theatre.as(organisation, 'karel', 'employer').query(c.sentReferralQuery, { referralId }),
                ),
              ).toMatchObject({ kind: 'NoSuchField' });
              return;
            }
            default:
              return;
          }
        });
        expect(steps).toEqual(['documents', 'prepared', 'handed over', 'accepted']);
        const { caseId, referralId } = played;

        const [row] = (await asked(eva, c.receivedReferralsQuery, {})).rows;
        const received = await asked(eva, c.receivedReferralQuery, { referralId: row?.referralId ?? referralId });
        expect(received.copies.map(({ kind }) => kind).toSorted()).toEqual([
          'informal_choice',
          'interview_confirmation',
        ]);
        expect(received.copies.every(({ content }) => content !== null && content.length > 0)).toBe(true);
        expect(JSON.stringify(received)).not.toMatch(staysBehind);
        // The case itself stays with its handler; the adviser finds no more of it than anybody else.
        expect(await refusalOf(eva.query(c.caseByIdQuery, { caseId }))).toEqual({ kind: 'NotFound' });
        expect(await refusalOf(eva.query(c.personalNotesQuery, { caseId }))).toEqual({ kind: 'NotFound' });
        expect(await asked(lies, c.personalNotesQuery, { caseId })).toHaveLength(1);
        expect(await asked(tom, c.sentReferralQuery, { referralId })).toMatchObject({ status: 'accepted' });
      });
    });
  });
};
