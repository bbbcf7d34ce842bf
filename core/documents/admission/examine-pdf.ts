import { AppError } from '../../contract/errors.ts';
import type { AdmissionRefusal } from '../../contract/schemas/verification.ts';
import { isArray, isDictionary, isName, isStream, isString, readPdfText } from '../signing/pdf-objects.ts';
import type { PdfDictionary, PdfValue } from '../signing/pdf-objects.ts';
import { openPdfToRead, readObject } from '../signing/pdf-reader.ts';
import type { PdfFile } from '../signing/pdf-reader.ts';
import { admitted, refused } from './examination.ts';
import type { FileExamination } from './examination.ts';
import { findProgram, programNames } from './programs.ts';

// Of ISO 32000-1 §12.6.4, what starts a program or reaches out of the document. JavaScript does neither: forms of public bodies
// calculate with it, and no viewer of ours runs it.
const activeActions = ['Launch', 'ImportData', 'Rendition'];
const activeWords = /\/(?:Launch|ImportData|RichMedia)\b/;
const scriptWords = /\/(?:JavaScript|JS)\b/;
const deepest = 64;
const longestTail = 4096;

/**
 * A PDF that anybody can open is looked at object by object; one that wants a password, or that only repairing readers open, by
 * its words. One that lacks its end was cut.
 */
export function examinePdf(bytes: Buffer): FileExamination {
  if (!bytes.subarray(-longestTail).includes('%%EOF')) return refused('damaged', 'application/pdf');
  try {
    const file = openPdfToRead(bytes);
    const found = findInFile(file);
    return found.refusal === null
      ? admitted('application/pdf', { hasScripts: found.hasScripts })
      : refused(found.refusal, 'application/pdf');
  } catch (error) {
    const text = bytes.toString('latin1');
    const isEncrypted = (error instanceof AppError && error.code === 'document.encrypted') || /\/Encrypt\b/.test(text);
    return activeWords.test(text)
      ? refused('activeContent', 'application/pdf')
      : admitted('application/pdf', { isEncrypted, hasScripts: scriptWords.test(text) });
  }
}

type Search = Readonly<{ file: PdfFile; scripts: { found: boolean } }>;

function findInFile(file: PdfFile): Readonly<{ refusal: AdmissionRefusal | null; hasScripts: boolean }> {
  const search: Search = { file, scripts: { found: false } };
  for (const number of file.entries.keys()) {
    const value = readObject(file, number);
    const refusal = value === 'unreadable' ? null : findInValue(search, value, 0);
    if (refusal !== null) return { refusal, hasScripts: false };
  }
  return { refusal: null, hasScripts: search.scripts.found };
}

function findInValue(search: Search, value: PdfValue, depth: number): AdmissionRefusal | null {
  if (depth > deepest) return null;
  if (isArray(value)) return firstOf(value, (item) => findInValue(search, item, depth + 1));
  const dictionary = isStream(value) ? value.dictionary : value;
  if (!isDictionary(dictionary)) return null;
  if (isStream(value) && isName(dictionary.get('Type'), 'EmbeddedFile')) {
    const start = decodedStart(search.file, value);
    if (start !== null && findProgram(start) !== null) return 'embeddedExecutable';
  }
  if (isName(dictionary.get('S'), 'JavaScript') || dictionary.has('JS')) search.scripts.found = true;
  return (
    findInDictionary(dictionary) ?? firstOf([...dictionary.values()], (item) => findInValue(search, item, depth + 1))
  );
}

function findInDictionary(dictionary: PdfDictionary): AdmissionRefusal | null {
  if (activeActions.some((action) => isName(dictionary.get('S'), action))) return 'activeContent';
  if (isName(dictionary.get('Subtype'), 'RichMedia')) return 'activeContent';
  if (!dictionary.has('EF')) return null;
  const names = [dictionary.get('F'), dictionary.get('UF')];
  return names.some((name) => isString(name) && programNames.test(readPdfText(name))) ? 'embeddedExecutable' : null;
}

function decodedStart(file: PdfFile, stream: Extract<PdfValue, { kind: 'stream' }>): Buffer | null {
  try {
    return file.decode(stream).subarray(0, 64);
  } catch {
    return null;
  }
}

function firstOf<Item>(items: readonly Item[], find: (item: Item) => AdmissionRefusal | null): AdmissionRefusal | null {
  for (const item of items) {
    const found = find(item);
    if (found !== null) return found;
  }
  return null;
}
