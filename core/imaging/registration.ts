/** Darkness of a page, 0 to 255, row by row. */
export type Plane = Readonly<{ data: Uint8Array; width: number; height: number }>;

/** x' = a·x + b·y + c, y' = d·x + e·y + f: from the paper's pixels to the other image's. */
export type Affine = Readonly<{ a: number; b: number; c: number; d: number; e: number; f: number }>;

export type Registration = Readonly<{
  map: Affine;
  /** Correlation of the two once they lie on each other, at about 75 dpi: of the same page 0.5 and more. */
  likeness: number;
}>;

/** Square blocks of the paper whose place in the other image is looked for one by one. */
const blockPixels = 160;
const mostBlocks = 60;
const fewestBlocks = 4;
/** Below this a block was not found: a strange place says nothing of where the page lies. */
const leastLikeness = 0.35;

/**
 * Lays another image of a page on the paper's: scale and place by trial from coarse to fine, and then by where its blocks
 * are found. Undoes scale, shift and small turns; not quarter turns, not the perspective of a photograph.
 * @param paper the page at about 150 dpi
 * @param other the other image, about as large
 * @param scales pixels of the other image for one of the paper's, as its size and resolution make likely
 */
export function register(paper: Plane, other: Plane, scales: readonly number[]): Registration {
  let map = findRoughly(paper, other, scales);
  for (const factor of [8, 4, 2, 1]) {
    const small = { paper: shrink(paper, factor), other: shrink(other, factor) };
    let best = likenessOf(small.paper, small.other, atScale(map, factor));
    // Lines of text are like each other: blocks may all be found in a wrong place, and the page tells.
    for (let pass = 0; pass < 3; pass += 1) {
      const refined = refine(small.paper, small.other, map, factor, factor === 8 ? 3 : 2);
      const likeness = refined === null ? 0 : likenessOf(small.paper, small.other, atScale(refined, factor));
      if (refined === null || likeness <= best) break;
      map = refined;
      best = likeness;
    }
  }
  return { map, likeness: likenessOf(shrink(paper, 2), shrink(other, 2), atScale(map, 2)) };
}

function likenessOf(paper: Plane, other: Plane, map: Affine): number {
  return correlate(paper, warp(other, paper, map), 0, 0, whole(paper));
}

/** `other` as it lies on a page of this size; what is outside of it is `outside`. */
export function warp(other: Plane, size: Readonly<{ width: number; height: number }>, map: Affine, outside = 0): Plane {
  const { width, height } = size;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const u = map.a * (x + 0.5) + map.b * (y + 0.5) + map.c - 0.5;
      const v = map.d * (x + 0.5) + map.e * (y + 0.5) + map.f - 0.5;
      data[y * width + x] = sample(other, u, v, outside);
    }
  }
  return { data, width, height };
}

const localPixels = 80;
const localRadius = 3;

/**
 * `other` on the paper, block by block where each fits best, half a millimetre at most: no two devices draw a sheet through at
 * quite the same speed.
 */
export function warpLocally(paper: Plane, other: Plane, map: Affine): Plane {
  const { width, height } = paper;
  const laid = warp(other, paper, map);
  const columns = Math.ceil(width / localPixels);
  const rows = Math.ceil(height / localPixels);
  const shifts = Array.from({ length: columns * rows }, (_, index) => {
    const left = (index % columns) * localPixels;
    const top = Math.floor(index / columns) * localPixels;
    const box = {
      left,
      top,
      right: Math.min(width, left + localPixels),
      bottom: Math.min(height, top + localPixels),
    };
    return findBlock(paper, laid, box, localRadius) ?? { dx: 0, dy: 0 };
  });
  const shiftAt = (column: number, row: number): Readonly<{ dx: number; dy: number }> =>
    shifts[Math.min(rows - 1, Math.max(0, row)) * columns + Math.min(columns - 1, Math.max(0, column))]!;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const down = y / localPixels - 0.5;
    const row = Math.floor(down);
    const v = down - row;
    for (let x = 0; x < width; x += 1) {
      const across = x / localPixels - 0.5;
      const column = Math.floor(across);
      const u = across - column;
      const a = shiftAt(column, row);
      const b = shiftAt(column + 1, row);
      const c = shiftAt(column, row + 1);
      const d = shiftAt(column + 1, row + 1);
      const dx = (a.dx * (1 - u) + b.dx * u) * (1 - v) + (c.dx * (1 - u) + d.dx * u) * v;
      const dy = (a.dy * (1 - u) + b.dy * u) * (1 - v) + (c.dy * (1 - u) + d.dy * u) * v;
      data[y * width + x] = sample(laid, x + dx, y + dy, 0);
    }
  }
  return { data, width, height };
}

export function applyAffine(map: Affine, x: number, y: number): Readonly<{ x: number; y: number }> {
  return { x: map.a * x + map.b * y + map.c, y: map.d * x + map.e * y + map.f };
}

export function inverse({ a, b, c, d, e, f }: Affine): Affine {
  const det = a * e - b * d;
  return { a: e / det, b: -b / det, c: (b * f - e * c) / det, d: -d / det, e: a / det, f: (d * c - a * f) / det };
}

function sample({ data, width, height }: Plane, u: number, v: number, outside: number): number {
  const x = Math.floor(u);
  const y = Math.floor(v);
  if (x < -1 || y < -1 || x >= width || y >= height) return outside;
  const at = (px: number, py: number): number =>
    data[Math.min(height - 1, Math.max(0, py)) * width + Math.min(width - 1, Math.max(0, px))]!;
  const dx = u - x;
  const dy = v - y;
  const top = at(x, y) * (1 - dx) + at(x + 1, y) * dx;
  const bottom = at(x, y + 1) * (1 - dx) + at(x + 1, y + 1) * dx;
  return top * (1 - dy) + bottom * dy;
}

function shrink({ data, width, height }: Plane, factor: number): Plane {
  if (factor === 1) return { data, width, height };
  const w = Math.max(1, Math.floor(width / factor));
  const h = Math.max(1, Math.floor(height / factor));
  const small = new Uint8Array(w * h);
  for (let y = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1) {
      let sum = 0;
      for (let dy = 0; dy < factor && y * factor + dy < height; dy += 1) {
        const row = (y * factor + dy) * width + x * factor;
        for (let dx = 0; dx < factor; dx += 1) sum += data[row + dx]!;
      }
      small[y * w + x] = sum / factor ** 2;
    }
  }
  return { data: small, width: w, height: h };
}

function atScale(map: Affine, factor: number): Affine {
  return { ...map, c: map.c / factor, f: map.f / factor };
}

type Box = Readonly<{ left: number; top: number; right: number; bottom: number }>;

function whole({ width, height }: Plane): Box {
  return { left: 0, top: 0, right: width, bottom: height };
}

/** Correlation within a box, `b` shifted; 0 where one of the two is even. */
function correlate(a: Plane, b: Plane, shiftX: number, shiftY: number, box: Box): number {
  let n = 0;
  let sumA = 0;
  let sumB = 0;
  let aa = 0;
  let bb = 0;
  let ab = 0;
  for (let y = box.top; y < box.bottom; y += 1) {
    const by = y + shiftY;
    for (let x = box.left; x < box.right; x += 1) {
      const bx = x + shiftX;
      const p = a.data[y * a.width + x]!;
      const q = bx < 0 || by < 0 || bx >= b.width || by >= b.height ? 0 : b.data[by * b.width + bx]!;
      n += 1;
      sumA += p;
      sumB += q;
      aa += p * p;
      bb += q * q;
      ab += p * q;
    }
  }
  const spread = (aa - (sumA * sumA) / n) * (bb - (sumB * sumB) / n);
  return spread <= 0 ? 0 : (ab - (sumA * sumB) / n) / Math.sqrt(spread);
}

const coarseFactor = 16;
const mostShift = 10;

function findRoughly(paper: Plane, other: Plane, scales: readonly number[]): Affine {
  const coarse = shrink(paper, coarseFactor);
  const small = shrink(other, coarseFactor);
  let best = { score: Number.NEGATIVE_INFINITY, map: centred(paper, other, scales[0] ?? 1, 0, 0) };
  for (const scale of scales) {
    for (const change of [0.98, 0.99, 1, 1.01, 1.02]) {
      const map = centred(paper, other, scale * change, 0, 0);
      const laid = warp(small, coarse, atScale(map, coarseFactor));
      for (let dy = -mostShift; dy <= mostShift; dy += 1) {
        for (let dx = -mostShift; dx <= mostShift; dx += 1) {
          const score = correlate(coarse, laid, dx, dy, whole(coarse));
          if (score > best.score)
            best = { score, map: centred(paper, other, scale * change, dx * coarseFactor, dy * coarseFactor) };
        }
      }
    }
  }
  return best.map;
}

/** Middle on middle, moved by so many pixels of the paper. */
function centred(paper: Plane, other: Plane, scale: number, dx: number, dy: number): Affine {
  return {
    a: scale,
    b: 0,
    c: other.width / 2 - scale * (paper.width / 2 - dx),
    d: 0,
    e: scale,
    f: other.height / 2 - scale * (paper.height / 2 - dy),
  };
}

type Match = Readonly<{ x: number; y: number; dx: number; dy: number }>;

/** Where each block with ink is found now, and the map that brings all of them home; null when too few are. */
function refine(paper: Plane, other: Plane, map: Affine, factor: number, radius: number): Affine | null {
  const laid = warp(other, paper, atScale(map, factor));
  const matches: Match[] = [];
  for (const box of blocksOf(paper, Math.max(20, Math.round(blockPixels / factor)))) {
    const match = findBlock(paper, laid, box, radius);
    if (match !== null) matches.push(match);
  }
  const change = fit(matches);
  if (change === null) return null;
  // The paper's pixel is found where the change leads; from there the map of before goes on.
  const scaled: Affine = { ...change, c: change.c * factor, f: change.f * factor };
  const { a, b, c, d, e, f } = map;
  return {
    a: a * scaled.a + b * scaled.d,
    b: a * scaled.b + b * scaled.e,
    c: a * scaled.c + b * scaled.f + c,
    d: d * scaled.a + e * scaled.d,
    e: d * scaled.b + e * scaled.e,
    f: d * scaled.c + e * scaled.f + f,
  };
}

/** Those with the most ink. */
function blocksOf({ data, width, height }: Plane, size: number): readonly Box[] {
  const boxes: { box: Box; ink: number }[] = [];
  for (let top = 0; top + size <= height; top += size) {
    for (let left = 0; left + size <= width; left += size) {
      let ink = 0;
      for (let y = top; y < top + size; y += 1)
        for (let x = left; x < left + size; x += 1) if (data[y * width + x]! > 24) ink += 1;
      if (ink > size) boxes.push({ box: { left, top, right: left + size, bottom: top + size }, ink });
    }
  }
  return boxes
    .toSorted((one, two) => two.ink - one.ink)
    .slice(0, mostBlocks)
    .map(({ box }) => box);
}

function findBlock(paper: Plane, laid: Plane, box: Box, radius: number): Match | null {
  const side = 2 * radius + 1;
  const scores = new Float64Array(side * side);
  let best = 0;
  for (let dy = -radius; dy <= radius; dy += 1) {
    for (let dx = -radius; dx <= radius; dx += 1) {
      const index = (dy + radius) * side + dx + radius;
      scores[index] = correlate(paper, laid, dx, dy, box);
      if (scores[index] > scores[best]!) best = index;
    }
  }
  if (scores[best]! < leastLikeness) return null;
  const column = best % side;
  const row = (best - column) / side;
  const peak = (before: number | undefined, here: number, after: number | undefined): number => {
    if (before === undefined || after === undefined) return 0;
    const bend = before + after - 2 * here;
    return bend >= 0 ? 0 : (before - after) / (2 * bend);
  };
  const here = scores[best]!;
  const fractionX = column === 0 || column === side - 1 ? 0 : peak(scores[best - 1], here, scores[best + 1]);
  const fractionY = row === 0 || row === side - 1 ? 0 : peak(scores[best - side], here, scores[best + side]);
  return {
    x: (box.left + box.right) / 2,
    y: (box.top + box.bottom) / 2,
    dx: column - radius + fractionX,
    dy: row - radius + fractionY,
  };
}

/** Least squares; a second time without what lies far off. With few blocks, or all in one row, a shift. */
function fit(matches: readonly Match[]): Affine | null {
  if (matches.length < fewestBlocks) return null;
  const first = leastSquares(matches);
  const offs = matches.map((match) => offOf(first, match));
  const limit = 2 * (offs.toSorted((one, two) => one - two)[Math.floor(offs.length / 2)] ?? 0) + 0.3;
  const near = matches.filter((_, index) => offs[index]! <= limit);
  return near.length < fewestBlocks ? first : leastSquares(near);
}

function offOf(map: Affine, { x, y, dx, dy }: Match): number {
  const to = applyAffine(map, x, y);
  return Math.hypot(to.x - x - dx, to.y - y - dy);
}

function leastSquares(matches: readonly Match[]): Affine {
  const n = matches.length;
  const mean = (value: (match: Match) => number): number => matches.reduce((sum, match) => sum + value(match), 0) / n;
  const mx = mean(({ x }) => x);
  const my = mean(({ y }) => y);
  const mdx = mean(({ dx }) => dx);
  const mdy = mean(({ dy }) => dy);
  const xx = mean(({ x }) => (x - mx) ** 2);
  const yy = mean(({ y }) => (y - my) ** 2);
  const xy = mean(({ x, y }) => (x - mx) * (y - my));
  const det = xx * yy - xy * xy;
  if (det < 1e-6 * (xx + yy + 1) ** 2) return { a: 1, b: 0, c: mdx, d: 0, e: 1, f: mdy };
  const solve = (value: (match: Match) => number): Readonly<{ byX: number; byY: number }> => {
    const vx = mean((match) => value(match) * (match.x - mx));
    const vy = mean((match) => value(match) * (match.y - my));
    return { byX: (vx * yy - vy * xy) / det, byY: (vy * xx - vx * xy) / det };
  };
  const across = solve(({ dx }) => dx);
  const down = solve(({ dy }) => dy);
  return {
    a: 1 + across.byX,
    b: across.byY,
    c: mdx - across.byX * mx - across.byY * my,
    d: down.byX,
    e: 1 + down.byY,
    f: mdy - down.byX * mx - down.byY * my,
  };
}
