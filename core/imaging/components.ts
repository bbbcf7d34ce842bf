import type { InkMask } from './ink.ts';

/** A connected piece of ink (8-neighbourhood); right and bottom are exclusive. */
export type Component = Readonly<{ left: number; top: number; right: number; bottom: number; area: number }>;

/** All connected pieces of at least `smallestArea` pixels, in reading order of their first pixel. */
export function findComponents(ink: InkMask, smallestArea: number): readonly Component[] {
  const { width, height } = ink;
  const mask = ink.mask.slice();
  const stack: number[] = [];
  const components: Component[] = [];
  // Most of a page is paper, which the engine passes over faster than a loop.
  for (let seed = mask.indexOf(1); seed >= 0; seed = mask.indexOf(1, seed + 1)) {
    mask[seed] = 0;
    stack.push(seed);
    let area = 0;
    let left = width;
    let right = 0;
    let top = height;
    let bottom = 0;
    for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
      const y = Math.trunc(i / width);
      const x = i - y * width;
      area += 1;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
      const from = x > 0 ? -1 : 0;
      const to = x < width - 1 ? 1 : 0;
      const last = y < height - 1 ? i + width : i;
      for (let row = y > 0 ? i - width : i; row <= last; row += width) {
        for (let neighbour = row + from; neighbour <= row + to; neighbour += 1) {
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
