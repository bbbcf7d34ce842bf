import type { InkMask } from './ink.ts';

/** A connected piece of ink (8-neighbourhood); right and bottom are exclusive. */
export type Component = Readonly<{ left: number; top: number; right: number; bottom: number; area: number }>;

/** All connected pieces of at least `smallestArea` pixels, in reading order of their first pixel. */
export function findComponents(ink: InkMask, smallestArea: number): readonly Component[] {
  const { width, height } = ink;
  const mask = ink.mask.slice();
  const stack: number[] = [];
  const components: Component[] = [];
  for (let seed = 0; seed < mask.length; seed += 1) {
    if (mask[seed] !== 1) continue;
    mask[seed] = 0;
    stack.push(seed);
    let area = 0;
    let left = width;
    let right = 0;
    let top = height;
    let bottom = 0;
    for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
      const x = i % width;
      const y = (i - x) / width;
      area += 1;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
      for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny += 1) {
        for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx += 1) {
          const neighbour = ny * width + nx;
          if (mask[neighbour] !== 1) continue;
          mask[neighbour] = 0;
          stack.push(neighbour);
        }
      }
    }
    if (area >= smallestArea) components.push({ left, top, right: right + 1, bottom: bottom + 1, area });
  }
  return components;
}
