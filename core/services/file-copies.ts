import { AppError } from '../contract/errors.ts';
import type { MethodInput } from '../contract/methods.ts';
import type { AttentionView, ComparedFile } from '../contract/schemas/attention.ts';
import type { ScanProfile } from '../contract/schemas/scan-profile.ts';
import type { StagedFile } from '../contract/schemas/verification.ts';
import { publishAttention } from './attention-view.ts';
import type { ServiceContext } from './context.ts';
import type { JobReport } from './jobs.ts';
import { flagsOf } from './page-flags.ts';
import { openDocument, saveDocument } from './papers.ts';
import type { FilePage, FilePages } from './ports/imaging.ts';
import type { PageCopy, StoredPage } from './ports/store.ts';
import { getProfileInForce } from './scan-profiles.ts';

/**
 * Second flow of ordinance art. 71.3: compares the file that the person brought with the scan of the paper, page by page.
 * With no obstacle its pages take the place of the scan's, to be collated against the same captures; else the scan stays
 * and the obstacles are told. The job fails with `file.notComparable`, `file.pageNotDrawn`, `file.pageCountDiffers`,
 * `document.encrypted`. Throws `file.notStaged`, `file.notAdmitted`.
 */
export function startComparison(
  context: ServiceContext,
  { documentId, digest }: MethodInput<'documents.compareFile'>,
): string {
  const { document } = openDocument(context, documentId);
  if (document.origin !== 'scanned' || document.role === 'consent' || document.scanProfile === null)
    throw new AppError('request.notAllowed');
  const { file, content } = context.staging.get(digest);
  if (file.refusal !== null) throw new AppError('file.notAdmitted', { reason: file.refusal });
  const profile = getProfileInForce(context, document.scanProfile.id);
  return context.jobs.start('compare', documentId, async ({ signal, report }) => {
    const filePages = await context.imaging.openFile(content, file.mediaType, signal);
    try {
      const compared = await comparePages(context, { document, filePages, profile, digest }, signal, report);
      keepComparison(context, document, file, compared);
    } finally {
      await filePages.close();
    }
  });
}

type OpenDocument = ReturnType<typeof openDocument>['document'];
type Comparison = Readonly<{
  document: OpenDocument;
  filePages: FilePages;
  profile: ScanProfile;
  /** Of the file. */
  digest: string;
}>;
type ComparedPages = Readonly<{ pages: readonly StoredPage[]; obstacles: ComparedFile['obstacles'] }>;

async function comparePages(
  context: ServiceContext,
  { document, filePages, profile, digest }: Comparison,
  signal: AbortSignal,
  report: (report: JobReport) => void,
): Promise<ComparedPages> {
  // Those of an earlier file step back: what is compared is the scan.
  const scanned = document.comparedFile?.isCopy === true ? document.pages.map(exchange) : document.pages;
  const total = scanned.length;
  if (filePages.count !== total) throw new AppError('file.pageCountDiffers', { file: filePages.count, paper: total });
  const { blobs } = context.desk();
  const obstacles: ComparedFile['obstacles'] = [];
  const pages: StoredPage[] = [];
  for (const [index, page] of scanned.entries()) {
    report({ phase: 'comparing', done: index, total });
    const { captureCorners, paperMm, colorMode } = page;
    const paper = { widthMm: paperMm.width, heightMm: paperMm.height, dpi: profile.dpi };
    const made = await context.imaging.compareFilePage(
      await filePages.read(index, paper),
      { capturePng: await blobs.get(page.captureDigest), captureCorners, paperMm, colorMode, profile },
      signal,
    );
    for (const kind of made.obstacles)
      obstacles.push({ page: index + 1, kind, dpi: made.ownDpi ?? made.copy.dpi, profileDpi: profile.dpi });
    const copy = await storeFilePage(context, made);
    pages.push({ ...page, other: { fileSha256: digest, filePage: index + 1, copy } });
    if (signal.aborted) throw new AppError('request.cancelled');
  }
  return { pages, obstacles };
}

/** Pages take a while to be compared: what is open now counts. */
function keepComparison(
  context: ServiceContext,
  document: OpenDocument,
  { name, byteLength, digest }: StagedFile,
  { pages, obstacles }: ComparedPages,
): void {
  const { store } = context.desk();
  const { contents, document: now } = openDocument(context, document.documentId);
  const isSame =
    now.pages.length === document.pages.length &&
    now.pages.every(({ pageId, copyDigest }, index) => {
      const before = document.pages[index];
      return pageId === before?.pageId && copyDigest === before.copyDigest;
    });
  if (!isSame) throw new AppError('attention.changedSinceReview');
  const isCopy = obstacles.length === 0;
  store.transaction(() => {
    for (const page of pages) store.putPage(isCopy ? exchange(page) : page);
    const comparedFile = { name, byteLength, sha256: digest, pageCount: pages.length, isCopy, obstacles };
    saveDocument(context, { ...now, comparedFile });
    store.appendAudit({
      action: 'document.fileCompared',
      officerId: context.officer().officer.officerId,
      subjectId: document.documentId,
      details: { sha256: digest, isCopy, obstacles: obstacles.length },
    });
  });
  context.staging.discard(digest);
  publishAttention(context, contents.attention.attentionId);
}

/** Authenticates the compared file as the copy, or the scan in its place. Throws `file.mayNotStand`. */
export function chooseCopy(
  context: ServiceContext,
  { documentId, copy }: MethodInput<'documents.chooseCopy'>,
): AttentionView {
  const { contents, document } = openDocument(context, documentId);
  const { comparedFile, pages } = document;
  if (comparedFile === null || comparedFile === undefined) throw new AppError('request.notAllowed');
  const isCopy = copy === 'file';
  if (isCopy !== comparedFile.isCopy) {
    // Pages may have come, gone or changed their places while the scan was the copy.
    const isWhole =
      pages.length === comparedFile.pageCount &&
      pages.every(({ other }, index) => other?.fileSha256 === comparedFile.sha256 && other.filePage === index + 1);
    if (isCopy && (!isWhole || comparedFile.obstacles.length > 0)) throw new AppError('file.mayNotStand');
    const { store } = context.desk();
    store.transaction(() => {
      for (const page of pages) store.putPage(exchange(page));
      saveDocument(context, { ...document, comparedFile: { ...comparedFile, isCopy } });
      store.appendAudit({
        action: 'document.copyChosen',
        officerId: context.officer().officer.officerId,
        subjectId: documentId,
        details: { sha256: comparedFile.sha256, isCopy },
      });
    });
  }
  return publishAttention(context, contents.attention.attentionId);
}

/** The page with its other copy in place, which keeps what was answered to it. */
function exchange(page: StoredPage): StoredPage {
  const { other } = page;
  return other === undefined ? page : { ...page, ...other.copy, other: { ...other, copy: copyOf(page) } };
}

function copyOf(page: StoredPage): PageCopy {
  const { thumbnail, copyPreview, widthPixels, heightPixels, captureCorners, colorMode, dpi, paperMm } = page;
  const { skewDegrees, quarterTurns, isBlank, operations, flags, collation, copyDigest, copyFormat } = page;
  return {
    thumbnail,
    copyPreview,
    widthPixels,
    heightPixels,
    captureCorners,
    colorMode,
    dpi,
    paperMm,
    skewDegrees,
    quarterTurns,
    isBlank,
    operations,
    flags,
    collation,
    copyDigest,
    copyFormat,
  };
}

async function storeFilePage(context: ServiceContext, made: FilePage): Promise<PageCopy> {
  const { blobs } = context.desk();
  const { copy, paperMm } = made;
  return {
    copyDigest: await blobs.put(copy.data, copy.format === 'jpeg' ? 'image/jpeg' : 'image/x-jbig2'),
    copyFormat: copy.format,
    copyPreview: await blobs.put(made.preview, 'image/jpeg'),
    thumbnail: await blobs.put(made.thumbnail, 'image/jpeg'),
    widthPixels: copy.widthPixels,
    heightPixels: copy.heightPixels,
    captureCorners: made.captureCorners.map(({ x, y }) => ({ x, y })),
    colorMode: copy.colorMode,
    dpi: copy.dpi,
    paperMm,
    skewDegrees: 0,
    quarterTurns: 0,
    isBlank: false,
    operations: made.operations.map(({ name, parameters }) => ({ name, parameters: { ...parameters } })),
    flags: flagsOf({ warnings: [], zones: made.zones, codes: [] }),
    collation: 'pending',
  };
}
