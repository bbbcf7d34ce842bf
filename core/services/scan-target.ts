import { randomUUID } from 'node:crypto';
import { AppError } from '../contract/errors.ts';
import type { MethodInput } from '../contract/methods.ts';
import { separatorOf } from '../domain/separator-sheets.ts';
import type { Separator } from '../domain/separator-sheets.ts';
import { readOpenAttention, withoutPages } from './attention-view.ts';
import { makeDocument } from './attentions.ts';
import type { ServiceContext } from './context.ts';
import { flagsOf } from './page-flags.ts';
import { assertOwnPages } from './papers.ts';
import type { OptimizedPage } from './ports/imaging.ts';
import type { RawPage } from './ports/scanner.ts';
import type { PageScanner, ScanOrder, ScanProgress, StoredDocument, StoredPage } from './ports/store.ts';

/** A capture, or a piece of it, with what became of it. */
export type FinishedPiece = Readonly<{ raw: RawPage; optimized: OptimizedPage }>;

/** Where the pages of one stack go: it sorts them into documents. */
export type ScanTarget = Readonly<{
  /** Puts the pieces of one capture into the draft, all of them or none. `pageId`: of the first one. */
  add(pieces: readonly FinishedPiece[], pageId: string): Promise<void>;
  /** At the end of the stack. */
  close(): void;
}>;

/** Throws what forbids the scan before the paper moves. `progress`: where a stack goes on that was interrupted. */
export function openTarget(
  context: ServiceContext,
  { input, profile, scanner }: ScanOrder,
  progress: ScanProgress | null = null,
): ScanTarget {
  const { store } = context.desk();
  const { target } = input;
  const scanProfile = { id: profile.id, version: profile.version, digest: profile.digest };
  const replaced = target.kind === 'replacePage' ? store.findPage(target.pageId) : null;
  if (target.kind === 'replacePage' && replaced === null) throw new AppError('page.notFound');
  refuseFailedScanner(context, input, scanner, replaced);
  refuseBesideFile(context, input, replaced);
  const start: ScanProgress = progress ?? {
    documentId: target.kind === 'document' ? target.documentId : (replaced?.documentId ?? null),
    role: target.kind === 'newDocument' ? target.role : 'annex',
    isFirst: true,
    hasKept: false,
    // One instant for all that this scan lays aside: one undo brings it back.
    laidAsideAt: context.clock.now().toISOString(),
  };
  const { laidAsideAt } = start;
  let { documentId, role, isFirst, hasKept } = start;
  // A paper that replaces another, and the consent, are what the officer laid on the glass for it: nothing is sorted out.
  const isSorted = target.kind === 'document' || (target.kind === 'newDocument' && target.role !== 'consent');

  function findDocument(): StoredDocument | undefined {
    readOpenAttention(context, input.attentionId);
    const documents = store.listDocuments(input.attentionId);
    // An act has one consent, whose document was made with its form.
    const isConsent = target.kind === 'newDocument' && target.role === 'consent';
    const isAsked = (document: StoredDocument): boolean =>
      document.documentId === documentId || (isConsent && document.role === 'consent');
    return (
      documents.find((document) => document.removedAt === null && isAsked(document)) ?? documents.find(isOpenedHere)
    );
  }

  /** One that a separator or a blank side opened and no page has come for yet. */
  function isOpenedHere(document: StoredDocument): boolean {
    return document.documentId === documentId && document.removedAt === laidAsideAt;
  }

  function getDocument(): StoredDocument {
    const known = findDocument();
    // The pages of a paper are no part of a file that came as it is.
    if (known !== undefined && known.origin !== 'scanned') throw new AppError('request.notAllowed');
    return known ?? openDocument(null);
  }

  function openDocument(documentType: string | null): StoredDocument {
    const created = makeDocument(context, {
      attention: readOpenAttention(context, input.attentionId),
      role,
      origin: 'scanned',
      position: nextPosition(store.listDocuments(input.attentionId)),
      title: role === 'application' ? 'Solicitud' : role === 'consent' ? 'Consentimiento expreso' : 'Documento',
      scanProfile,
    });
    documentId = created.documentId;
    return documentType === null ? created : { ...created, documentType };
  }

  function putPage(page: StoredPage, document: StoredDocument): void {
    const { documentId: id } = document;
    store.putPage({ ...page, documentId: id, position: store.nextPagePosition(id) });
  }

  /** Kept as a removed page of the document that it stands in, or that it opens: it never disappears. */
  function layAside(page: StoredPage, reason: 'blank' | 'separator', separator: Separator | null): void {
    // What follows a separator in the middle of the stack is another paper than the one that was asked for.
    if (separator !== null && !isFirst) role = 'annex';
    const known = separator === null ? findDocument() : undefined;
    const document = known ?? openDocument(separator?.documentType ?? null);
    if (known === undefined) store.putDocument({ ...withoutPages(document), removedAt: laidAsideAt });
    putPage({ ...page, laidAsideAs: reason, removedAt: laidAsideAt }, document);
  }

  function keep(page: StoredPage): void {
    const document = getDocument();
    store.putDocument({ ...withoutPages(document), scanProfile, prepared: null, signed: null, removedAt: null });
    if (replaced !== null && isFirst) {
      store.putPage({ ...replaced, removedAt: context.clock.now().toISOString() });
      store.putPage({ ...page, documentId: document.documentId, position: replaced.position });
    } else putPage(page, document);
    hasKept = true;
  }

  function sortIn(page: StoredPage, optimized: OptimizedPage): void {
    const separator = isSorted ? separatorOf(optimized.codes) : null;
    const isDropped = isSorted && optimized.isBlank && profile.image.dropBlankSides;
    if (separator !== null) layAside(page, 'separator', separator);
    else if (isDropped) layAside(page, 'blank', null);
    else keep(page);
    isFirst = false;
  }

  function readProgress(): ScanProgress {
    return { documentId, role, isFirst, hasKept, laidAsideAt };
  }

  if (progress === null) store.putScanProgress(readProgress());
  return {
    async add(pieces, pageId) {
      const pages: StoredPage[] = [];
      for (const { raw, optimized } of pieces) pages.push({ ...(await storePage(context, raw, optimized)), scanner });
      store.transaction(() => {
        for (const [index, page] of pages.entries()) {
          const piece = pieces[index];
          if (piece !== undefined) sortIn(index === 0 ? { ...page, pageId } : page, piece.optimized);
        }
        store.putScanProgress(readProgress());
      });
    },
    close() {
      // A stack of which nothing was kept is what the officer wanted to scan.
      const laidAside = hasKept ? [] : store.listPages(input.attentionId).filter(isLaidAsideHere);
      if (laidAside.length === 0) return;
      store.transaction(() => {
        const ids = new Set(laidAside.map((page) => page.documentId));
        for (const page of laidAside) store.putPage({ ...page, laidAsideAs: undefined, removedAt: null });
        for (const document of store.listDocuments(input.attentionId))
          if (ids.has(document.documentId))
            store.putDocument({ ...document, prepared: null, signed: null, removedAt: null });
      });
    },
  };

  function isLaidAsideHere(page: StoredPage): boolean {
    return page.laidAsideAs !== undefined && page.removedAt === laidAsideAt;
  }
}

/**
 * Art. 54.4.a: a device that failed its check makes no authentic copies. A new document may still be a photocopy, which the
 * officer says afterwards (the rules of the stage see to it); what is known to be none is refused before the paper moves.
 */
function refuseFailedScanner(
  context: ServiceContext,
  { target }: MethodInput<'scan.start'>,
  scanner: PageScanner,
  replaced: StoredPage | null,
): void {
  if (scanner.standing !== 'failed') return;
  const documentId = target.kind === 'document' ? target.documentId : replaced?.documentId;
  const document = documentId === undefined ? null : context.desk().store.findDocument(documentId);
  const isConsent = target.kind === 'newDocument' && target.role === 'consent';
  const nature = document?.nature ?? null;
  if (isConsent || (nature !== null && nature !== 'photocopy')) throw new AppError('scanner.notQualified');
}

/** A page more, or another one, would no longer be the file that was compared (art. 71.3). */
function refuseBesideFile(
  context: ServiceContext,
  { target }: MethodInput<'scan.start'>,
  replaced: StoredPage | null,
): void {
  const documentId = target.kind === 'document' ? target.documentId : replaced?.documentId;
  const document = documentId === undefined ? null : context.desk().store.findDocument(documentId);
  if (document !== null) assertOwnPages(document);
}

/** After every document there ever was, removed ones included: positions name the files. */
function nextPosition(documents: readonly StoredDocument[]): number {
  return Math.max(-1, ...documents.map((document) => document.position)) + 1;
}

/** Writes the page's images; the row that names them follows only when all are on disk. */
async function storePage(context: ServiceContext, raw: RawPage, page: OptimizedPage): Promise<StoredPage> {
  const { blobs } = context.desk();
  const [copyType, previewType] =
    page.copy.format === 'jpeg' ? ['image/jpeg', 'image/jpeg'] : ['image/x-jbig2', 'image/png'];
  const [copyDigest, captureDigest, copyPreview, capturePreview, thumbnail] = await Promise.all([
    blobs.put(page.copy.data, copyType),
    blobs.put(page.capturePng, 'image/png'),
    blobs.put(page.copyPreview, previewType),
    blobs.put(page.capturePreview, 'image/jpeg'),
    blobs.put(page.thumbnail, 'image/jpeg'),
  ]);
  return {
    pageId: randomUUID(),
    documentId: '',
    position: 0,
    thumbnail,
    copyPreview,
    capturePreview,
    widthPixels: page.copy.widthPixels,
    heightPixels: page.copy.heightPixels,
    captureWidthPixels: raw.widthPixels,
    captureHeightPixels: raw.heightPixels,
    captureCorners: page.captureCorners.map(({ x, y }) => ({ x: x / raw.widthPixels, y: y / raw.heightPixels })),
    colorMode: page.copy.colorMode,
    dpi: page.copy.dpi,
    paperMm: page.paperMm,
    skewDegrees: page.skewDegrees,
    quarterTurns: page.quarterTurns,
    isBlank: page.isBlank,
    operations: page.operations.map(({ name, parameters }) => ({ name, parameters: { ...parameters } })),
    flags: flagsOf(page),
    collation: 'pending',
    copyDigest,
    copyFormat: page.copy.format,
    captureDigest,
    rawSha256: raw.sha256,
    removedAt: null,
  };
}
