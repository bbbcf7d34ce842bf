import type { DocumentView } from '../../../core/contract/schemas/attention.ts';

export type PageMove = Readonly<{ documentId: string; position: number }>;

/** Where a page goes one place earlier or later: within its document, then into its neighbour. Null: nowhere to go. */
export function findMove(
  documents: readonly DocumentView[],
  pageId: string,
  direction: 'earlier' | 'later',
): PageMove | null {
  const documentIndex = documents.findIndex(({ pages }) => pages.some((page) => page.pageId === pageId));
  const document = documents[documentIndex];
  if (document === undefined) return null;
  const position = document.pages.findIndex((page) => page.pageId === pageId);
  const target = direction === 'earlier' ? position - 1 : position + 1;
  if (target >= 0 && target < document.pages.length) return { documentId: document.documentId, position: target };
  return findMoveAcross(documents, pageId, direction);
}

/** To the end of the document before, or to the beginning of the one after. */
export function findMoveAcross(
  documents: readonly DocumentView[],
  pageId: string,
  direction: 'earlier' | 'later',
): PageMove | null {
  const documentIndex = documents.findIndex(({ pages }) => pages.some((page) => page.pageId === pageId));
  if (documentIndex === -1) return null;
  const neighbour = documents[direction === 'earlier' ? documentIndex - 1 : documentIndex + 1];
  if (neighbour === undefined) return null;
  return { documentId: neighbour.documentId, position: direction === 'earlier' ? neighbour.pages.length : 0 };
}

export type PlacedPage = Readonly<{ page: DocumentView['pages'][number]; document: DocumentView; number: number }>;

/** All pages in the order in which they are looked through. */
export function listPages(documents: readonly DocumentView[]): readonly PlacedPage[] {
  return documents.flatMap((document) => document.pages.map((page, index) => ({ page, document, number: index + 1 })));
}
