import type { Box } from './code-regions.ts';
import type { GrayImage, Point } from './gray-image.ts';
import { rowSpans } from './gray-image.ts';
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
  const source = kernels.load(image.data);
  const target = kernels.allocate(columns * rows);
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
  kernels: Kernels,
  image: GrayImage,
  brightness: PaperBrightness,
  corners: readonly Point[],
  marginMm: number,
  ratio: number,
): InkMask {
  const { width, height, pixelsPerMm } = image;
  // A whole level is below a fraction exactly when it is below the next whole number.
  const limits = Uint8Array.from(brightness.tiles, (value) => Math.ceil(value * ratio));
  const spans = rowSpans(corners, { from: 0.5, step: 1, count: height }, width, marginMm * pixelsPerMm);
  const target = kernels.allocate(width * height);
  const mark = kernels.mark();
  const gray = kernels.load(image.data);
  const rowLimits = kernels.load(limits);
  const rows = kernels.load(spans);
  const count = kernels.functions.ink_mask(gray, width, height, brightness.tile, rowLimits, rows, target);
  kernels.release(mark);
  return { mask: kernels.bytes(target, width * height), width, height, count, pixelsPerMm };
}

/** The rectangle around all of the ink, in pixels; right and bottom are exclusive. Null without any. */
export function boxOfInk(kernels: Kernels, { mask, width, height }: InkMask): Box | null {
  const mark = kernels.mark();
  const target = kernels.allocate(16);
  const hasInk = kernels.functions.ink_box(kernels.load(mask), width, height, target) === 1;
  const [left = 0, top = 0, right = 0, bottom = 0] = kernels.words(target, 4);
  kernels.release(mark);
  return hasInk ? { left, top, right, bottom } : null;
}

/** The same ink without straight runs longer than any letter (7.5 mm): rules, frames, bars. */
export function withoutRules(kernels: Kernels, ink: InkMask): InkMask {
  const { width, height } = ink;
  const longest = Math.round(7.5 * ink.pixelsPerMm);
  const target = kernels.allocate(width * height);
  const mark = kernels.mark();
  const count = kernels.functions.clear_rules(kernels.load(ink.mask), width, height, longest, target);
  kernels.release(mark);
  return { ...ink, mask: kernels.bytes(target, width * height), count };
}

/** Turns the mask by a quarter, counter-clockwise: what ran downwards then runs to the right. */
export function quarterTurnBack(kernels: Kernels, ink: InkMask): InkMask {
  const { width, height } = ink;
  const target = kernels.allocate(width * height);
  const mark = kernels.mark();
  kernels.functions.turn_back(kernels.load(ink.mask), width, height, 1, 1, target);
  kernels.release(mark);
  return { ...ink, mask: kernels.bytes(target, width * height), width: height, height: width };
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
