import { isDictionary, isKeptExcept, isStream } from './pdf-objects.ts';
import type { PdfValue } from './pdf-objects.ts';
import type { PdfFile } from './pdf-reader.ts';

// ModDate and Producer say who appended; the rest of the information describes the document.
export function isInformationKept(before: PdfFile, after: PdfFile): boolean {
  const [old, current] = [before.resolve(before.trailer.get('Info')), after.resolve(after.trailer.get('Info'))];
  if (!isDictionary(old)) return true;
  return isDictionary(current) && isKeptExcept(old, current, ['ModDate', 'Producer']);
}

// Adobe's programs date the XMP anew with every signature. What else it says (ENI metadata among it) is part of the document.
export function isMetadataKept(before: PdfFile, after: PdfFile, old: PdfValue, current: PdfValue): boolean {
  if (
    !isStream(old) ||
    !isStream(current) ||
    !isKeptExcept(old.dictionary, current.dictionary, ['Length', 'Filter', 'DecodeParms'])
  )
    return false;
  const [was, is] = [statementsOf(before.decode(old)), statementsOf(after.decode(current))];
  return was.size === is.size && [...was].every((statement) => is.has(statement));
}

/** What an XMP packet states, whether as elements or attributes, but for when and by what it was last written. */
function statementsOf(xmp: Buffer): ReadonlySet<string> {
  const text = xmp.toString('utf8');
  const statements = new Set<string>();
  for (const [, name = '', value = ''] of text.matchAll(/<([\w.-]+:[\w.-]+)[^>]*>([^<]+)</g))
    if (value.trim() !== '' && !isVolatile(name)) statements.add(`${name}=${value.trim()}`);
  for (const [, name = '', double, single] of text.matchAll(/\s([\w.-]+:[\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g))
    if (!isVolatile(name)) statements.add(`${name}=${(double ?? single ?? '').trim()}`);
  return statements;
}

function isVolatile(name: string): boolean {
  return /^(?:xmp:(?:ModifyDate|MetadataDate)|xmpMM:(?:InstanceID|VersionID)|pdf:Producer|x:xmptk|xmlns:.*|xml:.*|stEvt:.*|rdf:(?:about|parseType))$/.test(
    name,
  );
}
