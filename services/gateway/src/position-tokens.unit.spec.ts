import type { Position } from '@toeverlaat/event-log';
import { organisationId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { languageOf } from './language.js';
import { createPositionTokens } from './position-tokens.js';

const tokens = createPositionTokens(Buffer.alloc(32, 1));
const content = {
  service: 'case',
  position: '00000000000042' as Position,
  organisation: organisationId('gentia'),
} as const;

describe('position tokens', () => {
  it('open to what was sealed, by every replica with the key and by nobody else', () => {
    const token = tokens.seal(content);
    expect(createPositionTokens(Buffer.alloc(32, 1)).open(token)).toEqual(content);
    expect(createPositionTokens(Buffer.alloc(32, 2)).open(token)).toBeUndefined();
  });

  it('tell nothing: no position in them, never the same twice, always as long', () => {
    const a = tokens.seal(content);
    const b = tokens.seal({ ...content, service: 'reporting', position: '9' as Position });
    expect(a).not.toBe(tokens.seal(content));
    expect(a.length).toBe(b.length);
    // The whole of each: two digits stand in random bytes by chance, one time in two hundred.
    const bytes = Buffer.from(a, 'base64url').toString('latin1');
    for (const part of [content.position, content.organisation, content.service]) expect(bytes).not.toContain(part);
  });

  it('are refused when one bit differs or when they are anything else', () => {
    const bytes = Buffer.from(tokens.seal(content), 'base64url');
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(at) ^ mask, at);
        expect(tokens.open(changed.toString('base64url'))).toBeUndefined();
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => tokens.open(text) === undefined));
  });

  it('refuses a key that is not 32 bytes', () => {
    expect(() => createPositionTokens(Buffer.alloc(16))).toThrow(RangeError);
  });
});

describe('the language of an answer', () => {
  it.each([
    [undefined, 'nl'],
    ['', 'nl'],
    ['fr-BE,fr;q=0.9,nl;q=0.8', 'fr'],
    ['es, de;q=0.5, en;q=0.7', 'en'],
    ['nl;q=0, de;q=0.1', 'de'],
    ['*', 'nl'],
    ['x'.repeat(1000), 'nl'],
  ])('%j → %s', (header, expected) => {
    expect(languageOf(header, 'nl')).toBe(expected);
  });
});
