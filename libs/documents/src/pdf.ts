import type { RenderedDocument } from '@toeverlaat/legal';
import type { LocalDate } from '@toeverlaat/values';
// oxlint-disable-next-line import/no-named-as-default -- its types know the default export only
import PDFDocument from 'pdfkit';

export type PdfInput = {
  /** Of whatever kind; only what is printed counts. */
  readonly document: Omit<RenderedDocument, 'kind'>;
  /** Printed at the foot of every page: what a signature stands under. */
  readonly hash: string;
  /** Date of the document; also the file's creation date, so that equal values give equal bytes. */
  readonly madeOn: LocalDate;
};

const MARGIN = 56;
const FOOT = 40;

/**
 * A4 PDF of a document: a function of its values, no clock and no random id. The standard fonts cover Latin-1, which
 * holds every letter of Dutch, French and German; another character (in a name, say) is replaced by `?`.
 */
export const renderPdf = (input: PdfInput): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const { document, hash, madeOn } = input;
    const pdf = new PDFDocument({
      size: 'A4',
      margins: { top: MARGIN, left: MARGIN, right: MARGIN, bottom: MARGIN + FOOT },
      bufferPages: true,
      lang: document.language,
      displayTitle: true,
      info: { Title: document.title, CreationDate: new Date(`${madeOn}T00:00:00.000Z`) },
    });
    const chunks: Buffer[] = [];
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
    pdf.on('end', () => resolve(Buffer.concat(chunks)));
    pdf.on('error', reject);

    pdf.font('Helvetica-Bold').fontSize(16).text(latin(document.title)).moveDown(1);
    if (document.notice !== null) pdf.font('Helvetica-Oblique').fontSize(10).text(latin(document.notice)).moveDown(1);
    for (const block of document.blocks) {
      switch (block.kind) {
        case 'paragraph':
          pdf.font('Helvetica').fontSize(11).text(latin(block.text)).moveDown(0.7);
          break;
        case 'field':
          writeField(pdf, `${latin(block.label)}: `, latin(block.value));
          break;
        case 'list':
          pdf.font('Helvetica-Bold').fontSize(11).text(latin(block.label)).moveDown(0.2);
          for (const item of block.items) pdf.font('Helvetica').text(`\u2022 ${latin(item)}`, { indent: 12 });
          pdf.moveDown(0.7);
          break;
      }
    }
    for (const signature of document.signatures) {
      pdf.moveDown(1).font('Helvetica').fontSize(11).text(latin(signature.label)).moveDown(3);
      pdf.text('_'.repeat(40));
    }
    const { start, count } = pdf.bufferedPageRange();
    for (let page = start; page < start + count; page += 1) {
      pdf.switchToPage(page);
      // Writing below the margin would otherwise start a new page.
      pdf.page.margins.bottom = 0;
      pdf
        .font('Courier')
        .fontSize(7)
        .text(`${page + 1}/${count}  SHA-256 ${hash}`, MARGIN, pdf.page.height - FOOT, {
          lineBreak: false,
        });
    }
    pdf.end();
  });

/**
 * A label and its value behind it, or below it when a word of the value finds no room there: pdfkit breaks a long word, such as a
 * signature, only on a line of its own, and would let it run off the page.
 */
const writeField = (pdf: PDFKit.PDFDocument, label: string, value: string): void => {
  pdf.font('Helvetica-Bold').fontSize(11);
  const room = pdf.page.width - 2 * MARGIN - pdf.widthOfString(label);
  pdf.font('Helvetica');
  const hasRoom = value.split(/\s/).every((word) => pdf.widthOfString(word) <= room);
  pdf.font('Helvetica-Bold').text(label, { continued: hasRoom });
  pdf.font('Helvetica').text(value).moveDown(0.4);
};

/** WinAnsi, which the standard fonts are encoded in. */
const latin = (text: string): string =>
  text
    .normalize('NFC')
    .replaceAll('\u202f', '\u00a0')
    .replaceAll(
      /[^\n\u0020-\u007e\u00a0-\u00ff\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2022\u2026\u20ac\u0152\u0153\u0160\u0161\u0178\u017d\u017e]/g,
      '?',
    );
