import { beforeAll, describe, expect, it } from 'vitest';
import type { PageText } from '../contract/schemas/page-text.ts';
import { loadDocumentAssets } from './assets.ts';
import { buildImagePdf, type CopyPageImage } from './copy.ts';
import { checkPdfA } from './pdf/pdfa-checker.ts';
import { complaints, listFonts, metadataOf, pageTexts, placedWords, renderPage } from './testing/pdf-tools.ts';
import { sampleJpegPage } from './testing/sample-images.ts';

const assets = loadDocumentAssets();
const dpi = 100;
const sentences = ['El año pasado, según «Núñez» (18 €)', 'pingüino 1.º y 2.ª: fin — ÁÉÍÓÚ ¿qué?'];
/** Each letter 14 pixels wide, the space 20. */
const text: PageText = {
  engine: 'Tesseract 5.3.0',
  languages: 'spa',
  widthPixels: 640,
  heightPixels: 960,
  lines: sentences.map((sentence, index) => {
    let left = 40;
    const words = sentence.split(' ').map((word) => {
      const placed = { text: word, left, width: 14 * word.length, confidence: 95 };
      left += placed.width + 20;
      return placed;
    });
    return { top: 100 + 400 * index, height: 40, isFirst: true, words };
  }),
};
let bare: Uint8Array;
let pdf: Uint8Array;

function build(pages: readonly CopyPageImage[]): Uint8Array {
  const complementary = { title: 'Carta', author: 'Ayuntamiento', language: 'es-ES' };
  return buildImagePdf({ ...complementary, createdAt: '2026-11-22T10:15:03+01:00', pages }, assets);
}

beforeAll(async () => {
  const page = await sampleJpegPage('gray', dpi);
  bare = build([page, page]);
  pdf = build([page, { ...page, text }]);
});

describe('text that a machine read, in a copy', () => {
  it('is PDF/A-2b, with its font embedded', () => {
    expect(checkPdfA(pdf)).toEqual([]);
    expect(complaints(pdf)).toBe('');
    expect(listFonts(pdf)).toEqual([
      {
        name: expect.stringMatching(/^[A-Z]{6}\+VentanillaInvisible$/u),
        isEmbedded: true,
        isSubset: true,
        hasUnicode: true,
      },
    ]);
    expect(metadataOf(pdf)).toContain('<pdfaid:part>2<');
  });

  it('is found and copied with its Spanish letters, page by page', () => {
    expect(pageTexts(pdf)).toEqual(['', sentences.join(' ')]);
  });

  it('lies where the image has it, to two pixels', () => {
    const inPixels = placedWords(pdf, 2).map(({ left, top, right, bottom }) =>
      [left, top, right, bottom].map((points) => (points * dpi) / 72),
    );
    const expected = text.lines.flatMap(({ top, height, words }) =>
      words.map(({ left, width }) => [left, top, left + width, top + height]),
    );
    expect(inPixels).toHaveLength(expected.length);
    for (const [index, box] of expected.entries())
      for (const [side, value] of box.entries())
        expect(Math.abs((inPixels[index]?.[side] ?? 0) - value)).toBeLessThan(2);
  });

  it('paints nothing (NTI digitisation IV.3.b)', () => {
    const [drawn, picture] = [renderPage(pdf, 2, dpi), renderPage(bare, 2, dpi)];
    expect(drawn.samples.equals(picture.samples)).toBe(true);
  });

  it('is the same bytes for the same words', async () => {
    const page = await sampleJpegPage('gray', dpi);
    expect(Buffer.from(build([page, { ...page, text }])).equals(Buffer.from(pdf))).toBe(true);
    expect(Buffer.from(build([page, { ...page, text: { ...text, lines: [] } }])).equals(Buffer.from(bare))).toBe(true);
  });
});
