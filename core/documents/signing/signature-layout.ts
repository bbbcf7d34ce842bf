import type { PdfFile } from './pdf-reader.ts';
import { openPdfToRead } from './pdf-reader.ts';
import { listSignatures } from './pdf-signatures.ts';
import type { PdfSignature } from './pdf-signatures.ts';
import { findModifications, isRevisionEnd } from './revisions.ts';
import type { Modifications } from './revisions.ts';
import type { VerificationReason } from './verification-model.ts';

export type Layout = Readonly<{
  /** What the signature covers, in two pieces; null when the figures point outside the file. */
  content: readonly [Buffer, Buffer] | null;
  modificationsAfter: Modifications;
  reasons: readonly VerificationReason[];
}>;

/**
 * Checks that a signature covers its whole revision but its own value (ISO 32000-1 §12.8.1): from the first byte, with one
 * gap that is exactly the /Contents token, to the end of a revision in which the same signature is already there.
 */
export function checkLayout(file: PdfFile, signature: PdfSignature): Layout {
  const { byteRange, contentsPlace, coveredLength } = signature;
  const content = readCoveredContent(file, signature);
  if (byteRange === null || content === null)
    return { content: null, modificationsAfter: 'suspicious', reasons: ['byteRange'] };
  const [start, length, nextStart] = byteRange;
  if (start !== 0) return { content, modificationsAfter: 'suspicious', reasons: ['byteRange'] };
  if (contentsPlace === null || contentsPlace.start !== length || contentsPlace.end !== nextStart) {
    return { content, modificationsAfter: 'suspicious', reasons: ['contentsGap'] };
  }
  if (!isRevisionEnd(file.bytes, coveredLength))
    return { content, modificationsAfter: 'suspicious', reasons: ['revisionEnd'] };
  try {
    const revision = openPdfToRead(file.bytes.subarray(0, coveredLength));
    const isThere = listSignatures(revision).some(
      (other) => other.contentsPlace?.start === contentsPlace.start && other.fieldName === signature.fieldName,
    );
    if (!isThere) return { content, modificationsAfter: 'suspicious', reasons: ['revisionEnd'] };
    const modificationsAfter = findModifications(file, coveredLength);
    const reasons: VerificationReason[] = isPlainToken(file.bytes.subarray(length, nextStart))
      ? []
      : ['unsignedContent'];
    if (modificationsAfter === 'suspicious') reasons.push('modifiedAfterwards');
    return { content, modificationsAfter, reasons };
  } catch {
    // The signed revision is no document by itself: nobody can have seen what was signed.
    return { content, modificationsAfter: 'suspicious', reasons: ['revisionEnd'] };
  }
}

// Anything else in the gap, white space included, is outside of every signature.
function isPlainToken(token: Buffer): boolean {
  return token.length % 2 === 0 && token.subarray(1, -1).every(isHexadecimal) && token[0] === 0x3c;
}

function isHexadecimal(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}

function readCoveredContent(file: PdfFile, { byteRange }: PdfSignature): readonly [Buffer, Buffer] | null {
  if (byteRange === null) return null;
  const [start, length, nextStart, nextLength] = byteRange;
  if (start + length > nextStart || nextStart + nextLength > file.bytes.length) return null;
  return [file.bytes.subarray(start, start + length), file.bytes.subarray(nextStart, nextStart + nextLength)];
}
