import type { DifferingTiles } from './copy-comparison.ts';
import type { Plane } from './registration.ts';

/** About a figure of 10-point type, at 150 dpi. */
const windowWidth = 8;
const windowHeight = 12;
const step = 2;
/** Pixels along the edge, where shadows lie. */
const edge = 12;
/** Of a window's pixels on average: less has no shape. */
const leastDarkness = 12;
/** The two differ by so much of their ink: the same print stays below 0.42, another figure lies above 0.7. */
const mostDifference = 0.55;
/** Side of the blocks in which one print may be darker than on the rest of its page. */
const gainPixels = 80;
/** Darkness that a pixel of a block has on average where its own ink says as much of its print as the page's. */
const gainDarkness = 10;
/** One has so much more ink than the other that it is not another shape but one more. */
const muchMore = 1.5;

/**
 * Tiles where two prints show other shapes, window by window: a figure in the place of another leaves too little ink uncovered
 * to be seen by where ink is and is not.
 * @param paper darkness at about 150 dpi
 * @param file the same, laid on the paper
 * @param tile side of a tile in pixels
 */
export function findOtherShapes(paper: Plane, file: Plane, tile: number): DifferingTiles {
  const { width, height } = paper;
  const columns = Math.ceil(width / tile);
  const missing = new Uint8Array(columns * Math.ceil(height / tile));
  const added = new Uint8Array(missing.length);
  const a = softened(paper);
  const b = evened(a, softened(file), width, height);
  const ink = sums(width, height, (i) => a[i]! + b[i]!);
  const apart = sums(width, height, (i) => Math.abs(a[i]! - b[i]!));
  for (let y = edge; y + windowHeight + edge < height; y += step) {
    for (let x = edge; x + windowWidth + edge < width; x += step) {
      const mean = boxOf(ink, width, x, y) / 2;
      if (mean < windowWidth * windowHeight * leastDarkness) continue;
      if (boxOf(apart, width, x, y) < mostDifference * mean) continue;
      if (leastApart(a, b, width, x, y) < mostDifference * mean) continue;
      const [inA, inB] = [inkIn(a, width, x, y), inkIn(b, width, x, y)];
      const cell = Math.floor((y + windowHeight / 2) / tile) * columns + Math.floor((x + windowWidth / 2) / tile);
      if (inB > muchMore * inA) added[cell] = 1;
      else missing[cell] = 1;
    }
  }
  return { missing, added };
}

/** What a threshold or a printer's dots make of an edge evens out. */
function softened({ data, width, height }: Plane): Float32Array {
  const soft = new Float32Array(data.length);
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const i = y * width + x;
      const row = (at: number): number => data[at - 1]! + 2 * data[at]! + data[at + 1]!;
      soft[i] = (row(i - width) + 2 * row(i) + row(i + width)) / 16;
    }
  }
  return soft;
}

/** `file` as dark as `paper`: the page as a whole, and each block as far as its ink tells. */
function evened(paper: Float32Array, file: Float32Array, width: number, height: number): Float32Array {
  const even = new Float32Array(file.length);
  const all =
    paper.reduce((sum, value) => sum + value, 0) /
    Math.max(
      1,
      file.reduce((sum, value) => sum + value, 0),
    );
  for (let top = 0; top < height; top += gainPixels) {
    for (let left = 0; left < width; left += gainPixels) {
      const bottom = Math.min(height, top + gainPixels);
      const right = Math.min(width, left + gainPixels);
      const prior = gainDarkness * (bottom - top) * (right - left);
      let [ofPaper, ofFile] = [prior * all, prior];
      for (let y = top; y < bottom; y += 1) {
        for (let x = left; x < right; x += 1) {
          ofPaper += paper[y * width + x]!;
          ofFile += file[y * width + x]!;
        }
      }
      const gain = ofPaper / ofFile;
      for (let y = top; y < bottom; y += 1)
        for (let x = left; x < right; x += 1) even[y * width + x] = Math.min(255, file[y * width + x]! * gain);
    }
  }
  return even;
}

/** Sums from the upper left corner, one row and one column more than the page. */
function sums(width: number, height: number, valueAt: (index: number) => number): Float64Array {
  const integral = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y += 1) {
    let row = 0;
    for (let x = 0; x < width; x += 1) {
      row += valueAt(y * width + x);
      integral[(y + 1) * (width + 1) + x + 1] = integral[y * (width + 1) + x + 1]! + row;
    }
  }
  return integral;
}

function boxOf(integral: Float64Array, width: number, x: number, y: number): number {
  const top = y * (width + 1) + x;
  const bottom = top + windowHeight * (width + 1);
  return integral[bottom + windowWidth]! - integral[bottom]! - integral[top + windowWidth]! + integral[top]!;
}

/** With `b` where it fits best, a pixel away at most. */
function leastApart(a: Float32Array, b: Float32Array, width: number, x: number, y: number): number {
  let least = Infinity;
  for (let dy = -1; dy <= 1; dy += 1) {
    for (let dx = -1; dx <= 1; dx += 1) {
      let sum = 0;
      for (let v = y; v < y + windowHeight; v += 1)
        for (let i = v * width + x, end = i + windowWidth; i < end; i += 1)
          sum += Math.abs(a[i]! - b[i + dy * width + dx]!);
      least = Math.min(least, sum);
    }
  }
  return least;
}

function inkIn(plane: Float32Array, width: number, x: number, y: number): number {
  let sum = 0;
  for (let v = y; v < y + windowHeight; v += 1)
    for (let u = x; u < x + windowWidth; u += 1) sum += plane[v * width + u]!;
  return sum;
}
