import type { GrayImage, Point } from './gray-image.ts';
import { levelQuantile, quantile } from './gray-image.ts';
import type { Kernels } from './kernels/kernels.ts';
import type { SideName } from './scanner-bed.ts';

export type Side = Readonly<{
  name: SideName;
  angle: number;
  weight: number;
  point: Point;
  /** Brightness of what lies before the line, seen from the border, and behind it; and by how much it changes there. */
  before: number;
  behind: number;
  step: number;
  /** It may as well be where print begins. */
  isDoubtful: boolean;
  /** Width of the dark strip that begins at the found line, in pixels; 0 without one. */
  strip: number;
}>;

type Scan = Readonly<{
  name: SideName;
  lines: number;
  depth: number;
  start: number;
  lineStride: number;
  depthStride: number;
}>;

const largestTangent = 0.27;

function scanOf(image: GrayImage, name: SideName): Scan {
  const { width: w, height: h } = image;
  switch (name) {
    case 'left':
      return { name, lines: h, depth: w, start: 0, lineStride: w, depthStride: 1 };
    case 'right':
      return { name, lines: h, depth: w, start: w - 1, lineStride: w, depthStride: -1 };
    case 'top':
      return { name, lines: w, depth: h, start: 0, lineStride: 1, depthStride: w };
    case 'bottom':
      return { name, lines: w, depth: h, start: (h - 1) * w, lineStride: 1, depthStride: -w };
  }
}

/**
 * One side of a sheet: where the brightness steps along a straight line and stays different on both sides of it.
 * @param pointer the image in the kernels' memory
 * @param share how much of the image is searched, from its border inwards
 */
export function findSide(
  kernels: Kernels,
  image: GrayImage,
  pointer: number,
  name: SideName,
  share: number,
): Side | null {
  const scan = scanOf(image, name);
  const reach = Math.max(3, Math.round(image.pixelsPerMm * 1.6));
  const mark = kernels.mark();
  const profiles = measureProfiles(kernels, pointer, scan, reach, share);
  const room = roomForSteps(kernels, scan);
  let clear: Side | null = null;
  let doubtful: Side | null = null;
  for (const times of thresholdTimes) {
    const steps = findSteps(kernels, profiles, times * profiles.threshold, room);
    const side = sideOf(image, scan, reach, steps, fitLine(kernels, steps, scan));
    if (side === null) continue;
    if (!side.isDoubtful) {
      clear = side;
      break;
    }
    doubtful ??= side;
  }
  kernels.release(mark);
  return clear ?? doubtful;
}

/** In a noisy capture the bed before a clear edge has steps of its own: what a low threshold misses, a higher one may find. */
const thresholdTimes = [1, 2, 4];

function sideOf(image: GrayImage, scan: Scan, reach: number, steps: Steps, line: Line | null): Side | null {
  if (line === null) return null;
  if (line.lines.length < 25 * image.pixelsPerMm) return null;
  // Beside a small card half of the lines see nothing but the bed's dust.
  const first = line.lines[0]!;
  const last = line.lines.at(-1)!;
  const linesWithSteps = new Set(steps.lines.filter((at) => at >= first && at <= last));
  if (line.lines.length < 0.55 * linesWithSteps.size) return null;
  const { before, behind, step } = levelsBeside(image, scan, line, reach);
  const contrast = Math.abs(step);
  if (contrast < leastStep || hasContentBefore(image, scan, line, contrast)) return null;
  const middle = quantile(line.lines, 0.5);
  const depth = line.offset + line.slope * middle;
  const position = middle + 0.5;
  const { name } = scan;
  const point = {
    left: { x: depth, y: position },
    right: { x: image.width - depth, y: position },
    top: { x: position, y: depth },
    bottom: { x: position, y: image.height - depth },
  }[name];
  const slope = Math.atan(line.slope);
  const angle = name === 'top' || name === 'right' ? slope : -slope;
  return {
    name,
    angle,
    weight: line.lines.length,
    point,
    before,
    behind,
    step,
    isDoubtful: isPrintBegun(image, scan, line, contrast),
    strip: darkStrip(image, scan, line),
  };
}

/** How much brighter what lies behind each place is than what lies before it, line after line, `pitch` places apart. */
type Profiles = Readonly<{
  pointer: number;
  pitch: number;
  count: number;
  limit: number;
  reach: number;
  /** The least step that is none of the noise. */
  threshold: number;
}>;

function measureProfiles(kernels: Kernels, pointer: number, scan: Scan, reach: number, share: number): Profiles {
  const limit = Math.floor(scan.depth * share);
  const pitch = limit + 2;
  const count = scan.lines - 2;
  const profiles = kernels.allocate(4 * pitch * count);
  kernels.functions.step_profiles(
    pointer,
    scan.start,
    scan.lineStride,
    scan.depthStride,
    scan.lines,
    limit,
    reach,
    pitch,
    profiles,
  );
  const levels = kernels.floats(profiles, pitch * count);
  const noise: number[] = [];
  for (let line = 1; line <= count; line += 1)
    for (let d = 4 + (line % 7); d <= limit; d += 37) noise.push(Math.abs(levels[(line - 1) * pitch + d]!));
  const threshold = Math.min(20, Math.max(3, 4.5 * quantile(noise, 0.35)));
  return { pointer: profiles, pitch, count, limit, reach, threshold };
}

/** Where steps stand in the kernels' memory. */
type StepRoom = Readonly<{ lines: number; depths: number; weights: number }>;

/** Brightness steps: the line of the scan each lies on, and how deep in it. */
type Steps = Readonly<{ lines: Int32Array; depths: Float64Array; at: StepRoom }>;

const mostStepsOfLine = 3;

function roomForSteps(kernels: Kernels, scan: Scan): StepRoom {
  const most = mostStepsOfLine * (scan.lines - 2);
  return {
    lines: kernels.allocate(4 * most),
    depths: kernels.allocate(8 * most),
    weights: kernels.allocate(4 * most),
  };
}

/** The outermost brightness steps of each line, seen from the border inwards, with sub-pixel positions. */
function findSteps(kernels: Kernels, profiles: Profiles, threshold: number, at: StepRoom): Steps {
  const found = kernels.functions.strongest_steps(
    profiles.pointer,
    profiles.pitch,
    profiles.count,
    profiles.limit,
    profiles.reach,
    threshold,
    at.lines,
    at.depths,
    at.weights,
  );
  return { lines: kernels.words(at.lines, found).slice(), depths: kernels.doubles(at.depths, found).slice(), at };
}

/** `lines`: those of the steps that lie on it, in their order. */
type Line = Readonly<{ offset: number; slope: number; lines: readonly number[] }>;

const slopeStep = 0.004;

/** The line with most support (slopes and offsets counted in bins), then least squares over what stays close to it. */
function fitLine(kernels: Kernels, { lines, depths, at }: Steps, scan: Scan): Line | null {
  if (lines.length < 20) return null;
  const padding = Math.ceil(scan.lines * largestTangent) + 2;
  const binCount = scan.depth + 2 * padding;
  const slopes = Math.floor((2 * largestTangent) / slopeStep) + 1;
  const mark = kernels.mark();
  const best = kernels.functions.strongest_line(
    at.lines,
    at.depths,
    at.weights,
    lines.length,
    -largestTangent,
    slopeStep,
    slopes,
    padding,
    kernels.allocate(4 * binCount),
    binCount,
  );
  kernels.release(mark);
  let slope = -largestTangent + Math.floor(best / binCount) * slopeStep;
  let offset = ((best % binCount) - padding) * 2;
  let inliers: number[] = [];
  for (const tolerance of [4, 2.5, 1.5, 1, 0.8, 0.8]) {
    inliers = [];
    let sumX = 0;
    let sumY = 0;
    for (let i = 0; i < lines.length; i += 1) {
      if (Math.abs(depths[i]! - offset - slope * lines[i]!) > tolerance) continue;
      inliers.push(i);
      sumX += lines[i]!;
      sumY += depths[i]!;
    }
    if (inliers.length < 20) return null;
    const meanX = sumX / inliers.length;
    const meanY = sumY / inliers.length;
    let xx = 0;
    let xy = 0;
    for (const i of inliers) {
      xx += (lines[i]! - meanX) ** 2;
      xy += (lines[i]! - meanX) * (depths[i]! - meanY);
    }
    if (xx === 0) return null;
    slope = xy / xx;
    offset = meanY - slope * meanX;
  }
  return { offset, slope, lines: inliers.map((i) => lines[i]!) };
}

const leastStep = 3;

/**
 * Bed and paper a little away from the edge too, and how much brighter the paper is: beside a printed rule, and between a margin and
 * the text, the brighter part of both sides is the same paper.
 */
function levelsBeside(
  image: GrayImage,
  scan: Scan,
  line: Line,
  reach: number,
): Readonly<{ before: number; behind: number; step: number }> {
  const chunkCount = 12;
  const before: number[] = [];
  const behind: number[] = [];
  for (let chunk = 0; chunk < chunkCount; chunk += 1) {
    const first = Math.floor((chunk * line.lines.length) / chunkCount);
    const last = Math.floor(((chunk + 1) * line.lines.length) / chunkCount);
    const outer: number[] = [];
    const inner: number[] = [];
    for (const at of line.lines.slice(first, last)) {
      const edge = Math.round(line.offset + line.slope * at);
      const base = scan.start + at * scan.lineStride;
      const collect = (from: number, to: number, target: number[]): void => {
        for (let d = Math.max(0, from); d < Math.min(to, scan.depth); d += 1)
          target.push(image.data[base + d * scan.depthStride]!);
      };
      collect(edge - 2 * reach, Math.max(1, edge - 2), outer);
      collect(edge + 2, edge + 2 + 2 * reach, inner);
    }
    if (outer.length === 0 || inner.length === 0) continue;
    before.push(levelQuantile(outer, 0.8));
    behind.push(levelQuantile(inner, 0.8));
  }
  if (before.length === 0) return { before: 0, behind: 0, step: 0 };
  const differences = behind.map((level, index) => level - before[index]!);
  return {
    before: quantile(before, 0.5),
    behind: quantile(behind, 0.5),
    step: quantile(differences, 0.5),
  };
}

/** Of the bed's short runs beside the edge: dust and scratches are fewer. */
const mostUneven = 0.1;
const leastUneven = 12;

/**
 * Whether something is printed on what would be the bed: along the edge the bed changes by its noise and, slowly, by its
 * shading; the column of a newspaper that ends in the image changes with each letter.
 */
function hasContentBefore(image: GrayImage, scan: Scan, line: Line, step: number): boolean {
  return unevenShare(image, scan, line, { towards: -1, least: Math.max(leastUneven, step / 4) }) > mostUneven;
}

/** Less than what any bed that can be seen differs by. */
const faintStep = 10;
const leastPrinted = 0.25;

/**
 * Whether print begins at the line and nothing here tells that paper does: a text that is set flush is a little darker than its
 * margin even in its brighter part, in a capture that smears.
 */
function isPrintBegun(image: GrayImage, scan: Scan, line: Line, step: number): boolean {
  return step < faintStep && unevenShare(image, scan, line, { towards: 1, least: leastUneven }) > leastPrinted;
}

/**
 * Of the short runs along one side of the line, those whose brightness changes by more than `least`: from beside the shadow to
 * 4 mm away.
 */
function unevenShare(
  image: GrayImage,
  scan: Scan,
  line: Line,
  { towards, least }: Readonly<{ towards: -1 | 1; least: number }>,
): number {
  const nearest = Math.max(2, Math.round(0.7 * image.pixelsPerMm));
  const farthest = Math.round(4 * image.pixelsPerMm);
  const length = Math.max(6, Math.round(3 * image.pixelsPerMm));
  const last = line.lines.at(-1)!;
  let runs = 0;
  let uneven = 0;
  for (let first = line.lines[0]!; first + length <= last; first += length) {
    for (let away = nearest; away <= farthest; away += 1) {
      let sum = 0;
      let squares = 0;
      let count = 0;
      for (let at = first; at < first + length; at += 1) {
        const depth = Math.round(line.offset + line.slope * at) + towards * away;
        if (depth < 0 || depth >= scan.depth) break;
        const level = image.data[scan.start + at * scan.lineStride + depth * scan.depthStride]!;
        sum += level;
        squares += level * level;
        count += 1;
      }
      if (count < length) break;
      runs += 1;
      if (squares / count - (sum / count) ** 2 > least ** 2) uneven += 1;
    }
  }
  return runs === 0 ? 0 : uneven / runs;
}

/** Width of a strip of at most 2.5 mm inside of the line that is darker than the bed before it and the paper behind it. */
function darkStrip(image: GrayImage, scan: Scan, line: Line): number {
  const before = Math.round(1.5 * image.pixelsPerMm);
  const behind = Math.round(4 * image.pixelsPerMm);
  const profile: number[] = [];
  for (let away = -before; away <= behind; away += 1) {
    const levels: number[] = [];
    for (const at of line.lines) {
      const depth = Math.round(line.offset + line.slope * at) + away;
      if (depth >= 0 && depth < scan.depth)
        levels.push(image.data[scan.start + at * scan.lineStride + depth * scan.depthStride]!);
    }
    profile.push(levelQuantile(levels, 0.5));
  }
  const bed = quantile(
    profile.slice(0, Math.max(1, before - 1)).filter((level) => !Number.isNaN(level)),
    0.5,
  );
  const inside = profile.slice(before);
  const paper = quantile(inside.slice(Math.round(2.8 * image.pixelsPerMm)), 0.5);
  const end = Math.round(2.5 * image.pixelsPerMm);
  let darkest = 0;
  for (let k = 0; k < end; k += 1) if (inside[k]! < inside[darkest]!) darkest = k;
  const level = inside[darkest]!;
  const leastDepth = 8;
  if (!(bed - level >= leastDepth && paper - level >= leastDepth)) return 0;
  // Where the paper begins: half way up again from the strip.
  for (let k = darkest; k < end; k += 1) {
    const here = inside[k]!;
    const next = inside[k + 1]!;
    const half = (level + paper) / 2;
    if (here <= half && next > half) return k + (half - here) / (next - here);
  }
  return 0;
}
