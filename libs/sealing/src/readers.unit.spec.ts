import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openAsReader, openReaderWrap, wrapForReader, type ReadableValue, type ReaderWrap } from './readers.js';
import { deriveReceipt, parseReceiptCode } from './receipts.js';

/**
 * What one installation stored and handed out once: a code, the wrap of a data key for it, a value sealed under that key.
 * Whatever changes, who wrote down such a code must be able to open such bytes.
 */
type Golden = {
  readonly code: string;
  readonly wrap: ReaderWrap;
  readonly sealed: ReadableValue;
  readonly opened: string;
};
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'fixtures', 'reader-wrap-v1.json'), 'utf8'),
) as Golden;

const keysOf = async (code: string) => {
  const parsed = parseReceiptCode(code);
  if (!parsed.ok) throw new Error(parsed.error.rule);
  return deriveReceipt(parsed.value);
};

describe('a reader with a key of their own', () => {
  it('opens golden bytes with the code and nothing else', async () => {
    const { privateKey } = await keysOf(golden.code);
    const key = await openReaderWrap(privateKey, golden.wrap);
    expect(key?.keyId).toBe(golden.wrap.keyId);
    expect(key === undefined ? undefined : await openAsReader(key, golden.sealed)).toBe(golden.opened);
  });

  it('is nobody else: another code opens no wrap, and a wrap opens under its own name alone', async () => {
    const { privateKey } = await keysOf(golden.code);
    const other = await deriveReceipt({ secret: new Uint8Array(11).fill(3) });
    expect(await openReaderWrap(other.privateKey, golden.wrap)).toBeUndefined();
    for (const change of [{ organisation: 'zorgnet' }, { subject: 'request/1#replies' }, { keyId: 'another' }])
      expect(await openReaderWrap(privateKey, { ...golden.wrap, ...change })).toBeUndefined();
    const { ct } = golden.wrap.key;
    const changed = { ...golden.wrap.key, ct: `${ct.startsWith('A') ? 'B' : 'A'}${ct.slice(1)}` };
    expect(await openReaderWrap(privateKey, { ...golden.wrap, key: changed })).toBeUndefined();
  });

  it('opens what was sealed under this one key, where it was sealed for, unchanged', async () => {
    const { privateKey } = await keysOf(golden.code);
    const key = await openReaderWrap(privateKey, golden.wrap);
    if (key === undefined) throw new Error('not opened');
    const { sealed } = golden;
    for (const moved of [
      { ...sealed, keys: ['another'] },
      { ...sealed, keys: [...sealed.keys, 'another'] },
      { ...sealed, ctx: { ...sealed.ctx, eventId: 'another' } },
      { ...sealed, ctx: { ...sealed.ctx, organisation: 'zorgnet' } },
      { ...sealed, ct: `${sealed.ct.startsWith('A') ? 'B' : 'A'}${sealed.ct.slice(1)}` },
      { ...sealed, iv: '' },
    ])
      expect(await openAsReader(key, moved)).toBeUndefined();
  });

  it('has no key that is no X25519 key', async () => {
    const of = { organisation: 'gentia', subject: 'request/1#replies', keyId: 'k' };
    await expect(wrapForReader(new Uint8Array(31), of, new Uint8Array(32))).rejects.toBeInstanceOf(Error);
    // A point of small order: the shared secret would be the same for everyone.
    await expect(wrapForReader(new Uint8Array(32), of, new Uint8Array(32))).rejects.toBeInstanceOf(Error);
  });

  it('does not take a wrap of something that is no data key', async () => {
    const { publicKey, privateKey } = await keysOf(golden.code);
    const of = { organisation: 'gentia', subject: 'request/1#replies', keyId: 'k' };
    const short = await wrapForReader(publicKey, of, new Uint8Array(16));
    expect(await openReaderWrap(privateKey, short)).toBeUndefined();
  });
});
