import { expect, it } from 'vitest';
import { smoothBrightness } from './background.ts';
import { openKernels } from './kernels/kernels.ts';

const kernels = openKernels();
const [columns, rows] = [45, 30];

function brightnessOf(levelAt: (column: number, row: number) => number) {
  const tiles = Uint8Array.from({ length: columns * rows }, (_, i) => levelAt(i % columns, Math.floor(i / columns)));
  return smoothBrightness(kernels, { tiles, tile: 20, columns, rows });
}

it('follows paper under a lamp that is weaker at one end', () => {
  const smooth = brightnessOf((column) => 235 - column);
  expect(smooth?.tiles[0]).toBeGreaterThan(225);
  expect(smooth?.tiles[columns - 1]).toBeLessThan(200);
});

it('takes the wall of a picture for no paper, though the picture has a white border', () => {
  const isBorder = (column: number, row: number): boolean => column >= columns - 3 || row >= rows - 2;
  expect(brightnessOf((column, row) => (isBorder(column, row) ? 232 : 130 + column))).toBeNull();
});
