import { describe, expect, it } from 'vitest';
import { answerSentences } from './answer-sentences.js';
import { ANSWER_FORMAT, verifyAnswer } from './answer.js';
import { leafBytes } from './export.fixture.js';
import { languages } from './sentences.js';

/*
 * The statement that somebody could not read a record, of events that no checkpoint covers yet: what their clear fields say.
 * Two organisations with the same ids, on purpose.
 */

const RECORD = '11111111-1111-4111-8111-111111111111';
const day = (date: number): string => `2026-03-${String(date).padStart(2, '0')}T09:00:00.000Z`;

type Given = { readonly type: string; readonly on: number; readonly data?: Readonly<Record<string, unknown>> };

const statement = (organisation: string, events: readonly Given[], period: readonly [number, number]): string =>
  JSON.stringify({
    format: ANSWER_FORMAT,
    organisation,
    question: { kind: 'lack', record: RECORD, pseudonyms: ['lies2026'], from: day(period[0]), to: day(period[1]) },
    claim: { hadScope: false, hasRead: false },
    events: events.map(({ type, on, data = {} }, revision) => {
      const eventId = `00000000-0000-4000-8000-00000000000${revision}`;
      const metadata = JSON.stringify({ eventId, organisation, type, recordedAt: day(on) });
      const stream = `case.case-${organisation}_${RECORD}`;
      const record = leafBytes({ stream, revision, metadata, data: JSON.stringify(data) }).toString('base64');
      return { eventId, record, proof: null, origin: `toeverlaat/00112233/${organisation}`, signers: [] };
    }),
  });

const opened: Given = { type: 'case.CaseOpened.v1', on: 2, data: { handler: 'lies2026' } };
const recused: Given = { type: 'case.CounsellorRecused.v1', on: 5 };
const keptOut: Given = { type: 'case.ExclusionAdded.v1', on: 6, data: { person: { v: 1 } } };
const changed: Given = { type: 'case.HandlerChanged.v1', on: 9, data: { handler: 'marc2026' } };

describe.each(['gentia', 'zorgnet'])('that somebody of %s could not read', (organisation) => {
  it('is refuted by the record as long as they handled it', async () => {
    for (const period of [
      [1, 4],
      [4, 8],
    ] as const)
      expect(await verifyAnswer(statement(organisation, [opened, recused, changed], period))).toMatchObject({
        ok: false,
        code: 'answer_names_them',
      });
    expect(await verifyAnswer(statement(organisation, [opened, changed], [6, 8]))).toMatchObject({
      code: 'answer_names_them',
    });
  });

  it('holds from the moment at which they stepped out, though nobody followed yet', async () => {
    expect(await verifyAnswer(statement(organisation, [opened, recused, changed], [6, 8]))).toMatchObject({
      ok: true,
      namedOtherwise: 1,
      keepingOut: 1,
    });
    expect(await verifyAnswer(statement(organisation, [opened, changed], [10, 12]))).toMatchObject({ ok: true });
  });

  it('says what stands sealed, and how many events keep somebody out, in every language', async () => {
    const verdict = await verifyAnswer(statement(organisation, [opened, recused, keptOut, changed], [10, 12]));
    expect(verdict).toMatchObject({ ok: true, keepingOut: 2 });
    for (const language of languages) {
      const sentences = answerSentences(verdict, language);
      expect(sentences.join(' ')).not.toContain('{');
      const limits = sentences.find((one) => one.includes(' 2 ') && one.length > 200);
      expect(limits).toBeDefined();
    }
    expect(answerSentences(verdict, 'en').join(' ')).toContain('it cannot make the statement false');
  });

  it('is none of the other organisation, whose ids are the same', async () => {
    const other = organisation === 'gentia' ? 'zorgnet' : 'gentia';
    const text = statement(organisation, [opened, changed], [10, 12]);
    const mixed = text.replace(`"organisation":"${organisation}"`, `"organisation":"${other}"`);
    expect(await verifyAnswer(mixed)).toMatchObject({ code: 'answer_of_another_organisation' });
  });
});
