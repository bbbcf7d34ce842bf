import { mmPerInch, quantile } from './gray-image.ts';
import type { Kernels } from './kernels/kernels.ts';

export type Legibility = Readonly<{
  /** Median width of the edges of letters from 10 % to 90 %, in pixels of a 300 dpi capture; null without enough of them. */
  edgeWidthPixels: number | null;
  verdict: 'good' | 'poor' | 'unreadable' | 'unknown';
}>;

const fewestEdges = 60;

/** Falling edges: how wide each is in pixels, on which line it lies, and where on it it begins. */
export type Edges = Readonly<{ widths: Float64Array; lines: Int32Array; starts: Int32Array }>;

/** Edges along the rows, whose lines are rows, and along the columns. */
export type InkEdges = Readonly<{ rows: Edges; columns: Edges }>;

const smallestFall = 90;

/**
 * Edges of ink along rows and columns, on a sparse set of both.
 * @param gray address of the samples in the kernels' memory
 */
export function findInkEdges(
  kernels: Kernels,
  gray: number,
  { width, height }: Readonly<{ width: number; height: number }>,
): InkEdges {
  return {
    rows: edgesAlong(kernels, gray, { lines: height, length: width, lineStride: width, stride: 1 }),
    columns: edgesAlong(kernels, gray, { lines: width, length: height, lineStride: 1, stride: width }),
  };
}

/** How sharp the ink is; the worse direction counts (a shaken sheet blurs one way). */
export function measureLegibility(
  { rows, columns }: Readonly<{ rows: Pick<Edges, 'widths'>; columns: Pick<Edges, 'widths'> }>,
  pixelsPerMm: number,
  fewest = fewestEdges,
): Legibility {
  const medians = [rows.widths, columns.widths]
    .filter(({ length }) => length >= fewest)
    .map((widths) => quantile(widths, 0.5));
  if (medians.length === 0) return { edgeWidthPixels: null, verdict: 'unknown' };
  const at300 = Math.max(...medians) / ((pixelsPerMm * mmPerInch) / 300);
  const edgeWidthPixels = Math.round(at300 * 100) / 100;
  // Figures measured on pages blurred step by step and read by Tesseract.
  return { edgeWidthPixels, verdict: edgeWidthPixels < 4 ? 'good' : edgeWidthPixels < 5 ? 'poor' : 'unreadable' };
}

function edgesAlong(
  kernels: Kernels,
  gray: number,
  { lines, length, lineStride, stride }: Readonly<Record<'lines' | 'length' | 'lineStride' | 'stride', number>>,
): Edges {
  const lineStep = Math.max(3, Math.floor(lines / 220));
  const most = Math.ceil(lines / lineStep) * Math.ceil(length / 2);
  const mark = kernels.mark();
  const [widths, atLines, starts] = [
    kernels.allocate(8 * most),
    kernels.allocate(4 * most),
    kernels.allocate(4 * most),
  ];
  const count = kernels.functions.falling_edges(
    gray,
    lines,
    length,
    lineStride,
    stride,
    lineStep,
    smallestFall,
    most,
    widths,
    atLines,
    starts,
  );
  const edges = {
    widths: kernels.doubles(widths, count).slice(),
    lines: kernels.words(atLines, count).slice(),
    starts: kernels.words(starts, count).slice(),
  };
  kernels.release(mark);
  return edges;
}
