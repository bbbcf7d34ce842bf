import type { GrayImage } from './gray-image.ts';
import { mmPerInch, quantile } from './gray-image.ts';

export type Legibility = Readonly<{
  /** Median width of the edges of letters from 10 % to 90 %, in pixels of a 300 dpi capture; null without enough of them. */
  edgeWidthPixels: number | null;
  verdict: 'good' | 'poor' | 'unreadable' | 'unknown';
}>;

const fewestEdges = 60;

/** A falling edge: how wide it is, and where it begins. */
type Edge = Readonly<{ width: number; line: number; along: number }>;

/** Edges along the rows, whose lines are rows, and along the columns. */
export type InkEdges = Readonly<{ rows: readonly Edge[]; columns: readonly Edge[] }>;

/** Edges of ink along rows and columns, on a sparse set of both. */
export function findInkEdges(image: GrayImage): InkEdges {
  return {
    rows: edgesAlong(image.data, image.height, image.width, image.width, 1),
    columns: edgesAlong(image.data, image.width, image.height, 1, image.width),
  };
}

/** How sharp the ink is; the worse direction counts (a shaken sheet blurs one way). */
export function measureLegibility({ rows, columns }: InkEdges, pixelsPerMm: number, fewest = fewestEdges): Legibility {
  const medians = [rows, columns]
    .filter((edges) => edges.length >= fewest)
    .map((edges) =>
      quantile(
        edges.map(({ width }) => width),
        0.5,
      ),
    );
  if (medians.length === 0) return { edgeWidthPixels: null, verdict: 'unknown' };
  const at300 = Math.max(...medians) / ((pixelsPerMm * mmPerInch) / 300);
  const edgeWidthPixels = Math.round(at300 * 100) / 100;
  // Figures measured on pages blurred step by step and read by Tesseract.
  return { edgeWidthPixels, verdict: edgeWidthPixels < 4 ? 'good' : edgeWidthPixels < 5 ? 'poor' : 'unreadable' };
}

/** The falling edges with an amplitude of at least 90 levels on a sparse set of lines. */
function edgesAlong(
  data: Uint8Array,
  lines: number,
  length: number,
  lineStride: number,
  stride: number,
): readonly Edge[] {
  const edges: Edge[] = [];
  const lineStep = Math.max(3, Math.floor(lines / 220));
  const levels = new Uint8Array(length);
  for (let line = lineStep; line < lines - 1; line += lineStep) {
    for (let k = 0, i = line * lineStride; k < length; k += 1, i += stride) levels[k] = data[i]!;
    for (let k = 1; k < length - 1;) {
      // A run that falls without rising again by more than noise.
      const start = k;
      let lowest = levels[k]!;
      let end = k;
      while (k < length - 1 && levels[k + 1]! <= lowest + 4) {
        k += 1;
        if (levels[k]! < lowest) {
          lowest = levels[k]!;
          end = k;
        }
        if (k - end > 3) break;
      }
      if (levels[start]! - lowest >= 90) edges.push({ width: edgeWidth(levels, start, end), line, along: start });
      k += 1;
    }
  }
  return edges;
}

function edgeWidth(levels: Uint8Array, start: number, end: number): number {
  const high = levels[start]!;
  const low = levels[end]!;
  return (
    crossing(levels, start, end, low + 0.1 * (high - low)) - crossing(levels, start, end, low + 0.9 * (high - low))
  );
}

function crossing(levels: Uint8Array, start: number, end: number, level: number): number {
  for (let k = start; k < end; k += 1) {
    const here = levels[k]!;
    const next = levels[k + 1]!;
    if (here >= level && next < level) return k + (here - level) / Math.max(1, here - next);
  }
  return end;
}
