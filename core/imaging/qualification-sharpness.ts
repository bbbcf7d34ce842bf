import { slantDegrees, slantedSide, slantedSquares } from '../domain/test-sheet.ts';
import type { GrayImage, Point } from './gray-image.ts';
import { toPixel } from './qualification-plane.ts';
import type { SheetMap } from './qualification-plane.ts';
import { linearLight } from './qualification-tones.ts';

/** Frequencies in cycles a pixel at which the contrast of an edge falls to a tenth and to a half; at most 0.5. */
export type EdgeResponse = Readonly<{ mtf10: number; mtf50: number }>;

/** Of an edge's length what is measured, and how far to both sides. */
const lengthShare = 0.75;
const reachMm = 2;
const binsPerPixel = 4;

const linear = Float64Array.from({ length: 256 }, (_, level) => linearLight(level));

/**
 * The worst response of the slanted squares' edges (ISO 12233, edge-based spatial frequency response), in linear light.
 * Of each square, the mean of both edges that cross the rows and of both that cross the columns. Null when no edge was
 * found sharp enough to be one.
 */
export function measureSharpness(image: GrayImage, map: SheetMap): EdgeResponse | null {
  let worst: EdgeResponse | null = null;
  for (const centre of slantedSquares) {
    for (const sides of [
      [0, 2],
      [1, 3],
    ]) {
      const responses = sides
        .map((quarter) => measureEdge(image, map, centre, quarter))
        .filter((found) => found !== null);
      if (responses.length === 0) return null;
      const mean = (pick: (response: EdgeResponse) => number): number =>
        responses.reduce((sum, response) => sum + pick(response), 0) / responses.length;
      const response = { mtf10: mean(({ mtf10 }) => mtf10), mtf50: mean(({ mtf50 }) => mtf50) };
      if (worst === null || response.mtf10 < worst.mtf10) worst = response;
    }
  }
  return worst;
}

/** The side of the square that looks right (0), down (1), left (2), up (3). */
function measureEdge(image: GrayImage, map: SheetMap, centre: Point, quarter: number): EdgeResponse | null {
  const angle = ((slantDegrees + 90 * quarter) * Math.PI) / 180;
  const normal = { x: Math.cos(angle), y: Math.sin(angle) };
  const half = slantedSide / 2;
  const ends = [-lengthShare, lengthShare].map((share) =>
    toPixel(map, {
      x: centre.x + half * (normal.x - share * normal.y),
      y: centre.y + half * (normal.y + share * normal.x),
    }),
  );
  const [start, end] = ends;
  if (start === undefined || end === undefined) return null;
  // Along the edge's longer axis one line of pixels after the other, each crossing the edge.
  const crossesRows = Math.abs(end.y - start.y) > Math.abs(end.x - start.x);
  const { data, width, height } = image;
  const at = (line: number, place: number): number =>
    linear[data[crossesRows ? line * width + place : place * width + line]!]!;
  const swap = (point: Point): Readonly<{ line: number; place: number }> =>
    crossesRows ? { line: point.y, place: point.x } : { line: point.x, place: point.y };
  const [from, to] = [swap(start), swap(end)].toSorted((a, b) => a.line - b.line);
  if (from === undefined || to === undefined) return null;
  const reach = Math.round(reachMm * image.pixelsPerMm);
  const expected = (line: number): number =>
    from.place + ((to.place - from.place) * (line - from.line)) / (to.line - from.line);
  const lines: number[] = [];
  for (let line = Math.ceil(from.line); line <= to.line; line += 1) {
    const place = expected(line);
    const isInside =
      line >= 0 &&
      line < (crossesRows ? height : width) &&
      place > reach + 2 &&
      place < (crossesRows ? width : height) - reach - 3;
    if (isInside) lines.push(line);
  }
  if (lines.length < 40) return null;
  const fitted = fitEdge(lines, at, expected, reach);
  return fitted === null ? null : respond(edgeProfile(lines, at, fitted, reach));
}

type StraightEdge = Readonly<{ place: (line: number) => number; cosine: number }>;

/** The straight line through the places where each line of pixels passes from dark to light. */
function fitEdge(
  lines: readonly number[],
  at: (line: number, place: number) => number,
  expected: (line: number) => number,
  reach: number,
): StraightEdge | null {
  let place = expected;
  let slope = 0;
  for (const window of [reach, Math.max(6, Math.round(reach / 2)), Math.max(5, Math.round(reach / 3))]) {
    let [count, sumL, sumP, sumLL, sumLP] = [0, 0, 0, 0, 0];
    for (const line of lines) {
      const middle = Math.round(place(line));
      let [weight, moment] = [0, 0];
      for (let offset = -window; offset < window; offset += 1) {
        const step = at(line, middle + offset + 1) - at(line, middle + offset);
        weight += step;
        moment += step * (middle + offset + 0.5);
      }
      if (Math.abs(weight) < 0.1) continue;
      const found = moment / weight;
      count += 1;
      sumL += line;
      sumP += found;
      sumLL += line * line;
      sumLP += line * found;
    }
    if (count < lines.length / 2) return null;
    slope = (count * sumLP - sumL * sumP) / (count * sumLL - sumL * sumL);
    const start = (sumP - slope * sumL) / count;
    const fittedSlope = slope;
    place = (line) => start + fittedSlope * line;
  }
  return { place, cosine: Math.cos(Math.atan(slope)) };
}

/** Mean brightness by distance from the edge, in quarters of a pixel. */
function edgeProfile(
  lines: readonly number[],
  at: (line: number, place: number) => number,
  { place, cosine }: StraightEdge,
  reach: number,
): Float64Array {
  const size = 2 * (reach - 2) * binsPerPixel;
  const sums = new Float64Array(size);
  const counts = new Float64Array(size);
  for (const line of lines) {
    const edge = place(line);
    for (let pixel = Math.ceil(edge - reach); pixel <= edge + reach; pixel += 1) {
      const bin = Math.floor((pixel - edge) * cosine * binsPerPixel + size / 2);
      if (bin < 0 || bin >= size) continue;
      sums[bin] = sums[bin]! + at(line, pixel);
      counts[bin] = counts[bin]! + 1;
    }
  }
  let last = 0;
  return sums.map((sum, bin) => {
    if (counts[bin]! > 0) last = sum / counts[bin]!;
    return last;
  });
}

/** Fourier transform of the profile's slope, windowed about the edge, without what bins and differences took away. */
function respond(profile: Float64Array): EdgeResponse {
  const size = profile.length;
  const slopes = profile.map((_, bin) =>
    bin === 0 || bin === size - 1 ? 0 : (profile[bin + 1]! - profile[bin - 1]!) / 2,
  );
  for (let bin = 0; bin < size; bin += 1)
    slopes[bin] = slopes[bin]! * (0.54 + 0.46 * Math.cos((2 * Math.PI * (bin - size / 2 + 0.5)) / size));
  const transform = (frequency: number): number => {
    let [real, imaginary] = [0, 0];
    for (let bin = 0; bin < size; bin += 1) {
      const phase = (2 * Math.PI * frequency * bin) / binsPerPixel;
      real += slopes[bin]! * Math.cos(phase);
      imaginary += slopes[bin]! * Math.sin(phase);
    }
    const taken = sinc(frequency / binsPerPixel) * sinc((2 * frequency) / binsPerPixel);
    return Math.hypot(real, imaginary) / taken;
  };
  const whole = transform(0);
  const crossing = (level: number): number => {
    let before = 1;
    for (let frequency = frequencyStep; frequency <= 0.5 + 1e-9; frequency += frequencyStep) {
      const value = transform(frequency) / whole;
      if (value < level) return frequency - frequencyStep * ((level - value) / (before - value));
      before = value;
    }
    return 0.5;
  };
  return { mtf10: crossing(0.1), mtf50: crossing(0.5) };
}

const frequencyStep = 0.01;

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
