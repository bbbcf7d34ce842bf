import { isArray, isDictionary, isName, isString, readPdfText } from './pdf-objects.ts';
import type { PdfDictionary, PdfValue } from './pdf-objects.ts';
import type { PdfFile } from './pdf-reader.ts';
import { listSignatureFields } from './pdf-signatures.ts';

/** What the signatures of a revision let happen after them (ISO 32000-1 §12.8.2.2 and §12.8.2.4). */
export type Permissions = Readonly<{
  /** DocMDP: 1 nothing, 2 filling in forms and signing, 3 notes as well; null when nobody certified the document. */
  level: number | null;
  isLocked(fieldName: string): boolean;
}>;

type Lock = Readonly<{ action: string; fields: readonly string[] }>;

export function readPermissions(file: PdfFile): Permissions {
  const levels: number[] = [];
  const locks: Lock[] = [];
  const addLock = (parameters: PdfDictionary): void => {
    const action = file.resolve(parameters.get('Action'));
    const list = file.resolve(parameters.get('Fields'));
    const fields = (isArray(list) ? list : [])
      .map((name) => file.resolve(name))
      .filter(isString)
      .map(readPdfText);
    if (isName(action)) locks.push({ action: action.name, fields });
  };
  for (const { value, dictionary } of listSignatureFields(file)) {
    if (value === null) continue;
    const lock = file.resolve(dictionary.get('Lock'));
    if (isDictionary(lock)) {
      addLock(lock);
      const level = file.resolve(lock.get('P'));
      if (typeof level === 'number') levels.push(level);
    }
    for (const { method, parameters } of readTransforms(file, value)) {
      if (method === 'FieldMDP') addLock(parameters);
      const level = file.resolve(parameters.get('P'));
      if (method === 'DocMDP') levels.push(typeof level === 'number' ? level : 2);
    }
  }
  return {
    level: levels.length === 0 ? null : Math.min(...levels),
    isLocked: (fieldName) => locks.some((lock) => isLockedBy(lock, fieldName)),
  };
}

function isLockedBy({ action, fields }: Lock, fieldName: string): boolean {
  // A name stands for all the fields below it.
  const isListed = fields.some((name) => fieldName === name || fieldName.startsWith(`${name}.`));
  switch (action) {
    case 'Include':
      return isListed;
    case 'Exclude':
      return !isListed;
    default:
      return true;
  }
}

function readTransforms(
  file: PdfFile,
  signature: PdfDictionary,
): readonly Readonly<{ method: string; parameters: PdfDictionary }>[] {
  const list: PdfValue = file.resolve(signature.get('Reference'));
  return (isArray(list) ? list : []).flatMap((item) => {
    const reference = file.resolve(item);
    if (!isDictionary(reference)) return [];
    const method = file.resolve(reference.get('TransformMethod'));
    const parameters = file.resolve(reference.get('TransformParams'));
    return isName(method)
      ? [{ method: method.name, parameters: isDictionary(parameters) ? parameters : new Map() }]
      : [];
  });
}
