import { expect, it } from 'vitest';
import { AnchorUnavailable, type Anchor, type AnchorRecord } from './port.js';

/* What every adapter of the anchor port passes; loaded by its spec alone. */

export const anchorRecord = (sequence: number, word = 'seal'): AnchorRecord => ({
  v: 1,
  sequence,
  entry: `toeverlaat seal v1\n${sequence}\n2026-11-25T08:00:00.000Z\nheads 8 ${word}\nledger 0 none\n`,
  note: `toeverlaat/0011\n${sequence + 1}\n${word}\n\n— toeverlaat/0011 AAAAAAAA\n`,
  keyIds: [`00000000-0000-4000-8000-00000000000${sequence % 10}`],
});

/** @param open opens the anchor on the same place each time, as a process that starts again does */
export const anchorContract = (open: () => Anchor): void => {
  it('is empty at first', async () => {
    expect(await open().newest()).toBeUndefined();
    expect(await open().from(0)).toEqual([]);
  });

  it('gives back what was appended, in order, also to another process', async () => {
    await open().append([anchorRecord(0), anchorRecord(1)]);
    await open().append([anchorRecord(2)]);
    expect(await open().newest()).toEqual(anchorRecord(2));
    expect(await open().from(1)).toEqual([anchorRecord(1), anchorRecord(2)]);
  });

  it('takes what it has already as done, and never changes it', async () => {
    await open().append([anchorRecord(0), anchorRecord(1)]);
    await open().append([anchorRecord(0, 'other'), anchorRecord(1, 'other'), anchorRecord(2)]);
    expect(await open().from(0)).toEqual([anchorRecord(0), anchorRecord(1), anchorRecord(2)]);
    await open().append([]);
    expect((await open().newest())?.sequence).toBe(2);
  });

  it('refuses a gap', async () => {
    await open().append([anchorRecord(0)]);
    await expect(open().append([anchorRecord(2)])).rejects.toBeInstanceOf(AnchorUnavailable);
    expect((await open().newest())?.sequence).toBe(0);
  });
};
