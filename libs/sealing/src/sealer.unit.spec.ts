import { createDecipheriv, hkdfSync } from 'node:crypto';
import type { SealedValue, SealItem, SubjectId } from '@toeverlaat/event-log';
import { InvariantBroken, organisationId, settableClock, type Json, type OrganisationId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyring } from './keyring.js';
import { createMemoryKeyringStore } from './keyring-memory.js';
import { createMemoryRootKey } from './root-key.js';
import { createSealer, SealingError, type SealingService } from './sealer.js';
import { createMemoryVault } from './vault-memory.js';
import type { Vault } from './vault.js';

const GENTIA = organisationId('gentia');
const ZORGNET = organisationId('zorgnet');
const clock = settableClock('2026-11-02T10:00:00.000Z');
const request = { by: 'p-1', reason: 'retention.informal v1', at: '2026-11-02T10:00:00.000Z' };

type Bench = {
  readonly sealing: SealingService;
  readonly vault: Vault;
  readonly keyring: ReturnType<typeof createKeyring>;
  readonly reads: () => number;
  readonly pass: (ms: number) => void;
  /** Another process over the same stores. */
  readonly another: () => SealingService;
};

const bench = (): Bench => {
  const inner = createMemoryVault();
  let reads = 0;
  let now = 0;
  const vault: Vault = {
    ...inner,
    findById: (...args) => {
      reads += 1;
      return inner.findById(...args);
    },
    findBySubject: (...args) => {
      reads += 1;
      return inner.findBySubject(...args);
    },
  };
  const keyring = createKeyring(createMemoryKeyringStore(), createMemoryRootKey(), clock);
  const make = () => createSealer({ vault, keyring, monotonic: () => now });
  return {
    sealing: make(),
    vault,
    keyring,
    reads: () => reads,
    pass: (ms) => {
      now += ms;
    },
    another: make,
  };
};

const item = (
  value: Json,
  subjects: readonly SubjectId[] = ['case/1'],
  organisation: OrganisationId = GENTIA,
  path = 'note',
): SealItem => ({
  organisation,
  subjects,
  context: { organisation, stream: `case.case-${organisation}_1`, eventId: 'e-1', type: 'case.Noted.v1', path },
  value,
});

const sealOne = async (sealing: SealingService, one: SealItem): Promise<SealedValue> => {
  const sealed = await sealing.seal([one]);
  const value = sealed.ok ? sealed.value[0] : undefined;
  if (value === undefined) throw new Error(`not sealed: ${sealed.ok ? 'nothing' : sealed.error.kind}`);
  return value;
};
const openOne = async (sealing: SealingService, value: SealedValue, organisation: OrganisationId = GENTIA) =>
  (await sealing.open(organisation, [value]))[0];

describe('a sealed value', () => {
  it('opens to what was sealed, whatever JSON it is', async () => {
    const { sealing } = bench();
    const json = fc
      .jsonValue({ maxDepth: 3 })
      .map(
        (value) =>
          JSON.parse(
            JSON.stringify(value, (_key, inner: unknown) =>
              typeof inner === 'number' ? Math.trunc(inner) % 1_000_000 || 0 : inner,
            ),
          ) as Json,
      );
    await fc.assert(
      fc.asyncProperty(
        json,
        fc.uniqueArray(fc.constantFrom('case/1', 'case/1#a', 'case/1#b', 'person/7'), { minLength: 1 }),
        async (value, subjects) => {
          const sealed = await sealOne(sealing, item(value, subjects));
          expect(sealed.keys).toHaveLength(subjects.length);
          expect(await openOne(sealing, sealed)).toEqual({ kind: 'opened', value });
        },
      ),
      { numRuns: 200 },
    );
  });

  it('holds any text of 64 KiB', async () => {
    const { sealing } = bench();
    for (const text of ['\u0001'.repeat(65_536), '€'.repeat(21_845), '"'.repeat(65_536)])
      expect(await openOne(sealing, await sealOne(sealing, item(text)))).toEqual({ kind: 'opened', value: text });
  });

  it('refuses what is larger, all of the batch', async () => {
    const { sealing } = bench();
    const answer = await sealing.seal([item('small'), item('x'.repeat(600_000))]);
    expect(answer).toMatchObject({ ok: false, error: { kind: 'ValueTooLarge', path: 'note' } });
  });

  it('tells no length within a size class', async () => {
    const { sealing } = bench();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 26 }), fc.integer({ min: 0, max: 26 }), async (a, b) => {
        const [one, two] = [await sealOne(sealing, item('x'.repeat(a))), await sealOne(sealing, item('y'.repeat(b)))];
        expect(one.ct).toHaveLength(two.ct.length);
      }),
      { numRuns: 50 },
    );
    const longer = await sealOne(sealing, item('x'.repeat(27)));
    expect(Buffer.from(longer.ct, 'base64url')).toHaveLength(64 + 16);
  });

  it('never opens where it does not belong', async () => {
    const { sealing } = bench();
    const sealed = await sealOne(sealing, item('geheim', ['case/1', 'case/1#a']));
    await sealOne(sealing, item('ander', ['case/2', 'case/2#a']));
    await sealOne(sealing, item('elders', ['case/1', 'case/1#a'], ZORGNET));
    const moved = fc.constantFrom('stream', 'eventId', 'type', 'path');
    await fc.assert(
      fc.asyncProperty(moved, fc.string(), async (part, to) => {
        fc.pre(sealed.ctx[part as 'path'] !== to);
        expect(await openOne(sealing, { ...sealed, ctx: { ...sealed.ctx, [part]: to } })).toEqual({ kind: 'tampered' });
      }),
      { numRuns: 100 },
    );
    const [record = '', participant = ''] = sealed.keys;
    for (const keys of [[participant, record], [record], [record, record], [participant]])
      expect(await openOne(sealing, { ...sealed, keys })).toEqual({ kind: 'tampered' });
    expect(await openOne(sealing, sealed, ZORGNET)).toEqual({ kind: 'tampered' });
    const elsewhere = { ...sealed, ctx: { ...sealed.ctx, organisation: ZORGNET } };
    expect((await openOne(sealing, elsewhere))?.kind).toBe('tampered');
    expect((await openOne(sealing, elsewhere, ZORGNET))?.kind).toBe('unavailable');
  });

  it('does not open when a bit of it changed', async () => {
    const { sealing } = bench();
    const sealed = await sealOne(sealing, item('geheim'));
    const bytes = Buffer.from(sealed.ct, 'base64url');
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(await openOne(sealing, { ...sealed, ct: changed.toString('base64url') })).toEqual({ kind: 'tampered' });
      }),
      { numRuns: 100 },
    );
    for (const change of [{ iv: '' }, { iv: 'AAAA' }, { ct: '' }, { ct: 'AAAA' }])
      expect(await openOne(sealing, { ...sealed, ...change })).toEqual({ kind: 'tampered' });
  });

  it('is sealed under a nonce of its own each time', async () => {
    const { sealing } = bench();
    const answer = await sealing.seal(Array.from({ length: 500 }, () => item('gelijk')));
    const ivs = answer.ok ? answer.value.map((value) => value.iv) : [];
    expect(new Set(ivs).size).toBe(500);
  });

  it('has one to eight subjects, its own organisation and a value JSON can carry', async () => {
    const { sealing } = bench();
    await expect(sealing.seal([item('x', [])])).rejects.toThrow(InvariantBroken);
    await expect(sealing.seal([item('x', ['nonsense'])])).rejects.toThrow(InvariantBroken);
    await expect(sealing.seal([item(0.5)])).rejects.toThrow(InvariantBroken);
    const nine = Array.from({ length: 9 }, (_, index) => `case/1#${index}`);
    await expect(sealing.seal([item('x', nine)])).rejects.toThrow(InvariantBroken);
    await expect(sealing.seal([{ ...item('x'), organisation: ZORGNET }])).rejects.toThrow(InvariantBroken);
  });
});

describe('the stored form', () => {
  it('is what another implementation works out from the same data keys', async () => {
    const { sealing, vault, keyring } = bench();
    const sealed = await sealOne(sealing, item({ b: 'pesterijen', a: 1 }, ['case/1', 'case/1#a']));
    const kek = await keyring.key(GENTIA, 1);
    const text = (...parts: readonly string[]) =>
      Buffer.from(parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join(''));
    const open = (key: Uint8Array, iv: Uint8Array, bytes: Uint8Array, aad: Buffer): Buffer => {
      const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(aad);
      decipher.setAuthTag(bytes.subarray(-16));
      return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]);
    };
    const dataKeys = (await vault.findById(GENTIA, sealed.keys)).map((state) => {
      if (state.kind !== 'live') throw new Error(state.kind);
      const { subject, keyId, wraps } = state.key;
      const wrapped = wraps[0]?.wrapped ?? new Uint8Array(0);
      const aad = text('data key', GENTIA, subject, keyId, 'epoch:1');
      return open(kek?.export() ?? new Uint8Array(0), wrapped.subarray(1, 13), wrapped.subarray(13), aad);
    });
    const info = text('toeverlaat key v1', GENTIA, 'field', ...sealed.keys);
    const key = new Uint8Array(hkdfSync('sha256', Buffer.concat(dataKeys), '', info, 32));
    const { organisation, stream, eventId, type, path } = sealed.ctx;
    const aad = text('sealed v1', 'A256GCM', organisation, stream, eventId, type, path, ...sealed.keys);
    const padded = open(key, Buffer.from(sealed.iv, 'base64url'), Buffer.from(sealed.ct, 'base64url'), aad);
    expect(padded).toHaveLength(32);
    expect(padded.subarray(4, 4 + padded.readUInt32BE(0)).toString()).toBe('{"a":1,"b":"pesterijen"}');
  });
});

describe('destroying a key', () => {
  it('erases every value under it and leaves the other organisation alone', async () => {
    const { sealing } = bench();
    const [mine, theirs] = [await sealOne(sealing, item('a')), await sealOne(sealing, item('b', ['case/1'], ZORGNET))];
    expect(await sealing.recipients(GENTIA, 'case/1')).toEqual([expect.stringMatching(/^epoch:\d+$/)]);
    const destroyed = await sealing.destroy(GENTIA, 'case/1', request);
    expect(await sealing.recipients(GENTIA, 'case/1')).toEqual([]);
    expect(destroyed).toEqual({ ok: true, value: { destroyedKeys: mine.keys } });
    expect(await openOne(sealing, mine)).toEqual({ kind: 'erased' });
    expect(await openOne(sealing, theirs, ZORGNET)).toEqual({ kind: 'opened', value: 'b' });
    expect(await sealing.isDestroyed(GENTIA, 'case/1')).toBe(true);
    expect(await sealing.isDestroyed(ZORGNET, 'case/1')).toBe(false);
    expect(await sealing.ledger(GENTIA)).toEqual([{ subject: 'case/1', keyIds: mine.keys, ...request }]);
  });

  it('of any one subject erases a field of several', async () => {
    for (const victim of ['case/1', 'case/1#a']) {
      const { sealing } = bench();
      const both = await sealOne(sealing, item('nota', ['case/1', 'case/1#a']));
      const record = await sealOne(sealing, item('stand', ['case/1']));
      await sealing.destroy(GENTIA, victim, request);
      expect(await openOne(sealing, both)).toEqual({ kind: 'erased' });
      expect((await openOne(sealing, record))?.kind).toBe(victim === 'case/1' ? 'erased' : 'opened');
    }
  });

  it('refuses to seal under it from then on, and then nothing of the batch', async () => {
    const { sealing, another } = bench();
    await sealOne(sealing, item('a'));
    await sealing.destroy(GENTIA, 'case/1', request);
    for (const service of [sealing, another()]) {
      const answer = await service.seal([item('b', ['case/2']), item('c')]);
      expect(answer).toEqual({ ok: false, error: { kind: 'KeyDestroyed', subject: 'case/1' } });
      expect(await service.seal([item('d', ['case/1', 'case/1#late'])])).toMatchObject({
        ok: false,
        error: { kind: 'KeyDestroyed' },
      });
    }
  });

  it('before there is a key makes sure there never is one', async () => {
    const { sealing } = bench();
    expect(await sealing.destroy(GENTIA, 'case/9', request)).toEqual({ ok: true, value: { destroyedKeys: [] } });
    expect(await sealing.seal([item('x', ['case/9'])])).toMatchObject({ ok: false, error: { kind: 'KeyDestroyed' } });
  });

  it('is felt here at once and in another process within 60 seconds', async () => {
    const { sealing, another, pass } = bench();
    const other = another();
    const sealed = await sealOne(sealing, item('a'));
    expect((await openOne(other, sealed))?.kind).toBe('opened');
    await sealing.destroy(GENTIA, 'case/1', request);
    expect((await openOne(sealing, sealed))?.kind).toBe('erased');
    pass(59_999);
    expect((await openOne(other, sealed))?.kind).toBe('opened');
    pass(1);
    expect((await openOne(other, sealed))?.kind).toBe('erased');
  });

  it('while the vault is answering a reader does not put the key back in memory', async () => {
    const { sealing, vault, keyring } = bench();
    const sealed = await sealOne(sealing, item('a'));
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = createSealer({
      keyring,
      vault: {
        ...vault,
        findById: async (...args) => {
          const states = await vault.findById(...args);
          await held;
          return states;
        },
      },
    });
    const reading = openOne(slow, sealed);
    await slow.destroy(GENTIA, 'case/1', request);
    release();
    expect(await reading).toEqual({ kind: 'erased' });
    expect(await openOne(slow, sealed)).toEqual({ kind: 'erased' });
  });
});

describe('keys in memory', () => {
  it('are read once per minute and not per field', async () => {
    const { sealing, reads, pass } = bench();
    const sealed = await sealing.seal(Array.from({ length: 12 }, (_, index) => item(index)));
    const before = reads();
    const values = sealed.ok ? sealed.value : [];
    await sealing.open(GENTIA, values);
    await sealing.seal([item('again')]);
    expect(reads()).toBe(before);
    pass(60_000);
    await sealing.open(GENTIA, values);
    expect(reads()).toBe(before + 1);
  });

  it('do not live longer because they are used', async () => {
    const { sealing, reads, pass } = bench();
    const sealed = await sealOne(sealing, item('a', ['case/1', 'case/1#a']));
    const before = reads();
    for (let second = 0; second < 60; second += 1) {
      await openOne(sealing, sealed);
      pass(1_000);
    }
    await openOne(sealing, sealed);
    expect(reads()).toBe(before + 1);
  });
});

describe('a key that is missing without a line in the ledger', () => {
  it('is unavailable, never erased', async () => {
    const { sealing } = bench();
    const sealed = await sealOne(sealing, item('a'));
    expect((await openOne(sealing, { ...sealed, keys: ['gone'] }))?.kind).toBe('unavailable');
  });

  it('stays so when another key of the value is there, and is erased when that one was destroyed', async () => {
    const { sealing } = bench();
    const sealed = await sealOne(sealing, item('a', ['case/1', 'case/1#a']));
    const lost = { ...sealed, keys: [sealed.keys[0] ?? '', 'gone'] };
    expect((await openOne(sealing, lost))?.kind).toBe('unavailable');
    await sealing.destroy(GENTIA, 'case/1', request);
    expect((await openOne(sealing, lost))?.kind).toBe('erased');
  });

  it('is unavailable when the vault is closed, the epoch is missing or the root key is another', async () => {
    const { sealing, vault, keyring, another } = bench();
    const sealed = await sealOne(sealing, item('a'));
    const strange = createSealer({
      vault,
      keyring: createKeyring(createMemoryKeyringStore(), createMemoryRootKey(), clock),
    });
    expect((await openOne(strange, sealed))?.kind).toBe('unavailable');
    expect(await strange.seal([item('b', ['case/2'])])).toMatchObject({ ok: false, error: { kind: 'KeyUnavailable' } });
    await keyring.drop(GENTIA, 1);
    expect(await openOne(another(), sealed)).toEqual({ kind: 'unavailable', detail: 'epoch 1 is not in the keyring' });
    const fresh = another();
    await vault.close();
    expect((await openOne(fresh, sealed))?.kind).toBe('unavailable');
    expect(await fresh.seal([item('b')])).toMatchObject({ ok: false, error: { kind: 'KeyUnavailable' } });
    expect(await fresh.destroy(GENTIA, 'case/1', request)).toMatchObject({
      ok: false,
      error: { kind: 'KeyUnavailable' },
    });
    await expect(fresh.isDestroyed(GENTIA, 'case/1')).rejects.toThrow(SealingError);
  });

  it('is unavailable after close', async () => {
    const { sealing } = bench();
    const sealed = await sealOne(sealing, item('a'));
    await sealing.close();
    await sealing.close();
    expect((await openOne(sealing, sealed))?.kind).toBe('unavailable');
    expect(await sealing.seal([item('b')])).toMatchObject({ ok: false, error: { kind: 'KeyUnavailable' } });
  });
});

describe('creating', () => {
  it('gives racing creators of one subject one key', async () => {
    const { sealing, another } = bench();
    const services = [sealing, another(), another()];
    const sealed = await Promise.all(
      Array.from({ length: 12 }, (_, index) => sealOne(services[index % 3] ?? sealing, item(index))),
    );
    expect(new Set(sealed.flatMap((value) => value.keys)).size).toBe(1);
    for (const [index, value] of sealed.entries())
      expect(await openOne(sealing, value)).toEqual({ kind: 'opened', value: index });
  });
});

describe('rotation', () => {
  it('wraps every key anew and holds two epochs at the most', async () => {
    const { sealing, keyring, vault, another } = bench();
    const values = await Promise.all(
      ['case/1', 'case/2', 'case/2#a'].map((subject) => sealOne(sealing, item(subject, [subject]))),
    );
    const foreign = await sealOne(sealing, item('x', ['case/1'], ZORGNET));
    expect(await sealing.rotate(GENTIA)).toEqual({ ok: true, value: { epoch: 2, rewrapped: 3, dropped: [] } });
    expect(await keyring.epochs(GENTIA)).toEqual([1, 2]);
    expect(await vault.notUnderEpoch(GENTIA, 2, 10)).toEqual([]);
    expect(await sealing.rotate(GENTIA)).toMatchObject({ value: { epoch: 3, dropped: [1] } });
    expect(await keyring.epochs(GENTIA)).toEqual([2, 3]);
    expect(await sealing.rotate(GENTIA, { dropPrevious: true })).toMatchObject({
      value: { epoch: 4, dropped: [2, 3] },
    });
    expect(await keyring.epochs(GENTIA)).toEqual([4]);
    expect(await keyring.epochs(ZORGNET)).toEqual([1]);
    const reader = another();
    expect((await reader.open(GENTIA, values)).map((answer) => answer.kind)).toEqual(['opened', 'opened', 'opened']);
    expect((await openOne(reader, foreign, ZORGNET))?.kind).toBe('opened');
  });

  it('loses no key that another process makes while it still thinks in the old epoch', async () => {
    const { sealing, another, keyring } = bench();
    const late = another();
    await sealOne(late, item('warm', ['case/0']));
    await sealing.rotate(GENTIA, { dropPrevious: true });
    const sealed = await sealOne(late, item('laat', ['case/5']));
    await sealing.rotate(GENTIA, { dropPrevious: true });
    expect(await keyring.epochs(GENTIA)).toEqual([3]);
    expect(await openOne(another(), sealed)).toEqual({ kind: 'opened', value: 'laat' });
  });

  it('finishes one that was interrupted', async () => {
    const { sealing, keyring, vault, another } = bench();
    const sealed = await sealOne(sealing, item('a'));
    await keyring.start(GENTIA, 2);
    expect(await sealing.rotate(GENTIA)).toEqual({ ok: true, value: { epoch: 2, rewrapped: 1, dropped: [] } });
    await keyring.start(GENTIA, 3);
    await vault.startEpoch(GENTIA, 3);
    expect(await another().rotate(GENTIA)).toMatchObject({ ok: true, value: { epoch: 4, dropped: [1, 2] } });
    expect(await keyring.epochs(GENTIA)).toEqual([3, 4]);
    expect((await openOne(another(), sealed))?.kind).toBe('opened');
  });

  it('drops nothing when a key cannot be moved', async () => {
    const { sealing, keyring, vault, another } = bench();
    await sealOne(sealing, item('a'));
    await vault.rewrap(
      GENTIA,
      (await vault.notUnderEpoch(GENTIA, 99, 9)).map((key) => ({
        keyId: key.keyId,
        from: 'epoch:1',
        wrap: { recipient: 'epoch:1', wrapped: new Uint8Array(61) },
      })),
    );
    await keyring.start(GENTIA, 2);
    expect(await another().rotate(GENTIA, { dropPrevious: true })).toMatchObject({
      ok: false,
      error: { kind: 'KeyUnavailable' },
    });
    expect(await keyring.epochs(GENTIA)).toEqual([1, 2]);
  });
});

describe('pseudonyms, tags, fingerprints', () => {
  it('are stable, differ by organisation, scope and name, and end with their key', async () => {
    const { sealing, another } = bench();
    const name = await sealing.pseudonym(GENTIA, '2026', 'person-1');
    expect(name).toMatch(/^[a-z2-7]{26}$/);
    expect(await another().pseudonym(GENTIA, '2026', 'person-1')).toBe(name);
    const others = [
      await sealing.pseudonym(GENTIA, '2027', 'person-1'),
      await sealing.pseudonym(ZORGNET, '2026', 'person-1'),
      await sealing.pseudonym(GENTIA, '2026', 'person-2'),
    ];
    expect(new Set([name, ...others]).size).toBe(4);
    await sealing.destroy(GENTIA, 'actors/2026', request);
    await expect(sealing.pseudonym(GENTIA, '2026', 'person-1')).rejects.toMatchObject({
      error: { kind: 'KeyDestroyed' },
    });
    expect(await sealing.pseudonym(GENTIA, '2027', 'person-1')).toBe(others[0]);
  });

  it('gives tags that share nothing but their key', async () => {
    const { sealing } = bench();
    const tags = await Promise.all([0, 1, 2].map((n) => sealing.lookupTag(GENTIA, 'person/1', n)));
    expect(new Set(tags).size).toBe(3);
    expect(await sealing.lookupTag(GENTIA, 'person/1', 1)).toBe(tags[1]);
    expect(await sealing.lookupTag(ZORGNET, 'person/1', 1)).not.toBe(tags[1]);
    await expect(sealing.lookupTag(GENTIA, 'person/1', -1)).rejects.toThrow(InvariantBroken);
  });

  it('has one fingerprint key per organisation', async () => {
    const { sealing, another } = bench();
    const key = await sealing.fingerprintKey(GENTIA);
    expect(key).toHaveLength(32);
    expect(await another().fingerprintKey(GENTIA)).toEqual(key);
    expect(await sealing.fingerprintKey(ZORGNET)).not.toEqual(key);
  });

  it('signs promises with a key that outlives epochs', async () => {
    const { sealing, another } = bench();
    const signer = await sealing.promiseSigner(GENTIA, 'receipts/promise');
    await sealing.rotate(GENTIA, { dropPrevious: true });
    expect((await another().promiseSigner(GENTIA, 'receipts/promise')).publicKey).toEqual(signer.publicKey);
  });
});

describe('the credentials of a service', () => {
  it('reach its own record classes and no other, and never look like erasure', async () => {
    const { sealing } = bench();
    const cases = sealing.forService({ classes: ['case', 'actors'] });
    const own = await sealOne(cases, item('a'));
    const foreign = await sealOne(sealing, item('b', ['contact/1']));
    const mixed = await sealOne(sealing, item('c', ['case/1', 'contact/1']));
    expect((await openOne(cases, own))?.kind).toBe('opened');
    const refused = { kind: 'unavailable', detail: 'no credential for record class contact' };
    for (const value of [foreign, mixed]) expect(await openOne(cases, value)).toEqual(refused);
    expect(await cases.seal([item('d', ['contact/2'])])).toEqual({
      ok: false,
      error: { kind: 'KeyUnavailable', detail: refused.detail },
    });
    expect(await cases.destroy(GENTIA, 'contact/1', request)).toMatchObject({ ok: false });
    expect(await cases.contentKey(GENTIA, ['contact/1'])).toMatchObject({ ok: false });
    await sealing.destroy(GENTIA, 'contact/1', request);
    expect(await openOne(cases, foreign)).toEqual(refused);
    expect(await cases.rotate(GENTIA)).toMatchObject({ ok: false });
    await expect(cases.fingerprintKey(GENTIA)).rejects.toThrow(SealingError);
    await expect(cases.promiseSigner(GENTIA, 'receipts/promise')).rejects.toThrow(SealingError);
    expect(await cases.pseudonym(GENTIA, '2026', 'x')).toMatch(/^[a-z2-7]{26}$/);
  });

  it('only shrink, and closing them closes nothing', async () => {
    const { sealing } = bench();
    const narrow = sealing.forService({ classes: ['case'] }).forService({ classes: ['case', 'contact'] });
    expect(await narrow.seal([item('b', ['contact/1'])])).toMatchObject({ ok: false });
    await narrow.close();
    expect((await sealing.seal([item('a')])).ok).toBe(true);
  });
});
