import type { RawPage } from '../services/ports/scanner.ts';
import type { GrayImage, Point } from './gray-image.ts';
import { mmPerInch } from './gray-image.ts';

/** Where a point of the sheet (mm) lies in the capture: x = xx·X + xy·Y + x0, y = yx·X + yy·Y + y0 (pixels). */
export type SheetMap = Readonly<{ xx: number; xy: number; x0: number; yx: number; yy: number; y0: number }>;

export type Pair = Readonly<{ sheet: Point; pixel: Point }>;

/** The map that fits the pairs best (least squares); null for fewer than three or for points on one line. */
export function fitSheetMap(pairs: readonly Pair[]): SheetMap | null {
  if (pairs.length < 3) return null;
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanX = mean(pairs.map(({ sheet }) => sheet.x));
  const meanY = mean(pairs.map(({ sheet }) => sheet.y));
  const meanU = mean(pairs.map(({ pixel }) => pixel.x));
  const meanV = mean(pairs.map(({ pixel }) => pixel.y));
  let [sxx, sxy, syy, sxu, syu, sxv, syv] = [0, 0, 0, 0, 0, 0, 0];
  for (const { sheet, pixel } of pairs) {
    const [dx, dy] = [sheet.x - meanX, sheet.y - meanY];
    const [du, dv] = [pixel.x - meanU, pixel.y - meanV];
    sxx += dx * dx;
    sxy += dx * dy;
    syy += dy * dy;
    sxu += dx * du;
    syu += dy * du;
    sxv += dx * dv;
    syv += dy * dv;
  }
  const determinant = sxx * syy - sxy * sxy;
  if (determinant < 1e-6 * sxx * syy) return null;
  const xx = (sxu * syy - syu * sxy) / determinant;
  const xy = (syu * sxx - sxu * sxy) / determinant;
  const yx = (sxv * syy - syv * sxy) / determinant;
  const yy = (syv * sxx - sxv * sxy) / determinant;
  return { xx, xy, x0: meanU - xx * meanX - xy * meanY, yx, yy, y0: meanV - yx * meanX - yy * meanY };
}

export function toPixel(map: SheetMap, { x, y }: Point): Point {
  return { x: map.xx * x + map.xy * y + map.x0, y: map.yx * x + map.yy * y + map.y0 };
}

export function toSheet(map: SheetMap, { x, y }: Point): Point {
  const determinant = map.xx * map.yy - map.xy * map.yx;
  const [u, v] = [x - map.x0, y - map.y0];
  return { x: (map.yy * u - map.xy * v) / determinant, y: (map.xx * v - map.yx * u) / determinant };
}

/** Pixels a millimetre in both directions of the sheet. */
export function scalesOf(map: SheetMap): Readonly<{ across: number; along: number }> {
  return { across: Math.hypot(map.xx, map.yx), along: Math.hypot(map.xy, map.yy) };
}

/** One channel of a capture; `gray` is the luma of ITU-R BT.601. */
export type Channel = 'gray' | 'red' | 'green' | 'blue';

export function channelOf(page: RawPage, channel: Channel): GrayImage {
  const { widthPixels: width, heightPixels: height, samples } = page;
  const pixelsPerMm = page.dpi / mmPerInch;
  if (page.colorMode === 'gray') return { data: samples, width, height, pixelsPerMm };
  const data = new Uint8Array(width * height);
  if (page.colorMode === 'bitonal') {
    const stride = Math.ceil(width / 8);
    for (let y = 0; y < height; y += 1)
      for (let x = 0; x < width; x += 1)
        data[y * width + x] = (samples[y * stride + (x >> 3)]! & (0x80 >> (x & 7))) === 0 ? 255 : 0;
  } else if (channel === 'gray') {
    for (let i = 0, k = 0; i < data.length; i += 1, k += 3)
      data[i] = (77 * samples[k]! + 150 * samples[k + 1]! + 29 * samples[k + 2]! + 128) >> 8;
  } else {
    const offset = { red: 0, green: 1, blue: 2 }[channel];
    for (let i = 0, k = offset; i < data.length; i += 1, k += 3) data[i] = samples[k]!;
  }
  return { data, width, height, pixelsPerMm };
}

/** Mean of whole blocks of `factor` × `factor` pixels. */
export function shrink(image: GrayImage, factor: number): GrayImage {
  if (factor === 1) return image;
  const width = Math.floor(image.width / factor);
  const height = Math.floor(image.height / factor);
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let sum = 0;
      for (let dy = 0; dy < factor; dy += 1) {
        const row = (y * factor + dy) * image.width + x * factor;
        for (let dx = 0; dx < factor; dx += 1) sum += image.data[row + dx]!;
      }
      data[y * width + x] = Math.round(sum / (factor * factor));
    }
  }
  return { data, width, height, pixelsPerMm: image.pixelsPerMm / factor };
}
