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
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
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
  let first = 0;
  let last = width;
  for (const [normalX, normalY, offset] of halfPlanes(corners)) {
    const rest = normalY * y + offset - margin;
    if (normalX > 1e-9) first = Math.max(first, Math.ceil(-rest / normalX));
    else if (normalX < -1e-9) last = Math.min(last, Math.floor(-rest / normalX) + 1);
    else if (rest < 0) last = 0;
  }
  return { first, last };
}

/** For each side of a clockwise quadrilateral [nx, ny, c]: nx·x + ny·y + c is the distance to the inside. */
function halfPlanes(corners: readonly Point[]): readonly (readonly [number, number, number])[] {
  return corners.map((start, index) => {
    const end = corners[(index + 1) % corners.length] ?? start;
    const length = Math.hypot(end.x - start.x, end.y - start.y) || 1;
    const normalX = -(end.y - start.y) / length;
    const normalY = (end.x - start.x) / length;
    return [normalX, normalY, -(normalX * start.x + normalY * start.y)];
  });
}
