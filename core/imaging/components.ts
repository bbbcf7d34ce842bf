import type { InkMask } from './ink.ts';
import type { Kernels } from './kernels/kernels.ts';

/** A connected piece of ink (8-neighbourhood); right and bottom are exclusive. */
export type Component = Readonly<{ left: number; top: number; right: number; bottom: number; area: number }>;

/** A grid of tiles, 1 where one counts. */
type Grid = Pick<InkMask, 'mask' | 'width' | 'height'>;

/** All connected pieces of at least `smallestArea` tiles, in reading order of their first one. */
export function findComponents(ink: Grid, smallestArea: number): readonly Component[] {
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

const runBytes = 12;
const pieceWords = 5;

/** The same of a page's pixels, which are a thousand times as many. */
export function findInkComponents(kernels: Kernels, ink: InkMask, smallestArea: number): readonly Component[] {
  const { width, height } = ink;
  const mark = kernels.mark();
  const mask = kernels.load(ink.mask);
  const runs = kernels.functions.count_runs(mask, width, height);
  const pieces = kernels.allocate(4 * pieceWords * runs);
  const found = kernels.functions.find_pieces(
    mask,
    width,
    height,
    smallestArea,
    kernels.allocate(runBytes * runs),
    pieces,
  );
  const words = kernels.words(pieces, pieceWords * found);
  const components: Component[] = [];
  for (let at = 0; at < words.length; at += pieceWords)
    components.push({
      left: words[at]!,
      right: words[at + 1]!,
      top: words[at + 2]!,
      bottom: words[at + 3]!,
      area: words[at + 4]!,
    });
  kernels.release(mark);
  return components;
}
