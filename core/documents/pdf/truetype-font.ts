import { AppError } from '../../contract/errors.ts';

/** A TrueType font as the PDF writer needs it. Measures are in the font's own units (`unitsPerEm`). */
export type TrueTypeFont = Readonly<{
  postScriptName: string;
  unitsPerEm: number;
  ascent: number;
  descent: number;
  capHeight: number;
  boundingBox: readonly [number, number, number, number];
  isFixedPitch: boolean;
  weight: number;
  /** Glyph of a code point; 0 (.notdef) when the font has none. */
  glyphOf(codePoint: number): number;
  advanceOf(glyph: number): number;
  /** A font file that holds only these glyphs, under their same numbers. Deterministic. */
  subset(glyphs: Iterable<number>): Uint8Array;
}>;

type Tables = ReadonlyMap<string, DataView>;

// What a PDF reader needs to draw glyphs by number. `cmap`, `name`, `OS/2` and `post` are of no use to it.
const tablesOfSubset = ['cvt ', 'fpgm', 'glyf', 'head', 'hhea', 'hmtx', 'loca', 'maxp', 'prep'];

/** Reads a TrueType file with `glyf` outlines. Throws AppError `document.unreadable` on any other kind of font. */
export function parseTrueTypeFont(file: Uint8Array): TrueTypeFont {
  const tables = readDirectory(file);
  const head = table(tables, 'head');
  const hhea = table(tables, 'hhea');
  const os2 = table(tables, 'OS/2');
  const glyphCount = table(tables, 'maxp').getUint16(4);
  const metricCount = hhea.getUint16(34);
  const hmtx = table(tables, 'hmtx');
  const codePoints = readCharacterMap(table(tables, 'cmap'));
  return {
    postScriptName: readPostScriptName(table(tables, 'name')),
    unitsPerEm: head.getUint16(18),
    ascent: hhea.getInt16(4),
    descent: hhea.getInt16(6),
    capHeight: os2.getUint16(0) >= 2 ? os2.getInt16(88) : hhea.getInt16(4),
    boundingBox: [head.getInt16(36), head.getInt16(38), head.getInt16(40), head.getInt16(42)],
    isFixedPitch: table(tables, 'post').getUint32(12) !== 0,
    weight: os2.getUint16(4),
    glyphOf: (codePoint) => codePoints.get(codePoint) ?? 0,
    advanceOf: (glyph) => hmtx.getUint16(4 * Math.min(glyph, metricCount - 1)),
    subset: (glyphs) => subsetFont(tables, glyphCount, glyphs),
  };
}

function readDirectory(file: Uint8Array): Tables {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const version = view.getUint32(0);
  if (version !== 0x00010000 && version !== 0x74727565) throw new AppError('document.unreadable', { what: 'font' });
  const tables = new Map<string, DataView>();
  for (let index = 0; index < view.getUint16(4); index += 1) {
    const entry = 12 + 16 * index;
    const tag = String.fromCharCode(...file.subarray(entry, entry + 4));
    tables.set(tag, new DataView(file.buffer, file.byteOffset + view.getUint32(entry + 8), view.getUint32(entry + 12)));
  }
  return tables;
}

function table(tables: Tables, tag: string): DataView {
  const view = tables.get(tag);
  if (view === undefined) throw new AppError('document.unreadable', { what: `font table ${tag}` });
  return view;
}

function readPostScriptName(name: DataView): string {
  const strings = name.getUint16(4);
  for (let index = 0; index < name.getUint16(2); index += 1) {
    const entry = 6 + 12 * index;
    const isWindowsUnicode = name.getUint16(entry) === 3 && name.getUint16(entry + 2) === 1;
    if (!isWindowsUnicode || name.getUint16(entry + 6) !== 6) continue;
    let text = '';
    for (let at = 0; at < name.getUint16(entry + 8); at += 2) {
      text += String.fromCharCode(name.getUint16(strings + name.getUint16(entry + 10) + at));
    }
    return text;
  }
  throw new AppError('document.unreadable', { what: 'font name' });
}

function readCharacterMap(cmap: DataView): ReadonlyMap<number, number> {
  const glyphs = new Map<number, number>();
  for (let index = 0; index < cmap.getUint16(2); index += 1) {
    const platform = cmap.getUint16(4 + 8 * index);
    const offset = cmap.getUint32(8 + 8 * index);
    if (platform !== 0 && platform !== 3) continue;
    const format = cmap.getUint16(offset);
    if (format === 4) readSegments(cmap, offset, glyphs);
    if (format === 12) readGroups(cmap, offset, glyphs);
  }
  return glyphs;
}

function readSegments(cmap: DataView, offset: number, glyphs: Map<number, number>): void {
  const doubledCount = cmap.getUint16(offset + 6);
  for (let at = 0; at < doubledCount; at += 2) {
    const end = cmap.getUint16(offset + 14 + at);
    const start = cmap.getUint16(offset + 16 + doubledCount + at);
    const delta = cmap.getUint16(offset + 16 + 2 * doubledCount + at);
    const rangeAt = offset + 16 + 3 * doubledCount + at;
    const range = cmap.getUint16(rangeAt);
    for (let codePoint = start; codePoint <= end && codePoint !== 0xffff; codePoint += 1) {
      const raw = range === 0 ? codePoint : cmap.getUint16(rangeAt + range + 2 * (codePoint - start));
      if (raw !== 0 || range === 0) glyphs.set(codePoint, (raw + delta) & 0xffff);
    }
  }
}

function readGroups(cmap: DataView, offset: number, glyphs: Map<number, number>): void {
  for (let index = 0; index < cmap.getUint32(offset + 12); index += 1) {
    const group = offset + 16 + 12 * index;
    const start = cmap.getUint32(group);
    for (let codePoint = start; codePoint <= cmap.getUint32(group + 4); codePoint += 1) {
      glyphs.set(codePoint, cmap.getUint32(group + 8) + codePoint - start);
    }
  }
}

function subsetFont(tables: Tables, glyphCount: number, glyphs: Iterable<number>): Uint8Array {
  const kept = closeOverComposites(tables, glyphs);
  const locate = glyphLocator(tables);
  const glyf = table(tables, 'glyf');
  const outlines: Uint8Array[] = [];
  const loca = new DataView(new ArrayBuffer(4 * (glyphCount + 1)));
  const hmtx = new Uint8Array(table(tables, 'hmtx').byteLength);
  const sourceMetrics = bytesOf(table(tables, 'hmtx'));
  const metricCount = table(tables, 'hhea').getUint16(34);
  let length = 0;
  for (let glyph = 0; glyph < glyphCount; glyph += 1) {
    loca.setUint32(4 * glyph, length);
    if (!kept.has(glyph)) continue;
    const { start, end } = locate(glyph);
    const outline = new Uint8Array((end - start + 3) & ~3);
    outline.set(new Uint8Array(glyf.buffer, glyf.byteOffset + start, end - start));
    outlines.push(outline);
    length += outline.length;
    const metric = Math.min(glyph, metricCount - 1) * 4;
    hmtx.set(sourceMetrics.subarray(metric, metric + 4), metric);
  }
  loca.setUint32(4 * glyphCount, length);
  const head = bytesOf(table(tables, 'head')).slice();
  const headView = new DataView(head.buffer);
  headView.setUint32(8, 0);
  headView.setInt16(50, 1); // long offsets in `loca`
  const replaced = new Map<string, Uint8Array>([
    ['glyf', Buffer.concat(outlines)],
    ['loca', bytesOf(loca)],
    ['hmtx', hmtx],
    ['head', head],
  ]);
  const parts = tablesOfSubset.flatMap((tag) => {
    const source = tables.get(tag);
    const body = replaced.get(tag) ?? (source === undefined ? undefined : bytesOf(source));
    return body === undefined ? [] : [{ tag, body }];
  });
  return assembleFont(parts);
}

function glyphLocator(tables: Tables): (glyph: number) => { start: number; end: number } {
  const loca = table(tables, 'loca');
  const isLong = table(tables, 'head').getInt16(50) === 1;
  const offset = (index: number): number => (isLong ? loca.getUint32(4 * index) : 2 * loca.getUint16(2 * index));
  return (glyph) => ({ start: offset(glyph), end: offset(glyph + 1) });
}

// A composite glyph (ñ, é) draws other glyphs by number: they must stay too.
function closeOverComposites(tables: Tables, glyphs: Iterable<number>): ReadonlySet<number> {
  const locate = glyphLocator(tables);
  const glyf = table(tables, 'glyf');
  const kept = new Set<number>();
  const pending = [0, ...glyphs];
  for (let glyph = pending.pop(); glyph !== undefined; glyph = pending.pop()) {
    if (kept.has(glyph)) continue;
    kept.add(glyph);
    const { start, end } = locate(glyph);
    if (end === start || glyf.getInt16(start) >= 0) continue;
    let at = start + 10;
    let hasMore = true;
    while (hasMore) {
      const flags = glyf.getUint16(at);
      pending.push(glyf.getUint16(at + 2));
      at += 4 + ((flags & 0x0001) === 0 ? 2 : 4);
      if ((flags & 0x0008) !== 0) at += 2;
      else if ((flags & 0x0040) !== 0) at += 4;
      else if ((flags & 0x0080) !== 0) at += 8;
      hasMore = (flags & 0x0020) !== 0;
    }
  }
  return kept;
}

/** A TrueType file of these tables, `head` among them, in the order of their tags. */
export function assembleFont(parts: readonly Readonly<{ tag: string; body: Uint8Array }>[]): Uint8Array {
  const headerLength = 12 + 16 * parts.length;
  const total = parts.reduce((sum, part) => sum + ((part.body.length + 3) & ~3), headerLength);
  const font = Buffer.alloc(total);
  const power = 2 ** Math.floor(Math.log2(parts.length));
  font.writeUInt32BE(0x00010000, 0);
  font.writeUInt16BE(parts.length, 4);
  font.writeUInt16BE(16 * power, 6);
  font.writeUInt16BE(Math.log2(power), 8);
  font.writeUInt16BE(16 * (parts.length - power), 10);
  let offset = headerLength;
  let headOffset = 0;
  parts.forEach(({ tag, body }, index) => {
    font.set(body, offset);
    const padded = (body.length + 3) & ~3;
    font.write(tag, 12 + 16 * index, 'latin1');
    font.writeUInt32BE(checksum(font, offset, padded), 16 + 16 * index);
    font.writeUInt32BE(offset, 20 + 16 * index);
    font.writeUInt32BE(body.length, 24 + 16 * index);
    if (tag === 'head') headOffset = offset;
    offset += padded;
  });
  font.writeUInt32BE((0xb1b0afba - checksum(font, 0, total)) >>> 0, headOffset + 8);
  return font;
}

function checksum(font: Buffer, offset: number, length: number): number {
  let sum = 0;
  for (let at = offset; at < offset + length; at += 4) sum = (sum + font.readUInt32BE(at)) >>> 0;
  return sum;
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
}
