import { equalPdf, isDictionary, isKeptExcept, isStream, isString, readPdfText } from './pdf-objects.ts';
import type { PdfValue } from './pdf-objects.ts';
import type { PdfFile } from './pdf-reader.ts';
import type { RevisionPair } from './revision-pair.ts';

const authorship = ['ModDate', 'Producer'];
const firstAuthorship: ReadonlySet<string> = new Set([...authorship, 'CreationDate', 'Creator']);

// ModDate and Producer say who appended; the rest of the information describes the document.
export function isInformationKept(before: PdfFile, after: PdfFile): boolean {
  const [old, current] = [before.resolve(before.trailer.get('Info')), after.resolve(after.trailer.get('Info'))];
  if (!isDictionary(old)) return !isDictionary(current) || [...current.keys()].every((key) => firstAuthorship.has(key));
  // Programs write the same text in the encoding that they like.
  const isSameText = (left: PdfValue | undefined, right: PdfValue | undefined): boolean => {
    const [was, is] = [before.resolve(left), after.resolve(right)];
    return isString(was) && isString(is) ? readPdfText(was) === readPdfText(is) : equalPdf(was, is);
  };
  return isDictionary(current) && isKeptExcept(old, current, authorship, isSameText);
}

// Metadata of a page or a form; what is larger is compared byte by byte.
const maximumMetadata = 1024 * 1024;

/**
 * Adobe's programs date the XMP anew with every signature, and some programs begin one for that. What else it says (ENI
 * metadata among it) is part of the document.
 */
export function isMetadataKept(
  { before, after, isKeptExcept: isKept }: RevisionPair,
  old: PdfValue,
  current: PdfValue,
): boolean {
  if (!isStream(current)) return old === null && current === null;
  if (current.raw.length > maximumMetadata) return false;
  const is = statementsOf(after.decode(current));
  if (old === null) return [...is].every(isFirstStatement);
  if (!isStream(old) || !isKept(old.dictionary, current.dictionary, ['Length', 'Filter', 'DecodeParms'])) return false;
  const was = statementsOf(before.decode(old));
  return was.size === is.size && [...was].every((statement) => is.has(statement));
}

/** What an XMP packet states, whether as elements or attributes, but for when and by what it was last written. */
function statementsOf(xmp: Buffer): ReadonlySet<string> {
  const text = xmp.toString('utf8');
  const statements = new Set<string>();
  for (const [, name = '', value = ''] of text.matchAll(/<([\w.-]+:[\w.-]+)[^<>]*>([^<]+)(?=<)/g))
    if (value.trim() !== '' && !isVolatile(name)) statements.add(`${name}=${value.trim()}`);
  for (const [, name = '', double, single] of text.matchAll(/\s([\w.-]+:[\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g))
    if (!isVolatile(name)) statements.add(`${name}=${(double ?? single ?? '').trim()}`);
  return statements;
}

// What a packet says of itself: nothing that the document has not said.
function isFirstStatement(statement: string): boolean {
  return /^(?:(?:xmp|xap):(?:CreateDate|CreatorTool)|(?:xmp|xap)MM:DocumentID|dc:format)=/.test(statement);
}

function isVolatile(name: string): boolean {
  return /^(?:(?:xmp|xap):(?:ModifyDate|MetadataDate)|(?:xmp|xap)MM:(?:InstanceID|VersionID)|pdf:Producer|x:xmptk|xmlns:.*|xml:.*|stEvt:.*|rdf:(?:about|parseType))$/.test(
    name,
  );
}
