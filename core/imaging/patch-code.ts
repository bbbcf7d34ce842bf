import type { FoundCode } from './codes.ts';
import type { GrayImage } from './gray-image.ts';
import { levelQuantile } from './gray-image.ts';

/**
 * The transfer patch that scanners' makers agreed on as a separator: bars of 2.03 mm and 5.08 mm, narrow, wide, narrow,
 * wide, with 2.03 mm between them, at least 50 mm long. Turned round it is patch 3, which separates as well.
 */
const unitMm = 2.03;
const pattern = [1, 1, 2.5, 1, 1, 1, 2.5];
/** Of a unit: printed and copied bars bleed and fade, and a skew sheet shows them a little wider. */
const tolerance = 0.35;
const lineStepMm = 1.5;
/** Lines, one after the other, on which the bars must stand: 18 mm. */
const fewestLines = 12;

/** Finds patch T, which no reader of bar codes knows. At most one for each direction in which its bars may run. */
export function findPatchCodes(image: GrayImage): readonly FoundCode[] {
  const { width, height } = image;
  const level = levelQuantile(sparse(image.data), 0.8) / 2;
  return [
    search(image, level, { lines: height, length: width, lineStride: width, stride: 1, isAcross: true }),
    search(image, level, { lines: width, length: height, lineStride: 1, stride: width, isAcross: false }),
  ].filter((code) => code !== null);
}

type Direction = Readonly<{ lines: number; length: number; lineStride: number; stride: number; isAcross: boolean }>;

function search(image: GrayImage, level: number, direction: Direction): FoundCode | null {
  const step = Math.max(1, Math.round(lineStepMm * image.pixelsPerMm));
  let run: Bars[] = [];
  for (let line = 0; line < direction.lines; line += step) {
    const last = run.at(-1);
    const bars = barsOn(image, level, direction, line).find(
      ({ start }) => last === undefined || Math.abs(start - last.start) <= 0.3 * step + 2,
    );
    if (bars === undefined) {
      if (run.length >= fewestLines) return toCode(run, direction);
      run = [];
    } else run.push(bars);
  }
  return run.length >= fewestLines ? toCode(run, direction) : null;
}

type Bars = Readonly<{ line: number; start: number; end: number }>;

/** Where on the line seven runs of black and white have the patch's widths, from either end. */
function barsOn(
  image: GrayImage,
  level: number,
  { length, lineStride, stride }: Direction,
  line: number,
): readonly Bars[] {
  const edges: number[] = [];
  let wasBlack = false;
  for (let k = 0; k < length; k += 1) {
    const isBlack = image.data[line * lineStride + k * stride]! < level;
    if (isBlack !== wasBlack) edges.push(k);
    wasBlack = isBlack;
  }
  const unit = unitMm * image.pixelsPerMm;
  const found: Bars[] = [];
  // Runs that begin black stand between an edge of even index and the next.
  for (let first = 0; first + pattern.length < edges.length; first += 2) {
    const widths = pattern.map((_, i) => (edges[first + i + 1]! - edges[first + i]!) / unit);
    const fits = (expected: readonly number[]): boolean =>
      expected.every((value, i) => Math.abs(widths[i]! - value) <= tolerance);
    if (fits(pattern) || fits(pattern.toReversed()))
      found.push({ line, start: edges[first]!, end: edges[first + pattern.length]! });
  }
  return found;
}

function toCode(run: readonly Bars[], { isAcross }: Direction): FoundCode | null {
  const first = run[0];
  const last = run.at(-1);
  if (first === undefined || last === undefined) return null;
  const point = (along: number, line: number) => (isAcross ? { x: along, y: line } : { x: line, y: along });
  const corners = [
    point(first.start, first.line),
    point(first.end, first.line),
    point(last.end, last.line),
    point(last.start, last.line),
  ];
  return { format: 'PatchT', text: 'T', corners };
}

function sparse(data: Uint8Array): readonly number[] {
  const levels: number[] = [];
  for (let i = 0; i < data.length; i += 101) levels.push(data[i]!);
  return levels;
}
