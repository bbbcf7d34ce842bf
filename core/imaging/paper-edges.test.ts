import { expect, it } from 'vitest';
import type { GrayImage } from './gray-image.ts';
import { openKernels } from './kernels/kernels.ts';
import { findPaperEdges } from './paper-edges.ts';

const kernels = openKernels();
const pixelsPerMm = 75 / 25.4;
const [width, height] = [620, 877];
const [left, top, lastRow] = [112, 96, 648];
const [lineHeight, letterHeight] = [12, 7];

/** A text set flush on a page that fills the image; between its lines the paper is a little darker than the margin. */
function flushText(margin: number): GrayImage {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const isText = x >= left && y >= top && y < lastRow;
      const isLetter = isText && (y - top) % lineHeight < letterHeight;
      const grain = ((x * 7 + y * 13) % 3) - 1;
      data[y * width + x] = (isLetter ? (((x >> 1) + (y >> 1)) % 2 ? 130 : 195) : isText ? 205 : margin) + grain;
    }
  return { data, width, height, pixelsPerMm };
}

it('takes no flush text for the paper', () => {
  expect(findPaperEdges(kernels, flushText(212)).found).toBe(false);
});

it('finds a sheet that is printed up to its edges, on a bed that can be seen', () => {
  const { found, corners } = findPaperEdges(kernels, flushText(240));
  expect(found).toBe(true);
  expect(Math.abs((corners[0]?.x ?? 0) - left)).toBeLessThan(2);
});

it('takes the head of a table across the page for no edge where the others lie on another bed', () => {
  const [bedLeft, bedBottom, headTop, headBottom] = [3, 9, 76, 130];
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const isBed = x < bedLeft || x >= width - bedLeft || y >= height - bedBottom;
      const isTitle = y >= 20 && y < 40 && x >= 200 && x < 400 && (x >> 2) % 2 === 0;
      const isHead = y >= headTop && y < headBottom;
      data[y * width + x] = isBed ? 30 : isTitle ? 60 : isHead ? 210 : 240;
    }
  const { found, corners } = findPaperEdges(kernels, { data, width, height, pixelsPerMm });
  expect(found).toBe(true);
  expect(corners.map(({ x, y }) => [Math.round(x), Math.round(y)])).toEqual([
    [bedLeft, 0],
    [width - bedLeft, 0],
    [width - bedLeft, height - bedBottom],
    [bedLeft, height - bedBottom],
  ]);
});

it('finds the edge that a text runs up to, on a bed almost as bright as the paper, from how the others step', () => {
  const [paperLeft, paperTop, paperRight, paperBottom] = [20, 24, 600, 850];
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const isPaper = x >= paperLeft && x < paperRight && y >= paperTop && y < paperBottom;
      const isLetter = isPaper && x >= left && y >= top && y < lastRow && (y - top) % lineHeight < 4;
      data[y * width + x] = isLetter ? (((x >> 1) + (y >> 1)) % 2 ? 90 : 190) : isPaper ? 220 : 212;
    }
  const { found, sides } = findPaperEdges(kernels, { data, width, height, pixelsPerMm });
  expect({ found, sides: sides.toSorted() }).toEqual({ found: true, sides: ['bottom', 'left', 'right', 'top'] });
});

it('takes the gutter of an open book for no edge where the one side that is seen lies on another bed', () => {
  const [firstText, gutter, secondText, bedBottom] = [[30, 410], 430, 446, 4] as const;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const isText = (x > firstText[0] && x < firstText[1]) || x >= secondText;
      const isLetter = isText && y % lineHeight < letterHeight && ((x >> 1) + (y >> 1)) % 2 === 0;
      const [ink, paper] = x < gutter ? [20, 150] : [75, 134];
      const grain = ((x * 7 + y * 13) % 3) - 1;
      data[y * width + x] = (y >= height - bedBottom ? 30 : isLetter ? ink : paper) + grain;
    }
  expect(findPaperEdges(kernels, { data, width, height, pixelsPerMm }).found).toBe(false);
});
