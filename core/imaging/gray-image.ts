/** Eight-bit gray samples, row by row without padding, 0 = black. */
export type GrayImage = Readonly<{
  data: Uint8Array;
  width: number;
  height: number;
  pixelsPerMm: number;
}>;

export type Point = Readonly<{ x: number; y: number }>;

export const mmPerInch = 25.4;

/** Value below which `fraction` of the numbers lie; NaN of an empty list. */
export function quantile(values: ArrayLike<number>, fraction: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

/** The same of whole numbers from 0 to 255, counted instead of sorted. */
export function levelQuantile(levels: ArrayLike<number>, fraction: number): number {
  const { length } = levels;
  if (length === 0) return Number.NaN;
  const counts = new Uint32Array(256);
  for (let i = 0; i < length; i += 1) counts[levels[i]!]! += 1;
  const place = Math.min(length - 1, Math.floor(length * fraction));
  let level = 0;
  for (let below = counts[0]!; below <= place; below += counts[level]!) level += 1;
  return level;
}

/** Signed distance of a point from the nearest side of a clockwise quadrilateral, positive inside. */
export function distanceInside(corners: readonly Point[], x: number, y: number): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (const [normalX, normalY, offset] of halfPlanes(corners)) {
    nearest = Math.min(nearest, normalX * x + normalY * y + offset);
  }
  return nearest;
}

/** First and last column (exclusive) of a row that lie at least `margin` inside of the quadrilateral; empty when first ≥ last. */
export function rowSpan(
  corners: readonly Point[],
  y: number,
  width: number,
  margin: number,
): Readonly<{ first: number; last: number }> {
  return spanOf(halfPlanes(corners), y, width, margin);
}

/** `rowSpan` of rows at `from`, `from` + `step` …: first and last column of each, one after the other. */
export function rowSpans(
  corners: readonly Point[],
  rows: Readonly<{ from: number; step: number; count: number }>,
  width: number,
  margin: number,
): Int32Array {
  const planes = halfPlanes(corners);
  const spans = new Int32Array(2 * rows.count);
  for (let row = 0; row < rows.count; row += 1) {
    const { first, last } = spanOf(planes, rows.from + row * rows.step, width, margin);
    // Sides that lie outside of each other leave no column.
    spans[2 * row] = Math.min(first, width);
    spans[2 * row + 1] = Math.max(last, 0);
  }
  return spans;
}

type HalfPlane = readonly [number, number, number];

function spanOf(
  planes: readonly HalfPlane[],
  y: number,
  width: number,
  margin: number,
): Readonly<{ first: number; last: number }> {
  let first = 0;
  let last = width;
  for (const [normalX, normalY, offset] of planes) {
    const rest = normalY * y + offset - margin;
    if (normalX > 1e-9) first = Math.max(first, Math.ceil(-rest / normalX));
    else if (normalX < -1e-9) last = Math.min(last, Math.floor(-rest / normalX) + 1);
    else if (rest < 0) last = 0;
  }
  return { first, last };
}

/** For each side of a clockwise quadrilateral [nx, ny, c]: nx·x + ny·y + c is the distance to the inside. */
function halfPlanes(corners: readonly Point[]): readonly HalfPlane[] {
  return corners.map((start, index) => {
    const end = corners[(index + 1) % corners.length] ?? start;
    const length = Math.hypot(end.x - start.x, end.y - start.y) || 1;
    const normalX = -(end.y - start.y) / length;
    const normalY = (end.x - start.x) / length;
    return [normalX, normalY, -(normalX * start.x + normalY * start.y)];
  });
}
