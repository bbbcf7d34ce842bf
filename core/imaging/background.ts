import { levelQuantile, quantile } from './gray-image.ts';
import type { PaperBrightness } from './ink.ts';
import type { Kernels } from './kernels/kernels.ts';

/**
 * The paper's brightness as a smooth surface of second order; tiles that are darker than it (photographs, shaded fields,
 * tables' heads) take the surface's value, so that whitening the page does not wash them out.
 * @returns null where too little of the page is paper to tell its brightness: a photograph, a page of dark fields
 */
export function smoothBrightness(kernels: Kernels, brightness: PaperBrightness): PaperBrightness | null {
  const tiles = brightness.tiles.slice();
  // Begins from the bright tiles: from all of them the surface would begin inside of a photograph that fills the page.
  const bright = levelQuantile(tiles, 0.95);
  const basis = surfaceTerms(brightness.columns, brightness.rows);
  const surface = new Float64Array(tiles.length);
  const mark = kernels.mark();
  const [terms, values] = [kernels.load(basis), kernels.load(tiles)];
  const [weightsAt, sums] = [kernels.allocate(8 * tiles.length), kernels.allocate(8 * sumCount)];
  const weights = kernels.doubles(weightsAt, tiles.length);
  tiles.forEach((value, i) => (weights[i] = value > 0.8 * bright ? 1 : 0.02));
  for (let round = 0; round < rounds; round += 1) {
    kernels.functions.surface_sums(terms, weightsAt, values, tiles.length, sums);
    const coefficients = solve(normalEquations(kernels.doubles(sums, sumCount)));
    if (coefficients === null) {
      kernels.release(mark);
      return brightness;
    }
    for (let i = 0; i < tiles.length; i += 1) {
      let value = 0;
      for (let k = 0; k < termCount; k += 1) value += basis[i * termCount + k]! * coefficients[k]!;
      surface[i] = value;
      const difference = tiles[i]! - value;
      weights[i] = difference < -10 ? 0.02 : difference > 12 ? 0.5 : 1;
    }
  }
  kernels.release(mark);
  if (quantile(surface, 0.5) < dimmestPaper) return null;
  const paper: number[] = [];
  for (let i = 0; i < tiles.length; i += 1) {
    const value = Math.max(60, Math.min(255, surface[i]!));
    const level = tiles[i]!;
    if (level < darkestPaper * value) tiles[i] = value;
    else if (level < 1.08 * value) paper.push(level);
  }
  const isPaper =
    paper.length >= leastPaper * tiles.length && levelQuantile(paper, 0.05) >= mostShaded * levelQuantile(paper, 0.95);
  return isPaper ? { ...brightness, tiles } : null;
}

/** Paper under a scanner's lamp is brighter, also brown and coloured paper: this is a picture, whose walls are none. */
const dimmestPaper = 140;
/** Of the surface: a shade of a twentieth is printed, or a fold. */
const darkestPaper = 0.94;
/** Of all tiles. */
const leastPaper = 0.35;
/** Of its brightest parts: by the lamp and the book's fold it gets no darker, by a picture inside of a white border it does. */
const mostShaded = 0.65;
const rounds = 8;
const termCount = 6;
/** The upper triangle of the matrix, and the right-hand sides. */
const sumCount = (termCount * (termCount + 1)) / 2 + termCount;

/** 1, u, v, u², uv, v² of each tile, with u and v from -1 to 1. */
function surfaceTerms(columns: number, rows: number): Float64Array {
  const basis = new Float64Array(columns * rows * termCount);
  for (let i = 0; i < columns * rows; i += 1) {
    const u = ((i % columns) / columns) * 2 - 1;
    const v = (Math.floor(i / columns) / rows) * 2 - 1;
    basis.set([1, u, v, u * u, u * v, v * v], i * termCount);
  }
  return basis;
}

function normalEquations(sums: Float64Array): number[][] {
  const matrix = Array.from({ length: termCount }, () => new Array<number>(termCount + 1).fill(0));
  let next = 0;
  for (let r = 0; r < termCount; r += 1) {
    for (let k = r; k <= termCount; k += 1) {
      const sum = sums[next]!;
      next += 1;
      matrix[r]![k] = sum;
      if (k < termCount) matrix[k]![r] = sum;
    }
  }
  return matrix;
}

/** Gauss-Jordan with pivots; null where the page is too small for six terms. */
function solve(matrix: number[][]): readonly number[] | null {
  for (let r = 0; r < 6; r += 1) {
    let pivot = r;
    for (let k = r + 1; k < 6; k += 1) if (Math.abs(matrix[k]![r]!) > Math.abs(matrix[pivot]![r]!)) pivot = k;
    [matrix[r], matrix[pivot]] = [matrix[pivot]!, matrix[r]!];
    const divisor = matrix[r]![r]!;
    if (Math.abs(divisor) < 1e-9) return null;
    for (let k = 0; k < 6; k += 1) {
      if (k === r) continue;
      const factor = matrix[k]![r]! / divisor;
      for (let j = r; j < 7; j += 1) matrix[k]![j] = matrix[k]![j]! - factor * matrix[r]![j]!;
    }
  }
  return matrix.map((line, index) => line[6]! / line[index]!);
}
