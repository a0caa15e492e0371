import * as contracts from '@toeverlaat/contracts';
import { canonicalJson, sha256Hex, type OrganisationId } from '@toeverlaat/values';
import { verifyReport } from '@toeverlaat/verify';
import { describe, expect, it } from 'vitest';
import { batchReportSchema } from '../domain/erasure-vocabulary.js';
import { erasureIdOf } from '../domain/erasure/index.js';
import { BOTH, gentia, idOf, keptOf, retentionWorld, zorgnet } from '../retention.fixture.js';
import { erasingOn, Killed } from './batch.fixture.js';
import { signedCertificateOf } from './queries.js';

const on = retentionWorld();
const { tell, ask, told, answered, at, settled } = on;
/** Ten years after the cases were closed, and a day. */
const CLOSED = '2026-03-14';
const DUE = '2036-03-15';

const previewOf = (organisation: OrganisationId) => answered(organisation, 'karel', contracts.dueErasuresQuery, {});
const batchOf = (organisation: OrganisationId, batchId: string) =>
  answered(organisation, 'dora', contracts.erasureBatchQuery, { batchId });
const requested = (organisation: OrganisationId) =>
  told(organisation, 'karel', contracts.requestDueErasuresCommand, {});
const confirmed = async (organisation: OrganisationId, batchId: string): Promise<void> => {
  const { listHash } = await batchOf(organisation, batchId);
  await told(organisation, 'dora', contracts.confirmErasureBatchCommand, { batchId, listHash });
};
const hold = (organisation: OrganisationId, name: string) =>
  told(organisation, 'karel', contracts.placeLegalHold, {
    scope: 'records',
    kept: [keptOf(organisation, name)],
    reviewOn: '2037-01-01',
    reason: 'An inspection.',
  });
const typesOf = async (stream: string): Promise<readonly string[]> =>
  (await on.world.log.readStream(stream)).map(({ type }) => type);
/** Looks until nothing is done any more: what one look completes the next one reports. */
const carriedOut = async (look: () => Promise<void>): Promise<void> => {
  for (let seen; seen !== (seen = await on.world.log.head());) {
    await look();
    await settled();
  }
};

describe('what is due together', () => {
  it('is counted rule by rule before anybody asks: what is held and what somebody declined is left', async () => {
    const { closedCases, erasure } = erasingOn(on);
    erasure();
    await closedCases(['a', 'b', 'c', 'd'], CLOSED);
    at(DUE);
    await hold(gentia, 'b');
    const declined = await told(gentia, 'karel', contracts.requestErasureCommand, {
      subject: `case/${idOf('c')}`,
      ground: 'retention_rule',
    });
    await told(gentia, 'dora', contracts.declineErasureCommand, { erasureId: declined, reason: 'still_needed' });
    await told(gentia, 'karel', contracts.requestErasureCommand, {
      subject: `case/${idOf('d')}`,
      ground: 'retention_rule',
    });
    expect(await previewOf(gentia)).toEqual({
      asOf: DUE,
      listed: 1,
      more: false,
      lines: [
        {
          recordClass: 'informal_case',
          due: 4,
          listed: 1,
          onHold: 1,
          excluded: [
            { because: 'declined_before', records: 1 },
            { because: 'erasure_under_way', records: 1 },
          ],
        },
      ],
    });
    expect(await previewOf(zorgnet)).toMatchObject({ listed: 4 });
    // A day earlier nothing is due, and there is nothing to ask for.
    at('2036-03-14');
    expect(await previewOf(zorgnet)).toMatchObject({ listed: 0, lines: [] });
    expect(await tell(zorgnet, 'karel', contracts.requestDueErasuresCommand, {})).toMatchObject({
      rejection: { kind: 'RuleRefused', code: 'nothing_due' },
    });
  });

  it('is asked for by one, confirmed as listed by another, and destroyed with a certificate each and one report', async () => {
    const { closedCases, erasure, wordsOf } = erasingOn(on);
    const { look } = erasure();
    await closedCases(['a', 'b', 'c'], CLOSED);
    at(DUE);
    const batchId = await requested(gentia);
    const { listHash } = await batchOf(gentia, batchId);
    // Nobody is their own second person, nobody confirms another list, and elsewhere there is no such batch.
    const confirm = (organisation: OrganisationId, person: string, hash: string) =>
      tell(organisation, person, contracts.confirmErasureBatchCommand, { batchId, listHash: hash });
    expect(await confirm(gentia, 'karel', listHash)).toMatchObject({ rejection: { code: 'batch_second_person' } });
    expect(await confirm(gentia, 'dora', 'f'.repeat(64))).toMatchObject({ rejection: { code: 'batch_differs' } });
    expect(await confirm(zorgnet, 'dora', listHash)).toEqual({ ok: false, rejection: { kind: 'NotFound' } });
    expect(await ask(gentia, 'boss', contracts.erasureBatchQuery, { batchId })).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
    expect(await wordsOf(gentia, 'a')).toBe('opened');
    expect(await ask(gentia, 'dora', contracts.erasureBatchReportQuery, { batchId })).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
    await confirmed(gentia, batchId);
    await carriedOut(look);
    for (const name of ['a', 'b', 'c']) {
      expect(await wordsOf(gentia, name)).toBe('erased');
      expect(await wordsOf(zorgnet, name)).toBe('opened');
    }
    const batch = await batchOf(gentia, batchId);
    expect(batch).toMatchObject({ status: 'completed', taken: 3, leftOut: 0 });
    const report = batchReportSchema.parse(JSON.parse(batch.report ?? ''));
    expect(report).toMatchObject({
      organisation: 'gentia',
      requestedBy: 'karel2026',
      confirmedBy: 'dora2026',
      lines: [{ recordClass: 'informal_case', listed: 3, destroyed: 3, heldBack: 0, leftOut: 0 }],
      leftOut: [],
      certificates: 3,
    });
    expect(sha256Hex(canonicalJson(report))).toBe(batch.reportHash);
    // The report stands on the certificates: anybody who has them computes its hash.
    const lines: string[] = [];
    const page = await answered(gentia, 'aude', contracts.erasureBatchRecordsQuery, { batchId, page: { first: 100 } });
    expect(page.rows.map(({ keptId }) => keptId).toSorted()).toEqual(
      ['a', 'b', 'c'].map((name) => keptOf(gentia, name)).toSorted(),
    );
    for (const erasureId of page.rows.map((row) => row.erasureId ?? '').toSorted()) {
      const signed = await signedCertificateOf(on.world.log, gentia, erasureId);
      expect(signed?.certificate).toMatchObject({
        rule: 'informal_case',
        ruleVersion: 0,
        keptUntil: '2036-03-14',
        requestedBy: 'karel2026',
        approvedBy: 'dora2026',
      });
      lines.push(`${erasureId} ${signed?.signature ?? ''}\n`);
    }
    expect(sha256Hex(lines.join(''))).toBe(report.certificatesHash);
    // Signed as a certificate is, to be handed out and checked without the product; the same on paper, with its hash.
    const file = await answered(gentia, 'dora', contracts.erasureBatchReportQuery, { batchId, language: 'fr' });
    const signed = verifyReport(file.signed);
    expect(signed).toMatchObject({ ok: true, organisation: 'gentia', batchId, listed: 3, destroyed: 3 });
    expect(Buffer.from(file.pdf, 'base64').subarray(0, 5).toString()).toBe('%PDF-');
    expect(verifyReport(file.signed.replace('"destroyed":3', '"destroyed":2'))).toMatchObject({ ok: false });
    expect(await ask(zorgnet, 'dora', contracts.erasureBatchReportQuery, { batchId })).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
    expect(await ask(gentia, 'boss', contracts.erasureBatchReportQuery, { batchId })).toMatchObject({
      rejection: { kind: 'NotFound' },
    });
    expect((await answered(gentia, 'aude', contracts.erasureBatchesQuery, { page: {} })).rows).toMatchObject([
      { batchId, status: 'completed', listed: 3 },
    ]);
  });

  it('is one batch when it is asked for twice, and confirming it twice carries it out once', async () => {
    const { closedCases, erasure } = erasingOn(on);
    const { look } = erasure();
    await closedCases(['a', 'b'], CLOSED);
    at(DUE);
    const batchId = await requested(gentia);
    await confirmed(gentia, batchId);
    await confirmed(gentia, batchId);
    await carriedOut(look);
    await carriedOut(look);
    const types = await typesOf(`records.erasurebatch-gentia_${batchId}`);
    expect(types).toEqual([
      'records.ErasureBatchRequested.v1',
      'records.ErasureBatchListed.v1',
      'records.ErasureBatchConfirmed.v1',
      'records.ErasureBatchAdvanced.v1',
      'records.ErasureBatchCompleted.v1',
    ]);
    // What is gone is not due again.
    expect(await previewOf(gentia)).toMatchObject({ listed: 0, lines: [] });
  });

  it('gives way to a hold placed after it was listed, and to one placed after it was taken up', async () => {
    const { closedCases, erasure, batchProcess, wordsOf } = erasingOn(on);
    // Nothing begins by itself: the second hold comes between the order and the destruction.
    await erasure().stop();
    await closedCases(['early', 'late', 'free'], CLOSED);
    at(DUE);
    const batchId = await requested(gentia);
    await hold(gentia, 'early');
    await confirmed(gentia, batchId);
    expect(await batchProcess().advance(gentia, batchId)).toEqual({ kind: 'waiting', because: 'under_way' });
    await settled();
    const late = await hold(gentia, 'late');
    const { look } = erasure();
    await carriedOut(look);
    expect(await wordsOf(gentia, 'early')).toBe('opened');
    expect(await wordsOf(gentia, 'late')).toBe('opened');
    expect(await wordsOf(gentia, 'free')).toBe('erased');
    const batch = await batchOf(gentia, batchId);
    expect(batchReportSchema.parse(JSON.parse(batch.report ?? ''))).toMatchObject({
      lines: [{ recordClass: 'informal_case', listed: 3, destroyed: 1, heldBack: 1, leftOut: 1 }],
      leftOut: [{ because: 'record_on_hold', count: 1 }],
      certificates: 1,
    });
    // What two people decided goes on by itself when the hold ends; what was left out is asked for anew.
    await told(gentia, 'karel', contracts.liftLegalHold, { holdId: late, motive: 'It is over.' });
    await carriedOut(look);
    expect(await wordsOf(gentia, 'late')).toBe('erased');
    expect(await wordsOf(gentia, 'early')).toBe('opened');
  });

  it('leaves out what was opened again, and waits while its owner cannot be asked', async () => {
    const { closedCases, erasure, batchProcess, wordsOf, ownerIsAway } = erasingOn(on);
    await erasure().stop();
    await closedCases(['again', 'free'], CLOSED);
    at(DUE);
    const batchId = await requested(gentia);
    await confirmed(gentia, batchId);
    await on.cases(gentia, 'again', { type: 'CaseReopened', data: {} });
    await settled();
    const back = ownerIsAway();
    expect(await batchProcess().advance(gentia, batchId)).toEqual({ kind: 'waiting', because: 'Unavailable' });
    expect(await batchOf(gentia, batchId)).toMatchObject({ status: 'confirmed', taken: 0 });
    back();
    const { look } = erasure();
    await carriedOut(look);
    expect(await wordsOf(gentia, 'again')).toBe('opened');
    expect(await wordsOf(gentia, 'free')).toBe('erased');
    const { rows } = await answered(gentia, 'dora', contracts.erasureBatchRecordsQuery, { batchId, page: {} });
    expect(new Map(rows.map(({ keptId, leftOut }) => [keptId, leftOut]))).toEqual(
      new Map([
        [keptOf(gentia, 'again'), 'record_open'],
        [keptOf(gentia, 'free'), null],
      ]),
    );
  });
});

describe('a batch that is killed', () => {
  it('before any step resumes there, and is one batch with one erasure each', async () => {
    const names = ['a', 'b', 'c'];
    const { carryOut, closedCases, erasure, batchProcess, wordsOf } = erasingOn(on);
    // Nothing begins by itself here: each step is one that the test takes.
    await erasure().stop();
    await closedCases(names, CLOSED);
    at(DUE);
    for (const organisation of BOTH) {
      const batchId = await requested(organisation);
      await confirmed(organisation, batchId);
      const steps: string[] = [];
      let kills = 0;
      for (;;) {
        let dead = false;
        const dying = batchProcess((step) => {
          if (dead) throw new Killed(step);
          if (steps.includes(step)) return;
          steps.push(step);
          dead = true;
          throw new Killed(step);
        });
        const ended = await dying.advance(organisation, batchId).catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error;
          return 'killed' as const;
        });
        await settled();
        if (ended !== 'killed') break;
        kills += 1;
      }
      // Once before it takes up the list, before each order, before it says how far it is.
      expect(kills).toBe(1 + names.length + 1);
      const erasures = names.map((name) => erasureIdOf(organisation, `case/${idOf(name)}`));
      for (const erasureId of erasures) expect(await carryOut(organisation, erasureId)).toEqual({ kind: 'completed' });
      await settled();
      const beforeReport = batchProcess((step) => {
        throw new Killed(step);
      });
      await expect(beforeReport.advance(organisation, batchId)).rejects.toThrow('complete');
      expect(await batchProcess().advance(organisation, batchId)).toEqual({ kind: 'completed' });
      await settled();
      for (const name of names) expect(await wordsOf(organisation, name)).toBe('erased');
      for (const erasureId of erasures) {
        const types = await typesOf(`records.erasure-${organisation}_${erasureId}`);
        expect(types.filter((type) => type === 'records.ErasureRequested.v1')).toHaveLength(1);
        expect(types.at(-1)).toBe('records.ErasureCompleted.v1');
      }
      expect(await batchOf(organisation, batchId)).toMatchObject({ status: 'completed', taken: 3, leftOut: 0 });
    }
  });
});

describe('the daily run', () => {
  it('prepares what is due where it is told to, once; two people still decide', async () => {
    const { closedCases, erasure, wordsOf } = erasingOn(on);
    const { look } = erasure(true);
    await closedCases(['a', 'b'], CLOSED);
    at(DUE);
    await look();
    await settled();
    await look();
    const { rows } = await answered(gentia, 'dora', contracts.erasureBatchesQuery, { page: {} });
    expect(rows).toMatchObject([{ status: 'prepared', requestedBy: 'system', listed: 2 }]);
    const batchId = rows[0]?.batchId ?? '';
    const { listHash } = await batchOf(gentia, batchId);
    const confirm = (person: string) =>
      tell(gentia, person, contracts.confirmErasureBatchCommand, { batchId, listHash });
    expect((await confirm('karel')).ok).toBe(true);
    expect(await confirm('karel')).toMatchObject({ rejection: { code: 'batch_second_person' } });
    await settled();
    await look();
    expect(await wordsOf(gentia, 'a')).toBe('opened');
    expect((await confirm('dora')).ok).toBe(true);
    await carriedOut(look);
    expect(await wordsOf(gentia, 'a')).toBe('erased');
    expect(await batchOf(gentia, batchId)).toMatchObject({ status: 'completed', requestedBy: 'karel2026' });
    // One waits in the other organisation: the next day does not prepare another beside it.
    at('2036-03-16');
    await carriedOut(look);
    expect((await answered(zorgnet, 'dora', contracts.erasureBatchesQuery, { page: {} })).rows).toHaveLength(1);
  });

  it('prepares nothing where it is not told to', async () => {
    const { closedCases, erasure } = erasingOn(on);
    const { look } = erasure();
    await closedCases(['a'], CLOSED);
    at(DUE);
    await carriedOut(look);
    expect((await answered(gentia, 'dora', contracts.erasureBatchesQuery, { page: {} })).rows).toEqual([]);
  });
});
