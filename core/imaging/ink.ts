import type { GrayImage, Point } from './gray-image.ts';
import { rowSpan } from './gray-image.ts';
import type { Kernels } from './kernels/kernels.ts';

/** Brightness of the paper by tiles, so that shading and coloured paper do not count as ink. */
export type PaperBrightness = Readonly<{ tiles: Uint8Array; tile: number; columns: number; rows: number }>;

/** 1 where the image is darker than the paper around by a factor; only inside of the paper. */
export type InkMask = Readonly<{ mask: Uint8Array; width: number; height: number; count: number; pixelsPerMm: number }>;

/** Measures the paper's brightness in tiles of about 3 mm. */
export function measurePaperBrightness(kernels: Kernels, image: GrayImage): PaperBrightness {
  const tile = Math.max(8, Math.round(image.pixelsPerMm * 3.2));
  const columns = Math.ceil(image.width / tile);
  const rows = Math.ceil(image.height / tile);
  const mark = kernels.mark();
  const source = kernels.allocate(image.data.length);
  const target = kernels.allocate(columns * rows);
  kernels.bytes(source, image.data.length).set(image.data);
  kernels.functions.background_tiles(source, image.width, image.height, tile, 85, target, columns, rows);
  const tiles = kernels.bytes(target, columns * rows).slice();
  kernels.release(mark);
  return { tiles, tile, columns, rows };
}

/**
 * @param corners the paper, clockwise
 * @param marginMm how far from the paper's edge ink begins to count: shadows lie along the edge
 * @param ratio ink is darker than this part of the paper's brightness
 */
export function findInk(
  image: GrayImage,
  brightness: PaperBrightness,
  corners: readonly Point[],
  marginMm: number,
  ratio: number,
): InkMask {
  const { data, width, height, pixelsPerMm } = image;
  const mask = new Uint8Array(width * height);
  const limits = Float32Array.from(brightness.tiles, (value) => value * ratio);
  let count = 0;
  for (let y = 0; y < height; y += 1) {
    const { first, last } = rowSpan(corners, y + 0.5, width, marginMm * pixelsPerMm);
    const row = Math.floor(y / brightness.tile) * brightness.columns;
    for (let x = first; x < last;) {
      const column = Math.floor(x / brightness.tile);
      const limit = limits[row + column]!;
      const end = Math.min(last, (column + 1) * brightness.tile);
      for (; x < end; x += 1) {
        if (data[y * width + x]! < limit) {
          mask[y * width + x] = 1;
          count += 1;
        }
      }
    }
  }
  return { mask, width, height, count, pixelsPerMm };
}

/** The same ink without straight runs longer than any letter (7.5 mm): rules, frames, bars. */
export function withoutRules(ink: InkMask): InkMask {
  const { width, height, mask } = ink;
  const longest = Math.round(7.5 * ink.pixelsPerMm);
  const kept = mask.slice();
  const clear = (line: number, length: number, lineStride: number, stride: number): void => {
    for (let k = 0; k < length;) {
      const start = k;
      while (k < length && mask[line * lineStride + k * stride] === 1) k += 1;
      if (k - start > longest) for (let j = start; j < k; j += 1) kept[line * lineStride + j * stride] = 0;
      if (k === start) k += 1;
    }
  };
  for (let y = 0; y < height; y += 1) clear(y, width, width, 1);
  for (let x = 0; x < width; x += 1) clear(x, height, 1, width);
  let count = 0;
  for (const value of kept) count += value;
  return { ...ink, mask: kept, count };
}

/** Turns the mask by a quarter, counter-clockwise: what ran downwards then runs to the right. */
export function quarterTurnBack(ink: InkMask): InkMask {
  const { width, height, mask } = ink;
  const turned = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (mask[y * width + x] === 1) turned[(width - 1 - x) * height + y] = 1;
    }
  }
  return { ...ink, mask: turned, width: height, height: width };
}

/** Turns the mask clockwise about its middle; what leaves the image is lost. */
export function turnedInk(ink: InkMask, degrees: number): InkMask {
  const { width, height, mask } = ink;
  const cosine = Math.cos((degrees * Math.PI) / 180);
  const sine = Math.sin((degrees * Math.PI) / 180);
  const turned = new Uint8Array(width * height);
  let count = 0;
  for (let y = 0; y < height; y += 1) {
    const dy = y + 0.5 - height / 2;
    for (let x = 0; x < width; x += 1) {
      const dx = x + 0.5 - width / 2;
      const sourceX = Math.floor(dx * cosine + dy * sine + width / 2);
      const sourceY = Math.floor(dy * cosine - dx * sine + height / 2);
      if (sourceX < 0 || sourceY < 0 || sourceX >= width || sourceY >= height) continue;
      if (mask[sourceY * width + sourceX] !== 1) continue;
      turned[y * width + x] = 1;
      count += 1;
    }
  }
  return { ...ink, mask: turned, count };
}
