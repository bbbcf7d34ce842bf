import { AppError } from '../contract/errors.ts';
import {
  codeBoxes,
  codeModules,
  codeQuietModules,
  dotClearance,
  dotDiameter,
  dots,
  dotSides,
  parseTestSheetCode,
  testSheetVersion,
} from '../domain/test-sheet.ts';
import type { SheetBox, SheetPoint } from '../domain/test-sheet.ts';
import { findCodes } from './codes.ts';
import type { GrayImage, Point } from './gray-image.ts';
import { mmPerInch } from './gray-image.ts';
import { fitSheetMap, scalesOf, shrink, toPixel } from './qualification-plane.ts';
import type { Pair, SheetMap } from './qualification-plane.ts';

export type FoundSheet = Readonly<{
  sheetId: string;
  version: number;
  map: SheetMap;
  /** Centres of the marks in the capture, in the order of `dots`. */
  marks: readonly Pair[];
}>;

/** More than a feeder's guides let through, and less than would hide the slant of the edges. */
const mostSkewDegrees = 3;
const codeReadingDpi = 150;

/**
 * Finds the test sheet in a capture, whatever the resolution really is, upright or upside down.
 * @returns null when no code of a test sheet is there: the other side of the sheet, or another paper
 * @throws AppError `qualification.sheetUnusable` when marks are missing or cut off; `qualification.sheetAskew`
 */
export async function findSheet(gray: GrayImage): Promise<FoundSheet | null> {
  const factor = Math.max(1, Math.round((gray.pixelsPerMm * mmPerInch) / codeReadingDpi));
  const codes = (await findCodes(shrink(gray, factor))).flatMap((code) => {
    const sheet = parseTestSheetCode(code.text);
    return sheet === null
      ? []
      : [{ ...sheet, corners: code.corners.map(({ x, y }) => ({ x: x * factor, y: y * factor })) }];
  });
  const [first] = codes;
  if (first === undefined) return null;
  const rough = fitSheetMap(codes.flatMap(({ box, corners }) => pairCorners(codeBoxes[box], corners)));
  if (rough === null || first.version !== testSheetVersion) throw new AppError('qualification.sheetUnusable');
  checkPosition(rough);
  const marks = findMarks(gray, rough);
  const map = marks === null ? null : fitSheetMap(marks);
  if (marks === null || map === null) throw new AppError('qualification.sheetUnusable');
  return { sheetId: first.sheetId, version: first.version, map, marks };
}

/** The corners of a code's dark modules, clockwise from its own upper left, on the sheet and in the capture. */
function pairCorners(box: SheetBox | undefined, corners: readonly Point[]): readonly Pair[] {
  if (box === undefined) return [];
  const module = box.width / (codeModules + 2 * codeQuietModules);
  const [left, top] = [box.left + codeQuietModules * module, box.top + codeQuietModules * module];
  const side = codeModules * module;
  const sheetCorners: readonly SheetPoint[] = [
    { x: left, y: top },
    { x: left + side, y: top },
    { x: left + side, y: top + side },
    { x: left, y: top + side },
  ];
  return corners.flatMap((pixel, index) => {
    const sheet = sheetCorners[index];
    return sheet === undefined ? [] : [{ sheet, pixel }];
  });
}

/** How the sheet lies, clockwise positive, with the whole half turn of a sheet that went in upside down taken out. */
export function skewOf(map: SheetMap): number {
  const degrees = (Math.atan2(map.yx, map.xx) * 180) / Math.PI;
  return degrees > 90 ? degrees - 180 : degrees < -90 ? degrees + 180 : degrees;
}

/** Degrees by which the sheet's right angle differs from one. */
export function shearOf(map: SheetMap): number {
  const across = Math.atan2(map.yx, map.xx);
  const along = Math.atan2(-map.xy, map.yy);
  const degrees = ((along - across) * 180) / Math.PI;
  return degrees - 360 * Math.round(degrees / 360);
}

/** Greatest distance, in millimetres, of a mark from its place between the two ends of its side. */
export function bowOf({ map, marks }: FoundSheet): number {
  const { across, along } = scalesOf(map);
  let greatest = 0;
  for (const side of Object.values(dotSides)) {
    const placed = side.flatMap(
      (sheet) => marks.find((mark) => mark.sheet.x === sheet.x && mark.sheet.y === sheet.y) ?? [],
    );
    const [first, last] = [placed[0], placed.at(-1)];
    if (first === undefined || last === undefined) continue;
    const length = Math.hypot(last.sheet.x - first.sheet.x, last.sheet.y - first.sheet.y);
    for (const { sheet, pixel } of placed) {
      const share = Math.hypot(sheet.x - first.sheet.x, sheet.y - first.sheet.y) / length;
      const dx = pixel.x - first.pixel.x - share * (last.pixel.x - first.pixel.x);
      const dy = pixel.y - first.pixel.y - share * (last.pixel.y - first.pixel.y);
      greatest = Math.max(greatest, Math.hypot(dx / across, dy / along));
    }
  }
  return greatest;
}

function checkPosition(map: SheetMap): void {
  const isMirrored = map.xx * map.yy - map.xy * map.yx <= 0;
  if (isMirrored || Math.abs(skewOf(map)) > mostSkewDegrees)
    throw new AppError('qualification.sheetAskew', { degrees: Math.round(skewOf(map)) });
}

/** The marks' centres of gravity; each search starts from what the ones before it have shown. Null when one is missing. */
function findMarks(gray: GrayImage, rough: SheetMap): readonly Pair[] | null {
  let map = rough;
  let marks: Pair[] = [];
  for (const reach of [dotClearance, dotDiameter]) {
    const found: Pair[] = [];
    for (const sheet of dots) {
      const pixel = centreOfMark(gray, toPixel(map, sheet), scalesOf(map), reach);
      if (pixel !== null) found.push({ sheet, pixel });
    }
    marks = found;
    map = fitSheetMap(found) ?? map;
  }
  return marks.length === dots.length ? marks : null;
}

/** Shares of the mark's area that may be missing or too much: ink that spreads, a scanner that is not sharp. */
const areaRange = { least: 0.6, most: 1.5 };

function centreOfMark(
  { data, width, height }: GrayImage,
  expected: Point,
  scales: Readonly<{ across: number; along: number }>,
  reachMm: number,
): Point | null {
  const reach = { x: reachMm * scales.across * 0.8, y: reachMm * scales.along * 0.8 };
  const [left, right] = [Math.ceil(expected.x - reach.x), Math.floor(expected.x + reach.x)];
  const [top, bottom] = [Math.ceil(expected.y - reach.y), Math.floor(expected.y + reach.y)];
  if (left < 0 || top < 0 || right >= width || bottom >= height) return null;
  let [dark, light] = [255, 0];
  const counts = new Uint32Array(256);
  for (let y = top; y <= bottom; y += 1)
    for (let x = left; x <= right; x += 1) counts[data[y * width + x]!] = counts[data[y * width + x]!]! + 1;
  const total = (right - left + 1) * (bottom - top + 1);
  // A tenth of the window is surely mark, most of it surely paper.
  for (let value = 0, seen = 0; value < 256 && seen < total * 0.05; value += 1) {
    seen += counts[value]!;
    dark = value;
  }
  for (let value = 255, seen = 0; value >= 0 && seen < total * 0.4; value -= 1) {
    seen += counts[value]!;
    light = value;
  }
  if (light - dark < 40) return null;
  let [sum, sumX, sumY] = [0, 0, 0];
  for (let y = top; y <= bottom; y += 1) {
    for (let x = left; x <= right; x += 1) {
      const share = Math.min(1, (light - data[y * width + x]!) / (light - dark));
      // Noise of the paper would pull the centre towards the window's.
      if (share < 0.25) continue;
      sum += share;
      sumX += share * x;
      sumY += share * y;
    }
  }
  const area = sum / (Math.PI * (dotDiameter / 2) ** 2 * scales.across * scales.along);
  if (area < areaRange.least || area > areaRange.most) return null;
  return { x: sumX / sum, y: sumY / sum };
}
