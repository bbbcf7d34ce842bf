import { assembleFont, type TrueTypeFont } from './truetype-font.ts';

const unitsPerEm = 1000;
/** Of every glyph. */
const advance = 500;
/** Together the size: a line's box is as high as its text is large. Readers take a descent of 0 for one that is not told. */
const ascent = 800;
const descent = -200;

/**
 * A font for text that is there to be found and copied and is never drawn: its glyphs have a width and no outline, and
 * each character that is asked for gets the next one. One font for one document; a few hundred bytes for all of its pages.
 */
export function createInvisibleFont(): TrueTypeFont {
  const glyphs = new Map<number, number>();
  return {
    postScriptName: 'VentanillaInvisible',
    unitsPerEm,
    ascent,
    descent,
    capHeight: ascent,
    boundingBox: [0, descent, advance, ascent],
    isFixedPitch: true,
    weight: 0,
    glyphOf(codePoint) {
      const known = glyphs.get(codePoint) ?? glyphs.size + 1;
      glyphs.set(codePoint, known);
      return known;
    },
    advanceOf: () => advance,
    subset: (used) => buildFont(Math.max(0, ...used) + 1),
  };
}

/** Empty glyphs of one width; the first is `.notdef`, which is never shown. */
function buildFont(glyphCount: number): Uint8Array {
  const head = new DataView(new ArrayBuffer(54));
  head.setUint32(0, 0x00010000);
  head.setUint32(12, 0x5f0f3cf5); // magic number
  head.setUint16(18, unitsPerEm);
  [0, descent, advance, ascent].forEach((side, index) => head.setInt16(36 + 2 * index, side));
  head.setUint16(46, 8); // smallest readable size
  head.setInt16(48, 2); // left to right
  const hhea = new DataView(new ArrayBuffer(36));
  hhea.setUint32(0, 0x00010000);
  hhea.setInt16(4, ascent);
  hhea.setInt16(6, descent);
  hhea.setUint16(10, advance);
  hhea.setInt16(18, 1); // upright caret
  hhea.setUint16(34, 1); // one width for all
  const maxp = new DataView(new ArrayBuffer(32));
  maxp.setUint32(0, 0x00010000);
  maxp.setUint16(4, glyphCount);
  maxp.setUint16(14, 1); // zones
  const hmtx = new DataView(new ArrayBuffer(4 + 2 * (glyphCount - 1)));
  hmtx.setUint16(0, advance);
  const glyf = new DataView(new ArrayBuffer(4));
  const loca = new DataView(new ArrayBuffer(2 * (glyphCount + 1)));
  const tables = { glyf, head, hhea, hmtx, loca, maxp };
  return assembleFont(Object.entries(tables).map(([tag, { buffer }]) => ({ tag, body: new Uint8Array(buffer) })));
}
