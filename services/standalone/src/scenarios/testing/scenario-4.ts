import * as c from '@toeverlaat/contracts';
import { addDays } from '@toeverlaat/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked } from '../../demo/actors.js';
import { playScenario4, scenarioWeeks } from '../../demo/scenarios.js';
import { sha256Of, weeksAgo } from '../../demo/world.js';
import { OPEN_MS, refusalOf, twinOf, type OpenTheatre, type Theatre } from './theatre.js';

/** Yasmine signs for a talk with her boss (scenario 4): against whatever deployment is opened. */
export const describeScenario4 = (open: OpenTheatre): void => {
  describe('Yasmine signs for a talk with her boss (scenario 4)', () => {
    let theatre: Theatre;
    beforeAll(async () => {
      theatre = await open();
    }, OPEN_MS);
    afterAll(() => theatre.close(), OPEN_MS);

    it('tells him the points she agreed to, after both signed, and nothing else', async () => {
      await theatre.inBoth(async (organisation) => {
        const lies = theatre.as(organisation, 'lies', 'counsellor');
        const dirk = theatre.as(organisation, 'dirk', 'participant');
        const yasmine = theatre.as(organisation, 'yasmine', 'worker');
        const monday = weeksAgo(theatre.world, scenarioWeeks[4]);
        const tells = (caseId: string, participantId: string, pointIds: string[], toldOn: string) =>
          lies.command(c.tellParticipantCommand, crypto.randomUUID(), {
            caseId,
            participantId,
            pointIds,
            toldOn,
            channel: 'in_person',
            words: 'Elle dort mal.',
          });
        const steps: string[] = [];

        const played = await playScenario4(theatre.world, organisation, async (step, facts) => {
          steps.push(step);
          const { caseId = '', participantId = '', agreed = '', taken = '', documentId = '' } = facts;
          switch (step) {
            case 'chosen':
              expect(await tells(caseId, participantId, [agreed], addDays(monday, 3))).toMatchObject({
                ok: false,
                refusal: { code: 'nothing_before_both_signatures' },
              });
              expect(
                await lies.command(c.carryOutInterventionCommand, crypto.randomUUID(), {
                  caseId,
                  participantId,
                  pointIds: [agreed],
                  carriedOutOn: addDays(monday, 3),
                  channel: 'in_person',
                }),
              ).toMatchObject({ ok: false, refusal: { code: 'nothing_before_both_signatures' } });
              return;
            case 'signed': {
              const { documents } = await asked(lies, c.caseByIdQuery, { caseId });
              const [document] = documents;
              // Brussels: the worker's language.
              expect(document).toMatchObject({ documentId, language: 'fr' });
              const again = { caseId, documentId, signer: 'applicant', signedOn: addDays(monday, 5) } as const;
              expect(
                await yasmine.command(c.signDocumentCommand, crypto.randomUUID(), {
                  ...again,
                  documentHash: document?.documentHash ?? '',
                  method: 'tick',
                }),
              ).toMatchObject({ ok: false, refusal: { code: 'tick_is_no_signature' } });
              expect(
                await yasmine.command(c.signDocumentCommand, crypto.randomUUID(), {
                  ...again,
                  documentHash: sha256Of('another document'),
                  method: 'drawn',
                  evidenceBlob: sha256Of('drawing'),
                }),
              ).toMatchObject({ ok: false, refusal: { code: 'signature_over_another_document' } });
              expect(
                await yasmine.command(c.signDocumentCommand, crypto.randomUUID(), {
                  ...again,
                  signer: 'counsellor',
                  documentHash: document?.documentHash ?? '',
                  method: 'drawn',
                  evidenceBlob: sha256Of('drawing'),
                }),
              ).toMatchObject({ ok: false, refusal: { kind: 'NotAllowed' } });
              // What she took back is not told, signed or not.
              expect(await tells(caseId, participantId, [taken], addDays(monday, 5))).toMatchObject({
                ok: false,
                refusal: { code: 'only_agreed_points_may_be_told' },
              });
              return;
            }
            case 'told': {
              const view = await asked(dirk, c.participantViewQuery, { caseId });
              expect(view.told).toMatchObject([
                {
                  pointIds: [agreed],
                  words: 'Yasmine reprend les dossiers de deux collègues et demande une priorité claire.',
                },
              ]);
              expect(JSON.stringify(view)).not.toMatch(/dort mal|évaluation|n’y arrive plus/u);
              for (const other of [
                theatre.as(organisation, 'bert', 'participant'),
                theatre.as(organisation, 'yasmine', 'participant'),
                theatre.as(twinOf(organisation), 'dirk', 'participant'),
              ])
                expect(await refusalOf(other.query(c.participantViewQuery, { caseId }))).toEqual({ kind: 'NotFound' });
              for (const [person, role] of [
                ['dirk', 'worker'],
                ['karel', 'employer'],
              ] as const)
                expect(
                  await refusalOf(theatre.as(organisation, person, role).query(c.participantViewQuery, { caseId })),
                ).toMatchObject({ kind: 'NoSuchField' });
              return;
            }
            default:
              return;
          }
        });
        expect(steps).toEqual(['chosen', 'signed', 'told']);
        const closed = await asked(lies, c.caseByIdQuery, { caseId: played.caseId });
        expect(closed).toMatchObject({ status: 'closed', outcome: 'resolved' });
        expect(closed.interventions).toHaveLength(1);
      });
    });
  });
};
