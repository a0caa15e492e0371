import * as fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  canonicalJson,
  createdIdOf,
  eventIdOf,
  localDateOf,
  organisationId,
  reactionCommandId,
  sha256Hex,
  startOfDate,
  UUID,
  uuidV5,
} from './index.js';

describe('name-based ids', () => {
  it('are valid UUIDs of version 5 and depend on every part', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(uuidV5(a, b)).toMatch(UUID);
        expect(uuidV5(a, b)).toBe(uuidV5(a, b));
        expect(uuidV5(a, b)).not.toBe(uuidV5(`${a}${b}`));
      }),
    );
  });

  it('are those of RFC 9562, made the long way, for parts of any length', () => {
    const long = (parts: readonly string[]): string => {
      const sha1 = createHash('sha1').update(Buffer.from('0f4b1d5e6a0c4a529d0e2f4f3d1c7b90', 'hex'));
      for (const part of parts) sha1.update(`${Buffer.byteLength(part)}:`).update(part);
      const bytes = sha1.digest().subarray(0, 16);
      bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
      bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
      return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    };
    const part = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant('é'.repeat(3_000)));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        expect(uuidV5(...parts)).toBe(long(parts));
      }),
    );
  });

  it('keep the values that stored logs depend on', () => {
    expect(eventIdOf('case.case-gentia_1', '6f9619ff-8b86-4d01-b42d-00cf4fc964ff', 0)).toMatchInlineSnapshot(
      `"543717ed-f5d6-56dc-b001-6b8f5e6385c5"`,
    );
  });

  it('differ between organisations and between reactions', () => {
    const command = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
    expect(createdIdOf(organisationId('gentia'), command, 'case')).not.toBe(
      createdIdOf(organisationId('zorgnet'), command, 'case'),
    );
    expect(reactionCommandId('a', command)).not.toBe(reactionCommandId('b', command));
  });
});

describe('canonical JSON', () => {
  it('does not depend on the order of keys and reads back as the same value', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))),
        (record) => {
          const reversed = Object.fromEntries(Object.entries(record).toReversed());
          expect(canonicalJson(reversed)).toBe(canonicalJson(record));
          expect(JSON.parse(canonicalJson(record))).toEqual(JSON.parse(JSON.stringify(record)));
        },
      ),
    );
  });

  it('refuses what JSON cannot carry unchanged', () => {
    expect(() => canonicalJson({ half: 0.5 })).toThrow(TypeError);
    expect(() => canonicalJson([1n])).toThrow(TypeError);
  });
});

describe('dates', () => {
  it('are those of Belgium: late evening in UTC is the next day in summer', () => {
    expect(localDateOf('2026-07-01T22:30:00.000Z')).toBe('2026-07-02');
    expect(localDateOf('2026-12-01T22:30:00.000Z')).toBe('2026-12-01');
  });

  it('are the same whatever was asked before', () => {
    const formatted = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Brussels', dateStyle: 'short' });
    fc.assert(
      fc.property(
        fc.array(fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })),
        (dates) => {
          for (const date of dates) {
            const hour = date.toISOString();
            const next = new Date(date.getTime() + 1_800_000).toISOString();
            for (const instant of [hour, next]) expect(localDateOf(instant)).toBe(formatted.format(new Date(instant)));
          }
        },
      ),
    );
  });

  it('add calendar days over month ends, leap days and the change of the clock', () => {
    expect(addDays('2028-02-28', 2)).toBe('2028-03-01');
    expect(addDays('2026-03-28', 2)).toBe('2026-03-30');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: -400, max: 400 }), (start, days) => {
        const date = addDays('1990-01-01', start);
        expect(addDays(addDays(date, days), -days)).toBe(date);
      }),
    );
  });
});

describe('organisation ids', () => {
  it('hold no separator of stream names', () => {
    expect(() => organisationId('a-b')).toThrow(TypeError);
    expect(() => organisationId('a_b')).toThrow(TypeError);
    expect(organisationId('gentia')).toBe('gentia');
  });
});

describe('sha256Hex', () => {
  it('hashes UTF-8 (FIPS 180-4, "abc") and bytes alike', () => {
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256Hex(Buffer.from('één'))).toBe(sha256Hex('één'));
  });
});

describe('the start of a date', () => {
  it('is the first instant of it in Belgium, in summer, in winter and when the clock changes', () => {
    expect(startOfDate('2026-07-01')).toBe('2026-06-30T22:00:00.000Z');
    expect(startOfDate('2026-12-01')).toBe('2026-11-30T23:00:00.000Z');
    expect(startOfDate('2026-03-29')).toBe('2026-03-28T23:00:00.000Z');
    expect(startOfDate('2026-03-30')).toBe('2026-03-29T22:00:00.000Z');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000 }), (days) => {
        const date = addDays('2000-01-01', days);
        const start = startOfDate(date);
        expect(localDateOf(start)).toBe(date);
        expect(localDateOf(new Date(Date.parse(start) - 1).toISOString())).toBe(addDays(date, -1));
      }),
    );
  });
});
