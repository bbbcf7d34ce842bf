import { findComponents } from './components.ts';
import type { GrayImage, Point } from './gray-image.ts';
import { distanceInside } from './gray-image.ts';
import type { PaperBrightness } from './ink.ts';
import { findInk } from './ink.ts';
import type { Kernels } from './kernels/kernels.ts';

/** mm² of holes and streaks that a blank side may have: above, nobody needs to look closer. */
const mostDirtMm2 = 500;

/** mm² of ink below which a side counts as blank: a page number of two figures has twice as much. */
const mostInkMm2 = 0.55;

/** Thin pencil at a fifth of black counts. What shows through from the other side is often as dark: such a side is kept. */
const faintestInk = 0.88;

/**
 * Whether nothing is on this side that anybody could have meant. When unsure, the side is not blank.
 * @param brightness smoothed: a tile that lies inside of a punch hole would take the hole for paper
 */
export function isBlankSide(
  kernels: Kernels,
  image: GrayImage,
  brightness: PaperBrightness,
  corners: readonly Point[],
  isPaperFound: boolean,
): boolean {
  return inkAreaMm2(kernels, image, brightness, corners, isPaperFound) < mostInkMm2;
}

/** mm² of ink that is neither noise, nor a punch hole, nor a streak or fold along the whole sheet. */
function inkAreaMm2(
  kernels: Kernels,
  image: GrayImage,
  brightness: PaperBrightness,
  corners: readonly Point[],
  isPaperFound: boolean,
): number {
  const ink = findInk(kernels, softened(kernels, image), brightness, corners, isPaperFound ? 3 : 5, faintestInk);
  const mm = image.pixelsPerMm;
  if (ink.count > mostDirtMm2 * mm ** 2) return Number.POSITIVE_INFINITY;
  let area = 0;
  for (const piece of findComponents(ink, 4)) {
    const wide = (piece.right - piece.left) / mm;
    const high = (piece.bottom - piece.top) / mm;
    const fill = piece.area / ((piece.right - piece.left) * (piece.bottom - piece.top));
    const inside = distanceInside(corners, (piece.left + piece.right) / 2, (piece.top + piece.bottom) / 2) / mm;
    const isHole = wide > 4.5 && wide < 9 && high > 4.5 && high < 9 && fill > 0.65 && inside < 26;
    const isStreak = (wide > 100 && high < 2) || (high > 100 && wide < 2);
    if (!isHole && !isStreak) area += piece.area / mm ** 2;
  }
  return area;
}

/** Mean of each pixel and its four neighbours: single noisy pixels are no ink. */
function softened(kernels: Kernels, image: GrayImage): GrayImage {
  const { width, height } = image;
  const mark = kernels.mark();
  const source = kernels.load(image.data);
  const target = kernels.allocate(width * height);
  kernels.functions.soften(source, width, height, target);
  const data = kernels.bytes(target, width * height).slice();
  kernels.release(mark);
  return { ...image, data };
}
