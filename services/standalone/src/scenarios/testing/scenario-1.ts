import * as c from '@toeverlaat/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked } from '../../demo/actors.js';
import { playScenario1 } from '../../demo/scenarios.js';
import { OPEN_MS, refusalOf, twinOf, type OpenTheatre, type Theatre } from './theatre.js';

/** What nobody but applicant and counsellor may ever be shown. */
const words = /leidinggevende haalt|Oogt vermoeid|afgebroken|pieter|Pieter|Lies|lies@/u;

/** Pieter is heard by Lies (scenario 1): against whatever deployment is opened. */
export const describeScenario1 = (open: OpenTheatre): void => {
  describe('Pieter is heard by Lies (scenario 1)', () => {
    let theatre: Theatre;
    beforeAll(async () => {
      theatre = await open();
    }, OPEN_MS);
    afterAll(() => theatre.close(), OPEN_MS);

    it('in both organisations of equal ids: each role sees its own part, the others nothing', async () => {
      const seen: string[] = [];
      await theatre.inBoth(async (organisation) => {
        const as = (person: string, role: Parameters<Theatre['as']>[2]) => theatre.as(organisation, person, role);
        const pieter = as('pieter', 'worker');
        const lies = as('lies', 'counsellor');
        const marc = as('marc', 'counsellor');
        const twin = twinOf(organisation);

        const nobodyElse = async (requestId: string, caseId: string | undefined): Promise<void> => {
          const notFound = { kind: 'NotFound' };
          const record = caseId ?? requestId;
          // A colleague, the same person in the other organisation, the other Pieter.
          for (const stranger of [marc, theatre.as(twin, 'lies', 'counsellor'), as('eva', 'prevention_adviser')]) {
            expect(await refusalOf(stranger.query(c.requestQuery, { requestId }))).toEqual(notFound);
            expect(await refusalOf(stranger.query(c.caseByIdQuery, { caseId: record }))).toEqual(notFound);
            expect(await refusalOf(stranger.query(c.personalNotesQuery, { caseId: record }))).toEqual(notFound);
          }
          expect(await refusalOf(theatre.as(twin, 'pieter', 'worker').query(c.ownRequestQuery, { requestId }))).toEqual(
            notFound,
          );
          expect(await refusalOf(as('bert', 'worker').query(c.ownRequestQuery, { requestId }))).toEqual(notFound);
          expect((await asked(marc, c.requestsQuery, {})).rows).toEqual([]);
          expect((await asked(marc, c.deskQuery, {})).rows).toEqual([]);
          // For these the question itself does not exist.
          for (const [person, role] of [
            ['karel', 'employer'],
            ['carla', 'committee_member'],
            ['hugo', 'head_internal_service'],
            ['ann', 'administrator'],
            ['rik', 'records_manager'],
            ['aude', 'auditor'],
          ] as const) {
            for (const answer of [
              as(person, role).query(c.requestQuery, { requestId }),
              as(person, role).query(c.caseByIdQuery, { caseId: record }),
              as(person, role).query(c.deskQuery, {}),
              as(person, role).query(c.requestsQuery, {}),
            ])
              expect(await refusalOf(answer), `${role}`).toMatchObject({ kind: 'NoSuchField' });
          }
        };

        const result = await playScenario1(theatre.world, organisation, async (step, facts) => {
          seen.push(`${organisation} ${step}`);
          const { requestId = '', caseId = '' } = facts;
          switch (step) {
            case 'sent': {
              const own = await asked(pieter, c.ownRequestQuery, { requestId });
              expect(own).toMatchObject({ status: 'waiting', hearing: 'awaited', released: [] });
              // Monday: heard by Thursday of next week.
              expect(own.hearingDueOn).toBe('2026-02-26');
              // The list shows that somebody asks, not who or what.
              const list = await asked(lies, c.requestsQuery, {});
              expect(list.rows).toMatchObject([{ requestId, status: 'waiting' }]);
              expect(JSON.stringify(list)).not.toMatch(words);
              await nobodyElse(requestId, undefined);
              return;
            }
            case 'read': {
              const own = await asked(pieter, c.ownRequestQuery, { requestId });
              expect(own.released).toMatchObject([{ capacity: 'counsellor' }]);
              expect(own.proposals).toMatchObject([{ answer: 'picked' }]);
              return;
            }
            case 'heard': {
              const opened = await asked(lies, c.caseByIdQuery, { caseId });
              expect(opened).toMatchObject({
                origin: 'accepted_request',
                requestId,
                site: 'ghent',
                kindOfFacts: 'conflict',
                hearing: 'met',
                applicantPerson: 'pieter',
                participants: [],
              });
              expect(opened.contacts).toHaveLength(1);
              expect(JSON.stringify(opened)).not.toMatch(/Oogt vermoeid/u);
              expect(await asked(lies, c.personalNotesQuery, { caseId })).toMatchObject([
                { note: 'Oogt vermoeid. Eerst luisteren, niets overhaasten.' },
              ]);
              // The worker follows the case without its notes.
              const own = await asked(pieter, c.applicantViewQuery, { caseId });
              expect(own).toMatchObject({ status: 'open', hearing: 'met' });
              expect(JSON.stringify(own)).not.toMatch(/vermoeid|vergaderingen/u);
              expect(await refusalOf(pieter.query(c.personalNotesQuery, { caseId }))).toMatchObject({
                kind: 'NoSuchField',
              });
              expect(await refusalOf(pieter.query(c.caseByIdQuery, { caseId }))).toMatchObject({ kind: 'NoSuchField' });
              expect((await asked(pieter, c.ownRequestQuery, { requestId })).hearing).toBe('heard');
              await nobodyElse(requestId, caseId);
              return;
            }
            default:
              return;
          }
        });

        const closed = await asked(lies, c.caseByIdQuery, { caseId: result.caseId });
        // Two talks, nobody contacted, nothing signed.
        expect(closed).toMatchObject({
          status: 'closed',
          outcome: 'improved',
          informalType: 'advice',
          participants: [],
          documents: [],
          referrals: [],
        });
        expect(closed.contacts).toHaveLength(2);

        // The auditor: who looked, as what, when, for what; no word of it, no name, not the applicant.
        const auditor = as('aude', 'auditor');
        const history = await asked(auditor, c.accessHistoryOfRecord, {
          record: result.caseId,
          page: { first: 100 },
        });
        expect(history.rows.map((row) => row.accessor.role)).toContain('counsellor');
        // The applicant reads too, under an id that is of this record alone.
        const reads = await asked(auditor, c.accessHistoryOfRecord, { record: result.requestId, page: { first: 100 } });
        const own = reads.rows.filter((row) => row.accessor.role === 'worker');
        expect(own.length).toBeGreaterThan(0);
        expect(new Set(own.map((row) => row.accessor.pseudonym)).size).toBe(1);
        expect(JSON.stringify(reads)).not.toMatch(words);
        expect(JSON.stringify(history)).not.toMatch(words);
        const denied = await asked(auditor, c.deniedAttempts, { page: { first: 100 } });
        expect(denied.rows.length).toBeGreaterThan(0);
        expect(JSON.stringify(denied)).not.toMatch(words);
      });
      expect(seen.filter((step) => step.startsWith('gentia'))).toHaveLength(5);
      expect(seen.filter((step) => step.startsWith('zorgnet'))).toHaveLength(5);
    });
  });
};
