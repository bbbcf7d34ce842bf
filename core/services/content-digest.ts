import { createHash } from 'node:crypto';
import { canonicalJson } from '../contract/canonical-json.ts';
import type { AttentionForm } from '../contract/schemas/attention.ts';
import type { StoredAttention, StoredDocument, StoredPage } from './ports/store.ts';

type DocumentWithPages = StoredDocument & { readonly pages: readonly StoredPage[] };

export function sha256Hex(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Everything that a scanned document's PDF is made from: another value means that the PDF must be made again. */
export function sourceDigestOf(document: DocumentWithPages): string {
  const { documentId, title, documentType, nature, role, language, verificationCode, eniId, file } = document;
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
      file: file?.sha256 ?? null,
    }),
  );
}

/** Digest of everything that a document's PDF is made from; a prepared PDF with another one is out of date. */
export function preparedSourceOf(
  contents: Readonly<{ attention: StoredAttention; documents: readonly DocumentWithPages[] }>,
  document: DocumentWithPages,
): string {
  if (document.origin !== 'typed') return sourceDigestOf(document);
  const annexes = contents.documents
    .filter((other) => other.role === 'annex')
    .map((other) => [other.title, other.nature, other.pages.length, other.file?.sha256 ?? null]);
  const { form, officerId } = contents.attention;
  // The application of art. 43 names the officer who signs it.
  const officer = form.route === 'officer' ? officerId : null;
  return sha256Hex(canonicalJson({ form, officer, annexes, document: sourceDigestOf(document) }));
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
