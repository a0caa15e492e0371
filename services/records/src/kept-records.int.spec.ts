import * as contracts from '@toeverlaat/contracts';
import { describe, expect, it } from 'vitest';
import { BOTH, gentia, idOf, retentionWorld, zorgnet } from './retention.fixture.js';

const on = retentionWorld();
const { cases, settled, at, ask, told, answered } = on;

/** Cases that close in turn, every other one begun under a rule of five years instead of ten. */
const mixed = async (): Promise<void> => {
  for (const organisation of BOTH)
    for (let n = 0; n < 6; n += 1)
      await cases(organisation, `old-${n}`, { type: 'CaseOpened', data: { hearingDueOn: '2026-03-12' } });
  await settled();
  at('2026-03-10');
  const proposalId = await told(gentia, 'karel', contracts.proposeRetentionRules, {
    rules: [{ recordClass: 'informal_case', period: 'P5Y' }],
    scope: 'new',
    motive: 'Shorter from now on',
  });
  await told(gentia, 'karel', contracts.simulateRetentionChange, { proposalId, on: '2031-04-01' });
  await told(gentia, 'lies', contracts.activateRetentionRules, { proposalId });
  for (const organisation of BOTH)
    for (let n = 0; n < 6; n += 1) {
      at(`2026-03-${11 + n}`);
      await cases(organisation, `new-${n}`, { type: 'CaseOpened', data: { hearingDueOn: '2026-03-22' } });
      for (const name of [`old-${n}`, `new-${n}`])
        await cases(organisation, name, { type: 'CaseClosed', data: { closedOn: `2026-03-${11 + n}` } });
    }
  await settled();
};

describe('kept records, by the day they are due', () => {
  it('come in full pages, and a page says that there is more only where more is due', async () => {
    await mixed();
    const pages: string[][] = [];
    let after: string | undefined;
    do {
      const page = await answered(gentia, 'karel', contracts.keptRecordsQuery, {
        recordClass: 'informal_case',
        dueBy: '2031-12-31',
        page: { first: 2, ...(after === undefined ? {} : { after }) },
      });
      pages.push(page.rows.map(({ record }) => record));
      after = page.next ?? undefined;
    } while (after !== undefined);
    expect(pages).toEqual([
      [idOf('new-0'), idOf('new-1')],
      [idOf('new-2'), idOf('new-3')],
      [idOf('new-4'), idOf('new-5')],
    ]);
  });

  it('are none where nothing is due by then, and all of them without a day; another organisation has its own rules', async () => {
    await mixed();
    const listed = (organisation: typeof gentia, dueBy?: string) =>
      answered(organisation, 'karel', contracts.keptRecordsQuery, {
        recordClass: 'informal_case',
        ...(dueBy === undefined ? {} : { dueBy }),
        page: { first: 20 },
      });
    expect(await listed(gentia, '2031-03-11')).toEqual({ rows: [], next: null });
    expect((await listed(gentia)).rows).toHaveLength(12);
    expect((await listed(gentia, '2036-12-31')).rows).toHaveLength(12);
    expect(await listed(zorgnet, '2031-12-31')).toEqual({ rows: [], next: null });
    expect(
      await ask(gentia, 'karel', contracts.keptRecordsQuery, {
        recordClass: 'informal_case',
        page: { first: 5, after: 'no cursor' },
      }),
    ).toMatchObject({ ok: false, rejection: { kind: 'InvalidInput', field: 'page.after' } });
  });
});
