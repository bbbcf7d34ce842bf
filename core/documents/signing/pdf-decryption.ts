import type { Decryption } from './pdf-encryption.ts';
import { isArray, isDictionary, isName, isString } from './pdf-objects.ts';
import type { PdfDictionary, PdfStream, PdfValue } from './pdf-objects.ts';

/** The value of an object with its strings in clear. The value of a signature never was encrypted (ISO 32000-2 §7.6.2). */
export function decryptStrings(value: PdfValue, decryption: Decryption, number: number, generation: number): PdfValue {
  if (isString(value)) return { ...value, bytes: decryption.string(value.bytes, number, generation) };
  if (isArray(value)) return value.map((item) => decryptStrings(item, decryption, number, generation));
  if (!isDictionary(value)) return value;
  const isSignature = value.has('ByteRange');
  for (const [key, item] of value) {
    if (isSignature && key === 'Contents') continue;
    // In place, so that what the lexer knows of this dictionary stays true of it.
    const clear = decryptStrings(item, decryption, number, generation);
    if (clear !== item) (value as Map<string, PdfValue>).set(key, clear);
  }
  return value;
}

/** A stream whose data are taken out of their encryption when they are asked for. */
export function decryptStream(
  dictionary: PdfDictionary,
  encrypted: Buffer,
  decryption: Decryption,
  number: number,
  generation: number,
): PdfStream {
  if (isInClear(dictionary, decryption)) return { kind: 'stream', dictionary, raw: encrypted };
  let clear: Buffer | null = null;
  return {
    kind: 'stream',
    dictionary,
    get raw() {
      clear ??= decryption.stream(encrypted, number, generation);
      return clear;
    },
  };
}

// Cross references, a stream that says so, and metadata where the document says so.
function isInClear(dictionary: PdfDictionary, { isMetadataEncrypted }: Decryption): boolean {
  const type = dictionary.get('Type');
  if (isName(type, 'XRef') || (isName(type, 'Metadata') && !isMetadataEncrypted)) return true;
  const filter = dictionary.get('Filter');
  return isName(isArray(filter) ? filter[0] : filter, 'Crypt');
}
