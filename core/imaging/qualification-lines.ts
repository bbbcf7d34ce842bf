import type { DeadLine } from '../contract/schemas/qualification.ts';
import { deadLineLevels } from '../domain/qualification-rules.ts';
import { blackBands, sheetSize, whiteBands } from '../domain/test-sheet.ts';
import type { SheetBox } from '../domain/test-sheet.ts';
import type { GrayImage } from './gray-image.ts';
import { scalesOf, toPixel, toSheet } from './qualification-plane.ts';
import type { SheetMap } from './qualification-plane.ts';

export type FoundLine = DeadLine & Readonly<{ firstColumn: number; lastColumn: number }>;

/** Inside of a band, away from its edges. */
const marginMm = 1.5;
/** Shading is slower than this, a line is not. */
const medianReachMm = 3;
const mostLines = 100;

/**
 * Columns that stay dark on both bands of bare paper, or light on both black bands. What is on the sheet itself (a speck, a
 * gap in the print) is on one of both only.
 */
export function findDeadLines(image: GrayImage, map: SheetMap): readonly FoundLine[] {
  const dark = standingOut(image, map, whiteBands, -1);
  const light = standingOut(image, map, blackBands, 1);
  const { across } = scalesOf(map);
  const isUpsideDown = map.xx < 0;
  const lines = [...joinColumns(dark, 'dark'), ...joinColumns(light, 'light')].map(
    ({ kind, first, last, levels }): FoundLine => {
      const onSheet = toSheet(map, { x: (first + last) / 2, y: image.height / 2 }).x;
      return {
        kind,
        atMm: rounded(isUpsideDown ? sheetSize.width - onSheet : onSheet),
        widthMm: rounded((last - first + 1) / across),
        levels: Math.round(levels),
        firstColumn: first,
        lastColumn: last,
      };
    },
  );
  return lines.toSorted((a, b) => a.firstColumn - b.firstColumn).slice(0, mostLines);
}

/** The image with the lines' columns taken from their neighbours: what else is measured shall not suffer from them. */
export function withoutLines(image: GrayImage, lines: readonly FoundLine[]): GrayImage {
  if (lines.length === 0) return image;
  const { width, height } = image;
  const data = image.data.slice();
  for (const { firstColumn, lastColumn } of lines) {
    const left = firstColumn - 1;
    const right = lastColumn + 1;
    if (left < 0 || right >= width) continue;
    for (let y = 0; y < height; y += 1) {
      const row = y * width;
      for (let x = firstColumn; x <= lastColumn; x += 1) {
        const share = (x - left) / (right - left);
        data[row + x] = Math.round(data[row + left]! * (1 - share) + data[row + right]! * share);
      }
    }
  }
  return { ...image, data };
}

/** For each column how far it stands out on the band where it does so less; 0 where it does not reach the limit. */
function standingOut(image: GrayImage, map: SheetMap, bands: readonly SheetBox[], sign: 1 | -1): Float64Array {
  const least = new Float64Array(image.width).fill(Number.POSITIVE_INFINITY);
  for (const band of bands) {
    const means = columnMeans(image, map, band);
    const reach = Math.round(medianReachMm * scalesOf(map).across);
    for (let x = 0; x < image.width; x += 1) {
      const mean = means[x]!;
      const difference = Number.isNaN(mean) ? 0 : sign * (mean - medianAround(means, x, reach));
      least[x] = Math.min(least[x]!, difference);
    }
  }
  return least.map((value) => (value >= deadLineLevels ? value : 0));
}

/** Mean of the band in each column of the capture; NaN where the band is not. */
function columnMeans({ data, width, height }: GrayImage, map: SheetMap, band: SheetBox): Float64Array {
  const means = new Float64Array(width).fill(Number.NaN);
  const { along } = scalesOf(map);
  const middle = band.top + band.height / 2;
  const half = (band.height / 2 - marginMm) * along;
  const [start, end] = [band.left + marginMm, band.left + band.width - marginMm];
  const first = toPixel(map, { x: start, y: middle });
  const slope = map.yx / map.xx;
  for (let x = 0; x < width; x += 1) {
    const y = first.y + slope * (x - first.x);
    const onSheet = toSheet(map, { x, y }).x;
    const top = Math.ceil(y - half);
    const bottom = Math.floor(y + half);
    if (onSheet < start || onSheet > end || top < 0 || bottom >= height) continue;
    let sum = 0;
    for (let row = top; row <= bottom; row += 1) sum += data[row * width + x]!;
    means[x] = sum / (bottom - top + 1);
  }
  return means;
}

function medianAround(values: Float64Array, centre: number, reach: number): number {
  const window = values.slice(Math.max(0, centre - reach), centre + reach + 1).filter((value) => !Number.isNaN(value));
  window.sort();
  return window[window.length >> 1] ?? Number.NaN;
}

type Run = Readonly<{ kind: DeadLine['kind']; first: number; last: number; levels: number }>;

function joinColumns(levels: Float64Array, kind: DeadLine['kind']): readonly Run[] {
  const runs: Run[] = [];
  for (let x = 0; x < levels.length; x += 1) {
    if (levels[x] === 0) continue;
    const first = x;
    while (x + 1 < levels.length && levels[x + 1]! > 0) x += 1;
    runs.push({ kind, first, last: x, levels: Math.max(...levels.subarray(first, x + 1)) });
  }
  return runs;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
