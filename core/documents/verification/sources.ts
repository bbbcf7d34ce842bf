import { AppError } from '../../contract/errors.ts';
import { plainAnchor } from '../signing/trust-evaluation.ts';
import type { TrustAnchor, TrustContext } from '../signing/trust-evaluation.ts';
import { summarize } from './document-verification.ts';
import type { DocumentVerification } from './document-verification.ts';
import { verifyDocument } from './verify-document.ts';

/** What documents are verified against, as bytes that can be handed to a thread. */
export type VerificationSources = Readonly<{
  /** DER of authorities to trust. */
  authorities: readonly Uint8Array[];
  /** Trust lists (ETSI TS 119 612). */
  lists: readonly Uint8Array[];
  /** DER of the certificates that may sign the lists. */
  listSigners: readonly Uint8Array[];
  /** Moment of the verification in milliseconds; null for the present of each document. */
  at: number | null;
  /** Folder of OCSP responses and revocation lists that were fetched once. */
  cacheFolder: string | null;
  isOnline: boolean;
}>;

export type DocumentVerifier = (document: Uint8Array, detached: Uint8Array | null) => Promise<DocumentVerification>;

/** Reads the sources once and verifies documents against them. */
export function createDocumentVerifier(sources: VerificationSources): DocumentVerifier {
  const anchors: readonly TrustAnchor[] = readAnchors(sources.authorities);
  return async (document, detached) => {
    const at = new Date(sources.at ?? Date.now());
    const trust: TrustContext = { anchors, at, ocsps: [], crls: [] };
    try {
      return verifyDocument(document, { trust, detached });
    } catch (error) {
      const isUnreadable = error instanceof AppError && error.code === 'document.unreadable';
      return summarize('unknown', [], [isUnreadable ? 'unreadableSignature' : 'limitReached']);
    }
  };
}

// A folder of authorities may hold one that is damaged: the others still count.
function readAnchors(authorities: readonly Uint8Array[]): readonly TrustAnchor[] {
  return authorities.flatMap((authority) => {
    try {
      return [plainAnchor(authority)];
    } catch {
      return [];
    }
  });
}
