import type { Point } from './gray-image.ts';
import { distanceInside } from './gray-image.ts';
import type { InkMask } from './ink.ts';
import type { Kernels } from './kernels/kernels.ts';
import type { PaperEdges } from './paper-edges.ts';

/** How the copy is cut out of the capture: all in the capture's pixels. */
export type Placement = Readonly<{
  /** What is undone: skew and quarter turns together, clockwise. */
  angleDegrees: number;
  centre: Point;
  widthPixels: number;
  heightPixels: number;
}>;

/**
 * Which rectangle of the capture becomes the copy.
 * @param paper in the capture's pixels
 * @param ink in `scale` times smaller pixels: where the paper's edges are not known, nothing of it may fall off
 */
export function placeCopy(
  capture: Readonly<{ width: number; height: number }>,
  paper: PaperEdges,
  ink: InkMask,
  scale: number,
  wish: Readonly<{ crop: boolean; skewDegrees: number; quarterTurns: 0 | 1 | 2 | 3 }>,
): Placement {
  const isCropped = wish.crop && paper.found;
  const whole = { x: capture.width / 2, y: capture.height / 2 };
  const centre = isCropped ? middle(paper.corners) : whole;
  let size = { width: capture.width, height: capture.height };
  if (isCropped) {
    // A sheet that stays askew keeps its corners.
    const isStraightened = Math.abs(wish.skewDegrees - paper.angleDegrees) < 1;
    size = isStraightened ? sides(paper.corners) : boundingSize(paper.corners, centre, wish.skewDegrees);
  } else if (wish.skewDegrees !== 0 && losesInk(ink, scale, centre, size, wish.skewDegrees)) {
    const corners = [
      { x: 0, y: 0 },
      { x: capture.width, y: 0 },
      { x: capture.width, y: capture.height },
      { x: 0, y: capture.height },
    ];
    size = boundingSize(corners, centre, wish.skewDegrees);
  }
  const isTurned = wish.quarterTurns % 2 === 1;
  return {
    angleDegrees: wish.skewDegrees + 90 * wish.quarterTurns,
    centre,
    widthPixels: Math.max(1, Math.round(isTurned ? size.height : size.width)),
    heightPixels: Math.max(1, Math.round(isTurned ? size.width : size.height)),
  };
}

/**
 * Cuts the copy out: bilinear, white where the capture ends.
 * @param source address of the capture's samples in the kernels' memory
 * @param reduction how many times smaller than the placement's they are
 * @returns address of as many whole pixels as the reduced copy has, for the caller to release
 */
export function cutOut(
  kernels: Kernels,
  source: number,
  { width, height }: Readonly<{ width: number; height: number }>,
  channels: number,
  placement: Placement,
  reduction = 1,
): number {
  const copyWidth = Math.floor(placement.widthPixels / reduction);
  const copyHeight = Math.floor(placement.heightPixels / reduction);
  const target = kernels.allocate(copyWidth * copyHeight * channels);
  const mark = kernels.mark();
  // Whole quarters first: what is left to turn runs along the rows, where it is fast.
  const quarters = (((Math.round(placement.angleDegrees / 90) % 4) + 4) % 4) as 0 | 1 | 2 | 3;
  let turned = source;
  if (quarters !== 0) {
    turned = kernels.allocate(width * height * channels);
    kernels.functions.turn_back(source, width, height, channels, quarters, turned);
  }
  const [w, h] = quarters % 2 === 1 ? [height, width] : [width, height];
  const { x, y } = placement.centre;
  const [cx, cy] = [x / reduction, y / reduction];
  const centre = [
    [cx, cy],
    [cy, width - cx],
    [width - cx, height - cy],
    [height - cy, cx],
  ][quarters] ?? [cx, cy];
  const { cosine, sine } = direction(placement.angleDegrees - 90 * Math.round(placement.angleDegrees / 90));
  const [centreX = cx, centreY = cy] = centre;
  kernels.functions.rotate_crop(
    turned,
    w,
    h,
    target,
    copyWidth,
    copyHeight,
    cosine,
    sine,
    centreX,
    centreY,
    channels,
    255,
  );
  kernels.release(mark);
  return target;
}

/** Cosine and sine; exact for whole quarter turns, so that these move pixels without blending them. */
export function direction(angleDegrees: number): Readonly<{ cosine: number; sine: number }> {
  if (angleDegrees % 90 === 0) {
    const quarter = (((angleDegrees / 90) % 4) + 4) % 4;
    return { cosine: [1, 0, -1, 0][quarter] ?? 1, sine: [0, 1, 0, -1][quarter] ?? 0 };
  }
  const radians = (angleDegrees * Math.PI) / 180;
  return { cosine: Math.cos(radians), sine: Math.sin(radians) };
}

/** `toCopy` for many points. */
export function copyPlacer(placement: Placement): (point: Point) => Point {
  const { centre, widthPixels, heightPixels, angleDegrees } = placement;
  const { cosine, sine } = direction(angleDegrees);
  return (point) => {
    const dx = point.x - centre.x;
    const dy = point.y - centre.y;
    return { x: widthPixels / 2 + dx * cosine + dy * sine, y: heightPixels / 2 - dx * sine + dy * cosine };
  };
}

/** From the copy's pixels to the capture's. */
export function toCapture(placement: Placement, point: Point): Point {
  const { cosine, sine } = direction(placement.angleDegrees);
  const dx = point.x - placement.widthPixels / 2;
  const dy = point.y - placement.heightPixels / 2;
  return { x: placement.centre.x + dx * cosine - dy * sine, y: placement.centre.y + dx * sine + dy * cosine };
}

/** From the capture's pixels to the copy's. */
export function toCopy(placement: Placement, point: Point): Point {
  return copyPlacer(placement)(point);
}

/** The copy's corners in the capture, clockwise from the copy's top left. */
export function captureCorners(placement: Placement): readonly Point[] {
  const { widthPixels: w, heightPixels: h } = placement;
  return [
    toCapture(placement, { x: 0, y: 0 }),
    toCapture(placement, { x: w, y: 0 }),
    toCapture(placement, { x: w, y: h }),
    toCapture(placement, { x: 0, y: h }),
  ];
}

function middle(corners: readonly Point[]): Point {
  let x = 0;
  let y = 0;
  for (const corner of corners) {
    x += corner.x / corners.length;
    y += corner.y / corners.length;
  }
  return { x, y };
}

function sides(corners: readonly Point[]): Readonly<{ width: number; height: number }> {
  const [a, b, c] = corners;
  if (a === undefined || b === undefined || c === undefined) return { width: 0, height: 0 };
  return { width: Math.hypot(b.x - a.x, b.y - a.y), height: Math.hypot(c.x - b.x, c.y - b.y) };
}

function boundingSize(
  corners: readonly Point[],
  centre: Point,
  angleDegrees: number,
): Readonly<{ width: number; height: number }> {
  const { cosine, sine } = direction(angleDegrees);
  let wide = 0;
  let high = 0;
  for (const corner of corners) {
    const dx = corner.x - centre.x;
    const dy = corner.y - centre.y;
    wide = Math.max(wide, Math.abs(dx * cosine + dy * sine));
    high = Math.max(high, Math.abs(dy * cosine - dx * sine));
  }
  return { width: 2 * wide, height: 2 * high };
}

function losesInk(
  ink: InkMask,
  scale: number,
  centre: Point,
  size: Readonly<{ width: number; height: number }>,
  angleDegrees: number,
): boolean {
  const kept = captureCorners({ angleDegrees, centre, widthPixels: size.width, heightPixels: size.height });
  const mask = withoutBorder(ink);
  let lost = 0;
  for (let y = 0; y < ink.height; y += 1) {
    for (let x = 0; x < ink.width; x += 1) {
      if (mask[y * ink.width + x] === 1 && distanceInside(kept, (x + 0.5) * scale, (y + 0.5) * scale) < 0) lost += 1;
    }
  }
  return lost > ink.pixelsPerMm ** 2;
}

/** The ink without what hangs together with the image's border: the dark edge of a book or of a copy. */
function withoutBorder(ink: InkMask): Uint8Array {
  const { width, height } = ink;
  const mask = ink.mask.slice();
  const stack: number[] = [];
  const visit = (index: number): void => {
    if (mask[index] !== 1) return;
    mask[index] = 0;
    stack.push(index);
  };
  for (let x = 0; x < width; x += 1) for (const y of [0, height - 1]) visit(y * width + x);
  for (let y = 0; y < height; y += 1) for (const x of [0, width - 1]) visit(y * width + x);
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    const x = i % width;
    if (x > 0) visit(i - 1);
    if (x < width - 1) visit(i + 1);
    visit(i - width);
    visit(i + width);
  }
  return mask;
}
