import { findComponents } from './components.ts';
import type { GrayImage } from './gray-image.ts';

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
export function findCodeRegions(image: GrayImage): readonly Box[] {
  const { data, width, height, pixelsPerMm } = image;
  const size = Math.max(4, Math.round(tileMm * pixelsPerMm));
  const columns = Math.floor((width - 1) / size);
  const rows = Math.floor((height - 1) / size);
  if (columns < 1 || rows < 1) return [];
  const means = new Uint8Array(columns * rows);
  const changes = new Float64Array(columns * rows);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      let sum = 0;
      let change = 0;
      for (let y = row * size; y < (row + 1) * size; y += 1) {
        for (let x = column * size, i = y * width + x; x < (column + 1) * size; x += 1, i += 1) {
          const value = data[i]!;
          sum += value;
          change += Math.max(Math.abs(value - data[i + 1]!), Math.abs(value - data[i + width]!));
        }
      }
      means[row * columns + column] = sum / size ** 2;
      changes[row * columns + column] = change / size ** 2;
    }
  }
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
