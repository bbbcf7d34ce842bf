import { AppError } from '../../contract/errors.ts';
import {
  isArray,
  isDictionary,
  isName,
  isStream,
  isString,
  type PdfDictionary,
  type PdfStream,
  type PdfValue,
} from '../signing/pdf-objects.ts';
import type { PdfFile } from '../signing/pdf-reader.ts';
import type { Report } from './pdfa-finding.ts';
import { readCffCharacters, readTrueTypeMetrics, type TrueTypeMetrics } from './pdfa-font-programs.ts';
import { toNumber } from './pdfa-numbers.ts';

// CMaps of ISO 32000-1 table 118 need not be embedded; of those, our producers use this.
const predefinedMaps =
  /^(?:Identity-[HV]|(?:GB|GBK|GBKp|GBK2K|GBpc|UniGB|UniCNS|UniJIS|UniKS|B5pc|HKscs|ETen|ETenms|CNS|83pv|90ms|90msp|90pv|Add|EUC|Ext|KSC|KSCms|KSCpc|H|V|UniJISX0213|UniJIS2004).*)$/;

/** A font with which text is shown, and what is asked of the glyphs that are. */
export type ShownFont = Readonly<{ checkGlyphs(codes: Buffer, report: Report, object?: number): void }>;

const anyGlyph: ShownFont = { checkGlyphs: () => undefined };

/** 6.2.11: its program is in the file, has the glyphs that are shown, and agrees with the file on their widths. */
export function prepareShownFont(file: PdfFile, font: PdfDictionary, report: Report, object?: number): ShownFont {
  const subtype = file.resolve(font.get('Subtype'));
  if (!isName(subtype)) report('6.2.11.2', 'a font without subtype', object);
  else if (subtype.name === 'Type0') return checkCompositeFont(file, font, report, object);
  else if (subtype.name !== 'Type3' && !hasProgram(file, font))
    report('6.2.11.4.1', 'the font is not embedded', object);
  else if (subtype.name === 'TrueType') return readSimpleTrueType(file, font);
  return anyGlyph;
}

const ansiCharacters = new TextDecoder('windows-1252');
const nonsymbolic = 32;

/** A font of one-byte codes whose characters are certain: Windows ANSI, found by Unicode. */
function readSimpleTrueType(file: PdfFile, font: PdfDictionary): ShownFont {
  const descriptor = file.resolve(font.get('FontDescriptor'));
  const stream = isDictionary(descriptor) ? file.resolve(descriptor.get('FontFile2')) : null;
  const data = isStream(stream) ? decodeOrNull(file, stream) : null;
  const program = data === null ? null : readTrueTypeMetrics(data);
  const flags = isDictionary(descriptor) ? toNumber(file.resolve(descriptor.get('Flags'))) : 0;
  const find = program?.glyphOfCharacter ?? null;
  const isAnsi = isName(file.resolve(font.get('Encoding')), 'WinAnsiEncoding');
  if (program === null || find === null || !isAnsi || (flags & nonsymbolic) === 0) return anyGlyph;
  const widths = file.resolve(font.get('Widths'));
  const first = toNumber(file.resolve(font.get('FirstChar')));
  return {
    checkGlyphs(codes, report, object) {
      for (const code of codes) {
        if (code < 0x20) report('6.2.11.8', 'the .notdef glyph is shown', object);
        // Gaps, the hard space and the soft hyphen have more than one reading.
        if (code < 0x20 || [0x7f, 0x81, 0x8d, 0x8f, 0x90, 0x9d, 0xa0, 0xad].includes(code)) continue;
        const glyph = find(ansiCharacters.decode(Uint8Array.of(code)).codePointAt(0) ?? 0);
        if (glyph === 0) report('6.2.11.4.1', 'a glyph is shown that the font program lacks', object);
        const actual = program.advanceOf(glyph);
        const width = isArray(widths) ? toNumber(file.resolve(widths[code - first] ?? null)) : Number.NaN;
        if (glyph !== 0 && actual !== null && Math.abs(actual - width) > 1)
          report('6.2.11.5', 'a width differs from the font program', object);
      }
    },
  };
}

function hasProgram(file: PdfFile, font: PdfDictionary): boolean {
  const descriptor = file.resolve(font.get('FontDescriptor'));
  return (
    isDictionary(descriptor) &&
    ['FontFile', 'FontFile2', 'FontFile3'].some((key) => isStream(file.resolve(descriptor.get(key))))
  );
}

// 6.2.11.3: composite fonts say which glyph is meant.
function checkCompositeFont(file: PdfFile, font: PdfDictionary, report: Report, object: number | undefined): ShownFont {
  const encoding = file.resolve(font.get('Encoding'));
  if (isName(encoding) && !predefinedMaps.test(encoding.name))
    report('6.2.11.3.3', `the CMap ${encoding.name} is not embedded`, object);
  if (isStream(encoding)) checkCharacterMap(file, encoding, report, object);
  const descendants = file.resolve(font.get('DescendantFonts'));
  const descendant = isArray(descendants) ? file.resolve(descendants[0]) : null;
  if (!isDictionary(descendant)) {
    report('6.2.11.3.1', 'a composite font without descendant', object);
    return anyGlyph;
  }
  if (!hasProgram(file, descendant)) report('6.2.11.4.1', 'the font is not embedded', object);
  checkSystemInfo(file, encoding, descendant, report, object);
  const glyphs = isName(file.resolve(descendant.get('Subtype')), 'CIDFontType2')
    ? readTrueTypeDescendant(file, descendant, report, object)
    : null;
  // With any other CMap, codes are not the numbers of characters in the font.
  const isIdentity = isName(encoding, 'Identity-H') || isName(encoding, 'Identity-V');
  const characters = readCharacters(file, descendant, glyphs);
  if (characters !== null) checkCharacterSet(file, descendant, characters, report, object);
  if (!isIdentity) return anyGlyph;
  return { checkGlyphs: (codes, ...to) => checkCharacters(codes, glyphs, glyphs === null ? characters : null, ...to) };
}

/** CIDs that the program has; null where that is not told by it alone. */
function readCharacters(
  file: PdfFile,
  descendant: PdfDictionary,
  glyphs: CharacterGlyphs | null,
): ReadonlySet<number> | null {
  if (glyphs !== null) {
    if (!isName(file.resolve(descendant.get('CIDToGIDMap')), 'Identity')) return null;
    const all = Array.from({ length: glyphs.program.glyphCount }, (_, glyph) => glyph);
    return new Set(all.filter((glyph) => glyphs.program.hasOutline(glyph)));
  }
  const descriptor = file.resolve(descendant.get('FontDescriptor'));
  const stream = isDictionary(descriptor) ? file.resolve(descriptor.get('FontFile3')) : null;
  const data = isStream(stream) ? decodeOrNull(file, stream) : null;
  return data === null ? null : readCffCharacters(data);
}

// 6.2.11.4.2: a CIDSet need not be there; when it is, it lists every glyph of the program.
function checkCharacterSet(
  file: PdfFile,
  descendant: PdfDictionary,
  characters: ReadonlySet<number>,
  report: Report,
  object: number | undefined,
): void {
  const descriptor = file.resolve(descendant.get('FontDescriptor'));
  const stream = isDictionary(descriptor) ? file.resolve(descriptor.get('CIDSet')) : null;
  const set = isStream(stream) ? decodeOrNull(file, stream) : null;
  if (set === null) return;
  for (const cid of characters) {
    if (((set[cid >> 3] ?? 0) & (0x80 >> (cid & 7))) !== 0) continue;
    return report('6.2.11.4.2', 'the CIDSet lacks a glyph of the font program', object);
  }
}

// 6.1.13: numbers of characters have 16 bits.
function checkCharacterMap(file: PdfFile, map: PdfStream, report: Report, object: number | undefined): void {
  const text = decodeOrNull(file, map)?.toString('latin1') ?? '';
  for (const [, entries = ''] of text.matchAll(/begincid(?:range|char)([^]*?)endcid(?:range|char)/g)) {
    for (const [, from, to, cid] of entries.matchAll(/<([0-9a-f]+)>\s*(?:<([0-9a-f]+)>\s*)?(\d+)/gi)) {
      const span = to === undefined ? 0 : Number.parseInt(to, 16) - Number.parseInt(from ?? '', 16);
      if (Number(cid) + span > 65_535) report('6.1.13', 'a CMap with a CID beyond 65535', object);
    }
  }
}

function checkSystemInfo(
  file: PdfFile,
  encoding: PdfValue,
  descendant: PdfDictionary,
  report: Report,
  object: number | undefined,
): void {
  if (!isStream(encoding)) return;
  const read = (value: PdfValue | undefined, key: string): string => {
    const dictionary = file.resolve(value);
    const text = isDictionary(dictionary) ? file.resolve(dictionary.get(key)) : null;
    return isString(text) ? text.bytes.toString('latin1') : '';
  };
  const [ours, theirs] = [descendant.get('CIDSystemInfo'), encoding.dictionary.get('CIDSystemInfo')];
  const isSame =
    read(ours, 'Registry') === read(theirs, 'Registry') && read(ours, 'Ordering') === read(theirs, 'Ordering');
  if (!isSame) report('6.2.11.3.1', 'font and CMap belong to different character collections', object);
}

/** Glyphs of an embedded CIDFontType2 by CID. */
type CharacterGlyphs = Readonly<{
  glyphOf: (cid: number) => number;
  widths: ReadonlyMap<number, number>;
  /** Of characters that `widths` does not have. */
  usualWidth: number;
  program: TrueTypeMetrics;
}>;

function readTrueTypeDescendant(
  file: PdfFile,
  descendant: PdfDictionary,
  report: Report,
  object: number | undefined,
): CharacterGlyphs | null {
  const map = file.resolve(descendant.get('CIDToGIDMap'));
  const descriptor = file.resolve(descendant.get('FontDescriptor'));
  const stream = isDictionary(descriptor) ? file.resolve(descriptor.get('FontFile2')) : null;
  if (!isStream(stream)) return null;
  if (!isName(map, 'Identity') && !isStream(map)) {
    report('6.2.11.3.2', 'an embedded CIDFontType2 without CIDToGIDMap', object);
    return null;
  }
  const data = decodeOrNull(file, stream);
  const table = isStream(map) ? decodeOrNull(file, map) : null;
  const program = data === null ? null : readTrueTypeMetrics(data);
  if (program === null || (isStream(map) && table === null)) return null;
  const glyphOf = (cid: number): number => {
    if (table === null) return cid;
    return 2 * cid + 1 < table.length ? table.readUInt16BE(2 * cid) : 0;
  };
  const widths = readWidths(file, descendant);
  const usualWidth = descendant.has('DW') ? toNumber(file.resolve(descendant.get('DW'))) : 1000;
  for (const [cid, width] of widths) {
    const actual = program.advanceOf(glyphOf(cid));
    if (table === null && actual !== null && actual !== 0 && Math.abs(actual - width) > 1)
      report('6.2.11.5', 'a width differs from the font program', object);
  }
  return { glyphOf, widths, usualWidth, program };
}

// 6.2.11.4.1, 6.2.11.5 and 6.2.11.8, of the glyphs that are shown.
function checkCharacters(
  codes: Buffer,
  glyphs: CharacterGlyphs | null,
  characters: ReadonlySet<number> | null,
  report: Report,
  object?: number,
): void {
  if (codes.length % 2 === 1) report('6.2.11.4.1', 'a code of one byte, where the font has two for each glyph', object);
  for (let at = 0; at + 1 < codes.length; at += 2) {
    const cid = codes.readUInt16BE(at);
    const glyph = glyphs === null ? cid : glyphs.glyphOf(cid);
    if (cid === 0 || glyph === 0) report('6.2.11.8', 'the .notdef glyph is shown', object);
    if (characters?.has(cid) === false) report('6.2.11.4.1', 'a glyph is shown that the font program lacks', object);
    if (glyphs === null) continue;
    const { program, widths, usualWidth } = glyphs;
    const actual = program.advanceOf(glyph);
    // A subset keeps the numbers of its font: what it was not made for is empty, and the file says nothing of it.
    const isEmpty = actual === 0 && !program.hasOutline(glyph) && !widths.has(cid);
    if (glyph >= program.glyphCount || isEmpty)
      report('6.2.11.4.1', 'a glyph is shown that the font program lacks', object);
    else if (actual !== null && Math.abs(actual - (widths.get(cid) ?? usualWidth)) > 1)
      report('6.2.11.5', 'a width differs from the font program', object);
  }
}

function readWidths(file: PdfFile, descendant: PdfDictionary): ReadonlyMap<number, number> {
  const read = new Map<number, number>();
  const widths = file.resolve(descendant.get('W'));
  if (!isArray(widths)) return read;
  for (let at = 0; at + 1 < widths.length;) {
    const first = toNumber(file.resolve(widths[at]));
    const next = file.resolve(widths[at + 1]);
    if (isArray(next)) {
      next.forEach((width, index) => read.set(first + index, toNumber(file.resolve(width))));
      at += 2;
    } else {
      const last = Math.min(toNumber(next), 65_535);
      for (let cid = first; cid <= last; cid += 1) read.set(cid, toNumber(file.resolve(widths[at + 2])));
      at += 3;
    }
  }
  return read;
}

function decodeOrNull(file: PdfFile, stream: PdfStream): Buffer | null {
  try {
    return file.decode(stream);
  } catch (error) {
    // A filter that our producers never use: nothing can be said of what it hides.
    if (error instanceof AppError) return null;
    throw error;
  }
}
