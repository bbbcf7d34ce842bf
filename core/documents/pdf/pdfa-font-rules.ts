import {
  isArray,
  isDictionary,
  isName,
  isStream,
  isString,
  type PdfDictionary,
  type PdfValue,
} from '../signing/pdf-objects.ts';
import type { PdfFile } from '../signing/pdf-reader.ts';
import type { Report } from './pdfa-finding.ts';

// CMaps of ISO 32000-1 table 118 need not be embedded; of those, our producers use this.
const predefinedMaps =
  /^(?:Identity-[HV]|(?:GB|GBK|GBKp|GBK2K|GBpc|UniGB|UniCNS|UniJIS|UniKS|B5pc|HKscs|ETen|ETenms|CNS|83pv|90ms|90msp|90pv|Add|EUC|Ext|KSC|KSCms|KSCpc|H|V|UniJISX0213|UniJIS2004).*)$/;

/** 6.2.11: a font with which text is shown. Its program is in the file. */
export function checkShownFont(file: PdfFile, font: PdfDictionary, report: Report, object?: number): void {
  const subtype = file.resolve(font.get('Subtype'));
  if (!isName(subtype)) return report('6.2.11.2', 'a font without subtype', object);
  if (subtype.name === 'Type0') return checkCompositeFont(file, font, report, object);
  if (subtype.name !== 'Type3' && !hasProgram(file, font)) report('6.2.11.4.1', 'the font is not embedded', object);
}

function hasProgram(file: PdfFile, font: PdfDictionary): boolean {
  const descriptor = file.resolve(font.get('FontDescriptor'));
  return (
    isDictionary(descriptor) &&
    ['FontFile', 'FontFile2', 'FontFile3'].some((key) => isStream(file.resolve(descriptor.get(key))))
  );
}

// 6.2.11.3 and 6.2.11.5: composite fonts say which glyph is meant and how wide it is.
function checkCompositeFont(file: PdfFile, font: PdfDictionary, report: Report, object: number | undefined): void {
  const encoding = file.resolve(font.get('Encoding'));
  if (isName(encoding) && !predefinedMaps.test(encoding.name))
    report('6.2.11.3.3', `the CMap ${encoding.name} is not embedded`, object);
  const descendants = file.resolve(font.get('DescendantFonts'));
  const descendant = isArray(descendants) ? file.resolve(descendants[0]) : null;
  if (!isDictionary(descendant)) return report('6.2.11.3.1', 'a composite font without descendant', object);
  if (!hasProgram(file, descendant)) report('6.2.11.4.1', 'the font is not embedded', object);
  checkSystemInfo(file, encoding, descendant, report, object);
  if (!isName(file.resolve(descendant.get('Subtype')), 'CIDFontType2')) return;
  const map = file.resolve(descendant.get('CIDToGIDMap'));
  const descriptor = file.resolve(descendant.get('FontDescriptor'));
  const program = isDictionary(descriptor) ? file.resolve(descriptor.get('FontFile2')) : null;
  if (!isStream(program)) return;
  if (!isName(map, 'Identity') && !isStream(map))
    return report('6.2.11.3.2', 'an embedded CIDFontType2 without CIDToGIDMap', object);
  if (isName(map, 'Identity')) checkWidths(file, descendant, file.decode(program), report, object);
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

// The widths that the PDF states are those of the font program, within 1/1000 em.
function checkWidths(
  file: PdfFile,
  descendant: PdfDictionary,
  program: Buffer,
  report: Report,
  object: number | undefined,
): void {
  const advance = readAdvances(program);
  if (advance === null) return;
  const widths = file.resolve(descendant.get('W'));
  if (!isArray(widths)) return;
  for (let at = 0; at + 1 < widths.length;) {
    const first = toNumber(file.resolve(widths[at]));
    const next = file.resolve(widths[at + 1]);
    if (isArray(next)) {
      next.forEach((width, index) => compare(first + index, toNumber(file.resolve(width))));
      at += 2;
    } else {
      for (let glyph = first; glyph <= toNumber(next); glyph += 1)
        compare(glyph, toNumber(file.resolve(widths[at + 2])));
      at += 3;
    }
  }
  function compare(glyph: number, width: number): void {
    const actual = advance?.(glyph);
    if (actual !== undefined && actual !== 0 && Math.abs(actual - width) > 1)
      report('6.2.11.5', 'a width differs from the font program', object);
  }
}

function toNumber(value: PdfValue): number {
  if (typeof value === 'number') return value;
  return value !== null && typeof value === 'object' && 'kind' in value && value.kind === 'real'
    ? Number(value.text)
    : Number.NaN;
}

function readAdvances(program: Buffer): ((glyph: number) => number | undefined) | null {
  const offsets = new Map<string, number>();
  if (program.length < 12) return null;
  for (let index = 0; index < program.readUInt16BE(4); index += 1) {
    const entry = 12 + 16 * index;
    if (entry + 16 > program.length) return null;
    offsets.set(program.toString('latin1', entry, entry + 4), program.readUInt32BE(entry + 8));
  }
  const [head, hhea, hmtx] = [offsets.get('head'), offsets.get('hhea'), offsets.get('hmtx')];
  if (head === undefined || hhea === undefined || hmtx === undefined || hhea + 36 > program.length) return null;
  const unitsPerEm = program.readUInt16BE(head + 18);
  const count = program.readUInt16BE(hhea + 34);
  return (glyph) => {
    const at = hmtx + 4 * Math.min(glyph, count - 1);
    return at + 2 <= program.length ? (program.readUInt16BE(at) * 1000) / unitsPerEm : undefined;
  };
}
