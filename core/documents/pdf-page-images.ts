import { AppError } from '../contract/errors.ts';
import { listPages, openPdfToRead } from './signing/pdf-reader.ts';
import type { PdfFile } from './signing/pdf-reader.ts';
import { isArray, isDictionary, isName, isStream } from './signing/pdf-objects.ts';
import type { PdfDictionary, PdfStream, PdfValue } from './signing/pdf-objects.ts';

/** The one image of a page. `samples`: rows without padding of 8-bit gray or RGB, or of bits from the left, 1 = white. */
export type PdfPageImage =
  | Readonly<{ kind: 'jpeg'; bytes: Uint8Array }>
  | Readonly<{
      kind: 'samples';
      colorMode: 'bitonal' | 'gray' | 'color';
      widthPixels: number;
      heightPixels: number;
      samples: Uint8Array;
    }>;

/** Operators that paint nothing by themselves: state, colours, paths that only clip, marked content, text's own state. */
const quietOperators = new Set(
  'q Q cm w J j M d ri i gs m l c v y h re W W* n cs CS sc scn SC SCN g G rg RG k K BMC BDC EMC MP DP BX EX BT ET Tc Tw Tz TL Tf Tr Ts Td TD Tm T*'.split(
    ' ',
  ),
);
const textOperators = new Set(['Tj', 'TJ', "'", '"']);

/**
 * Images of the pages of a PDF whose every page is one upright image over which nothing else is seen, as scanners make
 * them; an invisible text layer may lie over it. JPEG, and uncompressed or Flate samples.
 * Throws AppError `file.notComparable` with the page's number, `document.unreadable`, `document.encrypted`.
 */
export function readPdfPageImages(source: Uint8Array): readonly PdfPageImage[] {
  const file = openPdfToRead(source);
  return listPages(file).map((reference, index) => {
    const page = file.resolve(reference);
    const image = isDictionary(page) ? imageOf(file, page) : null;
    if (image === null) throw new AppError('file.notComparable', { page: index + 1 });
    return image;
  });
}

function imageOf(file: PdfFile, page: PdfDictionary): PdfPageImage | null {
  const turn = inherited(file, page, 'Rotate');
  if ((turn !== null && turn !== 0) || hasVisibleAnnotations(file, page)) return null;
  const name = paintedName(contentOf(file, page));
  const resources = inherited(file, page, 'Resources');
  const objects = isDictionary(resources) ? file.resolve(resources.get('XObject')) : null;
  const image = name === null || !isDictionary(objects) ? null : file.resolve(objects.get(name));
  if (!isStream(image) || !isName(file.resolve(image.dictionary.get('Subtype')), 'Image')) return null;
  return readImage(file, image);
}

function inherited(file: PdfFile, page: PdfDictionary, key: string): PdfValue {
  let node: PdfValue = page;
  for (let depth = 0; isDictionary(node) && depth < 32; depth += 1) {
    const value = file.resolve(node.get(key));
    if (value !== null) return value;
    node = file.resolve(node.get('Parent'));
  }
  return null;
}

function hasVisibleAnnotations(file: PdfFile, page: PdfDictionary): boolean {
  const annotations = file.resolve(page.get('Annots'));
  if (!isArray(annotations)) return false;
  return annotations.some((each) => {
    const annotation = file.resolve(each);
    return !isDictionary(annotation) || !isName(file.resolve(annotation.get('Subtype')), 'Link');
  });
}

function contentOf(file: PdfFile, page: PdfDictionary): string {
  const contents = file.resolve(page.get('Contents'));
  const streams = (isArray(contents) ? contents : [contents]).map((each) => file.resolve(each));
  return streams.map((stream) => (isStream(stream) ? file.decode(stream).toString('latin1') : '')).join('\n');
}

/** Name of the one object that a page paints, upright; null when it paints anything else, or in another way. */
function paintedName(content: string): string | null {
  let operands: string[] = [];
  let painted: string | null = null;
  let isTextHidden = false;
  for (const token of tokensOf(content)) {
    if (/^[-+.\d/]/u.test(token) || token === 'true' || token === 'false' || token === 'null') {
      operands.push(token);
      continue;
    }
    const last = operands.at(-1) ?? '';
    if (token === 'Do') {
      if (painted !== null || !last.startsWith('/')) return null;
      painted = last.slice(1);
    } else if (textOperators.has(token)) {
      if (!isTextHidden) return null;
    } else if (!quietOperators.has(token)) return null;
    if (token === 'Tr') isTextHidden = last === '3';
    if (token === 'cm' && !isUpright(operands.slice(-6).map(Number))) return null;
    operands = [];
  }
  return painted;
}

function isUpright([a = 0, b = 0, c = 0, d = 0]: readonly number[]): boolean {
  return a > 0 && d > 0 && Math.abs(b) < 1e-3 * a && Math.abs(c) < 1e-3 * d;
}

/** Operators, names and numbers. Strings, arrays and dictionaries are operands that nobody asks for here. */
function tokensOf(content: string): readonly string[] {
  const tokens: string[] = [];
  for (let at = 0; at < content.length;) {
    const sign = content.charAt(at);
    if (sign === '(') at = endOfString(content, at);
    else if (sign === '%') at = Math.max(at + 1, content.slice(at).search(/[\r\n]/u) + at);
    else if (sign === '<' && content[at + 1] !== '<') {
      const end = content.indexOf('>', at);
      at = end < 0 ? content.length : end + 1;
    } else if (/[\s\0[\]<>{})]/u.test(sign)) at += 1;
    else {
      const start = at;
      at += 1;
      while (at < content.length && !/[\s\0[\]<>{}()/%]/u.test(content.charAt(at))) at += 1;
      tokens.push(content.slice(start, at));
    }
  }
  return tokens;
}

function endOfString(content: string, from: number): number {
  let depth = 0;
  for (let at = from; at < content.length; at += 1) {
    if (content[at] === '\\') at += 1;
    else if (content[at] === '(') depth += 1;
    else if (content[at] === ')') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return content.length;
}

function readImage(file: PdfFile, stream: PdfStream): PdfPageImage | null {
  const value = (key: string): PdfValue => file.resolve(stream.dictionary.get(key));
  // Masks and other ways to read the samples show something else than these.
  if (['SMask', 'Mask', 'Decode', 'ImageMask'].some((key) => value(key) !== null && value(key) !== false)) return null;
  const channels = channelsOf(file, value('ColorSpace'));
  if (channels === null) return null;
  const filter = value('Filter');
  const single = isArray(filter) && filter.length === 1 ? file.resolve(filter[0]) : filter;
  if (isName(single, 'DCTDecode')) return { kind: 'jpeg', bytes: new Uint8Array(stream.raw) };
  if (single !== null && !isName(single, 'FlateDecode')) return null;
  const [widthPixels, heightPixels, bits] = [value('Width'), value('Height'), value('BitsPerComponent')];
  if (typeof widthPixels !== 'number' || typeof heightPixels !== 'number') return null;
  const colorMode = bits === 8 ? (channels === 3 ? 'color' : 'gray') : bits === 1 && channels === 1 ? 'bitonal' : null;
  if (colorMode === null) return null;
  const byteLength = (bits === 1 ? Math.ceil(widthPixels / 8) : widthPixels * channels) * heightPixels;
  const samples = file.decode(stream);
  if (samples.length < byteLength) return null;
  return {
    kind: 'samples',
    colorMode,
    widthPixels,
    heightPixels,
    samples: new Uint8Array(samples.subarray(0, byteLength)),
  };
}

function channelsOf(file: PdfFile, space: PdfValue): 1 | 3 | null {
  if (isName(space, 'DeviceGray')) return 1;
  if (isName(space, 'DeviceRGB')) return 3;
  const [family, parameters] = isArray(space) ? space.map((each) => file.resolve(each)) : [];
  if (isName(family, 'CalGray')) return 1;
  if (isName(family, 'CalRGB')) return 3;
  if (!isName(family, 'ICCBased') || !isStream(parameters)) return null;
  const count = file.resolve(parameters.dictionary.get('N'));
  return count === 1 || count === 3 ? count : null;
}
