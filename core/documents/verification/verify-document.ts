import type { TrustContext } from '../signing/trust-evaluation.ts';
import { verifyPdfAgainst } from '../signing/verify.ts';
import { verifyCms } from './cms-verification.ts';
import type { DocumentVerification } from './document-verification.ts';
import { recognizeFormat } from './format.ts';
import { verifyXml } from './xml-verification.ts';

export type DocumentOptions = Readonly<{
  trust: TrustContext;
  /** What a detached signature is over. */
  detached: Uint8Array | null;
}>;

/**
 * Verifies whatever signatures a file holds: PAdES, CAdES or XAdES. Never throws for what the file contains. It takes as
 * much time and memory as the file asks for: files of others go through `createVerifier`, which sets limits.
 */
export function verifyDocument(bytes: Uint8Array, options: DocumentOptions): DocumentVerification {
  const recognized = recognizeFormat(bytes);
  switch (recognized.format) {
    case 'pdf': {
      const { signatures, ...rest } = verifyPdfAgainst(bytes, options.trust);
      return {
        format: 'pdf',
        ...rest,
        signatures: signatures.map((signature) => ({
          ...signature,
          signedContent: signature.coversWholeFile ? ['document'] : ['revision'],
        })),
      };
    }
    case 'cms':
      return verifyCms(recognized.content, options);
    case 'xml':
      return verifyXml(recognized.content, options);
    case 'unknown':
      return { format: 'unknown', verdict: 'no-signature', subIndication: null, reasons: [], signatures: [] };
  }
}
