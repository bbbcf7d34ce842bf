import type { PaperBrightness } from './ink.ts';

/**
 * The paper's brightness as a smooth surface of second order; tiles that are much darker than it (photographs, dark fills,
 * tables' heads) take the surface's value, so that whitening the page does not wash them out.
 */
export function smoothBrightness(brightness: PaperBrightness): PaperBrightness {
  const { columns, rows } = brightness;
  const tiles = brightness.tiles.slice();
  const weights = new Float64Array(tiles.length).fill(1);
  const terms = (index: number): readonly number[] => {
    const u = ((index % columns) / columns) * 2 - 1;
    const v = (Math.floor(index / columns) / rows) * 2 - 1;
    return [1, u, v, u * u, u * v, v * v];
  };
  const basis = Array.from(tiles, (_, index) => terms(index));
  let surface = new Float64Array(tiles.length);
  for (let round = 0; round < 8; round += 1) {
    const coefficients = solve(normalEquations(basis, weights, tiles));
    if (coefficients === null) return brightness;
    surface = Float64Array.from(basis, (row) => row.reduce((sum, term, k) => sum + term * (coefficients[k] ?? 0), 0));
    for (let i = 0; i < tiles.length; i += 1) {
      const difference = tiles[i]! - surface[i]!;
      weights[i] = difference < -10 ? 0.02 : difference > 12 ? 0.5 : 1;
    }
  }
  for (let i = 0; i < tiles.length; i += 1) {
    const value = Math.max(60, Math.min(255, surface[i]!));
    if (tiles[i]! < 0.9 * value) tiles[i] = value;
  }
  return { ...brightness, tiles };
}

function normalEquations(basis: readonly (readonly number[])[], weights: Float64Array, values: Uint8Array): number[][] {
  const matrix = Array.from({ length: 6 }, () => new Array<number>(7).fill(0));
  basis.forEach((row, index) => {
    const weight = weights[index]!;
    for (let r = 0; r < 6; r += 1) {
      const line = matrix[r]!;
      for (let k = 0; k < 6; k += 1) line[k] = line[k]! + weight * row[r]! * row[k]!;
      line[6] = line[6]! + weight * row[r]! * values[index]!;
    }
  });
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
