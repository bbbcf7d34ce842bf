import type { GrayImage, Point } from './gray-image.ts';
import { rowSpan } from './gray-image.ts';
import type { PaperBrightness } from './ink.ts';

export type PageContent = Readonly<{
  /** Something coloured: a stamp, a pen, a seal, a photograph, or the paper itself. */
  hasColor: boolean;
  /** Something coloured apart from the paper. */
  hasColoredMarks: boolean;
  /** Something with half-tones: a photograph, a shaded field. */
  hasHalftones: boolean;
}>;

/**
 * Looks for what a black-and-white copy would lose.
 * @param rgb the same pixels in colour; null when the capture has none
 * @param brightness of the paper; null when most of the page is none
 */
export function findContent(
  image: GrayImage,
  rgb: Uint8Array | null,
  brightness: PaperBrightness | null,
  corners: readonly Point[],
): PageContent {
  const color = rgb === null ? { isPaperColored: false, area: 0 } : findColor(image, rgb, corners);
  return {
    hasColor: color.isPaperColored || color.area > 4,
    hasColoredMarks: color.area > 4,
    hasHalftones: brightness === null || largestHalftoneArea(image, brightness, corners) > 40,
  };
}

/** mm² of pixels whose hue stands out from the paper's, in groups that noise and colour fringes of letters do not form. */
function findColor(
  image: GrayImage,
  rgb: Uint8Array,
  corners: readonly Point[],
): Readonly<{ isPaperColored: boolean; area: number }> {
  const { width, height, pixelsPerMm } = image;
  const cast = paperCast(image, rgb, corners);
  // An identity card or a form on coloured paper: its colour tells what it is. Recycled paper stays below.
  const isPaperColored =
    1 - Math.min(cast.red, cast.green, cast.blue) / Math.max(cast.red, cast.green, cast.blue) > 0.08;
  // Fringes are one or two pixels wide: the mean over 0.5 mm cancels their opposite sides.
  const size = Math.max(2, Math.round(pixelsPerMm * 0.5));
  let count = 0;
  for (let y = 0; y + size <= height; y += size) {
    const { first, last } = rowSpan(corners, y + size / 2, width, 3 * pixelsPerMm);
    for (let x = first; x + size <= last; x += size) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let dy = 0; dy < size; dy += 1) {
        for (let dx = 0; dx < size; dx += 1) {
          const i = ((y + dy) * width + x + dx) * 3;
          red += rgb[i]!;
          green += rgb[i + 1]!;
          blue += rgb[i + 2]!;
        }
      }
      const area = size * size;
      const r = red / area / cast.red;
      const g = green / area / cast.green;
      const b = blue / area / cast.blue;
      if (Math.max(r, g, b) - Math.min(r, g, b) > 0.1) count += 1;
    }
  }
  return { isPaperColored, area: (count * size ** 2) / pixelsPerMm ** 2 };
}

type Cast = Readonly<{ red: number; green: number; blue: number }>;

/** Mean colour of the paper: of the brighter half of a sparse sample. */
function paperCast(image: GrayImage, rgb: Uint8Array, corners: readonly Point[]): Cast {
  const histogram = new Uint32Array(256);
  const visit = (each: (index: number) => void): void => {
    for (let y = 0; y < image.height; y += 5) {
      const { first, last } = rowSpan(corners, y, image.width, 3 * image.pixelsPerMm);
      for (let x = first; x < last; x += 5) each(y * image.width + x);
    }
  };
  let total = 0;
  visit((i) => {
    histogram[image.data[i]!] = histogram[image.data[i]!]! + 1;
    total += 1;
  });
  let median = 255;
  for (let above = 0; median > 0; median -= 1) {
    above += histogram[median]!;
    if (above > total / 2) break;
  }
  let red = 0;
  let green = 0;
  let blue = 0;
  let count = 0;
  visit((i) => {
    if (image.data[i]! < median) return;
    red += rgb[3 * i]!;
    green += rgb[3 * i + 1]!;
    blue += rgb[3 * i + 2]!;
    count += 1;
  });
  const divisor = Math.max(1, count);
  return { red: Math.max(1, red / divisor), green: Math.max(1, green / divisor), blue: Math.max(1, blue / divisor) };
}

/** Of the paper's brightness; a tenth of it is what heads of tables are shaded with. */
const lightestShade = 0.93;

/** mm² of the largest connected field of 2 mm squares that are neither paper nor black. */
function largestHalftoneArea(image: GrayImage, brightness: PaperBrightness, corners: readonly Point[]): number {
  const { data, width, height, pixelsPerMm } = image;
  const size = Math.max(4, Math.round(pixelsPerMm * 2));
  const columns = Math.floor(width / size);
  const rows = Math.floor(height / size);
  const field = new Uint8Array(columns * rows);
  for (let ty = 0; ty < rows; ty += 1) {
    const top = rowSpan(corners, ty * size, width, 3 * pixelsPerMm);
    const bottom = rowSpan(corners, (ty + 1) * size, width, 3 * pixelsPerMm);
    for (let tx = 0; tx < columns; tx += 1) {
      if (tx * size < Math.max(top.first, bottom.first) || (tx + 1) * size > Math.min(top.last, bottom.last)) continue;
      const tile =
        Math.floor(((ty + 0.5) * size) / brightness.tile) * brightness.columns +
        Math.floor(((tx + 0.5) * size) / brightness.tile);
      const paper = brightness.tiles[tile] ?? 255;
      let between = 0;
      for (let y = ty * size; y < (ty + 1) * size; y += 1) {
        for (let x = tx * size; x < (tx + 1) * size; x += 1) {
          const value = data[y * width + x]!;
          if (value < lightestShade * paper && value > 0.28 * paper) between += 1;
        }
      }
      if (between > 0.72 * size * size) field[ty * columns + tx] = 1;
    }
  }
  return (largestGroup(field, columns) * size ** 2) / pixelsPerMm ** 2;
}

function largestGroup(field: Uint8Array, columns: number): number {
  let largest = 0;
  const stack: number[] = [];
  for (let seed = 0; seed < field.length; seed += 1) {
    if (field[seed] !== 1) continue;
    let count = 0;
    field[seed] = 0;
    stack.push(seed);
    for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
      count += 1;
      const x = i % columns;
      const neighbours = [i - columns, i + columns, x > 0 ? i - 1 : -1, x < columns - 1 ? i + 1 : -1];
      for (const neighbour of neighbours) {
        if (field[neighbour] !== 1) continue;
        field[neighbour] = 0;
        stack.push(neighbour);
      }
    }
    largest = Math.max(largest, count);
  }
  return largest;
}
