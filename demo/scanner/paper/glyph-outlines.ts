/** Moves one point of an outline; coordinates in the units of the caller. */
export type PointTransform = (x: number, y: number) => readonly [number, number];

export type OutlineFont = Readonly<{
  /** Advance of a text in em. */
  widthOf(text: string): number;
  advanceOf(character: string): number;
  /** SVG path of one character at the origin, in em with y upwards, through `transform`. */
  pathOf(character: string, transform: PointTransform): string;
}>;

type Point = Readonly<{ x: number; y: number; isOnCurve: boolean }>;
type Contour = readonly Point[];

/**
 * Reads glyph outlines from a TrueType file. The demonstration's paper is drawn with these and never with the fonts
 * of the machine: a page is the same everywhere, also where no font is installed.
 */
export function readOutlineFont(file: Uint8Array): OutlineFont {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const tables = new Map<string, number>();
  for (let i = 0; i < view.getUint16(4); i += 1) {
    const entry = 12 + 16 * i;
    tables.set(String.fromCharCode(...file.subarray(entry, entry + 4)), view.getUint32(entry + 8));
  }
  const at = (tag: string): number => {
    const offset = tables.get(tag);
    if (offset === undefined) throw new Error(`font without ${tag}`);
    return offset;
  };
  const [head, hhea, hmtx, loca, glyf] = [at('head'), at('hhea'), at('hmtx'), at('loca'), at('glyf')];
  const unitsPerEm = view.getUint16(head + 18);
  const hasLongOffsets = view.getInt16(head + 50) === 1;
  const metricCount = view.getUint16(hhea + 34);
  const glyphOf = readCharacterMap(view, at('cmap'));

  function glyphOffset(glyph: number): number {
    return hasLongOffsets ? view.getUint32(loca + 4 * glyph) : 2 * view.getUint16(loca + 2 * glyph);
  }

  function contoursOf(glyph: number): readonly Contour[] {
    const start = glyf + glyphOffset(glyph);
    if (glyphOffset(glyph) === glyphOffset(glyph + 1)) return [];
    return view.getInt16(start) >= 0 ? readSimple(view, start) : readComposite(view, start, contoursOf);
  }

  const advance = (character: string): number => {
    const glyph = glyphOf(character.codePointAt(0) ?? 0);
    return view.getUint16(hmtx + 4 * Math.min(glyph, metricCount - 1)) / unitsPerEm;
  };
  return {
    advanceOf: advance,
    widthOf: (text) => [...text].reduce((width, character) => width + advance(character), 0),
    pathOf(character, transform) {
      const contours = contoursOf(glyphOf(character.codePointAt(0) ?? 0));
      return contours
        .map((contour) => contourPath(contour, (x, y) => transform(x / unitsPerEm, y / unitsPerEm)))
        .join('');
    },
  };
}

/** Format 4 of the Unicode map, which every font of resources/fonts has. */
function readCharacterMap(view: DataView, cmap: number): (codePoint: number) => number {
  for (let i = 0; i < view.getUint16(cmap + 2); i += 1) {
    const table = cmap + view.getUint32(cmap + 4 + 8 * i + 4);
    if (view.getUint16(table) !== 4) continue;
    const segments = view.getUint16(table + 6) / 2;
    return (codePoint) => {
      for (let segment = 0; segment < segments; segment += 1) {
        const end = view.getUint16(table + 14 + 2 * segment);
        const start = view.getUint16(table + 16 + 2 * (segments + segment));
        if (codePoint > end || codePoint < start) continue;
        const delta = view.getUint16(table + 16 + 2 * (2 * segments + segment));
        const rangeAt = table + 16 + 2 * (3 * segments + segment);
        const range = view.getUint16(rangeAt);
        if (range === 0) return (codePoint + delta) & 0xffff;
        const glyph = view.getUint16(rangeAt + range + 2 * (codePoint - start));
        return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
      }
      return 0;
    };
  }
  throw new Error('font without a format 4 map');
}

function readSimple(view: DataView, start: number): readonly Contour[] {
  const count = view.getInt16(start);
  const ends = Array.from({ length: count }, (_, i) => view.getUint16(start + 10 + 2 * i));
  const pointCount = (ends.at(-1) ?? -1) + 1;
  let at = start + 10 + 2 * count;
  at += 2 + view.getUint16(at);
  const flags: number[] = [];
  while (flags.length < pointCount) {
    const flag = view.getUint8(at++);
    const repeats = (flag & 8) === 0 ? 0 : view.getUint8(at++);
    for (let i = 0; i <= repeats; i += 1) flags.push(flag);
  }
  function readAxis(shortBit: number, sameBit: number): number[] {
    let value = 0;
    return flags.map((flag) => {
      if ((flag & shortBit) !== 0) value += (flag & sameBit) === 0 ? -view.getUint8(at++) : view.getUint8(at++);
      else if ((flag & sameBit) === 0) {
        value += view.getInt16(at);
        at += 2;
      }
      return value;
    });
  }
  const xs = readAxis(2, 16);
  const ys = readAxis(4, 32);
  const points = flags.map((flag, i) => ({ x: xs[i] ?? 0, y: ys[i] ?? 0, isOnCurve: (flag & 1) !== 0 }));
  return ends.map((end, i) => points.slice(i === 0 ? 0 : (ends[i - 1] ?? 0) + 1, end + 1));
}

function readComposite(
  view: DataView,
  start: number,
  contoursOf: (glyph: number) => readonly Contour[],
): readonly Contour[] {
  const contours: Contour[] = [];
  let at = start + 10;
  for (let flags = 0x20; (flags & 0x20) !== 0;) {
    flags = view.getUint16(at);
    const part = contoursOf(view.getUint16(at + 2));
    const hasWords = (flags & 1) !== 0;
    const dx = hasWords ? view.getInt16(at + 4) : view.getInt8(at + 4);
    const dy = hasWords ? view.getInt16(at + 6) : view.getInt8(at + 5);
    at += hasWords ? 8 : 6;
    const fixed = (offset: number): number => view.getInt16(at + offset) / 16_384;
    let [a, b, c, d] = [1, 0, 0, 1];
    if ((flags & 8) !== 0) [a, d, at] = [fixed(0), fixed(0), at + 2];
    else if ((flags & 0x40) !== 0) [a, d, at] = [fixed(0), fixed(2), at + 4];
    else if ((flags & 0x80) !== 0) [a, b, c, d, at] = [fixed(0), fixed(2), fixed(4), fixed(6), at + 8];
    for (const contour of part) {
      contours.push(
        contour.map(({ x, y, isOnCurve }) => ({ x: a * x + c * y + dx, y: b * x + d * y + dy, isOnCurve })),
      );
    }
  }
  return contours;
}

function contourPath(contour: Contour, transform: PointTransform): string {
  const first = contour[0];
  const last = contour.at(-1);
  if (first === undefined || last === undefined) return '';
  const middle = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, isOnCurve: true });
  const write = (point: Point): string =>
    transform(point.x, point.y)
      .map((value) => value.toFixed(3))
      .join(' ');
  const start = first.isOnCurve ? first : last.isOnCurve ? last : middle(first, last);
  let path = `M${write(start)}`;
  let control: Point | null = null;
  for (const point of [...contour.slice(first.isOnCurve ? 1 : 0), start]) {
    if (!point.isOnCurve) {
      // Two control points in a row imply a point of the curve half way.
      if (control !== null) path += `Q${write(control)} ${write(middle(control, point))}`;
      control = point;
    } else {
      path += control === null ? `L${write(point)}` : `Q${write(control)} ${write(point)}`;
      control = null;
    }
  }
  return `${path}Z`;
}
