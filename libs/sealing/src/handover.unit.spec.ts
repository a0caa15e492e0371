import { organisationId, settableClock, type Instant } from '@toeverlaat/values';
import { describe, expect, it } from 'vitest';
import { adoptKeys, adoptLedger, liveKeysOf, proveKeys, wrapKeyFor, type KeyStores } from './handover.js';
import { createMemoryKeyringStore } from './keyring-memory.js';
import { createKeyring } from './keyring.js';
import { openReaderWrap } from './readers.js';
import { deriveReceipt, newReceiptCode } from './receipts.js';
import { createMemoryRootKey } from './root-key.js';
import { createSealer } from './sealer.js';
import { createMemoryVault } from './vault-memory.js';

const gentia = organisationId('gentia');
const zorgnet = organisationId('zorgnet');
const clock = settableClock('2026-11-25T09:00:00.000Z');
const host = (): KeyStores => ({
  vault: createMemoryVault(),
  keyring: createKeyring(createMemoryKeyringStore(), createMemoryRootKey(), clock),
});
const note = { by: 'p', reason: 'transferred', at: '2026-11-25T09:00:00.000Z' as Instant };
const seal = async (stores: KeyStores, organisation: typeof gentia, subject: string) => {
  const context = { organisation, stream: 's', eventId: 'e', type: 't', path: 'p' };
  const sealed = await createSealer(stores).seal([{ organisation, subjects: [subject], context, value: 'word' }]);
  if (!sealed.ok) throw new Error(sealed.error.kind);
  return sealed.value;
};

describe('keys that go to another host', () => {
  it('open there what was sealed, for the organisation that left alone', async () => {
    // given two organisations with a case of one id
    const old = host();
    const next = host();
    const values = await seal(old, gentia, 'case/1#p2');
    await seal(old, zorgnet, 'case/1#p2');
    const { publicKey, privateKey } = await deriveReceipt(newReceiptCode('nl'));

    // when the keys of one are wrapped, opened and taken up, twice
    for (let run = 0; run < 2; run += 1) {
      const keys = await Promise.all(
        (await liveKeysOf(old, gentia)).map(async (key) => {
          const opened = await openReaderWrap(privateKey, await wrapKeyFor(old, gentia, key, publicKey));
          return { subject: key.subject, keyId: key.keyId, material: opened?.key ?? new Uint8Array() };
        }),
      );
      expect(await adoptKeys(next, gentia, keys)).toEqual({ ok: true, value: undefined });
      // The bytes in the caller's hands are gone.
      expect(keys.every(({ material }) => material.every((byte) => byte === 0))).toBe(true);
    }

    // then the stored value opens unchanged, and the other organisation has nothing there
    expect(await createSealer(next).open(gentia, values)).toEqual([{ kind: 'opened', value: 'word' }]);
    expect(await liveKeysOf(next, zorgnet)).toEqual([]);
  });

  it('are refused where the subject has another key', async () => {
    const next = host();
    await seal(next, gentia, 'case/1');
    const other = { subject: 'case/1', keyId: crypto.randomUUID(), material: new Uint8Array(32).fill(7) };
    expect(await adoptKeys(next, gentia, [other])).toEqual({
      ok: false,
      error: { kind: 'AdoptRefused', subject: 'case/1' },
    });
    await expect(adoptKeys(next, gentia, [{ ...other, material: new Uint8Array(31) }])).rejects.toThrow(RangeError);
  });

  it('that were destroyed stay destroyed there, and no new one can be made', async () => {
    // given a record that was erased with its participant
    const old = host();
    const values = [...(await seal(old, gentia, 'case/1')), ...(await seal(old, gentia, 'case/1#p2'))];
    await createSealer(old).destroy(gentia, 'case/1', note);
    const ledger = await old.vault.ledger(gentia);

    // when its ledger is taken over, twice
    const next = host();
    for (let run = 0; run < 2; run += 1) expect((await adoptLedger(next, gentia, ledger)).ok).toBe(true);

    // then both read erased, and the ledger is the same
    const sealing = createSealer(next);
    expect(await sealing.open(gentia, values)).toEqual([{ kind: 'erased' }, { kind: 'erased' }]);
    expect((await sealing.contentKey(gentia, ['case/1#p9'])).ok).toBe(false);
    const keyIds = (entries: typeof ledger) => entries.map((one) => ({ ...one, keyIds: one.keyIds.toSorted() }));
    expect(keyIds(await next.vault.ledger(gentia))).toEqual(keyIds(ledger));
  });
});

describe('a proof that keys are held', () => {
  it('is the same at both hosts, and another for another key, challenge or organisation', async () => {
    const old = host();
    const next = host();
    await seal(old, gentia, 'case/1');
    await seal(old, gentia, 'case/1#p2');
    await seal(old, zorgnet, 'case/1');
    const { publicKey, privateKey } = await deriveReceipt(newReceiptCode('nl'));
    const keys = await liveKeysOf(old, gentia);
    const opened = await Promise.all(
      keys.map(async (key) => {
        const one = await openReaderWrap(privateKey, await wrapKeyFor(old, gentia, key, publicKey));
        if (one === undefined) throw new Error('a wrap does not open');
        return { subject: key.subject, keyId: key.keyId, material: one.key };
      }),
    );
    expect(await adoptKeys(next, gentia, opened)).toEqual({ ok: true, value: undefined });

    const here = await proveKeys(old, gentia, keys, 'handover 1');
    expect(await proveKeys(next, gentia, (await liveKeysOf(next, gentia)).toReversed(), 'handover 1')).toBe(here);
    expect(await proveKeys(old, gentia, keys, 'handover 2')).not.toBe(here);
    expect(await proveKeys(old, gentia, keys.slice(1), 'handover 1')).not.toBe(here);
    expect(await proveKeys(old, zorgnet, await liveKeysOf(old, zorgnet), 'handover 1')).not.toBe(here);
    // Keys that only bear the same ids prove nothing.
    const forged = host();
    const other = keys.map(({ subject, keyId }) => ({ subject, keyId, material: new Uint8Array(32).fill(7) }));
    expect(await adoptKeys(forged, gentia, other)).toEqual({ ok: true, value: undefined });
    expect(await proveKeys(forged, gentia, await liveKeysOf(forged, gentia), 'handover 1')).not.toBe(here);
  });
});
