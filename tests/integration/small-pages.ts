import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { create } from 'qrcode';
import sharp from 'sharp';

const dpi = 300;
// Half a sheet, so that a test's page takes a moment and not seconds.
const paper = { widthMm: 105, heightMm: 148 };
const bedMm = 3;

/**
 * Draws small papers on a scanner's dark bed: lines of "words", as many blocks at the top as the page's number, so that
 * pages can be told apart. PNG at 300 dots per inch.
 */
export async function drawSmallPages(folder: string, count: number): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (let number = 1; number <= count; number += 1) {
    const file = path.join(folder, `page-${number}.png`);
    await writeFile(file, await drawSmallPage(number));
    files.push(file);
  }
  return files;
}

export async function drawSmallPage(number: number): Promise<Buffer> {
  return drawPaper(`${drawMarks(number)}${drawLines()}`);
}

/** A side on which nothing stands. */
export async function drawBlankSide(): Promise<Buffer> {
  return drawPaper('');
}

/** A sheet that separates two documents, with its code as a QR. */
export async function drawSeparator(code: string): Promise<Buffer> {
  const { modules } = create(code, { errorCorrectionLevel: 'M' });
  const size = 1.2;
  const squares = Array.from(modules.data).flatMap((isDark, index) => {
    const x = 30 + (index % modules.size) * size;
    const y = 50 + Math.floor(index / modules.size) * size;
    return isDark === 0 ? [] : [`<rect x="${x}" y="${y}" width="${size}" height="${size}"/>`];
  });
  return drawPaper(`<g shape-rendering="crispEdges">${squares.join('')}</g>`);
}

async function drawPaper(content: string): Promise<Buffer> {
  const toPixels = (millimetres: number): number => Math.round((millimetres / 25.4) * dpi);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${toPixels(paper.widthMm)}" height="${toPixels(paper.heightMm)}"
    viewBox="0 0 ${paper.widthMm} ${paper.heightMm}"><rect width="100%" height="100%" fill="#fbfaf6"/>${content}</svg>`;
  const bed = toPixels(bedMm);
  return sharp(Buffer.from(svg))
    .flatten()
    .extend({ top: bed, bottom: bed, left: bed, right: bed, background: { r: 18, g: 18, b: 18 } })
    .withMetadata({ density: dpi })
    .png({ compressionLevel: 1 })
    .toBuffer();
}

function drawMarks(number: number): string {
  return Array.from({ length: number }, (_, mark) => `<rect x="${10 + mark * 7}" y="10" width="5" height="5"/>`).join(
    '',
  );
}

function drawLines(): string {
  const words: string[] = [];
  for (let y = 24; y < paper.heightMm - 12; y += 5) {
    for (let x = 10, word = y; x < paper.widthMm - 20; word = (word * 7 + 3) % 11) {
      const width = 3 + word;
      words.push(`<rect x="${x}" y="${y}" width="${width}" height="1.8" fill="#222"/>`);
      x += width + 2;
    }
  }
  return words.join('');
}
