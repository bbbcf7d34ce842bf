import { patchBars, patchLength, separatorCode } from '../domain/separator-sheets.ts';
import type { DocumentAssets } from './assets.ts';
import { documentTypeNames } from './eni-metadata.ts';
import { createCanvas, createFontSet } from './pdf/canvas.ts';
import type { Canvas } from './pdf/canvas.ts';
import { textWidth } from './pdf/embedded-font.ts';
import { pageHeight, pageWidth } from './pdf/layout.ts';
import { drawCode128 } from './pdf/linear-code.ts';
import { writePdfa } from './pdf/pdfa-writer.ts';
import { drawQrCode } from './pdf/qr-code.ts';

export type SeparatorSheetInput = Readonly<{
  /** Code of TipoDocumental that the document behind it gets; null: the officer says it afterwards. */
  documentType: string | null;
  officeName: string;
  /** ISO 8601 with offset. */
  createdAt: string;
}>;

const mm = 72 / 25.4;
const patchTop = 12;
const patchLeft = 20;

/**
 * Draws a sheet that goes before a document in the feeder: patch T at both ends, so that it may lie upside down, Code 128 and QR of the same
 * code, and what it is for. One A4 page of PDF/A-2b, black on white; it may be used as often as it stays clean.
 */
export async function buildSeparatorSheetPdf(
  { documentType, officeName, createdAt }: SeparatorSheetInput,
  assets: DocumentAssets,
): Promise<Uint8Array> {
  const fonts = createFontSet(assets);
  const canvas = createCanvas(pageWidth, pageHeight, fonts);
  const centred = (text: string, y: number, size: number, font: 'sans' | 'sansBold' | 'mono'): void =>
    canvas.text((pageWidth - textWidth(fonts[font].font, text, size)) / 2, y * mm, text, { font, size, gray: 0 });
  const code = separatorCode(documentType);
  const names: Readonly<Record<string, string>> = documentTypeNames;
  const name = documentType === null ? 'Documento nuevo' : (names[documentType] ?? documentType);
  drawPatch(canvas, patchTop, patchBars);
  drawPatch(
    canvas,
    297 - patchTop - patchLength,
    patchBars.map(({ from, to }) => ({ from: patchLength - to, to: patchLength - from })),
  );
  centred('Hoja separadora', 58, 16, 'sans');
  centred(name, 76, 34, 'sansBold');
  centred(
    documentType === null
      ? 'La hoja que sigue empieza otro documento.'
      : `La hoja que sigue empieza otro documento, de tipo ${documentType}.`,
    90,
    12,
    'sans',
  );
  await drawCode128(canvas, code, { x: 40 * mm, y: 112 * mm, width: 130 * mm, height: 28 * mm });
  drawQrCode(canvas, code, 75 * mm, 152 * mm, 60 * mm);
  centred(code, 220, 16, 'mono');
  centred('Póngala delante de cada documento en el alimentador. No forma parte de la copia.', 236, 11, 'sans');
  centred('Imprímala en papel blanco A4, al 100 %. Sirve muchas veces mientras esté limpia.', 243, 11, 'sans');
  centred(officeName, 252, 10, 'sans');
  return writePdfa(
    {
      title: `Hoja separadora: ${name}`,
      author: officeName,
      language: 'es-ES',
      createdAt,
      pages: [{ width: pageWidth, height: pageHeight, content: canvas.content() }],
      fonts,
    },
    assets,
  );
}

/** Along the edge that goes into the scanner first. */
function drawPatch(canvas: Canvas, top: number, bars: typeof patchBars): void {
  for (const { from, to } of bars)
    canvas.fill(patchLeft * mm, (top + from) * mm, pageWidth - 2 * patchLeft * mm, (to - from) * mm, 0);
}
