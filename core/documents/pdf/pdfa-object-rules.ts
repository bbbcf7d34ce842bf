import {
  isArray,
  isDictionary,
  isName,
  isStream,
  isString,
  readPdfText,
  type PdfDictionary,
  type PdfStream,
  type PdfValue,
} from '../signing/pdf-objects.ts';
import type { PdfFile } from '../signing/pdf-reader.ts';
import type { Report } from './pdfa-finding.ts';

const admittedFilters = new Set([
  'FlateDecode',
  'DCTDecode',
  'CCITTFaxDecode',
  'JBIG2Decode',
  'JPXDecode',
  'ASCIIHexDecode',
  'ASCII85Decode',
  'RunLengthDecode',
]);

/** 6.1.7.1 and 6.1.10, images (6.2.8.1) and form XObjects (6.2.9). */
export function checkStreamObject(file: PdfFile, stream: PdfStream, report: Report, object?: number): void {
  const { dictionary } = stream;
  for (const key of ['F', 'FFilter', 'FDecodeParms'])
    if (dictionary.has(key)) report('6.1.7.1', `the stream has ${key}`, object);
  const filter = file.resolve(dictionary.get('Filter'));
  for (const value of isArray(filter) ? filter.map((part) => file.resolve(part)) : [filter]) {
    if (isName(value) && !admittedFilters.has(value.name)) report('6.1.7.2', `filter ${value.name}`, object);
  }
  const subtype = file.resolve(dictionary.get('Subtype'));
  if (isName(subtype, 'Image')) {
    for (const key of ['Alternates', 'OPI']) if (dictionary.has(key)) report('6.2.8.1', `the image has ${key}`, object);
    if (file.resolve(dictionary.get('Interpolate')) === true) report('6.2.8.1', 'the image is interpolated', object);
  }
  if (isName(subtype, 'PS') || isName(file.resolve(dictionary.get('Subtype2')), 'PS'))
    report('6.2.9', 'PostScript XObject', object);
  if (isName(subtype, 'Form'))
    for (const key of ['OPI', 'Ref', 'PS'])
      if (dictionary.has(key)) report('6.2.9', `the form XObject has ${key}`, object);
}

/** 6.2.5, and the blend modes of 6.2.10. */
export function checkExtendedGraphicsState(
  file: PdfFile,
  dictionary: PdfDictionary,
  report: Report,
  object?: number,
): void {
  if (dictionary.has('TR')) report('6.2.5', 'transfer function', object);
  const second = file.resolve(dictionary.get('TR2'));
  if (dictionary.has('TR2') && !isName(second, 'Default')) report('6.2.5', 'transfer function', object);
  if (dictionary.has('HTP')) report('6.2.5', 'halftone phase', object);
  const mode = file.resolve(dictionary.get('BM'));
  const known =
    'Normal Compatible Multiply Screen Overlay Darken Lighten ColorDodge ColorBurn HardLight SoftLight Difference Exclusion Hue Saturation Color Luminosity'.split(
      ' ',
    );
  for (const value of isArray(mode) ? mode : [mode])
    if (isName(value) && !known.includes(value.name)) report('6.2.10', `blend mode ${value.name}`, object);
}

const admittedAnnotations = new Set(
  'Text Link FreeText Line Square Circle Polygon PolyLine Highlight Underline Squiggly StrikeOut Stamp Caret Ink Popup FileAttachment Widget PrinterMark TrapNet Watermark Redact'.split(
    ' ',
  ),
);
const flags = { invisible: 1, hidden: 2, print: 4, noView: 32, toggleNoView: 256 } as const;

/** 6.3: admitted types, printed and visible, with an appearance. */
export function checkAnnotation(file: PdfFile, annotation: PdfDictionary, report: Report, object?: number): void {
  const subtype = file.resolve(annotation.get('Subtype'));
  if (!isName(subtype) || !admittedAnnotations.has(subtype.name))
    return report('6.3.1', 'a type of annotation that is not admitted', object);
  const value = file.resolve(annotation.get('F'));
  if (subtype.name !== 'Popup') {
    const bits = typeof value === 'number' ? value : 0;
    const isHidden = (bits & (flags.invisible | flags.hidden | flags.noView | flags.toggleNoView)) !== 0;
    if ((bits & flags.print) === 0 || isHidden)
      report('6.3.2', 'the annotation is not both printed and visible', object);
  }
  if (subtype.name === 'Widget') {
    if (annotation.has('A')) report('6.4.1', 'the widget has an action', object);
    if (annotation.has('AA')) report('6.4.1', 'the widget has additional actions', object);
  }
  checkAppearance(file, annotation, subtype.name, report, object);
}

function checkAppearance(
  file: PdfFile,
  annotation: PdfDictionary,
  subtype: string,
  report: Report,
  object: number | undefined,
): void {
  const appearance = file.resolve(annotation.get('AP'));
  if (!isDictionary(appearance)) {
    const isExempt = subtype === 'Popup' || subtype === 'Link' || isEmptyRectangle(file, annotation.get('Rect'));
    // A signature widget without extent needs none in the norm, but viewers and other checkers ask for it.
    if (!isExempt) report('6.3.3', 'the annotation has no appearance', object);
    return;
  }
  for (const key of appearance.keys()) if (key !== 'N') report('6.3.3', `appearance ${key}`, object);
  const normal = file.resolve(appearance.get('N'));
  const isButton = subtype === 'Widget' && isName(inheritedField(file, annotation, 'FT'), 'Btn');
  if (isButton ? !isDictionary(normal) : !isStream(normal))
    report('6.3.3', 'the normal appearance is not what it should be', object);
}

function isEmptyRectangle(file: PdfFile, value: PdfValue | undefined): boolean {
  const rectangle = file.resolve(value);
  if (!isArray(rectangle)) return false;
  const [x1, y1, x2, y2] = rectangle.map((part) => JSON.stringify(file.resolve(part)));
  return x1 === x2 && y1 === y2;
}

function inheritedField(file: PdfFile, field: PdfDictionary, key: string): PdfValue {
  let node: PdfValue = field;
  for (let level = 0; level < 32 && isDictionary(node); level += 1) {
    if (node.has(key)) return file.resolve(node.get(key));
    node = file.resolve(node.get('Parent'));
  }
  return null;
}

/** 6.4: no appearance left to the viewer, no XFA, no field that acts. */
export function checkForm(file: PdfFile, form: PdfDictionary, report: Report): void {
  if (file.resolve(form.get('NeedAppearances')) === true)
    report('6.4.1', 'the form leaves its appearance to the viewer');
  if (form.has('XFA')) report('6.4.2', 'XFA form');
  const fields = file.resolve(form.get('Fields'));
  const pending = isArray(fields) ? [...fields] : [];
  for (let step = 0; pending.length > 0 && step < 100_000; step += 1) {
    const field = file.resolve(pending.pop());
    if (!isDictionary(field)) continue;
    if (field.has('AA')) report('6.4.1', 'a field has additional actions');
    const kids = file.resolve(field.get('Kids'));
    if (isArray(kids)) pending.push(...kids);
  }
}

const forbiddenActions = new Set(
  'Launch Sound Movie ResetForm ImportData Hide SetOCGState Rendition Trans GoTo3DView JavaScript SetState NoOp set-state no-op'.split(
    ' ',
  ),
);
const admittedNamed = new Set(['NextPage', 'PrevPage', 'FirstPage', 'LastPage']);

/** 6.5.1. */
export function checkAction(file: PdfFile, action: PdfDictionary, report: Report, object?: number): void {
  const kind = file.resolve(action.get('S'));
  if (!isName(kind)) return;
  if (forbiddenActions.has(kind.name)) report('6.5.1', `action ${kind.name}`, object);
  const name = file.resolve(action.get('N'));
  if (kind.name === 'Named' && !(isName(name) && admittedNamed.has(name.name)))
    report('6.5.1', 'a named action that is not admitted', object);
}

/** 6.8: names of an embedded file. */
export function checkFileSpecification(
  file: PdfFile,
  specification: PdfDictionary,
  report: Report,
  object?: number,
): void {
  if (!specification.has('EF')) return;
  const hasName = (key: string): boolean => {
    const value = file.resolve(specification.get(key));
    return isString(value) && readPdfText(value) !== '';
  };
  if (!hasName('F') || !hasName('UF')) report('6.8', 'the file specification lacks F or UF', object);
}
