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
  for (let line = lineStep; line < lines - 1; line += lineStep) {
    const base = line * lineStride;
    const at = (index: number): number => data[base + index * stride]!;
    for (let k = 1; k < length - 1;) {
      // A run that falls without rising again by more than noise.
      const start = k;
      let lowest = at(k);
      let end = k;
      while (k < length - 1 && at(k + 1) <= lowest + 4) {
        k += 1;
        if (at(k) < lowest) {
          lowest = at(k);
          end = k;
        }
        if (k - end > 3) break;
      }
      const high = at(start);
      if (high - lowest >= 90) edges.push({ width: edgeWidth(at, start, end, high, lowest), line, along: start });
      k += 1;
    }
  }
  return edges;
}

function edgeWidth(at: (index: number) => number, start: number, end: number, high: number, low: number): number {
  const crossing = (level: number): number => {
    for (let k = start; k < end; k += 1) {
      const here = at(k);
      const next = at(k + 1);
      if (here >= level && next < level) return k + (here - level) / Math.max(1, here - next);
    }
    return end;
  };
  return crossing(low + 0.1 * (high - low)) - crossing(low + 0.9 * (high - low));
}
