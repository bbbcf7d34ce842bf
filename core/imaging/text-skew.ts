import { quantile } from './gray-image.ts';
import type { InkMask } from './ink.ts';
import type { Kernels } from './kernels/kernels.ts';

export type TextSkew = Readonly<{
  /** Clockwise positive. */
  angleDegrees: number;
  /** Energy at the best angle over the median of all: 1 = no lines. */
  contrast: number;
  /** Energy for each point squared: compares the two axes of a page. */
  score: number;
  points: number;
}>;

const mostPoints = 60_000;

/**
 * The angle under which the lower edges of the ink fall into lines (projection profile).
 * @param from degrees, the first angle tried
 * @param to degrees, the last angle tried
 */
export function measureTextSkew(kernels: Kernels, ink: InkMask, from: number, to: number): TextSkew {
  const { width, height } = ink;
  const mark = kernels.mark();
  const mask = kernels.load(ink.mask);
  const total = kernels.functions.count_lower_edges(mask, width, height);
  if (total < 60) {
    kernels.release(mark);
    return { angleDegrees: 0, contrast: 1, score: 0, points: total };
  }
  const step = Math.max(1, Math.ceil(total / mostPoints));
  const count = Math.floor(total / step);
  const binCount = width + height + 64;
  const xs = kernels.allocate(count * 4);
  const ys = kernels.allocate(count * 4);
  const bins = kernels.allocate(binCount * 4);
  kernels.functions.collect_lower_edges(mask, width, height, step, count, xs, ys);
  const energyAt = (degrees: number): number =>
    kernels.functions.projection_energy(xs, ys, count, Math.tan((degrees * Math.PI) / 180), width >> 1, bins, binCount);
  let best = 0;
  let bestEnergy = -1;
  const tryAngle = (degrees: number): number => {
    const energy = energyAt(degrees);
    if (energy > bestEnergy) {
      bestEnergy = energy;
      best = degrees;
    }
    return energy;
  };
  const coarse: number[] = [];
  const coarseSteps = Math.round((to - from) / 0.25);
  for (let k = 0; k <= coarseSteps; k += 1) coarse.push(tryAngle(from + k * 0.25));
  for (const fine of [0.06, 0.015]) {
    const centre = best;
    for (let k = -5; k <= 5; k += 1) tryAngle(centre + k * fine);
  }
  const before = energyAt(best - 0.03);
  const after = energyAt(best + 0.03);
  const curvature = before - 2 * bestEnergy + after;
  const shift = curvature < 0 ? Math.max(-0.03, Math.min(0.03, (0.5 * 0.03 * (before - after)) / curvature)) : 0;
  kernels.release(mark);
  return {
    angleDegrees: best + shift,
    contrast: bestEnergy / (quantile(coarse, 0.5) || 1),
    score: bestEnergy / count,
    points: total,
  };
}
