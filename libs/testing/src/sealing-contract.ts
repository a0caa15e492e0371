import type { SealedValue } from '@toeverlaat/event-log';
import {
  deriveReceipt,
  epochRecipient,
  KeyStoreUnavailable,
  newReceiptCode,
  openAsReader,
  openReaderWrap,
  type DerivedReceipt,
  type DestroyNote,
  type Keyring,
  type KeyState,
  type NewKey,
  type ReaderKey,
  type ReaderWrap,
  type SealingService,
  type Vault,
} from '@toeverlaat/sealing';
import { organisationId, randomId, type OrganisationId } from '@toeverlaat/values';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** A vault to run the contract against. It may hold keys of others: every test uses organisations of its own. */
export type VaultUnderTest = { readonly vault: Vault; readonly dispose?: () => Promise<void> };
export type KeyringUnderTest = { readonly keyring: Keyring; readonly dispose?: () => Promise<void> };

const fresh = (name: string): OrganisationId => organisationId(`${name}${randomId().replaceAll('-', '').slice(0, 20)}`);

const wrapped = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const newKey = (subject: string, epoch = 1, keyId = randomId()): NewKey => ({
  subject,
  keyId,
  wrap: { recipient: epochRecipient(epoch), wrapped: wrapped(`wrap of ${keyId}`) },
});
const note: DestroyNote = { by: 'p-1', reason: 'case.closed+10y v1', at: '2026-11-02T10:00:00.000Z' };
const keyIdOf = (state: KeyState | undefined): string | undefined =>
  state?.kind === 'live' ? state.key.keyId : undefined;

/** What every vault must do (design §4); two organisations hold the same subjects throughout. */
export const vaultContract = (name: string, open: () => Promise<VaultUnderTest>): void => {
  describe(`vault: ${name}`, () => {
    let vault: Vault;
    let dispose: (() => Promise<void>) | undefined;
    let gentia: OrganisationId;
    let zorgnet: OrganisationId;

    beforeEach(async () => {
      ({ vault, dispose } = await open());
      gentia = fresh('gentia');
      zorgnet = fresh('zorgnet');
      await vault.startEpoch(gentia, 1);
      await vault.startEpoch(zorgnet, 1);
    });
    afterEach(async () => {
      await vault.close();
      await dispose?.();
    });

    it('gives back what was created, by subject and by key id, in the order asked', async () => {
      const [a, b] = [newKey('case/1'), newKey('case/1#p1')];
      const created = await vault.create(gentia, 1, [a, b]);
      expect(created.kind).toBe('states');
      const states = await vault.findBySubject(gentia, ['case/1#p1', 'case/2', 'case/1']);
      expect(states.map((state) => state.kind)).toEqual(['live', 'none', 'live']);
      expect(states.map(keyIdOf)).toEqual([b.keyId, undefined, a.keyId]);
      const [byId] = await vault.findById(gentia, [a.keyId]);
      expect(byId).toEqual({ kind: 'live', key: { subject: 'case/1', keyId: a.keyId, wraps: [a.wrap] } });
    });

    it('keeps organisations with the same subjects apart', async () => {
      const [a, b] = [newKey('case/1'), newKey('case/1')];
      await vault.create(gentia, 1, [a]);
      await vault.create(zorgnet, 1, [b]);
      expect((await vault.findBySubject(gentia, ['case/1'])).map(keyIdOf)).toEqual([a.keyId]);
      expect((await vault.findBySubject(zorgnet, ['case/1'])).map(keyIdOf)).toEqual([b.keyId]);
      expect(await vault.findById(zorgnet, [a.keyId])).toEqual([{ kind: 'none' }]);

      await vault.destroy(gentia, 'case/1', note);
      expect((await vault.findBySubject(zorgnet, ['case/1'])).map(keyIdOf)).toEqual([b.keyId]);
      expect(await vault.ledger(zorgnet)).toEqual([]);
      await vault.startEpoch(gentia, 2);
      expect(await vault.epoch(zorgnet)).toBe(1);
    });

    it('lets the first of two creators stand and tells both', async () => {
      const [a, b] = [newKey('case/1'), newKey('case/1')];
      const answers = await Promise.all([vault.create(gentia, 1, [a]), vault.create(gentia, 1, [b])]);
      const ids = answers.map((answer) => (answer.kind === 'states' ? keyIdOf(answer.states[0]) : 'stale'));
      expect(ids[0]).toBeDefined();
      expect(ids[0]).toBe(ids[1]);
      expect([a.keyId, b.keyId]).toContain(ids[0]);
      const loser = ids[0] === a.keyId ? b : a;
      expect(await vault.findById(gentia, [loser.keyId])).toEqual([{ kind: 'none' }]);
    });

    it('destroys with a line in the ledger, never without', async () => {
      const key = newKey('case/1');
      await vault.create(gentia, 1, [key, newKey('case/2')]);
      expect(await vault.destroy(gentia, 'case/1', note)).toEqual({ destroyedKeys: [key.keyId] });
      expect(await vault.findById(gentia, [key.keyId])).toEqual([{ kind: 'destroyed', subject: 'case/1' }]);
      expect(await vault.findBySubject(gentia, ['case/1'])).toEqual([{ kind: 'destroyed', subject: 'case/1' }]);
      expect(await vault.ledger(gentia)).toEqual([{ subject: 'case/1', keyIds: [key.keyId], ...note }]);
      expect((await vault.findBySubject(gentia, ['case/2']))[0]?.kind).toBe('live');
    });

    it('destroys a record with its participants, and a participant alone', async () => {
      const keys = [newKey('case/1'), newKey('case/1#p1'), newKey('case/1#p2'), newKey('case/10'), newKey('case/1x')];
      await vault.create(gentia, 1, keys);
      await vault.destroy(gentia, 'case/1#p1', note);
      const kinds = async () =>
        (
          await vault.findBySubject(gentia, ['case/1', 'case/1#p1', 'case/1#p2', 'case/1#p3', 'case/10', 'case/1x'])
        ).map((state) => state.kind);
      expect(await kinds()).toEqual(['live', 'destroyed', 'live', 'none', 'live', 'live']);
      const { destroyedKeys } = await vault.destroy(gentia, 'case/1', note);
      expect(destroyedKeys.toSorted()).toEqual([keys[0]?.keyId, keys[2]?.keyId].toSorted());
      expect(await kinds()).toEqual(['destroyed', 'destroyed', 'destroyed', 'destroyed', 'live', 'live']);
    });

    it('makes no new key for what is destroyed, and then none of the others asked with it', async () => {
      await vault.destroy(gentia, 'case/1', note);
      const created = await vault.create(gentia, 1, [newKey('case/2'), newKey('case/1#p9')]);
      expect(created.kind === 'states' && created.states.map((state) => state.kind)).toEqual(['none', 'destroyed']);
      expect(await vault.findBySubject(gentia, ['case/2'])).toEqual([{ kind: 'none' }]);
    });

    it('answers a repeated destruction the same; the first note stands', async () => {
      await vault.create(gentia, 1, [newKey('case/1')]);
      const first = await vault.destroy(gentia, 'case/1', note);
      const again = await vault.destroy(gentia, 'case/1', { ...note, by: 'p-2', at: '2027-01-01T00:00:00.000Z' });
      expect(again).toEqual(first);
      expect((await vault.ledger(gentia)).map((entry) => entry.by)).toEqual(['p-1']);
    });

    it('destroys many at the same moment as if one after the other', async () => {
      const subjects = Array.from({ length: 20 }, (_, at) => `case/${at}`);
      for (const organisation of [gentia, zorgnet])
        await vault.create(
          organisation,
          1,
          subjects.flatMap((subject) => [newKey(subject), newKey(`${subject}#p1`)]),
        );
      const destroyed = await Promise.all(
        // Each twice, and a participant beside the record that it goes with.
        [...subjects, 'case/0#p1', ...subjects].map((subject) => vault.destroy(gentia, subject, note)),
      );
      expect(destroyed.slice(21)).toEqual(destroyed.slice(0, 20));
      expect(new Set(destroyed.flatMap(({ destroyedKeys }) => destroyedKeys)).size).toBeGreaterThanOrEqual(39);
      const kinds = async (organisation: OrganisationId) =>
        new Set((await vault.findBySubject(organisation, subjects)).map(({ kind }) => kind));
      expect(await kinds(gentia)).toEqual(new Set(['destroyed']));
      expect(await kinds(zorgnet)).toEqual(new Set(['live']));
      expect(new Set((await vault.ledger(gentia)).map(({ subject }) => subject))).toEqual(
        new Set([...subjects, 'case/0#p1']),
      );
    });

    it('lets a destruction and a creation race to one of two outcomes', async () => {
      await Promise.all([vault.create(gentia, 1, [newKey('case/1')]), vault.destroy(gentia, 'case/1', note)]);
      expect(await vault.findBySubject(gentia, ['case/1'])).toEqual([{ kind: 'destroyed', subject: 'case/1' }]);
      expect(await vault.ledger(gentia)).toHaveLength(1);
    });

    it('refuses a key under an epoch that is not the current one, and never goes back', async () => {
      expect(await vault.create(fresh('new'), 1, [newKey('case/1')])).toEqual({
        kind: 'stale_epoch',
        epoch: undefined,
      });
      await vault.startEpoch(gentia, 2);
      await vault.startEpoch(gentia, 1);
      expect(await vault.epoch(gentia)).toBe(2);
      expect(await vault.create(gentia, 1, [newKey('case/1')])).toEqual({ kind: 'stale_epoch', epoch: 2 });
      expect(await vault.findBySubject(gentia, ['case/1'])).toEqual([{ kind: 'none' }]);
    });

    it('moves keys to another epoch page by page, but not the destroyed ones', async () => {
      const keys = ['case/1', 'case/2', 'case/3'].map((subject) => newKey(subject));
      await vault.create(gentia, 1, keys);
      await vault.create(zorgnet, 1, [newKey('case/1')]);
      await vault.startEpoch(gentia, 2);
      const page = await vault.notUnderEpoch(gentia, 2, 2);
      expect(page).toHaveLength(2);
      const victim = page[0];
      await vault.destroy(gentia, victim?.subject ?? '', note);
      await vault.rewrap(
        gentia,
        page.map(({ keyId }) => ({
          keyId,
          from: epochRecipient(1),
          wrap: { recipient: epochRecipient(2), wrapped: wrapped(`anew ${keyId}`) },
        })),
      );
      expect(await vault.notUnderEpoch(gentia, 2, 10)).toHaveLength(1);
      expect(await vault.notUnderEpoch(zorgnet, 2, 10)).toHaveLength(1);
      const [first, second] = await vault.findById(gentia, [page[0]?.keyId ?? '', page[1]?.keyId ?? '']);
      expect(first?.kind).toBe('destroyed');
      expect(second?.kind === 'live' && second.key.wraps).toEqual([
        { recipient: epochRecipient(2), wrapped: wrapped(`anew ${page[1]?.keyId}`) },
      ]);
      await vault.scrub();
      expect(await vault.notUnderEpoch(gentia, 2, 10)).toHaveLength(1);
    });

    it('rejects when it is closed: nothing looks missing or destroyed', async () => {
      await vault.create(gentia, 1, [newKey('case/1')]);
      await vault.close();
      await expect(vault.findBySubject(gentia, ['case/1'])).rejects.toBeInstanceOf(KeyStoreUnavailable);
      await expect(vault.findById(gentia, ['x'])).rejects.toBeInstanceOf(KeyStoreUnavailable);
      await expect(vault.create(gentia, 1, [newKey('case/2')])).rejects.toBeInstanceOf(KeyStoreUnavailable);
      await expect(vault.destroy(gentia, 'case/1', note)).rejects.toBeInstanceOf(KeyStoreUnavailable);
      await expect(vault.ledger(gentia)).rejects.toBeInstanceOf(KeyStoreUnavailable);
      await expect(vault.epoch(gentia)).rejects.toBeInstanceOf(KeyStoreUnavailable);
    });
  });
};

/** What every keyring must do (design §4). */
export const keyringContract = (name: string, open: () => Promise<KeyringUnderTest>): void => {
  describe(`keyring: ${name}`, () => {
    let keyring: Keyring;
    let dispose: (() => Promise<void>) | undefined;
    let gentia: OrganisationId;
    let zorgnet: OrganisationId;
    const bytes = async (organisation: OrganisationId, epoch: number): Promise<string | undefined> =>
      (await keyring.key(organisation, epoch))?.export().toString('hex');

    beforeEach(async () => {
      ({ keyring, dispose } = await open());
      gentia = fresh('gentia');
      zorgnet = fresh('zorgnet');
    });
    afterEach(async () => {
      await keyring.close();
      await dispose?.();
    });

    it('has no epoch before one is started', async () => {
      expect(await keyring.epochs(gentia)).toEqual([]);
      expect(await keyring.key(gentia, 1)).toBeUndefined();
    });

    it('makes one key per organisation and epoch, and never another for the same', async () => {
      await Promise.all([keyring.start(gentia, 1), keyring.start(gentia, 1), keyring.start(zorgnet, 1)]);
      await keyring.start(gentia, 2);
      const first = await bytes(gentia, 1);
      await keyring.start(gentia, 1);
      expect(await bytes(gentia, 1)).toBe(first);
      expect(await keyring.epochs(gentia)).toEqual([1, 2]);
      expect(await keyring.epochs(zorgnet)).toEqual([1]);
      expect(new Set([first, await bytes(gentia, 2), await bytes(zorgnet, 1)]).size).toBe(3);
    });

    it('drops one epoch of one organisation', async () => {
      for (const organisation of [gentia, zorgnet])
        for (const epoch of [1, 2]) await keyring.start(organisation, epoch);
      await keyring.drop(gentia, 1);
      await keyring.drop(gentia, 1);
      expect(await keyring.key(gentia, 1)).toBeUndefined();
      expect(await keyring.epochs(gentia)).toEqual([2]);
      expect(await keyring.epochs(zorgnet)).toEqual([1, 2]);
    });

    it('keeps one signing key per organisation and name', async () => {
      const [a, again] = await Promise.all([
        keyring.signingKey(gentia, 'receipts/promise'),
        keyring.signingKey(gentia, 'receipts/promise'),
      ]);
      const other = await keyring.signingKey(zorgnet, 'receipts/promise');
      expect(again.keyId).toBe(a.keyId);
      expect(again.publicKey).toEqual(a.publicKey);
      expect(other.keyId).not.toBe(a.keyId);
      expect((await keyring.signingKey(gentia, 'receipts/promise')).keyId).toBe(a.keyId);
    });

    it('rejects when it is closed', async () => {
      await keyring.start(gentia, 1);
      await keyring.close();
      await expect(keyring.epochs(gentia)).rejects.toBeInstanceOf(KeyStoreUnavailable);
      await expect(keyring.key(gentia, 1)).rejects.toBeInstanceOf(KeyStoreUnavailable);
      await expect(keyring.start(gentia, 2)).rejects.toBeInstanceOf(KeyStoreUnavailable);
    });
  });
};

/** What sealing must do for a reader who has a key of their own (design §4, ADR 16), over every vault and keyring. */
export const readerContract = (
  name: string,
  open: () => Promise<{ readonly sealing: SealingService; readonly dispose?: () => Promise<void> }>,
): void => {
  describe(`readers: ${name}`, () => {
    let sealing: SealingService;
    let dispose: (() => Promise<void>) | undefined;
    let gentia: OrganisationId;
    let zorgnet: OrganisationId;
    beforeEach(async () => {
      ({ sealing, dispose } = await open());
      gentia = fresh('gentia');
      zorgnet = fresh('zorgnet');
    });
    afterEach(async () => {
      await sealing.close();
      await dispose?.();
    });

    const sealed = async (organisation: OrganisationId, ...subjects: readonly string[]): Promise<SealedValue> => {
      const context = { organisation, stream: 's', eventId: 'e', type: 't.v1', path: 'words' };
      const answer = await sealing.seal([{ organisation, subjects, context, value: `tot donderdag, ${organisation}` }]);
      const value = answer.ok ? answer.value[0] : undefined;
      if (value === undefined) throw new Error('not sealed');
      return value;
    };
    const keyOf = async (organisation: OrganisationId, subject: string, reader: DerivedReceipt): Promise<ReaderKey> => {
      const wrap = await sealing.wrapForReader(organisation, subject, reader.publicKey);
      if (!wrap.ok) throw new Error(wrap.error.kind);
      const key = await openReaderWrap(reader.privateKey, JSON.parse(JSON.stringify(wrap.value)) as ReaderWrap);
      if (key === undefined) throw new Error('not opened');
      return key;
    };

    it('gives the reader the key of one part: that part opens, the record and its other parts do not', async () => {
      const reader = await deriveReceipt(newReceiptCode('nl'));
      const key = await keyOf(gentia, 'request/1#replies', reader);
      expect(await openAsReader(key, await sealed(gentia, 'request/1#replies'))).toBe(`tot donderdag, ${gentia}`);
      for (const subjects of [
        ['request/1'],
        ['request/1', 'request/1#replies'],
        ['request/1#p2'],
        ['request/2#replies'],
      ])
        expect(await openAsReader(key, await sealed(gentia, ...subjects))).toBeUndefined();
    });

    it('keeps organisations with the same subjects apart', async () => {
      const reader = await deriveReceipt(newReceiptCode('nl'));
      const key = await keyOf(gentia, 'request/1#replies', reader);
      const there = await sealed(zorgnet, 'request/1#replies');
      expect(await openAsReader(key, there)).toBeUndefined();
      const own = await keyOf(zorgnet, 'request/1#replies', reader);
      expect(await openAsReader(own, there)).toBe(`tot donderdag, ${zorgnet}`);
    });

    it('opens the same after the epoch changed, and nothing is given once the record is destroyed', async () => {
      const reader = await deriveReceipt(newReceiptCode('nl'));
      const value = await sealed(gentia, 'request/1#replies');
      expect((await sealing.rotate(gentia, { dropPrevious: true })).ok).toBe(true);
      const key = await keyOf(gentia, 'request/1#replies', reader);
      expect(await openAsReader(key, value)).toBe(`tot donderdag, ${gentia}`);
      expect((await sealing.destroy(gentia, 'request/1', note)).ok).toBe(true);
      expect(await sealing.wrapForReader(gentia, 'request/1#replies', reader.publicKey)).toMatchObject({
        ok: false,
        error: { kind: 'KeyDestroyed' },
      });
    });

    it('gives nothing to a service that has no credential for the record, or for a key that is none', async () => {
      const reader = await deriveReceipt(newReceiptCode('nl'));
      const other = sealing.forService({ classes: ['case'] });
      expect(await other.wrapForReader(gentia, 'request/1#replies', reader.publicKey)).toMatchObject({
        ok: false,
        error: { kind: 'KeyUnavailable' },
      });
      expect(await sealing.wrapForReader(gentia, 'request/1#replies', new Uint8Array(31))).toEqual({
        ok: false,
        error: { kind: 'UnusableReaderKey' },
      });
    });
  });
};
