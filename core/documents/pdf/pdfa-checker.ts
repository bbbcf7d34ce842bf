import { AppError } from '../../contract/errors.ts';
import {
  isArray,
  isDictionary,
  isName,
  isReference,
  isStream,
  type PdfDictionary,
  type PdfStream,
  type PdfValue,
} from '../signing/pdf-objects.ts';
import { openPdf, type PdfFile } from '../signing/pdf-reader.ts';
import { checkContent, checkForm as checkDrawnForm, type Drawing } from './pdfa-content-rules.ts';
import { checkDocumentMetadata } from './pdfa-metadata-rules.ts';
import {
  checkAction,
  checkAnnotation,
  checkExtendedGraphicsState,
  checkFileSpecification,
  checkForm,
  checkStreamObject,
} from './pdfa-object-rules.ts';
import { checkOutputIntents } from './pdfa-color-rules.ts';
import type { PdfaFinding, Report } from './pdfa-finding.ts';
import { checkLimits, checkNameLength, checkPageSize } from './pdfa-limit-rules.ts';
import { checkBlending, checkGroupSpace, transparencyGroup } from './pdfa-transparency-rules.ts';

/**
 * Checks a PDF against the clauses of PDF/A-2b that our producers, signatures and embedded files touch. No finding means
 * that none of these is broken; it is no certificate for files of other origin. Works on signed files too.
 */
export function checkPdfA(pdf: Uint8Array): readonly PdfaFinding[] {
  const findings: PdfaFinding[] = [];
  const report: Report = (rule, message, object) => {
    const finding = { rule, message, ...(object === undefined ? {} : { object }) };
    if (!findings.some((known) => known.rule === rule && known.message === message && known.object === object))
      findings.push(finding);
  };
  const bytes = Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength);
  checkHeaderAndEnd(bytes, report);
  try {
    checkFile(openPdf(bytes), report);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'document.encrypted') report('6.1.3', 'the file is encrypted');
    else report('6.1.4', `the file cannot be read: ${String(error.details['reason'] ?? error.code)}`);
  }
  return findings;
}

function checkHeaderAndEnd(bytes: Buffer, report: Report): void {
  const start = bytes.toString('latin1', 0, 64);
  const header = /^%PDF-1\.[0-7](?:\r\n|\r|\n)(.*)/.exec(start);
  if (header === null) report('6.1.2', 'the file does not begin with a header of PDF 1.0 to 1.7');
  else if (!/^%[\x80-\xff]{4}/.test(header[1] ?? ''))
    report('6.1.2', 'no comment of four bytes above 127 follows the header');
  if (!/%%EOF(?:\r\n|\r|\n)?$/.test(bytes.toString('latin1', Math.max(0, bytes.length - 32))))
    report('6.1.3', 'data follows the last end-of-file marker');
}

function checkFile(file: PdfFile, report: Report): void {
  const identifier = file.resolve(file.trailer.get('ID'));
  if (!isArray(identifier) || identifier.length !== 2) report('6.1.3', 'the trailer has no file identifier');
  const { root } = file;
  for (const [key, rule] of [
    ['Requirements', '6.11'],
    ['NeedsRendering', '6.4.2'],
  ] as const) {
    if (root.has(key) && file.resolve(root.get(key)) !== false) report(rule, `the catalog has ${key}`);
  }
  checkPermissions(file, report);
  const names = file.resolve(root.get('Names'));
  if (isDictionary(names) && names.has('AlternatePresentations')) report('6.10', 'alternate presentations');
  const intent = checkOutputIntents(file, report);
  checkDocumentMetadata(file, report);
  const form = file.resolve(root.get('AcroForm'));
  if (isDictionary(form)) checkForm(file, form, report);
  const drawing: Drawing = {
    file,
    intent,
    report,
    object: undefined,
    separations: new Map(),
    fonts: new Map(),
    followed: new Set(),
    onTransparency: () => undefined,
  };
  const drawnAppearances = new Set<PdfValue>();
  walk(file, report, (visit) => checkVisited(visit, drawing, drawnAppearances));
}

function checkPermissions(file: PdfFile, report: Report): void {
  const permissions = file.resolve(file.root.get('Perms'));
  if (!isDictionary(permissions)) return;
  for (const key of permissions.keys()) if (key !== 'UR3' && key !== 'DocMDP') report('6.1.12', `permission ${key}`);
}

// 6.8: an embedded file is itself PDF/A-1 or PDF/A-2.
function checkEmbeddedFile(file: PdfFile, stream: PdfStream, report: Report, object: number | undefined): void {
  let data: Buffer;
  try {
    data = file.decode(stream);
  } catch (error) {
    if (error instanceof AppError) return report('6.8', 'the embedded file cannot be read', object);
    throw error;
  }
  if (!data.subarray(0, 5).equals(Buffer.from('%PDF-'))) return report('6.8', 'the embedded file is no PDF', object);
  for (const finding of checkPdfA(data)) report('6.8', `embedded file: ${finding.rule} ${finding.message}`, object);
}

type Visit = Readonly<{
  value: PdfValue;
  dictionary: PdfDictionary;
  key: string;
  parentKey: string;
  object: number | undefined;
}>;

function checkVisited(visit: Visit, shared: Drawing, drawnAppearances: Set<PdfValue>): void {
  const { value, dictionary, key, parentKey, object } = visit;
  const { file, report } = shared;
  const type = file.resolve(dictionary.get('Type'));
  if (isStream(value)) {
    checkStreamObject(file, value, report, object);
    if (isName(type, 'EmbeddedFile')) checkEmbeddedFile(file, value, report, object);
    // An appearance that no page of the file shows is looked at all the same.
    if ((key === 'N' || parentKey === 'N') && !drawnAppearances.has(value))
      checkDrawnForm({ ...shared, object, followed: new Set() }, value, null, true);
  }
  if (isName(type, 'Page')) {
    checkPage(dictionary, { ...shared, object, followed: new Set() }, drawnAppearances);
    if (dictionary.has('AA')) report('6.5.2', 'the page has additional actions', object);
    if (dictionary.has('PresSteps')) report('6.10', 'presentation steps', object);
  }
  if (isName(type, 'Catalog') && dictionary.has('AA')) report('6.5.2', 'the catalog has additional actions', object);
  if (parentKey === 'ExtGState') checkExtendedGraphicsState(file, dictionary, report, object);
  if ((key === 'Annots' && parentKey === 'Annots') || isName(type, 'Annot'))
    checkAnnotation(file, dictionary, report, object);
  if (dictionary.has('EF')) checkFileSpecification(file, dictionary, report, object);
  if (['A', 'OpenAction', 'Next'].includes(key)) checkAction(file, dictionary, report, object);
}

function checkPage(page: PdfDictionary, context: Drawing, drawnAppearances: Set<PdfValue>): void {
  const { file, report, object } = context;
  let isTransparent = false;
  const drawing: Drawing = {
    ...context,
    onTransparency() {
      isTransparent = true;
    },
  };
  const contents = file.resolve(page.get('Contents'));
  const streams = (isArray(contents) ? contents.map((part) => file.resolve(part)) : [contents]).filter(isStream);
  const resources = inherited(file, page, 'Resources');
  checkContent(drawing, streams, resources);
  for (const [reference, appearance] of appearancesOf(file, page)) {
    drawnAppearances.add(appearance);
    checkDrawnForm({ ...drawing, object: isReference(reference) ? reference.number : object }, appearance, null, true);
  }
  const group = transparencyGroup(file, page);
  if (group !== null) checkGroupSpace(drawing, group, resources);
  if (isTransparent) checkBlending(drawing, page);
  checkPageSize(file, (key) => inherited(file, page, key), report, object);
}

/** Normal appearances of a page's annotations: each as it stands in the file, and its stream. */
function* appearancesOf(file: PdfFile, page: PdfDictionary): Generator<[PdfValue, PdfStream]> {
  const annotations = file.resolve(page.get('Annots'));
  for (const one of isArray(annotations) ? annotations : []) {
    const annotation = file.resolve(one);
    const appearance = isDictionary(annotation) ? file.resolve(annotation.get('AP')) : null;
    const normal = isDictionary(appearance) ? (appearance.get('N') ?? null) : null;
    const states = file.resolve(normal);
    for (const state of isDictionary(states) ? states.values() : [normal]) {
      const stream = file.resolve(state);
      if (isStream(stream)) yield [state, stream];
    }
  }
}

/** Every dictionary and stream reachable from the catalog, once, with the key that led to it and the key above. */
function walk(file: PdfFile, report: Report, visitor: (visit: Visit) => void): void {
  const seen = new Set<number>();
  type Pending = Readonly<{ value: PdfValue; key: string; parentKey: string; object: number | undefined }>;
  const pending: Pending[] = [{ value: file.rootReference, key: 'Root', parentKey: '', object: undefined }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    let { value, object } = next;
    if (isReference(value)) {
      if (seen.has(value.number)) continue;
      seen.add(value.number);
      object = value.number;
      value = file.resolve(value);
    }
    checkLimits(value, report, object);
    if (isArray(value)) {
      // Elements of an array stand under the array's own key.
      for (const element of value) pending.push({ value: element, key: next.key, parentKey: next.key, object });
      continue;
    }
    const dictionary = isStream(value) ? value.dictionary : value;
    if (!isDictionary(dictionary)) continue;
    visitor({ value, dictionary, key: next.key, parentKey: next.parentKey, object });
    for (const [key, child] of dictionary) {
      checkNameLength(key, report, object);
      pending.push({ value: child, key, parentKey: next.key, object });
    }
  }
}

function inherited(file: PdfFile, page: PdfDictionary, key: string): PdfValue | undefined {
  let node: PdfValue = page;
  for (let level = 0; level < 64 && isDictionary(node); level += 1) {
    if (node.has(key)) return node.get(key);
    node = file.resolve(node.get('Parent'));
  }
  return undefined;
}
