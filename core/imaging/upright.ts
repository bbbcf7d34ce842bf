import type { Component } from './components.ts';
import { findInkComponents } from './components.ts';
import type { InkMask } from './ink.ts';
import { quarterTurnBack, withoutRules } from './ink.ts';
import type { Kernels } from './kernels/kernels.ts';

export type Upright = Readonly<{
  /** How often the page lies turned clockwise by 90°. */
  quarterTurns: 0 | 1 | 2 | 3;
  isSure: boolean;
  /** Votes of pairs of neighbouring letters, for the record of a doubtful page. */
  votes: Readonly<{ across: number; down: number; headUp: number; headDown: number }>;
}>;

type Letters = Readonly<{
  list: readonly Component[];
  /** What lies within reach of a piece; good until it is asked again. */
  near: (component: Component, reach: number) => readonly Component[];
}>;

const fewestLetters = 12;
/** Of all votes. */
const clearWithMarks = 0.12;
/** Where letters have no marks they may be Hebrew or Armenian, which have more strokes below the lines: 0.3 the wrong way. */
const clearWithoutMarks = 0.35;

/**
 * How the text lies. Its axis: a letter's nearest neighbour stands beside it, not below. Its head: Latin script has more
 * strokes above the lines' bodies (b, d, f, h, l, t, capitals, figures) than below (g, j, p, q, y), its points and commas
 * stand on the line, and its dots and accents above the letter.
 * @param ink about 150 dots per inch, inside of the paper
 * @param lines how clearly the ink falls into lines in either direction (`TextSkew.score`)
 */
export function findUpright(
  kernels: Kernels,
  ink: InkMask,
  lines: Readonly<{ across: number; down: number }>,
): Upright {
  const cleaned = withoutRules(kernels, ink);
  const letters = lettersOf(kernels, cleaned);
  const nothing = { across: 0, down: 0, headUp: 0, headDown: 0 };
  if (letters.list.length < fewestLetters) return { quarterTurns: 0, isSure: false, votes: nothing };
  const axis = voteAxis(letters);
  const runsDown = axis.down > axis.across;
  const view = runsDown ? lettersOf(kernels, quarterTurnBack(kernels, cleaned)) : letters;
  // Staves and drawings have columns of marks that lie closer than their rows; the letters of a ruled table are many more.
  // A few names that run down a map are no text of a page.
  const [withVotes, against] = runsDown ? [lines.down, lines.across] : [lines.across, lines.down];
  const share = withVotes < 0.5 * against ? clearAxis.share : 1.6;
  const more = withVotes < against ? clearAxis.more : 6;
  const isAxisSure = isAxis(axis, { share, more });
  const marks = voteMarks(view);
  const areMarksClear = isMarkClear(marks);
  const head = areMarksClear ? marks : sum(marks, voteHead(view));
  const total = head.headUp + head.headDown;
  const clear = hasMarks(marks, view) ? clearWithMarks : clearWithoutMarks;
  const isHeadSure =
    areMarksClear ||
    (!doMarksObject(marks, head) &&
      Math.abs(head.headUp - head.headDown) >= Math.max(5, clear * total, 2.2 * Math.sqrt(total)));
  const isHeadUp = head.headUp >= head.headDown;
  const isSure = isAxisSure && isHeadSure;
  const votes = { ...axis, ...head };
  // Capitals alone do not tell head from foot: lines that run across stay as they are, others are at least laid across. The
  // few letters of a handwritten note, or the bars of a code, are no lines for that.
  const isTextDown = isAxisSure && runsDown && (isAxis(axis, clearAxis) || axis.down - axis.across >= lettersOfPage);
  if (!isSure && !isTextDown) return { quarterTurns: 0, isSure, votes };
  return { quarterTurns: runsDown ? (isHeadUp ? 1 : 3) : isHeadUp ? 0 : 2, isSure, votes };
}

/** How many times as many votes one axis has as the other, and how many more: what one needs that nothing else supports. */
const clearAxis = { share: 6, more: 12 };
/** A page of text has more, a note of some words in handwriting less. */
const lettersOfPage = 100;

function isAxis(
  { across, down }: Readonly<{ across: number; down: number }>,
  { share, more }: typeof clearAxis,
): boolean {
  return Math.max(across, down) >= share * Math.min(across, down) + more;
}

/** Pieces as large as letters (0.25 to 9 mm), with a grid to ask for neighbours. */
function lettersOf(kernels: Kernels, ink: InkMask): Letters {
  const mm = ink.pixelsPerMm;
  const list = findInkComponents(kernels, ink, 3).filter((piece) => {
    const longest = Math.max(width(piece), height(piece));
    return longest >= 0.25 * mm && longest <= 9 * mm;
  });
  const cell = Math.ceil(4 * mm);
  const columns = Math.ceil(ink.width / cell) + 1;
  const rows = Math.ceil(ink.height / cell) + 1;
  const grid = Array.from({ length: columns * rows }, () => [] as number[]);
  list.forEach((piece, index) => {
    for (let cy = Math.floor(piece.top / cell); cy <= Math.floor(piece.bottom / cell); cy += 1)
      for (let cx = Math.floor(piece.left / cell); cx <= Math.floor(piece.right / cell); cx += 1)
        grid[cy * columns + cx]!.push(index);
  });
  // A piece lies in several cells and is told once; the list is the same one each time, because this is asked for each letter.
  const seenBy = new Int32Array(list.length);
  const found: Component[] = [];
  let question = 0;
  const near = (piece: Component, reach: number): readonly Component[] => {
    found.length = 0;
    question += 1;
    const last = Math.min(rows - 1, Math.floor((piece.bottom + reach) / cell));
    const right = Math.min(columns - 1, Math.floor((piece.right + reach) / cell));
    for (let cy = Math.max(0, Math.floor((piece.top - reach) / cell)); cy <= last; cy += 1) {
      for (let cx = Math.max(0, Math.floor((piece.left - reach) / cell)); cx <= right; cx += 1) {
        for (const index of grid[cy * columns + cx]!) {
          if (seenBy[index] === question) continue;
          seenBy[index] = question;
          const other = list[index]!;
          if (other !== piece) found.push(other);
        }
      }
    }
    return found;
  };
  return { list, near };
}

const width = (piece: Component): number => piece.right - piece.left;
const height = (piece: Component): number => piece.bottom - piece.top;
const overlap = (a0: number, a1: number, b0: number, b1: number): number => Math.min(a1, b1) - Math.max(a0, b0);

function voteAxis(letters: Letters): Readonly<{ across: number; down: number }> {
  let across = 0;
  let down = 0;
  for (const piece of letters.list) {
    const size = Math.max(width(piece), height(piece));
    let beside = Number.POSITIVE_INFINITY;
    let below = Number.POSITIVE_INFINITY;
    for (const other of letters.near(piece, 1.5 * size)) {
      const otherSize = Math.max(width(other), height(other));
      if (otherSize > 2.2 * size || size > 2.2 * otherSize) continue;
      if (overlap(piece.top, piece.bottom, other.top, other.bottom) >= 0.5 * Math.min(height(piece), height(other)))
        beside = Math.min(beside, Math.max(other.left - piece.right, piece.left - other.right));
      if (overlap(piece.left, piece.right, other.left, other.right) >= 0.5 * Math.min(width(piece), width(other)))
        below = Math.min(below, Math.max(other.top - piece.bottom, piece.top - other.bottom));
    }
    // A neighbour far away says nothing: letters of a word stand closer than half their size.
    if (Math.min(beside, below) > 0.5 * size) continue;
    if (beside < 0.6 * below) across += 1;
    else if (below < 0.6 * beside) down += 1;
  }
  return { across, down };
}

type Head = Readonly<{ headUp: number; headDown: number }>;

/**
 * Marks decide alone where they are more than chance would give (2.9 times the spread of as many coins): in every script that
 * has them they stand over the letters more often than under, while Cyrillic and Greek have more strokes below the lines.
 */
function isMarkClear({ headUp, headDown }: Head): boolean {
  return Math.abs(headUp - headDown) >= Math.max(8, 2.9 * Math.sqrt(headUp + headDown));
}

/** Marks too few to decide, but not by chance on the other side. */
function doMarksObject(marks: Head, head: Head): boolean {
  const against = head.headUp >= head.headDown ? marks.headDown - marks.headUp : marks.headUp - marks.headDown;
  return against >= Math.max(3, 1.7 * Math.sqrt(marks.headUp + marks.headDown));
}

/** Lower-case Latin has 3 to 10 marks to a hundred letters; Hebrew, Armenian and Georgian have none. */
function hasMarks({ headUp, headDown }: Head, letters: Letters): boolean {
  return headUp + headDown >= Math.max(3, 0.015 * letters.list.length);
}

function sum(a: Head, b: Head): Head {
  return { headUp: a.headUp + b.headUp, headDown: a.headDown + b.headDown };
}

/** A tilde is three times as wide as high; what is left of a rule under the letters is wider. */
const flattestMark = 3.5;

/**
 * Dots and accents: small pieces that stand over, or under, one letter and no other; a row of dots or dashes is a rule, also one
 * that climbs by its own thickness from dash to dash.
 */
function voteMarks(letters: Letters): Head {
  let headUp = 0;
  let headDown = 0;
  for (const mark of letters.list) {
    if (width(mark) > flattestMark * height(mark)) continue;
    const centre = (mark.left + mark.right) / 2;
    const size = Math.max(width(mark), height(mark));
    let toLetterBelow = Number.POSITIVE_INFINITY;
    let toLetterAbove = Number.POSITIVE_INFINITY;
    let isInRow = false;
    for (const other of letters.near(mark, 4 * size)) {
      if (height(other) < 2.2 * height(mark)) {
        const level = overlap(mark.top, mark.bottom, other.top, other.bottom);
        const gap = Math.max(other.left - mark.right, mark.left - other.right);
        isInRow ||= height(other) < 2 * height(mark) && level >= -height(mark) && gap < 3 * size;
        continue;
      }
      if (centre < other.left || centre > other.right || width(mark) > width(other) + 1) continue;
      const reach = 0.5 * height(other);
      const [under, over] = [other.top - mark.bottom, mark.top - other.bottom];
      if (under >= 0 && under <= reach) toLetterBelow = Math.min(toLetterBelow, under);
      if (over >= 0 && over <= reach) toLetterAbove = Math.min(toLetterAbove, over);
    }
    if (isInRow) continue;
    if (toLetterBelow < 0.5 * toLetterAbove) headUp += 1;
    else if (toLetterAbove < 0.5 * toLetterBelow) headDown += 1;
  }
  return { headUp, headDown };
}

/** Compares each letter with the next to its right; the page's text runs across in this view. */
function voteHead(letters: Letters): Head {
  let headUp = 0;
  let headDown = 0;
  for (const piece of letters.list) {
    const near = letters.near(piece, 1.2 * height(piece));
    const next = rightNeighbour(piece, near);
    if (next === null) continue;
    const taller = Math.max(height(piece), height(next));
    const shorter = Math.min(height(piece), height(next));
    const byTop = Math.abs(piece.top - next.top) / taller;
    const byBottom = Math.abs(piece.bottom - next.bottom) / taller;
    if (shorter >= 0.5 * taller) {
      if (byBottom < 0.12 && byTop > 0.18 && byTop < 0.5) headUp += 1;
      else if (byTop < 0.12 && byBottom > 0.18 && byBottom < 0.5) headDown += 1;
      continue;
    }
    if (shorter > 0.45 * taller || taller < 6) continue;
    const small = height(piece) < height(next) ? piece : next;
    const large = small === piece ? next : piece;
    // The dot of an i has its stem above or below; a full stop stands alone.
    const isAlone = !near.some(
      (other) => other !== large && overlap(other.left, other.right, small.left, small.right) > 0,
    );
    if (!isAlone || width(small) > 0.6 * taller) continue;
    const centre = (small.top + small.bottom) / 2;
    if (centre > large.bottom - 0.25 * taller && centre < large.bottom + 0.25 * taller) headUp += 1;
    else if (centre < large.top + 0.25 * taller && centre > large.top - 0.25 * taller) headDown += 1;
  }
  return { headUp, headDown };
}

function rightNeighbour(piece: Component, near: readonly Component[]): Component | null {
  let best: Component | null = null;
  let bestGap = Number.POSITIVE_INFINITY;
  for (const other of near) {
    const gap = other.left - piece.right;
    if (other.left <= piece.left || gap > 0.7 * Math.max(height(piece), height(other)) || gap >= bestGap) continue;
    if (overlap(piece.top, piece.bottom, other.top, other.bottom) < 0.2 * Math.min(height(piece), height(other)))
      continue;
    best = other;
    bestGap = gap;
  }
  return best;
}
