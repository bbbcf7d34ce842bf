import { grayPatches, whiteBands } from '../domain/test-sheet.ts';
import type { SheetBox } from '../domain/test-sheet.ts';
import type { GrayImage } from './gray-image.ts';
import { quantile } from './gray-image.ts';
import { scalesOf, toPixel } from './qualification-plane.ts';
import type { SheetMap } from './qualification-plane.ts';

export type Tones = Readonly<{ whiteLevel: number; blackLevel: number; gamma: number; noise: number }>;

const marginMm = 2.5;
const tileMm = 2;

/** Levels of black and paper, the curve between them, and the grain of both. */
export function measureTones(gray: GrayImage, map: SheetMap): Tones {
  const levels = grayPatches.map((patch) => ({ gray: patch.gray, level: meanOf(gray, map, patch) }));
  const blackLevel = levels[0]?.level ?? 0;
  const whiteLevel = levels.at(-1)?.level ?? 0;
  let [products, squares] = [0, 0];
  for (const { gray: printed, level } of levels.slice(1, -1)) {
    const share = Math.min(0.999, Math.max(0.001, (level - blackLevel) / (whiteLevel - blackLevel)));
    products += Math.log(share) * Math.log(printed);
    squares += Math.log(printed) ** 2;
  }
  const black = grayPatches[0];
  const noise = Math.max(
    ...whiteBands.map((band) => noiseOf(gray, map, band)),
    black === undefined ? 0 : noiseOf(gray, map, black),
  );
  return { whiteLevel, blackLevel, gamma: products / squares, noise };
}

/** The greatest CIE chroma of the lighter greys, the bare paper among them. Black hardly has one. */
export function measureChroma(
  channels: Readonly<{ red: GrayImage; green: GrayImage; blue: GrayImage }>,
  map: SheetMap,
): number {
  return Math.max(
    ...grayPatches.slice(2).map((patch) => {
      const { a, b } = labOf(
        meanOf(channels.red, map, patch),
        meanOf(channels.green, map, patch),
        meanOf(channels.blue, map, patch),
      );
      return Math.hypot(a, b);
    }),
  );
}

function meanOf(image: GrayImage, map: SheetMap, box: SheetBox): number {
  let sum = 0;
  let count = 0;
  for (const [from, to, row] of rowsOf(image, map, box)) {
    for (let x = from; x <= to; x += 1) sum += image.data[row * image.width + x]!;
    count += to - from + 1;
  }
  return count === 0 ? 0 : sum / count;
}

/** Rows of the part of the capture that surely shows the box: [first column, last column, row]. */
function rowsOf(
  image: GrayImage,
  map: SheetMap,
  box: SheetBox,
): readonly (readonly [first: number, last: number, row: number])[] {
  const inner = [
    { x: box.left + marginMm, y: box.top + marginMm },
    { x: box.left + box.width - marginMm, y: box.top + marginMm },
    { x: box.left + box.width - marginMm, y: box.top + box.height - marginMm },
    { x: box.left + marginMm, y: box.top + box.height - marginMm },
  ].map((corner) => toPixel(map, corner));
  // The upright rectangle inside of the turned one: askew by 3 degrees at most.
  const xs = inner.map(({ x }) => x).toSorted((a, b) => a - b);
  const ys = inner.map(({ y }) => y).toSorted((a, b) => a - b);
  const first = Math.max(0, Math.ceil(xs[1] ?? 0));
  const last = Math.min(image.width - 1, Math.floor(xs[2] ?? -1));
  const top = Math.max(0, Math.ceil(ys[1] ?? 0));
  const bottom = Math.min(image.height - 1, Math.floor(ys[2] ?? -1));
  const rows: (readonly [number, number, number])[] = [];
  if (last >= first) for (let row = top; row <= bottom; row += 1) rows.push([first, last, row]);
  return rows;
}

/** Standard deviation of L*, tile by tile without the tile's own slope; the median of the tiles. */
function noiseOf(image: GrayImage, map: SheetMap, box: SheetBox): number {
  const { across } = scalesOf(map);
  const size = Math.max(8, Math.round(tileMm * across));
  const middle = toPixel(map, { x: box.left + box.width / 2, y: box.top + box.height / 2 });
  const top = Math.round(middle.y - size / 2);
  const slope = map.yx / map.xx;
  const reach = (box.width / 2 - marginMm - tileMm) * across;
  const deviations: number[] = [];
  for (let x = middle.x - reach; x + size <= middle.x + reach; x += size)
    deviations.push(deviationOf(image, Math.round(x), Math.round(top + slope * (x - middle.x)), size));
  return deviations.length === 0 ? 0 : quantile(deviations, 0.5);
}

/** Of noise, next to nothing lies further out; of specks and gaps in the toner, all. They are the sheet's, not the scanner's. */
const outlierDeviations = 3;
const outlierPasses = 4;

function deviationOf({ data, width, height }: GrayImage, left: number, top: number, size: number): number {
  if (left < 0 || top < 0 || left + size > width || top + size > height) return 0;
  const half = (size - 1) / 2;
  const values = new Float64Array(size * size);
  let [sum, sumX, sumY] = [0, 0, 0];
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const value = lightness[data[(top + y) * width + left + x]!]!;
      values[y * size + x] = value;
      sum += value;
      sumX += value * (x - half);
      sumY += value * (y - half);
    }
  }
  // Sum of squares of either coordinate about the tile's middle.
  const spread = (values.length * (size * size - 1)) / 12;
  const [slopeX, slopeY] = [sumX / spread, sumY / spread];
  const rests = values.map((value, i) => value - slopeX * ((i % size) - half) - slopeY * (Math.floor(i / size) - half));
  let mean = sum / values.length;
  let deviation = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < outlierPasses; pass += 1) {
    const near = rests.filter((rest) => Math.abs(rest - mean) <= outlierDeviations * deviation);
    if (near.length < rests.length / 2) break;
    const nearMean = near.reduce((total, rest) => total + rest, 0) / near.length;
    deviation = Math.sqrt(near.reduce((total, rest) => total + (rest - nearMean) ** 2, 0) / (near.length - 1));
    mean = nearMean;
  }
  return deviation;
}

/** Linear light, 0 to 1, of a level of sRGB (IEC 61966-2-1). */
export function linearLight(level: number): number {
  const share = level / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

function labFunction(share: number): number {
  return share > 216 / 24_389 ? Math.cbrt(share) : ((24_389 / 27) * share + 16) / 116;
}

/** L* of each level of a neutral sRGB grey. */
const lightness = Float64Array.from({ length: 256 }, (_, level) => 116 * labFunction(linearLight(level)) - 16);

/** CIE a* and b* of an sRGB colour, white point D65. */
function labOf(red: number, green: number, blue: number): Readonly<{ a: number; b: number }> {
  const [r, g, b] = [linearLight(red), linearLight(green), linearLight(blue)];
  const x = labFunction((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const y = labFunction(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = labFunction((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return { a: 500 * (x - y), b: 200 * (y - z) };
}
