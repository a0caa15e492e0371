import { ed25519SignerFromSeed, signCheckpoint } from '@toeverlaat/merkle';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { certificateSentences } from './certificate-sentences.js';
import { verifyCertificate } from './certificate.js';
import { languages } from './sentences.js';

const ORIGIN = 'toeverlaat/00112233/gentia';
const signer = ed25519SignerFromSeed(ORIGIN, createHash('sha256').update('certificate').digest());
const stranger = ed25519SignerFromSeed(ORIGIN, createHash('sha256').update('stranger').digest());
const keys = generateKeyPairSync('ed25519');
const publicKey = keys.publicKey.export({ type: 'spki', format: 'der' });
const keyId = createHash('sha256').update(publicKey).digest('hex').slice(0, 32);
const noteOf = (size: number, by = signer): Promise<string> =>
  signCheckpoint({ origin: ORIGIN, size, root: createHash('sha256').update(String(size)).digest(), extensions: [] }, [
    by,
  ]);

const bare = async () => ({
  v: 1,
  organisation: 'gentia',
  erasureId: '0f4b1d5e-6a0c-4a52-9d0e-2f4f3d1c7b90',
  subject: 'case/11111111-2222-4333-8444-555555555555',
  ground: 'retention_rule',
  requestedBy: 'rik2036',
  approvedBy: 'dora2036',
  keyIds: ['0f4b1d5e-6a0c-4a52-9d0e-2f4f3d1c7b91'],
  unreadableHereSince: '2036-03-14T10:00:00.000Z',
  unreadableInBackupsFrom: '2036-04-12',
  backups: { rotationDays: 7, keyringBackupDays: 14 },
  events: [{ what: 'key_destroyed', service: 'case', eventId: 'e', leafIndex: 41 }],
  checkpointBefore: await noteOf(40),
  checkpointAfter: await noteOf(50),
  signedWith: { alg: 'Ed25519', keyId, publicKey: publicKey.toString('base64') },
});
type Bare = Awaited<ReturnType<typeof bare>>;

const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, member]) => [name, sorted(member)]),
      )
    : Array.isArray(value)
      ? value.map(sorted)
      : value;
const signed = (certificate: unknown): string =>
  JSON.stringify({
    certificate,
    signature: sign(
      null,
      Buffer.from(`toeverlaat erasure certificate v1\n${JSON.stringify(sorted(certificate))}`),
      keys.privateKey,
    ).toString('base64'),
  });
const changed = async (change: Partial<Record<keyof Bare, unknown>>): Promise<string> =>
  signed({ ...(await bare()), ...change });

describe('a certificate of erasure', () => {
  it('holds offline, whatever order its names are in, and says what it does not show', async () => {
    const verdict = await verifyCertificate(signed(await bare()), {
      keys: [signer.verifierKey],
      certificateKeys: [keyId],
    });
    expect(verdict).toMatchObject({ ok: true, keys: 1, checkpoints: 'checked', certificateKey: keyId });
    expect(await verifyCertificate(signed(await bare()))).toMatchObject({ ok: true, checkpoints: 'unchecked' });
    expect(await verifyCertificate(await changed({ checkpointBefore: null, checkpointAfter: null }))).toMatchObject({
      ok: true,
      checkpoints: 'none',
    });
    expect(await verifyCertificate(await changed({ checkpointBefore: null }))).toMatchObject({
      code: 'certificate_checkpoint_false',
    });
    const paper = createHash('sha256')
      .update(`toeverlaat erasure certificate v1\n${JSON.stringify(sorted(await bare()))}`)
      .digest('hex');
    for (const language of languages) {
      const alone = certificateSentences(await verifyCertificate(signed(await bare())), language);
      expect(alone).toHaveLength(5);
      const sentences = certificateSentences(verdict, language);
      expect(sentences).toHaveLength(4);
      // What whoever holds the paper compares with the foot of its pages.
      expect(sentences.join(' ')).toContain(paper);
      expect(sentences.join(' ')).not.toMatch(/[{}]/u);
    }
  });

  it('says of a receipt that its code opens nothing, of another part that the record goes on, and where no key was left', async () => {
    const verdict = await verifyCertificate(signed(await bare()));
    if (!verdict.ok) throw new Error(verdict.code);
    for (const language of languages) {
      const whole = certificateSentences(verdict, language);
      const receipt = certificateSentences({ ...verdict, subject: 'request/1#receipt' }, language);
      const part = certificateSentences({ ...verdict, subject: 'case/1#2', keys: 0 }, language);
      expect([whole.length, receipt.length, part.length]).toEqual([5, 6, 7]);
      expect(receipt[1]).toMatch(/code/iu);
      expect(new Set([...whole, ...receipt, ...part]).size).toBe(10);
    }
  });

  it.each([
    ['nothing', '{}', 'certificate_malformed'],
    ['half a file', '{"certificate":', 'certificate_malformed'],
  ])('of %s is none', async (_, text, code) => {
    expect(await verifyCertificate(text)).toEqual({ ok: false, code });
  });

  it('that was changed after it was signed is caught, in every field', async () => {
    const whole = JSON.parse(signed(await bare())) as { certificate: Record<string, unknown>; signature: string };
    for (const name of ['subject', 'approvedBy', 'unreadableInBackupsFrom', 'checkpointAfter']) {
      const text = JSON.stringify({ ...whole, certificate: { ...whole.certificate, [name]: 'other' } });
      expect(await verifyCertificate(text)).toEqual({ ok: false, code: 'certificate_signature_false' });
    }
  });

  it('signed anew by somebody else, by one person, too early, or out of order is caught and named', async () => {
    expect(await verifyCertificate(signed(await bare()), { certificateKeys: ['f'.repeat(32)] })).toEqual({
      ok: false,
      code: 'certificate_key_unknown',
    });
    for (const [change, code] of [
      [{ approvedBy: 'rik2036' }, 'certificate_one_person'],
      [{ unreadableInBackupsFrom: '2036-03-20' }, 'certificate_dates_false'],
      [{ checkpointAfter: await noteOf(41) }, 'certificate_order_false'],
      [{ checkpointBefore: await noteOf(42) }, 'certificate_order_false'],
      [{ organisation: 'zorgnet' }, 'certificate_checkpoint_false'],
    ] as const)
      expect(await verifyCertificate(await changed(change))).toEqual({ ok: false, code });
    const forged = await changed({ checkpointAfter: await noteOf(50, stranger) });
    expect(await verifyCertificate(forged, { keys: [signer.verifierKey] })).toEqual({
      ok: false,
      code: 'certificate_checkpoint_false',
    });
  });
});
