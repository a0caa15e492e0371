import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64 } from './base64.js';
import { checkpointText, openCheckpoint, parseCheckpointText, signCheckpoint, type Checkpoint } from './checkpoint.js';
import {
  ed25519,
  ed25519Signer,
  ed25519SignerFromSeed,
  newEd25519Key,
  noteVerifier,
  parseSignerKey,
} from './ed25519.js';
import { createMemoryTileStore } from './memory-tile-store.js';
import { nodeHasher, nodeSha256 } from './node-hasher.js';
import { createNoteVerifier, openNote, parseNote, signNote, type NoteSigner, type NoteVerifier } from './note.js';
import { formatTlogProof, parseTlogProof, verifyTlogProof } from './tlog-proof.js';
import { emptyTree, headOf, integrate, proveInclusion } from './tree.js';

const { specification, go } = JSON.parse(
  readFileSync(new URL('../fixtures/notes.json', import.meta.url), 'utf8'),
) as Readonly<Record<'specification' | 'go', Readonly<Record<string, string>>>>;
const from = (record: Readonly<Record<string, string>>, name: string): string => record[name] ?? '';

const signerNamed = (name: string, seed = 1): NoteSigner => ed25519SignerFromSeed(name, new Uint8Array(32).fill(seed));
const verifierFor = (key: string): NoteVerifier => {
  const verifier = noteVerifier(key);
  if (!verifier.ok) throw new Error(verifier.error);
  return verifier.value;
};
const gentia = signerNamed('gentia.example/evidence');
const zorgnet = signerNamed('zorgnet.example/evidence', 2);
const gentiaKey = verifierFor(gentia.verifierKey);

describe('base64', () => {
  it('is that of the platform, and comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
        expect(fromBase64(toBase64(bytes))).toEqual(bytes);
      }),
    );
  });
  it.each(['A', 'AA', 'AAA', 'AAAA=', 'A===', '====', 'AB==', 'AAB=', 'AA==AAAA', 'AA A', 'AAA\n', 'AA-_', 'AAAA '])(
    'refuses %j',
    (text) => {
      expect(fromBase64(text)).toBeUndefined();
    },
  );
});

describe('keys in note format', () => {
  it('read the published ones, and refuse every part and every change of them', () => {
    const key = from(go, 'verifierKey');
    expect(noteVerifier(key)).toMatchObject({ ok: true, value: { name: 'PeterNeumann', keyId: 'c74f20a3' } });
    for (let start = 0; start <= key.length; start += 1)
      for (let end = start; end <= key.length - (start === 0 ? 1 : 0); end += 1)
        expect(noteVerifier(key.slice(start, end)).ok).toBe(false);
    for (let at = 0; at < key.length; at += 1) {
      const next = String.fromCharCode(key.charCodeAt(at) + 1);
      expect(noteVerifier(key.slice(0, at) + next + key.slice(at + 1)).ok).toBe(false);
    }
    expect(noteVerifier(from(go, 'wrongLength')).ok).toBe(false);
    expect(noteVerifier(from(go, 'unknownAlgorithm'))).toEqual({ ok: false, error: 'unknown_algorithm' });
    expect(noteVerifier(key.replace('c74f20a3', 'C74F20A3'))).toEqual({ ok: false, error: 'malformed_key' });
  });

  it('keep secrets in the same form', () => {
    const key = from(go, 'signerKey');
    expect(parseSignerKey(key)).toMatchObject({ ok: true, value: { verifierKey: from(go, 'verifierKey') } });
    for (let at = 0; at < key.length; at += 1) {
      expect(parseSignerKey(key.slice(at + 1)).ok).toBe(false);
      expect(parseSignerKey(key.slice(0, at)).ok).toBe(false);
      const next = String.fromCharCode(key.charCodeAt(at) + 1);
      expect(parseSignerKey(key.slice(0, at) + next + key.slice(at + 1)).ok).toBe(false);
    }
    const made = newEd25519Key('gentia.example/evidence');
    expect(parseSignerKey(made.signerKey)).toMatchObject({
      ok: true,
      value: { verifierKey: made.signer.verifierKey },
    });
  });

  it('are refused where no note could carry them', () => {
    for (const name of ['', 'a b', 'a+b', 'a\nb', 'a\u00a0b', 'a\u0001', '\ud800'])
      expect(() => signerNamed(name)).toThrow('a key name');
    expect(() => ed25519SignerFromSeed('x', new Uint8Array(31))).toThrow('32 bytes, not 31');
    expect(() => ed25519Signer('x', generateKeyPairSync('x25519').privateKey)).toThrow('not an Ed25519 private key');
    expect(() => ed25519Signer('x', generateKeyPairSync('ed25519').publicKey)).toThrow('not an Ed25519 private key');
  });
});

describe('a signed note', () => {
  it('opens as published, and is made as published', async () => {
    const note = from(specification, 'note');
    const opened = await openNote(note, [verifierFor(from(specification, 'verifierKey'))]);
    expect(opened).toMatchObject({ ok: true, value: { text: 'This is an example message.\n', unknown: [] } });

    const peter = parseSignerKey(from(go, 'signerKey'));
    const signed = peter.ok ? await signNote(from(go, 'text'), [peter.value]) : '';
    expect(signed).toBe(`${from(go, 'text')}\n${from(go, 'line')}`);
    const keys = [verifierFor(from(go, 'verifierKey')), verifierFor(from(go, 'secondVerifierKey'))];
    const both = await openNote(signed + from(go, 'secondLine'), keys);
    expect(both.ok && both.value.signedBy.map(({ name }) => name)).toEqual(['PeterNeumann', 'EnochRoot']);
  });

  it('carries every signer in turn, also one that signs elsewhere and in another way', async () => {
    const slow: NoteSigner = { ...zorgnet, sign: async (message) => zorgnet.sign(message) };
    const note = await signNote('eerste\n\nlaatste\n', [gentia, slow]);
    const opened = await openNote(note, [verifierFor(zorgnet.verifierKey), gentiaKey]);
    expect(opened.ok && opened.value.signedBy.map(({ name }) => name)).toEqual([gentia.name, zorgnet.name]);
    expect(opened.ok && opened.value.text).toBe('eerste\n\nlaatste\n');

    // Another algorithm is a type byte and a function.
    const mac = (message: Uint8Array): Uint8Array => createHash('sha256').update('secret').update(message).digest();
    const other = {
      type: 0xff,
      publicKeyBytes: 1,
      signatureBytes: 32,
      verify: (_: Uint8Array, m: Uint8Array, s: Uint8Array) => Buffer.compare(mac(m), s) === 0,
    };
    const typed = Uint8Array.of(0xff, 9);
    const id = createHash('sha256').update('other\n').update(typed).digest('hex').slice(0, 8);
    const key = `other+${id}+${toBase64(typed)}`;
    expect(noteVerifier(key)).toEqual({ ok: false, error: 'unknown_algorithm' });
    const verifier = createNoteVerifier(nodeSha256, [ed25519, other], key);
    const mixed = await signNote('x\n', [gentia, { name: 'other', keyId: id, verifierKey: key, sign: mac }]);
    expect(verifier.ok && (await openNote(mixed, [verifier.value]))).toMatchObject({
      ok: true,
      value: { signedBy: [{ name: 'other' }], unknown: [{ name: gentia.name }] },
    });
  });

  it('is not believed without a known key, nor with a false signature of one', async () => {
    const note = await signNote('tekst\n', [gentia, zorgnet]);
    expect(await openNote(note, [])).toEqual({ ok: false, error: 'no_known_signer' });
    expect(await openNote(note, [verifierFor(signerNamed(gentia.name, 3).verifierKey)])).toEqual({
      ok: false,
      error: 'no_known_signer',
    });
    expect(await openNote(note.replace('tekst', 'texst'), [gentiaKey])).toEqual({
      ok: false,
      error: 'signature_invalid',
    });
    // One good and one false signature: refused, whichever comes first.
    const linesOf = async (text: string) => (await signNote(text, [gentia, zorgnet])).split('\n').slice(2);
    const [[first = '', second = ''], [, spoiled = '']] = [await linesOf('x\n'), await linesOf('y\n')];
    const keys = [gentiaKey, verifierFor(zorgnet.verifierKey)];
    expect((await openNote(`x\n\n${second}\n${first}\n`, keys)).ok).toBe(true);
    for (const lines of [`${first}\n${spoiled}\n`, `${spoiled}\n${first}\n`])
      expect(await openNote(`x\n\n${lines}`, keys)).toEqual({ ok: false, error: 'signature_invalid' });
  });

  it('loses its truth with any bit', async () => {
    const note = Buffer.from(await signNote('tekst\n', [gentia]), 'utf8');
    for (let bit = 0; bit < note.length * 8; bit += 1) {
      const changed = Uint8Array.from(note, (byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect((await openNote(changed, [gentiaKey])).ok, `bit ${bit}`).toBe(false);
    }
  });

  const line = '— gentia.example/evidence AAAAAAA=\n';
  it.each([
    ['', 'no_signature_block'],
    ['x', 'no_signature_block'],
    ['x\n', 'no_signature_block'],
    [`x\n${line}`, 'no_signature_block'],
    ['x\n\n', 'no_signature_block'],
    [`x\n\n${line.slice(0, -1)}`, 'no_signature_block'],
    [`x\n\n${line}\n`, 'no_signature_block'],
    [`x\n\n${line}rest`, 'no_signature_block'],
    [`x\n\n${line}rest\n`, 'malformed_signature_line'],
    [`x\n\n${line} \n`, 'malformed_signature_line'],
    [`x\n\n-${line.slice(1)}`, 'malformed_signature_line'],
    ['x\n\n— a AAAA\n', 'malformed_signature_line'],
    ['x\n\n— a AAAAAAA\n', 'malformed_signature_line'],
    ['x\n\n— a AAAAAAB=\n', 'malformed_signature_line'],
    ['x\n\n— a AAAAAAA= \n', 'malformed_signature_line'],
    ['x\n\n— a  AAAAAAA=\n', 'malformed_signature_line'],
    ['x\n\n—  AAAAAAA=\n', 'malformed_signature_line'],
    ['x\n\n— a+b AAAAAAA=\n', 'malformed_signature_line'],
    ['x\n\n— a\u00a0b AAAAAAA=\n', 'malformed_signature_line'],
    [`x\r\n\n${line}`, 'control_character'],
    [`x\t\n\n${line}`, 'control_character'],
    [`x\0\n\n${line}`, 'control_character'],
    [`x\n\n${line}${line}`, 'duplicate_signature'],
    [`x\n\n${line}${line.replace('AAAAAAA=', 'AAAAAAE=')}`, 'duplicate_signature'],
    [`x\n\n${line.repeat(101)}`, 'too_many_signatures'],
    [`\ud800\n\n${line}`, 'not_utf8'],
    [`${'x'.repeat(1_000_000)}\n\n${line}`, 'too_large'],
  ] as const)('%j is none', (note, error) => {
    expect(parseNote(note)).toEqual({ ok: false, error });
  });

  it('is none in bytes that are no UTF-8', () => {
    const bytes = Uint8Array.of(0xc3, 0x28, ...Buffer.from(`\n\n${line}`));
    expect(parseNote(bytes)).toEqual({ ok: false, error: 'not_utf8' });
  });

  it('is not made where it could not be read', async () => {
    await expect(signNote('x', [gentia])).rejects.toThrow('ends with a line feed');
    await expect(signNote('x\n', [])).rejects.toThrow('needs a signer');
    await expect(signNote('x\n', [gentia, gentia])).rejects.toThrow('duplicate_signature');
    await expect(signNote('x\t\n', [gentia])).rejects.toThrow('control_character');
    const refusing = { ...gentia, sign: () => Promise.reject(new Error('key away')) };
    await expect(signNote('x\n', [refusing])).rejects.toThrow('key away');
  });
});

const ROOT = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';

describe('a checkpoint', () => {
  const text = `example.com/behind-the-sofa\n20852163\n${ROOT}\n`;
  it('reads as in the specification, and is written back the same', () => {
    const parsed = parseCheckpointText(text);
    expect(parsed).toMatchObject({
      ok: true,
      value: { origin: 'example.com/behind-the-sofa', size: 20_852_163, extensions: [] },
    });
    expect(parsed.ok && checkpointText(parsed.value)).toBe(text);
  });

  it.each([
    ['', 'line_not_ended'],
    [text.slice(0, -1), 'line_not_ended'],
    ['a\n1\n', 'too_few_lines'],
    [`\n1\n${ROOT}\n`, 'empty_line'],
    [`a\n1\n${ROOT}\n\n`, 'empty_line'],
    [`a\n1\n${ROOT}\n\nx\n`, 'empty_line'],
    [`a\n01\n${ROOT}\n`, 'malformed_size'],
    [`a\n+1\n${ROOT}\n`, 'malformed_size'],
    [`a\n-1\n${ROOT}\n`, 'malformed_size'],
    [`a\n1 \n${ROOT}\n`, 'malformed_size'],
    [`a\n1.0\n${ROOT}\n`, 'malformed_size'],
    [`a\n0x1\n${ROOT}\n`, 'malformed_size'],
    [`a\n١\n${ROOT}\n`, 'malformed_size'],
    [`a\n9007199254740992\n${ROOT}\n`, 'malformed_size'],
    [`a\n99999999999999999999\n${ROOT}\n`, 'malformed_size'],
    [`a\n1\n${ROOT.slice(0, -1)}\n`, 'malformed_root'],
    [`a\n1\n${ROOT} \n`, 'malformed_root'],
    [`a\n1\n${ROOT}AAAA\n`, 'malformed_root'],
    [`a\n1\nAAAA\n`, 'malformed_root'],
    [`a\n1\n${ROOT.replace('2I=', '2J=')}\n`, 'malformed_root'],
  ] as const)('%j is none', (other, error) => {
    expect(parseCheckpointText(other)).toEqual({ ok: false, error });
  });

  it('comes back whatever it says', () => {
    const lineOf = fc.string({ minLength: 1, unit: 'binary' }).filter((value) => !value.includes('\n'));
    fc.assert(
      fc.property(
        fc.record({
          origin: lineOf,
          size: fc.maxSafeNat(),
          root: fc.uint8Array({ minLength: 32, maxLength: 32 }),
          extensions: fc.array(lineOf, { maxLength: 3 }),
        }),
        (checkpoint) => {
          expect(parseCheckpointText(checkpointText(checkpoint))).toEqual({ ok: true, value: checkpoint });
        },
      ),
    );
  });

  const checkpoint: Checkpoint = {
    origin: gentia.name,
    size: 3,
    root: fromBase64(ROOT) ?? new Uint8Array(),
    extensions: ['erasures 2 AAAA'],
  };

  it('is signed, and opened under its own origin and key only', async () => {
    const note = await signCheckpoint(checkpoint, [gentia]);
    const opened = await openCheckpoint(note, gentia.name, [gentiaKey]);
    expect(opened).toMatchObject({ ok: true, value: checkpoint });
    expect(opened.ok && opened.value.signedBy).toEqual([gentiaKey]);
    expect(await openCheckpoint(note, zorgnet.name, [gentiaKey])).toEqual({ ok: false, error: 'other_origin' });
    expect(await openCheckpoint(note, gentia.name, [verifierFor(zorgnet.verifierKey)])).toEqual({
      ok: false,
      error: 'no_known_signer',
    });
    expect(await openCheckpoint(`${note}x`, gentia.name, [gentiaKey])).toEqual({
      ok: false,
      error: 'no_signature_block',
    });
    expect((await openCheckpoint(`x${note}`, gentia.name, [gentiaKey])).ok).toBe(false);
    expect((await openCheckpoint(note.replace('\n3\n', '\n4\n'), gentia.name, [gentiaKey])).ok).toBe(false);
    expect((await openCheckpoint(note.replace('erasures 2', 'erasures 1'), gentia.name, [gentiaKey])).ok).toBe(false);
  });

  it('is no checkpoint by being signed', async () => {
    const note = await signNote('geen stand\n', [gentia]);
    expect(await openCheckpoint(note, gentia.name, [gentiaKey])).toEqual({ ok: false, error: 'too_few_lines' });
  });

  it('is not made of what none can say', () => {
    expect(() => checkpointText({ ...checkpoint, size: -1 })).toThrow('no size');
    expect(() => checkpointText({ ...checkpoint, root: new Uint8Array(31) })).toThrow('32 bytes');
    expect(() => checkpointText({ ...checkpoint, origin: '' })).toThrow('not empty');
    expect(() => checkpointText({ ...checkpoint, extensions: ['a\nb'] })).toThrow('single lines');
  });
});

describe('a proof to hand over', () => {
  const leaves = Array.from({ length: 9 }, (_, i) => nodeHasher.leaf(Uint8Array.of(i)));
  const made = async (index: number) => {
    const store = createMemoryTileStore();
    const head = headOf(nodeHasher, await integrate(store, nodeHasher, emptyTree, leaves));
    const checkpoint = await signCheckpoint({ origin: gentia.name, extensions: [], ...head }, [gentia]);
    const { proof } = await proveInclusion(store, nodeHasher, index, head);
    return { index, proof, checkpoint };
  };
  const claim = (index: number) => ({
    leaf: leaves[index] ?? new Uint8Array(),
    origin: gentia.name,
    verifiers: [gentiaKey],
  });

  it('is one text that proves the leaf and nothing else', async () => {
    for (const index of [0, 5, 8]) {
      const text = formatTlogProof(await made(index));
      expect(await verifyTlogProof(nodeHasher, text, claim(index))).toMatchObject({
        ok: true,
        value: { index, checkpoint: { size: 9 } },
      });
      expect(await verifyTlogProof(nodeHasher, text, claim((index + 1) % 9))).toEqual({
        ok: false,
        error: 'root_differs',
      });
      expect(await verifyTlogProof(nodeHasher, text, { ...claim(index), origin: zorgnet.name })).toMatchObject({
        error: 'other_origin',
      });
    }
  });

  it('comes back, with and without what it carries beside', async () => {
    const proof = await made(4);
    for (const one of [proof, { ...proof, extra: Uint8Array.of(1, 2) }, { ...proof, proof: [] }])
      expect(parseTlogProof(formatTlogProof(one))).toEqual({
        ok: true,
        value: { ...one, proof: one.proof.map((hash) => new Uint8Array(hash)) },
      });
  });

  it('is refused when anything is in its way', async () => {
    const text = formatTlogProof(await made(4));
    const lines = text.split('\n');
    for (let at = 0; at < lines.length - 1; at += 1)
      for (const changed of [lines.toSpliced(at, 1), lines.toSpliced(at, 0, 'x'), lines.with(at, `${lines[at]} `)])
        expect((await verifyTlogProof(nodeHasher, changed.join('\n'), claim(4))).ok, `line ${at}`).toBe(false);
    for (const changed of [
      `${text}\n`,
      `${text}x`,
      `\n${text}`,
      text.replace('@v1', '@v2'),
      text.replace('index 4', 'index 04'),
    ])
      expect((await verifyTlogProof(nodeHasher, changed, claim(4))).ok).toBe(false);
  });
});
