import { createHash } from 'node:crypto';
import { pdfName, pdfNumber, type PdfFileBuilder } from './pdf-syntax.ts';
import type { TrueTypeFont } from './truetype-font.ts';

/** A font and the glyphs of it that the document shows, each with the character it stands for. */
export type FontUse = Readonly<{ font: TrueTypeFont; glyphs: Map<number, number> }>;

export function createFontUse(font: TrueTypeFont): FontUse {
  return { font, glyphs: new Map() };
}

// Shown where the font has no glyph: .notdef may not be shown in PDF/A (6.2.11.8).
const replacement = '?'.codePointAt(0) ?? 0;

/** Glyph of a character, or of `?` where the font has none. */
export function glyphFor(font: TrueTypeFont, codePoint: number): number {
  return font.glyphOf(codePoint) || font.glyphOf(replacement);
}

/** Text as a hexadecimal string of glyph numbers (Identity-H), noting the glyphs as used. */
export function showText(use: FontUse, text: string): string {
  let encoded = '';
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    const known = use.font.glyphOf(codePoint) === 0 ? replacement : codePoint;
    const glyph = use.font.glyphOf(known);
    if (!use.glyphs.has(glyph)) use.glyphs.set(glyph, known);
    encoded += glyph.toString(16).padStart(4, '0');
  }
  return `<${encoded}>`;
}

/** Width in points. */
export function textWidth(font: TrueTypeFont, text: string, size: number): number {
  let units = 0;
  for (const character of text) units += font.advanceOf(glyphFor(font, character.codePointAt(0) ?? 0));
  return (units * size) / font.unitsPerEm;
}

/** Writes the subset as a composite font; returns the number of its object. */
export function writeEmbeddedFont(file: PdfFileBuilder, use: FontUse): number {
  const { font } = use;
  const glyphs = [...use.glyphs.keys()].toSorted((a, b) => a - b);
  const program = font.subset(glyphs);
  const name = pdfName(`${subsetTag(program)}+${font.postScriptName}`);
  const scaled = (value: number): string => pdfNumber((value * 1000) / font.unitsPerEm);
  const [composite, descendant, descriptor, fontFile, unicodeMap] = [
    file.reserve(),
    file.reserve(),
    file.reserve(),
    file.reserve(),
    file.reserve(),
  ];
  file.addCompressedStream(fontFile, `/Length1 ${program.length}`, program);
  file.add(
    descriptor,
    `<</Type/FontDescriptor/FontName${name}/Flags ${font.isFixedPitch ? 5 : 4}/FontBBox[${font.boundingBox.map(scaled).join(' ')}]/ItalicAngle 0/Ascent ${scaled(font.ascent)}/Descent ${scaled(font.descent)}/CapHeight ${scaled(font.capHeight)}/StemV ${Math.round(font.weight / 5)}/FontFile2 ${fontFile} 0 R>>`,
  );
  const widths = glyphs.map((glyph) => `${glyph}[${scaled(font.advanceOf(glyph))}]`).join('');
  file.add(
    descendant,
    `<</Type/Font/Subtype/CIDFontType2/BaseFont${name}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor ${descriptor} 0 R/DW 0/W[${widths}]/CIDToGIDMap/Identity>>`,
  );
  file.addCompressedStream(unicodeMap, '', Buffer.from(toUnicode(use, glyphs), 'latin1'));
  file.add(
    composite,
    `<</Type/Font/Subtype/Type0/BaseFont${name}/Encoding/Identity-H/DescendantFonts[${descendant} 0 R]/ToUnicode ${unicodeMap} 0 R>>`,
  );
  return composite;
}

// Six capital letters that tell two subsets of one font apart (ISO 32000-1, 9.6.4).
function subsetTag(program: Uint8Array): string {
  const digest = createHash('sha256').update(program).digest();
  return [...digest.subarray(0, 6)].map((byte) => String.fromCharCode(65 + (byte % 26))).join('');
}

function toUnicode(use: FontUse, glyphs: readonly number[]): string {
  const lines = glyphs.map((glyph) => {
    const target = Buffer.from(String.fromCodePoint(use.glyphs.get(glyph) ?? replacement), 'utf16le')
      .swap16()
      .toString('hex');
    return `<${glyph.toString(16).padStart(4, '0')}> <${target}>`;
  });
  const blocks: string[] = [];
  // A CMap block holds at most 100 entries.
  for (let at = 0; at < lines.length; at += 100) {
    const block = lines.slice(at, at + 100);
    blocks.push(`${block.length} beginbfchar\n${block.join('\n')}\nendbfchar`);
  }
  return [
    '/CIDInit /ProcSet findresource begin',
    '12 dict begin',
    'begincmap',
    '/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def',
    '/CMapName /Adobe-Identity-UCS def',
    '/CMapType 2 def',
    '1 begincodespacerange',
    '<0000> <FFFF>',
    'endcodespacerange',
    ...blocks,
    'endcmap',
    'CMapName currentdict /CMap defineresource pop',
    'end',
    'end',
  ].join('\n');
}
