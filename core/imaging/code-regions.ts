import { findComponents } from './components.ts';
import type { GrayImage } from './gray-image.ts';
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
  const sums = kernels.allocate(4 * columns * rows);
  const differences = kernels.allocate(4 * columns * rows);
  kernels.functions.square_changes(kernels.load(image.data), width, size, columns, rows, sums, differences);
  const means = Uint8Array.from(kernels.words(sums, columns * rows), (sum) => sum / size ** 2);
  const changes = Float64Array.from(kernels.words(differences, columns * rows), (sum) => sum / size ** 2);
  kernels.release(mark);
  const paper = means.toSorted()[Math.floor(means.length * 0.8)] ?? 255;
  const mask = means.map((mean, i) =>
    mean > darkest * paper && mean < lightest * paper && changes[i]! > leastChange * paper ? 1 : 0,
  );
  return findComponents({ mask, width: columns, height: rows, count: 0, pixelsPerMm: 1 / tileMm }, fewestTiles)
    .filter((group) => group.area > 0.4 * (group.right - group.left) * (group.bottom - group.top))
    .toSorted((a, b) => b.area - a.area)
    .slice(0, mostRegions)
    .map(({ left, top, right, bottom }) => ({
      left: left * size,
      top: top * size,
      right: right * size,
      bottom: bottom * size,
    }));
}
