import { expect, it } from 'vitest';
import type { InkMask } from './ink.ts';
import { openKernels } from './kernels/kernels.ts';
import { findUpright } from './upright.ts';

const kernels = openKernels();
const [width, height] = [1000, 1000];
const letter = { body: 26, ascender: 38, width: 22, pitch: 28 };
const dash = { long: 90, short: 11, height: 2, gap: 3 };

type Fill = (left: number, top: number, wide: number, high: number) => void;

function drawnInk(draw: (fill: Fill) => void): InkMask {
  const mask = new Uint8Array(width * height);
  draw((left, top, wide, high) => {
    for (let y = top; y < top + high; y += 1) mask.fill(1, y * width + left, y * width + left + wide);
  });
  return { mask, width, height, count: mask.reduce((sum, dot) => sum + dot, 0), pixelsPerMm: 150 / 25.4 };
}

/** Lines of letters, every fourth one with a stroke above, each over the dashes that are left of a rule which climbs a little. */
function linesOverRules(): InkMask {
  return drawnInk((fill) => {
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
  });
}

/** Lines of letters upside down: a few more strokes below than above, and the dot of an i below every sixth one. */
function linesUpsideDown(): InkMask {
  const dot = { size: 5, gap: 4 };
  const stem = 8;
  return drawnInk((fill) => {
    for (let baseline = 90; baseline < height - 60; baseline += 85) {
      for (let index = 0; index < 30; index += 1) {
        const [up, down, isDotted] = [index % 10 === 8, index % 6 === 1, index % 6 === 4];
        const top = baseline - (up ? letter.ascender : letter.body);
        const bottom = baseline + (down ? letter.ascender - letter.body : 0);
        const wide = isDotted ? stem : letter.width;
        const left = 40 + index * letter.pitch + Math.floor((letter.width - wide) / 2);
        fill(left, top, wide, bottom - top);
        if (isDotted) fill(left + 1, baseline + dot.gap, dot.size, dot.size);
      }
    }
  });
}

/** A dozen letters that stand over each other, and some that stand side by side, as in a note of a few words. */
function fewLetters(): InkMask {
  return drawnInk((fill) => {
    for (let index = 0; index < 16; index += 1) fill(300, 100 + index * 30, letter.body, letter.width);
    for (let index = 0; index < 4; index += 1) fill(500 + index * letter.pitch, 300, letter.width, letter.body);
  });
}

it('takes the dashes of a rule under the letters for no dots of letters that lie upside down', () => {
  const { quarterTurns, isSure } = findUpright(kernels, linesOverRules(), { across: 10, down: 1 });
  expect({ quarterTurns, isSure }).toEqual({ quarterTurns: 0, isSure: true });
});

it('turns a page over whose dots lie under its letters', () => {
  const { quarterTurns, isSure } = findUpright(kernels, linesUpsideDown(), { across: 10, down: 1 });
  expect({ quarterTurns, isSure }).toEqual({ quarterTurns: 2, isSure: true });
});

it('lays no note of a few words across whose head cannot be told', () => {
  const { quarterTurns, isSure } = findUpright(kernels, fewLetters(), { across: 1, down: 2 });
  expect({ quarterTurns, isSure }).toEqual({ quarterTurns: 0, isSure: false });
});
