import * as contracts from '@toeverlaat/contracts';
import { keptIdOf } from '@toeverlaat/contracts';
import type { OrganisationId } from '@toeverlaat/values';
import { describe, expect, it } from 'vitest';
import { erasureIdOf } from '../domain/erasure/index.js';
import { BOTH, gentia, idOf, keptOf, retentionWorld, zorgnet } from '../retention.fixture.js';
import { erasingOn, Killed } from './batch.fixture.js';
import { keepingOver } from './keeping.js';
import { signedCertificateOf } from './queries.js';

const on = retentionWorld();
const { told, answered, at, settled } = on;
/** Three months after the counsellor left, and a day; and long after the case was closed. */
const NOTES_DUE = '2026-06-03';
const CASE_DUE = '2036-03-15';

const notesOf = (name: string): string => `case/${idOf(name)}#${idOf('author')}`;
const keptNotes = (organisation: OrganisationId, name: string): string =>
  keptIdOf(organisation, 'case', idOf(name), idOf('author'));
const keptIs = (organisation: OrganisationId, keptId: string) =>
  on.retention.core.kept.get<{ destroyed: number; erasure_id: string | null }>(
    'SELECT destroyed, erasure_id FROM kept WHERE organisation = ? AND kept_id = ?',
    [organisation, keptId],
  );
const preview = (organisation: OrganisationId) => answered(organisation, 'karel', contracts.dueErasuresQuery, {});
const hold = (organisation: OrganisationId, kept: string) =>
  told(organisation, 'karel', contracts.placeLegalHold, {
    scope: 'records',
    kept: [kept],
    reviewOn: '2037-01-01',
    reason: 'An inspection.',
  });
const batched = async (organisation: OrganisationId): Promise<string> => {
  const batchId = await told(organisation, 'karel', contracts.requestDueErasuresCommand, {});
  const { listHash } = await answered(organisation, 'dora', contracts.erasureBatchQuery, { batchId });
  await told(organisation, 'dora', contracts.confirmErasureBatchCommand, { batchId, listHash });
  return batchId;
};
const carriedOut = async (look: () => Promise<void>): Promise<void> => {
  for (let seen; seen !== (seen = await on.world.log.head());) {
    await look();
    await settled();
  }
};

describe("a leaver's personal notes", () => {
  it('fall due, are listed, and end with a certificate while the case lives', async () => {
    const { left, erasure, wordsOf, noteOf } = erasingOn(on);
    const { look } = erasure();
    await left(['a']);
    at('2026-06-02');
    expect(await preview(gentia)).toMatchObject({ listed: 0 });
    at(NOTES_DUE);
    expect(await preview(gentia)).toMatchObject({
      listed: 1,
      lines: [{ recordClass: 'personal_notes_of_a_leaver', due: 1, listed: 1, excluded: [] }],
    });
    const batchId = await batched(gentia);
    await carriedOut(look);
    expect([await noteOf(gentia, 'a'), await wordsOf(gentia, 'a')]).toEqual(['erased', 'opened']);
    expect(await noteOf(zorgnet, 'a')).toBe('opened');
    expect(keptIs(gentia, keptNotes(gentia, 'a'))).toMatchObject({ destroyed: 1 });
    expect(keptIs(gentia, keptOf(gentia, 'a'))).toEqual({ destroyed: 0, erasure_id: null });
    expect(await answered(gentia, 'dora', contracts.erasureBatchQuery, { batchId })).toMatchObject({
      status: 'completed',
      leftOut: 0,
    });
    const signed = await signedCertificateOf(on.world.log, gentia, erasureIdOf(gentia, notesOf('a')));
    expect(signed?.certificate).toMatchObject({
      subject: notesOf('a'),
      rule: 'personal_notes_of_a_leaver',
      keptUntil: '2026-06-02',
    });
    expect(signed?.certificate.keyIds).toHaveLength(1);
    expect(await preview(gentia)).toMatchObject({ listed: 0, lines: [] });
  });

  it('stay while a hold lies on the case, and go when it is lifted', async () => {
    const { left, erasure, noteOf } = erasingOn(on);
    const { look } = erasure();
    await left(['a']);
    at(NOTES_DUE);
    const held = await hold(gentia, keptOf(gentia, 'a'));
    await batched(gentia);
    await carriedOut(look);
    expect(await noteOf(gentia, 'a')).toBe('opened');
    await told(gentia, 'karel', contracts.liftLegalHold, { holdId: held, motive: 'It is over.' });
    await carriedOut(look);
    expect(await noteOf(gentia, 'a')).toBe('erased');
  });
});

describe('a record that is erased as a whole', () => {
  it('takes its parts along, each of which is then kept no more; a hold on one of them holds it', async () => {
    const { left, erasure, wordsOf, noteOf } = erasingOn(on);
    const { look } = erasure();
    await left(['a']);
    const held = await hold(gentia, keptNotes(gentia, 'a'));
    for (const organisation of BOTH)
      await on.cases(organisation, 'a', { type: 'CaseClosed', data: { closedOn: '2026-03-14' } });
    await settled();
    const subject = `case/${idOf('a')}`;
    const request = { subject, ground: 'data_subject_request' } as const;
    expect(await on.tell(gentia, 'karel', contracts.requestErasureCommand, request)).toMatchObject({
      rejection: { code: 'record_on_hold' },
    });
    await told(gentia, 'karel', contracts.liftLegalHold, { holdId: held, motive: 'It is over.' });
    const erasureId = await told(gentia, 'karel', contracts.requestErasureCommand, request);
    await told(gentia, 'dora', contracts.approveErasuresCommand, { erasureIds: [erasureId] });
    await carriedOut(look);
    expect([await noteOf(gentia, 'a'), await wordsOf(gentia, 'a')]).toEqual(['erased', 'erased']);
    expect([await noteOf(zorgnet, 'a'), await wordsOf(zorgnet, 'a')]).toEqual(['opened', 'opened']);
    const gone = { destroyed: 1, erasure_id: erasureId };
    expect(keptIs(gentia, keptNotes(gentia, 'a'))).toEqual(gone);
    expect(keptIs(gentia, keptOf(gentia, 'a'))).toEqual(gone);
    expect(keptIs(zorgnet, keptNotes(zorgnet, 'a'))).toEqual({ destroyed: 0, erasure_id: null });
    at(NOTES_DUE);
    expect(await preview(gentia)).toMatchObject({ lines: [] });
  });

  it('resumes where it was killed, when it begins and when it ends', async () => {
    const { left } = erasingOn(on);
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    await left(names);
    const steps: string[] = [];
    const keeping = (kill: number) => {
      steps.length = 0;
      const killedAt = (step: string): void => {
        steps.push(step);
        if (steps.length - 1 === kill) throw new Killed(step);
      };
      return keepingOver({ ...on.retention.core, at: killedAt });
    };
    for (const [kill, name] of names.entries()) {
      const subject = `case/${idOf(name)}`;
      const erasureId = erasureIdOf(gentia, subject);
      // What was begun is not begun again: the process has recorded it by then.
      let begun = false;
      const through = async (killed: number): Promise<void> => {
        const { begin, end } = keeping(killed);
        begun ||= (await begin(gentia, subject, erasureId, 'transferred')).ok;
        expect(begun).toBe(true);
        expect(await end(gentia, subject, erasureId)).toMatchObject({ ok: true });
      };
      const died = await through(kill).then(
        () => false,
        (error: unknown) => error instanceof Killed,
      );
      // Two records begun, each with a look for holds, and two ended.
      expect(died).toBe(kill < 6);
      await through(-1);
      await settled();
      const gone = { destroyed: 1, erasure_id: erasureId };
      expect([keptIs(gentia, keptNotes(gentia, name)), keptIs(gentia, keptOf(gentia, name))]).toEqual([gone, gone]);
    }
  });

  it('lets its parts go again where a hold on the record itself stands in the way', async () => {
    const { left } = erasingOn(on);
    await left(['a']);
    const subject = `case/${idOf('a')}`;
    const erasureId = erasureIdOf(gentia, subject);
    const { begin } = keepingOver(on.retention.core);
    const held = await hold(gentia, keptOf(gentia, 'a'));
    expect(await begin(gentia, subject, erasureId, 'transferred')).toMatchObject({ error: { held: 'record_on_hold' } });
    await settled();
    expect(keptIs(gentia, keptNotes(gentia, 'a'))).toEqual({ destroyed: 0, erasure_id: null });
    await told(gentia, 'karel', contracts.liftLegalHold, { holdId: held, motive: 'It is over.' });
    expect(await begin(gentia, subject, erasureId, 'transferred')).toMatchObject({ ok: true });
  });

  it('and its part that fell due with it are one list, and each ends with a certificate', async () => {
    const { left, erasure, wordsOf, noteOf } = erasingOn(on);
    const { look } = erasure();
    await left(['a', 'b']);
    for (const name of ['a', 'b'])
      await on.cases(gentia, name, { type: 'CaseClosed', data: { closedOn: '2026-03-14' } });
    await settled();
    at(CASE_DUE);
    const batchId = await batched(gentia);
    await carriedOut(look);
    for (const name of ['a', 'b']) {
      expect([await noteOf(gentia, name), await wordsOf(gentia, name)]).toEqual(['erased', 'erased']);
      for (const subject of [`case/${idOf(name)}`, notesOf(name)])
        expect(
          (await signedCertificateOf(on.world.log, gentia, erasureIdOf(gentia, subject)))?.certificate.subject,
        ).toBe(subject);
    }
    expect(await answered(gentia, 'dora', contracts.erasureBatchQuery, { batchId })).toMatchObject({
      status: 'completed',
      taken: 4,
      leftOut: 0,
    });
    expect(await preview(gentia)).toMatchObject({ lines: [] });
  });
});
