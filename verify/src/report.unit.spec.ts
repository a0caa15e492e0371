import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CERTIFICATE_KEY_ID, signedReport } from './export.fixture.js';
import { reportSentences } from './report-sentences.js';
import { verifyReport } from './report.js';
import { languages } from './sentences.js';

const bare = {
  v: 1,
  organisation: 'gentia',
  batchId: '1c2d3e4f-5a6b-5c7d-8e9f-a0b1c2d3e4f5',
  asOf: '2036-03-15',
  listHash: 'ab'.repeat(32),
  requestedBy: 'karel2036',
  confirmedBy: 'dora2036',
  lines: [
    { recordClass: 'informal_case', listed: 5, destroyed: 3, heldBack: 1, leftOut: 1 },
    { recordClass: 'third_party_entry', listed: 2, destroyed: 2, heldBack: 0, leftOut: 0 },
  ],
  leftOut: [{ because: 'record_on_hold', count: 1 }],
  certificates: 5,
  certificatesHash: 'cd'.repeat(32),
};
const certificateKeys = [CERTIFICATE_KEY_ID];
const changed = (change: Partial<Record<keyof typeof bare, unknown>>): string =>
  JSON.stringify(signedReport({ ...bare, ...change }));

describe('the report of a batch of erasures', () => {
  it('holds offline, whatever order its names are in, and says what it does not show', () => {
    const whole = signedReport(bare);
    const turned = JSON.stringify(
      Object.fromEntries(
        Object.entries({ ...whole, report: Object.fromEntries(Object.entries(bare).toReversed()) }).toReversed(),
      ),
      undefined,
      2,
    );
    const verdict = verifyReport(turned, { certificateKeys });
    expect(verdict).toMatchObject({ ok: true, listed: 7, destroyed: 5, heldBack: 1, leftOut: 1, keyKnown: true });
    for (const language of languages) {
      const known = reportSentences(verdict, language);
      expect(known.join(' ')).toMatch(/ [0-9a-f]{64} /u);
      expect(known.join(' ')).not.toMatch(/[{}]|undefined/u);
      // Whose key it is has to be asked elsewhere when none was brought.
      expect(reportSentences(verifyReport(turned), language)).toHaveLength(known.length + 1);
    }
  });

  it('that was changed after it was signed is caught, in every field, and so is another key under the same words', () => {
    const whole = signedReport(bare);
    for (const name of Object.keys(bare)) {
      const value: unknown = Reflect.get(bare, name);
      const other = typeof value === 'string' ? `${value}x` : typeof value === 'number' ? value + 1 : [];
      const verdict = verifyReport(JSON.stringify({ ...whole, report: { ...bare, [name]: other } }), {
        certificateKeys,
      });
      expect({ name, ok: verdict.ok }).toEqual({ name, ok: false });
    }
    const keyId = createHash('sha256').update('another').digest('hex').slice(0, 32);
    expect(verifyReport(JSON.stringify({ ...whole, signedWith: { ...whole.signedWith, keyId } }))).toEqual({
      ok: false,
      code: 'report_signature_false',
    });
  });

  it.each([
    ['by somebody else', changed({}), ['0'.repeat(32)], 'report_key_unknown'],
    ['by one person', changed({ confirmedBy: 'karel2036' }), certificateKeys, 'report_one_person'],
    ['with fewer certificates than were destroyed', changed({ certificates: 4 }), certificateKeys, 'report_sums_false'],
    ['with reasons for more than were left out', changed({ leftOut: [] }), certificateKeys, 'report_sums_false'],
    ['of another form', changed({ v: 2 }), certificateKeys, 'report_malformed'],
    ['that is none', '{}', certificateKeys, 'report_malformed'],
  ])('signed %s is caught and named in four languages', (_, text, keys, code) => {
    const verdict = verifyReport(text, { certificateKeys: keys });
    expect(verdict).toEqual({ ok: false, code });
    expect(new Set(languages.map((language) => reportSentences(verdict, language).join(''))).size).toBe(4);
  });
});
