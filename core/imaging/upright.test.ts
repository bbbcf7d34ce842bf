import { expect, it } from 'vitest';
import type { InkMask } from './ink.ts';
import { openKernels } from './kernels/kernels.ts';
import { findUpright } from './upright.ts';

const kernels = openKernels();
const [width, height] = [1000, 1000];
const letter = { body: 26, ascender: 38, width: 22, pitch: 28 };
const dash = { long: 90, short: 11, height: 2, gap: 3 };

/** Lines of letters, every fourth one with a stroke above, each over the dashes that are left of a rule which climbs a little. */
function linesOverRules(): InkMask {
  const mask = new Uint8Array(width * height);
  const fill = (left: number, top: number, wide: number, high: number): void => {
    for (let y = top; y < top + high; y += 1) mask.fill(1, y * width + left, y * width + left + wide);
  };
  for (let baseline = 90; baseline < height - 60; baseline += 85) {
    for (let index = 0; index < 30; index += 1) {
      const tall = index % 4 === 0 ? letter.ascender : letter.body;
      fill(40 + index * letter.pitch, baseline - tall, letter.width, tall);
    }
    for (let left = 40; left < 860; left += dash.long + dash.short + 2 * dash.gap) {
      fill(left, baseline + 8, dash.long, dash.height);
      fill(left + dash.long + dash.gap, baseline + 8 + dash.height, dash.short, dash.height);
    }
  }
  return { mask, width, height, count: mask.reduce((sum, dot) => sum + dot, 0), pixelsPerMm: 150 / 25.4 };
}

it('takes the dashes of a rule under the letters for no dots of letters that lie upside down', () => {
  const { quarterTurns, isSure } = findUpright(kernels, linesOverRules(), { across: 10, down: 1 });
  expect({ quarterTurns, isSure }).toEqual({ quarterTurns: 0, isSure: true });
});
