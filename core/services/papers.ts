import { randomBytes, randomUUID } from 'node:crypto';
import { AppError } from '../contract/errors.ts';
import type { MethodInput } from '../contract/methods.ts';
import type { AttentionView } from '../contract/schemas/attention.ts';
import { makeEniIdentifier } from '../documents/eni-identifier.ts';
import { answersOf, isOpenFlag } from '../contract/page-flags.ts';
import { makeVerificationCode } from '../documents/verification-code.ts';
import { buildAttentionView, publishAttention, readOpenContents, withoutPages } from './attention-view.ts';
import type { AttentionContents } from './attention-view.ts';
import { fileNameOf } from './attentions.ts';
import { getOffice } from './context.ts';
import type { ServiceContext } from './context.ts';
import type { StoredDocument, StoredPage } from './ports/store.ts';

type DraftContents = AttentionContents['documents'][number];

/** Nature, title, type and role of a paper. */
export function updateDocument(context: ServiceContext, input: MethodInput<'documents.update'>): AttentionView {
  const { contents, document } = openDocument(context, input.documentId);
  const { title, documentType, nature, role } = input;
  const { announcedSheets = document.announcedSheets, paperFate = document.paperFate } = input;
  const isSame =
    document.title === title &&
    document.documentType === documentType &&
    document.nature === nature &&
    document.role === role;
  const told = { ...document, announcedSheets, paperFate };
  if (document.file !== null) assertRoleFits(contents, document, role);
  // A field that was only visited must not undo a PDF, and with it a consent that was signed by hand.
  if (isSame && announcedSheets === document.announcedSheets && paperFate === document.paperFate)
    return buildAttentionView(context, contents.attention.attentionId);
  // Nor may what stands in no PDF.
  if (isSame) {
    context.desk().store.putDocument(withoutPages(told));
    return publishAttention(context, contents.attention.attentionId);
  }
  saveDocument(context, {
    ...told,
    title,
    documentType,
    nature,
    role,
    fileName: fileNameOf(role, title, document.position, document.file?.mediaType),
  });
  return publishAttention(context, contents.attention.attentionId);
}

/** A brought file is the application on its own route only, and never one whose signature failed. */
function assertRoleFits(
  { attention }: AttentionContents,
  { verification }: StoredDocument,
  role: StoredDocument['role'],
): void {
  if (role === 'annex') return;
  if (role === 'consent') throw new AppError('request.notAllowed');
  if (attention.form.route !== 'broughtSigned') throw new AppError('file.applicationRoute');
  if (verification?.verdict === 'failed')
    throw new AppError('file.applicationRefused', { reason: verification.subIndication ?? '' });
}

export function moveDocument(context: ServiceContext, input: MethodInput<'documents.move'>): AttentionView {
  const { contents, document } = openDocument(context, input.documentId);
  const others = contents.documents.filter((other) => other.documentId !== document.documentId);
  others.splice(Math.min(input.position, others.length), 0, document);
  saveDocumentOrder(context, others);
  return publishAttention(context, contents.attention.attentionId);
}

export function removeDocument(context: ServiceContext, documentId: string): AttentionView {
  const { contents, document } = openDocument(context, documentId);
  // The typed application belongs to its route: choosing another route takes it away.
  if (document.origin === 'typed') throw new AppError('request.notAllowed');
  saveDocument(context, { ...document, removedAt: removalInstant(context) });
  return publishAttention(context, contents.attention.attentionId);
}

/** This page and those after it become a document of their own, right after the one they leave. */
export function splitAt(context: ServiceContext, pageId: string): AttentionView {
  const { contents, document, page } = openPage(context, pageId);
  assertOwnPages(document);
  const index = document.pages.findIndex((candidate) => candidate.pageId === page.pageId);
  if (index <= 0) throw new AppError('request.notAllowed');
  const { store } = context.desk();
  store.transaction(() => {
    const added = copyAsNewDocument(context, document);
    store.putDocument(added);
    document.pages
      .slice(index)
      .forEach((moved, position) => store.putPage({ ...moved, documentId: added.documentId, position }));
    saveDocument(context, document);
    const order: StoredDocument[] = [...contents.documents];
    order.splice(contents.documents.indexOf(document) + 1, 0, added);
    saveDocumentOrder(context, order);
  });
  return publishAttention(context, contents.attention.attentionId);
}

function copyAsNewDocument(context: ServiceContext, document: StoredDocument): StoredDocument {
  const documentId = randomUUID();
  return {
    ...withoutPages(document),
    documentId,
    role: document.role === 'application' ? 'annex' : document.role,
    documentType: document.role === 'application' ? 'TD99' : document.documentType,
    title: 'Documento',
    eniId: makeEniIdentifier(getOffice(context).bodyCode, new Date(document.capturedAt), documentId),
    verificationCode: makeVerificationCode(context.configuration.verificationCodePrefix, randomBytes(16)),
    prepared: null,
    signed: null,
    signedByCitizen: false,
    announcedSheets: null,
    comparedFile: null,
  };
}

export function movePage(context: ServiceContext, input: MethodInput<'pages.move'>): AttentionView {
  const { contents, document: source, page } = openPage(context, input.pageId);
  const target = contents.documents.find((document) => document.documentId === input.documentId);
  if (target === undefined || target.origin !== 'scanned') throw new AppError('document.notFound');
  assertOwnPages(source);
  assertOwnPages(target);
  const rest = target.pages.filter((candidate) => candidate.pageId !== page.pageId);
  rest.splice(Math.min(input.position, rest.length), 0, page);
  const { store } = context.desk();
  store.transaction(() => {
    rest.forEach((moved, position) => store.putPage({ ...moved, documentId: target.documentId, position }));
    if (source.documentId !== target.documentId) {
      const left = source.pages.filter((candidate) => candidate.pageId !== page.pageId);
      left.forEach((moved, position) => store.putPage({ ...moved, position }));
      saveDocument(context, left.length === 0 ? { ...source, removedAt: removalInstant(context) } : source);
    }
    saveDocument(context, target);
  });
  return publishAttention(context, contents.attention.attentionId);
}

/** The document goes with its last page. */
export function removePage(context: ServiceContext, pageId: string): AttentionView {
  const { contents, document, page } = openPage(context, pageId);
  if (document.pages.length > 1) assertOwnPages(document);
  const { store } = context.desk();
  const removedAt = removalInstant(context);
  store.transaction(() => {
    store.putPage({ ...page, removedAt });
    saveDocument(context, document.pages.length === 1 ? { ...document, removedAt } : document);
  });
  return publishAttention(context, contents.attention.attentionId);
}

/** Takes back the last removal: what was removed at the latest instant returns to its place. */
export function undoRemoval(context: ServiceContext, attentionId: string): AttentionView {
  context.officer();
  const { attention } = readOpenContents(context, attentionId);
  const { store } = context.desk();
  const documents = store.listDocuments(attentionId).filter((document) => document.origin !== 'typed');
  const pages = store.listPages(attentionId);
  const removals = [...documents, ...pages]
    .flatMap((item) => (item.removedAt === null ? [] : [item.removedAt]))
    .toSorted();
  const last = removals.at(-1);
  if (last !== undefined) {
    // A document comes back with its pages; a page alone would stand beside those of the file.
    for (const document of documents)
      if (
        document.removedAt === null &&
        pages.some((page) => page.removedAt === last && page.documentId === document.documentId)
      )
        assertOwnPages(document);
    store.transaction(() => {
      for (const page of pages)
        if (page.removedAt === last) store.putPage({ ...page, removedAt: null, laidAsideAs: undefined });
      const reopened = new Set(pages.filter((page) => page.removedAt === last).map((page) => page.documentId));
      for (const document of documents) {
        if (document.removedAt === last || reopened.has(document.documentId))
          saveDocument(context, { ...document, removedAt: null });
      }
    });
  }
  return publishAttention(context, attention.attentionId);
}

/** Cotejo (art. 54.4.c): the officer confirms each page against its paper or sends it back. */
export function decideCollation(context: ServiceContext, input: MethodInput<'collation.decide'>): AttentionView {
  const { contents, page } = openPage(context, input.pageId);
  if (input.verdict === 'confirmed' && page.flags.some(isOpenFlag)) throw new AppError('collation.flagUnanswered');
  context.desk().store.putPage({ ...page, collation: input.verdict });
  return publishAttention(context, contents.attention.attentionId);
}

/** What the officer says about something that the machine pointed out; sending it back sends the page back. */
export function answerFlag(context: ServiceContext, input: MethodInput<'collation.answer'>): AttentionView {
  const { contents, page } = openPage(context, input.pageId);
  const { flag: index, answer } = input;
  const flag = page.flags[index];
  if (flag === undefined || (answer !== null && !answersOf(flag.kind).includes(answer)))
    throw new AppError('request.notAllowed');
  const flags = page.flags.with(index, { ...flag, answer });
  const collation = answer === 'rescan' ? 'rejected' : flags.some(isOpenFlag) ? 'pending' : page.collation;
  context.desk().store.putPage({ ...page, flags, collation });
  return publishAttention(context, contents.attention.attentionId);
}

export function openDocument(
  context: ServiceContext,
  documentId: string,
): { contents: AttentionContents; document: DraftContents } {
  context.officer();
  const stored = context.desk().store.findDocument(documentId);
  if (stored === null) throw new AppError('document.notFound');
  const contents = readOpenContents(context, stored.attentionId);
  const document = contents.documents.find((candidate) => candidate.documentId === documentId);
  if (document === undefined) throw new AppError('document.notFound');
  return { contents, document };
}

function openPage(
  context: ServiceContext,
  pageId: string,
): { contents: AttentionContents; document: DraftContents; page: StoredPage } {
  const stored = context.desk().store.findPage(pageId);
  if (stored === null || stored.removedAt !== null) throw new AppError('page.notFound');
  const { contents, document } = openDocument(context, stored.documentId);
  const page = document.pages.find((candidate) => candidate.pageId === pageId);
  if (page === undefined) throw new AppError('page.notFound');
  return { contents, document, page };
}

/** Pages of a file that stands for the paper are all of it, in its order. */
export function assertOwnPages({ comparedFile }: Pick<StoredDocument, 'comparedFile'>): void {
  if (comparedFile?.isCopy === true) throw new AppError('file.standsForPaper');
}

/** Any change of a document takes back what was prepared or signed from it. */
export function saveDocument(context: ServiceContext, document: StoredDocument): void {
  context.desk().store.putDocument({ ...withoutPages(document), prepared: null, signed: null, signedByCitizen: false });
}

function saveDocumentOrder(context: ServiceContext, order: readonly StoredDocument[]): void {
  const { store } = context.desk();
  store.transaction(() => {
    order.forEach((document, position) => {
      if (document.position === position) return;
      saveDocument(context, {
        ...document,
        position,
        fileName: fileNameOf(document.role, document.title, position, document.file?.mediaType),
      });
    });
  });
}

// To the millisecond, so that two removals of one second can be told apart.
function removalInstant(context: ServiceContext): string {
  return context.clock.now().toISOString();
}
