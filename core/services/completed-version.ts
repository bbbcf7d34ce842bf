import { AppError } from '../contract/errors.ts';
import type { SignatureLevel } from '../contract/schemas/common.ts';
import type { PdfVerification } from '../documents/signing/verification-model.ts';

/** Throws `signature.failed` unless the new version begins with every byte of the former one and goes on. */
export function assertExtends(version: Uint8Array, former: Uint8Array): void {
  const isLonger = version.length > former.length;
  if (!isLonger || !Buffer.from(version.buffer, version.byteOffset, former.length).equals(former))
    throw new AppError('signature.failed', { reason: 'notAnExtension' });
}

const levels: readonly SignatureLevel[] = ['B-B', 'B-T', 'B-LT', 'B-LTA'];

/** A document is worth what the least of its signatures is worth. */
export function levelOfDocument({ signatures }: PdfVerification): SignatureLevel {
  const reached = signatures.map(({ level, reasons }) => {
    const claimed = level === null ? 0 : levels.indexOf(level);
    // Evidence of former signatures in the same file says nothing of one that came later.
    return reasons.includes('revocationUnavailable') ? Math.min(claimed, levels.indexOf('B-T')) : claimed;
  });
  return levels[Math.min(...reached, levels.length - 1)] ?? 'B-B';
}

export function isHigherLevel(level: SignatureLevel, than: SignatureLevel): boolean {
  return levels.indexOf(level) > levels.indexOf(than);
}
