import type { TrustContext } from '../signing/trust-evaluation.ts';
import { verifyPdfAgainst } from '../signing/verify.ts';
import { verifyAsic } from './asic-verification.ts';
import { verifyCms } from './cms-verification.ts';
import { summarize } from './document-verification.ts';
import type { DocumentVerification } from './document-verification.ts';
import { recognizeFormat } from './format.ts';
import { verifyXml } from './xml-verification.ts';

export type DocumentOptions = Readonly<{
  trust: TrustContext;
  /** What a detached signature is over. */
  detached: Uint8Array | null;
}>;

/**
 * Verifies whatever signatures a file holds: PAdES, CAdES, XAdES or a container of them. Never throws for what the file contains. It takes as
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
    case 'asic':
      // Any other archive (an office document, say) has no signature of the kinds that are verified here.
      return verifyAsic(recognized.content, options.trust) ?? summarize('unknown', []);
    case 'unknown':
      return summarize('unknown', []);
  }
}
