import type { Component } from './components.ts';
import { findComponents } from './components.ts';
import type { GrayImage } from './gray-image.ts';
import { levelQuantile } from './gray-image.ts';
import type { Kernels } from './kernels/kernels.ts';

/** Pixels; right and bottom are exclusive. */
export type Box = Readonly<{ left: number; top: number; right: number; bottom: number }>;

const tileMm = 2;
/** Mean brightness of a code's tiles, of the paper's: text leaves more white, a black field less. */
const darkest = 0.2;
const lightest = 0.72;
/** Mean difference of neighbouring pixels, of the paper's brightness: photographs and shades change slowly. */
const leastChange = 0.07;
const fewestTiles = 4;
/** Of the smaller to the larger of the changes along and across a field that is one tile thick: lines of text lie above. */
const mostLikeBars = 0.5;
/** More would take longer than the page is worth: a page of rasters has no codes that anybody could read. */
const mostRegions = 6;

/**
 * Where a bar code or a matrix code may stand: fields of some 2 mm squares that are about half black and full of edges.
 * @param image about 150 dots per inch
 */
export function findCodeRegions(kernels: Kernels, image: GrayImage): readonly Box[] {
  const { width, height, pixelsPerMm } = image;
  const size = Math.max(4, Math.round(tileMm * pixelsPerMm));
  const columns = Math.floor((width - 1) / size);
  const rows = Math.floor((height - 1) / size);
  if (columns < 1 || rows < 1) return [];
  const mark = kernels.mark();
  const tiles = columns * rows;
  const [sums, across, down] = [kernels.allocate(4 * tiles), kernels.allocate(4 * tiles), kernels.allocate(4 * tiles)];
  kernels.functions.square_changes(kernels.load(image.data), width, size, columns, rows, sums, across, down);
  const means = Uint8Array.from(kernels.words(sums, tiles), (sum) => sum / size ** 2);
  const changes = [across, down].map((pointer) => kernels.words(pointer, tiles).slice());
  kernels.release(mark);
  const paper = levelQuantile(means, 0.8);
  const [alongRows = changes[0]!, alongColumns = changes[0]!] = changes;
  const least = leastChange * paper * size ** 2;
  const mask = means.map((mean, i) =>
    mean > darkest * paper && mean < lightest * paper && Math.max(alongRows[i]!, alongColumns[i]!) > least ? 1 : 0,
  );
  const sumOver = (group: Component, values: ArrayLike<number>): number => {
    let sum = 0;
    for (let y = group.top; y < group.bottom; y += 1)
      for (let x = group.left; x < group.right; x += 1) sum += values[y * columns + x]!;
    return sum;
  };
  const isTextLine = (group: Component): boolean => {
    if (Math.min(group.right - group.left, group.bottom - group.top) > 1) return false;
    const [rowwise, columnwise] = [sumOver(group, alongRows), sumOver(group, alongColumns)];
    return Math.min(rowwise, columnwise) > mostLikeBars * Math.max(rowwise, columnwise);
  };
  return findComponents({ mask, width: columns, height: rows }, fewestTiles)
    .filter((group) => group.area > 0.4 * (group.right - group.left) * (group.bottom - group.top) && !isTextLine(group))
    .toSorted((a, b) => b.area - a.area)
    .slice(0, mostRegions)
    .map(({ left, top, right, bottom }) => ({
      left: left * size,
      top: top * size,
      right: right * size,
      bottom: bottom * size,
    }));
}
