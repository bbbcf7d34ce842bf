import type { GrayImage, Point } from './gray-image.ts';
import { quantile } from './gray-image.ts';
import type { Kernels } from './kernels/kernels.ts';
import type { Side } from './paper-side.ts';
import { findSide } from './paper-side.ts';
import type { SideName } from './scanner-bed.ts';
import { cleanBed, hasForeignContent, usualBed, variationBeyond } from './scanner-bed.ts';

/** Where the paper lies on the scanner's bed, in pixels of the image that was searched. */
export type PaperEdges = Readonly<{
  found: boolean;
  /** Clockwise positive, as the paper lies. */
  angleDegrees: number;
  /** How far the sides' angles lie apart: a measure of the angle's worth. */
  spreadDegrees: number;
  sides: readonly SideName[];
  /** Clockwise from the top left; the whole image when not found. */
  corners: readonly Point[];
}>;

const sideNames = ['left', 'right', 'top', 'bottom'] as const;
/** Of the image, from its border inwards: as far as a sheet's edge may lie, and a card's or a photograph's in the glass's corner. */
const nearShare = 0.6;
const farShare = 0.9;
/** Of a sheet or card, in millimetres. */
const leastSide = 40;

/**
 * Finds a single rectangular sheet or card against a bed that is darker or lighter. A side counts when the brightness
 * steps along a straight line and stays different on both sides of it: a printed frame does not. Sides that are not seen
 * are put at the image's border. Anything but bed outside of the sheet means that there is no single sheet.
 * @param image about 75 dots per inch
 */
export function findPaperEdges(kernels: Kernels, image: GrayImage): PaperEdges {
  const { width, height } = image;
  const whole: PaperEdges = {
    found: false,
    angleDegrees: 0,
    spreadDegrees: 0,
    sides: [],
    corners: [
      { x: 0, y: 0 },
      { x: width, y: 0 },
      { x: width, y: height },
      { x: 0, y: height },
    ],
  };
  if (width < 40 || height < 40) return whole;
  const mark = kernels.mark();
  const pointer = kernels.load(image.data);
  const find = (names: readonly SideName[], share: number): readonly Side[] =>
    names.map((name) => findSide(kernels, image, pointer, name, share)).filter((side) => side !== null);
  const near = withoutPrinted(agreeing(withoutTwins(find(sideNames, nearShare), image)));
  const missing = sideNames.filter((name) => !near.some((side) => side.name === name));
  const all = withoutPrinted(agreeing(withoutTwins([...near, ...find(missing, farShare)], image)));
  kernels.release(mark);
  const sides = withoutShadow(all, image);
  const hasAngle = sides.some((side) => side.name === 'left' || side.name === 'right');
  if (
    sides.length < 2 ||
    (sides.length === 2 && !(hasAngle && sides.some((side) => side.name === 'top' || side.name === 'bottom')))
  )
    return whole;
  const total = sides.reduce((sum, side) => sum + side.weight, 0);
  const angle = sides.reduce((sum, side) => sum + side.angle * side.weight, 0) / total;
  const corners = rectangle(sides, angle, whole.corners);
  const wide = distance(corners[0], corners[1]) / image.pixelsPerMm;
  const high = distance(corners[1], corners[2]) / image.pixelsPerMm;
  const bed = sides.some(({ name }) => missing.includes(name)) ? cleanBed : usualBed;
  if (Math.min(wide, high) < leastSide || hasForeignContent(image, corners, bed)) return whole;
  const angles = sides.map((side) => side.angle);
  const degrees = 180 / Math.PI;
  return {
    found: true,
    angleDegrees: angle * degrees,
    spreadDegrees: (Math.max(...angles) - Math.min(...angles)) * degrees,
    sides: sides.map((side) => side.name),
    corners,
  };
}

function distance(a: Point | undefined, b: Point | undefined): number {
  return a === undefined || b === undefined ? 0 : Math.hypot(a.x - b.x, a.y - b.y);
}

/** A sheet throws its shadow to two sides at most; a strip along three is printed. */
function withoutShadow(sides: readonly Side[], image: GrayImage): readonly Side[] {
  const shaded = sides.filter((side) => side.strip > 0.4 * image.pixelsPerMm);
  if (shaded.length > 2) return sides;
  const inwards = { left: [1, 0], right: [-1, 0], top: [0, 1], bottom: [0, -1] } as const;
  return sides.map((side) => {
    if (!shaded.includes(side)) return side;
    const [x, y] = inwards[side.name];
    return { ...side, point: { x: side.point.x + x * side.strip, y: side.point.y + y * side.strip } };
  });
}

/**
 * A paper at the glass's border shows no edge there, and its opposite edge is met from both sides: it belongs to the side
 * from which it is reached over the bed, which is the more even of the two.
 */
function withoutTwins(sides: readonly Side[], image: GrayImage): readonly Side[] {
  const twins = [
    ['left', 'right', 'x'],
    ['top', 'bottom', 'y'],
  ] as const;
  return twins.reduce((kept, [first, second, axis]) => {
    const [a, b] = [first, second].map((name) => kept.find((side) => side.name === name));
    if (a === undefined || b === undefined || b.point[axis] - a.point[axis] >= leastSide * image.pixelsPerMm)
      return kept;
    const wrong = variationBeyond(image, a.name, a.point) > variationBeyond(image, b.name, b.point) ? a : b;
    return kept.filter((side) => side !== wrong);
  }, sides);
}

/** In grades of brightness: bed and paper that cannot be taken for each other. */
const clearContrast = 20;
/** Of the others' step. */
const likeStep = 0.5;

/**
 * Without the sides that do not step as the others do, where paper like theirs lies before them instead of bed (the head of a
 * table, the upper edge of a photograph on a page, the gutter of an open book), or print may begin there.
 */
function withoutPrinted(sides: readonly Side[]): readonly Side[] {
  return sides.filter((side) => {
    const others = sides.filter((other) => other !== side && !other.isDoubtful);
    // One other side vouches for no doubtful one, but it shows what paper and bed look like.
    if (others.length === 0 || (others.length === 1 && side.isDoubtful)) return !side.isDoubtful;
    const middle = (levelOf: (other: Side) => number): number => quantile(others.map(levelOf), 0.5);
    if (side.step / middle(({ step }) => step) >= likeStep) return true;
    const bed = middle(({ before }) => before);
    const paper = middle(({ behind }) => behind);
    const isPaper =
      Math.abs(paper - bed) >= clearContrast && 3 * Math.abs(side.before - paper) <= Math.abs(side.before - bed);
    return !isPaper && !side.isDoubtful;
  });
}

/** The largest group of sides whose angles agree within a third of a degree. */
function agreeing(sides: readonly Side[]): readonly Side[] {
  let best: readonly Side[] = [];
  let bestWeight = 0;
  for (const reference of sides) {
    const group = sides.filter((side) => Math.abs(side.angle - reference.angle) < 0.006);
    const weight = group.reduce((sum, side) => sum + side.weight, 0);
    if (group.length > best.length || (group.length === best.length && weight > bestWeight)) {
      best = group;
      bestWeight = weight;
    }
  }
  return best;
}

function rectangle(sides: readonly Side[], angle: number, imageCorners: readonly Point[]): readonly Point[] {
  const along = { x: Math.cos(angle), y: Math.sin(angle) };
  const down = { x: -along.y, y: along.x };
  const us = imageCorners.map((corner) => corner.x * along.x + corner.y * along.y);
  const vs = imageCorners.map((corner) => corner.x * down.x + corner.y * down.y);
  const place = (name: SideName, fallback: number): number => {
    const side = sides.find((candidate) => candidate.name === name);
    if (side === undefined) return fallback;
    const axis = name === 'left' || name === 'right' ? along : down;
    return side.point.x * axis.x + side.point.y * axis.y;
  };
  // The middle of the image's border: its corners would add the skew's wedge to the paper.
  const border = (values: readonly number[], first: number, second: number): number =>
    ((values[first] ?? 0) + (values[second] ?? 0)) / 2;
  const left = place('left', border(us, 0, 3));
  const right = place('right', border(us, 1, 2));
  const top = place('top', border(vs, 0, 1));
  const bottom = place('bottom', border(vs, 2, 3));
  const at = (u: number, v: number): Point => ({ x: u * along.x + v * down.x, y: u * along.y + v * down.y });
  return [at(left, top), at(right, top), at(right, bottom), at(left, bottom)];
}
