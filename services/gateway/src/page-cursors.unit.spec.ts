import { organisationId } from '@toeverlaat/values';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPageCursors, type CursorUse } from './page-cursors.js';
import { createPositionTokens } from './position-tokens.js';

const key = Buffer.alloc(32, 1);
const cursors = createPageCursors(key);
const lies = { organisation: organisationId('gentia'), role: 'counsellor', pseudonym: 'abc' } as const;
const desk: CursorUse = { pattern: 'case.desk', caller: lies };
const plain = Buffer.from('[1,"tag","2026-11-12","0f8fad5b-d9cb-469f-a165-70867728950e"]').toString('base64url');

describe('page cursors', () => {
  it('open to what was sealed, by every replica with the key and by nobody else', () => {
    const token = cursors.seal(plain, desk);
    expect(createPageCursors(key).open(token, desk)).toBe(plain);
    expect(createPageCursors(Buffer.alloc(32, 2)).open(token, desk)).toBeUndefined();
  });

  it('are of one caller and one list', () => {
    const token = cursors.seal(plain, desk);
    for (const other of [
      { ...desk, pattern: 'case.adviceContacts' },
      { ...desk, caller: { ...lies, organisation: organisationId('zorgnet') } },
      { ...desk, caller: { ...lies, role: 'prevention_adviser' as const } },
      { ...desk, caller: { ...lies, pseudonym: 'abd' } },
      { ...desk, caller: undefined },
    ])
      expect(cursors.open(token, other)).toBeUndefined();
    // The two uses of one key are two keys.
    expect(createPositionTokens(key).open(token)).toBeUndefined();
  });

  it('tell nothing: no date and no id in them, never the same twice, of one length', () => {
    const token = cursors.seal(plain, desk);
    const bytes = Buffer.from(token, 'base64url').toString('latin1');
    expect(bytes).not.toMatch(/2026|0f8fad5b|tag/u);
    expect(token).not.toContain(plain.slice(0, 12));
    expect(cursors.seal(plain, desk)).not.toBe(token);
    expect(cursors.seal(plain.slice(1), desk).length).toBe(token.length);
  });

  it('are refused when one bit differs or when they are anything else, a readable cursor included', () => {
    const bytes = Buffer.from(cursors.seal(plain, desk), 'base64url');
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(at) ^ mask, at);
        expect(cursors.open(changed.toString('base64url'), desk)).toBeUndefined();
      }),
    );
    expect(cursors.open(plain, desk)).toBeUndefined();
    fc.assert(fc.property(fc.string(), (text) => cursors.open(text, desk) === undefined));
  });
});
