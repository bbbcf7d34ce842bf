import { AppError } from '../../contract/errors.ts';
import type { AdmissionRefusal } from '../../contract/schemas/verification.ts';
import { isArray, isDictionary, isName, isStream, isString, readPdfText } from '../signing/pdf-objects.ts';
import type { PdfDictionary, PdfValue } from '../signing/pdf-objects.ts';
import { openPdfToRead, readObject } from '../signing/pdf-reader.ts';
import type { PdfFile } from '../signing/pdf-reader.ts';
import { admitted, refused } from './examination.ts';
import type { FileExamination } from './examination.ts';
import { findProgram, programNames } from './programs.ts';

// Of ISO 32000-1 §12.6.4, what runs something or reaches out of the document without being asked.
const activeActions = ['JavaScript', 'Launch', 'ImportData', 'Rendition'];
const activeWords = /\/(?:JavaScript|Launch|RichMedia)\b/;
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
    return found === null ? admitted('application/pdf') : refused(found, 'application/pdf');
  } catch (error) {
    const text = bytes.toString('latin1');
    const isEncrypted = (error instanceof AppError && error.code === 'document.encrypted') || /\/Encrypt\b/.test(text);
    return activeWords.test(text)
      ? refused('activeContent', 'application/pdf')
      : admitted('application/pdf', isEncrypted);
  }
}

function findInFile(file: PdfFile): AdmissionRefusal | null {
  for (const number of file.entries.keys()) {
    const value = readObject(file, number);
    const found = value === 'unreadable' ? null : findInValue(file, value, 0);
    if (found !== null) return found;
  }
  return null;
}

function findInValue(file: PdfFile, value: PdfValue, depth: number): AdmissionRefusal | null {
  if (depth > deepest) return null;
  if (isArray(value)) return firstOf(value, (item) => findInValue(file, item, depth + 1));
  const dictionary = isStream(value) ? value.dictionary : value;
  if (!isDictionary(dictionary)) return null;
  if (isStream(value) && isName(dictionary.get('Type'), 'EmbeddedFile')) {
    const start = decodedStart(file, value);
    if (start !== null && findProgram(start) !== null) return 'embeddedExecutable';
  }
  return (
    findInDictionary(dictionary) ?? firstOf([...dictionary.values()], (item) => findInValue(file, item, depth + 1))
  );
}

function findInDictionary(dictionary: PdfDictionary): AdmissionRefusal | null {
  if (activeActions.some((action) => isName(dictionary.get('S'), action)) || dictionary.has('JS'))
    return 'activeContent';
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
