import {
  blackBands,
  codeBoxes,
  dotDiameter,
  dots,
  grayPatches,
  horizontalRuler,
  slantDegrees,
  slantedSide,
  slantedSquares,
  testSheetCode,
  testSheetVersion,
  verticalRuler,
} from '../domain/test-sheet.ts';
import type { DocumentAssets } from './assets.ts';
import { createCanvas, createFontSet } from './pdf/canvas.ts';
import type { Canvas, FontSet, TextStyle } from './pdf/canvas.ts';
import { textWidth } from './pdf/embedded-font.ts';
import { pageHeight, pageWidth } from './pdf/layout.ts';
import { writePdfa } from './pdf/pdfa-writer.ts';
import { drawQrCode } from './pdf/qr-code.ts';
import { drawColumn, flowText } from './pdf/text-flow.ts';
import type { FlowStyle } from './pdf/text-flow.ts';
import { formatDateTime } from './spanish-dates.ts';

export type TestSheetInput = Readonly<{
  /** 16 upper-case hexadecimal digits: tells one print from another. */
  sheetId: string;
  officeName: string;
  /** ISO 8601 with offset. */
  createdAt: string;
}>;

const millimetre = 72 / 25.4;
const titleStyle: FlowStyle = { font: 'sansBold', size: 13, leading: 18, gray: 0 };
const textStyle: FlowStyle = { font: 'sans', size: 8.6, leading: 12, gray: 0 };
const codeStyle: FlowStyle = { font: 'mono', size: 8.6, leading: 12, gray: 0 };
const tickStyle: TextStyle = { font: 'sans', size: 6, gray: 0 };

/**
 * Draws the sheet that a scanner is tried with (ordinance art. 54.4.a; NTI digitisation V.2: routine checks of the
 * devices). One A4 page, PDF/A-2b, in black and greys only, so that any laser printer will do. It is no administrative
 * document: it has neither ENI metadata nor verification code.
 */
export function buildTestSheetPdf(input: TestSheetInput, assets: DocumentAssets): Uint8Array {
  const fonts = createFontSet(assets);
  const canvas = createCanvas(pageWidth, pageHeight, fonts);
  drawPattern(canvas, input.sheetId);
  drawRulers(canvas, fonts);
  drawWords(canvas, input, fonts);
  return writePdfa(
    {
      title: 'Hoja de prueba del escáner',
      author: input.officeName,
      language: 'es-ES',
      createdAt: input.createdAt,
      pages: [{ width: pageWidth, height: pageHeight, content: canvas.content() }],
      fonts,
    },
    assets,
  );
}

/** What the measurement reads. */
function drawPattern(canvas: Canvas, sheetId: string): void {
  const mm = millimetre;
  for (const { x, y } of dots) canvas.disc(x * mm, y * mm, (dotDiameter / 2) * mm);
  for (const [index, { left, top, width }] of codeBoxes.entries())
    drawQrCode(canvas, testSheetCode(sheetId, index), left * mm, top * mm, width * mm);
  for (const { left, top, width, height } of blackBands) canvas.fill(left * mm, top * mm, width * mm, height * mm, 0);
  for (const { gray, left, top, width, height } of grayPatches)
    canvas.fill(left * mm, top * mm, width * mm, height * mm, gray);
  const slant = (slantDegrees * Math.PI) / 180;
  for (const { x, y } of slantedSquares) {
    const half = slantedSide / 2;
    const corner = (u: number, v: number): readonly [number, number] => [
      (x + half * (u * Math.cos(slant) - v * Math.sin(slant))) * mm,
      (y + half * (u * Math.sin(slant) + v * Math.cos(slant))) * mm,
    ];
    canvas.polygon([corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)]);
  }
}

function drawRulers(canvas: Canvas, fonts: FontSet): void {
  const mm = millimetre;
  const thickness = 0.4;
  const tickLength = (at: number): number => (at % 10 === 0 ? 4 : at % 5 === 0 ? 2.8 : 1.8);
  for (let at = 0; at <= horizontalRuler.length; at += 1) {
    const x = (horizontalRuler.left + at) * mm;
    canvas.fill(x - thickness / 2, horizontalRuler.top * mm, thickness, tickLength(at) * mm, 0);
    if (at % 10 !== 0) continue;
    const text = String(at / 10);
    const left = x - textWidth(fonts.sans.font, text, tickStyle.size) / 2;
    canvas.text(left, (horizontalRuler.top + 6.4) * mm, text, tickStyle);
  }
  for (let at = 0; at <= verticalRuler.length; at += 1) {
    const y = (verticalRuler.top + at) * mm;
    canvas.fill(verticalRuler.left * mm, y - thickness / 2, tickLength(at) * mm, thickness, 0);
    if (at % 10 === 0) canvas.text((verticalRuler.left + 4.6) * mm, y + 2.1, String(at / 10), tickStyle);
  }
}

/** What people read. */
function drawWords(canvas: Canvas, { sheetId, officeName, createdAt }: TestSheetInput, fonts: FontSet): void {
  const mm = millimetre;
  const put = (text: string, style: FlowStyle, left: number, top: number, width: number): void =>
    drawColumn(canvas, flowText(text, width * mm, style, fonts), left * mm, top * mm, style);
  put('Hoja de prueba del escáner', titleStyle, 64, 44, 118);
  put(`${officeName} · ${formatDateTime(createdAt)}`, textStyle, 64, 51.5, 118);
  put(`Versión ${testSheetVersion} · Hoja ${sheetId}`, codeStyle, 64, 60, 118);
  put('Los negros han de salir llenos y los grises, lisos.', textStyle, 64, 65.5, 118);
  put(
    'Imprímala en papel blanco A4, al 100 % y sin «ajustar a la página». Compruebe con una regla que las escalas miden 15 y 10 centímetros.',
    textStyle,
    28,
    229,
    112,
  );
  put(
    'Escanéela desde «Comprobar el escáner», recta y de pie. Use una hoja recién impresa, sin arrugas ni manchas.',
    textStyle,
    28,
    241,
    112,
  );
}
