import { AppError } from '../../contract/errors.ts';
import {
  isArray,
  isDictionary,
  isName,
  isString,
  isStream,
  type PdfDictionary,
  type PdfStream,
  type PdfValue,
} from '../signing/pdf-objects.ts';
import { cursorAt, skipWhitespace, takeValue, takeWord } from '../signing/pdf-lexer.ts';
import type { PdfFile } from '../signing/pdf-reader.ts';
import { checkDeviceColor, type IntentColor } from './pdfa-color-rules.ts';
import type { Report } from './pdfa-finding.ts';
import { checkShownFont } from './pdfa-font-rules.ts';

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

type State = { font: PdfDictionary | null; renderingMode: number };

/** Rules on operators: known ones only, device colours covered, no .notdef shown, limited nesting. */
export function checkContent(
  file: PdfFile,
  streams: readonly PdfStream[],
  resourcesValue: PdfValue | undefined,
  intent: IntentColor,
  report: Report,
  object?: number,
  forms: Set<PdfValue> = new Set(),
): void {
  const resources = file.resolve(resourcesValue);
  const data = decodeAll(file, streams);
  if (data === null || data.length === 0) return;
  const state: State = { font: null, renderingMode: 0 };
  let nesting = 0;
  forEachOperation(data, (operator, operands) => {
    if (!operators.has(operator)) report('6.2.2', `unknown operator ${operator.slice(0, 20)}`, object);
    if (operator === 'q') nesting += 1;
    if (operator === 'Q') nesting -= 1;
    if (nesting > maximumNesting) report('6.1.13', 'graphics states nested deeper than 28', object);
    const [first] = operands;
    const color = colorOperators[operator];
    if (color !== undefined) checkDeviceColor(file, color, resources, intent, report, object);
    if ((operator === 'cs' || operator === 'CS') && isName(first))
      checkDeviceColor(file, first.name, resources, intent, report, object);
    if (operator === 'ri' && isName(first) && !renderingIntents.includes(first.name))
      report('6.2.6', `rendering intent ${first.name}`, object);
    if (operator === 'Do' && isName(first)) checkDrawn(file, first.name, resources, { intent, forms, report, object });
    checkText(file, operator, operands, resources, state, report, object);
  });
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

function checkText(
  file: PdfFile,
  operator: string,
  operands: readonly PdfValue[],
  resources: PdfValue,
  state: State,
  report: Report,
  object: number | undefined,
): void {
  const [first] = operands;
  if (operator === 'Tf' && isName(first)) {
    const fonts = isDictionary(resources) ? file.resolve(resources.get('Font')) : null;
    const font = isDictionary(fonts) ? file.resolve(fonts.get(first.name)) : null;
    state.font = isDictionary(font) ? font : null;
  }
  if (operator === 'Tr' && typeof first === 'number') state.renderingMode = first;
  if (!['Tj', 'TJ', "'", '"'].includes(operator) || state.font === null || state.renderingMode === 3) return;
  checkShownFont(file, state.font, report, object);
  if (!isName(file.resolve(state.font.get('Encoding')), 'Identity-H')) return;
  const shown = operands.flatMap((operand) => (isArray(operand) ? operand : [operand])).filter(isString);
  for (const { bytes } of shown) {
    for (let at = 0; at + 1 < bytes.length; at += 2) {
      if (bytes.readUInt16BE(at) === 0) report('6.2.11.8', 'the .notdef glyph is shown', object);
    }
  }
}

type Drawing = Readonly<{ intent: IntentColor; forms: Set<PdfValue>; report: Report; object: number | undefined }>;

// Only what is drawn counts: a picture or form that merely stands in the resources breaks nothing.
function checkDrawn(
  file: PdfFile,
  name: string,
  resources: PdfValue,
  { intent, forms, report, object }: Drawing,
): void {
  const objects = isDictionary(resources) ? file.resolve(resources.get('XObject')) : null;
  const drawn = isDictionary(objects) ? file.resolve(objects.get(name)) : null;
  if (!isStream(drawn)) return;
  const subtype = file.resolve(drawn.dictionary.get('Subtype'));
  const space = file.resolve(drawn.dictionary.get('ColorSpace'));
  if (isName(subtype, 'Image') && isName(space)) checkDeviceColor(file, space.name, resources, intent, report, object);
  if (!isName(subtype, 'Form') || forms.has(drawn)) return;
  forms.add(drawn);
  checkContent(file, [drawn], drawn.dictionary.get('Resources') ?? resources, intent, report, object, forms);
}
