import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { renderPdf } from './pdf.js';

const WORD = 'A'.repeat(88);

/** Heights at which text stands on the pages, the foot left out. */
const linesOf = (pdf: Uint8Array): ReadonlySet<string> => {
  const bytes = Buffer.from(pdf);
  const lines = new Set<string>();
  for (let at = bytes.indexOf('stream\n'); at >= 0; at = bytes.indexOf('stream\n', at + 7)) {
    let content: string;
    try {
      content = inflateSync(bytes.subarray(at + 7, bytes.indexOf('endstream', at))).toString('latin1');
    } catch {
      continue;
    }
    for (const [, height] of content.matchAll(/1 0 0 1 \S+ (\S+) Tm/g))
      if (Number(height) > 100 && height !== undefined) lines.add(height);
  }
  return lines;
};
const withField = (value: string) =>
  renderPdf({
    document: {
      templateVersion: '1',
      language: 'fr',
      title: 'Attestation',
      notice: null,
      blocks: [{ kind: 'field', label: 'Signature (Ed25519)', value }],
      signatures: [],
    },
    hash: '0'.repeat(64),
    madeOn: '2026-11-25',
  });

describe('a field on paper', () => {
  it('stands behind its label where there is room', async () => {
    expect(linesOf(await withField('brève')).size).toBe(2);
  });
  it.each([WORD, `${WORD} et la suite`])('is broken below its label where a word has none: %s', async (value) => {
    // Title, label, and the word on two lines: it does not run off the page.
    expect(linesOf(await withField(value)).size).toBe(4);
  });
});
