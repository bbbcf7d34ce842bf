/** Puts blocks on A4 pages, with what every page repeats around them. */
import type { Block, Slice } from './block-types.ts';
import { sliceBlock } from './blocks.ts';
import { createCanvas, type Canvas, type FontSet } from './canvas.ts';
import type { PdfaPage } from './pdfa-writer.ts';

const millimetre = 72 / 25.4;
export const pageWidth = 210 * millimetre;
export const pageHeight = 297 * millimetre;

/** Where the blocks go, and what is drawn around them once the number of pages is known. Points. */
export type PageFrame = Readonly<{
  left: number;
  width: number;
  top: number;
  bottom: number;
  draw(canvas: Canvas, page: number, pageCount: number): void;
}>;

export function layOutPages(blocks: readonly Block[], frame: PageFrame, fonts: FontSet): readonly PdfaPage[] {
  const slices = blocks.flatMap((block) => sliceBlock(block, frame.width, fonts));
  const canvases: Canvas[] = [];
  const startPage = (): Canvas => {
    const canvas = createCanvas(pageWidth, pageHeight, fonts);
    canvases.push(canvas);
    return canvas;
  };
  let canvas = startPage();
  let at = frame.top;
  const put = (slice: Slice, gap: number): void => {
    slice.draw(canvas, frame.left, at + gap);
    at += gap + slice.height;
  };
  slices.forEach((slice, index) => {
    const needed = slice.gapBefore + heightKeptTogether(slices, index);
    const fitsOnAnEmptyPage = needed <= frame.bottom - frame.top;
    const isOver = at + (fitsOnAnEmptyPage ? needed : slice.gapBefore + slice.height) > frame.bottom;
    if (isOver && at > frame.top) {
      canvas = startPage();
      at = frame.top;
      if (slice.repeated !== undefined) put(slice.repeated, 0);
    }
    put(slice, at === frame.top ? 0 : slice.gapBefore);
  });
  return canvases.map((page, index) => {
    frame.draw(page, index + 1, canvases.length);
    return { width: pageWidth, height: pageHeight, content: page.content() };
  });
}

function heightKeptTogether(slices: readonly Slice[], start: number): number {
  let height = slices[start]?.height ?? 0;
  for (let index = start; slices[index]?.keepWithNext === true; index += 1) {
    const next = slices[index + 1];
    if (next === undefined) break;
    height += next.gapBefore + next.height;
  }
  return height;
}
