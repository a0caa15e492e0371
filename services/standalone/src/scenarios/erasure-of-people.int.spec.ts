import * as c from '@toeverlaat/contracts';
import type { OrganisationId } from '@toeverlaat/values';
import { verifyCertificate } from '@toeverlaat/verify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differs, rebuildViews } from '../commands/views.js';
import { asked } from '../demo/actors.js';
import { twins } from '../demo/people.js';
import { openTheatre, PRESENT, refusalOf, twinOf, type ProductTheatre } from './support.js';
import { OPEN_MS } from './testing/theatre.js';

/** Five years after somebody left, and ten after a year was over: the law data’s own rules, with some days to spare. */
const DAYS_LATER = '2026-12-10T09:00:00.000Z';
const ENTRY_DUE = '2031-12-05T09:00:00.000Z';
const YEAR_DUE = '2037-01-10T09:00:00.000Z';

describe('who left, and who acted in a year', () => {
  let theatre: ProductTheatre;
  beforeAll(async () => {
    theatre = await openTheatre();
  }, OPEN_MS);
  afterAll(() => theatre.close(), OPEN_MS);

  /** What is kept is asked for once a day: the directory has to have everything by then. */
  const settle = async (): Promise<void> => {
    expect(await theatre.product.whenSettled(120_000)).toBe(true);
    await theatre.product.runTimers();
    expect(await theatre.product.whenSettled(120_000)).toBe(true);
  };
  const request = (organisation: OrganisationId, subject: string, ground: 'retention_rule' | 'data_subject_request') =>
    theatre
      .as(organisation, 'rik', 'records_manager')
      .command(c.requestErasureCommand, crypto.randomUUID(), { subject, ground });
  const erased = async (organisation: OrganisationId, subject: string): Promise<void> => {
    const requested = await request(organisation, subject, 'retention_rule');
    if (!requested.ok) throw new Error(JSON.stringify(requested.refusal));
    const dora = theatre.as(organisation, 'dora', 'data_protection_officer');
    const approve = dora.command(c.approveErasuresCommand, crypto.randomUUID(), { erasureIds: [requested.id] });
    expect(await refusalOf(approve)).toBeUndefined();
    await settle();
    await settle();
    const file = await asked(dora, c.erasureCertificateQuery, { erasureId: requested.id });
    expect(await verifyCertificate(file.signed)).toMatchObject({ ok: true, subject });
  };
  const people = async (organisation: OrganisationId): Promise<readonly string[]> =>
    (await asked(theatre.as(organisation, 'ann', 'administrator'), c.peopleQuery, { first: 100 })).rows.map(
      ({ person }) => person,
    );

  it(
    'ends the entry of somebody who left when its term is over, held by a hold on them, and no other of the same name',
    async () => {
      theatre.product.steer?.(PRESENT);
      for (const organisation of twins) {
        const ann = theatre.as(organisation, 'ann', 'administrator');
        // Somebody who works there has an entry, whoever asks.
        expect(await refusalOf(request(organisation, 'person/joris', 'data_subject_request'))).toMatchObject({
          code: 'erasure_of_open_record',
        });
        expect(await refusalOf(request(organisation, 'person/nobody', 'data_subject_request'))).toEqual({
          kind: 'NotFound',
        });
        expect(await people(organisation)).toContain('joris');
        const left = await ann.command(c.recordLeaving, crypto.randomUUID(), { personId: 'joris', on: '2026-11-23' });
        if (!left.ok) throw new Error(JSON.stringify(left.refusal));
      }
      theatre.product.steer?.(DAYS_LATER);
      await settle();
      for (const organisation of twins)
        expect(await refusalOf(request(organisation, 'person/joris', 'retention_rule'))).toMatchObject({
          code: 'not_due',
        });

      theatre.product.steer?.(ENTRY_DUE);
      await settle();
      const [first, second] = twins;
      if (first === undefined || second === undefined) throw new Error('two organisations');
      const rik = theatre.as(first, 'rik', 'records_manager');
      const held = await rik.command(c.placeLegalHold, crypto.randomUUID(), {
        scope: 'person',
        person: 'joris',
        reviewOn: '2032-06-01',
        reason: 'Een geschil over zijn ontslag.',
      });
      if (!held.ok) throw new Error(JSON.stringify(held.refusal));
      expect(await refusalOf(request(first, 'person/joris', 'retention_rule'))).toMatchObject({
        code: 'record_on_hold',
      });
      const lifted = await rik.command(c.liftLegalHold, crypto.randomUUID(), { holdId: held.id, motive: 'Voorbij.' });
      expect(lifted.ok).toBe(true);
      await settle();

      await erased(first, 'person/joris');
      expect(await people(first)).not.toContain('joris');
      expect(await people(second)).toContain('joris');
      // By their sign-in nobody is found any more, there.
      expect(twinOf(first)).toBe(second);
      expect(await theatre.product.sealing.isDestroyed(first, 'person/joris')).toBe(true);
      expect(await theatre.product.sealing.isDestroyed(second, 'person/joris')).toBe(false);
      expect(await refusalOf(request(first, 'person/joris', 'data_subject_request'))).toEqual({ kind: 'Erased' });
    },
    OPEN_MS,
  );

  it(
    'ends the mapping of a year when its term is over, and on nobody’s own request',
    async () => {
      const [first, second] = twins;
      if (first === undefined || second === undefined) throw new Error('two organisations');
      const { sealing } = theatre.product;
      expect(await refusalOf(request(first, 'actors/2026', 'retention_rule'))).toMatchObject({ code: 'not_due' });
      theatre.product.steer?.(YEAR_DUE);
      await settle();
      expect(await refusalOf(request(first, 'actors/2026', 'data_subject_request'))).toMatchObject({
        code: 'not_due',
      });
      for (const other of ['actors/oidc', 'actors/1999'])
        expect(await refusalOf(request(first, other, 'retention_rule'))).toEqual({ kind: 'NotFound' });
      const before = await sealing.pseudonym(first, '2026', 'lies');
      await erased(first, 'actors/2026');
      await expect(sealing.pseudonym(first, '2026', 'lies')).rejects.toMatchObject({ error: { kind: 'KeyDestroyed' } });
      expect(await sealing.pseudonym(second, '2026', 'lies')).not.toBe(before);
      // This year's people act and sign in as before.
      const lies = theatre.as(first, 'lies', 'counsellor');
      expect((await asked(lies, c.deskQuery, { first: 10 })).rows).toEqual([]);
    },
    OPEN_MS,
  );

  it('stays so when every view is built again from the log', async () => {
    await theatre.product.stop();
    const built = await rebuildViews(theatre.data);
    expect(built.length).toBeGreaterThan(6);
    expect(built.filter(differs)).toEqual([]);
  });
});
