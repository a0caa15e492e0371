import * as c from '@toeverlaat/contracts';
import { verifyReceipt } from '@toeverlaat/verify';
import type { OrganisationId } from '@toeverlaat/values';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked } from '../demo/actors.js';
import { createCards } from '../demo/cases.js';
import { requestOf } from '../demo/steps.js';
import { demoReceipt } from '../demo/world.js';
import { openTheatre, refusalOf, twinOf, type ProductTheatre } from './support.js';

describe('a reporter without an account, over GraphQL, in two organisations of equal ids', () => {
  let theatre: ProductTheatre;
  beforeAll(async () => {
    theatre = await openTheatre();
  });
  afterAll(() => theatre.close());

  const words = 'Ik durf niet meer naar de vergadering.';
  /** Sends a request with a receipt of its own; gives its id and who holds the receipt. */
  const sent = async (organisation: OrganisationId) => {
    const receipt = await demoReceipt(`receipt ${organisation}`, 'nl');
    const { world } = theatre;
    const designationId = await createCards(world).of(organisation, 'ghent', 'lies');
    const stranger = world.driver.actor({ as: 'anonymous_worker', organisation, language: 'nl' });
    const reply = await stranger.command(
      c.sendRequestCommand,
      'b3a0d7a6-58f3-4c51-9a3e-0c2f6d1e7a44',
      requestOf('ghent', designationId, 'nl', {
        way: 'anonymous',
        kindOfFacts: 'bullying',
        message: words,
        receipt: receipt.registration,
      }),
    );
    if (!reply.ok) throw new TypeError(JSON.stringify(reply.refusal));
    return { requestId: reply.id, holder: world.driver.actor({ as: 'anonymous_worker', organisation, receipt }) };
  };

  it('keeps a promise that is shown to be kept, and reveals nothing', async () => {
    await theatre.inBoth(async (organisation) => {
      const { requestId, holder } = await sent(organisation);
      const first = await asked(holder, c.ownReceiptQuery, { requestId });
      expect(first.inclusion).toBeNull();
      expect(await verifyReceipt(JSON.stringify(first))).toMatchObject({ ok: true, inclusion: { kind: 'none' } });

      await theatre.world.timers();
      const later = JSON.stringify(await asked(holder, c.ownReceiptQuery, { requestId }));
      expect(await verifyReceipt(later)).toMatchObject({ ok: true, inclusion: { kind: 'proved', inTime: true } });
      expect(later).not.toContain(words);
      expect(later).not.toContain(requestId);

      // Somebody else's receipt, of the twin even, opens nothing.
      const other = theatre.world.driver.actor({
        as: 'anonymous_worker',
        organisation: twinOf(organisation),
        receipt: await demoReceipt('another', 'nl'),
      });
      expect(await refusalOf(other.query(c.ownReceiptQuery, { requestId }))).toBeDefined();
    });
  });
});
