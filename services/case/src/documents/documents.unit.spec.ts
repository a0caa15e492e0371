import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { documentHash, modelOf, parseModel, renderModel } from './document.js';
import { renderPdf } from '@toeverlaat/documents';

const choice = (language: 'nl' | 'fr' | 'de') =>
  modelOf('informal_choice', language, {
    organisation: 'Gentia NV',
    site: 'Liège',
    applicant: 'Zoë Müller-Lefèvre',
    interveningPerson: 'Lies Janssens',
    interveningPersonFunction: 'vertrouwenspersoon',
    informalType: 'reconciliation',
    mayBeTold: ['De planning is dubbel gemaakt — sinds januari.'],
    agreements: [],
    secrecyReference: 'penal_code_458',
    madeOn: '2026-03-05',
  });
const pdfOf = (content: string) =>
  renderPdf({ document: renderModel(parseModel(content)), hash: documentHash(content), madeOn: '2026-03-05' });

/** The text of a PDF of ours: hexadecimal strings of its inflated content streams. */
const wordsOf = (pdf: Uint8Array): string => {
  const bytes = Buffer.from(pdf);
  let text = '';
  for (let at = bytes.indexOf('stream\n'); at >= 0; at = bytes.indexOf('stream\n', at + 7)) {
    const end = bytes.indexOf('endstream', at);
    try {
      const content = inflateSync(bytes.subarray(at + 7, end)).toString('latin1');
      for (const [, hex] of content.matchAll(/<([0-9a-f]+)>/g))
        text += Buffer.from(hex ?? '', 'hex').toString('latin1');
    } catch {
      // Not a compressed content stream.
    }
    at = end;
  }
  return text;
};

describe('a document', () => {
  it('is the same bytes for the same values, and other bytes and another hash for others', async () => {
    const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    expect(sha(await pdfOf(choice('nl')))).toBe(sha(await pdfOf(choice('nl'))));
    expect(sha(await pdfOf(choice('nl')))).not.toBe(sha(await pdfOf(choice('fr'))));
    expect(documentHash(choice('nl'))).toMatch(/^[0-9a-f]{64}$/);
    expect(documentHash(choice('nl'))).not.toBe(documentHash(choice('de')));
  });
  it.each(['nl', 'fr', 'de'] as const)('keeps accents and prints the hash: %s', async (language) => {
    const words = wordsOf(await pdfOf(choice(language)));
    expect(words).toContain('Zoë Müller-Lefèvre');
    expect(words).toContain('Liège');
    expect(words.replaceAll(/\s/g, '')).toContain(documentHash(choice(language)));
    expect(words).not.toContain('?');
  });
  it('refuses a template of another version', () => {
    const other = choice('nl').replace(/"templateVersion":"[^"]+"/, '"templateVersion":"1999.1"');
    expect(() => renderModel(parseModel(other))).toThrow(RangeError);
  });
});
