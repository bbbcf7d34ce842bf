import type { Component } from './components.ts';
import { findInkComponents } from './components.ts';
import type { GrayImage, Point } from './gray-image.ts';
import { distanceInside, quantile, rowSpan } from './gray-image.ts';
import type { InkMask, PaperBrightness } from './ink.ts';
import { findInk } from './ink.ts';
import type { Kernels } from './kernels/kernels.ts';

/** mm² of holes and streaks that a blank side may have: above, nobody needs to look closer. */
const mostDirtMm2 = 500;

/** mm² of ink below which a side counts as blank: a page number of two figures has twice as much. */
const mostInkMm2 = 0.55;

/** Thin pencil at a fifth of black counts. What shows through from the other side is often as dark: such a side is kept. */
const faintestInk = 0.88;

/** mm² of the smallest speck that can be part of a faint mark, and of all of them that make one: a short stroke of a pencil. */
const leastSpeckMm2 = 0.12;
const leastFaintMm2 = 0.6;
/** What shows through from the other side has more pieces than a mark, a date or a word. */
const mostFaintPieces = 60;
/** Of the paper's brightness: fainter is its structure, and what shows through. */
const leastContrast = 0.04;
/** Standard deviations of the paper's noise, of which none is as large on a whole page. */
const noiseReach = 5.5;

export type SideBrightness = Readonly<{
  /** As measured, tile by tile. */
  measured: PaperBrightness;
  /** A tile that lies inside of a punch hole would take the hole for paper. */
  smooth: PaperBrightness;
}>;

/**
 * Whether nothing is on this side that anybody could have meant. When unsure, the side is not blank.
 * @param capture `hasTones`: more than black and white; without, nothing is faint
 */
export function isBlankSide(
  kernels: Kernels,
  image: GrayImage,
  brightness: SideBrightness,
  corners: readonly Point[],
  capture: Readonly<{ isPaperFound: boolean; hasTones: boolean }>,
): boolean {
  const marginMm = capture.isPaperFound ? 3 : 5;
  const soft = softened(kernels, image);
  const ink = findInk(kernels, soft, brightness.smooth, corners, marginMm, faintestInk);
  if (ink.count > mostDirtMm2 * image.pixelsPerMm ** 2) return false;
  if (areaMm2(marksOf(kernels, ink, corners, 4), ink) >= mostInkMm2) return false;
  return !capture.hasTones || !hasFaintMark(kernels, softened(kernels, soft), brightness, corners, marginMm);
}

/** Whether there are a few pieces that are hardly darker than the paper and larger than its noise: one stroke of a pencil. */
function hasFaintMark(
  kernels: Kernels,
  image: GrayImage,
  { measured, smooth }: SideBrightness,
  corners: readonly Point[],
  marginMm: number,
): boolean {
  const tiles = measured.tiles.map((level, i) => Math.max(level, 0.95 * smooth.tiles[i]!));
  const brightness = { ...measured, tiles };
  const { level, noise } = paperLevel(image, brightness, corners, marginMm);
  const faintest = level - Math.max(leastContrast, noiseReach * noise);
  const ink = findInk(kernels, image, brightness, corners, marginMm, faintest);
  const marks = marksOf(kernels, ink, corners, leastSpeckMm2 * image.pixelsPerMm ** 2);
  return marks.length <= mostFaintPieces && areaMm2(marks, ink) >= leastFaintMm2;
}

/** Mean and standard deviation of the paper, as parts of its tiles' brightness, on a sparse sample. */
function paperLevel(
  image: GrayImage,
  { tiles, tile, columns }: PaperBrightness,
  corners: readonly Point[],
  marginMm: number,
): Readonly<{ level: number; noise: number }> {
  const parts: number[] = [];
  for (let y = 3; y < image.height; y += 7) {
    const { first, last } = rowSpan(corners, y, image.width, marginMm * image.pixelsPerMm);
    for (let x = first; x < last; x += 11)
      parts.push(image.data[y * image.width + x]! / tiles[Math.floor(y / tile) * columns + Math.floor(x / tile)]!);
  }
  const level = quantile(parts, 0.5);
  // A twentieth lies more than 1.645 deviations below.
  return { level, noise: (level - quantile(parts, 0.05)) / 1.645 };
}

/** Pieces of ink that are neither noise, nor a punch hole, nor a streak or fold along the whole sheet. */
function marksOf(
  kernels: Kernels,
  ink: InkMask,
  corners: readonly Point[],
  smallestArea: number,
): readonly Component[] {
  const mm = ink.pixelsPerMm;
  return findInkComponents(kernels, ink, smallestArea).filter((piece) => {
    const wide = (piece.right - piece.left) / mm;
    const high = (piece.bottom - piece.top) / mm;
    const fill = piece.area / ((piece.right - piece.left) * (piece.bottom - piece.top));
    const inside = distanceInside(corners, (piece.left + piece.right) / 2, (piece.top + piece.bottom) / 2) / mm;
    const isHole = wide > 4.5 && wide < 9 && high > 4.5 && high < 9 && fill > 0.65 && inside < 26;
    const isStreak = (wide > 100 && high < 2) || (high > 100 && wide < 2);
    return !isHole && !isStreak;
  });
}

function areaMm2(pieces: readonly Component[], { pixelsPerMm }: InkMask): number {
  return pieces.reduce((sum, { area }) => sum + area, 0) / pixelsPerMm ** 2;
}

/** Mean of each pixel and its four neighbours: single noisy pixels are no ink. */
function softened(kernels: Kernels, image: GrayImage): GrayImage {
  const { width, height } = image;
  const target = kernels.allocate(width * height);
  const mark = kernels.mark();
  kernels.functions.soften(kernels.load(image.data), width, height, target);
  kernels.release(mark);
  return { ...image, data: kernels.bytes(target, width * height) };
}
