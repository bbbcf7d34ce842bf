import { createHash } from 'node:crypto';
import { canonicalJson } from '../contract/canonical-json.ts';
import type { AttentionForm } from '../contract/schemas/attention.ts';
import type { StoredDocument, StoredPage } from './ports/store.ts';

type DocumentWithPages = StoredDocument & { readonly pages: readonly StoredPage[] };

export function sha256Hex(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Everything that a scanned document's PDF is made from: another value means that the PDF must be made again. */
export function sourceDigestOf(document: DocumentWithPages): string {
  const { documentId, title, documentType, nature, role, language, verificationCode, eniId } = document;
  return sha256Hex(
    canonicalJson({
      documentId,
      title,
      documentType,
      nature,
      role,
      language,
      verificationCode,
      eniId,
      pages: document.pages.map((page) => page.copyDigest),
    }),
  );
}

/**
 * What the citizen consents to (art. 43): the form, and the very bytes that will be signed. The consent's own scan is
 * not in the list. A consent given for another value does not cover what would be signed now.
 */
export function contentDigestOf(documents: readonly StoredDocument[], form: AttentionForm): string {
  const content = documents
    .filter((document) => document.role !== 'consent')
    .map((document) => ({ id: document.documentId, prepared: document.prepared?.digest ?? null }));
  return sha256Hex(canonicalJson({ form, content }));
}
