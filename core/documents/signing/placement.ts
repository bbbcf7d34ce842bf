import { isArray, isDictionary, isName, numberOf } from './pdf-objects.ts';
import type { PdfDictionary, PdfValue } from './pdf-objects.ts';
import type { PdfFile } from './pdf-reader.ts';
import type { RevisionPair } from './revision-pair.ts';

type Box = Readonly<{ left: number; bottom: number; right: number; top: number }>;

// In points. Notes are drawn as icons of about 20.
const maximumIcon = 40;
// Frames that touch, as in a column of signatures, overlap by the width of a line.
const maximumTouch = 2;
const maximumPageShare = 0.4;
const maximumTreeDepth = 64;
const letterPage: Box = { left: 0, bottom: 0, right: 612, top: 792 };

/** Whether an annotation shows nothing because it has no extent. */
export function isWithoutExtent(file: PdfFile, annotation: PdfDictionary): boolean {
  const box = readBox(file, annotation.get('Rect'));
  return box !== null && box.left === box.right && box.bottom === box.top;
}

export function isIconSized(file: PdfFile, annotation: PdfDictionary): boolean {
  const box = readBox(file, annotation.get('Rect'));
  return box !== null && box.right - box.left <= maximumIcon && box.top - box.bottom <= maximumIcon;
}

/**
 * Whether what a later signer shows leaves the page to be seen: most of it, and every note and field but the marks of
 * those who signed before. Programs put each mark where they put the last one, and those signatures are listed anyway.
 */
export function leavesPageVisible(
  { before, after }: Pick<RevisionPair, 'before' | 'after'>,
  page: PdfDictionary,
  former: PdfValue,
  mark: PdfDictionary,
): boolean {
  const box = readBox(after, mark.get('Rect'));
  if (box === null) return false;
  const sheet = pageBox(before, page);
  if (areaOf(intersect(box, sheet)) > maximumPageShare * areaOf(sheet)) return false;
  return (isArray(former) ? former : []).every((item) => {
    const annotation = before.resolve(item);
    if (!isDictionary(annotation) || hasNoLook(before, annotation) || isSignatureMark(before, annotation)) return true;
    const other = readBox(before, annotation.get('Rect'));
    if (other === null) return true;
    const shared = intersect(box, other);
    return shared.right - shared.left <= maximumTouch || shared.top - shared.bottom <= maximumTouch;
  });
}

function isSignatureMark(file: PdfFile, annotation: PdfDictionary): boolean {
  const parent = file.resolve(annotation.get('Parent'));
  const type = annotation.get('FT') ?? (isDictionary(parent) ? parent.get('FT') : undefined);
  return isName(file.resolve(type), 'Sig');
}

// What has no look of its own can be covered: links, and the windows of notes.
function hasNoLook(file: PdfFile, annotation: PdfDictionary): boolean {
  const kind = file.resolve(annotation.get('Subtype'));
  return isName(kind, 'Link') || isName(kind, 'Popup');
}

// Both boxes are inherited; the visible one is that of the crop.
function pageBox(file: PdfFile, page: PdfDictionary): Box {
  let node: PdfValue = page;
  let media: Box | null = null;
  for (let depth = 0; isDictionary(node) && depth < maximumTreeDepth; depth += 1) {
    const crop = readBox(file, node.get('CropBox'));
    if (crop !== null) return crop;
    media ??= readBox(file, node.get('MediaBox'));
    node = file.resolve(node.get('Parent'));
  }
  return media ?? letterPage;
}

function readBox(file: PdfFile, value: PdfValue | undefined): Box | null {
  const sides = file.resolve(value);
  if (!isArray(sides) || sides.length !== 4) return null;
  const [x = Number.NaN, y = Number.NaN, otherX = Number.NaN, otherY = Number.NaN] = sides.map(
    (side) => numberOf(file.resolve(side)) ?? Number.NaN,
  );
  if (![x, y, otherX, otherY].every(Number.isFinite)) return null;
  return {
    left: Math.min(x, otherX),
    bottom: Math.min(y, otherY),
    right: Math.max(x, otherX),
    top: Math.max(y, otherY),
  };
}

function intersect(one: Box, other: Box): Box {
  return {
    left: Math.max(one.left, other.left),
    bottom: Math.max(one.bottom, other.bottom),
    right: Math.min(one.right, other.right),
    top: Math.min(one.top, other.top),
  };
}

function areaOf({ left, bottom, right, top }: Box): number {
  return Math.max(0, right - left) * Math.max(0, top - bottom);
}
