import {
  createMemoryTileStore,
  ed25519SignerFromSeed,
  emptyTree,
  formatTlogProof,
  headOf,
  integrate,
  nodeHasher,
  proveInclusion,
  signCheckpoint,
} from '@toeverlaat/merkle';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyReceipt, type ReceiptVerdict } from './receipt.js';
import { languages, receiptSentences } from './sentences.js';

const leafOf = (n: number): Buffer => createHash('sha256').update(`leaf ${n}`).digest();
const ORIGIN = 'toeverlaat/00112233/gentia';
const signer = ed25519SignerFromSeed(ORIGIN, createHash('sha256').update('receipt').digest());
const promiseKeys = generateKeyPairSync('ed25519');
const publicKey = promiseKeys.publicKey.export({ type: 'spki', format: 'der' });

const promiseOf = (leaf: Buffer, includedBy = '2026-11-26T08:00:00.000Z') => {
  const promise = {
    organisation: 'gentia',
    eventId: '0f4b1d5e-6a0c-4a52-9d0e-2f4f3d1c7b90',
    leaf: leaf.toString('hex'),
    includedBy,
  };
  const { eventId, organisation } = promise;
  const bytes = `toeverlaat promise v1\n${JSON.stringify({ eventId, includedBy, leaf: promise.leaf, organisation })}`;
  const signature = sign(null, Buffer.from(bytes), promiseKeys.privateKey).toString('base64url');
  return { v: 1, alg: 'Ed25519', keyId: 'k', promise, signature, publicKey: publicKey.toString('base64') };
};

const inclusionOf = async (index: number, at = '2026-11-25T09:00:00.000Z') => {
  const store = createMemoryTileStore();
  const leaves = Array.from({ length: 40 }, (_, n) => leafOf(n));
  const head = headOf(nodeHasher, await integrate(store, nodeHasher, emptyTree, leaves));
  const { proof } = await proveInclusion(store, nodeHasher, index, head);
  const checkpoint = await signCheckpoint({ origin: ORIGIN, ...head, extensions: [`time ${at}`] }, [signer]);
  return {
    origin: ORIGIN,
    signers: [signer.verifierKey],
    index,
    leaf: leafOf(index).toString('hex'),
    proof: formatTlogProof({ index, proof, checkpoint }),
  };
};

const check = (receipt: unknown, options = {}): Promise<ReceiptVerdict> =>
  verifyReceipt(JSON.stringify(receipt), options);

describe('a receipt', () => {
  it('shows a promise before there is a proof', async () => {
    expect(await check({ promise: promiseOf(leafOf(7)), inclusion: null })).toMatchObject({
      ok: true,
      inclusion: { kind: 'none' },
    });
  });

  it('shows that it was kept, in time or late, under the keys that are trusted', async () => {
    const promise = promiseOf(leafOf(7));
    const promiseKey = createHash('sha256').update(publicKey).digest('hex');
    expect(
      await check(
        { promise, inclusion: await inclusionOf(7) },
        { keys: [signer.verifierKey], promiseKeys: [promiseKey] },
      ),
    ).toMatchObject({ ok: true, promiseKey, inclusion: { kind: 'proved', index: 7, size: 40, inTime: true } });
    const late = await inclusionOf(7, '2026-11-27T09:00:00.000Z');
    expect(await check({ promise, inclusion: late })).toMatchObject({ ok: true, inclusion: { inTime: false } });
  });

  it('says that it shows no signer as long as a key of it was only found in the file', async () => {
    const receipt = { promise: promiseOf(leafOf(7)), inclusion: await inclusionOf(7) };
    const known = {
      keys: [signer.verifierKey],
      promiseKeys: [createHash('sha256').update(publicKey).digest('hex')],
    };
    const { keys, promiseKeys: promiseIds } = known;
    for (const [given, keysKnown] of [
      [known, true],
      [{ keys }, false],
      [{ promiseKeys: promiseIds }, false],
      [{}, false],
    ] as const) {
      const verdict = await check(receipt, given);
      expect(verdict).toMatchObject({ ok: true, keysKnown });
      for (const language of languages) expect(receiptSentences(verdict, language)).toHaveLength(keysKnown ? 2 : 3);
    }
    // Without a proof there is no key of the log in it.
    expect(await check({ promise: receipt.promise }, { promiseKeys: promiseIds })).toMatchObject({ keysKnown: true });
  });

  it('reveals nothing: its sentences hold ids, numbers and times alone', async () => {
    const verdict = await check({ promise: promiseOf(leafOf(7)), inclusion: await inclusionOf(7) });
    for (const language of languages) {
      const sentences = receiptSentences(verdict, language);
      // The third says that the keys were only found in the file.
      expect(sentences.length).toBe(3);
      for (const sentence of sentences) expect(sentence).not.toMatch(/[{}]|undefined|gentia/);
    }
  });

  const changed = async (): Promise<readonly (readonly [string, unknown, object, string])[]> => {
    const promise = promiseOf(leafOf(7));
    const inclusion = await inclusionOf(7);
    const other = ed25519SignerFromSeed(ORIGIN, createHash('sha256').update('other').digest());
    return [
      ['nothing', {}, {}, 'receipt_malformed'],
      [
        'a later promise',
        { promise: { ...promise, promise: { ...promise.promise, includedBy: '2027-01-01T00:00:00.000Z' } } },
        {},
        'promise_signature_false',
      ],
      [
        'a promise of another leaf',
        { promise: { ...promise, promise: { ...promise.promise, leaf: leafOf(8).toString('hex') } }, inclusion },
        {},
        'promise_signature_false',
      ],
      ['another promise key', { promise, inclusion }, { promiseKeys: ['00'.repeat(32)] }, 'promise_key_unknown'],
      ['another key than trusted', { promise, inclusion }, { keys: [other.verifierKey] }, 'proof_key_unknown'],
      [
        'another key than signed',
        { promise, inclusion: { ...inclusion, signers: [other.verifierKey] } },
        {},
        'proof_key_unknown',
      ],
      ['a proof of another leaf', { promise, inclusion: await inclusionOf(8) }, {}, 'proof_false'],
      [
        'a proof that was cut',
        { promise, inclusion: { ...inclusion, proof: inclusion.proof.slice(0, 60) } },
        {},
        'proof_false',
      ],
      [
        'another time in the checkpoint',
        {
          promise,
          inclusion: { ...inclusion, proof: inclusion.proof.replace('time 2026-11-25T09', 'time 2026-11-25T07') },
        },
        {},
        'proof_signature_false',
      ],
      [
        'another organisation',
        { promise, inclusion: { ...inclusion, origin: 'toeverlaat/00112233/zorgnet' } },
        {},
        'proof_of_another_organisation',
      ],
      ['no proof text', { promise, inclusion: { ...inclusion, proof: null } }, {}, 'receipt_malformed'],
    ];
  };
  it('is refused with the reason for whatever was changed', async () => {
    for (const [what, receipt, options, code] of await changed()) {
      const verdict = await check(receipt, options);
      expect({ what, verdict }).toEqual({ what, verdict: { ok: false, code } });
      for (const language of languages) expect(receiptSentences(verdict, language)[0]).toMatch(/\.$/);
    }
    expect(await verifyReceipt('no json')).toEqual({ ok: false, code: 'receipt_malformed' });
  });
});
