import { randomUUID } from 'node:crypto';
import { AppError } from '../contract/errors.ts';
import type { MethodInput } from '../contract/methods.ts';
import type { DocumentRole } from '../contract/schemas/attention.ts';
import type { ScanProfile } from '../contract/schemas/scan-profile.ts';
import { separatorOf } from '../domain/separator-sheets.ts';
import type { Separator } from '../domain/separator-sheets.ts';
import { publishAttention, readOpenContents, withoutPages } from './attention-view.ts';
import { makeDocument } from './attentions.ts';
import { assertOwnPages } from './papers.ts';
import { flagsOf } from './page-flags.ts';
import type { ServiceContext } from './context.ts';
import { requireRoom } from './disk-room.ts';
import type { JobReport } from './jobs.ts';
import type { OptimizedPage, Piece } from './ports/imaging.ts';
import type { RawPage } from './ports/scanner.ts';
import type { PageScanner, StoredDocument, StoredPage } from './ports/store.ts';
import { getProfileInForce } from './scan-profiles.ts';
import { checkCapture, describePageScanner, findScanner } from './scanner-device.ts';

/** Scans with a locked profile until the feeder is empty; pages appear, optimised, as they arrive. */
export function startScan(context: ServiceContext, input: MethodInput<'scan.start'>): string {
  context.officer();
  readOpenContents(context, input.attentionId);
  requireRoom(context.desk().blobs);
  const profile = getProfileInForce(context, input.profileId);
  if (context.jobs.isRunning('scan') || context.jobs.isRunning('qualify')) throw new AppError('scanner.busy');
  return context.jobs.start('scan', 'scanner', async ({ signal, report }) => {
    context.statusChanged();
    try {
      await scan(context, input, profile, signal, report);
    } finally {
      context.statusChanged();
    }
  });
}

type ReportJob = (report: JobReport) => void;

async function scan(
  context: ServiceContext,
  input: MethodInput<'scan.start'>,
  profile: ScanProfile,
  signal: AbortSignal,
  report: ReportJob,
): Promise<void> {
  report({ phase: 'waitingForScanner' });
  const device = await findScanner(context);
  const scanner = describePageScanner(context, device, profile);
  const target = openTarget(context, input, profile, scanner);
  let stored = 0;
  for await (const event of context.scanner.scan({ deviceId: device.deviceId, profile, signal })) {
    switch (event.type) {
      case 'pageStarted':
        report({ phase: 'scanning', done: stored, total: null });
        break;
      case 'page': {
        requireRoom(context.desk().blobs);
        checkCapture(event.page, profile);
        report({ phase: 'optimizing', done: stored });
        for (const { page, operation } of piecesOf(context, input, profile, event.page)) {
          const optimized = await context.imaging.optimize(page, profile, signal);
          const operations = operation === null ? optimized.operations : [operation, ...optimized.operations];
          await target.add(page, { ...optimized, operations });
          stored += 1;
        }
        report({ phase: 'scanning', done: stored });
        publishAttention(context, input.attentionId);
        break;
      }
      case 'stopped':
        // Pages that had arrived stay; the officer reads why no more came.
        target.close();
        publishAttention(context, input.attentionId);
        throw new AppError(signal.aborted ? 'request.cancelled' : event.code, { pages: stored });
      case 'progress':
      case 'finished':
        break;
    }
  }
  target.close();
  publishAttention(context, input.attentionId);
  if (stored === 0 && !signal.aborted) throw new AppError('scanner.noDocuments');
}

/** Several pieces on the glass are several pages. What replaces one page is one, however it lies. */
function piecesOf(
  context: ServiceContext,
  { target }: MethodInput<'scan.start'>,
  profile: ScanProfile,
  page: RawPage,
): readonly Piece[] {
  const isCut = profile.source === 'flatbed' && profile.image.crop && target.kind !== 'replacePage';
  return isCut ? context.imaging.findPieces(page) : [{ page, operation: null }];
}

type ScanTarget = Readonly<{
  add(raw: RawPage, optimized: OptimizedPage): Promise<void>;
  /** At the end of the stack. */
  close(): void;
}>;

function openTarget(
  context: ServiceContext,
  input: MethodInput<'scan.start'>,
  profile: ScanProfile,
  scanner: PageScanner,
): ScanTarget {
  const { store } = context.desk();
  const { target } = input;
  const scanProfile = { id: profile.id, version: profile.version, digest: profile.digest };
  const replaced = target.kind === 'replacePage' ? store.findPage(target.pageId) : null;
  if (target.kind === 'replacePage' && replaced === null) throw new AppError('page.notFound');
  refuseFailedScanner(context, input, scanner, replaced);
  refuseBesideFile(context, input, replaced);
  let documentId = target.kind === 'document' ? target.documentId : (replaced?.documentId ?? null);
  let isFirst = true;
  // A paper that replaces another, and the consent, are what the officer laid on the glass for it: nothing is sorted out.
  const isSorted = target.kind === 'document' || (target.kind === 'newDocument' && target.role !== 'consent');
  // One instant for all that this scan lays aside: one undo brings it back.
  const laidAsideAt = context.clock.now().toISOString();
  let laidAside: StoredPage[] = [];
  let hasKept = false;
  let role: DocumentRole = target.kind === 'newDocument' ? target.role : 'annex';

  function findDocument(): StoredDocument | undefined {
    const contents = readOpenContents(context, input.attentionId);
    // An act has one consent, whose document was made with its form.
    const isConsent = target.kind === 'newDocument' && target.role === 'consent';
    return (
      contents.documents.find(
        (document) => document.documentId === documentId || (isConsent && document.role === 'consent'),
      ) ?? store.listDocuments(input.attentionId).find(isOpenedHere)
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
      attention: readOpenContents(context, input.attentionId).attention,
      role,
      origin: 'scanned',
      position: nextPosition(store.listDocuments(input.attentionId)),
      title: role === 'application' ? 'Solicitud' : role === 'consent' ? 'Consentimiento expreso' : 'Documento',
      scanProfile,
    });
    documentId = created.documentId;
    return documentType === null ? created : { ...created, documentType };
  }

  function putPage(page: StoredPage, document: StoredDocument): StoredPage {
    const others = store.listPages(input.attentionId).filter((other) => other.documentId === document.documentId);
    const position = Math.max(-1, ...others.map((other) => other.position)) + 1;
    const put = { ...page, documentId: document.documentId, position };
    store.putPage(put);
    return put;
  }

  /** Kept as a removed page of the document that it stands in, or that it opens: it never disappears. */
  function layAside(page: StoredPage, reason: 'blank' | 'separator', separator: Separator | null): void {
    // What follows a separator in the middle of the stack is another paper than the one that was asked for.
    if (separator !== null && !isFirst) role = 'annex';
    const known = separator === null ? findDocument() : undefined;
    const document = known ?? openDocument(separator?.documentType ?? null);
    if (known === undefined) store.putDocument({ ...withoutPages(document), removedAt: laidAsideAt });
    laidAside.push(putPage({ ...page, laidAsideAs: reason, removedAt: laidAsideAt }, document));
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

  return {
    async add(raw, optimized) {
      const page = { ...(await storePage(context, raw, optimized)), scanner };
      const separator = isSorted ? separatorOf(optimized.codes) : null;
      const isDropped = isSorted && optimized.isBlank && profile.image.dropBlankSides;
      store.transaction(() => {
        if (separator !== null) layAside(page, 'separator', separator);
        else if (isDropped) layAside(page, 'blank', null);
        else keep(page);
        isFirst = false;
      });
    },
    close() {
      // A stack of which nothing was kept is what the officer wanted to scan.
      if (hasKept || laidAside.length === 0) return;
      store.transaction(() => {
        const ids = new Set(laidAside.map((page) => page.documentId));
        for (const page of laidAside) store.putPage({ ...page, laidAsideAs: undefined, removedAt: null });
        for (const document of store.listDocuments(input.attentionId))
          if (ids.has(document.documentId))
            store.putDocument({ ...document, prepared: null, signed: null, removedAt: null });
      });
      laidAside = [];
    },
  };
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
  const copyType = page.copy.format === 'jpeg' ? 'image/jpeg' : 'image/x-jbig2';
  const [copyDigest, captureDigest, copyPreview, capturePreview, thumbnail] = await Promise.all([
    blobs.put(page.copy.data, copyType),
    blobs.put(page.capturePng, 'image/png'),
    blobs.put(page.copyPreview, 'image/jpeg'),
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
