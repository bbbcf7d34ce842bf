import { createHash } from 'node:crypto';
import type { Piece } from '../services/ports/imaging.ts';
import type { RawPage } from '../services/ports/scanner.ts';
import type { Box } from './code-regions.ts';
import { findComponents } from './components.ts';
import { mmPerInch, quantile } from './gray-image.ts';
import { checkRawPage } from './raw-page.ts';

/** The glass is looked at in squares of a millimetre. */
const cellSamples = 4;
const borderMm = 3;
/** Levels by which paper differs from the bed. */
const leastDifference = 22;
/** Of the border's squares: where something else reaches the border, nobody can tell what lies there. */
const leastBed = 0.93;
/** Sides of the smallest piece: an identity card has 54 mm. */
const shortestMm = 38;
/** A card laid 15° askew fills six tenths of the rectangle around it. */
const leastFill = 0.55;
/** mm² of dust and shadow that may lie between the pieces. */
const mostDirtMm2 = 60;
const marginMm = 3;
/** Two pages of an open book: as tall as each other, side by side, closer than this. */
const mostGutterMm = 14;
const shortestBookMm = 100;

/**
 * The pieces that lie apart on one glass (both sides of an identity card, receipts), each cut out with some of the bed
 * around, row by row. Whatever is not clearly several rectangles on a plain bed stays one: no piece may get lost.
 */
export function findPieces(page: RawPage): readonly Piece[] {
  checkRawPage(page);
  const whole: readonly Piece[] = [{ page, operation: null }];
  const cells = readCells(page);
  const { columns, rows } = cells;
  if (columns < 2 * shortestMm && rows < 2 * shortestMm) return whole;
  const mask = apartFromBed(cells);
  if (mask === null) return whole;
  const components = findComponents({ mask, width: columns, height: rows }, 1);
  const pieces = components.filter(isPiece);
  const dirt = components.filter((component) => !isPiece(component)).reduce((sum, { area }) => sum + area, 0);
  if (pieces.length < 2 || dirt > mostDirtMm2 || isBook(pieces)) return whole;
  const boxes = pieces.map((piece) => grown(piece, columns, rows));
  if (boxes.some((box, i) => boxes.some((other, k) => k > i && overlaps(box, other)))) return whole;
  return inReadingOrder(boxes).map((box) => cutOut(page, box));
}

type Cells = Readonly<{ levels: Uint8Array; columns: number; rows: number }>;

/** Darkest channel of each square: a pale card on a pale bed differs in one channel most. */
function readCells(page: RawPage): Cells {
  const pixelsPerMm = page.dpi / mmPerInch;
  const columns = Math.floor(page.widthPixels / pixelsPerMm);
  const rows = Math.floor(page.heightPixels / pixelsPerMm);
  const levels = new Uint8Array(columns * rows);
  const level = levelReader(page);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      let sum = 0;
      for (let i = 0; i < cellSamples; i += 1)
        for (let k = 0; k < cellSamples; k += 1)
          sum += level(
            Math.floor((column + (k + 0.5) / cellSamples) * pixelsPerMm),
            Math.floor((row + (i + 0.5) / cellSamples) * pixelsPerMm),
          );
      levels[row * columns + column] = sum / cellSamples ** 2;
    }
  }
  return { levels, columns, rows };
}

function levelReader({ samples, widthPixels, colorMode }: RawPage): (x: number, y: number) => number {
  const stride = Math.ceil(widthPixels / 8);
  switch (colorMode) {
    case 'bitonal':
      return (x, y) => (((samples[y * stride + (x >> 3)]! >> (7 - (x & 7))) & 1) === 1 ? 0 : 255);
    case 'gray':
      return (x, y) => samples[y * widthPixels + x]!;
    case 'color':
      return (x, y) => {
        const i = (y * widthPixels + x) * 3;
        return Math.min(samples[i]!, samples[i + 1]!, samples[i + 2]!);
      };
  }
}

/** 1 where the glass shows something else than its bed; null where the border is no plain bed. */
function apartFromBed({ levels, columns, rows }: Cells): Uint8Array | null {
  const border: number[] = [];
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1)
      if (Math.min(row, column, rows - 1 - row, columns - 1 - column) < borderMm)
        border.push(levels[row * columns + column]!);
  const bed = quantile(border, 0.5);
  const isBed = (level: number): boolean => Math.abs(level - bed) < leastDifference;
  if (border.filter(isBed).length < leastBed * border.length) return null;
  return levels.map((level) => (isBed(level) ? 0 : 1));
}

type Group = Box & Readonly<{ area: number }>;

function isPiece({ left, top, right, bottom, area }: Group): boolean {
  const [wide, high] = [right - left, bottom - top];
  return Math.min(wide, high) >= shortestMm && area >= leastFill * wide * high;
}

function isBook(pieces: readonly Group[]): boolean {
  const [a, b] = pieces.toSorted((one, other) => one.left - other.left);
  if (pieces.length !== 2 || a === undefined || b === undefined) return false;
  const heights = [a.bottom - a.top, b.bottom - b.top];
  return (
    Math.min(...heights) >= shortestBookMm &&
    Math.min(...heights) >= 0.93 * Math.max(...heights) &&
    Math.abs(a.top - b.top) < 8 &&
    b.left - a.right < mostGutterMm
  );
}

function grown({ left, top, right, bottom }: Box, columns: number, rows: number): Box {
  return {
    left: Math.max(0, left - marginMm),
    top: Math.max(0, top - marginMm),
    right: Math.min(columns, right + marginMm),
    bottom: Math.min(rows, bottom + marginMm),
  };
}

function overlaps(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** Rows from the top, each from the left: what begins above the first piece's middle stands in its row. */
function inReadingOrder(boxes: readonly Box[]): readonly Box[] {
  const rest = boxes.toSorted((a, b) => a.top - b.top);
  const ordered: Box[] = [];
  for (let first = rest[0]; first !== undefined; first = rest[0]) {
    const middle = (first.top + first.bottom) / 2;
    const row = rest.filter((box) => box.top < middle);
    ordered.push(...row.toSorted((a, b) => a.left - b.left));
    rest.splice(0, row.length);
  }
  return ordered;
}

function cutOut(page: RawPage, box: Box): Piece {
  const pixelsPerMm = page.dpi / mmPerInch;
  // Whole bytes of a capture of one bit.
  const left = Math.floor((box.left * pixelsPerMm) / 8) * 8;
  const top = Math.floor(box.top * pixelsPerMm);
  const widthPixels = Math.min(page.widthPixels, Math.ceil(box.right * pixelsPerMm)) - left;
  const heightPixels = Math.min(page.heightPixels, Math.ceil(box.bottom * pixelsPerMm)) - top;
  const bytesOf = (pixels: number): number =>
    page.colorMode === 'bitonal' ? Math.ceil(pixels / 8) : pixels * (page.colorMode === 'color' ? 3 : 1);
  const [stride, start, length] = [bytesOf(page.widthPixels), bytesOf(left), bytesOf(widthPixels)];
  const samples = new Uint8Array(length * heightPixels);
  for (let y = 0; y < heightPixels; y += 1) {
    const from = (top + y) * stride + start;
    samples.set(page.samples.subarray(from, from + length), y * length);
  }
  const sha256 = createHash('sha256').update(samples).digest('hex');
  return {
    page: { ...page, widthPixels, heightPixels, samples, sha256 },
    operation: { name: 'cutOut', parameters: { left, top, widthPixels, heightPixels, captureSha256: page.sha256 } },
  };
}
