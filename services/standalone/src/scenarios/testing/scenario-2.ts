import * as c from '@toeverlaat/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked } from '../../demo/actors.js';
import { playScenario2 } from '../../demo/scenarios.js';
import { OPEN_MS, refusalOf, twinOf, type OpenTheatre, type Theatre } from './theatre.js';

const words = /Schicht|Spind|nora|Nora|greta|Greta|bullying|eupen/u;

/** Nobody hears Nora by day 10 (scenario 2): against whatever deployment is opened. */
export const describeScenario2 = (open: OpenTheatre): void => {
  describe('nobody hears Nora by day 10 (scenario 2)', () => {
    let theatre: Theatre;
    beforeAll(async () => {
      theatre = await open();
    }, OPEN_MS);
    afterAll(() => theatre.close(), OPEN_MS);

    it('tells the worker first, then whom she named, and nobody a word of content', async () => {
      await theatre.inBoth(async (organisation) => {
        const nora = theatre.as(organisation, 'nora', 'worker');
        const greta = theatre.as(organisation, 'greta', 'counsellor');
        const sophie = theatre.as(organisation, 'sophie', 'counsellor');
        const strangers = [
          theatre.as(organisation, 'lies', 'counsellor'),
          theatre.as(organisation, 'eva', 'prevention_adviser'),
          theatre.as(twinOf(organisation), 'sophie', 'counsellor'),
          theatre.as(twinOf(organisation), 'greta', 'counsellor'),
        ];
        const kindsOf = async (requestId: string): Promise<readonly string[]> =>
          (await asked(nora, c.ownRequestQuery, { requestId })).warnings.map(({ kind }) => kind);
        const rowFor = async (requestId: string) =>
          (await asked(sophie, c.requestsQuery, {})).rows.find((row) => row.requestId === requestId);
        const steps: string[] = [];

        const played = await playScenario2(theatre.world, organisation, async (step, facts) => {
          steps.push(step);
          const { requestId = '' } = facts;
          for (const stranger of strangers) {
            expect(await refusalOf(stranger.query(c.requestQuery, { requestId }))).toEqual({ kind: 'NotFound' });
            const list = await asked(stranger, c.requestsQuery, {});
            expect(list.rows.some((row) => row.requestId === requestId)).toBe(false);
          }
          for (const [person, role] of [
            ['karel', 'employer'],
            ['ann', 'administrator'],
            ['carla', 'committee_member'],
          ] as const)
            expect(await refusalOf(theatre.as(organisation, person, role).query(c.requestsQuery, {}))).toMatchObject({
              kind: 'NoSuchField',
            });
          switch (step) {
            case 'sent':
              expect(await rowFor(requestId)).toBeUndefined();
              return;
            case 'absent': {
              // At the card it shows, for everybody alike, and stops new requests.
              const cards = await asked(nora, c.counsellorCardsQuery, { siteId: 'eupen' });
              expect(cards.find(({ person }) => person === 'greta')).toMatchObject({ absent: true });
              expect(await kindsOf(requestId)).toEqual([]);
              return;
            }
            case 'time short':
              expect(await kindsOf(requestId)).toEqual(['time_running_short']);
              expect(await rowFor(requestId)).toBeUndefined();
              return;
            case 'escalated': {
              expect(await kindsOf(requestId)).toEqual(['time_running_short', 'escalated']);
              const row = await rowFor(requestId);
              expect(row).toMatchObject({ escalated: true, hearing: 'awaited' });
              expect(JSON.stringify(row)).not.toMatch(words);
              // The term, and not the request.
              expect(await refusalOf(sophie.query(c.requestQuery, { requestId }))).toEqual({ kind: 'NotAllowed' });
              expect(
                await refusalOf(sophie.command(c.acceptRequestCommand, crypto.randomUUID(), { requestId })),
              ).toEqual({ kind: 'NotFound' });
              return;
            }
            case 'missed':
              expect(await kindsOf(requestId)).toEqual(['time_running_short', 'escalated', 'term_missed']);
              expect(await rowFor(requestId)).toMatchObject({ hearing: 'missed', escalated: true });
              expect(await asked(nora, c.ownRequestQuery, { requestId })).toMatchObject({ hearing: 'missed' });
              return;
            default:
              return;
          }
        });
        expect(steps).toEqual(['sent', 'absent', 'time short', 'escalated', 'missed', 'heard late']);
        const { caseId, hearingDueOn, requestId } = played;

        // Heard at last: it explains the missed term and does not erase it.
        const opened = await asked(greta, c.caseByIdQuery, { caseId });
        expect(opened).toMatchObject({ hearingDueOn, hearing: 'missed', kindOfFacts: 'bullying', site: 'eupen' });
        expect(opened.hearingHeldOn).not.toBeNull();
        expect(opened.flags).toContain('term_missed');
        expect(await refusalOf(sophie.query(c.caseByIdQuery, { caseId }))).toEqual({ kind: 'NotFound' });
        expect(await asked(nora, c.ownRequestQuery, { requestId })).toMatchObject({
          status: 'accepted',
          hearing: 'missed',
        });

        const denied = await asked(theatre.as(organisation, 'aude', 'auditor'), c.deniedAttempts, {
          page: { first: 100 },
        });
        expect(denied.rows.length).toBeGreaterThan(0);
        expect(JSON.stringify(denied)).not.toMatch(words);
      });
    });
  });
};
