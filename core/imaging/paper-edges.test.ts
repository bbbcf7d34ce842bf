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
