import type { DocumentVerification } from './document-verification.ts';
import type { DocumentOptions } from './verify-document.ts';
export function verifyXml(_bytes: Buffer, _options: DocumentOptions): DocumentVerification {
  return { format: 'xml', verdict: 'no-signature', subIndication: null, reasons: [], signatures: [] };
}
