import * as c from '@toeverlaat/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked } from '../../demo/actors.js';
import { playScenario3 } from '../../demo/scenarios.js';
import { OPEN_MS, refusalOf, twinOf, type OpenTheatre, type Theatre } from './theatre.js';

/** Two planners try a reconciliation, one withdraws (scenario 3): against whatever deployment is opened. */
export const describeScenario3 = (open: OpenTheatre): void => {
  describe('two planners try a reconciliation, one withdraws (scenario 3)', () => {
    let theatre: Theatre;
    beforeAll(async () => {
      theatre = await open();
    }, OPEN_MS);
    afterAll(() => theatre.close(), OPEN_MS);

    it('does nothing before both signed, tells only what was agreed, and keeps the document', async () => {
      await theatre.inBoth(async (organisation) => {
        const jean = theatre.as(organisation, 'jean', 'worker');
        const isabelle = theatre.as(organisation, 'isabelle', 'participant');
        const sophie = theatre.as(organisation, 'sophie', 'counsellor');
        const twin = twinOf(organisation);
        const nothingFor = async (caseId: string): Promise<void> => {
          for (const other of [
            theatre.as(twin, 'isabelle', 'participant'),
            theatre.as(organisation, 'bert', 'participant'),
          ])
            expect(await refusalOf(other.query(c.participantViewQuery, { caseId }))).toEqual({ kind: 'NotFound' });
          expect(await refusalOf(theatre.as(twin, 'sophie', 'counsellor').query(c.caseByIdQuery, { caseId }))).toEqual({
            kind: 'NotFound',
          });
          expect(await refusalOf(theatre.as(twin, 'jean', 'worker').query(c.applicantViewQuery, { caseId }))).toEqual({
            kind: 'NotFound',
          });
          expect(
            await refusalOf(theatre.as(organisation, 'karel', 'employer').query(c.participantViewQuery, { caseId })),
          ).toMatchObject({ kind: 'NoSuchField' });
        };
        const steps: string[] = [];

        const played = await playScenario3(theatre.world, organisation, async (step, facts) => {
          steps.push(step);
          const { caseId = '', participantId = '' } = facts;
          await nothingFor(caseId);
          switch (step) {
            case 'chosen': {
              const early = await sophie.command(c.agreeToReconciliationCommand, crypto.randomUUID(), {
                caseId,
                participantId,
                agreedOn: '2026-04-01',
              });
              expect(early).toMatchObject({ ok: false, refusal: { code: 'nothing_before_both_signatures' } });
              // Nothing was told yet: for Isabelle there is nothing.
              const told = await isabelle.query(c.participantViewQuery, { caseId });
              expect(told.ok ? told.value.told : []).toEqual([]);
              return;
            }
            case 'signed': {
              const { documents } = await asked(sophie, c.caseByIdQuery, { caseId });
              expect(documents).toMatchObject([
                { kind: 'informal_choice', language: 'fr', signatures: [{}, {}], copies: [{ way: 'handed_over' }] },
              ]);
              return;
            }
            case 'met': {
              const view = await asked(isabelle, c.participantViewQuery, { caseId });
              expect(view.told.map((one) => one.words)).toEqual([
                'Jean souhaite trouver avec vous une façon de préparer le planning ensemble. Acceptez-vous une conciliation ?',
              ]);
              // No more than that: not what Jean wrote, not the meeting's note.
              expect(JSON.stringify(view)).not.toMatch(/refait deux fois|façon de travailler/u);
              expect(await refusalOf(isabelle.query(c.caseByIdQuery, { caseId }))).toMatchObject({
                kind: 'NoSuchField',
              });
              return;
            }
            default:
              return;
          }
        });
        expect(steps).toEqual(['chosen', 'signed', 'met', 'closed']);
        const { caseId, documentId } = played;

        const closed = await asked(sophie, c.caseByIdQuery, { caseId });
        expect(closed).toMatchObject({ status: 'closed', outcome: 'withdrawn', informalType: 'reconciliation' });
        expect(closed.reconciliationEndedOn).not.toBeNull();
        // The document remains, in the language of the site, for the counsellor and for the applicant.
        for (const reader of [sophie, jean]) {
          const file = await asked(reader, c.caseDocumentQuery, { caseId, documentId });
          expect(Buffer.from(file.pdf, 'base64').subarray(0, 5).toString()).toBe('%PDF-');
          expect(file.documentHash).toBe(closed.documents.find((one) => one.documentId === documentId)?.documentHash);
        }
        const more = await sophie.command(c.recordReconciliationMeetingCommand, crypto.randomUUID(), {
          caseId,
          heldOn: '2026-04-20',
          channel: 'in_person',
        });
        expect(more).toMatchObject({ ok: false, refusal: { code: 'case_closed' } });
      });
    });
  });
};
