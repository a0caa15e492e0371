import * as c from '@toeverlaat/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked } from '../../demo/actors.js';
import { playScenario10 } from '../../demo/scenarios.js';
import { OPEN_MS, refusalOf, twinOf, type OpenTheatre, type Theatre } from './theatre.js';

/** The accused asks for the counsellor's notes (scenario 10): against whatever deployment is opened. */
export const describeScenario10 = (open: OpenTheatre): void => {
  describe('Bert asks Lies what she keeps about him (scenario 10)', () => {
    let theatre: Theatre;
    beforeAll(async () => {
      theatre = await open();
    }, OPEN_MS);
    afterAll(() => theatre.close(), OPEN_MS);

    it(
      'gets a letter in German that refuses notes with the reason of the law, the same with and without a file',
      async () => {
        await theatre.inBoth(async (organisation) => {
          const lies = theatre.as(organisation, 'lies', 'counsellor');
          const bert = theatre.as(organisation, 'bert', 'worker');
          const notFound = { kind: 'NotFound' };
          const steps: string[] = [];

          const { before, after, caseId } = await playScenario10(theatre.world, organisation, async (step, facts) => {
            steps.push(step);
            const { accessRequestId = '' } = facts;
            if (step === 'opened' || step === 'handed out') return;
            if (step === 'answered') {
              // Answered, and nobody but Lies knows: every answer waits for its day.
              for (const id of [facts['before'] ?? '', facts['after'] ?? '']) {
                expect(await asked(bert, c.ownSubjectAccessQuery, { accessRequestId: id })).toMatchObject({
                  status: 'waiting',
                });
                expect(await refusalOf(bert.query(c.subjectAccessLetterQuery, { accessRequestId: id }))).toEqual(
                  notFound,
                );
              }
              return;
            }
            expect(await asked(lies, c.subjectAccessRequestQuery, { accessRequestId })).toMatchObject({
              status: 'open',
              person: 'bert',
              language: 'de',
              found: null,
              words: expect.stringContaining('einsehen') as string,
              dueWhy: expect.stringContaining('12(3)') as string,
            });
            // Another counsellor has other files; the employer and the data protection officer have no such question.
            const marc = theatre.as(organisation, 'marc', 'counsellor');
            const search = { accessRequestId };
            const sent = await marc.command(c.searchForSubjectCommand, crypto.randomUUID(), search);
            expect(sent).toEqual({ ok: false, refusal: notFound });
            for (const [person, role] of [
              ['karel', 'employer'],
              ['dora', 'data_protection_officer'],
              ['rik', 'records_manager'],
              ['aude', 'auditor'],
            ] as const)
              expect(
                await refusalOf(theatre.as(organisation, person, role).query(c.subjectAccessRequestQuery, search)),
              ).toMatchObject({ kind: 'NoSuchField' });
            const twin = theatre.as(twinOf(organisation), 'lies', 'counsellor');
            expect(await refusalOf(twin.query(c.subjectAccessRequestQuery, search))).toEqual(notFound);
          });
          expect(steps).toEqual(['asked before', 'opened', 'asked after', 'answered', 'handed out']);

          // Lies saw what she found; Bert knows of none of it.
          expect(await asked(lies, c.subjectAccessRequestQuery, { accessRequestId: before })).toMatchObject({
            status: 'answered',
            found: [],
          });
          expect(await asked(lies, c.subjectAccessRequestQuery, { accessRequestId: after })).toMatchObject({
            status: 'answered',
            found: [{ caseId, part: 'participant', knowsOfIt: false }],
          });
          const letterOf = (accessRequestId: string) => asked(bert, c.subjectAccessLetterQuery, { accessRequestId });
          const [without, withFile] = [await letterOf(before), await letterOf(after)];
          // Byte for byte: the document, its values and its hash. Only the ids of the two requests differ.
          expect(withFile.pdf).toBe(without.pdf);
          expect(withFile.json).toBe(without.json);
          expect(withFile.documentHash).toBe(without.documentHash);
          expect(Buffer.from(withFile.pdf, 'base64').subarray(0, 5).toString()).toBe('%PDF-');
          expect(JSON.parse(withFile.json)).toMatchObject({
            kind: 'access_answer',
            language: 'de',
            data: { shown: [] },
          });
          for (const word of ['Nora', 'Berührungen', 'erfährt', caseId]) expect(withFile.json).not.toContain(word);
          const own = async (accessRequestId: string) => {
            const { accessRequestId: _id, ...rest } = await asked(bert, c.ownSubjectAccessQuery, { accessRequestId });
            return rest;
          };
          expect(await own(after)).toEqual(await own(before));
          expect(await own(after)).toMatchObject({ status: 'handed_out' });
          expect(
            await refusalOf(
              theatre.as(organisation, 'nora', 'worker').query(c.subjectAccessLetterQuery, { accessRequestId: after }),
            ),
          ).toEqual(notFound);
        });
      },
      OPEN_MS,
    );
  });
};
