import type { GrayImage, Point } from './gray-image.ts';
import { distanceInside, quantile } from './gray-image.ts';

export type SideName = 'left' | 'right' | 'top' | 'bottom';

/** What is bed: in grades of brightness the least unevenness that is none of its noise, and how many mm² of more it may have. */
type Bed = Readonly<{ leastUneven: number; noises: number; mostMm2: number }>;

export const usualBed: Bed = { leastUneven: 7, noises: 4, mostMm2: 60 };
/** Around what covers a small part of the glass: it may also be a picture on a page, and the rest of it a faint note. */
export const cleanBed: Bed = { leastUneven: 4, noises: 3, mostMm2: 8 };

/** Uneven surface outside of the sheet, 4 mm away from it: a second piece, or not the sheet's edges. */
export function hasForeignContent(image: GrayImage, corners: readonly Point[], bed: Bed): boolean {
  const size = Math.max(4, Math.round(image.pixelsPerMm * 2));
  const away = 4 * image.pixelsPerMm;
  const spreads: number[] = [];
  for (let y = 0; y + size <= image.height; y += size) {
    for (let x = 0; x + size <= image.width; x += size) {
      if (distanceInside(corners, x + size / 2, y + size / 2) > -away - size) continue;
      let sum = 0;
      let squares = 0;
      for (let dy = 0; dy < size; dy += 1) {
        for (let dx = 0; dx < size; dx += 1) {
          const value = image.data[(y + dy) * image.width + x + dx]!;
          sum += value;
          squares += value * value;
        }
      }
      const mean = sum / size ** 2;
      spreads.push(Math.sqrt(Math.max(0, squares / size ** 2 - mean * mean)));
    }
  }
  if (spreads.length === 0) return false;
  const limit = Math.max(bed.leastUneven, bed.noises * quantile(spreads, 0.5));
  const area = (spreads.filter((spread) => spread > limit).length * size ** 2) / image.pixelsPerMm ** 2;
  return area > bed.mostMm2;
}

/** Standard deviation of the brightness between the image's border and a side. */
export function variationBeyond(image: GrayImage, name: SideName, point: Point): number {
  const [from, to] = {
    left: [0, point.x],
    right: [point.x, image.width],
    top: [0, point.y],
    bottom: [point.y, image.height],
  }[name] as [number, number];
  const isAcross = name === 'left' || name === 'right';
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let y = 0; y < image.height; y += 3) {
    for (let x = 0; x < image.width; x += 3) {
      const at = isAcross ? x : y;
      if (at < from || at >= to) continue;
      const level = image.data[y * image.width + x]!;
      sum += level;
      squares += level * level;
      count += 1;
    }
  }
  return count === 0 ? 0 : Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}
