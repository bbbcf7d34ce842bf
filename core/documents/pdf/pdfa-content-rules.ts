import { AppError } from '../../contract/errors.ts';
import { cursorAt, skipWhitespace, takeValue, takeWord } from '../signing/pdf-lexer.ts';
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
import { checkColorSpace, checkDeviceColor, type ColorContext } from './pdfa-color-rules.ts';
import { prepareShownFont, type ShownFont } from './pdfa-font-rules.ts';
import { checkLimits } from './pdfa-limit-rules.ts';
import {
  checkGroupSpace,
  isTransparentImage,
  isTransparentState,
  transparencyGroup,
} from './pdfa-transparency-rules.ts';

// Every operator of ISO 32000-1, annex A.
const operators = new Set(
  'b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J K k l M m MP n q Q re RG rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y \' "'.split(
    ' ',
  ),
);
const renderingIntents = ['RelativeColorimetric', 'AbsoluteColorimetric', 'Perceptual', 'Saturation'];
const colorOperators: Readonly<Record<string, string>> = {
  g: 'DeviceGray',
  G: 'DeviceGray',
  rg: 'DeviceRGB',
  RG: 'DeviceRGB',
  k: 'DeviceCMYK',
  K: 'DeviceCMYK',
};
const maximumNesting = 28;

const fillOperators = new Set(['f', 'F', 'f*', 'B', 'B*', 'b', 'b*']);
const strokeOperators = new Set(['S', 's', 'B', 'B*', 'b', 'b*']);
const textOperators = new Set(['Tj', 'TJ', "'", '"']);
const fillModes = new Set([0, 2, 4, 6]);
const strokeModes = new Set([1, 2, 5, 6]);

/** What the contents of one page, or of one appearance, share. */
export type Drawing = ColorContext &
  Readonly<{
    /** Forms, patterns and fonts that were followed: each once. */
    followed: Set<PdfValue>;
    /** Fonts of the whole file that text was shown with. */
    fonts: Map<PdfDictionary, ShownFont>;
    onTransparency: () => void;
  }>;

type State = Readonly<{
  font: PdfDictionary | null;
  renderingMode: number;
  /** Which colours are no longer those that every content begins with: DeviceGray, black. */
  colors: Readonly<{ fill: boolean; stroke: boolean }>;
}>;

/**
 * Rules on what is drawn: known operators only, colours covered, glyphs of embedded fonts, limited nesting; tells of
 * transparency. Follows forms, patterns and Type 3 glyphs. `hasOwnColors` false: it begins with the colours of whoever
 * draws it.
 */
export function checkContent(
  drawing: Drawing,
  streams: readonly PdfStream[],
  resourcesValue: PdfValue | undefined,
  hasOwnColors = true,
): void {
  const { file, report, object } = drawing;
  const resources = file.resolve(resourcesValue);
  const data = decodeAll(file, streams);
  if (data === null || data.length === 0) return;
  let state: State = {
    font: null,
    renderingMode: 0,
    colors: hasOwnColors ? { fill: false, stroke: false } : { fill: true, stroke: true },
  };
  const saved: State[] = [];
  let isUncolored = false;
  forEachOperation(data, (operator, operands) => {
    for (const operand of operands.flatMap((one) => (isArray(one) ? one : [one]))) checkLimits(operand, report, object);
    if (!operators.has(operator)) report('6.2.2', `unknown operator ${operator.slice(0, 20)}`, object);
    if (operator === 'q') saved.push(state);
    if (operator === 'Q') state = saved.pop() ?? state;
    if (saved.length > maximumNesting) report('6.1.13', 'graphics states nested deeper than 28', object);
    // A glyph or pattern of no colour of its own: operators of colour have no effect in it.
    if (operator === 'd1') isUncolored = true;
    const [first] = operands;
    if (operator === 'ri' && isName(first) && !renderingIntents.includes(first.name))
      report('6.2.6', `rendering intent ${first.name}`, object);
    if (operator === 'gs' && isName(first)) {
      const graphics = resource(file, resources, 'ExtGState', first.name);
      if (isDictionary(graphics) && isTransparentState(file, graphics)) drawing.onTransparency();
    }
    if (operator === 'Do' && isName(first)) checkDrawn(drawing, first.name, resources);
    if (!isUncolored) {
      checkColors(drawing, operator, operands, resources, state);
      state = { ...state, colors: colorsAfter(operator, state.colors) };
    }
    if (operator === 'Tr' && typeof first === 'number') state = { ...state, renderingMode: first };
    if (operator === 'Tf' && isName(first)) {
      const font = resource(file, resources, 'Font', first.name);
      state = { ...state, font: isDictionary(font) ? font : null };
    }
    if (textOperators.has(operator)) checkText(drawing, operands, resources, state);
  });
}

function resource(file: PdfFile, resources: PdfValue, kind: string, name: string): PdfValue {
  const named = isDictionary(resources) ? file.resolve(resources.get(kind)) : null;
  return isDictionary(named) ? file.resolve(named.get(name)) : null;
}

function colorsAfter(operator: string, colors: State['colors']): State['colors'] {
  if (['g', 'rg', 'k', 'cs'].includes(operator)) return { ...colors, fill: true };
  if (['G', 'RG', 'K', 'CS'].includes(operator)) return { ...colors, stroke: true };
  return colors;
}

function checkColors(
  drawing: Drawing,
  operator: string,
  operands: readonly PdfValue[],
  resources: PdfValue,
  { colors, renderingMode }: State,
): void {
  const { file } = drawing;
  const first = operands[0];
  const device = colorOperators[operator];
  if (device !== undefined) checkDeviceColor(drawing, device, resources);
  if ((operator === 'cs' || operator === 'CS') && isName(first)) checkColorSpace(drawing, first, resources);
  if (operator === 'sh' && isName(first)) {
    const shading = resource(file, resources, 'Shading', first.name);
    checkShading(drawing, shading, resources);
  }
  if (operator === 'ID') checkInlineImage(drawing, operands, resources);
  const last = operands.at(-1);
  if ((operator === 'scn' || operator === 'SCN') && isName(last))
    checkPattern(drawing, resource(file, resources, 'Pattern', last.name), resources);
  const isText = textOperators.has(operator);
  const fills = fillOperators.has(operator) || (isText && fillModes.has(renderingMode));
  const strokes = strokeOperators.has(operator) || (isText && strokeModes.has(renderingMode));
  if ((fills && !colors.fill) || (strokes && !colors.stroke)) checkDeviceColor(drawing, 'DeviceGray', resources);
}

const shortSpaces: Readonly<Record<string, string>> = { G: 'DeviceGray', RGB: 'DeviceRGB', CMYK: 'DeviceCMYK' };

function checkInlineImage(drawing: Drawing, operands: readonly PdfValue[], resources: PdfValue): void {
  for (let at = 0; at + 1 < operands.length; at += 2) {
    const [key, value] = operands.slice(at, at + 2);
    if (isName(key, 'I') || isName(key, 'Interpolate')) {
      if (value === true) drawing.report('6.2.8.1', 'the image is interpolated', drawing.object);
    }
    if (!isName(key, 'CS') && !isName(key, 'ColorSpace')) continue;
    const whole = (part: PdfValue): PdfValue =>
      isName(part) ? { kind: 'name', name: shortSpaces[part.name] ?? part.name } : part;
    checkColorSpace(drawing, isArray(value) ? value.map(whole) : whole(value ?? null), resources);
  }
}

function checkShading(drawing: Drawing, shading: PdfValue, resources: PdfValue): void {
  const dictionary = isStream(shading) ? shading.dictionary : shading;
  if (isDictionary(dictionary)) checkColorSpace(drawing, dictionary.get('ColorSpace'), resources);
}

function checkPattern(drawing: Drawing, pattern: PdfValue, resources: PdfValue): void {
  const { file, followed } = drawing;
  if (followed.has(pattern)) return;
  followed.add(pattern);
  if (isStream(pattern)) {
    const isUncolored = file.resolve(pattern.dictionary.get('PaintType')) === 2;
    checkContent(drawing, [pattern], pattern.dictionary.get('Resources'), !isUncolored);
  } else if (isDictionary(pattern)) {
    checkShading(drawing, file.resolve(pattern.get('Shading')), resources);
    const graphics = file.resolve(pattern.get('ExtGState'));
    if (isDictionary(graphics) && isTransparentState(file, graphics)) drawing.onTransparency();
  }
}

function decodeAll(file: PdfFile, streams: readonly PdfStream[]): Buffer | null {
  try {
    return Buffer.concat(streams.flatMap((stream) => [file.decode(stream), Buffer.from('\n')]));
  } catch (error) {
    // A filter that our producers never use: nothing can be said of the operators.
    if (error instanceof AppError) return null;
    throw error;
  }
}

function forEachOperation(data: Buffer, visitor: (operator: string, operands: readonly PdfValue[]) => void): void {
  // The lexer wants a byte to look at: a space closes the last operator.
  const bytes = Buffer.concat([data, Buffer.from(' ')]);
  const cursor = cursorAt(bytes, 0);
  let operands: PdfValue[] = [];
  for (;;) {
    skipWhitespace(cursor);
    const byte = bytes[cursor.offset];
    if (byte === undefined) return;
    const isValue = (byte >= 0x30 && byte <= 0x39) || '+-./(<['.includes(String.fromCharCode(byte));
    try {
      if (isValue) operands.push(takeValue(cursor));
      else {
        const word = takeWord(cursor);
        if (word === 'true' || word === 'false') operands.push(word === 'true');
        else if (word === 'null') operands.push(null);
        else if (word === '') cursor.offset += 1;
        else {
          visitor(word, operands);
          operands = [];
          if (word === 'ID') skipInlineImage(bytes, cursor);
        }
      }
    } catch (error) {
      if (error instanceof AppError) return;
      throw error;
    }
  }
}

function skipInlineImage(bytes: Buffer, cursor: { offset: number }): void {
  for (let at = bytes.indexOf('EI', cursor.offset + 1); at >= 0; at = bytes.indexOf('EI', at + 1)) {
    const isAlone =
      /\s/.test(String.fromCharCode(bytes[at - 1] ?? 0)) && /\s/.test(String.fromCharCode(bytes[at + 2] ?? 0x20));
    if (!isAlone) continue;
    cursor.offset = at;
    return;
  }
  cursor.offset = bytes.length;
}

// Text of rendering mode 3 draws nothing: its font is not needed.
function checkText(
  drawing: Drawing,
  operands: readonly PdfValue[],
  resources: PdfValue,
  { font, renderingMode }: State,
): void {
  const { file, report, object, fonts, followed } = drawing;
  if (font === null || renderingMode === 3) return;
  const known = fonts.get(font) ?? prepareShownFont(file, font, report, object);
  fonts.set(font, known);
  const shown = operands.flatMap((operand) => (isArray(operand) ? operand : [operand])).filter(isString);
  for (const { bytes } of shown) known.checkGlyphs(bytes, report, object);
  if (followed.has(font) || !isName(file.resolve(font.get('Subtype')), 'Type3')) return;
  followed.add(font);
  const glyphs = file.resolve(font.get('CharProcs'));
  for (const value of isDictionary(glyphs) ? glyphs.values() : []) {
    const glyph = file.resolve(value);
    if (isStream(glyph)) checkContent(drawing, [glyph], font.get('Resources') ?? resources, false);
  }
}

// Only what is drawn counts: a picture or form that merely stands in the resources breaks nothing.
function checkDrawn(drawing: Drawing, name: string, resources: PdfValue): void {
  const { file, followed } = drawing;
  const drawn = resource(file, resources, 'XObject', name);
  if (!isStream(drawn)) return;
  const { dictionary } = drawn;
  const subtype = file.resolve(dictionary.get('Subtype'));
  if (isName(subtype, 'Image')) {
    if (dictionary.has('ColorSpace')) checkColorSpace(drawing, dictionary.get('ColorSpace'), resources);
    if (isTransparentImage(file, dictionary)) drawing.onTransparency();
  }
  if (!isName(subtype, 'Form') || followed.has(drawn)) return;
  followed.add(drawn);
  checkForm(drawing, drawn, resources, false);
}

/** A form XObject or an appearance. */
export function checkForm(drawing: Drawing, form: PdfStream, resources: PdfValue, hasOwnColors: boolean): void {
  const own = form.dictionary.get('Resources') ?? resources;
  const group = transparencyGroup(drawing.file, form.dictionary);
  if (group !== null) {
    drawing.onTransparency();
    checkGroupSpace(drawing, group, own);
  }
  checkContent(drawing, [form], own, hasOwnColors);
}
