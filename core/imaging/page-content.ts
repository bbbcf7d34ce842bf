import { findComponents } from './components.ts';
import type { GrayImage, Point } from './gray-image.ts';
import { rowSpans } from './gray-image.ts';
import type { PaperBrightness } from './ink.ts';
import type { Kernels } from './kernels/kernels.ts';

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
 * @param rgb address of the same pixels in colour; null when the capture has none
 * @param brightness of the paper; null when most of the page is none
 */
export function findContent(
  kernels: Kernels,
  image: GrayImage,
  rgb: number | null,
  brightness: PaperBrightness | null,
  corners: readonly Point[],
): PageContent {
  const color = rgb === null ? { isPaperColored: false, area: 0 } : findColor(kernels, image, rgb, corners);
  return {
    hasColor: color.isPaperColored || color.area > 4,
    hasColoredMarks: color.area > 4,
    hasHalftones: brightness === null || largestHalftoneArea(kernels, image, brightness, corners) > 40,
  };
}

/** mm² of pixels whose hue stands out from the paper's, in groups that noise and colour fringes of letters do not form. */
function findColor(
  kernels: Kernels,
  image: GrayImage,
  rgb: number,
  corners: readonly Point[],
): Readonly<{ isPaperColored: boolean; area: number }> {
  const { width, height, pixelsPerMm } = image;
  const cast = paperCast(image, kernels.bytes(rgb, 3 * width * height), corners);
  // An identity card or a form on coloured paper: its colour tells what it is. Recycled paper stays below.
  const isPaperColored =
    1 - Math.min(cast.red, cast.green, cast.blue) / Math.max(cast.red, cast.green, cast.blue) > 0.08;
  // Fringes are one or two pixels wide: the mean over 0.5 mm cancels their opposite sides.
  const size = Math.max(2, Math.round(pixelsPerMm * 0.5));
  const rows = Math.floor(height / size);
  const spans = rowSpans(corners, { from: size / 2, step: size, count: rows }, width, 3 * pixelsPerMm);
  const mark = kernels.mark();
  const count = kernels.functions.count_colored(
    rgb,
    width,
    size,
    rows,
    kernels.load(spans),
    cast.red,
    cast.green,
    cast.blue,
    0.1,
  );
  kernels.release(mark);
  return { isPaperColored, area: (count * size ** 2) / pixelsPerMm ** 2 };
}

type Cast = Readonly<{ red: number; green: number; blue: number }>;

/** Mean colour of the paper: of the brighter half of a sparse sample. */
function paperCast(image: GrayImage, rgb: Uint8Array, corners: readonly Point[]): Cast {
  const histogram = new Uint32Array(256);
  const { data, width, height, pixelsPerMm } = image;
  const step = 5;
  const spans = rowSpans(corners, { from: 0, step, count: Math.ceil(height / step) }, width, 3 * pixelsPerMm);
  const visit = (each: (index: number) => void): void => {
    for (let row = 0; row * step < height; row += 1) {
      const start = row * step * width;
      for (let i = start + spans[2 * row]!; i < start + spans[2 * row + 1]!; i += step) each(i);
    }
  };
  let total = 0;
  visit((i) => {
    histogram[data[i]!]! += 1;
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
    if (data[i]! < median) return;
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
function largestHalftoneArea(
  kernels: Kernels,
  image: GrayImage,
  brightness: PaperBrightness,
  corners: readonly Point[],
): number {
  const { width, height, pixelsPerMm } = image;
  const size = Math.max(4, Math.round(pixelsPerMm * 2));
  const columns = Math.floor(width / size);
  const rows = Math.floor(height / size);
  const paper = Uint8Array.from({ length: columns * rows }, (_, index) => {
    const row = Math.floor(((Math.floor(index / columns) + 0.5) * size) / brightness.tile);
    const column = Math.floor((((index % columns) + 0.5) * size) / brightness.tile);
    return brightness.tiles[row * brightness.columns + column] ?? 255;
  });
  const mark = kernels.mark();
  const counts = kernels.allocate(4 * columns * rows);
  kernels.functions.square_between(
    kernels.load(image.data),
    width,
    size,
    columns,
    rows,
    kernels.load(paper.map((level) => Math.floor(0.28 * level))),
    kernels.load(paper.map((level) => Math.ceil(lightestShade * level))),
    counts,
  );
  const between = kernels.words(counts, columns * rows).slice();
  kernels.release(mark);
  const borders = rowSpans(corners, { from: 0, step: size, count: rows + 1 }, width, 3 * pixelsPerMm);
  const field = new Uint8Array(columns * rows);
  for (let ty = 0; ty < rows; ty += 1) {
    const first = Math.max(borders[2 * ty]!, borders[2 * ty + 2]!);
    const last = Math.min(borders[2 * ty + 1]!, borders[2 * ty + 3]!);
    for (let tx = 0; tx < columns; tx += 1) {
      if (tx * size < first || (tx + 1) * size > last) continue;
      if (between[ty * columns + tx]! > 0.72 * size * size) field[ty * columns + tx] = 1;
    }
  }
  const fields = findComponents({ mask: field, width: columns, height: rows }, 1);
  return (Math.max(0, ...fields.map(({ area }) => area)) * size ** 2) / pixelsPerMm ** 2;
}
