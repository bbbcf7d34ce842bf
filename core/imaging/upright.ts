import type { InkMask } from './ink.ts';
import { quarterTurnBack, withoutRules } from './ink.ts';
import type { Kernels } from './kernels/kernels.ts';
import { measureTextSkew } from './text-skew.ts';

export type Upright = Readonly<{
  /** How often the page lies turned clockwise by 90°. */
  quarterTurns: 0 | 1 | 2 | 3;
  isSure: boolean;
}>;

const bands = 6;

/**
 * How the text lies: its axis from the sharper projection, its head from the strokes above and below the lines' bodies.
 * Latin script has more ink above (b, d, f, h, l, t, capitals, figures) than below (g, j, p, q, y).
 * @param ink about 150 dots per inch, inside of the paper
 * @param skewDegrees how the paper lies, clockwise
 */
export function findUpright(kernels: Kernels, ink: InkMask, skewDegrees: number): Upright {
  const letters = withoutRules(ink);
  if (letters.count < 150) return { quarterTurns: 0, isSure: false };
  const turned = quarterTurnBack(letters);
  // Turning the page does not change the skew: it stays clockwise in both views.
  const across = measureTextSkew(kernels, letters, skewDegrees - 1.5, skewDegrees + 1.5);
  const down = measureTextSkew(kernels, turned, skewDegrees - 1.5, skewDegrees + 1.5);
  const runsDown = down.score > across.score * 1.15;
  const view = runsDown ? turned : letters;
  const vote = voteHead(view, (runsDown ? down : across).angleDegrees);
  const axisRatio = Math.max(down.score, across.score) / Math.max(1e-6, Math.min(down.score, across.score));
  const isSure = vote.lines > 0 && Math.abs(vote.votes) >= Math.max(2, 0.45 * vote.lines) && axisRatio >= 1.6;
  const isHeadUp = vote.votes >= 0;
  const quarterTurns = runsDown ? (isHeadUp ? 1 : 3) : isHeadUp ? 0 : 2;
  return { quarterTurns, isSure };
}

/** Votes of text lines for "head up", counted in vertical bands, so that short lines and columns are heard. */
function voteHead(ink: InkMask, angleDegrees: number): Readonly<{ votes: number; lines: number }> {
  const { width, height, mask, pixelsPerMm } = ink;
  const tangent = Math.tan((angleDegrees * Math.PI) / 180);
  const offset = width;
  const profiles = Array.from({ length: bands }, () => new Float32Array(height + 2 * width));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (mask[y * width + x] !== 1) continue;
      const line = Math.round(y - (x - width / 2) * tangent) + offset;
      const profile = profiles[Math.min(bands - 1, Math.floor((x * bands) / width))];
      if (profile !== undefined && line >= 0 && line < profile.length) profile[line] = profile[line]! + 1;
    }
  }
  let votes = 0;
  let lines = 0;
  for (const profile of profiles) {
    const vote = voteOfBand(profile, pixelsPerMm);
    votes += vote.votes;
    lines += vote.lines;
  }
  return { votes, lines };
}

function voteOfBand(profile: Float32Array, pixelsPerMm: number): Readonly<{ votes: number; lines: number }> {
  let highest = 0;
  for (const value of profile) highest = Math.max(highest, value);
  let votes = 0;
  let lines = 0;
  if (highest < 8) return { votes, lines };
  const at = (index: number): number => profile[index] ?? 0;
  for (let y = 1; y < profile.length - 1; ) {
    const start = y;
    while (y < profile.length && at(y) > 0.02 * highest) y += 1;
    const end = y;
    if (end === start) {
      y += 1;
      continue;
    }
    // A text line between 1.3 and 10 mm high.
    if (end - start < 1.3 * pixelsPerMm || end - start > 10 * pixelsPerMm) continue;
    let peak = 0;
    for (let k = start; k < end; k += 1) peak = Math.max(peak, at(k));
    if (peak < 0.15 * highest) continue;
    let bodyTop = start;
    while (at(bodyTop) < 0.45 * peak) bodyTop += 1;
    let bodyBottom = end - 1;
    while (at(bodyBottom) < 0.45 * peak) bodyBottom -= 1;
    let above = 0;
    let below = 0;
    for (let k = start; k < bodyTop; k += 1) above += at(k);
    for (let k = bodyBottom + 1; k < end; k += 1) below += at(k);
    if (bodyBottom - bodyTop < 0.5 * pixelsPerMm || above + below < 6) continue;
    if (above > 1.25 * below) votes += 1;
    else if (below > 1.25 * above) votes -= 1;
    lines += 1;
  }
  return { votes, lines };
}
