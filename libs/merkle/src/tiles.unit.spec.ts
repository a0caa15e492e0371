import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTilePath, tilePath } from './tiles.js';

describe('the path of a tile', () => {
  it.each([
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 1, index: 1_234_067, width: 256 }, 'tile/1/x001/x234/067'],
    [{ level: 63, index: 999, width: 1 }, 'tile/63/999.p/1'],
    [{ level: 0, index: 1000, width: 255 }, 'tile/0/x001/000.p/255'],
  ])('%j is %s', (tile, path) => {
    expect(tilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual(tile);
  });

  it('is read back', () => {
    fc.assert(
      fc.property(
        fc.record({ level: fc.nat(63), index: fc.maxSafeNat(), width: fc.integer({ min: 1, max: 256 }) }),
        (tile) => {
          expect(parseTilePath(tilePath(tile))).toEqual(tile);
        },
      ),
    );
  });

  it.each([
    '',
    'tile/0/0',
    'tile/00/000',
    'tile/64/000',
    'tile/0/x000/001',
    'tile/0/001/067',
    'tile/0/x01/067',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/0/000.p/',
    'tile/0/../000',
    '/tile/0/000',
    'tile/0/000\n',
    'tile/-1/000',
    'tile/0/x999/x999/x999/x999/x999/999',
  ])('%j is none', (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });
});
