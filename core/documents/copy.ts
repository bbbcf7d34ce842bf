import { AppError } from '../contract/errors.ts';
import type { PageText } from '../contract/schemas/page-text.ts';
import type { DocumentAssets } from './assets.ts';
import type { ComplementaryMetadata, EniMetadata } from './eni-metadata.ts';
import { createFontUse, type FontUse } from './pdf/embedded-font.ts';
import { createInvisibleFont } from './pdf/invisible-font.ts';
import { pdfNumber } from './pdf/pdf-syntax.ts';
import { writePdfa, type PdfaDocument, type PdfaImage, type PdfaPage } from './pdf/pdfa-writer.ts';
import { layTextLayer } from './pdf/text-layer.ts';

/** A scanned page after optimisation; core/services/ports/imaging.ts calls it `CopyImage`. */
export type CopyPageImage = PdfaImage &
  Readonly<{
    dpi: number;
    /** What a machine read on it: text to be found and copied, which nothing draws. */
    text?: PageText | undefined;
  }>;

export type CopyInput = Readonly<{
  pages: readonly CopyPageImage[];
  title: string;
  /** Body that issues the copy. */
  author: string;
  /** Majority language of the paper (RFC 4646). */
  language: string;
  createdAt: string;
  eni: EniMetadata;
  complementary?: ComplementaryMetadata;
}>;

/**
 * The electronic copy of a paper document: one page per image, at exactly the paper's size. Nothing is painted on it,
 * because a faithful image holds no character that the original had not (NTI de Digitalización IV.3.b): its condition of copy and its verification code are in
 * the metadata (art. 27.3.b and 27.5 Ley 39/2015) and on the documents that accompany it. Text that a machine read lies
 * over the image and is not drawn (ADR 0017).
 * Throws AppError `document.empty` without pages, `image.unreadable` when data and description disagree.
 */
export function buildCopyPdf(input: CopyInput, assets: DocumentAssets): Uint8Array {
  if (input.pages.length === 0) throw new AppError('document.empty');
  return writePdfa({ ...input, ...layOut(input.pages) }, assets);
}

/**
 * The same file without the metadata of a document: what the optimiser makes of an image that nobody signs.
 * Throws as `buildCopyPdf` does.
 */
export function buildImagePdf(input: Omit<CopyInput, 'eni' | 'complementary'>, assets: DocumentAssets): Uint8Array {
  if (input.pages.length === 0) throw new AppError('document.empty');
  const complementary = describeCopyImages(input.pages);
  return writePdfa({ ...input, complementary, ...layOut(input.pages) }, assets);
}

/** Complementary metadata that the images themselves tell; the lowest resolution and the greatest depth of all pages. */
export function describeCopyImages(pages: readonly CopyPageImage[]): ComplementaryMetadata {
  const depths = pages.map((page) => bitsOf(page.colorMode));
  const depth = Math.max(...depths);
  const first = pages[0];
  if (first === undefined) return {};
  const millimetres = (pixels: number): number => Math.round((pixels * 25.4) / first.dpi);
  return {
    resolution: `${Math.min(...pages.map((page) => page.dpi))} ppp`,
    colorDepth: depth === 1 ? '1 bit' : `${depth} bits`,
    physicalSize: `${millimetres(first.widthPixels)} x ${millimetres(first.heightPixels)} mm`,
    pageCount: pages.length,
    sourceMedium: 'papel',
  };
}

function bitsOf(colorMode: PdfaImage['colorMode']): number {
  switch (colorMode) {
    case 'bitonal':
      return 1;
    case 'gray':
      return 8;
    case 'color':
      return 24;
  }
}

function layOut(images: readonly CopyPageImage[]): Pick<PdfaDocument, 'pages' | 'fonts'> {
  const invisible = createFontUse(createInvisibleFont());
  return { pages: images.map((image) => toPage(image, invisible)), fonts: { invisible } };
}

function toPage(image: CopyPageImage, invisible: FontUse): PdfaPage {
  if (image.data.length === 0 || !(image.dpi > 0)) throw new AppError('image.unreadable');
  if (image.format === 'jpeg') checkJpeg(image);
  const width = (image.widthPixels * 72) / image.dpi;
  const height = (image.heightPixels * 72) / image.dpi;
  const picture = `q ${pdfNumber(width)} 0 0 ${pdfNumber(height)} 0 0 cm /image Do Q`;
  const text = image.text === undefined ? '' : layTextLayer(image.text, invisible, { width, height });
  return { width, height, content: text === '' ? picture : `${picture}\n${text}`, images: { image } };
}

// A JPEG whose frame header differs from its description would be stretched or shown in wrong colours.
function checkJpeg(image: CopyPageImage): void {
  const frame = readJpegFrame(image.data);
  const components = image.colorMode === 'color' ? 3 : 1;
  if (frame.width !== image.widthPixels || frame.height !== image.heightPixels || frame.components !== components) {
    throw new AppError('image.unreadable', { width: frame.width, height: frame.height, components: frame.components });
  }
}

function readJpegFrame(data: Uint8Array): Readonly<{ width: number; height: number; components: number }> {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 2;
  while (data[0] === 0xff && data[1] === 0xd8 && at + 9 < data.length && data[at] === 0xff) {
    const marker = data[at + 1] ?? 0;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame)
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), components: view.getUint8(at + 9) };
    at += 2 + view.getUint16(at + 2);
  }
  throw new AppError('image.unreadable');
}
