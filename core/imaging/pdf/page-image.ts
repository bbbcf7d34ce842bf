import { createHash } from 'node:crypto';
import type { FilePageImage } from '../../services/ports/imaging.ts';
import type { RawPage } from '../../services/ports/scanner.ts';
import { mmPerInch } from '../gray-image.ts';
import { listPageObjects, samplesDpiOf } from './page-objects.ts';
import type { Pdfium } from './pdfium.ts';

/** What a drawn page has to come to: `dpi` of the paper on which it was printed. */
export type PaperAsked = Readonly<{ widthMm: number; heightMm: number; dpi: number }>;

const withAnnotations = 0x01;
const redFirst = 0x10;
/** What was printed is compared: notes of the screen are left out, what is for print only is there. */
const forPrint = 0x800;
const paperWhite = 0xffffffff;
const formats = { gray: 1, blueGreenRed: 2, blueGreenRedUnused: 3, blueGreenRedAlpha: 4 } as const;

/**
 * One page of an open document as samples. What is one image keeps its own; what else has images at least over its half is drawn at their
 * resolution, and what has none so that it comes to that of the paper. Deterministic. Null for what cannot be drawn.
 * @param mostPixels of a drawn page
 */
export function readPageImage(
  pdfium: Pdfium,
  document: number,
  index: number,
  paper: PaperAsked,
  mostPixels: number,
): FilePageImage | null {
  const page = pdfium.FPDF_LoadPage(document, index);
  if (page === 0) return null;
  try {
    const width = pdfium.FPDF_GetPageWidthF(page);
    const height = pdfium.FPDF_GetPageHeightF(page);
    if (!(width > 0) || !(height > 0)) return null;
    const { images, isOneImage } = listPageObjects(pdfium, page, width, height);
    const samplesDpi = samplesDpiOf(images);
    const own = isOneImage && samplesDpi !== null ? ownSamples(pdfium, images[0]?.object ?? 0, mostPixels) : null;
    if (own !== null && samplesDpi !== null)
      return {
        page: rawPage(own, (own.width / width) * 72, index),
        samplesDpi: (own.width / width) * 72,
        operation: null,
      };
    const mostDpi = Math.sqrt(mostPixels / (width * height)) * 72;
    const dpi = samplesDpi === null ? dpiForPaper(width, height, paper) : Math.min(samplesDpi, mostDpi);
    if (dpi > mostDpi) return null;
    const drawn = draw(pdfium, page, Math.round((width / 72) * dpi), Math.round((height / 72) * dpi));
    if (drawn === null) return null;
    const operation = { name: 'draw', parameters: { engine: 'PDFium', dpi: Math.round(dpi) } } as const;
    return { page: rawPage(drawn, dpi, index), samplesDpi, operation };
  } finally {
    pdfium.FPDF_ClosePage(page);
  }
}

function dpiForPaper(width: number, height: number, { widthMm, heightMm, dpi }: PaperAsked): number {
  const long = Math.max(widthMm, heightMm) / Math.max(width, height);
  const short = Math.min(widthMm, heightMm) / Math.min(width, height);
  return dpi * Math.max(long, short) * (72 / mmPerInch);
}

/** Rows without padding, red first. */
type Pixels = Readonly<{ data: Uint8Array; width: number; height: number; channels: 1 | 3 }>;

function draw(pdfium: Pdfium, page: number, width: number, height: number): Pixels | null {
  const bitmap = pdfium.FPDFBitmap_Create(width, height, 0);
  if (bitmap === 0) return null;
  try {
    pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, paperWhite);
    pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, withAnnotations | redFirst | forPrint);
    return pixelsOf(pdfium, bitmap, width, height, 4, 0);
  } finally {
    pdfium.FPDFBitmap_Destroy(bitmap);
  }
}

/** The image as it is in the file; null where that is not clear. */
function ownSamples(pdfium: Pdfium, object: number, mostPixels: number): Pixels | null {
  const bitmap = pdfium.FPDFImageObj_GetBitmap(object);
  if (bitmap === 0) return null;
  try {
    const width = pdfium.FPDFBitmap_GetWidth(bitmap);
    const height = pdfium.FPDFBitmap_GetHeight(bitmap);
    const format = pdfium.FPDFBitmap_GetFormat(bitmap);
    if (width * height > mostPixels) return null;
    if (format === formats.gray) return pixelsOf(pdfium, bitmap, width, height, 1, 0);
    if (format === formats.blueGreenRed) return pixelsOf(pdfium, bitmap, width, height, 3, 2);
    if (format === formats.blueGreenRedUnused) return pixelsOf(pdfium, bitmap, width, height, 4, 2);
    return null;
  } finally {
    pdfium.FPDFBitmap_Destroy(bitmap);
  }
}

/** Gray where no pixel has a colour. `red`: where it stands among the bytes of a pixel. */
function pixelsOf(
  pdfium: Pdfium,
  bitmap: number,
  width: number,
  height: number,
  bytesPerPixel: 1 | 3 | 4,
  red: 0 | 2,
): Pixels {
  const stride = pdfium.FPDFBitmap_GetStride(bitmap);
  const from = pdfium.FPDFBitmap_GetBuffer(bitmap);
  const source = pdfium.memory().subarray(from, from + stride * height);
  const channels = bytesPerPixel === 1 || isGray(source, width, height, stride, bytesPerPixel) ? 1 : 3;
  const data = new Uint8Array(width * height * channels);
  let to = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0, at = y * stride; x < width; x += 1, at += bytesPerPixel) {
      data[to++] = source[at + red]!;
      if (channels === 1) continue;
      data[to++] = source[at + 1]!;
      data[to++] = source[at + 2 - red]!;
    }
  }
  return { data, width, height, channels };
}

function isGray(source: Uint8Array, width: number, height: number, stride: number, bytesPerPixel: 3 | 4): boolean {
  for (let y = 0; y < height; y += 1)
    for (let x = 0, at = y * stride; x < width; x += 1, at += bytesPerPixel)
      if (source[at] !== source[at + 1] || source[at] !== source[at + 2]) return false;
  return true;
}

function rawPage({ data, width, height, channels }: Pixels, dpi: number, index: number): RawPage {
  const bits = channels === 1 ? bitsOf(data, width, height) : null;
  const samples = bits ?? data;
  return {
    sequence: index + 1,
    widthPixels: width,
    heightPixels: height,
    dpi,
    colorMode: bits !== null ? 'bitonal' : channels === 1 ? 'gray' : 'color',
    samples,
    sha256: createHash('sha256').update(samples).digest('hex'),
  };
}

/** Without loss; null where anything is neither black nor white. A page without ink is left in gray. */
function bitsOf(gray: Uint8Array, width: number, height: number): Uint8Array | null {
  const stride = Math.ceil(width / 8);
  const bits = new Uint8Array(stride * height);
  let ink = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const value = gray[y * width + x]!;
      if (value === 255) continue;
      if (value !== 0) return null;
      bits[y * stride + (x >> 3)] = bits[y * stride + (x >> 3)]! | (0x80 >> (x & 7));
      ink += 1;
    }
  }
  return ink === 0 ? null : bits;
}
