/*
 * What the rules on fonts ask of an embedded program: which glyphs it has, and how wide they are.
 */

/** Widths in thousandths of an em; null where the program does not reach. */
export type TrueTypeMetrics = Readonly<{
  glyphCount: number;
  advanceOf: (glyph: number) => number | null;
  hasOutline: (glyph: number) => boolean;
  /** Glyph of a Unicode character; 0 for none. Null where the program has no map of Windows Unicode. */
  glyphOfCharacter: ((codePoint: number) => number) | null;
}>;

/** Null for what is no TrueType program. */
export function readTrueTypeMetrics(program: Buffer): TrueTypeMetrics | null {
  const offsets = new Map<string, number>();
  if (program.length < 12) return null;
  for (let index = 0; index < program.readUInt16BE(4); index += 1) {
    const entry = 12 + 16 * index;
    if (entry + 16 > program.length) return null;
    offsets.set(program.toString('latin1', entry, entry + 4), program.readUInt32BE(entry + 8));
  }
  const [head, hhea, hmtx, maxp] = ['head', 'hhea', 'hmtx', 'maxp'].map((tag) => offsets.get(tag));
  if (head === undefined || hhea === undefined || hmtx === undefined || maxp === undefined) return null;
  if (Math.max(head + 54, hhea + 36, maxp + 6) > program.length) return null;
  const unitsPerEm = program.readUInt16BE(head + 18);
  const count = program.readUInt16BE(hhea + 34);
  const glyphCount = program.readUInt16BE(maxp + 4);
  const loca = offsets.get('loca');
  const isLong = program.readInt16BE(head + 50) === 1;
  const size = isLong ? 4 : 2;
  const startOf = (glyph: number): number => program.readUIntBE((loca ?? 0) + size * glyph, size);
  const cmap = offsets.get('cmap');
  return {
    glyphCount,
    glyphOfCharacter: cmap === undefined ? null : readUnicodeMap(program.subarray(cmap)),
    hasOutline(glyph) {
      // Without this table the outlines are of another kind.
      if (loca === undefined || loca + size * (glyph + 2) > program.length) return loca === undefined;
      return startOf(glyph + 1) > startOf(glyph);
    },
    advanceOf(glyph) {
      const at = hmtx + 4 * Math.min(glyph, count - 1);
      return at >= 0 && at + 2 <= program.length ? (program.readUInt16BE(at) * 1000) / unitsPerEm : null;
    },
  };
}

// ISO 32000-1, 9.6.6.4: Windows Unicode first, whatever other maps there are; it is a segment map (format 4).
function readUnicodeMap(cmap: Buffer): ((codePoint: number) => number) | null {
  if (cmap.length < 4) return null;
  let at = 0;
  for (let entry = 4; entry < 4 + 8 * cmap.readUInt16BE(2) && entry + 8 <= cmap.length; entry += 8) {
    if (cmap.readUInt16BE(entry) === 3 && cmap.readUInt16BE(entry + 2) === 1) at = cmap.readUInt32BE(entry + 4);
  }
  if (at === 0 || at + 16 > cmap.length || cmap.readUInt16BE(at) !== 4) return null;
  const word = (offset: number): number => (offset + 2 <= cmap.length ? cmap.readUInt16BE(offset) : 0);
  const span = word(at + 6);
  return (codePoint) => {
    for (let segment = 0; segment < span; segment += 2) {
      if (codePoint > word(at + 14 + segment)) continue;
      const start = word(at + 16 + span + segment);
      if (codePoint < start) return 0;
      const delta = word(at + 16 + 2 * span + segment);
      const rangeAt = at + 16 + 3 * span + segment;
      const range = word(rangeAt);
      if (range === 0) return (codePoint + delta) & 0xffff;
      const glyph = word(rangeAt + range + 2 * (codePoint - start));
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
}

/** CIDs of a CID-keyed CFF program (Adobe technical note 5176); null for any other. */
export function readCffCharacters(program: Buffer): ReadonlySet<number> | null {
  try {
    const names = readIndex(program, program.readUInt8(2));
    const dictionaries = readIndex(program, names.end);
    const top = readTopDictionary(program.subarray(...(dictionaries.items[0] ?? [0, 0])));
    const [charset, outlines] = [top.get(15) ?? 0, top.get(17)];
    if (!top.has(cidKeyed) || charset <= 2 || outlines === undefined) return null;
    return readCharset(program, charset, program.readUInt16BE(outlines));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** ROS, an operator of two bytes: 12 30. */
const cidKeyed = 1230;

function readIndex(program: Buffer, start: number): { items: [number, number][]; end: number } {
  const count = program.readUInt16BE(start);
  if (count === 0) return { items: [], end: start + 2 };
  const size = program.readUInt8(start + 2);
  const base = start + 2 + (count + 1) * size;
  const offsets = Array.from(
    { length: count + 1 },
    (_, index) => base + program.readUIntBE(start + 3 + index * size, size),
  );
  const items = offsets.slice(1).map((end, index): [number, number] => [offsets[index] ?? end, end]);
  return { items, end: offsets.at(-1) ?? base };
}

/** Last operand of each operator. */
function readTopDictionary(data: Buffer): ReadonlyMap<number, number> {
  const entries = new Map<number, number>();
  let operand = 0;
  for (let at = 0; at < data.length;) {
    const byte = data.readUInt8(at);
    at += 1;
    if (byte <= 21) {
      entries.set(byte === 12 ? 1200 + data.readUInt8(at) : byte, operand);
      if (byte === 12) at += 1;
    } else if (byte === 28) {
      operand = data.readInt16BE(at);
      at += 2;
    } else if (byte === 29) {
      operand = data.readInt32BE(at);
      at += 4;
    } else if (byte === 30) {
      // A real number in half bytes; the last one is 15.
      while ((data.readUInt8(at) & 0x0f) !== 0x0f) at += 1;
      at += 1;
    } else if (byte <= 246) operand = byte - 139;
    else {
      operand = (byte <= 250 ? 1 : -1) * ((byte - (byte <= 250 ? 247 : 251)) * 256 + data.readUInt8(at) + 108);
      at += 1;
    }
  }
  return entries;
}

function readCharset(program: Buffer, start: number, glyphCount: number): ReadonlySet<number> {
  const characters = new Set([0]);
  const format = program.readUInt8(start);
  // Format 0: each by itself; 1 and 2: ranges, their length in one byte or two.
  const step = format === 0 ? 2 : format === 1 ? 3 : 4;
  let glyphs = 1;
  for (let at = start + 1; glyphs < glyphCount; at += step) {
    const first = program.readUInt16BE(at);
    const more = format === 0 ? 0 : format === 1 ? program.readUInt8(at + 2) : program.readUInt16BE(at + 2);
    for (let index = 0; index <= more; index += 1) characters.add(first + index);
    glyphs += more + 1;
  }
  return characters;
}
