import * as c from '@toeverlaat/contracts';
import { retentionRuleIds } from '@toeverlaat/legal';
import type { OrganisationId } from '@toeverlaat/values';
import { verifyCertificate } from '@toeverlaat/verify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differs, rebuildViews } from '../commands/views.js';
import { asked } from '../demo/actors.js';
import { seedDemonstration } from '../demo/index.js';
import { createCards } from '../demo/cases.js';
import { twins } from '../demo/people.js';
import { requestOf } from '../demo/steps.js';
import { demoReceipt } from '../demo/world.js';
import { openTheatre, PRESENT, type ProductTheatre } from './support.js';
import { OPEN_MS } from './testing/theatre.js';

/** After every term of the law data that can have begun by then; and after that of the certificates which that leaves. */
const PAST_EVERY_TERM = ['2052-03-04', '2052-03-05', '2052-03-06'] as const;
const PAST_CERTIFICATES = ['2072-03-08', '2072-03-09', '2072-03-10'] as const;

describe('everything the demonstration keeps', () => {
  let theatre: ProductTheatre;
  beforeAll(async () => {
    theatre = await openTheatre();
    theatre.product.steer?.(PRESENT);
    await seedDemonstration(theatre.product, { cases: 0, seed: 1 });
  }, OPEN_MS);
  afterAll(() => theatre.close(), OPEN_MS);

  const rik = (organisation: OrganisationId) => theatre.as(organisation, 'rik', 'records_manager');
  const dora = (organisation: OrganisationId) => theatre.as(organisation, 'dora', 'data_protection_officer');
  /** The daily run, and all that follows from it. */
  const ranOn = async (day: string): Promise<void> => {
    theatre.product.steer?.(`${day}T09:00:00.000Z`);
    expect(await theatre.product.whenSettled(120_000)).toBe(true);
    await theatre.product.runTimers();
    expect(await theatre.product.whenSettled(120_000)).toBe(true);
  };
  const due = (organisation: OrganisationId) => asked(rik(organisation), c.dueErasuresQuery, {});
  /** Two people have what is due ended, list by list, until nothing is. */
  const endAll = async (organisation: OrganisationId): Promise<ReadonlySet<string>> => {
    const ended = new Set<string>();
    for (;;) {
      const before = await due(organisation);
      if (before.listed === 0) return ended;
      for (const { recordClass } of before.lines) ended.add(recordClass);
      const requested = await rik(organisation).command(c.requestDueErasuresCommand, crypto.randomUUID(), {});
      if (!requested.ok) throw new Error(JSON.stringify(requested.refusal));
      const batchId = requested.id;
      const { listHash } = await asked(dora(organisation), c.erasureBatchQuery, { batchId });
      const confirmed = await dora(organisation).command(c.confirmErasureBatchCommand, crypto.randomUUID(), {
        batchId,
        listHash,
      });
      if (!confirmed.ok) throw new Error(JSON.stringify(confirmed.refusal));
      for (let status = ''; status !== 'completed';) {
        await theatre.world.timers();
        const batch = await asked(dora(organisation), c.erasureBatchQuery, { batchId });
        status = batch.status;
        expect(batch.leftOut, `${JSON.stringify(before.lines)}`).toBe(0);
      }
    }
  };
  const proof = async (organisation: OrganisationId, day: string) =>
    (await asked(rik(organisation), c.retentionChecksQuery, { year: day.slice(0, 4) })).find(
      ({ checkedOn }) => checkedOn === day,
    );
  const liftHolds = async (organisation: OrganisationId): Promise<void> => {
    for (const { holdId, status } of (await asked(rik(organisation), c.legalHoldsQuery, { first: 100 })).rows) {
      if (status === 'lifted') continue;
      const done = await rik(organisation).command(c.liftLegalHold, crypto.randomUUID(), {
        holdId,
        motive: 'Voorbij.',
      });
      if (!done.ok) throw new Error(JSON.stringify(done.refusal));
    }
    expect(await theatre.product.whenSettled(120_000)).toBe(true);
  };

  /** What the scenarios do not have: a request that nobody answers, one whose receipt outlives it, somebody who leaves, and a departure that is withdrawn. */
  const reported = async (organisation: OrganisationId, name: string): Promise<() => Promise<void>> => {
    const { world } = theatre;
    const receipt = await demoReceipt(`${name} ${organisation}`, 'nl');
    const designationId = await createCards(world).of(organisation, 'ghent', 'lies');
    const stranger = world.driver.actor({ as: 'anonymous_worker', organisation, language: 'nl' });
    const sent = await stranger.command(
      c.sendRequestCommand,
      crypto.randomUUID(),
      requestOf('ghent', designationId, 'nl', {
        way: 'anonymous',
        kindOfFacts: 'bullying',
        message: 'Ik weet niet of ik hier goed ben.',
        receipt: receipt.registration,
      }),
    );
    if (!sent.ok) throw new Error(JSON.stringify(sent.refusal));
    const holder = world.driver.actor({ as: 'anonymous_worker', organisation, receipt });
    return async () => {
      const withdrawn = await holder.command(c.withdrawRequestCommand, crypto.randomUUID(), { requestId: sent.id });
      if (!withdrawn.ok) throw new Error(JSON.stringify(withdrawn.refusal));
    };
  };
  const leaves = async (organisation: OrganisationId): Promise<void> => {
    const left = await theatre
      .as(organisation, 'ann', 'administrator')
      .command(c.recordLeaving, crypto.randomUUID(), { personId: 'joris', on: '2026-11-23' });
    if (!left.ok) throw new Error(JSON.stringify(left.refusal));
  };
  const thinksBetter = async (organisation: OrganisationId): Promise<void> => {
    const named = (letter: string) => ({ controller: 'Gentia NV', ground: 'Contract', publicKey: letter.repeat(43) });
    const requested = await rik(organisation).command(c.requestDepartureCommand, crypto.randomUUID(), {
      nextHost: 'Hosting Zee',
      notBefore: '2026-12-24',
      confirmWithinDays: 30,
      receivers: [
        { capacity: 'counsellor', ...named('A') },
        { capacity: 'host', ...named('E') },
      ],
      register: named('I'),
    });
    if (!requested.ok) throw new Error(JSON.stringify(requested.refusal));
    const departure = { departureId: requested.id };
    const withdrawn = await rik(organisation).command(c.withdrawDepartureCommand, crypto.randomUUID(), departure);
    if (!withdrawn.ok) throw new Error(JSON.stringify(withdrawn.refusal));
  };
  /** Nothing is stored of the adviser's formal track yet. */
  const classesStored = retentionRuleIds.filter((id) => id !== 'formal_request').toSorted();

  it(
    'has an end: past every term two people end all of it, and nothing is overdue or left without one',
    async () => {
      const [first, second, third] = PAST_EVERY_TERM;
      // Once more in the present: what was founded and played is found and kept before it is over.
      await ranOn('2026-11-24');
      for (const organisation of twins) {
        await liftHolds(organisation);
        await reported(organisation, 'nobody answers');
        const withdraw = await reported(organisation, 'withdrawn');
        await theatre.world.timers();
        await withdraw();
        await leaves(organisation);
        await thinksBetter(organisation);
      }
      await ranOn(first);
      for (const organisation of twins) {
        expect((await proof(organisation, first))?.overdue).toBeGreaterThan(0);
        const ended = await endAll(organisation);
        expect([...ended].toSorted()).toEqual(classesStored);
      }
      await ranOn(second);
      await ranOn(third);
      for (const organisation of twins) {
        expect(await due(organisation)).toMatchObject({ listed: 0, lines: [] });
        expect(await proof(organisation, third)).toMatchObject({ due: 0, overdue: 0 });
      }
    },
    OPEN_MS * 2,
  );

  it(
    'but for the certificates of it, which end when their own term is over and leave the last of each',
    async () => {
      const [first, second, third] = PAST_CERTIFICATES;
      await ranOn(first);
      for (const organisation of twins) {
        expect(await endAll(organisation)).toContain('erasure_certificate');
        const { rows } = await asked(dora(organisation), c.erasuresQuery, { page: { first: 5 } });
        const last = rows.find(({ rule }) => rule === 'erasure_certificate');
        if (last === undefined) throw new Error('no certificate was ended');
        const file = await asked(dora(organisation), c.erasureCertificateQuery, { erasureId: last.erasureId });
        expect(await verifyCertificate(file.signed)).toMatchObject({ ok: true, keys: 0, subject: last.subject });
      }
      await ranOn(second);
      await ranOn(third);
      for (const organisation of twins) {
        expect(await due(organisation)).toMatchObject({ listed: 0, lines: [] });
        expect(await proof(organisation, third)).toMatchObject({ due: 0, overdue: 0 });
      }
    },
    OPEN_MS * 2,
  );

  it(
    'stays ended when every view is built again from the log',
    async () => {
      await theatre.product.stop();
      expect((await rebuildViews(theatre.data)).filter(differs)).toEqual([]);
    },
    OPEN_MS,
  );
});
